/**
 * What the shards that were open at each time show: the reshards of the last 24 hours, where no ledger has counted them, and the last change.
 */
import { dayMs } from "../capacity/calendar";
import { sightOf } from "../capacity/scaling/ledger";
import { type ReshardEvent, type ShardRange } from "../capacity/scaling/observation";
import { reshardsBetween } from "../capacity/scaling/seenReshards";
import { type LiveStream } from "./kinesis";

/** Changes that lie closer together than this are taken for one. */
const changeResolutionMs = 20_000;
/** ListShards calls that are spent on the search. */
const looksMax = 400;

type Shards = readonly ShardRange[];

/** Asks which shards were open when, halving the time between two different answers; what a change was, its shards tell. */
export async function reshardsSeen(
    stream: Pick<LiveStream, "openShards" | "openShardsAt">,
    { createdMs, nowMs }: { readonly createdMs: number; readonly nowMs: number },
): Promise<ReshardEvent[]> {
    const events: ReshardEvent[] = [];
    let looks = 0;
    const search = async (fromMs: number, before: Shards, toMs: number, after: Shards): Promise<void> => {
        if (idsOf(before) === idsOf(after)) return;
        if (toMs - fromMs <= changeResolutionMs || looks >= looksMax) {
            events.push(...eventsBetween(before, after, toMs));
            return;
        }
        const middleMs = Math.floor((fromMs + toMs) / 2);
        looks += 1;
        const middle = await stream.openShardsAt(middleMs);
        await search(fromMs, before, middleMs, middle);
        await search(middleMs, middle, toMs, after);
    };
    const fromMs = Math.max(createdMs, nowMs - dayMs) + 1_000;
    const latest = await stream.openShards();
    if (fromMs < nowMs) await search(fromMs, await stream.openShardsAt(fromMs), nowMs, latest);
    return events;
}

/** Since when the open shards are the ones of now, looking back to a time; that time itself where they were so already. */
export async function openSince(
    stream: Pick<LiveStream, "openShardsAt">,
    open: Shards,
    { fromMs, nowMs }: { readonly fromMs: number; readonly nowMs: number },
): Promise<number> {
    const isOfNow = async (atMs: number): Promise<boolean> => {
        const then = await stream.openShardsAt(atMs);
        // A stream that was being made had none.
        return then.length === 0 || idsOf(then) === idsOf(open);
    };
    if (await isOfNow(fromMs)) return fromMs;
    let [before, after] = [fromMs, nowMs];
    while (after - before > changeResolutionMs) {
        const middle = Math.floor((before + after) / 2);
        if (await isOfNow(middle)) after = middle;
        else before = middle;
    }
    return after;
}

function eventsBetween(before: Shards, after: Shards, atMs: number): ReshardEvent[] {
    const counts = reshardsBetween(sightOf(before), after);
    return [
        ...new Array<ReshardEvent>(counts.updates).fill({ atMs, kind: "update" }),
        ...new Array<ReshardEvent>(counts.splits).fill({ atMs, kind: "split" }),
        ...new Array<ReshardEvent>(counts.merges).fill({ atMs, kind: "merge" }),
    ];
}

function idsOf(shards: Shards): string {
    return shards
        .map(({ shardId }) => shardId)
        .sort()
        .join();
}
