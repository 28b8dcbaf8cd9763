/**
 * Arguments whose values may come later: what is plain is checked at once, what is an Output is checked when it is known.
 */
import * as pulumi from "@pulumi/pulumi";
import { notYetKnown, record } from "../capacity/checks";
import { type Problem, problem } from "../capacity/problems";
import { kindInProgram, nameInProgram, typeInProgram } from "./formerNames";
import { problemsWithoutSecrets, secretPaths } from "./secrets";

/**
 * Nothing to wait for, or a promise that is kept once the values that come later were checked, and never if one is malformed.
 *
 * As `dependsOn` of a child it keeps the child from being registered before that, and adds no dependency.
 */
export type Ready = Promise<pulumi.Resource[]> | undefined;

/**
 * Checks a component's arguments: every problem of the values that are known now is thrown here, at once.
 *
 * @param deciding paths of the arguments whose presence decides which resources there are, and which a default cannot stand in for
 * @throws pulumi.InputPropertiesError with a property path for each problem, and all of them in its message
 */
export function checkArgs(
    component: string,
    name: string,
    args: object,
    problemsOf: (args: unknown) => readonly Problem[],
    deciding: readonly string[] = [],
): Ready {
    if (checkedBefore.has(args)) return checkedBefore.get(args);
    const fail = (problems: readonly Problem[]) => inputError(component, name, problems);
    const problems = problemsOf(onlyKnown(args));
    if (problems.length > 0) throw fail(problems);
    if (isPlain(args)) return undefined;
    return new Promise((resolve) => {
        applyWithUnknowns({ values: args, secrets: secretPaths(args) }, (settled) => {
            const { values, secrets } = settled as { values: unknown; secrets: readonly string[] };
            const absent = deciding.filter((path) => comesLater(at(args, path)) && isAbsent(at(values, path)));
            const malformed = problemsWithoutSecrets(onlyKnown(values), secrets, problemsOf);
            const found = [...malformed, ...absent.map(absentProblem)];
            // Nobody reads this Output, so its failure ends the program, with this one message. What waits is never declared.
            if (found.length > 0) throw fail(found);
            resolve([]);
        });
    });
}

const checkedBefore = new WeakMap<object, Ready>();

/** What a component tells a part of its own: from arguments that it has checked, and from what its resources answered, which nobody may refuse. */
export function alreadyChecked<T extends object>(args: T, ready: Ready): T {
    checkedBefore.set(args, ready);
    return args;
}

/** Whether these are arguments of a part, which its component has checked. */
export function wasChecked(args: object): boolean {
    return checkedBefore.has(args);
}

function absentProblem(path: string): Problem {
    const fix = "Leave it out, or give an Output that always holds a value.";
    return problem(path, undefined, "there, because resources are declared or left out by it", fix);
}

/** What stands at a path such as `notifications.topicArn`. */
export function at(value: unknown, path: string): unknown {
    return path.split(".").reduce<unknown>((within, key) => record(within)[key], value);
}

function isAbsent(value: unknown): boolean {
    return value === undefined || value === null;
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

/** The same, of a component that is there. */
export function errorOf(component: pulumi.Resource, problems: readonly Problem[]): Error {
    return inputError(kindInProgram(component), nameInProgram(component), problems);
}

/** The input, once everything else about the arguments was checked as well. */
export function whenReady<T>(ready: Ready, input: T): T {
    if (ready === undefined || input === undefined) return input;
    return pulumi.output(ready).apply(() => pulumi.output(input)) as T;
}

/**
 * `f` of an input: at once where the input is plain, so that it stays plain; unknown where the input is.
 *
 * What holds nothing is undefined for `f`, at any depth; an Output may hold null.
 */
export function mapInput<T, U>(input: T, f: (value: pulumi.Unwrap<T>) => U): pulumi.Input<U> {
    const map = (value: unknown) => f(withoutNull(value) as pulumi.Unwrap<T>);
    if (isPlain(input)) return map(input);
    const only = onlyOutputOf(input);
    if (only) return only.output.apply((value) => map(only.among(value)));
    return pulumi.output(input).apply(map) as pulumi.Output<U>;
}

/** The one Output in an object of otherwise plain values: what follows from it needs no other Output, of which each is four promises. */
function onlyOutputOf(
    input: unknown,
): { readonly output: pulumi.Output<unknown>; readonly among: (value: unknown) => object } | undefined {
    if (typeof input !== "object" || input === null || comesLater(input) || Array.isArray(input)) return undefined;
    const later = Object.entries(input).filter(([, value]) => !isPlain(value));
    const [key, output] = later[0]!;
    if (later.length > 1 || !pulumi.Output.isInstance(output)) return undefined;
    return { output, among: (value) => ({ ...input, [key]: value }) };
}

/**
 * What was given: null, with which many languages leave something out, is nothing, at any depth. The very same object where nothing is null;
 * arguments that are not there at all are empty ones, of which those that are required are missing.
 */
export function given<T extends object>(args: T): T {
    const all = (args as T | null | undefined) ?? ({} as T);
    return holdsNull(all) ? (withoutNull(all) as T) : all;
}

function holdsNull(value: unknown): boolean {
    if (typeof value !== "object" || value === null) return value === null;
    return !comesLater(value) && Object.values(value).some(holdsNull);
}

function withoutNull(value: unknown): unknown {
    if (value === null) return undefined;
    if (Array.isArray(value)) return value.map(withoutNull);
    if (typeof value !== "object" || comesLater(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutNull(entry)]));
}

/** The input, or what stands in where it holds nothing: also where only the deployment shows that. */
export function withDefault<T>(
    input: pulumi.Input<T | undefined>,
    fallback: pulumi.Input<NoInfer<T>>,
): pulumi.Input<T> {
    if (!comesLater(input)) return (input as T | undefined) ?? fallback;
    const later = pulumi.output(input) as unknown as pulumi.Output<T | undefined>;
    return later.apply((known) => known ?? fallback) as pulumi.Output<T>;
}

/** An argument that decides which resources there are: where it is given it holds a value, which checkArgs sees to. */
export function decided<T>(input: pulumi.Input<T | undefined>): pulumi.Input<T> | undefined {
    return (input as pulumi.Input<T> | null) ?? undefined;
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

export function comesLater(value: unknown): boolean {
    return pulumi.Output.isInstance(value) || value instanceof Promise || pulumi.isUnknown(value);
}

/** A copy to be checked: everything that is not known yet is the one sign for it, and a resource is not what stands inside of it. */
export function onlyKnown(value: unknown): unknown {
    if (comesLater(value)) return notYetKnown;
    if (pulumi.Resource.isInstance(value)) return Symbol(`${titleOf(value)} instead of one of its outputs`);
    if (Array.isArray(value)) return value.map(onlyKnown);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, onlyKnown(entry)]));
}

/** A resource in the words of a problem: what JSON would make of it are pages of Pulumi's own. */
export function titleOf(resource: pulumi.Resource): string {
    return `the resource ${nameInProgram(resource)} of type ${typeInProgram(resource)}`;
}

/** Runs `f` even where a part of the value is unknown, as a lifted property access of an Output does. */
export function applyWithUnknowns(value: unknown, f: (value: unknown) => void): void {
    const settled = pulumi.output(value) as unknown as {
        apply(f: (value: unknown) => void, runWithUnknowns: boolean): unknown;
    };
    settled.apply(f, true);
}
