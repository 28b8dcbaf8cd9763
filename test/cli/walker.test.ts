/** A person at a stream beside its scaler, in virtual time: the pause in every state, the lease while a walk waits, a dry run, no ledger. */
import assert from "node:assert/strict";
import { hashKeySpace } from "../../capacity/keys/hashRing";
import { type LedgerState } from "../../capacity/scaling/ledger";
import { type ShardRange } from "../../capacity/scaling/observation";
import { completeScaling } from "../../capacity/scaling/settings";
import { planWalk } from "../../capacity/scaling/walk";
import { refused } from "../../cli/awsErrors";
import { scaleAuto } from "../../cli/scaleAuto";
import { scaleWalk } from "../../cli/scaleWalk";
import { walkTo } from "../../cli/walk";
import { Walker } from "../../cli/walker";
import { makeReshard, renewLease } from "../../stream/reshard";
import { Session } from "../../stream/session";
import { awsError, minuteMs, World } from "../scaler/world";
import { contextOf, worldLive } from "./worldLive";

const progress = contextOf().progress;

function scalerAt(world: World): Session {
    const ports = world.ports();
    const ledger = () => ({ table: "orders-ledger", store: world.ledger });
    return new Session({ ...ports, ledger, pace: ports, owner: "run-1", by: "scaler" });
}

/** Counts what is written to the ledger, and refuses the first writes as those of a slower writer. */
function watchWrites(world: World, { lost = 0 } = {}): { readonly made: LedgerState[] } {
    const made: LedgerState[] = [];
    const write = world.ledger.write.bind(world.ledger);
    world.ledger.write = async (key, next) => {
        if (made.length < lost) {
            const before = await world.ledger.read(key);
            await write(key, { ...before, version: before.version + 1 });
        }
        made.push(next);
        return write(key, next);
    };
    return { made };
}

describe("a pause, and its end, is one conditional write at once", () => {
    const lease = { owner: "run-1", untilMs: Number.MAX_SAFE_INTEGER };
    const rows: readonly (readonly [state: string, set: (world: World) => void | Promise<void>, writes?: number])[] = [
        ["ACTIVE", () => undefined],
        ["UPDATING", (world) => void (world.status = "UPDATING")],
        ["CREATING", (world) => void (world.status = "CREATING")],
        ["DELETING", (world) => void (world.status = "DELETING")],
        ["on-demand", (world) => void (world.capacityMode = "on-demand")],
        ["while the scaler holds the lease", (world) => heldBy(world, lease)],
        ["while another command holds the lease", (world) => heldBy(world, { ...lease, owner: "command-line-1" })],
        ["while the ledger is from a later clock", (world) => heldBy(world, undefined, world.nowMs + 60 * minuteMs)],
        ["where two others write first: tried again, the third is it", () => undefined, 3],
    ];
    async function heldBy(world: World, held: LedgerState["lease"], writtenMs = world.nowMs): Promise<void> {
        await scalerAt(world).look();
        const [[key, state]] = [...world.ledger.states] as [[string, LedgerState]];
        world.ledger.states.set(key, { ...state, lease: held, writtenMs });
    }
    for (const [state, set, writes = 1] of rows) {
        for (const paused of [true, false]) {
            it(`${state}: ${paused ? "--pause" : "--resume"}`, async () => {
                const world = new World(4);
                await scalerAt(world).look();
                await set(world);
                const held = world.ledger.state.lease;
                const { made } = watchWrites(world, { lost: writes - 1 });
                const walker = new Walker({ live: worldLive(world), progress });
                assert.equal(await walker.pause(paused), 4);
                assert.deepEqual([made.length, world.sleepsMs, world.calls], [writes, [], []]);
                assert.deepEqual([world.ledger.state.paused, world.ledger.state.lease], [paused, held]);
                assert.deepEqual(
                    world.ledger.entries.map(({ reason }) => reason),
                    [paused ? "paused" : "resumed"],
                );
            });
        }
    }
});

