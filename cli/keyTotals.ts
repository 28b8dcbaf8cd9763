/**
 * Whether a file of keys is a sample of records, or the whole: a row for each key with its total. Both look alike, so the user says which.
 */
import { isEachKeyOnce } from "../capacity/keys/evidence";
import { type KeySample, type KeyTally, wholeOf } from "../capacity/keys/sample";
import { UsageError } from "./command";

interface TotalsFlags {
    readonly weight?: string;
    readonly minRecords?: number;
}

/** What was counted: the whole where one record is said to be enough, and has a weight. */
export function sampleOf(tally: KeyTally, { weight, minRecords }: TotalsFlags): KeySample {
    const sample = tally.sample();
    return weight !== undefined && minRecords === 1 ? wholeOf(sample) : sample;
}

/** How the file was taken, where it could be the other. */
export function takenAs(sample: KeySample, { weight }: TotalsFlags): string | undefined {
    if (sample.isWhole)
        return "Taken as the whole, and not as a sample (--min-records 1): each row is the total of its key.";
    if (weight === undefined || !isEachKeyOnce(sample)) return undefined;
    return `Each key came once: taken as a sample of more keys than these. ${totalsHint}`;
}

export const totalsHint = "Where each row is the total of its key, the file is the whole: say so with --min-records 1.";

/** @throws UsageError where no record of a file weighs anything */
export function refuseNoLoad({ records, weight }: KeySample, name: string): void {
    if (records > 0 && weight <= 0) throw new UsageError(`${name} has no load: the weights of all records are 0.`);
}
