/**
 * aws:dynamodb: tables.
 */
import {
    CreateTableCommand,
    type CreateTableCommandInput,
    DeleteTableCommand,
    DescribeTableCommand,
    type ScalarAttributeType,
    TagResourceCommand,
    UntagResourceCommand,
    UpdateContinuousBackupsCommand,
    UpdateTableCommand,
    type UpdateTableCommandInput,
    UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import type * as dynamodb from "@pulumi/aws/dynamodb";
import { isDeepStrictEqual } from "node:util";
import { type Aws, orGone } from "./aws";
import { type Checked, type ResourceRow } from "./resource";
import { waitUntil, waitUntilGone } from "./wait";
import { tagList } from "./words";

type TableInputs = Checked<dynamodb.TableArgs, "name" | "attributes" | "hashKey">;

export const dynamodbTable: ResourceRow<TableInputs> = {
    autoname: { property: "name", lengthMax: 255 },
    defaults: { billingMode: "PROVISIONED" },
    required: ["attributes", "hashKey"],
    replaceOn: ["hashKey", "localSecondaryIndexes", "name", "rangeKey", "region"],
    sets: ["attributes", "globalSecondaryIndexes", "localSecondaryIndexes"],
    computed: ["arn", "readCapacity", "serverSideEncryption", "streamArn", "streamLabel", "writeCapacity"],
    tags: "map",
    create: async (aws, inputs) => {
        await aws.dynamodb.send(
            new CreateTableCommand({
                TableName: inputs.name,
                ...keysOf(inputs),
                ...throughputOf(inputs),
                SSESpecification: inputs.serverSideEncryption && encryptionOf(inputs),
                DeletionProtectionEnabled: inputs.deletionProtectionEnabled || undefined,
                Tags: inputs.tags && tagList(inputs.tags),
            }),
        );
        await active(aws, inputs.name);
        await putOptions(aws, undefined, inputs);
        return inputs.name;
    },
    read: async (aws, id) => {
        const table = await describe(aws, id);
        const keyOf = (type: string) => table.KeySchema?.find(({ KeyType }) => KeyType === type)?.AttributeName;
        const rangeKey = keyOf("RANGE");
        return {
            arn: table.TableArn,
            name: id,
            attributes: table.AttributeDefinitions?.map((attribute) => ({
                name: attribute.AttributeName,
                type: attribute.AttributeType,
            })),
            hashKey: keyOf("HASH"),
            ...(rangeKey === undefined ? {} : { rangeKey }),
            billingMode: table.BillingModeSummary?.BillingMode ?? "PROVISIONED",
            readCapacity: table.ProvisionedThroughput?.ReadCapacityUnits ?? 0,
            writeCapacity: table.ProvisionedThroughput?.WriteCapacityUnits ?? 0,
            ...(table.SSEDescription && {
                serverSideEncryption: { enabled: true, kmsKeyArn: table.SSEDescription.KMSMasterKeyArn ?? "" },
            }),
            streamArn: table.LatestStreamArn ?? "",
            streamLabel: table.LatestStreamLabel ?? "",
        };
    },
    update: async (aws, id, olds, news) => {
        if (!isDeepStrictEqual(throughputOf(olds), throughputOf(news))) await change(aws, id, throughputOf(news));
        const DeletionProtectionEnabled = news.deletionProtectionEnabled === true;
        if ((olds.deletionProtectionEnabled === true) !== DeletionProtectionEnabled)
            await change(aws, id, { DeletionProtectionEnabled });
        if (!isDeepStrictEqual(encryptionOf(olds), encryptionOf(news)))
            await change(aws, id, { SSESpecification: encryptionOf(news) });
        await putOptions(aws, olds, news);
    },
    tag: (aws, id, tags) =>
        aws.dynamodb.send(new TagResourceCommand({ ResourceArn: tableArn(aws, id), Tags: tagList(tags) })),
    untag: (aws, id, TagKeys) =>
        aws.dynamodb.send(new UntagResourceCommand({ ResourceArn: tableArn(aws, id), TagKeys })),
    delete: async (aws, id) => {
        // A table that is still changing refuses to go.
        await waitUntil(`The deletion of table ${id}`, async () => {
            try {
                return await aws.dynamodb.send(new DeleteTableCommand({ TableName: id }));
            } catch (error) {
                if ((error as Error).name === "ResourceInUseException") return undefined;
                throw error;
            }
        });
        await waitUntilGone(`The deletion of table ${id}`, () => describe(aws, id));
    },
};

function tableArn(aws: Aws, name: string): string {
    return aws.arn("dynamodb", `table/${name}`);
}

function keysOf({
    attributes,
    hashKey,
    rangeKey,
}: TableInputs): Pick<CreateTableCommandInput, "AttributeDefinitions" | "KeySchema"> {
    return {
        AttributeDefinitions: attributes.map(({ name, type }) => ({
            AttributeName: name,
            AttributeType: type as ScalarAttributeType,
        })),
        KeySchema: [
            { AttributeName: hashKey, KeyType: "HASH" },
            ...(rangeKey ? [{ AttributeName: rangeKey, KeyType: "RANGE" as const }] : []),
        ],
    };
}

function throughputOf(inputs: TableInputs): Pick<CreateTableCommandInput, "BillingMode" | "ProvisionedThroughput"> {
    if (inputs.billingMode === "PAY_PER_REQUEST") return { BillingMode: "PAY_PER_REQUEST" };
    const { readCapacity: ReadCapacityUnits = 1, writeCapacity: WriteCapacityUnits = 1 } = inputs;
    return { BillingMode: "PROVISIONED", ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits } };
}

/** Without it a table is under a key that AWS owns. */
function encryptionOf({ serverSideEncryption: declared }: TableInputs): CreateTableCommandInput["SSESpecification"] {
    if (!declared?.enabled) return { Enabled: false };
    return { Enabled: true, SSEType: "KMS", KMSMasterKeyId: declared.kmsKeyArn };
}

async function change(aws: Aws, TableName: string, input: Omit<UpdateTableCommandInput, "TableName">): Promise<void> {
    await aws.dynamodb.send(new UpdateTableCommand({ TableName, ...input }));
    await active(aws, TableName);
}

/** What a table has beside its keys and capacity, each with a call of its own. */
async function putOptions(aws: Aws, olds: TableInputs | undefined, news: TableInputs): Promise<void> {
    const TableName = news.name;
    if (!isDeepStrictEqual(olds?.ttl, news.ttl)) {
        const TimeToLiveSpecification = {
            AttributeName: news.ttl?.attributeName ?? olds?.ttl?.attributeName,
            Enabled: news.ttl !== undefined && news.ttl.enabled !== false,
        };
        await aws.dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    }
    const PointInTimeRecoveryEnabled = news.pointInTimeRecovery?.enabled ?? false;
    if (PointInTimeRecoveryEnabled !== (olds?.pointInTimeRecovery?.enabled ?? false)) {
        const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled };
        await aws.dynamodb.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
    }
}

async function active(aws: Aws, name: string): Promise<void> {
    await waitUntil(`ACTIVE of table ${name}`, async () =>
        (await orGone(() => describe(aws, name)))?.TableStatus === "ACTIVE" ? true : undefined,
    );
}

async function describe(aws: Aws, TableName: string) {
    return (await aws.dynamodb.send(new DescribeTableCommand({ TableName }))).Table!;
}
