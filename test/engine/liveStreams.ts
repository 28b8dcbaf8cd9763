/**
 * Streams with records, as AWS has them: made beside Pulumi, and looked at whole after it.
 */
import assert from "node:assert/strict";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
    AddTagsToStreamCommand,
    CreateStreamCommand,
    DescribeStreamSummaryCommand,
    GetRecordsCommand,
    GetShardIteratorCommand,
    IncreaseStreamRetentionPeriodCommand,
    KinesisClient,
    ListShardsCommand,
    ListTagsForStreamCommand,
    PutRecordsCommand,
    ShardIteratorType,
    waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { type World } from "./harness";

/** What is true of a stream, with all that is in it. */
export interface LiveStream {
    readonly created: Date | undefined;
    readonly shards: number | undefined;
    readonly mode: string | undefined;
    readonly retentionHours: number | undefined;
    readonly encryption: string | undefined;
    readonly tags: Readonly<Record<string, string>>;
    readonly records: readonly string[];
}

export function liveStreams(world: World) {
    const settings = () => {
        const { endpoint, region, credentials } = world.sandbox;
        return { endpoint, region, credentials };
    };
    let opened: KinesisClient | undefined;
    const kinesis = () => (opened ??= new KinesisClient(settings()));
    after(() => opened?.destroy());

    /** Ten records, over all shards. */
    const put = async (StreamName: string): Promise<void> => {
        const Records = Array.from({ length: 10 }, (_, index) => ({
            Data: Buffer.from(`order ${index}`),
            PartitionKey: String(index),
        }));
        const { FailedRecordCount } = await kinesis().send(new PutRecordsCommand({ StreamName, Records }));
        assert.equal(FailedRecordCount, 0);
    };
    const read = async (StreamName: string): Promise<string[]> => {
        const { Shards = [] } = await kinesis().send(new ListShardsCommand({ StreamName }));
        const reads = Shards.map(async ({ ShardId }) => {
            const from = { StreamName, ShardId, ShardIteratorType: ShardIteratorType.TRIM_HORIZON };
            const { ShardIterator } = await kinesis().send(new GetShardIteratorCommand(from));
            const { Records = [] } = await kinesis().send(new GetRecordsCommand({ ShardIterator }));
            return Records.map(({ Data }) => Buffer.from(Data!).toString());
        });
        return (await Promise.all(reads)).flat().sort();
    };
    return {
        put,
        async create(
            StreamName: string,
            {
                shards,
                retentionHours,
                tags: Tags,
            }: { shards: number; retentionHours: number; tags: Record<string, string> },
        ): Promise<void> {
            const active = () =>
                waitUntilStreamExists({ client: kinesis(), maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StreamName });
            await kinesis().send(new CreateStreamCommand({ StreamName, ShardCount: shards }));
            await active();
            const RetentionPeriodHours = retentionHours;
            await kinesis().send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours }));
            await active();
            await kinesis().send(new AddTagsToStreamCommand({ StreamName, Tags }));
            await put(StreamName);
        },
        async look(StreamName: string): Promise<LiveStream> {
            const { StreamDescriptionSummary: seen } = await kinesis().send(
                new DescribeStreamSummaryCommand({ StreamName }),
            );
            const { Tags = [] } = await kinesis().send(new ListTagsForStreamCommand({ StreamName }));
            return {
                created: seen?.StreamCreationTimestamp,
                shards: seen?.OpenShardCount,
                mode: seen?.StreamModeDetails?.StreamMode,
                retentionHours: seen?.RetentionPeriodHours,
                encryption: seen?.EncryptionType,
                tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key!, Value ?? ""])),
                records: await read(StreamName),
            };
        },
        /** How many alarms there are. */
        async alarms(): Promise<number> {
            const client = new CloudWatchClient(settings());
            const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({}));
            client.destroy();
            return MetricAlarms.length;
        },
    };
}
