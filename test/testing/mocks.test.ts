/** `sharded-stream/testing` answers as AWS does: for every child of the components, and for what they and their users look up. */
import assert from "node:assert/strict";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import { Provider } from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";
import { ShardedStream, StreamConsumerFunction, StreamDashboard } from "../../index";
import { awsMocks, type AwsMocksOptions } from "../../testing";
import { run, valueOf } from "../components/mocks";

const place: AwsMocksOptions = { region: "cn-north-1", accountId: "999988887777", partition: "aws-cn" };
const inChina = (service: string, resource: string) => `arn:aws-cn:${service}:cn-north-1:999988887777:${resource}`;

/** What AWS decides, where an input does not say it already. */
const decided: Readonly<Record<string, Record<string, unknown>>> = {
    "aws:kinesis/stream:Stream orders": {
        id: inChina("kinesis", "stream/orders-a1b2c3d"),
        name: "orders-a1b2c3d",
        arn: inChina("kinesis", "stream/orders-a1b2c3d"),
    },
    "aws-native:kinesis:Stream native": {
        id: "live",
        name: "live",
        arn: inChina("kinesis", "stream/live"),
    },
    "aws:kinesis/streamConsumer:StreamConsumer orders-audit": {
        id: inChina("kinesis", "stream/orders-a1b2c3d/consumer/audit:1700000000"),
        name: "audit",
        arn: inChina("kinesis", "stream/orders-a1b2c3d/consumer/audit:1700000000"),
        creationTimestamp: "2023-11-14T22:13:20Z",
    },
    "aws:kinesis/resourcePolicy:ResourcePolicy orders": { id: inChina("kinesis", "stream/orders-a1b2c3d") },
    "aws:sns/topic:Topic orders-alarms": {
        id: inChina("sns", "orders-alarms-a1b2c3d"),
        name: "orders-alarms-a1b2c3d",
        arn: inChina("sns", "orders-alarms-a1b2c3d"),
        owner: "999988887777",
    },
    "aws:sns/topicPolicy:TopicPolicy orders-alarms": {
        id: inChina("sns", "orders-alarms-a1b2c3d"),
        owner: "999988887777",
    },
    "aws:sns/topicSubscription:TopicSubscription orders-oncall@example.com": {
        id: inChina("sns", "orders-alarms-a1b2c3d:11111111-2222-3333-4444-555555555555"),
        arn: inChina("sns", "orders-alarms-a1b2c3d:11111111-2222-3333-4444-555555555555"),
        ownerId: "999988887777",
        pendingConfirmation: true,
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm orders-WriteThrottling": {
        id: "orders-a1b2c3d-WriteThrottling",
        name: "orders-a1b2c3d-WriteThrottling",
        arn: inChina("cloudwatch", "alarm:orders-a1b2c3d-WriteThrottling"),
    },
    "aws:cloudwatch/compositeAlarm:CompositeAlarm orders-ConsumerSilent": {
        id: "orders-a1b2c3d-ConsumerSilent",
        arn: inChina("cloudwatch", "alarm:orders-a1b2c3d-ConsumerSilent"),
    },
    "aws:cloudwatch/dashboard:Dashboard orders": {
        id: "Kinesis-orders-a1b2c3d-cn-north-1",
        dashboardArn: "arn:aws-cn:cloudwatch::999988887777:dashboard/Kinesis-orders-a1b2c3d-cn-north-1",
    },
    "aws:cloudwatch/logGroup:LogGroup orders-scaler-log": {
        id: "/aws/lambda/orders-a1b2c3d-scaler",
        name: "/aws/lambda/orders-a1b2c3d-scaler",
        arn: inChina("logs", "log-group:/aws/lambda/orders-a1b2c3d-scaler"),
    },
    "aws:dynamodb/table:Table orders-scaler-ledger": {
        id: "orders-a1b2c3d-scaler-ledger",
        name: "orders-a1b2c3d-scaler-ledger",
        arn: inChina("dynamodb", "table/orders-a1b2c3d-scaler-ledger"),
    },
    "aws:iam/role:Role orders-scaler-role": {
        id: "orders-a1b2c3d-cn-north-1-scaler",
        name: "orders-a1b2c3d-cn-north-1-scaler",
        arn: "arn:aws-cn:iam::999988887777:role/platform/orders-a1b2c3d-cn-north-1-scaler",
        uniqueId: "AROA1234567890EXAMPLE",
    },
    "aws:iam/rolePolicy:RolePolicy orders-scaler-policy": {
        id: "orders-a1b2c3d-cn-north-1-scaler:orders-scaler-policy-a1b2c3d",
        name: "orders-scaler-policy-a1b2c3d",
    },
    "aws:lambda/function:Function orders-scaler": {
        id: "orders-a1b2c3d-scaler",
        name: "orders-a1b2c3d-scaler",
        arn: inChina("lambda", "function:orders-a1b2c3d-scaler"),
        qualifiedArn: inChina("lambda", "function:orders-a1b2c3d-scaler:$LATEST"),
        version: "$LATEST",
    },
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig orders-scaler-invoke": {
        id: "orders-a1b2c3d-scaler",
    },
    "aws:lambda/eventSourceMapping:EventSourceMapping billing": {
        id: "12345678-90ab-cdef-1234-567890abcdef",
        uuid: "12345678-90ab-cdef-1234-567890abcdef",
        arn: inChina("lambda", "event-source-mapping:12345678-90ab-cdef-1234-567890abcdef"),
        functionArn: inChina("lambda", "function:billing"),
        state: "Enabled",
    },
    "aws:sqs/queue:Queue billing-failures": {
        id: "https://sqs.cn-north-1.amazonaws.com.cn/999988887777/billing-failures-a1b2c3d",
        url: "https://sqs.cn-north-1.amazonaws.com.cn/999988887777/billing-failures-a1b2c3d",
        name: "billing-failures-a1b2c3d",
        arn: inChina("sqs", "billing-failures-a1b2c3d"),
    },
    "aws:lambda/permission:Permission orders-scaler-alarm-permission": {
        id: "orders-scaler-alarm-permission-a1b2c3d",
        statementId: "orders-scaler-alarm-permission-a1b2c3d",
    },
    "aws:scheduler/schedule:Schedule orders-scaler-schedule": {
        id: "default/orders-a1b2c3d-scaler",
        name: "orders-a1b2c3d-scaler",
        arn: inChina("scheduler", "schedule/default/orders-a1b2c3d-scaler"),
    },
    "pulumi:index:Stash orders-on-demand": { output: false },
};

