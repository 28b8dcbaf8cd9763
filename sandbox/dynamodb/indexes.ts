/**
 * UpdateTable with global secondary indexes that come and go, which dynalite accepts and forgets: the table is made anew with its items, while every
 * other call waits.
 */
import { setTimeout as wait } from "node:timers/promises";

import { type AwsError, refusalNamed } from "../service";
import { operation } from "../wire/operation";
import { anything, listOf, required, type Shape, structure, text } from "../wire/shape";
import { type Account, alone, type Answer, call, callAtOnce } from "./state";

const attribute = structure({ AttributeName: required(text()), AttributeType: required(text()) });
/** What is looked into here; the rest dynalite checks. */
const indexUpdate = structure({
    Create: structure({
        IndexName: required(text()),
        KeySchema: required(listOf(structure({ AttributeName: required(text()) }))),
    }),
    Update: anything<object>(),
    Delete: structure({ IndexName: required(text()) }),
}) as Shape<IndexUpdate>;

export const updateTable = operation(
    {
        /** dynalite checks it, in DynamoDB's words. */
        TableName: text(),
        AttributeDefinitions: listOf(attribute),
        GlobalSecondaryIndexUpdates: listOf(indexUpdate),
    },
    async (account: Account, input) => {
        const { TableName, AttributeDefinitions = [], GlobalSecondaryIndexUpdates = [], ...others } = input;
        const changes = GlobalSecondaryIndexUpdates.filter(({ Create, Delete }) => Create ?? Delete);
        const [change] = changes;
        if (!change) return call(account, "UpdateTable", input);
        if (changes.length > 1) throw tooManyIndexes();
        return alone(account, async () => {
            const updates = GlobalSecondaryIndexUpdates.filter(({ Update }) => Update);
            const rest = { ...others, ...(updates.length > 0 && { GlobalSecondaryIndexUpdates: updates }) };
            // Before anything else changes, so that what is refused changes nothing.
            const before = await descriptionOf(account, TableName);
            const after = changed(before, change, AttributeDefinitions);
            const items = await itemsOf(account, before.TableName);
            await tryOut(account, after, items);
            if (Object.keys(rest).length > 0) {
                await callAtOnce(account, "UpdateTable", { TableName, ...rest });
                await active(account, before.TableName);
            }
            const now = await descriptionOf(account, TableName);
            await rebuild(account, changed(now, change, AttributeDefinitions), items);
            return { TableDescription: underWay(await descriptionOf(account, TableName), change) };
        });
    },
);

interface Attribute {
    readonly AttributeName: string;
    readonly AttributeType: string;
}

interface Index {
    readonly IndexName: string;
    readonly KeySchema: readonly { readonly AttributeName: string }[];
    readonly Projection: object;
    readonly ProvisionedThroughput?: Throughput;
}

interface Throughput {
    readonly ReadCapacityUnits: number;
    readonly WriteCapacityUnits: number;
}

interface IndexUpdate {
    readonly Create?: Index;
    readonly Update?: object;
    readonly Delete?: { readonly IndexName: string };
}

/** What DescribeTable says, as far as CreateTable takes it. */
interface Table extends Pick<Index, "KeySchema" | "ProvisionedThroughput"> {
    readonly TableName: string;
    readonly TableStatus: string;
    readonly TableArn: string;
    readonly AttributeDefinitions: readonly Attribute[];
    readonly BillingModeSummary?: { readonly BillingMode: string };
    readonly GlobalSecondaryIndexes?: readonly Index[];
    readonly LocalSecondaryIndexes?: readonly Index[];
}

const tooManyIndexes = (): AwsError =>
    refusalNamed("LimitExceededException")(
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
    );

async function descriptionOf(account: Account, TableName: string | undefined): Promise<Table> {
    return (await callAtOnce(account, "DescribeTable", { TableName })).Table as unknown as Table;
}

/** The table with the index, or without it. */
function changed(table: Table, { Create, Delete }: IndexUpdate, attributes: readonly Attribute[]): Table {
    const indexes = table.GlobalSecondaryIndexes ?? [];
    const named = (name: string): boolean => indexes.some(({ IndexName }) => IndexName === name);
    if (Create && named(Create.IndexName)) {
        throw refusalNamed("ValidationException")(
            `One or more parameter values were invalid: Attempting to create an index which already exists: ${Create.IndexName}`,
        );
    }
    if (Delete && !named(Delete.IndexName))
        throw refusalNamed("ResourceNotFoundException")("Requested resource not found");

    const GlobalSecondaryIndexes = Create
        ? [...indexes, Create]
        : indexes.filter(({ IndexName }) => IndexName !== Delete!.IndexName);
    const schemas = [table, ...GlobalSecondaryIndexes, ...(table.LocalSecondaryIndexes ?? [])];
    const used = new Set(schemas.flatMap(({ KeySchema = [] }) => KeySchema.map((key) => key.AttributeName)));
    const known = new Map([...attributes, ...table.AttributeDefinitions].map((each) => [each.AttributeName, each]));
    return {
        ...table,
        GlobalSecondaryIndexes,
        AttributeDefinitions: [...known.values()].filter(({ AttributeName }) => used.has(AttributeName)),
    };
}

