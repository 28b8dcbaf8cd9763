/**
 * How much of a stream's capacity producers get written, when they are offered half as much again: this project's, a plain sequential
 * PutRecords loop, and the npm package @shutterstock/kinesis-helpers with its defaults, one after the other on fresh streams of the sandbox.
 *
 *     node -r ./test/setup.js bench/producer.ts [--shards 8] [--seconds 12] [--latency-ms 0] [--record-bytes 200] [--only NAME]
 *     node -r ./test/setup.js bench/producer.ts --memory 10000000
 *
 * What was accepted is counted by the sandbox, which runs in a process of its own. The second form sends so many records of an async source to
 * a stream in memory, and tells how much of the machine's memory the process has along the way.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import {
    CreateStreamCommand,
    KinesisClient,
    PutRecordsCommand,
    type PutRecordsRequestEntry,
    waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { KinesisBackgroundWriter, KinesisRetrier } from "@shutterstock/kinesis-helpers";
import { limits } from "../capacity/limits";
import { formatNumber } from "../capacity/text";
import { Producer, type Transport } from "../producer";
import { startSandbox } from "../sandbox/index";
import { newClient } from "../stream/connection";

interface Event {
    readonly id: number;
    readonly user: string;
    readonly padding: string;
}

/** What a contestant is given, and what it says it did. */
interface Run {
    readonly stream: string;
    readonly client: KinesisClient;
    /** Events as they are offered, at 1.5 times the capacity; it ends with the run. */
    readonly offered: AsyncIterable<Event>;
}

interface Result {
    /** Records that the contestant gave up. */
    readonly givenUp: number;
}

type Contestant = (run: Run) => Promise<Result>;

const contestants: Readonly<Record<string, Contestant>> = {
    "sharded-stream": async ({ stream, client, offered }) => {
        const producer = new Producer<Event>({ stream, client, key: "user" });
        await producer.send(offered);
        return { givenUp: (await producer.close()).undeliveredCount };
    },
    // A call after the other; what was refused is sent again, alone, after a wait that doubles.
    "sequential loop": async ({ stream, client, offered }) => {
        for await (const batch of batches(offered)) {
            let left = batch;
            for (let attempt = 0; left.length > 0; attempt++) {
                if (attempt > 0) await sleep(Math.min(2_000, 50 * 2 ** attempt));
                left = refused(left, await client.send(new PutRecordsCommand({ StreamName: stream, Records: left })));
            }
        }
        return { givenUp: 0 };
    },
    // The most that a loop can do: it never waits, and fills each call up with new records.
    "sequential loop that never waits": async ({ stream, client, offered }) => {
        let left: PutRecordsRequestEntry[] = [];
        const iterator = offered[Symbol.asyncIterator]();
        for (let done = false; !done || left.length > 0;) {
            while (!done && left.length < limits.putRecordsRecordsMax) {
                const next = await iterator.next();
                if (next.done === true) done = true;
                else left.push(entryOf(next.value));
            }
            if (left.length === 0) break;
            left = refused(left, await client.send(new PutRecordsCommand({ StreamName: stream, Records: left })));
        }
        return { givenUp: 0 };
    },
    "@shutterstock/kinesis-helpers": async ({ stream, client, offered }) => {
        const writer = new KinesisBackgroundWriter({ kinesisClient: new KinesisRetrier({ kinesisClient: client }) });
        for await (const batch of batches(offered))
            await writer.send(new PutRecordsCommand({ StreamName: stream, Records: batch }));

        await writer.onIdle();
        return { givenUp: writer.errors.length };
    },
};

export interface RaceOptions {
    readonly shards: number;
    readonly seconds: number;
    readonly latencyMs: number;
    readonly recordBytes: number;
    readonly only?: string | undefined;
}

/** How a contestant did: parts of the stream's capacity, and records. */
export interface Raced {
    readonly name: string;
    readonly acceptedPerSecond: number;
    readonly ofCapacity: number;
    readonly worstOfCapacity: number;
    readonly refused: number;
    readonly givenUp: number;
    readonly lost: number;
}

export async function race(options: RaceOptions, tell: (raced: Raced) => void): Promise<readonly Raced[]> {
    const all: Raced[] = [];
    for (const [name, contestant] of Object.entries(contestants)) {
        if (options.only !== undefined && options.only !== name) continue;
        const raced = await run(name, contestant, options);
        all.push(raced);
        tell(raced);
    }
    return all;
}

