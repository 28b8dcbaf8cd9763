/**
 * The local Kinesis Data Streams: data and control plane on the sandbox's clock, with every limit of capacity/limits.
 *
 * What it leaves out: queues, channels, resource policies and warm throughput answer as unknown operations; an on-demand stream keeps the
 * shards that it begins with. Records live in memory: beyond `storedBytesMax` over all streams the oldest go first, before their retention is
 * over.
 */
import { limits } from "../../capacity/limits";
import { type Ambient, AwsError, type MetricSink, type Operation, type Service } from "../service";
import { deregisterConsumer, describeConsumer, listConsumers, registerConsumer, subscribeToShard } from "./consumers";
import { checkInput, type InputOf, type OperationName } from "./inputs";
import { Publisher } from "./publish";
import { getRecords, getShardIterator, putRecord, putRecords, streamNameOfIterator } from "./records";
import { type Account, defaultDurations, type KinesisSettings, newAccount, settle } from "./state";
import * as streams from "./streams";
import { TokenBucket } from "./throughput";

export type { KinesisDurations, KinesisSettings } from "./state";

export interface KinesisService extends Service {
    /** `settings.durations` may be changed at any time. */
    readonly settings: KinesisSettings;
    /** The stream that a request is about, however it names it; undefined if it is about none. For permissions. */
    streamNameOf(operation: string, input: Readonly<Record<string, unknown>>): string | undefined;
}

export function kinesisService(
    ambient: Ambient,
    sink?: MetricSink,
    options: Partial<KinesisSettings> = {},
): KinesisService {
    const settings: KinesisSettings = {
        recordWeight: 1,
        burstSeconds: 1,
        durations: defaultDurations,
        accountShardsMax: accountShardsIn(ambient.region),
        storedBytesMax: 256 * limits.bytesPerMiB,
        iteratorSeconds: 300,
        limitsCallRates: true,
        ...options,
    };
    const account = newAccount(ambient, settings);
    const publisher = new Publisher(sink);
    const rates = new CallRates(account);
    const operation =
        (name: OperationName): Operation =>
        (input: { StreamName?: string; StreamARN?: string }) => {
            const nowMs = ambient.clock.nowMs();
            settle(account, nowMs);
            const checked = checkInput(name, input);
            rates.count(name, input, nowMs);
            const step = steps[name] as Step<OperationName>;
            return step(account, checked, nowMs, publisher);
        };
    return {
        name: "kinesis",
        targetPrefix: "Kinesis_20131202",
        operations: Object.fromEntries(Object.keys(steps).map((name) => [name, operation(name as OperationName)])),
        settings,
        streamNameOf,
        stop: () => {
            for (const stream of account.streams.values()) {
                for (const consumer of stream.consumers.values())
                    for (const subscription of consumer.subscriptions.values()) subscription.end();
            }
        },
    };
}

/** AWS grants three regions more than the others. */
function accountShardsIn(region: string): number {
    const large = ["us-east-1", "us-west-2", "eu-west-1"].includes(region);
    return large ? limits.accountShardsDefaultMax : limits.accountShardsOtherRegionsMin;
}

function streamNameOf(operation: string, input: Readonly<Record<string, unknown>>): string | undefined {
    const text = (member: string) => (typeof input[member] === "string" ? input[member] : undefined);
    const arn = text("StreamARN") ?? text("ResourceARN") ?? text("ConsumerARN");
    const iterator = text("ShardIterator");
    const token = operation === "ListShards" ? text("NextToken") : undefined;
    return (
        text("StreamName") ??
        (arn !== undefined ? /:stream\/([^/]+)/.exec(arn)?.[1] : undefined) ??
        (iterator !== undefined ? streamNameOfIterator(iterator) : undefined) ??
        (token !== undefined ? streams.fromToken(token)[0] : undefined)
    );
}

type Step<Name extends OperationName> = (
    account: Account,
    input: InputOf<Name>,
    nowMs: number,
    publisher: Publisher,
) => unknown;

