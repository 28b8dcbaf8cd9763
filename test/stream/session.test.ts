/** What one actor at a live stream sees, and how it reshards it: the same for the scaler and for a person at the command line. */
import assert from "node:assert/strict";
import { emptyLedger } from "../../capacity/scaling/ledger";
import { type Pace } from "../../stream/ports";
import { finish, makeReshard, setPaused } from "../../stream/reshard";
import { Session, type SessionOptions } from "../../stream/session";
import { awsError, hourMs, minuteMs, World } from "../scaler/world";

const streamKey = "arn:aws:kinesis:us-east-1:123456789012:stream/orders#2026-10-03T00:00:00.000Z";
const why = { reason: "command-line", message: "scale to 4 from the command line.", goesOn: true };
const toFour = { kind: "update", targetShardCount: 4 } as const;

function sessionAt(world: World, options: Partial<SessionOptions> & { readonly pace?: Pace } = {}): Session {
    const ports = world.ports();
    return new Session({
        stream: ports.stream,
        metrics: ports.metrics,
        ledger: () => ({ table: "ledger", store: ports.ledger }),
        pace: ports,
        owner: "person",
        by: "command line",
        ...options,
    });
}

describe("a look at a live stream", () => {
    it("sees its open shards, and remembers them in the ledger", async () => {
        const world = new World(4);
        const session = sessionAt(world);
        assert.deepEqual(await session.look(), { kind: "seen" });
        assert.deepEqual([session.shards.length, session.updateCallsLeft()], [4, 10]);
        assert.deepEqual(world.ledger.state.sight, { openShards: 4, newestShardNumber: 3 });
    });

    it("writes nothing where it may only look", async () => {
        const world = new World(4);
        await sessionAt(world, { readOnly: true }).look();
        assert.deepEqual([world.ledger.states.size, world.ledger.entries], [0, []]);
    });

    it("tells when there is a call more: when AWS is asked again, or later where none is counted as left", async () => {
        const world = new World(4);
        const { nowMs } = world;
        const calls = (made: number) =>
            Array.from({ length: made }, (_, at) => ({
                ...({ kind: "update", status: "done", from: 4, to: 8 } as const),
                ...{ id: `${at}`, atMs: nowMs - (at + 1) * hourMs },
            }));
        const nextMs = async (made: number, updatesBlockedUntilMs?: number) => {
            const state = { ...emptyLedger, version: 1, reshards: calls(made) };
            world.ledger.states.set(streamKey, {
                ...state,
                ...(updatesBlockedUntilMs !== undefined && { updatesBlockedUntilMs }),
            });
            const session = sessionAt(world, { readOnly: true });
            await session.look();
            return session.nextUpdateCallMs();
        };
        const back = nowMs + 14 * hourMs + 2 * minuteMs;
        assert.equal(await nextMs(0), undefined);
        assert.equal(await nextMs(10), back);
        assert.equal(await nextMs(10, nowMs - minuteMs), back);
        assert.equal(await nextMs(0, nowMs + hourMs), nowMs + hourMs);
        assert.equal(await nextMs(10, nowMs + hourMs), back);
    });

    it("finds a stream that is gone", async () => {
        const world = new World(4);
        world.exists = false;
        assert.equal((await sessionAt(world).look()).kind, "gone");
    });

    it("draws no conclusion while a later clock has written the ledger, or another holds the lease", async () => {
        const world = new World(4);
        const state = { ...emptyLedger, version: 1 };
        world.ledger.states.set(streamKey, { ...state, writtenMs: world.nowMs + hourMs });
        assert.equal((await sessionAt(world).look()).kind, "clock-went-back");
        world.ledger.states.set(streamKey, { ...state, lease: { owner: "run-1", untilMs: world.nowMs + minuteMs } });
        assert.deepEqual(await sessionAt(world).look(), { kind: "held", by: "run-1" });
    });

    it("waits for a call that AWS took to show in the shards, a minute at most", async () => {
        const world = new World(2);
        const before = world.shards;
        const session = sessionAt(world);
        await session.look();
        await makeReshard(session, toFour, why, 1);
        Object.assign(world, { status: "ACTIVE", shards: before });
        const sight = await session.look();
        assert.deepEqual([sight.kind, "call" in sight && sight.call.to], ["call-not-seen", 4]);
        world.passes(61_000);
        assert.equal((await session.look()).kind, "seen");
    });
});

