/**
 * What AWS says of a value that has another type than its member: SerializationException, in the words of the Java server behind it.
 *
 * Source of the sentences: kinesalite 3.3.3, which recorded them of AWS (read 2026-11); issue 650 of aws-sdk-php shows one in its response.
 */
import { AwsError } from "../service";
import { isBase64 } from "./base64";

/** As the sentences name what a member takes. */
const wanted = {
    String: "an String",
    Boolean: "an Boolean",
    Integer: "an Integer",
    Double: "an Double",
    Blob: "a Blob",
    Timestamp: "milliseconds since epoch",
    List: "list",
    Map: "map",
    Structure: "structure",
} as const;

export type WireType = keyof typeof wanted;

const containers = { List: "Expected list or null", Map: "Expected map or null", Structure: "Expected null" } as const;

export function wrongType(value: unknown, type: WireType): AwsError {
    if (Array.isArray(value)) return unreadable("Start of list found where not expected");
    if (typeof value === "object") return unreadable("Start of structure or map found where not expected.");
    if (type in containers) return unreadable(containers[type as keyof typeof containers]);
    return unreadable(`${given(value, type)} can not be converted to ${wanted[type]}`);
}

function given(value: unknown, type: WireType): string {
    if (typeof value === "boolean") return "class java.lang.Boolean";
    if (typeof value === "number") return "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";
    return type === "Boolean" ? `'${String(value).toUpperCase()}'` : "class java.lang.String";
}

/** @throws AwsError for text that is no base64 */
export function checkBase64(text: string): void {
    if (isBase64(text)) return;
    throw unreadable(`'${text}' can not be converted to a Blob: ${base64Fault(text)}`);
}

function base64Fault(text: string): string {
    if (text.length % 4 !== 0)
        return `Base64 encoded length is expected a multiple of 4 bytes but found: ${text.length}`;
    const character = /[^A-Za-z0-9+/=]|=(?=[^=])/.exec(text)?.[0];
    if (character !== undefined) return `Invalid Base64 character: '${character}'`;
    // AWS's spelling.
    return "Invalid last non-pad Base64 character dectected";
}

const unreadable = (sentence: string): AwsError => new AwsError("SerializationException", sentence);
