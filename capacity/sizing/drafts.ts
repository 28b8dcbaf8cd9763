/**
 * A finding with the changes that might mend it, before they were tried.
 */
import { type Finding } from "../findings";
import { type CompleteRequirements } from "../requirements";

/** A way to mend a finding about something declared, which its plan tries before it is printed. */
export interface FixOf<Declared> {
    /** The clause that says it: "lower its share to 18.3 %". */
    readonly text: string;
    /** What it changes about the declaration; absent in words that name no number, which need no trial. */
    readonly change?: Partial<Declared>;
    /** The retention that it needs beside the declaration. */
    readonly retentionHours?: number;
    /** A larger change of the same kind that gains more, said in brackets. */
    readonly more?: FixOf<Declared>;
}

export type Fix = FixOf<CompleteRequirements>;

export interface DraftOf<Declared> extends Omit<Finding, "fix"> {
    /** In the order in which they are said. Computed only for a finding that is shown. */
    readonly fixes: () => readonly FixOf<Declared>[];
    /** What is said where none of them works: a sentence without a number to obey. */
    readonly withoutFix: string;
}

export type Draft = DraftOf<CompleteRequirements>;
