/** CBOR beside JSON: what the SDKs for Java and Go send is read as the JSON form, and answers carry their bytes and times as such. */
import { AwsSmithyRpcV2CborProtocol } from "@aws-sdk/core/protocols";
import {
    CloudWatchClient,
    DescribeAlarmsCommand,
    GetMetricStatisticsCommand,
    PutDashboardCommand,
    PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import {
    CreateStreamCommand,
    KinesisClient,
    PutRecordCommand,
    RegisterStreamConsumerCommand,
    SubscribeToShardCommand,
} from "@aws-sdk/client-kinesis";
import { cbor, tagSymbol } from "@smithy/core/cbor";
import * as fc from "fast-check";
import { deepEqual, equal, rejects, throws } from "node:assert/strict";

import { fromCbor, toCbor } from "../../../sandbox/wire/cbor";
import { minutes, startCloud, startMs, type TestCloud } from "../cloud";

const seconds = { ticksPerSecond: 1 } as const;
const milliseconds = { ticksPerSecond: 1_000 } as const;

describe("CBOR carries what JSON carries", () => {
    const json = fc
        .jsonValue()
        .filter((value) => !/"(Data|LastModified|\w*Timestamps?|\w*[a-z]At|__proto__)"/.test(JSON.stringify(value)));

    it("reads what it wrote", () => {
        fc.assert(fc.property(json, (value) => deepEqual(fromCbor(toCbor(value, seconds), seconds), plain(value))));
    });

    const rows: [string, string, unknown][] = [
        ["a map without a length, as Jackson writes it", "bf6161016162f5ff", { a: 1, b: true }],
        ["a list without a length", "9f0102ff", [1, 2]],
        ["text in pieces", "7f61616162ff", "ab"],
        ["bytes in pieces, as base64", "5f41ff4100ff", Buffer.from([255, 0]).toString("base64")],
        ["bytes, as base64", "43010203", "AQID"],
        ["a float of two bytes", "f93c00", 1],
        ["a small float of two bytes", "f90001", 2 ** -24],
        ["infinity in two bytes", "f9fc00", -Infinity],
        ["a float of four bytes", "fa47c35000", 100_000],
        ["a number of eight bytes", "1b00000002540be400", 10_000_000_000],
        ["a number below zero", "3903e7", -1_000],
        ["undefined, as null", "f7", null],
    ]; // prettier-ignore
    for (const [title, hex, value] of rows)
        it(`reads ${title}`, () => deepEqual(fromCbor(Buffer.from(hex, "hex"), seconds), value));

    it("counts a time in seconds, or in milliseconds where Kinesis's older dialect is spoken", () => {
        deepEqual(fromCbor(Buffer.from("c1fb41da7c6a00200000", "hex"), seconds), 1_777_444_864.5);
        deepEqual(fromCbor(Buffer.from("c11b0000019d9a4b0a00", "hex"), milliseconds), 0x19d9a4b0a00 / 1_000);
        const answer = { StreamCreationTimestamp: 1_777.25, Timestamps: [1, 2.5] };
        const read = (dialect: typeof seconds | typeof milliseconds) => fromCbor(toCbor(answer, dialect), dialect);
        deepEqual([read(seconds), read(milliseconds)], [answer, answer]);
        const commitment = { StartedAt: 1.5, EarliestAllowedEndAt: 2.5, EndedAt: 3.5 };
        deepEqual(cbor.deserialize(toCbor(commitment, seconds)), {
            StartedAt: { tag: 1, value: 1.5, [tagSymbol]: true },
            EarliestAllowedEndAt: { tag: 1, value: 2.5, [tagSymbol]: true },
            EndedAt: { tag: 1, value: 3.5, [tagSymbol]: true },
        });
        deepEqual(toCbor({ Timestamp: 1.5 }, milliseconds).toString("hex"), "a16954696d657374616d70c11905dc");
    });

    it("writes the bytes of a record as bytes, and leaves out what is not there", () => {
        deepEqual(cbor.deserialize(toCbor({ Data: "AQID", Size: undefined }, seconds)), {
            Data: Buffer.from([1, 2, 3]),
        });
    });

    for (const [title, hex] of [
        ["cut off", "a16161"],
        ["of no known kind", "fc"],
        ["empty", ""],
    ] as const)
        // prettier-ignore
        it(`does not take what is ${title}`, () => throws(() => fromCbor(Buffer.from(hex, "hex"), seconds), Error));
});

/** Without prototypes and -0, which no codec keeps. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("the protocol rpc-v2-cbor", () => {
    let cloud: TestCloud;
    let client: CloudWatchClient;
    before(async () => {
        cloud = await startCloud();
        const { endpoint, region, credentials } = cloud.sandbox;
        client = new CloudWatchClient({
            endpoint,
            region,
            credentials,
            maxAttempts: 1,
            protocol: AwsSmithyRpcV2CborProtocol,
        } as never);
    });
    after(async () => {
        client.destroy();
        await cloud.stop();
    });

    it("puts metrics and gets them, with their times", async () => {
        const what = { Namespace: "billing", MetricName: "Read" };
        const Timestamp = new Date(startMs + minutes(1));
        await cloud.clock.advance(minutes(2));
        await client.send(
            new PutMetricDataCommand({
                Namespace: "billing",
                MetricData: [{ MetricName: "Read", Value: 1.5, Timestamp }],
            }),
        );
        const asked = {
            StartTime: new Date(startMs),
            EndTime: new Date(startMs + minutes(3)),
            Period: 60,
            Statistics: ["Sum" as const],
        };
        const { Datapoints } = await client.send(new GetMetricStatisticsCommand({ ...what, ...asked }));
        deepEqual(Datapoints, [{ Timestamp, Sum: 1.5, Unit: "None" }]);
    });

    it("answers lists, and refuses by name", async () => {
        deepEqual((await client.send(new DescribeAlarmsCommand({}))).MetricAlarms, []);
        const broken = client.send(new PutDashboardCommand({ DashboardName: "d", DashboardBody: "{" }));
        await rejects(broken, { name: "DashboardInvalidInputError" });
    });
});

describe("Kinesis in CBOR", () => {
    let cloud: TestCloud;
    let client: KinesisClient;
    const StreamName = "orders";
    const ShardId = "shardId-000000000000";
    const Data = Buffer.from([0, 255, 128]);
    before(async () => {
        cloud = await startCloud();
        const { endpoint, region, credentials } = cloud.sandbox;
        client = new KinesisClient({
            endpoint,
            region,
            credentials,
            maxAttempts: 1,
            protocol: AwsSmithyRpcV2CborProtocol,
        } as never);
        await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
        await cloud.clock.advance(5_000);
        await client.send(new PutRecordCommand({ StreamName, PartitionKey: "k", Data }));
    });
    after(async () => {
        client.destroy();
        await cloud.stop();
    });

    it("keeps the bytes of a record, and pushes them", async () => {
        const StreamARN = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
        const { Consumer } = await client.send(
            new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "billing" }),
        );
        await cloud.clock.advance(2_000);
        const StartingPosition = { Type: "TRIM_HORIZON" as const };
        const { EventStream } = await client.send(
            new SubscribeToShardCommand({ ConsumerARN: Consumer!.ConsumerARN, ShardId, StartingPosition }),
        );
        for await (const { SubscribeToShardEvent: event } of EventStream!) {
            deepEqual(
                event?.Records?.map((record) => Buffer.from(record.Data!)),
                [Data],
            );
            break;
        }
    });

    it("speaks the older dialect of the Java clients: bytes as bytes, times in milliseconds, refusals by name", async () => {
        const ask = async (operation: string, input: object) => {
            const answer = await fetch(cloud.sandbox.endpoint, {
                method: "POST",
                headers: {
                    authorization:
                        "AWS4-HMAC-SHA256 Credential=k/20261101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0",
                    "content-type": "application/x-amz-cbor-1.1",
                    "x-amz-target": `Kinesis_20131202.${operation}`,
                },
                body: cbor.serialize(input) as never,
            });
            equal(answer.headers.get("content-type"), "application/x-amz-cbor-1.1");
            return cbor.deserialize(new Uint8Array(await answer.arrayBuffer())) as Record<string, unknown>;
        };
        const time = (value: number) => ({ tag: 1, value, [tagSymbol]: true });
        const start = { ShardIteratorType: "AT_TIMESTAMP", Timestamp: time(startMs) };
        const { ShardIterator } = await ask("GetShardIterator", { StreamName, ShardId, ...start });
        const { Records } = (await ask("GetRecords", { ShardIterator })) as { Records: Record<string, unknown>[] };
        const [record] = Records;
        deepEqual(
            [Buffer.from(record!.Data as Uint8Array), record!.ApproximateArrivalTimestamp],
            [Data, time(startMs + 5_000)],
        );
        equal((await ask("ListShards", { StreamName: "none" })).__type, "ResourceNotFoundException");
    });
});
