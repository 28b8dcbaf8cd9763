/** What a refusal of AWS means, and what is done about it. */
import assert from "node:assert/strict";
import { attemptsMax, patient, withBackoff } from "../../stream/backoff";
import { type CallKind, mayRepeat, type Meaning, refusalOf } from "../../stream/refusals";

const said = (name: string, message = name, httpStatusCode = 400): Error =>
    Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });

describe("a refusal means", () => {
    const limit = "LimitExceededException";
    const rows: readonly (readonly [call: CallKind, name: string, message: string, meaning: Meaning])[] = [
        ["update", limit, "Rate exceeded for stream orders under account 123456789012.", "later"],
        ["split", limit, "Rate exceeded for stream orders under account 123456789012.", "later"],
        ["read", limit, "Rate exceeded for stream orders under account 123456789012.", "later"],
        ["update", limit, "Simultaneous operations are not allowed", "later"],
        [
            "update",
            limit,
            "Stream orders under account 123456789012 has exceeded the UpdateShardCount limit of 10 calls in 24 hours",
            "calls-spent",
        ],
        ["update", limit, "UpdateShardCount was called 10 times in 24 hours", "calls-spent"],
        ["split", limit, "10 times in 24 hours", "later"],
        [
            "update",
            limit,
            "This request would exceed the shard limit for the account 123456789012 in us-east-1. Current shard count for the account: 4. Limit: 3.",
            "shard-quota",
        ],
        [
            "split",
            limit,
            "This request would exceed the shard limit for the account 123456789012 in us-east-1.",
            "shard-quota",
        ],
        ["update", limit, "UpdateShardCount cannot scale up over double your current open shard count", "malformed"],
        ["update", limit, "UpdateShardCount cannot scale down below half your current open shard count", "malformed"],
        [
            "update",
            limit,
            "Target shard count or number of open shards cannot be greater than 10000. Current open shard count: 10 Target shard count: 24",
            "malformed",
        ],
        ["update", limit, "No more of this", "limit"],
        ["update", limit, "No more of this for stream ten-half-24-orders, which has 10 shards", "limit"],
        ["split", limit, "No more of this", "later"],
        ["update", "ThrottlingException", "Rate exceeded", "later"],
        ["read", "ProvisionedThroughputExceededException", "Rate exceeded", "later"],
        ["update", "ResourceInUseException", "Stream orders not ACTIVE, instead in state UPDATING", "busy"],
        ["read", "ResourceNotFoundException", "Stream orders not found", "gone"],
        ["update", "AccessDeniedException", "not authorized", "not-allowed"],
        ["put", "ExpiredTokenException", "expired", "not-allowed"],
        ["update", "ValidationException", "1 validation error detected", "malformed"],
        ["put", "ServiceUnavailable", "busy", "later"],
        ["put", "InvalidSignatureException", "Signature expired: 20261101T000000Z is now earlier than ...", "skewed"],
        ["read", "SignatureDoesNotMatch", "Signature not yet current", "skewed"],
        ["put", "RequestTimeTooSkewed", "The difference is too large", "skewed"],
        ["read", "RequestExpired", "Request has expired.", "skewed"],
        ["put", "IncompleteSignatureException", "Authorization header requires 'Credential'", "not-allowed"],
        ["put", "KMSInvalidStateException", "pending deletion", "not-allowed"],
        ["put", "KMSThrottlingException", "Rate exceeded", "later"],
        ["update", "ServiceUnavailable", "busy", "unanswered"],
        ["update", "SomethingNew", "who knows", "unknown"],
    ];
    for (const [call, name, message, meaning] of rows) {
        it(`${call}: ${name}: ${message}: ${meaning}`, () =>
            assert.equal(refusalOf(said(name, message), call).meaning, meaning));
    }

    const unnamed: readonly (readonly [title: string, error: unknown, meaning: Meaning])[] = [
        ["no answer in time", Object.assign(new Error("timed out"), { name: "TimeoutError" }), "unanswered"],
        [
            "no connection in time: no call went out",
            Object.assign(new Error("no connection"), { name: "ConnectionTimeout" }),
            "unreachable",
        ],
        ["a fault of AWS", said("Whatever", "oops", 500), "unanswered"],
        [
            "a connection that breaks off",
            Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
            "unanswered",
        ],
        [
            "nobody who listens, over HTTP/2",
            new Error("canceled (caused by: connect ECONNREFUSED 127.0.0.1:9)"),
            "unreachable",
        ],
        [
            "no way there",
            Object.assign(new Error("connect ENETUNREACH 10.0.0.1:443"), { code: "ENETUNREACH" }),
            "unreachable",
        ],
        [
            "a connection that is never made",
            Object.assign(new Error("connect ETIMEDOUT 10.0.0.1:443"), { code: "ETIMEDOUT" }),
            "unreachable",
        ],
        [
            "a connection that the SDK gives up",
            Object.assign(
                new Error("the request socket did not establish a connection with the server within 2000 ms."),
                { name: "TimeoutError" },
            ),
            "unreachable",
        ],
        [
            "a connection that goes silent",
            Object.assign(new Error("read ETIMEDOUT"), { code: "ETIMEDOUT" }),
            "unanswered",
        ],
        [
            "nobody who listens at either of two addresses, over HTTP/2",
            new Error("canceled (caused by: )", { cause: Object.assign(new Error(""), { code: "ECONNREFUSED" }) }),
            "unreachable",
        ],
        [
            "a certificate that has run out",
            Object.assign(new Error("certificate has expired"), { code: "CERT_HAS_EXPIRED" }),
            "unreachable",
        ],
        ["too many requests", said("Whatever", "slow down", 429), "later"],
        ["too large a request", said("Whatever", "too large", 413), "malformed"],
        ["no region", new Error("Region is missing"), "not-allowed"],
        ["not even an error", "oops", "unanswered"],
    ];
    for (const [title, error, meaning] of unnamed)
        it(title, () => assert.equal(refusalOf(error, "update").meaning, meaning));

    it("of all of them, only no answer leaves open whether the call was made", () => {
        const certain = (error: unknown) => refusalOf(error, "update").certain;
        assert.deepEqual(
            [said(limit), said("ResourceInUseException"), said("SomethingNew"), said("InternalFailure", "", 500)].map(
                certain,
            ),
            [true, true, true, false],
        );
    });

    it("is advised about by its text: an account's shards, a throttled second, and nothing where it is not known", () =>
        assert.deepEqual(
            [
                ["update", "This request would exceed the shard limit for the account 123456789012."],
                ["split", "Rate exceeded for stream orders"],
                ["update", "No more of this"],
                ["split", "No more of this"],
            ].map(([call, message]) => refusalOf(said(limit, message), call as CallKind).advice),
            [
                "The account's shards are used up. Ask for a higher quota in Service Quotas.",
                "The control plane is throttled. Try again in a minute.",
                undefined,
                undefined,
            ],
        ));

    it("is a defect of the program where neither AWS nor the way to it said it", () =>
        assert.deepEqual(
            [new TypeError("x is undefined"), said("SomethingNew"), new Error("Region is missing")].map(
                (error) => refusalOf(error).fromAws,
            ),
            [false, true, true],
        ));
});