describe("a reshard is", () => {
    it("reserved, told and confirmed, and the lease given back at the end", async () => {
        const world = new World(2);
        const session = sessionAt(world);
        await session.look();
        assert.deepEqual(await makeReshard(session, toFour, why, 1), { kind: "called" });
        assert.deepEqual(
            world.ledger.state.reshards.map(({ id, from, to, status }) => ({ id, from, to, status })),
            [{ id: "person-1", from: 2, to: 4, status: "called" }],
        );
        assert.equal(world.ledger.state.lease?.owner, "person");
        await finish(session);
        assert.equal(world.ledger.state.lease, undefined);
        const [entry] = world.ledger.entries;
        assert.deepEqual([entry!.by, entry!.reason, entry!.message], ["command line", why.reason, why.message]);
    });

    for (const [step, open] of [
        [{ kind: "split", shardId: "shardId-000000000000", newStartingHashKey: String(1n << 125n) }, 5],
        [{ kind: "merge", shardId: "shardId-000000000000", adjacentShardId: "shardId-000000000001" }, 3],
    ] as const) {
        it(`its own in the next look, and nobody else's: a ${step.kind}`, async () => {
            const world = new World(4);
            const session = sessionAt(world);
            await session.look();
            assert.deepEqual(await makeReshard(session, step, why, 1), { kind: "called" });
            await finish(session);
            world.passes(2 * minuteMs);
            assert.equal((await session.look()).kind, "seen");
            assert.deepEqual([session.shards.length, session.foreignReshards], [open, 0]);
            assert.deepEqual(
                world.ledger.state.reshards.map(({ kind, from, to, status }) => ({ kind, from, to, status })),
                [{ kind: step.kind, from: 4, to: open, status: "done" }],
            );
            assert.equal(session.updateCallsLeft(), 10);
        });
    }

    it("not made where somebody else wrote to the ledger first", async () => {
        const world = new World(2);
        const session = sessionAt(world);
        await session.look();
        await sessionAt(world, { owner: "another" }).look();
        await setPaused(session, true);
        const late = sessionAt(world, { owner: "late" });
        await late.look();
        await setPaused(session, false);
        assert.deepEqual(await makeReshard(late, toFour, why, 1), { kind: "outrun" });
        assert.deepEqual([world.calls, world.ledger.state.reshards], [[], []]);
    });

    it("not made where the ledger has no call left", async () => {
        const world = new World(2);
        const session = sessionAt(world);
        await session.look();
        const spent = Array.from({ length: 10 }, (_, index) => ({
            id: `spent-${index}`,
            kind: "update" as const,
            status: "done" as const,
            from: 2,
            to: 2,
            atMs: world.nowMs,
        }));
        await session.ledger.settle((state) => ({ ...state, version: state.version + 1, reshards: spent }));
        assert.deepEqual(await makeReshard(session, toFour, why, 1), { kind: "no-call-left" });
        assert.deepEqual(world.calls, []);
    });

    const rows = [
        ["ResourceInUseException", "not ACTIVE", "refused", 0],
        ["LimitExceededException", "This request would exceed the shard limit for the account", "refused", 0],
        ["SomethingNew", "no", "refused", 0],
        ["TimeoutError", "socket hang up", "unanswered", 1],
        ["InternalFailure", "oops", "unanswered", 1],
    ] as const;
    for (const [name, message, kind, counted] of rows) {
        it(`${kind} after ${name}: ${counted === 0 ? "struck out" : "it stays counted"}`, async () => {
            const world = new World(2);
            world.faults.update = [awsError(name, message)];
            const session = sessionAt(world);
            await session.look();
            const outcome = await makeReshard(session, toFour, why, 1);
            assert.equal(outcome.kind, kind);
            assert.equal("refused" in outcome && outcome.refused.message, `${name}: ${message}`);
            assert.equal(world.ledger.state.reshards.length, counted);
            assert.equal(session.updateCallsLeft(), 10 - counted);
        });
    }

    const ledgerDown = () => awsError("ThrottlingException", "Rate exceeded");
    const cannotWrite = "The ledger ledger cannot be written (ThrottlingException: Rate exceeded)";
    /** A session whose ledger fails from the call on, until the test gives it back. */
    const failingFromCall = (world: World): Session => {
        const { stream, ...ports } = world.ports();
        const updateShardCount = (target: number) => {
            world.ledger.unavailable = ledgerDown();
            return stream.updateShardCount(target);
        };
        return sessionAt(world, { stream: { ...stream, updateShardCount }, pace: ports });
    };

    it("unconfirmed where AWS took it and the ledger fails right after: it stays counted, and the shards settle it", async () => {
        const world = new World(2);
        const session = failingFromCall(world);
        await session.look();
        const outcome = await makeReshard(session, toFour, why, 1);
        assert.deepEqual([outcome.kind, "ledger" in outcome && outcome.ledger?.problem], ["unconfirmed", cannotWrite]);
        assert.deepEqual([world.calls, session.updateCallsLeft()], [["update 4"], 9]);
        world.ledger.unavailable = undefined;
        world.passes(3 * minuteMs);
        const next = sessionAt(world, { owner: "next" });
        assert.equal((await next.look()).kind, "seen");
        assert.deepEqual([next.foreignReshards, next.updateCallsLeft()], [0, 9]);
        assert.deepEqual(
            world.ledger.state.reshards.map(({ status }) => status),
            ["done"],
        );
    });

    it("refused, for AWS's own reason, also where the ledger fails right after: it stays counted until the stream disproves it", async () => {
        const world = new World(2);
        world.faults.update = [awsError("AccessDeniedException", "no")];
        const session = failingFromCall(world);
        await session.look();
        const outcome = await makeReshard(session, toFour, why, 1);
        assert.ok(outcome.kind === "refused");
        assert.deepEqual(
            [outcome.refused.message, outcome.refused.what, outcome.ledger?.problem],
            ["AccessDeniedException: no", `${cannotWrite}, so the call may stay counted for ten minutes.`, cannotWrite],
        );
        world.ledger.unavailable = undefined;
        world.passes(11 * minuteMs);
        const next = sessionAt(world, { owner: "next" });
        await next.look();
        assert.deepEqual([world.calls, next.updateCallsLeft()], [[], 10]);
    });

    it("struck out, not left open, when a person interrupts the waits of a throttled call", async () => {
        const world = new World(2);
        world.faults.update = [awsError("ThrottlingException", "Rate exceeded")];
        const ports = world.ports();
        const pace = { ...ports, sleep: () => Promise.reject(new Error("interrupted")) };
        const session = sessionAt(world, { pace });
        await session.look();
        assert.equal((await makeReshard(session, toFour, why, 1)).kind, "refused");
        assert.deepEqual([world.calls, world.ledger.state.reshards], [[], []]);
    });
});

describe("a pause", () => {
    it("is set at once, in every state of the stream and beside whoever is at work", async () => {
        const world = new World(2);
        await sessionAt(world).look();
        world.status = "UPDATING";
        await sessionAt(world, { owner: "scaler" }).open();
        const lease = { owner: "run-1", untilMs: world.nowMs + minuteMs };
        const before = world.ledger.state;
        world.ledger.states.set(streamKey, { ...before, lease });
        const session = sessionAt(world);
        await session.open();
        assert.equal(await setPaused(session, true), true);
        assert.deepEqual([world.ledger.state.paused, world.ledger.state.lease], [true, lease]);
        assert.equal(world.ledger.entries.at(-1)!.message, "Paused from the command line.");
    });
});
