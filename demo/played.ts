/**
 * The books of a day: what each stream accepted and refused, and what it cost, its shards or its hours and what was written.
 */
import { limits } from "../capacity/limits";
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

/** Each record is rounded up to so many bytes. */
const payloadUnitBytes = 25 * limits.bytesPerKiB;

function dollarsOf({ onDemand, load }: DeployedStream, moment: Moment): number {
    const { acceptedRecords, hours, openShards } = moment;
    const sizeIn = (bytes: number) => Math.ceil(load.recordBytes / bytes);
    if (!onDemand) {
        return (
            openShards * hours * prices.shardHour + acceptedRecords * sizeIn(payloadUnitBytes) * prices.putPayloadUnit
        );
    }
    const gib = (acceptedRecords * sizeIn(limits.bytesPerKiB) * limits.bytesPerKiB) / limits.bytesPerGiB;
    return hours * prices.onDemandStandardStreamHour + gib * prices.onDemandStandardGiBIn;
}