describe("a call is made again", () => {
    const rows: readonly (readonly [name: string, status: number, read: boolean, update: boolean])[] = [
        ["ThrottlingException", 400, true, true],
        ["InternalFailure", 500, true, false],
        ["ResourceInUseException", 400, false, false],
        ["AccessDeniedException", 400, false, false],
        ["InvalidSignatureException", 400, true, true],
    ];
    for (const [name, status, read, update] of rows) {
        it(`after ${name}: ${read ? "" : "not "}a read, ${update ? "" : "not "}a reshard`, () =>
            assert.deepEqual(
                (["read", "update"] as const).map((kind) => mayRepeat(said(name, name, status), kind)),
                [read, update],
            ));
    }

    const paceInto = (sleepsMs: number[]) => ({
        random: () => 0.5,
        sleep: (ms: number) => Promise.resolve(void sleepsMs.push(ms)),
    });

    it("with waits that double, up to a stated number of tries, and then the refusal is told", async () => {
        const sleepsMs: number[] = [];
        let calls = 0;
        const throttled = () => {
            calls++;
            return Promise.reject(said("ThrottlingException"));
        };
        await assert.rejects(withBackoff(paceInto(sleepsMs), "update", throttled), { name: "ThrottlingException" });
        assert.deepEqual([calls, sleepsMs], [attemptsMax, [100, 200, 400, 800, 1_600]]);
    });

    it("through a port by what the call is", async () => {
        const tries = { describe: 0, updateShardCount: 0 };
        const port = patient(
            {
                describe: () =>
                    tries.describe++ === 0 ? Promise.reject(said("InternalFailure", "", 500)) : Promise.resolve(1),
                updateShardCount: (target: number) =>
                    tries.updateShardCount++ === 0
                        ? Promise.reject(said("InternalFailure", "", 500))
                        : Promise.resolve(target),
            },
            paceInto([]),
        );
        assert.equal(await port.describe(), 1);
        await assert.rejects(port.updateShardCount(4), { name: "InternalFailure" });
        assert.equal(await port.updateShardCount(4), 4);
    });

    it("not while the person at the keyboard interrupts: what AWS said last is told", async () => {
        const pace = { random: () => 0.5, sleep: () => Promise.reject(new Error("interrupted")) };
        await assert.rejects(
            withBackoff(pace, "read", () => Promise.reject(said("ThrottlingException"))),
            { name: "ThrottlingException" },
        );
    });
});
