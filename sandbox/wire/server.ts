/**
 * The door of the local AWS: one loopback port for every service, HTTP/1.1 and HTTP/2 with prior knowledge.
 *
 * The JS Kinesis client opens an http:// endpoint with the HTTP/2 preface, everybody else with HTTP/1.1: the first bytes tell.
 */
import { randomUUID } from "node:crypto";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as net from "node:net";
import { gunzipSync } from "node:zlib";

import { drained } from "../../programs/writing";
import { refusePages } from "./browser";
import { callerOf, unsigned } from "./credentials";
import { crc32 } from "./crc32";
import { jsonProtocol, protocolOf } from "./protocols";
import {
    type Ambient,
    AwsError,
    type Guard,
    type RawRequest,
    type RawResponse,
    type RequestContext,
    type Service,
} from "../service";

export interface Server {
    /** `http://127.0.0.1:PORT` */
    readonly endpoint: string;
    /** Stops listening and drops every connection; resolves when nothing is left open. */
    stop(): Promise<void>;
}

export interface ServerOptions {
    readonly ambient: Ambient;
    /** The services of an account, in the region that a call is signed for. */
    readonly services: (region: string, accountId: string) => readonly Service[];
    /** The account that an access key belongs to. */
    readonly accountOf: (accessKeyId: string) => string;
    /** Read at each call, so that guards can come and go. */
    readonly guards: readonly Guard[];
    /** 0: any free port. */
    readonly port: number;
}

export async function startServer(options: ServerOptions): Promise<Server> {
    const answer = (request: http.IncomingMessage | http2.Http2ServerRequest, response: ServerResponse): void => {
        void serve(options, request, response);
    };
    // Idle connections stay: a client that reuses one as it is being closed would see a reset.
    const overHttp1 = http.createServer({ keepAlive: true, keepAliveTimeout: 0, requestTimeout: 0 }, answer);
    const overHttp2 = http2.createServer({ settings: { initialWindowSize: windowBytes } }, answer);
    overHttp2.on("session", (session) => session.setLocalWindowSize(windowBytes));
    const sockets = new Set<net.Socket>();
    const door = net.createServer({ noDelay: true }, (socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        socket.on("error", () => socket.destroy());
        handOver(socket, overHttp1, overHttp2);
    });
    await new Promise<void>((resolve, reject) => {
        door.once("error", reject);
        door.listen(options.port, "127.0.0.1", resolve);
    });
    const { port } = door.address() as net.AddressInfo;
    return {
        endpoint: `http://127.0.0.1:${port}`,
        stop: async () => {
            const closed = new Promise((resolve) => door.close(resolve));
            for (const socket of sockets) socket.destroy();
            await closed;
            overHttp1.close();
            overHttp2.close();
        },
    };
}

type ServerResponse = http.ServerResponse | http2.Http2ServerResponse;

/** Large enough for a whole PutRecords call, so that no upload waits for a window update. */
const windowBytes = 16 * 1024 * 1024;

/** AWS's own bound on a request; the largest PutRecords call is 14 MiB of JSON. */
const requestBytesMax = 64 * 1024 * 1024;

const http2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Peeks the first 24 bytes (fewer, once they cannot be the preface) and gives the socket, bytes put back, to whom it speaks to. */
function handOver(socket: net.Socket, overHttp1: http.Server, overHttp2: http2.Http2Server): void {
    let head = Buffer.alloc(0);
    const peek = (): void => {
        const chunk = socket.read() as Buffer | null;
        if (chunk === null) return;
        head = Buffer.concat([head, chunk]);
        const start = head.subarray(0, http2Preface.length).toString("latin1");
        if (start.length < http2Preface.length && http2Preface.startsWith(start)) return;
        socket.off("readable", peek);
        socket.unshift(head);
        (start === http2Preface ? overHttp2 : overHttp1).emit("connection", socket);
    };
    socket.on("readable", peek);
}

async function serve(
    options: ServerOptions,
    request: http.IncomingMessage | http2.Http2ServerRequest,
    response: ServerResponse,
): Promise<void> {
    try {
        const headers = Object.fromEntries(
            Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        );
        const sent = await bodyOf(request);
        const body = sent && headers["content-encoding"] === "gzip" ? opened(sent) : sent;
        if (!body) {
            await send(response, { status: 413, headers: {}, body: `A request may have ${requestBytesMax} bytes.` });
            return;
        }
        const raw: RawRequest = {
            method: request.method ?? "GET",
            url: request.url ?? "/",
            headers,
            body,
        };
        const answer = await dispatch(options, raw);
        // Clients that take their time from AWS live on the sandbox's clock.
        const date = new Date(options.ambient.clock.nowMs()).toUTCString();
        await send(response, { ...answer, headers: { date, ...answer.headers } });
    } catch {
        // The client went away, or the sandbox stops: nobody is left to answer.
        response.destroy();
    }
}

