// aws:kinesis and aws-native:kinesis. Both say the same about a stream in different words, so each is translated to and
// from one shape, and only that shape meets AWS.
import {
    AddTagsToStreamCommand,
    CreateStreamCommand,
    DecreaseStreamRetentionPeriodCommand,
    DeleteStreamCommand,
    DeregisterStreamConsumerCommand,
    DescribeStreamConsumerCommand,
    DescribeStreamSummaryCommand,
    DisableEnhancedMonitoringCommand,
    EnableEnhancedMonitoringCommand,
    EncryptionType,
    IncreaseStreamRetentionPeriodCommand,
    ListShardsCommand,
    ListTagsForStreamCommand,
    type MetricsName,
    RegisterStreamConsumerCommand,
    RemoveTagsFromStreamCommand,
    ScalingType,
    StartStreamEncryptionCommand,
    StopStreamEncryptionCommand,
    type StreamDescriptionSummary,
    StreamMode,
    UpdateMaxRecordSizeCommand,
    UpdateShardCountCommand,
    UpdateStreamModeCommand,
} from "@aws-sdk/client-kinesis";
import { type Aws } from "./aws";
import { isNotFound, type Properties, type ResourceRow } from "./provider";
import { waitUntil } from "./wait";

/** One stream as both packages mean it. What is undefined is left as AWS has it. */
interface StreamShape {
    readonly name: string;
    readonly mode: StreamMode;
    readonly shardCount: number | undefined;
    readonly retentionHours: number;
    readonly kmsKeyId: string | undefined;
    readonly shardLevelMetrics: readonly string[];
    readonly maxRecordKiB: number | undefined;
    readonly tags: Readonly<Record<string, string>>;
}

/** Kinesis keeps records for a day unless told otherwise. */
const defaultRetentionHours = 24;

type Tag = { readonly key: string; readonly value: string };

function classicShape(inputs: Properties): StreamShape {
    const modeDetails = inputs.streamModeDetails as { streamMode?: StreamMode } | undefined;
    return {
        name: inputs.name as string,
        mode: modeDetails?.streamMode ?? StreamMode.PROVISIONED,
        shardCount: inputs.shardCount as number | undefined,
        retentionHours: (inputs.retentionPeriod as number | undefined) ?? defaultRetentionHours,
        kmsKeyId: inputs.encryptionType === EncryptionType.KMS ? (inputs.kmsKeyId as string) : undefined,
        shardLevelMetrics: (inputs.shardLevelMetrics as string[] | undefined) ?? [],
        maxRecordKiB: inputs.maxRecordSizeInKib as number | undefined,
        tags: (inputs.tags as Record<string, string> | undefined) ?? {},
    };
}

function classicOutputs(shape: StreamShape, arn: string): Properties {
    return {
        arn,
        name: shape.name,
        ...(shape.shardCount === undefined ? {} : { shardCount: shape.shardCount }),
        retentionPeriod: shape.retentionHours,
        encryptionType: shape.kmsKeyId === undefined ? EncryptionType.NONE : EncryptionType.KMS,
        ...(shape.kmsKeyId === undefined ? {} : { kmsKeyId: shape.kmsKeyId }),
        shardLevelMetrics: shape.shardLevelMetrics,
        maxRecordSizeInKib: shape.maxRecordKiB,
        streamModeDetails: { streamMode: shape.mode },
        tags: shape.tags,
    };
}

function nativeShape(inputs: Properties): StreamShape {
    const encryption = inputs.streamEncryption as { encryptionType: string; keyId: string } | undefined;
    const modeDetails = inputs.streamModeDetails as { streamMode?: StreamMode } | undefined;
    const mode = modeDetails?.streamMode ?? StreamMode.PROVISIONED;
    return {
        name: inputs.name as string,
        mode,
        // CloudFormation's own default for a provisioned stream.
        shardCount: (inputs.shardCount as number | undefined) ?? (mode === StreamMode.PROVISIONED ? 1 : undefined),
        retentionHours: (inputs.retentionPeriodHours as number | undefined) ?? defaultRetentionHours,
        kmsKeyId: encryption?.keyId,
        shardLevelMetrics: (inputs.desiredShardLevelMetrics as string[] | undefined) ?? [],
        maxRecordKiB: inputs.maxRecordSizeInKiB as number | undefined,
        tags: Object.fromEntries(((inputs.tags as Tag[] | undefined) ?? []).map(({ key, value }) => [key, value])),
    };
}

