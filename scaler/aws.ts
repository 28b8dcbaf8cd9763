/**
 * The scaler's view of AWS, through the SDK clients that Lambda's runtime brings.
 */
import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
    DescribeStreamSummaryCommand,
    KinesisClient,
    type KinesisClientConfig,
    ListShardsCommand,
    MergeShardsCommand,
    SplitShardCommand,
    UpdateShardCountCommand,
} from "@aws-sdk/client-kinesis";
import { kinesisMetrics, type KinesisMetricName, kinesisNamespace } from "../capacity/metrics";
import { ledgerIn } from "../capacity/scaling/ledgerItems";
import { type ScalerEnvironment } from "../capacity/scaling/settings";
import { type MinuteSample, type ShardRange, type StreamStatus } from "../capacity/scaling/observation";
import { type MetricsPort, type Ports, type StreamPort } from "../stream/ports";

export interface Clients {
    readonly kinesis: KinesisClient;
    readonly cloudWatch: CloudWatchClient;
    readonly dynamoDb: DynamoDBClient;
}

/** Where and as whom the clients call; in Lambda the runtime's environment says it. */
export type Access = Pick<KinesisClientConfig, "endpoint" | "region" | "credentials">;

export function newClients(access: Access = {}): Clients {
    // Without the last one the SDK only warns after the request's time, and waits until Lambda ends the run.
    const requestHandler = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };
    // One attempt each: the SDK would repeat an UpdateShardCount that Kinesis refuses with LimitExceededException.
    const config = { ...access, maxAttempts: 1, requestHandler };
    return {
        kinesis: new KinesisClient(config),
        cloudWatch: new CloudWatchClient(config),
        dynamoDb: new DynamoDBClient(config),
    };
}

export function awsPorts(
    clients: Clients,
    environment: ScalerEnvironment,
): Pick<Ports, "stream" | "metrics" | "ledger"> {
    return {
        stream: streamPort(clients.kinesis, environment),
        metrics: metricsPort(clients.cloudWatch, environment.streamName),
        ledger: ledgerIn(
            {
                get: (request) => clients.dynamoDb.send(new GetItemCommand(request)),
                put: (request) => clients.dynamoDb.send(new PutItemCommand(request)),
            },
            environment.ledgerTable,
        ),
    };
}

/** The most that ListShards gives at once: as many as a stream has by default. Unasked, it gives 1,000. */
const shardsPerPageMax = 10_000;

function streamPort(kinesis: KinesisClient, environment: ScalerEnvironment): StreamPort {
    const stream = { StreamARN: environment.streamArn };
    return {
        async describe() {
            const command = new DescribeStreamSummaryCommand(stream);
            // The Date header of the answer is AWS's clock; the machine's own may be wrong, or jump.
            let answeredMs = Number.NaN;
            command.middlewareStack.add(
                (next) => async (args) => {
                    const result = await next(args);
                    const { headers } = result.response as { headers?: Record<string, string> };
                    answeredMs = Date.parse(headers?.date ?? "");
                    return result;
                },
                { step: "deserialize", name: "readDateHeader", override: true },
            );
            const { StreamDescriptionSummary: summary } = await kinesis.send(command);
            return {
                streamArn: summary!.StreamARN!,
                createdMs: summary!.StreamCreationTimestamp!.getTime(),
                status: summary!.StreamStatus as StreamStatus,
                capacityMode:
                    summary!.StreamModeDetails?.StreamMode === "ON_DEMAND"
                        ? ("on-demand" as const)
                        : ("provisioned" as const),
                openShards: summary!.OpenShardCount!,
                nowMs: Number.isNaN(answeredMs) ? Date.now() : answeredMs,
            };
        },
        async openShards() {
            const shards: ShardRange[] = [];
            let token: string | undefined;
            do {
                const page = await kinesis.send(
                    new ListShardsCommand(
                        token === undefined
                            ? { ...stream, ShardFilter: { Type: "AT_LATEST" }, MaxResults: shardsPerPageMax }
                            : // The token names the stream; Kinesis refuses "NextToken and StreamARN" together.
                              { NextToken: token },
                    ),
                );
                for (const shard of page.Shards ?? []) {
                    // AT_LATEST means open shards; a closed one that slips in has an end.
                    if (shard.SequenceNumberRange?.EndingSequenceNumber !== undefined) continue;
                    shards.push({
                        shardId: shard.ShardId!,
                        startingHashKey: BigInt(shard.HashKeyRange!.StartingHashKey!),
                        endingHashKey: BigInt(shard.HashKeyRange!.EndingHashKey!),
                    });
                }
                token = page.NextToken;
            } while (token !== undefined);
            return shards;
        },
        async updateShardCount(targetShardCount) {
            await kinesis.send(
                new UpdateShardCountCommand({
                    ...stream,
                    TargetShardCount: targetShardCount,
                    ScalingType: "UNIFORM_SCALING",
                }),
            );
        },
        async splitShard(shardId, newStartingHashKey) {
            await kinesis.send(
                new SplitShardCommand({ ...stream, ShardToSplit: shardId, NewStartingHashKey: newStartingHashKey }),
            );
        },
        async mergeShards(shardId, adjacentShardId) {
            await kinesis.send(
                new MergeShardsCommand({ ...stream, ShardToMerge: shardId, AdjacentShardToMerge: adjacentShardId }),
            );
        },
    };
}

