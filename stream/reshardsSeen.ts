/**
 * The reshards of the last 24 hours, where no ledger has counted them: as the shards that were open at each time show them.
 */
import { type ReshardEvent } from "../capacity/scaling/observation";
import { type LiveStream } from "./kinesis";

const dayMs = 24 * 3_600_000;
/** Changes that lie closer together than this are taken for one. */
const changeResolutionMs = 20_000;
/** ListShards calls that are spent on the search. */
const looksMax = 400;

type ShardIds = ReadonlySet<string>;

/**
 * Asks which shards were open when, halving the time between two different answers. A single split or merge is told from an update by
 * its shards; below three shards it cannot be told, and counts as an update.
 */
export async function reshardsSeen(
    stream: Pick<LiveStream, "openShardIds">,
    { createdMs, nowMs }: { readonly createdMs: number; readonly nowMs: number },
): Promise<ReshardEvent[]> {
    const events: ReshardEvent[] = [];
    let looks = 0;
    const search = async (fromMs: number, before: ShardIds, toMs: number, after: ShardIds): Promise<void> => {
        const closed = [...before].filter((shardId) => !after.has(shardId)).length;
        const opened = [...after].filter((shardId) => !before.has(shardId)).length;
        if (closed === 0 && opened === 0) return;
        if (toMs - fromMs <= changeResolutionMs || looks >= looksMax) {
            const single = before.size >= 3 && Math.min(closed, opened) === 1 && Math.max(closed, opened) === 2;
            events.push({ atMs: toMs, kind: !single ? "update" : opened === 2 ? "split" : "merge" });
            return;
        }
        const middleMs = Math.floor((fromMs + toMs) / 2);
        looks += 1;
        const middle = await stream.openShardIds(middleMs);
        await search(fromMs, before, middleMs, middle);
        await search(middleMs, middle, toMs, after);
    };
    const fromMs = Math.max(createdMs, nowMs - dayMs) + 1_000;
    const latest = await stream.openShardIds();
    if (fromMs < nowMs) await search(fromMs, await stream.openShardIds(fromMs), nowMs, latest);
    return events;
}
