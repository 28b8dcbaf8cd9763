/**
 * Alarms and a dashboard for a stream that something else manages. The stream itself is not touched.
 *
 *     pulumi config set stream clicks     # a name or an ARN
 *     pulumi config set shardCount 8      # its open shards
 *     pulumi up
 */
import * as pulumi from "@pulumi/pulumi";
import { StreamAlarms, StreamDashboard } from "sharded-stream";

const config = new pulumi.Config();

const clicks = {
    stream: config.require("stream"),
    shardCount: config.requireNumber("shardCount"),
    requirements: { writeMiBPerSecond: 5, recordsPerSecond: 6000 },
};

export const { topicArn } = new StreamAlarms("clicks", {
    ...clicks,
    notifications: { emails: ["oncall@example.com"] },
});
export const { dashboardName } = new StreamDashboard("clicks", clicks);
