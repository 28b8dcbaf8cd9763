/**
 * Loads that are made up: what makes real ones hard, one thing at a time and together. About 1 is the usual peak; a number a second.
 */
import { gaussian, type Random, randomOf, scattered, wandering } from "./noise";

const daySeconds = 86_400;
const usualNoise = 0.05;

export interface Bursty {
    readonly days: number;
    readonly seed: number;
    /** Part of the spikes that begin two minutes after a half hour. */
    readonly atHalfHours: number;
    /** Of those, the ones that come at the same half hours each day. */
    readonly regular: number;
}

export const spikesPerDay = 14;

/** What is the same on each day of a bursty load. */
export interface BurstyPlan {
    /** The load without spikes, a number a second. */
    readonly base: Float64Array;
    /** Half hours of the day, counted from 0, at which a spike of this height is due. */
    readonly slots: readonly { readonly halfHour: number; readonly height: number }[];
    /** Spikes a day at some half hour, and at any time. */
    readonly atSomeHalfHour: number;
    readonly anywhere: number;
}

/** The part of the spikes that are due and come. */
export const keptSlots = 0.85;

export const spikeStart = { afterHalfHourSeconds: 120, deviationSeconds: 15 } as const;

export function burstyPlan({ days, seed, atHalfHours, regular }: Bursty, random = randomOf(seed)): BurstyPlan {
    const base = byMinute(days, wanderingBase(random));
    const slotCount = Math.round((spikesPerDay * atHalfHours * regular) / keptSlots);
    const slots = Array.from({ length: slotCount }, (_, nth) => ({
        halfHour: Math.floor((48 * (nth + random())) / slotCount),
        height: spikeHeight(random),
    }));
    return {
        base,
        slots,
        atSomeHalfHour: spikesPerDay * atHalfHours * (1 - regular),
        anywhere: spikesPerDay * (1 - atHalfHours),
    };
}

/** About fourteen spikes a day, some of them within others, of 6 to 15 minutes, with ramps of seconds to two minutes, over a base that wanders. */
export function bursts(bursty: Bursty): Float64Array {
    const random = randomOf(bursty.seed);
    const { base: load, slots, atSomeHalfHour, anywhere } = burstyPlan(bursty, random);
    const after = (): number => spikeStart.afterHalfHourSeconds + spikeStart.deviationSeconds * gaussian(random);
    for (let day = 0; day < bursty.days; day++) {
        for (const { halfHour, height } of slots) {
            if (random() > keptSlots) continue;
            const start = day * daySeconds + halfHour * 1_800 + after();
            addSpike(load, random, start, height * Math.exp(slotDeviation * gaussian(random)));
        }
        const others = (perDay: number): number => Math.floor(perDay + random());
        for (let nth = others(atSomeHalfHour); nth > 0; nth--) {
            const start = (day * 48 + Math.floor(48 * random())) * 1_800 + after();
            addSpike(load, random, start, spikeHeight(random));
        }
        for (let nth = others(anywhere); nth > 0; nth--)
            addSpike(load, random, (day + random()) * daySeconds, spikeHeight(random));
    }
    return scattered(load, random, usualNoise);
}

/** Standard deviation of the logarithm of the height of a spike that was due. */
export const slotDeviation = 0.1;

/** Between a sixth and two thirds of the peak, by the hour of the day and by chance. */
function wanderingBase(random: Random): (minute: number) => number {
    const wander = wandering(random, 240);
    return (minute) => {
        const rhythm = 0.3 * Math.sin(((minute / 1_440 - 0.4) % 1) * 2 * Math.PI);
        return Math.min(0.8, Math.max(0.08, 0.18 * Math.exp(rhythm + 0.5 * wander())));
    };
}

export function spikeHeight(random: Random): number {
    return 0.75 + 0.25 * random();
}

export interface Spike {
    readonly seconds: number;
    /** The part of its height that a spike has so many seconds after it began: up in seconds to two minutes, then it ebbs away. */
    readonly partAfter: (seconds: number) => number;
}

export function spikeOf(random: Random): Spike {
    const seconds = Math.floor(360 + 540 * random());
    const rampUp = 5 * Math.exp(Math.log(24) * random());
    const ebb = (after: number): number => (1 - (after - rampUp) / (seconds - rampUp)) ** 0.7;
    return { seconds, partAfter: (after) => (after < rampUp ? (after + 1) / rampUp : ebb(after)) };
}

/** A spike up to `height`, or a little above what is there. */
function addSpike(load: Float64Array, random: Random, startSecond: number, height: number): void {
    const start = Math.floor(startSecond);
    const { seconds, partAfter } = spikeOf(random);
    for (let second = Math.max(0, start); second < Math.min(load.length, start + seconds); second++)
        load[second] = withSpike(load[second]!, height, partAfter(second - start));
}

/** A base with a part of a spike. */
export function withSpike(base: number, height: number, part: number): number {
    return base + part * Math.max(0.2 * height, height - base);
}

/** Standard deviation of the logarithm of what each minute of a rhythm draws anew. */
export const rhythmNoise = 0.3;

interface Rhythm {
    readonly days: number;
    readonly seed: number;
    /** Without what each minute draws anew. */
    readonly isSmooth?: boolean;
}

