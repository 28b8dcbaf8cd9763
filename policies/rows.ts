/**
 * The table of policies: a name, a level and a judge each. Nothing here knows how Pulumi calls them.
 */
import { type PolicyConfigSchema } from "@pulumi/policy";
import { limits } from "../capacity/limits";
import { kinesisMetrics } from "../capacity/metrics";
import { requirementRows } from "../capacity/requirements";
import { judgeAlarm, judgeMeaning } from "./alarmJudges";
import { judgeAlarmed } from "./alarmed";
import { judgeConsumerFunction, judgeReaders } from "./consumerFunctions";
import { judgeFloor } from "./counts";
import { judgeFanOut, judgeRegistered } from "./fanOut";
import { judgeDeployedRecords, judgeDeployedRetention, judgeDeployment, judgeDeploymentKeys } from "./deployed";
import { type JudgedPolicyName, type PolicyRow } from "./policyRow";
import {
    alarmTypes,
    consumerFunctionType,
    eventSourceMappingTypes,
    shardedStreamType,
    streamAutoscalerType,
    streamTypes,
} from "./resources";
import { judgeKeyCost, judgeKeyError, judgeKeysDeclared } from "./keys";
import { requirementsSchema } from "./requirementsSchema";
import { judgeEncryption } from "./encryption";
import { judgeLanes, judgeOnDemand } from "./onDemand";
import { judgeRawStream, judgeRawStreams } from "./rawStreams";
import { judgeAlarmsOnStreams, judgeScaledStreams, judgeScalersOnDemand } from "./stack";
import { capacityRemedy, encryptionRemedy, onDemandRemedy, rawStreamRemedy } from "./remedies";
import { judgeCapacityMode, judgeFinding } from "./streams";
import { recoveryCodes } from "../capacity/sizing/recoveryFindings";
import { judgeTold, toldTypes } from "./transformed";
import { judgeAdvantage, judgeWarmThroughput } from "./warm";

const shardedStreams = [shardedStreamType];

const keysMayRaise = requirementRows.keysMayRaiseShards;

/** The same setting of the two policies that reject keys. */
const keyConfigSchema: PolicyConfigSchema = {
    properties: {
        keysMayRaiseShards: {
            type: "number",
            minimum: keysMayRaise.minimum,
            maximum: keysMayRaise.maximum,
            default: keysMayRaise.default,
            description:
                "How many times the shards of the load its keys may ask for, at most, whatever a program declares.",
        },
    },
};

