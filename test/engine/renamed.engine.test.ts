/**
 * A component that is renamed with an alias keeps what its name in AWS, or in the program, was made of: the queue with what was given up, the
 * topic with its subscribers, the grants. Names of dots are no names of queues and topics, and those of grants end in a hash.
 */
import assert from "node:assert/strict";
import { ListSubscriptionsCommand, SNSClient } from "@aws-sdk/client-sns";
import { type OperationResult } from "../../engine/index";
import { onEngine } from "./harness";

const program = `
    const pulumi = require("@pulumi/pulumi");
    const { Role } = require("@pulumi/aws/iam");
    const lambda = require("@pulumi/aws/lambda");
    const { ShardedStream, StreamConsumerFunction } = require("sharded-stream");
    const form = new pulumi.Config().requireNumber("form");
    const named = (before, after) => [[before, after][form], form === 1 ? { aliases: [{ name: before }] } : {}];

    const roleFor = (name, Service, opts) => {
        const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service } };
        return new Role(name, { name: "role-of-" + Service, assumeRolePolicy: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }) }, opts);
    };
    const [shop, shopOptions] = named("shop", "store");
    const shopRole = roleFor(shop, "ecs-tasks.amazonaws.com", shopOptions);
    const requirements = { writeMiBPerSecond: 1, recordsPerSecond: 10 };
    const declareStream = (before, after) => {
        const [name, opts] = named(before, after);
        return new ShardedStream(
            name,
            { requirements, streamName: before, dashboard: false, notifications: { emails: ["oncall@example.com"] } },
            { ...opts, protect: true },
        );
    };
    const clicks = declareStream("com.example.clicks", "clicks");
    const orders = declareStream("orders", "purchases");
    const grants = [clicks.grantRead(shopRole), clicks.grantWrite("role-of-lambda.amazonaws.com"), orders.grantWrite(shopRole)];

    const role = roleFor("billing", "lambda.amazonaws.com");
    const code = new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset("exports.handler = async () => {};") });
    const billing = new lambda.Function("billing", { role: role.arn, code, runtime: "nodejs22.x", handler: "index.handler" });
    const [name, opts] = named("com.example.billing", "billing");
    const reading = new StreamConsumerFunction(name, { ...clicks.source, function: billing.name, role: role.name, enabled: false }, opts);

    exports.queueUrl = reading.queue.url;
    exports.kept = [clicks.topicArn, orders.topicArn, reading.topicArn, reading.failureDestinationArn, reading.rolePolicy.name, ...grants.map((grant) => grant.name)];
`;

describe("components that are renamed with an alias, on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });
    const deploy = (projectDir: string, form: number) => world.engine.up({ projectDir, config: { form } });

    it("keep their queue, their topics with whom they tell, and their grants, protected or not", async () => {
        const projectDir = world.project(program);
        const before = succeeded(await deploy(projectDir, 0));
        const { endpoint, region, credentials, cloud } = world.sandbox;
        const sqs = (operation: string, input: object) =>
            cloud.sqs.operations[operation]!({ QueueUrl: String(before.outputs.queueUrl), ...input }, {} as never);
        const sns = new SNSClient({ endpoint, region, credentials });
        await sqs("SendMessage", { MessageBody: "given up" });
        const subscribed = (await sns.send(new ListSubscriptionsCommand({}))).Subscriptions;
        assert.equal(subscribed?.length, 2);

        const after = succeeded(await deploy(projectDir, 1));
        assert.deepEqual(after.outputs, before.outputs);
        // An attached alarm has its owner in its name, and that is the component's.
        const others = after.steps.filter(({ op, type }) => !/^same|^update/.test(op) && !type.includes("metricAlarm"));
        assert.deepEqual(
            others.map(({ op, urn }) => [op, urn]),
            [],
        );
        const { Messages } = (await sqs("ReceiveMessage", {})) as { readonly Messages: readonly { Body: string }[] };
        assert.deepEqual(
            Messages.map(({ Body }) => Body),
            ["given up"],
        );
        assert.deepEqual((await sns.send(new ListSubscriptionsCommand({}))).Subscriptions, subscribed);
        sns.destroy();
    });
});

function succeeded(result: OperationResult): OperationResult {
    assert.equal(result.exitCode, 0, result.stdout + result.stderr);
    return result;
}
