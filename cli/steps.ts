/**
 * `steps` in the documents of `scale`, `split` and `merge`: the way from where the stream was to where it is to go, each step with whether it
 * was made.
 */
import { type WalkStep } from "../capacity/scaling/walk";

export type Step = Pick<WalkStep, "kind" | "from" | "to">;

export interface DocumentStep extends Step {
    /** AWS took the call. False: on a dry run, where the answer was no, while the scaler is paused, and beyond an interruption. */
    readonly made: boolean;
}

/** The steps that were made, then those that were left. */
export function stepsDocument(made: readonly Step[], left: readonly Step[] = []): DocumentStep[] {
    return [...made.map((step) => ({ ...step, made: true })), ...left.map((step) => ({ ...step, made: false }))];
}
