/** What `alarm-can-fire` says about alarms on Kinesis metrics, by themselves. */
import { awsAlarm, cannotTell, compliant, nativeAlarm, tests, unknown, view, violation } from "./views";

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

const averageOfBytes = violation(
    'The alarm watches the Average of IncomingBytes; the one with a meaning is Sum: bytes accepted, partition keys included; a rate is Sum / period. Set its statistic to "Sum".',
);
const noDimension = violation(
    "The alarm watches IncomingBytes without a dimension; Kinesis publishes it for each StreamName only, so the alarm never has data. Add StreamName, the name of the stream, to its dimensions.",
);

describe("alarm-can-fire: an alarm on a Kinesis metric gets data, and data with a meaning", () => {
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
            "warns of an alarm without a statistic",
            alarm("WriteProvisionedThroughputExceeded", undefined),
            violation(
                'The alarm watches no statistic of WriteProvisionedThroughputExceeded; the one with a meaning is Sum: records refused because a shard was full. Set its statistic to "Sum".',
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
