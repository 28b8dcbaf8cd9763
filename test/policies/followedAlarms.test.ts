/** Whoever follows what is said of an alarm, one message after the other, has an alarm that passes, and is told nothing twice. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { kinesisMetrics } from "../../capacity/metrics";
import { judgeResource, judgeStack, type ResourceView } from "../../policies/policies";
import { awsAlarm, awsStream, view } from "./views";

type Props = Readonly<Record<string, unknown>>;

const read = (text: string) => Number(text.replaceAll(",", ""));
const without = (props: Props, ...names: string[]): Props =>
    Object.fromEntries(Object.entries(props).filter(([name]) => !names.includes(name)));
const dimensions = (props: Props) => props.dimensions as Props;

/** A clause of a message, and the alarm once it is followed. */
type Remedy = readonly [clause: RegExp, follow: (props: Props, ...found: string[]) => Props];

const remedies: readonly Remedy[] = [
    [/Set its namespace to "(.*?)"/, (props, namespace) => ({ ...props, namespace })],
    [/the closest name is ([\w.]+)\./, (props, metricName) => ({ ...props, metricName })],
    [/Add StreamName, the name/, (props) => ({ ...props, dimensions: { ...dimensions(props), StreamName: "orders" } })],
    [
        /Add ShardId to/,
        (props) => ({ ...props, dimensions: { ...dimensions(props), ShardId: "shardId-000000000000" } }),
    ],
    [
        /or watch a metric of the stream/,
        (props) => ({
            ...without(props, "unit"),
            metricName: "IncomingRecords",
            dimensions: without(dimensions(props), "ShardId"),
        }),
    ],
    [
        /dd ConsumerName(?:, the name| to its dimensions)/,
        (props) => ({ ...props, dimensions: { ...dimensions(props), ConsumerName: "billing" } }),
    ],
    [
        /emove (\w+(?:, \w+)*) from its dimensions/,
        (props, names) => ({ ...props, dimensions: without(dimensions(props), ...names!.split(", ")) }),
    ],
    [
        /Set its StreamName to "(\w+)"/,
        (props, StreamName) => ({ ...props, dimensions: { ...dimensions(props), StreamName } }),
    ],
    [/Set its statistic to "(\w+)"/, (props, statistic) => ({ ...without(props, "extendedStatistic"), statistic })],
    [/Remove its unit/, (props) => without(props, "unit")],
    [/set it to "([\w/]+)"/, (props, unit) => ({ ...props, unit })],
    [/Set its period to ([\d,]+)/, (props, period) => ({ ...props, period: read(period!) })],
    [/Set a shorter period/, (props) => ({ ...props, period: 60 })],
    [
        /et its evaluationPeriods to ([\d,]+) or less/,
        (props, periods) => ({ ...props, evaluationPeriods: read(periods!) }),
    ],
    [
        /its evaluationPeriods to ([\d,]+) or more/,
        (props, periods) => ({ ...props, evaluationPeriods: read(periods!) }),
    ],
    [
        /et its datapointsToAlarm to ([\d,]+) or less/,
        (props, wanted) => ({ ...props, datapointsToAlarm: read(wanted!) }),
    ],
    [/Lower its threshold below ([\d,.]+?)[.,] /, (props, most) => ({ ...props, threshold: read(most!) - 0.5 })],
    [/Lower its threshold to ([\d,.]+) or less/, (props, most) => ({ ...props, threshold: read(most!) })],
    [/Raise its threshold above 0/, (props) => ({ ...props, threshold: 1 })],
    [/Raise its threshold to 0 or more/, (props) => ({ ...props, threshold: 0 })],
    [
        /or watch (WriteProvisionedThroughputExceeded)/,
        (props, metricName) => ({ ...without(props, "unit"), metricName, dimensions: { StreamName: "orders" } }),
    ],
    [
        /remove ShardId from the alarm's dimensions/,
        (props) => ({ ...props, dimensions: without(dimensions(props), "ShardId") }),
    ],
];

/** As a remedy, of the stream. */
const switchOn = /Add "(\w+)" to the stream's shardLevelMetrics/;

