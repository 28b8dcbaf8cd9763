/**
 * Judges of ShardedStream components. Each takes one resource and answers with a verdict; capacity/ does the sums.
 */
import { type FindingCode } from "../capacity/findings";
import { limits } from "../capacity/limits";
import { InvalidInputError } from "../capacity/problems";
import { capacityModeNames, type CapacityModeName } from "../capacity/sizing/capacityModes";
import { estimateCost } from "../capacity/sizing/cost";
import {
    type FasterReading,
    oldestGoneText,
    type Outage,
    recoveryFixes,
    recoveryFixText,
    recoveryOf,
    recoveryText,
    slowestAt,
    withoutRecoveryFix,
} from "../capacity/sizing/catchUp";
import { sentence } from "../capacity/sizing/drafts";
import { type CapacityPlan, planCapacity, sureShards } from "../capacity/sizing/plan";
import { averageRecordKiB } from "../capacity/requirementLists";
import { type CompleteRequirements } from "../capacity/requirements";
import { count, formatDollars, formatNumber, formatPercent } from "../capacity/text";
import { countAt, deployment, findingOf, isOnDemand, isScaled, load, soundPlan, unlessMalformed } from "./declared";
import { numberAt, type ResourceView } from "./resources";
import { compliant, together, type Verdict, violation } from "./verdict";

/** A judge that says what the plan found, under the finding's own words. */
export function judgeFinding(code: FindingCode): (stream: ResourceView) => Verdict {
    return (stream) => {
        const plan = soundPlan(stream);
        const finding = plan && findingOf(plan, code);
        return finding ? violation(finding.message, finding.fix) : compliant;
    };
}

/** The declared load against the declared largest record, and that against what the stream is set to accept. */
export function judgeRecords(stream: ResourceView): Verdict {
    const plan = soundPlan(stream);
    if (!plan) return compliant;
    const acceptedKiB = numberAt(stream, "maxRecordKiB") ?? Infinity;
    const { maxRecordKiB } = plan.requirements;
    const fix = `Set maxRecordKiB to ${formatNumber(maxRecordKiB)} or more, or leave it out: the stream then accepts what requirements.maxRecordKiB declares.`;
    return together([judgeAccepted(maxRecordKiB, acceptedKiB, fix), judgeRecordSize(plan, acceptedKiB)]);
}

/** The declared largest record against the largest that a stream accepts. */
export function judgeAccepted(declaredKiB: number, acceptedKiB: number, fix: string): Verdict {
    if (acceptedKiB >= declaredKiB) return compliant;
    return violation(
        `The declared largest record is ${formatNumber(declaredKiB)} KiB; the stream is set to accept ${formatNumber(acceptedKiB)} KiB and refuses it.`,
        fix,
    );
}

function judgeRecordSize(plan: CapacityPlan, acceptedKiB: number): Verdict {
    const finding = findingOf(plan, "record-too-large");
    if (!finding) return compliant;
    const largerKiB = Math.ceil(averageRecordKiB(plan.requirements));
    const isAccepted = acceptedKiB >= largerKiB || largerKiB > limits.recordKiBMax;
    const accept = isAccepted
        ? ""
        : ` (For larger records the stream's own maxRecordKiB has to be ${formatNumber(largerKiB)} or more as well, or left out.)`;
    return violation(finding.message, `${finding.fix}${accept}`);
}

export interface RetentionConfig {
    /** The longest that consumers may stand still, in hours. */
    readonly outageHours: number;
}

/**
 * Records must outlive an outage of the consumers and the time that they then need to catch up: the declared outage, or that of the
 * configuration. An on-demand stream makes room for reading itself, so that only the outage counts.
 */
export function judgeRetention(stream: ResourceView, config: RetentionConfig): Verdict {
    const retentionHours = retentionOf(stream);
    const plan = soundPlan(stream);
    if (!plan) return compliant;
    const { requirements } = plan;
    const outage = { outageHours: requirements.consumerOutageHours ?? config.outageHours, retentionHours };
    return judgeRecovery({
        requirements,
        outage,
        property: "retentionHours",
        ...(!isOnDemand(stream) && { shardsOf: (changed) => recoveryShards(stream, changed) }),
        fasterText: (faster) => fasterText(stream, faster),
    });
}

