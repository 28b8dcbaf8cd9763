/**
 * The JSON that a request carries. A member that is null is one that is not there, for AWS and for every service here.
 */

export function parseJson(body: Buffer): unknown {
    if (body.length === 0) return {};
    const text = body.toString("utf8");
    const value: unknown = JSON.parse(text);
    // Most requests have no null, and those of PutRecords are too large to be walked through for nothing.
    if (/:\s*null\b/.test(text)) dropNulls(value);
    return value;
}

/** The null of a list stays: its shape refuses it. */
function dropNulls(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    for (const [name, item] of Object.entries(value)) {
        if (item === null && !Array.isArray(value)) Reflect.deleteProperty(value, name);
        else dropNulls(item);
    }
}
