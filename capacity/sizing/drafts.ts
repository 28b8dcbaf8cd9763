/**
 * Findings with the changes that might mend them, and the trial that each change stands before it is printed.
 */
import { type Finding } from "../findings";
import { type CompleteRequirements } from "../requirements";
import { capitalized } from "../text";

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

/**
 * The findings, each with those of its fixes that mend it: the finding is gone from the changed declaration, and no error is there that was
 * not there before.
 *
 * @param draftsAfter what is found after a fix; undefined where what it changes cannot be declared
 */
export function triedFindings<Declared>(
    drafts: readonly DraftOf<Declared>[],
    draftsAfter: (fix: FixOf<Declared>) => readonly DraftOf<Declared>[] | undefined,
): Finding[] {
    const known = drafts.flatMap(({ severity, code }) => (severity === "error" ? [code] : []));
    return drafts.map(({ fixes, withoutFix, ...finding }) => {
        const works = (fix: FixOf<Declared>): boolean => {
            if (fix.change === undefined && fix.retentionHours === undefined) return true;
            const isFine = ({ code, severity }: DraftOf<Declared>) =>
                code !== finding.code && (severity !== "error" || known.includes(code));
            return draftsAfter(fix)?.every(isFine) ?? false;
        };
        const clauses = fixes()
            .filter(works)
            .map(({ text, more }) => (more && works(more) ? `${text} (${more.text})` : text));
        return { ...finding, fix: clauses.length === 0 ? withoutFix : sentence(clauses) };
    });
}

/** "Do this, do that, or do the other." */
export function sentence(clauses: readonly string[]): string {
    const text =
        clauses.length <= 2 ? clauses.join(", or ") : `${clauses.slice(0, -1).join(", ")}, or ${clauses.at(-1)}`;
    return `${capitalized(text)}.`;
}
