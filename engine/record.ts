/**
 * What happens in one preview, update or destroy of the embedded engine: said as it happens, and a result at the end.
 */
import { stripVTControlCharacters } from "node:util";
import { type Diagnostic, type OperationResult, type ResourceStep, type Violation } from "./engine";
import { masked, nameOf, type Properties, typeOf } from "./values";

/** The deployment goes no further; why was said already. */
export class StoppedError extends Error {}

const signs: Readonly<Record<string, string>> = { create: "+", update: "~", delete: "-", replace: "+-", read: ">" };

type Remediation = Pick<Violation, "policyPack" | "policy" | "urn">;

export class OperationRecord {
    failed = false;
    outputs: Properties = {};

    private readonly startedAtMs = Date.now();
    private readonly steps: ResourceStep[] = [];
    private readonly violations: Violation[] = [];
    private readonly remediations: Remediation[] = [];
    private readonly diagnostics: Diagnostic[] = [];
    private readonly changes: Record<string, number> = {};
    private stdout = "";
    private stderr = "";

    constructor(private readonly onOutput: ((text: string) => void) | undefined) {}

    say(line: string): void {
        this.stdout += `${line}\n`;
        this.onOutput?.(`${line}\n`);
    }

    complain(line: string): void {
        this.stderr += `${line}\n`;
        this.onOutput?.(`${line}\n`);
    }

    log(severity: Diagnostic["severity"], colored: string, urn = ""): void {
        const message = stripVTControlCharacters(colored).trim();
        this.diagnostics.push({ severity, message, ...(urn ? { urn } : {}) });
        if (severity === "error") this.failed = true;
        this.complain(`${severity}: ${urn ? `${typeOf(urn)} ${nameOf(urn)}: ` : ""}${message}`);
    }

    fail(message: string, urn = ""): void {
        this.log("error", message, urn);
    }

    refuse(message: string, urn = ""): never {
        this.fail(message, urn);
        throw new StoppedError(message);
    }

    /** A failure of the act is a failure of the resource. */
    async acting<T>(urn: string, act: () => Promise<T>): Promise<T> {
        try {
            return await act();
        } catch (error) {
            if (error instanceof StoppedError) throw error;
            return this.refuse((error as Error).message, urn);
        }
    }

    count(op: string, urn: string, inputs: Properties, outputs: Properties, diffs: readonly string[] = []): void {
        this.changes[op] = (this.changes[op] ?? 0) + 1;
        this.steps.push({ op, urn, type: typeOf(urn), inputs, diffs, outputs: masked(outputs) });
        const what = diffs.length > 0 ? ` [${diffs.join(", ")}]` : "";
        this.say(` ${(signs[op] ?? " ").padEnd(2)} ${typeOf(urn)} ${nameOf(urn)} ${op}${what}`);
    }

    violated(violations: readonly Violation[]): void {
        this.violations.push(...violations);
        if (violations.some(({ level }) => level === "mandatory")) this.failed = true;
    }

    remediated(remediation: Remediation): void {
        this.remediations.push(remediation);
    }

    summarize(): void {
        if (this.violations.length + this.remediations.length > 0) this.say("Policies:");
        for (const { policyPack, policy, urn } of this.remediations)
            this.say(`    [remediate]  ${policyPack}  ${policy} (${typeOf(urn)}: ${nameOf(urn)})`);
        for (const { level, policyPack, policy, message, urn } of this.violations) {
            const where = urn ? ` (${typeOf(urn)}: ${nameOf(urn)})` : "";
            this.say(`    [${level}]  ${policyPack}  ${policy}${where}`);
            message.split("\n").forEach((line) => this.say(`        ${line}`));
        }
        const outputs = Object.entries(masked(this.outputs));
        if (outputs.length > 0) this.say("Outputs:");
        outputs.forEach(([name, value]) => this.say(`    ${name}: ${JSON.stringify(value)}`));
        this.say("Resources:");
        Object.entries(this.changes).forEach(([op, count]) => this.say(`    ${op}: ${count}`));
    }

    result(): OperationResult {
        return {
            exitCode: this.failed ? 1 : 0,
            stdout: this.stdout,
            stderr: this.stderr,
            violations: this.violations,
            diagnostics: this.diagnostics,
            changes: this.changes,
            steps: this.steps,
            outputs: masked(this.outputs),
            milliseconds: Date.now() - this.startedAtMs,
        };
    }
}
