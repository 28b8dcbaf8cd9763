/**
 * What others did between two sights of a stream's shards, as the shards show it: UpdateShardCount calls, or splits and merges by hand.
 *
 * A split opens two shards and closes one, a merge opens one and closes two, and UpdateShardCount is made of both: n splits and m merges
 * show as n - m more open shards and 2n + m newer numbers. What tells a call is that it leaves all shards equally wide. Where both
 * readings fit, it is a call: rather one too many than an eleventh.
 */
import { limits } from "../limits";
import { type ShardSight, sightOf } from "./ledger";
import { type ShardRange } from "./observation";
import { cutsBeside, evenCountOf, shardNumber } from "./shards";

/** UpdateShardCount calls, or else the splits and merges that were made one by one. */
export interface SeenReshards {
    readonly updates: number;
    readonly splits: number;
    readonly merges: number;
    /** All of it is one split, or one merge, whoever made it. */
    readonly isSingle: boolean;
}

/** What happened between a sight and the shards of now. */
export function reshardsBetween(before: ShardSight, shards: readonly ShardRange[]): SeenReshards {
    const after = sightOf(shards);
    const [from, to] = [before.openShards, after.openShards];
    const opened = after.newestShardNumber - before.newestShardNumber;
    const splits = (to - from + opened) / 3;
    const merges = opened - 2 * splits;
    // No splits and merges leave such numbers behind: at least, each call at most doubles or halves.
    if (!Number.isInteger(splits) || splits < 0 || merges < 0)
        return { updates: from === to ? 2 : callsForRatio(from, to), splits: 0, merges: 0, isSingle: false };

    const survivors = shards.filter((shard) => shardNumber(shard) <= before.newestShardNumber);
    const ragged = after.ragged === true;
    const updates =
        survivors.length > 0
            ? updatesThatLeave(survivors, shards, { from, splits })
            : splits === 0 || merges === 0
              ? updatesOneWay(from, to, ragged)
              : updatesBothWays(before, to, opened);
    const isSingle = splits + merges === 1;
    return updates > 0 ? { updates, splits: 0, merges: 0, isSingle } : { updates, splits, merges, isSingle };
}

/** The sight that a call on even shards leaves: what the shards show beyond it, others did. */
export function sightAfterCall({ openShards, newestShardNumber }: ShardSight, to: number): ShardSight {
    return { openShards: to, newestShardNumber: newestShardNumber + shardsOpenedBy(openShards, to, commonDivisor) };
}

/**
 * Shards that outlived an UpdateShardCount call have 1/M of the hash keys each, and M were open after it. So the splits went to M, and on to
 * each cut that M even shards have not. One beyond that leaves room for one more call, away from M by hand and back by a call; many are how
 * one call evens out.
 */
function updatesThatLeave(
    survivors: readonly ShardRange[],
    shards: readonly ShardRange[],
    { from, splits }: { readonly from: number; readonly splits: number },
): number {
    const even = evenCountOf(survivors);
    if (even === undefined) return 0;
    const beyond = splits - Math.max(0, even - from) - cutsBeside(shards, even);
    return beyond < 0 ? 0 : Math.min(updatesBesideSurvivorsMax, (even === from ? 0 : 1) + beyond);
}

/** One, and rather one too many. */
const updatesBesideSurvivorsMax = 2;

/** Only splits, or only merges, and no shard survived: the first call may go anywhere, each further one doubles, or halves. */
function updatesOneWay(from: number, to: number, ragged: boolean): number {
    // Ragged: the last act was one by hand.
    const byHand = ragged ? 1 : 0;
    const steps = to > from ? (to - byHand) / (from + 1) : (from - 1) / (to + byHand);
    return steps < 1 ? 0 : 1 + Math.floor(Math.log2(steps) + 1e-9);
}

/** No shard survived: the calls that the counts ask for, and a call there and one back for shards that these do not open. */
function updatesBothWays(before: ShardSight, to: number, opened: number): number {
    const from = before.openShards;
    const least = shardsOpenedBy(from, to, commonDivisor);
    // Where no old cut is a new one: those of a ragged stream, and of 3 and 6 shards, which lie a hash key apart.
    const most = shardsOpenedBy(from, to, () => 1);
    const calls = callsForRatio(from, to);
    // Several calls may go by any counts, and one from uneven ranges may share any cuts: then all between is explained.
    const isVague = calls > 1 || before.ragged === true;
    if (opened <= least || opened === most || (isVague && opened < most)) return calls;
    const beyond = opened - (opened > most ? most : least);
    return calls + 2 * Math.max(1, Math.floor(beyond / (3 * Math.min(from, to))));
}

/** New shards of the calls from one count to another: two for each cut that is new, one for each that goes. */
function shardsOpenedBy(from: number, to: number, sharedCuts: (from: number, to: number) => number): number {
    if (from === to) return 0;
    const factor = limits.updateShardCountGrowthFactorMax;
    const next = Math.min(from * factor, Math.max(Math.ceil(from / factor), to));
    const shared = sharedCuts(from, next);
    return 2 * (next - shared) + (from - shared) + shardsOpenedBy(next, to, sharedCuts);
}

function callsForRatio(from: number, to: number): number {
    const ratio = Math.max(to / from, from / to);
    return Math.ceil(Math.log(ratio) / Math.log(limits.updateShardCountGrowthFactorMax) - 1e-9);
}

function commonDivisor(left: number, right: number): number {
    return right === 0 ? left : commonDivisor(right, left % right);
}
