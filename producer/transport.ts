/**
 * The calls that a producer makes, over the AWS SDK: PutRecords, and the open shards to know which one owns which part of the hash ring.
 */
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { newClient, RequestHandler } from "../stream/connection";
import { openShards, targetOf } from "../stream/kinesis";
import { type HashRange } from "./lane";
import { type Entry, hashText } from "./records";

/** What Kinesis answers for one record. */
export interface EntryAnswer {
    /** The shard that took it. */
    readonly ShardId?: string | undefined;
    /** Its place in the shard. */
    readonly SequenceNumber?: string | undefined;
    /** Why it was not taken; absent where it was. */
    readonly ErrorCode?: string | undefined;
    /** The same in words. */
    readonly ErrorMessage?: string | undefined;
}

/** The calls that a producer makes, for tests of your own. */
export interface Transport {
    /** One answer for each entry, in their order. Rejects if the call failed as a whole. */
    putRecords(entries: readonly Entry[], signal: AbortSignal): Promise<readonly EntryAnswer[]>;
    /** The open shards. */
    listShards(signal: AbortSignal): Promise<HashRange[]>;
    /** Gives back what it holds. */
    close(): void;
}

/** Sends with a client that the caller owns, or with one of its own. */
export function kinesisTransport(
    stream: string,
    given: KinesisClient | undefined,
    callTimeoutSeconds: number,
): Transport {
    const target = targetOf(stream);
    // The producer times its calls itself. Credentials it cannot: the SDK fetches them with the client's handler.
    const callMs = (callTimeoutSeconds + 1) * 1_000;
    const client = given ?? newClient(KinesisClient, {}, new RequestHandler({ callMs }));
    return {
        async putRecords(entries, signal) {
            const input = { ...target, Records: entries as Entry[] };
            const answer = await client.send(new PutRecordsCommand(input), { abortSignal: signal });
            return answer.Records ?? [];
        },
        async listShards(signal) {
            const shards = await openShards(client, target, signal);
            const ranges = shards.map((shard) => ({ shardId: shard.shardId, start: hashText(shard.startingHashKey) }));
            return ranges.sort((left, right) => (left.start < right.start ? -1 : 1));
        },
        close() {
            if (given === undefined) client.destroy();
        },
    };
}