function nativeOutputs(shape: StreamShape, arn: string): Properties {
    const { kmsKeyId } = shape;
    return {
        arn,
        name: shape.name,
        ...(shape.shardCount === undefined ? {} : { shardCount: shape.shardCount }),
        retentionPeriodHours: shape.retentionHours,
        ...(kmsKeyId === undefined
            ? {}
            : { streamEncryption: { encryptionType: EncryptionType.KMS, keyId: kmsKeyId } }),
        desiredShardLevelMetrics: shape.shardLevelMetrics,
        maxRecordSizeInKiB: shape.maxRecordKiB,
        streamModeDetails: { streamMode: shape.mode },
        tags: Object.entries(shape.tags).map(([key, value]) => ({ key, value })),
    };
}

export const classicStream: ResourceRow = {
    autoname: { property: "name", lengthMax: 128 },
    defaults: { retentionPeriod: defaultRetentionHours, encryptionType: "NONE", enforceConsumerDeletion: false },
    replaceOn: ["name", "region"],
    sets: ["shardLevelMetrics"],
    computed: ["arn", "maxRecordSizeInKib"],
    tags: "map",
    validate: (inputs) => {
        const modeDetails = inputs.streamModeDetails as { streamMode?: StreamMode } | undefined;
        const onDemand = modeDetails?.streamMode === StreamMode.ON_DEMAND;
        const shardCount = inputs.shardCount;
        if (onDemand && shardCount !== undefined)
            return [{ property: "shardCount", reason: "shard_count must not be set when stream_mode is ON_DEMAND" }];

        if (!onDemand && (shardCount === undefined || (typeof shardCount === "number" && shardCount < 1))) {
            const reason = "shard_count must be at least 1 when stream_mode is PROVISIONED";
            return [{ property: "shardCount", reason }];
        }
        return [];
    },
    create: async (aws, inputs) => createStream(aws, classicShape(inputs)),
    read: async (aws, id) => {
        const live = await readStream(aws, nameOfArn(id));
        return live && classicOutputs(live.shape, live.arn);
    },
    update: async (aws, _id, olds, news) => updateStream(aws, classicShape(olds), classicShape(news)),
    delete: async (aws, id, state) => deleteStream(aws, nameOfArn(id), state.enforceConsumerDeletion === true),
};

export const nativeStream: ResourceRow = {
    autoname: { property: "name", lengthMax: 128 },
    replaceOn: ["name"],
    sets: ["desiredShardLevelMetrics", "tags"],
    computed: ["arn"],
    create: async (aws, inputs) => {
        const shape = nativeShape(inputs);
        await createStream(aws, shape);
        return shape.name;
    },
    read: async (aws, id) => {
        const live = await readStream(aws, id);
        return live && nativeOutputs(live.shape, live.arn);
    },
    update: async (aws, _id, olds, news) => updateStream(aws, nativeShape(olds), nativeShape(news)),
    // CloudFormation's handler deletes a stream together with its consumers.
    delete: async (aws, id) => deleteStream(aws, id, true),
};

async function createStream(aws: Aws, shape: StreamShape): Promise<string> {
    const provisioned = shape.mode === StreamMode.PROVISIONED;
    await aws.kinesis.send(
        new CreateStreamCommand({
            StreamName: shape.name,
            ...(provisioned ? { ShardCount: shape.shardCount } : {}),
            StreamModeDetails: { StreamMode: shape.mode },
            ...(shape.maxRecordKiB === undefined ? {} : { MaxRecordSizeInKiB: shape.maxRecordKiB }),
            ...(Object.keys(shape.tags).length > 0 ? { Tags: { ...shape.tags } } : {}),
        }),
    );
    const created = await active(aws, shape.name);
    await updateStream(
        aws,
        { ...shape, retentionHours: defaultRetentionHours, kmsKeyId: undefined, shardLevelMetrics: [] },
        shape,
    );
    return created.StreamARN ?? "";
}

