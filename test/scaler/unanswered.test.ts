/** Calls without an answer: how the scaler asks again, what it counts, and how soon the stream is as large as its load needs. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { runScaler } from "../../scaler/run";
import { awsError, hourMs, minuteMs, World } from "./world";

const timeout = (): Error => Object.assign(new Error("socket hang up"), { name: "TimeoutError" });

/** A stream of two shards whose load needs four, and as many calls spent an hour ago. */
async function streamThatNeedsFour(callsSpent = 0): Promise<World> {
    const world = new World(2);
    await runScaler(world.ports(), world.environment(), "first-sight");
    const [key] = [...world.ledger.states.keys()];
    const spent = Array.from({ length: callsSpent }, (_, index) => ({
        ...{ id: `spent-${index}`, kind: "update" as const, status: "done" as const, from: 4, to: 2 },
        atMs: world.nowMs - hourMs,
    }));
    const { state } = world.ledger;
    world.ledger.states.set(key!, { ...state, version: state.version + 1, reshards: spent });
    return world;
}

/** A run every minute; `faultOf` says what befalls a call that is made in a minute. @returns the minutes in which calls went out */
async function play(
    world: World,
    minutes: number,
    faultOf: (minute: number) => "none" | "not made" | "made" | "killed" = () => "none",
): Promise<number[]> {
    const called: number[] = [];
    const startMs = world.nowMs;
    for (let minute = 0; minute < minutes; minute++) {
        world.nowMs = startMs + minute * minuteMs;
        world.load(3, { minutes: 180 });
        const ports = world.ports();
        const updateShardCount = async (target: number): Promise<void> => {
            called.push(minute);
            const fault = faultOf(minute);
            if (fault === "none" || fault === "made") await ports.stream.updateShardCount(target);
            if (fault !== "none") throw timeout();
        };
        const { append } = world.ledger;
        if (faultOf(minute) === "killed") {
            world.ledger.append = (key, entry) => {
                if (entry.kind === "update") called.push(minute);
                return entry.kind === "update"
                    ? Promise.reject(awsError("Killed"))
                    : append.call(world.ledger, key, entry);
            };
        }
        const stream = { ...ports.stream, updateShardCount };
        await runScaler({ ...ports, stream }, world.environment({ peakShards: 8 }), `run-${startMs}-${minute}`).catch(
            () => undefined,
        );
        world.ledger.append = append;
    }
    return called;
}

/** A call that the network held up: AWS takes it, and counts it, if the stream can be resharded so. */
async function arrives(world: World, target: number): Promise<boolean> {
    const { stream } = world.ports();
    const open = world.shards.length;
    const isLegal = target <= 2 * open && target >= Math.ceil(open / 2);
    if ((await stream.describe()).status !== "ACTIVE" || !isLegal) return false;
    if (target !== open) await stream.updateShardCount(target);
    return true;
}

const reservations = (world: World): string[] => world.ledger.state.reshards.map(({ to, status }) => `${to} ${status}`);

