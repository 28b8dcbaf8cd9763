/** Days of minutes as the tests of the predictive mode write them: a load by day and minute, and what a stream that was seen has come to. */
import { uniformShards } from "../../../../capacity/replay/replay";
import {
    type Decision,
    type MinuteSample,
    type Observation,
    type ReshardEvent,
    type ScalingSettings,
    type ShardRange,
} from "../../../../capacity/scaling/observation";
import { completeScaling, type DeclaredScaling } from "../../../../capacity/scaling/settings";
import { middleHashKey } from "../../../../capacity/scaling/shards";
import { observation } from "../observed";

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

/** The minutes of the daily load from `startMs` to a time, all of them known. */
export function daysUntil(untilMs: number): MinuteSample[] {
    return fortnight.slice(0, Math.round((untilMs - startMs) / minuteMs));
}

/** The same, the newest minutes instead of the daily ones: the load that was accepted, and that was refused. */
export function daysThen(untilMs: number, minutes: number, load: number, refusedLoad = 0): MinuteSample[] {
    const samples = daysUntil(untilMs - minutes * minuteMs);
    for (let more = 0; more < minutes; more++) samples.push(sample(samples.length, load, refusedLoad));
    return samples;
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
    return observation(openShards, samples, { nowMs, createdMs: startMs, ...more });
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

/** Calls of the last hours, one an hour. */
export function made(count: number, nowMs: number, kind: ReshardEvent["kind"] = "update"): ReshardEvent[] {
    return Array.from({ length: count }, (_, index) => ({ atMs: nowMs - (index + 1) * hourMs, kind }));
}

/** So many even shards, of which the first ones have been split in two. */
export function halfWay(open: number, of: number): ShardRange[] {
    return uniformShards(of, 0).flatMap((shard, index) => {
        if (index >= open - of) return [shard];
        const middle = BigInt(middleHashKey(shard));
        const name = (half: number) => `shardId-${String(100 + 2 * index + half).padStart(12, "0")}`;
        return [
            { ...shard, shardId: name(0), endingHashKey: middle - 1n },
            { ...shard, shardId: name(1), startingHashKey: middle },
        ];
    });
}

/** A decision as a row of a table: what is done, why, in which words. */
export function shown({ action, reason, message, needsIteratorAge }: Decision): unknown[] {
    const done = action.kind === "update" ? `to ${action.targetShardCount}` : action.kind;
    return [done, reason, message, ...(needsIteratorAge ? ["asks for the iterator age"] : [])];
}

const fortnight = Array.from({ length: 14 * 1_440 }, (_, minute) => sample(minute, daily(minute)));
