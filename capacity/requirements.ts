/**
 * What a team declares about its stream, and what makes such a declaration malformed.
 */
import { type Check, notYetKnown } from "./checks";
import { limits } from "./limits";
import { InvalidInputError, type Problem, problem } from "./problems";
import { closest, formatNumber } from "./text";

/**
 * The declared load of a stream at its peak. Plain numbers, with the unit in each name.
 *
 * @example { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, orderedLanes: 4 }
 */
export interface Requirements {
    /** MiB (1,048,576 bytes) that producers write per second at peak, partition keys included. Above 0; may be fractional. */
    readonly writeMiBPerSecond: number;
    /** Records that producers write per second at peak, over all partition keys. Above 0; may be fractional. */
    readonly recordsPerSecond: number;
    /** Partition keys that must progress side by side, each on a shard of its own: a lower bound on the shards. Whole, at least 1; default 1. */
    readonly orderedLanes?: number;
    /** Distinct partition keys that carry the load in equal parts. Whole, at least 1; default: so many that they do not matter. */
    readonly distinctKeys?: number;
    /** Share of the load that the hottest partition key carries, 0 to 1; default: no key stands out. */
    readonly hottestKeyShare?: number;
    /** Consumers that share the read throughput of each shard (GetRecords). Whole, 0 or more; default 1. */
    readonly sharedConsumers?: number;
    /** GetRecords calls per second that each shared consumer sends to each shard. Above 0; default 1. */
    readonly pollsPerSecondPerConsumer?: number;
    /** Consumers with enhanced fan-out, each with a read throughput of its own. Whole, 0 or more; default 0. */
    readonly fanOutConsumers?: number;
    /** How many times faster than writing each consumer can read, to catch up after an outage. At least 1; default 1. */
    readonly catchUpFactor?: number;
    /** The largest record, in KiB of data and partition key. Whole, 1 to 10,240; default 1,024. */
    readonly maxRecordKiB?: number;
    /** Spare capacity above the minimum, as a fraction of it. 0 to 10; default 0.2. */
    readonly headroom?: number;
}

export type RequirementName = keyof Requirements;

/** A Requirements object with each default filled in. `distinctKeys` and `hottestKeyShare` stay undefined where undeclared. */
export type CompleteRequirements = Required<Omit<Requirements, "distinctKeys" | "hottestKeyShare">> &
    Pick<Requirements, "distinctKeys" | "hottestKeyShare">;

/** What a requirement may be. Ceilings are far above any quota; they catch a value in the wrong unit, such as bytes for MiB. */
interface RequirementRow {
    readonly minimum: number;
    readonly maximum: number;
    /** The minimum itself is not allowed: a load of zero sizes nothing. */
    readonly aboveMinimum?: boolean;
    readonly whole?: boolean;
    readonly required?: boolean;
    readonly default?: number;
    /** What to do about a value out of range, in one sentence. */
    readonly fix: string;
}

export const requirementRows: Readonly<Record<RequirementName, RequirementRow>> = {
    writeMiBPerSecond: {
        minimum: 0,
        aboveMinimum: true,
        maximum: 100_000,
        required: true,
        fix: "Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes.",
    },
    recordsPerSecond: {
        minimum: 0,
        aboveMinimum: true,
        maximum: 100_000_000,
        required: true,
        fix: "Declare the records per second written at peak.",
    },
    orderedLanes: {
        minimum: 1,
        maximum: 100_000,
        whole: true,
        default: 1,
        fix: "Declare the number of keys that must progress side by side.",
    },
    distinctKeys: {
        minimum: 1,
        maximum: 100_000_000_000,
        whole: true,
        fix: "Declare the number of distinct partition keys; above 100,000,000,000 it makes no difference, so leave it out.",
    },
    hottestKeyShare: {
        minimum: 0,
        maximum: 1,
        fix: "Declare a fraction: 0.05 for a key that carries 5 % of the load.",
    },
    sharedConsumers: {
        minimum: 0,
        maximum: 1_000,
        whole: true,
        default: 1,
        fix: "Declare the number of consumers that read with GetRecords.",
    },
    pollsPerSecondPerConsumer: {
        minimum: 0,
        aboveMinimum: true,
        maximum: 1_000,
        default: 1,
        fix: "Declare how often a consumer polls each shard; the Kinesis Client Library polls once a second.",
    },
    fanOutConsumers: {
        minimum: 0,
        maximum: 1_000,
        whole: true,
        default: 0,
        fix: "Declare the number of consumers with enhanced fan-out.",
    },
    catchUpFactor: {
        minimum: 1,
        maximum: 100,
        default: 1,
        fix: "Declare 1 for consumers that only keep pace, 2 for consumers that read twice as fast as producers write.",
    },
    maxRecordKiB: {
        minimum: 1,
        maximum: limits.recordKiBMax,
        whole: true,
        default: limits.recordKiBDefaultMax,
        fix: "Store a larger payload in S3 and write its key, or split the record.",
    },
    headroom: {
        minimum: 0,
        maximum: 10,
        default: 0.2,
        fix: "Declare a fraction: 0.2 for 20 % more capacity than the minimum.",
    },
};

