/**
 * `steps` in the documents of `scale`, `split` and `merge`: the way from where the stream was to where it is to go, made or not.
 */
import { type WalkStep } from "../capacity/scaling/walk";

export type Step = Pick<WalkStep, "kind" | "from" | "to">;

export interface Steps {
    /** In order: those that were made, then those that were left. */
    readonly steps: readonly Step[];
    /** So many of them, from the first on, AWS took: none on a dry run, after a no, or while the scaler is paused. */
    readonly stepsMade: number;
}

export function stepsDocument(made: readonly Step[], left: readonly Step[] = []): Steps {
    return { steps: [...made, ...left], stepsMade: made.length };
}
