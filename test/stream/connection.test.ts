/** How AWS is called: what a dead connection costs, and that every client is made with the same request handler. */
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import http from "node:http";
import net, { type Socket } from "node:net";
import { CreateStreamCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { liveStream } from "../../cli/live";
import { closeClients, newClients } from "../../stream/clients";
import { type HandlerTime, newClient, type Patience, RequestHandler } from "../../stream/connection";
import { refusalOf } from "../../stream/refusals";
import { startCloud } from "../sandbox/cloud";
import { listen, type Loopback, startSilentProxy } from "./loopback";

/** What becomes of a request, by its path. */
const fates: Readonly<Record<string, (request: http.IncomingMessage, response: http.ServerResponse) => void>> = {
    "/answer": (_, response) => response.end("hello"),
    "/silence": () => undefined,
    "/half": (_, response) => void response.writeHead(200, { "content-length": 10 }).write("half"),
    "/broken": (request, response) => {
        response.writeHead(200, { "content-length": 10 }).write("half", () => request.socket.destroy());
    },
    "/trickle": (_, response) => {
        const timer = setInterval(() => response.write("."), 5);
        response.on("close", () => clearInterval(timer));
    },
    "/reset": (request) => void request.socket.resetAndDestroy(),
    "/echo": (request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
            const { method, url, headers } = request;
            response.setHeader("x-one", "1").setHeader("x-two", ["a", "b"]);
            response.statusCode = 418;
            response.end(
                JSON.stringify({ method, url, sent: headers["x-sent"], body: Buffer.concat(chunks).toString() }),
            );
        });
    },
};

/** Time that a test lets pass. */
class TestTime implements HandlerTime {
    readonly #waiting = new Map<() => void, number>();
    #nowMs = 0;
    #heard = (): void => undefined;

    nowMs(): number {
        return this.#nowMs;
    }

    after(ms: number, action: () => void): () => void {
        this.#waiting.set(action, this.#nowMs + ms);
        this.#heard();
        return () => this.#waiting.delete(action);
    }

