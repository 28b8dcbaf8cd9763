/** The policies that need the whole stack, on resources of both providers. */
import assert from "node:assert/strict";
import { judgeStack, type ResourceView } from "../../policies/policies";
import {
    compositeAlarmTypes,
    consumerTypes,
    shardedStreamType,
    stashType,
    streamAutoscalerType,
} from "../../policies/resources";
import {
    awsAlarm,
    awsStream,
    cannotTell,
    childStream,
    compliant,
    nativeAlarm,
    nativeStream,
    shardedStream,
    unknown,
    view,
    violation,
} from "./views";

const stream = view(awsStream, { name: "orders-4f1", shardCount: 4 });
const topic = "arn:aws:sns:us-east-1:123456789012:orders";
const component = `urn:pulumi:dev::shop::${shardedStreamType}::orders`;

function alarm(name: string, metricName: string, more: object = {}, dependencies?: ResourceView): ResourceView {
    return view(
        awsAlarm,
        {
            namespace: "AWS/Kinesis",
            metricName,
            statistic: "Sum",
            dimensions: { StreamName: "orders-4f1" },
            alarmActions: [topic],
            ...more,
        },
        { name, ...(dependencies && { propertyDependencies: { dimensions: [dependencies.urn] } }) },
    );
}

const writes = alarm("writes", "WriteProvisionedThroughputExceeded");
const age = alarm("age", "GetRecords.IteratorAgeMilliseconds");
const notYetNamed = { dimensions: { StreamName: unknown("dimensions.StreamName") } };

const composite = (props: object, alarmRule: string[] = []) =>
    view(compositeAlarmTypes[0]!, props, { name: "all", propertyDependencies: { alarmRule } });