/**
 * dynalite says of another table whether this one could be so. It keeps no item that an index cannot have, where DynamoDB leaves that item
 * out of the index. @throws AwsError
 */
async function tryOut(account: Account, table: Table, items: readonly unknown[]): Promise<void> {
    const trial = { ...table, TableName: "sandbox-index-trial" };
    await callAtOnce(account, "CreateTable", createInput(trial));
    try {
        await fill(account, trial.TableName, items);
    } finally {
        await remove(account, trial.TableName);
    }
}

async function rebuild(account: Account, table: Table, items: readonly unknown[]): Promise<void> {
    const { TableName, TableArn } = table;
    const { Tags } = await callAtOnce(account, "ListTagsOfResource", { ResourceArn: TableArn });
    await remove(account, TableName);
    await callAtOnce(account, "CreateTable", createInput(table));
    await fill(account, TableName, items);
    if ((Tags as unknown[]).length > 0) await callAtOnce(account, "TagResource", { ResourceArn: TableArn, Tags });
}

async function fill(account: Account, TableName: string, items: readonly unknown[]): Promise<void> {
    await active(account, TableName);
    for (const Item of items) await callAtOnce(account, "PutItem", { TableName, Item });
}

function createInput(table: Table): object {
    const onDemand = table.BillingModeSummary?.BillingMode === "PAY_PER_REQUEST";
    const throughput = (of: Throughput | undefined) =>
        onDemand || !of
            ? {}
            : {
                  ProvisionedThroughput: {
                      ReadCapacityUnits: of.ReadCapacityUnits,
                      WriteCapacityUnits: of.WriteCapacityUnits,
                  },
              };
    const index = ({ IndexName, KeySchema, Projection }: Index) => ({ IndexName, KeySchema, Projection });
    const { GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = table;
    return {
        TableName: table.TableName,
        KeySchema: table.KeySchema,
        AttributeDefinitions: table.AttributeDefinitions,
        ...(onDemand && { BillingMode: "PAY_PER_REQUEST" }),
        ...throughput(table.ProvisionedThroughput),
        ...(GlobalSecondaryIndexes.length > 0 && {
            GlobalSecondaryIndexes: GlobalSecondaryIndexes.map((each) => ({
                ...index(each),
                ...throughput(each.ProvisionedThroughput),
            })),
        }),
        ...(LocalSecondaryIndexes.length > 0 && { LocalSecondaryIndexes: LocalSecondaryIndexes.map(index) }),
    };
}

async function itemsOf(account: Account, TableName: string): Promise<unknown[]> {
    const items: unknown[] = [];
    let ExclusiveStartKey: unknown;
    do {
        const page: Answer = await callAtOnce(account, "Scan", { TableName, ExclusiveStartKey });
        items.push(...(page.Items as unknown[]));
        ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return items;
}

/** dynalite makes and drops a table in a moment of real time, and takes no calls on it before. */
async function active(account: Account, TableName: string): Promise<void> {
    while ((await descriptionOf(account, TableName)).TableStatus !== "ACTIVE") await wait(1);
}

async function remove(account: Account, TableName: string): Promise<void> {
    await active(account, TableName);
    await callAtOnce(account, "DeleteTable", { TableName });
    const isThere = (): Promise<boolean> =>
        descriptionOf(account, TableName).then(
            () => true,
            () => false,
        );
    while (await isThere()) await wait(1);
}

/** As DynamoDB answers while it builds or drops the index. */
function underWay(table: Table, { Create, Delete }: IndexUpdate): object {
    const indexes = (table.GlobalSecondaryIndexes ?? []).map((each) =>
        each.IndexName === Create?.IndexName ? { ...each, IndexStatus: "CREATING", Backfilling: false } : each,
    );
    const leaving = Delete ? [{ ...Delete, IndexStatus: "DELETING" }] : [];
    return { ...table, TableStatus: "UPDATING", GlobalSecondaryIndexes: [...indexes, ...leaving] };
}
