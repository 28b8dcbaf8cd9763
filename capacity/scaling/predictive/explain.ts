/**
 * A plan in one sentence: what it expects until when, as on which days, and what it saves.
 */
import { count, formatNumber, formatRate } from "../../text";
import { type PlannedStep, type ShardPlan } from "../observation";

/** Why the plan leaves the open count now, as the beginning of a sentence. */
export function planWords(plan: ShardPlan, open: number, target: number): string {
    const { until, high, hours } = stretchOf(plan);
    const openAre = `${formatNumber(open)} ${open === 1 ? "is" : "are"} open`;
    const load = `${formatRate(high)} ${formatRate(high) === "1" ? "shard" : "shards"}`;
    if (target > open)
        return `${until} the load is expected to go up to ${load}, more only in one case of twenty${asOn(plan)}; ${openAre}`;
    const saved = formatRate((open - target) * hours);
    return `${until} the load is expected to stay below ${load} but for one case of twenty${asOn(plan)}, and fewer shards save ${saved} shard-hours; ${openAre}`;
}

/** That the plan holds, and what comes next. */
export function holdsWords(plan: ShardPlan, open: number): string {
    const next = plan.steps.find(({ shards }) => shards !== open);
    const shards = `${formatNumber(open)} ${open === 1 ? "shard" : "shards"}`;
    if (next === undefined) return `The plan holds ${shards} for a day${asOn(plan)}.`;
    return `The plan holds ${shards} until ${clock(next.fromMs)} UTC, then ${formatNumber(next.shards)}${asOn(plan)}.`;
}

interface Stretch {
    readonly until: string;
    readonly high: number;
    readonly hours: number;
}

/** The part of the plan that stays at its first count. */
function stretchOf({ steps }: ShardPlan): Stretch {
    const end = steps.findIndex(({ shards }) => shards !== steps[0]!.shards);
    const stretch: readonly PlannedStep[] = end === -1 ? steps : steps.slice(0, end);
    const [first, last] = [stretch[0]!, stretch.at(-1)!];
    return {
        until: end === -1 ? "For a day" : `Until ${clock(last.untilMs)} UTC`,
        high: Math.max(...stretch.map(({ highLoadShards }) => highLoadShards)),
        hours: (last.untilMs - first.fromMs) / 3_600_000,
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
