/**
 * What a requirement may be: a number in a range, a flag, or a list of which its own check says what may be in it.
 */
import { type ListCheck } from "./requirementLists";
import { formatNumber } from "./text";

/** The row of one requirement, in a table of those with these names. */
export type Row<Name extends string> = NumberRow<Name> | FlagRow | ListRow;

/** What a number may be. Ceilings are far above any quota; they catch a value in the wrong unit, such as bytes for MiB. */
export interface NumberRow<Name extends string> {
    readonly kind: "number";
    readonly minimum: number;
    readonly maximum: number;
    /** The minimum itself is not allowed: a load of zero sizes nothing. */
    readonly aboveMinimum?: boolean;
    readonly whole?: boolean;
    /** It counts a part of what another requirement (`all`) counts, so that it is no more than that, unless a third one is declared; and what to do where it is more. */
    readonly partOf?: { readonly all: Name; readonly unless: Name; readonly fix: string };
    readonly required?: boolean;
    readonly default?: number;
    /** What to do about a value out of range, in one sentence. */
    readonly fix: string;
}

interface FlagRow {
    readonly kind: "flag";
    readonly default: boolean;
    readonly fix: string;
}

/** A list, of which its own check says what may be in it. */
interface ListRow {
    readonly kind: "list";
    /** What each entry is. */
    readonly entries: "shares" | "sizes";
    readonly most: number;
    readonly problems: ListCheck;
    readonly allowed: string;
    readonly fix: string;
}

export function isAllowed(row: NumberRow<string>, value: unknown): value is number {
    return (
        typeof value === "number" &&
        Number.isFinite(value) &&
        (row.aboveMinimum ? value > row.minimum : value >= row.minimum) &&
        value <= row.maximum &&
        (!row.whole || Number.isInteger(value))
    );
}

/** The allowed values of a requirement in words: `a whole number from 1 to 100,000`. */
export function allowedValues(row: Row<string>): string {
    if (row.kind === "flag") return "true or false";
    if (row.kind === "list") return row.allowed;
    const noun = row.whole ? "a whole number" : "a number";
    return row.aboveMinimum
        ? `${noun} above ${formatNumber(row.minimum)}, at most ${formatNumber(row.maximum)}`
        : `${noun} from ${formatNumber(row.minimum)} to ${formatNumber(row.maximum)}`;
}
