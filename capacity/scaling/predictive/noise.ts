/**
 * How the seconds of a minute scatter around its mean, and what a number of shards then refuses.
 *
 * A second at a load x has a standard deviation of sigma sqrt(x P) at a declared peak P. Sigma is learned: a steady minute near the capacity
 * either refused something in one of its seconds, or did not.
 */
import { type LoadMinutes } from "./minutes";

/** The candidates, geometric from .003 to .2. */
const sigmas = Array.from({ length: 19 }, (_, index) => 0.003 * (0.2 / 0.003) ** (index / 18));
const priorSigma = 0.06;
/** Standard deviation of the prior's logarithm. */
const priorWidth = 0.7;

/** Minutes in a row are not independent witnesses. */
const witnessWeight = 0.3;

const steadyChangeMax = 0.15;
const nearCapacityMin = 0.55;

/** What the minutes up to an index say about sigma, extended as they come. */
export class NoiseWitness {
    private readonly logLikelihood = new Float64Array(sigmas.length);
    private upTo = -1;

    constructor(private readonly peakShards: number) {}

    /** Hears every minute that is settled, once. */
    extend(minutes: LoadMinutes, settledBefore: number): void {
        for (let minute = Math.max(this.upTo + 1, minutes.first + 2); minute < settledBefore; minute++) {
            this.hear(minutes, minute - minutes.first);
            this.upTo = minute;
        }
    }

    private hear(minutes: LoadMinutes, at: number): void {
        const [load, before] = [minutes.load[at]!, minutes.load[at - 1]!];
        const open = minutes.open[at]!;
        if (!(open >= 1) || minutes.open[at - 1] !== open || load < nearCapacityMin * open) return;
        if (Math.abs(load - before) > steadyChangeMax * load) return;
        const wasRefused = minutes.refused[at]! > 0;
        const scatter = Math.sqrt(load * this.peakShards);
        for (let index = 0; index < sigmas.length; index++) {
            const none = normalBelow((open - load) / (sigmas[index]! * scatter)) ** 60;
            const likelihood = wasRefused ? 1 - none : none;
            this.logLikelihood[index]! += witnessWeight * Math.log(Math.max(1e-6, likelihood));
        }
    }

    /** The expected sigma, as a candidate, so that what is computed from it can be kept. */
    sigma(): number {
        let most = -Infinity;
        const logs = sigmas.map((sigma, index) => {
            const log = this.logLikelihood[index]! - Math.log(sigma / priorSigma) ** 2 / (2 * priorWidth ** 2);
            most = Math.max(most, log);
            return log;
        });
        let [weights, sum] = [0, 0];
        for (const [index, log] of logs.entries()) {
            const weight = Math.exp(log - most);
            weights += weight;
            sum += weight * sigmas[index]!;
        }
        const mean = sum / weights;
        return sigmas.reduce((best, sigma) => (Math.abs(sigma - mean) < Math.abs(best - mean) ? sigma : best));
    }
}

/** Load that is refused on average, in shards, where so much is asked for and so much is open. */
export function expectedLoss(load: number, shards: number, sigma: number, peakShards: number): number {
    const scatter = sigma * Math.sqrt(load * peakShards);
    if (scatter < 1e-9) return Math.max(0, load - shards);
    const z = (shards - load) / scatter;
    if (z > 6) return 0;
    if (z < -6) return load - shards;
    return scatter * (density(z) - z * (1 - normalBelow(z)));
}

function density(z: number): number {
    return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** The normal distribution (Abramowitz and Stegun 26.2.17; off by less than 1e-7). */
export function normalBelow(z: number): number {
    if (z < 0) return 1 - normalBelow(-z);
    const t = 1 / (1 + 0.2316419 * z);
    const tail =
        density(z) * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return 1 - tail;
}
