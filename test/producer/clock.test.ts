/** The machine's clock, as a producer lives by it. */
import assert from "node:assert/strict";
import { systemClock } from "../../producer/clock";

describe("a time on the machine's clock", () => {
    const longestMs = 2 ** 31 - 1;
    const { setTimeout } = globalThis;
    afterEach(() => void (globalThis.setTimeout = setTimeout));

    /** The waits that are asked of Node.js until the action is called; each is over as soon as it is asked for. */
    function waitsUntil(afterMs: number): number[] {
        let nowMs = 1_000;
        const waits: number[] = [];
        const pending: (() => void)[] = [];
        globalThis.setTimeout = ((action: () => void, ms: number) => {
            waits.push(ms);
            pending.push(() => {
                nowMs += ms;
                action();
            });
        }) as unknown as typeof setTimeout;
        let calls = 0;
        systemClock.at.call({ ...systemClock, nowMs: () => nowMs }, nowMs + afterMs, () => (calls += 1));
        while (pending.length > 0) {
            assert.equal(calls, 0);
            pending.shift()!();
        }
        assert.equal(calls, 1);
        return waits;
    }

    const rows: [title: string, afterMs: number, waits: number[]][] = [
        ["that is past comes at once", -5, [0]],
        ["as far as a timer of Node.js reaches takes one", longestMs, [longestMs]],
        ["one millisecond further takes two: a longer timer would go off at once", longestMs + 1, [longestMs, 1]],
        [
            "three years away takes as many as it needs",
            100_000_000_000,
            [...Array<number>(46).fill(longestMs), 100_000_000_000 - 46 * longestMs],
        ],
    ];
    for (const [title, afterMs, waits] of rows) it(title, () => assert.deepEqual(waitsUntil(afterMs), waits));
});