describe("the lease of a walk", () => {
    it("is held on through steps of 400 seconds: the scaler never gets in between, and has the stream right after", async () => {
        const world = new World(4);
        world.updateSeconds = 400;
        await scalerAt(world).look();
        const seen: Record<string, number> = {};
        const live = worldLive(world, undefined, async () => {
            const { kind } = await scalerAt(world).look();
            seen[kind] = (seen[kind] ?? 0) + 1;
        });
        const walker = new Walker({ live, progress });
        await walker.ready();
        const { shards, taken } = await walkTo(
            walker,
            planWalk({ openShards: 4, targetShards: 13, updateCalls: 8 }),
            2,
            contextOf(),
        );
        assert.deepEqual([shards.length, taken.map(({ to }) => to)], [13, [8, 13]]);
        assert.deepEqual(Object.keys(seen), ["held"]);
        assert.ok(seen.held! > 100, `${seen.held} looks`);
        assert.deepEqual([world.ledger.state.lease, (await scalerAt(world).look()).kind], [undefined, "seen"]);
    });

    it("ends two minutes after its owner died, however long it was held on before", async () => {
        const world = new World(4);
        world.updateSeconds = 400;
        const died = new Error("killed");
        const startMs = world.nowMs;
        const live = worldLive(world, undefined, () => {
            if (world.nowMs - startMs < 300_000) return;
            // What is dead tidies nothing up.
            world.ledger.unavailable = died;
            throw died;
        });
        const walker = new Walker({ live, progress });
        await walker.ready();
        await assert.rejects(
            walkTo(walker, planWalk({ openShards: 4, targetShards: 8, updateCalls: 8 }), 2, contextOf()),
        );
        world.ledger.unavailable = undefined;
        const diedMs = world.nowMs;
        assert.equal((await scalerAt(world).look()).kind, "held");
        world.nowMs = diedMs + 121_000;
        assert.equal((await scalerAt(world).look()).kind, "seen");
    });

    it("that was lost meanwhile is not taken back", async () => {
        const world = new World(4);
        const person = new Walker({ live: worldLive(world), progress }).session;
        await person.look();
        await makeReshard(
            person,
            { kind: "update", targetShardCount: 8 },
            { reason: "r", message: "m", goesOn: true },
            1,
        );
        world.passes(200_000);
        const [[key, state]] = [...world.ledger.states] as [[string, LedgerState]];
        const theirs = { owner: "run-1", untilMs: world.nowMs + minuteMs };
        world.ledger.states.set(key, { ...state, version: state.version + 1, lease: theirs });
        await renewLease(person);
        assert.deepEqual(world.ledger.state.lease, theirs);
    });

    it("outlives a ledger that does not answer for a while", async () => {
        const world = new World(4);
        world.updateSeconds = 200;
        await scalerAt(world).look();
        const startMs = world.nowMs;
        const live = worldLive(world, undefined, () => {
            const sinceMs = world.nowMs - startMs;
            world.ledger.unavailable =
                sinceMs > 20_000 && sinceMs < 90_000 ? awsError("InternalServerError") : undefined;
        });
        const walker = new Walker({ live, progress });
        await walker.ready();
        const { shards } = await walkTo(
            walker,
            planWalk({ openShards: 4, targetShards: 8, updateCalls: 8 }),
            2,
            contextOf(),
        );
        assert.equal(shards.length, 8);
    });
});

describe("a ledger that fails once AWS has taken the call", () => {
    it("ends the walk, and the command tells of the call: out once more would double again", async () => {
        const world = new World(4);
        await scalerAt(world).look();
        const live = worldLive(world);
        const updateShardCount = (target: number) => {
            world.ledger.unavailable = awsError("ThrottlingException", "Rate exceeded");
            return live.stream.updateShardCount(target);
        };
        const bare = { ...live.bare, stream: { ...live.bare.stream, updateShardCount } };
        const walker = new Walker({ live: { ...live, bare }, progress });
        const flags = { yes: true } as const;
        const walk = scaleWalk(walker, "orders", { action: "out", count: 0 }, flags, contextOf());
        const said = await walk.then(
            () => assert.fail("the command did not fail"),
            (error: unknown) => refused(walker.ended(error), "stream orders") as Error,
        );
        assert.equal(
            said.message,
            "stream orders: AWS took UpdateShardCount from 4 to 8. Then came ledger orders-ledger: ThrottlingException: Rate exceeded. AWS throttles the calls. Try again in a minute. Before another call, see what is open: sharded-stream status orders",
        );
        assert.deepEqual([world.calls, world.ledger.state.reshards.map(({ to }) => to)], [["update 8"], [8]]);
    });

    it("changes nothing about a command that is done: the lease ends by itself", async () => {
        const world = new World(4);
        await scalerAt(world).look();
        const write = world.ledger.write.bind(world.ledger);
        world.ledger.write = (key, next) =>
            next.lease === undefined && next.reshards.length > 0
                ? Promise.reject(awsError("ThrottlingException", "Rate exceeded"))
                : write(key, next);
        const walker = new Walker({ live: worldLive(world), progress });
        const flags = { yes: true } as const;
        const { exitCode } = await scaleWalk(walker, "orders", { action: "out", count: 0 }, flags, contextOf());
        assert.deepEqual([exitCode, world.calls], [0, ["update 8"]]);
        assert.equal((await scalerAt(world).look()).kind, "held");
        world.passes(2 * minuteMs);
        assert.equal((await scalerAt(world).look()).kind, "seen");
    });
});

