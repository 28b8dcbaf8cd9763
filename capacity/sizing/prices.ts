/**
 * What AWS asks for each thing that this project prices, in one region, and what a list of another region must have.
 */
import { type Check, type Checks, fits, object, text } from "../checks";

/** AWS's month in its own price examples. */
export const hoursPerMonth = 730;

const million = 1_000_000;

/**
 * Dollars. Sources: the price lists of Kinesis Data Streams, CloudWatch, Lambda, EventBridge Scheduler, DynamoDB and KMS for us-east-1, read
 * 2026-11.
 */
export const prices = {
    shardHour: 0.015,
    /** Of 25 KiB; each record is rounded up. */
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
    compositeAlarmMonth: 0.5,
    customMetricMonth: 0.3,
    getMetricDataMetric: 0.01 / 1_000,
    lambdaRequest: 0.2 / million,
    lambdaGiBSecond: 0.0000166667,
    schedulerInvocation: 1 / million,
    dynamoDbWrite: 0.625 / million,
    dynamoDbRead: 0.125 / million,
    logsGiB: 0.5,
    /** After the 20,000 requests a month that are free to an account. */
    kmsRequest: 0.03 / 10_000,
} as const;

/** The name of a price, which ends in what it is for. */
export type PriceName = keyof typeof prices;

/** The prices of one region, and the day that they are of. */
export interface PriceList {
    /** The region, such as `eu-west-1`. */
    readonly region: string;
    /** The day or month of which they are. */
    readonly date: string;
    /** Dollars, for each of the names in `prices`. */
    readonly prices: Readonly<Record<PriceName, number>>;
}

/** The list that holds unless another is given. Every output says where and when prices hold. */
export const priceList = { region: "us-east-1", date: "November 2026", prices } as const satisfies PriceList;

/** Regions differ by less than ten times; a price that is further off is of another unit, such as a million. */
const timesBuiltInMax = 100;

const priceChecks = Object.fromEntries(
    Object.entries(prices).map(([name, builtIn]) => {
        const maximum = Number((builtIn * timesBuiltInMax).toPrecision(6));
        const check = fits(
            (value) => typeof value === "number" && value >= 0 && value <= maximum,
            `a number from 0 to ${maximum}`,
            `Give dollars for one; in ${priceList.region} it is ${Number(builtIn.toPrecision(6))}.`,
        );
        return [name, check];
    }),
) as Checks;

const someText = (fix: string): Check => text(/^(?=.*\S)\P{Cc}+$/u, "text on one line", fix);

/** What a list of prices must be: each missing price, and each name that is none, is a problem of its own. */
export const priceListCheck: Check = object(
    {
        region: someText("Name the region, such as eu-west-1."),
        date: someText("Tell when the prices were read, such as November 2026."),
        prices: object(priceChecks, Object.keys(prices)),
    },
    ["region", "date", "prices"],
);
