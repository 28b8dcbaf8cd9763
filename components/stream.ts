/**
 * The stream itself, through the aws or the aws-native provider.
 */
import type * as awsNativeKinesis from "@pulumi/aws-native/kinesis";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as kinesis from "@pulumi/aws/kinesis";
import * as pulumi from "@pulumi/pulumi";
import { kinesisName } from "../capacity/access";
import { record } from "../capacity/checks";
import { pulumiCharacters } from "../capacity/names";
import { type Problem, problem } from "../capacity/problems";
import { shardedStreamProblems } from "../capacity/streamArgs";
import { childCalledAfter } from "./childNames";
import { inputError } from "./inputs";

/** Every problem of a ShardedStream's arguments, and of its own name, out of which Pulumi makes that of a stream that is given none. */
export function problemsOf(name: string): (args: unknown) => readonly Problem[] {
    const fix = "Give a streamName, or rename the ShardedStream: Pulumi makes the stream's name out of that.";
    return (args) => {
        const { streamName, streamProvider } = record(args);
        const problems = shardedStreamProblems(args);
        if ((streamName ?? undefined) !== undefined) return problems;
        return [...problems, ...kinesisName(fix, charactersAdded(streamProvider))("streamName", name)];
    };
}

/** By how much Pulumi makes the name longer, at least: aws-native adds fewer characters where there is less room, a stack's own naming may add none. */
function charactersAdded(streamProvider: unknown): number {
    const hasOwnNaming = new pulumi.Config("pulumi").get("autonaming") !== undefined;
    return streamProvider === "aws-native" || hasOwnNaming ? 0 : pulumiCharacters;
}

/** What both providers are told, in the words of ShardedStream. */
export interface StreamSpec {
    streamName: pulumi.Input<string | undefined>;
    onDemand: boolean;
    shardCount: pulumi.Input<number | undefined>;
    warmThroughputMiBps: pulumi.Input<number | undefined>;
    retentionHours: pulumi.Input<number>;
    maxRecordKiB: pulumi.Input<number>;
    kmsKeyId: pulumi.Input<string>;
    shardLevelMetrics: pulumi.Input<pulumi.Input<string>[] | undefined>;
    enforceConsumerDeletion: pulumi.Input<boolean>;
    tags: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
    /** Whether the stream stays as it is, whatever the rest says. */
    hold: boolean;
}

/** The stream that was declared, whichever provider manages it. */
export interface DeclaredStream {
    name: pulumi.Output<string>;
    arn: pulumi.Output<string>;
    resource: kinesis.Stream | AwsNativeStream;
    /** Open shards at the last deployment; none of an on-demand stream. */
    shardCount: pulumi.Output<number | undefined>;
    retentionHours: pulumi.Output<number | undefined>;
}

/**
 * The stream where aws-native manages it, in what its class has in common with that of aws: @pulumi/aws-native is nothing that every
 * program has.
 */
export interface AwsNativeStream extends pulumi.CustomResource {
    readonly name: pulumi.Output<string | undefined>;
    readonly arn: pulumi.Output<string>;
    readonly shardCount: pulumi.Output<number | undefined>;
}

/** What the stream answered. Only a mock of a unit test leaves out name or ARN; then the logical name stands in. */
export function answered(declared: DeclaredStream, logicalName: string): DeclaredStream {
    return {
        ...declared,
        name: declared.name.apply((known: string | undefined) => known ?? logicalName),
        arn: declared.arn.apply((known: string | undefined) => known ?? ""),
    };
}

const encryptionType = "KMS";

export function awsStream(name: string, spec: StreamSpec, opts: pulumi.CustomResourceOptions): DeclaredStream {
    const resource = new kinesis.Stream(
        name,
        {
            name: spec.streamName,
            shardCount: spec.shardCount,
            streamModeDetails: { streamMode: streamMode(spec) },
            retentionPeriod: spec.retentionHours,
            maxRecordSizeInKib: spec.maxRecordKiB,
            warmThroughputMibPs: spec.warmThroughputMiBps,
            encryptionType,
            kmsKeyId: spec.kmsKeyId,
            shardLevelMetrics: spec.shardLevelMetrics,
            enforceConsumerDeletion: spec.enforceConsumerDeletion,
            tags: spec.tags,
        },
        managed(spec, opts, awsSettings),
    );
    const { name: known, arn, shardCount, retentionPeriod: retentionHours } = resource;
    return { name: known, arn, resource, shardCount, retentionHours };
}

