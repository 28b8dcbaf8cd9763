/**
 * Those who read a stream, as its alarms see them: what the component declares is put into the sandbox, readers come and die on a clock that
 * the test moves, and what arrives at the topic is told. Each stream is one case; all of them share the hours.
 */
import assert from "node:assert/strict";
import {
    CreateStreamCommand,
    GetRecordsCommand,
    GetShardIteratorCommand,
    KinesisClient,
    PutRecordCommand,
    RegisterStreamConsumerCommand,
    SubscribeToShardCommand,
} from "@aws-sdk/client-kinesis";
import { DescribeAlarmsCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { Aws } from "../../engine/providers/aws";
import { StandInProvider } from "../../engine/providers/provider";
import { tables } from "../../engine/providers/tables";
import { StreamAlarms, type StreamAlarmsArgs } from "../../index";
import { minutes, startCloud, startMs, type TestCloud } from "../sandbox/cloud";
import { run } from "./mocks";

const topicArn = "arn:aws:sns:us-east-1:123456789012:oncall";
const hours = 3;

/** What happens in each minute; a reader reads from its first to before its last minute. */
interface Case {
    readonly title: string;
    readonly writes: (minute: number) => boolean;
    readonly reads?: (minute: number) => boolean;
    readonly refuses?: (minute: number) => boolean;
    /** When the state of the alarm on the age is set back, as the docs tell. */
    readonly forgotten?: number;
    readonly args?: Partial<StreamAlarmsArgs>;
    /** What arrives, OK at the start left out: minute, state and alarm. */
    readonly told: readonly string[];
}

const always = () => true;
const never = () => false;
const until = (end: number) => (minute: number) => minute < end;
const every = (many: number) => (minute: number) => minute % many === 0;
const either =
    (...some: ((minute: number) => boolean)[]) =>
    (minute: number) =>
        some.some((one) => one(minute));

const cases: Readonly<Record<string, Case>> = {
    killed: {
        title: "a consumer that stops for good while records come in is told once, 20 minutes later",
        writes: always,
        reads: until(40),
        told: ["60 ALARM killed-ConsumerSilent"],
    },
    sparse: {
        title: "the same with a record every half hour, and it stays told through the pauses",
        writes: every(30),
        reads: until(40),
        told: ["71 ALARM sparse-ConsumerSilent"],
    },
    hourly: {
        title: "the same with a record an hour",
        writes: every(60),
        reads: until(61),
        told: ["131 ALARM hourly-ConsumerSilent"],
    },
    back: {
        title: "a consumer that comes back is told as well",
        writes: always,
        reads: either(until(40), (minute) => minute >= 100),
        told: ["60 ALARM back-ConsumerSilent", "101 OK back-ConsumerSilent"],
    },
    deployed: {
        title: "a consumer that is away for a quarter of an hour is not told",
        writes: always,
        reads: (minute) => minute < 40 || minute >= 55,
        told: [],
    },
    forgotten: {
        title: "a consumer that is not to come back can be forgotten, for good",
        writes: always,
        reads: until(40),
        forgotten: 100,
        told: ["60 ALARM forgotten-ConsumerSilent", "100 OK forgotten-ConsumerSilent"],
    },
    neverRead: { title: "nobody is told of a stream that nobody ever read", writes: always, told: [] },
    neverReadPaused: {
        title: "nor where its records pause for an hour and come back",
        writes: (minute) => minute < 60 || minute >= 120,
        told: [],
    },
    quiet: {
        title: "nor of one without records whose consumer has stopped",
        writes: never,
        reads: until(40),
        told: [],
    },
    idle: { title: "nor of one without records and readers", writes: never, told: [] },
    batch: {
        title: "nor of a consumer that starts a little after the records of a batch do",
        writes: either(until(30), (minute) => minute >= 120 && minute < 150),
        reads: either(until(35), (minute) => minute >= 125 && minute < 155),
        told: [],
    },
    slower: {
        title: "a reader that comes once an hour has periods of its own",
        writes: always,
        reads: every(60),
        args: { alarms: { consumerSilent: { periodSeconds: 3_600 } } },
        told: [],
    },
    burst: {
        title: "one burst of refused records on an idle stream is told once",
        writes: never,
        refuses: (minute) => minute === 20 || minute === 21,
        told: ["26 ALARM burst-WriteThrottling", "27 OK burst-WriteThrottling"],
    },
};

/** Before this somebody is told: a tenth of the retention of a day. */
const tenth = 24 * 6;

describe("those who read a stream", function () {
    this.timeout(120_000);
    let cloud: TestCloud;
    let kinesis: KinesisClient;

    before(async () => {
        cloud = await startCloud({ limitsCallRates: false });
        const { endpoint, region, credentials } = cloud.sandbox;
        kinesis = new KinesisClient({ endpoint, region, credentials });
        await cloud.sns.send(new CreateTopicCommand({ Name: "oncall" }));
        for (const [stream, { args }] of Object.entries(cases)) await put(stream, args);
        const real = await readersOf("real");
        await put("real", { consumers: ["billing", "audit"] });
        for (let minute = 1; minute < hours * 60; minute++) {
            for (const [stream, one] of Object.entries(cases)) happen(stream, one, minute);
            if (minute === cases.forgotten!.forgotten) await forget("forgotten");
            if (minute < tenth) await real(minute);
            await cloud.clock.advance(minutes(1));
        }
    });
    after(async () => {
        kinesis.destroy();
        await cloud.stop();
    });

    /** Puts the alarms into the sandbox that the component declares. */
    const put = async (stream: string, args: Partial<StreamAlarmsArgs> = {}) => {
        const declared = await run(() => new StreamAlarms(stream, { stream, notifications: { topicArn }, ...args }));
        const provider = new StandInProvider(tables.aws, new Aws(cloud.sandbox));
        for (const { type, name, inputs } of declared.registered) {
            if (!type.startsWith("aws:cloudwatch/")) continue;
            await provider.create(`urn:pulumi:test::shop::${type}::${name}`, inputs as never, false);
        }
        provider.aws.close();
    };

    const forget = async (stream: string) => {
        const { MetricAlarms } = await cloud.cloudWatch.send(
            new DescribeAlarmsCommand({ AlarmNamePrefix: `${stream}-IteratorAge` }),
        );
        const { AlarmName } = MetricAlarms![0]!;
        await cloud.cloudWatch.send(
            new SetAlarmStateCommand({ AlarmName, StateValue: "INSUFFICIENT_DATA", StateReason: "read no more" }),
        );
    };

    const happen = (stream: string, { writes, reads = never, refuses = never }: Case, minute: number) => {
        const record = (metricName: string, value: number) =>
            cloud.cloud.store.record({
                namespace: "AWS/Kinesis",
                metricName,
                dimensions: { StreamName: stream },
                value,
                unit: metricName.endsWith("Milliseconds") ? "Milliseconds" : "Count",
                timeMs: cloud.clock.nowMs(),
            });
        if (writes(minute)) record("IncomingRecords", 7);
        if (refuses(minute)) record("WriteProvisionedThroughputExceeded", 100);
        if (!reads(minute)) return;
        record("GetRecords.Success", 1);
        record("GetRecords.IteratorAgeMilliseconds", 0);
    };

    /** A producer and two readers with real clients: one polls, one subscribes. Both are killed after 40 minutes. */
    const readersOf = async (StreamName: string) => {
        await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
        await cloud.clock.advance(minutes(1));
        const StreamARN = `arn:aws:kinesis:us-east-1:123456789012:stream/${StreamName}`;
        const register = (ConsumerName: string) =>
            kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName }));
        const ConsumerARN = (await register("billing")).Consumer!.ConsumerARN;
        await register("audit");
        const ShardId = "shardId-000000000000";
        const latest = new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "LATEST" });
        let { ShardIterator } = await kinesis.send(latest);
        let living = new AbortController();
        const subscribe = async () => {
            living.abort();
            living = new AbortController();
            const request = { ConsumerARN, ShardId, StartingPosition: { Type: "LATEST" } } as const;
            const { EventStream } = await kinesis.send(new SubscribeToShardCommand(request), {
                abortSignal: living.signal,
            });
            const reading = async () => {
                for await (const event of EventStream!) assert.ok(event);
            };
            reading().catch(() => undefined);
        };
        return async (minute: number) => {
            const Data = new Uint8Array(10);
            await kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: String(minute), Data }));
            if (minute === 40) living.abort();
            if (minute >= 40) return;
            ShardIterator = (await kinesis.send(new GetRecordsCommand({ ShardIterator }))).NextShardIterator;
            // A subscription ends after five minutes, and is made anew before that.
            if (minute > 4 && minute % 4 === 1) await subscribe();
        };
    };

    /** What arrived about readers and refusals, without the OK that every alarm begins with. */
    const told = (stream: string) =>
        cloud.cloud.sns.published
            .map(({ subject, timeMs }) => {
                const [, state, alarm] = /^(\w+): "(.*?)"/.exec(subject ?? "")!;
                return { state, alarm: alarm!.replace(/-[0-9a-f]{8}$/, ""), minute: (timeMs - startMs) / 60_000 };
            })
            .filter(({ alarm }) => alarm.startsWith(`${stream}-`) && /Silent|WriteThrottling/.test(alarm))
            .filter(({ state, minute }) => state === "ALARM" || minute > 3);

    for (const [stream, { title, told: expected }] of Object.entries(cases)) {
        it(title, () => {
            const lines = told(stream).map(({ minute, state, alarm }) => `${minute} ${state} ${alarm}`);
            assert.deepEqual(lines, expected);
        });
    }

    it("who is killed is told before a tenth of the retention is over, and a consumer that never read is not", () => {
        const lines = told("real");
        assert.deepEqual(lines.map(({ state, alarm }) => `${state} ${alarm}`).sort(), [
            "ALARM real-Consumer/billing/Silent",
            "ALARM real-ConsumerSilent",
        ]);
        for (const { alarm, minute } of lines) assert.ok(minute >= 60 && minute < 40 + tenth, `${alarm} ${minute}`);
    });
});
