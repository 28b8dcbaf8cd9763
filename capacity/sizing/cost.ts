/**
 * What a stream costs: each capacity mode item by item, the cheapest of them, where they break even, and what was assumed or left out.
 */
import { type Checks, fits, flag, number, oneOf, whole } from "../checks";
import { limits } from "../limits";
import { type Problem, problem, refuse } from "../problems";
import { averageRecordKiB, billedUnitsPerRecord } from "../requirementLists";
import { completeRequirements, type Requirements, requirementsCheck } from "../requirements";
import { count, formatNumber, formatRate } from "../text";
import {
    type BilledStream,
    capacityModeNames,
    type CapacityModeName,
    cheaperLoads,
    type LoadRange,
    onDemandUnitKiB,
    type OnDemandModeName,
    priceModes,
    putPayloadUnitKiB,
} from "./capacityModes";
import { type ItemizedCost } from "./costItems";
import { type PriceList, priceList, priceListCheck } from "./prices";
import { defaultScalerMode } from "./scalerMode";
import { priceSurroundings, scalerCallsPerRun, type Surroundings } from "./surroundings";

const { retentionHoursDefault, retentionHoursExtendedMax, retentionHoursMax } = limits;

/** What is priced. Without an average the load is taken as constant: a month at the declared peak is the most that it can cost. */
export interface CostInput extends Surroundings {
    /** The declared load and its consumers. */
    readonly requirements: Requirements;
    /** Shards in provisioned mode, 0 or more; fractional where they are an average. */
    readonly shards: number;
    /** Hours that records stay readable, 24 to 8,760; default 24. */
    readonly retentionHours?: number;
    /** The average load as a fraction of the declared peak, 0 to 1; default 1. */
    readonly averageLoad?: number;
    /** GiB a month that consumers read again more than 7 days after they were written, 0 or more; needs a longer retention; default 0. */
    readonly longTermReadGiBPerMonth?: number;
    /** Streams of the account that share the floor of On-demand Advantage in equal parts, whole, at least 1; default 1. */
    readonly streams?: number;
    /** Warm throughput of an on-demand stream in On-demand Advantage, in MiB/s, whole, 1 to 10,240; default: none. The list has no price for it. */
    readonly warmThroughputMiBps?: number;
    /** The prices of another region or day; default: `priceList`, of us-east-1. */
    readonly prices?: PriceList;
}

/** What a stream costs in each capacity mode, item by item, in dollars. */
export interface CostEstimate extends Readonly<Record<CapacityModeName, ItemizedCost>> {
    /** The region of the prices. */
    readonly region: string;
    /** The day of the prices. */
    readonly pricesOf: string;
    /** The shards that provisioned mode is priced with. */
    readonly shards: number;
    /** The average load that is priced, as a fraction of the declared peak. */
    readonly averageLoad: number;
    /** The mode that costs least at this load. */
    readonly cheapest: CapacityModeName;
    /**
     * Between which average loads, as fractions of the declared peak, an on-demand mode costs less than provisioned at these shards;
     * null: at none.
     */
    readonly breakEven: Readonly<Record<OnDemandModeName, LoadRange | null>>;
    /** What is taken for granted because it is not declared or not published, in sentences. */
    readonly assumptions: readonly string[];
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
    refuse("cost", costProblems(declared));
    const { region, date, prices } = declared.prices ?? priceList;
    const stream: BilledStream = {
        requirements: completeRequirements(declared.requirements),
        shards: declared.shards,
        retentionHours: declared.retentionHours ?? retentionHoursDefault,
        longTermReadGiBPerMonth: declared.longTermReadGiBPerMonth ?? 0,
        streams: declared.streams ?? 1,
        prices,
    };
    const averageLoad = declared.averageLoad ?? 1;
    const modes = priceModes(stream, averageLoad);
    const names = Object.keys(capacityModeNames) as CapacityModeName[];
    return {
        region,
        pricesOf: date,
        shards: stream.shards,
        averageLoad,
        ...modes,
        cheapest: names.reduce((best, name) => (modes[name].hourly < modes[best].hourly ? name : best)),
        breakEven: {
            onDemandStandard: cheaperLoads(stream, "onDemandStandard"),
            onDemandAdvantage: cheaperLoads(stream, "onDemandAdvantage"),
        },
        assumptions: assumptionsOf(stream),
        notPriced: notPricedIn(declared),
        surroundings: priceSurroundings(declared, prices),
    };
}

const atLeastNone = (fix: string) =>
    fits((value) => typeof value === "number" && value >= 0 && value < Infinity, "a number 0 or more", fix);

const streamsMax = 1_000_000;