function capacityOf({ shards, recordBytes }: RaceOptions): number {
    return shards * Math.min(limits.shardWriteRecordsPerSecond, limits.shardWriteBytesPerSecond / recordBytes);
}

async function run(name: string, contestant: Contestant, options: RaceOptions): Promise<Raced> {
    const { shards, seconds, latencyMs, recordBytes } = options;
    const capacity = capacityOf(options);
    const sandbox = await startChild(latencyMs);
    const access = {
        endpoint: sandbox.endpoint,
        region: "us-east-1",
        credentials: { accessKeyId: "AKIASANDBOX000000000", secretAccessKey: "sandbox" },
    };
    // Our producer has the client that it makes itself; the others have the SDK's own defaults.
    const client = name === "sharded-stream" ? newClient(KinesisClient, access) : new KinesisClient(access);
    for (const stream of ["warm-up", "bench"])
        await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: shards }));
    await waitUntilStreamExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StreamName: "bench" });
    // Nobody is measured before its code is compiled.
    await contestant({ stream: "warm-up", client, offered: offer15(capacity / 2, 2, recordBytes, { taken: 0 }) });
    const offer = { taken: 0 };
    const offered = offer15(capacity * 1.5, seconds, recordBytes, offer);
    const startMs = Date.now();
    const { givenUp } = await contestant({ stream: "bench", client, offered });
    const { accepted, refused: refusedRecords, total } = await sandbox.stats(startMs);
    client.destroy();
    await sandbox.stop();
    // The first second fills the allowances, the last one is not whole.
    const whole = accepted.slice(1, seconds - 1);
    const mean = whole.reduce((sum, value) => sum + value, 0) / whole.length;
    return {
        name,
        acceptedPerSecond: mean,
        ofCapacity: mean / capacity,
        worstOfCapacity: worstOf(whole) / capacity,
        refused: refusedRecords,
        givenUp,
        lost: offer.taken - total - givenUp,
    };
}

async function main(): Promise<void> {
    const { values } = parseArgs({
        options: {
            shards: { type: "string", default: "8" },
            seconds: { type: "string", default: "12" },
            "latency-ms": { type: "string", default: "0" },
            "record-bytes": { type: "string", default: "200" },
            only: { type: "string" },
            memory: { type: "string" },
        },
    });
    if (values.memory !== undefined) return measureMemory(Number(values.memory));
    const options = {
        shards: Number(values.shards),
        seconds: Number(values.seconds),
        latencyMs: Number(values["latency-ms"]),
        recordBytes: Number(values["record-bytes"]),
        only: values.only,
    };
    const capacity = capacityOf(options);
    console.log(
        `${options.shards} shards take ${Math.floor(capacity)} records/s of ${options.recordBytes} bytes; ${Math.floor(capacity * 1.5)} are offered for ${options.seconds} s; ${options.latencyMs} ms added to each call`,
    );
    console.log("contestant\taccepted/s\tof capacity\tworst three seconds\trefused\tgiven up\tlost");
    const percent = (part: number) => `${(part * 100).toFixed(1)} %`;
    await race(options, ({ name, acceptedPerSecond, ofCapacity, worstOfCapacity, refused: no, givenUp, lost }) =>
        console.log(
            [
                name,
                Math.round(acceptedPerSecond),
                percent(ofCapacity),
                percent(worstOfCapacity),
                no,
                givenUp,
                lost,
            ].join("\t"),
        ),
    );
}

/** The mean of the worst three seconds in a row: a shard's allowance comes back once a second, at another moment than the bench counts. */
function worstOf(perSecond: readonly number[]): number {
    return Math.min(
        ...perSecond.slice(2).map((_, at) => (perSecond[at]! + perSecond[at + 1]! + perSecond[at + 2]!) / 3),
    );
}

/** Events at a rate, each with a key of its own kind: 100,000 users. */
async function* offer15(
    perSecond: number,
    seconds: number,
    bytes: number,
    offer: { taken: number },
): AsyncGenerator<Event> {
    const startMs = performance.now();
    for (let id = 0; ;) {
        const elapsedMs = performance.now() - startMs;
        if (elapsedMs > seconds * 1_000) return;
        const due = Math.floor((elapsedMs / 1_000) * perSecond);
        if (id >= due) await sleep(5);
        for (; id < due; id++) {
            if (performance.now() - startMs > seconds * 1_000) return;
            offer.taken += 1;
            const user = `user-${(id * 7_919) % 100_000}`;
            yield { id, user, padding: "x".repeat(Math.max(0, bytes - 40 - 2 * user.length)) };
        }
    }
}

