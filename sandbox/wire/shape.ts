/**
 * What a request must look like, and AWS's sentences about one that does not. A shape is a value that can be checked and a type that is
 * derived from it, so an operation's input is described once.
 *
 * Source of the sentences: the constraints of AWS's API models as its services word them (botocore 1.44, read 2026-11).
 */
import { AwsError } from "../service";

/** The shape of a value; `Value` is what it is once it passed. */
export interface Shape<Value = unknown> {
    /** Adds a sentence for each constraint that is broken. @throws AwsError (SerializationException) for the first wrong type */
    check(value: unknown, path: string, broken: string[]): void;
    /** Only carries the type. */
    readonly value?: Value;
}

/** Marks a member that must be there. */
export interface Required {
    readonly required: true;
}

export type Members = Readonly<Record<string, Shape>>;
export type ValueOf<S> = S extends Shape<infer Value> ? Value : never;

/** The type of an input with these members that passed its check. */
export type InputOf<M> = { [K in keyof M as M[K] extends Required ? K : never]: ValueOf<M[K]> } & {
    [K in keyof M as M[K] extends Required ? never : K]?: ValueOf<M[K]>;
};

export function required<S extends Shape>(shape: S): S & Required {
    return { ...shape, required: true };
}

/** Text of a length in Unicode characters. A pattern is anchored at both ends, as AWS anchors it. */
export function text(min = 0, max = Infinity, pattern?: string): Shape<string> {
    const expression = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`);
    return {
        check(value, path, broken) {
            if (typeof value !== "string") throw wrongType(value, "String");
            // Unicode characters, where JavaScript counts UTF-16 units.
            if (value.length > max && Array.from(value).length > max) breaks(broken, value, path, tooLong(max));
            if (value.length < min) breaks(broken, value, path, tooShort(min));
            if (expression !== undefined && !expression.test(value))
                breaks(broken, value, path, `satisfy regular expression pattern: ${pattern}`);
        },
    };
}

export function oneOf<const Values extends readonly string[]>(...values: Values): Shape<Values[number]> {
    return {
        check(value, path, broken) {
            if (typeof value !== "string") throw wrongType(value, "String");
            if (!values.includes(value)) breaks(broken, value, path, `satisfy enum value set: [${values.join(", ")}]`);
        },
    };
}

export const integer = (min?: number, max?: number): Shape<number> => numeric(Number.isInteger, "Integer", min, max);

export const number = (min?: number, max?: number): Shape<number> => numeric(isNumber, "Double", min, max);

/** A time as JSON carries it: seconds since 1970. */
export const timestamp = numeric(isNumber, "Timestamp");

function isNumber(value: unknown): boolean {
    return typeof value === "number";
}

function numeric(is: (value: unknown) => boolean, type: string, min = -Infinity, max = Infinity): Shape<number> {
    return {
        check(value, path, broken) {
            if (!is(value)) throw wrongType(value, type);
            if ((value as number) > max) breaks(broken, value, path, `have value less than or equal to ${max}`);
            if ((value as number) < min) breaks(broken, value, path, `have value greater than or equal to ${min}`);
        },
    };
}

export const boolean: Shape<boolean> = {
    check(value) {
        if (typeof value !== "boolean") throw wrongType(value, "Boolean");
    },
};

/** A time as JSON (epoch seconds) or a form (ISO 8601) carries it; `timestampMs` reads both. */
export const anyTimestamp: Shape<number | string> = {
    check(value) {
        if (Number.isNaN(timestampMs(value))) throw wrongType(value, "Timestamp");
    },
};

/** Bytes in their base64 form. */
export function blob(maxBytes = Infinity): Shape<string> {
    return {
        check(value, path, broken) {
            if (typeof value !== "string") throw wrongType(value, "Blob");
            const bytes = blobBytes(value);
            if (!Number.isInteger(bytes))
                throw new AwsError("SerializationException", "Unable to parse Base64 data in the request.");
            if (bytes > maxBytes)
                breaks(broken, `java.nio.HeapByteBuffer[pos=0 lim=${bytes} cap=${bytes}]`, path, tooLong(maxBytes));
        },
    };
}

/** What the sandbox takes and does not look into. */
export function anything<Value = unknown>(): Shape<Value> {
    return { check: () => undefined };
}

export function listOf<Item>(of: Shape<Item>, min = 0, max = Infinity): Shape<Item[]> {
    return {
        check(value, path, broken) {
            if (!Array.isArray(value)) throw wrongType(value, "List");
            checkLength(value.length, min, max, value, path, broken);
            // A list that is too long is not looked into.
            if (value.length > max) return;
            for (let index = 0; index < value.length; index++)
                of.check(value[index], `${path}.${index + 1}.member`, broken);
        },
    };
}

export function mapOf<Item>(
    of: Shape<Item>,
    min = 0,
    max = Infinity,
    key?: Shape<string>,
): Shape<Record<string, Item>> {
    return {
        check(value, path, broken) {
            const entries = Object.entries(membersOf(value));
            checkLength(entries.length, min, max, value, path, broken);
            for (const [name, item] of entries) {
                key?.check(name, path, broken);
                of.check(item, `${path}.${name}.member`, broken);
            }
        },
    };
}

export function structure<const M extends Members>(members: M): Shape<InputOf<M>> {
    const rows = Object.entries<Shape>(members).map(([member, shape]) => ({
        member,
        shape,
        javaName: javaName(member),
    }));
    return {
        check(value, path, broken) {
            const given = membersOf(value);
            for (const { member, shape, javaName } of rows) {
                const item = given[member];
                const isGiven = item !== undefined && item !== null;
                // A member that is null is one that is not there, for AWS and for every step here.
                if (item === null) Reflect.deleteProperty(given, member);
                if (!isGiven && !("required" in shape)) continue;
                const inner = path === "" ? javaName : `${path}.${javaName}`;
                if (isGiven) shape.check(item, inner, broken);
                else breaks(broken, null, inner, "not be null");
            }
        },
    };
}

/**
 * The input, without the members that came as null, if every value has its type and meets its constraints.
 *
 * @param code the service's name for a broken constraint
 * @throws AwsError: SerializationException for the first wrong type; `code` with every broken constraint
 */
export function checkInput<Value>(shape: Shape<Value>, input: unknown, code = "ValidationException"): Value {
    const broken: string[] = [];
    shape.check(input, "", broken);
    if (broken.length === 0) return input as Value;
    const errors = broken.length === 1 ? "validation error" : "validation errors";
    throw new AwsError(code, `${broken.length} ${errors} detected: ${broken.join("; ")}`);
}

/** The size of a blob in bytes, from its base64 form. */
export function blobBytes(base64: string): number {
    const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
    return (base64.length / 4) * 3 - padding;
}

/** A timestamp as it comes in JSON (epoch seconds) or in a form (ISO 8601), in milliseconds; NaN if it is none. */
export function timestampMs(value: unknown): number {
    if (typeof value === "number") return Math.round(value * 1_000);
    return typeof value === "string" ? Date.parse(value) : NaN;
}

/** AWS names members in their Java form: Records.1.Data is 'records.1.member.data'. */
function javaName(member: string): string {
    return /^[A-Z]+$/.test(member) ? member : member.charAt(0).toLowerCase() + member.slice(1);
}

const tooLong = (max: number): string => `have length less than or equal to ${max}`;
const tooShort = (min: number): string => `have length greater than or equal to ${min}`;

function checkLength(length: number, min: number, max: number, value: unknown, path: string, broken: string[]): void {
    const shown = Array.isArray(value) && length > 0 ? `[${length} elements]` : value;
    if (length > max) breaks(broken, shown, path, tooLong(max));
    if (length < min) breaks(broken, shown, path, tooShort(min));
}

function breaks(broken: string[], value: unknown, path: string, constraint: string): void {
    // AWS stops listing after ten.
    if (broken.length >= 10) return;
    const shown = value === null ? "null" : `'${typeof value === "object" ? JSON.stringify(value) : String(value)}'`;
    broken.push(`Value ${shown} at '${path}' failed to satisfy constraint: Member must ${constraint}`);
}

function membersOf(value: unknown): Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(value, "Structure");
    return value as Record<string, unknown>;
}

function wrongType(value: unknown, wanted: string): AwsError {
    const kinds = { object: "STRUCTURE", string: "STRING", number: Number.isInteger(value) ? "NUMBER" : "FLOAT" };
    const kind =
        value === null || value === undefined
            ? "NULL"
            : Array.isArray(value)
              ? "LIST"
              : (kinds[typeof value as "object"] ?? String(value).toUpperCase());
    return new AwsError("SerializationException", `${kind}_VALUE cannot be converted to ${wanted}`);
}
