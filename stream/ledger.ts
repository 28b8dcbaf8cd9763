/**
 * The ledger of a live stream: where it is, and one actor's view of it. What its states mean is in capacity/scaling/ledger.ts.
 */
import { type DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import {
    emptyLedger,
    type LedgerEntry,
    type LedgerState,
    ledgerStreamKey,
    type LedgerStore,
    ledgerTableTag,
} from "../capacity/scaling/ledger";
import { ledgerTableName } from "../capacity/names";
import { historyRequest, ledgerEntryOf, ledgerIn } from "../capacity/scaling/ledgerItems";
import { withBackoff } from "./backoff";
import { type LiveStream } from "./kinesis";
import { type Pace, type StreamSummary } from "./ports";
import { errorText, refusalOf } from "./refusals";

/** A ledger and where it is kept. */
export interface FoundLedger {
    readonly table: string;
    readonly store: LedgerStore;
}

/** What is done with a ledger, and the permission that it takes: on the stream to find it, on the table for the rest. */
export const ledgerPermissions = {
    found: "kinesis:ListTagsForStream on the stream",
    read: "dynamodb:GetItem on the table",
    written: "dynamodb:PutItem on the table",
} as const;

/** The ledger did not answer, or where it is cannot be learned: whose calls are spent is unknown, and nothing is called. */
export class LedgerFailure extends Error {
    override readonly name = "LedgerFailure";
    /** What the ledger is not good for, and why, without what follows from it. */
    readonly problem: string;

    constructor(
        /** The table; `of STREAM` where it cannot be learned. */
        readonly table: string,
        readonly verb: keyof typeof ledgerPermissions,
        override readonly cause: unknown,
    ) {
        const problem = `The ledger ${table} cannot be ${verb} (${errorText(cause)})`;
        super(`${problem}; without it no call is made.`);
        this.problem = problem;
    }
}

export function dynamoLedger(dynamoDb: DynamoDBClient, table: string): FoundLedger {
    const requests = {
        get: (request: ConstructorParameters<typeof GetItemCommand>[0]) => dynamoDb.send(new GetItemCommand(request)),
        put: (request: ConstructorParameters<typeof PutItemCommand>[0]) => dynamoDb.send(new PutItemCommand(request)),
    };
    return { table, store: ledgerIn(requests, table) };
}

/** Where nobody keeps a ledger, an actor remembers by itself what it did and what it saw. */
export function memoryLedger(): FoundLedger {
    let stored = emptyLedger;
    return {
        table: "",
        store: {
            read: () => Promise.resolve(stored),
            write: (_key, next) => {
                stored = next;
                return Promise.resolve(true);
            },
            append: () => Promise.resolve(),
        },
    };
}

/**
 * The ledger of a stream's scaler: in the table that the stream's tag names, else in the one that is named after the stream. Undefined
 * if there is none: nobody scales the stream automatically.
 *
 * @throws LedgerFailure where that cannot be told: the tags or the table may not be looked at, or the tag names a table that is not there
 */
export async function findLedger(
    stream: Pick<LiveStream, "tag">,
    streamName: string,
    summary: StreamSummary,
    dynamoDb: DynamoDBClient,
    pace: Pick<Pace, "random" | "sleep">,
): Promise<FoundLedger | undefined> {
    const tagged = await tagOf(stream, streamName);
    const found = dynamoLedger(dynamoDb, tagged ?? ledgerTableName(streamName));
    try {
        await withBackoff(pace, "read", () => found.store.read(streamKeyOf(summary)));
        return found;
    } catch (error) {
        if (refusalOf(error).meaning === "gone" && tagged === undefined) return undefined;
        throw new LedgerFailure(found.table, "read", error);
    }
}

/** The table that the stream's tag names. May not look is not "has no tag": a shared ledger would be missed. */
async function tagOf(stream: Pick<LiveStream, "tag">, streamName: string): Promise<string | undefined> {
    try {
        return await stream.tag(ledgerTableTag);
    } catch (error) {
        if (refusalOf(error).meaning === "gone") throw error;
        throw new LedgerFailure(`of ${streamName}`, "found", error);
    }
}

export function streamKeyOf({ streamArn, createdMs }: StreamSummary): string {
    return ledgerStreamKey(streamArn, createdMs);
}

/** The newest lines of a stream's history since a time. */
export async function ledgerHistory(
    dynamoDb: DynamoDBClient,
    table: string,
    streamKey: string,
    { sinceMs, limit }: { readonly sinceMs: number; readonly limit: number },
): Promise<LedgerEntry[]> {
    const { Items: items } = await dynamoDb.send(new QueryCommand(historyRequest(table, streamKey, sinceMs, limit)));
    return (items ?? []).map(ledgerEntryOf);
}

const settleAttemptsMax = 5;

/** One actor's view of a ledger: the state as last read or written. */
export class LedgerView {
    state: LedgerState = emptyLedger;
    /** Whether the state is what the ledger said, and not what it is before anybody asked. */
    isRead = false;

    constructor(
        private readonly found: FoundLedger,
        readonly streamKey: string,
        private readonly pace: Pick<Pace, "random" | "sleep">,
    ) {}

    async read(): Promise<LedgerState> {
        this.state = await this.patiently("read", (store) => store.read(this.streamKey));
        this.isRead = true;
        return this.state;
    }

    /** Writes the next state; false if somebody else has written since. */
    async write(next: LedgerState): Promise<boolean> {
        let attempts = 0;
        let isWritten = await this.patiently("written", (store) => {
            attempts++;
            return store.write(this.streamKey, next);
        });
        // An attempt that got no answer may have been this actor's own success.
        if (!isWritten && attempts > 1) isWritten = isSameState(await this.read(), next);
        if (isWritten) this.state = next;
        return isWritten;
    }

    /** Writes what is certain whatever else changes meanwhile; false if others write all the time. */
    async settle(change: (state: LedgerState) => LedgerState): Promise<boolean> {
        for (let attempt = 1; !(await this.write(change(this.state))); attempt++) {
            if (attempt === settleAttemptsMax) return false;
            await this.read();
        }
        return true;
    }

    async append(entry: LedgerEntry): Promise<void> {
        await this.patiently("written", (store) => store.append(this.streamKey, entry));
    }

    private async patiently<Result>(
        verb: "read" | "written",
        use: (store: LedgerStore) => Promise<Result>,
    ): Promise<Result> {
        try {
            return await withBackoff(this.pace, "read", () => use(this.found.store));
        } catch (error) {
            throw new LedgerFailure(this.found.table, verb, error);
        }
    }
}

function isSameState(stored: LedgerState, next: LedgerState): boolean {
    const text = (state: LedgerState) => JSON.stringify({ ...state, version: undefined });
    return stored.version === next.version && text(stored) === text(next);
}
