/**
 * A unit test of that program: what it declares, without an engine, an account or a network.
 *
 *     npx tsc && node --test
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { type ShardedStream } from "sharded-stream";
import { awsMocks } from "sharded-stream/testing";

const topicArn = "arn:aws:sns:eu-west-1:123456789012:oncall";
const declared: pulumi.runtime.MockResourceArgs[] = [];
let orders: ShardedStream;

before(async () => {
    const mocks = awsMocks({ region: "eu-west-1" });
    await pulumi.runtime.setMocks(
        {
            ...mocks,
            newResource: (args) => {
                declared.push(args);
                return mocks.newResource(args);
            },
        },
        "shop",
    );
    pulumi.runtime.setConfig("shop:topicArn", topicArn);
    // Only now, so that what it declares meets the mocks.
    ({ orders } = await import("./orders.js"));
    // Until everything is declared.
    await pulumi.runtime.disconnect();
});

function valueOf<T>(output: pulumi.Output<T> | undefined): Promise<T> {
    return new Promise((resolve) => output!.apply(resolve));
}

test("the stream starts with the shards that the declared peak needs", async () => {
    assert.equal(await valueOf(orders.shardCount), 5);
    assert.equal(await valueOf(orders.streamArn), "arn:aws:kinesis:eu-west-1:123456789012:stream/orders");
});

test("whoever gets the producer's policy can write, and cannot read", async () => {
    const policy = await valueOf(orders.producerPolicy);
    assert.match(policy, /kinesis:PutRecords/);
    assert.doesNotMatch(policy, /kinesis:GetRecords/);
});

test("every alarm speaks to the team's topic", () => {
    const alarms = declared.filter(({ inputs }) => "alarmActions" in (inputs as object));
    assert.equal(alarms.length, 8);
    for (const { name, inputs } of alarms)
        assert.equal((inputs as { alarmActions: string[] }).alarmActions[0], topicArn, name);
});

test("the scaler opens at most sixteen shards", () => {
    const scaler = declared.find(({ type }) => type === "aws:lambda/function:Function");
    const { environment } = scaler!.inputs as { environment: { variables: Record<string, string> } };
    assert.equal(environment.variables.MAX_SHARDS, "16");
});
