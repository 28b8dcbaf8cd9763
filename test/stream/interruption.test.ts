/** What waits for one promise after the other until a signal is aborted, and keeps none of them. */
import assert from "node:assert/strict";
import { getEventListeners, setMaxListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Interruption } from "../../stream/interruption";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("an interruption", () => {
    it("gives what the promise gives, or fails as it fails", async () => {
        const interruption = new Interruption(new AbortController().signal);
        assert.equal(await interruption.wait(Promise.resolve(7)), 7);
        await assert.rejects(interruption.wait(Promise.reject(new Error("no"))), { message: "no" });
        assert.equal(await new Interruption(undefined).wait(Promise.resolve(7)), 7);
    });

    it("ends the wait when the signal is aborted, before or meanwhile", async () => {
        const abort = new AbortController();
        const interruption = new Interruption(abort.signal);
        const never = new Promise<number>(() => undefined);
        const wait = interruption.wait(never);
        abort.abort();
        assert.equal(await wait, undefined);
        assert.equal(await interruption.wait(never), undefined);
        assert.equal(await new Interruption(abort.signal).wait(never), undefined);
    });

    it("leaves no listener behind", () => {
        const { signal } = new AbortController();
        setMaxListeners(20, signal);
        const interruptions = Array.from({ length: 20 }, () => new Interruption(signal));
        assert.equal(getEventListeners(signal, "abort").length, 20);
        for (const interruption of interruptions) interruption.end();
        assert.equal(getEventListeners(signal, "abort").length, 0);
    });

    it("keeps nothing of what it waited for, however often it waits", async () => {
        const abort = new AbortController();
        const interruption = new Interruption(abort.signal);
        const refs: WeakRef<object>[] = [];
        for (let at = 0; at < 1_000; at++) {
            const value = { at };
            refs.push(new WeakRef(value));
            await interruption.wait(Promise.resolve(value));
        }
        // What a WeakRef was read from lives until the task ends.
        await new Promise((resolve) => setImmediate(resolve));
        collectGarbage();
        const kept = refs.filter((ref) => ref.deref() !== undefined).length;
        assert.ok(kept <= 2, `${kept} of 1,000 are kept`);
        interruption.end();
    });
});
