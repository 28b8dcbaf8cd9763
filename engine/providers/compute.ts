// aws:lambda, aws:dynamodb and aws:scheduler: what a scaler that runs in AWS is made of.
import {
    CreateTableCommand,
    type CreateTableCommandInput,
    DeleteTableCommand,
    DescribeTableCommand,
    ResourceInUseException,
    type TableDescription,
    TagResourceCommand as TagTableCommand,
    UntagResourceCommand as UntagTableCommand,
    UpdateContinuousBackupsCommand,
    UpdateTableCommand,
    UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import {
    AddPermissionCommand,
    type AddPermissionCommandInput,
    type Architecture,
    CreateFunctionCommand,
    type CreateFunctionCommandInput,
    DeleteFunctionCommand,
    DeleteFunctionConcurrencyCommand,
    DeleteFunctionEventInvokeConfigCommand,
    GetFunctionCommand,
    GetFunctionEventInvokeConfigCommand,
    GetPolicyCommand,
    PutFunctionConcurrencyCommand,
    PutFunctionEventInvokeConfigCommand,
    RemovePermissionCommand,
    TagResourceCommand,
    UntagResourceCommand,
    UpdateFunctionCodeCommand,
    UpdateFunctionConfigurationCommand,
    type UpdateFunctionConfigurationCommandInput,
} from "@aws-sdk/client-lambda";
import {
    CreateScheduleCommand,
    type CreateScheduleCommandInput,
    DeleteScheduleCommand,
    GetScheduleCommand,
    UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { isDeepStrictEqual } from "node:util";
import { assetIdentity, isAsset, zipOf } from "./archive";
import { type Aws } from "./aws";
import { isNotFound, type Properties, type ResourceRow } from "./provider";
import { waitUntil } from "./wait";
import { fromAws, pick, retag, tagList, toAws } from "./words";

const functionConfiguration = [
    "deadLetterConfig",
    "description",
    "environment",
    "ephemeralStorage",
    "handler",
    "kmsKeyArn",
    "layers",
    "loggingConfig",
    "memorySize",
    "role",
    "runtime",
    "timeout",
    "tracingConfig",
];

const noReservedConcurrency = -1;

export const lambdaFunction: ResourceRow = {
    autoname: { property: "name", lengthMax: 64 },
    defaults: {
        memorySize: 128,
        packageType: "Zip",
        publish: false,
        reservedConcurrentExecutions: noReservedConcurrency,
        skipDestroy: false,
        timeout: 3,
    },
    required: ["role"],
    replaceOn: ["name", "packageType", "region"],
    computed: [
        "arn",
        "architectures",
        "ephemeralStorage",
        "invokeArn",
        "lastModified",
        "loggingConfig",
        "qualifiedArn",
        "qualifiedInvokeArn",
        "signingJobArn",
        "signingProfileVersionArn",
        "sourceCodeHash",
        "sourceCodeSize",
        "tracingConfig",
        "version",
    ],
    tags: "map",
    create: async (aws, inputs) => {
        const FunctionName = inputs.name as string;
        await aws.lambda.send(
            new CreateFunctionCommand({
                ...toAws<CreateFunctionCommandInput>(pick(inputs, functionConfiguration)),
                FunctionName,
                Code: { ZipFile: zipOf(inputs.code) },
                PackageType: "Zip",
                Publish: inputs.publish === true,
                ...(inputs.architectures ? { Architectures: inputs.architectures as Architecture[] } : {}),
                ...(inputs.tags ? { Tags: inputs.tags as Record<string, string> } : {}),
            }),
        );
        await ready(aws, FunctionName);
        await putConcurrency(aws, FunctionName, noReservedConcurrency, inputs.reservedConcurrentExecutions);
        return FunctionName;
    },
    read: async (aws, id) => {
        const found = await orGone(() => aws.lambda.send(new GetFunctionCommand({ FunctionName: id })));
        const configuration = found?.Configuration;
        if (configuration === undefined) return undefined;

        const arn = configuration.FunctionArn ?? "";
        const version = configuration.Version ?? "$LATEST";
        return {
            ...pick(fromAws(configuration), [...functionConfiguration, "architectures", "lastModified", "packageType"]),
            arn,
            name: id,
            version,
            invokeArn: invokeArn(aws, arn),
            qualifiedArn: `${arn}:${version}`,
            qualifiedInvokeArn: invokeArn(aws, `${arn}:${version}`),
            sourceCodeHash: configuration.CodeSha256 ?? "",
            sourceCodeSize: configuration.CodeSize ?? 0,
            signingJobArn: configuration.SigningJobArn ?? "",
            signingProfileVersionArn: configuration.SigningProfileVersionArn ?? "",
            reservedConcurrentExecutions: found?.Concurrency?.ReservedConcurrentExecutions ?? noReservedConcurrency,
            ...(found?.Tags ? { tags: found.Tags } : {}),
        };
    },
    update: async (aws, id, olds, news) => {
        if (functionConfiguration.some((property) => !isDeepStrictEqual(olds[property], news[property]))) {
            await aws.lambda.send(
                new UpdateFunctionConfigurationCommand({
                    ...toAws<UpdateFunctionConfigurationCommandInput>(pick(news, functionConfiguration)),
                    // What was taken out of the program would otherwise stay.
                    Environment: toAws(news.environment ?? { variables: {} }),
                    Description: (news.description ?? "") as string,
                    FunctionName: id,
                }),
            );
            await ready(aws, id);
        }
        if (!isDeepStrictEqual(codeOf(olds), codeOf(news))) {
            await aws.lambda.send(
                new UpdateFunctionCodeCommand({
                    FunctionName: id,
                    ZipFile: zipOf(news.code),
                    Publish: news.publish === true,
                    ...(news.architectures ? { Architectures: news.architectures as Architecture[] } : {}),
                }),
            );
            await ready(aws, id);
        }
        await putConcurrency(
            aws,
            id,
            olds.reservedConcurrentExecutions ?? noReservedConcurrency,
            news.reservedConcurrentExecutions,
        );
        const Resource = aws.arn("lambda", `function:${id}`);
        await retag(
            olds,
            news,
            (Tags) => aws.lambda.send(new TagResourceCommand({ Resource, Tags })),
            (TagKeys) => aws.lambda.send(new UntagResourceCommand({ Resource, TagKeys })),
        );
    },
    delete: async (aws, id) => {
        await aws.lambda.send(new DeleteFunctionCommand({ FunctionName: id }));
    },
};

async function ready(aws: Aws, FunctionName: string): Promise<void> {
    await waitUntil(`Active of function ${FunctionName}`, async () => {
        const { Configuration } = await aws.lambda.send(new GetFunctionCommand({ FunctionName }));
        const { State = "Active", LastUpdateStatus = "Successful", StateReason } = Configuration ?? {};
        if (State === "Failed" || LastUpdateStatus === "Failed")
            throw new Error(`Function ${FunctionName} failed: ${StateReason ?? "no reason is given"}`);

        return State === "Active" && LastUpdateStatus === "Successful" ? true : undefined;
    });
}

async function putConcurrency(aws: Aws, FunctionName: string, before: unknown, after: unknown): Promise<void> {
    if (before === after) return;

    await (after === noReservedConcurrency || after === undefined
        ? aws.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
        : aws.lambda.send(
              new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: after as number }),
          ));
}

