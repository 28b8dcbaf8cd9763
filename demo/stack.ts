/**
 * What a rehearsal does with Pulumi: the stack previewed and judged, deployed, destroyed.
 */
import { formatNumber } from "../capacity/text";
import { type Engine, type Operation, type OperationResult, type UnknownTypes } from "../engine/index";
import { type ManualClock } from "../sandbox/index";
import { RehearsalError } from "./options";
import { type View } from "./view";

export interface PulumiStage {
    readonly engine: Engine;
    readonly clock: ManualClock;
    readonly view: View;
    readonly signal: AbortSignal;
    /** The user's project, stack and configuration. */
    readonly operation: Operation;
    readonly unknown: UnknownTypes;
}

/** How fast the sandbox's time passes while Pulumi works. */
const setupSpeed = 10;

export function preview(stage: PulumiStage, config: Operation["config"] = {}): Promise<OperationResult> {
    const { engine, operation, signal } = stage;
    return whileTimePasses(stage, () =>
        engine.preview({ ...operation, config: { ...operation.config, ...config }, signal }),
    );
}

export function deploy(stage: PulumiStage): Promise<OperationResult> {
    return whileTimePasses(stage, () => stage.engine.up({ ...stage.operation, signal: stage.signal }));
}

/** What was deployed, shown. */
export function showDeployed({ view }: PulumiStage, created: OperationResult): number {
    if (created.exitCode !== 0) throw failure("pulumi up did not succeed", created);
    const count = created.changes.create ?? 0;
    view.line(`  ${view.colours.green("created")} ${formatNumber(count)} resources: ${resourceKinds(created, count)}`);
    return count;
}

export async function destroy(stage: PulumiStage): Promise<void> {
    stage.view.act("pulumi destroy");
    // Not cancelled by Ctrl-C: what was created is taken away again.
    const destroyed = await whileTimePasses(stage, () => stage.engine.destroy(stage.operation));
    if (destroyed.exitCode === 0) {
        stage.view.line(
            `  ${formatNumber(destroyed.changes.delete ?? 0)} resources deleted; the sandbox ends, and nothing outlives it`,
        );
        return;
    }
    if (!destroyed.diagnostics.some(({ message }) => /\bprotect/.test(message)))
        throw failure("pulumi destroy did not succeed", destroyed);
    stage.view.line("  protected resources stay, as they would in AWS; the sandbox ends with them");
}

/** The policies that reject it, each shown once with its first message. */
export function showRejections({ view }: PulumiStage, { violations }: OperationResult): string[] {
    const mandatory = violations.filter(({ level }) => level === "mandatory");
    for (const { policy, message } of mandatory)
        view.line(`  ${view.colours.red("rejected")} by ${view.colours.bold(policy)}: ${verdictOf(message)}`);
    return [...new Set(mandatory.map(({ policy }) => policy))];
}

export function showAdvice({ view }: PulumiStage, { violations }: OperationResult): void {
    for (const { level, policy, message } of violations)
        if (level === "advisory") view.line(`  ${view.colours.yellow("advised")} by ${policy}: ${verdictOf(message)}`);
}

/** Every type at once, before anything is deployed. */
export function refuseUnknown({ names }: UnknownTypes): void {
    if (names.size === 0) return;
    const count = names.size === 1 ? "type is" : "types are";
    throw new RehearsalError(
        `${names.size} ${count} not known to the sandbox: ${unknownNames({ names }).join(", ")}. Give --skip-unknown to have them answered by mocks, or leave them out of the rehearsal by configuration.`,
        2,
    );
}

/** `aws:s3/bucket:Bucket (logs, uploads)`. */
export function unknownNames({ names }: Pick<UnknownTypes, "names">): string[] {
    return [...names].map(([type, of]) => (of.size === 0 ? type : `${type} (${[...of].join(", ")})`)).sort();
}

/** @param bad what was given with --rejects */
export function notRejected(bad: string): RehearsalError {
    return new RehearsalError(
        `--rejects ${bad}: every policy accepts the stack with that configuration. Give one that a policy is to reject, or leave out --rejects.`,
    );
}

export function failure(what: string, result: OperationResult): RehearsalError {
    const errors = result.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
    const said = withoutStack(errors.join("\n") || withPluginsWords(result) || `exit code ${result.exitCode}`);
    return new RehearsalError(`${what}: ${said.replace(/\.?$/, ".")}${adviceOn(said)}`);
}

/** A plugin that ends at its start, such as a policy pack, has said why; Pulumi passes that on as a message without severity, and names an exit code. */
function withPluginsWords({ stderr, diagnostics }: OperationResult): string {
    const ended = stderr.trim();
    if (!/could not read plugin/.test(ended)) return ended;
    return [ended.replace(/\.?$/, "."), ...diagnostics.map(({ message }) => message.trim())].join(" ");
}

/** Where an exception was thrown is told by the first line of its stack. */
function withoutStack(text: string): string {
    const isFrame = (line: string | undefined) => /^\s*at /.test(line ?? "");
    return text
        .split("\n")
        .filter((line, index, lines) => !isFrame(line) || !isFrame(lines[index - 1]))
        .join("\n")
        .trim();
}

function adviceOn(said: string): string {
    // The file backend of the rehearsal knows one organization, and one stack.
    if (/unknown stack|no stack named|organization name must be/i.test(said))
        return " A rehearsal knows no other stack: let the program take what it references from its configuration, and give that with --config.";
    if (/incorrect passphrase/.test(said)) return " PULUMI_CONFIG_PASSPHRASE is not the passphrase of this stack.";
    return "";
}

/** Lets the sandbox's clock run while Pulumi works, since streams and tables take time to become active. */
async function whileTimePasses(
    { clock, view }: PulumiStage,
    work: () => Promise<OperationResult>,
): Promise<OperationResult> {
    const stepMs = 50;
    const startedMs = performance.now();
    let working = true;
    const pass = async () => {
        while (working) {
            await new Promise((resolve) => setTimeout(resolve, stepMs));
            await clock.advance(stepMs * setupSpeed);
            view.waiting(performance.now() - startedMs);
        }
    };
    const passing = pass();
    try {
        return await work();
    } finally {
        working = false;
        await passing;
        view.endWaiting();
    }
}

/** A policy's message without the description that Pulumi puts before it on a line of its own. */
function verdictOf(message: string): string {
    return message.trim().split("\n").at(-1) ?? message;
}

/** "3 Alarm, 1 Dashboard, ...": the kinds that operators know, then what only Pulumi knows; together they are the count. */
function resourceKinds({ steps }: OperationResult, count: number): string {
    const kinds = new Map<string, number>();
    const add = (kind: string) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const created = steps.filter(({ op }) => op === "create").map(({ type }) => type);
    const ofPulumi = created.filter((type) => /^(pulumi|sharded-stream):/.test(type));
    for (const type of created) if (!ofPulumi.includes(type)) add(type.slice(type.lastIndexOf(":") + 1));
    for (const type of ofPulumi) add(type === "pulumi:pulumi:Stack" ? "stack" : "component");
    // Providers are counted, and have no step.
    for (let rest = count - created.length; rest > 0; rest--) add("provider");
    const named = ([kind, number]: [string, number]) =>
        `${number} ${kind}${number > 1 && /^[a-z]/.test(kind) ? "s" : ""}`;
    return [...kinds].map(named).join(", ");
}
