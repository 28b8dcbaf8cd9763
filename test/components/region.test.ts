/** A component in another region than the provider's: nothing of it is left behind. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { ShardedStream } from "../../components/shardedStream";
import { type ShardedStreamArgs } from "../../components/shardedStreamArgs";
import { StreamAlarms } from "../../components/streamAlarms";
import { StreamAutoscaler } from "../../components/streamAutoscaler";
import { StreamConsumerFunction } from "../../components/streamConsumerFunction";
import { StreamDashboard } from "../../components/streamDashboard";
import { type Registration, run, unknown, valueOf } from "./mocks";

const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };
const region = "eu-west-1";
const streamArn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
const everything: ShardedStreamArgs = {
    requirements,
    region,
    streamName: "orders",
    shardLevelMetrics: ["IncomingBytes"],
    scaling: { notify: "all" },
    consumers: ["billing"],
    notifications: { emails: ["oncall@example.com"] },
};

/** Whether the resource takes a region, as @pulumi/aws declares it: `aws:kinesis/stream:Stream` is declared in kinesis/stream.d.ts. */
function takesRegion({ type }: Registration): boolean {
    const [provider, module] = type.split(":");
    if (provider !== "aws") return false;
    return readFileSync(require.resolve(`@pulumi/aws/${module}.d.ts`), "utf8").includes("region?: pulumi.Input<string");
}

const dashboardType = "aws:cloudwatch/dashboard:Dashboard";

describe("a region that is not the provider's", () => {
    const rows: [title: string, declare: () => pulumi.ComponentResource][] = [
        ["ShardedStream", () => new ShardedStream("orders", everything)],
        ["StreamAlarms", () => new StreamAlarms("orders", { stream: "orders", requirements, region })],
        ["StreamDashboard", () => new StreamDashboard("orders", { stream: "orders", requirements, region })],
        [
            "StreamConsumerFunction",
            () =>
                new StreamConsumerFunction("orders", {
                    stream: streamArn,
                    function: "billing",
                    role: "billing",
                    region,
                }),
        ],
        [
            "StreamAutoscaler",
            () =>
                new StreamAutoscaler("orders", {
                    streamName: "orders",
                    streamArn,
                    minShards: 1,
                    maxShards: 4,
                    region,
                    topicArn: "arn:aws:sns:eu-west-1:123456789012:oncall",
                    invokedByAlarms: ["orders-WriteUtilization"],
                }),
        ],
    ];
    for (const [title, declare] of rows) {
        it(`is that of every child of a ${title} that takes one, but of a dashboard, which belongs to none`, async () => {
            const { registered } = await run(declare);
            const taking = registered.filter(takesRegion);
            assert.ok(taking.length > 0);
            assert.deepEqual(
                taking.map(({ type, name, inputs }) => [type, name, inputs.region]),
                taking.map(({ type, name }) => [type, name, type === dashboardType ? undefined : region]),
            );
            const others = registered.filter((child) => !takesRegion(child) && child.custom);
            assert.deepEqual(
                others.filter(({ inputs }) => "region" in inputs),
                [],
            );
        });
    }

    it("is in every ARN and in the dashboard", async () => {
        const { value, find } = await run(() => new ShardedStream("orders", everything));
        assert.equal(await valueOf(value.streamArn), streamArn);
        assert.match(String(find(dashboardType).inputs.dashboardBody), /"region":"eu-west-1"/);
        const policy = find("aws:iam/rolePolicy:RolePolicy", "orders-scaler-policy").inputs.policy as string;
        assert.match(policy, /arn:aws:dynamodb:eu-west-1:123456789012:table\/orders-scaler-ledger/);
        assert.doesNotMatch(policy, /us-east-1/);
    });

    it("may be known later, and a transformation of the user's has the last word", async () => {
        const later = await run(() => new ShardedStream("orders", { requirements, region: pulumi.output(region) }));
        assert.equal(later.find("aws:kinesis/stream:Stream").inputs.region, region);
        const preview = await run(() => new ShardedStream("orders", { requirements, region: unknown<string>() }), {
            preview: true,
        });
        assert.ok(pulumi.isUnknown(preview.find("aws:kinesis/stream:Stream").inputs.region));
        const transformation: pulumi.ResourceTransformation = ({ type, props, opts }) =>
            type === "aws:sns/topic:Topic" ? { props: { ...props, region: "eu-west-2" }, opts } : undefined;
        const transformed = await run(
            () => new ShardedStream("orders", { requirements, region }, { transformations: [transformation] }),
        );
        assert.equal(transformed.find("aws:sns/topic:Topic").inputs.region, "eu-west-2");
    });

    it("is said by nobody who does not set it", async () => {
        const { registered } = await run(() => new ShardedStream("orders", { ...everything, region: undefined }));
        const told = registered.filter(({ type, inputs }) => type.startsWith("aws:") && "region" in inputs);
        assert.deepEqual(told, []);
    });
});

