/**
 * Arguments whose values may come later: what is plain is checked at once, what is an Output is checked when it is known.
 */
import * as pulumi from "@pulumi/pulumi";
import { notYetKnown } from "../capacity/checks";
import { type Problem } from "../capacity/problems";

/**
 * Nothing to wait for, or a promise that is kept once the values that come later were checked, and never if one is malformed.
 *
 * As `dependsOn` of a child it keeps the child from being registered before that, and adds no dependency.
 */
export type Ready = Promise<pulumi.Resource[]> | undefined;

/**
 * Checks a component's arguments: every problem of the values that are known now is thrown here, at once.
 *
 * @throws pulumi.InputPropertiesError with a property path for each problem, and all of them in its message
 */
export function checkArgs(
    component: string,
    name: string,
    args: unknown,
    problemsOf: (args: unknown) => readonly Problem[],
): Ready {
    const fail = (problems: readonly Problem[]) => inputError(component, name, problems);
    const problems = problemsOf(onlyKnown(args));
    if (problems.length > 0) throw fail(problems);
    if (isPlain(args)) return undefined;
    return new Promise((resolve) => {
        applyWithUnknowns(args, (values) => {
            const found = problemsOf(onlyKnown(values));
            // Nobody reads this Output, so its failure ends the program, with this one message. What waits is never declared.
            if (found.length > 0) throw fail(found);
            resolve([]);
        });
    });
}

/** The error of malformed arguments. In a program Pulumi prints only its message, so every problem is in that too. */
export function inputError(component: string, name: string, problems: readonly Problem[]): Error {
    const lines = problems.map((problem) => problem.message);
    const error: Error = new pulumi.InputPropertiesError({
        message: `${component} "${name}": ${lines.length === 1 ? "1 argument is" : `${lines.length} arguments are`} malformed.\n${lines.join("\n")}`,
        errors: problems.map(({ property, message }) => ({
            propertyPath: property,
            reason: message.slice(`${property}: `.length),
        })),
    });
    // With a stack Pulumi prints the error as an object, every problem twice, and for a later value that can take a minute:
    // on Node 20 the object leads, through the promise that failed, to everything that the program holds.
    delete error.stack;
    return error;
}

/** The input, once everything else about the arguments was checked as well. */
export function whenReady<T>(ready: Ready, input: T): T {
    if (ready === undefined || input === undefined) return input;
    return pulumi.output(ready).apply(() => pulumi.output(input)) as T;
}

/** `f` of an input: at once where the input is plain, so that it stays plain; unknown where the input is. */
export function mapInput<T, U>(input: T, f: (value: pulumi.Unwrap<T>) => U): pulumi.Input<U> {
    if (isPlain(input)) return f(input as pulumi.Unwrap<T>);
    return pulumi.output(input).apply(f) as pulumi.Output<U>;
}

/** One property of an input: known where it is, even if others are not. */
export function fieldOf<T extends object, K extends keyof T>(
    input: pulumi.Input<T>,
    key: K,
): pulumi.Input<pulumi.Unwrap<T[K]>> {
    if (isPlain(input)) return (input as T)[key] as pulumi.Unwrap<T[K]>;
    const lifted = pulumi.output(input) as unknown as Record<K, pulumi.Output<pulumi.Unwrap<T[K]>>>;
    return lifted[key];
}

/** Whether a value holds no Output and no promise, at any depth. */
export function isPlain(value: unknown): boolean {
    if (typeof value !== "object" || value === null) return true;
    if (comesLater(value)) return false;
    return Object.values(value).every(isPlain);
}

function comesLater(value: unknown): boolean {
    return pulumi.Output.isInstance(value) || value instanceof Promise || pulumi.isUnknown(value);
}

/** A copy in which everything that is not known yet is the one sign for it. */
function onlyKnown(value: unknown): unknown {
    if (comesLater(value)) return notYetKnown;
    if (Array.isArray(value)) return value.map(onlyKnown);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, onlyKnown(entry)]));
}

/** Runs `f` even where a part of the value is unknown, as a lifted property access of an Output does. */
export function applyWithUnknowns(value: unknown, f: (value: unknown) => void): void {
    const settled = pulumi.output(value) as unknown as {
        apply(f: (value: unknown) => void, runWithUnknowns: boolean): unknown;
    };
    settled.apply(f, true);
}
