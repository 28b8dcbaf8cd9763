/**
 * What a judge says about a resource: it complies, it violates the policy, or the preview does not know enough to tell.
 */

/** What a judge says: it complies, it violates the policy, or the preview does not know enough to tell. */
export type Verdict =
    | { readonly verdict: "compliant" }
    | {
          readonly verdict: "violation";
          /** What is declared and what is deployed, with the numbers, then the smallest change that passes. */
          readonly message: string;
      }
    | {
          readonly verdict: "cannot-tell";
          /** The properties whose values the preview does not know yet. */
          readonly unknown: readonly string[];
      };

export const compliant: Verdict = { verdict: "compliant" };

/** A violation: what is wrong, and the smallest change that makes it right. */
export function violation(message: string, fix: string): Verdict {
    return { verdict: "violation", message: `${message} ${fix}` };
}

export function cannotTell(unknown: readonly string[]): Verdict {
    return { verdict: "cannot-tell", unknown };
}

/** The verdict over several: a violation before what cannot be told, and that before compliance. */
export function strictest(verdicts: readonly Verdict[]): Verdict {
    const violated = verdicts.find(({ verdict }) => verdict === "violation");
    if (violated) return violated;
    const unknown = verdicts.flatMap((verdict) => (verdict.verdict === "cannot-tell" ? verdict.unknown : []));
    return unknown.length > 0 ? cannotTell([...new Set(unknown)]) : compliant;
}

/** Thrown where a judge needs a value that the preview does not know yet; `tell` turns it into the third verdict. */
export class NotKnownYet extends Error {
    constructor(readonly unknown: readonly string[]) {
        super(`${unknown.join(", ")} is not known yet`);
        this.name = "NotKnownYet";
    }
}

/** What is computed, or undefined where the preview does not know what it takes. */
export function orNotKnown<T>(compute: () => T): T | undefined {
    try {
        return compute();
    } catch (error) {
        if (error instanceof NotKnownYet) return undefined;
        throw error;
    }
}

/** The verdict of a judge that may run into an unknown value. */
export function tell(judge: () => Verdict): Verdict {
    try {
        return judge();
    } catch (error) {
        if (error instanceof NotKnownYet) return cannotTell(error.unknown);
        throw error;
    }
}

/** All violations as one message, since all of them have to be mended; what several say is said once. */
export function together(verdicts: readonly Verdict[]): Verdict {
    const messages = verdicts.flatMap((one) => (one.verdict === "violation" ? [one.message] : []));
    return messages.length === 0
        ? strictest(verdicts)
        : { verdict: "violation", message: [...new Set(messages)].join(" ") };
}
