/**
 * Pulumi's SDK keeps a stack trace with each promise of each output, four of them a property, for whoever looks for a promise that is never
 * kept. Of a component's children they say nothing that the component's own does not, and cost a third of declaring them.
 */

/** So few still name the function that failed, be it a transformation of the user's. */
const framesMax = 2;

/** Keeps stack traces short until the returned function is called, or else until the statement that is running now has failed. */
export function shortStacks(): () => void {
    const { stackTraceLimit } = Error;
    if (stackTraceLimit <= framesMax) return () => undefined;
    let isShort = true;
    const restore = () => {
        if (isShort) Error.stackTraceLimit = stackTraceLimit;
        isShort = false;
    };
    Error.stackTraceLimit = framesMax;
    queueMicrotask(restore);
    return restore;
}
