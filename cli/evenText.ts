/**
 * What commands say of ranges that are not even, and the way to even ones.
 */
import { type Evenness, type WayToEven } from "../capacity/scaling/even";
import { count, formatNumber, formatPercent, formatRate } from "../capacity/text";
import { commandLine } from "./commandLine";
import { minutes } from "./terminal";

/** How uneven, in numbers. */
export function unevenText({ widestShard, widestShare, evenShare, worthShards }: Evenness): string {
    const open = Math.round(1 / evenShare);
    return `Their ranges are uneven: the widest, ${widestShard}, has ${formatPercent(widestShare, 1)} of the hash keys, an even one has ${formatPercent(evenShare, 1)}. It is full first, so the ${formatNumber(open)} take what ${formatRate(worthShards)} even ones would.`;
}

/** What a command that scales further needs of what this one was given: whatever is not agreed to with it. */
export interface FurtherScaling {
    /** As the user named it. */
    readonly stream: string;
    readonly withoutLedger?: true | undefined;
    readonly spendAllCalls?: true | undefined;
    readonly callsLeft?: number | undefined;
}

/** @param callsSpent those of the UpdateShardCount calls left that are spent by then */
export function scaleCommand({ stream, callsLeft, ...flags }: FurtherScaling, to: number, callsSpent = 0): string {
    const left = callsLeft === undefined ? undefined : Math.max(0, callsLeft - callsSpent);
    return commandLine(["scale", stream, "to", String(to)], { ...flags, callsLeft: left });
}

export interface SameCount {
    readonly stream: string;
    readonly further: FurtherScaling;
    readonly shards: number;
    readonly evenness: Evenness;
    readonly ways: readonly WayToEven[];
    readonly callsLeft: number;
    /** Calls that are not spent unless told to. */
    readonly kept: number;
}

/** What `scale STREAM to N` says where N are open: that is done, but the ranges may be uneven. */
export function sameCountText(same: SameCount): string {
    const done = `${same.stream} has ${count(same.shards, "open shard")} already.`;
    if (same.evenness.isEven) return done;
    const ways = same.ways.map((way, at) => `${at === 0 ? "To even ones" : "Or"}: ${wayText(same, way)}`);
    return [`${done} ${unevenText(same.evenness)}`, ...callsText(same), ...ways].join("\n");
}

function callsText({ ways, callsLeft, kept }: SameCount): string[] {
    if (ways.some(({ kind }) => kind === "there-and-back")) return [];
    const spared =
        kept > 0 && callsLeft > 0 ? ` (${Math.min(kept, callsLeft)} kept; --spend-all-calls spends them)` : "";
    return [`There and back takes 2 UpdateShardCount calls, and ${callsLeft} of the 24 hours are left${spared}.`];
}

function wayText(
    { further, evenness, callsLeft }: SameCount,
    { kind, counts, updateCalls, seconds, widestShare }: WayToEven,
): string {
    const about = `about ${minutes(seconds)}`;
    if (kind === "split-widest") {
        const after = `the widest of ${formatNumber(counts[0]!)} then has ${formatPercent(widestShare, 1)}`;
        const { stream, withoutLedger } = further;
        return `${commandLine(["split", stream, evenness.widestShard], { withoutLedger })} (no call, ${about}; ${after}).`;
    }
    const commands = counts.map((to, callsSpent) => scaleCommand(further, to, callsSpent)).join(", then ");
    return `${commands} (${count(updateCalls, "UpdateShardCount call")} of the ${callsLeft} left, ${about}).`;
}
