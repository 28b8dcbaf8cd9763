/**
 * ShardedStream: a Kinesis stream that is sized from declared requirements, alarmed, shown on a dashboard and ready to be granted.
 */
import type * as iam from "@pulumi/aws/iam";
import type * as kinesis from "@pulumi/aws/kinesis";
import type * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import { awsManagedKinesisKey } from "../capacity/identifiers";
import { limits } from "../capacity/limits";
import { consumerAlarmNames, scalerAlarmNames, streamAlarmNames } from "../capacity/watching/alarms";
import { alarmsOf } from "./alarmArgs";
import { parseArn } from "../capacity/arns";
import { consumerPolicy, producerPolicy } from "./grants/documents";
import {
    type EventSourceReader,
    type FlinkReader,
    type Granted,
    grantRead,
    grantWrite,
    type KclReader,
    type Reader,
    readerPolicy,
} from "./grants/grants";
import { shareStream } from "./grants/sharing";
import { alreadyChecked, checkArgs, decided, fieldOf, given, mapInput, whenReady, withDefault } from "./inputs";
import { refusingLostStream } from "./lostStream";
import { notificationTopic } from "./notifications";
import { ofOwnStream } from "./owners";
import { inRegion, inTheirRegion } from "./region";
import {
    handOverCount,
    plannedShards,
    rememberOnDemand,
    scalingSettings,
    shardsAtPeak,
    shardSourceOf,
    tagsWithLedger,
    topicKeyArn,
    utilizationAlarm,
} from "./scaling";
import { CapacityMode, type ShardedStreamArgs, StreamProvider } from "./shardedStreamArgs";
import { refusingBigSteps } from "./shardSteps";
import { shortStacks } from "./shortStacks";
import { answered, type AwsNativeStream, awsNativeStream, awsStream, problemsOf, registeredConsumers } from "./stream";
import { StreamAlarms } from "./streamAlarms";
import { StreamAutoscaler } from "./streamAutoscaler";
import { type StreamSource } from "./streamConsumerFunctionArgs";
import { StreamDashboard } from "./streamDashboard";
import { type ExistingStreamArgs, type RequirementsArgs, requirementsWith, withShardSource } from "./streamFacts";

// Long because each output and each child has its sentence here; what they are made of is below and in other files.
/**
 * A Kinesis data stream with the shards that its declared load needs, encrypted, with alarms, a dashboard and ready policy documents.
 *
 * @example
 * new ShardedStream("orders", { requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, orderedLanes: 4 } });
 */
export class ShardedStream extends pulumi.ComponentResource {
    /** @internal */
    static readonly __pulumiType = "sharded-stream:index:ShardedStream";

    /** Name of the stream. */
    readonly streamName: pulumi.Output<string>;
    /** ARN of the stream. */
    readonly streamArn: pulumi.Output<string>;
    /** Planned shards, or the count that overrides the plan; absent in on-demand mode. A scaler may have opened more or fewer since. Of a held stream the count that it had at the last deployment. */
    readonly shardCount?: pulumi.Output<number>;
    /** ARN of the topic that the alarms speak to. */
    readonly topicArn: pulumi.Output<string>;
    /** Name of the dashboard; absent without one. */
    readonly dashboardName?: pulumi.Output<string>;
    /** Name of the scaler's Lambda function; absent without scaling. */
    readonly scalerFunctionName?: pulumi.Output<string>;
    /** Name of the DynamoDB table with the scaler's budget and history; absent without scaling. */
    readonly ledgerTableName?: pulumi.Output<string>;
    /** IAM policy document, as JSON, of someone who writes to the stream: nothing more. */
    readonly producerPolicy: pulumi.Output<string>;
    /** IAM policy document, as JSON, of someone who reads the stream, as one of the registered consumers too: nothing more. */
    readonly consumerPolicy: pulumi.Output<string>;

