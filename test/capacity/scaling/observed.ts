/** What a scaler sees, as the tests of its decisions write it. */
import { uniformShards } from "../../../capacity/replay/replay";
import { type MinuteSample, type Observation, type ReshardEvent } from "../../../capacity/scaling/observation";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const nowMs = Date.UTC(2026, 10, 2, 12);

/** One-minute samples that end now; each load in shards. */
export function samplesOf(loads: readonly number[], refused: readonly number[] = []): MinuteSample[] {
    return loads.map((load, index) => ({
        startMs: nowMs - (loads.length - index) * minuteMs,
        acceptedBytes: load * 1_048_576 * 60,
        acceptedRecords: load * 1_000 * 60,
        refusedRecords: refused[index] ?? 0,
    }));
}

export function constant(load: number, minutes = 24 * 60): number[] {
    return Array.from({ length: minutes }, () => load);
}

export function callsMade(count: number, kind: ReshardEvent["kind"] = "update"): ReshardEvent[] {
    return Array.from({ length: count }, (_, index) => ({ atMs: nowMs - (index + 1) * hourMs, kind }));
}

export function observation(
    openShards: number,
    samples: readonly MinuteSample[],
    more: Partial<Observation> = {},
): Observation {
    return {
        nowMs,
        capacityMode: "provisioned",
        status: "ACTIVE",
        createdMs: nowMs - 30 * 24 * hourMs,
        shards: uniformShards(openShards, 0),
        samples,
        iteratorAgeMs: 0,
        reshards: [],
        ...more,
    };
}
