/** The operating commands while AWS is unwell: metrics that CloudWatch does not give, calls that are throttled once or for ever. */
import assert from "node:assert/strict";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import {
    AddTagsToStreamCommand,
    CreateStreamCommand,
    DescribeStreamSummaryCommand,
    EnableEnhancedMonitoringCommand,
    KinesisClient,
} from "@aws-sdk/client-kinesis";
import { ledgerKey, ledgerStreamKey, type LedgerState, ledgerTableTag } from "../../capacity/scaling/ledger";
import { ledgerStateOf } from "../../capacity/scaling/ledgerItems";
import { type DefineCommand } from "../../cli/command";
import { defineHotShards } from "../../cli/hotShards";
import { defineSplit } from "../../cli/reshard";
import { defineScale } from "../../cli/scale";
import { defineStatus } from "../../cli/status";
import { AwsError, type Operation, RunningClock, type Sandbox, startSandbox } from "../../sandbox/index";
import { type InProcessRun, runInProcess } from "./inProcess";
import { createLedgerTable } from "../sandbox/ledgerTable";
import { runCliBeside } from "./run";

const defines: Readonly<Record<string, DefineCommand>> = {
    status: defineStatus,
    scale: defineScale,
    split: defineSplit,
    "hot-shards": defineHotShards,
};

