/**
 * Partition keys from JSON documents: the text or the number at a path, or the document itself where it is one.
 */
import { UsageError } from "./command";
import { addRecord, badBytesLooked, type KeyReader, type KeySource, noSuchColumn } from "./keyRecords";
import { jsonRecords } from "./records/jsonRecords";
import { fieldsOf, type JsonDocument, type JsonScalar, parseJson } from "./records/jsonText";

export const readNdjson = (chunks: AsyncIterable<Buffer>, reader: KeyReader): Promise<void> =>
    readDocuments(chunks, reader, "ndjson");

export const readJson = (chunks: AsyncIterable<Buffer>, reader: KeyReader): Promise<void> =>
    readDocuments(chunks, reader, "json");

async function readDocuments(
    chunks: AsyncIterable<Buffer>,
    { source, tally, bad, name }: KeyReader,
    format: "ndjson" | "json",
): Promise<void> {
    let found = false;
    let fieldsSeen: string[] = [];
    for await (const records of jsonRecords(chunks, format, source.column)) {
        for (const { bytes, line, document, fault } of records) {
            const fail = (reason: string): void => bad.add(line, reason, bytes.toString("utf8", 0, badBytesLooked));
            if (document === undefined) {
                fail(fault!);
                continue;
            }
            const payload = payloadOf(document);
            const column = source.column ?? (payload === undefined ? undefined : dumpedKey);
            if (fieldsSeen.length === 0) fieldsSeen = fieldsIn(document, payload);
            if (column === undefined && isObject(document)) throw noColumn(name, fieldsSeen);
            const scalarAt = (path: string | undefined): JsonScalar | undefined =>
                document.scalarAt(path) ?? payload?.().scalarAt(path);
            const key = scalarAt(column);
            found ||= key !== undefined;
            const others = othersOf(source, (path) => scalarAt(path)?.text);
            if (key?.isDamaged === true) fail("not UTF-8");
            else if (key?.type === "boolean") fail(`${key.text} is no text and no number`);
            else addRecord({ key: key?.text, ...others }, source, tally, fail);
        }
    }
    if (!found && source.column !== undefined && fieldsSeen.length > 0)
        throw noSuchColumn(name, source.column, fieldsSeen, "field");
}

function othersOf({ weight, explicitHashKey }: KeySource, textAt: (path: string) => string | undefined) {
    return {
        weight: weight === undefined ? undefined : textAt(weight),
        explicitHashKey: explicitHashKey === undefined ? undefined : textAt(explicitHashKey),
    };
}

const isObject = ({ value }: JsonDocument): boolean => typeof value === "object" && value !== null;

/** What GetRecords gives of a record: its own key, and its data in base64, in which a key that was named is looked for too. */
const dumpedKey = "PartitionKey";

/** Stands for data that is no JSON: there is nothing in it. */
const noDocument = parseJson("null")!;

function payloadOf({ value }: JsonDocument): (() => JsonDocument) | undefined {
    const { PartitionKey, Data } = (value ?? {}) as { PartitionKey?: unknown; Data?: unknown };
    if (typeof PartitionKey !== "string" || typeof Data !== "string") return undefined;
    let payload: JsonDocument | undefined;
    return () => (payload ??= parsed(Buffer.from(Data, "base64")) ?? noDocument);
}

const parsed = (bytes: Buffer): JsonDocument | undefined => parseJson(bytes.toString(), bytes);

function fieldsIn({ value }: JsonDocument, payload: (() => JsonDocument) | undefined): string[] {
    const fieldsOfOne = (of: unknown): string[] => (typeof of === "object" && of !== null ? fieldsOf(of) : []);
    return [...fieldsOfOne(value), ...fieldsOfOne(payload?.().value)];
}

function noColumn(name: string, fields: readonly string[]): UsageError {
    return new UsageError(
        `${name} holds JSON documents; name the field of the partition key with --column: ${fields.join(", ")}.`,
    );
}
