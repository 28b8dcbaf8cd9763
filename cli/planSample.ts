/**
 * What `plan --sample FILE` takes from a sample of partition keys: the requirements that say how unequal they are.
 */
import { uniformRing } from "../capacity/keys/hashRing";
import { KeyTally } from "../capacity/keys/sample";
import { keyRequirementsOf } from "../capacity/keys/sampleShares";
import { type Requirements } from "../capacity/requirements";
import { count } from "../capacity/text";
import { type CommandContext, UsageError } from "./command";
import { commandLine } from "./commandLine";
import { stdinName } from "./inputFile";
import { formatAfter, formatNamed } from "./keyRecords";
import { readKeys } from "./keySource";
import { type Converted } from "./records/open";

/** In fewer records chance makes keys look unequal, or as many as there are records. */
const recordsMin = 100;

export interface SampleFlags {
    readonly sample?: string;
    readonly column?: string;
    readonly weight?: string;
    readonly format?: string;
}

export interface PlanSample {
    readonly file: string;
    readonly records: number;
    /** Ctrl-C ended the reading: what was read until then counts. */
    readonly interrupted: boolean;
}

type KeyDeclaration = Pick<Requirements, "distinctKeys" | "heaviestKeyShares">;

/**
 * Reads the sample, where one is named: what it says about the keys, and about itself.
 *
 * @param flags all that the command got, so that it can be told again
 */
export async function readSample(
    flags: SampleFlags,
    { signal }: CommandContext,
): Promise<{ readonly sample?: PlanSample; readonly keys: KeyDeclaration }> {
    const { sample: file, column, weight } = flags;
    if (file === undefined) {
        const alone = (["column", "weight", "format"] as const).find((name) => flags[name] !== undefined);
        if (alone !== undefined) throw new UsageError(`--${alone} tells how to read a sample: name one with --sample.`);
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
    return { sample: { file, records: sample.records, interrupted }, keys: keyRequirementsOf(sample) };
}
