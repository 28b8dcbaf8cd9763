/** The ledger's budget of calls, its leases, and its items. */
import assert from "node:assert/strict";
import {
    confirm,
    emptyLedger,
    heldByAnother,
    ledgerStreamKey,
    type LedgerState,
    nextUpdateCallMs,
    release,
    reserve,
    strikeOut,
    updateCallsLeft,
} from "../../../capacity/scaling/ledger";
import { type ReshardEvent } from "../../../capacity/scaling/observation";
import { historyRequest, ledgerEntryOf, ledgerIn, ledgerStateOf } from "../../../capacity/scaling/ledgerItems";

const hourMs = 3_600_000;
const nowMs = Date.UTC(2026, 10, 2, 12);
const lease = { owner: "run-1", untilMs: nowMs + 120_000 };
const ledgerWith = (...atMs: number[]): LedgerState => ({
    ...emptyLedger,
    reshards: atMs.map((time, index) => ({
        id: String(index),
        atMs: time,
        kind: "update",
        status: "done",
        from: 4,
        to: 8,
    })),
});

describe("the ledger", () => {
    for (const [title, agesHours, left] of [
        ["has ten calls when none was made", [], 10],
        ["counts a call for 24 hours", [23.999], 9],
        ["counts it for two minutes more: the call was made after its reservation", [24 + 1.99 / 60], 9],
        ["gives a call back then", [24 + 2 / 60], 10],
        ["counts a call in the future: a clock that jumped gives nothing back", [-5], 9],
        ["never goes below none", Array.from({ length: 12 }, () => 1), 0],
    ] as const) {
        it(title, () => {
            const { reshards } = ledgerWith(...agesHours.map((hours) => nowMs - hours * hourMs));
            assert.equal(updateCallsLeft(reshards, nowMs), left);
        });
    }

    it("does not count splits and merges to the ten calls", () => {
        const split = { id: "1", atMs: nowMs, kind: "split", status: "done", from: 4, to: 5 } as const;
        assert.equal(updateCallsLeft([split], nowMs), 10);
    });

    it("reserves a call and takes the lease in one write, and refuses an eleventh", () => {
        const call = { id: "run-1-1", kind: "update", from: 4, to: 8 } as const;
        assert.deepEqual(reserve(emptyLedger, call, lease, nowMs), {
            version: 1,
            writtenMs: nowMs,
            lease,
            reshards: [{ ...call, atMs: nowMs, status: "reserved" }],
        });
        const spent = ledgerWith(...Array.from({ length: 10 }, (_, index) => nowMs - index * hourMs));
        assert.equal(reserve(spent, call, lease, nowMs), undefined);
        assert.notEqual(reserve(spent, { ...call, kind: "split" }, lease, nowMs), undefined);
    });

    it("confirms, strikes out and releases, one version at a time", () => {
        const reserved = reserve(emptyLedger, { id: "a", kind: "update", from: 4, to: 8 }, lease, nowMs)!;
        const confirmed = confirm(reserved, "a", nowMs);
        assert.deepEqual([confirmed.version, confirmed.reshards[0]!.status], [2, "called"]);
        const struck = strikeOut(reserved, "a", { growthBlockedUntilMs: nowMs + 1 }, nowMs);
        assert.deepEqual([struck.version, struck.reshards, struck.growthBlockedUntilMs], [2, [], nowMs + 1]);
        assert.deepEqual(release(confirmed, nowMs), { ...confirmed, version: 3, lease: undefined });
    });

    it("is held by another run until its lease ends", () => {
        const held = { ...emptyLedger, lease };
        assert.equal(heldByAnother(held, "run-2", lease.untilMs - 1), true);
        assert.equal(heldByAnother(held, "run-2", lease.untilMs), false);
        assert.equal(heldByAnother(held, "run-1", nowMs), false);
    });

    it("has another key for a stream that is created again under its name", () => {
        assert.equal(
            ledgerStreamKey("arn:aws:kinesis:us-east-1:123456789012:stream/orders", nowMs),
            "arn:aws:kinesis:us-east-1:123456789012:stream/orders#2026-11-02T12:00:00.000Z",
        );
    });
});