describe("stream-is-alarmed: somebody is told when a stream refuses records and when consumers fall behind", () => {
    const missing = (metrics: string) =>
        violation(
            `No alarm of this stack watches ${metrics} of the stream. Attach them: new StreamAlarms("orders", { stream: <the stream's name or ARN> }).`,
        );
    const both = "WriteProvisionedThroughputExceeded or GetRecords.IteratorAgeMilliseconds";
    const rows: [title: string, resources: ResourceView[], verdict: object, config?: object][] = [
        ["passes a stream with both alarms", [stream, writes, age], compliant],
        ["warns of a stream without alarms", [stream], missing(both)],
        ["warns of a stream without one of them", [stream, writes], missing("GetRecords.IteratorAgeMilliseconds")],
        [
            "does not take another stream's alarms for this one's",
            [
                stream,
                alarm("writes", "WriteProvisionedThroughputExceeded", { dimensions: { StreamName: "payments" } }),
                age,
            ],
            missing("WriteProvisionedThroughputExceeded"),
        ],
        [
            "tells by the program's own references where a preview does not know the name yet",
            [
                view(awsStream, { name: unknown("name") }),
                alarm("writes", "WriteProvisionedThroughputExceeded", notYetNamed, stream),
                alarm("age", "GetRecords.IteratorAgeMilliseconds", notYetNamed, stream),
            ],
            compliant,
        ],
        [
            "takes an alarm on a name that is not known yet for another stream's where nothing refers to this one",
            [stream, alarm("writes", "WriteProvisionedThroughputExceeded", notYetNamed), age],
            missing("WriteProvisionedThroughputExceeded"),
        ],
        [
            "sees metric math and the aws-native provider",
            [
                view(nativeStream, { name: "orders-4f1" }),
                view(nativeAlarm, {
                    alarmActions: [topic],
                    metrics: [
                        {
                            id: "refused",
                            metricStat: {
                                stat: "Sum",
                                metric: {
                                    namespace: "AWS/Kinesis",
                                    metricName: "WriteProvisionedThroughputExceeded",
                                    dimensions: [{ name: "StreamName", value: "orders-4f1" }],
                                },
                            },
                        },
                    ],
                }),
                age,
            ],
            compliant,
        ],
        [
            "asks for the metrics of its configuration only",
            [stream, writes],
            compliant,
            { metrics: ["WriteProvisionedThroughputExceeded"] },
        ],
        [
            "says what to do about a ShardedStream",
            [childStream(awsStream, { name: "orders-4f1" })],
            violation(
                `No alarm of this stack watches ${both} of the stream. Leave alarms.writeThrottling and alarms.iteratorAge of the ShardedStream switched on.`,
            ),
        ],
        [
            "says what to do about a metric for which no component has an alarm",
            [stream],
            violation(
                "No alarm of this stack watches PutRecords.ThrottledRecords of the stream. Declare a MetricAlarm on it, with an action.",
            ),
            { metrics: ["PutRecords.ThrottledRecords"] },
        ],
        [
            "of a ShardedStream, too",
            [childStream(awsStream, { name: "orders-4f1" })],
            violation(
                "No alarm of this stack watches PutRecords.ThrottledRecords or PutRecords.FailedRecords of the stream. Declare a MetricAlarm on each of them, with an action.",
            ),
            { metrics: ["PutRecords.ThrottledRecords", "PutRecords.FailedRecords"] },
        ],
        [
            "beside one for which StreamAlarms have one",
            [stream],
            violation(
                `No alarm of this stack watches PutRecords.ThrottledRecords or ReadProvisionedThroughputExceeded of the stream. Attach them: new StreamAlarms("orders", { stream: <the stream's name or ARN> }). Declare a MetricAlarm on PutRecords.ThrottledRecords, with an action.`,
            ),
            { metrics: ["PutRecords.ThrottledRecords", "ReadProvisionedThroughputExceeded"] },
        ],
        [
            "and beside those that a ShardedStream has, in metric math, too",
            [childStream(awsStream, { name: "orders-4f1" })],
            violation(
                "No alarm of this stack watches IncomingBytes or IncomingRecords or PutRecord.Success of the stream. Leave alarms.highIncomingRecords and alarms.writeUtilization of the ShardedStream switched on. Declare a MetricAlarm on PutRecord.Success, with an action.",
            ),
            { metrics: ["IncomingBytes", "IncomingRecords", "PutRecord.Success"] },
        ],
        [
            "knows that an on-demand one has no alarm on its utilization",
            [childStream(awsStream, { name: "orders-4f1", streamModeDetails: { streamMode: "ON_DEMAND" } })],
            violation(
                "No alarm of this stack watches IncomingBytes of the stream. Declare a MetricAlarm on it, with an action.",
            ),
            { metrics: ["IncomingBytes"] },
        ],
        [
            "and that one without consumers has none on their lag",
            [childStream(awsStream, { name: "orders-4f1" }, { component: shardedStream({}) })],
            violation(
                "No alarm of this stack watches SubscribeToShardEvent.MillisBehindLatest of the stream. Declare a MetricAlarm on it, with an action.",
            ),
            { metrics: ["SubscribeToShardEvent.MillisBehindLatest"] },
        ],
        [
            "while one with consumers has",
            [childStream(awsStream, { name: "orders-4f1" }, { component: shardedStream({ consumers: ["billing"] }) })],
            violation(
                "No alarm of this stack watches SubscribeToShardEvent.MillisBehindLatest of the stream. Leave alarms.fanOutLag of the ShardedStream switched on.",
            ),
            { metrics: ["SubscribeToShardEvent.MillisBehindLatest"] },
        ],
        [
            "does not count an alarm without an action",
            [stream, alarm("writes", "WriteProvisionedThroughputExceeded", { alarmActions: [] }), age],
            violation(
                "The alarm writes on WriteProvisionedThroughputExceeded has no action, so it tells nobody. Set its alarmActions, to the ARN of an SNS topic for example.",
            ),
        ],
        [
            "counts an action that is not known yet",
            [
                stream,
                alarm("writes", "WriteProvisionedThroughputExceeded", { alarmActions: [unknown("alarmActions.0")] }),
                age,
            ],
            compliant,
        ],
        [
            "does not count an alarm whose actions are disabled",
            [stream, alarm("writes", "WriteProvisionedThroughputExceeded", { actionsEnabled: false }), age],
            violation(
                "The actions of the alarm writes on WriteProvisionedThroughputExceeded are disabled, so it tells nobody. Remove its actionsEnabled: false.",
            ),
        ],
        [
            "does not count an alarm that can never fire",
            [
                { ...stream, props: { ...stream.props, retentionPeriod: 24 } },
                writes,
                alarm("age", "GetRecords.IteratorAgeMilliseconds", {
                    statistic: "Maximum",
                    comparisonOperator: "GreaterThanThreshold",
                    threshold: 86_400_000,
                }),
            ],
            violation(
                "The alarm age on GetRecords.IteratorAgeMilliseconds can never fire, so it does not count. Mend it as alarm-can-fire says.",
            ),
        ],
        [
            "counts one of two alarms on a metric",
            [stream, alarm("old", "WriteProvisionedThroughputExceeded", { alarmActions: [] }), writes, age],
            compliant,
        ],
        [
            "says all that has to be mended in one message",
            [stream, alarm("writes", "WriteProvisionedThroughputExceeded", { alarmActions: undefined })],
            violation(
                `No alarm of this stack watches GetRecords.IteratorAgeMilliseconds of the stream. Attach them: new StreamAlarms("orders", { stream: <the stream's name or ARN> }). The alarm writes on WriteProvisionedThroughputExceeded has no action, so it tells nobody. Set its alarmActions, to the ARN of an SNS topic for example.`,
            ),
        ],
        [
            "counts an alarm for which a composite alarm speaks",
            [
                stream,
                alarm("writes", "WriteProvisionedThroughputExceeded", { name: "orders-writes", alarmActions: [] }),
                age,
                composite({ alarmRule: 'ALARM("orders-writes") OR ALARM(other)', alarmActions: [topic] }),
            ],
            compliant,
        ],
        [
            "and one whose name the composite alarm does not know yet",
            [
                stream,
                alarm("writes", "WriteProvisionedThroughputExceeded", { alarmActions: [] }),
                age,
                composite({ alarmRule: unknown("alarmRule"), alarmActions: [topic] }, [
                    alarm("writes", "WriteProvisionedThroughputExceeded").urn,
                ]),
            ],
            compliant,
        ],
        [
            "does not count a composite alarm that tells nobody either",
            [
                stream,
                alarm("writes", "WriteProvisionedThroughputExceeded", { name: "orders-writes", alarmActions: [] }),
                age,
                composite({ alarmRule: "ALARM(orders-writes)" }),
            ],
            violation(
                "The alarm writes on WriteProvisionedThroughputExceeded has no action, so it tells nobody. Set its alarmActions, to the ARN of an SNS topic for example.",
            ),
        ],
        [
            "does not take an alarm for the stream's that its description mentions",
            [
                view(awsStream, { name: unknown("name") }),
                view(
                    awsAlarm,
                    { ...writes.props, ...notYetNamed },
                    { name: "writes", propertyDependencies: { dimensions: [], alarmDescription: [stream.urn] } },
                ),
                alarm("age", "GetRecords.IteratorAgeMilliseconds", notYetNamed, stream),
            ],
            missing("WriteProvisionedThroughputExceeded"),
        ],
        [
            "goes by the name where both are known, whatever the alarm was computed from",
            [
                stream,
                alarm(
                    "writes",
                    "WriteProvisionedThroughputExceeded",
                    { dimensions: { StreamName: "payments" } },
                    stream,
                ),
                age,
            ],
            missing("WriteProvisionedThroughputExceeded"),
        ],
        [
            "can tell in spite of an alarm of which nothing is known, and which nothing links to the stream",
            [stream, writes, view(awsAlarm, { metricQueries: unknown("metricQueries") })],
            missing("GetRecords.IteratorAgeMilliseconds"),
        ],
        [
            "cannot tell while one of which nothing is known was computed from the stream",
            [
                stream,
                writes,
                view(
                    awsAlarm,
                    { metricQueries: unknown("metricQueries") },
                    { name: "math", propertyDependencies: { metricQueries: [stream.urn] } },
                ),
            ],
            cannotTell("metricQueries"),
        ],
        [
            "cannot tell while it is unknown whether an alarm has an action",
            [
                stream,
                alarm("writes", "WriteProvisionedThroughputExceeded", { alarmActions: unknown("alarmActions") }),
                age,
            ],
            cannotTell("alarmActions"),
        ],
        [
            "cannot tell while it is unknown what an alarm watches",
            [
                stream,
                view(awsAlarm, {
                    namespace: "AWS/Kinesis",
                    metricName: unknown("metricName"),
                    dimensions: { StreamName: "orders-4f1" },
                }),
            ],
            cannotTell("metricName"),
        ],
    ];
    for (const [title, resources, verdict, config] of rows) {
        it(title, () =>
            assert.deepEqual(
                judgeStack("stream-is-alarmed", resources, config).map((judgement) => judgement.verdict),
                [verdict],
            ),
        );
    }
});

