/**
 * How AWS is called: the one place that makes the SDK's clients, and the request handler that all of them have. A dead connection costs
 * one try and never a second: after a call that failed, none of the connections from before is used again.
 *
 * The SDK's own handlers do not keep that. Over HTTP/2, its default for Kinesis, calls can share a session, and one that has gone
 * silent swallows every retry; its releases before May 2026, which Lambda's runtime may carry, then also lose the second of two calls in
 * a row and end the process. Only SubscribeToShard needs HTTP/2, and nobody here calls it. Over HTTP/1.1, its time for a
 * request ends with the answer's headers: a body that stops half way is waited for without end.
 */
import http from "node:http";
import https from "node:https";
import { type KinesisClientConfig } from "@aws-sdk/client-kinesis";

/** Where and as whom a client calls; by default the environment says it. */
export type Access = Pick<KinesisClientConfig, "endpoint" | "region" | "credentials">;

type ClientConfig = Access & Pick<KinesisClientConfig, "maxAttempts" | "requestHandler">;

/** A client of any service. It tries once: what is tried again, and how long, is said in backoff.ts alone. */
export function newClient<Client>(
    Client: new (config: ClientConfig) => Client,
    access: Access = {},
    requestHandler = new RequestHandler(),
): Client {
    // The SDK would repeat an UpdateShardCount that Kinesis refuses with LimitExceededException.
    return new Client({ ...access, maxAttempts: 1, requestHandler });
}

/** How long is waited, in ms. */
export interface Patience {
    /** For a connection, TLS included. */
    readonly connectionMs: number;
    /** For a whole call, from its start to the last byte of the answer. */
    readonly callMs: number;
    /** So long a connection may rest and be used again. A Lambda that was frozen cannot have seen that the other side has left. */
    readonly restMs: number;
}

/** Time as the handler needs it: a test puts its own in. */
export interface HandlerTime {
    nowMs(): number;
    /** @returns what calls it off */
    after(ms: number, action: () => void): () => void;
}

const machineTime: HandlerTime = {
    nowMs: () => Date.now(),
    after(ms, action) {
        const timer = setTimeout(action, ms);
        return () => clearTimeout(timer);
    },
};

const defaultPatience: Patience = { connectionMs: 3_000, callMs: 5_000, restMs: 10_000 };

/** What the SDK hands over. */
interface Request {
    readonly protocol: string;
    readonly hostname: string;
    readonly port?: number | undefined;
    readonly method: string;
    readonly path: string;
    readonly query?: Readonly<Record<string, string | string[] | null>> | undefined;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string | Uint8Array | undefined;
}

interface Answer {
    readonly statusCode: number;
    readonly headers: Record<string, string>;
    readonly body: Uint8Array;
}

/** The SDK's port to the network. Clients may share one: then a call that failed renews the connections of all. */
export class RequestHandler {
    /** Tells the SDK which headers to write. */
    readonly metadata = { handlerProtocol: "http/1.1" };
    readonly #agents = {
        "http:": new http.Agent({ keepAlive: true }),
        "https:": new https.Agent({ keepAlive: true }),
    };
    /** When a connection answered last. */
    readonly #answeredMs = new WeakMap<object, number>();
    readonly #patience: Patience;

    constructor(
        patience: Partial<Patience> = {},
        readonly time: HandlerTime = machineTime,
    ) {
        this.#patience = { ...defaultPatience, ...patience };
    }

    async handle(
        request: Request,
        options: { readonly abortSignal?: unknown } = {},
    ): Promise<{ readonly response: Answer }> {
        this.#forgetConnections(this.#patience.restMs);
        const { request: send } = request.protocol === "http:" ? http : https;
        const call = send({
            agent: this.#agents[request.protocol === "http:" ? "http:" : "https:"],
            // In a URL an IPv6 address stands in brackets.
            host: request.hostname.replace(/^\[(.*)\]$/, "$1"),
            port: request.port,
            method: request.method,
            path: pathOf(request),
            headers: request.headers,
        });
        try {
            const response = await answerOf(
                call,
                request,
                { ...this.#patience, time: this.time },
                options.abortSignal as AbortSignal | undefined,
            );
            if (call.socket !== null) this.#answeredMs.set(call.socket, this.time.nowMs());
            return { response };
        } catch (error) {
            call.destroy();
            this.#forgetConnections(-Infinity);
            throw error;
        }
    }

    /** Closes what has rested for longer; what is in use stays. */
    #forgetConnections(restMs: number): void {
        const nowMs = this.time.nowMs();
        for (const { freeSockets } of Object.values(this.#agents)) {
            for (const socket of Object.values(freeSockets).flatMap((sockets) => sockets ?? []))
                if (nowMs - (this.#answeredMs.get(socket) ?? -Infinity) > restMs) socket.destroy();
        }
    }

    /** The SDK may offer times of its own; those above stay. */
    updateHttpClientConfig(): void {
        return;
    }

    httpHandlerConfigs(): object {
        return {};
    }

    destroy(): void {
        for (const agent of Object.values(this.#agents)) agent.destroy();
    }
}

/** Sends the request's body, and gives the whole answer or what went wrong, whichever is first. */
async function answerOf(
    call: http.ClientRequest,
    request: Request,
    { connectionMs, callMs, time }: Patience & { readonly time: HandlerTime },
    signal: AbortSignal | undefined,
): Promise<Answer> {
    let [answer, fail] = [(_answer: Answer): void => undefined, (_error: Error): void => undefined];
    const outcome = new Promise<Answer>((resolve, reject) => ([answer, fail] = [resolve, reject]));
    const where = `${request.hostname}${request.port === undefined ? "" : `:${request.port}`}`;
    const failAfter = (ms: number, name: string, what: string) =>
        time.after(ms, () => fail(failure(name, `no ${what} ${where} within ${ms / 1_000} s`)));
    const stopConnecting = failAfter(connectionMs, "ConnectionTimeout", "connection to");
    const stopAnswering = failAfter(callMs, "TimeoutError", "whole answer from");
    const abort = (): void => fail(failure("AbortError", "the call was aborted", signal?.reason));
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    call.once("socket", (socket) => {
        if (call.reusedSocket) stopConnecting();
        else socket.once(request.protocol === "http:" ? "connect" : "secureConnect", stopConnecting);
    });
    // Where a host has several addresses, Node.js gives the errors of all.
    call.on("error", (error) => fail(error instanceof AggregateError ? (error.errors[0] as Error) : error));
    call.once("response", (response) => collect(response).then(answer, fail));
    call.end(request.body);
    try {
        return await outcome;
    } finally {
        stopConnecting();
        stopAnswering();
        signal?.removeEventListener("abort", abort);
    }
}

async function collect(response: http.IncomingMessage): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const headers = Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(", ")]);
    return {
        statusCode: response.statusCode!,
        headers: Object.fromEntries(headers) as Record<string, string>,
        body: Buffer.concat(chunks),
    };
}

function pathOf({ path, query = {} }: Request): string {
    const pairs = Object.entries(query).flatMap(([name, values]) =>
        [values].flat().map((value) => [name, ...(value === null ? [] : [value])].map(encodeURIComponent).join("=")),
    );
    return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

function failure(name: string, message: string, cause?: unknown): Error {
    return Object.assign(new Error(message, { cause }), { name });
}
