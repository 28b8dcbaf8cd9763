/**
 * What a preview of Pulumi says, from any of its documents: the one of `pulumi preview --json`, or the events that `--event-log` and
 * PULUMI_ENABLE_STREAMING_JSON_PREVIEW write, one a line. Only events tell what policies said.
 */
import { constants } from "node:buffer";
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import { UsageError } from "../command";
import { inputWords, sizeOf, stdinName, unreadable } from "../inputFile";

export type Properties = Readonly<Record<string, unknown>>;

/** A resource on one side of the change. */
export interface ResourceState {
    readonly inputs: Properties;
    readonly outputs: Properties;
    readonly parent: string | undefined;
    /** The URN of its provider. */
    readonly provider: string | undefined;
    /** It stays in AWS when Pulumi lets it go. */
    readonly retained: boolean;
}

/** What happens to a resource; the steps of a replacement are one change. */
export type Change = "same" | "create" | "import" | "update" | "replace" | "delete";

export interface PreviewedResource {
    readonly urn: string;
    readonly change: Change;
    readonly before: ResourceState | undefined;
    readonly after: ResourceState | undefined;
    /** Names of the properties that change. */
    readonly changed: readonly string[];
    /** Names of those that make it a replacement. */
    readonly replacing: readonly string[];
}

export interface PolicyMessage {
    readonly urn: string | undefined;
    readonly policy: string;
    readonly level: string;
    readonly message: string;
}

export interface PreviewMessage {
    readonly urn: string | undefined;
    readonly message: string;
}

export interface Preview {
    readonly resources: ReadonlyMap<string, PreviewedResource>;
    /** What policies said; undefined where the document cannot tell. */
    readonly policies: readonly PolicyMessage[] | undefined;
    /** The names of the policy packs that judged. */
    readonly packs: readonly string[];
    readonly errors: readonly PreviewMessage[];
    readonly warnings: readonly PreviewMessage[];
    /** Resources that do not change are in the document too. */
    readonly withSames: boolean;
}

/** @throws UsageError what the file is instead of a preview, and what to do */
export async function readPreview(file: string): Promise<Preview> {
    const name = inputWords(file);
    try {
        return previewIn(decoded(await bytesOf(file)).trim(), name);
    } catch (error) {
        const told = unreadable(error, name);
        if (told instanceof UsageError) throw told;
        // Exit code 1 says that a stream is in danger; what cannot be read says nothing of streams.
        throw new UsageError(`${name} cannot be read: ${(told as Error).message}.`);
    }
}

function previewIn(text: string, name: string): Preview {
    if (text === "")
        throw new UsageError(`${name} is empty: the preview wrote nothing to it; look at the preview's own messages.`);
    const documents = parse(text, name);
    const [digest] = documents;
    if (documents.length === 1 && digest !== undefined && Array.isArray(digest.steps)) return fromDigest(digest);
    if (documents.some(({ preludeEvent, resourcePreEvent }) => preludeEvent ?? resourcePreEvent))
        return fromEvents(documents, name);
    throw noPreview(name);
}

/** The document that tells most: what policies say, too. */
export const recipe =
    "PULUMI_DEBUG_COMMANDS=true pulumi preview --non-interactive --event-log events.json --policy-pack node_modules/sharded-stream/policies";

export const howToMake = `Make one with: ${recipe}`;

function noPreview(name: string): UsageError {
    return new UsageError(
        `${name} is JSON, but no preview of Pulumi (no steps, and no events of resources). ${howToMake}`,
    );
}

async function bytesOf(file: string): Promise<Buffer> {
    if (file === stdinName) return buffer(process.stdin);
    if (sizeOf(file)! > constants.MAX_STRING_LENGTH)
        throw new UsageError(`${file} is no preview: it is larger than 512 MiB. ${howToMake}`);
    return readFile(file);
}

/** PowerShell's > writes UTF-16, with a byte order mark. */
function decoded(bytes: Buffer): string {
    const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
    return bytes.toString(isUtf16 ? "utf16le" : "utf8").replace(/^\uFEFF/, "");
}

/** One document, or one a line. */
function parse(text: string, name: string): Properties[] {
    if (!text.startsWith("{")) {
        if (isJson(text)) throw noPreview(name);
        const line = text.slice(0, text.search(/\n|$/)).slice(0, 60);
        throw new UsageError(
            `${name} does not begin with a preview but with ${JSON.stringify(line)}; write stdout alone to the file, without stderr (2>&1) and without other commands' output. ${howToMake}`,
        );
    }
    const parsed =
        whole(text) ??
        text
            .split("\n")
            .filter((line) => line.trim() !== "")
            .map(whole);
    const documents = Array.isArray(parsed) ? parsed : [parsed];
    const bad = documents.findIndex((document) => document === undefined);
    if (bad === -1) return documents as Properties[];
    const where = bad === 0 ? "" : `; line ${bad + 1} is the first that is none`;
    throw new UsageError(
        `${name} is not JSON to its end${where}: it was cut off, or other text is in it. ${howToMake}`,
    );
}

function isJson(text: string): boolean {
    try {
        JSON.parse(text);
        return true;
    } catch {
        return false;
    }
}

