/**
 * What the local event source mappings know: what each maps to which function, how, and how far it has read.
 */
import { limits } from "../../capacity/limits";
import { lambdaNamespace } from "../../capacity/metrics";
import { type Timer } from "../clock";
import { type IamService } from "../iam/index";
import { type Ambient, type MetricSink } from "../service";
import { type CallAs } from "../wire/inside";
import { operationOn } from "../wire/operation";
import { anything, boolean, type InputOf, integer, listOf, oneOf, required, structure, text } from "../wire/shape";
import { type Tags } from "../wire/tags";
import { notFound } from "./errors";

export interface EventSourceOptions {
    readonly iam: IamService;
    readonly metrics: MetricSink;
    /** How the service reads streams and tells destinations: as the function's role. */
    readonly callAs: CallAs;
    /** The tags of mappings, by ARN. */
    readonly tags: Map<string, Tags>;
    /** @throws AwsError if there is no such function */
    readonly functionOf: (nameOrArn: string) => Target;
    /** Runs a function. @throws AwsError if it could not be reached, as where it is throttled */
    readonly invoke: (functionArn: string, event: string, requestId: string) => Promise<Outcome>;
}

/** Whom a function's role must trust. */
export const lambdaPrincipal = "lambda.amazonaws.com";

/** The function that a mapping invokes. */
export interface Target {
    readonly name: string;
    readonly arn: string;
    readonly roleArn: string;
}

/** What became of an invocation: what the function returned, or that it failed. */
export interface Outcome {
    readonly payload: string;
    readonly functionError: boolean;
}

export interface Account extends EventSourceOptions {
    readonly ambient: Ambient;
    readonly mappings: Map<string, Mapping>;
    /** How many there ever were: a part of the next one's UUID. */
    made: number;
    /** Changes of mappings until they are done. */
    readonly underWay: Set<Promise<void>>;
    stopped: boolean;
}

export type MappingState = "Creating" | "Enabling" | "Enabled" | "Disabling" | "Disabled" | "Updating" | "Deleting";

/** Who is told of what became of records or events. */
export const destinationConfig = structure({
    OnSuccess: structure({ Destination: text(0, 350) }),
    OnFailure: structure({ Destination: text(0, 350) }),
});

/** The settings of a mapping of a stream. Source of the constraints: the Lambda API model (botocore 1.44, read 2026-11). */
export const settings = {
    BatchSize: integer(1, limits.eventSourceBatchRecordsMax),
    MaximumBatchingWindowInSeconds: integer(0, limits.eventSourceBatchingWindowSecondsMax),
    ParallelizationFactor: integer(1, limits.eventSourceParallelizationFactorMax),
    MaximumRecordAgeInSeconds: integer(-1, limits.eventSourceRecordAgeSecondsMax),
    BisectBatchOnFunctionError: boolean,
    MaximumRetryAttempts: integer(-1, limits.eventSourceRetryAttemptsMax),
    FunctionResponseTypes: listOf(oneOf("ReportBatchItemFailures"), 0, 1),
    DestinationConfig: destinationConfig,
    MetricsConfig: structure({ Metrics: listOf(oneOf("EventCount"), 0, 1) }),
    TumblingWindowInSeconds: integer(0, 900),
    FilterCriteria: anything(),
    KMSKeyArn: anything(),
    ScalingConfig: anything(),
    ProvisionedPollerConfig: anything(),
    SourceAccessConfigurations: anything(),
    AmazonManagedKafkaEventSourceConfig: anything(),
    DocumentDBEventSourceConfig: anything(),
    LoggingConfig: anything(),
    Queues: anything(),
    SelfManagedEventSource: anything(),
    SelfManagedKafkaEventSourceConfig: anything(),
    Topics: anything(),
};

export type GivenSettings = InputOf<typeof settings>;

/** What decides how a mapping reads and invokes. */
export type Settings = Required<
    Pick<
        GivenSettings,
        | "BatchSize"
        | "MaximumBatchingWindowInSeconds"
        | "ParallelizationFactor"
        | "MaximumRecordAgeInSeconds"
        | "BisectBatchOnFunctionError"
        | "MaximumRetryAttempts"
        | "FunctionResponseTypes"
    >
> &
    Pick<GivenSettings, "DestinationConfig" | "MetricsConfig">;

export const defaultSettings: Settings = {
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 0,
    ParallelizationFactor: 1,
    MaximumRecordAgeInSeconds: -1,
    BisectBatchOnFunctionError: false,
    MaximumRetryAttempts: -1,
    FunctionResponseTypes: [],
};

export interface Mapping {
    readonly uuid: string;
    readonly arn: string;
    readonly source: EventSource;
    functionArn: string;
    settings: Settings;
    readonly start: Start;
    state: MappingState;
    modifiedMs: number;
    /** What became of the last attempt, in Lambda's words. */
    lastResult: string;
    /** How far each shard is read, by its id; kept while the mapping is disabled. */
    readonly shards: Map<string, Checkpoint>;
    /** What reads, while the mapping is enabled. Resolves when nothing of it is under way any more. */
    poller: { stop(): Promise<void> } | undefined;
    timer: Timer | undefined;
}

export interface EventSource {
    /** As it was given: of a stream or of a consumer of it. */
    readonly arn: string;
    readonly streamArn: string;
    readonly isConsumer: boolean;
}

/** Where a new mapping begins to read. */
export interface Start {
    readonly type: "TRIM_HORIZON" | "LATEST" | "AT_TIMESTAMP";
    readonly timestampSeconds: number | undefined;
}

/** A place in a shard, as GetShardIterator and SubscribeToShard take it. */
export interface Place {
    readonly Type: Start["type"] | "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER";
    readonly SequenceNumber?: string;
    readonly Timestamp?: number;
}

export interface Checkpoint {
    readonly shardId: string;
    readonly parentIds: readonly string[];
    /** Where to read on. */
    place: Place;
    /** Every record of the closed shard has been dealt with. */
    finished: boolean;
}

/** An operation on a mapping that exists. */
export const onMapping = operationOn({ UUID: required(text()) }, ({ mappings }: Account, { UUID }) => {
    const found = mappings.get(UUID);
    if (!found) throw notFound("The resource you requested does not exist.");
    return found;
});

/** A metric of the function, which exists for every mapping. */
export function count(account: Account, { functionArn }: Mapping, metricName: string, value: number): void {
    const unit = metricName === "IteratorAge" ? "Milliseconds" : "Count";
    const dimensions = { FunctionName: functionArn.split(":").at(-1)! };
    const timeMs = Math.floor(account.ambient.clock.nowMs());
    account.metrics.record({ namespace: lambdaNamespace, metricName, dimensions, value, unit, timeMs });
}

/** A metric of the mapping itself, which only those that ask for EventCount have. */
export function countEvents(account: Account, { uuid, settings }: Mapping, metricName: string, value: number): void {
    if (!settings.MetricsConfig?.Metrics?.includes("EventCount")) return;
    const dimensions = { EventSourceMappingUUID: uuid };
    const timeMs = Math.floor(account.ambient.clock.nowMs());
    account.metrics.record({ namespace: lambdaNamespace, metricName, dimensions, value, unit: "Count", timeMs });
}
