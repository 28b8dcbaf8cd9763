/**
 * What each capacity mode bills a stream for, and at which loads an on-demand mode costs less than provisioned.
 */
import { limits } from "../limits";
import { billedUnitsPerRecord } from "../requirementLists";
import { type CompleteRequirements } from "../requirements";
import { type ItemizedCost, item, itemize } from "./costItems";
import { hoursPerMonth, type PriceList } from "./prices";

/** The capacity modes that are priced, and what people call them. */
export const capacityModeNames = {
    provisioned: "Provisioned",
    onDemandStandard: "On-demand Standard",
    onDemandAdvantage: "On-demand Advantage",
} as const;

/** A capacity mode that is priced. */
export type CapacityModeName = keyof typeof capacityModeNames;

/** A capacity mode without shards. */
export type OnDemandModeName = Exclude<CapacityModeName, "provisioned">;

/** A range of average loads, as fractions of the declared peak. */
export interface LoadRange {
    /** From this average load on. */
    readonly from: number;
    /** Up to this one. */
    readonly to: number;
}

/** A stream as the modes bill it. */
export interface BilledStream {
    readonly requirements: CompleteRequirements;
    readonly shards: number;
    readonly retentionHours: number;
    readonly longTermReadGiBPerMonth: number;
    /** Streams that share the floor of On-demand Advantage, which is the account's. */
    readonly streams: number;
    readonly prices: PriceList["prices"];
}

/** A PUT payload unit: each record is rounded up to the next 25 KiB. Source: AWS's pricing page of Kinesis Data Streams, read 2026-11. */
export const putPayloadUnitKiB = 25;

/**
 * On-demand rounds each record up to the next KiB where it comes in, says AWS's pricing page ("Data-In"); what it says of data that goes out
 * was not to be had in 2026-11, and the bill calls both "billed bytes". Taken as rounded alike, which is the most that it can be.
 */
export const onDemandUnitKiB = 1;

const { secondsPerHour } = limits;

/** What goes through a stream in an hour, in the units that are billed. */
function hourly(stream: BilledStream, averageLoad: number) {
    const { requirements, longTermReadGiBPerMonth, streams } = stream;
    const records = requirements.recordsPerSecond * averageLoad * secondsPerHour;
    const billedKiB = records * billedUnitsPerRecord(requirements, onDemandUnitKiB) * onDemandUnitKiB;
    return {
        putPayloadUnits: records * billedUnitsPerRecord(requirements, putPayloadUnitKiB),
        giB: giBInAnHour(requirements.writeMiBPerSecond * averageLoad),
        billedGiB: (billedKiB * limits.bytesPerKiB) / limits.bytesPerGiB,
        longTermReadGiB: longTermReadGiBPerMonth / hoursPerMonth,
        advantageFloorGiB: giBInAnHour(limits.onDemandAdvantageFloorMiBPerSecond) / streams,
    };
}

/** GiB in an hour of so many MiB/s. */
function giBInAnHour(miBPerSecond: number): number {
    return (miBPerSecond * limits.bytesPerMiB * secondsPerHour) / limits.bytesPerGiB;
}

export type PricedModes = Readonly<Record<CapacityModeName, ItemizedCost>>;

export function priceModes(stream: BilledStream, averageLoad: number): PricedModes {
    const { requirements, shards, retentionHours, prices } = stream;
    const { putPayloadUnits, giB, billedGiB, longTermReadGiB, advantageFloorGiB } = hourly(stream, averageLoad);
    const longTermGiB = giB * Math.max(0, retentionHours - limits.retentionHoursExtendedMax);
    const longTerm = item("longTermRetention", (longTermGiB * prices.longTermRetentionGiBMonth) / hoursPerMonth);
    const extended = retentionHours > limits.retentionHoursDefault;
    const { sharedConsumers, fanOutConsumers } = requirements;
    // On demand there is no price for reading old records: they are data out, as all reads are.
    const sharedGiBOut = sharedConsumers * billedGiB + longTermReadGiB;
    const allGiBOut = sharedGiBOut + fanOutConsumers * billedGiB;
    return {
        provisioned: itemize([
            item("shardHours", shards * prices.shardHour),
            item("putPayloadUnits", putPayloadUnits * prices.putPayloadUnit),
            item("extendedRetention", extended ? shards * prices.extendedRetentionShardHour : 0),
            longTerm,
            item("longTermRetrieval", longTermReadGiB * prices.longTermRetrievalGiB),
            item("fanOutShardHours", fanOutConsumers * shards * prices.fanOutConsumerShardHour),
            item("fanOutData", fanOutConsumers * giB * prices.fanOutGiB),
        ]),
        onDemandStandard: itemize([
            item("streamHours", prices.onDemandStandardStreamHour),
            item("dataIn", billedGiB * prices.onDemandStandardGiBIn),
            item("dataOut", sharedGiBOut * prices.onDemandStandardGiBOut),
            item("fanOutData", fanOutConsumers * billedGiB * prices.onDemandStandardFanOutGiB),
            longTerm,
        ]),
        onDemandAdvantage: itemize([
            item("dataIn", Math.max(billedGiB, advantageFloorGiB) * prices.onDemandAdvantageGiBIn),
            item("dataOut", Math.max(allGiBOut, advantageFloorGiB) * prices.onDemandAdvantageGiBOut),
            longTerm,
        ]),
    };
}

/**
 * The loads at which an on-demand mode costs less than provisioned. Both costs are straight lines in the average load, Advantage with two
 * floors that bend it upwards, so the loads are one range, found by walking from bend to bend.
 */
export function cheaperLoads(stream: BilledStream, mode: OnDemandModeName): LoadRange | null {
    const { sharedConsumers, fanOutConsumers } = stream.requirements;
    const { billedGiB, longTermReadGiB, advantageFloorGiB } = hourly(stream, 1);
    const consumers = Math.max(1, sharedConsumers + fanOutConsumers);
    const bends = [advantageFloorGiB / billedGiB, (advantageFloorGiB - longTermReadGiB) / (consumers * billedGiB)];
    const loads = [0, ...bends, 1].filter((load) => load >= 0 && load <= 1).sort((left, right) => left - right);
    const saving = (load: number) => {
        const priced = priceModes(stream, load);
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
