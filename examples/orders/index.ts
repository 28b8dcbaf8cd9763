/**
 * A stream of orders: the declared peak sizes it, alarms and a dashboard watch it, and a scaler follows the load.
 *
 *     pulumi up
 *     pulumi config set shardCount 2   # too few for the declared peak: the policy pack rejects it
 */
import * as pulumi from "@pulumi/pulumi";
import { ShardedStream } from "sharded-stream";

const config = new pulumi.Config();

const orders = new ShardedStream("orders", {
    requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, orderedLanes: 4, distinctKeys: 20_000 },
    shardCount: config.getNumber("shardCount"),
    scaling: { minShards: 2, maxShards: 16 },
    notifications: { emails: ["oncall@example.com"] },
    tags: { team: "orders" },
});

export const {
    streamName,
    streamArn,
    shardCount,
    topicArn,
    dashboardName,
    scalerFunctionName,
    ledgerTableName,
    producerPolicy,
    consumerPolicy,
} = orders;
