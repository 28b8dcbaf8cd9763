/**
 * What `plan --sample FILE` takes from a sample of partition keys: the requirements that say how unequal they are.
 */
import { type Command } from "commander";
import { unreadDoubt } from "../capacity/keys/doubt";
import { effectiveRecords, isEachKeyOnce } from "../capacity/keys/evidence";
import { uniformRing } from "../capacity/keys/hashRing";
import { type KeySample, KeyTally } from "../capacity/keys/sample";
import { declaredKeysOf, type KeyRequirements } from "../capacity/keys/sampleShares";
import { type KeysAtOnce } from "../capacity/keys/timeKeys";
import { count, formatNumber } from "../capacity/text";
import { type CommandContext, UsageError, wholeNumber } from "./command";
import { commandLine } from "./commandLine";
import { inputWords, stdinName } from "./inputFile";
import { type BadLine, formatAfter, formatNamed, keyFormats, keyForms, lineWords } from "./keyRecords";
import { type KeyReading, readKeys } from "./keySource";
import { keyCount } from "./quantities";
import { type Converted } from "./records/open";
import { refuseNoLoad, sampleOf, takenAs, totalsHint } from "./keyTotals";

/** In fewer records chance makes keys look unequal, or as many as there are records. */
const recordsMin = 100;

export interface SampleFlags {
    readonly sample?: string;
    readonly column?: string;
    readonly weight?: string;
    readonly format?: string;
    readonly keysAtOnce?: number;
    readonly minRecords?: number;
}

/** The options that only mean something beside --sample. */
const besideSample = {
    column: "--column",
    weight: "--weight",
    format: "--format",
    keysAtOnce: "--keys-at-once",
    minRecords: "--min-records",
} as const satisfies Record<keyof Omit<SampleFlags, "sample">, string>;

export interface PlanSample extends KeysAtOnce {
    readonly file: string;
    readonly records: number;
    /** Lines without a record that can be read; absent where there is none. */
    readonly badLines?: number;
    readonly firstBadLines?: readonly BadLine[];
    /** Ctrl-C ended the reading: what was read until then counts. */
    readonly interrupted: boolean;
    /** The records are the totals of all keys, and no sample of them. */
    readonly whole?: true;
    /** How the file was taken, where that is a question. */
    readonly note?: string;
}

export function withSampleOptions(command: Command): Command {
    return command
        .option("--sample <file>", `take the keys from a file: ${keyForms}`)
        .option("--column <name>", "CSV column or JSON field of the partition key in the sample")
        .option("--weight <name>", "column or field to weigh the sample's records by, such as their bytes")
        .option("--format <format>", `of the sample: ${keyFormats.join(", ")}; by default as the file looks`)
        .option(
            "--keys-at-once <number>",
            "keys of the sample that are written to at one moment, where their looks do not tell",
            keyCount,
        )
        .option(
            "--min-records <number>",
            `records that a sample needs (default ${recordsMin}); 1 beside --weight: the file is the whole, a row is the total of its key`,
            wholeNumber(1),
        );
}

/**
 * Reads the sample, where one is named: what it says about the keys, and about itself.
 *
 * @param flags all that the command got, so that it can be told again
 */
export async function readSample(
    flags: SampleFlags,
    { signal }: CommandContext,
): Promise<{ readonly sample?: PlanSample; readonly keys: Partial<KeyRequirements> }> {
    const { sample: file, column, weight } = flags;
    if (file === undefined) {
        refuseWithoutSample(flags);
        return { keys: {} };
    }
    const tally = new KeyTally(uniformRing(1));
    const again = (converted: Converted) =>
        commandLine(["plan"], { ...flags, sample: stdinName, format: formatAfter(converted, { ...flags, file }) });
    const source = { file, column, weight, format: formatNamed(flags.format), again };
    const reading = await readKeys(source, tally, () => undefined, process.stdin, signal);
    const sample = sampleOf(tally, flags);
    const name = inputWords(file);
    refuseUnread(sample, name, reading);
    refuseSmall(sample, name, flags);
    const { badLines, firstBadLines, interrupted } = reading;
    const note = takenAs(sample, flags);
    const { requirements, keysAtOnce, timeKey } = declaredKeysOf(sample, flags.keysAtOnce);
    return {
        sample: {
            file,
            records: sample.records,
            ...(badLines > 0 && { badLines, firstBadLines }),
            interrupted,
            ...(sample.isWhole && { whole: true }),
            ...(note !== undefined && { note }),
            ...(keysAtOnce !== undefined && { keysAtOnce }),
            ...(timeKey !== undefined && { timeKey }),
        },
        keys: requirements,
    };
}

/** @throws UsageError where a flag tells how to read a sample, and none is named */
function refuseWithoutSample(flags: SampleFlags): void {
    const names = Object.keys(besideSample) as (keyof typeof besideSample)[];
    const alone = names.find((name) => flags[name] !== undefined);
    if (alone !== undefined)
        throw new UsageError(`${besideSample[alone]} tells how to read a sample: name one with --sample.`);
}

/** @throws UsageError where most of the file could not be read */
function refuseUnread({ records }: KeySample, name: string, { badLines, firstBadLines: [first] }: KeyReading): void {
    const doubt = unreadDoubt(records, badLines);
    if (doubt === undefined) return;
    throw new UsageError(`${name}: ${doubt.message} The first is ${lineWords(first!)}. ${doubt.recommendation}`);
}

/** @throws UsageError where a sample does not tell how heavy keys are */
function refuseSmall(sample: KeySample, name: string, { weight, minRecords: needed = recordsMin }: SampleFlags): void {
    const { records } = sample;
    if (records < needed) {
        const hint = weight !== undefined && isEachKeyOnce(sample) ? ` ${totalsHint}` : "";
        throw new UsageError(
            `${name} has ${count(records, "record")} with a partition key: take a sample of at least ${formatNumber(needed)}, since fewer do not tell how heavy keys are.${hint}`,
        );
    }
    refuseNoLoad(sample, name);
    const asMany = Math.round(effectiveRecords(sample));
    if (asMany < needed) {
        throw new UsageError(
            `${name} has ${count(records, "record")} of so unequal weight that they tell no more than ${formatNumber(asMany)} of equal weight, and ${formatNumber(needed)} are needed: take a larger sample. ${totalsHint}`,
        );
    }
}
