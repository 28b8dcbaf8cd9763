/** What the scaler tells its topic: the exact words, SNS's limits, and for how long the ceiling holds. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type CeilingHold } from "../../../capacity/scaling/ledger";
import {
    ceilingAfter,
    lastingFailure,
    type MessageContext,
    messageOf,
    type ScalerEvent,
    tells,
} from "../../../capacity/scaling/messages";
import { type ReasonCode } from "../../../capacity/scaling/reasons";

const context: MessageContext = {
    streamName: "orders",
    streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    calls: { left: 9, nextMs: Date.UTC(2026, 10, 3, 12, 2) },
};

const call = {
    operation: "UpdateShardCount",
    from: 4,
    to: 8,
    reason: "load-rises",
    why: "The load of 4.6 shards needs 5.4 with room for its noise; 4 are open: to 8.",
};

const callsLeft = "Calls left: 9 of 10 UpdateShardCount calls; the next comes back at 2026-11-03 12:02 UTC";
const look = "Look:       sharded-stream status orders";
const stream = "Stream:     arn:aws:kinesis:us-east-1:123456789012:stream/orders";

interface Row {
    readonly title: string;
    readonly event: ScalerEvent;
    readonly subject: string;
    readonly body: readonly string[];
    /** Told at `failures`, too. */
    readonly isFailure: boolean;
    /** Told once an hour as long as it lasts, under this name. */
    readonly lasts?: string;
}

