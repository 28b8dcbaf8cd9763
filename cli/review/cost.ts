/**
 * What a previewed stream costs a month, item by item, as far as the preview knows what it is billed by.
 */
import { type ShardLevelMetricName } from "../../capacity/metrics";
import { InvalidInputError } from "../../capacity/problems";
import { scalingModes } from "../../capacity/scaling/observation";
import { scalingDefaults } from "../../capacity/scaling/settings";
import { type CapacityModeName } from "../../capacity/sizing/capacityModes";
import { type CostEstimate, estimateCost } from "../../capacity/sizing/cost";
import { hoursPerMonth, type PriceList } from "../../capacity/sizing/prices";
import { type StreamFactName } from "../../capacity/watching/alarmRow";
import {
    alarmExists,
    type AlarmName,
    alarmNames,
    alarmRows,
    billedAlarms,
    consumerAlarmNames,
} from "../../capacity/watching/alarms";
import { asProperties, type Properties } from "./preview";
import { type JudgedSide, type StreamSide } from "./stream";

/** Dollars a month by item; null is an item that is billed by what nobody told. */
type MonthlyItems = Readonly<Record<string, number | null>>;

export interface MonthlyCost {
    readonly items: MonthlyItems;
    /** Of the items that are known; null where none is. */
    readonly monthly: number | null;
}

/** Billed by the load, which is not known where no ShardedStream declares it. */
const billedByLoad: Readonly<Record<CapacityModeName, readonly string[]>> = {
    provisioned: ["putPayloadUnits"],
    onDemandStandard: ["dataIn", "dataOut"],
    onDemandAdvantage: ["dataIn", "dataOut"],
};

/** So small a load that it costs nothing, where none is known. */
const noLoad = { writeMiBPerSecond: 1e-9, recordsPerSecond: 1e-9, sharedConsumers: 0 };

/** Of a stream that is not there. */
export const nothing: MonthlyCost = { items: {}, monthly: 0 };

/** Of one that is there, and of which the preview tells nothing. */
export const unknown: MonthlyCost = { items: {}, monthly: null };

export function monthlyCost(judged: JudgedSide, prices: PriceList): MonthlyCost {
    const { side, plan, declared, isWarm } = judged;
    const cost = estimateOf(judged, prices);
    if (cost === undefined) return unknown;
    const mode =
        side.capacityMode === "provisioned" ? "provisioned" : isWarm ? "onDemandAdvantage" : "onDemandStandard";
    const byLoad =
        plan === undefined ? [...billedByLoad[mode], ...(consumersOf(declared) > 0 ? ["fanOutData"] : [])] : [];
    const byShards = mode === "provisioned" && side.shards === null ? perShard : [];
    const rows = [...cost[mode].items, ...cost.surroundings.items];
    const items: Record<string, number | null> = Object.fromEntries([
        ...rows.map(({ item, hourly }) => [item, cents(hourly * hoursPerMonth)]),
        ...[...byLoad, ...byShards].map((item) => [item, null]),
    ]);
    const known = Object.values(items).filter((amount) => amount !== null);
    // What is billed by the shard is most of it: without it the rest would read as the whole.
    return { items, monthly: byShards.length > 0 || known.length === 0 ? null : cents(sum(known)) };
}

const perShard = ["shardHours", "extendedRetention"] as const;

/** Undefined where the mode is not known, or a property is one that AWS refuses. */
function estimateOf(judged: JudgedSide, prices: PriceList): CostEstimate | undefined {
    const { side, plan, declared } = judged;
    if (side.capacityMode === null) return undefined;
    try {
        return estimateCost({
            requirements: plan?.requirements ?? { ...noLoad, fanOutConsumers: consumersOf(declared) },
            shards: side.shards ?? 0,
            ...(side.retentionHours !== null && { retentionHours: side.retentionHours }),
            ...surroundings(judged),
            prices,
        });
    } catch (error) {
        if (error instanceof InvalidInputError) return undefined;
        throw error;
    }
}

function consumersOf(declared: Properties | undefined): number {
    return Array.isArray(declared?.consumers) ? declared.consumers.length : 0;
}

/** What a ShardedStream has around it, as it declares; of a bare stream what it is told itself. */
function surroundings({ declared, side, shardLevelMetrics, isEncrypted }: JudgedSide) {
    const own = {
        encrypted: isEncrypted,
        ...(shardLevelMetrics.length > 0 && {
            shardLevelMetrics: shardLevelMetrics as readonly ShardLevelMetricName[],
        }),
    };
    if (declared === undefined) return own;
    const { everyMinutes: every, mode } = asProperties(declared.scaling);
    const scalerMode = scalingModes.find((known) => known === mode);
    return {
        ...own,
        dashboards: declared.dashboard === false ? 0 : 1,
        ...alarmsOf(declared, side, shardLevelMetrics.length > 0),
        ...(side.scaling && {
            scalerEveryMinutes: typeof every === "number" ? every : scalingDefaults.everyMinutes,
            ...(scalerMode !== undefined && { scalerMode }),
        }),
    };
}

/** The alarms that a ShardedStream makes. */
function alarmsOf(declared: Properties, { scaling, capacityMode }: StreamSide, hasShardMetrics: boolean) {
    const isSet = (name: AlarmName) => asProperties(asProperties(declared.alarms)[name]).enabled !== false;
    const isOn = (name: AlarmName) => isSet(name) && isSet(alarmRows[name].onlyAfter?.alarm ?? name);
    const counted = scaling ? { scaled: true as const } : capacityMode === "on-demand" ? {} : { shards: 1 };
    const facts = { recordsPerSecond: 1, retentionHours: 1, ...counted };
    const given = new Set([...Object.keys(facts), ...(hasShardMetrics ? ["hotShardMetric"] : [])] as StreamFactName[]);
    const ofStream = billedAlarms(
        alarmNames.filter((name) => isOn(name) && alarmExists(name, given, false)),
        facts,
    );
    const ofConsumer = billedAlarms(consumerAlarmNames.filter(isOn), { ...facts, consumer: "one" });
    const registered = consumersOf(declared);
    return {
        alarmMetrics: ofStream.alarmMetrics + registered * ofConsumer.alarmMetrics,
        compositeAlarms: ofStream.compositeAlarms + registered * ofConsumer.compositeAlarms,
    };
}

/** Of two streams. What one of them does not have costs nothing there. */
export function together(one: MonthlyCost, other: MonthlyCost): MonthlyCost {
    const add = (left: number | null = 0, right: number | null = 0) =>
        left === null || right === null ? null : cents(left + right);
    const names = [...new Set([...Object.keys(one.items), ...Object.keys(other.items)])];
    return {
        items: Object.fromEntries(names.map((name) => [name, add(one.items[name], other.items[name])])),
        monthly: add(one.monthly, other.monthly),
    };
}

export function sum(amounts: readonly number[]): number {
    return amounts.reduce((total, amount) => total + amount, 0);
}

/** Dollars to the cent: sums of rounded items are what they say they are. */
export function cents(dollars: number): number {
    return Math.round(dollars * 100) / 100;
}
