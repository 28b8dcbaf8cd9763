/**
 * The shards of a stream as clients see them, and ListShards with its filters.
 */
import { AwsError } from "../service";
import { operation } from "../wire/operation";
import { pageAfter, toToken } from "../wire/pages";
import { oneOf, required, structure, timestamp, type ValueOf } from "../wire/shape";
import { invalidArgument } from "./errors";
import { name, nextToken, pageOfAtMost, pageSize, partsOf, streamNames } from "./shapes";
import { type Account, existingStreamOf, type Shard, type Stream, streamOf } from "./state";
import { endingSequenceNumber, sequenceNumber, trimmedMs } from "./store";

const shardFilter = structure({
    Type: required(
        oneOf("AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP"),
    ),
    ShardId: name,
    Timestamp: timestamp,
});

type ShardFilter = ValueOf<typeof shardFilter>;

/** The token says all of it. */
const besideToken = ["StreamName", "StreamARN", "ExclusiveStartShardId", "StreamCreationTimestamp"] as const;

export const listShards = operation(
    {
        ...streamNames,
        NextToken: nextToken,
        ExclusiveStartShardId: name,
        MaxResults: pageSize,
        StreamCreationTimestamp: timestamp,
        ShardFilter: shardFilter,
    },
    (account: Account, input, nowMs) => {
        if (input.NextToken !== undefined) {
            const beside = besideToken.find((member) => input[member] !== undefined);
            if (beside !== undefined) throw invalidArgument(`NextToken and ${beside} cannot be provided together.`);

            const [name = "", afterId = "", filter = "", issuedMs = "0"] = partsOf(input.NextToken);
            if (nowMs - Number(issuedMs) > account.settings.iteratorSeconds * 1_000)
                throw new AwsError("ExpiredNextTokenException", "The pagination token has expired.");

            const stream = streamOf(account, { StreamName: name });
            return shardPage(stream, afterId, JSON.parse(filter) as ShardFilter, input.MaxResults, nowMs);
        }
        if (input.StreamName === undefined && input.StreamARN === undefined)
            throw invalidArgument("Either NextToken or StreamName should be provided.");
        const stream = existingStreamOf(account, input);
        const filter: ShardFilter = input.ShardFilter ?? { Type: "FROM_TRIM_HORIZON" };
        if (filter.Type === "AFTER_SHARD_ID" && filter.ShardId === undefined) throw filterLacks("ShardId", filter.Type);
        if (filter.Type.endsWith("_TIMESTAMP") && filter.Timestamp === undefined)
            throw filterLacks("Timestamp", filter.Type);
        const afterId = filter.Type === "AFTER_SHARD_ID" ? filter.ShardId : input.ExclusiveStartShardId;
        return shardPage(stream, afterId, filter, input.MaxResults, nowMs);
    },
);

const filterLacks = (member: string, type: string): AwsError =>
    invalidArgument(`${member} must be provided for ShardFilter type ${type}.`);

function shardPage(
    stream: Stream,
    afterId: string | undefined,
    filter: ShardFilter,
    most: number | undefined,
    nowMs: number,
): object {
    const shards = [...stream.shards.values()].filter((shard) => passes(stream, shard, filter, nowMs));
    const { items, lastId, more } = pageAfter(shards, ({ id }) => id, afterId, pageOfAtMost(1_000, most));
    return {
        Shards: items.map(shardDescription),
        ...(more && {
            NextToken: toToken([stream.name, lastId, JSON.stringify(filter), String(Math.floor(nowMs))]),
        }),
    };
}

/** Which shards a filter lets through: those open AT a moment, or those that have been open FROM it on. */
function passes(stream: Stream, shard: Shard, filter: ShardFilter, nowMs: number): boolean {
    const trimMs = Math.max(trimmedMs(stream, nowMs), stream.shards.values().next().value!.createdMs);
    const atMs = Math.max(trimMs, (filter.Timestamp ?? 0) * 1_000);
    const openAt = shard.createdMs <= atMs && (shard.closedMs === undefined || shard.closedMs > atMs);
    switch (filter.Type) {
        case "AFTER_SHARD_ID":
        case "FROM_TRIM_HORIZON":
            return true;
        case "AT_LATEST":
            return shard.closedMs === undefined;
        case "AT_TRIM_HORIZON":
        case "AT_TIMESTAMP":
            return openAt;
        case "FROM_TIMESTAMP":
            return shard.closedMs === undefined || shard.closedMs >= atMs;
    }
}

export function shardDescription(shard: Shard): object {
    return {
        ShardId: shard.id,
        ...(shard.parentId !== undefined && { ParentShardId: shard.parentId }),
        ...(shard.adjacentParentId !== undefined && { AdjacentParentShardId: shard.adjacentParentId }),
        HashKeyRange: hashKeyRange(shard),
        SequenceNumberRange: {
            StartingSequenceNumber: sequenceNumber(shard, 0),
            ...(shard.closedMs !== undefined && { EndingSequenceNumber: endingSequenceNumber(shard) }),
        },
    };
}

export const hashKeyRange = (shard: Shard): object => ({
    StartingHashKey: shard.range.start.toString(),
    EndingHashKey: shard.range.end.toString(),
});