function whole(text: string): Properties | undefined {
    try {
        return asProperties(JSON.parse(text));
    } catch {
        return undefined;
    }
}

function fromDigest({ steps, diagnostics }: Properties): Preview {
    const resources = merged((steps as unknown[]).map(asProperties), "oldState", "newState");
    return {
        resources,
        policies: undefined,
        packs: [],
        errors: errorsIn(listOf(diagnostics)),
        warnings: messagesIn(listOf(diagnostics), "warning"),
        withSames: [...resources].some(
            ([urn, { change }]) => change === "same" && !urn.includes("::pulumi:pulumi:Stack::"),
        ),
    };
}

function fromEvents(events: readonly Properties[], name: string): Preview {
    const of = (kind: string) => events.flatMap((event) => (event[kind] ? [asProperties(event[kind])] : []));
    const [summary] = of("summaryEvent");
    if (summary?.isPreview === false)
        throw new UsageError(`${name} tells of a deployment, not of a preview. ${howToMake}`);
    return {
        resources: merged(
            of("resourcePreEvent").map(({ metadata }) => asProperties(metadata)),
            "old",
            "new",
        ),
        policies: of("policyEvent").map((event) => ({
            urn: textOf(event.resourceUrn),
            policy: String(event.policyName),
            level: String(event.enforcementLevel),
            message: withoutDescription(plain(event.message)),
        })),
        // "sharded-stream|local|/where/it/is"
        packs: Object.keys(asProperties(summary?.PolicyPacks)).map((pack) => pack.split("|")[0]!),
        errors: [
            ...errorsIn(of("diagnosticEvent")),
            ...(summary === undefined ? [{ urn: undefined, message: "The preview ended before its summary." }] : []),
        ],
        warnings: messagesIn(of("diagnosticEvent"), "warning"),
        withSames: true,
    };
}

/** One entry a resource: a replacement is several steps. */
function merged(steps: readonly Properties[], old: string, now: string): Map<string, PreviewedResource> {
    const resources = new Map<string, PreviewedResource>();
    for (const step of steps) {
        const change = changes[String(step.op)];
        const urn = textOf(step.urn);
        if (urn === undefined || change === undefined) continue;
        const known = resources.get(urn);
        const isMore = known === undefined || order.indexOf(change) > order.indexOf(known.change);
        resources.set(urn, {
            urn,
            change: isMore ? change : known.change,
            before: stateOf(step[old]) ?? known?.before,
            after: stateOf(step[now]) ?? known?.after,
            changed: namesOf(step.diffReasons ?? step.diffs) ?? known?.changed ?? [],
            replacing: namesOf(step.replaceReasons ?? step.keys) ?? known?.replacing ?? [],
        });
    }
    return resources;
}

/** Pulumi's operations; what is only read or refreshed changes nothing. */
const changes: Readonly<Partial<Record<string, Change>>> = {
    same: "same",
    create: "create",
    import: "import",
    update: "update",
    delete: "delete",
    replace: "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "import-replacement": "replace",
};

const order: readonly Change[] = ["same", "import", "update", "create", "delete", "replace"];

function stateOf(value: unknown): ResourceState | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    const state = value as Properties;
    return {
        inputs: asProperties(state.inputs),
        outputs: asProperties(state.outputs),
        parent: textOf(state.parent),
        // A reference is the URN and the id of what it refers to.
        provider: textOf(state.provider)?.replace(/::[^:]*$/, ""),
        retained: state.retainOnDelete === true,
    };
}

/** The engine's own word that something else failed. */
export const echo = "preview failed";

/** What the engine itself adds once something else has failed tells nothing. */
const echoes = new RegExp(`^(${echo}|.*context canceled)$`);

/** Those that tell something, or the engine's own word that there was one. */
function errorsIn(diagnostics: readonly Properties[]): PreviewMessage[] {
    const errors = messagesIn(diagnostics, "error");
    const telling = errors.filter(({ message }) => !echoes.test(message));
    return telling.length > 0 ? telling : errors.slice(0, 1);
}

/** The document has the severity before the message, too. */
function messagesIn(diagnostics: readonly Properties[], severity: "error" | "warning"): PreviewMessage[] {
    return diagnostics
        .filter((diagnostic) => diagnostic.severity === severity)
        .map(({ urn, message }) => ({ urn: textOf(urn), message: plain(message).replace(`${severity}: `, "") }));
}

/** A policy's message has the policy's description on the line before. */
function withoutDescription(message: string): string {
    return message.replace(/^[^\n]*\n(?=\S)/, "");
}

/** Text without the engine's colours. */
function plain(value: unknown): string {
    return stripVTControlCharacters(typeof value === "string" ? value : "")
        .replace(/<\{%.*?%\}>/g, "")
        .trim();
}

function namesOf(value: unknown): string[] | undefined {
    return Array.isArray(value) ? value.map(String) : undefined;
}

function listOf(value: unknown): Properties[] {
    return Array.isArray(value) ? value.map(asProperties) : [];
}

function textOf(value: unknown): string | undefined {
    return typeof value === "string" && value !== "" ? value : undefined;
}

export function asProperties(value: unknown): Properties {
    return typeof value === "object" && value !== null ? (value as Properties) : {};
}
