/**
 * The limits of Kinesis as questions to an endpoint, each with AWS's answer: to the sandbox in this process, to the command line as it is
 * shipped, to any other emulator (bench/sandboxPeers.ts).
 *
 * Source: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html and the API model (botocore 1.44), read 2026-11.
 */
import * as sdk from "@aws-sdk/client-kinesis";
import { explicitHashKeys } from "../../../capacity/keys/hashRing";

/** Who is asked. Each question has an account, or at least streams, of its own. */
export interface Asked {
    readonly client: sdk.KinesisClient;
    /** Nobody else's. */
    readonly streamName: string;
    /** Lets the endpoint's time pass. */
    pass(seconds: number): Promise<void>;
}

export interface LimitRow {
    readonly title: string;
    /** What AWS answers. */
    readonly gives: unknown;
    ask(at: Questions): Promise<unknown>;
    /** Sandbox seconds that go by meanwhile, where they are more than a handful. */
    readonly slowSeconds?: number;
}

const mib = 1_024 * 1_024;
const refusedRate = "ProvisionedThroughputExceededException";
const invalid = "ValidationException";
const invalidArgument = "InvalidArgumentException";
const limitExceeded = "LimitExceededException";
const inUse = "ResourceInUseException";

/** How rows ask: a call's answer, or the name of its refusal. */
export class Questions {
    constructor(readonly at: Asked) {}

    /** @throws the refusal */
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are in AWS's shape
    async answer(operation: string, input: object = {}): Promise<any> {
        const Command = (sdk as unknown as Record<string, new (input: object) => never>)[`${operation}Command`]!;
        return this.at.client.send(new Command(input));
    }

    /** "ok", or the refusal's name. */
    async tells(operation: string, input: object = {}): Promise<string> {
        return this.answer(operation, input).then(
            () => "ok",
            (error: Error) => error.name,
        );
    }

    /** The same about the row's own stream. */
    on(operation: string, input: object = {}): Promise<string> {
        return this.tells(operation, { StreamName: this.at.streamName, ...input });
    }

    async stream(ShardCount = 1): Promise<void> {
        await this.answer("CreateStream", { StreamName: this.at.streamName, ShardCount });
        await this.active();
    }

    /** By the operation that every emulator has. */
    async described(): Promise<sdk.StreamDescription> {
        const answer = await this.answer("DescribeStream", { StreamName: this.at.streamName });
        return (answer as sdk.DescribeStreamOutput).StreamDescription!;
    }

    async active(everySeconds = 1): Promise<void> {
        for (let tries = 0; tries < 40; tries++) {
            if ((await this.described()).StreamStatus === "ACTIVE") return;
            await this.at.pass(everySeconds);
        }
        throw new Error("The stream did not become ACTIVE.");
    }

    /** How many records of one call were refused. */
    async refused(records: readonly object[]): Promise<number> {
        const answer = await this.answer("PutRecords", { StreamName: this.at.streamName, Records: records });
        return (answer as sdk.PutRecordsOutput).FailedRecordCount ?? 0;
    }

    /** The open ones. */
    async shards(): Promise<sdk.Shard[]> {
        const { Shards } = await this.described();
        return Shards!.filter(({ SequenceNumberRange: range }) => range!.EndingSequenceNumber === undefined);
    }

    async iterator(ShardIteratorType = "TRIM_HORIZON"): Promise<string> {
        const [shard] = await this.shards();
        const input = { StreamName: this.at.streamName, ShardId: shard!.ShardId, ShardIteratorType };
        return ((await this.answer("GetShardIterator", input)) as sdk.GetShardIteratorOutput).ShardIterator!;
    }

    async arn(): Promise<string> {
        return (await this.described()).StreamARN!;
    }
}

const record = (bytes = 1, PartitionKey = "k", ExplicitHashKey?: string): object => ({
    Data: Buffer.alloc(bytes, 97),
    PartitionKey,
    ...(ExplicitHashKey !== undefined && { ExplicitHashKey }),
});
const records = (count: number, ...like: Parameters<typeof record>): object[] =>
    Array.from({ length: count }, () => record(...like));
const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
/** At once: what a second allows must be asked for within it. */
const atOnce = <Value>(count: number, call: (index: number) => Promise<Value>): Promise<Value[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => call(index)));
const refusals = (told: readonly string[]): string[] => told.filter((each) => each !== "ok");

