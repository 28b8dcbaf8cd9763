/**
 * `sharded-stream scale`: takes a stream to any shard count within what Kinesis allows, after showing the whole way.
 */
import { createInterface } from "node:readline/promises";
import { hoursPerMonth, prices } from "../capacity/sizing/cost";
import { limits } from "../capacity/limits";
import { decide, historyMinutes } from "../capacity/scaling/decide";
import { completeScaling } from "../capacity/scaling/settings";
import {
    type Decision,
    type MinuteSample,
    type Observation,
    type ScalingSettings,
} from "../capacity/scaling/observation";
import { count, formatDollars, formatNumber } from "../capacity/text";
import { planWalk, type Walk, type WalkStep } from "../capacity/scaling/walk";
import {
    type CommandContext,
    type CommandResult,
    type DefineCommand,
    examples,
    UsageError,
    wholeNumber,
} from "./command";
import { type StreamAccess, type StreamState, withStream } from "./streamAccess";
import { table, type Terminal } from "./terminal";
import { type CallBudget, Interrupted, type Reshard, stepNames, Walker, type WalkerOptions, walkTo } from "./walker";

interface ScaleFlags {
    readonly dryRun?: true;
    readonly yes?: true;
    readonly pause?: true;
    readonly resume?: true;
    readonly spendAllCalls?: true;
    readonly callsLeft?: number;
    readonly withoutLedger?: true;
    readonly explain?: true;
    readonly min?: number;
    readonly max?: number;
}

const actions = ["out", "in", "to", "auto"] as const;

type Action = (typeof actions)[number];

/** Calls that stay for whoever is woken at night, unless --spend-all-calls says otherwise. */
const callsKept = 2;

export const defineScale: DefineCommand = (program, act) => {
    const callsMax = limits.updateShardCountCallsPer24Hours;
    program
        .command("scale")
        .argument("<stream>", "name or ARN of the stream")
        .argument("[action]", "out (double), in (halve), to (a count), or auto (one run of the scaler's decision)")
        .argument("[count]", "open shards to go to, with to", wholeNumber(1, limits.updateShardCountTargetMax))
        .description("plan the way to a shard count, show it, and walk it; started again it goes on")
        .option("--dry-run", "show the plan and do nothing")
        .option("--yes", "do not ask")
        .option("--spend-all-calls", `also spend the last ${callsKept} UpdateShardCount calls of the 24 hours`)
        .option("--calls-left <number>", "UpdateShardCount calls left, if you know better", wholeNumber(0, callsMax))
        .option("--without-ledger", "do not look for a scaler's ledger, such as without permission for DynamoDB")
        .option("--pause", "tell the stream's scaler to observe and not to act")
        .option("--resume", "let the stream's scaler act again")
        .option("--explain", "with auto: the numbers behind the decision")
        .option("--min <number>", "with auto, where no scaler is deployed: the fewest shards", wholeNumber(1))
        .option("--max <number>", "with auto, where no scaler is deployed: the most shards", wholeNumber(1))
        .addHelpText(
            "after",
            examples(
                "sharded-stream scale orders to 37",
                "sharded-stream scale orders in --dry-run",
                "sharded-stream scale orders auto --dry-run --explain",
                "sharded-stream scale orders --pause",
            ),
        )
        .action(act(async (flags: ScaleFlags, args, context) => scale(args, flags, context)));
};

async function scale(args: readonly string[], flags: ScaleFlags, context: CommandContext): Promise<CommandResult> {
    const [stream, action, target] = args as [string, Action | undefined, string | undefined];
    checkArguments(action, target, flags, context);
    return withStream(stream, async (access) => {
        const options: WalkerOptions = {
            access,
            signal: context.signal,
            progress: (message) => context.progress.update(message),
            say: (message) => {
                context.progress.end();
                context.print(message);
            },
            callsLeft: flags.callsLeft,
            withoutLedger: flags.withoutLedger,
        };
        const walker = new Walker(options);
        try {
            if (flags.pause || flags.resume) return await pause(flags.pause === true, walker);
            if (action === "auto") return await auto(walker, flags, access, context);
            return await walk(walker, action!, Number(target), flags, options, context);
        } catch (error) {
            if (error instanceof Interrupted) return interruptedBefore(access.name);
            throw error;
        }
    });
}

