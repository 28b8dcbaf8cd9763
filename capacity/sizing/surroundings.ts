/**
 * What stands around a stream and costs the same in every capacity mode: alarms, dashboard, shard-level metrics, the scaler, the key.
 */
import { limits } from "../limits";
import { type ShardLevelMetricName } from "../metrics";
import { type ItemizedCost, item, itemize } from "./costItems";
import { hoursPerMonth, priceList, type PriceList } from "./prices";
import { defaultScalerMode } from "./scalerMode";

/**
 * What one quiet run of the scaler uses; its tests hold scaler/ to it. A run that reshards adds a few ledger writes and a metric: with
 * ten updates and 48 splits a day a tenth of a cent a month, and left out.
 */
export const scalerCallsPerRun = {
    /**
     * Metrics asked for in one GetMetricData call: accepted bytes, accepted records, refused records; to plan, the open shards, too. The first
     * run of a process asks twice for a plan: at some ten processes a day a hundredth of what the runs cost, and left out.
     */
    metricsRead: { reactive: 3, predictive: 4 },
    ledgerReads: 1,
    ledgerWrites: 0,
    /** Memory times billed time: 256 MiB for about half a second, and three tenths more on average where every third run plans. */
    lambdaGiBSeconds: { reactive: 0.125, predictive: 0.2 },
    /** Log line, with its embedded metrics, and Lambda's own three lines. */
    logBytes: 1_500,
    /** Custom metrics: OpenShards, TargetShards, UpdateCallsLeft. */
    metricsPublished: 3,
} as const;

/**
 * Kinesis asks KMS for a new data key about every five minutes, whatever the shards: 8,640 requests in a month of 30 days. Source: "Costs, Regions,
 * and performance considerations" in AWS's documentation of Kinesis Data Streams, read 2026-11.
 */
const kmsRequestsPerHour = 12;

/** What is there; what is not given is not there. */
export interface Surroundings {
    /** Shard-level metrics that are switched on; default none. */
    readonly shardLevelMetrics?: readonly ShardLevelMetricName[];
    /** Metrics that alarms watch; default 0. */
    readonly alarmMetrics?: number;
    /** Alarms that combine others, which have a price of their own; default 0. */
    readonly compositeAlarms?: number;
    /** CloudWatch dashboards, three of which are free per account; default 0. */
    readonly dashboards?: number;
    /** Minutes between two runs of the scaler; default: no scaler. */
    readonly scalerEveryMinutes?: number;
    /** How that scaler decides; default `predictive`. */
    readonly scalerMode?: "reactive" | "predictive";
    /** Whether a KMS key encrypts the stream, AWS's own or a customer-managed one; default false. */
    readonly encrypted?: boolean;
}

export function priceSurroundings(
    around: Surroundings & { readonly shards: number },
    prices: PriceList["prices"],
): ItemizedCost {
    const perMonth = (name: string, dollars: number) => item(name, dollars / hoursPerMonth);
    const shardMetrics = (around.shardLevelMetrics?.length ?? 0) * around.shards;
    const alarms =
        (around.alarmMetrics ?? 0) * prices.alarmMetricMonth +
        (around.compositeAlarms ?? 0) * prices.compositeAlarmMonth;
    const { scalerEveryMinutes: everyMinutes, scalerMode: mode } = around;
    return itemize([
        perMonth("alarms", alarms),
        perMonth("dashboard", (around.dashboards ?? 0) * prices.dashboardMonth),
        perMonth("shardLevelMetrics", shardMetrics * prices.customMetricMonth),
        perMonth("scaler", everyMinutes === undefined ? 0 : scalerMonthlyCost({ everyMinutes, mode }, prices)),
        item("kmsRequests", around.encrypted ? kmsRequestsPerHour * prices.kmsRequest : 0),
    ]);
}

/** A scaler that is to be priced. */
export interface PricedScaler {
    /** Minutes between two runs. */
    readonly everyMinutes: number;
    /** Default `predictive`. */
    readonly mode?: Surroundings["scalerMode"] | undefined;
}

/** Dollars a month for a scaler's own runs, its alarms aside: the calls of one run, as scaler/ makes them, times the runs of a month. */
export function scalerMonthlyCost(
    { everyMinutes, mode = defaultScalerMode }: PricedScaler,
    prices: PriceList["prices"] = priceList.prices,
): number {
    const run = scalerCallsPerRun;
    const perRun =
        prices.schedulerInvocation +
        prices.lambdaRequest +
        run.lambdaGiBSeconds[mode] * prices.lambdaGiBSecond +
        run.metricsRead[mode] * prices.getMetricDataMetric +
        run.ledgerReads * prices.dynamoDbRead +
        run.ledgerWrites * prices.dynamoDbWrite +
        (run.logBytes / limits.bytesPerGiB) * prices.logsGiB;
    return hoursPerMonth * (60 / everyMinutes) * perRun + run.metricsPublished * prices.customMetricMonth;
}
