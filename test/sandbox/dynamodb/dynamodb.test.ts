/**
 * DynamoDB behind the sandbox's door: dynalite answers in the sandbox's account and region, and roles reach what their policies name.
 */
import { deepEqual, equal, rejects } from "node:assert/strict";
import {
    CreateTableCommand,
    DeleteTableCommand,
    DescribeContinuousBackupsCommand,
    DescribeTableCommand,
    DescribeTimeToLiveCommand,
    DynamoDBClient,
    GetItemCommand,
    ListTablesCommand,
    PutItemCommand,
    QueryCommand,
    TransactWriteItemsCommand,
    UpdateItemCommand,
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
