/**
 * What a previewed stream costs a month, item by item, as far as the preview knows what it is billed by.
 */
import { limits } from "../../capacity/limits";
import { InvalidInputError } from "../../capacity/problems";
import { withRegistered } from "../../capacity/requirements";
import { scalingModes } from "../../capacity/scaling/observation";
import { scalingDefaults } from "../../capacity/scaling/settings";
import { type CapacityModeName } from "../../capacity/sizing/capacityModes";
import { type CostEstimate, type CostInput, estimateCost, notPricedIn } from "../../capacity/sizing/cost";
import { cents } from "../../capacity/sizing/costItems";
import { hoursPerMonth, type PriceList } from "../../capacity/sizing/prices";
import { sum } from "../../capacity/sums";
import { type AlarmName, alarmNames, alarmRows } from "../../capacity/watching/alarms";
import { alarmsAround } from "../billedAlarms";
import { lengthAt, numberAt, valueAt } from "./known";
import { type Properties } from "./preview";
import { type JudgedSide, type StreamSide } from "./stream";

/** Dollars a month by item; null is an item that is billed by what nobody told. */
type MonthlyItems = Readonly<Record<string, number | null>>;

export interface MonthlyCost {
    readonly items: MonthlyItems;
    /** Of the items that are known; null where none is. */
    readonly monthly: number | null;
    /** What has no price in the list and is left out, in sentences. */
    readonly notPriced: readonly string[];
}

/** So small a load that it costs nothing, where none is known. */
const noLoad = { writeMiBPerSecond: 1e-9, recordsPerSecond: 1e-9, sharedConsumers: 0 };

/** Of a stream that is not there. */
export const nothing: MonthlyCost = { items: {}, monthly: 0, notPriced: [] };

/** Of one that is there, and of which the preview tells nothing. */
export const unknown: MonthlyCost = { items: {}, monthly: null, notPriced: [] };

export function monthlyCost(judged: JudgedSide, prices: PriceList): MonthlyCost {
    const mode = modeOf(judged);
    if (mode === undefined) return unknown;
    const input = inputOf(judged, prices);
    const cost = estimateOf(input);
    if (cost === undefined) return unknown;
    const billed = [...cost[mode].items, ...cost.surroundings.items].filter(({ hourly }) => hourly > 0);
    const items: Record<string, number | null> = Object.fromEntries([
        ...billed.map(({ item, hourly }) => [item, cents(hourly * hoursPerMonth)]),
        ...unknownItems(judged, mode).map((item) => [item, null]),
    ]);
    // Sums of rounded items are what they say they are.
    const known = Object.values(items).filter((amount) => amount !== null);
    // What is billed by the shard is most of it: without it the rest would read as the whole.
    const isMost = items.shardHours !== null && known.length > 0;
    return { items, monthly: isMost ? cents(sum(known)) : null, notPriced: notPricedIn(input, mode) };
}

/** Undefined where it is not known. */
function modeOf({ side, warmMiBps }: JudgedSide): CapacityModeName | undefined {
    if (side.capacityMode === null) return undefined;
    if (side.capacityMode === "provisioned") return "provisioned";
    return warmMiBps === 0 ? "onDemandStandard" : "onDemandAdvantage";
}

/** Undefined where a property is one that AWS refuses. */
function estimateOf(input: CostInput): CostEstimate | undefined {
    try {
        return estimateCost(input);
    } catch (error) {
        if (error instanceof InvalidInputError) return undefined;
        throw error;
    }
}

function inputOf(judged: JudgedSide, prices: PriceList): CostInput {
    const { side, plan, declared, warmMiBps } = judged;
    return {
        requirements: plan?.requirements ?? { ...noLoad, fanOutConsumers: fanOutOf(declared) ?? 0 },
        shards: side.shards ?? 0,
        ...(side.retentionHours !== null && { retentionHours: side.retentionHours }),
        ...(warmMiBps && { warmThroughputMiBps: warmMiBps }),
        ...surroundings(judged),
        prices,
    };
}

/** Billed by the load, which is not known where no ShardedStream declares it. */
const billedByLoad: Readonly<Record<CapacityModeName, readonly string[]>> = {
    provisioned: ["putPayloadUnits"],
    onDemandStandard: ["dataIn", "dataOut"],
    // The floor itself is known.
    onDemandAdvantage: ["dataAboveFloor"],
};

