/** Whatever a program declares, a judge answers: one that throws ends the preview with a stack instead of a verdict. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeResource, judgeStack, policyNames, remedyOf, type ResourceView } from "../../policies/policies";
import {
    accountSettingsType,
    alarmTypes,
    compositeAlarmTypes,
    consumerFunctionType,
    consumerTypes,
    eventSourceMappingTypes,
    shardedStreamType,
    streamAutoscalerType,
    streamTypes,
} from "../../policies/resources";
import { shardedStream, unknown, view } from "./views";

const types = [
    ...[shardedStreamType, streamAutoscalerType, consumerFunctionType, accountSettingsType],
    ...[streamTypes, alarmTypes, compositeAlarmTypes, consumerTypes, eventSourceMappingTypes].flat(),
];

const anything: fc.Arbitrary<unknown> = fc.oneof(
    fc.constantFrom<unknown>(undefined, null, true, 0, -1, 4, NaN, Infinity, 5n, "", "4", [], {}, [null], [{}]),
    fc.constantFrom("on-demand", "ON_DEMAND", "KMS", "AWS/Kinesis", "IncomingBytes", "Sum", "GreaterThanThreshold"),
    fc.constant(unknown("value")),
    fc.anything({ maxDepth: 2 }),
);

const some = (...names: string[]) => fc.dictionary(fc.constantFrom(...names), anything, { maxKeys: 8 });

const metric = some("metricName", "namespace", "stat", "period", "dimensions", "unit");
const query = fc.record({
    id: anything,
    expression: anything,
    returnData: anything,
    metric: fc.oneof(anything, metric),
    metricStat: fc.oneof(anything, fc.record({ metric: fc.oneof(anything, metric), stat: anything })),
});

const props = fc
    .record({
        own: some(
            ...["shardCount", "consumers", "capacityMode", "retentionHours", "maxRecordKiB", "hold", "name", "arn"],
            ...["warmThroughputMiBps", "streamModeDetails", "encryptionType", "streamEncryption", "region", "enabled"],
            ...["metricName", "namespace", "statistic", "period", "threshold", "comparisonOperator", "alarmRule"],
            ...["evaluationPeriods", "datapointsToAlarm", "treatMissingData", "alarmActions", "eventSourceArn"],
            ...["streamName", "streamArn", "maxShards", "maximumRetryAttempts", "minimumThroughputBillingCommitment"],
        ),
        requirements: fc.oneof(
            anything,
            some("writeMiBPerSecond", "recordsPerSecond", "distinctKeys", "heaviestKeyShares", "recordSizes", "other"),
        ),
        scaling: fc.oneof(anything, some("minShards", "maxShards")),
        dimensions: fc.oneof(anything, some("StreamName", "ShardId", "ConsumerName")),
        metricQueries: fc.oneof(anything, fc.array(query, { maxLength: 2 })),
        metrics: fc.oneof(anything, fc.array(query, { maxLength: 2 })),
    })
    .map(({ own, ...more }) => ({ ...own, ...more }));

const resource: fc.Arbitrary<ResourceView> = fc
    .record({ type: fc.constantFrom(...types), props, name: fc.constantFrom("orders", "clicks") })
    .map(({ type, props: given, name }) => view(type, given, { name, propertyDependencies: {} }));

describe("a judge", () => {
    // First, while nothing was asked before.
    it("says of a ShardedStream without requirements that they are malformed", () => {
        const { verdict } = judgeResource("capacity-covers-requirements", shardedStream({ requirements: undefined }));
        assert.equal(verdict, "violation");
    });

    it("takes null for an argument that was not given", () => {
        const fn = view(consumerFunctionType, { requirements: null, batchSize: null });
        assert.deepEqual(judgeResource("functions-keep-up", fn), { verdict: "compliant" });
    });

    it("answers whatever a program declares", () => {
        fc.assert(
            fc.property(fc.array(resource, { maxLength: 4 }), (stack) => {
                for (const name of policyNames) {
                    judgeStack(name, stack);
                    for (const one of stack) {
                        judgeResource(name, one);
                        remedyOf(name, one);
                    }
                }
            }),
            { numRuns: 500 },
        );
    });
});
