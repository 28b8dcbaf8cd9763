/**
 * Keys of unequal weight on uniform shards: the chance that chance puts them where they fit, and the shards that they fill where they are placed.
 *
 * For keys of unequal weight there is no formula. The heavy keys are thrown on the shards, the same throws on every run; for the many light
 * ones beside them the chance is computed.
 */
import { sum } from "../sums";
import { chanceOfSum, exactKeysMax, truncated, type TruncatedCount } from "./bins";
import { randomOf } from "./random";

/** The load of a stream by its keys; the unit of a weight is what one shard takes. */
export interface KeyWeights {
    /** Keys that are known one by one, the heaviest first. */
    readonly heavy: readonly number[];
    /** All other keys together, of equal weight. */
    readonly rest: number;
    /** How many they are; undefined: so many that they spread like water. */
    readonly restKeys: number | undefined;
}

/** Guards a division that should be whole, such as 1 / 0.1, against being one too few. */
export const roundingSlack = 1e-9;

/** Trials of one estimate: at 95 % its standard deviation is 0.5 points, with hundreds of keys 1 point. */
const trialsMost = 2_000;
const trialsLeast = 500;
const throwsMost = 400_000;
/** After so many trials a chance below or above these is far enough from 95 % to be sure on which side it is. */
const firstTrials = 250;
const clearlyLow = 0.86;
const clearlyHigh = 0.998;
const seed = 1;

/** The chance that no shard is over its limits when all keys fall on that many uniform shards. */
export function chanceThatWeightsFit({ heavy, rest, restKeys }: KeyWeights, shards: number): number {
    const few = restKeys !== undefined && restKeys <= exactKeysMax;
    const thrown = Float64Array.from(few ? [...heavy, ...equalWeights(rest, restKeys)] : heavy);
    const others = few ? noOthers : restKeys === undefined ? water(rest, shards) : lightKeys(rest, restKeys, shards);
    const trials = Math.max(trialsLeast, Math.min(trialsMost, Math.floor(throwsMost / thrown.length)));
    const throwKeys = thrower(thrown, shards);
    let fits = 0;
    for (let trial = 1; trial <= trials; trial++) {
        fits += others(throwKeys());
        if (trial === firstTrials && (fits < clearlyLow * trial || fits > clearlyHigh * trial)) return fits / trial;
    }
    return fits / trials;
}

export function equalWeights(weight: number, keys: number): number[] {
    return new Array<number>(keys).fill(weight / keys);
}

/** Throws the keys anew at each call: the loads of the shards that got any. What it returns is good until the next call. */
function thrower(weights: Float64Array, shards: number): () => Float64Array {
    const random = randomOf(seed);
    const loads = new Float64Array(shards);
    const places = new Int32Array(weights.length);
    const occupied = new Float64Array(weights.length);
    return () => {
        for (let key = 0; key < weights.length; key++) {
            const shard = Math.floor(random() * shards);
            places[key] = shard;
            loads[shard]! += weights[key]!;
        }
        let count = 0;
        for (const shard of places) {
            if (loads[shard] === 0) continue;
            occupied[count++] = loads[shard]!;
            loads[shard] = 0;
        }
        return occupied.subarray(0, count);
    };
}

/** The chance that the other keys fit beside the loads of the occupied shards. */
type ChanceOfOthers = (occupied: Float64Array) => number;

const fitsBelow = (most: number): ChanceOfOthers => {
    const limit = most + roundingSlack;
    return (occupied) => (occupied.every((load) => load <= limit) ? 1 : 0);
};

const noOthers = fitsBelow(1);

function water(rest: number, shards: number): ChanceOfOthers {
    return fitsBelow(1 - rest / shards);
}

/** A shard with room for so many deviations above the average takes all that may come. */
const roomyDeviations = 12;
/** Rooms are rounded down to this part of a deviation, so that a few hundred different ones are computed. */
const roomStep = 1 / 16;

function lightKeys(rest: number, keys: number, shards: number): ChanceOfOthers {
    const average = keys / shards;
    const deviation = Math.sqrt(average);
    const step = Math.max(1, Math.floor(deviation * roomStep));
    const roomy = Math.ceil(average + roomyDeviations * (deviation + 1));
    const counts: TruncatedCount[] = [];
    const countBeside = (load: number): TruncatedCount | undefined => {
        const room = Math.min(roomy, Math.floor(((1 - load) * keys) / rest + roundingSlack));
        const steps = Math.floor(room / step);
        return room < 0 ? undefined : (counts[steps] ??= truncated(steps * step, average));
    };
    const empty = countBeside(0);
    return (occupied) => {
        if (empty === undefined) return 0;
        const left = shards - occupied.length;
        let logChance = left * empty.logChance;
        let mean = left * empty.mean;
        let variance = left * empty.variance;
        for (const load of occupied) {
            const count = countBeside(load);
            if (count === undefined) return 0;
            logChance += count.logChance;
            mean += count.mean;
            variance += count.variance;
        }
        return chanceOfSum(keys, { logChance, mean, variance });
    };
}

/**
 * The fewest uniform shards on which the keys fit where each is placed on a shard of the program's choice: the heaviest first, each on the
 * first shard with room for it, then the light ones where room is left.
 *
 * @returns undefined if one key is more than a shard takes
 */
export function shardsForPlacedKeys({ heavy, rest, restKeys }: KeyWeights): number | undefined {
    const light = restKeys === undefined ? 0 : rest / restKeys;
    if (Math.max(light, ...heavy) > 1 + roundingSlack) return undefined;
    const loads: number[] = [];
    for (const weight of heavy) {
        const shard = loads.findIndex((load) => load + weight <= 1 + roundingSlack);
        if (shard < 0) loads.push(weight);
        else loads[shard]! += weight;
    }
    const total = heavy.reduce((sum, weight) => sum + weight, rest);
    const atLeast = Math.max(1, loads.length, Math.ceil(total - roundingSlack));
    if (restKeys === undefined || rest <= 0) return atLeast;
    const keysIn = (room: number) => Math.floor((room * restKeys) / rest + roundingSlack);
    const beside = sum(loads.map((load) => keysIn(1 - load)));
    return Math.max(atLeast, loads.length + Math.ceil(Math.max(0, restKeys - beside) / keysIn(1)));
}
