/**
 * The requirements that are lists, and what may be in them: the shares of the heaviest keys, and the sizes of the records.
 */
import { isGiven, isRecord } from "./checks";
import { limits } from "./limits";
import { type Problem, problem } from "./problems";
import { sum } from "./sums";
import { formatNumber, formatRate } from "./text";

/** The problems of a list, beside what else is declared. */
export type ListCheck = (name: string, list: unknown[], declared: Readonly<Record<string, unknown>>) => Problem[];

/** Records of one size, and how many of all they are. */
export interface RecordSize {
    /** Size in KiB of data and partition key. Above 0, at most 10,240; may be fractional. */
    readonly sizeKiB: number;
    /** Share of the records, not of the bytes, that have this size. Above 0, at most 1. */
    readonly share: number;
}

const sharesMax = 100;

/** Shares that were rounded may be a little more than all together, or less. */
const roundedOff = 0.001;

/** Each share may have been rounded to a percent, by half of one at most. */
const roundedToPercent = 0.005;

const allKeysFix = "Declare the shares of all keys, or in distinctKeys the other keys too.";

export const shareList = {
    entries: "shares",
    most: sharesMax,
    allowed: `at most ${sharesMax} numbers above 0 that are at most 1 together`,
    fix: "Declare fractions, such as [0.12, 0.05]; `sharded-stream keys analyze FILE` measures them.",
} as const;

const shareAllowed = "a number above 0, at most 1";

/** Each share that is none, or what they cannot be together, or beside the other requirements about keys. */
export const shareProblems: ListCheck = (name, shares, declared) => {
    const { allowed, fix } = shareList;
    const wrong = shares.flatMap((value, index) =>
        isShare(value) ? [] : [problem(`${name}[${index}]`, value, shareAllowed, fix)],
    );
    if (wrong.length > 0) return wrong;
    if (shares.length > sharesMax || sum(shares as number[]) > 1 + roundedOff)
        return [problem(name, shares, allowed, fix)];
    const { distinctKeys: keys } = declared;
    if (typeof keys === "number" && keys < shares.length)
        return [problem(name, shares, `no more shares than the ${formatNumber(keys)} distinctKeys`, fix)];
    if (keys === shares.length && sum(shares as number[]) < 1 - roundedToPercent * keys) {
        return [
            problem(name, shares, `shares that are 1 together, of all ${formatNumber(keys)} distinctKeys`, allKeysFix),
        ];
    }
    if (!isGiven(declared.hottestKeyShare)) return [];
    return [
        problem(name, shares, "without hottestKeyShare beside it", "Remove hottestKeyShare: the first share is its."),
    ];
};

const sizesMax = 100;

/** How far the mean of a mix may be from the mean that rate and count tell, as a part of it: sizes may be those of a histogram's bars. */
const meanOff = 0.25;

export const recordSizeList = {
    entries: "sizes",
    most: sizesMax,
    allowed: `1 to ${sizesMax} sizes whose shares are 1 together`,
    fix: "Declare sizes and shares of the records, such as [{ sizeKiB: 0.2, share: 0.5 }, { sizeKiB: 1.8, share: 0.5 }], or leave it out.",
} as const;

/** Each size or share that is none, or what they cannot be together, or beside the largest record and the declared load. */
export const recordSizeProblems: ListCheck = (name, sizes, declared) => {
    const { allowed, fix } = recordSizeList;
    const largestKiB = largestRecordKiB(declared.maxRecordKiB ?? undefined);
    const wrong = sizes.flatMap((entry, index) => entryProblems(`${name}[${index}]`, entry, largestKiB));
    if (wrong.length > 0) return wrong;
    const mix = sizes as RecordSize[];
    if (mix.length === 0 || mix.length > sizesMax || Math.abs(sum(mix.map(({ share }) => share)) - 1) > roundedOff)
        return [problem(name, sizes, allowed, fix)];
    const { writeMiBPerSecond, recordsPerSecond } = declared;
    if (!isAboveNone(writeMiBPerSecond) || !isAboveNone(recordsPerSecond)) return [];
    const declaredKiB = averageRecordKiB({ writeMiBPerSecond, recordsPerSecond });
    const mixedKiB = perRecord(mix, (sizeKiB) => sizeKiB);
    if (Math.abs(mixedKiB - declaredKiB) <= meanOff * declaredKiB) return [];
    return [
        problem(
            name,
            sizes,
            `sizes of ${formatRate(declaredKiB)} KiB on average, as writeMiBPerSecond and recordsPerSecond tell, within ${meanOff * 100} %`,
            `These are ${formatRate(mixedKiB)} KiB on average: correct the sizes (in KiB), their shares (of the records), or the load.`,
        ),
    ];
};