async function* batches(offered: AsyncIterable<Event>): AsyncGenerator<PutRecordsRequestEntry[]> {
    let batch: PutRecordsRequestEntry[] = [];
    for await (const event of offered) {
        batch.push(entryOf(event));
        if (batch.length < limits.putRecordsRecordsMax) continue;
        yield batch;
        batch = [];
    }
    if (batch.length > 0) yield batch;
}

function entryOf(event: Event): PutRecordsRequestEntry {
    return { Data: Buffer.from(JSON.stringify(event)), PartitionKey: event.user };
}

function refused(
    sent: readonly PutRecordsRequestEntry[],
    answer: { Records?: { ErrorCode?: string | undefined }[] | undefined },
): PutRecordsRequestEntry[] {
    return sent.filter((_, at) => answer.Records?.[at]?.ErrorCode !== undefined);
}

interface Stats {
    /** Records accepted in each second since a time. */
    readonly accepted: number[];
    readonly refused: number;
    readonly total: number;
}

interface ChildSandbox {
    readonly endpoint: string;
    stats(startMs: number): Promise<Stats>;
    stop(): Promise<void>;
}

async function startChild(latencyMs: number): Promise<ChildSandbox> {
    const child: ChildProcess = fork(__filename, ["--sandbox", String(latencyMs)]);
    const [{ endpoint }] = (await once(child, "message")) as [{ endpoint: string }];
    return {
        endpoint,
        async stats(startMs) {
            child.send({ startMs });
            return ((await once(child, "message")) as [Stats])[0];
        },
        async stop() {
            child.kill();
            await once(child, "exit");
        },
    };
}

/** Takes every record at once, in calls that overlap. */
const takingTransport: Transport = {
    async putRecords(entries) {
        await sleep(1);
        return entries.map(() => ({ ShardId: "shardId-000000000000", SequenceNumber: "1" }));
    },
    listShards: () => Promise.resolve([{ shardId: "shardId-000000000000", start: "0".repeat(32) }]),
    close: () => undefined,
};

async function measureMemory(records: number): Promise<void> {
    const producer = new Producer<Event>({
        stream: "bench",
        key: "user",
        transport: takingTransport,
        shardRateMax: Infinity,
    });
    const startMs = performance.now();
    console.log("records\tresident MiB\theap in use MiB\tseconds");
    const source = async function* (): AsyncGenerator<Event> {
        for (let id = 1; id <= records; id++) {
            if (id % (records / 10) === 0) {
                const { rss, heapUsed } = process.memoryUsage();
                const mib = [rss, heapUsed].map((bytes) => Math.round(bytes / limits.bytesPerMiB));
                console.log([formatNumber(id), ...mib, Math.round((performance.now() - startMs) / 1_000)].join("\t"));
            }
            yield { id, user: `user-${id % 100_000}`, padding: "x".repeat(150) };
        }
    };
    await producer.send(source());
    const { sent, undeliveredCount } = await producer.close();
    console.log(`${formatNumber(sent)} sent, ${undeliveredCount} undelivered`);
}

async function serve(latencyMs: number): Promise<void> {
    const accepted = new Map<number, number>();
    let refusedRecords = 0;
    const sandbox = await startSandbox({
        metrics: {
            record({ metricName, dimensions, value, timeMs }) {
                if ("ShardId" in dimensions || dimensions.StreamName !== "bench") return;
                if (metricName === "WriteProvisionedThroughputExceeded") refusedRecords += value;
                if (metricName !== "IncomingRecords") return;
                const tenth = Math.floor(timeMs / 100);
                accepted.set(tenth, (accepted.get(tenth) ?? 0) + value);
            },
        },
    });
    if (latencyMs > 0) sandbox.guards.push(() => sleep(latencyMs));
    process.on("message", ({ startMs }: { startMs: number }) => {
        const seconds: number[] = [];
        let total = 0;
        for (const [tenth, records] of accepted) {
            total += records;
            const second = Math.floor((tenth * 100 - startMs) / 1_000);
            if (second >= 0) seconds[second] = (seconds[second] ?? 0) + records;
        }
        process.send!({ accepted: Array.from(seconds, (value) => value ?? 0), refused: refusedRecords, total });
    });
    process.send!({ endpoint: sandbox.endpoint });
}

function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
}

if (require.main === module) {
    if (process.argv[2] === "--sandbox") void serve(Number(process.argv[3]));
    else void main();
}
