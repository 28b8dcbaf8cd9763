/** What `alarm-can-fire` and `alarm-is-meaningful` say about alarms on Kinesis metrics, by themselves. */
import fc from "fast-check";
import { judgeResource, judgeStack } from "../../policies/policies";
import { awsAlarm, awsStream, cannotTell, compliant, nativeAlarm, tests, unknown, view, violation } from "./views";

const kinesis = { namespace: "AWS/Kinesis" };
const dimensions = { StreamName: "orders" };

/** An alarm of the aws provider. */
function alarm(metricName: string, statistic: string | undefined, more: object = {}) {
    return view(awsAlarm, { ...kinesis, metricName, statistic, dimensions, ...more });
}

/** An alarm of the aws provider on one metric of a metric-math expression. */
function mathAlarm(metric: object) {
    const queries = [
        { id: "load", expression: "bytes / 60", returnData: true },
        {
            id: "bytes",
            metric: { ...kinesis, metricName: "IncomingBytes", stat: "Sum", period: 60, dimensions, ...metric },
        },
    ];
    return view(awsAlarm, { metricQueries: queries });
}

/** An alarm of the aws-native provider. */
function native(props: object) {
    return view(nativeAlarm, {
        ...kinesis,
        metricName: "IncomingBytes",
        statistic: "Sum",
        dimensions: [{ name: "StreamName", value: "orders" }],
        ...props,
    });
}

/** An alarm of either provider on a count whose gaps are filled, with settings that could be written otherwise. */
function filled(expression: string, more: object = {}, metric: object = {}) {
    const counted = {
        ...kinesis,
        metricName: "WriteProvisionedThroughputExceeded",
        stat: "Sum",
        period: 300,
        dimensions,
    };
    return view(awsAlarm, {
        metricQueries: [
            { id: "counted", returnData: false, metric: { ...counted, ...metric } },
            { id: "filled", returnData: true, expression },
        ],
        comparisonOperator: "GreaterThanThreshold",
        threshold: 0,
        evaluationPeriods: 2,
        ...more,
    });
}

const averageOfBytes = violation(
    'The alarm watches the Average of IncomingBytes; the one with a meaning is Sum: bytes accepted, partition keys included; a rate is Sum / period. Set its statistic to "Sum".',
);
const noDimension = violation(
    "The alarm watches IncomingBytes without a dimension; Kinesis publishes it for each StreamName only, so the alarm never has data. Add StreamName, the name of the stream, to its dimensions.",
);

