// Pulumi writes `maximumRetryAttempts` where AWS writes `MaximumRetryAttempts`; the rest of a nested value is the same.
import { type Properties } from "./provider";

// What is below these is the user's own and keeps its spelling.
const free = new Set(["variables", "dimensions", "tags", "Variables", "Dimensions", "Tags"]);

/** Undefined properties are left out, so that AWS's own defaults hold. */
export function toAws<T>(value: unknown): T {
    return renamed(value, (key) => key.charAt(0).toUpperCase() + key.slice(1)) as T;
}

export function fromAws<T = Properties>(value: unknown): T {
    return renamed(value, (key) => key.charAt(0).toLowerCase() + key.slice(1)) as T;
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
export function pick(properties: Properties, names: readonly string[]): Properties {
    return Object.fromEntries(
        names.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name]]),
    );
}

export function tagList(tags: unknown): { Key: string; Value: string }[] {
    return Object.entries((tags ?? {}) as Record<string, string>).map(([Key, Value]) => ({ Key, Value }));
}

export interface TagChanges {
    readonly added: Record<string, string>;
    readonly removed: string[];
}

export function tagChanges(olds: Properties, news: Properties): TagChanges {
    const before = (olds.tags ?? {}) as Record<string, string>;
    const after = (news.tags ?? {}) as Record<string, string>;
    return {
        added: Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value)),
        removed: Object.keys(before).filter((key) => !(key in after)),
    };
}

/** Changes tags only where they differ. */
export async function retag(
    olds: Properties,
    news: Properties,
    add: (tags: Record<string, string>) => Promise<unknown>,
    remove: (keys: string[]) => Promise<unknown>,
): Promise<void> {
    const { added, removed } = tagChanges(olds, news);
    if (removed.length > 0) await remove(removed);

    if (Object.keys(added).length > 0) await add(added);
}
