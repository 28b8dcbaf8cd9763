/** What Kinesis says of calls that it cannot take, word by word: names of shards, sequence numbers, iterators, tags' shapes, and what comes first. */
import { deepEqual, equal, match } from "node:assert/strict";

import { AwsError } from "../../../sandbox/service";
import { type LocalKinesis, startKinesis } from "./streams";

const account = "123456789012";
const StreamName = "orders";
const of = `in stream ${StreamName} under account ${account}`;
const hex = (digits: string): string => BigInt(`0x${digits}`).toString();

describe("Kinesis refuses in AWS's words", () => {
    let kinesis: LocalKinesis;
    before(async () => {
        kinesis = await startKinesis({ limitsCallRates: false });
        kinesis.call("CreateStream", { StreamName, ShardCount: 3 });
        await kinesis.pass(2);
    });
    after(() => kinesis.stop());

    const refusal = (operation: string, input: object): string => {
        try {
            return `accepted: ${JSON.stringify(kinesis.call(operation, input))}`;
        } catch (error) {
            return error instanceof AwsError ? `${error.code}: ${error.message}` : String(error);
        }
    };

    const iterator = { StreamName, ShardId: "shardId-0", ShardIteratorType: "LATEST" };
    const at = { ...iterator, ShardIteratorType: "AT_SEQUENCE_NUMBER" };
    const put = { StreamName, PartitionKey: "a", Data: "" };
    const merge = { StreamName, ShardToMerge: "shardId-0", AdjacentShardToMerge: "shardId-1" };
    const split = { StreamName, ShardToSplit: "shardId-0", NewStartingHashKey: "5" };
    const eitherOr = "InvalidArgumentException: Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified"; // prettier-ignore
    const ofOtherStream = hex("2" + "054c90dc0" + "0" + "0".repeat(16) + "00" + "054c90dc1" + "00000000" + "2");

    const rows: [string, string, object, string][] = [
        ["a shard that is none", "GetShardIterator", { ...iterator, ShardId: "ABKLFD8" }, `ResourceNotFoundException: Could not find shard ABKLFD8 ${of}.`],
        ["a shard that is none, before a stream that is none", "GetShardIterator", { ...iterator, StreamName: "none", ShardId: "2147483648" }, `ResourceNotFoundException: Could not find shard 2147483648 in stream none under account ${account}.`],
        ["a shard of a stream that is none", "GetShardIterator", { ...iterator, StreamName: "none", ShardId: "any-7" }, `ResourceNotFoundException: Shard shardId-000000000007 in stream none under account ${account} does not exist`],
        ["a shard that is not there, by its whole id", "GetShardIterator", { ...iterator, ShardId: "5" }, `ResourceNotFoundException: Shard shardId-000000000005 ${of} does not exist`],
        ["to be told no sequence number", "GetShardIterator", at, `${eitherOr} AT_SEQUENCE_NUMBER and no StartingSequenceNumber.`],
        ["to be told a sequence number for the latest", "GetShardIterator", { ...iterator, StartingSequenceNumber: "5" }, `${eitherOr} LATEST and also a StartingSequenceNumber.`],
        ["to be told no time", "GetShardIterator", { ...iterator, ShardIteratorType: "AT_TIMESTAMP" }, "InvalidArgumentException: Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter."],
        ["a sequence number of another shard", "GetShardIterator", { ...at, StartingSequenceNumber: "5" }, "InvalidArgumentException: Invalid StartingSequenceNumber. It encodes shardId-000000000005, while it was used in a call to a shard with shardId-000000000000"],
        ["a sequence number of another stream", "GetShardIterator", { ...at, StartingSequenceNumber: ofOtherStream }, `InvalidArgumentException: StartingSequenceNumber ${ofOtherStream} used in GetShardIterator on shard shardId-000000000000 ${of} is invalid because it did not come from this stream.`],
        ["a sequence number that is none", "GetShardIterator", { ...at, StartingSequenceNumber: hex("20000000000800000000000000000000000000000000002") }, `InvalidArgumentException: StartingSequenceNumber ${hex("20000000000800000000000000000000000000000000002")} used in GetShardIterator on shard shardId-000000000000 ${of} is invalid.`],
        ["a sequence number of the oldest layout, with a fault of its own", "GetShardIterator", { ...at, StartingSequenceNumber: "0" }, "InternalFailure: "],
        ["a kind of start that is none", "GetShardIterator", { ...iterator, ShardIteratorType: "SOMEWHERE" }, "ValidationException: 1 validation error detected: Value 'SOMEWHERE' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"],
        ["an iterator that is none", "GetRecords", { ShardIterator: "AAAAAAAAAAEx" }, "InvalidArgumentException: Invalid ShardIterator."],
        ["an order behind a record that is none", "PutRecord", { ...put, SequenceNumberForOrdering: hex("20000000000000000000000000000000000000000000003") }, `InvalidArgumentException: ExclusiveMinimumSequenceNumber ${hex("20000000000000000000000000000000000000000000003")} used in PutRecord on stream ${StreamName} under account ${account} is invalid.`],
        ["an order behind a record that is still to come", "PutRecord", { ...put, SequenceNumberForOrdering: hex("2" + "054c90dc0" + "0" + "0".repeat(16) + "00" + "0ffffffff" + "00000000" + "2") }, `InvalidArgumentException: ExclusiveMinimumSequenceNumber ${hex("2" + "054c90dc0" + "0" + "0".repeat(16) + "00" + "0ffffffff" + "00000000" + "2")} used in PutRecord on stream ${StreamName} under account ${account} is invalid.`],
        ["data that is no base64", "PutRecord", { ...put, Data: "+/+=" }, "SerializationException: '+/+=' can not be converted to a Blob: Invalid last non-pad Base64 character dectected"],
        ["to merge in the order against their hash keys", "MergeShards", { StreamName, ShardToMerge: "shardId-1", AdjacentShardToMerge: "shardId-0" }, `InvalidArgumentException: Shards shardId-000000000001 and shardId-000000000000 ${of} are not an adjacent pair of shards eligible for merging`],
        ["to merge what is no shard, before a stream that is none", "MergeShards", { ...merge, StreamName: "none", AdjacentShardToMerge: "a" }, `ResourceNotFoundException: Could not find shard a in stream none under account ${account}.`],
        ["to merge a shard that is not there, by its whole id", "MergeShards", { ...merge, AdjacentShardToMerge: "9" }, `ResourceNotFoundException: Could not find shard shardId-000000000009 ${of}.`],
        ["to split a shard of a stream that is none", "SplitShard", { ...split, StreamName: "none" }, `ResourceNotFoundException: Stream none under account ${account} not found.`],
        ["to split what is no shard", "SplitShard", { ...split, ShardToSplit: "2.14E4" }, `ResourceNotFoundException: Could not find shard 2.14E4 ${of}.`],
        ["to list the shards of nothing", "ListShards", {}, "InvalidArgumentException: Either NextToken or StreamName should be provided."],
        ["too long a key of a tag", "AddTagsToStream", { StreamName, Tags: { a: "1", ["b".repeat(129)]: "2" } }, `ValidationException: 1 validation error detected: Value '{a=1, ${"b".repeat(129)}=2}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]`],
        ["too long a key among those to remove", "RemoveTagsFromStream", { StreamName, TagKeys: ["a", "b".repeat(129)] }, `ValidationException: 1 validation error detected: Value '[a, ${"b".repeat(129)}]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]`],
        ["metrics of a shard that are none", "EnableEnhancedMonitoring", { StreamName, ShardLevelMetrics: ["Incoming"] }, "ValidationException: 1 validation error detected: Value '[Incoming]' at 'shardLevelMetrics' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [IncomingBytes, IncomingRecords, OutgoingBytes, OutgoingRecords, WriteProvisionedThroughputExceeded, ReadProvisionedThroughputExceeded, IteratorAgeMilliseconds, ALL]]"],
        ["more shards than the account may have", "CreateStream", { StreamName: "large", ShardCount: 20_001 }, `LimitExceededException: This request would exceed the shard limit for the account ${account} in us-east-1. Current shard count for the account: 3. Limit: 20000. Number of additional shards that would have resulted from this request: 20001. Refer to the AWS Service Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.`],
        ["to take away a policy that is none", "DeleteResourcePolicy", { ResourceARN: `arn:aws:kinesis:us-east-1:${account}:stream/${StreamName}` }, `ResourceNotFoundException: No resource policy found for resource ARN arn:aws:kinesis:us-east-1:${account}:stream/${StreamName}.`],
    ]; // prettier-ignore
    for (const [title, operation, input, sentence] of rows)
        it(`${operation}: ${title}`, () => equal(refusal(operation, input), sentence));

    it("but reads a shard by its number, and at the number of its beginning", () => {
        const [shard] = kinesis.call("ListShards", { StreamName }).Shards;
        const { SequenceNumber } = kinesis.call("PutRecord", { ...put, ExplicitHashKey: "0" });
        const read = (StartingSequenceNumber: string): string[] => {
            const { ShardIterator } = kinesis.call("GetShardIterator", { ...at, ShardId: "0", StartingSequenceNumber });
            match(ShardIterator, /^AAAAAAAAAAF/);
            equal((Buffer.from(ShardIterator, "base64").length - 8) % 16, 0);
            const { Records } = kinesis.call("GetRecords", { ShardIterator });
            return Records.map((record: { SequenceNumber: string }) => record.SequenceNumber);
        };
        const begun = read(shard.SequenceNumberRange.StartingSequenceNumber);
        deepEqual([begun, read(SequenceNumber)], [[SequenceNumber], [SequenceNumber]]);
    });

    it("but gives the largest page where a larger one is asked for", async () => {
        kinesis.call("CreateStream", { StreamName: "wide", ShardCount: 101 });
        await kinesis.pass(2);
        const { Shards, HasMoreShards } = kinesis.call("DescribeStream", {
            StreamName: "wide",
            Limit: 10_000,
        }).StreamDescription;
        deepEqual([Shards.length, HasMoreShards], [100, true]);
        equal(kinesis.call("ListShards", { StreamName: "wide", MaxResults: 10_000 }).Shards.length, 101);
        kinesis.call("DeleteStream", { StreamName: "wide" });
        await kinesis.pass(2);
    });

    it("but lets a stream be deleted before it is there", async () => {
        kinesis.call("CreateStream", { StreamName: "short", ShardCount: 1 });
        kinesis.call("DeleteStream", { StreamName: "short" });
        await kinesis.pass(2);
        deepEqual(kinesis.call("ListStreams", {}).StreamNames, [StreamName]);
    });
});
