/**
 * aws:kinesis and aws-native:kinesis but for consumers. Both say the same about a stream in different words, so each is translated to and
 * from one shape, and only that shape meets AWS.
 */
import {
    DeleteResourcePolicyCommand,
    DescribeAccountSettingsCommand,
    EncryptionType,
    GetResourcePolicyCommand,
    ListShardsCommand,
    type MinimumThroughputBillingCommitmentInputStatus,
    PutResourcePolicyCommand,
    StreamMode,
    UpdateAccountSettingsCommand,
} from "@aws-sdk/client-kinesis";
import type * as native from "@pulumi/aws-native/kinesis";
import type * as classic from "@pulumi/aws/kinesis";
import { limits } from "../../capacity/limits";
import { type Properties } from "../values";
import { type Aws, orGone } from "./aws";
import { createStream, deleteStream, readStream, type StreamShape, summaryOf, updateStream } from "./kinesisStream";
import { type Checked, type ResourceRow } from "./resource";
import { tagMap, tagPairs } from "./words";

type ClassicInputs = Checked<classic.StreamArgs, "name">;
type NativeInputs = Checked<native.StreamArgs, "name">;

function modeOf({ streamModeDetails }: { streamModeDetails?: { streamMode?: string } }): StreamMode {
    return (streamModeDetails?.streamMode as StreamMode | undefined) ?? StreamMode.PROVISIONED;
}

function classicShape(inputs: ClassicInputs): StreamShape {
    return {
        name: inputs.name,
        mode: modeOf(inputs),
        shardCount: inputs.shardCount,
        retentionHours: inputs.retentionPeriod ?? limits.retentionHoursDefault,
        kmsKeyId: inputs.encryptionType === EncryptionType.KMS ? inputs.kmsKeyId : undefined,
        shardLevelMetrics: inputs.shardLevelMetrics ?? [],
        maxRecordKiB: inputs.maxRecordSizeInKib,
        warmThroughputMiBps: inputs.warmThroughputMibPs,
        tags: inputs.tags ?? {},
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
        ...(shape.warmThroughputMiBps === undefined ? {} : { warmThroughputMibPs: shape.warmThroughputMiBps }),
        streamModeDetails: { streamMode: shape.mode },
        tags: shape.tags,
    };
}

function nativeShape(inputs: NativeInputs): StreamShape {
    const mode = modeOf(inputs);
    return {
        name: inputs.name,
        mode,
        // CloudFormation's own default for a provisioned stream.
        shardCount: inputs.shardCount ?? (mode === StreamMode.PROVISIONED ? 1 : undefined),
        retentionHours: inputs.retentionPeriodHours ?? limits.retentionHoursDefault,
        kmsKeyId: inputs.streamEncryption?.keyId,
        shardLevelMetrics: inputs.desiredShardLevelMetrics ?? [],
        maxRecordKiB: inputs.maxRecordSizeInKiB,
        warmThroughputMiBps: inputs.warmThroughputMiBps,
        tags: tagMap(inputs.tags),
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
        ...(shape.warmThroughputMiBps === undefined ? {} : { warmThroughputMiBps: shape.warmThroughputMiBps }),
        streamModeDetails: { streamMode: shape.mode },
        tags: tagPairs(shape.tags),
    };
}

export const classicStream: ResourceRow<ClassicInputs> = {
    autoname: { property: "name", lengthMax: 128 },
    defaults: { retentionPeriod: limits.retentionHoursDefault, encryptionType: "NONE", enforceConsumerDeletion: false },
    replaceOn: ["name", "region"],
    sets: ["shardLevelMetrics"],
    computed: ["arn", "maxRecordSizeInKib"],
    optional: ["maxRecordSizeInKib"],
    tags: "map",
    validate: (inputs) => {
        const { shardCount } = inputs;
        const onDemand = modeOf(inputs) === StreamMode.ON_DEMAND;
        if (onDemand && shardCount !== undefined)
            return [{ property: "shardCount", reason: "shard_count must not be set when stream_mode is ON_DEMAND" }];
        if (!onDemand && (shardCount === undefined || (typeof shardCount === "number" && shardCount < 1))) {
            const reason = "shard_count must be at least 1 when stream_mode is PROVISIONED";
            return [{ property: "shardCount", reason }];
        }
        if (shardCount !== undefined && inputs.warmThroughputMibPs !== undefined)
            return [{ property: "shardCount", reason: "shard_count conflicts with warm_throughput_mib_ps" }];
        return [];
    },
    create: (aws, inputs) => createStream(aws, classicShape(inputs)),
    read: async (aws, id) => {
        const { shape, arn } = await readStream(aws, nameOfArn(id));
        return classicOutputs(shape, arn);
    },
    update: (aws, _id, olds, news) => updateStream(aws, classicShape(olds), classicShape(news)),
    // As terraform's: imported by name, known by ARN.
    idOf: (outputs) => outputs.arn as string,
    delete: (aws, id, state) => deleteStream(aws, nameOfArn(id), state.enforceConsumerDeletion === true),
};