    pass(ms: number): void {
        this.#nowMs += ms;
        for (const [action, atMs] of [...this.#waiting]) if (atMs <= this.#nowMs) action();
    }

    /** Until a call begins to wait. */
    awaited(): Promise<void> {
        return new Promise((resolve) => (this.#heard = resolve));
    }
}

/** Until the head of an answer is with the client. */
function headComes(): Promise<void> {
    const channel = "http.client.response.finish";
    return new Promise((resolve) => {
        const heard = (): void => {
            unsubscribe(channel, heard);
            resolve();
        };
        subscribe(channel, heard);
    });
}

describe("a call to AWS", () => {
    let httpServer: http.Server;
    let server: Loopback;
    let handler: RequestHandler;
    let time: TestTime;
    /** Connections that take what is written and answer nothing any more. */
    let dead: WeakSet<Socket>;
    let alive: Set<Socket>;

    const start = (patience: Partial<Patience> = {}): void => {
        handler?.destroy();
        handler = new RequestHandler({ callMs: 100, ...patience }, time);
    };
    beforeEach(async () => {
        time = new TestTime();
        dead = new WeakSet();
        alive = new Set();
        httpServer = http.createServer((request, response) => {
            alive.add(request.socket);
            if (!dead.has(request.socket)) fates[request.url!.replace(/\?.*/, "")]!(request, response);
        });
        server = await listen(httpServer);
        start();
    });
    afterEach(async () => {
        handler.destroy();
        await server.stop();
    });

    async function call(path: string, more: object = {}, options: object = {}): Promise<string> {
        const { hostname, port } = new URL(server.endpoint);
        const request = { protocol: "http:", hostname, port: Number(port), method: "POST", path, headers: {}, ...more };
        const { response } = await handler.handle(request, options);
        return Buffer.from(response.body).toString();
    }
    const port = (): string => new URL(server.endpoint).port;

    it("sends method, path, query, headers and body, and gives status, headers and body", async () => {
        const { response } = await handler.handle({
            protocol: "http:",
            hostname: "127.0.0.1",
            port: Number(port()),
            method: "PUT",
            path: "/echo",
            query: { role: "a b", tag: ["x", "y/z"], flag: null },
            headers: { "x-sent": "yes" },
            body: new TextEncoder().encode("tea"),
        });
        assert.deepEqual(
            [response.statusCode, response.headers["x-one"], response.headers["x-two"]],
            [418, "1", "a, b"],
        );
        assert.deepEqual(JSON.parse(Buffer.from(response.body).toString()), {
            method: "PUT",
            url: "/echo?role=a%20b&tag=x&tag=y%2Fz&flag",
            sent: "yes",
            body: "tea",
        });
    });

    it("takes the connection of the call before", async () => {
        assert.deepEqual([await call("/answer"), await call("/answer")], ["hello", "hello"]);
        assert.equal(server.connections(), 1);
    });

    const noAnswer = (): string => `no whole answer from 127.0.0.1:${port()} within 0.1 s`;
    const failures: readonly (readonly [
        path: string,
        /** What comes before the time of the call is over; undefined where it fails before. */
        before: (() => Promise<unknown>) | undefined,
        error: () => { name?: string; code?: string; message: string },
    ])[] = [
        ["/silence", () => once(httpServer, "request"), () => ({ name: "TimeoutError", message: noAnswer() })],
        ["/half", headComes, () => ({ name: "TimeoutError", message: noAnswer() })],
        ["/trickle", headComes, () => ({ name: "TimeoutError", message: noAnswer() })],
        ["/broken", undefined, () => ({ code: "ECONNRESET", message: "aborted" })],
        ["/reset", undefined, () => ({ code: "ECONNRESET", message: "read ECONNRESET" })],
    ];
    for (const [path, before, error] of failures) {
        it(`fails in time at ${path}, as a call that may have been made; the next one has a connection of its own`, async () => {
            await call("/answer");
            void before?.().then(() => time.pass(100));
            await assert.rejects(call(path), (thrown: Error) => {
                const { name, code, message } = {
                    code: undefined,
                    ...thrown,
                    name: thrown.name,
                    message: thrown.message,
                };
                assert.deepEqual({ name: "Error", code: undefined, ...error() }, { name, code, message });
                assert.equal(refusalOf(thrown, "update").meaning, "unanswered");
                return true;
            });
            assert.equal(await call("/answer"), "hello");
            assert.equal(server.connections(), 2);
        });
    }

    it("meets a silent connection once, however many have rested beside it and gone silent too", async () => {
        await Promise.all([call("/answer"), call("/answer"), call("/answer")]);
        assert.equal(server.connections(), 3);
        for (const socket of alive) dead.add(socket);
        void once(httpServer, "request").then(() => time.pass(100));
        await assert.rejects(call("/answer"), { name: "TimeoutError" });
        assert.equal(await call("/answer"), "hello");
        assert.equal(server.connections(), 4);
    });

    for (const [restedMs, connections] of [
        [10_000, 1],
        [10_001, 2],
    ] as const) {
        it(`after ${restedMs} ms of rest it uses ${connections === 1 ? "the same connection" : "a new one"}`, async () => {
            await call("/answer");
            time.pass(restedMs);
            await call("/answer");
            assert.equal(server.connections(), connections);
        });
    }

    it("leaves the calls alone that are on their way when another one fails", async () => {
        const abort = new AbortController();
        const other = call("/silence", {}, { abortSignal: abort.signal });
        const echo = call("/echo", { body: "tea" });
        abort.abort(new Error("enough"));
        await assert.rejects(other, { name: "AbortError", message: "the call was aborted" });
        assert.equal((JSON.parse(await echo) as { body: string }).body, "tea");
    });

    it("is not made at all once it is aborted", async () => {
        const signal = AbortSignal.abort(new Error("enough"));
        await assert.rejects(call("/answer", {}, { abortSignal: signal }), { name: "AbortError" });
        await call("/answer");
        assert.equal(alive.size, 1);
    });

    it("did not happen where no connection came about: refused, or TLS that never begins", async () => {
        const mute = net.createServer();
        const silent = await listen(mute);
        const { port: silentPort } = new URL(silent.endpoint);
        start({ connectionMs: 50 });
        void once(mute, "connection").then(() => time.pass(50));
        try {
            await assert.rejects(call("/answer", { protocol: "https:", port: Number(silentPort) }), (error: Error) => {
                const { message, meaning, certain } = refusalOf(error, "update");
                assert.deepEqual(
                    [error.name, message, meaning, certain],
                    [
                        "ConnectionTimeout",
                        `no connection to 127.0.0.1:${silentPort} within 0.05 s`,
                        "unreachable",
                        true,
                    ],
                );
                return true;
            });
        } finally {
            await silent.stop();
        }
        const gone = { port: Number(silentPort), hostname: "localhost" };
        await assert.rejects(call("/answer", gone), { code: "ECONNREFUSED", message: /^connect ECONNREFUSED / });
    });
});

describe("a command on a stream", () => {
    it("meets a connection that takes everything and answers nothing once, and goes on", async () => {
        const { sandbox, stop } = await startCloud();
        const { endpoint, region, credentials } = sandbox;
        const proxy = await startSilentProxy(endpoint);
        const time = new TestTime();
        const access = { endpoint: proxy.endpoint, region, credentials };
        const clients = newClients(access, new RequestHandler({ callMs: 200 }, time));
        try {
            await clients.kinesis.send(new CreateStreamCommand({ StreamName: "orders", ShardCount: 2 }));
            proxy.silence();
            void time.awaited().then(() => time.pass(200));
            const { stream } = liveStream("orders", clients, new AbortController().signal);
            const summary = await stream.describe();
            assert.deepEqual([summary.status, proxy.connections(), time.nowMs()], ["CREATING", 2, 200]);
        } finally {
            closeClients(clients);
            await proxy.stop();
            await stop();
        }
    });
});

describe("every client of AWS", () => {
    it("has the request handler that forgets dead connections, and tries once", async () => {
        const clients = newClients({ region: "us-east-1" });
        const own = [newClient(KinesisClient), newClient(LambdaClient)];
        for (const { config } of [clients.kinesis, clients.cloudWatch, clients.dynamoDb, ...own]) {
            assert.ok((config.requestHandler as unknown) instanceof RequestHandler);
            assert.equal(await config.maxAttempts(), 1);
        }
        closeClients(clients);
    });

    it("shares it with those beside it: what one learns, all know", () => {
        const { kinesis, cloudWatch, dynamoDb } = newClients();
        assert.equal(kinesis.config.requestHandler, cloudWatch.config.requestHandler);
        assert.equal(kinesis.config.requestHandler, dynamoDb.config.requestHandler as unknown);
    });
});
