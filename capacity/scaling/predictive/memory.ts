/**
 * What one decision leaves for the next about the same stream: work that need not be done again. Nothing in it is knowledge: a decision
 * without it comes out as one that makes its plan anew.
 */
import { type ScalingSettings } from "../observation";
import { LoadMinutes } from "./minutes";
import { NoiseWitness } from "./noise";
import { type Plan } from "./situation";

class Remembered {
    readonly minutes: LoadMinutes;
    readonly noise: NoiseWitness;
    /** The last one that was made. */
    plan?: Plan;
    private table?: { readonly key: string; readonly losses: Float64Array };

    constructor(readonly peakShards: number) {
        this.minutes = new LoadMinutes(peakShards);
        this.noise = new NoiseWitness(peakShards);
    }

    /** The table of losses at these counts, made when it is another one than last time. */
    losses(
        worth: readonly number[],
        sigma: number,
        make: (worth: readonly number[], sigma: number, peakShards: number) => Float64Array,
    ): Float64Array {
        const key = `${sigma} ${worth.join(" ")}`;
        if (this.table?.key !== key) this.table = { key, losses: make(worth, sigma, this.peakShards) };
        return this.table.losses;
    }
}

export class ScalerMemory {
    private remembered: Remembered | undefined;

    /** What is remembered under these settings; nothing of it under others. */
    of({ peakShards }: ScalingSettings): Remembered {
        if (this.remembered?.peakShards !== peakShards) this.remembered = new Remembered(peakShards);
        return this.remembered;
    }
}