export const nativeStream: ResourceRow<NativeInputs> = {
    autoname: { property: "name", lengthMax: 128 },
    replaceOn: ["name"],
    sets: ["desiredShardLevelMetrics", "tags"],
    computed: ["arn"],
    create: async (aws, inputs) => {
        await createStream(aws, nativeShape(inputs));
        return inputs.name;
    },
    read: async (aws, id) => {
        const { shape, arn } = await readStream(aws, id);
        return nativeOutputs(shape, arn);
    },
    update: (aws, _id, olds, news) => {
        const [before, after] = [nativeShape(olds), nativeShape(news)];
        // A provisioned stream has none to take back.
        const warmThroughputMiBps = after.mode === StreamMode.PROVISIONED ? undefined : before.warmThroughputMiBps;
        return updateStream(aws, { ...before, warmThroughputMiBps }, after);
    },
    // CloudFormation's handler deletes a stream together with its consumers.
    delete: (aws, id) => deleteStream(aws, id, true),
};

function nameOfArn(arn: string): string {
    // `Stream.get` and an import are given the name itself.
    return /:stream\/(.+)$/.exec(arn)?.[1] ?? arn;
}

/** aws:kinesis/getStream. */
export async function describeStream(aws: Aws, args: Properties): Promise<Properties> {
    const name = args.name as string;
    const live = await orGone(() => readStream(aws, name));
    if (live === undefined) throw new Error(`reading Kinesis Stream (${name}): couldn't find resource`);
    const { StreamStatus, StreamCreationTimestamp } = await summaryOf(aws, name);
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

/** aws:kinesis/accountSettings. Its deletion leaves the settings as they are. */
export const classicAccountSettings: ResourceRow<Checked<classic.AccountSettingsArgs>> = {
    replaceOn: ["region"],
    computed: [],
    create: async (aws, inputs) => {
        await commit(aws, inputs);
        return aws.settings.region;
    },
    read: async (aws) => {
        const answer = await aws.kinesis.send(new DescribeAccountSettingsCommand({}));
        const status = answer.MinimumThroughputBillingCommitment?.Status === "ENABLED" ? "ENABLED" : "DISABLED";
        return { minimumThroughputBillingCommitment: { status } };
    },
    update: (aws, _id, _olds, news) => commit(aws, news),
    delete: async () => undefined,
};

async function commit(aws: Aws, { minimumThroughputBillingCommitment }: Checked<classic.AccountSettingsArgs>) {
    if (minimumThroughputBillingCommitment === undefined) return;
    const Status = minimumThroughputBillingCommitment.status as MinimumThroughputBillingCommitmentInputStatus;
    await aws.kinesis.send(new UpdateAccountSettingsCommand({ MinimumThroughputBillingCommitment: { Status } }));
}

/** Of a stream or of a consumer; a second one on the same takes the place of the first, as with AWS. */
export const resourcePolicy: ResourceRow<Checked<classic.ResourcePolicyArgs>> = {
    required: ["policy", "resourceArn"],
    replaceOn: ["region", "resourceArn"],
    documents: ["policy"],
    computed: [],
    create: async (aws, inputs) => {
        await putPolicy(aws, inputs);
        return inputs.resourceArn;
    },
    read: async (aws, id) => {
        const { Policy } = await aws.kinesis.send(new GetResourcePolicyCommand({ ResourceARN: id }));
        return { resourceArn: id, policy: Policy };
    },
    update: (aws, _id, _olds, news) => putPolicy(aws, news),
    delete: (aws, id) => aws.kinesis.send(new DeleteResourcePolicyCommand({ ResourceARN: id })),
};

function putPolicy(aws: Aws, { resourceArn, policy }: Checked<classic.ResourcePolicyArgs>): Promise<unknown> {
    return aws.kinesis.send(new PutResourcePolicyCommand({ ResourceARN: resourceArn, Policy: policy }));
}
