/**
 * `scale out`, `in` and `to`: the whole way to a shard count, shown, agreed to, and walked.
 */
import { limits } from "../capacity/limits";
import { planWalk, type Walk, type WalkStep } from "../capacity/scaling/walk";
import { hoursPerMonth, prices } from "../capacity/sizing/cost";
import { count, formatDollars, formatNumber } from "../capacity/text";
import { reshardOperations } from "../stream/refusals";
import { type CommandContext, type CommandResult } from "./command";
import { confirmed } from "./confirm";
import { minutes, table, type Terminal } from "./terminal";
import { type CallBudget, type Walker, walkTo } from "./walker";

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
        return { document: { stream, openShards, steps: [], done: false }, text: () => message, exitCode: 0 };
    }
    const plan = await planOf(walker, wish, openShards, flags, stream);
    if (plan.planned.steps.length === 0 || flags.dryRun) {
        await walker.done();
        return {
            document: planDocument(plan, plan.planned.steps, openShards),
            text: (terminal) => planText(plan, terminal),
            exitCode: 0,
        };
    }
    context.print(planText(plan, context.terminal));
    if (!flags.yes && !(await confirmed(context))) {
        const document = planDocument(plan, [], openShards);
        return { document, text: () => "Nothing was changed.", exitCode: 0 };
    }
    const outcome = await walkTo(walker, plan.planned, plan.kept, context);
    const resume = `sharded-stream scale ${stream} to ${plan.planned.to}`;
    const text = outcome.interrupted
        ? `Stopped after ${count(outcome.taken.length, "step")}; a reshard that has begun goes on in AWS. To go on: ${resume}`
        : `${stream} has ${count(outcome.openShards, "open shard")}.`;
    return {
        document: { ...planDocument(plan, outcome.taken, outcome.openShards), interrupted: outcome.interrupted },
        text: () => text,
        exitCode: outcome.interrupted ? 1 : 0,
    };
}

async function planOf(
    walker: Walker,
    wish: WalkWish,
    openShards: number,
    flags: WalkFlags,
    stream: string,
): Promise<Plan> {
    const most = limits.updateShardCountTargetMax;
    const { action } = wish;
    const targetShards = { out: Math.min(most, openShards * 2), in: Math.ceil(openShards / 2), to: wish.count }[action];
    const budget = await walker.budget();
    const kept = flags.spendAllCalls ? 0 : callsKept;
    const planned = planWalk({ openShards, targetShards, updateCalls: Math.max(0, budget.left - kept) });
    const faster = planWalk({ openShards, targetShards, updateCalls: budget.left });
    return { stream, budget, kept, planned, fasterSeconds: faster.seconds };
}

interface Plan {
    readonly stream: string;
    readonly budget: CallBudget;
    readonly kept: number;
    readonly planned: Walk;
    /** What the walk would take if every call were spent. */
    readonly fasterSeconds: number;
}

function planDocument(plan: Plan, taken: readonly WalkStep[], openShards: number): object {
    const { stream, budget, planned } = plan;
    return {
        stream,
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
    if (planned.steps.length === 0) return `${stream} has ${count(planned.to, "open shard")} already.`;
    const cost = `${formatDollars(monthlyCost(planned.from))} to ${formatDollars(monthlyCost(planned.to))} a month of shard-hours`;
    const lines = [
        bold(
            `${stream}: from ${formatNumber(planned.from)} to ${count(planned.to, "open shard")} in about ${minutes(planned.seconds)}, ${cost}.`,
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
        reshardOperations[kind],
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