const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const alarms: fc.Arbitrary<Props> = fc.record({
    namespace: fc.constantFrom("AWS/Kinesis", "AWS/Kinesis", "AWS/Kinesis", "aws/kinesis", "Kinesis"),
    metricName: fc.constantFrom("IncomingByte", "GetRecords.IteratorAge", ...Object.keys(kinesisMetrics)),
    statistic: fc.constantFrom("Sum", "Maximum", "Average", "Minimum", "SampleCount", "sum"),
    extendedStatistic: fc.constantFrom(undefined, undefined, "p99", "P99"),
    unit: fc.constantFrom(undefined, undefined, "Bytes", "Count", "Milliseconds", "Percent"),
    period: fc.constantFrom(1, 10, 30, 45, 60, 90, 300, 3_600, 86_400, 700_020),
    evaluationPeriods: fc.constantFrom(1, 2, 7, 24, 1_440, 1_441, 20_000),
    datapointsToAlarm: fc.constantFrom(undefined, 1, 3, 25),
    dimensions: fc.record(
        {
            StreamName: fc.constantFrom("orders", "orders", "orders", arn),
            ShardId: fc.constant("shardId-000000000000"),
            ConsumerName: fc.constant("billing"),
            Region: fc.constant("us-east-1"),
        },
        { requiredKeys: [] },
    ),
    comparisonOperator: fc.constantFrom(
        "GreaterThanThreshold",
        "GreaterThanOrEqualToThreshold",
        "LessThanThreshold",
        "LessThanOrEqualToThreshold",
    ),
    threshold: fc.constantFrom(-1, 0, 0.5, 1, 2, 999, 60_000, 86_400_000, 4e10, 1e15),
    treatMissingData: fc.constantFrom(undefined, "missing", "breaching", "notBreaching"),
});
const streams = fc.record({
    name: fc.constant("orders"),
    shardCount: fc.constantFrom(1, 2, 10_000),
    retentionPeriod: fc.constantFrom(24, 8_760),
    shardLevelMetrics: fc.constantFrom([], ["IncomingBytes"], ["ALL"]),
});

describe("what is said of an alarm, followed", () => {
    const said = (alarm: ResourceView, stream: ResourceView) =>
        [
            judgeResource("alarm-can-fire", alarm),
            ...judgeStack("alarm-can-fire", [stream, alarm]).map(({ verdict }) => verdict),
            judgeResource("alarm-is-meaningful", alarm),
        ].find(({ verdict }) => verdict !== "compliant");

    it("leads to one that passes, by each way that a message names", function () {
        this.timeout(60_000);
        const followed = new Set<RegExp>();
        const follow = (props: Props, stream: ResourceView, before: readonly string[]): void => {
            const found = said(view(awsAlarm, props, { name: "watch" }), stream);
            if (found === undefined) return;
            assert.equal(found.verdict, "violation");
            const { message } = found as { message: string };
            assert.ok(!before.includes(message), [...before, message].join("\n"));
            const ways = remedies.flatMap(([clause, change]) => {
                const match = clause.exec(`${message} `);
                if (match === null) return [];
                followed.add(clause);
                const [, ...words]: string[] = match;
                return [change(props, ...words)];
            });
            assert.ok(ways.length > 0, message);
            for (const way of ways) follow(way, stream, [...before, message]);
            const [, metric] = switchOn.exec(message) ?? [];
            if (metric === undefined) return;
            followed.add(switchOn);
            const shardLevelMetrics = [...(stream.props.shardLevelMetrics as string[]), metric];
            follow(props, { ...stream, props: { ...stream.props, shardLevelMetrics } }, [...before, message]);
        };
        fc.assert(
            fc.property(alarms, streams, (props, stream) => follow(props, view(awsStream, stream), [])),
            { numRuns: 1_500 },
        );
        const never = [...remedies.map(([clause]) => clause), switchOn].flatMap((clause) =>
            followed.has(clause) ? [] : [clause.source],
        );
        assert.deepEqual(never, [], "no alarm led to these");
    });
});
