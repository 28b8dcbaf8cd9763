/** The scaler's own view of AWS, through real clients, against the sandbox. */
import assert from "node:assert/strict";
import {
    CreateStreamCommand,
    DeleteStreamCommand,
    DescribeStreamSummaryCommand,
    PutRecordsCommand,
    UpdateStreamModeCommand,
} from "@aws-sdk/client-kinesis";
import { type Clients, newClients } from "../../stream/clients";
import { StreamMemory } from "../../stream/history";
import { awsPorts } from "../../scaler/wiring";
import { type Ports, runScaler } from "../../scaler/run";
import { completeScaling, type ScalerEnvironment } from "../../capacity/scaling/settings";
import { scalerCallsPerRun } from "../../capacity/sizing/surroundings";
import { AwsError } from "../../sandbox/index";
import { minutes, startCloud, startMs, type TestCloud } from "../sandbox/cloud";
import { createLedgerTable } from "../sandbox/ledgerTable";

const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";

describe("the scaler on the local AWS", () => {
    let cloud: TestCloud;
    let clients: Clients;
    let ports: Ports;
    let lines: Record<string, unknown>[];
    const environment = (settings: Partial<ScalerEnvironment["settings"]> = {}): ScalerEnvironment => ({
        streamName: "orders",
        streamArn,
        ledgerTable: "ledger",
        paused: false,
        dryRun: false,
        settings: { ...completeScaling({ minShards: 2, maxShards: 16, peakShards: 8 }), ...settings },
    });

    beforeEach(async () => {
        cloud = await startCloud({ limitsCallRates: false });
        const { endpoint, region, credentials } = cloud.sandbox;
        clients = newClients({ endpoint, region, credentials });
        lines = [];
        ports = {
            ...awsPorts(clients, environment()),
            elapsedMs: () => cloud.clock.nowMs(),
            sleep: (ms) => cloud.clock.advance(ms),
            random: () => 0.5,
            log: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
        };
        await clients.kinesis.send(new CreateStreamCommand({ StreamName: "orders", ShardCount: 2 }));
        await createLedgerTable(clients.dynamoDb, "ledger");
        await cloud.clock.advance(minutes(1));
    });
    afterEach(async () => {
        for (const client of Object.values(clients) as { destroy(): void }[]) client.destroy();
        await cloud.stop();
    });

    /** Writes records of 1 KiB, so many a second, for a minute; what a shard refuses is refused. */
    const writeForAMinute = async (recordsPerSecond: number): Promise<void> => {
        for (let second = 0; second < 60; second++) {
            for (let sent = 0; sent < recordsPerSecond; sent += 500) {
                await clients.kinesis.send(
                    new PutRecordsCommand({
                        StreamName: "orders",
                        Records: Array.from({ length: Math.min(500, recordsPerSecond - sent) }, (_, index) => ({
                            PartitionKey: `${second}-${sent + index}`,
                            Data: new Uint8Array(16),
                        })),
                    }),
                );
            }
            await cloud.clock.advance(1_000);
        }
    };
    const openShards = async (): Promise<number> => {
        const command = new DescribeStreamSummaryCommand({ StreamName: "orders" });
        return (await clients.kinesis.send(command)).StreamDescriptionSummary!.OpenShardCount!;
    };

    it("takes its time from AWS's answers, not from the machine", async () => {
        const summary = await ports.stream.describe();
        assert.deepEqual(summary, {
            streamArn,
            createdMs: startMs,
            status: "ACTIVE",
            capacityMode: "provisioned",
            openShards: 2,
            nowMs: startMs + minutes(1),
        });
    });

    it("sees the hash key ranges of the open shards only", async () => {
        await ports.stream.updateShardCount(3);
        await cloud.clock.advance(minutes(3));
        const shards = await ports.stream.openShards();
        assert.equal(shards.length, 3);
        const ends = shards.map(({ startingHashKey, endingHashKey }) => [startingHashKey, endingHashKey]);
        ends.sort(([left], [right]) => (left! < right! ? -1 : 1));
        assert.deepEqual([ends[0]![0], ends[2]![1]], [0n, (1n << 128n) - 1n]);
    });

    it("reads what flowed by the minute: accepted bytes and records, and what was refused", async () => {
        await writeForAMinute(20);
        const samples = await ports.metrics.samples(startMs, cloud.clock.nowMs());
        assert.deepEqual(samples, [
            {
                startMs: startMs + minutes(1),
                // 16 bytes of data, and the partition keys.
                acceptedBytes: Array.from({ length: 60 }, (_, s) => `${s}`.length).reduce(
                    (sum, digits) => sum + 20 * (16 + digits + 1) + 10 * 1 + 10 * 2,
                    0,
                ),
                acceptedRecords: 1_200,
                refusedRecords: 0,
            },
        ]);
        assert.equal(await ports.metrics.iteratorAgeMs(cloud.clock.nowMs()), null);
    });

    it("keeps its ledger through a conditional write that one of two wins", async () => {
        const state = await ports.ledger.read("key");
        const next = { ...state, version: 1, writtenMs: 5 };
        assert.deepEqual(
            await Promise.all([ports.ledger.write("key", next), ports.ledger.write("key", next)]).then((all) =>
                all.sort(),
            ),
            [false, true],
        );
        assert.deepEqual(await ports.ledger.read("key"), next);
    });

    it("doubles a stream that refuses records, and tells the history why", async () => {
        cloud.cloud.store.record(datum("IncomingBytes", 2 * 60 * 1_048_576));
        cloud.cloud.store.record(datum("IncomingRecords", 2 * 60 * 1_000));
        cloud.cloud.store.record(datum("WriteProvisionedThroughputExceeded", 60 * 1_000));
        await cloud.clock.advance(minutes(1));
        const report = await runScaler(ports, environment(), "run-1");
        assert.deepEqual(
            report.steps.map(({ outcome, reason, action }) => ({ outcome, reason, action })),
            [{ outcome: "acted", reason: "records-refused", action: { kind: "update", targetShardCount: 4 } }],
        );
        await cloud.clock.advance(minutes(2));
        assert.equal(await openShards(), 4);
    });

    it("lets one of two runs at once call, over real conditional writes", async () => {
        const raised = environment({ minShards: 4 });
        await runScaler(ports, environment({ minShards: 2 }), "warm-up");
        const reports = await Promise.all(["run-1", "run-2"].map((id) => runScaler(ports, raised, id)));
        assert.deepEqual(reports.map(({ steps }) => steps.at(-1)!.outcome).sort(), ["acted", "another-run"]);
    });

    for (const mode of ["reactive", "predictive"] as const) {
        it(`makes the calls of a quiet run that its price is made of, and no other: ${mode}`, async () => {
            const memory = new StreamMemory();
            await runScaler({ ...ports, memory }, environment({ mode }), "run-1");
            await cloud.clock.advance(minutes(1));
            const calls: string[] = [];
            cloud.sandbox.guards.push(({ operation, input }) => {
                const queries = (input as { MetricDataQueries?: unknown[] } | undefined)?.MetricDataQueries;
                calls.push(queries === undefined ? operation : `${operation} of ${queries.length} metrics`);
            });
            await runScaler({ ...ports, memory }, environment({ mode }), "run-2");
            const { metricsRead, ledgerReads, ledgerWrites, logBytes, metricsPublished } = scalerCallsPerRun;
            assert.deepEqual(calls, [
                "DescribeStreamSummary",
                ...Array.from({ length: ledgerReads }, () => "GetItem"),
                "ListShards",
                `GetMetricData of ${metricsRead[mode]} metrics`,
                ...Array.from({ length: ledgerWrites }, () => "PutItem"),
            ]);
            const line = lines.at(-1) as { _aws: { CloudWatchMetrics: { Metrics: unknown[] }[] } };
            assert.equal(line._aws.CloudWatchMetrics[0]!.Metrics.length, metricsPublished);
            // START, END and REPORT take less than 500 bytes.
            assert.ok(JSON.stringify(line).length < logBytes - 500, `${JSON.stringify(line).length} bytes`);
        });
    }

    it("goes to a raised floor in as many calls as it takes", async () => {
        const raised = environment({ minShards: 11 });
        for (let run = 0; run < 6; run++) {
            await runScaler(ports, raised, `run-${run}`);
            await cloud.clock.advance(minutes(2));
        }
        assert.equal(await openShards(), 11);
        assert.deepEqual(
            lines.flatMap(({ steps }) => (steps as { message: string }[]).map(({ message }) => message)).slice(0, 1),
            ["2 shards are open, and the floor is 11: to 4 now, the most that one call allows, then on to 11."],
        );
    });

    it("is refused when others have spent the ten calls, and leaves UpdateShardCount alone for an hour", async () => {
        for (let call = 0; call < 10; call++) {
            await ports.stream.updateShardCount(call % 2 === 0 ? 3 : 2);
            await cloud.clock.advance(minutes(3));
        }
        const raised = environment({ minShards: 4 });
        const first = await runScaler(ports, raised, "run-1");
        assert.equal(first.steps[0]!.outcome, "call-refused");
        const second = await runScaler(ports, raised, "run-2");
        assert.equal(second.steps[0]!.reason, "updates-blocked");
    });

    it("fails loudly, and calls nothing, when the ledger's table is gone", async () => {
        const elsewhere = { ...environment({ minShards: 8 }), ledgerTable: "nowhere" };
        await assert.rejects(runScaler({ ...ports, ...awsPorts(clients, elsewhere) }, elsewhere, "run-1"), {
            name: "ScalerFailure",
            message:
                /^The ledger nowhere cannot be read \(ResourceNotFoundException: .*\); without it no call is made\.$/,
        });
        assert.equal(lines.at(-1)!.outcome, "failed");
        assert.equal(await openShards(), 2);
    });

    it("backs off when the account is throttled, and sees a deleted and an on-demand stream for what they are", async () => {
        let refusals = 2;
        cloud.sandbox.guards.push(({ operation }) => {
            if (operation === "DescribeStreamSummary" && refusals-- > 0)
                throw new AwsError("LimitExceededException", "Rate exceeded for stream orders.");
        });
        assert.equal((await runScaler(ports, environment(), "run-1")).steps[0]!.outcome, "nothing");
        await clients.kinesis.send(
            new UpdateStreamModeCommand({ StreamARN: streamArn, StreamModeDetails: { StreamMode: "ON_DEMAND" } }),
        );
        await cloud.clock.advance(minutes(5));
        assert.equal((await runScaler(ports, environment(), "run-2")).steps[0]!.reason, "on-demand");
        await clients.kinesis.send(new DeleteStreamCommand({ StreamName: "orders" }));
        assert.equal((await runScaler(ports, environment(), "run-3")).steps[0]!.reason, "stream-deleting");
        await cloud.clock.advance(minutes(5));
        assert.equal((await runScaler(ports, environment(), "run-4")).steps[0]!.outcome, "stream-gone");
    });

    const datum = (metricName: string, value: number) => ({
        namespace: "AWS/Kinesis",
        metricName,
        dimensions: { StreamName: "orders" },
        value,
        unit: metricName === "IncomingBytes" ? "Bytes" : "Count",
        timeMs: cloud.clock.nowMs(),
    });
});
