/**
 * A computation that takes its time: who waits sees how far it is, and Ctrl-C ends it.
 */
import { UsageError } from "./command";

/** @throws UsageError with the sentence where it was interrupted before its end */
export async function inSteps<Step, Result>(
    steps: Iterator<Step, Result>,
    tell: (step: Step) => void,
    signal: AbortSignal,
    interrupted: string,
): Promise<Result> {
    for (;;) {
        const step = steps.next();
        if (step.done === true) return step.value;
        tell(step.value);
        await new Promise((resolve) => setImmediate(resolve));
        if (signal.aborted) throw new UsageError(interrupted);
    }
}
