/**
 * Chance with a seed, and what the seconds of a load do around its mean.
 */
import { type Random, randomOf } from "../../capacity/keys/random";

export { type Random, randomOf };

export function gaussian(random: Random): number {
    return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A walk that is drawn back to zero: standard deviation 1, and a memory of so many steps. */
export function wandering(random: Random, memorySteps: number): () => number {
    const kept = Math.exp(-1 / memorySteps);
    const fresh = Math.sqrt(1 - kept * kept);
    let now = gaussian(random);
    return () => (now = kept * now + fresh * gaussian(random));
}

/** Seconds scatter around their mean by sigma times the root of the mean: relatively less at a high load. In place. */
export function scattered(load: Float64Array, random: Random, sigma: number): Float64Array {
    for (let second = 0; second + 1 < load.length; second += 2) {
        // Both numbers of a pair are used: millions are drawn.
        const radius = sigma * Math.sqrt(-2 * Math.log(1 - random()));
        const angle = 2 * Math.PI * random();
        scatter(load, second, radius * Math.cos(angle));
        scatter(load, second + 1, radius * Math.sin(angle));
    }
    return load;
}

function scatter(load: Float64Array, second: number, deviation: number): void {
    const mean = load[second]!;
    if (mean > 0) load[second] = Math.max(0, mean + deviation * Math.sqrt(mean));
}

/** The value that a part of them stays below. */
export function quantile(values: ArrayLike<number>, part: number): number {
    return Float64Array.from(values).sort()[Math.min(values.length - 1, Math.floor(values.length * part))]!;
}