const inputChecks = {
    shards: atLeastNone("Give the shards that are paid for."),
    retentionHours: number(retentionHoursDefault, retentionHoursMax, "Give the hours that records stay readable."),
    averageLoad: number(0, 1, "Give a fraction: 0.5 for half of the declared peak."),
    longTermReadGiBPerMonth: atLeastNone("Give the GiB a month that are read again after more than 7 days."),
    streams: whole(1, streamsMax, "Give the streams that share the floor of On-demand Advantage."),
    warmThroughputMiBps: whole(
        1,
        limits.warmThroughputMiBpsMax,
        "Give the MiB per second that an on-demand stream must take at once.",
    ),
    alarmMetrics: atLeastNone("Give the metrics that alarms watch."),
    compositeAlarms: atLeastNone("Give the alarms that combine others."),
    dashboards: atLeastNone("Give the dashboards."),
    scalerEveryMinutes: number(1, 60, "Give the minutes between two runs of the scaler."),
    scalerMode: oneOf(Object.keys(scalerCallsPerRun.metricsRead), `Leave it out for ${defaultScalerMode}.`),
    encrypted: flag,
    prices: priceListCheck,
} as const satisfies Checks;

/** Everything that is malformed about what is to be priced; empty if it can be priced. */
export function costProblems(declared: CostInput): Problem[] {
    const names = Object.keys(inputChecks) as (keyof typeof inputChecks)[];
    const given = names.filter((name) => declared[name] !== undefined || name === "shards");
    return [
        ...requirementsCheck("requirements", declared.requirements),
        ...given.flatMap((name) => inputChecks[name](name, declared[name])),
        ...longTermProblems(declared),
    ];
}

function longTermProblems({ longTermReadGiBPerMonth: read = 0, retentionHours = retentionHoursDefault }: CostInput) {
    if (!(read > 0) || retentionHours > retentionHoursExtendedMax) return [];
    return [
        problem(
            "longTermReadGiBPerMonth",
            read,
            `0 where records are kept for ${formatNumber(retentionHours)} hours, 7 days or less`,
            "Leave it out, or give a longer retention.",
        ),
    ];
}

function assumptionsOf({ requirements, streams }: BilledStream): string[] {
    const units = (unitKiB: number) => billedUnitsPerRecord(requirements, unitKiB);
    return [
        ...(requirements.recordSizes !== undefined
            ? []
            : [
                  `All records are taken to be of one size, ${formatRate(averageRecordKiB(requirements))} KiB, each billed as ${formatNumber(units(onDemandUnitKiB))} KiB on demand and as ${count(units(putPayloadUnitKiB), "PUT payload unit")}; a mix of sizes is declared as recordSizes.`,
              ]),
        "On-demand reads are taken to be rounded up to the KiB as writes are, the most that they can be; AWS describes it for writes.",
        ...(streams === 1
            ? []
            : [
                  `The floor of On-demand Advantage is taken to be shared by ${count(streams, "stream")} in equal parts.`,
              ]),
    ];
}

/** What has no price in the list and is left out, in sentences: in one mode, or in any. */
export function notPricedIn(declared: CostInput, mode?: CapacityModeName): string[] {
    return notPriced(declared).flatMap(({ modes, text }) => (mode === undefined || modes.includes(mode) ? [text] : []));
}

const onDemandModes: readonly CapacityModeName[] = ["onDemandStandard", "onDemandAdvantage"];

function notPriced(declared: CostInput): { readonly modes: readonly CapacityModeName[]; readonly text: string }[] {
    const { retentionHours = retentionHoursDefault, prices: { prices } = priceList } = declared;
    const isLongTerm = retentionHours > retentionHoursExtendedMax;
    return [
        ...(retentionHours > retentionHoursDefault
            ? [
                  {
                      modes: onDemandModes,
                      text: "On-demand modes bill the storage between 24 hours and 7 days by the GB-month; that price is not in this list.",
                  },
              ]
            : []),
        ...(declared.warmThroughputMiBps !== undefined
            ? [
                  {
                      modes: ["onDemandAdvantage"] as const,
                      text: `A warm throughput of ${formatNumber(declared.warmThroughputMiBps)} MiB/s, which only On-demand Advantage has: for the throughput itself there is no price in this list, beside the floor of ${limits.onDemandAdvantageFloorMiBPerSecond} MiB/s in and out that an account with On-demand Advantage pays at least.`,
                  },
              ]
            : []),
        ...(isLongTerm && declared.longTermReadGiBPerMonth === undefined
            ? [
                  {
                      modes: ["provisioned"] as const,
                      text: `Reading records again more than 7 days after they were written costs $${prices.longTermRetrievalGiB} a GB in provisioned mode, beside the rest; how much that is was not declared.`,
                  },
              ]
            : []),
        ...(declared.encrypted
            ? [
                  {
                      modes: ["provisioned", ...onDemandModes] as const,
                      text: "KMS bills a customer-managed key by the month, and a request about every five minutes for each set of credentials of producers and consumers: how many there are is not known here.",
                  },
              ]
            : []),
    ];
}
