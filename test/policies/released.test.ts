/** Of what ignoreChanges keeps, a message says that it must be taken out of them: without that its advice does nothing. */
import assert from "node:assert/strict";
import { judgeResource, judgeStack, type PolicyName, type ResourceView } from "../../policies/policies";
import { accountSettingsType, eventSourceMappingTypes } from "../../policies/resources";
import { awsAlarm, awsStream, childStream, nativeAlarm, nativeStream, shardedStream, view, worked } from "./views";

const alarm = (more: object, type = awsAlarm) =>
    view(
        type,
        {
            ...{ namespace: "AWS/Kinesis", metricName: "IncomingBytes", statistic: "Sum", period: 60 },
            ...{ dimensions: { StreamName: "orders" }, comparisonOperator: "GreaterThanThreshold", threshold: 1 },
            ...{ alarmActions: ["arn:aws:sns:us-east-1:123456789012:oncall"], ...more },
        },
        { name: "watch" },
    );
const filled = (more: object = {}) =>
    alarm({
        ...{ metricName: undefined, threshold: 0, evaluationPeriods: 2, ...more },
        metricQueries: [
            { id: "filled", returnData: true, expression: "FILL(counted, 0)" },
            {
                id: "counted",
                metric: {
                    ...{ namespace: "AWS/Kinesis", metricName: "WriteProvisionedThroughputExceeded", stat: "Sum" },
                    ...{ period: 60, dimensions: { StreamName: "orders" } },
                },
            },
        ],
    });
const out = (names: string) => `, and take ${names} out of its ignoreChanges`;

/** A resource, what it ignores changes of, and the fix that is then told, which is all that is told otherwise without the marked clauses. */
type Row = readonly [policy: PolicyName, resource: ResourceView, ignored: readonly string[], fix: string];

const alarmRows: readonly Row[] = [
    [
        "alarm-can-fire",
        alarm({ namespace: "Kinesis" }),
        ["namespace"],
        `Set its namespace to "AWS/Kinesis"${out("namespace")}.`,
    ],
    [
        "alarm-can-fire",
        alarm({ metricName: "IncomingByte" }),
        ["metricName"],
        `Watch a metric that it publishes; the closest name is IncomingBytes${out("metricName")}.`,
    ],
    [
        "alarm-can-fire",
        alarm({ dimensions: {} }),
        ["dimensions.StreamName"],
        `Add StreamName, the name of the stream, to its dimensions${out("dimensions")}.`,
    ],
    [
        "alarm-can-fire",
        alarm({ metricName: "IteratorAgeMilliseconds", statistic: "Maximum" }),
        ["metricName", "dimensions"],
        `Add ShardId to its dimensions and switch the shard-level metric on${out("dimensions")}, or watch a metric of the stream${out("metricName")}.`,
    ],
    [
        "alarm-can-fire",
        alarm({ metricName: "SubscribeToShardEvent.MillisBehindLatest", statistic: "Maximum" }),
        ["dimensions"],
        `Add ConsumerName, the name of the registered consumer, to its dimensions${out("dimensions")}.`,
    ],
    [
        "alarm-can-fire",
        alarm({ dimensions: { StreamName: "orders", Region: "us-east-1" } }),
        ["*"],
        `Remove Region from its dimensions${out("*")}.`,
    ],
    [
        "alarm-can-fire",
        alarm({ dimensions: { StreamName: "arn:aws:kinesis:us-east-1:123456789012:stream/orders" } }),
        ["dimensions"],
        `Set its StreamName to "orders", the name of the resource, not its id or arn${out("dimensions")}.`,
    ],
    ["alarm-can-fire", alarm({ statistic: "Mean" }), ["statistic"], `Set its statistic to "Sum"${out("statistic")}.`],
    [
        "alarm-can-fire",
        alarm({ unit: "Count" }),
        ["unit", "threshold"],
        `Remove its unit, or set it to "Bytes"${out("unit")}.`,
    ],
    ["alarm-can-fire", alarm({ period: 90 }), ["period"], `Set its period to 120${out("period")}.`],
    [
        "alarm-can-fire",
        alarm({ evaluationPeriods: 2_000 }),
        ["evaluationPeriods"],
        `Set its evaluationPeriods to 1,440 or less${out("evaluationPeriods")}.`,
    ],
    [
        "alarm-can-fire",
        alarm({ period: 691_200, evaluationPeriods: 1 }),
        ["period"],
        `Set a shorter period${out("period")}.`,
    ],
    [
        "alarm-can-fire",
        alarm({ evaluationPeriods: 1, datapointsToAlarm: 2 }),
        ["evaluationPeriods", "datapointsToAlarm"],
        `Set its datapointsToAlarm to 1 or less${out("datapointsToAlarm")}, or its evaluationPeriods to 2 or more${out("evaluationPeriods")}.`,
    ],
    [
        "alarm-can-fire",
        alarm({ metricName: "GetRecords.IteratorAgeMilliseconds", statistic: "Maximum", threshold: 4e10 }),
        ["threshold"],
        `Lower its threshold below 31,536,000,000${out("threshold")}.`,
    ],
    [
        "alarm-can-fire",
        alarm({ comparisonOperator: "LessThanThreshold", threshold: 0 }),
        ["threshold"],
        `Raise its threshold above 0${out("threshold")}.`,
    ],
    [
        "alarm-can-fire",
        filled(),
        ["metricQueries", "datapointsToAlarm"],
        `Set its period to 300${out("metricQueries")}, or its datapointsToAlarm below its evaluationPeriods${out("datapointsToAlarm")}.`,
    ],
    [
        "alarm-is-meaningful",
        alarm({ statistic: undefined, extendedStatistic: "p99" }),
        ["extendedStatistic"],
        `Set its statistic to "Sum"${out("extendedStatistic")}.`,
    ],
    ["alarm-is-meaningful", alarm({ period: 10 }), ["period"], `Set its period to 60${out("period")}.`],
    [
        "alarm-can-fire",
        alarm({ period: 90, dimensions: [{ name: "StreamName", value: "orders" }] }, nativeAlarm),
        ["period"],
        `Set its period to 120${out("period")}.`,
    ],
];