/** The hours that a ShardedStream declares to keep records for. */
export function retentionOf(stream: ResourceView): number {
    return numberAt(stream, "retentionHours") ?? limits.retentionHoursDefault;
}

/** An outage of the consumers of a stream, wherever that is declared. */
export interface Recovering {
    readonly requirements: CompleteRequirements;
    readonly outage: Outage;
    /** The property that says how long records are kept. */
    readonly property: string;
    /** What else it takes to change that. @default nothing */
    readonly release?: string;
    /** The shards that a changed declaration gets; where nobody knows them only the outage counts. */
    readonly shardsOf?: (changed: CompleteRequirements) => number;
    readonly fasterText: (faster: FasterReading) => string;
}

export function judgeRecovery({
    requirements,
    outage,
    property,
    release = "",
    shardsOf,
    fasterText,
}: Recovering): Verdict {
    const { outageHours, retentionHours } = outage;
    const keepText = (hours: number) => `set ${property} to ${formatNumber(hours)} or more${release}`;
    if (shardsOf === undefined) {
        if (outageHours <= retentionHours) return compliant;
        return violation(oldestGoneText(outage), sentence([keepText(Math.ceil(outageHours))]));
    }
    const slowest = slowestAt(requirements, shardsOf(requirements), outage);
    if (slowest === undefined || recoveryOf(slowest, outage) === "inside") return compliant;
    const fixes = recoveryFixes(requirements, outage, shardsOf)
        .map((fix) => ("retentionHours" in fix ? keepText(fix.retentionHours) : recoveryFixText(fix, fasterText)))
        .slice(0, 2);
    return violation(recoveryText(slowest, outage), fixes.length === 0 ? withoutRecoveryFix : sentence(fixes));
}

/** Where the count is set, it makes the room and no factor does; every other count that is set below it would refuse the factor. */
function fasterText(stream: ResourceView, { catchUpFactor, shards }: FasterReading): string {
    const floor = floorProperty(stream);
    const isSet = countAt(stream, floor) !== undefined;
    const others = isScaled(stream) ? (["shardCount", "scaling.maxShards"] as const) : [];
    const inTheWay = [floor, ...others].filter((property) => (countAt(stream, property) ?? shards) < shards);
    const raised = `set ${inTheWay.join(" and ")} to ${formatNumber(shards)} or more`;
    if (isSet) return raised;
    const declared = `declare requirements.catchUpFactor ${formatNumber(catchUpFactor)} or more, for which the plan makes room`;
    return inTheWay.length === 0 ? declared : `${declared}, and ${raised}`;
}

function recoveryShards(stream: ResourceView, requirements: CompleteRequirements): number {
    const floor = countAt(stream, floorProperty(stream));
    return sureShards(planCapacity(requirements), { isScaled: isScaled(stream), floor });
}

type FloorProperty = "shardCount" | "scaling.minShards";

function floorProperty(stream: ResourceView): FloorProperty {
    return isScaled(stream) ? "scaling.minShards" : "shardCount";
}

export interface CheaperModeConfig {
    readonly averageLoad: number;
    readonly savingMin: number;
}