describe("a dry run", () => {
    it("writes nothing, and needs no permission to: PutItem is denied", async () => {
        const world = new World(4);
        await scalerAt(world).look();
        // Somebody resharded since: a look that may write tells the ledger.
        world.foreignUpdate(6);
        const before = structuredClone([...world.ledger.states]);
        let writes = 0;
        const denied = () => (
            writes++,
            Promise.reject(awsError("AccessDeniedException", "not authorized: dynamodb:PutItem"))
        );
        world.ledger.write = world.ledger.append = denied;
        const walker = new Walker({ live: worldLive(world), progress, readOnly: true });
        const flags = { dryRun: true } as const;
        const { document } = await scaleWalk(walker, "orders", { action: "to", count: 9 }, flags, contextOf());
        const { steps, stepsMade, openShards, updateCallsLeft } = document as Record<string, unknown>;
        assert.deepEqual(
            [steps, stepsMade, openShards, updateCallsLeft],
            [[{ kind: "update", from: 6, to: 9, seconds: 60 }], 0, 6, 9],
        );
        assert.deepEqual([writes, world.calls, [...world.ledger.states]], [0, [], before]);
    });
    it("tells the shard-hours of a month without a binary remainder", async () => {
        const walker = new Walker({ live: worldLive(new World(7)), progress, readOnly: true });
        const wish = { action: "to", count: 9 } as const;
        const { document } = await scaleWalk(walker, "orders", wish, { dryRun: true }, contextOf());
        const { monthlyCostBefore, monthlyCostAfter } = document as Record<string, unknown>;
        assert.deepEqual([monthlyCostBefore, monthlyCostAfter], [76.65, 98.55]);
    });
});

