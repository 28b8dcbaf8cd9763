/**
 * Values of a preview, and what it does not know yet or may not show.
 *
 * `null` is a value that is not known, `undefined` one that is not there. What stands below a value that is not known is not known either.
 */
import { numberIn, signatureKey } from "../../capacity/pulumiNames";
import { type Properties } from "./preview";

/** What stands in the place of a value that is not known yet, by its type. Source: sdk/go/common/resource/plugin/rpc.go of pulumi/pulumi. */
const unknowns: readonly unknown[] = [
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];
/** A secret in the document of --json; in events it is an object with a signature. */
const secret = "[secret]";

function isHidden(value: unknown): boolean {
    if (value === secret || unknowns.includes(value)) return true;
    return typeof value === "object" && value !== null && Object.hasOwn(value, signatureKey);
}

/** Whether nothing in it is unknown or secret. */
export function isKnown(value: unknown): boolean {
    if (isHidden(value)) return false;
    return typeof value !== "object" || value === null || Object.values(value).every(isKnown);
}

/** What stands at a path. */
export function valueAt(properties: Properties | undefined, ...path: readonly string[]): unknown {
    let value: unknown = properties;
    for (const key of path) {
        if (typeof value !== "object" || value === null) return undefined;
        value = Object.hasOwn(value, key) ? (value as Properties)[key] : undefined;
        if (isHidden(value)) return null;
    }
    return value ?? undefined;
}

/** The number at a path. What is no number is not known. */
export function numberAt(properties: Properties | undefined, ...path: readonly string[]): number | null | undefined {
    const value = valueAt(properties, ...path);
    return value === undefined || value === null ? value : (numberIn(value) ?? null);
}

export function textAt(properties: Properties, ...path: readonly string[]): string | undefined {
    const value = valueAt(properties, ...path);
    return typeof value === "string" ? value : undefined;
}

/** How many a list has; those that are not known count, too. */
export function lengthAt(properties: Properties | undefined, ...path: readonly string[]): number | null {
    const value = valueAt(properties, ...path);
    return value === null ? null : Array.isArray(value) ? value.length : 0;
}
