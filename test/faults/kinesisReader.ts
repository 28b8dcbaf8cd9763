/**
 * What Kinesis says about its stream: the summary, the shards in pages, the tags in pages; as they are, or as they were a moment ago.
 */
import { type KinesisModel } from "./kinesis";
import { type Input, type Moment, shardsMost, streamArn, streamName } from "./kinesisStream";
import { type ModelShard } from "./shards";

/** Answers the calls that change nothing; undefined if it is none of them. */
export class KinesisReader {
    readonly #pages = new Map<string, readonly ModelShard[]>();

    constructor(private readonly kinesis: KinesisModel) {}

    answer(operation: string, input: Input, staleMs: number): object | undefined {
        const seen = this.kinesis.ago(staleMs);
        if (operation === "DescribeStreamSummary") return this.#describe(input, seen);
        if (operation === "ListShards") return this.#listShards(input, seen);
        return operation === "ListTagsForStream" ? this.#listTags(input) : undefined;
    }

    #describe(input: Input, seen: Moment): object {
        this.kinesis.check(input, seen);
        return {
            StreamDescriptionSummary: {
                StreamName: streamName,
                StreamARN: streamArn,
                StreamStatus: seen.status,
                StreamModeDetails: { StreamMode: seen.mode },
                StreamCreationTimestamp: new Date(this.kinesis.createdMs),
                OpenShardCount: seen.open.length,
                RetentionPeriodHours: 24,
                ConsumerCount: 0,
                EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
            },
        };
    }

    #listShards(input: Input, seen: Moment): object {
        if (input.NextToken === undefined) this.kinesis.check(input, seen);
        const filter = input.ShardFilter as { Type: string; Timestamp?: Date } | undefined;
        const shards =
            this.#pages.get(String(input.NextToken)) ??
            (filter === undefined
                ? this.kinesis.tree.all
                : filter.Type === "AT_TIMESTAMP"
                  ? this.kinesis.tree.openAt(filter.Timestamp!.getTime())
                  : seen.open);
        const size = Math.min(Number(input.MaxResults ?? shardsMost), this.kinesis.options.shardsPerPage);
        const token = `page-${this.#pages.size}`;
        if (shards.length > size) this.#pages.set(token, shards.slice(size));
        return {
            Shards: shards.slice(0, size).map(shardOf),
            ...(shards.length > size ? { NextToken: token } : {}),
        };
    }

    /** Two to a page. */
    #listTags(input: Input): object {
        this.kinesis.check(input);
        const tags = Object.entries(this.kinesis.options.tags).filter(
            ([key]) => key > String(input.ExclusiveStartTagKey ?? ""),
        );
        return { Tags: tags.slice(0, 2).map(([Key, Value]) => ({ Key, Value })), HasMoreTags: tags.length > 2 };
    }
}

function shardOf(shard: ModelShard): object {
    const sequence = (timeMs: number): string => `${timeMs}${String(shard.number).padStart(12, "0")}`;
    return {
        ShardId: shard.id,
        ParentShardId: shard.parent,
        AdjacentParentShardId: shard.adjacentParent,
        HashKeyRange: { StartingHashKey: String(shard.start), EndingHashKey: String(shard.end) },
        SequenceNumberRange: {
            StartingSequenceNumber: sequence(shard.openedMs),
            ...(shard.closedMs === undefined ? {} : { EndingSequenceNumber: sequence(shard.closedMs) }),
        },
    };
}