describe("alarm-can-fire: an alarm on a Kinesis metric gets data", () => {
    tests("alarm-can-fire", [
        ["passes a sum of what came in", alarm("IncomingBytes", "Sum"), compliant],
        ["passes the maximum of the iterator age", alarm("GetRecords.IteratorAgeMilliseconds", "Maximum"), compliant],
        [
            "passes a percentile of a latency",
            alarm("PutRecords.Latency", undefined, { extendedStatistic: "p99" }),
            compliant,
        ],
        [
            "passes a stream whose name is not known yet",
            alarm("IncomingBytes", "Sum", { dimensions: { StreamName: unknown("dimensions.StreamName") } }),
            compliant,
        ],
        ["passes the unit that Kinesis publishes", alarm("IncomingBytes", "Sum", { unit: "Bytes" }), compliant],
        ["passes a metric that this project does not read", alarm("PutRecord.Success", "Average"), compliant],
        [
            "passes a metric of one shard",
            alarm("OutgoingBytes", "Sum", { dimensions: { ...dimensions, ShardId: "shardId-000000000000" } }),
            compliant,
        ],
        [
            "leaves metrics of other services alone",
            alarm("Errors", "Average", { namespace: "AWS/Lambda", dimensions: {} }),
            compliant,
        ],
        ["passes a metric-math alarm", mathAlarm({}), compliant],
        ["passes a count whose gaps are filled", filled("FILL(counted, 0)"), compliant],
        [
            "passes filled minutes of which not all must breach",
            filled("FILL(counted, 0)", { evaluationPeriods: 5, datapointsToAlarm: 3 }, { period: 60 }),
            compliant,
        ],
        [
            "passes minutes that are filled with what was before",
            filled("FILL(counted, REPEAT)", {}, { period: 60 }),
            compliant,
        ],
        ["passes minutes whose filling alarms by itself", filled("FILL(counted, 1)", {}, { period: 60 }), compliant],
        [
            "warns of filled minutes of which all must breach",
            filled(" fill( counted , 0 ) ", {}, { period: 60 }),
            violation(
                "The alarm fills missing data points of WriteProvisionedThroughputExceeded with 0 in periods of 60 seconds; Kinesis publishes a minute or two late, so the newest one is always 0, and never 2 of 2 breach. Set its period to 300, or its datapointsToAlarm below its evaluationPeriods.",
            ),
        ],
        [
            "warns of the one that must breach",
            filled("FILL(counted, 0)", { evaluationPeriods: 1 }, { period: 60 }),
            violation(
                "The alarm fills missing data points of WriteProvisionedThroughputExceeded with 0 in periods of 60 seconds; Kinesis publishes a minute or two late, so the newest one is always 0, and the alarm never fires. Set its period to 300.",
            ),
        ],
        [
            "sees the threshold of a filled metric",
            filled("FILL(counted, 0)", { threshold: 1 }, { metricName: "GetRecords.Success", stat: "Average" }),
            violation(
                "The alarm watches GetRecords.Success above 1; it is 0 or 1 for each call, never above 1, so the alarm never fires. Lower its threshold below 1.",
            ),
        ],
        [
            "and of aws-native",
            view(nativeAlarm, {
                metrics: [
                    {
                        id: "age",
                        metricStat: {
                            metric: {
                                ...kinesis,
                                metricName: "GetRecords.Success",
                                dimensions: [{ name: "StreamName", value: "orders" }],
                            },
                            stat: "Average",
                            period: 300,
                        },
                        returnData: false,
                    },
                    { id: "filled", expression: "FILL(age, 1)", returnData: true },
                ],
                comparisonOperator: "LessThanThreshold",
                threshold: 0,
            }),
            violation(
                "The alarm watches GetRecords.Success below 0; it is never below 0, so the alarm never fires. Raise its threshold above 0.",
            ),
        ],
        [
            "leaves alone what more than a filling makes of a metric",
            filled("FILL(counted, 0) / 60", {}, { period: 60 }),
            compliant,
        ],
        [
            "passes a Metrics Insights query",
            view(awsAlarm, {
                metricQueries: [
                    {
                        id: "hot",
                        expression: 'SELECT MAX(IncomingBytes) FROM SCHEMA("AWS/Kinesis", StreamName, ShardId)',
                    },
                ],
            }),
            compliant,
        ],
        ["passes an alarm of the aws-native provider", native({}), compliant],
        [
            "warns of an alarm without a dimension",
            alarm("IncomingBytes", "Sum", { dimensions: undefined }),
            noDimension,
        ],
        ["warns of one of the aws-native provider", native({ dimensions: [] }), noDimension],
        ["warns of one inside metric math", mathAlarm({ dimensions: {} }), noDimension],
        [
            "warns of an empty stream name",
            alarm("IncomingBytes", "Sum", { dimensions: { StreamName: "" } }),
            noDimension,
        ],
        [
            "warns of a dimension that Kinesis does not have",
            alarm("IncomingBytes", "Sum", { dimensions: { streamName: "orders" } }),
            violation(
                "The alarm watches IncomingBytes with streamName and no StreamName; Kinesis publishes it for each StreamName only, so the alarm never has data. Add StreamName, the name of the stream, to its dimensions.",
            ),
        ],
        ["passes a day of minutes", alarm("IncomingBytes", "Sum", { period: 60, evaluationPeriods: 1_440 }), compliant],
        ["passes a week of hours", alarm("IncomingBytes", "Sum", { period: 3_600, evaluationPeriods: 168 }), compliant],
        [
            "warns of more than CloudWatch looks back over",
            alarm("IncomingBytes", "Sum", { period: 300, evaluationPeriods: 289 }),
            violation(
                "The alarm watches IncomingBytes over 289 periods of 300 seconds; CloudWatch looks back a day (86,400 seconds), or seven days (604,800) in periods of an hour or more, and refuses the alarm. Set its evaluationPeriods to 288 or less.",
            ),
        ],
        [
            "warns of a period that is longer than that",
            alarm("IncomingBytes", "Sum", { period: 1_209_600, evaluationPeriods: 1 }),
            violation(
                "The alarm watches IncomingBytes over 1 period of 1,209,600 seconds; CloudWatch looks back a day (86,400 seconds), or seven days (604,800) in periods of an hour or more, and refuses the alarm. Set a shorter period.",
            ),
        ],
        [
            "warns of more data points than there are",
            alarm("IncomingBytes", "Sum", { period: 300, evaluationPeriods: 2, datapointsToAlarm: 3 }),
            violation(
                "The alarm on IncomingBytes waits for 3 of 2 data points to breach, and CloudWatch refuses it. Set its datapointsToAlarm to 2 or less, or its evaluationPeriods to 3 or more.",
            ),
        ],
        [
            "and names no number of periods over which CloudWatch does not look back",
            alarm("IncomingBytes", "Sum", { period: 86_400, evaluationPeriods: 7, datapointsToAlarm: 8 }),
            violation(
                "The alarm on IncomingBytes waits for 8 of 7 data points to breach, and CloudWatch refuses it. Set its datapointsToAlarm to 7 or less.",
            ),
        ],
        [
            "leaves periods that are not known yet to CloudWatch",
            alarm("IncomingBytes", "Sum", { period: 300, evaluationPeriods: unknown("evaluationPeriods") }),
            compliant,
        ],
        [
            "warns of the ARN of a stream, which the id of one is too",
            alarm("IncomingBytes", "Sum", {
                dimensions: { StreamName: "arn:aws:kinesis:us-east-1:123456789012:stream/orders" },
            }),
            violation(
                'The alarm watches IncomingBytes of the StreamName "arn:aws:kinesis:us-east-1:123456789012:stream/orders", which is an ARN and no name, so the alarm never has data. Set its StreamName to "orders", the name of the resource, not its id or arn.',
            ),
        ],
        [
            "and of that of a consumer",
            alarm("SubscribeToShardEvent.MillisBehindLatest", "Maximum", {
                dimensions: {
                    StreamName: "orders",
                    ConsumerName: "arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/billing:1700000000",
                },
            }),
            violation(
                'The alarm watches SubscribeToShardEvent.MillisBehindLatest of the ConsumerName "arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/billing:1700000000", which is an ARN and no name, so the alarm never has data. Set its ConsumerName to "billing", the name of the resource, not its id or arn.',
            ),
        ],
        [
            "and of a name that no stream has, of aws-native as well",
            native({ dimensions: [{ name: "StreamName", value: "my orders" }] }),
            violation(
                'The alarm watches IncomingBytes of the StreamName "my orders", which is no name that Kinesis gives, so the alarm never has data. Set its StreamName to the name of the resource, not its id or arn.',
            ),
        ],
        [
            "warns of an alarm without a statistic",
            alarm("WriteProvisionedThroughputExceeded", undefined),
            violation(
                'The alarm asks for no statistic of WriteProvisionedThroughputExceeded, and CloudWatch refuses it. Set its statistic to "Sum".',
            ),
        ],
        [
            "warns of a unit that nothing is published in",
            alarm("GetRecords.IteratorAgeMilliseconds", "Maximum", { unit: "Seconds" }),
            violation(
                'The alarm asks for GetRecords.IteratorAgeMilliseconds in Seconds; Kinesis publishes it in Milliseconds, so the alarm never has data. Remove its unit, or set it to "Milliseconds".',
            ),
        ],
        [
            "warns of a mistyped metric",
            alarm("WriteProvisionedThroughputExceded", "Sum"),
            violation(
                "The alarm watches WriteProvisionedThroughputExceded, which Kinesis does not publish in AWS/Kinesis, so the alarm never has data. Watch a metric that it publishes; the closest name is WriteProvisionedThroughputExceeded.",
            ),
        ],
        [
            "warns of a metric of one shard that is asked of the stream",
            alarm("OutgoingBytes", "Sum"),
            violation(
                "The alarm watches OutgoingBytes of the whole stream; Kinesis publishes it per shard only, so the alarm never has data. Add ShardId to its dimensions and switch the shard-level metric on, or watch a metric of the stream.",
            ),
        ],
        [
            "warns of a statistic that CloudWatch does not have",
            alarm("IncomingBytes", "avg"),
            violation(
                'The alarm asks for the statistic avg of IncomingBytes, and CloudWatch refuses it. Set its statistic to "Sum".',
            ),
        ],
        [
            "warns of a metric of fan-out without its consumer",
            alarm("SubscribeToShardEvent.MillisBehindLatest", "Maximum"),
            violation(
                "The alarm watches SubscribeToShardEvent.MillisBehindLatest of the whole stream; Kinesis publishes it per fan-out consumer only, so the alarm never has data. Add ConsumerName, the name of the registered consumer, to its dimensions.",
            ),
        ],
        [
            "passes it with its consumer",
            alarm("SubscribeToShardEvent.MillisBehindLatest", "Maximum", {
                dimensions: { ...dimensions, ConsumerName: "billing" },
            }),
            compliant,
        ],
        [
            "warns of a dimension too many",
            alarm("GetRecords.Bytes", "Sum", { dimensions: { ...dimensions, ShardId: "shardId-000000000000" } }),
            violation(
                "The alarm watches GetRecords.Bytes with StreamName, ShardId; Kinesis publishes it with StreamName, so the alarm never has data. Remove ShardId from its dimensions.",
            ),
        ],
        [
            "warns of a consumer of a metric that is published per stream and per shard",
            alarm("IncomingBytes", "Sum", { dimensions: { ...dimensions, ConsumerName: "billing" } }),
            violation(
                "The alarm watches IncomingBytes with StreamName, ConsumerName; Kinesis publishes it with StreamName, or with StreamName and ShardId, so the alarm never has data. Remove ConsumerName from its dimensions.",
            ),
        ],
        [
            "warns of another dimension in the place of the consumer",
            alarm("SubscribeToShardEvent.Bytes", "Sum", {
                dimensions: { ...dimensions, ShardId: "shardId-000000000000" },
            }),
            violation(
                "The alarm watches SubscribeToShardEvent.Bytes with StreamName, ShardId; Kinesis publishes it with StreamName and ConsumerName, so the alarm never has data. Remove ShardId from its dimensions, and add ConsumerName to its dimensions.",
            ),
        ],
        [
            "warns of a namespace that only looks like that of Kinesis",
            alarm("IncomingBytes", "Sum", { namespace: "AWS/KinesisStreams" }),
            violation(
                'The alarm watches IncomingBytes in the namespace AWS/KinesisStreams; Kinesis publishes it in AWS/Kinesis, so the alarm never has data. Set its namespace to "AWS/Kinesis".',
            ),
        ],
        [
            "warns of another service's namespace with the dimension of a stream",
            mathAlarm({ namespace: "AWS/Firehose" }),
            violation(
                'The alarm watches IncomingBytes in the namespace AWS/Firehose; Kinesis publishes it in AWS/Kinesis, so the alarm never has data. Set its namespace to "AWS/Kinesis".',
            ),
        ],
        [
            "leaves Firehose's own metric of the same name alone",
            alarm("IncomingBytes", "Sum", {
                namespace: "AWS/Firehose",
                dimensions: { DeliveryStreamName: "orders" },
            }),
            compliant,
        ],
        [
            "leaves a team's own namespace alone",
            alarm("IncomingBytes", "Sum", { namespace: "Team/Streams" }),
            compliant,
        ],
        [
            "warns of a period that CloudWatch does not have",
            alarm("IncomingBytes", "Sum", { period: 90 }),
            violation(
                "The alarm watches IncomingBytes in periods of 90 seconds; CloudWatch accepts 10, 20, 30 and multiples of 60, and refuses the alarm. Set its period to 120.",
            ),
        ],
        [
            "warns of it inside metric math",
            mathAlarm({ period: 45 }),
            violation(
                "The alarm watches IncomingBytes in periods of 45 seconds; CloudWatch accepts 10, 20, 30 and multiples of 60, and refuses the alarm. Set its period to 60.",
            ),
        ],
        [
            "warns of it with the aws-native provider",
            native({ period: "90" }),
            violation(
                "The alarm watches IncomingBytes in periods of 90 seconds; CloudWatch accepts 10, 20, 30 and multiples of 60, and refuses the alarm. Set its period to 120.",
            ),
        ],
        [
            "takes the empty texts and zeros of a state for what was not set",
            view(awsAlarm, {
                ...kinesis,
                metricName: "",
                statistic: "",
                unit: "",
                period: 0,
                metricQueries: [
                    {
                        id: "refused",
                        returnData: true,
                        metric: {
                            ...kinesis,
                            metricName: "WriteProvisionedThroughputExceeded",
                            stat: "Sum",
                            unit: "",
                            period: 60,
                            dimensions,
                        },
                    },
                ],
            }),
            compliant,
        ],
        [
            "cannot tell while the metric is unknown",
            view(awsAlarm, { ...kinesis, metricName: unknown("metricName"), dimensions }),
            cannotTell("metricName"),
        ],
        [
            "cannot tell while the statistic is unknown",
            view(awsAlarm, { ...kinesis, metricName: "IncomingBytes", statistic: unknown("statistic"), dimensions }),
            cannotTell("statistic"),
        ],
        [
            "cannot tell while all dimensions are unknown",
            alarm("IncomingBytes", "Sum", { dimensions: unknown("dimensions") }),
            cannotTell("dimensions"),
        ],
        [
            "cannot tell while all queries are unknown",
            view(awsAlarm, { metricQueries: unknown("metricQueries") }),
            cannotTell("metricQueries"),
        ],
    ]);
});