const warm = { streamModeDetails: { streamMode: "PROVISIONED" }, warmThroughputMibPs: 8 };
const onDemand = { streamModeDetails: { streamMode: "ON_DEMAND" } };
const resourceRows: readonly Row[] = [
    ...alarmRows,
    [
        "functions-keep-up",
        view(eventSourceMappingTypes[0]!, {
            startingPosition: "LATEST",
            eventSourceArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
        }),
        ["maximumRetryAttempts", "destinationConfig"],
        `Set maximumRetryAttempts, maximumRecordAgeInSeconds and destinationConfig.onFailure${out("maximumRetryAttempts and destinationConfig")}, or let a StreamConsumerFunction make the mapping.`,
    ],
    [
        "warm-throughput-is-accepted",
        view(awsStream, warm),
        ["warmThroughputMibPs", "streamModeDetails"],
        `Remove warmThroughputMibPs${out("warmThroughputMibPs")}, or use on-demand mode${out("streamModeDetails")}.`,
    ],
    [
        "warm-throughput-is-accepted",
        view(awsStream, { ...onDemand, warmThroughputMibPs: 20_000 }),
        ["warmThroughputMibPs"],
        `Set warmThroughputMibPs to 10,240 or less${out("warmThroughputMibPs")}, or ask AWS for more.`,
    ],
    [
        "capacity-covers-requirements",
        childStream(awsStream, { shardCount: 1 }, { component: shardedStream({}) }),
        ["shardCount"],
        `Let the transform that changes it set at least 4, or leave shardCount to the ShardedStream${out("shardCount")}.`,
    ],
    [
        "records-fit-the-stream",
        childStream(nativeStream, {}, { component: shardedStream({}, { ...worked, maxRecordKiB: 2_048 }) }),
        ["maxRecordSizeInKiB"],
        `Let no transform change maxRecordSizeInKiB${out("maxRecordSizeInKiB")}: the ShardedStream sets what it declares.`,
    ],
    [
        "stream-is-encrypted",
        childStream(awsStream, { encryptionType: "NONE" }, { component: shardedStream({}) }),
        ["encryptionType", "kmsKeyId"],
        `Let no transform change its encryption${out("encryptionType and kmsKeyId")}: the ShardedStream encrypts it.`,
    ],
    [
        "lanes-have-shards",
        childStream(awsStream, onDemand, { component: shardedStream({}) }),
        ["streamModeDetails"],
        `Use provisioned mode${out("streamModeDetails")}, or leave orderedLanes out if lanes may share a shard.`,
    ],
];

