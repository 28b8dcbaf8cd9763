/**
 * What the local Kinesis tells CloudWatch: the stream's metrics, and per shard those that enhanced monitoring switched on.
 *
 * Incoming* count what was accepted, one sample a put call; what was refused is in WriteProvisionedThroughputExceeded.
 */
import {
    type KinesisMetricName,
    kinesisMetrics,
    kinesisNamespace,
    type ShardLevelMetricName,
} from "../../capacity/metrics";
import { type MetricSink } from "../service";

/** What of a stream decides where its samples go. */
interface Published {
    readonly name: string;
    readonly shardLevelMetrics: ReadonlySet<ShardLevelMetricName>;
}

/** What one call did to one shard. */
export type ShardTally = Partial<Record<ShardLevelMetricName, number>>;

export class Publisher {
    constructor(private readonly sink: MetricSink | undefined) {}

    /** One sample of each metric, from one call on the stream. */
    stream(
        stream: Published,
        values: Partial<Record<KinesisMetricName, number>>,
        timeMs: number,
        consumerName?: string,
    ): void {
        const dimensions: Record<string, string> = { StreamName: stream.name };
        if (consumerName !== undefined) dimensions.ConsumerName = consumerName;
        for (const [metricName, value] of Object.entries(values)) this.#record(metricName, dimensions, value, timeMs);
    }

    /** One sample per shard of each metric that enhanced monitoring is on for. */
    shards(stream: Published, tallies: Iterable<readonly [string, ShardTally]>, timeMs: number): void {
        if (stream.shardLevelMetrics.size === 0) return;
        for (const [shardId, tally] of tallies) {
            const dimensions = { StreamName: stream.name, ShardId: shardId };
            for (const [metricName, value] of Object.entries(tally)) {
                if (stream.shardLevelMetrics.has(metricName as ShardLevelMetricName))
                    this.#record(metricName, dimensions, value, timeMs);
            }
        }
    }

    #record(metricName: string, dimensions: Record<string, string>, value: number, timeMs: number): void {
        const unit = unitOf(metricName);
        this.sink?.record({ namespace: kinesisNamespace, metricName, dimensions, value, unit, timeMs });
    }
}

const unitOf = (name: string): string => kinesisMetrics[name as KinesisMetricName].unit;
