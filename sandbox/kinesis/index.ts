/**
 * The local Kinesis Data Streams: data and control plane on the sandbox's clock, with every limit of capacity/limits.
 *
 * What it leaves out: queues and channels answer as unknown operations; an on-demand stream keeps the shards that it
 * begins with, or that its warm throughput asks for. Records live in memory: beyond `storedBytesMax` over all streams the oldest go
 * before their retention is over, of which the sandbox tells, or new ones are refused.
 */
import { limits } from "../../capacity/limits";
import { accountOfArn, type Ambient, type CallInput, type MetricSink, type Service, textOf } from "../service";
import { operationsOf, type OperationTable } from "../wire/operation";
import * as accounts from "./account";
import * as consumers from "./consumers";
import { getShardIterator } from "./iterators";
import { streamNamed } from "./named";
import { countCall } from "./rates";
import { getRecords } from "./read";
import * as policies from "./resourcePolicies";
import * as reshard from "./reshard";
import * as settings from "./settings";
import * as shards from "./shards";
import {
    type Account,
    defaultDurations,
    endSubscriptions,
    type KinesisSettings,
    newAccount,
    streamArnOf,
} from "./state";
import { expire } from "./store";
import * as streams from "./streams";
import { subscribeToShard } from "./subscribe";
import * as tags from "./tags";
import { updateWarmThroughput } from "./warm";
import { putRecord, putRecords } from "./write";

export type { KinesisDurations, KinesisSettings } from "./state";

export interface KinesisService extends Service {
    /** `settings.durations` may be changed at any time. */
    readonly settings: KinesisSettings;
}

export function kinesisService(
    ambient: Ambient,
    sink?: MetricSink,
    options: Partial<KinesisSettings> = {},
): KinesisService {
    const account = newAccount(
        ambient,
        {
            recordWeight: 1,
            burstSeconds: 1,
            durations: defaultDurations,
            accountShardsMax: accountShardsIn(ambient.region),
            storedBytesMax: 256 * limits.bytesPerMiB,
            whenFull: "dropOldest",
            iteratorSeconds: 300,
            limitsCallRates: true,
            updateCallsPer24HoursMax: limits.updateShardCountCallsPer24Hours,
            ...options,
        },
        sink,
    );
    return {
        name: "kinesis",
        targetPrefix: "Kinesis_20131202",
        operations: operationsOf(table, account, {
            before: (operation, input, nowMs) => {
                settle(account, nowMs);
                countCall(account, operation, input, nowMs);
            },
        }),
        settings: account.settings,
        ownerOf: (input) =>
            accountOfArn(textOf(input, "ConsumerARN") ?? textOf(input, "ResourceARN") ?? textOf(input, "StreamARN")),
        policyOf: (arn) => policies.policyOfArn(account, arn),
        accessOf: (operation, input) => [
            { action: `kinesis:${operation}`, resource: resourceOf(ambient, operation, input) },
        ],
        stop: () => {
            for (const stream of account.streams.values()) endSubscriptions(stream);
        },
    };
}

const table: OperationTable<Account> = {
    AddTagsToStream: tags.addTagsToStream,
    CreateStream: streams.createStream,
    DecreaseStreamRetentionPeriod: settings.decreaseRetention,
    DeleteResourcePolicy: policies.deleteResourcePolicy,
    DeleteStream: streams.deleteStream,
    DeregisterStreamConsumer: consumers.deregisterConsumer,
    DescribeAccountSettings: accounts.describeAccountSettings,
    DescribeLimits: accounts.describeLimits,
    DescribeStream: streams.describeStream,
    DescribeStreamConsumer: consumers.describeConsumer,
    DescribeStreamSummary: streams.describeStreamSummary,
    DisableEnhancedMonitoring: settings.disableMonitoring,
    EnableEnhancedMonitoring: settings.enableMonitoring,
    GetRecords: getRecords,
    GetResourcePolicy: policies.getResourcePolicy,
    GetShardIterator: getShardIterator,
    IncreaseStreamRetentionPeriod: settings.increaseRetention,
    ListShards: shards.listShards,
    ListStreamConsumers: consumers.listConsumers,
    ListStreams: streams.listStreams,
    ListTagsForResource: tags.listTagsForResource,
    ListTagsForStream: tags.listTagsForStream,
    MergeShards: reshard.mergeShards,
    PutRecord: putRecord,
    PutRecords: putRecords,
    PutResourcePolicy: policies.putResourcePolicy,
    RegisterStreamConsumer: consumers.registerConsumer,
    RemoveTagsFromStream: tags.removeTagsFromStream,
    SplitShard: reshard.splitShard,
    StartStreamEncryption: settings.startEncryption,
    StopStreamEncryption: settings.stopEncryption,
    SubscribeToShard: subscribeToShard,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    UpdateAccountSettings: accounts.updateAccountSettings,
    UpdateMaxRecordSize: settings.updateMaxRecordSize,
    UpdateShardCount: reshard.updateShardCount,
    UpdateStreamMode: settings.updateStreamMode,
    UpdateStreamWarmThroughput: updateWarmThroughput,
};

/** AWS grants three regions more than the others. */
function accountShardsIn(region: string): number {
    const large = ["us-east-1", "us-west-2", "eu-west-1"].includes(region);
    return large ? limits.accountShardsDefaultMax : limits.accountShardsOtherRegionsMin;
}

/** Expiry is looked at once a second: retention is counted in hours. */
const expiryCheckMs = 1_000;

/** Makes happen what is due on every stream. */
function settle(account: Account, nowMs: number): void {
    for (const stream of account.streams.values()) {
        const { pending } = stream;
        if (pending && pending.dueMs <= nowMs) {
            stream.pending = undefined;
            pending.apply(pending.dueMs);
        }
        if (nowMs - stream.expiredMs >= expiryCheckMs) {
            stream.expiredMs = nowMs;
            expire(account, stream, nowMs);
        }
        for (const [name, consumer] of stream.consumers)
            if (consumer.goneMs !== undefined && consumer.goneMs <= nowMs) stream.consumers.delete(name);
    }
}

/** The ARN of the consumer or stream that a call is about, as the caller names it: IAM looks no consumer up. */
function resourceOf(ambient: Ambient, operation: string, input: CallInput): string {
    const given = textOf(input, "ConsumerARN") ?? textOf(input, "ResourceARN");
    if (given !== undefined) return given;
    const name = streamNamed(operation, input);
    if (name === undefined) return "*";
    const consumer = operation === "RegisterStreamConsumer" ? undefined : textOf(input, "ConsumerName");
    return streamArnOf(ambient, name) + (consumer === undefined ? "" : `/consumer/${consumer}`);
}
