/** The two clocks: one that a test moves and one that runs, timers in order, and what holds them. */
import * as assert from "node:assert/strict";

import { ManualClock, RunningClock } from "../../sandbox/clock";

describe("a clock that is moved by hand", () => {
    it("runs what is due in order of time, each at its own time, and awaits it", async () => {
        const clock = new ManualClock(0);
        const log: string[] = [];
        const note = (name: string) => log.push(`${name} at ${clock.nowMs()}`);
        clock.at(30, () => void note("c"));
        clock.at(10, async () => {
            await Promise.resolve();
            note("a");
            clock.at(20, () => void note("b"));
        });
        clock.at(10, () => void note("a2"));
        clock.at(41, () => void note("never"));
        await clock.advanceTo(40);
        assert.deepEqual([log, clock.nowMs()], [["a at 10", "a2 at 10", "b at 20", "c at 30"], 40]);
    });

    it("wakes sleepers again and again on the way", async () => {
        const clock = new ManualClock(0);
        const woken: number[] = [];
        void (async () => {
            for (;;) {
                await clock.sleep(1_000);
                woken.push(clock.nowMs());
            }
        })();
        await clock.advance(3_500);
        assert.deepEqual(woken, [1_000, 2_000, 3_000]);
    });

    it("runs what is overdue at the next move, without going back", async () => {
        const clock = new ManualClock(100);
        const times: number[] = [];
        clock.at(50, () => void times.push(clock.nowMs()));
        await clock.advance(0);
        assert.deepEqual(times, [100]);
    });

    it("does not run what was cancelled", async () => {
        const clock = new ManualClock(0);
        let ran = false;
        clock.at(10, () => void (ran = true)).cancel();
        await clock.advance(20);
        assert.equal(ran, false);
    });

    it("waits for everybody who holds it before it moves on", async () => {
        const clock = new ManualClock(0);
        const log: string[] = [];
        clock.at(10, () => {
            const releases = [clock.hold(), clock.hold()];
            setImmediate(() => {
                log.push(`computed at ${clock.nowMs()}`);
                // Letting go twice does not let go for somebody else.
                releases[0]!();
                releases[0]!();
                setImmediate(() => {
                    log.push(`computed more at ${clock.nowMs()}`);
                    releases[1]!();
                });
            });
        });
        clock.at(20, () => void log.push("next"));
        await clock.advance(30);
        assert.deepEqual(log, ["computed at 10", "computed more at 10", "next"]);
    });
});

describe("a clock that runs", () => {
    it("starts where it is told and goes at its speed", async () => {
        const realMs = performance.now();
        const clock = new RunningClock({ startMs: 1_000_000, speed: 10_000 });
        await clock.sleep(20_000);
        const passed = clock.nowMs() - 1_000_000;
        assert.ok(passed >= 20_000, `${passed} ms passed`);
        assert.ok(performance.now() - realMs >= 1, "the sleep took real time");
        assert.ok(passed <= (performance.now() - realMs + 1) * 10_000);
    });

    it("runs an action no sooner than its time, and soon after it", async () => {
        const clock = new RunningClock({ startMs: 0, speed: 60_000 });
        const ranMs = await new Promise<number>((resolve) => clock.at(60_000, () => resolve(clock.nowMs())));
        assert.ok(ranMs >= 60_000, `ran at ${ranMs}`);
    });

    it("passes no faster than real time while it is held, for timers too", async () => {
        const clock = new RunningClock({ startMs: 0, speed: 1e9 });
        const release = clock.hold();
        const heldAtMs = clock.nowMs();
        let ran = false;
        const waiting = new Promise<void>((resolve) => {
            clock.at(heldAtMs + 1e9, () => {
                ran = true;
                resolve();
            });
        });
        const realMs = performance.now();
        await new Promise((resolve) => setImmediate(resolve));
        assert.ok(clock.nowMs() - heldAtMs <= performance.now() - realMs + 1);
        assert.equal(ran, false);
        release();
        await waiting;
        assert.ok(clock.nowMs() >= heldAtMs + 1e9);
    });

    it("refuses a speed at which nothing would ever happen", () => {
        assert.throws(() => new RunningClock({ speed: 0 }), {
            name: "RangeError",
            message: "speed: 0 must be a finite number above 0. Use 1 for real time.",
        });
    });
});