/** What a stack says of the first resource that it judges. */
type StackRow = readonly [
    policy: PolicyName,
    ignoring: ResourceView,
    ignored: readonly string[],
    fix: string,
    others?: readonly ResourceView[],
    config?: object,
];

const stream = view(awsStream, { name: "orders" });
const writes = { metricName: "WriteProvisionedThroughputExceeded", threshold: 0 };
const alarmed = { metrics: ["WriteProvisionedThroughputExceeded"] };
const stackRows: readonly StackRow[] = [
    [
        "stream-is-alarmed",
        alarm({ ...writes, alarmActions: [] }),
        ["alarmActions"],
        `Set its alarmActions, to the ARN of an SNS topic for example${out("alarmActions")}.`,
        [stream],
        alarmed,
    ],
    [
        "stream-is-alarmed",
        alarm({ ...writes, actionsEnabled: false }),
        ["actionsEnabled"],
        `Remove its actionsEnabled: false${out("actionsEnabled")}.`,
        [stream],
        alarmed,
    ],
    [
        "stream-is-alarmed",
        alarm({ ...writes, comparisonOperator: "GreaterThanOrEqualToThreshold" }),
        ["threshold"],
        `Raise its threshold above 0${out("threshold")}.`,
        [stream],
        alarmed,
    ],
    [
        "stream-is-alarmed",
        alarm({ ...writes, comparisonOperator: "LessThanThreshold", threshold: 1 }),
        ["comparisonOperator"],
        `Set its comparisonOperator to "GreaterThanThreshold"${out("comparisonOperator")}.`,
        [stream],
        alarmed,
    ],
    [
        "warm-throughput-is-accepted",
        view(accountSettingsType, { minimumThroughputBillingCommitment: { status: "DISABLED" } }),
        ["minimumThroughputBillingCommitment.status"],
        `Set its status to ENABLED${out("minimumThroughputBillingCommitment")}, or remove the warm throughput.`,
        [view(awsStream, { name: "orders", ...onDemand, warmThroughputMibPs: 8 })],
    ],
    [
        "alarm-can-fire",
        {
            ...alarm({ region: "us-east-1" }),
            propertyDependencies: { dimensions: [view(awsStream, {}).urn] },
        },
        ["region"],
        `Make it where its stream is: set its region to "eu-west-1"${out("region")}.`,
        [view(awsStream, { name: "orders", region: "eu-west-1" })],
    ],
];

describe("what ignoreChanges keeps is to be taken out of them", () => {
    const released = (text: string) => text.replaceAll(/, and take [\w* ]+? out of its ignoreChanges/g, "");
    const check = (
        said: (ignoring: readonly string[]) => readonly string[],
        ignored: readonly string[],
        fix: string,
    ) => {
        const [free, kept] = [said([]), said(ignored)];
        assert.equal(kept.length, 1);
        assert.ok(kept[0]!.endsWith(` ${fix}`), kept[0]);
        assert.deepEqual(free, [released(kept[0]!)]);
        assert.deepEqual(said(["tags"]), free);
    };
    for (const [policy, resource, ignored, fix] of resourceRows) {
        it(`${policy}: ${fix}`, () =>
            check(
                (ignoreChanges) => {
                    const verdict = judgeResource(policy, { ...resource, ignoreChanges });
                    return verdict.verdict === "violation" ? [verdict.message] : [];
                },
                ignored,
                fix,
            ));
    }
    for (const [policy, resource, ignored, fix, others = [], config] of stackRows) {
        it(`${policy} of a stack: ${fix}`, () =>
            check(
                (ignoreChanges) =>
                    judgeStack(policy, [...others, { ...resource, ignoreChanges }], config).flatMap(({ verdict }) =>
                        verdict.verdict === "violation" ? [verdict.message] : [],
                    ),
                ignored,
                fix,
            ));
    }
});
