/** A hot shard leaves room in the buffer for the others: what is written, beside what the shards would take, on a simulated clock. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type ProducerOptions } from "../../producer/options";
import { serverError, uniformRanges } from "./simulation";
import { type Order, start } from "./started";

const shards = 10;
const seconds = 10;
const hotPerSecond = 3_000;
const othersPerSecond = 4_500;
/** The hot shard takes 1,000 records a second, the others all that they are offered. */
const takeable = seconds * (1_000 + othersPerSecond);

const hot = "hot";
const others = keysBesides(hot);

function keysBesides(key: string): string[] {
    const ranges = uniformRanges(shards, "");
    const shardOf = (name: string): number => {
        const hash = createHash("md5").update(name).digest("hex");
        return ranges.filter((range) => range.start <= hash).length;
    };
    return Array.from({ length: 5_000 }, (_, at) => `key-${at}`).filter((name) => shardOf(name) !== shardOf(key));
}

function startHot(options: Partial<ProducerOptions<Order>> = {}) {
    const started = start(
        { bufferRecordsMax: 5_000, onUndelivered: () => undefined, ...options },
        { shards, faults: { latencyMs: 40 } },
    );
    const { clock, startMs } = started;
    let id = 0;
    /** The records of each hundredth of a second: the hot key's, the others' or both. */
    async function* source(hotRecords: boolean, otherRecords: boolean): AsyncGenerator<Order[]> {
        for (let tick = 0; tick < seconds * 100; tick++) {
            const due: Order[] = [];
            for (let at = 0; hotRecords && at < hotPerSecond / 100; at++) due.push({ id: ++id, key: hot });
            for (let at = 0; otherRecords && at < othersPerSecond / 100; at++)
                due.push({ id: ++id, key: others[id % others.length]! });
            yield due;
            await clock.sleep(Math.max(0, startMs + (tick + 1) * 10 - clock.nowMs()));
        }
    }
    async function* singly(batches: AsyncIterable<Order[]>): AsyncGenerator<Order> {
        for await (const batch of batches) yield* batch;
    }
    /** Records written within the time, as a share of what the shards would take. */
    const share = async (): Promise<number> => {
        await clock.run(clock.sleep(startMs + seconds * 1_000 - clock.nowMs()));
        return started.stream.log.length / takeable;
    };
    return { ...started, source, singly, share };
}

describe("a hot key that is offered three times what its shard takes", () => {
    it("does not hold up the others' puts, where each caller waits for its own", async () => {
        const { producer, source, share } = startHot();
        let refused = 0;
        void (async () => {
            for await (const batch of source(true, true)) {
                for (const order of batch)
                    producer.put(order).catch(() => (refused += order.key === hot ? 1 : 1_000_000));
            }
        })();
        const written = await share();
        assert.ok(written > 0.98, `${(written * 100).toFixed(1)} %`);
        // Puts that nobody awaits are refused where they wait for the hot shard, and there alone.
        assert.ok(refused > 0 && refused < 1_000_000, `${refused} refused`);
    });

    it("nor another source", async () => {
        const { producer, source, singly, share } = startHot();
        void producer.send(singly(source(true, false)));
        void producer.send(singly(source(false, true)));
        const written = await share();
        assert.ok(written > 0.98, `${(written * 100).toFixed(1)} %`);
    });

    it("but what comes behind it from the same source waits with it: there the whole buffer reads ahead", async () => {
        const { producer, source, singly, share } = startHot();
        void producer.send(singly(source(true, true)));
        let bufferedMost = 0;
        producer.on("progress", ({ buffered }) => (bufferedMost = Math.max(bufferedMost, buffered)));
        const written = await share();
        // 40 % of the source is hot: what passes is what the hot shard takes, and what the buffer holds of it, over 0.4.
        const most = (seconds * 1_000 + 5_000) / 0.4 / takeable;
        assert.ok(written > 0.55 && written <= most, `${(written * 100).toFixed(1)} %`);
        assert.ok(bufferedMost > 4_900, `${bufferedMost} buffered`);
    });

    it("keeps the order of each key while its records wait for room, through a reshard", async () => {
        const started = startHot({ ordered: true, bufferRecordsMax: 200, deadlineSeconds: Infinity });
        const { clock, producer, source, startMs, stream } = started;
        clock.at(startMs + 3_000, () => (stream.ranges = uniformRanges(20, "child-")));
        const puts: Promise<void>[] = [];
        const offered = (async () => {
            for await (const batch of source(true, true)) {
                if (clock.nowMs() - startMs > 6_000) break;
                for (const order of batch.filter((_, at) => at % 10 === 0))
                    puts.push(producer.put(order).catch(() => undefined));
            }
        })();
        await clock.run(offered.then(() => Promise.all(puts)).then(() => producer.close()));
        const last = new Map<string, number>();
        for (const { key, value } of stream.log) {
            assert.ok(Number(value) > (last.get(key) ?? 0), `record ${value} of ${key} came after ${last.get(key)}`);
            last.set(key, Number(value));
        }
        assert.ok(stream.log.length > 3_000, `${stream.log.length} records`);
    });
});

describe("who waits for room", () => {
    it("is not overtaken by a smaller record of the same key", async () => {
        const started = start({ ordered: true, bufferBytesMax: 1_000 }, { shards: 2 });
        const sizes = [900, 900, 10, 10];
        const puts = sizes.map((size, at) => started.producer.put({ id: at + 1, key: "a", size }));
        await started.clock.run(Promise.all(puts).then(() => started.producer.close()));
        assert.deepEqual(
            started.stream.log.map(({ value }) => Number(value)),
            [1, 2, 3, 4],
        );
    });

    it("finds it again when records of its lane are given up", async () => {
        const { producer, clock } = start(
            { bufferRecordsMax: 10, deadlineSeconds: 1, onUndelivered: () => undefined },
            { shards: 2, refuse: () => serverError() },
        );
        // The shards become known.
        await producer.put({ id: 0, key: "a" });
        await clock.run(producer.flush());
        for (let times = 1; times <= 3; times++) {
            // Without others a lane holds eight of ten.
            const puts = Array.from({ length: 9 }, (_, at) => producer.put({ id: at + 1, key: "a" }));
            await clock.run(clock.sleep(500));
            assert.equal(producer.progress().buffered, 8);
            await clock.run(Promise.all(puts).then(() => producer.flush()));
        }
        assert.equal((await clock.run(producer.close())).undeliveredCount, 28);
    });
});

describe("a producer of one shard", () => {
    it("uses the whole buffer for it", async () => {
        const { producer, clock } = start({ bufferRecordsMax: 100 }, { faults: { timeout: 1 } });
        const puts = Array.from({ length: 101 }, (_, at) => producer.put({ id: at + 1, key: "a" }));
        await clock.run(puts[99]!);
        assert.deepEqual([producer.progress().buffered, producer.progress().put], [100, 101]);
    });
});