describe("while AWS answers no UpdateShardCount", () => {
    it("the scaler asks again after 2, 4 and 8 minutes, and has the calls of the day left when AWS is back", async () => {
        const world = await streamThatNeedsFour();
        const called = await play(world, 60, (minute) => (minute < 25 ? "not made" : "none"));
        assert.deepEqual(called, [0, 2, 6, 14, 22, 30]);
        assert.equal(world.shards.length, 4);
        // The one of minute 22 went to four shards too, so nothing shows that it was not made after the last.
        assert.deepEqual(reservations(world), ["4 done", "4 done"]);
        assert.equal(world.lines.at(-1)!.UpdateCallsLeft, 8);
    });

    it("it says so, with the times, and tells the history which calls were not made", async () => {
        const world = await streamThatNeedsFour();
        await play(world, 16, () => "not made");
        const said = world.lines.map(({ outcome, reason, message }) => ({ outcome, reason, message }));
        assert.deepEqual(said[5], {
            outcome: "nothing",
            reason: "call-unanswered",
            message:
                "The load of 3 shards needs 3.59 with room for its noise; 2 are open, but the call of 2026-11-02 12:02 UTC has no answer; asking again after 2026-11-02 12:06 UTC.",
        });
        assert.deepEqual(
            world.ledger.entries
                .filter(({ reason }) => reason === "not-made")
                .map(({ kind, message }) => [kind, message]),
            ["12:00", "12:02"].map((time) => [
                "note",
                `The UpdateShardCount call of 2026-11-02T${time}:00.000Z, 2 to 4, was not made, as the stream shows; it does not count.`,
            ]),
        );
    });

    it("a run that is killed between reserving and calling is no other case", async () => {
        const world = await streamThatNeedsFour();
        const called = await play(world, 40, (minute) => (minute < 25 ? "killed" : "none"));
        assert.deepEqual([called, world.shards.length], [[0, 2, 6, 14, 22, 30], 4]);
    });

    it("calls without an answer never take the last three: the next waits until the last is cleared up", async () => {
        const world = await streamThatNeedsFour(7);
        const called = await play(world, 45, (minute) => (minute < 25 ? "not made" : "none"));
        assert.deepEqual([called, world.shards.length], [[0, 10, 20, 30], 4]);
        assert.equal(world.lines.at(-1)!.UpdateCallsLeft, 2);
    });

    it("a call that was made after all is seen, counted, and not made again", async () => {
        const world = await streamThatNeedsFour();
        const called = await play(world, 30, (minute) => (minute < 25 ? "made" : "none"));
        assert.deepEqual([called, world.shards.length, reservations(world)], [[0], 4, ["4 done"]]);
    });

    it("no eleventh call goes out, even if every one without an answer is made in the end", async () => {
        const events = fc.array(
            fc.record({ lateMinutes: fc.integer({ min: 0, max: 7 }), load: fc.constantFrom(1, 3, 7, 12) }),
            { minLength: 20, maxLength: 60 },
        );
        await fc.assert(
            fc.asyncProperty(events, fc.integer({ min: 4, max: 9 }), async (minutes, callsSpent) => {
                const world = await streamThatNeedsFour(callsSpent);
                let [taken, underWay, most] = [callsSpent, [] as { atMs: number; target: number }[], 0];
                for (const { lateMinutes, load } of minutes) {
                    world.passes(minuteMs);
                    for (const { target } of underWay.filter(({ atMs }) => atMs <= world.nowMs))
                        if (await arrives(world, target)) taken++;

                    underWay = underWay.filter(({ atMs }) => atMs > world.nowMs);
                    world.load(load, { minutes: 180 });
                    const ports = world.ports();
                    const updateShardCount = (target: number): Promise<void> => {
                        underWay.push({ atMs: world.nowMs + lateMinutes * minuteMs, target });
                        most = Math.max(most, taken + underWay.length);
                        return Promise.reject(timeout());
                    };
                    const stream = { ...ports.stream, updateShardCount };
                    const run = runScaler({ ...ports, stream }, world.environment({ peakShards: 8 }), `${world.nowMs}`);
                    await run.catch(() => undefined);
                    // Not within the call: the protocol takes what it throws for silence.
                    assert.ok(most <= 10, `${taken} taken, ${underWay.length} under way`);
                }
            }),
            { numRuns: 40 },
        );
    });

    it("the stream is as large as the load needs ten minutes after AWS is back, and the time of one update", async () => {
        const fault = fc.constantFrom("not made" as const, "made" as const, "killed" as const);
        await fc.assert(
            fc.asyncProperty(
                fc.array(fault, { minLength: 1, maxLength: 40 }),
                fc.integer({ min: 0, max: 9 }),
                async (faults, callsSpent) => {
                    const world = await streamThatNeedsFour(callsSpent);
                    await play(world, faults.length + 12, (minute) => faults[minute] ?? "none");
                    assert.equal(world.shards.length, 4);
                },
            ),
            { numRuns: 40 },
        );
    });
});
