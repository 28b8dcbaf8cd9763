/**
 * What a user plans, prices and judges with: pure, no Pulumi, no AWS SDK, no clock. Imported as `sharded-stream/capacity`.
 *
 * Inside the project the files themselves are imported; what is not named here may change.
 */
export { type Finding, type FindingCode, findingCodes, type Severity } from "./findings";
export {
    explicitHashKey,
    explicitHashKeys,
    hashKeyOf,
    type HashRing,
    laneHashKeys,
    ringOfShards,
    type RingShard,
    shardOf,
    uniformRing,
} from "./keys/hashRing";
export { type HotShardJudgement, type HotShardVerdict, judgeShards } from "./keys/hotShards";
export { type KeySample, KeyTally, type KeyTallyOptions, type SampleKey, wholeOf } from "./keys/sample";
export { type KeyRequirements, keyRequirementsOf } from "./keys/sampleShares";
export { type ShardLoad, type ShardReport } from "./keys/shardReports";
export { type StreamView } from "./keys/streamVerdicts";
export { type SplitFix } from "./keys/split";
export {
    chanceThatKeysFit,
    hottestOverAverage,
    type Imbalance,
    type KeyedLoad,
    keysForShards,
    loadInShards,
    shardsForKeys,
    suffixesForHotKey,
} from "./keys/spread";
export { keyQuery, type KeyQuery, type SqlDialect } from "./keys/sql";
export {
    keyStrategyNames,
    type KeyStrategy,
    type Population,
    type StrategyResult,
    type StrategyTrial,
    tryStrategy,
} from "./keys/strategies";
export { type HotKeyFix, type TriedFix } from "./keys/advice";
export { type ShardSample } from "./keys/streamSample";
export { type WindowSpread } from "./keys/windows";
export { type JudgeOptions, type KeyVerdict, keyVerdicts } from "./keys/cause";
export { judgeSample, type KeyJudgement } from "./keys/verdict";
export { type LimitName, type LimitRow, limitRows, limits } from "./limits";
export { InvalidInputError, type Problem } from "./problems";
export { type RecordSize } from "./requirementLists";
export {
    type CompleteRequirements,
    completeRequirements,
    type OpenRequirement,
    type RequirementName,
    type Requirements,
} from "./requirements";
export { type Bound, type Constraint } from "./sizing/bounds";
export {
    type CapacityModeName,
    capacityModeNames,
    type LoadRange,
    type OnDemandModeName,
} from "./sizing/capacityModes";
export { type CostEstimate, type CostInput, estimateCost } from "./sizing/cost";
export { type ConsumerFunction } from "./sizing/consumerFunction";
export { type ConsumerFunctionPlan, planConsumerFunction } from "./sizing/consumerFunctionPlan";
export { type CostItem, type ItemizedCost } from "./sizing/costItems";
export { type CatchUp, type ConsumerKind } from "./sizing/catchUp";
export { type CapacityPlan, type CatchUpPlan, planCapacity, utilizationAt } from "./sizing/plan";
export { type PriceList, priceList, type PriceName, prices } from "./sizing/prices";
export { type Surroundings } from "./sizing/surroundings";
