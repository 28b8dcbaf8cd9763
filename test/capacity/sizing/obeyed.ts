/** Reads what a fix says as a person does: each change of the declaration that it names by a number, or by a name. */
import { type Requirements } from "../../../capacity/requirements";

export interface Obeyed {
    readonly clause: string;
    readonly requirements: Requirements;
    /** What is promised: the finding is gone, or the keys ask for no shard beyond the load's. */
    readonly promise: "mended" | "free";
}

const numberOf = (text: string) => Number(text.replaceAll(",", ""));
const listOf = (text: string) => text.split(/, (?=\d+,? |\d+$)| and |, /).map(numberOf);

/** Each pattern with the changes that it means; `free` is what stands in brackets. */
const clauses: readonly [RegExp, (declared: Requirements, number: string, alike?: string) => Requirements][] = [
    [
        /partition key with (?<number>[\d,]+) or more distinct values(?<alike> of about equal weight)?(?: \((?<free>[\d,]+) for no more)?/,
        (declared, number, alike) => ({
            ...declared,
            ...(alike !== undefined && { hottestKeyShare: undefined!, heaviestKeyShares: undefined! }),
            distinctKeys: numberOf(number),
        }),
    ],
    [
        /lower its share to (?<number>[\d.]+) %(?: \((?<free>[\d.]+) % for no more)?/,
        (declared, number) => ({ ...declared, hottestKeyShare: Number((numberOf(number) / 100).toPrecision(12)) }),
    ],
    [
        /by suffixes \(key-0, key-1, \.\.\.\) over at least (?<number>[\d, and]+) keys(?: \((?<free>[\d, and]+) for no more)?/,
        (declared, number) => salted(declared, listOf(number)),
    ],
    [/declare explicitHashKeys/, (declared) => ({ ...declared, explicitHashKeys: true })],
    [
        /poll at most (?<number>[\d.,]+) times/i,
        (declared, number) => ({ ...declared, pollsPerSecondPerConsumer: numberOf(number) }),
    ],
    [
        /move (?<number>[\d,]+) consumers? to enhanced fan-out/i,
        (declared, number) => ({
            ...declared,
            sharedConsumers: (declared.sharedConsumers ?? 1) - numberOf(number),
            fanOutConsumers: (declared.fanOutConsumers ?? 0) + numberOf(number),
        }),
    ],
    [
        /over at least (?<number>[\d.,]+) records\/s/,
        (declared, number) => ({ ...declared, recordsPerSecond: numberOf(number) }),
    ],
    [
        /declare maxRecordKiB (?<number>[\d,]+)/i,
        (declared, number) => ({ ...declared, maxRecordKiB: numberOf(number) }),
    ],
    [/register at most (?<number>[\d,]+)/i, (declared, number) => ({ ...declared, fanOutConsumers: numberOf(number) })],
];

export function obeyed(declared: Requirements, fix: string): Obeyed[] {
    return clauses.flatMap(([pattern, change]): Obeyed[] => {
        const match = pattern.exec(fix);
        if (match === null) return [];
        const { number = "", free, alike } = match.groups ?? {};
        const once = { clause: match[0], requirements: change(declared, number, alike), promise: "mended" } as const;
        return free === undefined
            ? [once]
            : [once, { clause: match[0], requirements: change(declared, free, alike), promise: "free" }];
    });
}

/** Keys that are salted are so many keys in the place of one. */
function salted(declared: Requirements, parts: readonly number[]): Requirements {
    const shares = [...(declared.heaviestKeyShares ?? [declared.hottestKeyShare!])].sort((left, right) => right - left);
    const after = shares.flatMap((share, index) => {
        const keys = parts[index] ?? 1;
        return new Array<number>(keys).fill(share / keys);
    });
    const { distinctKeys } = declared;
    return {
        ...declared,
        hottestKeyShare: undefined!,
        heaviestKeyShares: after,
        ...(distinctKeys !== undefined && { distinctKeys: distinctKeys + after.length - shares.length }),
    };
}

/** Lanes are keys: of so many lanes there are at least as many keys. */
export function withKeysForLanes<T extends Pick<Requirements, "orderedLanes" | "distinctKeys">>(declared: T): T {
    const { orderedLanes = 1, distinctKeys } = declared;
    return distinctKeys === undefined ? declared : { ...declared, distinctKeys: Math.max(distinctKeys, orderedLanes) };
}
