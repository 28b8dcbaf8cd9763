/**
 * What the real engine tells in its event log, as values.
 */
import { stripVTControlCharacters } from "node:util";
import {
    type Diagnostic,
    type EnforcementLevel,
    type OperationResult,
    type ResourceStep,
    type Violation,
} from "./engine";
import { masked, unknownValue } from "./values";

type Told = Pick<OperationResult, "violations" | "diagnostics" | "steps" | "changes" | "outputs">;

export function readEvents(text: string, command: string): Told {
    // A killed CLI leaves half a last line.
    const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
    const events = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EngineEvent);
    const violations: Violation[] = [];
    const diagnostics: Diagnostic[] = [];
    const steps: ResourceStep[] = [];
    const after = new Map<string, Readonly<Record<string, unknown>>>();
    let changes: Record<string, number> = {};
    let outputs: Record<string, unknown> = {};
    for (const event of events) {
        if (event.policyEvent) {
            const { policyName, policyPackName, enforcementLevel, message, resourceUrn } = event.policyEvent;
            violations.push({
                policy: policyName,
                policyPack: policyPackName,
                level: enforcementLevel as EnforcementLevel,
                message: message.trim(),
                urn: resourceUrn ?? "",
            });
        }
        if (event.diagnosticEvent && event.diagnosticEvent.severity !== "debug") {
            const { severity, message, urn } = event.diagnosticEvent;
            diagnostics.push({
                severity: (severity.startsWith("info") ? "info" : severity) as Diagnostic["severity"],
                message: stripVTControlCharacters(message).trim(),
                ...(urn ? { urn } : {}),
            });
        }
        if (event.resourcePreEvent && !event.resourcePreEvent.metadata.type.startsWith("pulumi:providers:")) {
            const { op, urn, type, diffs, old, new: next } = event.resourcePreEvent.metadata;
            steps.push({ op, urn, type, inputs: (next ?? old)?.inputs ?? {}, diffs: diffs ?? [], outputs: {} });
        }
        const done = event.resOutputsEvent?.metadata;
        if (done !== undefined) {
            const known = Object.entries(done.new?.outputs ?? {}).filter(([, value]) => value !== unknownValue);
            const told = masked(Object.fromEntries(known)) as Record<string, unknown>;
            after.set(done.urn, told);
            if (done.type === "pulumi:pulumi:Stack" && command !== "destroy") outputs = told;
        }
        changes = event.summaryEvent?.resourceChanges ?? changes;
    }
    const finished = steps.map((step) => ({ ...step, outputs: after.get(step.urn) ?? {} }));
    return { violations, diagnostics, steps: finished, changes, outputs };
}

interface StepEvent {
    readonly metadata: {
        readonly op: string;
        readonly urn: string;
        readonly type: string;
        readonly diffs?: string[] | null;
        readonly old?: StepState | null;
        readonly new?: StepState | null;
    };
}

interface StepState {
    readonly inputs?: Record<string, unknown>;
    readonly outputs?: Record<string, unknown>;
}

interface EngineEvent {
    readonly diagnosticEvent?: {
        urn?: string;
        prefix?: string;
        message: string;
        severity: string;
        ephemeral?: boolean;
    };
    readonly policyEvent?: {
        resourceUrn?: string;
        message: string;
        policyName: string;
        policyPackName: string;
        enforcementLevel: string;
    };
    readonly resourcePreEvent?: StepEvent;
    readonly resOutputsEvent?: StepEvent;
    readonly summaryEvent?: { resourceChanges?: Record<string, number> };
}
