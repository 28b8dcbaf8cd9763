/**
 * What one decision leaves for the next about the same stream: work that need not be done again. Nothing in it is knowledge: a decision
 * without it comes out the same.
 */
import { type ScalingSettings } from "../observation";
import { LoadMinutes } from "./minutes";
import { NoiseWitness } from "./noise";

interface Remembered {
    readonly peakShards: number;
    readonly minutes: LoadMinutes;
    readonly noise: NoiseWitness;
    table?: { readonly key: string; readonly losses: Float64Array };
}

export class ScalerMemory {
    private remembered: Remembered | undefined;

    /** What is remembered under these settings; nothing of it under others. */
    of({ peakShards }: ScalingSettings): Remembered {
        if (this.remembered?.peakShards !== peakShards)
            this.remembered = { peakShards, minutes: new LoadMinutes(peakShards), noise: new NoiseWitness(peakShards) };
        return this.remembered;
    }
}