const rows: readonly Row[] = [
    {
        title: "a reshard that AWS took",
        event: { kind: "made", ...call },
        subject: "orders: 4 to 8 shards (load-rises)",
        body: [
            "What:       UpdateShardCount was called, and AWS took it: orders goes from 4 to 8 shards.",
            "Why:        The load of 4.6 shards needs 5.4 with room for its noise; 4 are open: to 8. (load-rises)",
            "From:       4 shards",
            "To:         8 shards",
            callsLeft,
            look,
            stream,
        ],
        isFailure: false,
    },
    {
        title: "a reshard that AWS took, and the ledger could not confirm",
        event: { kind: "unconfirmed", ...call, ledger: "The ledger l cannot be written (ThrottlingException: no)" },
        subject: "orders: 4 to 8 shards, not confirmed in the ledger",
        body: [
            "What:       UpdateShardCount was called, and AWS took it: orders goes from 4 to 8 shards. The ledger l cannot be written (ThrottlingException: no), so the call is not confirmed there; it stays counted.",
            "Why:        The load of 4.6 shards needs 5.4 with room for its noise; 4 are open: to 8. (load-rises)",
            "From:       4 shards",
            "To:         8 shards",
            callsLeft,
            "To do:      Let the ledger be written again: without it nobody scales orders.",
            look,
            stream,
        ],
        isFailure: true,
    },
    {
        title: "a reshard that AWS refused for what somebody can mend",
        event: {
            kind: "refused",
            ...call,
            meaning: "shard-quota",
            name: "LimitExceededException",
            said: "This request would exceed\n  the shard limit for the account.",
            toDo: "The account's shards are used up. Ask for a higher quota in Service Quotas.",
        },
        subject: "orders: 4 to 8 shards refused (LimitExceededException)",
        body: [
            "What:       AWS refused UpdateShardCount, and orders is as it was. LimitExceededException: This request would exceed the shard limit for the account.",
            "Why:        The load of 4.6 shards needs 5.4 with room for its noise; 4 are open: to 8. (load-rises)",
            "From:       4 shards",
            "To:         8 shards",
            callsLeft,
            "To do:      The account's shards are used up. Ask for a higher quota in Service Quotas.",
            look,
            stream,
        ],
        isFailure: true,
        lasts: "refused shard-quota",
    },
    {
        title: "a split that AWS refused for a moment",
        event: {
            kind: "refused",
            ...call,
            operation: "SplitShard",
            to: 5,
            reason: "split-widest",
            meaning: "busy",
            name: "ResourceInUseException",
            said: "Stream orders is UPDATING",
        },
        subject: "orders: 4 to 5 shards refused (ResourceInUseException)",
        body: [
            "What:       AWS refused SplitShard, and orders is as it was. ResourceInUseException: Stream orders is UPDATING",
            "Why:        The load of 4.6 shards needs 5.4 with room for its noise; 4 are open: to 8. (split-widest)",
            "From:       4 shards",
            "To:         5 shards",
            callsLeft,
            "To do:      Nothing yet: the scaler tries again in one of its next runs.",
            look,
            stream,
        ],
        isFailure: true,
        lasts: "refused busy",
    },
    {
        title: "a reshard that AWS did not answer",
        event: { kind: "unanswered", ...call, name: "TimeoutError", said: "socket hang up" },
        subject: "orders: 4 to 8 shards not answered (TimeoutError)",
        body: [
            "What:       AWS did not answer UpdateShardCount, so the call may have been made, and counts. TimeoutError: socket hang up",
            "Why:        The load of 4.6 shards needs 5.4 with room for its noise; 4 are open: to 8. (load-rises)",
            "From:       4 shards",
            "To:         8 shards",
            callsLeft,
            "To do:      See whether orders is UPDATING; the scaler sees by the shards what became of the call.",
            look,
            stream,
        ],
        isFailure: true,
    },
    {
        title: "a reshard that somebody else made",
        event: { kind: "foreign", from: 4, to: 12, updateCalls: 2 },
        subject: "orders: 4 to 12 shards, made by somebody else",
        body: [
            "What:       Somebody else took orders from 4 to 12 shards.",
            "Why:        Nothing in the ledger explains it. Counted as 2 UpdateShardCount calls.",
            "From:       4 shards",
            "To:         12 shards",
            callsLeft,
            "To do:      CloudTrail tells who. If the count has to stay: sharded-stream scale orders --pause",
            look,
            stream,
        ],
        isFailure: false,
    },
    {
        title: "calls of others that ended where they began",
        event: { kind: "foreign", from: 8, to: 8, updateCalls: 2 },
        subject: "orders: away from 8 shards and back, by somebody else",
        body: [
            "What:       Somebody else took orders away from 8 shards and back.",
            "Why:        Nothing in the ledger explains it. Counted as 2 UpdateShardCount calls.",
            "From:       8 shards",
            "To:         8 shards",
            callsLeft,
            "To do:      CloudTrail tells who. If the count has to stay: sharded-stream scale orders --pause",
            look,
            stream,
        ],
        isFailure: false,
    },
    {
        title: "a run that failed",
        event: {
            kind: "failed",
            meaning: "not-allowed",
            name: "AccessDeniedException",
            said: "not authorized",
            openShards: 4,
        },
        subject: "orders: the scaler's run failed (AccessDeniedException)",
        body: [
            "What:       A run of the scaler of orders failed. While its runs fail, nobody scales the stream.",
            "Why:        not authorized",
            "From:       4 shards",
            "To:         unchanged",
            callsLeft,
            "To do:      Read the scaler's log: /aws/lambda/orders-scaler",
            look,
            stream,
        ],
        isFailure: true,
        lasts: "failed not-allowed",
    },
    {
        title: "a ceiling that holds the scaler back",
        event: {
            kind: "at-ceiling",
            sinceMs: Date.UTC(2026, 10, 2, 12),
            atMs: Date.UTC(2026, 10, 2, 12, 15, 40),
            maxShards: 16,
            openShards: 16,
            wantedShards: 20,
            why: "The load of 17 shards needs 20 with room for its noise; 16 are open, the most that maxShards allows.",
        },
        subject: "orders: held at its ceiling of 16 shards for 15 minutes",
        body: [
            "What:       The ceiling holds the scaler of orders back, without interruption since 2026-11-02 12:00 UTC.",
            "Why:        The load of 17 shards needs 20 with room for its noise; 16 are open, the most that maxShards allows.",
            "From:       16 shards",
            "To:         20 shards, which maxShards does not allow",
            callsLeft,
            "To do:      Raise maxShards, or the declared requirements, and deploy.",
            look,
            stream,
        ],
        isFailure: true,
    },
    {
        title: "a ceiling that was lowered below the open shards, by runs an hour apart",
        event: {
            kind: "at-ceiling",
            sinceMs: Date.UTC(2026, 10, 2, 12),
            atMs: Date.UTC(2026, 10, 2, 13),
            maxShards: 12,
            openShards: 16,
            wantedShards: 20,
            why: "The load of 17 shards needs 20 with room for its noise; 16 are open, more than maxShards allows.",
        },
        subject: "orders: held at its ceiling of 12 shards for 60 minutes",
        body: [
            "What:       The ceiling holds the scaler of orders back, without interruption since 2026-11-02 12:00 UTC.",
            "Why:        The load of 17 shards needs 20 with room for its noise; 16 are open, more than maxShards allows.",
            "From:       16 shards",
            "To:         20 shards, which maxShards does not allow",
            callsLeft,
            "To do:      Raise maxShards, or the declared requirements, and deploy.",
            look,
            stream,
        ],
        isFailure: true,
    },
];

describe("the topic is told of", () => {
    for (const { title, event, subject, body, isFailure, lasts } of rows) {
        it(title, () => {
            assert.deepEqual(messageOf(event, context), { subject, body: `${body.join("\n")}\n` });
            const told = (["off", "all", "failures"] as const).map((level) => tells(level, event.kind));
            assert.deepEqual(told, [false, true, isFailure]);
            assert.equal(lastingFailure(event), lasts);
        });
    }
});