async function readStream(aws: Aws, name: string): Promise<{ shape: StreamShape; arn: string } | undefined> {
    const summary = await summaryOf(aws, name);
    if (summary === undefined) return undefined;

    const mode = summary.StreamModeDetails?.StreamMode ?? StreamMode.PROVISIONED;
    const metrics = summary.EnhancedMonitoring?.flatMap((monitoring) => monitoring.ShardLevelMetrics ?? []) ?? [];
    const shape: StreamShape = {
        name,
        mode,
        shardCount: mode === StreamMode.PROVISIONED ? summary.OpenShardCount : undefined,
        retentionHours: summary.RetentionPeriodHours ?? defaultRetentionHours,
        kmsKeyId: summary.EncryptionType === EncryptionType.KMS ? summary.KeyId : undefined,
        shardLevelMetrics: metrics,
        maxRecordKiB: summary.MaxRecordSizeInKiB,
        tags: await tagsOf(aws, name),
    };
    return { shape, arn: summary.StreamARN ?? "" };
}

/** One call for each difference, each after the stream is ACTIVE again, as the real provider does. */
async function updateStream(aws: Aws, olds: StreamShape, news: StreamShape): Promise<void> {
    const { name: StreamName } = news;
    const { kinesis } = aws;
    if (olds.mode !== news.mode) {
        const StreamARN = (await active(aws, StreamName)).StreamARN;
        await kinesis.send(new UpdateStreamModeCommand({ StreamARN, StreamModeDetails: { StreamMode: news.mode } }));
        await active(aws, StreamName);
    }
    if (news.mode === StreamMode.PROVISIONED && news.shardCount !== undefined && olds.shardCount !== news.shardCount) {
        const { OpenShardCount } = await active(aws, StreamName);
        if (OpenShardCount !== news.shardCount) {
            await kinesis.send(
                new UpdateShardCountCommand({
                    StreamName,
                    TargetShardCount: news.shardCount,
                    ScalingType: ScalingType.UNIFORM_SCALING,
                }),
            );
            await active(aws, StreamName);
        }
    }
    if (olds.retentionHours !== news.retentionHours) {
        const input = { StreamName, RetentionPeriodHours: news.retentionHours };
        await (news.retentionHours > olds.retentionHours
            ? kinesis.send(new IncreaseStreamRetentionPeriodCommand(input))
            : kinesis.send(new DecreaseStreamRetentionPeriodCommand(input)));
        await active(aws, StreamName);
    }
    const added = news.shardLevelMetrics.filter((metric) => !olds.shardLevelMetrics.includes(metric));
    const removed = olds.shardLevelMetrics.filter((metric) => !news.shardLevelMetrics.includes(metric));
    if (removed.length > 0) {
        const ShardLevelMetrics = removed as MetricsName[];
        await kinesis.send(new DisableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics }));
        await active(aws, StreamName);
    }
    if (added.length > 0) {
        const ShardLevelMetrics = added as MetricsName[];
        await kinesis.send(new EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics }));
        await active(aws, StreamName);
    }
    if (olds.kmsKeyId !== news.kmsKeyId) {
        const KeyId = news.kmsKeyId ?? olds.kmsKeyId;
        const input = { StreamName, EncryptionType: EncryptionType.KMS, KeyId };
        await (news.kmsKeyId === undefined
            ? kinesis.send(new StopStreamEncryptionCommand(input))
            : kinesis.send(new StartStreamEncryptionCommand(input)));
        await active(aws, StreamName);
    }
    if (news.maxRecordKiB !== undefined && olds.maxRecordKiB !== news.maxRecordKiB) {
        const StreamARN = (await active(aws, StreamName)).StreamARN;
        await kinesis.send(new UpdateMaxRecordSizeCommand({ StreamARN, MaxRecordSizeInKiB: news.maxRecordKiB }));
        await active(aws, StreamName);
    }
    const TagKeys = Object.keys(olds.tags).filter((key) => !(key in news.tags));
    if (TagKeys.length > 0) await kinesis.send(new RemoveTagsFromStreamCommand({ StreamName, TagKeys }));

    const Tags = Object.fromEntries(Object.entries(news.tags).filter(([key, value]) => olds.tags[key] !== value));
    if (Object.keys(Tags).length > 0) await kinesis.send(new AddTagsToStreamCommand({ StreamName, Tags }));
}

async function deleteStream(aws: Aws, StreamName: string, EnforceConsumerDeletion: boolean): Promise<void> {
    await aws.kinesis.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion }));
    await waitUntil(`The deletion of stream ${StreamName}`, async () =>
        (await summaryOf(aws, StreamName)) === undefined ? true : undefined,
    );
}

async function active(aws: Aws, name: string): Promise<StreamDescriptionSummary> {
    return waitUntil(`ACTIVE of stream ${name}`, async () => {
        const summary = await summaryOf(aws, name);
        return summary?.StreamStatus === "ACTIVE" ? summary : undefined;
    });
}

