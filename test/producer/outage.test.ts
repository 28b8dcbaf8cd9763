/** What a producer does while AWS refuses every call for a reason that only a person can mend, on a simulated clock. */
import assert from "node:assert/strict";
import { type ProducerEvents } from "../../producer/events";
import { type ProducerOptions } from "../../producer/options";
import { type Entry } from "../../producer/records";
import { awsError, type SimulatedStream } from "./simulation";
import { type Order, orders, sendAll, start } from "./started";

const refusals = [
    ["CredentialsProviderError", "Could not load credentials from any providers"],
    ["ExpiredTokenException", "The security token included in the request is expired"],
    ["AccessDeniedException", "User is not authorized to perform: kinesis:PutRecords"],
    ["UnrecognizedClientException", "The security token included in the request is invalid."],
    ["InvalidSignatureException", "Signature expired: 20261101T000000Z is now earlier than 20261101T010000Z"],
    ["KMSAccessDeniedException", "The ciphertext refers to a key that you may not use"],
    ["KMSDisabledException", "The key is disabled"],
    ["KMSNotFoundException", "Invalid keyId"],
    ["KMSInvalidStateException", "The key is pending deletion"],
    ["ResourceNotFoundException", "Stream orders under account 123456789012 not found."],
] as const;

const expired = awsError("ExpiredTokenException", "The security token included in the request is expired");

/** A producer whose calls are refused from one second to another of the run. */
function refusedFrom(fromMs: number, untilMs: number, error = expired, options: Partial<ProducerOptions<Order>> = {}) {
    const refusedCalls: number[] = [];
    const refuse = (_: readonly Entry[]): Error | undefined => {
        const ms = started.clock.nowMs() - started.startMs;
        if (ms < fromMs || ms >= untilMs) return undefined;
        refusedCalls.push(Math.round(ms));
        return error;
    };
    const started = start({ ordered: true, ...options }, { shards: 4, refuse });
    const waits: object[] = [];
    const note = (wait: ProducerEvents<Order>["waiting"][0] | ProducerEvents<Order>["resumed"][0]) => waits.push(wait);
    started.producer.on("waiting", note).on("resumed", note);
    return { ...started, refusedCalls, waits };
}

/** 20 records every tenth of a second. */
async function* flowing({ clock, startMs }: ReturnType<typeof start>, seconds: number): AsyncGenerator<Order> {
    for (let tick = 0; tick < seconds * 10; tick++) {
        for (let at = 1; at <= 20; at++) yield { id: tick * 20 + at, key: `key-${at % 8}` };
        await clock.sleep(Math.max(0, startMs + (tick + 1) * 100 - clock.nowMs()));
    }
}

/** Every record once, and those of a key in the order of put(). */
function assertWhole({ log }: SimulatedStream, count: number): void {
    assert.equal(log.length, count);
    assert.equal(new Set(log.map(({ value }) => value)).size, count);
    const last = new Map<string, number>();
    for (const { key, value } of log) {
        assert.ok(Number(value) > (last.get(key) ?? 0), `record ${value} of ${key} came after ${last.get(key)}`);
        last.set(key, Number(value));
    }
}

describe("before its first delivery, a refusal that only a person can mend stops a producer", () => {
    for (const [name, message] of refusals) {
        it(name, async () => {
            const error = awsError(name, message);
            const started = start({}, { refuse: () => error });
            const summary = await sendAll(started, orders(50));
            assert.equal(summary.stoppedBy, error);
            assert.equal(summary.undeliveredCount, 50);
            // A wrong clock is the one thing that the same call, made again, may mend.
            assert.equal(summary.calls, name === "InvalidSignatureException" ? 2 : 1);
            assert.equal(summary.undelivered[0]!.message, `record 1 (key "key-0"): ${name}: ${message}`);
            assert.deepEqual(new Set(summary.undelivered.map(({ mayBeWritten }) => mayBeWritten)), new Set([false]));
        });
    }
});

