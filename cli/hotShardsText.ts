/**
 * What `hot-shards` says for people.
 */
import { type HotShardJudgement } from "../capacity/keys/hotShards";
import { type ShardSample } from "../capacity/keys/streamSample";
import { count, formatNumber, formatPercent, formatRate, formatTime } from "../capacity/text";
import { commandLine } from "./commandLine";
import { coolerText, shardsShown, verdictText } from "./keysText";
import { printable, table, type Terminal } from "./terminal";

const sampledKeysShown = 5;

export function sampleDocument({ shardId, sample }: ShardSample) {
    return {
        shardId,
        records: sample.records,
        distinctKeys: sample.distinctKeys,
        hottestKeys: sample.keys
            .slice(0, sampledKeysShown)
            .map(({ key, weight }) => ({ key, shareOfShard: weight / sample.weight })),
    };
}

/** The splits of the shards that are open; a part of one has its id only when it was split. */
export function splitCommands(namedAs: string, { splits }: Pick<HotShardJudgement, "splits">): string[] {
    return splits
        .filter(({ shardId }, at) => splits.findIndex((split) => split.shardId === shardId) === at)
        .map(({ shardId, newStartingHashKey }) => commandLine(["split", namedAs, shardId], { at: newStartingHashKey }));
}

export interface FoundHotShards {
    readonly stream: string;
    readonly commands: readonly string[];
    readonly judgement: HotShardJudgement;
    readonly samples: readonly ShardSample[];
    /** When the shards last changed, where that was within the minutes that were asked for. */
    readonly changedMs: number | undefined;
}

export function hotShardsText(found: FoundHotShards, terminal: Terminal): string {
    const { stream, judgement, samples, changedMs, commands } = found;
    const { bold, red, cyan, dim } = terminal.colours;
    const most = Math.max(...judgement.shards.map((shard) => shard.overAverage), 1e-300);
    const rows = judgement.shards.slice(0, shardsShown).map((shard) => {
        return [
            shard.shardId,
            formatRate(shard.mibPerSecond),
            formatRate(shard.recordsPerSecond),
            formatRate(shard.refusedPerSecond),
            formatPercent(shard.utilization),
            formatNumber(shard.overAverage, 2),
            { fraction: shard.overAverage / most, colour: shard.hot ? red : cyan },
            [shard.hot ? "hot" : "", shard.nearLimit ? "near its limit" : "", shard.bursts ? "bursts" : ""]
                .filter(Boolean)
                .join(", "),
        ];
    });
    const head = ["shard", "MiB/s", "records/s", "refused/s", "of its limit", "over average", "", ""];
    const sampled = samples.map(sampleDocument).map(({ shardId, records, distinctKeys, hottestKeys }) => {
        const keys = hottestKeys
            .map(({ key, shareOfShard }) => `${printable(key)} ${formatPercent(shareOfShard, 1)}`)
            .join(", ");
        const heaviest = keys === "" ? "" : `; heaviest: ${keys}`;
        return `Sample of ${shardId}: ${count(records, "record")}, ${count(distinctKeys, "key")}${heaviest}.`;
    });
    return [
        bold(`${stream}: ${count(judgement.shards.length, "open shard")}`),
        ...(changedMs === undefined
            ? []
            : [`The shards are these since ${formatTime(changedMs)}; what was before that does not count.`]),
        "",
        table(terminal, head, rows, [1, 2, 3, 4, 5]),
        ...coolerText(judgement.shards.length - rows.length),
        ...(sampled.length > 0 ? ["", ...sampled] : []),
        "",
        `${verdictText(judgement.verdict, terminal)}${judgement.certain ? "" : " (likely)"}: ${printable(judgement.message)}`,
        `  Fix: ${printable(judgement.recommendation)}`,
        ...commands.map((command) => `  ${command}`),
        ...(commands.length < judgement.splits.length
            ? ["  Then look again: what the next command splits gets its id by the one before."]
            : []),
        ...(judgement.certain
            ? []
            : [dim("The metrics alone leave the cause open; --sample reads some records to tell.")]),
    ].join("\n");
}