    constructor(name: string, args: ShardedStreamArgs, opts?: pulumi.ComponentResourceOptions) {
        super(
            ShardedStream.__pulumiType,
            name,
            args as unknown as pulumi.Inputs,
            refusingLostStream(name, inRegion(args, opts)),
        );
        args = given(args);
        const restoreStacks = shortStacks();
        const deciding = ["notifications.topicArn", "scaling.ledgerTable"];
        const checked = checkArgs("ShardedStream", name, args, problemsOf(name), deciding);
        const ready = inTheirRegion(this, args, ["notifications.topicArn"], checked);
        const child = { parent: this, dependsOn: ready };
        const told = <T extends object>(part: T): T => alreadyChecked(part, ready);
        const own = <T extends object>(part: T): T => ofOwnStream(told(part));
        const { consumers = [], scaling, hold = false, tags } = args;
        const kmsKeyId = withDefault(args.kmsKeyId, awsManagedKinesisKey);
        const onDemand = args.capacityMode === CapacityMode.OnDemand;
        const requirements = whenReady(ready, requirementsWith(args.requirements, consumers.length));
        const retentionHours = withDefault(whenReady(ready, args.retentionHours), limits.retentionHoursDefault);
        const settings = scaling && scalingSettings(whenReady(ready, scaling), requirements);
        const shardCount = onDemand
            ? undefined
            : withDefault(whenReady(ready, args.shardCount), plannedShards(requirements, settings));

        if (onDemand) rememberOnDemand(name, this, ready);
        const declare = args.streamProvider === StreamProvider.AwsNative ? awsNativeStream : awsStream;
        const declared = declare(
            name,
            {
                streamName: args.streamName,
                onDemand,
                shardCount,
                warmThroughputMiBps: args.warmThroughputMiBps,
                retentionHours,
                maxRecordKiB: withDefault(
                    args.maxRecordKiB,
                    mapInput(fieldOf(requirements, "maxRecordKiB"), maxRecordKiBFor),
                ),
                kmsKeyId,
                shardLevelMetrics: args.shardLevelMetrics,
                enforceConsumerDeletion: withDefault(args.enforceConsumerDeletion, false),
                tags: tagsWithLedger(tags, decided(scaling?.ledgerTable)),
                hold,
            },
            refusingBigSteps(name, scaling !== undefined, scaling ? handOverCount(name, this, ready) : child),
        );
        const stream = answered(declared, name);
        const deployedShards = hold && shardCount !== undefined ? liveOr(stream.shardCount, shardCount) : shardCount;
        const registered = registeredConsumers(consumers, { streamArn: stream.arn, tags }, child);
        shareStream(name, args, stream.arn, registered, child);

        const { topic, topicArn } = notificationTopic(name, args.notifications, tags, child);
        this.topicArn = topicArn;
        const scaler =
            scaling &&
            settings &&
            new StreamAutoscaler(
                `${name}-scaler`,
                told({
                    ...scaling,
                    ...settings,
                    streamName: stream.name,
                    streamArn: stream.arn,
                    invokedByAlarms: utilizationAlarm(stream.name, args.alarms),
                    topicArn: this.topicArn,
                    alarms: alarmsOf(scalerAlarmNames, args.alarms),
                    topicKmsKeyArn: topicKeyArn(args.notifications, stream.arn, args.region, this),
                    region: args.region,
                    tags,
                }),
                { parent: this },
            );
        const attached: ExistingStreamArgs = {
            stream: stream.name,
            requirements: requirements as RequirementsArgs,
            shardCount: scaler ? undefined : deployedShards,
            retentionHours: hold ? liveOr(stream.retentionHours, retentionHours) : retentionHours,
            shardLevelMetrics: args.shardLevelMetrics,
            ...(consumers.length > 0 && { consumers }),
            scaled: scaler !== undefined,
        };
        const alarms = new StreamAlarms(
            name,
            withShardSource(
                own({
                    ...attached,
                    scalerFunctionArn: scaler?.functionArn,
                    alarms: alarmsOf([...streamAlarmNames, ...consumerAlarmNames], args.alarms),
                    notifications: { topicArn: this.topicArn },
                    region: args.region,
                    tags,
                }),
                shardSourceOf(args),
            ),
            { parent: this },
        );
        const region = stream.arn.apply((arn) => parseArn(arn).region);
        const shown = own({ ...attached, region, scalerLogGroup: scaler?.logGroupName });
        const dashboard = (args.dashboard ?? true) ? new StreamDashboard(name, shown, { parent: this }) : undefined;
        children.set(this, { stream: stream.resource, topic, alarms, dashboard, scaler, consumers: registered });
        const identity = pulumi.output({ streamArn: stream.arn, kmsKeyId });
        granted.set(this, { component: this, name, identity, consumers });
        sources.set(this, {
            stream: stream.arn,
            requirements: args.requirements,
            shardCount: settings ? shardsAtPeak(requirements, settings) : deployedShards,
            retentionHours: attached.retentionHours,
            kmsKeyId,
            notifications: { topicArn },
            region: args.region,
        });

        this.streamName = stream.name;
        this.streamArn = stream.arn;
        if (deployedShards !== undefined) this.shardCount = pulumi.output(deployedShards);
        if (dashboard) this.dashboardName = dashboard.dashboardName;
        if (scaler) {
            this.scalerFunctionName = scaler.functionName;
            this.ledgerTableName = scaler.ledgerTableName;
        }
        this.producerPolicy = identity.apply(producerPolicy);
        this.consumerPolicy = identity.apply((known) => consumerPolicy({ ...known, consumers }));
        restoreStacks();
        this.registerOutputs({
            streamName: this.streamName,
            streamArn: this.streamArn,
            shardCount: this.shardCount,
            topicArn: this.topicArn,
            dashboardName: this.dashboardName,
            scalerFunctionName: this.scalerFunctionName,
            ledgerTableName: this.ledgerTableName,
            producerPolicy: this.producerPolicy,
            consumerPolicy: this.consumerPolicy,
        });
    }