describe("while AWS is unwell", function () {
    this.timeout(120_000);
    let sandbox: Sandbox;
    let kinesis: KinesisClient;
    let dynamoDb: DynamoDBClient;

    before(async () => {
        sandbox = await startSandbox({ clock: new RunningClock({ speed: 600 }), limitsCallRates: false });
        const { endpoint, region, credentials } = sandbox;
        kinesis = new KinesisClient({ endpoint, region, credentials });
        dynamoDb = new DynamoDBClient({ endpoint, region, credentials });
        await createLedgerTable(dynamoDb, "ledger");
    });

    after(async () => {
        kinesis.destroy();
        dynamoDb.destroy();
        await sandbox.stop();
    });

    async function newStream(name: string, shards: number): Promise<void> {
        await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
        await sandbox.clock.sleep(3_000);
        await kinesis.send(new AddTagsToStreamCommand({ StreamName: name, Tags: { [ledgerTableTag]: "ledger" } }));
    }

    async function openShards(name: string): Promise<number> {
        const { StreamDescriptionSummary: summary } = await kinesis.send(
            new DescribeStreamSummaryCommand({ StreamName: name }),
        );
        return summary!.OpenShardCount!;
    }

    async function ledgerOf(name: string): Promise<LedgerState> {
        const { StreamDescriptionSummary: summary } = await kinesis.send(
            new DescribeStreamSummaryCommand({ StreamName: name }),
        );
        const key = ledgerStreamKey(summary!.StreamARN!, summary!.StreamCreationTimestamp!.getTime());
        const Key = { [ledgerKey.partition]: { S: key }, [ledgerKey.sort]: { S: "state" } };
        const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: "ledger", Key, ConsistentRead: true }));
        return ledgerStateOf(Item);
    }

    const run = (command: string): Promise<InProcessRun> => {
        const args = command.split(" ");
        return runInProcess(defines[args[0]!]!, args, { env: sandbox.env });
    };

    describe("CloudWatch answers InternalError for every query, and", () => {
        let answered: Operation;
        const operations = (): Record<string, Operation> =>
            sandbox.services.monitoring!.operations as Record<string, Operation>;

        before(async () => {
            await newStream("dark", 4);
            await kinesis.send(new EnableEnhancedMonitoringCommand({ StreamName: "dark", ShardLevelMetrics: ["ALL"] }));
            await sandbox.clock.sleep(3_000);
            answered = operations().GetMetricData!;
            operations().GetMetricData = async (input, request) => {
                const answer = (await answered(input, request)) as { MetricDataResults: object[] };
                const failed = { StatusCode: "InternalError", Timestamps: [], Values: [] };
                return {
                    ...answer,
                    MetricDataResults: answer.MetricDataResults.map((result) => ({ ...result, ...failed })),
                };
            };
        });
        after(() => void (operations().GetMetricData = answered));

        it("scale auto says so and changes nothing", async () => {
            const { document, text } = await run("scale dark auto --min 1 --max 8 --yes");
            const { reason, message } = document.decision as { reason: string; message: string };
            assert.deepEqual(
                [reason, message, document.steps, document.openShards],
                [
                    "metrics-missing",
                    "CloudWatch gave no metrics (MetricsIncomplete); the 4 open shards stay as they are.",
                    [],
                    4,
                ],
            );
            assert.match(text, /^metrics-missing: CloudWatch gave no metrics/);
            assert.equal(await openShards("dark"), 4);
        });

        it("status says so, shows what it knows, and prints no zero for what it does not", async () => {
            const { document, text } = await run("status dark");
            const problem =
                "CloudWatch answered InternalError for IncomingBytes of dark. Nothing is known of the load, and nothing was changed. Try again in a minute.";
            const { openShards, load, utilization, lastHourUtilization, monthlyCost, metricsProblem } = document;
            assert.deepEqual(
                { openShards, load, utilization, lastHourUtilization, monthlyCost, metricsProblem },
                {
                    openShards: 4,
                    load: null,
                    utilization: null,
                    lastHourUtilization: null,
                    monthlyCost: null,
                    metricsProblem: problem,
                },
            );
            assert.match(text, /^dark: ACTIVE, provisioned, 4 open shards/);
            assert.ok(text.includes(`The load is not known: ${problem}`), text);
            assert.doesNotMatch(text, /a month/);
        });

        it("status --advise shows the rest, too, and why there is no advice", async () => {
            const { document, text, exitCode } = await run("status dark --advise");
            const problem =
                "CloudWatch answered InternalError for IncomingBytes of dark. Nothing is known of the load, and nothing was changed. Try again in a minute.";
            const { openShards, advice, adviceProblem } = document;
            assert.deepEqual(
                { openShards, advice, adviceProblem, exitCode },
                { openShards: 4, advice: null, adviceProblem: problem, exitCode: 0 },
            );
            assert.ok(text.includes(`\nAdvice from its last days: not known. ${problem}\n`), text);
        });

        it("hot-shards says so in one line with exit code 3, and gives no verdict", async () => {
            const { stdout, stderr, exitCode } = await runCliBeside(["hot-shards", "dark", "--json"], sandbox.env);
            assert.deepEqual(
                [stdout, exitCode, stderr],
                [
                    "",
                    3,
                    "sharded-stream: stream dark: MetricsIncomplete: CloudWatch answered InternalError for IncomingBytes of dark, shardId-000000000000. Nothing is known of the load, and nothing was changed. Try again in a minute.\n",
                ],
            );
        });
    });

    describe('AWS says "Rate exceeded"', () => {
        const rows = [
            ["SplitShard", "split NAME 0", 5],
            ["UpdateShardCount", "scale NAME to 8 --yes", 8],
            ["UpdateShardCount", "scale NAME auto --min 8 --max 8 --yes", 8],
        ] as const;
        for (const [index, [operation, command, shardsAfter]] of rows.entries()) {
            const refuse = (times: number): (() => number) => {
                let refused = 0;
                const guard = (call: { readonly operation: string }): void => {
                    if (call.operation !== operation || refused >= times) return;
                    refused += 1;
                    throw new AwsError(
                        "LimitExceededException",
                        "Rate exceeded for stream under account 123456789012.",
                    );
                };
                sandbox.guards.push(guard);
                return () => {
                    sandbox.guards.splice(sandbox.guards.indexOf(guard), 1);
                    return refused;
                };
            };

            it(`once to ${command}: it is waited out`, async () => {
                const name = `once-${index}`;
                await newStream(name, 4);
                const restore = refuse(1);
                const { document } = await run(command.replace("NAME", name));
                assert.deepEqual(
                    [restore(), document.openShards, await openShards(name)],
                    [1, shardsAfter, shardsAfter],
                );
                const { reshards } = await ledgerOf(name);
                assert.deepEqual(
                    reshards.map(({ kind }) => kind),
                    [operation === "SplitShard" ? "split" : "update"],
                );
            });

            it(`for ever to ${command}: exit code 3 in one line after six tries, and the ledger's budget is untouched`, async () => {
                const name = `for-ever-${index}`;
                await newStream(name, 4);
                const restore = refuse(Infinity);
                const { stderr, exitCode } = await runCliBeside(
                    [...command.replace("NAME", name).split(" "), "--json"],
                    sandbox.env,
                );
                assert.deepEqual([restore(), exitCode], [6, 3]);
                const line = `sharded-stream: stream ${name}: LimitExceededException: Rate exceeded for stream under account 123456789012. ${operation} was refused 6 times in a row; nothing was changed. The control plane is throttled. Try again in a minute.`;
                assert.deepEqual(
                    stderr.split("\n").filter((text) => text.startsWith("sharded-stream:")),
                    [line],
                );
                assert.equal(await openShards(name), 4);
                const { reshards, updatesBlockedUntilMs, growthBlockedUntilMs, lease } = await ledgerOf(name);
                assert.deepEqual(
                    { reshards, updatesBlockedUntilMs, growthBlockedUntilMs, lease },
                    {
                        reshards: [],
                        updatesBlockedUntilMs: undefined,
                        growthBlockedUntilMs: undefined,
                        lease: undefined,
                    },
                );
            });
        }
    });
});
