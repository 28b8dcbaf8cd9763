/**
 * What is malformed about an input, in one form for arguments, requirements, settings and options: the property, what came, what is
 * allowed, what to do. All of it is collected and thrown once.
 */
import { formatNumber } from "./text";

/** One thing that is malformed: which property, what came, what is allowed, what to do. */
export interface Problem {
    /** Its path, such as `requirements.writeMiBPerSecond`. */
    readonly property: string;
    /** What was given. */
    readonly value: unknown;
    /** What is allowed, in words. */
    readonly allowed: string;
    /** What to do. */
    readonly fix: string;
    /** All of the above as one sentence. */
    readonly message: string;
}

/** Every problem of one malformed input, thrown once. The message has a line for each. */
export class InvalidInputError extends Error {
    constructor(
        readonly subject: string,
        readonly problems: readonly Problem[],
    ) {
        super(`${subject}: ${problems.map((problem) => problem.message).join("\n")}`);
        this.name = "InvalidInputError";
    }
}

/** @throws InvalidInputError where there is a problem */
export function refuse(subject: string, problems: readonly Problem[]): void {
    if (problems.length > 0) throw new InvalidInputError(subject, problems);
}

/** A problem with its message: `writeMiBPerSecond: -1 is not allowed; it must be a number above 0, at most 100,000. Declare ...` */
export function problem(property: string, value: unknown, allowed: string, fix: string): Problem {
    const came = value === undefined ? "missing" : `${formatValue(value)} is not allowed`;
    return { property, value, allowed, fix, message: `${property}: ${came}; it must be ${allowed}. ${fix}` };
}

function formatValue(value: unknown): string {
    if (typeof value === "number") {
        // Three hundred digits tell nobody more than 1e+300.
        if (Math.abs(value) >= 1e21) return String(value);
        const shown = formatNumber(value);
        // 1.0000001 must not read as 1, which may be allowed.
        return Number(shown.replaceAll(",", "")) === value ? shown : String(value);
    }
    // A sign for a value that may not be shown, or is not known yet.
    if (typeof value === "symbol") return value.description ?? "";
    try {
        return JSON.stringify(value) ?? String(value);
    } catch {
        // What has no JSON, such as 5n.
        return String(value);
    }
}
