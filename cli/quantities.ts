/**
 * What a number on the command line may be: each quantity once, whichever command takes it.
 */
import { limits } from "../capacity/limits";
import { InvalidInputError, problem, refuse } from "../capacity/problems";
import { requirementCheck, type RequirementName, requirementRows } from "../capacity/requirements";
import { formatNumber } from "../capacity/text";
import { wholeNumber } from "./command";

/** Shards of a stream. */
export const shardCount = wholeNumber(1, limits.updateShardCountTargetMax);

/** Different partition keys. */
export const keyCount = wholeNumber(1, requirementRows.distinctKeys.maximum);

interface RequirementOption {
    readonly flag: string;
    readonly name: RequirementName;
    /** Undefined where it was not given. */
    readonly value: unknown;
    /** What to do about a value out of range, where that is not to declare another one. */
    readonly fix?: string;
}

/** @throws InvalidInputError with everything that is no such requirement */
export function checkRequirements(command: string, options: readonly RequirementOption[]): void {
    const problems = options.flatMap(({ flag, name, value, fix }) =>
        value === undefined ? [] : requirementCheck(name, fix)(flag, value),
    );
    refuse(command, problems);
}

/** @throws InvalidInputError where the fewest shards of a scaler are more than the most */
export function checkShardRange(command: string, minShards: number, maxShards: number): void {
    if (minShards <= maxShards) return;
    const fix = "Lower --min, or raise --max.";
    throw new InvalidInputError(command, [
        problem("--min", minShards, `at most --max, ${formatNumber(maxShards)}`, fix),
    ]);
}