describe("after its first delivery, a producer waits", () => {
    for (const [name, message] of refusals) {
        it(`one ${name} costs no record`, async () => {
            let refused = 0;
            const refuse = (_: readonly Entry[], call: number) => {
                if (call !== 2) return undefined;
                refused += 1;
                return awsError(name, message);
            };
            const started = start({ ordered: true }, { shards: 4, refuse });
            const summary = await sendAll(started, orders(800, 200));
            assert.deepEqual([refused, summary.undeliveredCount, summary.stoppedBy], [1, 0, undefined]);
            assert.equal(summary.possibleDuplicates, 0);
            assertWhole(started.stream, 800);
        });
    }

    it("through 25 seconds of refusals, says so once, and loses nothing", async () => {
        const started = refusedFrom(2_000, 27_000);
        const source = flowing(started, 32);
        const summary = await started.clock.run(started.producer.send(source).then(() => started.producer.close()));
        assert.deepEqual([summary.sent, summary.undeliveredCount], [6_400, 0]);
        assertWhole(started.stream, 6_400);
        const [waiting, resumed, ...more] = started.waits as [object, { seconds: number }];
        assert.deepEqual(waiting, {
            code: "ExpiredTokenException",
            message: "The security token included in the request is expired",
            advice: "The AWS credentials have expired. Sign in again.",
            stopsAfterSeconds: 30,
        });
        assert.ok(resumed.seconds > 25 && resumed.seconds < 27.1, `${resumed.seconds} s`);
        assert.deepEqual(more, []);
        // The first refusals, then one call at a time, after waits up to two seconds.
        assert.ok(started.refusedCalls.length < 30, `${started.refusedCalls.length} calls`);
        const late = started.refusedCalls.filter((ms) => ms > 6_000);
        for (const [at, ms] of late.slice(1).entries()) assert.ok(ms - late[at]! >= 990, `${late[at]} and ${ms} ms`);
    });

    const limits = [
        { outageSeconds: undefined, stopsMs: 30_000 },
        { outageSeconds: 5, stopsMs: 5_000 },
        { outageSeconds: 0, stopsMs: 0 },
    ];
    for (const { outageSeconds, stopsMs } of limits) {
        it(`and stops if it lasts: outageSeconds ${outageSeconds}, after ${stopsMs / 1_000} s`, async () => {
            const started = refusedFrom(1_000, Infinity, expired, { outageSeconds });
            const run = started.producer.send(flowing(started, 60)).then(() => started.producer.close());
            const summary = await started.clock.run(run);
            const stoppedMs = started.clock.nowMs() - started.startMs;
            assert.ok(stoppedMs >= 1_000 + stopsMs && stoppedMs < 1_300 + stopsMs, `${stoppedMs} ms`);
            assert.equal(summary.stoppedBy, expired);
            assert.equal(summary.sent + summary.undeliveredCount, summary.put);
            assertWhole(started.stream, summary.sent);
            const lasted = stopsMs === 0 ? "" : /^ \(for ([\d.]+) s\)$/;
            const said = summary.undelivered[0]!.message.split("request is expired")[1]!;
            if (typeof lasted === "string") assert.equal(said, lasted);
            else assert.match(said, lasted);
        });
    }

    it("for ever where outageSeconds is Infinity: the deadline bounds it", async () => {
        const started = refusedFrom(1_000, 200_000, expired, { outageSeconds: Infinity, deadlineSeconds: Infinity });
        const run = started.producer.send(flowing(started, 3)).then(() => started.producer.close());
        const summary = await started.clock.run(run);
        assert.deepEqual([summary.sent, summary.undeliveredCount], [600, 0]);
    });

    it("and hands back what is out of time meanwhile", async () => {
        const started = refusedFrom(1_000, 20_000, expired, { deadlineSeconds: 3 });
        const run = started.producer.send(flowing(started, 25)).then(() => started.producer.close());
        const { sent, undelivered, stoppedBy } = await started.clock.run(run);
        assert.deepEqual([sent + undelivered.length, stoppedBy], [5_000, undefined]);
        assert.ok(undelivered.length > 3_000);
        assert.ok(undelivered.every(({ reason, mayBeWritten }) => reason === "deadline" && !mayBeWritten));
    });

    it("is aborted while it waits as at any other time", async () => {
        const abort = new AbortController();
        const started = refusedFrom(1_000, Infinity, expired, { signal: abort.signal });
        started.clock.at(started.startMs + 5_000, () => abort.abort());
        const run = started.producer.send(flowing(started, 60)).then(() => started.producer.close());
        const summary = await started.clock.run(run);
        assert.deepEqual([...new Set(summary.undelivered.map(({ reason }) => reason))], ["aborted"]);
        assert.ok(started.clock.nowMs() - started.startMs < 7_100);
    });
});

