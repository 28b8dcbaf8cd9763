/**
 * Which tables a call of DynamoDB reaches, and with which keys, so that a shared table can be divided among roles.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html, read 2026-11.
 */
import { type AccessRequest, arnOf, type CallInput, textOf } from "../service";
import { type Account, call } from "./state";

export async function accessOf(account: Account, operation: string, input: CallInput): Promise<AccessRequest[]> {
    if (operation === "BatchGetItem" || operation === "BatchWriteItem") {
        const tables = Object.entries(input.RequestItems ?? {});
        const access = tables.map(([table, asked]) =>
            accessTo(account, operation, table, (hashKey) => batchItems(asked).map((item) => item?.[hashKey])),
        );
        return Promise.all(access);
    }
    const table = textOf(input, "TableName") ?? textOf(input, "ResourceArn");
    if (table === undefined) return [{ action: `dynamodb:${operation}`, resource: "*" }];
    const item = (input.Key ?? input.Item) as Item;
    const keysOf = (hashKey: string) => [operation === "Query" ? queriedKey(input, hashKey) : item?.[hashKey]];
    return [await accessTo(account, operation, table, keysOf, textOf(input, "IndexName"))];
}

type Item = CallInput | undefined;
type Write = { readonly PutRequest?: { readonly Item?: Item }; readonly DeleteRequest?: { readonly Key?: Item } };

/** What a batch asks of a table: writes, or keys to get. Nobody has checked it yet. */
function batchItems(asked: unknown): readonly Item[] {
    if (Array.isArray(asked))
        return asked.map((write: Write | null) => write?.PutRequest?.Item ?? write?.DeleteRequest?.Key);
    const { Keys } = (asked ?? {}) as { readonly Keys?: unknown };
    return Array.isArray(Keys) ? (Keys as Item[]) : [];
}

/** @param valuesOf what the call says of an attribute, which is the table's hash key */
async function accessTo(
    account: Account,
    operation: string,
    tableOrArn: string,
    valuesOf: (hashKey: string) => readonly unknown[],
    index?: string,
): Promise<AccessRequest> {
    const table = tableOrArn.replace(/^arn:.*:table\//, "");
    const hashKey = await hashKeyOf(account, table);
    const keys = hashKey === undefined ? [] : valuesOf(hashKey).flatMap(keyText);
    const resource = `table/${table}${index === undefined ? "" : `/index/${index}`}`;
    return {
        action: `dynamodb:${operation}`,
        resource: arnOf(account.ambient, "dynamodb", resource),
        ...(keys.length > 0 && { context: { "dynamodb:LeadingKeys": keys } }),
    };
}

/** The hash key's name of a table; undefined if there is no such table. */
export async function hashKeyOf(account: Account, table: string): Promise<string | undefined> {
    try {
        const { Table } = (await call(account, "DescribeTable", { TableName: table })) as {
            Table: { KeySchema: { AttributeName: string; KeyType: string }[] };
        };
        return Table.KeySchema.find((key) => key.KeyType === "HASH")?.AttributeName;
    } catch {
        return undefined;
    }
}

/** What a query says of its hash key: `#pk = :pk`, or a KeyConditions entry. */
function queriedKey(input: CallInput, hashKey: string): unknown {
    const names = (input.ExpressionAttributeNames ?? {}) as Record<string, string>;
    const values = (input.ExpressionAttributeValues ?? {}) as Record<string, unknown>;
    const expression = textOf(input, "KeyConditionExpression") ?? "";
    for (const [, name = "", value = ""] of expression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g))
        if ((names[name] ?? name) === hashKey) return values[value];

    const conditions = (input.KeyConditions ?? {}) as Record<string, { AttributeValueList?: unknown[] }>;
    return conditions[hashKey]?.AttributeValueList?.[0];
}

/** `{ S: "orders" }` is "orders". */
function keyText(value: unknown): string[] {
    const [text] = Object.values((value ?? {}) as Record<string, unknown>);
    return typeof text === "string" ? [text] : [];
}