/** Each operation: a step from the account's state and a request, at a time, to an answer. */
const steps: { readonly [Name in OperationName]: Step<Name> } = {
    AddTagsToStream: streams.addTagsToStream,
    CreateStream: streams.createStream,
    DecreaseStreamRetentionPeriod: streams.decreaseRetention,
    DeleteStream: streams.deleteStream,
    DeregisterStreamConsumer: deregisterConsumer,
    DescribeAccountSettings: streams.describeAccountSettings,
    DescribeLimits: streams.describeLimits,
    DescribeStream: streams.describeStream,
    DescribeStreamConsumer: describeConsumer,
    DescribeStreamSummary: streams.describeStreamSummary,
    DisableEnhancedMonitoring: streams.disableMonitoring,
    EnableEnhancedMonitoring: streams.enableMonitoring,
    GetRecords: getRecords,
    GetShardIterator: getShardIterator,
    IncreaseStreamRetentionPeriod: streams.increaseRetention,
    ListShards: streams.listShards,
    ListStreamConsumers: listConsumers,
    ListStreams: streams.listStreams,
    ListTagsForResource: streams.listTagsForResource,
    ListTagsForStream: streams.listTagsForStream,
    MergeShards: streams.mergeShards,
    PutRecord: putRecord,
    PutRecords: putRecords,
    RegisterStreamConsumer: registerConsumer,
    RemoveTagsFromStream: streams.removeTagsFromStream,
    SplitShard: streams.splitShard,
    StartStreamEncryption: streams.startEncryption,
    StopStreamEncryption: streams.stopEncryption,
    SubscribeToShard: subscribeToShard,
    TagResource: streams.tagResource,
    UntagResource: streams.untagResource,
    UpdateMaxRecordSize: streams.updateMaxRecordSize,
    UpdateShardCount: streams.updateShardCount,
    UpdateStreamMode: streams.updateStreamMode,
};

interface RateRow {
    readonly perSecond: number;
    /** Operations of one group share a rate. */
    readonly group: string;
    readonly scope: "account" | "stream";
}

const rateRows: Partial<Record<OperationName, RateRow>> = {
    SplitShard: { perSecond: limits.splitAndMergeCallsPerSecond, group: "reshard", scope: "account" },
    MergeShards: { perSecond: limits.splitAndMergeCallsPerSecond, group: "reshard", scope: "account" },
    ListShards: { perSecond: limits.listShardsCallsPerSecond, group: "ListShards", scope: "stream" },
    DescribeStreamSummary: {
        perSecond: limits.describeStreamSummaryCallsPerSecond,
        group: "DescribeStreamSummary",
        scope: "account",
    },
    DescribeLimits: { perSecond: limits.describeLimitsCallsPerSecond, group: "DescribeLimits", scope: "account" },
    RegisterStreamConsumer: {
        perSecond: limits.registerStreamConsumerCallsPerSecond,
        group: "RegisterStreamConsumer",
        scope: "stream",
    },
};

/** Holds control calls to AWS's rates. */
class CallRates {
    readonly #buckets = new Map<string, TokenBucket>();

    constructor(private readonly account: Account) {}

    count(operation: OperationName, input: { StreamName?: string; StreamARN?: string }, nowMs: number): void {
        const row = rateRows[operation];
        if (!row || !this.account.settings.limitsCallRates) return;
        const stream = input.StreamName ?? input.StreamARN?.split("/").at(-1) ?? "";
        const key = row.scope === "account" ? row.group : `${row.group} ${stream}`;
        let bucket = this.#buckets.get(key);
        if (!bucket) this.#buckets.set(key, (bucket = new TokenBucket(row.perSecond, 1, nowMs)));
        if (bucket.tryTake(1, nowMs)) return;
        const of = row.scope === "account" ? "" : ` for stream ${stream}`;
        throw new AwsError(
            "LimitExceededException",
            `Rate exceeded${of} under account ${this.account.ambient.accountId}.`,
        );
    }
}
