/**
 * What a stream costs: each capacity mode item by item, the cheapest of them, and where they break even.
 */
import { type Checks, fits, number } from "../checks";
import { limits } from "../limits";
import { type ShardLevelMetricName } from "../metrics";
import { InvalidInputError } from "../problems";
import {
    averageRecordKiB,
    type CompleteRequirements,
    completeRequirements,
    type Requirements,
    requirementsCheck,
} from "../requirements";

/** Where and when the prices hold. Every output says so. */
export const priceList = { region: "us-east-1", date: "November 2026" } as const;

/** AWS's month in its own price examples. */
export const hoursPerMonth = 730;
const secondsPerHour = 3_600;
const { retentionHoursDefault, retentionHoursMax } = limits;
const million = 1_000_000;

/** Dollars. Sources: the price lists of Kinesis Data Streams, CloudWatch, Lambda, EventBridge Scheduler and DynamoDB for us-east-1, read 2026-11. */
export const prices = {
    shardHour: 0.015,
    putPayloadUnit: 0.014 / million,
    extendedRetentionShardHour: 0.02,
    longTermRetentionGiBMonth: 0.023,
    longTermRetrievalGiB: 0.021,
    fanOutConsumerShardHour: 0.015,
    fanOutGiB: 0.013,
    onDemandStandardStreamHour: 0.04,
    onDemandStandardGiBIn: 0.08,
    onDemandStandardGiBOut: 0.04,
    onDemandStandardFanOutGiB: 0.05,
    onDemandAdvantageGiBIn: 0.032,
    onDemandAdvantageGiBOut: 0.016,
    dashboardMonth: 3,
    alarmMetricMonth: 0.1,
    customMetricMonth: 0.3,
    getMetricDataMetric: 0.01 / 1_000,
    lambdaRequest: 0.2 / million,
    lambdaGiBSecond: 0.0000166667,
    schedulerInvocation: 1 / million,
    dynamoDbWrite: 0.625 / million,
    dynamoDbRead: 0.125 / million,
    logsGiB: 0.5,
} as const;

/** A PUT payload unit: each record is rounded up to the next 25 KiB. */
const putPayloadUnitKiB = 25;

/**
 * What one quiet run of the scaler uses; its tests hold scaler/ to it. A run that reshards adds a few ledger writes and a metric: with
 * ten updates and 48 splits a day a tenth of a cent a month, and left out.
 */
export const scalerCallsPerRun = {
    /** Metrics asked for in one GetMetricData call: accepted bytes, accepted records, refused records. */
    metricsRead: 3,
    ledgerReads: 1,
    ledgerWrites: 0,
    /** Memory times billed time: 256 MiB for about half a second. */
    lambdaGiBSeconds: 0.125,
    /** Log line, with its embedded metrics, and Lambda's own three lines. */
    logBytes: 1_500,
    /** Custom metrics: OpenShards, TargetShards, UpdateCallsLeft. */
    metricsPublished: 3,
} as const;

export const capacityModeNames = {
    provisioned: "Provisioned",
    onDemandStandard: "On-demand Standard",
    onDemandAdvantage: "On-demand Advantage",
} as const;

export type CapacityModeName = keyof typeof capacityModeNames;

/** What is priced. The load is taken as constant: a month at the declared peak is the most that it can cost. */
export interface CostInput {
    /** The declared load and its consumers. */
    readonly requirements: Requirements;
    /** Shards in provisioned mode, 0 or more; fractional where they are an average. */
    readonly shards: number;
    /** Hours that records stay readable, 24 to 8,760; default 24. */
    readonly retentionHours?: number;
    /** The average load as a fraction of the declared peak, above 0 up to 1; default 1. */
    readonly averageLoad?: number;
    /** Shard-level metrics that are switched on; default none. */
    readonly shardLevelMetrics?: readonly ShardLevelMetricName[];
    /** Metrics that alarms watch; default 0. */
    readonly alarmMetrics?: number;
    /** CloudWatch dashboards, three of which are free per account; default 0. */
    readonly dashboards?: number;
    /** Minutes between two runs of the scaler; default: no scaler. */
    readonly scalerEveryMinutes?: number;
}

export interface CostItem {
    readonly item: string;
    /** Dollars per hour. */
    readonly hourly: number;
    /** Dollars per month of 730 hours. */
    readonly monthly: number;
}

export interface ItemizedCost {
    readonly hourly: number;
    readonly monthly: number;
    readonly items: readonly CostItem[];
}

/** A range of average loads, as fractions of the declared peak. */
export interface LoadRange {
    readonly from: number;
    readonly to: number;
}