describe("scale to the count that is open", () => {
    const part = hashKeySpace / 32n;
    const shardsOf = (...parts: readonly number[]): ShardRange[] => {
        let next = 0n;
        return parts.map((width, index) => {
            const startingHashKey = next;
            next += BigInt(width) * part;
            return { shardId: `shardId-00000000000${index}`, startingHashKey, endingHashKey: next - 1n };
        });
    };
    const uneven =
        "orders has 4 open shards already. Their ranges are uneven: the widest, shardId-000000000000, has 50 % of the hash keys, an even one has 25 %. It is full first, so the 4 take what 2 even ones would.";
    const split =
        "sharded-stream split orders shardId-000000000000 (no call, about 30 seconds; the widest of 5 then has 25 %).";
    const rows: readonly (readonly [shards: ShardRange[], callsLeft: number, lines: readonly string[]])[] = [
        [shardsOf(8, 8, 8, 8), 10, ["orders has 4 open shards already."]],
        [
            shardsOf(16, 8, 7, 1),
            10,
            [
                uneven,
                "To even ones: sharded-stream scale orders to 5, then sharded-stream scale orders to 4 (2 UpdateShardCount calls of the 10 left, about 2 minutes).",
                `Or: ${split}`,
            ],
        ],
        [
            shardsOf(16, 8, 7, 1),
            3,
            [
                uneven,
                "There and back takes 2 UpdateShardCount calls, and 3 of the 24 hours are left (2 kept; --spend-all-calls spends them).",
                "To even ones: sharded-stream scale orders to 5 (1 UpdateShardCount call of the 3 left, about 60 seconds).",
                `Or: ${split}`,
            ],
        ],
        [
            shardsOf(16, 8, 7, 1),
            0,
            [
                uneven,
                "There and back takes 2 UpdateShardCount calls, and 0 of the 24 hours are left.",
                `To even ones: ${split}`,
            ],
        ],
        [
            shardsOf(12, 12, 4, 4),
            10,
            [
                "orders has 4 open shards already. Their ranges are uneven: the widest, shardId-000000000000, has 37.5 % of the hash keys, an even one has 25 %. It is full first, so the 4 take what 2.67 even ones would.",
                "To even ones: sharded-stream scale orders to 5, then sharded-stream scale orders to 4 (2 UpdateShardCount calls of the 10 left, about 2 minutes).",
            ],
        ],
    ];
    for (const [shards, callsLeft, lines] of rows) {
        const ranges = shards
            .map(({ startingHashKey, endingHashKey }) => Number((endingHashKey - startingHashKey + 1n) / part))
            .join(", ");
        it(`with ranges of ${ranges} 32nds and ${callsLeft} calls left`, async () => {
            const world = new World(4);
            world.shards = shards;
            const walker = new Walker({ live: worldLive(world), progress, callsLeft });
            const context = contextOf();
            const result = await scaleWalk(walker, "orders", { action: "to", count: 4 }, { yes: true }, context);
            assert.deepEqual([result.text(context.terminal).split("\n"), world.calls, result.exitCode], [lines, [], 0]);
        });
    }

    it("goes to another one by splits of the widest, and says where it is still uneven", async () => {
        const world = new World(4);
        world.shards = shardsOf(16, 8, 7, 1);
        const walker = new Walker({ live: worldLive(world), progress, callsLeft: 0 });
        const context = contextOf();
        const result = await scaleWalk(walker, "orders", { action: "to", count: 5 }, { yes: true }, context);
        assert.deepEqual(world.calls, ["split shardId-000000000000"]);
        assert.match(
            result.text(context.terminal),
            /^orders has 5 open shards\. Their ranges are uneven: the widest, shardId-000000000004, has 25 % of the hash keys, an even one has 20 %\. It is full first, so the 5 take what 4 even ones would\. sharded-stream scale orders to 5 tells the way to even ones\.$/,
        );
    });
});

describe("a way by splits and merges says why it takes no call", () => {
    const rows: readonly (readonly [callsLeft: number, spendAllCalls: true | undefined, told: string])[] = [
        [0, undefined, "The calls are spent, so 2 splits or merges walk the rest, one at a time."],
        [2, undefined, "The calls that are left are kept, so 2 splits or merges walk the rest, one at a time."],
        [0, true, "The calls are spent, so 2 splits or merges walk the rest, one at a time."],
    ];
    for (const [callsLeft, spendAllCalls, told] of rows) {
        it(`with ${callsLeft} left${spendAllCalls ? ", all to be spent" : ""}`, async () => {
            const walker = new Walker({ live: worldLive(new World(5)), progress, callsLeft, readOnly: true });
            const flags = { dryRun: true, spendAllCalls } as const;
            const context = contextOf();
            const result = await scaleWalk(walker, "orders", { action: "to", count: 3 }, flags, context);
            assert.ok(result.text(context.terminal).split("\n").includes(told), result.text(context.terminal));
        });
    }
});

describe("a scaler that was deployed to stand still", () => {
    const settings = completeScaling({ minShards: 8, maxShards: 16 });
    const liveWith = (world: World, still: { paused?: boolean; dryRun?: boolean }) => ({
        ...worldLive(world),
        scaler: () => Promise.resolve({ settings, paused: false, dryRun: false, ...still }),
    });

    const held: readonly (readonly [still: { paused?: boolean; dryRun?: boolean }, held: string | null])[] = [
        [{ paused: true }, "paused"],
        [{ dryRun: true }, "dry-run"],
        [{}, null],
    ];
    for (const [still, expected] of held) {
        it(`${expected === null ? "or not, makes the call" : "makes no call"} of scale auto: ${JSON.stringify(still)}`, async () => {
            const world = new World(4);
            const live = liveWith(world, still);
            const walker = new Walker({ live, progress });
            const { document } = await scaleAuto(walker, live, { yes: true }, contextOf());
            const { held, stepsMade } = document as { held: string | null; stepsMade: number };
            const made = expected === null ? ["update 8"] : [];
            assert.deepEqual([held, stepsMade, world.calls], [expected, made.length, made]);
        });
    }
});
