/**
 * What a value may be, in parts that are put together to what a whole set of arguments may be: a check answers with every problem that it
 * finds, each under its path.
 */
import { type Problem, problem } from "./problems";
import { didYouMean, formatNumber } from "./text";

/** Stands for a value that a preview does not know yet: nothing is wrong with it so far. */
export const notYetKnown: unique symbol = Symbol("a value that is not known yet");

/** Stands, in the words of a problem, for a value that comes later where it must not. */
export const comingLater: unique symbol = Symbol("a value that comes later");

/** The problems of a value that is there. */
export type Check = ((property: string, value: unknown) => Problem[]) & { readonly isPlain?: true };

export type Checks = Readonly<Record<string, Check>>;

/** A value that decides what is declared: one that comes later would be read as something else, and a preview would not be complete. */
export function plain(check: Check): Check {
    return Object.assign((property: string, value: unknown) => check(property, value), { isPlain: true as const });
}

export function fits(test: (value: unknown) => boolean, allowed: string, fix: string): Check {
    return (property, value) => (test(value) ? [] : [problem(property, value, allowed, fix)]);
}

export const flag = fits((value) => typeof value === "boolean", "true or false", "Leave it out for the default.");

/** Text of a pattern. */
export function text(pattern: RegExp, allowed: string, fix: string): Check {
    return fits((value) => typeof value === "string" && pattern.test(value), allowed, fix);
}

export function number(minimum: number, maximum: number, fix: string): Check {
    return fits(
        (value) => typeof value === "number" && value >= minimum && value <= maximum,
        `a number from ${formatNumber(minimum)} to ${formatNumber(maximum)}`,
        fix,
    );
}

export function whole(minimum: number, maximum: number, fix: string): Check {
    return fits(
        (value) => Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum,
        `a whole number from ${formatNumber(minimum)} to ${formatNumber(maximum)}`,
        fix,
    );
}

export function oneOf(values: readonly (string | number)[], fix: string): Check {
    return (property, value) => {
        if (values.includes(value as string)) return [];
        const names = values.filter((name): name is string => typeof name === "string");
        const near = typeof value === "string" && names.length > 2 ? didYouMean(value, names) : "";
        return [problem(property, value, `one of ${values.join(", ")}`, `${near} ${fix}`.trimStart())];
    };
}

export function list(item: Check, fix: string): Check {
    return (property, value) => {
        if (!Array.isArray(value)) return [problem(property, value, "a list", fix)];
        return value.flatMap((entry: unknown, index) => {
            const path = `${property}[${index}]`;
            if (entry === undefined || entry === null) return [problem(path, undefined, "given", fix)];
            if (typeof entry === "string" && value.indexOf(entry) < index)
                return [problem(path, entry, "given once", "Remove the second one.")];
            return found(item, path, entry);
        });
    };
}

/** Keys and values of the user's own. */
export function map(item: Check, key: Check): Check {
    return (property, value) => {
        if (!isRecord(value)) return [problem(property, value, "an object", "Give keys and values.")];
        return Object.entries(value).flatMap(([name, entry]) => [
            ...key(`${property}.${name}`, name),
            ...found(item, `${property}.${name}`, entry),
        ]);
    };
}

/** Named properties, of which those in `required` must be there. */
export function object(checks: Checks, required: readonly string[] = []): Check {
    return (property, value) => argsProblems(checks, value, required, property);
}

/** Checks each property and names the ones that nobody knows: a misspelt name would otherwise be ignored in silence. */
export function argsProblems(checks: Checks, args: unknown, required: readonly string[] = [], path = ""): Problem[] {
    if (!isRecord(args)) return [problem(path || "args", args, "an object", "Give named properties.")];
    const prefix = path && `${path}.`;
    const names = Object.keys(checks);
    const problems = names.flatMap((name) => {
        const missing = required.includes(name) && !isGiven(args[name]);
        return missing ? checks[name]!(prefix + name, undefined) : found(checks[name]!, prefix + name, args[name]);
    });
    return [...problems, ...unknownProblems(names, args, prefix)];
}

/** The properties that are given and that nobody knows, each with the known one that it resembles. */
export function unknownProblems(names: readonly string[], args: Record<string, unknown>, prefix = ""): Problem[] {
    const allowed = `one of ${names.map((known) => prefix + known).join(", ")}`;
    return Object.entries(args)
        .filter(([name, given]) => !names.includes(name) && given !== undefined)
        .map(([name, given]) =>
            problem(prefix + name, given, allowed, didYouMean(name, names, prefix) || "Leave it out."),
        );
}

/** The problems of a value that may be absent, or not known yet. */
function found(check: Check, property: string, value: unknown): Problem[] {
    if (!isGiven(value)) return [];
    if (value !== notYetKnown) return check(property, value);
    if (!check.isPlain) return [];
    return check(property, comingLater).map(({ allowed, fix }) =>
        problem(property, comingLater, `${allowed}, plain`, fix),
    );
}

/** Undefined and null both leave a property out. */
export function isGiven(value: unknown): boolean {
    return value !== undefined && value !== null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as an object, empty where it is none. */
export function record(value: unknown): Record<string, unknown> {
    return isRecord(value) ? value : {};
}
