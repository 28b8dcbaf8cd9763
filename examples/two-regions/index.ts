/**
 * A stream of one name in each of two regions: producers write to the one that is near, or to the other while it is away. Each has its own
 * alarms, topic and dashboard, so that one region's fault is told by what stands in the other.
 *
 *     pulumi config set --path 'regions[0]' eu-west-1
 *     pulumi config set --path 'regions[1]' us-east-1
 *     pulumi up
 */
import * as pulumi from "@pulumi/pulumi";
import { ShardedStream } from "sharded-stream";

const regions = new pulumi.Config().getObject<string[]>("regions") ?? ["eu-west-1", "us-east-1"];

/** Each region must carry the whole load: that is what the other is there for. */
const requirements = { writeMiBPerSecond: 2, recordsPerSecond: 1500 };

const streams = regions.map(
    (region) =>
        new ShardedStream(`orders-${region}`, {
            streamName: "orders",
            region,
            requirements,
            tags: { owner: "orders" },
        }),
);

export const streamArns = streams.map(({ streamArn }) => streamArn);
export const topicArns = streams.map(({ topicArn }) => topicArn);
export const producerPolicies = streams.map(({ producerPolicy }) => producerPolicy);
