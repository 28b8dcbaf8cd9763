/**
 * Asynchronous invocations: they are tried again, and in the end a destination is told.
 */
import { AwsError } from "../service";
import { newRequestId, type Outcome } from "./environment";
import { payloadOf, run } from "./invocations";
import { type Account, count, inBackground, type LambdaFunction } from "./state";

/** Delays before the first and the second retry. */
const retryDelaysMs = [60_000, 120_000];
const throttleRetryMs = 1_000;
const eventAgeDefaultSeconds = 21_600;

export function enqueue(account: Account, fn: LambdaFunction, event: string): void {
    inBackground(account, runQueued(account, fn, event));
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
    if (destination) await tell(account, fn, destination, recordOf(account, fn, event, verdict));
    const deadLetters = fn.configuration.DeadLetterConfig?.TargetArn;
    if (!succeeded && deadLetters) await tell(account, fn, deadLetters, event);
}

/** Undefined if function or sandbox went away in the meantime. */
async function tryUntilDone(account: Account, fn: LambdaFunction, event: string): Promise<Verdict | undefined> {
    const { clock } = account.ambient;
    const queuedMs = clock.nowMs();
    const requestId = newRequestId();
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

async function tell(account: Account, fn: LambdaFunction, destination: string, message: string): Promise<void> {
    const { iam, ambient, publish } = account;
    const roleName = iam.roleNameOf(fn.configuration.Role);
    const { partition, accountId } = ambient;
    const caller = { roleName, arn: `arn:${partition}:sts::${accountId}:assumed-role/${roleName}/${fn.name}` };
    const isTopic = destination.split(":")[2] === "sns";
    try {
        if (isTopic && !iam.refusal(caller, { action: "sns:Publish", resource: destination }))
            return await publish(destination, message);
    } catch {
        // Refused by the topic: as good as refused by the role.
    }
    // Lambda drops what it cannot deliver, and counts it.
    count(account, fn, "DestinationDeliveryFailures", 1, "Count", ambient.clock.nowMs());
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
