/**
 * What becomes of a function's asynchronous events: how often and how long they are tried, and who is told in the end.
 */
import { operation } from "../wire/operation";
import { eventInvokeConfig, type EventInvokeConfig, named } from "./inputs";
import { type Account, functionOf, invalid, type LambdaFunction, notFound } from "./state";

const members = { ...named, ...eventInvokeConfig };

/** Replaces what was configured. */
export const putEventInvoke = operation(members, (account: Account, input, nowMs) => {
    const fn = functionOf(account, input.FunctionName);
    checkDestination(account, fn, input);
    fn.eventInvoke = { ...configOf(input), modifiedMs: nowMs };
    return described(fn);
});

/** Keeps what the request does not name. */
export const updateEventInvoke = operation(members, (account: Account, input, nowMs) => {
    const fn = functionOf(account, input.FunctionName);
    checkDestination(account, fn, input);
    fn.eventInvoke = { ...fn.eventInvoke, ...configOf(input), modifiedMs: nowMs };
    return described(fn);
});

export const getEventInvoke = operation(named, (account: Account, input) =>
    described(functionOf(account, input.FunctionName)),
);

export const deleteEventInvoke = operation(named, (account: Account, input) => {
    const fn = functionOf(account, input.FunctionName);
    described(fn);
    fn.eventInvoke = undefined;
});

function configOf(input: EventInvokeConfig): EventInvokeConfig {
    return Object.fromEntries(Object.entries(input).filter(([member]) => member in eventInvokeConfig));
}

function checkDestination({ iam }: Account, fn: LambdaFunction, { DestinationConfig }: EventInvokeConfig): void {
    const destination = DestinationConfig?.OnFailure?.Destination ?? DestinationConfig?.OnSuccess?.Destination;
    if (!destination || destination.split(":")[2] !== "sns") return;
    const request = { action: "sns:Publish", resource: destination };
    if (iam.verdict(iam.roleNameOf(fn.configuration.Role), request) === "allow") return;
    throw invalid(
        `The provided destination config DestinationConfig is invalid: the function's execution role does not have permissions to call Publish on topic ${destination}`,
    );
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
