/**
 * A plan in one sentence: what it expects until when, as on which days, and what it saves.
 */
import { count, countRate, formatNumber, formatPercent, formatRate } from "../../text";
import { type HeldCount, type PlannedStep, type ShardPlan } from "../observation";
import { hourMs, minuteMs } from "../../calendar";
import { openAre, shardLoad } from "../words";

/** Why the plan leaves the open count now, as the beginning of a sentence. */
export function planWords(plan: ShardPlan, open: number, target: number): string {
    if (plan.held !== undefined) return `${heldWords(plan.held, target)}; ${openAre(open)}`;
    const { until, high, shardHours } = stretchOf(plan, open);
    const load = shardLoad(high);
    if (target > open)
        return `${until} the load is expected to go up to ${load}, more only in one case of twenty${asOn(plan)}; ${openAre(open)}`;
    return `${until} the load is expected to stay below ${load} but for one case of twenty${asOn(plan)}, and fewer shards save ${countRate(shardHours, "shard-hour")}; ${openAre(open)}`;
}

/** The shards that a plan has at a time, the last ones after its end. */
export function shardsAt({ steps }: ShardPlan, timeMs: number): number {
    return (steps.find(({ untilMs }) => untilMs > timeMs) ?? steps.at(-1)!).shards;
}

/** That the plan holds, and what comes next: a plan that is minutes old may have other shards by now. */
export function holdsWords(plan: ShardPlan, open: number, nowMs: number, everyMinutes: number): string {
    const planned = shardsAt(plan, nowMs);
    if (plan.held !== undefined)
        return `${heldWords(plan.held, planned)}${planned === open ? "" : `; ${openAre(open)}`}.`;
    if (planned !== open) {
        const anew = clock(Math.ceil((plan.madeMs + everyMinutes * minuteMs) / minuteMs) * minuteMs);
        return `The plan has ${count(planned, "shard")} by now, and the first run from ${anew} UTC on makes it anew; ${openAre(open)}.`;
    }
    const next = plan.steps.find(({ fromMs, shards }) => fromMs > nowMs && shards !== open);
    const shards = count(open, "shard");
    if (next === undefined) return `The plan holds ${shards} for a day${asOn(plan)}.`;
    return `The plan holds ${shards} until ${clock(next.fromMs)} UTC, then ${formatNumber(next.shards)}${asOn(plan)}.`;
}

/** That a plan's fewer shards wait for a load that it does not expect. */
export function staysWords(level: number, target: number, open: number): string {
    return `The plan has ${count(target, "shard")} from now on; the load of ${formatRate(level)} needs more with room for its noise, so ${formatNumber(open)} stay open.`;
}

/** That a plan's fewer shards wait while the load is above what was declared, and new. */
export function abovePeakWords(
    level: number,
    target: number,
    { open, peakShards }: { readonly open: number; readonly peakShards: number },
): string {
    return `The plan has ${count(target, "shard")} from now on; the load of ${formatRate(level)} is above the declared peak of ${formatRate(peakShards)} and was never so high until three hours ago, so ${formatNumber(open)} stay open.`;
}

/** That a plan's fewer shards wait, since more were just opened. */
export function grownWords(target: number, open: number, minutes: number): string {
    return `The plan has ${count(target, "shard")} from now on; more were opened within the last ${count(minutes, "minute")}, so ${formatNumber(open)} stay open.`;
}

/** What speaks for holding a count, as the beginning of a sentence. */
export function heldWords({ refusedShare, days, meanOpenShards }: HeldCount, shards: number): string {
    const all = `${count(shards, "shard")} all along would have refused ${formatPercent(refusedShare, 3)} of the last ${count(days, "day")}`;
    return `${all}, and the newest three took ${formatRate(meanOpenShards)} on average, so no plan is followed`;
}

interface Stretch {
    readonly until: string;
    readonly high: number;
    /** Less than the open ones would take. */
    readonly shardHours: number;
}

/** The part of the plan that leaves the open count the same way, until it turns: one call may not go as far as the next. */
function stretchOf({ steps }: ShardPlan, open: number): Stretch {
    const first = steps[0]!.shards;
    const turn = steps.findIndex(({ shards }) => (first < open ? shards > first : shards < first));
    const stretch: readonly PlannedStep[] = turn === -1 ? steps : steps.slice(0, turn);
    return {
        until: turn === -1 ? "For a day" : `Until ${clock(steps[turn]!.fromMs)} UTC`,
        high: Math.max(...stretch.map(({ highLoadShards }) => highLoadShards)),
        shardHours: stretch.reduce(
            (sum, { shards, fromMs, untilMs }) => sum + ((open - shards) * (untilMs - fromMs)) / hourMs,
            0,
        ),
    };
}

function asOn({ fromDaysMs: [first, ...others] }: ShardPlan): string {
    if (first === undefined) return "";
    const more = others.length === 0 ? "" : ` and ${count(others.length, "other day")}`;
    return `, as on ${new Date(first).toISOString().slice(0, 10)}${more}`;
}

function clock(timeMs: number): string {
    return new Date(timeMs).toISOString().slice(11, 16);
}
