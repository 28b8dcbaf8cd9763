/**
 * Schedules by their number: which arena, and what is played in it.
 */
import { type Code } from "./code";
import { streamSchedule } from "./generate";
import { type Law, type Violation } from "./laws";
import { playStream } from "./play";
import { playProducer, type ProducerSchedule, producerSchedule } from "./producerArena";
import { type StreamSchedule } from "./schedule";

export type Schedule = StreamSchedule | ProducerSchedule;

export interface Outcome {
    readonly violations: readonly Violation[];
    readonly trace: readonly string[];
    readonly runs: number;
}

/** Each sixth schedule is the producer's. */
const producerEvery = 6;

export function scheduleOf(seed: number, index: number): Schedule {
    return index % producerEvery === producerEvery - 1 ? producerSchedule(seed, index) : streamSchedule(seed, index);
}

export async function play(schedule: Schedule, code: Code, traces = false): Promise<Outcome> {
    if (schedule.arena === "stream") return playStream(schedule, code, traces);
    return { violations: await playProducer(schedule, code), trace: [], runs: 0 };
}

/** Whether a schedule still breaks a law. */
export async function breaks(schedule: Schedule, law: Law, code: Code): Promise<boolean> {
    return (await play(schedule, code)).violations.some((violation) => violation.law === law);
}