export const requirementNames = Object.keys(requirementRows) as RequirementName[];

/** Everything that is malformed about a declaration, in the order of the properties; empty if it can be sized. */
export function requirementProblems(requirements: unknown): Problem[] {
    if (typeof requirements !== "object" || requirements === null || Array.isArray(requirements)) {
        return [
            problem(
                "requirements",
                requirements,
                "an object",
                "Declare at least writeMiBPerSecond and recordsPerSecond.",
            ),
        ];
    }
    const declared = requirements as Record<string, unknown>;
    const problems = requirementNames.flatMap((name) => valueProblems(name, declared[name]));
    for (const name of Object.keys(declared)) {
        if (Object.hasOwn(requirementRows, name)) continue;
        problems.push(
            problem(
                name,
                declared[name],
                `one of ${requirementNames.join(", ")}`,
                `Did you mean ${closest(name, requirementNames)}?`,
            ),
        );
    }
    return problems;
}

/** The problems of requirements that are a property of something else, without those of values that are not known yet. */
export const requirementsCheck: Check = (path, value) =>
    requirementProblems(value)
        .filter((found) => found.value !== notYetKnown)
        .map(({ property, value: given, allowed, fix }) =>
            problem(property === "requirements" ? path : `${path}.${property}`, given, allowed, fix),
        );

function valueProblems(name: RequirementName, value: unknown): Problem[] {
    const row = requirementRows[name];
    if (value === undefined || value === null)
        return row.required ? [problem(name, undefined, allowedValues(name), row.fix)] : [];

    const fits =
        typeof value === "number" &&
        Number.isFinite(value) &&
        (row.aboveMinimum ? value > row.minimum : value >= row.minimum) &&
        value <= row.maximum &&
        (!row.whole || Number.isInteger(value));
    return fits ? [] : [problem(name, value, allowedValues(name), row.fix)];
}

/** The allowed values of a requirement in words: `a whole number from 1 to 100,000`. */
export function allowedValues(name: RequirementName): string {
    const row = requirementRows[name];
    const noun = row.whole ? "a whole number" : "a number";
    return row.aboveMinimum
        ? `${noun} above ${formatNumber(row.minimum)}, at most ${formatNumber(row.maximum)}`
        : `${noun} from ${formatNumber(row.minimum)} to ${formatNumber(row.maximum)}`;
}

/**
 * The declaration with every default filled in.
 *
 * @throws InvalidInputError with every problem at once
 */
export function completeRequirements(requirements: Requirements): CompleteRequirements {
    const problems = requirementProblems(requirements);
    if (problems.length > 0) throw new InvalidInputError("requirements", problems);
    const complete: Record<string, number> = {};
    for (const name of requirementNames) {
        const value = requirements[name] ?? requirementRows[name].default;
        if (value !== undefined) complete[name] = value;
    }
    return complete as unknown as CompleteRequirements;
}

/** The average record, in KiB of data and partition key, that a declared rate and count mean together. */
export function averageRecordKiB({ writeMiBPerSecond, recordsPerSecond }: CompleteRequirements): number {
    const kiB = (writeMiBPerSecond * limits.bytesPerMiB) / limits.bytesPerKiB / recordsPerSecond;
    // 0.9 MiB/s in 36.864 records/s are 25 KiB each, not 25.000000000000004, which would be billed as one unit more.
    return Number(kiB.toPrecision(12));
}
