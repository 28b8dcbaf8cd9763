/**
 * What nobody reaches who does not know the future: a bound for spikes that come at any time, whatever the means; one for all spikes, with UpdateShardCount
 * alone (`spikeBound.ts`); and one for minutes that each draw something anew.
 *
 *     npx ts-node -T bench/scaling/bound.ts
 *
 * Let spikes begin as a Poisson process of r a day, whatever else the load does, and let h x part(k) be what a spike of height h brings at least in its
 * second k. The metrics of the minute in which it begins are seen a minute after that has ended, and the first capacity that answers it is there
 * a reshard later: T seconds after its beginning. Until then the shards c are those that would have been open without it, and by Mecke's formula
 * the refused load of a day is at least r x the mean over time of sum over k < T of E max(0, h part(k) - c). That is convex in c, so with c's
 * mean over time m in its place it is no more (Jensen). Where at most a thousandth of the load may be refused, r x sum over k of
 * E max(0, h part(k) - m) is at most that, which is a least m, and m is the cost. It holds for every policy, with any number of calls, splits and merges.
 *
 * Counted are only the spikes that have no other within two and a half minutes before or after, so that none counts twice. The bound is for Poisson
 * spikes. Those of bench/scaling/shapes.ts that begin anywhere are as many in each day, or one more, at even chances; who counts them knows a
 * little more than the proof allows for. Base, noise and the spikes at half hours are left out, which makes the bound lower.
 *
 * The minutes of a rhythm are each a factor e^(.3 g) of a base, g normal and drawn anew. Let somebody know the base of all days in advance, events and
 * heights with it, and not the factors. The shards c of a minute were decided before its factor was to be seen, so the minute refuses base-wise
 * E max(0, base factor - c) on average, whatever came before. Every course of shards that keeps to the calls costs, with a refused unit at any price,
 * at least what the clairvoyant's program finds for these averages; so does the mean over all courses that a policy may take. The rest is the clairvoyant's bound.
 */
import { oracleShardHours } from "../../capacity/replay/rules";
import { normalBelow } from "../../capacity/scaling/predictive/noise";
import { clairvoyanceOf, startOf } from "./cases";
import { clairvoyantModel, clairvoyantOnAverage, type MinuteLoss } from "./clairvoyant";
import { randomOf } from "./noise";
import { type Bursty, rhythm, rhythmNoise, spikeHeight, spikeOf, spikesPerDay } from "./shapes";
import { unseenSpikes } from "./spikeBound";
import { burstyTraces, chosenTraces, rhythms, type Trace } from "./traces";

/** Seconds from the end of the minute in which a spike begins until the first capacity that answers it: sight, and one split, which is faster than an update. */
const answerSeconds = 60 + 30;
const drawn = 4_000;

/** At least this part of the spikes has no other so near. */
const aloneShare = 1 - (2 * 2.5 * spikesPerDay) / 1_440;

function main(): void {
    const names = [...Object.keys(burstyTraces), ...Object.keys(rhythms)];
    for (const trace of chosenTraces({ names, shards: [10, 40] })) {
        const [oracle, best] = [oracleShardHours(trace.loadPerSecond), clairvoyanceOf(trace, false)!.shardHours];
        const told = (means: string, least: number) =>
            console.log(
                `${trace.name}, ${means}: at least ${(least / oracle).toFixed(2)} x the oracle, ${(least / best).toFixed(3)} x the clairvoyant`,
            );
        const name = trace.name.split("@")[0]!;
        const bursty = burstyTraces[name];
        if (bursty === undefined) {
            told("UpdateShardCount only", leastShardHours(trace, drawnMinutes(trace, rhythms[name]!)));
            continue;
        }
        const unseen = unseenSpikes(bursty, trace.loadPerSecond, trace.shards / trace.declared);
        told("UpdateShardCount only", leastShardHours(trace, unseen));
        const shards = leastMeanShards(trace, bursty);
        told(`by any means, ${shards.toFixed(2)} shards on average`, (shards * trace.loadPerSecond.length) / 3_600);
    }
}

/** The shard-hours below which nobody is who knows no more than what each minute refuses on average. */
function leastShardHours({ loadPerSecond, shards }: Trace, loss: MinuteLoss): number {
    const model = { ...clairvoyantModel, startShards: startOf(shards), maxShards: 2 * shards };
    return clairvoyantOnAverage(loadPerSecond.length / 60, loss, model)!.boundShardHours;
}

/** Of a rhythm all is known but what its minutes draw anew. */
function drawnMinutes({ shards, declared }: Trace, made: (typeof rhythms)[string]): MinuteLoss {
    const base = rhythm({ ...made, isSmooth: true });
    return (minute, levels, refused) => {
        const units = (base[minute * 60]! * shards) / declared;
        for (let level = 0; level < levels.length; level++)
            refused[level] = 60 * excessOf(units, levels[level]!, rhythmNoise);
        return 60 * excessOf(units, 0, rhythmNoise);
    };
}

/** E max(0, base e^(sigma g) - level), g normal. */
function excessOf(base: number, level: number, sigma: number): number {
    if (base <= 0) return 0;
    const mean = base * Math.exp(sigma ** 2 / 2);
    if (level <= 0) return mean;
    const z = Math.log(base / level) / sigma;
    return Math.max(0, mean * normalBelow(z + sigma) - level * normalBelow(z));
}

/** The mean number of shards below which too much of such spikes is refused before anything can be done. */
function leastMeanShards({ loadPerSecond, shards, declared }: Trace, { atHalfHours }: Bursty): number {
    const days = loadPerSecond.length / 86_400;
    const allowedPerSpike =
        (0.001 * loadPerSecond.reduce((sum, load) => sum + load, 0)) /
        days /
        (aloneShare * spikesPerDay * (1 - atHalfHours));
    const unit = shards / declared;
    const spikes = spikeSeconds().map((seconds) => seconds.map((load) => load * unit));
    let [low, high] = [0, 2 * shards];
    while (high - low > 0.001) {
        const middle = (low + high) / 2;
        const refused = spikes.reduce(
            (sum, seconds) => sum + seconds.reduce((lost, load) => lost + Math.max(0, load - middle), 0),
            0,
        );
        if (refused / spikes.length > allowedPerSpike) low = middle;
        else high = middle;
    }
    return low;
}

/** The seconds of spikes until the first answer, from spikes that begin at any second of a minute. */
function spikeSeconds(): number[][] {
    const random = randomOf(5);
    return Array.from({ length: drawn }, () => {
        const height = spikeHeight(random);
        const { seconds, partAfter } = spikeOf(random);
        const until = Math.min(seconds, Math.floor(60 * random()) + answerSeconds);
        return Array.from({ length: until }, (_, after) => height * partAfter(after));
    });
}

main();
