/**
 * `scale out`, `in` and `to`: the whole way to a shard count, shown, agreed to, and walked.
 */
import { limits } from "../capacity/limits";
import { type Evenness, evennessOf, type WayToEven, waysToEven } from "../capacity/scaling/even";
import { type ShardRange } from "../capacity/scaling/observation";
import { planWalk, type Walk, type WalkStep } from "../capacity/scaling/walk";
import { money } from "../capacity/sizing/costItems";
import { hoursPerMonth, prices } from "../capacity/sizing/prices";
import { count, formatDollars, formatNumber } from "../capacity/text";
import { reshardOperations } from "../stream/refusals";
import { type CommandContext, type CommandResult } from "./command";
import { confirmed } from "./confirm";
import { type FurtherScaling, sameCountText, scaleCommand, unevenText } from "./evenText";
import { stepsDocument } from "./steps";
import { minutes, table, type Terminal } from "./terminal";
import { type WalkOutcome, walkTo } from "./walk";
import { type CallBudget, type Walker } from "./walker";

/** Calls that stay for whoever is woken at night, unless --spend-all-calls says otherwise. */
export const callsKept = 2;

export interface WalkWish {
    readonly action: "out" | "in" | "to";
    /** The count of `to`. */
    readonly count: number;
}

export interface WalkFlags {
    readonly dryRun?: true;
    readonly yes?: true;
    readonly spendAllCalls?: true;
    readonly withoutLedger?: true;
    readonly callsLeft?: number;
}

export async function scaleWalk(
    walker: Walker,
    stream: string,
    wish: WalkWish,
    flags: WalkFlags,
    context: CommandContext,
): Promise<CommandResult> {
    const { shards, waited } = await walker.ready();
    const openShards = shards.length;
    if (waited && wish.action !== "to") {
        // Twice as many as when? A relative move on a stream that was just moving would be a guess.
        const message = `${stream} was being resharded and has ${count(openShards, "open shard")} now. Run the command again to go further.`;
        const document = { stream, openShards, ...stepsDocument([]), done: false };
        return { document, text: () => message, exitCode: 0 };
    }
    const plan = await planOf(walker, wish, shards, flags, stream);
    const undone = { taken: [], left: plan.planned.steps, shards, interrupted: false };
    if (plan.planned.steps.length === 0 || flags.dryRun) {
        await walker.done();
        return { document: planDocument(plan, undone), text: (terminal) => planText(plan, terminal), exitCode: 0 };
    }
    context.print(planText(plan, context.terminal));
    if (!flags.yes && !(await confirmed(context))) {
        await walker.done();
        return { document: planDocument(plan, undone), text: () => "Nothing was changed.", exitCode: 0 };
    }
    const outcome = await walkTo(walker, plan.planned, plan.kept, context);
    const text = outcome.interrupted ? stoppedText(plan, outcome) : doneText(stream, outcome.shards, plan.further);
    return {
        document: { ...planDocument(plan, outcome), interrupted: outcome.interrupted },
        text: () => text,
        exitCode: outcome.interrupted ? 1 : 0,
    };
}

function stoppedText({ further, planned }: Plan, { taken }: WalkOutcome): string {
    const callsSpent = taken.filter(({ kind }) => kind === "update").length;
    const resume = scaleCommand(further, planned.to, callsSpent);
    return `Stopped after ${count(taken.length, "step")}; a reshard that has begun goes on in AWS. To go on: ${resume}`;
}

function doneText(stream: string, shards: readonly ShardRange[], further: FurtherScaling): string {
    const evenness = evennessOf(shards);
    const done = `${stream} has ${count(shards.length, "open shard")}.`;
    if (evenness.isEven) return done;
    const look = scaleCommand({ stream: further.stream }, shards.length);
    return `${done} ${unevenText(evenness)} ${look} tells the way to even ones.`;
}

