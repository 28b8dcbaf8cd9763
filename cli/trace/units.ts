/**
 * What a column of a trace counts, by option or by its name, and how much of a stream it is.
 */
import { limits } from "../../capacity/limits";

interface UnitRow {
    readonly counts: "bytes" | "records" | "shards";
    /** Bytes or records of 1. */
    readonly each: number;
    /** Of a whole period, not of a second. */
    readonly isSum?: true;
    /** Columns that are called so have it. */
    readonly names: RegExp;
}

export const traceUnits = {
    "mib-per-second": { counts: "bytes", each: limits.bytesPerMiB, names: /^(write_?)?mi?b\W?_?(p|per|\/)_?s/i },
    "kib-per-second": { counts: "bytes", each: limits.bytesPerKiB, names: /^(write_?)?ki?b\W?_?(p|per|\/)_?s/i },
    "bytes-per-second": { counts: "bytes", each: 1, names: /^bytes[_ ]?(p|per|\/)[_ ]?s/i },
    "bytes-per-period": { counts: "bytes", each: 1, isSum: true, names: /^(incoming|put_?records?)?[._ ]?bytes$/i },
    "records-per-second": { counts: "records", each: 1, names: /^(records|events)[_ ]?(p|per|\/)[_ ]?s/i },
    "records-per-period": { counts: "records", each: 1, isSum: true, names: /^(incoming)?[._ ]?(records|events)$/i },
    shards: { counts: "shards", each: 1, names: /^(load_?)?shards$/i },
} as const satisfies Record<string, UnitRow>;

export type TraceUnit = keyof typeof traceUnits;

export const traceUnitNames = Object.keys(traceUnits) as TraceUnit[];

/** By a name such as IncomingBytes; undefined where it tells nothing. */
export function unitOf(column: string): TraceUnit | undefined {
    return traceUnitNames.find((unit) => traceUnits[unit].names.test(column));
}

/** MiB and records a second that load one shard to its limit. */
export interface ShardWorth {
    readonly miBPerSecond: number;
    readonly recordsPerSecond: number;
}

/** @param recordKiB of records of which only bytes, only their number, or only the shards are known */
export function shardWorth(unit: TraceUnit | undefined, recordKiB: number): ShardWorth {
    const counts = unit === undefined ? "shards" : traceUnits[unit].counts;
    const byBytes = limits.shardWriteBytesPerSecond / limits.bytesPerKiB / recordKiB;
    const records = {
        bytes: byBytes,
        records: limits.shardWriteRecordsPerSecond,
        shards: Math.min(byBytes, limits.shardWriteRecordsPerSecond),
    }[counts];
    return {
        recordsPerSecond: records,
        miBPerSecond:
            counts === "bytes"
                ? limits.shardWriteMiBPerSecond
                : (records * recordKiB * limits.bytesPerKiB) / limits.bytesPerMiB,
    };
}

/** Of a whole row, and not of a second of it. */
export function isSum(unit: TraceUnit | undefined): boolean {
    return unit !== undefined && "isSum" in traceUnits[unit];
}

/** Shards that 1 of the unit, in a second, loads to their limit. */
export function shardsOfOne(unit: TraceUnit | undefined): number {
    if (unit === undefined) return 1;
    const row: UnitRow = traceUnits[unit];
    const limit = {
        bytes: limits.shardWriteBytesPerSecond,
        records: limits.shardWriteRecordsPerSecond,
        shards: 1,
    }[row.counts];
    return row.each / limit;
}