function checkArguments(
    action: Action | undefined,
    target: string | undefined,
    flags: ScaleFlags,
    context: CommandContext,
): void {
    if (flags.pause && flags.resume) throw new UsageError("scale: --pause and --resume exclude each other");
    if (flags.pause || flags.resume) {
        if (action !== undefined) throw new UsageError("scale: --pause and --resume go without out, in, to or auto");
        return;
    }
    if (action === undefined || !actions.includes(action)) {
        throw new UsageError(
            `scale: name what to do: out, in, to COUNT or auto${action === undefined ? "" : `, not ${action}`}`,
        );
    }
    if ((action === "to") !== (target !== undefined))
        throw new UsageError(action === "to" ? "scale: name the count: to 37" : `scale: ${action} takes no count`);
    if (context.json && !flags.yes && !flags.dryRun)
        throw new UsageError("scale: with --json nothing is asked; add --yes to act or --dry-run to look");
}

async function pause(paused: boolean, walker: Walker): Promise<CommandResult> {
    const { stream } = await walker.ready("waiting to set the pause");
    if (walker.ledger === undefined) {
        throw new UsageError(
            `${stream.name} has no ledger, so no scaler that could be ${paused ? "paused" : "resumed"}.`,
        );
    }
    await walker.setPaused(paused, stream.nowMs);
    const message = paused
        ? `The scaler of ${stream.name} is paused: it observes and does not act, until scale ${stream.name} --resume.`
        : `The scaler of ${stream.name} acts again, from its next run on.`;
    const document = { stream: stream.name, paused, openShards: stream.openShards, steps: [] };
    return { document, text: () => message, exitCode: 0 };
}

async function walk(
    walker: Walker,
    action: Exclude<Action, "auto">,
    count_: number,
    flags: ScaleFlags,
    options: WalkerOptions,
    context: CommandContext,
): Promise<CommandResult> {
    const { stream, shards, waited } = await walker.ready("waiting for it to become ACTIVE");
    const openShards = shards.length;
    if (waited && action !== "to") {
        // Twice as many as when? A relative move on a stream that was just moving would be a guess.
        const message = `${stream.name} was being resharded and has ${count(openShards, "open shard")} now. Run the command again to go further.`;
        return {
            document: { stream: stream.name, openShards, steps: [], done: false },
            text: () => message,
            exitCode: 0,
        };
    }
    const most = limits.updateShardCountTargetMax;
    const target = { out: Math.min(most, openShards * 2), in: Math.ceil(openShards / 2), to: count_ }[action];
    const budget = await walker.budget(stream);
    const kept = flags.spendAllCalls ? 0 : callsKept;
    const updateCalls = Math.max(0, budget.left - kept);
    const planned = planWalk({ openShards, targetShards: target, updateCalls });
    const faster = planWalk({ openShards, targetShards: target, updateCalls: budget.left });
    const plan: Plan = { stream, budget, kept, planned, fasterSeconds: faster.seconds };
    if (planned.steps.length === 0 || flags.dryRun) {
        await walker.done();
        return {
            document: planDocument(plan, planned.steps, openShards),
            text: (terminal) => planText(plan, terminal),
            exitCode: 0,
        };
    }
    if (!flags.yes) {
        options.say(planText(plan, context.terminal));
        if (!(await confirmed(context))) {
            const document = planDocument(plan, [], openShards);
            return { document, text: () => "Nothing was changed.", exitCode: 0 };
        }
    } else {
        options.say(planText(plan, context.terminal));
    }
    const outcome = await walkTo(walker, planned, kept, options);
    const resume = `sharded-stream scale ${stream.name} to ${target}`;
    const text = outcome.interrupted
        ? `Stopped after ${count(outcome.taken.length, "step")}; a reshard that has begun goes on in AWS. To go on: ${resume}`
        : `${stream.name} has ${count(outcome.openShards, "open shard")}.`;
    return {
        document: { ...planDocument(plan, outcome.taken, outcome.openShards), interrupted: outcome.interrupted },
        text: () => text,
        exitCode: outcome.interrupted ? 1 : 0,
    };
}

interface Plan {
    readonly stream: StreamState;
    readonly budget: CallBudget;
    readonly kept: number;
    readonly planned: Walk;
    /** What the walk would take if every call were spent. */
    readonly fasterSeconds: number;
}

function planDocument(plan: Plan, taken: readonly WalkStep[], openShards: number): object {
    const { stream, budget, planned } = plan;
    return {
        stream: stream.name,
        from: planned.from,
        to: planned.to,
        plannedSteps: planned.steps,
        steps: taken,
        openShards,
        updateCallsLeft: budget.left,
        updateCallsUsed: planned.updateCalls,
        updateCallsSource: budget.source,
        seconds: planned.seconds,
        monthlyCostBefore: monthlyCost(planned.from),
        monthlyCostAfter: monthlyCost(planned.to),
    };
}

function monthlyCost(shards: number): number {
    return shards * prices.shardHour * hoursPerMonth;
}

