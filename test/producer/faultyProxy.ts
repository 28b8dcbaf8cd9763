/**
 * A bad network: a proxy before an endpoint that refuses, answers 500, answers late, never answers, or resets the connection, each by
 * chance, before or after the call was made. Speaks HTTP/1.1 and HTTP/2 like the SDK's clients.
 */
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { listen } from "../stream/loopback";

/** Shares of the PutRecords calls, 0 to 1; the rest pass. */
export interface NetworkFaults {
    /** 500 without an attempt. */
    readonly serverError: number;
    /** 400 ProvisionedThroughputExceededException for the whole call. */
    readonly refusal: number;
    /** The connection is reset before the call is made. */
    readonly resetBefore: number;
    /** The call is made, and the connection is reset before its answer. */
    readonly resetAfter: number;
    /** The call is made, and its answer never comes. */
    readonly silent: number;
    /** The call is made, and some of its records are answered as failed although nothing was wrong: those are left out of the call. */
    readonly partial: number;
    /** The answer comes up to so much later. */
    readonly delayMs: number;
}

export interface FaultyProxy {
    readonly endpoint: string;
    /** How often each fault happened. */
    readonly happened: Readonly<Record<string, number>>;
    stop(): Promise<void>;
}

interface Answer {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
}

type Call = { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer; readonly path: string };

const json = "application/x-amz-json-1.1";

export async function startFaultyProxy(
    target: string,
    faults: NetworkFaults,
    random: () => number,
): Promise<FaultyProxy> {
    const happened: Record<string, number> = {};
    const timers = new Set<NodeJS.Timeout>();

    /** What becomes of a call: an answer, a reset, or silence. */
    async function fate(call: Call): Promise<Answer | "reset" | "silence"> {
        if (call.headers["x-amz-target"]?.endsWith(".PutRecords") !== true) return forward(target, call);
        let dice = random();
        const happens = (name: keyof NetworkFaults): boolean => {
            dice -= faults[name];
            if (dice >= 0) return false;
            happened[name] = (happened[name] ?? 0) + 1;
            return true;
        };
        await sleep(random() * faults.delayMs);
        if (happens("serverError")) return failure(500, "InternalFailure");
        if (happens("refusal")) return failure(400, "ProvisionedThroughputExceededException");
        if (happens("resetBefore")) return "reset";
        if (happens("resetAfter")) return forward(target, call).then(() => "reset");
        if (happens("silent")) return forward(target, call).then(() => "silence");
        if (happens("partial")) return partly(call);
        return forward(target, call);
    }

    /** Only some of the records reach the stream; the others are answered as failed. */
    async function partly(call: Call): Promise<Answer> {
        const input = JSON.parse(call.body.toString()) as { Records: object[] };
        const passes = input.Records.map(() => random() < 0.6);
        const some = input.Records.filter((_, at) => passes[at]);
        const failed = { ErrorCode: "InternalFailure", ErrorMessage: "Internal service failure." };
        const answered =
            some.length === 0
                ? undefined
                : await forward(target, { ...call, body: Buffer.from(JSON.stringify({ ...input, Records: some })) });
        if (answered !== undefined && answered.status !== 200) return answered;
        const given =
            answered === undefined ? [] : (JSON.parse(answered.body.toString()) as { Records: object[] }).Records;
        const records = passes.map((passed) => (passed ? given.shift()! : failed));
        return {
            status: 200,
            headers: { "content-type": json },
            body: Buffer.from(JSON.stringify({ Records: records, FailedRecordCount: 1 })),
        };
    }

    function sleep(ms: number): Promise<void> {
        return new Promise((resolve) => {
            const timer = setTimeout(() => {
                timers.delete(timer);
                resolve();
            }, ms);
            timers.add(timer);
        });
    }

    const http1 = http.createServer((request, response) => {
        void read(request).then(async (body) => {
            const outcome = await fate({
                headers: request.headers as Record<string, string>,
                body,
                path: request.url!,
            }).catch(() => "reset" as const);
            if (outcome === "silence") return;
            if (outcome === "reset") request.socket.resetAndDestroy();
            else response.writeHead(outcome.status, outcome.headers).end(outcome.body);
        });
    });
    const http2Server = http2.createServer((request, response) => {
        void read(request).then(async (body) => {
            const headers = Object.fromEntries(
                Object.entries(request.headers).filter(([name]) => !name.startsWith(":")),
            ) as Record<string, string>;
            const outcome = await fate({ headers, body, path: request.url }).catch(() => "reset" as const);
            if (outcome === "silence" || response.stream.destroyed) return;
            if (outcome === "reset") {
                // Half of the resets take the stream, half the connection with all that is in flight on it.
                if (random() < 0.5) response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
                else response.stream.session?.destroy();
                return;
            }
            response.writeHead(outcome.status, outcome.headers);
            response.end(outcome.body);
        });
    });
    http2Server.on("session", (session) => session.on("error", () => undefined));
    const door = net.createServer((socket) => {
        socket.once("data", (first: Buffer) => {
            socket.pause();
            socket.unshift(first);
            const server = first.subarray(0, 3).toString() === "PRI" ? http2Server : http1;
            server.emit("connection", socket);
            process.nextTick(() => socket.resume());
        });
    });
    const { endpoint, stop } = await listen(door);
    return {
        endpoint,
        happened,
        async stop() {
            for (const timer of timers) clearTimeout(timer);
            await stop();
        },
    };
}

function failure(status: number, name: string): Answer {
    const body = Buffer.from(JSON.stringify({ __type: name, message: `${name} by the proxy` }));
    return { status, headers: { "content-type": json }, body };
}

async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks);
}

/** Headers that belong to a connection and not to the call. */
const hopHeaders = new Set(["host", "connection", "content-length", "transfer-encoding"]);

/** Makes the call at the target over HTTP/1.1. */
function forward(target: string, { headers, body, path }: Call): Promise<Answer> {
    const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !hopHeaders.has(name)));
    return new Promise((resolve, reject) => {
        const options = { method: "POST", headers: { ...kept, "content-length": body.length } };
        const request = http.request(target + path, options, (response) => {
            read(response).then((answer) => {
                const type = response.headers["content-type"] ?? json;
                resolve({ status: response.statusCode!, headers: { "content-type": type }, body: answer });
            }, reject);
        });
        request.on("error", reject);
        request.end(body);
    });
}