/** What is billed by something that is not known. */
function unknownItems(judged: JudgedSide, mode: CapacityModeName): string[] {
    const { side, plan, declared, shardLevelMetrics, isEncrypted } = judged;
    const isKeptFor = (hours: number) => side.retentionHours === null || side.retentionHours > hours;
    const isCounted = mode !== "provisioned" || side.shards !== null;
    const isLoadKnown = plan !== undefined;
    const fanOut = plan?.requirements.fanOutConsumers ?? fanOutOf(declared);
    const rows: readonly (readonly [item: string, isUnknown: boolean])[] = [
        ...billedByLoad[mode].map((item) => [item, !isLoadKnown] as const),
        ["shardHours", !isCounted],
        ["extendedRetention", isKeptFor(limits.retentionHoursDefault) && isExtendedUnknown()],
        [
            "longTermRetention",
            isKeptFor(limits.retentionHoursExtendedMax) && !(isLoadKnown && side.retentionHours !== null),
        ],
        ["fanOutShardHours", mode === "provisioned" && fanOut !== 0 && (fanOut === null || !isCounted)],
        ["fanOutData", mode !== "onDemandAdvantage" && fanOut !== 0 && (fanOut === null || !isLoadKnown)],
        ["shardLevelMetrics", shardLevelMetrics === null || (shardLevelMetrics.length > 0 && side.shards === null)],
        ["kmsRequests", isEncrypted === null],
        ["alarms", declared !== undefined && !(areAlarmsKnown(declared) && isShardAlarmKnown(judged))],
        ["dashboard", valueAt(declared, "dashboard") === null],
        ["scaler", side.scaling !== undefined && !isScalerKnown(declared)],
    ];
    return rows.filter(([, isUnknown]) => isUnknown).map(([item]) => item);

    /** On demand the first 7 days are billed by the gigabyte, for which the list has no price. */
    function isExtendedUnknown(): boolean {
        return mode !== "provisioned" || side.retentionHours === null || side.shards === null;
    }
}

/** The consumers with enhanced fan-out that a ShardedStream declares and registers; a bare stream tells of none. */
function fanOutOf(declared: Properties | undefined): number | null {
    const registered = lengthAt(declared, "consumers");
    const required = numberAt(declared, "requirements", "fanOutConsumers");
    if (registered === null || required === null) return null;
    return withRegistered({ fanOutConsumers: required ?? 0 }, registered).fanOutConsumers;
}

/** What a ShardedStream has around it, as it declares; of a bare stream what it is told itself. */
function surroundings({ declared, side, shardLevelMetrics, isEncrypted }: JudgedSide) {
    const metrics = shardLevelMetrics ?? [];
    const own = {
        encrypted: isEncrypted ?? false,
        ...(metrics.length > 0 && { shardLevelMetrics: metrics }),
    };
    if (declared === undefined) return own;
    const scalerMode = scalingModes.find((known) => known === valueAt(declared, "scaling", "mode"));
    return {
        ...own,
        dashboards: valueAt(declared, "dashboard") === false ? 0 : 1,
        ...alarmsOf(declared, side, hotShardMetricIn(metrics)),
        ...(side.scaling && {
            scalerEveryMinutes: numberAt(declared, "scaling", "everyMinutes") ?? scalingDefaults.everyMinutes,
            ...(scalerMode !== undefined && { scalerMode }),
        }),
    };
}

/** The alarms that a ShardedStream makes. */
function alarmsOf(declared: Properties, { scaling, capacityMode, shards }: StreamSide, hasShardMetric: boolean) {
    const isSet = (name: AlarmName) => isEnabled(declared, name) !== false;
    const isOn = (name: AlarmName) => isSet(name) && isSet(alarmRows[name].onlyAfter?.alarm ?? name);
    const counted = scaling ? { scaled: true as const } : capacityMode === "on-demand" ? {} : { shards: 1 };
    const hotShard = hasShardMetric ? { hotShardMetric: "IncomingBytes" as const } : {};
    const facts = { recordsPerSecond: 1, retentionHours: 1, ...counted, ...hotShard };
    return alarmsAround(facts, lengthAt(declared, "consumers") ?? 0, { isOn, openShards: shards ?? 0 });
}

/** Those of which a hot shard can be told. */
function hotShardMetricIn(metrics: readonly string[]): boolean {
    return metrics.includes("IncomingBytes") || metrics.includes("IncomingRecords");
}

/** The alarm on the hottest shard is billed by the shard. */
function isShardAlarmKnown({ declared, shardLevelMetrics, side }: JudgedSide): boolean {
    if (declared === undefined || isEnabled(declared, "hotShard") === false) return true;
    return shardLevelMetrics !== null && (side.shards !== null || !hotShardMetricIn(shardLevelMetrics));
}

function isEnabled(declared: Properties, name: AlarmName): unknown {
    return valueAt(declared, "alarms", name, "enabled");
}

function areAlarmsKnown(declared: Properties): boolean {
    return lengthAt(declared, "consumers") !== null && alarmNames.every((name) => isEnabled(declared, name) !== null);
}

function isScalerKnown(declared: Properties | undefined): boolean {
    return ["everyMinutes", "mode"].every((name) => valueAt(declared, "scaling", name) !== null);
}

/** Of two streams. What one of them does not have costs nothing there. */
export function together(one: MonthlyCost, other: MonthlyCost): MonthlyCost {
    const add = (left: number | null = 0, right: number | null = 0) =>
        left === null || right === null ? null : cents(left + right);
    const names = [...new Set([...Object.keys(one.items), ...Object.keys(other.items)])];
    return {
        items: Object.fromEntries(names.map((name) => [name, add(one.items[name], other.items[name])])),
        monthly: add(one.monthly, other.monthly),
        notPriced: [...one.notPriced, ...other.notPriced],
    };
}
