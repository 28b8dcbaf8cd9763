/**
 * The books of a day: what each stream accepted and refused, and what it cost, its shards or its hours and what was written.
 */
import { limits } from "../capacity/limits";
import { onDemandUnitKiB, putPayloadUnitKiB } from "../capacity/sizing/capacityModes";
import { prices } from "../capacity/sizing/prices";
import { type AlarmChange, type Moment } from "./day";
import { type ScalerDecision } from "./decisions";
import { type DeployedStream } from "./streams";

/** A stream's day. */
export interface PlayedStream {
    readonly stream: DeployedStream;
    readonly moments: Moment[];
    acceptedRecords: number;
    refusedRecords: number;
    dollars: number;
}

export interface Played {
    readonly dayEndMs: number;
    /** Until when it was played, where it was stopped before its end. */
    readonly stoppedAtMs?: number;
    readonly streams: readonly PlayedStream[];
    readonly alarms: readonly AlarmChange[];
    readonly decisions: readonly ScalerDecision[];
    readonly acceptedRecords: number;
    readonly refusedRecords: number;
    readonly dollars: number;
}

const nothing = () => ({ acceptedRecords: 0, refusedRecords: 0, dollars: 0 });

export function newlyPlayed(stream: DeployedStream): PlayedStream {
    return { stream, moments: [], ...nothing() };
}

export function addMoment(played: PlayedStream, moment: Moment): void {
    played.moments.push(moment);
    played.acceptedRecords += moment.acceptedRecords;
    played.refusedRecords += moment.refusedRecords;
    played.dollars += dollarsOf(played.stream, moment);
}

export function totalOf(
    streams: readonly PlayedStream[],
): Pick<Played, "acceptedRecords" | "refusedRecords" | "dollars"> {
    const total = nothing();
    for (const { acceptedRecords, refusedRecords, dollars } of streams) {
        total.acceptedRecords += acceptedRecords;
        total.refusedRecords += refusedRecords;
        total.dollars += dollars;
    }
    return total;
}

/** The part of what was sent that was refused. */
export function refusedShare({
    acceptedRecords,
    refusedRecords,
}: Pick<Played, "acceptedRecords" | "refusedRecords">): number {
    return refusedRecords / Math.max(1, acceptedRecords + refusedRecords);
}

function dollarsOf({ onDemand, load }: DeployedStream, moment: Moment): number {
    const { acceptedRecords, hours, openShards } = moment;
    /** Each record is rounded up to whole units. */
    const unitsOf = (unitKiB: number) => acceptedRecords * Math.ceil(load.recordBytes / (unitKiB * limits.bytesPerKiB));
    if (!onDemand) return openShards * hours * prices.shardHour + unitsOf(putPayloadUnitKiB) * prices.putPayloadUnit;
    const gib = (unitsOf(onDemandUnitKiB) * onDemandUnitKiB * limits.bytesPerKiB) / limits.bytesPerGiB;
    return hours * prices.onDemandStandardStreamHour + gib * prices.onDemandStandardGiBIn;
}