function codeOf(inputs: Properties): unknown {
    const code = inputs.code;
    return [isAsset(code) ? assetIdentity(code) : code, inputs.architectures, inputs.sourceCodeHash];
}

function invokeArn(aws: Aws, functionArn: string): string {
    const { region } = aws.settings;
    return `arn:${aws.partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
}

async function orGone<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
        return await ask();
    } catch (error) {
        if (isNotFound(error)) return undefined;

        throw error;
    }
}

/** A function is given by its name or its ARN. */
function functionNameOf(reference: unknown): string {
    return /:function:([^:]+)/.exec(String(reference))?.[1] ?? String(reference);
}

const permissionProperties = [
    "action",
    "eventSourceToken",
    "functionUrlAuthType",
    "principal",
    "qualifier",
    "sourceAccount",
    "sourceArn",
    "statementId",
];

export const lambdaPermission: ResourceRow = {
    autoname: { property: "statementId", lengthMax: 100 },
    required: ["action", "function", "principal"],
    replaceOn: ["function", "principalOrgId", "region", ...permissionProperties],
    computed: [],
    create: async (aws, inputs) => {
        await aws.lambda.send(
            new AddPermissionCommand({
                ...toAws<AddPermissionCommandInput>(pick(inputs, permissionProperties)),
                FunctionName: functionNameOf(inputs.function),
                ...(inputs.principalOrgId ? { PrincipalOrgID: inputs.principalOrgId as string } : {}),
            }),
        );
        return inputs.statementId as string;
    },
    read: async (aws, id, state) => {
        const FunctionName = functionNameOf(state.function);
        const policy = await orGone(() => aws.lambda.send(new GetPolicyCommand({ FunctionName })));
        const { Statement = [] } = JSON.parse(policy?.Policy ?? "{}") as { Statement?: { Sid?: string }[] };
        return Statement.some(({ Sid }) => Sid === id) ? { statementId: id } : undefined;
    },
    delete: async (aws, id, state) => {
        const FunctionName = functionNameOf(state.function);
        await aws.lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: id }));
    },
};

export const functionEventInvokeConfig: ResourceRow = {
    defaults: { maximumRetryAttempts: 2 },
    required: ["functionName"],
    replaceOn: ["functionName", "qualifier", "region"],
    computed: [],
    create: async (aws, inputs) => {
        await putEventInvokeConfig(aws, inputs);
        return inputs.functionName as string;
    },
    read: async (aws, id) => {
        const FunctionName = functionNameOf(id);
        const found = await orGone(() => aws.lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })));
        const names = ["destinationConfig", "maximumEventAgeInSeconds", "maximumRetryAttempts"];
        return found && { functionName: id, ...pick(fromAws(found), names) };
    },
    update: async (aws, _id, _olds, news) => putEventInvokeConfig(aws, news),
    delete: async (aws, id) => {
        await aws.lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: functionNameOf(id) }));
    },
};

async function putEventInvokeConfig(aws: Aws, inputs: Properties): Promise<void> {
    await aws.lambda.send(
        new PutFunctionEventInvokeConfigCommand({
            FunctionName: functionNameOf(inputs.functionName),
            MaximumRetryAttempts: inputs.maximumRetryAttempts as number,
            ...(inputs.qualifier ? { Qualifier: inputs.qualifier as string } : {}),
            ...(inputs.maximumEventAgeInSeconds
                ? { MaximumEventAgeInSeconds: inputs.maximumEventAgeInSeconds as number }
                : {}),
            ...(inputs.destinationConfig ? { DestinationConfig: toAws(inputs.destinationConfig) } : {}),
        }),
    );
}

export const dynamodbTable: ResourceRow = {
    autoname: { property: "name", lengthMax: 255 },
    defaults: { billingMode: "PROVISIONED" },
    required: ["attributes", "hashKey"],
    replaceOn: ["hashKey", "localSecondaryIndexes", "name", "rangeKey", "region"],
    sets: ["attributes", "globalSecondaryIndexes", "localSecondaryIndexes"],
    computed: ["arn", "readCapacity", "serverSideEncryption", "streamArn", "streamLabel", "writeCapacity"],
    tags: "map",
    create: async (aws, inputs) => {
        const TableName = inputs.name as string;
        await aws.dynamodb.send(
            new CreateTableCommand({
                TableName,
                ...tableKeys(inputs),
                ...tableThroughput(inputs),
                ...(inputs.deletionProtectionEnabled ? { DeletionProtectionEnabled: true } : {}),
                ...(inputs.tags ? { Tags: tagList(inputs.tags) } : {}),
            }),
        );
        await activeTable(aws, TableName);
        await putTableOptions(aws, {}, inputs);
        return TableName;
    },
    read: async (aws, id) => {
        const table = await tableNamed(aws, id);
        return (
            table && {
                arn: table.TableArn,
                name: id,
                attributes: table.AttributeDefinitions?.map((attribute) => ({
                    name: attribute.AttributeName,
                    type: attribute.AttributeType,
                })),
                hashKey: table.KeySchema?.find(({ KeyType }) => KeyType === "HASH")?.AttributeName,
                ...pick({ rangeKey: table.KeySchema?.find(({ KeyType }) => KeyType === "RANGE")?.AttributeName }, [
                    "rangeKey",
                ]),
                billingMode: table.BillingModeSummary?.BillingMode ?? "PROVISIONED",
                readCapacity: table.ProvisionedThroughput?.ReadCapacityUnits ?? 0,
                writeCapacity: table.ProvisionedThroughput?.WriteCapacityUnits ?? 0,
                streamArn: table.LatestStreamArn ?? "",
                streamLabel: table.LatestStreamLabel ?? "",
            }
        );
    },
    update: async (aws, id, olds, news) => {
        if (!isDeepStrictEqual(tableThroughput(olds), tableThroughput(news))) {
            await aws.dynamodb.send(new UpdateTableCommand({ TableName: id, ...tableThroughput(news) }));
            await activeTable(aws, id);
        }
        if ((olds.deletionProtectionEnabled ?? false) !== (news.deletionProtectionEnabled ?? false)) {
            const DeletionProtectionEnabled = news.deletionProtectionEnabled === true;
            await aws.dynamodb.send(new UpdateTableCommand({ TableName: id, DeletionProtectionEnabled }));
            await activeTable(aws, id);
        }
        await putTableOptions(aws, olds, news);
        const ResourceArn = aws.arn("dynamodb", `table/${id}`);
        await retag(
            olds,
            news,
            (tags) => aws.dynamodb.send(new TagTableCommand({ ResourceArn, Tags: tagList(tags) })),
            (TagKeys) => aws.dynamodb.send(new UntagTableCommand({ ResourceArn, TagKeys })),
        );
    },
    delete: async (aws, id) => {
        // A table that is still changing refuses to go.
        await waitUntil(`The deletion of table ${id}`, async () => {
            try {
                await aws.dynamodb.send(new DeleteTableCommand({ TableName: id }));
                return true;
            } catch (error) {
                if (error instanceof ResourceInUseException) return undefined;

                throw error;
            }
        });
        await waitUntil(`The deletion of table ${id}`, async () =>
            (await tableNamed(aws, id)) === undefined ? true : undefined,
        );
    },
};

function tableKeys(inputs: Properties): Pick<CreateTableCommandInput, "AttributeDefinitions" | "KeySchema"> {
    const attributes = inputs.attributes as { name: string; type: "S" | "N" | "B" }[];
    return {
        AttributeDefinitions: attributes.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
        KeySchema: [
            { AttributeName: inputs.hashKey as string, KeyType: "HASH" },
            ...(inputs.rangeKey ? [{ AttributeName: inputs.rangeKey as string, KeyType: "RANGE" as const }] : []),
        ],
    };
}

function tableThroughput(inputs: Properties): Pick<CreateTableCommandInput, "BillingMode" | "ProvisionedThroughput"> {
    return inputs.billingMode === "PAY_PER_REQUEST"
        ? { BillingMode: "PAY_PER_REQUEST" }
        : {
              BillingMode: "PROVISIONED",
              ProvisionedThroughput: {
                  ReadCapacityUnits: (inputs.readCapacity ?? 1) as number,
                  WriteCapacityUnits: (inputs.writeCapacity ?? 1) as number,
              },
          };
}

async function putTableOptions(aws: Aws, olds: Properties, news: Properties): Promise<void> {
    const TableName = news.name as string;
    const ttl = news.ttl as { attributeName?: string; enabled?: boolean } | undefined;
    if (!isDeepStrictEqual(olds.ttl, ttl) && (ttl !== undefined || olds.ttl !== undefined)) {
        const before = olds.ttl as typeof ttl;
        await aws.dynamodb.send(
            new UpdateTimeToLiveCommand({
                TableName,
                TimeToLiveSpecification: {
                    AttributeName: ttl?.attributeName ?? before?.attributeName,
                    Enabled: ttl !== undefined && ttl.enabled !== false,
                },
            }),
        );
    }
    const recovery = (news.pointInTimeRecovery as { enabled?: boolean } | undefined)?.enabled ?? false;
    const recoveryBefore = (olds.pointInTimeRecovery as { enabled?: boolean } | undefined)?.enabled ?? false;
    if (recovery !== recoveryBefore) {
        await aws.dynamodb.send(
            new UpdateContinuousBackupsCommand({
                TableName,
                PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: recovery },
            }),
        );
    }
}

async function activeTable(aws: Aws, name: string): Promise<void> {
    await waitUntil(`ACTIVE of table ${name}`, async () =>
        (await tableNamed(aws, name))?.TableStatus === "ACTIVE" ? true : undefined,
    );
}

async function tableNamed(aws: Aws, TableName: string): Promise<TableDescription | undefined> {
    return (await orGone(() => aws.dynamodb.send(new DescribeTableCommand({ TableName }))))?.Table;
}

const scheduleProperties = [
    "actionAfterCompletion",
    "description",
    "flexibleTimeWindow",
    "groupName",
    "kmsKeyArn",
    "name",
    "scheduleExpression",
    "scheduleExpressionTimezone",
    "state",
    "target",
];

export const schedule: ResourceRow = {
    autoname: { property: "name", lengthMax: 64 },
    defaults: { groupName: "default", scheduleExpressionTimezone: "UTC", state: "ENABLED" },
    required: ["flexibleTimeWindow", "scheduleExpression", "target"],
    replaceOn: ["groupName", "name", "region"],
    computed: ["actionAfterCompletion", "arn"],
    create: async (aws, inputs) => {
        await aws.scheduler.send(new CreateScheduleCommand(scheduleInput(inputs)));
        return `${inputs.groupName as string}/${inputs.name as string}`;
    },
    read: async (aws, id) => {
        const found = await orGone(() => aws.scheduler.send(new GetScheduleCommand(scheduleKey(id))));
        return found && { ...pick(fromAws(found), [...scheduleProperties, "arn"]) };
    },
    update: async (aws, _id, _olds, news) => {
        await aws.scheduler.send(new UpdateScheduleCommand(scheduleInput(news)));
    },
    delete: async (aws, id) => {
        await aws.scheduler.send(new DeleteScheduleCommand(scheduleKey(id)));
    },
};

function scheduleInput(inputs: Properties): CreateScheduleCommandInput {
    const date = (name: string) => (inputs[name] ? new Date(inputs[name] as string) : undefined);
    return {
        ...toAws<CreateScheduleCommandInput>(pick(inputs, scheduleProperties)),
        StartDate: date("startDate"),
        EndDate: date("endDate"),
    };
}

function scheduleKey(id: string): { GroupName: string; Name: string } {
    const [GroupName = "default", Name = ""] = id.includes("/") ? id.split("/") : ["default", id];
    return { GroupName, Name };
}