const above = (threshold: unknown) => ({ comparisonOperator: "GreaterThanThreshold", threshold });
const from = (threshold: unknown) => ({ comparisonOperator: "GreaterThanOrEqualToThreshold", threshold });
const below = (threshold: unknown) => ({ comparisonOperator: "LessThanThreshold", threshold });
const downTo = (threshold: unknown) => ({ comparisonOperator: "LessThanOrEqualToThreshold", threshold });
const ofShard = { dimensions: { ...dimensions, ShardId: "shardId-000000000000" } };

describe("alarm-can-fire: a threshold is within what the metric can be, whatever the stream is", () => {
    const oneShard = { ...ofShard, period: 60 };
    const neverAbove1 = violation(
        "The alarm watches PutRecords.Success above 1; it is 0 or 1 for each call, never above 1, so the alarm never fires. Lower its threshold below 1.",
    );
    const overOneShard = violation(
        "The alarm watches IncomingBytes above 62,914,560 in 60 seconds; one shard accepts at most 62,914,560, and what is refused is not counted, so the alarm never fires. Lower its threshold below 62,914,560, or watch WriteProvisionedThroughputExceeded.",
    );
    tests("alarm-can-fire", [
        [
            "passes below what one shard accepts",
            alarm("IncomingBytes", "Sum", { ...oneShard, ...above(62_914_559) }),
            compliant,
        ],
        [
            "warns at it, which nothing exceeds",
            alarm("IncomingBytes", "Sum", { ...oneShard, ...above(62_914_560) }),
            overOneShard,
        ],
        [
            "passes it where reaching is enough",
            alarm("IncomingBytes", "Sum", { ...oneShard, ...from(62_914_560) }),
            compliant,
        ],
        [
            "warns above it",
            alarm("IncomingRecords", "Sum", { ...oneShard, ...from(60_001) }),
            violation(
                "The alarm watches IncomingRecords from 60,001 on in 60 seconds; one shard accepts at most 60,000, and what is refused is not counted, so the alarm never fires. Lower its threshold to 60,000 or less, or watch WriteProvisionedThroughputExceeded.",
            ),
        ],
        ["passes a share below 1", alarm("PutRecords.Success", "Average", above(0.99)), compliant],
        ["warns of a share above 1", alarm("PutRecords.Success", "Average", above(1)), neverAbove1],
        ["passes a number of successes", alarm("PutRecords.Success", "Sum", above(1_000)), compliant],
        [
            "warns of an age above the longest retention, where the stream is not known",
            alarm("GetRecords.IteratorAgeMilliseconds", "Maximum", above(31_536_000_000)),
            violation(
                "The alarm watches GetRecords.IteratorAgeMilliseconds above 31,536,000,000; after the longest retention of 8,760 hours a record is gone, at an age of 31,536,000,000, so the alarm never fires. Lower its threshold below 31,536,000,000.",
            ),
        ],
        [
            "warns of less than nothing",
            alarm("IncomingRecords", "Sum", below(0)),
            violation(
                "The alarm watches IncomingRecords below 0; it is never below 0, so the alarm never fires. Raise its threshold above 0.",
            ),
        ],
        ["passes less than one", alarm("IncomingRecords", "Sum", below(1)), compliant],
        ["passes down to nothing", alarm("IncomingRecords", "Sum", downTo(0)), compliant],
        [
            "warns of down to less than nothing",
            alarm("GetRecords.Latency", "Average", downTo(-1)),
            violation(
                "The alarm watches GetRecords.Latency down to -1; it is never below 0, so the alarm never fires. Raise its threshold to 0 or more.",
            ),
        ],
        [
            "passes less than nothing where missing data alarms",
            alarm("IncomingRecords", "Sum", { ...below(0), treatMissingData: "breaching" }),
            compliant,
        ],
        [
            "judges the one metric of a query that is compared itself",
            view(awsAlarm, {
                ...above(1),
                metricQueries: [
                    {
                        id: "ok",
                        returnData: true,
                        metric: {
                            ...kinesis,
                            metricName: "PutRecords.Success",
                            stat: "Average",
                            period: 60,
                            dimensions,
                        },
                    },
                ],
            }),
            neverAbove1,
        ],
        [
            "judges that of the aws-native provider",
            view(nativeAlarm, {
                ...above(1),
                metrics: [
                    {
                        id: "ok",
                        metricStat: {
                            stat: "Average",
                            period: 60,
                            metric: {
                                ...kinesis,
                                metricName: "PutRecords.Success",
                                dimensions: [{ name: "StreamName", value: "orders" }],
                            },
                        },
                    },
                ],
            }),
            neverAbove1,
        ],
        [
            "does not compare the metrics inside an expression",
            view(awsAlarm, {
                ...above(99),
                metricQueries: [
                    { id: "percent", expression: "ok * 100", returnData: true },
                    {
                        id: "ok",
                        metric: {
                            ...kinesis,
                            metricName: "PutRecords.Success",
                            stat: "Average",
                            period: 60,
                            dimensions,
                        },
                    },
                ],
            }),
            compliant,
        ],
        [
            "need not know the threshold of a metric without a ceiling",
            alarm("WriteProvisionedThroughputExceeded", "Sum", above(unknown("threshold"))),
            compliant,
        ],
        [
            "cannot tell while the threshold is unknown",
            alarm("PutRecords.Success", "Average", above(unknown("threshold"))),
            cannotTell("threshold"),
        ],
    ]);
});