const minuteMs = 60_000;
const iteratorAgeMinutes = 5;

function metricsPort(cloudWatch: CloudWatchClient, streamName: string): MetricsPort {
    return {
        async samples(fromMs, toMs) {
            // The minute that runs is not a sample yet.
            const endMs = Math.floor(toMs / minuteMs) * minuteMs;
            const startMs = Math.floor(fromMs / minuteMs) * minuteMs;
            const byId = await metricData(cloudWatch, streamName, startMs, endMs, {
                acceptedBytes: "IncomingBytes",
                acceptedRecords: "IncomingRecords",
                refusedRecords: "WriteProvisionedThroughputExceeded",
            });
            const minutes = new Map<number, { -readonly [Name in keyof MinuteSample]: MinuteSample[Name] }>();
            for (const [id, points] of byId) {
                for (const [timeMs, value] of points) {
                    let sample = minutes.get(timeMs);
                    if (sample === undefined) {
                        sample = { startMs: timeMs, acceptedBytes: 0, acceptedRecords: 0, refusedRecords: 0 };
                        minutes.set(timeMs, sample);
                    }
                    sample[id] = value;
                }
            }
            return [...minutes.values()].sort((left, right) => left.startMs - right.startMs);
        },
        async iteratorAgeMs(nowMs) {
            const endMs = Math.floor(nowMs / minuteMs) * minuteMs;
            const points = await metricData(cloudWatch, streamName, endMs - iteratorAgeMinutes * minuteMs, endMs, {
                iteratorAge: "GetRecords.IteratorAgeMilliseconds",
            });
            const ages = points.get("iteratorAge")!.map(([, value]) => value);
            return ages.length === 0 ? null : Math.max(...ages);
        },
    };
}

/** Datapoints of one-minute metrics of a stream, each as [start of the minute, value]. */
async function metricData<Id extends string>(
    cloudWatch: CloudWatchClient,
    streamName: string,
    startMs: number,
    endMs: number,
    metrics: Readonly<Record<Id, KinesisMetricName>>,
): Promise<Map<Id, [number, number][]>> {
    const ids = Object.keys(metrics) as Id[];
    const queries = ids.map((id): MetricDataQuery => ({
        Id: id,
        MetricStat: {
            Metric: {
                Namespace: kinesisNamespace,
                MetricName: metrics[id],
                Dimensions: [{ Name: "StreamName", Value: streamName }],
            },
            Period: minuteMs / 1_000,
            Stat: kinesisMetrics[metrics[id]].statistic,
        },
    }));
    const found = new Map<Id, [number, number][]>(ids.map((id) => [id, []]));
    let token: string | undefined;
    do {
        const page = await cloudWatch.send(
            new GetMetricDataCommand({
                MetricDataQueries: queries,
                StartTime: new Date(startMs),
                EndTime: new Date(endMs),
                ScanBy: "TimestampAscending",
                NextToken: token,
            }),
        );
        for (const result of page.MetricDataResults ?? []) {
            if (result.StatusCode === "InternalError" || result.StatusCode === "Forbidden") {
                throw Object.assign(new Error(`CloudWatch answered ${result.StatusCode} for ${result.Id}.`), {
                    name: "MetricsIncomplete",
                });
            }
            const points = found.get(result.Id as Id);
            (result.Timestamps ?? []).forEach((time, index) => points?.push([time.getTime(), result.Values![index]!]));
        }
        token = page.NextToken;
    } while (token !== undefined);
    return found;
}
