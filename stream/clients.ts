/**
 * The AWS clients of whoever meets a live stream.
 */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { type Access, newClient, RequestHandler } from "./connection";

export interface Clients {
    readonly kinesis: KinesisClient;
    readonly cloudWatch: CloudWatchClient;
    readonly dynamoDb: DynamoDBClient;
}

/** @param requestHandler of all three: what one of them learns about the network, the others need not */
export function newClients(access: Access = {}, requestHandler = new RequestHandler()): Clients {
    return {
        kinesis: newClient(KinesisClient, access, requestHandler),
        cloudWatch: newClient(CloudWatchClient, access, requestHandler),
        dynamoDb: newClient(DynamoDBClient, access, requestHandler),
    };
}

export function closeClients(clients: Clients): void {
    for (const client of [clients.kinesis, clients.cloudWatch, clients.dynamoDb]) client.destroy();
}
