/**
 * What `hot-shards` says for people.
 */
import { type HotShardJudgement } from "../capacity/keys/hotShards";
import { type ShardSample } from "../capacity/keys/streamSample";
import { count, formatNumber, formatPercent, formatRate, formatTime } from "../capacity/text";
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

export interface FoundHotShards {
    readonly stream: string;
    readonly judgement: HotShardJudgement;
    readonly samples: readonly ShardSample[];
    /** When the shards last changed, where that was within the minutes that were asked for. */
    readonly changedMs: number | undefined;
}

export function hotShardsText({ stream, judgement, samples, changedMs }: FoundHotShards, terminal: Terminal): string {
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
        ...(judgement.certain
            ? []
            : [dim("The metrics alone leave the cause open; --sample reads some records to tell.")]),
    ].join("\n");
}
