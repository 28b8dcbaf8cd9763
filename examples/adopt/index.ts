/**
 * A stream that this program has always declared by hand comes under ShardedStream, in two deployments and without an import. It is the same
 * stream all the way, with its records; docs/adopt.md of the repository tells more.
 *
 *     pulumi up                               # as it was: a raw stream
 *     pulumi config set step held             # the component around it; nothing in AWS changes but alarms and a dashboard
 *     pulumi up
 *     pulumi config set step adopted          # what is declared applies: here encryption and tags
 *     pulumi up
 */
import * as kinesis from "@pulumi/aws/kinesis/index.js";
import * as pulumi from "@pulumi/pulumi";
import { ShardedStream } from "sharded-stream";

const step = new pulumi.Config().get("step") ?? "raw";

/** The stream in the component is the raw one of before: to Pulumi only its parent has changed. */
const wasRaw: pulumi.ResourceTransform = ({ type, props, opts }) =>
    type === "aws:kinesis/stream:Stream"
        ? { props, opts: { ...opts, aliases: [{ name: "clicks", parent: pulumi.rootStackResource }] } }
        : undefined;

function declared(): { name: pulumi.Output<string>; arn: pulumi.Output<string> } {
    if (step === "raw")
        return new kinesis.Stream("clicks", { name: "clicks-live", shardCount: 3, retentionPeriod: 48 });

    const { streamName, streamArn } = new ShardedStream(
        "clicks",
        {
            streamName: "clicks-live",
            hold: step === "held",
            requirements: { writeMiBPerSecond: 2, recordsPerSecond: 1500 },
            // What is live stays: the count of the plan would be 3 as well, the retention would be 24 hours.
            shardCount: 3,
            retentionHours: 48,
            tags: { owner: "web" },
        },
        { transforms: [wasRaw] },
    );
    return { name: streamName, arn: streamArn };
}

export const { name: streamName, arn: streamArn } = declared();