describe("stream-is-alarmed: somebody is told when a fan-out consumer falls behind and when it is gone", () => {
    const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders-4f1";
    const consumer = (props: object = { name: "billing", streamArn: arn }, more: Partial<ResourceView> = {}) =>
        view(consumerTypes[0]!, props, { name: "billing", ...more });
    const ofBilling = { dimensions: { StreamName: "orders-4f1", ConsumerName: "billing" } };
    const lag = alarm("lag", "SubscribeToShardEvent.MillisBehindLatest", { ...ofBilling, statistic: "Maximum" });
    /** What records came in, and what the consumer was sent. */
    const unreadQueries = (name: unknown = "orders-4f1", consumerName = "billing") => ({
        metricQueries: [
            query("records", "IncomingRecords", { StreamName: name }),
            query("reads", "SubscribeToShardEvent.Success", { StreamName: name, ConsumerName: consumerName }),
            { id: "unread", expression: "IF(FILL(reads, 0) > 0, 0, records / records)", returnData: true },
        ],
    });
    const query = (id: string, metricName: string, dimensions: object) => ({
        id,
        returnData: false,
        metric: { namespace: "AWS/Kinesis", metricName, stat: "Sum", period: 600, dimensions },
    });
    const unread = view(awsAlarm, { name: "orders-unread", ...unreadQueries() }, { name: "unread" });
    const silent = composite({
        alarmRule: 'ALARM("orders-unread") AND NOT INSUFFICIENT_DATA("orders-lag")',
        alarmActions: [topic],
    });
    const missing = (what: string, name = "billing") =>
        violation(
            `No alarm of this stack tells when the fan-out consumer ${name} ${what}. Attach them: new StreamAlarms("orders", { stream: <the stream's name or ARN>, consumers: ["${name}"] }).`,
        );
    const rows: [title: string, resources: ResourceView[], verdict: object][] = [
        ["passes one with both", [consumer(), lag, unread, silent], compliant],
        ["warns of one without alarms", [consumer()], missing("falls behind or falls silent")],
        [
            "warns of one whose death nobody hears of: an alarm on its lag falls silent with it",
            [consumer(), lag],
            missing("falls silent"),
        ],
        ["warns of one without an alarm on its lag", [consumer(), unread, silent], missing("falls behind")],
        [
            "does not take another consumer's alarms for this one's",
            [consumer({ name: "audit", streamArn: arn }), lag, unread, silent],
            missing("falls behind or falls silent", "audit"),
        ],
        [
            "asks nothing for a consumer of another stream",
            [consumer({ name: "billing", streamArn: `${arn}-other` })],
            compliant,
        ],
        [
            "does not count an alarm that tells nobody, though another one knows it",
            [
                consumer(),
                lag,
                unread,
                composite({ alarmRule: 'NOT INSUFFICIENT_DATA("orders-unread")', alarmActions: [topic] }),
            ],
            violation(
                "The alarm unread on SubscribeToShardEvent.Success has no action, so it tells nobody. Set its alarmActions, to the ARN of an SNS topic for example.",
            ),
        ],
        [
            "counts an alarm to which silence is a breach",
            [consumer(), { ...lag, props: { ...lag.props, treatMissingData: "breaching" } }],
            compliant,
        ],
        [
            "and one that tells when it has no data",
            [consumer(), { ...lag, props: { ...lag.props, insufficientDataActions: [topic] } }],
            compliant,
        ],
        [
            "but not where its actions are disabled",
            [consumer(), { ...lag, props: { ...lag.props, insufficientDataActions: [topic], actionsEnabled: false } }],
            violation(
                "The actions of the alarm lag on SubscribeToShardEvent.MillisBehindLatest are disabled, so it tells nobody. Remove its actionsEnabled: false.",
            ),
        ],
        [
            "nor those of another alarm beside it",
            [
                consumer(),
                lag,
                alarm("gone", "SubscribeToShardEvent.MillisBehindLatest", {
                    ...ofBilling,
                    statistic: "Maximum",
                    insufficientDataActions: [topic],
                    actionsEnabled: false,
                }),
            ],
            violation(
                "The actions of the alarm gone on SubscribeToShardEvent.MillisBehindLatest are disabled, so it tells nobody. Remove its actionsEnabled: false.",
            ),
        ],
        [
            "but not where missing data is something else",
            [
                consumer(),
                { ...lag, props: { ...lag.props, insufficientDataActions: [topic], treatMissingData: "notBreaching" } },
            ],
            missing("falls silent"),
        ],
        [
            "tells by the program's own references where a preview does not know the name yet",
            [
                consumer(
                    { name: "billing", streamArn: unknown("streamArn") },
                    { propertyDependencies: { streamArn: [stream.urn] } },
                ),
                alarm(
                    "lag",
                    "SubscribeToShardEvent.MillisBehindLatest",
                    {
                        statistic: "Maximum",
                        dimensions: { StreamName: unknown("dimensions.StreamName"), ConsumerName: "billing" },
                    },
                    stream,
                ),
                view(awsAlarm, unreadQueries(unknown("metricQueries.0.metric.dimensions.StreamName")), {
                    name: "unread",
                    propertyDependencies: { metricQueries: [stream.urn] },
                }),
                composite({ alarmRule: unknown("alarmRule"), alarmActions: [topic] }, [unread.urn]),
            ],
            compliant,
        ],
        [
            "cannot tell of a consumer whose name is not known yet",
            [consumer({ name: unknown("name"), streamArn: arn })],
            cannotTell("name"),
        ],
        [
            "sees a consumer of the aws-native provider",
            [view(consumerTypes[1]!, { consumerName: "billing", streamArn: arn }, { name: "billing" })],
            missing("falls behind or falls silent"),
        ],
    ];
    for (const [title, resources, verdict] of rows) {
        it(title, () => {
            const judged = judgeStack("stream-is-alarmed", [stream, writes, age, ...resources]);
            assert.deepEqual(
                judged.map((judgement) => judgement.verdict),
                [verdict],
            );
        });
    }

    it("says what to do about a ShardedStream", () => {
        const own = (consumers: readonly string[]) =>
            childStream(awsStream, { name: "orders-4f1" }, { component: shardedStream({ consumers }) });
        const said = (consumers: readonly string[]) =>
            judgeStack("stream-is-alarmed", [own(consumers), writes, age, consumer()]).map(({ verdict }) => verdict);
        const missingOf = (fix: string) =>
            violation(
                `No alarm of this stack tells when the fan-out consumer billing falls behind or falls silent. ${fix}`,
            );
        assert.deepEqual(said(["billing"]), [
            missingOf("Leave alarms.fanOutLag and alarms.fanOutSilent of the ShardedStream switched on."),
        ]);
        assert.deepEqual(said(["audit"]), [
            missingOf(
                'The ShardedStream does not register it: add "billing" to its consumers instead of a StreamConsumer, or attach them: new StreamAlarms("orders", { stream: <the stream\'s name or ARN>, consumers: ["billing"] }).',
            ),
        ]);
    });
});