export const judgedRows: Readonly<Record<JudgedPolicyName, PolicyRow>> = {
    "capacity-covers-requirements": {
        description:
            "An overriding shardCount, or the maxShards of a scaler, must be at least what the declared requirements need.",
        enforcementLevel: "mandatory",
        types: [...shardedStreams, ...streamTypes, ...toldTypes],
        judge: (view) => (toldTypes.includes(view.type) ? judgeTold(view) : judgeDeployment(view)),
        remedy: capacityRemedy,
        findings: ["capacity-below-requirements"],
    },
    "enough-partition-keys": {
        description: "The declared partition keys must spread the load so that no shard is over its limits.",
        enforcementLevel: "mandatory",
        types: [...shardedStreams, ...streamTypes],
        judge: judgeDeploymentKeys,
        findings: ["too-few-keys"],
        configSchema: keyConfigSchema,
    },
    "hottest-key-fits-a-shard": {
        description: "The declared hottest partition key must stay within what one shard takes.",
        enforcementLevel: "mandatory",
        types: shardedStreams,
        judge: judgeKeyError("hottest-key-exceeds-shard"),
        findings: ["hottest-key-exceeds-shard"],
        configSchema: keyConfigSchema,
    },
    "on-demand-has-no-shard-count": {
        description: "A stream in on-demand mode must declare neither a shard count nor a scaler.",
        enforcementLevel: "mandatory",
        types: [...shardedStreams, ...streamTypes],
        judge: judgeOnDemand,
        judgeStack: judgeScalersOnDemand,
        stackNeeds: streamAutoscalerType,
        remedy: onDemandRemedy,
    },
    "scaled-stream-ignores-shard-count": {
        description:
            "A stream with a scaler must ignore changes of shardCount, or a deployment undoes what the scaler did.",
        enforcementLevel: "mandatory",
        judgeStack: judgeScaledStreams,
        stackNeeds: streamAutoscalerType,
    },
    "floor-below-requirements": {
        description: "The minShards of a scaler should be at least what the declared requirements need.",
        enforcementLevel: "advisory",
        types: shardedStreams,
        judge: judgeFloor,
    },
    "lanes-have-shards": {
        description: "A stream whose ordered lanes need shards of their own should not be in on-demand mode.",
        enforcementLevel: "advisory",
        types: [...shardedStreams, ...streamTypes],
        judge: judgeLanes,
    },
    "keys-cost-no-shards": {
        description: "The declared partition keys should need no more shards than the load itself.",
        enforcementLevel: "advisory",
        types: shardedStreams,
        judge: judgeKeyCost,
        findings: ["keys-raise-shards"],
    },
    "keys-are-declared": {
        description: "A stream of several shards should declare the partition keys that spread its load.",
        enforcementLevel: "advisory",
        types: shardedStreams,
        judge: judgeKeysDeclared,
    },
    "polls-fit-a-shard": {
        description: "All shared consumers together should call GetRecords no more often than a shard answers.",
        enforcementLevel: "advisory",
        types: shardedStreams,
        judge: judgeFinding("too-many-polls"),
        findings: ["too-many-polls"],
    },
    "records-fit-the-stream": {
        description: "The declared rates should mean records that the stream accepts.",
        enforcementLevel: "advisory",
        types: [...shardedStreams, ...streamTypes],
        judge: judgeDeployedRecords,
        findings: ["record-too-large"],
    },
    "consumers-fit-fan-out": {
        description: "A stream should have no more enhanced fan-out consumers than Kinesis accepts.",
        enforcementLevel: "advisory",
        types: shardedStreams,
        judge: judgeFanOut,
        judgeStack: judgeRegistered,
        findings: ["too-many-fan-out-consumers"],
        configSchema: {
            properties: {
                fanOutConsumersMax: {
                    type: "integer",
                    minimum: 0,
                    maximum: limits.fanOutConsumersOnDemandAdvantageMax,
                    default: limits.fanOutConsumersMax,
                    description: `Fan-out consumers that a stream may have: ${limits.fanOutConsumersMax}, or up to ${limits.fanOutConsumersOnDemandAdvantageMax} in an On-demand Advantage account.`,
                },
            },
        },
    },
    "retention-covers-recovery": {
        description: "Records should be kept for as long as consumers may stand still and then need to catch up.",
        enforcementLevel: "advisory",
        types: [...shardedStreams, ...streamTypes],
        judge: judgeDeployedRetention,
        findings: Object.values(recoveryCodes).map(({ code }) => code),
        configSchema: {
            properties: {
                outageHours: {
                    type: "number",
                    minimum: 0,
                    maximum: limits.retentionHoursMax,
                    default: 12,
                    description:
                        "The longest that consumers may stand still, in hours, where requirements.consumerOutageHours does not say: a night is 12, a weekend 64.",
                },
            },
        },
    },
    "warm-throughput-is-accepted": {
        description: "A warm throughput should be one that AWS accepts, and be enough for the declared peak.",
        enforcementLevel: "advisory",
        types: [...shardedStreams, ...streamTypes],
        judge: judgeWarmThroughput,
        judgeStack: judgeAdvantage,
        configSchema: {
            properties: {
                onDemandAdvantage: {
                    type: "boolean",
                    default: false,
                    description:
                        "Whether the accounts and regions that are deployed to are in On-demand Advantage, which no program can see.",
                },
            },
        },
    },
    "functions-keep-up": {
        description:
            "A function that reads a stream should keep up with its peak, and not be held up by a record that fails.",
        enforcementLevel: "advisory",
        types: [consumerFunctionType, ...eventSourceMappingTypes],
        judge: judgeConsumerFunction,
        judgeStack: judgeReaders,
        stackNeeds: shardedStreamType,
        findings: [
            "function-cannot-keep-up",
            "hottest-key-exceeds-function",
            "batch-exceeds-timeout",
            "record-exceeds-payload",
            "retries-outlast-retention",
            "batch-exceeds-payload",
            "function-concurrency-quota",
        ],
    },
    "cheaper-capacity-mode": {
        description: "No other capacity mode should carry the declared load for clearly less.",
        enforcementLevel: "advisory",
        types: shardedStreams,
        judge: judgeCapacityMode,
        findings: ["cheaper-capacity-mode"],
        configSchema: {
            properties: {
                averageLoad: {
                    type: "number",
                    exclusiveMinimum: 0,
                    maximum: 1,
                    default: 1,
                    description: "The average load as a fraction of the declared peak.",
                },
                savingMin: {
                    type: "number",
                    minimum: 0,
                    maximum: 1,
                    default: 0.2,
                    description: "The least saving that is worth a message, as a fraction of the present cost.",
                },
            },
        },
    },
    "stream-is-encrypted": {
        description: "A stream should encrypt its records at rest.",
        enforcementLevel: "advisory",
        types: streamTypes,
        judge: judgeEncryption,
        remedy: encryptionRemedy,
        configSchema: {
            properties: {
                customerManagedKey: {
                    type: "boolean",
                    default: false,
                    description: "Whether the key must be a customer-managed one.",
                },
            },
        },
    },
    "stream-is-alarmed": {
        description: "Somebody should be told when a stream refuses records and when its consumers fall behind.",
        enforcementLevel: "advisory",
        judgeStack: judgeAlarmed,
        configSchema: {
            properties: {
                metrics: {
                    type: "array",
                    items: { type: "string", enum: Object.keys(kinesisMetrics) },
                    default: ["WriteProvisionedThroughputExceeded", "GetRecords.IteratorAgeMilliseconds"],
                    description: "The metrics of a stream of which each must have an alarm.",
                },
            },
        },
    },
    "alarm-can-fire": {
        description:
            "An alarm on a Kinesis metric should watch what Kinesis publishes, and have a threshold that it can reach.",
        enforcementLevel: "advisory",
        types: alarmTypes,
        judge: judgeAlarm,
        judgeStack: judgeAlarmsOnStreams,
    },
    "alarm-is-meaningful": {
        description: "An alarm on a Kinesis metric should watch the statistic that gives it a meaning.",
        enforcementLevel: "advisory",
        types: alarmTypes,
        judge: judgeMeaning,
    },
    "raw-stream-is-sized": {
        description: "A stream that is not a ShardedStream's should have declared requirements, and shards for them.",
        enforcementLevel: "advisory",
        types: streamTypes,
        judge: judgeRawStream,
        judgeStack: judgeRawStreams,
        remedy: rawStreamRemedy,
        configSchema: {
            properties: {
                requirements: {
                    type: "object",
                    default: {},
                    description: "Requirements by stream name: the physical one, or the name in the program.",
                    additionalProperties: requirementsSchema(),
                },
            },
        },
    },
};
