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
    const { TableName = "", SSESpecification, ...rest } = input as TableInput;
    // dynalite takes the key of a table and forgets it, and refuses to change nothing else.
    const changesKeyAlone = operation === "UpdateTable" && SSESpecification && Object.keys(rest).length === 0;
    const asked = changesKeyAlone ? "DescribeTable" : operation;
    const { status, body } = await ask(
        account.server,
        asked,
        JSON.stringify({ ...(input as object), SSESpecification: undefined }),
    );
    // dynalite has a region and an account of its own.
    const text = body.replace(/arn:aws:dynamodb:[\w-]*:\d*:/g, arnOf(account.ambient, "dynamodb", ""));
    const answer = JSON.parse(text || "{}") as Answer;
    if (status === 200) {
        if (SSESpecification !== undefined) rememberKey(account, TableName, SSESpecification);
        return withKey(account, TableName, changesKeyAlone ? { TableDescription: answer.Table } : answer);
    }
    const code = String(answer.__type).replace(/^.*#/, "");
    throw new AwsError(code, String(answer.message ?? answer.Message ?? code), status);
}

interface TableInput {
    readonly TableName?: string;
    readonly SSESpecification?: { readonly Enabled?: boolean; readonly KMSMasterKeyId?: string };
}

function rememberKey(
    { settings }: Account,
    table: string,
    { Enabled, KMSMasterKeyId: KMSMasterKeyArn }: NonNullable<TableInput["SSESpecification"]>,
): void {
    const encryption = Enabled ? ({ Status: "ENABLED", SSEType: "KMS", KMSMasterKeyArn } as const) : undefined;
    settings.set(table, { ...settings.get(table), encryption });
}

function withKey({ settings }: Account, table: string, answer: Answer): Answer {
    const SSEDescription = settings.get(table)?.encryption;
    if (SSEDescription === undefined) return answer;
    const described = (member: string) =>
        answer[member] === undefined ? {} : { [member]: { ...(answer[member] as object), SSEDescription } };
    return { ...answer, ...described("Table"), ...described("TableDescription") };
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