async function planOf(
    walker: Walker,
    wish: WalkWish,
    shards: readonly ShardRange[],
    flags: WalkFlags,
    stream: string,
): Promise<Plan> {
    const openShards = shards.length;
    const most = limits.updateShardCountTargetMax;
    const { action } = wish;
    const targetShards = { out: Math.min(most, openShards * 2), in: Math.ceil(openShards / 2), to: wish.count }[action];
    const budget = await walker.budget();
    const kept = flags.spendAllCalls ? 0 : callsKept;
    const planned = planWalk({ openShards, targetShards, updateCalls: Math.max(0, budget.left - kept) });
    const faster = planWalk({ openShards, targetShards, updateCalls: budget.left });
    const evenness = evennessOf(shards);
    const ways = waysToEven(shards, Math.max(0, budget.left - kept));
    const { isWithoutLedger } = walker;
    const { withoutLedger, spendAllCalls, callsLeft } = flags;
    const further = { stream: walker.stream, withoutLedger, spendAllCalls, callsLeft };
    return { stream, budget, kept, planned, fasterSeconds: faster.seconds, evenness, ways, isWithoutLedger, further };
}

interface Plan {
    readonly stream: string;
    readonly budget: CallBudget;
    readonly kept: number;
    readonly planned: Walk;
    /** What the walk would take if every call were spent. */
    readonly fasterSeconds: number;
    /** Of the shards before the walk. */
    readonly evenness: Evenness;
    readonly ways: readonly WayToEven[];
    readonly isWithoutLedger: boolean;
    readonly further: FurtherScaling;
}

function planDocument(plan: Plan, { taken, left, shards }: WalkOutcome): object {
    const { stream, budget, planned, isWithoutLedger } = plan;
    return {
        stream,
        from: planned.from,
        to: planned.to,
        plannedSteps: planned.steps,
        ...stepsDocument(taken, left),
        openShards: shards.length,
        evenness: evennessOf(shards),
        ...(planned.steps.length === 0 ? { waysToEven: plan.ways } : {}),
        withoutLedger: isWithoutLedger,
        updateCallsLeft: budget.left,
        updateCallsUsed: planned.updateCalls,
        updateCallsSource: budget.source,
        seconds: planned.seconds,
        monthlyCostBefore: monthlyCost(planned.from),
        monthlyCostAfter: monthlyCost(planned.to),
    };
}

function monthlyCost(shards: number): number {
    return money(shards * prices.shardHour * hoursPerMonth);
}

function planText(plan: Plan, terminal: Terminal): string {
    const { stream, budget, kept, planned, fasterSeconds } = plan;
    const { bold, yellow, dim } = terminal.colours;
    if (planned.steps.length === 0) return sameCountText({ ...plan, shards: planned.to, callsLeft: budget.left });
    const cost = `${formatDollars(monthlyCost(planned.from))} to ${formatDollars(monthlyCost(planned.to))} a month of shard-hours`;
    const lines = [
        bold(
            `${stream}: from ${formatNumber(planned.from)} to ${count(planned.to, "open shard")} in about ${minutes(planned.seconds)}, ${cost}.`,
        ),
        table(terminal, ["step", "call", "from", "to", "about"], stepRows(planned.steps), [0, 2, 3]),
        `${count(planned.updateCalls, "UpdateShardCount call")} of the ${budget.left} left ${sourceText(plan)}.`,
    ];
    if (planned.splitsAndMerges > 0) {
        const left = budget.left === 0 ? "The calls are spent" : "The calls that are left are kept";
        const spent = budget.left <= kept ? left : "The calls do not reach";
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
        reshardOperations[kind],
        formatNumber(from),
        formatNumber(to),
        minutes(seconds),
    ]);
}

function sourceText({ budget, isWithoutLedger }: Plan): string {
    const why = isWithoutLedger ? "as no ledger is asked" : "as the stream has no ledger";
    const sources = {
        ledger: "(from the ledger)",
        "shard history": `(estimated from the shards of the last 24 hours, ${why})`,
        told: "(as you say)",
    };
    return sources[budget.source];
}