describe("the next call", () => {
    const call = (hoursAgo: number, more: Partial<ReshardEvent> = {}): ReshardEvent => ({
        kind: "update",
        atMs: nowMs - hoursAgo * hourMs,
        ...more,
    });
    const back = (hoursAgo: number, moreMinutes = 0) =>
        nowMs - hoursAgo * hourMs + 24 * hourMs + (2 + moreMinutes) * 60_000;
    const calls = (count: number) => Array.from({ length: count }, (_, at) => call(count - at));
    const rows: [title: string, reshards: readonly ReshardEvent[], nextMs: number][] = [
        ["of two comes back with the older", calls(2), back(2)],
        ["of ten comes back with the oldest", calls(10), back(10)],
        ["of eleven, of which others made some, with the one after it", calls(11), back(10)],
        ["of thirteen with the fourth", calls(13), back(10)],
        [
            "without an answer comes back later, since it may have been made later",
            [call(5, { status: "reserved" })],
            back(5, 7),
        ],
    ];
    for (const [title, reshards, nextMs] of rows) {
        it(title, () => {
            assert.equal(nextUpdateCallMs(reshards, nowMs), nextMs);
            assert.equal(updateCallsLeft(reshards, nextMs), updateCallsLeft(reshards, nextMs - 1) + 1);
        });
    }

    it("is at any time where none is spent", () => assert.equal(nextUpdateCallMs([], nowMs), undefined));
});

describe("the ledger in DynamoDB", () => {
    const entry = {
        atMs: nowMs,
        id: "run-1-1",
        kind: "update",
        from: 4,
        to: 8,
        reason: "load-rises",
        message: "The load rises.",
        by: "scaler",
    } as const;

    it("reads back what it wrote, and an absent item as an empty ledger", async () => {
        const items: Record<string, unknown>[] = [];
        const store = ledgerIn(
            {
                get: () => Promise.resolve({ Item: items.at(-1) }),
                put: (request) => {
                    items.push(request.Item);
                    return Promise.resolve();
                },
            },
            "ledger",
        );
        assert.deepEqual(await store.read("key"), emptyLedger);
        const state = reserve(emptyLedger, { id: "a", kind: "update", from: 4, to: 8 }, lease, nowMs)!;
        assert.equal(await store.write("key", state), true);
        assert.deepEqual(await store.read("key"), state);
        await store.append("key", entry);
        assert.deepEqual(ledgerEntryOf(items.at(-1)), entry);
        assert.deepEqual(items.at(-1)!.expiresAtSeconds, { N: String(nowMs / 1_000 + 90 * 86_400) });
    });

    it("writes on the condition that nobody has written since", async () => {
        const conditions: unknown[] = [];
        const store = ledgerIn(
            {
                get: () => Promise.resolve({}),
                put: ({ Item: _, ...condition }) => {
                    conditions.push(condition);
                    return Promise.reject(Object.assign(new Error(), { name: "ConditionalCheckFailedException" }));
                },
            },
            "ledger",
        );
        assert.equal(await store.write("key", { ...emptyLedger, version: 1 }), false);
        assert.equal(await store.write("key", { ...emptyLedger, version: 7 }), false);
        assert.deepEqual(conditions, [
            {
                TableName: "ledger",
                ConditionExpression: "attribute_not_exists(#version)",
                ExpressionAttributeNames: { "#version": "version" },
            },
            {
                TableName: "ledger",
                ConditionExpression: "#version = :before",
                ExpressionAttributeNames: { "#version": "version" },
                ExpressionAttributeValues: { ":before": { N: "6" } },
            },
        ]);
    });

    it("does not take an item that it cannot read for an empty ledger", () => {
        assert.throws(() => ledgerStateOf({ version: { N: "3" }, state: { S: "{}" } }), {
            message: "The ledger's state is not readable; delete its item to start afresh.",
        });
    });

    it("asks for the history of a night, newest first", () => {
        assert.deepEqual(historyRequest("ledger", "key", nowMs, 20), {
            TableName: "ledger",
            KeyConditionExpression: "#stream = :stream and #entry between :since and :end",
            ExpressionAttributeNames: { "#stream": "stream", "#entry": "entry" },
            ExpressionAttributeValues: {
                ":stream": { S: "key" },
                ":since": { S: "at#2026-11-02T12:00:00.000Z" },
                ":end": { S: "at#~" },
            },
            ScanIndexForward: false,
            Limit: 20,
        });
    });
});
