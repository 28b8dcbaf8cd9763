/**
 * Runs of functions: each with its process, log, metrics and place in the history. An asynchronous one is tried again, and in the end a
 * destination is told.
 */
import { randomUUID } from "node:crypto";

import { tell } from "../eventsources/destination";
import { lambdaPrincipal } from "../eventsources/state";
import { type Session } from "../iam/state";
import { AwsError, inBackground, keepNewest } from "../service";
import { type Outcome } from "./environment";
import { type Account, count, type LambdaFunction, memoryOf, type Worker } from "./state";
import { end, workerFor, writeLog } from "./workers";

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
    count(account, fn, "Invocations", 1, startMs);
    count(account, fn, "Errors", failure ? 1 : 0, startMs);
    count(account, fn, "Duration", durationMs, startMs);
    if (worker.environment.broken) end(account, fn, worker);
    const functionError = failure !== undefined;
    keepNewest(account.invocations, [
        { functionName: fn.name, requestId, timeMs: startMs, durationMs, payload: payloadOf(outcome), functionError },
    ]);
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
        count(account, fn, "Throttles", 1, Math.floor(clock.nowMs()));
        throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
    } finally {
        release();
    }
}

/** Delays before the first and the second retry. */
const retryDelaysMs = [60_000, 120_000];
const throttleRetryMs = 1_000;
const eventAgeDefaultSeconds = 21_600;

export function enqueue(account: Account, fn: LambdaFunction, event: string): void {
    inBackground(account.underWay, runQueued(account, fn, event));
}

/** What became of an event in the end. */
interface Verdict {
    readonly requestId: string;
    readonly condition: "Success" | "RetriesExhausted" | "EventAgeExceeded";
    readonly attempts: number;
    /** Of the last attempt, if there was one. */
    readonly outcome: Outcome | undefined;
}

async function runQueued(account: Account, fn: LambdaFunction, event: string): Promise<void> {
    const verdict = await tryUntilDone(account, fn, event);
    if (!verdict) return;
    const succeeded = verdict.condition === "Success";
    const { OnSuccess, OnFailure } = fn.eventInvoke?.DestinationConfig ?? {};
    const destination = (succeeded ? OnSuccess : OnFailure)?.Destination;
    if (destination) await tellAs(account, fn, destination, recordOf(account, fn, event, verdict));
    const deadLetters = fn.configuration.DeadLetterConfig?.TargetArn;
    if (!succeeded && deadLetters) await tellAs(account, fn, deadLetters, event);
}

/** Undefined if function or sandbox went away in the meantime. */
async function tryUntilDone(account: Account, fn: LambdaFunction, event: string): Promise<Verdict | undefined> {
    const { clock } = account.ambient;
    const queuedMs = clock.nowMs();
    const requestId = randomUUID();
    const { MaximumRetryAttempts, MaximumEventAgeInSeconds = eventAgeDefaultSeconds } = fn.eventInvoke ?? {};
    const attemptsMax = 1 + (MaximumRetryAttempts ?? retryDelaysMs.length);
    let attempts = 0;
    let outcome: Outcome | undefined;
    for (;;) {
        let delayMs = throttleRetryMs;
        try {
            outcome = await run(account, fn, event, requestId);
            attempts++;
            if (!("failure" in outcome)) return { requestId, condition: "Success", attempts, outcome };
            if (attempts >= attemptsMax) return { requestId, condition: "RetriesExhausted", attempts, outcome };
            delayMs = retryDelaysMs[attempts - 1]!;
        } catch (error) {
            // No process is free, or the role is gone: the event waits.
            if (!(error instanceof AwsError)) throw error;
        }
        if (clock.nowMs() + delayMs - queuedMs > MaximumEventAgeInSeconds * 1_000)
            return { requestId, condition: "EventAgeExceeded", attempts, outcome };
        await sleep(account, delayMs);
        if (account.stopped || account.functions.get(fn.name) !== fn) return undefined;
    }
}

/** On the sandbox's clock; a stop of the sandbox ends it. */
function sleep({ ambient: { clock }, sleepers }: Account, ms: number): Promise<void> {
    return new Promise((resolve) => {
        const wake = (): void => {
            timer.cancel();
            sleepers.delete(wake);
            resolve();
        };
        const timer = clock.at(clock.nowMs() + ms, wake);
        sleepers.add(wake);
    });
}

async function tellAs(account: Account, fn: LambdaFunction, destination: string, message: string): Promise<void> {
    const { iam, ambient, callAs } = account;
    let session: Session | undefined;
    try {
        session = iam.assume(fn.configuration.Role, lambdaPrincipal, fn.name);
        await tell(callAs, session, destination, message);
    } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        // Lambda drops what it cannot deliver, and counts it.
        count(account, fn, "DestinationDeliveryFailures", 1, ambient.clock.nowMs());
    } finally {
        if (session) iam.sessions.close(session.accessKeyId);
    }
}

function recordOf(
    { ambient }: Account,
    fn: LambdaFunction,
    event: string,
    { requestId, condition, attempts, outcome }: Verdict,
): string {
    return JSON.stringify({
        version: "1.0",
        timestamp: new Date(ambient.clock.nowMs()).toISOString(),
        requestContext: {
            requestId,
            functionArn: `${fn.arn}:$LATEST`,
            condition,
            approximateInvokeCount: attempts,
        },
        requestPayload: JSON.parse(event) as unknown,
        responseContext: {
            statusCode: 200,
            executedVersion: "$LATEST",
            ...(outcome && "failure" in outcome && { functionError: "Unhandled" }),
        },
        responsePayload: outcome && (JSON.parse(payloadOf(outcome)) as unknown),
    });
}
