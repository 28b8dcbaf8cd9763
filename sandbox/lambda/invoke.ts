/**
 * Invoke: answers with what the function returned, or takes the event for later.
 */
import { randomUUID } from "node:crypto";

import { limits } from "../../capacity/limits";
import { type RawRequest, type RawResponse, refusalNamed } from "../service";
import { invalidContent, type Route } from "../wire/rest";
import { type InputOf, required, text } from "../wire/shape";
import { enqueue, payloadOf, run } from "./invocations";
import { logTail } from "./workers";
import { onFunction } from "./state";

const syncPayloadBytesMax = limits.lambdaPayloadBytesMax;
const asyncPayloadBytesMax = 1_048_576;

const members = { InvocationType: text(), LogType: text(), Payload: required(text()) };

export const invoke = onFunction(members, async (fn, input, account): Promise<RawResponse> => {
    checkPayload(input);
    const headers = { "content-type": "application/json", "x-amz-executed-version": "$LATEST" };
    if (input.InvocationType === "DryRun") return { status: 204, headers, body: "" };
    if (input.InvocationType === "Event") {
        enqueue(account, fn, input.Payload);
        return { status: 202, headers, body: "" };
    }
    const requestId = randomUUID();
    const outcome = await run(account, fn, input.Payload, requestId);
    const tail = input.LogType === "Tail" && Buffer.from(logTail(account, fn, requestId)).toString("base64");
    return {
        status: 200,
        headers: {
            ...headers,
            ...("failure" in outcome && { "x-amz-function-error": "Unhandled" }),
            ...(tail !== false && { "x-amz-log-result": tail }),
        },
        body: payloadOf(outcome),
    };
});

export const invokeRoute: Route = {
    at: "POST /2015-03-31/functions/{FunctionName}/invocations",
    members: ({ headers, body }: RawRequest): InputOf<typeof members> => ({
        InvocationType: headers["x-amz-invocation-type"],
        LogType: headers["x-amz-log-type"],
        Payload: body.length === 0 ? "{}" : body.toString("utf8"),
    }),
    answersRaw: true,
};

function checkPayload({ InvocationType, Payload }: InputOf<typeof members>): void {
    const bytesMax = InvocationType === "Event" ? asyncPayloadBytesMax : syncPayloadBytesMax;
    if (Buffer.byteLength(Payload) > bytesMax)
        throw tooLarge(`Request must be smaller than ${bytesMax} bytes for the InvokeFunction operation`);
    try {
        JSON.parse(Payload);
    } catch (error) {
        throw invalidContent(`Could not parse request body into json: ${(error as Error).message}`);
    }
}

const tooLarge = refusalNamed("RequestTooLargeException", 413);
