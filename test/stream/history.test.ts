/** A process asks CloudWatch for two weeks once, and from then on for what is new. */
import assert from "node:assert/strict";
import { type MinuteSample } from "../../capacity/scaling/observation";
import { MinuteHistory, StreamMemory } from "../../stream/history";
import { type MetricsPort } from "../../stream/ports";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const noonMs = Date.UTC(2026, 10, 20, 12);
const historyMs = 14 * dayMs;

/** CloudWatch with a datapoint a minute, and what it was asked for, in minutes before noon. */
class CloudWatch implements MetricsPort {
    readonly asked: (readonly [fromMinute: number, toMinute: number])[] = [];
    fails: (Error | undefined)[] = [];
    lateMinutes = 1;
    /** Datapoints that come later than their neighbours. */
    readonly missing = new Set<number>();
    untilMs = noonMs;
    readonly samples = (fromMs: number, toMs: number, more?: { readonly openShards?: boolean }) => {
        this.asked.push([minuteOf(fromMs), minuteOf(toMs)]);
        assert.deepEqual(more, { openShards: true });
        const failure = this.fails.shift();
        if (failure !== undefined) return Promise.reject(failure);
        const samples: MinuteSample[] = [];
        const endMs = Math.min(toMs, this.untilMs - this.lateMinutes * minuteMs);
        for (let startMs = fromMs; startMs < endMs; startMs += minuteMs)
            if (!this.missing.has(minuteOf(startMs))) samples.push(sampleAt(startMs));

        return Promise.resolve(samples);
    };
    readonly iteratorAgeMs = () => Promise.resolve(null);
}

function minuteOf(timeMs: number): number {
    return (timeMs - noonMs) / minuteMs;
}

function sampleAt(startMs: number): MinuteSample {
    return { startMs, acceptedBytes: startMs % 1e9, acceptedRecords: 1, refusedRecords: 0 };
}

function throttled(): Error {
    return Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
}

/** One look a time, and what it was told: the first minute and the last, and how many there are. */
function looking(): {
    cloudWatch: CloudWatch;
    history: MinuteHistory;
    look(minute?: number): Promise<readonly [first: number, last: number, count: number]>;
} {
    const [cloudWatch, history] = [new CloudWatch(), new MinuteHistory()];
    return {
        cloudWatch,
        history,
        async look(minute = 0) {
            const nowMs = noonMs + minute * minuteMs;
            cloudWatch.untilMs = Math.max(cloudWatch.untilMs, nowMs);
            const samples = await history.samples(cloudWatch, nowMs - historyMs, nowMs);
            const minutes = samples.map(({ startMs }) => minuteOf(startMs));
            assert.deepEqual(
                minutes,
                [...new Set(minutes)].sort((left, right) => left - right),
            );
            return [minutes[0]!, minutes.at(-1)!, minutes.length];
        },
    };
}

describe("the history of a stream", () => {
    it("is asked for in two calls by a new process, and then in one of three hours", async () => {
        const { cloudWatch, look } = looking();
        assert.deepEqual(await look(), [-20_160, -2, 20_159]);
        assert.deepEqual(await look(1), [-20_159, -1, 20_159]);
        assert.deepEqual(cloudWatch.asked, [
            [-20_160, -1_440],
            [-1_440, 0],
            [-182, 1],
        ]);
    });

    it("goes on after a night in which the process was frozen", async () => {
        const { cloudWatch, look } = looking();
        await look();
        assert.deepEqual(await look(600), [-19_560, 598, 20_159]);
        assert.deepEqual(cloudWatch.asked.at(-1), [-182, 600]);
    });

    it("goes back to the newest datapoint where they are late, and takes those that come in between", async () => {
        const { cloudWatch, look } = looking();
        cloudWatch.lateMinutes = 300;
        cloudWatch.missing.add(-310);
        assert.deepEqual(await look(), [-20_160, -301, 19_859]);
        cloudWatch.lateMinutes = 1;
        cloudWatch.missing.clear();
        assert.deepEqual(await look(60), [-20_100, 58, 20_159]);
        assert.deepEqual(cloudWatch.asked.at(-1), [-481, 60]);
    });

    it("does with a day where CloudWatch throttles the rest, and asks for it again", async () => {
        const { cloudWatch, look } = looking();
        cloudWatch.fails = [throttled()];
        assert.deepEqual(await look(), [-1_440, -2, 1_439]);
        assert.deepEqual(await look(1), [-20_159, -1, 20_159]);
        assert.equal(cloudWatch.asked.length, 4);
    });

    it("is not known where the newest part is not, and nothing half is kept", async () => {
        const { cloudWatch, look } = looking();
        cloudWatch.fails = [undefined, throttled()];
        await assert.rejects(look(), { name: "ThrottlingException" });
        assert.deepEqual(await look(1), [-20_159, -1, 20_159]);
        cloudWatch.fails = [throttled()];
        await assert.rejects(look(2), { name: "ThrottlingException" });
        assert.deepEqual(await look(3), [-20_157, 1, 20_159]);
        assert.deepEqual(cloudWatch.asked.slice(2), [
            [-20_159, -1_439],
            [-1_439, 1],
            [-181, 2],
            [-181, 3],
        ]);
    });

    it("fails with what does not pass by itself", async () => {
        const { cloudWatch, look } = looking();
        cloudWatch.fails = [Object.assign(new Error("no"), { name: "AccessDeniedException" })];
        await assert.rejects(look(), { name: "AccessDeniedException" });
    });

    it("drops what is older than is wanted, an hour later", async () => {
        const { cloudWatch, look } = looking();
        await look();
        assert.deepEqual(await look(3_000), [-17_160, 2_998, 20_159]);
        // Put back by half an hour, a clock finds what it wants; by a day, it asks anew.
        assert.deepEqual(await look(2_970), [-17_190, 2_969, 20_160]);
        assert.equal(cloudWatch.asked.length, 4);
        assert.deepEqual(await look(1_530), [-18_630, 1_529, 20_160]);
        assert.equal(cloudWatch.asked.length, 6);
        assert.deepEqual(await look(3_001), [-17_159, 2_999, 20_159]);
    });

    it("is of one stream: one that was made anew under its name starts afresh", () => {
        const memory = new StreamMemory();
        const first = memory.of("orders#1");
        assert.equal(memory.of("orders#1"), first);
        assert.notEqual(memory.of("orders#2"), first);
    });

    it("forgets what decisions computed from another past, and from none else", async () => {
        const { cloudWatch, history, look } = looking();
        cloudWatch.fails = [throttled()];
        await look();
        const ofOneDay = history.scaler;
        cloudWatch.missing.add(-60);
        cloudWatch.missing.add(-3);
        await look(1);
        const ofTwoWeeks = history.scaler;
        assert.notEqual(ofTwoWeeks, ofOneDay);
        // A few minutes late, as it is usual.
        cloudWatch.missing.delete(-3);
        await look(2);
        assert.equal(history.scaler, ofTwoWeeks);
        cloudWatch.missing.delete(-60);
        await look(3);
        assert.notEqual(history.scaler, ofTwoWeeks);
    });
});
