/**
 * What alarms and dashboards are told about a stream, and how it becomes the facts that their tables need.
 */
import * as pulumi from "@pulumi/pulumi";
import { type ShardSource, type StreamFactName } from "../capacity/watching/alarmRow";
import { type HotShardMetric } from "../capacity/watching/queries";
import { loadInShards } from "../capacity/keys/spread";
import { limits } from "../capacity/limits";
import { type Requirements, withRegistered } from "../capacity/requirements";
import { fieldOf, isPlain, mapInput, withDefault } from "./inputs";

/** The load of a stream at its declared peak. */
export interface RequirementsArgs {
    /** MiB (1,048,576 bytes) that producers write per second at peak, partition keys included. Above 0; may be fractional. Required. */
    writeMiBPerSecond: pulumi.Input<number>;
    /** Records that producers write per second at peak, over all partition keys. Above 0; may be fractional. Required. */
    recordsPerSecond: pulumi.Input<number>;
    /** Partition keys that must progress side by side, each on a shard of its own: a lower bound on the shards. Whole, at least 1, no more than `distinctKeys` where no `heaviestKeyShares` are measured. Default: 1. */
    orderedLanes?: pulumi.Input<number | undefined>;
    /** Distinct partition keys that carry the load in equal parts. Whole, at least 1. Default: so many that they do not matter. */
    distinctKeys?: pulumi.Input<number | undefined>;
    /** Share of the load that the hottest partition key carries, 0 to 1. Not beside `heaviestKeyShares`. Default: no key stands out. */
    hottestKeyShare?: pulumi.Input<number | undefined>;
    /** Measured skew: shares of the load that the heaviest keys carry, each above 0, at most 1 together, at most 100; the other `distinctKeys` carry the rest in equal parts. Default: not measured. */
    heaviestKeyShares?: pulumi.Input<pulumi.Input<number>[] | undefined>;
    /** Whether producers place their keys, and so their lanes, by ExplicitHashKey, as evenly over the shards as they can. Default: false. */
    explicitHashKeys?: pulumi.Input<boolean | undefined>;
    /** How many times the shards of the load itself few or hot keys may ask for, 1 to 100; keys that need more raise nothing, and the policies reject them. Default: 2. */
    keysMayRaiseShards?: pulumi.Input<number | undefined>;
    /** Consumers that share the read throughput of each shard (GetRecords). Whole, 0 or more. Default: 1. */
    sharedConsumers?: pulumi.Input<number | undefined>;
    /** GetRecords calls per second that each shared consumer sends to each shard. Above 0. Default: 1. */
    pollsPerSecondPerConsumer?: pulumi.Input<number | undefined>;
    /** Consumers with enhanced fan-out, each with a read throughput of its own. Whole, 0 or more. Default: as many as the `consumers` of a ShardedStream, which count in any case. */
    fanOutConsumers?: pulumi.Input<number | undefined>;
    /** How many times faster than writing each consumer can read, to catch up after an outage. At least 1. Default: 1. */
    catchUpFactor?: pulumi.Input<number | undefined>;
    /** The longest that consumers may be down, in hours, above 0, at most 8,760: records must outlive it and the catching up after it. Default: not declared. */
    consumerOutageHours?: pulumi.Input<number | undefined>;
    /** The largest record, in KiB of data and partition key. Whole, 1 to 10,240. Default: 1,024. */
    maxRecordKiB?: pulumi.Input<number | undefined>;
    /** How the sizes of the records are mixed, which decides the price alone; the shares are 1 together. Default: all records are of one size. */
    recordSizes?: pulumi.Input<pulumi.Input<RecordSizeArgs>[] | undefined>;
    /** Spare capacity above the minimum, as a fraction of it, 0 to 10. Default: 0.2. */
    headroom?: pulumi.Input<number | undefined>;
}

/** The requirements of a stream that registers so many consumers, each field apart, so that an unknown one leaves the others known. */
export function requirementsWith(requirements: RequirementsArgs, registered: number): pulumi.Input<Requirements> {
    const declared = requirements as pulumi.Input<Requirements>;
    if (registered === 0) return declared;
    if (pulumi.Output.isInstance(declared)) return declared.apply((known) => withRegistered(known, registered));
    const fanOutConsumers = mapInput(
        requirements.fanOutConsumers,
        (known) => withRegistered({ fanOutConsumers: known ?? 0 }, registered).fanOutConsumers,
    );
    return { ...requirements, fanOutConsumers } as pulumi.Input<Requirements>;
}