const row = (title: string, gives: unknown, ask: LimitRow["ask"]): LimitRow => ({ title, gives, ask });
const slowRow = (slowSeconds: number, title: string, gives: unknown, ask: LimitRow["ask"]): LimitRow => ({
    title,
    gives,
    ask,
    slowSeconds,
});

/** A question about one call on a stream of one shard. */
const callRow = (title: string, gives: string, operation: string, input: object): LimitRow =>
    row(title, gives, async (at) => {
        await at.stream();
        return at.on(operation, input);
    });

/** A question about one call, where no stream need be. */
const bareRow = (title: string, gives: string, operation: string, input: object): LimitRow =>
    row(title, gives, (at) => at.tells(operation, input));

/** A question about UpdateShardCount from one count to another. */
const updateRow = (from: number, to: number, gives: string): LimitRow =>
    row(`UpdateShardCount from ${from} to ${to}`, gives, async (at) => {
        await at.stream(from);
        return at.on("UpdateShardCount", { TargetShardCount: to, ScalingType: "UNIFORM_SCALING" });
    });

/** A question about how often a call may be made in a second. */
const rateRow = (title: string, operation: string, perSecond: number, input: object = {}): LimitRow =>
    row(title, [limitExceeded], async (at) => {
        await at.stream();
        const named = operation === "DescribeLimits" ? {} : { StreamName: at.at.streamName };
        return refusals(await atOnce(perSecond + 1, () => at.tells(operation, { ...named, ...input }))).slice(0, 1);
    });

export const writeRows: readonly LimitRow[] = [
    row("a shard takes 1,000 records a second", 0, async (at) => {
        await at.stream();
        return total(await atOnce(2, () => at.refused(records(500))));
    }),
    row("a shard refuses the 1,001st record of a second", 1, async (at) => {
        await at.stream();
        return total(await atOnce(3, (index) => at.refused(records(index < 2 ? 500 : 1))));
    }),
    row("a shard takes 1 MiB a second, keys included", 0, async (at) => {
        await at.stream();
        return at.refused(records(2, mib / 2 - 1));
    }),
    row("a shard refuses the byte above 1 MiB a second", 1, async (at) => {
        await at.stream();
        return at.refused([record(mib / 2 - 1), record(mib / 2)]);
    }),
    row("a key's bytes count to the 1 MiB", 1, async (at) => {
        await at.stream();
        return at.refused([record(mib / 2 - 1), record(mib / 2 - 1, "kk")]);
    }),
    row("a shard that is full takes again a second later", [1, 0], async (at) => {
        await at.stream();
        const before = await at.refused([record(mib - 2), record(2)]);
        await at.at.pass(1.1);
        return [before, await at.refused([record(mib - 2)])];
    }),
    row("a full shard leaves the others alone", [1, 0], async (at) => {
        await at.stream(2);
        const [first, second] = explicitHashKeys(2);
        const full = await at.refused([record(mib - 2, "k", first), record(2, "k", first)]);
        return [full, await at.refused(records(10, 9, "k", second))];
    }),
    row("two shards take 2,000 records a second and refuse the rest", 200, async (at) => {
        await at.stream(2);
        const keys = explicitHashKeys(2);
        const both = [...records(220, 1, "k", keys[0]), ...records(220, 1, "k", keys[1])];
        return total(await atOnce(5, () => at.refused(both)));
    }),
    row("a record that is refused in PutRecords says so by itself", refusedRate, async (at) => {
        await at.stream();
        const Records = [record(mib - 2), record(2)];
        const answer = (await at.answer("PutRecords", {
            StreamName: at.at.streamName,
            Records,
        })) as sdk.PutRecordsOutput;
        return answer.Records![1]!.ErrorCode;
    }),
    row("a PutRecord that is refused is an error", [refusedRate], async (at) => {
        await at.stream();
        return refusals(await atOnce(2, () => at.on("PutRecord", record(mib - 1))));
    }),
    callRow("PutRecords of 500 records", "ok", "PutRecords", { Records: records(500) }),
    callRow("PutRecords of 501 records", invalid, "PutRecords", { Records: records(501) }),
    callRow("PutRecords of no record", invalid, "PutRecords", { Records: [] }),
    callRow("PutRecords of a record above 1 MiB", invalidArgument, "PutRecords", { Records: [record(mib)] }),
    callRow("a record of 1 MiB, its key included", "ok", "PutRecord", record(mib - 1)),
    callRow("a record of 1 MiB and a key", invalidArgument, "PutRecord", record(mib)),
    callRow("a record of 10 MiB and a byte", invalid, "PutRecord", record(10 * mib + 1)),
    callRow("a key of 256 characters", "ok", "PutRecord", record(1, "é".repeat(256))),
    callRow("a key of 257 characters", invalid, "PutRecord", record(1, "k".repeat(257))),
    callRow("a key of no character", invalid, "PutRecord", record(1, "")),
    callRow("an explicit hash key of 0", "ok", "PutRecord", record(1, "k", "0")),
    callRow("an explicit hash key of 2^128 - 1", "ok", "PutRecord", record(1, "k", String(2n ** 128n - 1n))),
    callRow("an explicit hash key of 2^128", invalidArgument, "PutRecord", record(1, "k", String(2n ** 128n))),
    callRow("an explicit hash key with a leading zero", invalid, "PutRecord", record(1, "k", "01")),
    callRow("an explicit hash key that is no number", invalid, "PutRecord", record(1, "k", "a")),
    row("an explicit hash key chooses the shard", "shardId-000000000002", async (at) => {
        await at.stream(4);
        const input = { StreamName: at.at.streamName, ...record(1, "k", explicitHashKeys(4)[2]) };
        return ((await at.answer("PutRecord", input)) as sdk.PutRecordOutput).ShardId;
    }),
    row("a record size of 10,240 KiB, and then a record of 10 MiB", ["ok", "ok"], async (at) => {
        await at.stream();
        const told = await at.tells("UpdateMaxRecordSize", {
            StreamARN: await at.arn(),
            MaxRecordSizeInKiB: 10_240,
        });
        await at.active();
        return [told, await at.on("PutRecord", record(10 * mib - 1))];
    }),
    row("a record size of 10,241 KiB", invalid, async (at) => {
        await at.stream();
        return at.tells("UpdateMaxRecordSize", { StreamARN: await at.arn(), MaxRecordSizeInKiB: 10_241 });
    }),
    row("a record size of 1,023 KiB", invalid, async (at) => {
        await at.stream();
        return at.tells("UpdateMaxRecordSize", { StreamARN: await at.arn(), MaxRecordSizeInKiB: 1_023 });
    }),
    bareRow("a stream that is not there", "ResourceNotFoundException", "PutRecord", {
        StreamName: "no-such-stream",
        ...record(),
    }),
];

