/**
 * What a team declares about its stream, and what makes such a declaration malformed.
 */
import { type Check, isGiven, isRecord, notYetKnown, unknownProblems } from "./checks";
import { limits } from "./limits";
import { type Problem, problem, refuse } from "./problems";
import { allowedValues, isAllowed, type NumberRow, type Row } from "./requirementRow";
import { type RecordSize, recordSizeList, recordSizeProblems, shareList, shareProblems } from "./requirementLists";
import { formatNumber } from "./text";

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
    /** Partition keys that must progress side by side, each on a shard of its own: a lower bound on the shards. Whole, at least 1, no more than `distinctKeys` where no `heaviestKeyShares` are measured; default 1. */
    readonly orderedLanes?: number;
    /** Distinct partition keys that carry the load in equal parts. Whole, at least 1; default: so many that they do not matter. */
    readonly distinctKeys?: number;
    /** Share of the load that the hottest partition key carries, 0 to 1; default: no key stands out. Not beside `heaviestKeyShares`. */
    readonly hottestKeyShare?: number;
    /**
     * Measured skew: the shares of the load that the heaviest partition keys carry, each above 0, at most 1 together and at most 100 of them.
     * The other `distinctKeys` carry the rest in equal parts. Default: not measured.
     */
    readonly heaviestKeyShares?: number[];
    /** Whether producers place their keys, and so their lanes, by ExplicitHashKey, as evenly over the shards as they can. Default: false. */
    readonly explicitHashKeys?: boolean;
    /**
     * How many times the shards of the load itself few or hot keys may ask for. 1 to 100; default 2. Keys that need more do not raise the count:
     * they are an error.
     */
    readonly keysMayRaiseShards?: number;
    /** Consumers that share the read throughput of each shard (GetRecords). Whole, 0 or more; default 1. */
    readonly sharedConsumers?: number;
    /** GetRecords calls per second that each shared consumer sends to each shard. Above 0; default 1. */
    readonly pollsPerSecondPerConsumer?: number;
    /** Consumers with enhanced fan-out, each with a read throughput of its own; those that a ShardedStream registers count in any case. Whole, 0 or more; default 0. */
    readonly fanOutConsumers?: number;
    /** How many times faster than writing each consumer can read, to catch up after an outage. At least 1; default 1. */
    readonly catchUpFactor?: number;
    /** The longest that consumers may be down, in hours: records must outlive that and the catching up after it. Above 0, at most 8,760; default: not declared. */
    readonly consumerOutageHours?: number;
    /** The largest record, in KiB of data and partition key. Whole, 1 to 10,240; default 1,024. */
    readonly maxRecordKiB?: number;
    /**
     * How the sizes of the records are mixed, which decides the price alone: on-demand rounds each record up to the KiB, PUT payload units to
     * 25 KiB. The shares of the records are 1 together. Default: all records are of one size.
     */
    readonly recordSizes?: RecordSize[];
    /** Spare capacity above the minimum, as a fraction of it. 0 to 10; default 0.2. */
    readonly headroom?: number;
}

/** The name of a requirement. */
export type RequirementName = keyof Requirements;

/** What a team may know about its partition keys, records and consumers, or leave undeclared. */
export type OpenRequirement =
    | "distinctKeys"
    | "hottestKeyShare"
    | "heaviestKeyShares"
    | "consumerOutageHours"
    | "recordSizes";

/** A Requirements object with each default filled in. What has no default and is not declared stays undefined. */
export type CompleteRequirements = Required<Omit<Requirements, OpenRequirement>> & Pick<Requirements, OpenRequirement>;

export type RequirementRow = Row<RequirementName>;

const number = (row: Omit<NumberRow<RequirementName>, "kind">): NumberRow<RequirementName> => ({
    kind: "number",
    ...row,
});

