/** What a component is made of is reached as its properties, by the names that its outputs have. */
import assert from "node:assert/strict";
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as dynamodb from "@pulumi/aws/dynamodb";
import * as iam from "@pulumi/aws/iam";
import * as kinesis from "@pulumi/aws/kinesis";
import * as lambda from "@pulumi/aws/lambda";
import * as scheduler from "@pulumi/aws/scheduler";
import * as sns from "@pulumi/aws/sns";
import { ShardedStream } from "../../components/shardedStream";
import { type ShardedStreamArgs } from "../../components/shardedStreamArgs";
import { StreamAlarms } from "../../components/streamAlarms";
import { StreamAutoscaler } from "../../components/streamAutoscaler";
import { StreamConsumerFunction } from "../../components/streamConsumerFunction";
import { StreamDashboard } from "../../components/streamDashboard";
import { run, valueOf } from "./mocks";

const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };
const orders = async (args: Partial<ShardedStreamArgs> = {}) =>
    (await run(() => new ShardedStream("orders", { requirements, ...args }))).value;

describe("the children of a ShardedStream", () => {
    it("are its properties, with all that it declares", async () => {
        const { stream, topic, alarms, dashboard, scaler, consumers } = await orders({
            scaling: {},
            consumers: ["billing", "audit"],
        });
        assert.ok(kinesis.Stream.isInstance(stream));
        assert.ok(sns.Topic.isInstance(topic));
        assert.ok(alarms instanceof StreamAlarms);
        assert.ok(dashboard instanceof StreamDashboard);
        assert.ok(scaler instanceof StreamAutoscaler);
        assert.deepEqual(Object.keys(consumers), ["billing", "audit"]);
        assert.ok(kinesis.StreamConsumer.isInstance(consumers.billing));
        assert.equal(await valueOf(consumers.audit!.name), "audit");
    });

    it("are undefined where they are not declared", async () => {
        const { stream, topic, dashboard, scaler, consumers } = await orders({
            notifications: { topicArn: "arn:aws:sns:us-east-1:123456789012:oncall" },
            dashboard: false,
        });
        assert.ok(kinesis.Stream.isInstance(stream));
        assert.deepEqual([topic, dashboard, scaler, consumers], [undefined, undefined, undefined, {}]);
    });

    it("have name, ARN and count in common, whichever provider manages the stream", async () => {
        const { stream } = await orders({ streamProvider: "aws-native", streamName: "orders", shardCount: 6 });
        assert.equal(kinesis.Stream.isInstance(stream), false);
        const { name, arn, shardCount } = stream;
        assert.deepEqual(await Promise.all([valueOf<unknown>(name), valueOf(arn), valueOf<unknown>(shardCount)]), [
            "orders",
            "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
            6,
        ]);
    });

    it("are the alarms by name, those on the scaler with the scaler", async () => {
        const { alarms, scaler } = await orders({
            scaling: {},
            alarms: { iteratorAge: { enabled: false }, scalerSilent: { enabled: false } },
        });
        assert.equal(alarms.topic, undefined);
        assert.deepEqual(Object.keys(alarms.alarms), [
            "highIncomingRecords",
            "writeThrottling",
            "readThrottling",
            "writeUtilization",
        ]);
        assert.ok(cloudwatch.MetricAlarm.isInstance(alarms.alarms.writeThrottling));
        assert.deepEqual(Object.keys(scaler!.alarms), ["scalerFailing"]);
    });

    it("are what a dashboard and a scaler consist of", async () => {
        const { dashboard, scaler } = await orders({ scaling: {} });
        assert.ok(cloudwatch.Dashboard.isInstance(dashboard!.dashboard));
        assert.ok(lambda.Function.isInstance(scaler!.function));
        assert.ok(iam.Role.isInstance(scaler!.role));
        assert.ok(dynamodb.Table.isInstance(scaler!.ledgerTable));
        assert.ok(cloudwatch.LogGroup.isInstance(scaler!.logGroup));
        assert.ok(scheduler.Schedule.isInstance(scaler!.schedule));
        assert.equal(await valueOf(scaler!.function.name), await valueOf(scaler!.functionName));
        const shared = await orders({ scaling: { ledgerTable: "ledgers" } });
        assert.equal(shared.scaler!.ledgerTable, undefined);
    });

    it("are no fields, which every other language would see as outputs", async () => {
        const { value } = await run(() => {
            const stream = new ShardedStream("orders", { requirements, scaling: {} });
            return { stream, fed: new StreamConsumerFunction("billing", { ...stream.source, function: "billing" }) };
        });
        const { stream, fed } = value;
        const fields = [stream, stream.alarms, stream.dashboard!, stream.scaler!, fed].map((component) =>
            Object.keys(component).filter((key) => !key.startsWith("__")),
        );
        assert.deepEqual(
            fields.map((keys) => keys.sort()),
            [
                [
                    "consumerPolicy",
                    "dashboardName",
                    "ledgerTableName",
                    "producerPolicy",
                    "scalerFunctionName",
                    "shardCount",
                    "streamArn",
                    "streamName",
                    "topicArn",
                    "urn",
                ],
                ["alarmNames", "topicArn", "urn"],
                ["dashboardName", "urn"],
                ["functionArn", "functionName", "ledgerTableName", "logGroupName", "urn"],
                ["alarmNames", "eventSourceMappingId", "failureDestinationArn", "readPolicy", "topicArn", "urn"],
            ],
        );
    });
});