export const readRows: readonly LimitRow[] = [
    row("a shard answers five GetRecords a second", [], async (at) => {
        await at.stream();
        const ShardIterator = await at.iterator();
        return refusals(await atOnce(5, () => at.tells("GetRecords", { ShardIterator })));
    }),
    row("a shard refuses the sixth GetRecords of a second", [refusedRate], async (at) => {
        await at.stream();
        const ShardIterator = await at.iterator();
        return refusals(await atOnce(6, () => at.tells("GetRecords", { ShardIterator })));
    }),
    row("a shard is read at 2 MiB a second: who took 3 MiB waits", [["ok", refusedRate], "ok"], async (at) => {
        await at.stream();
        for (let written = 0; written < 3; written++) {
            await at.refused([record(mib - 1)]);
            await at.at.pass(1.05);
        }
        const ShardIterator = await at.iterator();
        const read = () => at.tells("GetRecords", { ShardIterator });
        const both = await atOnce(2, read);
        await at.at.pass(2.1);
        return [both.sort().reverse(), await read()];
    }),
    ...(
        [
            ["10,000", 10_000, "ok"],
            ["10,001", 10_001, invalid],
            ["0", 0, invalid],
        ] as const
    ).map(([shown, Limit, gives]) =>
        row(`GetRecords of at most ${shown} records`, gives, async (at) => {
            await at.stream();
            return at.tells("GetRecords", { ShardIterator: await at.iterator(), Limit });
        }),
    ),
    row("a record is read as it was written, by a number above its predecessor's", [["a", "b"], true], async (at) => {
        await at.stream();
        for (const text of ["a", "b"]) await at.on("PutRecord", { Data: Buffer.from(text), PartitionKey: "k" });
        const answer = (await at.answer("GetRecords", {
            ShardIterator: await at.iterator(),
        })) as sdk.GetRecordsOutput;
        const [first, second] = answer.Records!.map(({ SequenceNumber }) => BigInt(SequenceNumber!));
        return [answer.Records!.map(({ Data }) => Buffer.from(Data!).toString()), second! > first!];
    }),
    callRow("an iterator of a shard that is not there", "ResourceNotFoundException", "GetShardIterator", {
        ShardId: "shardId-000000000009",
        ShardIteratorType: "LATEST",
    }),
    callRow("an iterator of no type", invalid, "GetShardIterator", {
        ShardId: "shardId-000000000000",
        ShardIteratorType: "FIRST",
    }),
    callRow("an iterator AT_SEQUENCE_NUMBER without one", invalidArgument, "GetShardIterator", {
        ShardId: "shardId-000000000000",
        ShardIteratorType: "AT_SEQUENCE_NUMBER",
    }),
    bareRow("an iterator that is none", invalidArgument, "GetRecords", { ShardIterator: "none" }),
    slowRow(310, "an iterator expires after five minutes", "ExpiredIteratorException", async (at) => {
        await at.stream();
        const ShardIterator = await at.iterator();
        await at.at.pass(303);
        return at.tells("GetRecords", { ShardIterator });
    }),
    slowRow(86_410, "a record is gone after 24 hours", [1, 0], async (at) => {
        await at.stream();
        await at.refused([record()]);
        const count = async (): Promise<number> => {
            const ShardIterator = await at.iterator();
            return ((await at.answer("GetRecords", { ShardIterator })) as sdk.GetRecordsOutput).Records!.length;
        };
        const before = await count();
        await at.at.pass(86_410);
        return [before, await count()];
    }),
    row("a consumer's subscription is one at a time", inUse, async (at) => {
        await at.stream();
        const [StreamARN, [shard]] = [await at.arn(), await at.shards()];
        const made = (await at.answer("RegisterStreamConsumer", {
            StreamARN,
            ConsumerName: "one",
        })) as sdk.RegisterStreamConsumerOutput;
        await at.at.pass(2.5);
        const input = {
            ConsumerARN: made.Consumer!.ConsumerARN,
            ShardId: shard!.ShardId,
            StartingPosition: { Type: "LATEST" },
        };
        await at.answer("SubscribeToShard", input);
        return at.tells("SubscribeToShard", input);
    }),
];