export interface CostEstimate extends Readonly<Record<CapacityModeName, ItemizedCost>> {
    readonly region: string;
    readonly pricesOf: string;
    readonly cheapest: CapacityModeName;
    /**
     * Between which average loads, as fractions of the declared peak, an on-demand mode costs less than provisioned at these shards;
     * null: at none.
     */
    readonly breakEven: Readonly<Record<Exclude<CapacityModeName, "provisioned">, LoadRange | null>>;
    /** What has no price in the list and is left out, in sentences. */
    readonly notPriced: readonly string[];
    /** What stands around the stream and costs the same in every mode (the scaler aside, which only a provisioned stream has). */
    readonly surroundings: ItemizedCost;
}

/**
 * Prices a stream in the three capacity modes.
 *
 * @throws InvalidInputError listing every malformed property with its value, the allowed range and the fix
 * @example estimateCost({ requirements: plan.requirements, shards: 5 }).provisioned.monthly // 146.73 for 3.5 MiB/s in 2,500 records/s
 */
export function estimateCost(declared: CostInput): CostEstimate {
    const input = completeInput(declared);
    const modes = priceModes(input, input.averageLoad ?? 1);
    const names = Object.keys(capacityModeNames) as CapacityModeName[];
    const { retentionHours = retentionHoursDefault } = input;
    return {
        region: priceList.region,
        pricesOf: priceList.date,
        ...modes,
        cheapest: names.reduce((best, name) => (modes[name].hourly < modes[best].hourly ? name : best)),
        breakEven: {
            onDemandStandard: cheaperLoads(input, "onDemandStandard"),
            onDemandAdvantage: cheaperLoads(input, "onDemandAdvantage"),
        },
        notPriced: retentionHours > retentionHoursDefault ? [longerStorageNotPriced] : [],
        surroundings: priceSurroundings(input),
    };
}

const longerStorageNotPriced =
    "On-demand modes bill the storage between 24 hours and 7 days by the GB-month; that price is not in this list.";

type CompleteInput = CostInput & { readonly requirements: CompleteRequirements };

const atLeastNone = (fix: string) =>
    fits((value) => typeof value === "number" && value >= 0 && value < Infinity, "a number 0 or more", fix);

const inputChecks = {
    shards: atLeastNone("Give the shards that are paid for."),
    retentionHours: number(retentionHoursDefault, retentionHoursMax, "Give the hours that records stay readable."),
    averageLoad: number(0, 1, "Give a fraction: 0.5 for half of the declared peak."),
    alarmMetrics: atLeastNone("Give the metrics that alarms watch."),
    dashboards: atLeastNone("Give the dashboards."),
    scalerEveryMinutes: number(1, 60, "Give the minutes between two runs of the scaler."),
} as const satisfies Checks;

function completeInput(declared: CostInput): CompleteInput {
    const names = Object.keys(inputChecks) as (keyof typeof inputChecks)[];
    const given = names.filter((name) => declared[name] !== undefined || name === "shards");
    const problems = [
        ...requirementsCheck("requirements", declared.requirements),
        ...given.flatMap((name) => inputChecks[name](name, declared[name])),
    ];
    if (problems.length > 0) throw new InvalidInputError("cost", problems);
    return { ...declared, requirements: completeRequirements(declared.requirements) };
}

type PricedModes = Readonly<Record<CapacityModeName, ItemizedCost>>;

function priceModes(input: CompleteInput, averageLoad: number): PricedModes {
    const { requirements, shards, retentionHours = retentionHoursDefault } = input;
    const recordsPerHour = requirements.recordsPerSecond * averageLoad * secondsPerHour;
    const recordKiB = averageRecordKiB(requirements);
    const giBPerHour = giBInAnHour(requirements.writeMiBPerSecond * averageLoad);
    // On-demand bills each record by whole KiB, in and out.
    const billedGiBPerHour = (recordsPerHour * Math.ceil(recordKiB) * limits.bytesPerKiB) / limits.bytesPerGiB;
    const advantageFloorGiBPerHour = giBInAnHour(limits.onDemandAdvantageFloorMiBPerSecond);
    const longTermGiB = giBPerHour * Math.max(0, retentionHours - limits.retentionHoursExtendedMax);
    const longTerm = item("longTermRetention", (longTermGiB * prices.longTermRetentionGiBMonth) / hoursPerMonth);
    const extended = retentionHours > retentionHoursDefault;
    const { sharedConsumers, fanOutConsumers } = requirements;
    return {
        provisioned: itemize([
            item("shardHours", shards * prices.shardHour),
            item("putPayloadUnits", recordsPerHour * Math.ceil(recordKiB / putPayloadUnitKiB) * prices.putPayloadUnit),
            item("extendedRetention", extended ? shards * prices.extendedRetentionShardHour : 0),
            longTerm,
            item("fanOutShardHours", fanOutConsumers * shards * prices.fanOutConsumerShardHour),
            item("fanOutData", fanOutConsumers * giBPerHour * prices.fanOutGiB),
        ]),
        onDemandStandard: itemize([
            item("streamHours", prices.onDemandStandardStreamHour),
            item("dataIn", billedGiBPerHour * prices.onDemandStandardGiBIn),
            item("dataOut", sharedConsumers * billedGiBPerHour * prices.onDemandStandardGiBOut),
            item("fanOutData", fanOutConsumers * billedGiBPerHour * prices.onDemandStandardFanOutGiB),
            longTerm,
        ]),
        onDemandAdvantage: itemize([
            item("dataIn", Math.max(billedGiBPerHour, advantageFloorGiBPerHour) * prices.onDemandAdvantageGiBIn),
            item(
                "dataOut",
                Math.max((sharedConsumers + fanOutConsumers) * billedGiBPerHour, advantageFloorGiBPerHour) *
                    prices.onDemandAdvantageGiBOut,
            ),
            longTerm,
        ]),
    };
}

