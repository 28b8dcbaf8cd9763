/**
 * A stream's records as Lambda hands them to a function, and what it tells a destination about those that it gives up.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html and kinesis-on-failure-destination.html, read 2026-11.
 */
import { createHash } from "node:crypto";

import { limits } from "../../capacity/limits";
import { type Outcome } from "./state";

/** A record as GetRecords and SubscribeToShard answer it. */
export interface ReadRecord {
    readonly SequenceNumber: string;
    readonly ApproximateArrivalTimestamp: number;
    readonly Data: string;
    readonly PartitionKey: string;
}

/** A record that waits for its function. */
export interface PendingRecord {
    readonly sequenceNumber: string;
    readonly partitionKey: string;
    readonly arrivalMs: number;
    /** As the event has it. */
    readonly json: string;
    readonly bytes: number;
}

/** Where records come from. */
export interface Origin {
    readonly shardId: string;
    /** As the mapping names it: the stream, or its consumer. */
    readonly eventSourceArn: string;
    readonly streamArn: string;
    readonly region: string;
}

export function pendingRecord(record: ReadRecord, origin: Origin, roleArn: string): PendingRecord {
    const json = JSON.stringify({
        kinesis: {
            kinesisSchemaVersion: "1.0",
            partitionKey: record.PartitionKey,
            sequenceNumber: record.SequenceNumber,
            data: record.Data,
            approximateArrivalTimestamp: record.ApproximateArrivalTimestamp,
        },
        eventSource: "aws:kinesis",
        eventVersion: "1.0",
        eventID: `${origin.shardId}:${record.SequenceNumber}`,
        eventName: "aws:kinesis:record",
        invokeIdentityArn: roleArn,
        awsRegion: origin.region,
        eventSourceARN: origin.eventSourceArn,
    });
    return {
        sequenceNumber: record.SequenceNumber,
        partitionKey: record.PartitionKey,
        arrivalMs: Math.round(record.ApproximateArrivalTimestamp * 1_000),
        json,
        bytes: Buffer.byteLength(json),
    };
}

const eventStart = '{"Records":[';
const eventEnd = "]}";
/** What a function can be handed at once. */
const eventBytesMax = limits.lambdaPayloadBytesMax;

export function eventOf(records: readonly PendingRecord[]): string {
    return eventStart + records.map(({ json }) => json).join(",") + eventEnd;
}

/** How many of the records make the next batch, one at least, and whether more would not fit. */
export function batchOf(
    records: readonly PendingRecord[],
    recordsMax: number,
): { readonly count: number; readonly isFull: boolean } {
    let bytes = eventStart.length + eventEnd.length;
    let count = 0;
    while (count < records.length && count < recordsMax) {
        bytes += records[count]!.bytes + 1;
        if (bytes > eventBytesMax && count > 0) return { count, isFull: true };
        count++;
    }
    return { count, isFull: count >= recordsMax };
}

/** Whether an event is more than a function can be handed: a single record that is too large for it. */
export const isTooLarge = (event: string): boolean => Buffer.byteLength(event) > eventBytesMax;

/** Records of one key always share a lane, so that they keep their order however many lanes there are. */
export function laneOf(partitionKey: string, lanes: number): number {
    if (lanes === 1) return 0;
    return createHash("md5").update(partitionKey, "utf8").digest().readUInt32BE(12) % lanes;
}

export type GivenUp = "RetryAttemptsExhausted" | "RecordAgeExceeded";

export interface Failure {
    readonly condition: GivenUp;
    readonly functionArn: string;
    readonly requestId: string;
    readonly invokeCount: number;
    /** Of the last invocation, if there was one. */
    readonly outcome: Outcome | undefined;
}

/** What a destination is told: where the records are, not what is in them. */
export function failureMessage(
    records: readonly PendingRecord[],
    { shardId, streamArn }: Origin,
    { condition, functionArn, requestId, invokeCount, outcome }: Failure,
    nowMs: number,
): string {
    const [first, last] = [records[0]!, records.at(-1)!];
    return JSON.stringify({
        requestContext: { requestId, functionArn, condition, approximateInvokeCount: invokeCount },
        ...(outcome && {
            responseContext: {
                statusCode: 200,
                executedVersion: "$LATEST",
                functionError: outcome.functionError ? "Unhandled" : null,
            },
        }),
        version: "1.0",
        timestamp: new Date(nowMs).toISOString(),
        KinesisBatchInfo: {
            shardId,
            startSequenceNumber: first.sequenceNumber,
            endSequenceNumber: last.sequenceNumber,
            approximateArrivalOfFirstRecord: new Date(first.arrivalMs).toISOString(),
            approximateArrivalOfLastRecord: new Date(last.arrivalMs).toISOString(),
            batchSize: records.length,
            streamArn,
        },
    });
}
