/**
 * What `plan --sample FILE` takes from a sample of partition keys: the requirements that say how unequal they are.
 */
import { uniformRing } from "../capacity/keys/hashRing";
import { KeyTally } from "../capacity/keys/sample";
import { keyRequirementsOf } from "../capacity/keys/sampleShares";
import { type Requirements } from "../capacity/requirements";
import { count } from "../capacity/text";
import { type CommandContext, UsageError } from "./command";
import { type KeyFormat, keyFormats } from "./keyRecords";
import { readKeys } from "./keySource";

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

/** Reads the sample, where one is named: what it says about the keys, and about itself. */
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
    const again = "sharded-stream plan --sample -";
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

function formatNamed(format: string | undefined): KeyFormat | undefined {
    const found = keyFormats.find((name) => name === format);
    if (format !== undefined && found === undefined)
        throw new UsageError(`--format: there is no ${JSON.stringify(format)}; there are ${keyFormats.join(", ")}.`);
    return found;
}
