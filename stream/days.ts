/**
 * What CloudWatch still knows of a stream's days: minutes of fifteen days, five minutes of 63, who reads.
 */
import { type CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import {
    type KinesisClient,
    ListStreamConsumersCommand,
    type ListStreamConsumersOutput,
} from "@aws-sdk/client-kinesis";
import { minuteMs, minutesPerDay } from "../capacity/calendar";
import { type MinuteSample } from "../capacity/scaling/observation";
import { metricData, type Point, samplesOf } from "./load";

/** How long CloudWatch keeps datapoints of a minute, and of five. */
export const keptMinutes = 15 * minutesPerDay;
export const keptFiveMinutes = 63 * minutesPerDay;
export const fiveMinutesSeconds = 300;

/** Five minutes each, oldest first. */
export interface FiveMinutes {
    readonly samples: readonly MinuteSample[];
    /** Bytes that GetRecords gave. */
    readonly readBytes: readonly Point[];
    /** The age of the oldest record that was read. */
    readonly iteratorAgeMs: readonly Point[];
}

/** Five metrics in one call: 90,720 datapoints, of 100,800 that a page has. @throws MetricsIncomplete */
export async function fiveMinutesOf(
    cloudWatch: CloudWatchClient,
    streamName: string,
    span: { readonly fromMs: number; readonly toMs: number },
): Promise<FiveMinutes> {
    const { readBytes, iteratorAgeMs, ...written } = await metricData(
        cloudWatch,
        {
            acceptedBytes: { metric: "IncomingBytes", streamName },
            acceptedRecords: { metric: "IncomingRecords", streamName },
            refusedRecords: { metric: "WriteProvisionedThroughputExceeded", streamName },
            readBytes: { metric: "GetRecords.Bytes", streamName },
            iteratorAgeMs: { metric: "GetRecords.IteratorAgeMilliseconds", streamName },
        },
        { ...span, periodSeconds: fiveMinutesSeconds },
    );
    return { samples: samplesOf(written), readBytes, iteratorAgeMs };
}

/** The start of the five minutes that a time is in. */
export function startOfFiveMinutes(timeMs: number): number {
    return Math.floor(timeMs / (5 * minuteMs)) * 5 * minuteMs;
}

/** The names of the consumers that are registered for enhanced fan-out, in order. */
export async function fanOutConsumers(kinesis: KinesisClient, streamArn: string): Promise<string[]> {
    const names: string[] = [];
    let next: string | undefined;
    do {
        const page: ListStreamConsumersOutput = await kinesis.send(
            new ListStreamConsumersCommand({ StreamARN: streamArn, NextToken: next }),
        );
        for (const { ConsumerName, ConsumerStatus } of page.Consumers ?? [])
            if (ConsumerStatus !== "DELETING") names.push(ConsumerName!);

        next = page.NextToken;
    } while (next !== undefined);
    return names.sort();
}
