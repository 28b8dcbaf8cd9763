/** The producer with the real SDK client behind a bad network, and killed. */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import {
    CreateStreamCommand,
    GetRecordsCommand,
    GetShardIteratorCommand,
    KinesisClient,
    ListShardsCommand,
    waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import * as fc from "fast-check";
import { type Delivery, Producer } from "../../producer";
import { type Sandbox, startSandbox } from "../../sandbox/index";
import { type NetworkFaults, startFaultyProxy } from "./faultyProxy";
import { seeded } from "./simulation";

interface Event {
    readonly id: number;
    readonly key: string;
}

/** A sandbox with a stream of its own for each scenario, and what is in it. */
class World {
    private constructor(
        readonly sandbox: Sandbox,
        readonly kinesis: KinesisClient,
    ) {}

    static async open(options: Parameters<typeof startSandbox>[0] = {}): Promise<World> {
        const sandbox = await startSandbox({
            durations: {
                createSeconds: 0,
                deleteSeconds: 0,
                splitOrMergeSeconds: 1,
                changeSeconds: 0,
                updateSeconds: () => 1,
            },
            limitsCallRates: false,
            ...options,
        });
        const { endpoint, region, credentials } = sandbox;
        return new World(sandbox, new KinesisClient({ endpoint, region, credentials }));
    }

    async stream(name: string, shards: number): Promise<string> {
        await this.kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
        await waitUntilStreamExists(
            { client: this.kinesis, maxWaitTime: 20, minDelay: 1, maxDelay: 1 },
            { StreamName: name },
        );
        return name;
    }

    /** Everything in the stream, shard by shard in order. */
    async contents(stream: string): Promise<Event[]> {
        const { Shards: shards = [] } = await this.kinesis.send(new ListShardsCommand({ StreamName: stream }));
        const events: Event[] = [];
        for (const { ShardId: shardId } of shards) {
            const start = await this.kinesis.send(
                new GetShardIteratorCommand({
                    StreamName: stream,
                    ShardId: shardId,
                    ShardIteratorType: "TRIM_HORIZON",
                }),
            );
            let iterator = start.ShardIterator;
            for (let behind = 1; iterator !== undefined && behind > 0;) {
                const page = await this.kinesis
                    .send(new GetRecordsCommand({ ShardIterator: iterator }))
                    .catch((error: Error) => {
                        if (error.name === "ProvisionedThroughputExceededException") return undefined;
                        throw error;
                    });
                // Five reads a second and shard.
                if (page === undefined) await new Promise((resolve) => setTimeout(resolve, 200));
                if (page === undefined) continue;
                for (const { Data: data } of page.Records ?? [])
                    events.push(JSON.parse(Buffer.from(data!).toString()) as Event);
                iterator = page.NextShardIterator;
                behind = page.MillisBehindLatest ?? 0;
            }
        }
        return events;
    }

    async close(): Promise<void> {
        this.kinesis.destroy();
        await this.sandbox.stop();
    }
}

/** Never nothing, so that each fault happens in every run of the test. */
const share = fc.double({ min: 0.02, max: 0.15, noNaN: true });

const networks: fc.Arbitrary<NetworkFaults> = fc.record({
    serverError: share,
    refusal: share,
    resetBefore: share,
    resetAfter: share,
    silent: share,
    partial: share,
    delayMs: fc.constantFrom(0, 5, 30),
});

interface Scenario {
    readonly faults: NetworkFaults;
    readonly ordered: boolean;
    readonly seed: number;
}

const scenario: fc.Arbitrary<Scenario> = fc.record({ faults: networks, ordered: fc.boolean(), seed: fc.integer() });

describe("a producer behind a bad network loses nothing", function () {
    this.timeout(300_000);
    let world: World;
    before(async () => {
        world = await World.open();
    });
    after(() => world.close());

    it("whatever the network does: each record is delivered or handed back, in order where asked", async () => {
        const scenarios = fc.sample(scenario, 25).entries();
        const seen: Record<string, number> = {};
        // They wait more than they compute, so some of them are played at once.
        const player = async (): Promise<void> => {
            for (const [at, played] of scenarios) await play(world, `scenario-${at}`, played, seen);
        };
        await Promise.all(Array.from({ length: 8 }, player));
        for (const fault of ["serverError", "refusal", "resetBefore", "resetAfter", "silent", "partial"])
            assert.ok((seen[fault] ?? 0) > 0, `no ${fault} happened: ${JSON.stringify(seen)}`);
    });

    it("a process that is killed: what it acknowledged is in the stream", async () => {
        const stream = await world.stream("killed", 2);
        const child = fork(path.join(__dirname, "killedProducer.ts"), [stream, world.sandbox.endpoint], {
            execArgv: ["-r", path.join(__dirname, "../setup.js")],
        });
        const acknowledged: number[] = [];
        child.on("message", (ids: number[]) => {
            acknowledged.push(...ids);
            if (acknowledged.length > 2_000) child.kill("SIGKILL");
        });
        await once(child, "exit");
        assert.ok(acknowledged.length > 2_000);
        const written = new Set((await world.contents(stream)).map(({ id }) => id));
        assert.deepEqual(
            acknowledged.filter((id) => !written.has(id)),
            [],
        );
    });
});

/** Sends records over a bad network, and compares what the producer tells with what is in the stream. */
async function play(world: World, name: string, played: Scenario, seen: Record<string, number>): Promise<void> {
    const { faults, ordered, seed } = played;
    const stream = await world.stream(name, 3);
    const proxy = await startFaultyProxy(world.sandbox.endpoint, faults, seeded(seed));
    const { region, credentials } = world.sandbox;
    const client = new KinesisClient({ endpoint: proxy.endpoint, region, credentials, maxAttempts: 1 });
    const producer = new Producer<Event>({
        stream,
        client,
        key: "key",
        ordered,
        deadlineSeconds: 20,
        callTimeoutSeconds: 0.5,
        batchRecordsMax: 50,
        lingerMs: 5,
    });
    const acknowledged: Delivery<Event>[] = [];
    producer.on("delivered", (deliveries) => acknowledged.push(...deliveries));
    const count = ordered ? 150 : 1_500;
    for (let id = 1; id <= count; id++) await producer.put({ id, key: `key-${id % 12}` });
    const summary = await producer.close();
    client.destroy();
    for (const [fault, times] of Object.entries(proxy.happened)) seen[fault] = (seen[fault] ?? 0) + times;
    await proxy.stop();

    const contents = await world.contents(stream);
    const written = new Set(contents.map(({ id }) => id));
    const fates = [...acknowledged.map(({ value }) => value.id), ...summary.undelivered.map(({ value }) => value.id)];
    const context = JSON.stringify(played);
    assert.deepEqual(
        fates.sort((a, b) => a - b),
        Array.from({ length: count }, (_, at) => at + 1),
        context,
    );
    for (const { value } of acknowledged)
        assert.ok(written.has(value.id), `record ${value.id} was acknowledged and is missing: ${context}`);
    for (const { value, mayBeWritten } of summary.undelivered) {
        assert.ok(
            mayBeWritten || !written.has(value.id),
            `record ${value.id} was handed back and is there: ${context}`,
        );
    }

    if (ordered) checkOrder(contents, new Set(acknowledged.map(({ value }) => value.id)), context);
}

/** Delivered records of a key appear for the first time in the order in which they were put. */
function checkOrder(contents: readonly Event[], delivered: ReadonlySet<number>, context: string): void {
    const last = new Map<string, number>();
    const met = new Set<number>();
    for (const { id, key } of contents) {
        if (met.has(id) || !delivered.has(id)) continue;
        met.add(id);
        assert.ok(id > (last.get(key) ?? 0), `record ${id} of ${key} came after ${last.get(key)}: ${context}`);
        last.set(key, id);
    }
}