function planText({ stream, budget, kept, planned, fasterSeconds }: Plan, terminal: Terminal): string {
    const { bold, yellow, dim } = terminal.colours;
    if (planned.steps.length === 0) return `${stream.name} has ${count(planned.to, "open shard")} already.`;
    const cost = `${formatDollars(monthlyCost(planned.from))} to ${formatDollars(monthlyCost(planned.to))} a month of shard-hours`;
    const lines = [
        bold(
            `${stream.name}: from ${formatNumber(planned.from)} to ${count(planned.to, "open shard")} in about ${minutes(planned.seconds)}, ${cost}.`,
        ),
        table(terminal, ["step", "call", "from", "to", "about"], stepRows(planned.steps), [0, 2, 3]),
        `${count(planned.updateCalls, "UpdateShardCount call")} of the ${budget.left} left ${sourceText(budget)}.`,
    ];
    if (planned.splitsAndMerges > 0) {
        const spent = budget.left - kept <= 0 ? "The calls are spent" : "The calls do not reach";
        lines.push(
            yellow(
                `${spent}, so ${formatNumber(planned.splitsAndMerges)} splits or merges walk the rest, one at a time.`,
            ),
        );
        if (kept > 0 && fasterSeconds < planned.seconds) {
            lines.push(
                yellow(`${kept} calls are kept; with --spend-all-calls it takes about ${minutes(fasterSeconds)}.`),
            );
        }
    }
    lines.push(dim("How long AWS takes is not published; these are estimates."));
    return lines.join("\n");
}

/** Each step a row; a run of splits or merges is one. */
function stepRows(steps: readonly WalkStep[]): string[][] {
    const rows: { first: number; last: number; kind: WalkStep["kind"]; from: number; to: number; seconds: number }[] =
        [];
    steps.forEach((step, at) => {
        const previous = rows.at(-1);
        if (previous === undefined || step.kind === "update" || previous.kind !== step.kind) {
            rows.push({ ...step, first: at + 1, last: at + 1 });
            return;
        }
        previous.last = at + 1;
        previous.to = step.to;
        previous.seconds += step.seconds;
    });
    return rows.map(({ first, last, kind, from, to, seconds }) => [
        first === last ? String(first) : `${first} to ${last}`,
        stepNames[kind],
        formatNumber(from),
        formatNumber(to),
        minutes(seconds),
    ]);
}

function sourceText(budget: CallBudget): string {
    const sources = {
        ledger: "(from the ledger)",
        "shard history": "(estimated from the shards of the last 24 hours, as the stream has no ledger)",
        told: "(as you say)",
    };
    return sources[budget.source];
}

export function minutes(seconds: number): string {
    if (seconds < 120) return count(Math.round(seconds), "second");
    if (seconds < 5_400) return count(Math.round(seconds / 60), "minute");
    return count(Math.round(seconds / 360) / 10, "hour");
}

async function confirmed(context: CommandContext): Promise<boolean> {
    if (process.stdin.isTTY !== true)
        throw new UsageError("scale: there is nobody to ask; add --yes to act or --dry-run to look");
    const asking = createInterface({ input: process.stdin, output: process.stderr });
    try {
        return /^y(es)?$/i.test((await asking.question("Go on? [y/N] ", { signal: context.signal })).trim());
    } catch {
        return false;
    } finally {
        asking.close();
    }
}

function interruptedBefore(stream: string): CommandResult {
    const document = { stream, steps: [], interrupted: true };
    return { document, text: () => "Interrupted; nothing was changed.", exitCode: 1 };
}

// One run of the scaler's decision

async function auto(
    walker: Walker,
    flags: ScaleFlags,
    access: StreamAccess,
    context: CommandContext,
): Promise<CommandResult> {
    const settings = await settingsOf(access, flags);
    const { stream, shards } = await walker.ready("waiting for it to become ACTIVE");
    await walker.budget(stream);
    const { growthBlockedUntilMs, updatesBlockedUntilMs, capacityChangedMs, paused } = walker.ledgerState;
    const observation: Observation = {
        nowMs: stream.nowMs,
        capacityMode: stream.capacityMode,
        status: stream.status,
        createdMs: stream.createdMs,
        shards,
        samples: await samplesOf(access, stream.nowMs, historyMinutes(settings.mode)),
        reshards: walker.reshards,
        ...(growthBlockedUntilMs === undefined ? {} : { growthBlockedUntilMs }),
        ...(updatesBlockedUntilMs === undefined ? {} : { updatesBlockedUntilMs }),
        ...(capacityChangedMs === undefined ? {} : { capacityChangedMs }),
    };
    let decision = decide(observation, settings);
    if (decision.needsIteratorAge) {
        const iteratorAgeMs = await iteratorAgeOf(access, stream.nowMs);
        decision = decide({ ...observation, iteratorAgeMs }, settings);
    }
    const step = stepOf(decision, shards.length);
    const held = flags.dryRun ? "dry-run" : paused === true ? "paused" : undefined;
    let openShards = shards.length;
    if (step !== undefined && held === undefined) {
        if (!flags.yes) {
            context.print(`${decision.reason}: ${decision.message}`);
            if (!(await confirmed(context)))
                return autoResult(stream, decision, undefined, openShards, "declined", flags);
        }
        await walker.reshard(reshardOf(decision)!, stream, shards.length, decision.message, step.kind);
        openShards = (await access.shards()).open.length;
    }
    await walker.done();
    return autoResult(stream, decision, step, openShards, held, flags);
}

