/**
 * DynamoDB behind the sandbox's door: dynalite answers in the sandbox's account and region, and roles reach what their policies name.
 */
import { deepEqual, equal, rejects } from "node:assert/strict";
import {
    type ConditionalCheckFailedException,
    CreateTableCommand,
    DeleteItemCommand,
    DeleteTableCommand,
    DescribeContinuousBackupsCommand,
    DescribeTableCommand,
    DescribeTimeToLiveCommand,
    DynamoDBClient,
    GetItemCommand,
    ListTablesCommand,
    ListTagsOfResourceCommand,
    PutItemCommand,
    QueryCommand,
    ScanCommand,
    TagResourceCommand,
    TransactWriteItemsCommand,
    UpdateItemCommand,
    UpdateTableCommand,
    UpdateTimeToLiveCommand,
    waitUntilTableExists,
    waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";

import { startCloud, type TestCloud } from "../cloud";

describe("DynamoDB is behind the sandbox's door", () => {
    let cloud: TestCloud;
    let client: DynamoDBClient;
    const TableName = "ledger";
    before(async () => {
        cloud = await startCloud();
        const { endpoint, region, credentials } = cloud.sandbox;
        client = new DynamoDBClient({ endpoint, region, credentials, maxAttempts: 1 });
        await client.send(
            new CreateTableCommand({
                TableName,
                BillingMode: "PAY_PER_REQUEST",
                KeySchema: [
                    { AttributeName: "pk", KeyType: "HASH" },
                    { AttributeName: "sk", KeyType: "RANGE" },
                ],
                AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
            }),
        );
        await waitUntilTableExists({ client, maxWaitTime: 5, minDelay: 0.01, maxDelay: 0.05 }, { TableName });
    });
    after(async () => {
        client.destroy();
        await cloud.stop();
    });

    it("refuses a tag without a key or a value", async () => {
        const Tags = [{ Value: "billing" }, { Key: "team" }] as unknown as { Key: string; Value: string }[];
        const { Table } = await client.send(new DescribeTableCommand({ TableName }));
        for (const command of [
            new CreateTableCommand({ TableName: "tagged", KeySchema: [], AttributeDefinitions: [], Tags }),
            new TagResourceCommand({ ResourceArn: Table!.TableArn, Tags }),
        ]) {
            await rejects(client.send(command as TagResourceCommand), {
                name: "ValidationException",
                message:
                    "2 validation errors detected: Value null at 'tags.1.member.key' failed to satisfy constraint: Member must not be null; Value null at 'tags.2.member.value' failed to satisfy constraint: Member must not be null",
            });
        }
    });

    it("refuses an index without its keys or its name", async () => {
        const GlobalSecondaryIndexUpdates = [{ Create: { IndexName: "by-day" } }, { Delete: {} }] as object[];
        await rejects(client.send(new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates })), {
            name: "ValidationException",
            message:
                "2 validation errors detected: Value null at 'globalSecondaryIndexUpdates.1.member.create.keySchema' failed to satisfy constraint: Member must not be null; Value null at 'globalSecondaryIndexUpdates.2.member.delete.indexName' failed to satisfy constraint: Member must not be null",
        });
    });

    it("keeps tables of the sandbox's region and account", async () => {
        const { Table } = await client.send(new DescribeTableCommand({ TableName }));
        equal(Table!.TableArn, "arn:aws:dynamodb:us-east-1:123456789012:table/ledger");
        deepEqual((await client.send(new ListTablesCommand({}))).TableNames, [TableName]);
        equal(await cloud.cloud.dynamodb.hashKeyOf(TableName), "pk");
        equal(await cloud.cloud.dynamodb.hashKeyOf("missing"), undefined);
    });

    it("writes on a condition, and refuses when it does not hold", async () => {
        const Key = { pk: { S: "orders" }, sk: { S: "lease" } };
        const take = (owner: string) =>
            client.send(
                new UpdateItemCommand({
                    TableName,
                    Key,
                    UpdateExpression: "SET #o = :o",
                    ConditionExpression: "attribute_not_exists(#o)",
                    ExpressionAttributeNames: { "#o": "owner" },
                    ExpressionAttributeValues: { ":o": { S: owner } },
                }),
            );
        await take("a");
        await rejects(take("b"), { name: "ConditionalCheckFailedException" });
        deepEqual((await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item, {
            ...Key,
            owner: { S: "a" },
        });
    });

    it("shows the item that a condition refused to who asks for it, and only then", async () => {
        const Key = { pk: { S: "shown" }, sk: { S: "lease" } };
        const present = { ...Key, owner: { S: "a" } };
        const condition = { TableName, ConditionExpression: "attribute_not_exists(pk)" } as const;
        const refusedBy = async (sent: Promise<unknown>) => {
            const { name, message, Item } = (await sent.then(
                () => undefined,
                (error: unknown) => error,
            )) as ConditionalCheckFailedException;
            return { name, message, Item };
        };
        const refusal = { name: "ConditionalCheckFailedException", message: "The conditional request failed" };
        await client.send(new PutItemCommand({ ...condition, Item: present }));
        const shows = { ...condition, ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
        const update = { Key, UpdateExpression: "SET x = :x", ExpressionAttributeValues: { ":x": { S: "1" } } };
        for (const [send, Item] of [
            [client.send(new PutItemCommand({ ...shows, Item: { ...Key, owner: { S: "b" } } })), present],
            [client.send(new UpdateItemCommand({ ...shows, ...update })), present],
            [client.send(new DeleteItemCommand({ ...shows, Key })), present],
            [client.send(new DeleteItemCommand({ ...condition, Key })), undefined],
        ] as const)
            deepEqual(await refusedBy(send), { ...refusal, Item });

        const absent = { ...shows, Key: { ...Key, sk: { S: "none" } }, ConditionExpression: "attribute_exists(pk)" };
        deepEqual(await refusedBy(client.send(new DeleteItemCommand(absent))), { ...refusal, Item: undefined });
    });

    it("queries a range newest first", async () => {
        for (const sk of ["1", "2", "3"])
            await client.send(new PutItemCommand({ TableName, Item: { pk: { S: "history" }, sk: { S: sk } } }));

        const { Items } = await client.send(
            new QueryCommand({
                TableName,
                KeyConditionExpression: "pk = :pk",
                ExpressionAttributeValues: { ":pk": { S: "history" } },
                ScanIndexForward: false,
                Limit: 2,
            }),
        );
        deepEqual(
            Items!.map((item) => item.sk),
            [{ S: "3" }, { S: "2" }],
        );
    });

    it("remembers how a table is to expire and to be recovered", async () => {
        await client.send(
            new UpdateTimeToLiveCommand({
                TableName,
                TimeToLiveSpecification: { Enabled: true, AttributeName: "expiresAt" },
            }),
        );
        deepEqual((await client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription, {
            TimeToLiveStatus: "ENABLED",
            AttributeName: "expiresAt",
        });
        const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
        equal(ContinuousBackupsDescription!.PointInTimeRecoveryDescription!.PointInTimeRecoveryStatus, "DISABLED");
    });

    it("names an operation that it does not have", () =>
        rejects(client.send(new TransactWriteItemsCommand({ TransactItems: [] })), {
            message: `The sandbox's dynamodb has no operation "TransactWriteItems".`,
        }));

    it("deletes a table", async () => {
        await client.send(new DeleteTableCommand({ TableName }));
        await waitUntilTableNotExists({ client, maxWaitTime: 5, minDelay: 0.01, maxDelay: 0.05 }, { TableName });
        deepEqual((await client.send(new ListTablesCommand({}))).TableNames, []);
    });
});

describe("a table's indexes come and go", () => {
    let cloud: TestCloud;
    let client: DynamoDBClient;
    const TableName = "leases";
    const IndexName = "OwnerToKey";
    const owned = (owner: string) => ({
        TableName,
        IndexName,
        KeyConditionExpression: "leaseOwner = :o",
        ExpressionAttributeValues: { ":o": { S: owner } },
    });
    const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
    const create = (index: object = {}) =>
        client.send(
            new UpdateTableCommand({
                TableName,
                AttributeDefinitions: ["leaseKey", "leaseOwner"].map(attribute),
                GlobalSecondaryIndexUpdates: [
                    {
                        Create: {
                            IndexName,
                            KeySchema: [
                                { AttributeName: "leaseOwner", KeyType: "HASH" },
                                { AttributeName: "leaseKey", KeyType: "RANGE" },
                            ],
                            Projection: { ProjectionType: "KEYS_ONLY" },
                            ...index,
                        },
                    },
                ],
            }),
        );
    const drop = (name: string) =>
        client.send(
            new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: name } }] }),
        );
    const keys = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `shard-${from + index}`);
    const put = (leaseKey: string) =>
        client.send(new PutItemCommand({ TableName, Item: { leaseKey: { S: leaseKey }, leaseOwner: { S: "w" } } }));
    const keysOf = async (): Promise<string[]> =>
        (await client.send(new QueryCommand(owned("w")))).Items!.map((item) => item.leaseKey!.S!).sort();

    before(async () => {
        cloud = await startCloud();
        const { endpoint, region, credentials } = cloud.sandbox;
        client = new DynamoDBClient({ endpoint, region, credentials, maxAttempts: 1 });
        await client.send(
            new CreateTableCommand({
                TableName,
                BillingMode: "PAY_PER_REQUEST",
                KeySchema: [{ AttributeName: "leaseKey", KeyType: "HASH" }],
                AttributeDefinitions: [attribute("leaseKey")],
                Tags: [{ Key: "team", Value: "billing" }],
            }),
        );
        await waitUntilTableExists({ client, maxWaitTime: 5, minDelay: 0.01, maxDelay: 0.05 }, { TableName });
        await Promise.all(keys(5).map(put));
    });
    after(async () => {
        client.destroy();
        await cloud.stop();
    });

    it("finds by a new index what was there and what was written meanwhile, under the same tags", async () => {
        const [{ TableDescription }] = await Promise.all([create(), ...keys(20, 5).map(put)]);
        const [index] = TableDescription!.GlobalSecondaryIndexes!;
        deepEqual([TableDescription!.TableStatus, index!.IndexStatus], ["UPDATING", "CREATING"]);
        const { Table } = await client.send(new DescribeTableCommand({ TableName }));
        deepEqual(
            [Table!.TableStatus, Table!.GlobalSecondaryIndexes!.map((each) => [each.IndexName, each.IndexStatus])],
            ["ACTIVE", [[IndexName, "ACTIVE"]]],
        );
        deepEqual(await keysOf(), keys(25).sort());
        const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn: Table!.TableArn }));
        deepEqual(Tags, [{ Key: "team", Value: "billing" }]);
    });

    it("refuses a second one of the name, an unknown attribute and two changes at once, and loses nothing", async () => {
        await rejects(create(), {
            name: "ValidationException",
            message: `One or more parameter values were invalid: Attempting to create an index which already exists: ${IndexName}`,
        });
        const unknown = { IndexName: "other", KeySchema: [{ AttributeName: "nobody", KeyType: "HASH" }] };
        await rejects(create(unknown), { name: "ValidationException" });
        await rejects(drop("missing"), {
            name: "ResourceNotFoundException",
            message: "Requested resource not found",
        });
        const twice = ["a", "b"].map((name) => ({ Delete: { IndexName: name } }));
        await rejects(client.send(new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: twice })), {
            name: "LimitExceededException",
            message:
                "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
        });
        deepEqual((await client.send(new ListTablesCommand({}))).TableNames, [TableName]);
        deepEqual(await keysOf(), keys(25).sort());
    });

    it("drops an index, and keeps the items", async () => {
        const { TableDescription } = await drop(IndexName);
        deepEqual(TableDescription!.GlobalSecondaryIndexes, [{ IndexName, IndexStatus: "DELETING" }]);
        await rejects(keysOf(), { message: `The table does not have the specified index: ${IndexName}` });
        equal((await client.send(new ScanCommand({ TableName, Select: "COUNT" }))).Count, 25);
    });

    it("refuses an index that an item cannot be in, and keeps the items", async () => {
        await client.send(new PutItemCommand({ TableName, Item: { leaseKey: { S: "odd" }, leaseOwner: { N: "7" } } }));
        await rejects(create(), { name: "ValidationException", message: /Type mismatch for Index Key/ });
        const { Table } = await client.send(new DescribeTableCommand({ TableName }));
        deepEqual([Table!.TableStatus, Table!.GlobalSecondaryIndexes], ["ACTIVE", undefined]);
        equal((await client.send(new ScanCommand({ TableName, Select: "COUNT" }))).Count, 26);
        deepEqual((await client.send(new ListTablesCommand({}))).TableNames, [TableName]);
    });
});
