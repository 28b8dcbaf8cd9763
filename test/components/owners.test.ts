/** Whose a physical name is: no two components of a program, of an account or of two regions ever make and delete the same thing. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ShardedStream, StreamAlarms, StreamAutoscaler, StreamConsumerFunction, StreamDashboard } from "../../index";
import { ownerHash, type Run, run } from "./mocks";

describe("what belongs to a stream, by more than one component", () => {
    const requirements = { writeMiBPerSecond: 1, recordsPerSecond: 500 };
    /** As a team has them that moves something under it. */
    class Team extends pulumi.ComponentResource {
        constructor(name: string) {
            super("test:index:Team", name);
        }
    }
    const alarmsAndDashboards = ({ registered }: Run<unknown>) =>
        registered
            .map(({ inputs }) => inputs.dashboardName ?? (inputs.comparisonOperator && inputs.name))
            .filter((name): name is string => typeof name === "string")
            .filter((name) => /WriteThrottling|Kinesis/.test(name))
            .sort();

    it("has the stream's own name once, and the others' names apart", async () => {
        const all = await run(() => {
            const { streamName: stream } = new ShardedStream("clicks", { streamName: "clicks", requirements });
            const parent = new Team("web");
            for (const opts of [{}, { parent }]) {
                new StreamAlarms("clicks", { stream }, opts);
                new StreamDashboard("clicks", { stream }, opts);
            }
        });
        const [alarms, dashboards] = (["StreamAlarms", "StreamDashboard"] as const).map((type) => [
            ownerHash(type),
            ownerHash(type, "test:index:Team"),
        ]);
        assert.deepEqual(
            alarmsAndDashboards(all),
            [
                "Kinesis-clicks-us-east-1",
                ...dashboards!.map((hash) => `Kinesis-clicks-us-east-1-${hash}`),
                "clicks-WriteThrottling",
                ...alarms!.map((hash) => `clicks-WriteThrottling-${hash}`),
            ].sort(),
        );
    });

    it("has the region in the name of whatever is global to the account", async () => {
        const globals = async (region: string) => {
            const args = { streamName: "clicks", requirements, scaling: {} };
            const { registered } = await run(() => new ShardedStream("clicks", args), { region });
            return registered.flatMap(({ type, inputs }) =>
                type === "aws:iam/role:Role" ? [inputs.name] : (inputs.dashboardName ?? []),
            );
        };
        assert.deepEqual((await globals("eu-west-1")).sort(), [
            "Kinesis-clicks-eu-west-1",
            "clicks-eu-west-1-scaler",
            "clicks-eu-west-1-schedule",
        ]);
        assert.deepEqual((await globals("us-west-2")).sort(), [
            "Kinesis-clicks-us-west-2",
            "clicks-us-west-2-scaler",
            "clicks-us-west-2-schedule",
        ]);
    });
});

/** Why nothing is lost where a second component declares the same: what AWS, or the engine, does with each kind of child. */
const children: Readonly<
    Record<string, "is refused" | "is named by Pulumi" | "is on its own" | "has its owner in its name">
> = {
    "aws:kinesis/stream:Stream": "is refused",
    "aws-native:kinesis:Stream": "is refused",
    "aws:kinesis/streamConsumer:StreamConsumer": "is refused",
    "aws:cloudwatch/logGroup:LogGroup": "is refused",
    "aws:dynamodb/table:Table": "is refused",
    "aws:iam/role:Role": "is refused",
    "aws:lambda/function:Function": "is refused",
    "aws:lambda/eventSourceMapping:EventSourceMapping": "is refused",
    "aws:scheduler/schedule:Schedule": "is refused",
    // Creating one that is there succeeds; whoever goes first takes it along. So no second component comes to its name:
    "aws:sns/topic:Topic": "is named by Pulumi",
    "aws:sqs/queue:Queue": "is named by Pulumi",
    "aws:iam/rolePolicy:RolePolicy": "is named by Pulumi",
    "aws:lambda/permission:Permission": "is named by Pulumi",
    // the stream, the consumer, the topic and the function that it is set on is one of the same component's;
    "aws:kinesis/resourcePolicy:ResourcePolicy": "is on its own",
    "aws:sns/topicPolicy:TopicPolicy": "is on its own",
    "aws:sns/topicSubscription:TopicSubscription": "is on its own",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": "is on its own",
    // and those of a ShardedStream or a scaler wait for a stream, or a function, that is refused.
    "aws:cloudwatch/metricAlarm:MetricAlarm": "has its owner in its name",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "has its owner in its name",
    "aws:cloudwatch/dashboard:Dashboard": "has its owner in its name",
    // Of the engine's own state.
    "pulumi:index:Stash": "is on its own",
};

describe("every kind of child has one owner", () => {
    const requirements = { writeMiBPerSecond: 1, recordsPerSecond: 500 };
    const declareAll = () =>
        run(() => {
            const orders = new ShardedStream("orders", {
                requirements,
                scaling: {},
                consumers: ["billing"],
                kmsKeyId: "alias/orders",
                readers: [{ principal: "210987654321", consumer: "billing" }],
                notifications: { emails: ["oncall@example.com"] },
            });
            new ShardedStream("native", { requirements, streamProvider: "aws-native" });
            const stream = orders.streamName;
            const scaler = { streamName: stream, streamArn: orders.streamArn, minShards: 1, maxShards: 4 };
            const { functionArn: scalerFunctionArn } = new StreamAutoscaler("more", scaler);
            new StreamAlarms("more", { stream, scaled: true, scalerFunctionArn });
            new StreamDashboard("more", { stream });
            new StreamConsumerFunction("more", { ...orders.source, function: "billing", role: "billing" });
        });

    it("and stands in the table that says why", async () => {
        const { registered } = await declareAll();
        const types = new Set(registered.filter(({ custom }) => custom).map(({ type }) => type));
        assert.deepEqual([...types].sort(), Object.keys(children).sort());
    });

    it("which is so where Pulumi is to name it", async () => {
        const { registered } = await declareAll();
        const named = registered.filter(({ type }) => children[type] === "is named by Pulumi");
        assert.ok(named.length > 6);
        for (const { type, name, inputs } of named) {
            assert.deepEqual(
                [inputs.name, inputs.namePrefix, inputs.statementId],
                [undefined, undefined, undefined],
                `${type} ${name}`,
            );
        }
    });
});