describe("a machine with a wrong clock", () => {
    for (const name of [
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "RequestTimeTooSkewed",
        "RequestExpired",
    ]) {
        it(`starts all the same, and tells nobody: ${name}`, async () => {
            let refused = 0;
            // Ten calls leave before the first is refused; the SDK learns the time from any of the answers.
            const refuse = (_: readonly Entry[], call: number) =>
                call <= 10 ? (refused++, awsError(name, "Signature expired")) : undefined;
            const started = start({ shardRateMax: Infinity }, { shards: 20, refuse });
            const told: object[] = [];
            started.producer.on("waiting", (wait) => told.push(wait)).on("resumed", (wait) => told.push(wait));
            const summary = await sendAll(started, orders(5_000));
            assert.deepEqual([summary.sent, summary.undeliveredCount, refused, told], [5_000, 0, 10, []]);
        });
    }

    it("learns the shards too", async () => {
        let asked = 0;
        const started = start(
            {},
            {
                listShards: () =>
                    ++asked === 1
                        ? Promise.reject(awsError("InvalidSignatureException", "Signature expired"))
                        : Promise.resolve([{ shardId: "shardId-000000000000", start: "0".repeat(32) }]),
            },
        );
        const warnings: string[] = [];
        started.producer.on("warning", (message) => warnings.push(message));
        const summary = await sendAll(started, orders(10));
        assert.deepEqual([asked, summary.sent, warnings], [2, 10, []]);
    });

    it("asks again within a tenth of a second, without a wait", async () => {
        const started = start(
            {},
            { refuse: (_, call) => (call === 1 ? awsError("RequestTimeTooSkewed", "too large") : undefined) },
        );
        await sendAll(started, orders(10));
        const [first, second] = started.stream.calls.map(({ timeMs }) => timeMs) as [number, number];
        assert.ok(second - first < 10, `${second - first} ms`);
    });
});

describe("a call that certainly reached nobody leaves no doubt about its records", () => {
    const hidden = (cause: Error): Error =>
        Object.assign(new Error(`The pending stream has been canceled (caused by: ${cause.message})`, { cause }), {
            code: "ERR_HTTP2_STREAM_CANCEL",
        });
    const socket = (code: string, message: string): Error => Object.assign(new Error(message), { code });
    const rows: readonly (readonly [title: string, error: Error])[] = [
        ["ECONNREFUSED", socket("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:9")],
        ["ECONNREFUSED over HTTP/2", hidden(socket("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:9"))],
        ["ECONNREFUSED of a name with two addresses, over HTTP/2", hidden(socket("ECONNREFUSED", ""))],
        ["ENOTFOUND", socket("ENOTFOUND", "getaddrinfo ENOTFOUND kinesis.us-east-1.amazonaws.com")],
        ["ENOTFOUND over HTTP/2", hidden(socket("ENOTFOUND", "getaddrinfo ENOTFOUND nowhere.invalid"))],
        ["EAI_AGAIN", socket("EAI_AGAIN", "getaddrinfo EAI_AGAIN kinesis.us-east-1.amazonaws.com")],
        ["ENETUNREACH", socket("ENETUNREACH", "connect ENETUNREACH 10.0.0.1:443")],
        ["EHOSTUNREACH over HTTP/2", hidden(socket("EHOSTUNREACH", "connect EHOSTUNREACH 10.0.0.1:443"))],
        ["a connection that is never made", socket("ETIMEDOUT", "connect ETIMEDOUT 10.0.0.1:443")],
        ["a certificate that is not trusted", socket("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in chain")],
    ];
    for (const [title, error] of rows) {
        it(title, async () => {
            const started = start({ deadlineSeconds: 2 }, { refuse: () => error });
            const { undelivered } = await sendAll(started, orders(3));
            assert.deepEqual(
                undelivered.map(({ reason, mayBeWritten }) => [reason, mayBeWritten]),
                orders(3).map(() => ["deadline", false]),
            );
        });
    }

    it("while a connection that breaks off does", async () => {
        const started = start({ deadlineSeconds: 2 }, { refuse: () => socket("ECONNRESET", "read ECONNRESET") });
        const { undelivered } = await sendAll(started, orders(3));
        assert.deepEqual(
            undelivered.map(({ mayBeWritten }) => mayBeWritten),
            [true, true, true],
        );
    });
});
