/** The table of a ledger in a sandbox, as the component makes it. */
import { CreateTableCommand, DescribeTableCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ledgerKey } from "../../capacity/scaling/ledger";

/** Makes the table and waits until it can be used. */
export async function createLedgerTable(dynamoDb: DynamoDBClient, tableName: string): Promise<void> {
    const { partition, sort } = ledgerKey;
    await dynamoDb.send(
        new CreateTableCommand({
            TableName: tableName,
            BillingMode: "PAY_PER_REQUEST",
            AttributeDefinitions: [partition, sort].map((name) => ({
                AttributeName: name,
                AttributeType: "S" as const,
            })),
            KeySchema: [
                { AttributeName: partition, KeyType: "HASH" },
                { AttributeName: sort, KeyType: "RANGE" },
            ],
        }),
    );
    const describe = new DescribeTableCommand({ TableName: tableName });
    while ((await dynamoDb.send(describe)).Table!.TableStatus !== "ACTIVE");
}
