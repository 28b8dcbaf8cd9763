/**
 * The AWS clients of whoever meets a live stream. They try once: what is tried again, and how long, is said in backoff.ts alone.
 */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KinesisClient, type KinesisClientConfig } from "@aws-sdk/client-kinesis";

export interface Clients {
    readonly kinesis: KinesisClient;
    readonly cloudWatch: CloudWatchClient;
    readonly dynamoDb: DynamoDBClient;
    /** What they were made with: the scaler makes its client of SNS with it. */
    readonly config: ClientConfig;
}

export type ClientConfig = Pick<
    KinesisClientConfig,
    "endpoint" | "region" | "credentials" | "maxAttempts" | "requestHandler"
>;

/** Where and as whom the clients call; by default the environment says it. */
export type Access = Pick<KinesisClientConfig, "endpoint" | "region" | "credentials">;

export function newClients(access: Access = {}): Clients {
    // Without the last one the SDK only warns after the request's time, and waits on.
    const requestHandler = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };
    // The SDK would repeat an UpdateShardCount that Kinesis refuses with LimitExceededException.
    const config = { ...access, maxAttempts: 1, requestHandler };
    return {
        config,
        kinesis: new KinesisClient(config),
        cloudWatch: new CloudWatchClient(config),
        dynamoDb: new DynamoDBClient(config),
    };
}

export function closeClients(clients: Clients): void {
    for (const client of [clients.kinesis, clients.cloudWatch, clients.dynamoDb]) client.destroy();
}
