/**
 * One run of a function, whoever asked for it: its process, its log, its metrics, its place in the history.
 */
import { AwsError } from "../service";
import { type Outcome } from "./environment";
import { writeLog } from "./logging";
import { type Account, count, type LambdaFunction, memoryOf, type Worker } from "./state";
import { end, workerFor } from "./workers";

const invocationsKept = 10_000;

/** @throws AwsError where no process may run it now */
export async function run(account: Account, fn: LambdaFunction, event: string, requestId: string): Promise<Outcome> {
    const { clock } = account.ambient;
    const startMs = Math.floor(clock.nowMs());
    const { worker, running } = start(account, fn, event, requestId);
    const log = (text: string): void =>
        writeLog(account, fn, worker, { requestId, level: undefined, text, timeMs: Math.floor(clock.nowMs()) });
    log(`START RequestId: ${requestId} Version: $LATEST`);
    const outcome = await running;
    const failure = "failure" in outcome ? outcome.failure : undefined;
    const { durationMs } = outcome;
    if (failure) {
        const { errorType, errorMessage, trace: stack } = failure;
        const shown = stack ? JSON.stringify({ errorType, errorMessage, stack }) : errorMessage;
        log(`${new Date(clock.nowMs()).toISOString()}\t${requestId}\tERROR\tInvoke Error \t${shown}`);
    }
    log(`END RequestId: ${requestId}`);
    log(
        `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${Math.ceil(durationMs)} ms\tMemory Size: ${memoryOf(fn)} MB`,
    );
    count(account, fn, "Invocations", 1, "Count", startMs);
    count(account, fn, "Errors", failure ? 1 : 0, "Count", startMs);
    count(account, fn, "Duration", durationMs, "Milliseconds", startMs);
    if (worker.environment.broken) end(account, fn, worker);
    const record = {
        functionName: fn.name,
        requestId,
        timeMs: startMs,
        durationMs,
        payload: payloadOf(outcome),
        functionError: failure !== undefined,
    };
    account.invocations.push(record);
    if (account.invocations.length > invocationsKept) account.invocations.shift();
    for (const listener of account.listeners) listener(record);
    return outcome;
}

/** What the caller gets: what the function returned, or its error. */
export function payloadOf(outcome: Outcome): string {
    return "failure" in outcome ? JSON.stringify(outcome.failure) : outcome.payload;
}

function start(
    account: Account,
    fn: LambdaFunction,
    event: string,
    requestId: string,
): { readonly worker: Worker; readonly running: Promise<Outcome> } {
    const { clock } = account.ambient;
    // Choosing or starting a process takes no time of the sandbox.
    const release = clock.hold();
    try {
        const worker = workerFor(account, fn);
        if (worker) return { worker, running: worker.environment.invoke(requestId, event) };
        count(account, fn, "Throttles", 1, "Count", Math.floor(clock.nowMs()));
        throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
    } finally {
        release();
    }
}