describe("the calls that are left", () => {
    for (const [title, calls, text] of [
        ["all of them", { left: 10, nextMs: undefined }, "10 of 10 UpdateShardCount calls"],
        [
            "none",
            { left: 0, nextMs: Date.UTC(2026, 10, 3, 8, 30) },
            "0 of 10 UpdateShardCount calls; the next comes back at 2026-11-03 08:30 UTC",
        ],
        ["nobody knows how many", undefined, "not known, since the ledger was not read"],
    ] as const) {
        it(`are told: ${title}`, () => {
            const { body } = messageOf({ kind: "made", ...call }, { ...context, calls });
            assert.ok(body.includes(`\nCalls left: ${text}\n`), body);
        });
    }
});

describe("a message", () => {
    it("of a long name keeps what happened in its subject, and the whole name in its text", () => {
        const streamName = "s".repeat(128);
        const { subject, body } = messageOf({ kind: "made", ...call }, { ...context, streamName });
        assert.equal(subject, `${"s".repeat(68)}...: 4 to 8 shards (load-rises)`);
        assert.ok(body.includes(`sharded-stream status ${streamName}\n`));
    });

    it("without a count that was seen tells none", () => {
        const event = {
            kind: "failed",
            meaning: "unanswered",
            name: "TimeoutError",
            said: "no answer",
            openShards: undefined,
        } as const;
        assert.deepEqual(
            messageOf(event, { ...context, calls: undefined })
                .body.split("\n")
                .map((line) => line.split(":")[0]),
            ["What", "Why", "Calls left", "To do", "Look", "Stream", ""],
        );
    });

    it("is one that SNS takes, whatever AWS said and however long the stream's name is", () => {
        const texts = fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.constant("é\n".repeat(2_000)));
        fc.assert(
            fc.property(fc.stringMatching(/^[a-zA-Z0-9_.-]{1,128}$/), texts, texts, (streamName, name, said) => {
                for (const kind of ["refused", "unanswered", "failed"] as const) {
                    const event = { kind, ...call, meaning: "unknown", name, said, openShards: 10_000 };
                    const { subject, body } = messageOf(event, { ...context, streamName });
                    assert.match(subject, /^[ -~]{1,99}$/);
                    assert.match(subject, /^\w|^[-.]/);
                    assert.ok(Buffer.byteLength(body) < 262_144);
                    assert.ok(body.split(/[\n\r]/).length <= 9);
                }
            }),
            { numRuns: 50 },
        );
    });
});

describe("the ceiling holds the scaler back", () => {
    const noonMs = Date.UTC(2026, 10, 2, 12);
    /** What the ledger keeps after each minute's reason. */
    const after = (...reasons: readonly (readonly [minute: number, reason: ReasonCode])[]): CeilingHold | undefined =>
        reasons.reduce<CeilingHold | undefined>(
            (hold, [minute, reason]) => ceilingAfter(hold, reason, noonMs + minute * 60_000),
            undefined,
        );

    for (const [title, reasons, expected] of [
        ["not, where the load fits", [[0, "load-fits"]], undefined],
        ["from its first minute", [[0, "at-ceiling"]], { sinceMs: noonMs, told: false }],
        [
            "for 14 minutes: nobody is told yet",
            [
                [0, "at-ceiling"],
                [14, "at-ceiling"],
            ],
            { sinceMs: noonMs, told: false },
        ],
        [
            "for 15 minutes: told",
            [
                [0, "at-ceiling"],
                [15, "at-ceiling"],
            ],
            { sinceMs: noonMs, told: true },
        ],
        [
            "no longer, when the load fits for a minute",
            [
                [0, "at-ceiling"],
                [10, "load-fits"],
            ],
            undefined,
        ],
        [
            "afresh after an interruption",
            [
                [0, "at-ceiling"],
                [10, "at-peak"],
                [11, "at-ceiling"],
                [25, "at-ceiling"],
            ],
            { sinceMs: noonMs + 11 * 60_000, told: false },
        ],
        [
            "as far as anybody knows, while CloudWatch or the stream tells nothing of the load",
            [
                [0, "at-ceiling"],
                [5, "metrics-missing"],
                [6, "stream-busy"],
                [15, "at-ceiling"],
            ],
            { sinceMs: noonMs, told: true },
        ],
        [
            "and not known for 15 minutes, where nothing was seen at the end of them",
            [
                [0, "at-ceiling"],
                [15, "metrics-missing"],
            ],
            { sinceMs: noonMs, told: false },
        ],
    ] as const)
        it(title, () => assert.deepEqual(after(...reasons), expected));

    it("and the ledger is left as it is while nothing changes", () => {
        const held: CeilingHold = { sinceMs: noonMs, told: true };
        assert.equal(ceilingAfter(held, "at-ceiling", noonMs + 3_600_000), held);
        const young: CeilingHold = { sinceMs: noonMs, told: false };
        assert.equal(ceilingAfter(young, "at-ceiling", noonMs + 60_000), young);
    });
});