    /** The stream, of the provider that manages it: `kinesis.Stream.isInstance(orders.stream)` tells which. */
    get stream(): kinesis.Stream | AwsNativeStream {
        return children.get(this)!.stream;
    }

    /** The stream's own topic; undefined where `notifications` gives one. */
    get topic(): sns.Topic | undefined {
        return children.get(this)!.topic;
    }

    /** The stream's alarms; those on the scaler are the scaler's. */
    get alarms(): StreamAlarms {
        return children.get(this)!.alarms;
    }

    /** The dashboard; undefined without one. */
    get dashboard(): StreamDashboard | undefined {
        return children.get(this)!.dashboard;
    }

    /** The scaler; undefined without `scaling`. */
    get scaler(): StreamAutoscaler | undefined {
        return children.get(this)!.scaler;
    }

    /** The consumers that are registered for enhanced fan-out, by their name. */
    get consumers(): Readonly<Record<string, kinesis.StreamConsumer>> {
        return children.get(this)!.consumers;
    }

    /** What a function that reads the stream is told about it: `new StreamConsumerFunction("billing", { ...orders.source, function: billing.arn })`. */
    get source(): StreamSource {
        return sources.get(this)!;
    }

    /** Lets a role of the stream's account, or one by its name, write to the stream: nothing more. */
    grantWrite(role: iam.Role | string): iam.RolePolicy {
        return grantWrite(granted.get(this)!, role);
    }

    /** Lets a role of the stream's account, or one by its name, read the stream with a client, such as `{ as: "kcl", applicationName: "billing" }`: nothing more. */
    grantRead(role: iam.Role | string, reader: Reader = {}): iam.RolePolicy {
        return grantRead(granted.get(this)!, role, reader);
    }

    /** IAM policy document, as JSON, of an application of the Kinesis Client Library, 2 or 3, with its tables and metrics. */
    kclPolicy(application: KclReader): pulumi.Output<string> {
        return readerPolicy(granted.get(this)!, { ...application, as: "kcl" });
    }

    /** IAM policy document, as JSON, of a Lambda function with an event source mapping on the stream or on a registered consumer. */
    eventSourcePolicy(mapping: EventSourceReader = {}): pulumi.Output<string> {
        return readerPolicy(granted.get(this)!, { ...mapping, as: "eventSource" });
    }

    /** IAM policy document, as JSON, of an Apache Flink application's source. */
    flinkPolicy(application: FlinkReader = {}): pulumi.Output<string> {
        return readerPolicy(granted.get(this)!, { ...application, as: "flink" });
    }
}

/** Reached by accessors: a field would be an output of the component, in every language. */
const children = new WeakMap<
    ShardedStream,
    Pick<ShardedStream, "stream" | "topic" | "alarms" | "dashboard" | "scaler" | "consumers">
>();

const granted = new WeakMap<ShardedStream, Granted>();
const sources = new WeakMap<ShardedStream, StreamSource>();

/** What a held stream has, where it has it: an on-demand one has no shard count. */
function liveOr(live: pulumi.Output<number | undefined>, declared: pulumi.Input<number>): pulumi.Output<number> {
    return pulumi.all([live, declared]).apply(([known, otherwise]) => known ?? otherwise);
}

/** A stream takes records of at least 1,024 KiB, whatever the largest one is. */
function maxRecordKiBFor(declaredKiB: number | undefined): number {
    return Math.max(limits.recordKiBDefaultMax, declaredKiB ?? 0);
}
