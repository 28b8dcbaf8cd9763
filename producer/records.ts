/**
 * From what an application hands over to what Kinesis takes: bytes, a partition key, the place on the hash ring, and the size that is billed.
 */
import { createHash, hash, randomUUID } from "node:crypto";
import { types } from "node:util";
import { serialize } from "node:v8";
import { hashKeySpace } from "../capacity/keys/hashRing";
import { limits } from "../capacity/limits";
import { formatNumber } from "../capacity/text";

/** One entry of a PutRecords call. */
export interface Entry {
    /** The bytes. */
    readonly Data: Uint8Array;
    /** 1 to 256 characters. */
    readonly PartitionKey: string;
    /** A number of the hash space, in place of the key's hash. */
    readonly ExplicitHashKey?: string;
}

/** A record that is ready to be sent. */
export interface PreparedRecord {
    readonly entry: Entry;
    /** Data and partition key in bytes: what counts against a shard, a call and the stream's maximum record size. */
    readonly bytes: number;
    /** The place on the hash ring as 32 hexadecimal digits, so that text order is ring order. */
    readonly hash: string;
}

/** A record that Kinesis would never take, and why. */
export interface UnfitRecord {
    readonly reason: "invalid" | "too-large";
    readonly partitionKey: string | undefined;
    /** What it takes of the memory as long as somebody keeps it. */
    readonly bytes: number;
    readonly message: string;
}

/** How to read an application's values. */
export interface RecordOptions<T> {
    /**
     * The partition key: the name of a field (`"userId"`, `"customer.id"`) or a function of the value.
     *
     * @default a random UUID for each record: an even spread, and no order
     */
    readonly key?: string | ((value: T) => string | number | bigint) | undefined;
    /**
     * The place on the hash ring, 0 to 2^128 - 1, instead of the partition key's MD5: a field's name or a function; undefined leaves it to the key.
     *
     * @default none
     */
    readonly explicitHashKey?: string | ((value: T) => string | bigint | undefined) | undefined;
    /**
     * The data of a record.
     *
     * @default bytes as they are and not copied, strings as UTF-8, everything else as JSON
     */
    readonly data?: ((value: T) => string | Uint8Array | object) | undefined;
    /**
     * The stream's maximum record size, 1 to 10,240 KiB.
     *
     * @default 1024
     */
    readonly maxRecordKiB?: number | undefined;
}

/**
 * Prepares one value for sending, or says why it cannot be sent.
 *
 * @param index the value's place in the order in which the producer took it, from 1: it names the record in the message
 */
export function prepareRecord<T>(value: T, index: number, options: RecordOptions<T>): PreparedRecord | UnfitRecord {
    try {
        const partitionKey = partitionKeyOf(value, options.key);
        // Numbers are formatted slowly, so the name is made only for a message.
        const name = (): string => `record ${formatNumber(index)} (key ${JSON.stringify(shorten(partitionKey))})`;
        const data = dataOf(value, options.data, name);
        const explicitHashKey = explicitHashKeyOf(value, options.explicitHashKey, name);
        const bytes = data.byteLength + Buffer.byteLength(partitionKey);
        const bytesMax = (options.maxRecordKiB ?? limits.recordKiBDefaultMax) * limits.bytesPerKiB;
        if (bytes > bytesMax)
            return { reason: "too-large", partitionKey, bytes, message: tooLarge(name(), bytes, bytesMax) };
        const entry = { Data: data, PartitionKey: partitionKey };
        if (explicitHashKey === undefined) return { entry, bytes, hash: md5(partitionKey) };
        const ExplicitHashKey = explicitHashKey.toString();
        return { entry: { ...entry, ExplicitHashKey }, bytes, hash: hashText(explicitHashKey) };
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const named = message.startsWith("record ") ? message : `record ${formatNumber(index)}: ${message}`;
        return { reason: "invalid", partitionKey: undefined, bytes: bytesHeld(value), message: named };
    }
}