describe("stream-is-alarmed judges one stream whatever is not known of another", () => {
    it("cannot tell of the two that an alarm may be on, and tells of the third", () => {
        const [one, two, three] = ["one", "two", "three"].map((name) => view(awsStream, { name }, { name }));
        const either = view(
            awsAlarm,
            { ...writes.props, dimensions: { StreamName: unknown("dimensions.StreamName") } },
            { name: "either", propertyDependencies: { dimensions: [one!.urn, two!.urn] } },
        );
        const config = { metrics: ["WriteProvisionedThroughputExceeded"] };
        assert.deepEqual(
            judgeStack("stream-is-alarmed", [one!, two!, three!, either], config).map(({ verdict }) => verdict),
            [
                cannotTell("dimensions.StreamName"),
                cannotTell("dimensions.StreamName"),
                violation(
                    'No alarm of this stack watches WriteProvisionedThroughputExceeded of the stream. Attach them: new StreamAlarms("three", { stream: <the stream\'s name or ARN> }).',
                ),
            ],
        );
    });
});

describe("scaled-stream-ignores-shard-count: a deployment does not undo what the scaler did", () => {
    const scaler = (more: Partial<ResourceView> = {}, props = {}) =>
        view(streamAutoscalerType, props, { name: "orders-scaler", ...more });
    const inComponent = { parent: component };
    const ofComponent = (ignoreChanges: string[]) => childStream(awsStream, {}, { ...inComponent, ignoreChanges });
    const overwrittenUnless = (fix: string) =>
        violation(
            `A scaler changes the shards of this stream, and the next deployment would set them back to shardCount: ignoreChanges does not name it. ${fix}`,
        );
    const overwritten = overwrittenUnless('Add the resource option ignoreChanges: ["shardCount"].');
    const transformed = overwrittenUnless("Let no transform take shardCount out of its ignoreChanges.");
    const rows: [title: string, resources: ResourceView[], verdicts: object[]][] = [
        ["has nothing to say about a stream without a scaler", [stream], []],
        [
            "passes a ShardedStream's stream that ignores shardCount",
            [ofComponent(["shardCount"]), scaler(inComponent)],
            [compliant],
        ],
        ["passes one that ignores everything", [ofComponent(["*"]), scaler(inComponent)], [compliant]],
        ["refuses one that ignores something else", [ofComponent(["tags"]), scaler(inComponent)], [transformed]],
        [
            "passes one that was on-demand before this deployment, which has to set the count",
            [
                ofComponent([]),
                scaler(inComponent),
                view(stashType, { output: true }, { name: "orders-on-demand", ...inComponent }),
            ],
            [compliant],
        ],
        [
            "refuses one that was not on-demand before",
            [
                ofComponent([]),
                scaler(inComponent),
                view(stashType, { output: false }, { name: "orders-on-demand", ...inComponent }),
            ],
            [transformed],
        ],
        [
            "refuses one beside another ShardedStream's hand-over",
            [
                ofComponent([]),
                scaler(inComponent),
                view(stashType, { output: true }, { name: "other", parent: `${component}-other` }),
            ],
            [transformed],
        ],
        [
            "refuses a ShardedStream that a StreamAutoscaler was given, whose resource options do not reach its stream",
            [
                childStream(awsStream, { name: "orders-4f1" }, inComponent),
                view(shardedStreamType, {}, { ignoreChanges: ["shardCount"] }),
                scaler({}, { streamName: "orders-4f1" }),
            ],
            [overwrittenUnless("Declare `scaling` of the ShardedStream instead of a StreamAutoscaler.")],
        ],
        [
            "tells two ShardedStreams of a stack apart",
            [
                ofComponent(["shardCount"]),
                scaler(inComponent),
                childStream(awsStream, {}, { name: "plain", parent: `${component}-plain` }),
            ],
            [compliant],
        ],
        [
            "refuses a raw stream that a scaler was given",
            [stream, scaler({ propertyDependencies: { streamName: [stream.urn] } })],
            [overwritten],
        ],
        ["refuses one that was given by its name", [stream, scaler({}, { streamName: "orders-4f1" })], [overwritten]],
        [
            "refuses a raw stream of the aws-native provider",
            [view(nativeStream, {}), scaler({ propertyDependencies: { streamArn: [view(nativeStream, {}).urn] } })],
            [overwritten],
        ],
        [
            "passes a raw stream that ignores shardCount",
            [
                { ...stream, ignoreChanges: ["shardCount"] },
                scaler({ propertyDependencies: { streamName: [stream.urn] } }),
            ],
            [compliant],
        ],
        [
            "refuses one that was given by its ARN",
            [stream, scaler({}, { streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders-4f1" })],
            [overwritten],
        ],
        [
            "has nothing to say about a stream from which only the scaler's topic comes",
            [
                view(awsStream, { name: unknown("name") }),
                scaler({ propertyDependencies: { topicArn: [stream.urn], tags: [stream.urn] } }),
            ],
            [],
        ],
        [
            "cannot tell which of two streams the scaler's name comes from",
            [
                stream,
                view(awsStream, { name: "other" }, { name: "other" }),
                scaler({
                    propertyDependencies: { streamName: [stream.urn, view(awsStream, {}, { name: "other" }).urn] },
                }),
            ],
            [cannotTell("streamName"), cannotTell("streamName")],
        ],
        [
            "passes one that ignores shardCount by its quoted path",
            [{ ...stream, ignoreChanges: ['["shardCount"]'] }, scaler({}, { streamName: "orders-4f1" })],
            [compliant],
        ],
        [
            "leaves an on-demand stream to on-demand-has-no-shard-count",
            [
                view(awsStream, { name: "orders-4f1", streamModeDetails: { streamMode: "ON_DEMAND" } }),
                scaler({}, { streamName: "orders-4f1" }),
            ],
            [compliant],
        ],
        [
            "refuses a raw stream whose parent is a ShardedStream with a scaler of its own only where that scaler scales it",
            [childStream(awsStream, { name: "raw" }, { name: "raw", parent: component }), scaler(inComponent)],
            [],
        ],
        [
            "has nothing to say about a scaler of a stream elsewhere",
            [stream, scaler({}, { streamName: "payments" })],
            [],
        ],
    ];
    for (const [title, resources, verdicts] of rows) {
        it(title, () =>
            assert.deepEqual(
                judgeStack("scaled-stream-ignores-shard-count", resources).map((judgement) => judgement.verdict),
                verdicts,
            ),
        );
    }
});

describe("on-demand-has-no-shard-count: a scaler of a raw stream cannot act in on-demand mode either", () => {
    const scaler = view(streamAutoscalerType, { streamName: "orders-4f1" }, { name: "orders-scaler" });
    const withMode = (streamMode: unknown) =>
        view(awsStream, { name: "orders-4f1", streamModeDetails: { streamMode } }, { ignoreChanges: ["shardCount"] });
    const rows: [title: string, resources: ResourceView[], verdicts: object[]][] = [
        [
            "refuses it",
            [withMode("ON_DEMAND"), scaler],
            [
                violation(
                    "The stream mode is ON_DEMAND, where Kinesis refuses UpdateShardCount; the scaler orders-scaler cannot act. Remove the scaler, or use provisioned mode.",
                ),
            ],
        ],
        ["passes it without the scaler", [withMode("ON_DEMAND")], []],
        ["passes it in provisioned mode", [withMode("PROVISIONED"), scaler], [compliant]],
        [
            "cannot tell while the mode is unknown",
            [withMode(unknown("streamModeDetails.streamMode")), scaler],
            [cannotTell("streamModeDetails.streamMode")],
        ],
        [
            "leaves to a ShardedStream what it declares itself",
            [
                childStream(
                    awsStream,
                    { streamModeDetails: { streamMode: "ON_DEMAND" } },
                    {
                        parent: component,
                        component: view(shardedStreamType, { capacityMode: "on-demand", scaling: {} }),
                    },
                ),
                view(streamAutoscalerType, {}, { name: "orders-scaler", parent: component }),
            ],
            [compliant],
        ],
    ];
    for (const [title, resources, verdicts] of rows) {
        it(title, () =>
            assert.deepEqual(
                judgeStack("on-demand-has-no-shard-count", resources).map((judgement) => judgement.verdict),
                verdicts,
            ),
        );
    }
});

describe("raw-stream-is-sized, seen together with its scaler: what sets the shards is judged", () => {
    const config = { requirements: { orders: { writeMiBPerSecond: 2, recordsPerSecond: 800 } } };
    const left = view(awsStream, { name: "orders-4f1", shardCount: 1 }, { ignoreChanges: ["shardCount"] });
    const scaler = (maxShards: unknown) =>
        view(streamAutoscalerType, { streamName: "orders-4f1", minShards: 1, maxShards }, { name: "orders-scaler" });
    const need =
        "The declared 2 MiB/s and 800 records/s need at least 2 shards (writeBytes: 2 MiB/s written, 1 MiB/s a shard)";
    const rows: [title: string, resources: ResourceView[], verdicts: object[]][] = [
        ["passes a scaler that goes up to what is needed", [left, scaler(2)], [compliant]],
        [
            "warns of one that stops before",
            [left, scaler(1)],
            [
                violation(
                    `${need}; the scaler orders-scaler stops at maxShards 1. Set maxShards to 2 or more; the plan recommends 3.`,
                ),
            ],
        ],
        [
            "judges by the shards that it has where nothing scales it",
            [left],
            [
                violation(
                    `${need}; ignoreChanges keeps shardCount at 1. Scale the stream to at least 2 (sharded-stream scale, then pulumi refresh); where it is not made yet, set shardCount to that. The plan recommends 3.`,
                ),
            ],
        ],
        [
            "cannot tell while the scaler's range is unknown",
            [left, scaler(unknown("maxShards"))],
            [cannotTell("maxShards")],
        ],
        [
            "leaves a stream to the judge of single resources that sets its own count",
            [{ ...left, ignoreChanges: [] }],
            [],
        ],
    ];
    for (const [title, resources, verdicts] of rows) {
        it(title, () =>
            assert.deepEqual(
                judgeStack("raw-stream-is-sized", resources, config).map((judgement) => judgement.verdict),
                verdicts,
            ),
        );
    }
});

describe("raw-stream-is-sized asks a scaler for no more than it takes", () => {
    const stream = view(awsStream, { name: "orders", shardCount: 10_000 }, { ignoreChanges: ["shardCount"] });
    const scaler = view(streamAutoscalerType, { streamName: "orders", minShards: 1, maxShards: 8_999 });
    const said = (writeMiBPerSecond: number) =>
        judgeStack("raw-stream-is-sized", [stream, scaler], {
            requirements: { orders: { writeMiBPerSecond, recordsPerSecond: 90_000 } },
        })[0]!.verdict;
    const need = (mib: string) =>
        `The declared ${mib} MiB/s and 90,000 records/s need at least ${mib} shards (writeBytes: ${mib} MiB/s written, 1 MiB/s a shard); the scaler orders stops at maxShards 8,999.`;

    it("where the plan recommends more", () =>
        assert.deepEqual(
            said(9_000),
            violation(`${need("9,000")} Set maxShards to 9,000 or more; the plan recommends 10,000.`),
        ));

    it("where the load needs more", () =>
        assert.deepEqual(
            said(10_001),
            violation(
                `${need("10,001")} AWS scales a stream to 10,000 shards at most: spread the load over several streams.`,
            ),
        ));
});

describe("alarm-can-fire, seen together with its stream: a threshold on what was accepted lies within the capacity", () => {
    const two = view(awsStream, { name: "orders-4f1", shardCount: 2 });
    const onRecords = (threshold: unknown, more: object = {}, dependencies?: ResourceView) =>
        alarm(
            "records",
            "IncomingRecords",
            { threshold, period: 300, comparisonOperator: "GreaterThanThreshold", ...more },
            dependencies,
        );
    const unreachable = (threshold: string) =>
        violation(
            `The alarm watches IncomingRecords above ${threshold} in 300 seconds; the stream's 2 shards accept at most 600,000, and what is refused is not counted, so the alarm never fires. Lower its threshold below 600,000, or watch WriteProvisionedThroughputExceeded.`,
        );
    const rows: [title: string, resources: ResourceView[], verdicts: object[]][] = [
        ["passes a threshold within the capacity", [two, onRecords(599_999)], [compliant]],
        [
            "warns of a threshold at the capacity, which nothing exceeds",
            [two, onRecords(600_000)],
            [unreachable("600,000")],
        ],
        [
            "passes it where reaching it is enough",
            [two, onRecords(600_000, { comparisonOperator: "GreaterThanOrEqualToThreshold" })],
            [compliant],
        ],
        ["warns of a threshold above the capacity", [two, onRecords(900_000)], [unreachable("900,000")]],
        [
            "counts bytes as Kinesis does",
            [
                view(nativeStream, { name: "orders-4f1", shardCount: 1 }),
                alarm("bytes", "IncomingBytes", {
                    threshold: 62_914_561,
                    period: 60,
                    comparisonOperator: "GreaterThanThreshold",
                }),
            ],
            [
                violation(
                    "The alarm watches IncomingBytes above 62,914,561 in 60 seconds; the stream's 1 shard accepts at most 62,914,560, and what is refused is not counted, so the alarm never fires. Lower its threshold below 62,914,560, or watch WriteProvisionedThroughputExceeded.",
                ),
            ],
        ],
        [
            "says nothing about an alarm that speaks when too little comes in",
            [two, onRecords(900_000, { comparisonOperator: "LessThanThreshold" })],
            [compliant],
        ],
        [
            "says nothing about refused records, which have no ceiling",
            [
                two,
                alarm("refused", "WriteProvisionedThroughputExceeded", {
                    threshold: 1e9,
                    period: 60,
                    comparisonOperator: "GreaterThanThreshold",
                }),
            ],
            [compliant],
        ],
        [
            "says nothing about a stream that is scaled",
            [{ ...two, ignoreChanges: ["shardCount"] }, onRecords(900_000)],
            [compliant],
        ],
        [
            "says nothing about an on-demand stream",
            [
                view(awsStream, { name: "orders-4f1", streamModeDetails: { streamMode: "ON_DEMAND" } }),
                onRecords(900_000),
            ],
            [compliant],
        ],
        [
            "says nothing about another stream's alarm",
            [two, onRecords(900_000, { dimensions: { StreamName: "payments" } })],
            [compliant],
        ],
        [
            "finds the stream by reference in a preview",
            [two, onRecords(900_000, notYetNamed, two)],
            [unreachable("900,000")],
        ],
        [
            "cannot tell while the threshold is unknown",
            [two, onRecords(unknown("threshold"))],
            [cannotTell("threshold")],
        ],
        [
            "cannot tell while the count is unknown",
            [view(awsStream, { name: "orders-4f1", shardCount: unknown("shardCount") }), onRecords(1)],
            [cannotTell("shardCount")],
        ],
    ];
    for (const [title, resources, verdicts] of rows) {
        it(title, () =>
            assert.deepEqual(
                judgeStack("alarm-can-fire", resources).map((judgement) => judgement.verdict),
                verdicts,
            ),
        );
    }
});
