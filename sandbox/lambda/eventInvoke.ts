/**
 * What becomes of a function's asynchronous events: how often and how long they are tried, and who is told in the end.
 */
import {
    type Account,
    type EventInvokeConfig,
    eventInvokeConfig,
    invalid,
    type LambdaFunction,
    notFound,
    onFunction,
} from "./state";

const configure = (keeps: boolean) =>
    onFunction(eventInvokeConfig, (fn, input, account, nowMs) => {
        checkDestination(account, fn, input);
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