const create = (title: string, gives: string, input: object): LimitRow =>
    row(title, gives, (at) => at.on("CreateStream", { ShardCount: 1, ...input }));

export const streamRows: readonly LimitRow[] = [
    create("a stream of a name of 128 characters", "ok", { StreamName: "n".repeat(128) }),
    create("a stream of a name of 129 characters", invalid, { StreamName: "n".repeat(129) }),
    create("a stream of a name with a blank", invalid, { StreamName: "a b" }),
    create("a stream of no shard", invalid, { ShardCount: 0 }),
    create("a stream of more shards than the account may have", limitExceeded, { ShardCount: 20_001 }),
    create("an on-demand stream", "ok", { ShardCount: undefined, StreamModeDetails: { StreamMode: "ON_DEMAND" } }),
    callRow("a stream that is there", inUse, "CreateStream", { ShardCount: 1 }),
    row("a stream that is being created takes no records", ["CREATING", "ResourceNotFoundException"], async (at) => {
        await at.on("CreateStream", { ShardCount: 1 });
        return [(await at.described()).StreamStatus, await at.on("PutRecord", record())];
    }),
    callRow("a retention of 8,760 hours", "ok", "IncreaseStreamRetentionPeriod", { RetentionPeriodHours: 8_760 }),
    callRow("a retention of 8,761 hours", invalidArgument, "IncreaseStreamRetentionPeriod", {
        RetentionPeriodHours: 8_761,
    }),
    callRow("a retention of 23 hours", invalidArgument, "DecreaseStreamRetentionPeriod", { RetentionPeriodHours: 23 }),
    callRow("a decrease of the retention to more", invalidArgument, "DecreaseStreamRetentionPeriod", {
        RetentionPeriodHours: 48,
    }),
    callRow("a tag's key of 129 characters", invalid, "AddTagsToStream", { Tags: { ["k".repeat(129)]: "v" } }),
    callRow("a tag's value of 257 characters", invalid, "AddTagsToStream", { Tags: { k: "v".repeat(257) } }),
    callRow("monitoring of a metric that is none", invalid, "EnableEnhancedMonitoring", {
        ShardLevelMetrics: ["Shards"],
    }),
    callRow("encryption with the AWS-managed key", "ok", "StartStreamEncryption", {
        EncryptionType: "KMS",
        KeyId: "alias/aws/kinesis",
    }),
    bareRow("a page of 10,001 streams", invalid, "ListStreams", { Limit: 10_001 }),
    callRow("a page of 10,001 shards", invalid, "ListShards", { MaxResults: 10_001 }),
    callRow("a page of 10,001 shards of a description", invalid, "DescribeStream", { Limit: 10_001 }),
    row("20 consumers of a stream, and the 21st", ["ok", limitExceeded], async (at) => {
        await at.stream();
        const StreamARN = await at.arn();
        const told: string[] = [];
        for (let index = 0; index <= 20; index++) {
            // Five a second.
            if (index % 5 === 0) await at.at.pass(1.1);
            told.push(await at.tells("RegisterStreamConsumer", { StreamARN, ConsumerName: `c${index}` }));
        }
        return [...new Set(told)];
    }),
    row("a consumer of a name that is there", inUse, async (at) => {
        await at.stream();
        const input = { StreamARN: await at.arn(), ConsumerName: "one" };
        await at.answer("RegisterStreamConsumer", input);
        return at.tells("RegisterStreamConsumer", input);
    }),
    row("a consumer of a name of 129 characters", invalid, async (at) => {
        await at.stream();
        return at.tells("RegisterStreamConsumer", { StreamARN: await at.arn(), ConsumerName: "n".repeat(129) });
    }),
    row("the sixth RegisterStreamConsumer of a second", [limitExceeded], async (at) => {
        await at.stream();
        const StreamARN = await at.arn();
        const register = (index: number) =>
            at.tells("RegisterStreamConsumer", { StreamARN, ConsumerName: `c${index}` });
        return refusals(await atOnce(6, register));
    }),
];

