/**
 * What a request must look like, and AWS's sentences about one that does not. A shape is a value that can be checked and a type that is
 * derived from it, so an operation's input is described once.
 *
 * Source of the sentences: the constraints of AWS's API models (botocore 1.44) as its services word them: kinesalite 3.3.3 and moto 5.2 recorded
 * them of AWS (read 2026-11).
 */
import { AwsError } from "../service";
import { blobBytes } from "./base64";
import { checkBase64, type WireType, wrongType } from "./wrongType";

/** The shape of a value; `Value` is what it is once it passed. */
export interface Shape<Value = unknown> {
    /** Adds a sentence for each constraint that is broken. @throws AwsError (SerializationException) for the first wrong type */
    check(value: unknown, path: string, broken: string[]): void;
    /** Of a single value: what the list or the map that holds it checks. */
    readonly item?: { checkType(value: unknown): void; readonly constraints: readonly Constraint[] };
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
    return scalar("String", isText, [
        ...(max < Infinity ? [constraint(tooLong(max), (value: string) => hasAtMost(value, max))] : []),
        // A least length of none is listed, too, where a greatest one is.
        ...(min > 0 || max < Infinity ? [constraint(tooShort(min), (value: string) => value.length >= min)] : []),
        ...(expression
            ? [constraint(`satisfy regular expression pattern: ${pattern}`, (value: string) => expression.test(value))]
            : []),
    ]);
}

/** Unicode characters, where JavaScript counts UTF-16 units. */
export function hasAtMost(value: string, charactersMax: number): boolean {
    return value.length <= charactersMax || Array.from(value).length <= charactersMax;
}

export function oneOf<const Values extends readonly string[]>(...values: Values): Shape<Values[number]> {
    const allowed = `satisfy enum value set: [${values.join(", ")}]`;
    return scalar("String", isText, [constraint(allowed, (value: string) => values.includes(value))]);
}

export const integer = (min?: number, max?: number): Shape<number> => numeric("Integer", Number.isInteger, min, max);

export const number = (min?: number, max?: number): Shape<number> => numeric("Double", isNumber, min, max);

/** Also NaN and the infinities, which JSON and forms carry as text: for an operation that refuses all but `Number.isFinite` in words of its own. */
export const anyNumber: Shape<number> = scalar(
    "Double",
    (value) => isNumber(value) || ["NaN", "Infinity", "-Infinity"].includes(String(value)),
);

/** A time as JSON carries it: seconds since 1970. */
export const timestamp = numeric("Timestamp", isNumber);

export const boolean: Shape<boolean> = scalar("Boolean", (value) => typeof value === "boolean");

/** A time as JSON (epoch seconds) or a form (ISO 8601) carries it; `timestampMs` reads both. */
export const anyTimestamp: Shape<number | string> = scalar("Timestamp", (value) => !Number.isNaN(timestampMs(value)));

/** Bytes in their base64 form. */
export function blob(maxBytes = Infinity): Shape<string> {
    const { check } = scalar("Blob", isText);
    return {
        check(value, path, broken) {
            check(value, path, broken);
            checkBase64(value as string);
            const bytes = blobBytes(value as string);
            if (bytes > maxBytes)
                breaks(broken, `java.nio.HeapByteBuffer[pos=0 lim=${bytes} cap=${bytes}]`, path, tooLong(maxBytes));
        },
    };
}

function isText(value: unknown): boolean {
    return typeof value === "string";
}

function isNumber(value: unknown): boolean {
    return typeof value === "number";
}

function numeric(type: WireType, is: (value: unknown) => boolean, min = -Infinity, max = Infinity): Shape<number> {
    return scalar(type, is, [
        ...(max < Infinity
            ? [constraint(`have value less than or equal to ${max}`, (value: number) => value <= max)]
            : []),
        ...(min > -Infinity
            ? [constraint(`have value greater than or equal to ${min}`, (value: number) => value >= min)]
            : []),
    ]);
}

/** A constraint of one value: what its sentence says that it must, and whether it does. */
interface Constraint {
    readonly must: string;
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the value has its type by then
    holds(value: any): boolean;
}