/** Records of one size, and how many of all they are. */
export interface RecordSizeArgs {
    /** Size in KiB of data and partition key. Above 0, at most the `maxRecordKiB`; may be fractional. Required. */
    sizeKiB: pulumi.Input<number>;
    /** Share of the records, not of the bytes, that have this size. Above 0, at most 1. Required. */
    share: pulumi.Input<number>;
}

/** A stream that exists already, and what is known about it. What is not given leaves out what needs it. */
export interface ExistingStreamArgs {
    /** Name or ARN of the stream. Required. */
    stream: pulumi.Input<string>;
    /** The declared peak: the threshold of `HighIncomingRecords`, as far as `shardCount` shards accept it. Default: not declared. */
    requirements?: RequirementsArgs | undefined;
    /** Open shards, 1 to 10,000: what utilization is a share of. Leave it out where a scaler changes them. Default: not known. */
    shardCount?: pulumi.Input<number | undefined>;
    /** Hours that records are kept, 24 to 8,760: when a slow consumer loses them. Default: 24. */
    retentionHours?: pulumi.Input<number | undefined>;
    /** The shard-level metrics that the stream publishes; with IncomingBytes or IncomingRecords hot shards can be told. Default: none. */
    shardLevelMetrics?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    /** Names of its consumers with enhanced fan-out, each of which has alarms and a graph of its own. Default: none. */
    consumers?: string[] | undefined;
    /** Whether a StreamAutoscaler publishes the stream's open shards. Default: false. */
    scaled?: boolean | undefined;
}

/** The facts as they come: plain, later, or not at all. */
export type FactInputs = Partial<Record<StreamFactName, pulumi.Input<unknown>>> & {
    writeMiBPerSecond?: pulumi.Input<number>;
};

/** Who decides on the shards, as the ShardedStream of a part knows it. No argument of the part: nobody else could tell it more than whether there is a scaler. */
const shardSources = new WeakMap<object, pulumi.Input<ShardSource>>();

/** Marks the arguments of a ShardedStream's part with who decides on the shards. */
export function withShardSource<Args extends object>(args: Args, source: pulumi.Input<ShardSource>): Args {
    shardSources.set(args, source);
    return args;
}

/** What is given about a stream, each fact apart, so that an unknown one leaves the others known. */
export function streamFacts(args: ExistingStreamArgs): FactInputs {
    const { requirements, shardCount, scaled } = args;
    const hotShardMetric = hotShardMetricOf(args);
    return {
        retentionHours: withDefault(args.retentionHours, limits.retentionHoursDefault),
        ...(requirements === undefined
            ? {}
            : {
                  recordsPerSecond: fieldOf<RequirementsArgs, "recordsPerSecond">(requirements, "recordsPerSecond"),
                  writeMiBPerSecond: fieldOf<RequirementsArgs, "writeMiBPerSecond">(requirements, "writeMiBPerSecond"),
              }),
        shardSource: shardSources.get(args) ?? (scaled ? "scaler" : "elsewhere"),
        ...(scaled ? { scaled } : shardCount === undefined ? {} : { shards: shardCount }),
        ...(hotShardMetric === undefined ? {} : { hotShardMetric }),
    };
}

/** Of the two metrics that have a limit per shard, the one that the declared load uses more of; undefined if neither can be on. */
function hotShardMetricOf(args: ExistingStreamArgs): pulumi.Input<HotShardMetric | undefined> {
    const { shardLevelMetrics, requirements } = args;
    const mayBeOn = (metric: HotShardMetric) =>
        shardLevelMetrics !== undefined &&
        (!Array.isArray(shardLevelMetrics) ||
            shardLevelMetrics.some((listed) => listed === metric || !isPlain(listed)));
    if (!mayBeOn("IncomingBytes") && !mayBeOn("IncomingRecords")) return undefined;
    return mapInput({ shardLevelMetrics, requirements }, (known) => {
        const on = (metric: HotShardMetric) => known.shardLevelMetrics?.includes(metric) ?? false;
        if (!on("IncomingRecords")) return on("IncomingBytes") ? "IncomingBytes" : undefined;
        if (!on("IncomingBytes")) return "IncomingRecords";
        const load = known.requirements;
        const byRecords =
            load !== undefined && loadInShards(load) > load.writeMiBPerSecond / limits.shardWriteMiBPerSecond;
        return byRecords ? "IncomingRecords" : "IncomingBytes";
    });
}
