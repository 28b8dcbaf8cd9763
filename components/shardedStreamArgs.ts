/**
 * What a ShardedStream is told.
 */
import type * as pulumi from "@pulumi/pulumi";
import { type AlarmsArgs } from "./alarmArgs";
import { type SharedReaderArgs } from "./grants/sharing";
import { type NotificationsArgs } from "./notifications";
import { type ScalingArgs } from "./scaling";
import { type RequirementsArgs } from "./streamFacts";

/** Who sets the shard count. */
export const CapacityMode = {
    /** The plan, from the declared requirements; paid by the shard-hour. */
    Provisioned: "provisioned",
    /** AWS, after the load; paid by the hour and by the gigabyte. */
    OnDemand: "on-demand",
} as const;

/** Who sets the shard count. */
export type CapacityMode = (typeof CapacityMode)[keyof typeof CapacityMode];

/** The Pulumi provider that manages the stream; everything beside it is managed by aws. */
export const StreamProvider = {
    /** The aws provider. */
    Aws: "aws",
    /** The aws-native provider, for the same region as aws. */
    AwsNative: "aws-native",
} as const;

/** The Pulumi provider that manages the stream; everything beside it is managed by aws. */
export type StreamProvider = (typeof StreamProvider)[keyof typeof StreamProvider];

/** What a ShardedStream is told. Only the requirements are needed. */
export interface ShardedStreamArgs {
    /** The load of the stream at its declared peak, which sizes it. Required. */
    requirements: RequirementsArgs;
    /** Shards, 1 to 10,000, instead of the planned count; too few are for the policies to reject. Ignored in on-demand mode. Default: the plan's recommended count. */
    shardCount?: pulumi.Input<number | undefined>;
    /** Name of the stream, 1 to 128 letters, digits, underscores, dots and hyphens. A new name is a new stream. Default: named by Pulumi after the ShardedStream, whose name must be such a one then. */
    streamName?: pulumi.Input<string | undefined>;
    /**
     * Whether the stream is held as it is: no deployment changes it or deletes it, whatever else is declared; the alarms go by the live
     * stream. For a stream that exists already, and for another `streamProvider`. Needs `streamName`. Default: false.
     */
    hold?: boolean | undefined;
    /** `provisioned` or `on-demand`; an on-demand stream has neither a shard count nor a scaler. Default: `provisioned`. */
    capacityMode?: CapacityMode;
    /**
     * Warm throughput: MiB per second of writes that an on-demand stream takes at once, whatever its load was so far. Whole, 1 to 10,240. Only
     * in an account with On-demand Advantage (`MinimumThroughputBillingCommitment`), else AWS refuses it; malformed with provisioned shards.
     * Default: what AWS has made of the load.
     */
    warmThroughputMiBps?: pulumi.Input<number | undefined>;
    /** `aws` or `aws-native`; aws-native needs its own region configuration, the same as aws. A change needs a deployment with `hold` before it. Default: `aws`. */
    streamProvider?: StreamProvider;
    /** Hours that records are kept, whole, 24 to 8,760. Default: 24. */
    retentionHours?: pulumi.Input<number | undefined>;
    /** The largest record that the stream accepts, in KiB, whole, 1,024 to 10,240. Default: the `maxRecordKiB` of the requirements, at least 1,024. */
    maxRecordKiB?: pulumi.Input<number | undefined>;
    /** ID, ARN or alias of the KMS key that encrypts the stream. Default: `alias/aws/kinesis`, the key that AWS manages. */
    kmsKeyId?: pulumi.Input<string | undefined>;
    /** Metrics that are published per shard, each $0.30 a month and shard; IncomingBytes and IncomingRecords tell hot shards. Default: none. */
    shardLevelMetrics?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    /** Whether a stream with registered consumers may be deleted. Malformed as true with `streamProvider: aws-native`, which deletes none. Default: false. */
    enforceConsumerDeletion?: pulumi.Input<boolean | undefined>;
    /** The scaler, which then sets the shard count after the load. Malformed in on-demand mode. Default: none, the planned count stays. */
    scaling?: ScalingArgs | undefined;
    /** The alarms' thresholds and periods, and which of them exist. Default: all, with thresholds from the requirements. */
    alarms?: AlarmsArgs | undefined;
    /** Whether there is a dashboard `Kinesis-<stream>-<region>`. Default: true. */
    dashboard?: boolean | undefined;
    /** Where the alarms go. Default: a topic of the stream's own. */
    notifications?: NotificationsArgs | undefined;
    /** Names of the consumers that are registered for enhanced fan-out, each with alarms and a graph of its own. Default: none. */
    consumers?: string[] | undefined;
    /** Who of other accounts reads the stream, by the policies of the stream and its consumers. Needs a customer managed `kmsKeyId`. Default: nobody. */
    readers?: SharedReaderArgs[] | undefined;
    /** Who of other accounts writes to the stream: IDs of accounts, twelve digits, or ARNs of their roles and users. Needs a customer managed `kmsKeyId`. Default: nobody. */
    writers?: pulumi.Input<string>[] | undefined;
    /**
     * Region of the stream and of everything beside it, where it is not the provider's. Malformed with `streamProvider: aws-native`, which
     * knows none beside the provider's. Default: the provider's. Another region is another stream.
     */
    region?: pulumi.Input<string | undefined>;
    /** Tags of everything that can carry tags, at most 50. Default: none. */
    tags?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
}
