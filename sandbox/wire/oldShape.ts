/**
 * What a request must look like, and AWS's sentences about one that does not: all violations at once, each with its path and value.
 */
import { AwsError } from "../service";

export type Shape =
    | {
          readonly type: "string";
          readonly min?: number;
          readonly max?: number;
          readonly pattern?: RegExp;
          readonly enum?: readonly string[];
      }
    | { readonly type: "integer" | "number"; readonly min?: number; readonly max?: number }
    | { readonly type: "boolean" | "timestamp" | "any" }
    | { readonly type: "list"; readonly of: Shape; readonly min?: number; readonly max?: number }
    | { readonly type: "map"; readonly of: Shape }
    | {
          readonly type: "structure";
          readonly required?: readonly string[];
          readonly members: Readonly<Record<string, Shape>>;
      };

export const text = (min = 0, max = Infinity, pattern?: RegExp): Shape => ({
    type: "string",
    min,
    max,
    ...(pattern && { pattern }),
});
export const oneOf = (...values: readonly string[]): Shape => ({ type: "string", enum: values });
export const integer = (min = -Infinity, max = Infinity): Shape => ({ type: "integer", min, max });
export const number: Shape = { type: "number" };
export const boolean: Shape = { type: "boolean" };
export const timestamp: Shape = { type: "timestamp" };
export const anything: Shape = { type: "any" };
export const listOf = (of: Shape, min = 0, max = Infinity): Shape => ({ type: "list", of, min, max });
export const mapOf = (of: Shape): Shape => ({ type: "map", of });
export const structure = (members: Readonly<Record<string, Shape>>, ...required: readonly string[]): Shape => ({
    type: "structure",
    members,
    required,
});

/** @throws AwsError (ValidationError, or the service's own name for it) with every violation; SerializationException for a wrong type */
export function validateShape(input: unknown, shape: Shape, code = "ValidationError"): void {
    const violations: string[] = [];
    check(input, shape, "", violations);
    if (violations.length === 0) return;
    const noun = violations.length === 1 ? "validation error" : "validation errors";
    throw new AwsError(code, `${violations.length} ${noun} detected: ${violations.join("; ")}`);
}

function check(value: unknown, shape: Shape, path: string, violations: string[]): void {
    const violated = (constraint: string, shown: unknown = value): void => {
        violations.push(`Value ${quoted(shown)} at '${path}' failed to satisfy constraint: Member must ${constraint}`);
    };
    switch (shape.type) {
        case "string":
            if (typeof value !== "string") throw wrongType(path, "a string", value);
            if (shape.enum && !shape.enum.includes(value))
                violated(`satisfy enum value set: [${shape.enum.join(", ")}]`);
            checkSize(value.length, shape, "have length", violated);
            if (shape.pattern && !shape.pattern.test(value))
                violated(`satisfy regular expression pattern: ${shape.pattern.source}`);

            return;
        case "integer":
        case "number":
            if (typeof value !== "number" || (shape.type === "integer" && !Number.isInteger(value)))
                throw wrongType(path, shape.type === "integer" ? "an integer" : "a number", value);

            checkSize(value, shape, "have value", violated);
            return;
        case "boolean":
            if (typeof value !== "boolean") throw wrongType(path, "a boolean", value);
            return;
        case "timestamp":
            if (Number.isNaN(timestampMs(value))) throw wrongType(path, "a timestamp", value);
            return;
        case "list":
            if (!Array.isArray(value)) throw wrongType(path, "a list", value);
            checkSize(value.length, shape, "have length", violated);
            value.forEach((item, index) => check(item, shape.of, `${path}.${index + 1}.member`, violations));
            return;
        case "map":
            if (typeof value !== "object" || value === null) throw wrongType(path, "a map", value);
            for (const [key, item] of Object.entries(value)) check(item, shape.of, `${path}.${key}.member`, violations);
            return;
        case "structure":
            if (typeof value !== "object" || value === null || Array.isArray(value))
                throw wrongType(path, "a structure", value);

            checkMembers(value as Record<string, unknown>, shape, path, violations);
            return;
        case "any":
            return;
    }
}

function checkMembers(
    value: Record<string, unknown>,
    shape: Extract<Shape, { type: "structure" }>,
    path: string,
    violations: string[],
): void {
    for (const [name, member] of Object.entries(shape.members)) {
        const inner = `${path && `${path}.`}${name.charAt(0).toLowerCase()}${name.slice(1)}`;
        if (value[name] !== undefined && value[name] !== null) check(value[name], member, inner, violations);
        else if (shape.required?.includes(name))
            violations.push(`Value null at '${inner}' failed to satisfy constraint: Member must not be null`);
    }
}

function checkSize(
    size: number,
    bounds: { readonly min?: number; readonly max?: number },
    verb: string,
    violated: (constraint: string) => void,
): void {
    if (size < (bounds.min ?? -Infinity)) violated(`${verb} greater than or equal to ${bounds.min}`);
    if (size > (bounds.max ?? Infinity)) violated(`${verb} less than or equal to ${bounds.max}`);
}

function wrongType(path: string, expected: string, value: unknown): AwsError {
    return new AwsError(
        "SerializationException",
        `${path || "The request"} must be ${expected}, not ${quoted(value)}.`,
    );
}

function quoted(value: unknown): string {
    if (typeof value === "object" && value !== null) return `'${JSON.stringify(value).slice(0, 200)}'`;
    return `'${String(value)}'`;
}

/** A timestamp as it comes in JSON (epoch seconds) or in a form (ISO 8601), in milliseconds; NaN if it is none. */
export function timestampMs(value: unknown): number {
    if (typeof value === "number") return Math.round(value * 1_000);
    return typeof value === "string" ? Date.parse(value) : NaN;
}