async function summaryOf(aws: Aws, StreamName: string): Promise<StreamDescriptionSummary | undefined> {
    try {
        const { StreamDescriptionSummary } = await aws.kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
        return StreamDescriptionSummary;
    } catch (error) {
        if (isNotFound(error)) return undefined;

        throw error;
    }
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

function nameOfArn(arn: string): string {
    // `Stream.get` is given the name itself.
    return /:stream\/(.+)$/.exec(arn)?.[1] ?? arn;
}

/** aws:kinesis/getStream. */
export async function describeStream(aws: Aws, args: Properties): Promise<Properties> {
    const name = args.name as string;
    const live = await readStream(aws, name);
    if (live === undefined) throw new Error(`reading Kinesis Stream (${name}): couldn't find resource`);

    const { StreamStatus, StreamCreationTimestamp } = (await summaryOf(aws, name)) ?? {};
    const { Shards = [] } = await aws.kinesis.send(new ListShardsCommand({ StreamName: name }));
    const closed = Shards.filter((shard) => shard.SequenceNumberRange?.EndingSequenceNumber !== undefined);
    const idsOf = (shards: typeof Shards) => shards.map(({ ShardId }) => ShardId ?? "");
    return {
        ...classicOutputs(live.shape, live.arn),
        id: live.arn,
        status: StreamStatus ?? "",
        creationTimestamp: Math.floor((StreamCreationTimestamp?.getTime() ?? 0) / 1000),
        openShards: idsOf(Shards.filter((shard) => !closed.includes(shard))),
        closedShards: idsOf(closed),
        streamModeDetails: [{ streamMode: live.shape.mode }],
    };
}

export const classicStreamConsumer: ResourceRow = {
    autoname: { property: "name", lengthMax: 128 },
    required: ["streamArn"],
    replaceOn: ["name", "streamArn", "region"],
    computed: ["arn", "creationTimestamp"],
    tags: "map",
    create: async (aws, inputs) => registerConsumer(aws, inputs.streamArn as string, inputs.name as string),
    read: async (aws, id) => {
        const consumer = await consumerOf(aws, id);
        return (
            consumer && {
                arn: id,
                name: consumer.ConsumerName,
                streamArn: consumer.StreamARN,
                creationTimestamp: consumer.ConsumerCreationTimestamp?.toISOString(),
            }
        );
    },
    // Only tags change in place, and the local Kinesis keeps none for consumers.
    update: async () => undefined,
    delete: async (aws, id) => deregisterConsumer(aws, id),
};

export const nativeStreamConsumer: ResourceRow = {
    autoname: { property: "consumerName", lengthMax: 128 },
    required: ["streamArn"],
    replaceOn: ["consumerName", "streamArn", "tags"],
    computed: ["consumerArn", "consumerCreationTimestamp", "consumerStatus"],
    create: async (aws, inputs) => registerConsumer(aws, inputs.streamArn as string, inputs.consumerName as string),
    read: async (aws, id) => {
        const consumer = await consumerOf(aws, id);
        return (
            consumer && {
                consumerArn: id,
                consumerName: consumer.ConsumerName,
                streamArn: consumer.StreamARN,
                consumerStatus: consumer.ConsumerStatus,
                consumerCreationTimestamp: consumer.ConsumerCreationTimestamp?.toISOString(),
            }
        );
    },
    delete: async (aws, id) => deregisterConsumer(aws, id),
};

async function registerConsumer(aws: Aws, StreamARN: string, ConsumerName: string): Promise<string> {
    const { Consumer } = await aws.kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName }));
    const arn = Consumer?.ConsumerARN ?? "";
    await waitUntil(`ACTIVE of consumer ${ConsumerName}`, async () => {
        const consumer = await consumerOf(aws, arn);
        return consumer?.ConsumerStatus === "ACTIVE" ? consumer : undefined;
    });
    return arn;
}

async function consumerOf(aws: Aws, ConsumerARN: string) {
    try {
        return (await aws.kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN }))).ConsumerDescription;
    } catch (error) {
        if (isNotFound(error)) return undefined;

        throw error;
    }
}

async function deregisterConsumer(aws: Aws, ConsumerARN: string): Promise<void> {
    await aws.kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN }));
    await waitUntil(`The deletion of consumer ${ConsumerARN}`, async () =>
        (await consumerOf(aws, ConsumerARN)) === undefined ? true : undefined,
    );
}