/** In bytes, about. The first takes circles and bigints, the second leaves out functions. */
const sizes: readonly ((value: unknown) => number)[] = [
    (value) => serialize(value).byteLength,
    (value) => Buffer.byteLength(JSON.stringify(value)),
];

/** What a value takes of the memory; 0 where nothing tells, as with a promise. */
export function bytesHeld(value: unknown): number {
    for (const size of sizes) {
        try {
            return size(value);
        } catch {
            continue;
        }
    }
    return 0;
}

/** Node.js 20.12 has a function that takes less than half of the time. */
const md5: (partitionKey: string) => string =
    typeof hash === "function"
        ? (partitionKey) => hash("md5", partitionKey, "hex")
        : (partitionKey) => createHash("md5").update(partitionKey, "utf8").digest("hex");

/** A hash key as 32 hexadecimal digits: text order is ring order. */
export function hashText(hashKey: bigint): string {
    return hashKey.toString(16).padStart(32, "0");
}

function partitionKeyOf<T>(value: T, key: RecordOptions<T>["key"]): string {
    if (key === undefined) return randomUUID();
    const found: unknown = typeof key === "function" ? key(value) : fieldOf(value, key);
    const source = typeof key === "function" ? "the key function" : `the field ${JSON.stringify(key)}`;
    if (typeof found !== "string" && typeof found !== "number" && typeof found !== "bigint") {
        const came = found === undefined ? "nothing" : found === null ? "null" : article(typeof found);
        throw new Error(`${source} gives ${came} as partition key; give each record a text or a number there.`);
    }
    const text = String(found);
    if (text === "") throw new Error(`${source} gives an empty partition key; Kinesis takes 1 to 256 characters.`);
    // It has no bytes: each is written as U+FFFD, and records of several keys would become those of one.
    if (loneSurrogate.test(text)) {
        const key = JSON.stringify(shorten(text));
        throw new Error(
            `${source} gives the partition key ${key}, which is no Unicode: it was cut in the middle of a character.`,
        );
    }
    const most = limits.partitionKeyCharactersMax;
    // Kinesis counts Unicode characters; a UTF-16 length is never smaller, so only long keys are counted one by one.
    const characters = text.length > most ? [...text].length : 0;
    if (characters <= most) return text;
    const long = `a partition key of ${formatNumber(characters)} characters`;
    throw new Error(`${source} gives ${long}; Kinesis takes at most ${most}. Use a hash of it as the key.`);
}

/** Half of what UTF-16 writes beyond the basic plane, without the other half. */
const loneSurrogate = /\p{Surrogate}/u;

/** A field by its name, or by a path with dots if no field has that very name. */
export function fieldOf(value: unknown, name: string): unknown {
    const isBytes = bytesOf(value) !== undefined;
    if (typeof value !== "object" || value === null || isBytes) {
        throw new Error(
            `${isBytes ? "a byte array" : article(typeof value)} has no field ${JSON.stringify(name)} ` +
                "for the partition key; send objects, or give the key as a function.",
        );
    }
    if (Object.hasOwn(value, name)) return (value as Record<string, unknown>)[name];
    if (isPromise(value)) {
        const missing = `a promise has no field ${JSON.stringify(name)} for the partition key`;
        throw new Error(`${missing}; await it, and send what it gives.`);
    }
    let found: unknown = value;
    for (const part of name.split(".")) {
        if (typeof found !== "object" || found === null || !Object.hasOwn(found, part)) return undefined;
        found = (found as Record<string, unknown>)[part];
    }
    return found;
}