describe("a stream of another region than the provider's, where no region is given", () => {
    const stream = streamArn;
    const shards = { streamName: "orders", streamArn, minShards: 1, maxShards: 4 };
    const topicArn = "arn:aws:sns:eu-west-1:123456789012:oncall";
    const scalerFunctionArn = "arn:aws:lambda:eu-west-1:123456789012:function:orders-scaler";
    const missing = (property: string, of = "eu-west-1") =>
        `region: missing; it must be ${of}, the region of ${property}, where the provider has us-east-1. Give region: "${of}", or a provider of that region.`;
    const foreign = (property: string) =>
        `${property}: "eu-west-1" is not allowed; it must be of us-east-1. CloudWatch and the scaler speak to nothing in another region. Give one that is where the stream is.`;
    const rows: [title: string, declare: () => pulumi.ComponentResource, text: string][] = [
        ["alarms that would never see it", () => new StreamAlarms("orders", { stream }), missing("stream")],
        [
            "the same of an ARN that comes later",
            () => new StreamAlarms("orders", { stream: pulumi.output(stream) }),
            missing("stream"),
        ],
        ["a scaler", () => new StreamAutoscaler("orders", shards), missing("streamArn")],
        [
            "alarms that could not speak to their topic",
            () => new StreamAlarms("orders", { stream: "orders", notifications: { topicArn } }),
            foreign("notifications.topicArn"),
        ],
        [
            "nor invoke their scaler",
            () => new StreamAlarms("orders", { stream: "orders", scaled: true, scalerFunctionArn }),
            foreign("scalerFunctionArn"),
        ],
        [
            "a ShardedStream with such a topic",
            () => new ShardedStream("orders", { requirements, notifications: { topicArn } }),
            foreign("notifications.topicArn"),
        ],
        [
            "a secret, which is not shown",
            () =>
                new StreamAlarms("orders", { stream: "orders", notifications: { topicArn: pulumi.secret(topicArn) } }),
            "notifications.topicArn: [secret] is not allowed; it must be in keeping with the others. One of them is a secret, which is not shown.",
        ],
    ];
    for (const [title, declare, text] of rows) {
        it(`is refused: ${title}`, async () => {
            await assert.rejects(run(declare), (error: Error) => error.message.endsWith(` is malformed.\n${text}`));
        });
    }

    it("is none of another region: a name, what a preview does not know yet, and what a mock knows no region for", async () => {
        await run(() => new StreamAlarms("orders", { stream: "orders" }), { region: "ap-south-1" });
        await run(() => new StreamAlarms("orders", { stream: unknown() }), { preview: true });
        const mocks = {
            newResource: ({ name, inputs }: pulumi.runtime.MockResourceArgs) => ({ id: name, state: inputs as object }),
            call: ({ inputs }: pulumi.runtime.MockCallArgs) => inputs as object,
        };
        await run(() => new StreamAlarms("orders", { stream }), { mocks });
    });
});
