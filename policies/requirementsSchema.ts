/**
 * The requirements as a policy's configuration may give them: the table of capacity/ as a JSON schema.
 */
import { limits } from "../capacity/limits";
import { type RequirementRow, requirementRows } from "../capacity/requirements";

export function requirementsSchema() {
    const rows: [string, RequirementRow][] = Object.entries(requirementRows);
    return {
        type: "object" as const,
        properties: Object.fromEntries(rows.map(([name, row]) => [name, requirementSchema(row)])),
        required: rows.flatMap(([name, row]) => (row.kind === "number" && row.required ? [name] : [])),
        additionalProperties: false,
    };
}

function requirementSchema(row: RequirementRow) {
    if (row.kind === "flag") return { type: "boolean" as const };
    if (row.kind === "list") return { type: "array" as const, maxItems: row.most, items: entrySchemas()[row.entries] };
    return {
        type: row.whole ? ("integer" as const) : ("number" as const),
        [row.aboveMinimum ? "exclusiveMinimum" : "minimum"]: row.minimum,
        maximum: row.maximum,
    };
}

/** What an entry of a requirement is that is a list. */
function entrySchemas() {
    const share = { type: "number" as const, exclusiveMinimum: 0, maximum: 1 };
    const sizeKiB = { type: "number" as const, exclusiveMinimum: 0, maximum: limits.recordKiBMax };
    return {
        shares: share,
        sizes: {
            type: "object" as const,
            properties: { sizeKiB, share },
            required: ["sizeKiB", "share"],
            additionalProperties: false,
        },
    };
}