const split = async (at: Questions, shift = 0n): Promise<string> => {
    const [shard] = await at.shards();
    const { StartingHashKey, EndingHashKey } = shard!.HashKeyRange!;
    const middle = (BigInt(StartingHashKey!) + BigInt(EndingHashKey!)) / 2n;
    return at.on("SplitShard", { ShardToSplit: shard!.ShardId, NewStartingHashKey: String(middle + shift) });
};

export const reshardRows: readonly LimitRow[] = [
    updateRow(2, 4, "ok"),
    updateRow(2, 5, limitExceeded),
    updateRow(4, 2, "ok"),
    updateRow(4, 1, limitExceeded),
    updateRow(5, 3, "ok"),
    updateRow(5, 2, limitExceeded),
    callRow("UpdateShardCount to 0", invalid, "UpdateShardCount", {
        TargetShardCount: 0,
        ScalingType: "UNIFORM_SCALING",
    }),
    callRow("UpdateShardCount to 10,001", limitExceeded, "UpdateShardCount", {
        TargetShardCount: 10_001,
        ScalingType: "UNIFORM_SCALING",
    }),
    row("a second UpdateShardCount while the first runs", ["ok", "UPDATING", inUse], async (at) => {
        await at.stream();
        const update = (TargetShardCount: number) =>
            at.on("UpdateShardCount", { TargetShardCount, ScalingType: "UNIFORM_SCALING" });
        return [await update(2), (await at.described()).StreamStatus, await update(4)];
    }),
    row("the old shards serve while UpdateShardCount runs", ["ok", 1, "ok"], async (at) => {
        await at.stream();
        const told = await at.on("UpdateShardCount", { TargetShardCount: 2, ScalingType: "UNIFORM_SCALING" });
        return [told, (await at.shards()).length, await at.on("PutRecord", record())];
    }),
    slowRow(2_000, "ten UpdateShardCount calls in 24 hours, and the eleventh", ["ok", limitExceeded], async (at) => {
        await at.stream();
        const told: string[] = [];
        for (let call = 0; call <= 10; call++) {
            const TargetShardCount = call % 2 === 0 ? 2 : 1;
            told.push(await at.on("UpdateShardCount", { TargetShardCount, ScalingType: "UNIFORM_SCALING" }));
            await at.at.pass(61);
            await at.active(5);
        }
        return [...new Set(told.slice(0, 10)), told[10]];
    }),
    slowRow(90_000, "the eleventh, once the first is a day old", "ok", async (at) => {
        await at.stream();
        const update = (TargetShardCount: number) =>
            at.on("UpdateShardCount", { TargetShardCount, ScalingType: "UNIFORM_SCALING" });
        for (let call = 0; call < 10; call++) {
            await update(call % 2 === 0 ? 2 : 1);
            await at.at.pass(61);
            await at.active(5);
        }
        await at.at.pass(86_400);
        return update(2);
    }),
    row("UpdateShardCount of an on-demand stream", invalid, async (at) => {
        await at.on("CreateStream", { StreamModeDetails: { StreamMode: "ON_DEMAND" } });
        await at.active();
        return at.on("UpdateShardCount", { TargetShardCount: 8, ScalingType: "UNIFORM_SCALING" });
    }),
    row("a split in the middle", "ok", async (at) => {
        await at.stream();
        return split(at);
    }),
    row("a split beyond the shard's range", invalidArgument, async (at) => {
        await at.stream(2);
        return split(at, 2n ** 127n);
    }),
    row("a split while another runs", inUse, async (at) => {
        await at.stream();
        await split(at);
        return split(at);
    }),
    callRow("a split of a shard that is not there", "ResourceNotFoundException", "SplitShard", {
        ShardToSplit: "shardId-000000000009",
        NewStartingHashKey: "1000",
    }),
    row("a merge of neighbours", "ok", async (at) => {
        await at.stream(2);
        return at.on("MergeShards", {
            ShardToMerge: "shardId-000000000000",
            AdjacentShardToMerge: "shardId-000000000001",
        });
    }),
    row("a merge of shards apart", invalidArgument, async (at) => {
        await at.stream(3);
        return at.on("MergeShards", {
            ShardToMerge: "shardId-000000000000",
            AdjacentShardToMerge: "shardId-000000000002",
        });
    }),
    slowRow(40, "a split closes the parent and names it", [[1, 2], true], async (at) => {
        await at.stream();
        await split(at);
        await at.at.pass(31);
        await at.active();
        const all = (await at.described()).Shards!;
        const [parent, ...children] = all;
        const counts = [all.length - children.length, children.length];
        const named = children.every(({ ParentShardId }) => ParentShardId === parent!.ShardId);
        return [counts, named && parent!.SequenceNumberRange!.EndingSequenceNumber !== undefined];
    }),
    slowRow(40, "a closed shard is read to its end, and names its children", [[1, 0], 2, true], async (at) => {
        await at.stream();
        await at.refused([record()]);
        const first = await at.iterator();
        await split(at);
        await at.at.pass(31);
        await at.active();
        let ShardIterator: string | undefined = first;
        const counts: number[] = [];
        let children = 0;
        while (ShardIterator !== undefined && counts.length < 5) {
            const answer = (await at.answer("GetRecords", { ShardIterator })) as sdk.GetRecordsOutput;
            counts.push(answer.Records!.length);
            children = answer.ChildShards?.length ?? 0;
            ShardIterator = answer.NextShardIterator;
        }
        // Whether the end comes with the last record or after it is not documented.
        return [[counts[0], total(counts.slice(1))], children, ShardIterator === undefined];
    }),
    slowRow(40, "a closed shard cannot be split again", invalidArgument, async (at) => {
        await at.stream();
        const [shard] = await at.shards();
        await split(at);
        await at.at.pass(31);
        await at.active();
        return at.on("SplitShard", { ShardToSplit: shard!.ShardId, NewStartingHashKey: String(2n ** 126n) });
    }),
];