export const requirementRows = {
    writeMiBPerSecond: number({
        minimum: 0,
        aboveMinimum: true,
        maximum: 100_000,
        required: true,
        fix: "Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes.",
    }),
    recordsPerSecond: number({
        minimum: 0,
        aboveMinimum: true,
        maximum: 100_000_000,
        required: true,
        fix: "Declare the records per second written at peak.",
    }),
    orderedLanes: number({
        minimum: 1,
        maximum: 100_000,
        whole: true,
        default: 1,
        partOf: {
            all: "distinctKeys",
            // Measured keys are as many as spread like them, of which there may be more.
            unless: "heaviestKeyShares",
            fix: "Each lane is a partition key of its own: declare at least as many distinctKeys, or fewer lanes.",
        },
        fix: "Declare the number of keys that must progress side by side.",
    }),
    distinctKeys: number({
        minimum: 1,
        maximum: 100_000_000_000,
        whole: true,
        fix: "Declare the number of distinct partition keys; above 100,000,000,000 it makes no difference, so leave it out.",
    }),
    hottestKeyShare: number({
        minimum: 0,
        maximum: 1,
        fix: "Declare a fraction: 0.05 for a key that carries 5 % of the load.",
    }),
    heaviestKeyShares: { kind: "list", problems: shareProblems, ...shareList },
    explicitHashKeys: {
        kind: "flag",
        default: false,
        fix: "Declare true where producers send an ExplicitHashKey with each record.",
    },
    keysMayRaiseShards: number({
        minimum: 1,
        maximum: 100,
        default: 2,
        fix: "Declare 2 for keys that may ask for twice the shards of the load, 1 for keys that may not ask for any.",
    }),
    sharedConsumers: number({
        minimum: 0,
        maximum: 1_000,
        whole: true,
        default: 1,
        fix: "Declare the number of consumers that read with GetRecords.",
    }),
    pollsPerSecondPerConsumer: number({
        minimum: 0,
        aboveMinimum: true,
        maximum: 1_000,
        default: 1,
        fix: "Declare how often a consumer polls each shard; the Kinesis Client Library polls once a second.",
    }),
    fanOutConsumers: number({
        minimum: 0,
        maximum: 1_000,
        whole: true,
        default: 0,
        fix: "Declare the number of consumers with enhanced fan-out.",
    }),
    catchUpFactor: number({
        minimum: 1,
        maximum: 100,
        default: 1,
        fix: "Declare 1 for consumers that only keep pace, 2 for consumers that read twice as fast as producers write.",
    }),
    consumerOutageHours: number({
        minimum: 0,
        aboveMinimum: true,
        maximum: limits.retentionHoursMax,
        fix: "Declare the hours that consumers may be down: a night is 12, a weekend 64.",
    }),
    maxRecordKiB: number({
        minimum: 1,
        maximum: limits.recordKiBMax,
        whole: true,
        default: limits.recordKiBDefaultMax,
        fix: "Store a larger payload in S3 and write its key, or split the record.",
    }),
    recordSizes: { kind: "list", problems: recordSizeProblems, ...recordSizeList },
    headroom: number({
        minimum: 0,
        maximum: 10,
        default: 0.2,
        fix: "Declare a fraction: 0.2 for 20 % more capacity than the minimum.",
    }),
} as const satisfies Readonly<Record<RequirementName, RequirementRow>>;

const requirementNames = Object.keys(requirementRows) as RequirementName[];

/** Everything that is malformed about a declaration, in the order of the properties; empty if it can be sized. */
export function requirementProblems(requirements: unknown): Problem[] {
    if (!isRecord(requirements)) {
        return [
            problem(
                "requirements",
                requirements,
                "an object",
                "Declare at least writeMiBPerSecond and recordsPerSecond.",
            ),
        ];
    }
    return [
        ...requirementNames.flatMap((name) => valueProblems(name, requirements[name], requirements)),
        ...unknownProblems(requirementNames, requirements),
    ];
}

/** The problems of requirements that are a property of something else, without those of values that are not known yet. */
export const requirementsCheck: Check = (path, value) =>
    requirementProblems(value)
        .filter((found) => found.value !== notYetKnown)
        .map(({ property, value: given, allowed, fix }) =>
            problem(property === "requirements" ? path : `${path}.${property}`, given, allowed, fix),
        );

/** What one requirement may be, where it stands by itself under another name. */
export function requirementCheck(name: RequirementName, otherFix?: string): Check {
    return (property, value) =>
        valueProblems(name, value, {}).map(({ value: given, allowed, fix }) =>
            problem(property, given, allowed, otherFix ?? fix),
        );
}

/** The requirements of a stream that registers so many consumers: each reads with enhanced fan-out, declared or not. */
export function withRegistered<T extends Pick<Requirements, "fanOutConsumers">>(
    requirements: T,
    registered: number,
): T {
    const declared = requirements.fanOutConsumers ?? 0;
    // One that is malformed stays, to be refused as what it is.
    return declared >= 0 && declared < registered ? { ...requirements, fanOutConsumers: registered } : requirements;
}

function valueProblems(name: RequirementName, value: unknown, declared: Record<string, unknown>): Problem[] {
    const row: RequirementRow = requirementRows[name];
    if (!isGiven(value))
        return row.kind === "number" && row.required ? [problem(name, undefined, allowedValues(row), row.fix)] : [];
    if (row.kind === "list") return Array.isArray(value) ? row.problems(name, value, declared) : notAllowed();
    if (row.kind === "flag") return typeof value === "boolean" ? [] : notAllowed();
    return isAllowed(row, value) ? partProblems(name, value, row, declared) : notAllowed();

    function notAllowed(): Problem[] {
        return [problem(name, value, allowedValues(row), row.fix)];
    }
}

function isDeclared(value: unknown): boolean {
    return Array.isArray(value) ? value.length > 0 : isGiven(value);
}

/** Where the other is malformed itself, that is the problem. */
function partProblems(
    name: RequirementName,
    value: number,
    { partOf }: NumberRow<RequirementName>,
    declared: Record<string, unknown>,
): Problem[] {
    if (partOf === undefined || isDeclared(declared[partOf.unless])) return [];
    const [row, all]: [RequirementRow, unknown] = [requirementRows[partOf.all], declared[partOf.all]];
    if (row.kind !== "number" || !isAllowed(row, all) || value <= all) return [];
    return [problem(name, value, `no more than the ${formatNumber(all)} ${partOf.all}`, partOf.fix)];
}

/**
 * The declaration with every default filled in.
 *
 * @throws InvalidInputError with every problem at once
 */
export function completeRequirements(requirements: Requirements): CompleteRequirements {
    refuse("requirements", requirementProblems(requirements));
    const complete: Record<string, Requirements[RequirementName]> = {};
    for (const name of requirementNames) {
        const row: RequirementRow = requirementRows[name];
        const value = requirements[name] ?? (row.kind === "list" ? undefined : row.default);
        if (value !== undefined) complete[name] = value;
    }
    return complete as unknown as CompleteRequirements;
}
