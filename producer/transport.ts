/**
 * The calls that a producer makes, over the AWS SDK: PutRecords, and the open shards to know which one owns which part of the hash ring.
 */
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { openShards, targetOf } from "../stream/kinesis";
import { type HashRange } from "./lane";
import { type Entry, hashText } from "./records";

/** What Kinesis answers for one record. */
export interface EntryAnswer {
    readonly ShardId?: string | undefined;
    readonly SequenceNumber?: string | undefined;
    readonly ErrorCode?: string | undefined;
    readonly ErrorMessage?: string | undefined;
}

export interface Transport {
    /** One answer for each entry, in their order. Rejects if the call failed as a whole. */
    putRecords(entries: readonly Entry[], signal: AbortSignal): Promise<readonly EntryAnswer[]>;
    /** The open shards. */
    listShards(signal: AbortSignal): Promise<HashRange[]>;
    /** A call got no answer in time. */
    timedOut?(): void;
    close(): void;
}

/** After so many calls in a row without any answer the connection itself is taken for dead. */
const silentCallsMax = 3;

/** Sends with a client that the caller owns, or with one of its own. */
export function kinesisTransport(stream: string, given: KinesisClient | undefined): Transport {
    const target = targetOf(stream);
    let client = given ?? newClient();
    let silentCalls = 0;
    return {
        async putRecords(entries, signal) {
            const input = { ...target, Records: entries as Entry[] };
            const answer = await client.send(new PutRecordsCommand(input), { abortSignal: signal });
            silentCalls = 0;
            return answer.Records ?? [];
        },
        async listShards(signal) {
            const shards = await openShards(client, target, signal);
            const ranges = shards.map((shard) => ({ shardId: shard.shardId, start: hashText(shard.startingHashKey) }));
            return ranges.sort((left, right) => (left.start < right.start ? -1 : 1));
        },
        timedOut() {
            // The SDK keeps one HTTP/2 connection for all calls; one that has gone silent would swallow every retry.
            if (given !== undefined || ++silentCalls < silentCallsMax) return;
            silentCalls = 0;
            client.destroy();
            client = newClient();
        },
        close() {
            if (given === undefined) client.destroy();
        },
    };
}

/** The producer retries records, so the client must not retry calls. */
function newClient(): KinesisClient {
    return new KinesisClient({ maxAttempts: 1 });
}
