/**
 * The query protocol of AWS, which SNS, IAM and STS speak: a form with `Action` and flattened parameters in, XML out.
 */
import { AwsError } from "../service";
import { integer, listOf, type Shape } from "./shape";

export interface QueryRequest {
    readonly action: string;
    readonly input: Record<string, unknown>;
}

/**
 * The action and its parameters as objects: `Tags.member.1.Key=a` is `{ Tags: [{ Key: "a" }] }`, `Attributes.entry.1.key=a` with
 * `.value=b` is `{ Attributes: { a: "b" } }`. Every value stays a string, since the form does not tell numbers apart.
 */
export function parseQuery(body: Buffer | string): QueryRequest {
    const form = new URLSearchParams(body.toString());
    const root: Branch = new Map();
    for (const [name, value] of form) {
        const path = name.split(".");
        let branch = root;
        for (const step of path.slice(0, -1)) {
            let next = branch.get(step);
            if (!(next instanceof Map)) branch.set(step, (next = new Map()));
            branch = next;
        }
        branch.set(path.at(-1)!, value);
    }
    const { Action: action, ...input } = plain(root) as Record<string, unknown>;
    delete input.Version;
    if (typeof action !== "string") throw new AwsError("MissingAction", "Missing Action");
    return { action, input };
}

/** A list as a form carries it: an empty one of the JS clients comes as empty text. */
export function formList<Item>(of: Shape<Item>): Shape<Item[] | ""> {
    const list = listOf(of);
    return { check: (value, path, broken) => (value === "" ? undefined : list.check(value, path, broken)) };
}

/** A whole number as a form carries it: as text. */
export function formInteger(min?: number, max?: number): Shape<string> {
    const { check } = integer(min, max);
    return { check: (value, path, broken) => check(Number(value), path, broken) };
}

type Branch = Map<string, Branch | string>;

function plain(node: Branch | string): unknown {
    if (typeof node === "string") return node;
    const [only] = node.size === 1 ? node.keys() : [];
    const inner = only === undefined ? undefined : node.get(only);
    if (only === "member" || only === "entry") {
        // An empty list comes as `Tags.member=`.
        const items = inner instanceof Map ? inOrder(inner).map(plain) : [];
        if (only === "member") return items;
        return Object.fromEntries((items as Record<string, unknown>[]).map((item) => [nameOf(item), valueOf(item)]));
    }
    return Object.fromEntries([...node].map(([name, value]) => [name, plain(value)]));
}

function inOrder(branch: Branch): (Branch | string)[] {
    return [...branch.entries()].sort(([left], [right]) => Number(left) - Number(right)).map(([, value]) => value);
}

// SNS writes the entries of MessageAttributes as Name and Value, those of Attributes as key and value.
const nameOf = (entry: Record<string, unknown>): string => String(entry.key ?? entry.Name);
const valueOf = (entry: Record<string, unknown>): unknown => entry.value ?? entry.Value;

/** The XML of an answer: arrays are lists of `member`, a Map is a map of `entry`, undefined is left out. */
export function queryAnswer(action: string, result: unknown, xmlNamespace: string, requestId: string): string {
    const body = result === undefined ? "" : `<${action}Result>${xmlOf(result)}</${action}Result>`;
    return `<${action}Response xmlns="${escapeXml(xmlNamespace)}">${body}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`;
}

export function queryError(error: AwsError, requestId: string): string {
    return (
        `<ErrorResponse><Error><Type>${error.side}</Type><Code>${escapeXml(error.queryCode)}</Code>` +
        `<Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
    );
}

function xmlOf(value: unknown): string {
    if (value instanceof Date) return value.toISOString();
    if (Array.isArray(value)) return value.map((item) => `<member>${xmlOf(item)}</member>`).join("");
    if (value instanceof Map) {
        const entry = ([key, item]: [unknown, unknown]) =>
            `<entry><key>${xmlOf(key)}</key><value>${xmlOf(item)}</value></entry>`;
        return [...value].map(entry).join("");
    }
    if (typeof value === "object" && value !== null) {
        return Object.entries(value)
            .filter(([, item]) => item !== undefined)
            .map(([name, item]) => `<${name}>${xmlOf(item)}</${name}>`)
            .join("");
    }
    return escapeXml(String(value));
}

function escapeXml(text: string): string {
    const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#xD;" };
    return text.replace(/[&<>"\r]/g, (character) => escapes[character]!);
}