async function settingsOf(access: StreamAccess, flags: ScaleFlags): Promise<ScalingSettings> {
    if (flags.min !== undefined && flags.max !== undefined)
        return completeScaling({ minShards: flags.min, maxShards: flags.max });
    const deployed = await access.scaler();
    if (deployed === undefined) {
        throw new UsageError(
            `scale: ${access.name} has no scaler whose settings could be used; name the range with --min and --max`,
        );
    }
    const { minShards, maxShards } = { minShards: flags.min, maxShards: flags.max };
    return {
        ...deployed.settings,
        ...(minShards === undefined ? {} : { minShards }),
        ...(maxShards === undefined ? {} : { maxShards }),
    };
}

const minuteMs = 60_000;

/** The last minutes as the scaler sees them, the running one left out. */
export async function samplesOf(access: StreamAccess, nowMs: number, lookBackMinutes: number): Promise<MinuteSample[]> {
    const toMs = Math.floor(nowMs / minuteMs) * minuteMs;
    const window = { fromMs: toMs - lookBackMinutes * minuteMs, toMs, periodSeconds: 60 };
    const [bytes, records, refused] = await Promise.all([
        access.metric("IncomingBytes", window),
        access.metric("IncomingRecords", window),
        access.metric("WriteProvisionedThroughputExceeded", window),
    ]);
    const byMinute = [bytes, records, refused].map((points) => new Map(points));
    const times = [...new Set([...bytes, ...records, ...refused].map(([timeMs]) => timeMs))].sort((a, b) => a - b);
    return times.map((startMs) => ({
        startMs,
        acceptedBytes: byMinute[0]!.get(startMs) ?? 0,
        acceptedRecords: byMinute[1]!.get(startMs) ?? 0,
        refusedRecords: byMinute[2]!.get(startMs) ?? 0,
    }));
}

/** The highest iterator age of the last five minutes; null if nobody reads with GetRecords. */
export async function iteratorAgeOf(access: StreamAccess, nowMs: number): Promise<number | null> {
    const toMs = Math.floor(nowMs / minuteMs) * minuteMs;
    const window = { fromMs: toMs - 5 * minuteMs, toMs, periodSeconds: 60 };
    const ages = (await access.metric("GetRecords.IteratorAgeMilliseconds", window)).map(([, value]) => value);
    return ages.length === 0 ? null : Math.max(...ages);
}

function stepOf({ action }: Decision, from: number): { kind: Reshard["kind"]; from: number; to: number } | undefined {
    if (action.kind === "none") return undefined;
    const to = action.kind === "update" ? action.targetShardCount : from + (action.kind === "split" ? 1 : -1);
    return { kind: action.kind, from, to };
}

function reshardOf({ action }: Decision): Reshard | undefined {
    if (action.kind === "none") return undefined;
    return action.kind === "update" ? { kind: "update", to: action.targetShardCount } : action;
}

function autoResult(
    stream: StreamState,
    decision: Decision,
    step: { kind: Reshard["kind"]; from: number; to: number } | undefined,
    openShards: number,
    held: "dry-run" | "paused" | "declined" | undefined,
    flags: ScaleFlags,
): CommandResult {
    const { reason, message, wantedShards, numbers, action } = decision;
    const document = {
        stream: stream.name,
        decision: { reason, message, wantedShards, numbers, action },
        steps: step === undefined || held !== undefined ? [] : [step],
        plannedSteps: step === undefined ? [] : [step],
        held: held ?? null,
        openShards,
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
                lines.push(`${stepNames[step.kind]} from ${step.from} to ${step.to} ${outcome}.`);
            }
            lines.push(`${stream.name} has ${count(openShards, "open shard")}.`);
            return lines.join("\n");
        },
        exitCode: 0,
    };
}
