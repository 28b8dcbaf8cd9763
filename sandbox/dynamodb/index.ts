/**
 * The local DynamoDB: dynalite, in memory, behind the sandbox's door; with the few operations that it lacks and tables are declared with.
 */
import { type Server } from "node:http";
import { Readable } from "node:stream";
import dynalite from "dynalite";

import {
    type Ambient,
    AwsError,
    type RawRequest,
    type RawResponse,
    type RequestContext,
    type Service,
} from "../service";

export interface DynamoService extends Service {
    /** The hash key's name of a table; undefined if there is no such table. */
    hashKeyOf(tableName: string): Promise<string | undefined>;
    /** Runs an operation without HTTP. @throws AwsError */
    call(operation: string, input: unknown): Promise<Record<string, unknown>>;
}

/** A table is there in a moment; dynalite answers as DynamoDB does while it is not. */
const tableChangeMs = 5;

const target = "DynamoDB_20120810";

export function dynamoService({ partition, region, accountId }: Ambient): DynamoService {
    let server: Server | undefined;
    const ask = (operation: string, body: Buffer): Promise<RawResponse> => {
        server ??= dynalite({
            createTableMs: tableChangeMs,
            deleteTableMs: tableChangeMs,
            updateTableMs: tableChangeMs,
        });
        // The sandbox has looked at the caller; dynalite wants to see a whole signature all the same.
        const headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": `${target}.${operation}`,
            "x-amz-date": "20261101T000000Z",
            authorization:
                "AWS4-HMAC-SHA256 Credential=sandbox/20261101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
        };
        return inProcess(server, { method: "POST", url: "/", headers, body });
    };
    const call = async (operation: string, input: unknown): Promise<Record<string, unknown>> => {
        const answer = await ask(operation, Buffer.from(JSON.stringify(input)));
        const body = JSON.parse(String(answer.body)) as Record<string, unknown>;
        if (answer.status === 200) return body;
        const code = String(body.__type).replace(/^.*#/, "");
        throw new AwsError(code, String(body.message ?? body.Message ?? code), answer.status);
    };
    const timeToLive = new Map<string, Record<string, unknown>>();
    const recovery = new Map<string, boolean>();
    const checkTable = (input: Record<string, unknown>): Promise<unknown> =>
        call("DescribeTable", { TableName: input.TableName });
    const describeBackups = (table: string): unknown => ({
        ContinuousBackupsDescription: {
            ContinuousBackupsStatus: "ENABLED",
            PointInTimeRecoveryDescription: {
                PointInTimeRecoveryStatus: recovery.get(table) ? "ENABLED" : "DISABLED",
            },
        },
    });
    /** What dynalite has not. Items do not expire: a table only remembers that they should. */
    const added: Record<string, (input: Record<string, unknown>) => Promise<unknown>> = {
        async UpdateTimeToLive(input) {
            await checkTable(input);
            timeToLive.set(String(input.TableName), input.TimeToLiveSpecification as Record<string, unknown>);
            return { TimeToLiveSpecification: input.TimeToLiveSpecification };
        },
        async DescribeTimeToLive(input) {
            await checkTable(input);
            const wanted = timeToLive.get(String(input.TableName));
            return {
                TimeToLiveDescription: wanted?.Enabled
                    ? { TimeToLiveStatus: "ENABLED", AttributeName: wanted.AttributeName }
                    : { TimeToLiveStatus: "DISABLED" },
            };
        },
        async UpdateContinuousBackups(input) {
            await checkTable(input);
            const wanted = input.PointInTimeRecoverySpecification as { PointInTimeRecoveryEnabled?: boolean };
            recovery.set(String(input.TableName), wanted.PointInTimeRecoveryEnabled === true);
            return describeBackups(String(input.TableName));
        },
        async DescribeContinuousBackups(input) {
            await checkTable(input);
            return describeBackups(String(input.TableName));
        },
    };
    return {
        name: "dynamodb",
        targetPrefix: target,
        operations: {},
        call,
        async hashKeyOf(tableName) {
            try {
                const { Table } = (await call("DescribeTable", { TableName: tableName })) as {
                    Table: { KeySchema: { AttributeName: string; KeyType: string }[] };
                };
                return Table.KeySchema.find((key) => key.KeyType === "HASH")?.AttributeName;
            } catch {
                return undefined;
            }
        },
        async fetch(raw: RawRequest, context: RequestContext) {
            const operation = (raw.headers["x-amz-target"] ?? "").split(".")[1] ?? "";
            const text = raw.body.toString("utf8");
            let input: Record<string, unknown>;
            try {
                input = JSON.parse(text === "" ? "{}" : text) as Record<string, unknown>;
            } catch {
                throw new AwsError("SerializationException", "The request is no JSON.");
            }
            await context.guard(operation, input);
            const own = Object.hasOwn(added, operation) ? added[operation] : undefined;
            if (own) {
                return {
                    status: 200,
                    headers: { "content-type": "application/x-amz-json-1.0" },
                    body: JSON.stringify(await own(input)),
                };
            }
            const answer = await ask(operation, raw.body);
            if (answer.status === 400 && String(answer.body).includes("UnknownOperationException")) {
                throw new AwsError(
                    "UnknownOperationException",
                    `The sandbox's dynamodb has no operation "${operation}".`,
                );
            }
            if (operation === "DeleteTable" && answer.status === 200) {
                timeToLive.delete(String(input.TableName));
                recovery.delete(String(input.TableName));
            }
            // dynalite has a region and an account of its own.
            const body = String(answer.body).replace(
                /arn:aws:dynamodb:[\w-]*:\d*:/g,
                `arn:${partition}:dynamodb:${region}:${accountId}:`,
            );
            const headers = { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": context.requestId };
            return { status: answer.status, headers, body };
        },
        stop: () =>
            new Promise((resolve) => {
                if (!server) resolve();
                else server.close(() => resolve());
            }),
    };
}

/** Asks an HTTP server without a connection: dynalite reads a request as a stream, and writes headers and one body. */
function inProcess(server: Server, raw: RawRequest): Promise<RawResponse> {
    return new Promise((resolve) => {
        const request = Object.assign(Readable.from(raw.body.length > 0 ? [raw.body] : []), {
            method: raw.method,
            url: raw.url,
            headers: raw.headers,
        });
        const headers: Record<string, string> = {};
        const response = {
            statusCode: 200,
            contentType: "",
            setHeader: (name: string, value: unknown) => (headers[name.toLowerCase()] = String(value)),
            end: (body: string | Buffer = "") => resolve({ status: response.statusCode, headers, body }),
        };
        server.emit("request", request, response);
    });
}