function dataOf<T>(value: T, toData: RecordOptions<T>["data"], name: () => string): Uint8Array {
    const data: unknown = toData === undefined ? value : toData(value);
    if (typeof data === "string") return Buffer.from(data, "utf8");
    const bytes = bytesOf(data);
    if (bytes !== undefined) return bytes;
    if (isPromise(data)) {
        const what = toData === undefined ? "is a promise; await it" : "has a promise as its data; await it before";
        throw new Error(`${name()} ${what}, and send what it gives.`);
    }
    let json: string | undefined;
    try {
        json = JSON.stringify(data) as string | undefined;
    } catch (error) {
        throw new Error(`${name()} cannot be written as JSON: ${(error as Error).message.split("\n")[0]}`);
    }
    if (json !== undefined && !losesContent(data, json)) return Buffer.from(json, "utf8");
    const asJson = json === undefined ? "" : `, which JSON writes as ${shorten(json)}`;
    throw new Error(`${name()} is ${nameOf(data)}${asJson}; send an object, a string or bytes.`);
}

/** The bytes of whatever holds bytes and nothing else, also where it comes from another realm. */
function bytesOf(data: unknown): Uint8Array | undefined {
    if (data instanceof Uint8Array) return data;
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return types.isAnyArrayBuffer(data) ? new Uint8Array(data) : undefined;
}

function isPromise(data: unknown): boolean {
    return (
        typeof data === "object" && data !== null && typeof (data as Partial<PromiseLike<unknown>>).then === "function"
    );
}

/** JSON says nothing of what it leaves out. Objects are written with their fields, and what writes itself is written as it says. */
function losesContent(data: unknown, json: string): boolean {
    if (json === "null") return data !== null;
    if (typeof data !== "object" || data === null || isPlain(data)) return false;
    if (typeof (data as { toJSON?: unknown }).toJSON === "function") return false;
    // What they hold is in no field, whatever fields they have beside it, such as the code of an error.
    const holdsMore = types.isMap(data) || types.isSet(data) || types.isNativeError(data);
    return holdsMore || (json === "{}" && Object.keys(data).length === 0);
}

/** An object or array of literals, also where it comes from another realm. */
function isPlain(data: object): boolean {
    const prototype = Object.getPrototypeOf(data) as object | null;
    if (prototype === null || prototype === Object.prototype || Array.isArray(data)) return true;
    return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/** With its article; an object by the name of its class. */
function nameOf(data: unknown): string {
    if (data === undefined || typeof data === "number") return String(data);
    if (typeof data !== "object" || data === null) return article(typeof data);
    const { name } = (data.constructor as { name?: unknown } | undefined) ?? {};
    return article(typeof name === "string" && name !== "" ? name : "object");
}

function explicitHashKeyOf<T>(value: T, option: RecordOptions<T>["explicitHashKey"], name: () => string) {
    if (option === undefined) return undefined;
    const found: unknown = typeof option === "function" ? option(value) : fieldOf(value, option);
    if (found === undefined || found === null) return undefined;
    const text = String(found);
    const hashKey = /^(0|[1-9]\d{0,38})$/.test(text) ? BigInt(text) : hashKeySpace;
    if (hashKey < hashKeySpace) return hashKey;
    const given = `${name()} has the explicit hash key ${JSON.stringify(shorten(text))}`;
    throw new Error(`${given}; it must be a whole number from 0 to ${hashKeySpace - 1n}, written in decimal.`);
}

function tooLarge(name: string, bytes: number, bytesMax: number): string {
    const streamMax = limits.recordKiBMax * limits.bytesPerKiB;
    const fix =
        bytes <= streamMax
            ? `Raise the stream's maximum record size (at most ${formatNumber(limits.recordKiBMax)} KiB) and maxRecordKiB with it, store the payload in S3 and write its key, or split the record.`
            : "Store the payload in S3 and write its key, or split the record.";
    return `${name}: ${formatNumber(bytes)} bytes, key included, exceed the ${formatNumber(bytesMax)} that the stream accepts. ${fix}`;
}

function shorten(text: string): string {
    return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}

function article(noun: string): string {
    // Not U: it is a URL.
    return /^[aeiouAEIO]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}
