/**
 * What spikes refuse at least before anybody can answer them, by the minute and the shards that were open without them.
 *
 * The metrics of the minute in which a spike begins are seen a minute after it has ended, and an update takes another: so in this minute and the
 * two after it the shards are those that would have been open without the spike. Spikes that come at any time, at some half hour, or on a part of the days
 * when one is due, come by chance and apart from each other; by Mecke's formula what they refuse on average is the sum over all minutes
 * of how likely one begins, times what it refuses at the shards of its minutes. Let somebody know the base, which half hours are due and how likely each is. Every
 * course of shards that keeps to the calls costs, with a refused unit at any price, at least what the clairvoyant's program finds for these averages.
 *
 * Only spikes that are alone in the five minutes around their beginning are counted, so none counts twice; the scatter of the seconds is left out, and so is what a
 * spike refuses later. All of it makes the bound lower. The spikes of a day are taken for a Poisson process; those of bench/scaling/shapes.ts
 * are as many in each day, or one more, and who counts them knows a little more than the proof allows for.
 */
import { type MinuteLoss } from "./clairvoyant";
import { gaussian, type Random, randomOf } from "./noise";
import {
    type Bursty,
    type BurstyPlan,
    burstyPlan,
    keptSlots,
    slotDeviation,
    spikeHeight,
    spikeOf,
    spikeStart,
    withSpike,
} from "./shapes";

const drawn = 200;
const unseenMinutes = 3;
const halfHourMinutes = 30;

/** Bases within 5 % are taken for the lowest of them. */
const baseStep = 1.05;

/** Spikes of one kind, drawn: how high, and which part of it is there in each second from the minute in which it begins until the first answer. */
type Drawn = readonly { readonly height: number; readonly parts: Float64Array }[];

/** A kind of spike that may begin in a minute: how likely, with nothing else around. */
interface Due {
    readonly chance: number;
    readonly kind: Kind;
}

class Kind {
    private readonly known = new Map<number, Float64Array>();

    constructor(private readonly spikes: Drawn) {}

    /** What one refuses on average in its nth minute over such a base at each level, in units. */
    refused(nth: number, base: number, levels: ArrayLike<number>, unit: number): Float64Array {
        const bin = Math.floor(Math.log(base) / Math.log(baseStep));
        const key = bin * unseenMinutes + nth;
        const found = this.known.get(key) ?? this.drawnAt(nth, baseStep ** bin, levels, unit);
        this.known.set(key, found);
        return found;
    }

    private drawnAt(nth: number, base: number, levels: ArrayLike<number>, unit: number): Float64Array {
        const refused = new Float64Array(levels.length);
        for (const { height, parts } of this.spikes) {
            for (let second = nth * 60; second < nth * 60 + 60; second++) {
                const part = parts[second]!;
                const load = unit * (part > 0 ? withSpike(base, height, part) : base);
                for (let level = 0; level < levels.length && levels[level]! < load; level++)
                    refused[level]! += (load - levels[level]!) / this.spikes.length;
            }
        }
        return refused;
    }
}

/** @param unit shards that a load of 1 takes */
export function unseenSpikes(bursty: Bursty, loadPerSecond: ArrayLike<number>, unit: number): MinuteLoss {
    const plan = burstyPlan(bursty);
    const due = dueIn(plan);
    return (minute, levels, refused) => {
        const base = plan.base[minute * 60]!;
        let alone = 1;
        for (let nth = 0; nth < Math.min(unseenMinutes, minute + 1); nth++) {
            for (const { chance, kind } of due[(minute - nth) % due.length]!) {
                const lost = kind.refused(nth, base, levels, unit);
                for (let level = 0; level < levels.length; level++) refused[level]! += chance * lost[level]!;
                alone -= chance;
            }
        }
        for (let level = 0; level < levels.length; level++)
            refused[level]! += alone * 60 * Math.max(0, unit * base - levels[level]!);
        let offered = 0;
        for (let second = minute * 60; second < minute * 60 + 60; second++) offered += loadPerSecond[second]!;
        return offered;
    };
}

/** What may begin in each minute of a day. */
function dueIn({ slots, atSomeHalfHour, anywhere }: BurstyPlan): Due[][] {
    const random = randomOf(5);
    const ofDay = 48 * halfHourMinutes;
    const due = Array.from({ length: ofDay }, (): Due[] => []);
    const [perMinute, perHalfHour] = [anywhere / ofDay, atSomeHalfHour / 48];
    const quiet = Math.exp(-(2 * unseenMinutes - 1) * perMinute);
    const startMinute = spikeStart.afterHalfHourSeconds / 60;
    const isNear = (minute: number, halfHour: number): boolean => {
        const away = minute - halfHour * halfHourMinutes - startMinute;
        return Math.min(...[away - ofDay, away, away + ofDay].map(Math.abs)) <= unseenMinutes;
    };
    const atAnyTime = new Kind(drawnSpikes(random, () => Math.floor(60 * random())));
    const begins = [-1, 0].map((side) => () => {
        const after = Math.abs(spikeStart.deviationSeconds * gaussian(random));
        return Math.min(59, Math.floor(side === 0 ? after : 60 - after));
    });
    const atHalfHour = begins.map((begin) => new Kind(drawnSpikes(random, begin)));
    for (let halfHour = 0; halfHour < 48; halfHour++) {
        const slot = slots.find((one) => one.halfHour === halfHour);
        const others = quiet * Math.exp(-perHalfHour);
        for (const [side, begin] of begins.entries()) {
            const minute = halfHour * halfHourMinutes + startMinute - 1 + side;
            const noSlot = slot === undefined ? 1 : 1 - keptSlots;
            if (perHalfHour > 0)
                due[minute]!.push({ chance: (perHalfHour / 2) * others * noSlot, kind: atHalfHour[side]! });
            if (slot === undefined) continue;
            const height = (): number => slot.height * Math.exp(slotDeviation * gaussian(random));
            due[minute]!.push({
                chance: (keptSlots / 2) * others,
                kind: new Kind(drawnSpikes(random, begin, height)),
            });
        }
    }
    for (let minute = 0; minute < ofDay; minute++) {
        let alone = quiet;
        for (let halfHour = 0; halfHour < 48; halfHour++) {
            if (!isNear(minute, halfHour)) continue;
            alone *= Math.exp(-perHalfHour) * (slots.some((one) => one.halfHour === halfHour) ? 1 - keptSlots : 1);
        }
        due[minute]!.push({ chance: perMinute * alone, kind: atAnyTime });
    }
    return due;
}

function drawnSpikes(random: Random, begin: () => number, height = (): number => spikeHeight(random)): Drawn {
    return Array.from({ length: drawn }, () => {
        const [begun, { seconds, partAfter }] = [begin(), spikeOf(random)];
        const parts = Float64Array.from({ length: 60 * unseenMinutes }, (_, second) => {
            const after = second - begun;
            return after >= 0 && after < seconds ? partAfter(after) : 0;
        });
        return { height: height(), parts };
    });
}
