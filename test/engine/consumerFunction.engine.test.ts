/** examples/function, deployed: the function is fed with nothing but its ready policy, and what it cannot process is told. */
import assert from "node:assert/strict";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
    GetRecordsCommand,
    GetShardIteratorCommand,
    KinesisClient,
    PutRecordsCommand,
    UpdateShardCountCommand,
} from "@aws-sdk/client-kinesis";
import { type OperationResult } from "../../engine/index";
import { onEngine } from "./harness";

const projectDir = "examples/function";
const half = 1_000;

interface BatchInfo {
    readonly shardId: string;
    readonly startSequenceNumber: string;
    readonly batchSize: number;
}

describe("a function that reads a stream, on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });
    let outputs: Record<"streamName" | "functionName" | "failures", string>;

    const succeeded = (result: OperationResult) => {
        assert.equal(result.exitCode, 0, result.stdout + result.stderr);
        return result;
    };
    const client = <T>(Client: new (settings: object) => T) => {
        const { endpoint, region, credentials } = world.sandbox;
        return new Client({ endpoint, region, credentials });
    };
    const ask = async (service: string, operation: string, input: object) =>
        (await world.sandbox.services[service]!.operations[operation]!(input, {} as never)) as Record<string, unknown>;
    const put = (texts: string[]) => {
        const Records = texts.map((text, index) => ({ PartitionKey: `key-${index % 4}`, Data: Buffer.from(text) }));
        return client(KinesisClient).send(new PutRecordsCommand({ StreamName: outputs.streamName, Records }));
    };
    const orders = (first: number) =>
        Array.from({ length: half / 2 }, (_, index) => JSON.stringify({ id: first + index }));

    /** Waits in the sandbox's own time. */
    async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
        for (let tries = 0; tries < 300; tries++) {
            const seen = await look();
            if (seen !== undefined) return seen;
            await world.sandbox.clock.sleep(10_000);
        }
        return assert.fail(what);
    }

    const billed = async () => {
        const logGroupName = `/aws/lambda/${outputs.functionName}`;
        const { events } = (await ask("logs", "FilterLogEvents", {
            logGroupName,
            filterPattern: "billed",
            limit: 10_000,
        })) as {
            events: { message: string }[];
        };
        return new Set(events.flatMap(({ message }) => /billed (\d+)/.exec(message)?.[1] ?? []));
    };

    /** As docs/consumers.md tells. */
    const readBack = async ({ shardId: ShardId, startSequenceNumber, batchSize: Limit }: BatchInfo) => {
        const kinesis = client(KinesisClient);
        const { ShardIterator } = await kinesis.send(
            new GetShardIteratorCommand({
                StreamName: outputs.streamName,
                ShardId,
                ShardIteratorType: "AT_SEQUENCE_NUMBER",
                StartingSequenceNumber: startSequenceNumber,
            }),
        );
        const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator, Limit }));
        return Records.map(({ Data = new Uint8Array() }) => Buffer.from(Data).toString());
    };

    it("gets every record over a reshard, with its ready policy alone", async () => {
        const up = succeeded(await world.engine.up({ projectDir }));
        outputs = up.outputs as typeof outputs;
        await put(orders(0));
        const StreamName = outputs.streamName;
        const reshard = { StreamName, TargetShardCount: 10, ScalingType: "UNIFORM_SCALING" } as const;
        await client(KinesisClient).send(new UpdateShardCountCommand(reshard));
        await put(orders(half / 2));
        await eventually("not all were billed", async () => ((await billed()).size === half ? true : undefined));
    });

    it("tells its queue of a record that always fails, and the alarm tells the rest", async () => {
        await put(["no order"]);
        const QueueUrl = `${world.sandbox.endpoint}/${world.sandbox.accountId}/${outputs.failures.split(":").at(-1)}`;
        const message = await eventually("nothing was given up", async () => {
            const { Messages } = (await ask("sqs", "ReceiveMessage", { QueueUrl, VisibilityTimeout: 0 })) as {
                Messages?: { Body: string }[];
            };
            return Messages?.[0]?.Body;
        });
        const { requestContext, KinesisBatchInfo } = JSON.parse(message) as {
            requestContext: { condition: string };
            KinesisBatchInfo: BatchInfo;
        };
        assert.deepEqual([requestContext.condition, KinesisBatchInfo.batchSize], ["RetryAttemptsExhausted", 1]);
        assert.deepEqual(await readBack(KinesisBatchInfo), ["no order"]);
        await eventually("no alarm", async () => {
            const input = { AlarmNamePrefix: `${outputs.streamName}-Function/`, StateValue: "ALARM" } as const;
            const { MetricAlarms = [] } = await client(CloudWatchClient).send(new DescribeAlarmsCommand(input));
            return MetricAlarms.some(({ AlarmName = "" }) => AlarmName.includes("/GivenUp-")) ? true : undefined;
        });
    });

    it("is deployed again without a change, and goes", async () => {
        assert.deepEqual(Object.keys(succeeded(await world.engine.up({ projectDir })).changes), ["same"]);
        succeeded(await world.engine.destroy({ projectDir }));
    });
});
