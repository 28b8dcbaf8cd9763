/**
 * The days that CloudWatch still knows of a stream: two calls of GetMetricData, eight metrics.
 */
import { seriesOf } from "../../capacity/advice/series";
import { type KnownDays } from "../../capacity/advice/report";
import { minuteMs } from "../../capacity/calendar";
import { sum } from "../../capacity/sums";
import { withBackoff } from "../../stream/backoff";
import {
    fanOutConsumers,
    type FiveMinutes,
    fiveMinutesOf,
    fiveMinutesSeconds,
    keptFiveMinutes,
    keptMinutes,
    startOfFiveMinutes,
} from "../../stream/days";
import { startOfMinute } from "../../stream/load";
import { type StreamDetails } from "../../stream/kinesis";
import { type CommandContext } from "../command";
import { detailsOf, type Live, tooYoung } from "../live";
import { NothingKnown, NothingWritten } from "./play";

export interface LiveDays {
    readonly known: KnownDays;
    /** How the source is called: a stream with what it is now. */
    readonly source: { readonly stream: string; readonly openShards: number; readonly capacityMode: string };
    readonly told: readonly string[];
}

/** @param retentionHours instead of the stream's own */
export async function liveDays(
    live: Live,
    retentionHours: number | undefined,
    { progress }: Pick<CommandContext, "progress">,
): Promise<LiveDays> {
    const stream = await detailsOf(live);
    const consumers = await withBackoff(live.pace, "read", () =>
        fanOutConsumers(live.clients.kinesis, stream.streamArn),
    );
    progress.update("reading the metrics of 15 days, by the minute");
    // The newest minute may not be there yet.
    const untilMs = startOfMinute(stream.nowMs - minuteMs);
    const sinceMs = sinceOf(stream, untilMs, keptMinutes);
    if (sinceMs >= untilMs) throw new NothingKnown(`${live.name}: ${tooYoung}`);
    const samples = await live.metrics.samples(sinceMs, untilMs);
    const first = samples[0];
    if (first === undefined) throw new NothingWritten(live.name, "the last 15 days");
    progress.update("reading the metrics of 63 days, by five minutes");
    const older = await olderOf(live, stream);
    const written = sum(older.minutes.samples.map(({ acceptedBytes }) => acceptedBytes));
    const read = sum(older.minutes.readBytes.map(([, bytes]) => bytes));
    const ages = older.minutes.iteratorAgeMs.map(([, age]) => age);
    return {
        known: {
            name: live.name,
            series: seriesOf(samples, { fromMs: first.startMs, untilMs, periodSeconds: minuteMs / 1_000 }),
            older: seriesOf(older.minutes.samples, { ...older, periodSeconds: fiveMinutesSeconds }),
            reads: {
                ...(written > 0 && { readOverWritten: read / written }),
                fanOutConsumers: consumers,
                iteratorAgeMaxMs: ages.reduce<number | null>((most, age) => Math.max(most ?? 0, age), null),
            },
            retentionHours: retentionHours ?? stream.retentionHours,
            openShards: stream.openShards,
        },
        source: { stream: live.name, openShards: stream.openShards, capacityMode: stream.capacityMode },
        told: [],
    };
}

async function olderOf(
    live: Live,
    stream: StreamDetails,
): Promise<{ readonly fromMs: number; readonly untilMs: number; readonly minutes: FiveMinutes }> {
    const untilMs = startOfFiveMinutes(stream.nowMs - minuteMs);
    const fromMs = startOfFiveMinutes(sinceOf(stream, untilMs, keptFiveMinutes));
    const minutes =
        fromMs >= untilMs
            ? { samples: [], readBytes: [], iteratorAgeMs: [] }
            : await withBackoff(live.pace, "read", () =>
                  fiveMinutesOf(live.clients.cloudWatch, live.name, { fromMs, toMs: untilMs }),
              );
    return { fromMs, untilMs, minutes };
}

/** What has the stream's name and is older than it was another's. */
function sinceOf({ createdMs }: StreamDetails, untilMs: number, kept: number): number {
    return Math.max(untilMs - kept * minuteMs, startOfMinute(createdMs));
}
