/**
 * Malformed arguments of which some are secrets: what is wrong is told without what they hold.
 */
import * as pulumi from "@pulumi/pulumi";
import { type Problem, problem } from "../capacity/problems";

/** Stands for the value of a secret, also in words. */
const secretValue = Symbol("[secret]");

/** The paths of the arguments that are secret, as problems name them. */
export async function secretPaths(args: unknown, path = ""): Promise<string[]> {
    if (pulumi.Output.isInstance(args)) return (await pulumi.isSecret(args)) ? [path] : [];
    if (typeof args !== "object" || args === null || args instanceof Promise) return [];
    const found = Object.entries(args).map(([key, entry]) => secretPaths(entry, step(path, key, args)));
    return (await Promise.all(found)).flat();
}

/** The problems of settled arguments, without the value of any secret. */
export function problemsWithoutSecrets(
    values: unknown,
    secrets: readonly string[],
    problemsOf: (values: unknown) => readonly Problem[],
): readonly Problem[] {
    const problems = problemsOf(values);
    if (secrets.length === 0 || problems.length === 0) return problems;
    // What is wrong with one argument is wrong with this sign for its value, too; the rest compares one with another.
    const ofOne = problemsOf(masked(values, secrets));
    return problems.map(({ property, value, allowed, fix }) => {
        const secret = secrets.find((path) => property === path || isBelow(property, path));
        const shown = secret === undefined || value === undefined ? value : secretValue;
        const isOfOne = ofOne.some((each) => each.property === property && each.allowed === allowed);
        if (isOfOne || (secret !== undefined && property !== secret)) return problem(property, shown, allowed, fix);
        return problem(property, shown, "in keeping with the others", "One of them is a secret, which is not shown.");
    });
}

function masked(value: unknown, secrets: readonly string[], path = ""): unknown {
    if (secrets.includes(path)) return secretValue;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((entry, index) => masked(entry, secrets, step(path, index, value)));
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, entry]) => [key, masked(entry, secrets, step(path, key, value))]));
}

function step(path: string, key: string | number, within: object): string {
    if (Array.isArray(within)) return `${path}[${key}]`;
    return path === "" ? String(key) : `${path}.${key}`;
}

function isBelow(property: string, path: string): boolean {
    return property.startsWith(`${path}.`) || property.startsWith(`${path}[`);
}