/** Through aws-native, which is loaded only here: nobody else needs to have it. */
export function awsNativeStream(
    name: string,
    spec: StreamSpec,
    opts: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
): DeclaredStream {
    const { parent } = opts;
    const regions = pulumi.all([
        load("getRegion").getRegionOutput({ parent }).region,
        getRegionOutput({}, { parent }).region,
    ]);
    const checked = pulumi
        .all([regions, opts.dependsOn ?? []])
        .apply(([[nativeRegion, awsRegion]]): pulumi.Resource[] => {
            checkRegions(name, nativeRegion, awsRegion);
            return [];
        });
    const stream = new (load("kinesis").Stream)(
        name,
        {
            name: spec.streamName,
            shardCount: spec.shardCount,
            streamModeDetails: { streamMode: streamMode(spec) },
            retentionPeriodHours: spec.retentionHours,
            maxRecordSizeInKiB: spec.maxRecordKiB,
            warmThroughputMiBps: spec.warmThroughputMiBps,
            streamEncryption: { encryptionType, keyId: spec.kmsKeyId },
            desiredShardLevelMetrics: spec.shardLevelMetrics as awsNativeKinesis.StreamArgs["desiredShardLevelMetrics"],
            tags: spec.tags === undefined ? undefined : pulumi.output(spec.tags).apply(tagList),
        },
        { ...managed(spec, opts, awsNativeSettings), dependsOn: checked },
    );
    return {
        // aws-native leaves the name open because CloudFormation may choose it; by the time of an output there is one.
        name: stream.name.apply((known) => known!),
        arn: stream.arn,
        resource: stream,
        shardCount: stream.shardCount,
        retentionHours: stream.retentionPeriodHours,
    };
}

/** What reads the stream with enhanced fan-out, by its name. */
export function registeredConsumers(
    consumers: readonly string[],
    args: Pick<kinesis.StreamConsumerArgs, "streamArn" | "tags">,
    opts: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
): Readonly<Record<string, kinesis.StreamConsumer>> {
    // AWS makes five at once. The provider's client takes its refusal of a sixth for throttling, and asks again until one is made.
    const register = (name: string) =>
        new kinesis.StreamConsumer(childCalledAfter(opts.parent, "consumers", name), { name, ...args }, opts);
    return Object.fromEntries(consumers.map((name) => [name, register(name)]));
}

/** Everything that can be set about a stream but its name: another name is another stream, and never meant by a hold. */
const awsSettings: readonly Exclude<keyof kinesis.StreamArgs, "name" | "arn" | "region">[] = [
    "shardCount",
    "streamModeDetails",
    "retentionPeriod",
    "maxRecordSizeInKib",
    "warmThroughputMibPs",
    "encryptionType",
    "kmsKeyId",
    "shardLevelMetrics",
    "enforceConsumerDeletion",
    "tags",
];

const awsNativeSettings: readonly Exclude<keyof awsNativeKinesis.StreamArgs, "name">[] = [
    "shardCount",
    "streamModeDetails",
    "retentionPeriodHours",
    "maxRecordSizeInKiB",
    "warmThroughputMiBps",
    "streamEncryption",
    "desiredShardLevelMetrics",
    "tags",
];

/** A stream of another name or region is made before the old one goes: one that AWS refuses costs nothing. */
function managed<Options extends pulumi.CustomResourceOptions>(
    { hold }: StreamSpec,
    opts: Options,
    settings: readonly string[],
): Options {
    return { ...(hold ? held(opts, settings) : opts), deleteBeforeReplace: false };
}

/**
 * No deployment changes the stream, and none deletes it: what would, a new parent, another provider, a destroy, lets it go from the state.
 *
 * As a transformation, because the scaler's hand-over sets `ignoreChanges` in one, too.
 */
function held<Options extends pulumi.CustomResourceOptions>(opts: Options, settings: readonly string[]): Options {
    const ignoreChanges = [...settings];
    return {
        ...opts,
        retainOnDelete: true,
        transformations: [
            ...(opts.transformations ?? []),
            ({ props, opts: given }) => ({ props, opts: { ...given, ignoreChanges } }),
        ],
    };
}

interface AwsNative {
    getRegion: typeof import("@pulumi/aws-native/getRegion");
    kinesis: typeof import("@pulumi/aws-native/kinesis");
}

function load<Module extends keyof AwsNative>(module: Module): AwsNative[Module] {
    try {
        // An import at the top would need the package, and time, in every program.
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        return require(`@pulumi/aws-native/${module}`) as AwsNative[Module];
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
        throw new pulumi.RunError(
            'streamProvider: aws-native needs the package @pulumi/aws-native. Run npm install @pulumi/aws-native, or set streamProvider to "aws".',
        );
    }
}

/** The stream of one region and the alarms of another would never meet. */
function checkRegions(name: string, nativeRegion: string, awsRegion: string): void {
    if (nativeRegion === awsRegion) return;
    throw inputError("ShardedStream", name, [
        problem(
            "streamProvider",
            "aws-native",
            `used with one region; aws-native has ${nativeRegion}, aws has ${awsRegion}`,
            `Run pulumi config set aws-native:region ${awsRegion}, or give both providers the same region.`,
        ),
    ]);
}

function streamMode({ onDemand }: StreamSpec): "ON_DEMAND" | "PROVISIONED" {
    return onDemand ? "ON_DEMAND" : "PROVISIONED";
}

/** A tag that holds nothing is none: a map leaves it out by itself, and of a list CloudFormation refuses it. */
function tagList(
    tags: Readonly<Record<string, string | null | undefined>> | undefined,
): { key: string; value: string }[] | undefined {
    if (tags === undefined || tags === null) return undefined;
    return Object.keys(tags)
        .sort()
        .flatMap((key) => {
            const value = tags[key] ?? undefined;
            return value === undefined ? [] : [{ key, value }];
        });
}
