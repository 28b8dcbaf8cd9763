/**
 * The ledger as DynamoDB keeps it: the requests to read and write it and the way back, as plain objects.
 *
 * Whoever has a DynamoDB client (the Lambda, the command line) sends them; nobody has a second idea of what an item looks like.
 */
import { dayMs } from "../calendar";
import {
    emptyLedger,
    type LedgerEntry,
    ledgerHistoryDays,
    ledgerKey,
    type LedgerState,
    type LedgerStore,
} from "./ledger";

type Attribute = { readonly S: string } | { readonly N: string };
type Item = Readonly<Record<string, Attribute>>;

interface GetRequest {
    readonly TableName: string;
    readonly Key: Record<string, { S: string }>;
    readonly ConsistentRead: true;
}

interface PutRequest {
    readonly TableName: string;
    readonly Item: Record<string, { S: string } | { N: string }>;
    readonly ConditionExpression?: string;
    readonly ExpressionAttributeNames?: Record<string, string>;
    readonly ExpressionAttributeValues?: Record<string, { N: string }>;
}

interface QueryRequest {
    readonly TableName: string;
    readonly KeyConditionExpression: string;
    readonly ExpressionAttributeNames: Record<string, string>;
    readonly ExpressionAttributeValues: Record<string, { S: string }>;
    readonly ScanIndexForward: false;
    readonly Limit: number;
}

/** The two calls of a DynamoDB client that a ledger needs. */
export interface LedgerTable {
    get(request: GetRequest): Promise<{ readonly Item?: unknown }>;
    put(request: PutRequest): Promise<unknown>;
}

const stateEntry = "state";
const historyPrefix = "at#";

/** A ledger in a DynamoDB table, through whatever sends its requests. */
export function ledgerIn(table: LedgerTable, tableName: string): LedgerStore {
    return {
        read: async (streamKey) => ledgerStateOf((await table.get(readRequest(tableName, streamKey))).Item),
        write: async (streamKey, next) => {
            try {
                await table.put(writeRequest(tableName, streamKey, next));
                return true;
            } catch (error) {
                if (error instanceof Error && error.name === "ConditionalCheckFailedException") return false;
                throw error;
            }
        },
        append: async (streamKey, entry) => {
            await table.put(appendRequest(tableName, streamKey, entry));
        },
    };
}

function readRequest(tableName: string, streamKey: string): GetRequest {
    return { TableName: tableName, Key: keyOf(streamKey, stateEntry), ConsistentRead: true };
}

/** Writes a state on the condition that the stored one is the version before it. */
function writeRequest(tableName: string, streamKey: string, next: LedgerState): PutRequest {
    const { version, ...rest } = next;
    return {
        TableName: tableName,
        Item: { ...keyOf(streamKey, stateEntry), version: { N: String(version) }, state: { S: JSON.stringify(rest) } },
        ...(version === 1
            ? {
                  ConditionExpression: "attribute_not_exists(#version)",
                  ExpressionAttributeNames: { "#version": "version" },
              }
            : {
                  ConditionExpression: "#version = :before",
                  ExpressionAttributeNames: { "#version": "version" },
                  ExpressionAttributeValues: { ":before": { N: String(version - 1) } },
              }),
    };
}

function appendRequest(tableName: string, streamKey: string, entry: LedgerEntry): PutRequest {
    const expiresAtSeconds = Math.floor((entry.atMs + ledgerHistoryDays * dayMs) / 1_000);
    return {
        TableName: tableName,
        Item: {
            ...keyOf(streamKey, `${historyPrefix}${new Date(entry.atMs).toISOString()}#${entry.id}`),
            kind: { S: entry.kind },
            from: { N: String(entry.from) },
            to: { N: String(entry.to) },
            reason: { S: entry.reason },
            message: { S: entry.message },
            by: { S: entry.by },
            [ledgerKey.expiry]: { N: String(expiresAtSeconds) },
        },
    };
}

/** The request for the history since a time, newest first. */
export function historyRequest(tableName: string, streamKey: string, sinceMs: number, limit: number): QueryRequest {
    return {
        TableName: tableName,
        KeyConditionExpression: "#stream = :stream and #entry between :since and :end",
        ExpressionAttributeNames: { "#stream": ledgerKey.partition, "#entry": ledgerKey.sort },
        ExpressionAttributeValues: {
            ":stream": { S: streamKey },
            ":since": { S: `${historyPrefix}${new Date(sinceMs).toISOString()}` },
            ":end": { S: `${historyPrefix}~` },
        },
        ScanIndexForward: false,
        Limit: limit,
    };
}

/** A line of history from its item. */
export function ledgerEntryOf(item: unknown): LedgerEntry {
    const attributes = item as Item;
    const [, time = "", id = ""] = /^at#([^#]*)#(.*)$/.exec(text(attributes, ledgerKey.sort)) ?? [];
    return {
        atMs: Date.parse(time),
        id,
        kind: text(attributes, "kind") as LedgerEntry["kind"],
        from: Number(text(attributes, "from")),
        to: Number(text(attributes, "to")),
        reason: text(attributes, "reason"),
        message: text(attributes, "message"),
        by: text(attributes, "by"),
    };
}

/**
 * The state from its item; without one, the empty ledger.
 *
 * @throws Error if the item is not a ledger's: whose calls are spent is then unknown, and nothing may be called
 */
export function ledgerStateOf(item: unknown): LedgerState {
    if (item === undefined) return emptyLedger;
    const attributes = item as Item;
    const version = Number(text(attributes, "version"));
    const state = JSON.parse(text(attributes, "state") || "null") as Omit<LedgerState, "version"> | null;
    if (state === null || !Number.isInteger(version) || !Array.isArray(state.reshards))
        throw new Error("The ledger's state is not readable; delete its item to start afresh.");

    return { ...state, version };
}

function keyOf(streamKey: string, entry: string): Record<string, { S: string }> {
    return { [ledgerKey.partition]: { S: streamKey }, [ledgerKey.sort]: { S: entry } };
}

function text(item: Item, name: string): string {
    const attribute = item[name];
    if (attribute === undefined) return "";
    return "S" in attribute ? attribute.S : attribute.N;
}