export const callRateRows: readonly LimitRow[] = [
    rateRow("the second DescribeLimits of a second", "DescribeLimits", 1),
    rateRow("the 21st DescribeStreamSummary of a second", "DescribeStreamSummary", 20),
    row("the sixth SplitShard of a second", [limitExceeded], async (at) => {
        await at.stream();
        const input = { ShardToSplit: "shardId-000000000009", NewStartingHashKey: "1000" };
        const told = await atOnce(6, () => at.on("SplitShard", input));
        return told.filter((each) => each !== "ResourceNotFoundException");
    }),
    row("two changes of mode in 24 hours", ["ok"], async (at) => {
        await at.stream();
        const StreamARN = await at.arn();
        const told: string[] = [];
        for (const StreamMode of ["ON_DEMAND", "PROVISIONED"]) {
            told.push(await at.tells("UpdateStreamMode", { StreamARN, StreamModeDetails: { StreamMode } }));
            await at.at.pass(1.2);
        }
        return [...new Set(told)];
    }),
    row("the third change of mode in 24 hours", limitExceeded, async (at) => {
        await at.stream();
        const StreamARN = await at.arn();
        const change = (StreamMode: string) =>
            at.tells("UpdateStreamMode", { StreamARN, StreamModeDetails: { StreamMode } });
        for (const StreamMode of ["ON_DEMAND", "PROVISIONED"]) {
            await change(StreamMode);
            await at.at.pass(1.2);
        }
        return change("ON_DEMAND");
    }),
];

export const limitRows: readonly LimitRow[] = [
    ...writeRows,
    ...readRows,
    ...streamRows,
    ...reshardRows,
    ...callRateRows,
];
