/**
 * `scale auto`: one run of the scaler's decision, by hand.
 */
import { type Decision } from "../capacity/scaling/observation";
import { completeScaling } from "../capacity/scaling/settings";
import { count, formatNumber } from "../capacity/text";
import { reshardOperations } from "../stream/refusals";
import { type Reshard, shardsAfter } from "../stream/reshard";
import { type CommandContext, type CommandResult, UsageError } from "./command";
import { confirmed } from "./confirm";
import { type DeployedScaler } from "./deployedScaler";
import { Interrupted, type Live } from "./live";
import { checkShardRange } from "./quantities";
import { type Step, stepsDocument } from "./steps";
import { checkMade, type Walker } from "./walker";

export interface AutoFlags {
    readonly dryRun?: true;
    readonly yes?: true;
    readonly explain?: true;
    readonly withoutLedger?: true;
    readonly min?: number;
    readonly max?: number;
}

export async function scaleAuto(
    walker: Walker,
    live: Live,
    flags: AutoFlags,
    context: CommandContext,
): Promise<CommandResult> {
    const { settings, ...deployed } = await settingsOf(live, flags);
    const { shards } = await walker.ready();
    await walker.budget();
    const { session } = walker;
    const decision = await session.decide(settings);
    const { action } = decision;
    const from = shards.length;
    const step = action.kind === "none" ? undefined : { kind: action.kind, from, to: shardsAfter(action, from) };
    const paused = deployed.paused || session.ledger.state.paused === true;
    let held: Held | undefined = flags.dryRun || deployed.dryRun ? "dry-run" : paused ? "paused" : undefined;
    let [openShards, interrupted] = [from, false];
    if (action.kind !== "none" && held === undefined) {
        if (!flags.yes) {
            context.print(`${decision.reason}: ${decision.message}`);
            if (!(await confirmed(context))) held = "declined";
        }
        if (held === undefined) {
            const why = { reason: decision.reason, message: decision.message, goesOn: true };
            checkMade(await walker.reshard(action, why));
            interrupted = !(await isSettled(walker, action));
            if (!interrupted) openShards = (await live.stream.openShards()).length;
        }
    }
    await walker.done();
    return autoResult({ stream: live.name, decision, step, openShards, held, interrupted }, flags);
}

/** False after Ctrl-C: the call goes on in AWS. */
async function isSettled(walker: Walker, { kind }: Reshard): Promise<boolean> {
    try {
        await walker.settled(kind);
        return true;
    } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        return false;
    }
}

/** As deployed; where both ends are named nobody is asked how. */
async function settingsOf(live: Live, flags: AutoFlags): Promise<DeployedScaler> {
    const { min, max } = flags;
    if (min !== undefined && max !== undefined) {
        checkShardRange("scale", min, max);
        return { settings: completeScaling({ minShards: min, maxShards: max }), paused: false, dryRun: false };
    }
    const scaler = await live.scaler();
    if (scaler === undefined) {
        throw new UsageError(
            `scale: ${live.name} has no scaler whose settings could be used; name the range with --min and --max`,
        );
    }
    const { settings: deployed, ...still } = scaler;
    const { minShards, maxShards } = { minShards: min ?? deployed.minShards, maxShards: max ?? deployed.maxShards };
    checkShardRange("scale", minShards, maxShards);
    return { settings: { ...deployed, minShards, maxShards }, ...still };
}

type Held = "dry-run" | "paused" | "declined";

interface AutoOutcome {
    readonly stream: string;
    readonly decision: Decision;
    readonly step: Step | undefined;
    readonly openShards: number;
    readonly held: Held | undefined;
    readonly interrupted: boolean;
}

function autoResult(outcome: AutoOutcome, flags: AutoFlags): CommandResult {
    const { stream, decision, step, openShards, held, interrupted } = outcome;
    const { reason, message, wantedShards, numbers, action } = decision;
    const steps = step === undefined ? [] : [step];
    const document = {
        stream,
        decision: { reason, message, wantedShards, numbers, action },
        ...(held === undefined ? stepsDocument(steps) : stepsDocument([], steps)),
        plannedSteps: steps,
        held: held ?? null,
        openShards,
        interrupted,
        withoutLedger: flags.withoutLedger === true,
    };
    return {
        document,
        text: (terminal) => {
            const { bold, dim } = terminal.colours;
            const lines = [`${bold(reason)}: ${message}`];
            if (flags.explain)
                lines.push(...Object.entries(numbers).map(([name, value]) => dim(`  ${name} ${formatNumber(value)}`)));
            if (step !== undefined) {
                const outcomes = {
                    "dry-run": "would be called (dry run)",
                    paused: "is not called: the scaler is paused",
                    declined: "was not called",
                };
                const outcome = held === undefined ? "was called" : outcomes[held];
                lines.push(`${reshardOperations[step.kind]} from ${step.from} to ${step.to} ${outcome}.`);
            }
            lines.push(
                interrupted
                    ? "Interrupted while waiting; the reshard goes on in AWS."
                    : `${stream} has ${count(openShards, "open shard")}.`,
            );
            return lines.join("\n");
        },
        exitCode: interrupted ? 1 : 0,
    };
}