/** The largest record that the stream accepts; one that is malformed or not known yet limits nothing. */
function largestRecordKiB(declared: unknown): number {
    if (declared === undefined) return limits.recordKiBDefaultMax;
    return isAboveNone(declared) ? Math.min(declared, limits.recordKiBMax) : limits.recordKiBMax;
}

function entryProblems(path: string, entry: unknown, largestKiB: number): Problem[] {
    const { fix } = recordSizeList;
    if (!isRecord(entry)) return [problem(path, entry, "an object of sizeKiB and share", fix)];
    const { sizeKiB, share, ...others } = entry;
    const sizeAllowed = `a number above 0, at most the ${formatNumber(largestKiB)} of maxRecordKiB`;
    return [
        ...(isAboveNone(sizeKiB) && sizeKiB <= largestKiB
            ? []
            : [problem(`${path}.sizeKiB`, sizeKiB, sizeAllowed, fix)]),
        ...(isShare(share) ? [] : [problem(`${path}.share`, share, shareAllowed, fix)]),
        ...Object.entries(others)
            .filter(([, value]) => value !== undefined)
            .map(([other, value]) => problem(`${path}.${other}`, value, "one of sizeKiB, share", fix)),
    ];
}

/** The average record, in KiB of data and partition key, that a declared rate and count mean together. */
export function averageRecordKiB(load: {
    readonly writeMiBPerSecond: number;
    readonly recordsPerSecond: number;
}): number {
    return sizeAsMeant((load.writeMiBPerSecond * limits.bytesPerMiB) / limits.bytesPerKiB / load.recordsPerSecond);
}

/** A byte more of the largest record shows in as many; what sums of a year of minutes are off by does not. */
const sizeDigits = 9;

/** 0.9 MiB/s in 36.864 records/s are 25 KiB each, and 100 * 1.1 is 110: not 25.000000000000004 and 110.00000000000001, billed as one unit more. */
function sizeAsMeant(kiB: number): number {
    return Number(kiB.toPrecision(sizeDigits));
}

/**
 * How many units of so many KiB an average record is billed as, each record rounded up: 1.5 for half 0.2 KiB and half 1.8 KiB in units of
 * 1 KiB, though their mean is 1 KiB.
 */
export function billedUnitsPerRecord(
    load: {
        readonly writeMiBPerSecond: number;
        readonly recordsPerSecond: number;
        readonly recordSizes?: readonly RecordSize[] | undefined;
    },
    unitKiB: number,
): number {
    const mix = load.recordSizes ?? [{ sizeKiB: averageRecordKiB(load), share: 1 }];
    return perRecord(mix, (sizeKiB) => Math.ceil(sizeAsMeant(sizeKiB) / unitKiB));
}

/** The mean over all records of what a record of each size has; shares that were rounded are taken as all. */
function perRecord(mix: readonly RecordSize[], of: (sizeKiB: number) => number): number {
    return sum(mix.map(({ sizeKiB, share }) => share * of(sizeKiB))) / sum(mix.map(({ share }) => share));
}

function isShare(value: unknown): value is number {
    return isAboveNone(value) && value <= 1;
}

function isAboveNone(value: unknown): value is number {
    return typeof value === "number" && value > 0 && value < Infinity;
}
