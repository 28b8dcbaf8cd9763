/**
 * What the demo does with Pulumi: a bad configuration rejected, a good one deployed, everything destroyed.
 */
import path from "node:path";
import { formatNumber } from "../capacity/text";
import { type Engine, type OperationResult } from "../engine/index";
import { type ManualClock } from "../sandbox/index";
import { DemoError, root } from "./options";
import { type View } from "./view";

export interface PulumiStage {
    readonly engine: Engine;
    readonly clock: ManualClock;
    readonly view: View;
    readonly signal: AbortSignal;
}

export interface DeployedStack {
    readonly streamName: string;
    readonly plannedShards: number;
    readonly resourcesCreated: number;
    /** Undefined where no scaler is attached. */
    readonly scalerFunctionName: string | undefined;
}

const badShardCount = 2;
/** How fast the sandbox's time passes while Pulumi works. */
const setupSpeed = 10;
const project = { projectDir: root, policyPacks: [path.join(root, "policies")] } as const;

/** @returns the policies that rejected it; undefined where it was interrupted */
export async function previewBadStack(stage: PulumiStage): Promise<readonly string[] | undefined> {
    const { engine, view, signal } = stage;
    view.heading(`2  pulumi preview with shardCount ${badShardCount}, against the policy pack`);
    const preview = await whileTimePasses(stage, () =>
        engine.preview({ ...project, signal, config: { "orders:shardCount": badShardCount } }),
    );
    if (signal.aborted) return undefined;
    const mandatory = preview.violations.filter(({ level }) => level === "mandatory");
    if (preview.exitCode === 0 || mandatory.length === 0)
        throw failure("The policy pack let a stream of two shards pass", preview);
    for (const { policy, message } of mandatory)
        view.line(`  ${view.colours.red("rejected")} by ${view.colours.bold(policy)}: ${verdictOf(message)}`);
    return [...new Set(mandatory.map(({ policy }) => policy))];
}

export function deploy(stage: PulumiStage): Promise<OperationResult> {
    stage.view.heading("3  pulumi up with the planned shards");
    return whileTimePasses(stage, () => stage.engine.up({ ...project, signal: stage.signal }));
}

/** What was deployed, shown. */
export function deployedStack({ view }: PulumiStage, created: OperationResult): DeployedStack {
    if (created.exitCode !== 0) throw failure("pulumi up did not succeed", created);
    const { streamName, shardCount, scalerFunctionName } = created.outputs;
    const stack = {
        streamName: String(streamName),
        plannedShards: Number(shardCount),
        resourcesCreated: created.changes.create ?? 0,
        scalerFunctionName: scalerFunctionName as string | undefined,
    };
    view.line(
        `  ${view.colours.green("created")} ${formatNumber(stack.resourcesCreated)} resources: stream ${view.colours.bold(stack.streamName)} with ${stack.plannedShards} shards, ${resourceKinds(created)}`,
    );
    return stack;
}

export async function destroy(stage: PulumiStage): Promise<void> {
    stage.view.heading("5  pulumi destroy");
    // Not cancelled by Ctrl-C: what was created is taken away again.
    const destroyed = await whileTimePasses(stage, () => stage.engine.destroy({ projectDir: root }));
    if (destroyed.exitCode !== 0) throw failure("pulumi destroy did not succeed", destroyed);
    stage.view.line(`  ${formatNumber(destroyed.changes.delete ?? 0)} resources deleted; nothing is left running`);
}

/** Lets the sandbox's clock run while Pulumi works, since streams and tables take time to become active. */
async function whileTimePasses({ clock }: PulumiStage, work: () => Promise<OperationResult>): Promise<OperationResult> {
    const stepMs = 50;
    let working = true;
    const pass = async () => {
        while (working) {
            await new Promise((resolve) => setTimeout(resolve, stepMs));
            await clock.advance(stepMs * setupSpeed);
        }
    };
    const passing = pass();
    try {
        return await work();
    } finally {
        working = false;
        await passing;
    }
}

function failure(what: string, result: OperationResult): DemoError {
    const errors = result.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
    return new DemoError(`${what}: ${errors.join(" ") || result.stderr.trim() || `exit code ${result.exitCode}`}`);
}

/** A policy's message without the description that Pulumi puts before it on a line of its own. */
function verdictOf(message: string): string {
    return message.trim().split("\n").at(-1) ?? message;
}

/** "3 alarms, 1 dashboard, ...": the kinds that operators know, most of them first. */
function resourceKinds(result: OperationResult): string {
    const kinds = new Map<string, number>();
    for (const { op, type } of result.steps) {
        const kind = /:(\w+)$/.exec(type)?.[1];
        if (op === "create" && kind !== undefined && type.startsWith("aws"))
            kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    return [...kinds].map(([kind, number]) => `${number} ${kind}`).join(", ");
}