describe("the mocks for users' unit tests", () => {
    it("decide what AWS decides, for each type of child that a component has", async () => {
        const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };
        const { registered } = await run(
            () => {
                new ShardedStream("native", { requirements, streamProvider: "aws-native", streamName: "live" });
                const orders = new ShardedStream("orders", {
                    requirements,
                    scaling: { rolePath: "/platform/" },
                    consumers: ["audit"],
                    kmsKeyId: "alias/orders",
                    writers: ["210987654321"],
                    notifications: { emails: ["oncall@example.com"] },
                });
                new StreamConsumerFunction("billing", { ...orders.source, function: "billing" });
            },
            { mocks: awsMocks(place) },
        );
        const children = registered.filter(({ custom }) => custom);
        const types = (keys: readonly string[]) => [...new Set(keys.map((key) => key.split(" ")[0]!))].sort();
        assert.deepEqual(types(Object.keys(decided)), types(children.map(({ type }) => type)));
        for (const [child, outputs] of Object.entries(decided)) {
            const { type, name, inputs } = children.find((one) => `${one.type} ${one.name}` === child)!;
            const { id, state } = awsMocks(place).newResource({ type, name, inputs, custom: true });
            assert.deepEqual(
                { id: type.startsWith("pulumi:") ? undefined : id, ...state },
                { id: undefined, ...inputs, ...outputs },
            );
        }
    });

    it("are in us-east-1 of one account, unless told otherwise, and know other resources of AWS by name", () => {
        const bucket = { type: "aws:s3/bucketV2:BucketV2", name: "raw", inputs: {} };
        const arn = "arn:aws:s3:us-east-1:123456789012:raw-a1b2c3d";
        assert.deepEqual(awsMocks().newResource(bucket), { id: "raw-a1b2c3d", state: { name: "raw-a1b2c3d", arn } });
        assert.deepEqual(awsMocks().newResource({ ...bucket, id: "imported" }).id, "imported");
    });

    it("tell of an event source mapping whether it is enabled", () => {
        const stateWith = (inputs: object) => {
            const type = "aws:lambda/eventSourceMapping:EventSourceMapping";
            return awsMocks().newResource({ type, name: "billing", inputs, custom: true }).state.state;
        };
        assert.deepEqual([{}, { enabled: true }, { enabled: false }].map(stateWith), [
            "Enabled",
            "Enabled",
            "Disabled",
        ]);
    });

    const calls: [token: string, inputs: object, answer: object][] = [
        ["aws:index/getRegion:getRegion", {}, { id: "cn-north-1", region: "cn-north-1", name: "cn-north-1" }],
        ["aws-native:index:getRegion", {}, { id: "cn-north-1", region: "cn-north-1", name: "cn-north-1" }],
        [
            "aws:index/getCallerIdentity:getCallerIdentity",
            {},
            {
                id: "999988887777",
                accountId: "999988887777",
                arn: "arn:aws-cn:iam::999988887777:user/test",
                userId: "AIDA1234567890EXAMPLE",
            },
        ],
        ["aws-native:index:getAccountId", {}, { accountId: "999988887777" }],
        [
            "aws:index/getPartition:getPartition",
            {},
            { id: "aws-cn", partition: "aws-cn", dnsSuffix: "amazonaws.com.cn" },
        ],
        [
            "aws:kms/getKey:getKey",
            { keyId: inChina("kms", "key/abc") },
            { id: "abc", keyId: "abc", arn: inChina("kms", "key/abc") },
        ],
        [
            "aws:kms/getKey:getKey",
            { keyId: "alias/topic" },
            {
                id: "1234abcd-12ab-34cd-56ef-1234567890ab",
                keyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
                arn: inChina("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab"),
            },
        ],
    ];
    for (const [token, inputs, answer] of calls) {
        it(`answer ${token} of ${JSON.stringify(inputs)}`, () =>
            assert.deepEqual(awsMocks(place).call({ token, inputs }), answer));
    }

    it("answer with the endpoints' suffix of any partition", () =>
        assert.deepEqual(
            awsMocks({ partition: "aws-eusc" }).call({ token: "aws:index/getPartition:getPartition", inputs: {} }),
            { id: "aws-eusc", partition: "aws-eusc", dnsSuffix: "amazonaws.eu" },
        ));

    it("put what a provider of the program's own makes into its region, and the account of the role that it assumes", async () => {
        const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };
        const assumed = (accountId: string) => ({ roleArn: `arn:aws:iam::${accountId}:role/deploy` });
        const { value } = await run(() => {
            const frankfurt = new Provider("frankfurt", { region: "eu-central-1" });
            const audit = new Provider("audit", { assumeRoles: [assumed("111122223333"), assumed("210987654321")] });
            const beijing = new Provider("beijing", { region: "cn-north-1" });
            const made = (name: string, opts: pulumi.ComponentResourceOptions) =>
                new ShardedStream(name, { streamName: "orders", requirements }, opts);
            return [
                made("usual", {}),
                made("frankfurt", { provider: frankfurt }),
                made("audit", { providers: [audit] }),
                made("beijing", {
                    parent: new pulumi.ComponentResource(
                        "shop:index:Shop",
                        "shop",
                        {},
                        { providers: { aws: beijing } },
                    ),
                }),
            ];
        });
        assert.deepEqual(
            await Promise.all(
                value.map(async (made) => [await valueOf(made.streamArn), await valueOf(made.dashboardName)]),
            ),
            [
                ["arn:aws:kinesis:us-east-1:123456789012:stream/orders", "Kinesis-orders-us-east-1"],
                ["arn:aws:kinesis:eu-central-1:123456789012:stream/orders", "Kinesis-orders-eu-central-1"],
                ["arn:aws:kinesis:us-east-1:210987654321:stream/orders", "Kinesis-orders-us-east-1"],
                ["arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders", "Kinesis-orders-cn-north-1"],
            ],
        );
    });

    it("answer a program's calls where the provider is that it asks", async () => {
        const { value } = await run(() => {
            const provider = new Provider("frankfurt", { region: "eu-central-1" });
            return [getRegionOutput({}, { provider }).region, getRegionOutput().region];
        });
        assert.deepEqual(await Promise.all(value.map(valueOf)), ["eu-central-1", "us-east-1"]);
    });

    it("give the outputs of another stack, as the program of docs/iam.md reads them", async () => {
        const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
        const mocks = awsMocks({ stacks: { "acme/orders/prod": { streamArn } } });
        const { value } = await run(
            () => {
                const orders = new pulumi.StackReference("acme/orders/prod");
                const named = new pulumi.StackReference("orders", { name: "acme/orders/prod" });
                return [orders.requireOutput("streamArn"), named.getOutput("streamArn"), orders.getOutput("keyArn")];
            },
            { mocks },
        );
        assert.deepEqual(await Promise.all(value.map(valueOf)), [streamArn, streamArn, undefined]);
    });

    it("say how the outputs of a stack are given", async () => {
        await assert.rejects(
            run(() => {
                const stream = new pulumi.StackReference("acme/orders/prod").getOutput(
                    "streamArn",
                ) as pulumi.Output<string>;
                new StreamDashboard("orders", { stream });
            }),
            {
                message:
                    /The program refers to the stack acme\/orders\/prod, whose outputs awsMocks does not know\. Give what the program reads of them: awsMocks\(\{ stacks: \{ "acme\/orders\/prod": \{ streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream\/orders" \} \} \}\)\.$/,
            },
        );
    });

    it("refuse options that are malformed, all at once", () => {
        const options = {
            reigon: "eu-west-1",
            region: "Ohio",
            accountId: 123456789012,
            partition: "china",
            stacks: { prod: 1 },
        };
        assert.throws(() => awsMocks(options as never), {
            name: "InvalidInputError",
            message:
                'awsMocks: region: "Ohio" is not allowed; it must be an AWS region. Give a region such as eu-west-1, or leave it out for us-east-1.\n' +
                "accountId: 123,456,789,012 is not allowed; it must be the twelve digits of an account. Give them as text, or leave them out for 123456789012.\n" +
                'partition: "china" is not allowed; it must be a partition of AWS. Give one such as aws-cn, or leave it out for aws.\n' +
                "stacks.prod: 1 is not allowed; it must be an object of the stack's outputs. Give each output that the program reads by its name.\n" +
                'reigon: "eu-west-1" is not allowed; it must be one of region, accountId, partition, stacks. Did you mean region?',
        });
    });

    it("say what to do about a call that they do not know", () => {
        assert.throws(() => awsMocks().call({ token: "aws:ec2/getVpc:getVpc", inputs: {} }), {
            message:
                'The program calls aws:ec2/getVpc:getVpc, which awsMocks does not know. Answer it in a call of your own, and pass every other on: call: (args) => args.token === "aws:ec2/getVpc:getVpc" ? {} : mocks.call(args).',
        });
    });
});
