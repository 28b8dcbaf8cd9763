/**
 * What the local DynamoDB knows: dynalite keeps tables and items in memory. It is an HTTP server; here it is asked without a connection.
 */
import { type Server } from "node:http";
import { Readable } from "node:stream";

import { type Ambient, arnOf, AwsError } from "../service";

export interface Account {
    readonly ambient: Ambient;
    readonly server: Server;
    /** What dynalite does not keep, by the table's name. */
    readonly settings: Map<string, TableSettings>;
    /** Calls that dynalite has not answered yet. */
    readonly underWay: Set<Promise<unknown>>;
    /** While a table is made anew, every other call waits. */
    rebuilding: Promise<unknown> | undefined;
}

export interface TableSettings {
    timeToLive?: { readonly Enabled: boolean; readonly AttributeName: string };
    pointInTimeRecovery?: boolean;
    /** Of a table under a key of KMS. */
    encryption?:
        | { readonly Status: "ENABLED"; readonly SSEType: "KMS"; readonly KMSMasterKeyArn?: string | undefined }
        | undefined;
    /** Refuses to be deleted. */
    protected?: boolean;
    class?: string;
}

export type Answer = Record<string, unknown>;

/** Runs an operation of dynalite. @throws AwsError */
export async function call(account: Account, operation: string, input: unknown): Promise<Answer> {
    while (account.rebuilding) await account.rebuilding;
    const answer = callAtOnce(account, operation, input);
    const tracked = settled(answer);
    account.underWay.add(tracked);
    void tracked.then(() => account.underWay.delete(tracked));
    return answer;
}

/** Work of several calls that no other call sees the middle of. The calls of the work itself are `callAtOnce`. */
export async function alone<T>(account: Account, work: () => Promise<T>): Promise<T> {
    while (account.rebuilding) await account.rebuilding;
    const result = Promise.all(account.underWay).then(work);
    account.rebuilding = settled(result).then(() => (account.rebuilding = undefined));
    return result;
}

const settled = (promise: Promise<unknown>): Promise<unknown> => promise.catch(() => undefined);

export async function callAtOnce(account: Account, operation: string, input: unknown): Promise<Answer> {
    const { TableName = "", ...given } = input as TableInput;
    const { SSESpecification, DeletionProtectionEnabled, TableClass, ...rest } = given;
    const forgotten = { SSESpecification, DeletionProtectionEnabled, TableClass };
    const givesForgotten = Object.values(forgotten).some((value) => value !== undefined);
    // dynalite takes these and forgets them, and refuses to change nothing else.
    const changesThemAlone = operation === "UpdateTable" && givesForgotten && Object.keys(rest).length === 0;
    const asked = changesThemAlone ? "DescribeTable" : operation;
    const { status, body } = await ask(
        account.server,
        asked,
        JSON.stringify({ ...(input as object), ...(givesForgotten && nothingOf(forgotten)) }),
    );
    // dynalite has a region and an account of its own.
    const text = body.replace(/arn:aws:dynamodb:[\w-]*:\d*:/g, arnOf(account.ambient, "dynamodb", ""));
    const answer = JSON.parse(text || "{}") as Answer;
    if (status === 200) {
        if (givesForgotten) remember(account, TableName, forgotten);
        return withRemembered(account, TableName, changesThemAlone ? { TableDescription: answer.Table } : answer);
    }
    const code = String(answer.__type).replace(/^.*#/, "");
    throw new AwsError(code, String(answer.message ?? answer.Message ?? code), status);
}

/** What a table is declared with and dynalite does not keep. */
interface Forgotten {
    readonly SSESpecification: { readonly Enabled?: boolean; readonly KMSMasterKeyId?: string } | undefined;
    readonly DeletionProtectionEnabled: boolean | undefined;
    readonly TableClass: string | undefined;
}

type TableInput = { readonly TableName?: string } & { readonly [Member in keyof Forgotten]?: Forgotten[Member] };

function nothingOf(members: object): object {
    return Object.fromEntries(Object.keys(members).map((name) => [name, undefined]));
}

function remember(
    { settings }: Account,
    table: string,
    { SSESpecification: key, DeletionProtectionEnabled, TableClass }: Forgotten,
): void {
    const { Enabled, KMSMasterKeyId: KMSMasterKeyArn } = key ?? {};
    const encryption = Enabled ? ({ Status: "ENABLED", SSEType: "KMS", KMSMasterKeyArn } as const) : undefined;
    settings.set(table, {
        ...settings.get(table),
        ...(key !== undefined && { encryption }),
        ...(DeletionProtectionEnabled !== undefined && { protected: DeletionProtectionEnabled }),
        ...(TableClass !== undefined && { class: TableClass }),
    });
}

function withRemembered({ settings }: Account, table: string, answer: Answer): Answer {
    const { encryption, protected: isProtected, class: TableClass } = settings.get(table) ?? {};
    const remembered = {
        DeletionProtectionEnabled: isProtected ?? false,
        ...(encryption && { SSEDescription: encryption }),
        ...(TableClass !== undefined && { TableClassSummary: { TableClass } }),
    };
    const described = (member: string) =>
        answer[member] === undefined ? {} : { [member]: asInAws({ ...(answer[member] as object), ...remembered }) };
    return { ...answer, ...described("Table"), ...described("TableDescription") };
}

/** dynalite invents a member, and cuts its UUIDs short. */
function asInAws(described: Answer): Answer {
    const TableId = String(described.TableId).padEnd(36, "0");
    return { ...described, TableThroughputModeSummary: undefined, TableId };
}

/** dynalite reads a request as a stream, and writes headers and one body. */
function ask(server: Server, operation: string, body: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve) => {
        const request = Object.assign(Readable.from([Buffer.from(body)]), {
            method: "POST",
            url: "/",
            // The sandbox has looked at the caller; dynalite wants to see a whole signature all the same.
            headers: {
                "content-type": "application/x-amz-json-1.0",
                "x-amz-target": `DynamoDB_20120810.${operation}`,
                "x-amz-date": "20261101T000000Z",
                authorization:
                    "AWS4-HMAC-SHA256 Credential=sandbox/20261101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
            },
        });
        const response = {
            statusCode: 200,
            setHeader: () => undefined,
            end: (answer: string | Buffer = "") => resolve({ status: response.statusCode, body: String(answer) }),
        };
        server.emit("request", request, response);
    });
}