function constraint<Value>(must: string, holds: (value: Value) => boolean): Constraint {
    return { must, holds };
}

/** @param constraints in the order in which AWS lists them for the items of a list */
function scalar<Value>(
    type: WireType,
    is: (value: unknown) => boolean,
    constraints: readonly Constraint[] = [],
): Shape<Value> {
    const oneByOne = [...constraints].reverse();
    const checkType = (value: unknown): void => {
        if (!is(value)) throw wrongType(value, type);
    };
    return {
        item: { checkType, constraints },
        check(value, path, broken) {
            checkType(value);
            for (const { must, holds } of oneByOne) if (!holds(value)) breaks(broken, value, path, must);
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
            if (of.item) return checkItems(of.item, value, value, path, "Member", broken);
            for (let index = 0; index < value.length; index++)
                checkMember(of, value[index], `${path}.${index + 1}.member`, broken);
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
            const map = membersOf(value, "Map");
            const names = Object.keys(map);
            checkLength(names.length, min, max, value, path, broken);
            if (key?.item) checkItems(key.item, names, value, path, "Map keys", broken);
            if (of.item) return checkItems(of.item, Object.values(map), value, path, "Map value", broken);
            for (const name of names) checkMember(of, map[name], `${path}.${name}.member`, broken);
        },
    };
}

/** AWS refuses what is in a list or a map as a whole: one sentence shows all of it, and every constraint of an item. */
function checkItems(
    { checkType, constraints }: NonNullable<Shape["item"]>,
    items: readonly unknown[],
    whole: unknown,
    path: string,
    which: "Member" | "Map keys" | "Map value",
    broken: string[],
): void {
    for (const item of items) if (item !== null) checkType(item);
    if (items.every((item) => item !== null && constraints.every(({ holds }) => holds(item)))) return;
    const all = items.includes(null) ? [...constraints, { must: "not be null" }] : constraints;
    const each = all.map(({ must }) => `Member must ${must}`).join(", ");
    breaks(broken, whole, path, `satisfy constraint: [${each}]`, which);
}

export function structure<const M extends Members>(members: M): Shape<InputOf<M>> {
    const rows = Object.entries<Shape>(members).map(([member, shape]) => ({
        member,
        shape,
        javaName: javaName(member),
    }));
    return {
        check(value, path, broken) {
            const given = membersOf(value, "Structure");
            for (const { member, shape, javaName } of rows) {
                const item = given[member];
                // A member that is null is one that is not there, for AWS and for every step here.
                if (item === null) Reflect.deleteProperty(given, member);
                if ((item === undefined || item === null) && !("required" in shape)) continue;
                checkMember(shape, item, path === "" ? javaName : `${path}.${javaName}`, broken);
            }
        },
    };
}

function checkMember(shape: Shape, value: unknown, path: string, broken: string[]): void {
    if (value === undefined || value === null) breaks(broken, null, path, "not be null");
    else shape.check(value, path, broken);
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
    if (length > max) breaks(broken, value, path, tooLong(max));
    if (length < min) breaks(broken, value, path, tooShort(min));
}

function breaks(broken: string[], value: unknown, path: string, must: string, which = "Member"): void {
    // AWS stops listing after ten.
    if (broken.length >= 10) return;
    broken.push(`Value ${shown(value)}at '${path}' failed to satisfy constraint: ${which} must ${must}`);
}

/** As Java prints it, with a space behind; AWS leaves out what holds structures. */
function shown(value: unknown): string {
    if (value === null) return "null ";
    if (typeof value !== "object") return `'${String(value)}' `;
    const items = Object.values(value) as unknown[];
    if (items.some((item) => typeof item === "object" && item !== null)) return "";
    if (Array.isArray(value)) return `'[${items.map(String).join(", ")}]' `;
    const entries = Object.entries(value).map(([name, item]) => `${name}=${String(item)}`);
    return `'{${entries.join(", ")}}' `;
}

function membersOf(value: unknown, type: "Map" | "Structure"): Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(value, type);
    return value as Record<string, unknown>;
}