/** The whole body; undefined if it is too large, read to its end all the same so that the client hears the answer. */
async function bodyOf(request: AsyncIterable<Buffer>): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request) {
        bytes += chunk.length;
        if (bytes <= requestBytesMax) chunks.push(chunk);
    }
    return bytes <= requestBytesMax ? Buffer.concat(chunks, bytes) : undefined;
}

/** The JS CloudWatch client compresses what is above 10 KiB. Undefined if it is too large; what was not compressed is for the protocol to refuse. */
function opened(body: Buffer): Buffer | undefined {
    try {
        return gunzipSync(body, { maxOutputLength: requestBytesMax });
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? undefined : body;
    }
}

async function send(response: ServerResponse, answer: RawResponse): Promise<void> {
    // The two kinds of response differ only in their types.
    const out = response as http.ServerResponse;
    const { body } = answer;
    if (typeof body === "string" || Buffer.isBuffer(body)) {
        out.writeHead(answer.status, { ...answer.headers, "content-length": String(Buffer.byteLength(body)) });
        out.end(body);
        return;
    }
    out.writeHead(answer.status, { ...answer.headers });
    // That nobody listens any more is told of an HTTP/2 response by this event alone.
    let isOpen = true;
    out.once("close", () => (isOpen = false));
    for await (const chunk of body) {
        if (!isOpen) break;
        // Who reads slowly, or not at all, is sent no more: what waits for him would fill the memory.
        if (!out.write(chunk)) await drained(out);
    }
    out.end();
}

/** From an HTTP request to the service's answer, or to an error in the shape that the caller's protocol knows. */
async function dispatch(options: ServerOptions, raw: RawRequest): Promise<RawResponse> {
    const { ambient } = options;
    const protocol = protocolOf(raw);
    const target = protocol.targetOf(raw);
    const caller = callerOf(raw);
    const region = caller?.region ?? ambient.region;
    const services = options.services(region, options.accountOf(caller?.accessKeyId ?? ""));
    const service = services.find(
        (candidate) => candidate.name === caller?.service || (target && candidate.targetPrefix === target.prefix),
    );
    const context: RequestContext = {
        accessKeyId: caller?.accessKeyId ?? "",
        region,
        requestId: randomUUID(),
        protocol: service?.fetch ? "raw" : protocol.name,
        guard: async (operation, input) => {
            for (const guard of options.guards)
                await guard({ service: service?.name ?? "", operation, input, request: context });
        },
    };
    try {
        refusePages(raw);
        if (!service && caller) throw unknownService(caller.service, services);
        if (!service || (service.fetch && !caller)) throw unsigned(raw, protocol.name === "query");
        if (service.fetch) return await service.fetch(raw, context);
        // AWS reads a call before it looks at who makes it.
        const { operation, input } = protocol.read(raw);
        if (!caller) throw unsigned(raw, protocol.name === "query");
        const result = await run(service, operation, input, context);
        return checked(service, protocol.answer({ operation, result, service, raw, context }));
    } catch (error) {
        const refusal = asAwsError(error);
        // A service that takes the request itself speaks JSON.
        return checked(service, (service?.fetch ? jsonProtocol : protocol).refuse({ refusal, raw, context }));
    }
}

/** The answer with the checksum of its body, where the service gives one. */
function checked(service: Service | undefined, answer: RawResponse): RawResponse {
    const { body, headers } = answer;
    if (!service?.answersWithChecksum || !(typeof body === "string" || Buffer.isBuffer(body))) return answer;
    return { ...answer, headers: { ...headers, "x-amz-crc32": String(crc32(Buffer.from(body))) } };
}

function unknownService(name: string, services: readonly Service[]): AwsError {
    const known = services.map((service) => service.name).sort();
    return new AwsError("UnknownService", `The sandbox has no service "${name}". It has: ${known.join(", ")}.`);
}

async function run(service: Service, name: string, input: unknown, context: RequestContext): Promise<unknown> {
    const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
    if (!operation)
        throw new AwsError("UnknownOperationException", `The sandbox's ${service.name} has no operation "${name}".`);

    await context.guard(name, input);
    return operation(input, context);
}

/** A fault of the sandbox itself becomes AWS's 500, with the place where it happened. */
function asAwsError(error: unknown): AwsError {
    if (error instanceof AwsError) return error;
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return new AwsError("InternalFailure", `The sandbox failed: ${detail}`, 500);
}
