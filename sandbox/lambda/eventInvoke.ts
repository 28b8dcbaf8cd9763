/**
 * What becomes of a function's asynchronous events: how often and how long they are tried, and who is told in the end.
 */
import { destinationOf } from "../eventsources/destination";
import { invalid, notFound } from "../eventsources/errors";
import { type Account, type EventInvokeConfig, eventInvokeConfig, type LambdaFunction, onFunction } from "./state";

const configure = (keeps: boolean) =>
    onFunction(eventInvokeConfig, (fn, input, account, nowMs) => {
        checkDestinations(account, fn, input);
        fn.eventInvoke = { ...(keeps && fn.eventInvoke), ...input, modifiedMs: nowMs };
        return described(fn);
    });

export const putEventInvoke = configure(false);

/** Keeps what the request does not name. */
export const updateEventInvoke = configure(true);

export const getEventInvoke = onFunction({}, described);

export const deleteEventInvoke = onFunction({}, (fn) => {
    described(fn);
    fn.eventInvoke = undefined;
});

function checkDestinations({ iam }: Account, fn: LambdaFunction, { DestinationConfig }: EventInvokeConfig): void {
    const roleName = iam.roleNameOf(fn.configuration.Role);
    for (const { Destination: arn } of [DestinationConfig?.OnSuccess ?? {}, DestinationConfig?.OnFailure ?? {}]) {
        const told = arn ? destinationOf(arn) : undefined;
        if (!told || iam.verdict(roleName, { action: told.action, resource: arn! }) === "allow") continue;
        throw invalid(
            `The provided destination config DestinationConfig is invalid: the function's execution role does not have permissions to call ${told.operation} on ${told.kind} ${arn}`,
        );
    }
}

function described(fn: LambdaFunction): object {
    const config = fn.eventInvoke;
    if (!config) throw notFound(`The function ${fn.arn}:$LATEST doesn't have an EventInvokeConfig`);
    return {
        LastModified: config.modifiedMs / 1_000,
        FunctionArn: `${fn.arn}:$LATEST`,
        MaximumRetryAttempts: config.MaximumRetryAttempts,
        MaximumEventAgeInSeconds: config.MaximumEventAgeInSeconds,
        DestinationConfig: config.DestinationConfig ?? { OnSuccess: {}, OnFailure: {} },
    };
}