/** Standard only where it is the alternative: Advantage is a switch of the whole account, with a floor of its own. */
export function judgeCapacityMode(stream: ResourceView, { averageLoad, savingMin }: CheaperModeConfig): Verdict {
    const plan = soundPlan(stream);
    if (!plan) return compliant;
    const onDemand = isOnDemand(stream);
    // Whoever went on-demand would lose what lanes-have-shards asks for.
    if (!onDemand && plan.requirements.orderedLanes > 1) return compliant;
    const shards = onDemand ? plan.recommendedShards : averageShards(stream, plan, averageLoad);
    const retentionHours = retentionOf(stream);
    const priced = { requirements: plan.requirements, retentionHours, averageLoad };
    const cost = unlessMalformed(() => estimateCost({ ...priced, shards }));
    // A malformed argument ends the program itself.
    if (cost instanceof InvalidInputError) return compliant;
    const cheapestOnDemand: CapacityModeName =
        cost.onDemandAdvantage.monthly < cost.onDemandStandard.monthly ? "onDemandAdvantage" : "onDemandStandard";
    // Only Advantage warms a stream.
    const isWarm = numberAt(stream, "warmThroughputMiBps") !== undefined;
    const mode = !onDemand ? "provisioned" : isWarm ? "onDemandAdvantage" : cheapestOnDemand;
    const toStandard = !onDemand || (isWarm && cost.onDemandStandard.monthly < cost.provisioned.monthly);
    const other = toStandard ? "onDemandStandard" : "provisioned";
    const monthly = cost[mode].monthly;
    const otherMonthly = cost[other].monthly;
    if (otherMonthly > monthly * (1 - savingMin)) return compliant;
    const assumed = plan.requirements.recordSizes === undefined ? ", all records of one size" : "";
    const named = (name: CapacityModeName) =>
        name === "provisioned" ? `${capacityModeNames[name]} with ${count(shards, "shard")}` : capacityModeNames[name];
    const costs = (otherwise: string, dollars: number) =>
        `At ${averageLoad < 1 ? `an average of ${formatPercent(averageLoad, 1)} of ` : ""}${load(plan)}, ${named(mode)} costs ${formatDollars(monthly)} a month and ${otherwise} ${formatDollars(dollars)} (${cost.region}, ${cost.pricesOf}${assumed}).`;
    const planned = onDemand ? shards : plannedAverage(stream, plan, averageLoad);
    // Whoever went on-demand for the shards that were set beyond the plan would be sent back for those of the plan.
    const plannedMonthly = estimateCost({ ...priced, shards: planned }).provisioned.monthly;
    if (planned < shards && plannedMonthly <= otherMonthly)
        return violation(costs(`with ${count(planned, "shard")}`, plannedMonthly), leaveOutFloor(stream, plan));
    return violation(costs(named(other), otherMonthly), otherModeFix(stream, { onDemand, isWarm, toStandard }));
}

interface ModeChange {
    readonly onDemand: boolean;
    readonly isWarm: boolean;
    readonly toStandard: boolean;
}

function otherModeFix(stream: ResourceView, { onDemand, isWarm, toStandard }: ModeChange): string {
    if (!onDemand) return 'Set capacityMode to "on-demand", and remove shardCount and scaling.';
    if (toStandard) return "Remove warmThroughputMiBps, which alone needs On-demand Advantage.";
    // On demand it counts for nothing.
    const hasCount = (stream.props.shardCount ?? undefined) !== undefined;
    if (!isWarm)
        return hasCount ? "Remove capacityMode and shardCount." : 'Remove capacityMode, or set it to "provisioned".';
    // In one deployment the provider would take the warm throughput back after the mode has changed, where AWS refuses that.
    return `Remove warmThroughputMiBps${hasCount ? " and shardCount" : ""}; once that is deployed, remove capacityMode, or set it to "provisioned".`;
}

/** The shards that are paid for on average: a scaler follows the load down to its floor. */
function averageShards(stream: ResourceView, plan: CapacityPlan, averageLoad: number): number {
    if (!isScaled(stream)) return deployment(stream, plan).shards;
    return scaledAverage(plan, averageLoad, countAt(stream, "scaling.minShards"));
}

/** The same where nothing is set in the place of what the plan says. */
function plannedAverage(stream: ResourceView, plan: CapacityPlan, averageLoad: number): number {
    return isScaled(stream) ? scaledAverage(plan, averageLoad, undefined) : plan.recommendedShards;
}

function scaledAverage(plan: CapacityPlan, averageLoad: number, floor = plan.minimumShards): number {
    return Math.max(floor, Math.ceil(plan.recommendedShards * averageLoad));
}

function leaveOutFloor(stream: ResourceView, plan: CapacityPlan): string {
    return isScaled(stream)
        ? `Leave out scaling.minShards: the plan lets the scaler go down to ${formatNumber(plan.minimumShards)}.`
        : `Leave out shardCount: the plan deploys ${formatNumber(plan.recommendedShards)}.`;
}
