/**
 * What a column of a trace counts, by option or by its name, and how much of a stream it is.
 */
import { limits } from "../../capacity/limits";
import { formatNumber, formatRate } from "../../capacity/text";

interface UnitRow {
    readonly counts: "bytes" | "records" | "shards";
    /** Bytes or records of 1. */
    readonly each: number;
    /** Of a whole period, not of a second. */
    readonly isSum?: true;
    /** Columns that are called so have it. */
    readonly names: RegExp;
}

/** `records/s`, `records_per_second`, `MiBps`; but not `records_per_shard`. */
function perSecond(counted: string): RegExp {
    return new RegExp(`^${counted}[ _]?(p|per|/)[ _]?s(ec(ond)?s?)?(?![a-z])`, "i");
}

/** `Mbps`, `kb/s`: bits. */
const ofBits = /^(write_?)?([MKk]b *[p/] *s|mbps)/;

export const traceUnits = {
    "mib-per-second": { counts: "bytes", each: limits.bytesPerMiB, names: perSecond("(write_?)?mi?b") },
    "kib-per-second": { counts: "bytes", each: limits.bytesPerKiB, names: perSecond("(write_?)?ki?b") },
    "bytes-per-second": { counts: "bytes", each: 1, names: perSecond("bytes") },
    "bytes-per-period": { counts: "bytes", each: 1, isSum: true, names: /^(incoming|put_?records?)?[._ ]?bytes$/i },
    "records-per-second": { counts: "records", each: 1, names: perSecond("(records|events)") },
    "records-per-period": { counts: "records", each: 1, isSum: true, names: /^(incoming)?[._ ]?(records|events)$/i },
    shards: { counts: "shards", each: 1, names: /^(load_?)?shards$/i },
} as const satisfies Record<string, UnitRow>;

export type TraceUnit = keyof typeof traceUnits;

export const traceUnitNames = Object.keys(traceUnits) as TraceUnit[];

/** By a name such as IncomingBytes; undefined where it tells nothing. */
export function unitOf(column: string): TraceUnit | undefined {
    if (ofBits.test(column)) return undefined;
    // recordsPerSecondMax is records_per_second_max.
    const name = column.replace(/(ps|[Ss]ec(?:onds?)?)(?=[A-Z])/, "$1_");
    return traceUnitNames.find((unit) => traceUnits[unit].names.test(name));
}

/** What a name leaves open, and how it was taken. @param rows how long they last, such as "60 s" */
export function takenUnitText(column: string, rows: string): string[] {
    const unit = unitOf(column);
    if (unit === undefined) return [];
    if (/[mk]b/i.test(column) && !/[mk]ib/i.test(column) && countedBy(unit) === "bytes") {
        const [read, bytes] = unit === "mib-per-second" ? ["MiB/s", limits.bytesPerMiB] : ["KiB/s", limits.bytesPerKiB];
        return [`${column} is taken as ${read}, of ${formatNumber(bytes)} bytes (--unit tells another).`];
    }
    if (!isOpenName(column)) return [];
    return [`${column} are taken as counted over a row's ${rows}, not in a second (--unit tells another).`];
}

/** What it counts may be of a second, or of a row. */
export function isOpenName(column: string): boolean {
    return /^(bytes|records|events)$/i.test(column);
}

/** MiB and records a second that load one shard to its limit. */
export interface ShardWorth {
    readonly miBPerSecond: number;
    readonly recordsPerSecond: number;
}

/**
 * The scarcer of bytes and records fills a shard, where the size of a record is told. Where it is not, a shard is full by what the unit counts, and
 * records are priced as of 1 KiB.
 *
 * @param recordKiB of records of which only bytes, only their number, or only the shards are known; undefined: not told
 */
export function shardWorth(unit: TraceUnit | undefined, recordKiB: number | undefined): ShardWorth {
    const kiB = recordKiB ?? recordKiBAssumed;
    const byBytes = limits.shardWriteBytesPerSecond / limits.bytesPerKiB / kiB;
    const isByBytesAlone = recordKiB === undefined && countedBy(unit) === "bytes";
    const recordsPerSecond = isByBytesAlone ? byBytes : Math.min(byBytes, limits.shardWriteRecordsPerSecond);
    return { recordsPerSecond, miBPerSecond: (recordsPerSecond * kiB * limits.bytesPerKiB) / limits.bytesPerMiB };
}

/** What the size of a record does, or would do where nobody tells it: a shard is full by bytes or by records. */
export function recordSizeText(unit: TraceUnit | undefined, recordKiB: number | undefined): string[] {
    const counts = countedBy(unit);
    if (counts === "shards") return [];
    if (recordKiB === undefined) {
        const what = counts === "bytes" ? "below" : "above";
        const then = counts === "bytes" ? "their number fills" : "their bytes fill";
        return [
            `Nothing tells the size of a record: ${recordKiBAssumed} KiB is taken for the price; ${what} ${evenKiB} KiB ${then} a shard first, which takes more shards (--record-kib).`,
        ];
    }
    const { miBPerSecond, recordsPerSecond } = shardWorth(unit, recordKiB);
    const records = `Records of ${formatRate(recordKiB)} KiB (--record-kib) fill a shard by their`;
    if (counts === "records" && recordsPerSecond < limits.shardWriteRecordsPerSecond)
        return [`${records} bytes first: it takes ${formatRate(recordsPerSecond)} of them a second.`];
    if (counts === "bytes" && miBPerSecond < limits.shardWriteMiBPerSecond)
        return [`${records} number first: it takes ${formatRate(miBPerSecond)} MiB of them a second.`];
    return [];
}

/** Records of this size fill a shard by bytes and by their number at once. */
const evenKiB = limits.shardWriteBytesPerSecond / limits.bytesPerKiB / limits.shardWriteRecordsPerSecond;

/** What records are priced as where nobody tells their size. */
export const recordKiBAssumed = 1;

function countedBy(unit: TraceUnit | undefined): UnitRow["counts"] {
    return unit === undefined ? "shards" : traceUnits[unit].counts;
}

/** Of a whole row, and not of a second of it. */
export function isSum(unit: TraceUnit | undefined): boolean {
    return unit !== undefined && "isSum" in traceUnits[unit];
}

/** Shards that 1 of the unit, in a second, loads to their limit. @param worth what one takes; default: AWS's limits */
export function shardsOfOne(unit: TraceUnit | undefined, worth: ShardWorth = shardLimits): number {
    if (unit === undefined) return 1;
    const row: UnitRow = traceUnits[unit];
    const limit = {
        bytes: worth.miBPerSecond * limits.bytesPerMiB,
        records: worth.recordsPerSecond,
        shards: 1,
    }[row.counts];
    return row.each / limit;
}

export const shardLimits: ShardWorth = {
    miBPerSecond: limits.shardWriteMiBPerSecond,
    recordsPerSecond: limits.shardWriteRecordsPerSecond,
};
