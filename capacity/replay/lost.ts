/**
 * What a stream of a known size would have lost of a load, without playing a policy: by the same producers as a replay's.
 */
import { smallest } from "../keys/spread";
import { Writers } from "./writers";

/** How a load is written. */
export interface WrittenLoad {
    /** In shards, one number a second. */
    readonly seconds: ArrayLike<number>;
    /** Seconds for which a refused record is written again, before it is lost. @default 0 */
    readonly retrySeconds?: number | undefined;
}

/**
 * What is lost of it, in what a shard takes in a second.
 *
 * @param room shards that are open in a second
 * @param enough what is lost beyond it is of no interest
 */
export function lostOf(
    { seconds, retrySeconds = 0 }: WrittenLoad,
    room: (second: number) => number,
    enough = Infinity,
) {
    const writers = new Writers(retrySeconds);
    const worth = { room: 0, widths: undefined };
    let lost = 0;
    for (let second = 0; second < seconds.length && lost <= enough; second++) {
        worth.room = room(second);
        writers.write(seconds[second]!, worth);
        if (second % 60 === 59) lost += writers.takeMinute().lost;
    }
    return lost + writers.takeMinute().lost + writers.waiting;
}

/** The fewest shards that lose at most so much, whoever knew the load in advance. */
export function fewestShards(load: WrittenLoad, lostMax: number): number {
    // A hair of rounding must not cost a shard.
    const allowed = lostMax * (1 + 1e-9) + 1e-6;
    const isEnough = (shards: number) => lostOf(load, () => shards, allowed) <= allowed;
    let highest = 1;
    for (let second = 0; second < load.seconds.length; second++) highest = Math.max(highest, load.seconds[second]!);
    // As many as the highest second asks for lose nothing.
    return smallest(1, Math.ceil(highest), isEnough)!;
}
