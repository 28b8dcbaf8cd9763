/**
 * The protocols of AWS that name an operation and carry one input: how a call is read, and how its answer or refusal is written. What a service
 * sees is the same in each.
 */
import { randomBytes } from "node:crypto";

import {
    AwsError,
    type RawRequest,
    type RawResponse,
    type RequestContext,
    type Service,
    type StreamEvent,
    StreamingAnswer,
} from "../service";
import { type Dialect, fromCbor, toCbor } from "./cbor";
import { encodeEvent, eventStreamType } from "./eventstream";
import { parseQuery, queryAnswer, queryError } from "./query";
import { urlOf } from "./url";

export interface Protocol {
    readonly name: RequestContext["protocol"];
    /** The service's prefix and the operation, where headers or path tell them. */
    targetOf(raw: RawRequest): Target | undefined;
    /** @throws AwsError */
    read(raw: RawRequest): { readonly operation: string; readonly input: unknown };
    answer(done: Done): RawResponse;
    refuse(refused: Refused): RawResponse;
}

interface Target {
    readonly prefix: string;
    readonly operation: string;
}

interface Done {
    readonly operation: string;
    readonly result: unknown;
    readonly service: Service;
    readonly raw: RawRequest;
    readonly context: RequestContext;
}

interface Refused {
    readonly refusal: AwsError;
    readonly raw: RawRequest;
    readonly context: RequestContext;
}

export function protocolOf(raw: RawRequest): Protocol {
    if (raw.headers["smithy-protocol"] === "rpc-v2-cbor") return rpcCborProtocol;
    if (raw.headers["x-amz-target"] === undefined) return queryProtocol;
    return typeOf(raw).startsWith("application/x-amz-cbor") ? cborProtocol : jsonProtocol;
}

/** awsJson 1.0 and 1.1. */
export const jsonProtocol = objectProtocol({
    name: "json",
    targetOf: targetOfHeader,
    contentType: (raw) => typeOf(raw) || "application/x-amz-json-1.1",
    eventContentType: "application/json",
    parse: (body) => JSON.parse(body.toString("utf8")) as unknown,
    format: (value) => Buffer.from(JSON.stringify(value)),
    headers: {},
});

/** The older CBOR, which Kinesis takes beside JSON. */
const cborProtocol = objectProtocol({
    ...cborIn({ ticksPerSecond: 1_000 }),
    name: "cbor",
    targetOf: targetOfHeader,
    contentType: typeOf,
    eventContentType: "application/x-amz-cbor-1.1",
    headers: {},
});

const rpcCborProtocol = objectProtocol({
    ...cborIn({ ticksPerSecond: 1 }),
    name: "rpc-v2-cbor",
    targetOf: ({ url }) => {
        const [, prefix, operation] = /\/service\/([^/]+)\/operation\/([^/?]+)/.exec(url) ?? [];
        return prefix && operation ? { prefix, operation } : undefined;
    },
    contentType: () => "application/cbor",
    noBody: {},
    eventContentType: "application/cbor",
    headers: { "smithy-protocol": "rpc-v2-cbor" },
});

/** Parameters of a form, or of a link, in; XML out. */
const queryProtocol: Protocol = {
    name: "query",
    targetOf: () => undefined,
    read(raw) {
        const { action, input } = parseQuery(raw.method === "GET" ? urlOf(raw).search : raw.body);
        return { operation: action, input };
    },
    answer({ operation, result, service, context }) {
        const answer = queryAnswer(operation, result, service.xmlNamespace ?? "", context.requestId);
        return reply(context, 200, "text/xml", answer);
    },
    refuse: ({ refusal, context }) =>
        reply(context, refusal.status, "text/xml", queryError(refusal, context.requestId)),
};

interface ObjectFormat {
    readonly name: Protocol["name"];
    targetOf(raw: RawRequest): Target | undefined;
    contentType(raw: RawRequest): string;
    /** What a call without a body says. @default it is refused */
    readonly noBody?: object;
    /** Of each event of an answer that is a stream. */
    readonly eventContentType: string;
    parse(body: Buffer): unknown;
    format(value: unknown): Buffer;
    /** Of every answer. */
    readonly headers: RawResponse["headers"];
}

/** One object in, one object out. */
function objectProtocol(format: ObjectFormat): Protocol {
    return {
        name: format.name,
        targetOf: format.targetOf,
        read(raw) {
            const operation = format.targetOf(raw)?.operation ?? "";
            const input = raw.body.length === 0 ? format.noBody : objectIn(raw.body, format);
            if (input === undefined) throw new AwsError("SerializationException", "");
            return { operation, input };
        },
        answer({ result, raw, context }) {
            if (result instanceof StreamingAnswer)
                return reply(context, 200, eventStreamType, framed(result, format), format.headers);
            // An operation without an output answers with an empty body.
            const body = result === undefined ? "" : format.format(result);
            return reply(context, 200, format.contentType(raw), body, format.headers);
        },
        refuse({ refusal, raw, context }) {
            // What could not be read is refused by another layer of AWS, which writes its sentence with a capital, or has none.
            const sentence = refusal.code === "SerializationException" ? "Message" : "message";
            const body = format.format({
                __type: refusal.code,
                ...(refusal.message !== "" && { [sentence]: refusal.message }),
                ...refusal.details,
            });
            return reply(context, refusal.status, format.contentType(raw), body, {
                ...format.headers,
                "x-amzn-errortype": refusal.code,
                ...(raw.headers["x-amzn-query-mode"] && {
                    "x-amzn-query-error": `${refusal.queryCode};${refusal.side}`,
                }),
            });
        },
    };
}

/** Undefined for what cannot be read, or holds no members. */
function objectIn(body: Buffer, { parse }: ObjectFormat): object | undefined {
    try {
        const input = parse(body);
        return typeof input === "object" && input !== null && !Array.isArray(input) ? input : undefined;
    } catch {
        return undefined;
    }
}

/** No generator: one that waits for an event would hear of a reader that is gone only after the next. */
function framed({ events }: StreamingAnswer, { format, eventContentType }: ObjectFormat): AsyncIterable<Buffer> {
    const frame = ({ done, value }: IteratorResult<StreamEvent, unknown>): IteratorResult<Buffer, unknown> =>
        done ? { done, value } : { value: encodeEvent(value.type, eventContentType, format(value.payload)) };
    return {
        [Symbol.asyncIterator]: () => {
            const source = events[Symbol.asyncIterator]();
            return {
                next: async () => frame(await source.next()),
                return: async () => frame((await source.return?.()) ?? { done: true, value: undefined }),
            };
        },
    };
}

function cborIn(dialect: Dialect): Pick<ObjectFormat, "parse" | "format"> {
    return { parse: (body) => fromCbor(body, dialect), format: (value) => toCbor(value, dialect) };
}

function targetOfHeader({ headers }: RawRequest): Target {
    const [prefix = "", operation = ""] = headers["x-amz-target"]?.split(".") ?? [];
    return { prefix, operation };
}

/** Without its parameters. */
function typeOf({ headers }: RawRequest): string {
    return headers["content-type"]?.split(";")[0]!.trim() ?? "";
}

/** AWS's second name of a request, which clients print beside the first. */
const extendedId = (): string => randomBytes(72).toString("base64");

function reply(
    { requestId }: RequestContext,
    status: number,
    contentType: string,
    body: RawResponse["body"],
    more: RawResponse["headers"] = {},
): RawResponse {
    const headers = { "content-type": contentType, "x-amzn-requestid": requestId, "x-amz-id-2": extendedId(), ...more };
    return { status, headers, body };
}
