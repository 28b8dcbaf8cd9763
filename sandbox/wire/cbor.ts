/**
 * CBOR, the binary twin of JSON, which the AWS SDKs for Java and Go speak where others speak JSON.
 *
 * Services know the JSON form alone, so it is what comes out and what goes in: bytes are base64 text, times are seconds since 1970.
 *
 * Source: RFC 8949; https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html, read 2026-11.
 */
import { cbor, tag, tagSymbol } from "@smithy/core/cbor";

/** What a time counts in: Kinesis's older dialect (application/x-amz-cbor-1.1) says milliseconds, rpc-v2-cbor seconds. */
export interface Dialect {
    readonly ticksPerSecond: 1 | 1_000;
}

/** @throws Error for bytes that are no CBOR */
export function fromCbor(bytes: Buffer, dialect: Dialect): unknown {
    return plain(cbor.deserialize(bytes), dialect);
}

/** A member that is undefined is left out, as in JSON. */
export function toCbor(value: unknown, dialect: Dialect): Buffer {
    return Buffer.from(cbor.serialize(typed(value, "", dialect)));
}

const epochTag = 1;

function plain(value: unknown, dialect: Dialect): unknown {
    if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
    if (Array.isArray(value)) return value.map((item) => plain(item, dialect));
    if (typeof value === "bigint") return Number(value);
    if (typeof value !== "object" || value === null) return value ?? null;
    if (tagSymbol in value) {
        const tagged = value as unknown as { readonly tag: number; readonly value: unknown };
        return tagged.tag === epochTag ? Number(tagged.value) / dialect.ticksPerSecond : plain(tagged.value, dialect);
    }
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item, dialect)]));
}

/** Which members of an answer are times, and which bytes: the JSON form does not tell them from numbers and text. */
const isTime = (member: string): boolean => /(Timestamps?|[a-z]At)$|^LastModified$/.test(member);
const isBytes = (member: string): boolean => member === "Data";

/** @param member the name of the member that the value, or the list around it, is */
function typed(value: unknown, member: string, dialect: Dialect): unknown {
    if (typeof value === "number" && isTime(member)) return timeOf(value, dialect);
    if (typeof value === "string" && isBytes(member)) return Buffer.from(value, "base64");
    if (Array.isArray(value)) return value.map((item) => typed(item, member, dialect));
    if (typeof value !== "object" || value === null) return value;
    const members = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(members.map(([name, item]) => [name, typed(item, name, dialect)]));
}

function timeOf(seconds: number, { ticksPerSecond }: Dialect): unknown {
    return tag({ tag: epochTag, value: ticksPerSecond === 1 ? seconds : Math.round(seconds * ticksPerSecond) });
}