describe("alarm-is-meaningful: what fires says what it seems to say", () => {
    tests("alarm-is-meaningful", [
        ["passes a sum of what came in", alarm("IncomingBytes", "Sum"), compliant],
        ["passes the longest put", alarm("PutRecords.Latency", "Maximum"), compliant],
        ["passes the number of successes", alarm("PutRecord.Success", "Sum"), compliant],
        ["warns of an average that is no rate", alarm("IncomingBytes", "Average"), averageOfBytes],
        ["warns of one of the aws-native provider", native({ statistic: "Average" }), averageOfBytes],
        ["warns of one inside metric math", mathAlarm({ stat: "Average" }), averageOfBytes],
        [
            "warns of a percentile of a sum",
            alarm("IncomingRecords", undefined, { extendedStatistic: "p99" }),
            violation(
                'The alarm watches the p99 of IncomingRecords; the one with a meaning is Sum: records accepted; a rate is Sum / period. Set its statistic to "Sum".',
            ),
        ],
        [
            "warns of the minimum of the iterator age, which a caught-up shard keeps at 0",
            alarm("GetRecords.IteratorAgeMilliseconds", "Minimum"),
            violation(
                'The alarm watches the Minimum of GetRecords.IteratorAgeMilliseconds; the one with a meaning is Maximum: age of the last record of the slowest shared reader; 0 is caught up. Set its statistic to "Maximum".',
            ),
        ],
        [
            "warns of the average of refused records, which says how large a refused call was, and not how much was refused",
            alarm("WriteProvisionedThroughputExceeded", "Average"),
            violation(
                'The alarm watches the Average of WriteProvisionedThroughputExceeded; the one with a meaning is Sum: records refused because a shard was full. Set its statistic to "Sum".',
            ),
        ],
        [
            "warns of a period shorter than that of the data",
            alarm("IncomingBytes", "Sum", { period: 30 }),
            violation(
                "The alarm watches IncomingBytes in periods of 30 seconds; Kinesis publishes one data point a minute, so most periods have none. Set its period to 60.",
            ),
        ],
        ["leaves what never fires to the other policy", alarm("OutgoingBytes", "Average"), compliant],
        ["leaves metrics of other services alone", alarm("Errors", "Average", { namespace: "AWS/Lambda" }), compliant],
        [
            "leaves to the other policy what is not known yet",
            alarm("IncomingBytes", "Average", { dimensions: unknown("dimensions") }),
            compliant,
        ],
    ]);
});

