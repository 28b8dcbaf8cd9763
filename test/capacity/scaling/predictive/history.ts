/** Days of minutes as the tests of the predictive mode write them: a load by day and minute, and what a stream that was seen has come to. */
import { uniformShards } from "../../../../capacity/replay/replay";
import { type MinuteSample, type Observation, type ScalingSettings } from "../../../../capacity/scaling/observation";
import { completeScaling, type DeclaredScaling } from "../../../../capacity/scaling/settings";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** A Monday; histories end some days after. */
export const startMs = Date.UTC(2026, 9, 5);

/** 2 shards at night, 8 from 8 to 18 o'clock, straight lines of an hour between. */
export function daily(minute: number): number {
    const hour = (minute % 1_440) / 60;
    if (hour < 7 || hour >= 19) return 2;
    if (hour < 8) return 2 + 6 * (hour - 7);
    return hour < 18 ? 8 : 8 - 6 * (hour - 18);
}

/** The minutes from `startMs` to a time, all of them known; each load in shards. */
export function minutesUntil(
    untilMs: number,
    loadOf: (minute: number) => number = daily,
    openOf: (minute: number) => number | undefined = () => undefined,
): MinuteSample[] {
    return Array.from({ length: Math.round((untilMs - startMs) / minuteMs) }, (_, minute) =>
        sample(minute, loadOf(minute), 0, openOf(minute)),
    );
}

export function sample(minute: number, load: number, refusedLoad = 0, openShards?: number): MinuteSample {
    return {
        startMs: startMs + minute * minuteMs,
        acceptedBytes: load * 1_048_576 * 60,
        acceptedRecords: load * 1_000 * 60,
        refusedRecords: refusedLoad * 1_000 * 60,
        ...(openShards === undefined ? {} : { openShards }),
    };
}

/** What a scaler sees at a time of a day, counted from `startMs`. */
export function at(day: number, clock: string): number {
    const [hours, minutes] = clock.split(":").map(Number);
    return startMs + day * dayMs + hours! * hourMs + minutes! * minuteMs;
}

export function seen(
    nowMs: number,
    openShards: number,
    samples: readonly MinuteSample[],
    more: Partial<Observation> = {},
): Observation {
    return {
        nowMs,
        capacityMode: "provisioned",
        status: "ACTIVE",
        createdMs: startMs,
        shards: uniformShards(openShards, 0),
        samples,
        iteratorAgeMs: 0,
        reshards: [],
        ...more,
    };
}

export function planning(declared: Partial<DeclaredScaling> = {}): ScalingSettings {
    return completeScaling({
        minShards: 1,
        maxShards: 32,
        peakShards: 9,
        maxReshardsPerDay: 0,
        mode: "predictive",
        ...declared,
    });
}
