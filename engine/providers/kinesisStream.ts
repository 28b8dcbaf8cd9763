/**
 * One stream in AWS as the stand-in providers mean it: what it should be like goes in, the calls that make it so come out.
 */
import {
    AddTagsToStreamCommand,
    CreateStreamCommand,
    DecreaseStreamRetentionPeriodCommand,
    DeleteStreamCommand,
    DescribeStreamSummaryCommand,
    DisableEnhancedMonitoringCommand,
    EnableEnhancedMonitoringCommand,
    EncryptionType,
    IncreaseStreamRetentionPeriodCommand,
    type KinesisClient,
    ListTagsForStreamCommand,
    type MetricsName,
    RemoveTagsFromStreamCommand,
    ScalingType,
    StartStreamEncryptionCommand,
    StopStreamEncryptionCommand,
    type StreamDescriptionSummary,
    StreamMode,
    UpdateMaxRecordSizeCommand,
    UpdateShardCountCommand,
    UpdateStreamModeCommand,
    UpdateStreamWarmThroughputCommand,
} from "@aws-sdk/client-kinesis";
import { isDeepStrictEqual } from "node:util";
import { limits } from "../../capacity/limits";
import { type Aws, orGone } from "./aws";
import { waitUntil, waitUntilGone } from "./wait";

/** One stream as both packages mean it. What is undefined is left as AWS has it. */
export interface StreamShape {
    readonly name: string;
    readonly mode: StreamMode;
    readonly shardCount: number | undefined;
    readonly retentionHours: number;
    readonly kmsKeyId: string | undefined;
    readonly shardLevelMetrics: readonly string[];
    readonly maxRecordKiB: number | undefined;
    readonly warmThroughputMiBps: number | undefined;
    readonly tags: Readonly<Record<string, string>>;
}

export async function createStream(aws: Aws, shape: StreamShape): Promise<string> {
    const provisioned = shape.mode === StreamMode.PROVISIONED;
    await aws.kinesis.send(
        new CreateStreamCommand({
            StreamName: shape.name,
            ...(provisioned ? { ShardCount: shape.shardCount } : {}),
            StreamModeDetails: { StreamMode: shape.mode },
            ...(shape.maxRecordKiB === undefined ? {} : { MaxRecordSizeInKiB: shape.maxRecordKiB }),
            WarmThroughputMiBps: shape.warmThroughputMiBps,
            ...(Object.keys(shape.tags).length > 0 ? { Tags: { ...shape.tags } } : {}),
        }),
    );
    const created = await active(aws, shape.name);
    await updateStream(
        aws,
        { ...shape, retentionHours: limits.retentionHoursDefault, kmsKeyId: undefined, shardLevelMetrics: [] },
        shape,
    );
    return created.StreamARN ?? "";
}

export async function readStream(aws: Aws, name: string): Promise<{ shape: StreamShape; arn: string }> {
    const summary = await summaryOf(aws, name);
    const mode = summary.StreamModeDetails?.StreamMode ?? StreamMode.PROVISIONED;
    const metrics = summary.EnhancedMonitoring?.flatMap((monitoring) => monitoring.ShardLevelMetrics ?? []) ?? [];
    const shape: StreamShape = {
        name,
        mode,
        shardCount: mode === StreamMode.PROVISIONED ? summary.OpenShardCount : undefined,
        retentionHours: summary.RetentionPeriodHours ?? limits.retentionHoursDefault,
        kmsKeyId: summary.EncryptionType === EncryptionType.KMS ? summary.KeyId : undefined,
        shardLevelMetrics: metrics,
        maxRecordKiB: summary.MaxRecordSizeInKiB,
        warmThroughputMiBps: summary.WarmThroughput?.TargetMiBps,
        tags: await tagsOf(aws, name),
    };
    return { shape, arn: summary.StreamARN ?? "" };
}

/** One call for each difference, each after the stream is ACTIVE again, as the real provider does. */
export async function updateStream(aws: Aws, olds: StreamShape, news: StreamShape): Promise<void> {
    const differing = changes.filter(({ of }) => !isDeepStrictEqual(of(olds), of(news)));
    for (const { call } of differing) await call(aws.kinesis, await active(aws, news.name), news, olds);
    if (differing.length > 0) await active(aws, news.name);
}

/** What differs, and the call that changes it. */
interface Change {
    of(shape: StreamShape): unknown;
    call(
        kinesis: KinesisClient,
        live: StreamDescriptionSummary,
        news: StreamShape,
        olds: StreamShape,
    ): Promise<unknown> | undefined;
}

