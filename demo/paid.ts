/**
 * What a stream costs while it is played: its shards or its hours, and what is written.
 */
import { limits } from "../capacity/limits";
import { prices } from "../capacity/sizing/prices";
import { type Moment } from "./day";
import { type DeployedStream } from "./streams";

/** Each record is rounded up to so many bytes. */
const payloadUnitBytes = 25 * limits.bytesPerKiB;

export function dollarsOf({ onDemand, load }: DeployedStream, moment: Moment): number {
    const { acceptedRecords, hours, openShards } = moment;
    const sizeIn = (bytes: number) => Math.ceil(load.recordBytes / bytes);
    if (!onDemand)
        return (
            openShards * hours * prices.shardHour + acceptedRecords * sizeIn(payloadUnitBytes) * prices.putPayloadUnit
        );
    const gib = (acceptedRecords * sizeIn(limits.bytesPerKiB) * limits.bytesPerKiB) / limits.bytesPerGiB;
    return hours * prices.onDemandStandardStreamHour + gib * prices.onDemandStandardGiBIn;
}
