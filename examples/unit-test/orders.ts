/** The program under test: a stream of orders that scales itself, and whose alarms go to the team's topic. */
import * as pulumi from "@pulumi/pulumi";
import { ShardedStream } from "sharded-stream";

const config = new pulumi.Config();

export const orders = new ShardedStream("orders", {
    streamName: "orders",
    requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, orderedLanes: 4 },
    scaling: { maxShards: 16 },
    notifications: { topicArn: config.require("topicArn") },
});
