/** The policies that need the whole stack, on resources of both providers. */
import assert from "node:assert/strict";
import { judgeStack, type ResourceView } from "../../policies/policies";
import { shardedStreamType, stashType, streamAutoscalerType } from "../../policies/resources";
import {
    awsAlarm,
    awsStream,
    cannotTell,
    childStream,
    compliant,
    nativeAlarm,
    nativeStream,
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

describe("scaled-stream-ignores-shard-count: a deployment does not undo what the scaler did", () => {
    const scaler = (more: Partial<ResourceView> = {}, props = {}) =>
        view(streamAutoscalerType, props, { name: "orders-scaler", ...more });
    const inComponent = { parent: component };
    const ofComponent = (ignoreChanges: string[]) => childStream(awsStream, {}, { ...inComponent, ignoreChanges });
    const overwritten = violation(
        'A scaler changes the shards of this stream, and the next deployment would set them back to shardCount: ignoreChanges does not name it. Add the resource option ignoreChanges: ["shardCount"].',
    );
    const rows: [title: string, resources: ResourceView[], verdicts: object[]][] = [
        ["has nothing to say about a stream without a scaler", [stream], []],
        [
            "passes a ShardedStream's stream that ignores shardCount",
            [ofComponent(["shardCount"]), scaler(inComponent)],
            [compliant],
        ],
        ["passes one that ignores everything", [ofComponent(["*"]), scaler(inComponent)], [compliant]],
        ["refuses one that ignores something else", [ofComponent(["tags"]), scaler(inComponent)], [overwritten]],
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
            [overwritten],
        ],
        [
            "refuses one beside another ShardedStream's hand-over",
            [
                ofComponent([]),
                scaler(inComponent),
                view(stashType, { output: true }, { name: "other", parent: `${component}-other` }),
            ],
            [overwritten],
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
