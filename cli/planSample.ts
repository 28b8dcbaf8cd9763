/**
 * What `plan --sample FILE` takes from a sample of partition keys: the requirements that say how unequal they are.
 */
import { type Command } from "commander";
import { uniformRing } from "../capacity/keys/hashRing";
import { KeyTally } from "../capacity/keys/sample";
import { declaredKeysOf, type KeyRequirements } from "../capacity/keys/sampleShares";
import { type KeysAtOnce } from "../capacity/keys/timeKeys";
import { count } from "../capacity/text";
import { type CommandContext, UsageError } from "./command";
import { commandLine } from "./commandLine";
import { stdinName } from "./inputFile";
import { formatAfter, formatNamed, keyFormats } from "./keyRecords";
import { readKeys } from "./keySource";
import { keyCount } from "./quantities";
import { type Converted } from "./records/open";

/** In fewer records chance makes keys look unequal, or as many as there are records. */
const recordsMin = 100;

export interface SampleFlags {
    readonly sample?: string;
    readonly column?: string;
    readonly weight?: string;
    readonly format?: string;
    readonly keysAtOnce?: number;
}

/** The options that only mean something beside --sample. */
const besideSample = {
    column: "--column",
    weight: "--weight",
    format: "--format",
    keysAtOnce: "--keys-at-once",
} as const satisfies Record<keyof Omit<SampleFlags, "sample">, string>;

export interface PlanSample extends KeysAtOnce {
    readonly file: string;
    readonly records: number;
    /** Ctrl-C ended the reading: what was read until then counts. */
    readonly interrupted: boolean;
}

export function withSampleOptions(command: Command): Command {
    return command
        .option("--sample <file>", "take the keys from a file: one a line, CSV or NDJSON, also gzipped; - for stdin")
        .option("--column <name>", "CSV column or JSON field of the partition key in the sample")
        .option("--weight <name>", "column or field to weigh the sample's records by, such as their bytes")
        .option("--format <format>", `of the sample: ${keyFormats.join(", ")}; by default as the file looks`)
        .option(
            "--keys-at-once <number>",
            "keys of the sample that are written to at one moment, where their looks do not tell",
            keyCount,
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
        const alone = (Object.keys(besideSample) as (keyof typeof besideSample)[]).find(
            (name) => flags[name] !== undefined,
        );
        if (alone !== undefined)
            throw new UsageError(`${besideSample[alone]} tells how to read a sample: name one with --sample.`);
        return { keys: {} };
    }
    const tally = new KeyTally(uniformRing(1));
    const again = (converted: Converted) =>
        commandLine(["plan"], { ...flags, sample: stdinName, format: formatAfter(converted, { ...flags, file }) });
    const source = { file, column, weight, format: formatNamed(flags.format), again };
    const { interrupted } = await readKeys(source, tally, () => undefined, process.stdin, signal);
    const sample = tally.sample();
    if (sample.records < recordsMin || sample.weight <= 0) {
        throw new UsageError(
            `${file === "-" ? "stdin" : file} has ${count(sample.records, "record")} with a partition key: take a sample of at least ${recordsMin}, since fewer do not tell how heavy keys are.`,
        );
    }
    const { requirements, keysAtOnce, timeKey } = declaredKeysOf(sample, flags.keysAtOnce);
    return {
        sample: {
            file,
            records: sample.records,
            interrupted,
            ...(keysAtOnce !== undefined && { keysAtOnce }),
            ...(timeKey !== undefined && { timeKey }),
        },
        keys: requirements,
    };
}