/** A rhythm of days and weeks with wandering heights, short events, a day at 1.9 times the peak and a day without data; no noise within a minute. */
export function rhythm({ days, seed, isSmooth = false }: Rhythm): Float64Array {
    const random = randomOf(seed);
    const [highDay, silentDay] = [Math.floor(days * 0.62), Math.floor(days * 0.43)];
    const height = wandering(random, 3);
    const wander = wandering(random, 30);
    let ofDay = { height: 1, peakHour: 15 };
    const factors = events(random, days);
    return byMinute(days, (minute) => {
        const day = Math.floor(minute / 1_440);
        const hour = (minute % 1_440) / 60;
        if (hour === 0)
            ofDay = { height: weekday(day) * Math.exp(0.12 * height()), peakHour: 15 + 0.7 * gaussian(random) };
        const [slow, anew] = [0.06 * wander(), rhythmNoise * gaussian(random)];
        const noise = Math.exp(isSmooth ? slow : slow + anew);
        if (day === silentDay) return 0;
        const bell = Math.exp(-(((hour - 20.5) / 1.3) ** 2));
        const shape = 0.07 + 0.2 * wave(hour, ofDay.peakHour) ** 1.4 + 0.12 * bell;
        const launch = day === highDay ? 1.1 * Math.exp(-(((hour - 17) / 0.35) ** 2)) : 0;
        return Math.max(launch, ofDay.height * shape * factors[minute]!) * noise;
    });
}

function weekday(day: number): number {
    return day % 7 >= 5 ? 0.65 : 1;
}

/** 1 at the hour of the peak, 0 in the half of the day that is farthest from it. */
function wave(hour: number, peakHour: number): number {
    return Math.max(0, Math.cos(((hour - peakHour) / 24) * 2 * Math.PI));
}

/** What events of 10 to 60 minutes multiply the load with, about one a day, more of them by day; they come over 3 to 12 minutes. */
function events(random: Random, days: number): Float64Array {
    const factors = new Float64Array(days * 1_440).fill(1);
    for (let nth = 0; nth < 1.2 * days; nth++) {
        const start = Math.floor((Math.floor(random() * days) + (14 + 4 * gaussian(random)) / 24) * 1_440);
        const length = 10 + Math.floor(50 * random() ** 2);
        const ramp = 3 + 9 * random();
        const more = 0.3 + 2.2 * random() ** 1.5;
        for (let minute = Math.max(0, start); minute < Math.min(factors.length, start + length); minute++) {
            const part = Math.min(1, (minute - start + 1) / ramp, (start + length - minute) / ramp);
            factors[minute] = Math.max(factors[minute]!, 1 + part * more);
        }
    }
    return factors;
}

interface Plain {
    readonly days: number;
    readonly seed: number;
    readonly sigma?: number;
}

/** What there is of a calm stream: one hump a day, weekends lower where it has weeks, and heights that differ a little. */
export function humps({ days, seed, sigma = usualNoise, weeks = false }: Plain & { weeks?: boolean }): Float64Array {
    const random = randomOf(seed);
    const load = byMinute(days, hump(random, weeks));
    return scattered(load, random, sigma);
}

function hump(random: Random, weeks: boolean): (minute: number) => number {
    const wander = wandering(random, 120);
    let height = 1;
    return (minute) => {
        const hour = (minute % 1_440) / 60;
        if (hour === 0) height = (weeks ? weekday(Math.floor(minute / 1_440)) : 1) * (0.85 + 0.15 * random());
        return height * (0.15 + 0.75 * wave(hour, 14) ** 1.3) * Math.exp(0.04 * wander());
    };
}

/** Slow ramps up and down between levels, an hour to half a day each, at no hour in particular. */
export function ramps({ days, seed }: Plain): Float64Array {
    const random = randomOf(seed);
    let [from, to, began, ends] = [0.3, 0.3, 0, 60];
    return scattered(
        byMinute(days, (minute) => {
            if (minute >= ends)
                [from, to, began, ends] = [to, 0.1 + 0.85 * random(), ends, ends + 60 + Math.floor(660 * random())];

            return from + ((to - from) * (minute - began)) / (ends - began);
        }),
        random,
        usualNoise,
    );
}

/** What happens once to a calm stream. */
export interface Once extends Plain {
    readonly happens: "step" | "flash crowd" | "gap" | "launch day";
}

export function once({ days, seed, happens }: Once): Float64Array {
    const random = randomOf(seed);
    const calm = hump(random, true);
    const day = Math.floor(days * 0.7);
    const change = changes[happens];
    const load = byMinute(days, (minute) => calm(minute) * change(minute / 1_440 - day));
    return scattered(load, random, usualNoise);
}

/** By how much the load is more, so many days after the day began on which it happens. */
const changes: Record<Once["happens"], (days: number) => number> = {
    step: (days) => (days < 0.4 ? 0.55 : 1),
    // Within minutes to six times the load of the night, then it ebbs away over hours.
    "flash crowd": (days) => {
        const minutes = (days - 0.9) * 1_440;
        return minutes < 0 ? 1 : 1 + 5 * Math.min(1, (minutes + 1) / 4) * Math.exp(-minutes / 70);
    },
    gap: (days) => (days >= 0 && days < 1 ? 0 : 1),
    "launch day": (days) => (days >= 0 && days < 1 ? 1.9 : 1),
};

function byMinute(days: number, loadOf: (minute: number) => number): Float64Array {
    const load = new Float64Array(days * daySeconds);
    for (let minute = 0; minute < days * 1_440; minute++) load.fill(loadOf(minute), minute * 60, minute * 60 + 60);
    return load;
}
