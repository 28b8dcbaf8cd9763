/**
 * The load of a stream over days: what was written and refused in each period, and what was asked for.
 */
import { randomOf } from "../keys/random";
import { limits } from "../limits";

/** Means of equal periods, oldest first. A period without a datapoint is NaN in all of them. */
export interface LoadSeries {
    /** Start of the first period. */
    readonly startMs: number;
    readonly periodSeconds: number;
    /** The rows between which the periods were drawn, in stretches of one length, where some are longer: their means hide what is higher within one. */
    readonly rows?: readonly { readonly fromPeriod: number; readonly rowSeconds: number }[] | undefined;
    readonly bytesPerSecond: ArrayLike<number>;
    readonly recordsPerSecond: ArrayLike<number>;
    /** Put attempts that a full shard refused: a record that is tried again is in here again. */
    readonly refusedPerSecond: ArrayLike<number>;
}

/** A period as CloudWatch tells it: sums. */
export interface LoadSums {
    readonly startMs: number;
    readonly acceptedBytes: number;
    readonly acceptedRecords: number;
    readonly refusedRecords: number;
}

/** What producers asked for; NaN where nothing is known. */
export interface Demand {
    readonly bytesPerSecond: Float64Array;
    readonly recordsPerSecond: Float64Array;
    /** In shards: bytes or records, whichever is scarcer. */
    readonly shards: Float64Array;
}

/** A series of the sums from one time to another; both are ends of periods. */
export function seriesOf(
    sums: readonly LoadSums[],
    span: { readonly fromMs: number; readonly untilMs: number; readonly periodSeconds: number },
): LoadSeries {
    const periodMs = span.periodSeconds * 1_000;
    const periods = Math.max(0, Math.round((span.untilMs - span.fromMs) / periodMs));
    const empty = () => new Float64Array(periods).fill(NaN);
    const [bytesPerSecond, recordsPerSecond, refusedPerSecond] = [empty(), empty(), empty()];
    for (const { startMs, acceptedBytes, acceptedRecords, refusedRecords } of sums) {
        const at = Math.floor((startMs - span.fromMs) / periodMs);
        if (at < 0 || at >= periods) continue;
        bytesPerSecond[at] = acceptedBytes / span.periodSeconds;
        recordsPerSecond[at] = acceptedRecords / span.periodSeconds;
        refusedPerSecond[at] = refusedRecords / span.periodSeconds;
    }
    return {
        startMs: span.fromMs,
        periodSeconds: span.periodSeconds,
        bytesPerSecond,
        recordsPerSecond,
        refusedPerSecond,
    };
}

/**
 * Accepted and refused, where each refused attempt counts once, in its period, and no more of them than records were accepted in it: nobody
 * knows how often the same record was tried. They are taken to be of the size of the accepted ones.
 */
export function demandOf({ bytesPerSecond, recordsPerSecond, refusedPerSecond }: LoadSeries): Demand {
    const periods = bytesPerSecond.length;
    const demand = {
        bytesPerSecond: new Float64Array(periods),
        recordsPerSecond: new Float64Array(periods),
        shards: new Float64Array(periods),
    };
    for (let at = 0; at < periods; at++) {
        const accepted = recordsPerSecond[at]!;
        const refused = accepted > 0 ? Math.min(refusedPerSecond[at]!, accepted) : refusedPerSecond[at]!;
        const bytes = accepted > 0 ? bytesPerSecond[at]! * (1 + refused / accepted) : bytesPerSecond[at]!;
        const records = accepted + refused;
        demand.bytesPerSecond[at] = bytes;
        demand.recordsPerSecond[at] = records;
        demand.shards[at] = Math.max(
            bytes / limits.shardWriteBytesPerSecond,
            records / limits.shardWriteRecordsPerSecond,
        );
    }
    return demand;
}

/** How the seconds of a period scatter where nobody measured them: the standard deviation at a load x, declared peak P, is this times sqrt(x P). */
export const assumedSigma = 0.06;

/** A load in shards second by second. */
export interface Seconds {
    readonly shards: Float64Array;
    /** By what they are taken to scatter where nobody measured them, as `assumedSigma`; undefined: they were measured. */
    readonly sigma: number | undefined;
}

/** A load in shards, one number a second. What is longer than a second scatters as is assumed, the same on every run; what is not known is 0. */
export function secondsOf(shards: ArrayLike<number>, periodSeconds: number, peakShards: number): Float64Array {
    const seconds = new Float64Array(shards.length * periodSeconds);
    const normal = normalOf(1);
    for (let at = 0; at < shards.length; at++) {
        const mean = shards[at]!;
        if (!(mean > 0)) continue;
        const deviation = periodSeconds > 1 ? assumedSigma * Math.sqrt(mean * peakShards) : 0;
        const end = (at + 1) * periodSeconds;
        for (let second = at * periodSeconds; second < end; second++)
            seconds[second] = deviation === 0 ? mean : Math.max(0, mean + deviation * normal());
    }
    return seconds;
}

/** Numbers with mean 0 and standard deviation 1, by Box and Muller. */
export function normalOf(seed: number): () => number {
    const random = randomOf(seed);
    let spare: number | undefined;
    return () => {
        if (spare !== undefined) {
            const value = spare;
            spare = undefined;
            return value;
        }
        const radius = Math.sqrt(-2 * Math.log(1 - random()));
        const angle = 2 * Math.PI * random();
        spare = radius * Math.sin(angle);
        return radius * Math.cos(angle);
    };
}