/** GiB in an hour of so many MiB/s. */
function giBInAnHour(miBPerSecond: number): number {
    return (miBPerSecond * limits.bytesPerMiB * secondsPerHour) / limits.bytesPerGiB;
}

function priceSurroundings(input: CostInput): ItemizedCost {
    const perMonth = (name: string, dollars: number) => item(name, dollars / hoursPerMonth);
    return itemize([
        perMonth("alarms", (input.alarmMetrics ?? 0) * prices.alarmMetricMonth),
        perMonth("dashboard", (input.dashboards ?? 0) * prices.dashboardMonth),
        perMonth("shardLevelMetrics", (input.shardLevelMetrics?.length ?? 0) * input.shards * prices.customMetricMonth),
        item("scaler", input.scalerEveryMinutes === undefined ? 0 : scalerDollarsPerHour(input.scalerEveryMinutes)),
    ]);
}

/** What the scaler's own runs cost: the calls of one run, as scaler/ makes them, times the runs of an hour. */
function scalerDollarsPerHour(everyMinutes: number): number {
    const run = scalerCallsPerRun;
    const perRun =
        prices.schedulerInvocation +
        prices.lambdaRequest +
        run.lambdaGiBSeconds * prices.lambdaGiBSecond +
        run.metricsRead * prices.getMetricDataMetric +
        run.ledgerReads * prices.dynamoDbRead +
        run.ledgerWrites * prices.dynamoDbWrite +
        (run.logBytes / limits.bytesPerGiB) * prices.logsGiB;
    return (60 / everyMinutes) * perRun + (run.metricsPublished * prices.customMetricMonth) / hoursPerMonth;
}

/**
 * The loads at which an on-demand mode costs less than provisioned. Both costs are straight lines in the average load, Advantage with two
 * floors that bend it upwards, so the loads are one range, found by walking from bend to bend.
 */
function cheaperLoads(input: CompleteInput, mode: "onDemandStandard" | "onDemandAdvantage"): LoadRange | null {
    const { requirements } = input;
    const consumers = Math.max(1, requirements.sharedConsumers + requirements.fanOutConsumers);
    const billedMiBPerSecond =
        (requirements.recordsPerSecond * Math.ceil(averageRecordKiB(requirements))) /
        (limits.bytesPerMiB / limits.bytesPerKiB);
    const floor = limits.onDemandAdvantageFloorMiBPerSecond / billedMiBPerSecond;
    const loads = [0, floor / consumers, floor, 1].filter((load) => load <= 1).sort((left, right) => left - right);
    const saving = (load: number) => {
        const priced = priceModes(input, load);
        return priced.provisioned.hourly - priced[mode].hourly;
    };
    const cheaper: number[] = [];
    loads.forEach((load, index) => {
        const here = saving(load);
        const before = loads[index - 1];
        if (before !== undefined && saving(before) * here < 0)
            cheaper.push(before + ((load - before) * saving(before)) / (saving(before) - here));
        if (here > 0) cheaper.push(load);
    });
    return cheaper.length === 0 ? null : { from: Math.min(...cheaper), to: Math.max(...cheaper) };
}

function item(name: string, hourly: number): CostItem {
    return { item: name, hourly: money(hourly), monthly: money(hourly * hoursPerMonth) };
}

/** Items that cost nothing are left out, the first aside: it says what the mode bills by. */
function itemize(items: readonly CostItem[]): ItemizedCost {
    const billed = items.filter((row, index) => index === 0 || row.hourly > 0);
    const sum = (pick: (row: CostItem) => number) => money(billed.reduce((total, row) => total + pick(row), 0));
    return { hourly: sum((row) => row.hourly), monthly: sum((row) => row.monthly), items: billed };
}

/** Dollars without a binary remainder, to the millionth. */
function money(dollars: number): number {
    return Math.round(dollars * million) / million;
}