const changes: readonly Change[] = [
    {
        of: ({ mode }) => mode,
        call: (kinesis, { StreamARN }, { mode }) =>
            kinesis.send(new UpdateStreamModeCommand({ StreamARN, StreamModeDetails: { StreamMode: mode } })),
    },
    {
        of: ({ shardCount }) => shardCount,
        call: (kinesis, { OpenShardCount }, { name: StreamName, mode, shardCount: TargetShardCount }) => {
            if (mode === StreamMode.ON_DEMAND || TargetShardCount === undefined || OpenShardCount === TargetShardCount)
                return undefined;
            const target = { TargetShardCount, ScalingType: ScalingType.UNIFORM_SCALING };
            return kinesis.send(new UpdateShardCountCommand({ StreamName, ...target }));
        },
    },
    {
        of: ({ retentionHours }) => retentionHours,
        call: (kinesis, _live, { name: StreamName, retentionHours: RetentionPeriodHours }, olds) => {
            const input = { StreamName, RetentionPeriodHours };
            return RetentionPeriodHours > olds.retentionHours
                ? kinesis.send(new IncreaseStreamRetentionPeriodCommand(input))
                : kinesis.send(new DecreaseStreamRetentionPeriodCommand(input));
        },
    },
    {
        of: ({ shardLevelMetrics }) => shardLevelMetrics,
        call: (kinesis, _live, news, olds) => {
            const ShardLevelMetrics = missing(olds.shardLevelMetrics, news.shardLevelMetrics);
            if (ShardLevelMetrics.length === 0) return undefined;
            return kinesis.send(new DisableEnhancedMonitoringCommand({ StreamName: news.name, ShardLevelMetrics }));
        },
    },
    {
        of: ({ shardLevelMetrics }) => shardLevelMetrics,
        call: (kinesis, _live, news, olds) => {
            const ShardLevelMetrics = missing(news.shardLevelMetrics, olds.shardLevelMetrics);
            if (ShardLevelMetrics.length === 0) return undefined;
            return kinesis.send(new EnableEnhancedMonitoringCommand({ StreamName: news.name, ShardLevelMetrics }));
        },
    },
    {
        of: ({ kmsKeyId }) => kmsKeyId,
        call: (kinesis, _live, { name: StreamName, kmsKeyId }, olds) => {
            const input = { StreamName, EncryptionType: EncryptionType.KMS, KeyId: kmsKeyId ?? olds.kmsKeyId };
            return kmsKeyId === undefined
                ? kinesis.send(new StopStreamEncryptionCommand(input))
                : kinesis.send(new StartStreamEncryptionCommand(input));
        },
    },
    {
        of: ({ maxRecordKiB }) => maxRecordKiB,
        call: (kinesis, { StreamARN }, { maxRecordKiB: MaxRecordSizeInKiB }) =>
            MaxRecordSizeInKiB === undefined
                ? undefined
                : kinesis.send(new UpdateMaxRecordSizeCommand({ StreamARN, MaxRecordSizeInKiB })),
    },
    {
        // As the real provider: also of a stream that is provisioned by now, where AWS refuses it.
        of: ({ warmThroughputMiBps }) => warmThroughputMiBps,
        call: (kinesis, { StreamARN }, { warmThroughputMiBps: WarmThroughputMiBps = 0 }) =>
            kinesis.send(new UpdateStreamWarmThroughputCommand({ StreamARN, WarmThroughputMiBps })),
    },
    {
        of: ({ tags }) => tags,
        call: async (kinesis, _live, { name: StreamName, tags }, olds) => {
            const TagKeys = Object.keys(olds.tags).filter((key) => !(key in tags));
            if (TagKeys.length > 0) await kinesis.send(new RemoveTagsFromStreamCommand({ StreamName, TagKeys }));
            const added = Object.entries(tags).filter(([key, value]) => olds.tags[key] !== value);
            const Tags = Object.fromEntries(added);
            if (added.length > 0) await kinesis.send(new AddTagsToStreamCommand({ StreamName, Tags }));
        },
    },
];

function missing(metrics: readonly string[], from: readonly string[]): MetricsName[] {
    return metrics.filter((metric) => !from.includes(metric)) as MetricsName[];
}

export async function deleteStream(aws: Aws, StreamName: string, EnforceConsumerDeletion: boolean): Promise<void> {
    await aws.kinesis.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion }));
    await waitUntilGone(`The deletion of stream ${StreamName}`, () => summaryOf(aws, StreamName));
}

async function active(aws: Aws, name: string): Promise<StreamDescriptionSummary> {
    return waitUntil(`ACTIVE of stream ${name}`, async () => {
        const summary = await orGone(() => summaryOf(aws, name));
        return summary?.StreamStatus === "ACTIVE" ? summary : undefined;
    });
}

export async function summaryOf(aws: Aws, StreamName: string): Promise<StreamDescriptionSummary> {
    return (await aws.kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary!;
}

async function tagsOf(aws: Aws, StreamName: string): Promise<Record<string, string>> {
    const tags: Record<string, string> = {};
    for (let ExclusiveStartTagKey: string | undefined; ;) {
        const page = await aws.kinesis.send(new ListTagsForStreamCommand({ StreamName, ExclusiveStartTagKey }));
        for (const { Key, Value } of page.Tags ?? []) {
            tags[Key ?? ""] = Value ?? "";
            ExclusiveStartTagKey = Key;
        }
        if (!page.HasMoreTags) return tags;
    }
}