describe("alarm-can-fire and alarm-is-meaningful", () => {
    it("answer with a verdict whatever an alarm holds, and whatever of it is not known", () => {
        const known = fc.constantFrom<unknown>(
            "AWS/Kinesis",
            "IncomingBytes",
            "Sum",
            "avg",
            "",
            0,
            60,
            90,
            null,
            undefined,
            true,
        );
        const value = fc.oneof(known, fc.constant(unknown("somewhere")));
        const named = fc.oneof(value, fc.record({ StreamName: value, ShardId: value }, { requiredKeys: [] }));
        const listed = fc.oneof(value, fc.array(fc.oneof(value, fc.record({ name: value, value }))));
        const metric = {
            namespace: value,
            metricName: value,
            statistic: value,
            unit: value,
            period: value,
            threshold: value,
        };
        const classic = fc.record({ ...metric, dimensions: named }, { requiredKeys: [] });
        const query = fc.record({ returnData: value, metric: fc.oneof(value, classic) }, { requiredKeys: [] });
        const nativeMetric = fc.record({ ...metric, dimensions: listed }, { requiredKeys: [] });
        const stat = fc.record({ stat: value, metric: fc.oneof(value, nativeMetric) }, { requiredKeys: [] });
        const nativeQuery = fc.record({ metricStat: fc.oneof(value, stat) }, { requiredKeys: [] });
        const alarms = fc.oneof(
            fc
                .tuple(classic, fc.array(fc.oneof(value, query)))
                .map(([own, metricQueries]) => view(awsAlarm, { ...own, metricQueries })),
            fc
                .tuple(nativeMetric, fc.array(fc.oneof(value, nativeQuery)))
                .map(([own, metrics]) => view(nativeAlarm, { ...own, metrics })),
        );
        const stream = view(awsStream, { name: "orders", shardCount: 1 });
        fc.assert(
            fc.property(alarms, (one) => {
                judgeResource("alarm-can-fire", one);
                judgeResource("alarm-is-meaningful", one);
                judgeStack("alarm-can-fire", [stream, one]);
                judgeStack("stream-is-alarmed", [stream, one]);
            }),
        );
    });
});
