/**
 * Pulumi writes `maximumRetryAttempts` where AWS writes `MaximumRetryAttempts`; the rest of a nested value is the same.
 */
import { type Properties } from "../values";
import { type Tags } from "./resource";

// What is below these is the user's own and keeps its spelling.
const free = new Set(["variables", "dimensions", "tags", "Variables", "Dimensions", "Tags"]);

/** Undefined properties are left out, so that AWS's own defaults hold. */
export function toAws<T>(value: unknown): T {
    return renamed(value, capitalized) as T;
}

export function fromAws<T = Properties>(value: unknown): T {
    return renamed(value, (key) => key.charAt(0).toLowerCase() + key.slice(1)) as T;
}

function capitalized(key: string): string {
    return key.charAt(0).toUpperCase() + key.slice(1);
}

function renamed(value: unknown, rename: (key: string) => string): unknown {
    if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
    if (typeof value !== "object" || value === null || value instanceof Date || value instanceof Uint8Array)
        return value;
    return Object.fromEntries(
        Object.entries(value)
            .filter(([, item]) => item !== undefined)
            .map(([key, item]) => [rename(key), free.has(key) ? item : renamed(item, rename)]),
    );
}

/** The given properties that are set. */
export function pick(properties: object, names: readonly string[]): Properties {
    const values = properties as Properties;
    return Object.fromEntries(names.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]));
}

export function tagList(tags: Tags = {}): { Key: string; Value: string }[] {
    return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** The tags that CloudFormation writes as a list. */
export function tagMap(tags: readonly { readonly key: string; readonly value: string }[] = []): Tags {
    return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

export function tagPairs(tags: Readonly<Tags>): { key: string; value: string }[] {
    return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** SNS says everything in strings: the named properties that are set, as the attributes of a new thing. */
export function attributesOf(properties: object, names: readonly string[]): Record<string, string> | undefined {
    const given = Object.entries(pick(properties, names)).filter(([, value]) => value !== false);
    return given.length === 0
        ? undefined
        : Object.fromEntries(given.map(([name, value]) => [capitalized(name), String(value)]));
}

export function fromAttributes(attributes: Readonly<Record<string, string>>, names: readonly string[]): Properties {
    const typed = (value: string) => (value === "true" ? true : value === "false" ? false : value);
    const known = names.map((name) => [name, attributes[capitalized(name)]] as const);
    return Object.fromEntries(known.flatMap(([name, value]) => (value ? [[name, typed(value)]] : [])));
}

/** The attributes of the named properties that differ; what was taken away is empty. */
export function changedAttributes(olds: object, news: object, names: readonly string[]): [string, string][] {
    const [before, after] = [olds as Properties, news as Properties];
    return names
        .filter((name) => before[name] !== after[name])
        .map((name) => [capitalized(name), String(after[name] ?? "")]);
}
