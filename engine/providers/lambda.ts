/**
 * aws:lambda: functions, who may call them, and what becomes of a call that failed.
 */
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
    type PutFunctionEventInvokeConfigCommandInput,
    RemovePermissionCommand,
    TagResourceCommand,
    UntagResourceCommand,
    UpdateFunctionCodeCommand,
    UpdateFunctionConfigurationCommand,
    type UpdateFunctionConfigurationCommandInput,
} from "@aws-sdk/client-lambda";
import type * as lambda from "@pulumi/aws/lambda";
import { isDeepStrictEqual } from "node:util";
import { regionSpelling } from "../../capacity/regions";
import { assetIdentity } from "../values";
import { zipOf } from "./archive";
import { type Aws } from "./aws";
import { type Checked, mismatches, type ResourceRow } from "./resource";
import { waitUntil } from "./wait";
import { fromAws, pick, toAws } from "./words";

type FunctionInputs = Checked<lambda.FunctionArgs, "name">;

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
    "vpcConfig",
] as const;

const noReservedConcurrency = -1;

const functionNameOrArn = new RegExp(
    `^(arn:[\\w-]+:lambda:)?(${regionSpelling}:)?(\\d{12}:)?(function:)?[\\w-]+(:(\\$LATEST|[\\w-]+))?$`,
);

export const lambdaFunction: ResourceRow<FunctionInputs> = {
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
    validate: ({ name }) => [
        ...mismatches(
            "name",
            name,
            functionNameOrArn,
            "invalid value for function_name (must be valid function name or function ARN)",
        ),
        ...mismatches(
            "name",
            functionNameOf(name),
            /^.{0,64}$/,
            `expected length of the Lambda function name to be less than or equal to 64, got ${name} (${name.length} characters)`,
        ),
    ],
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
        await aws.lambda.send(
            new CreateFunctionCommand({
                ...toAws<CreateFunctionCommandInput>(pick(inputs, functionConfiguration)),
                ...codeInput(inputs),
                FunctionName: inputs.name,
                Code: { ZipFile: zipOf(inputs.code) },
                PackageType: "Zip",
                Tags: inputs.tags,
            }),
        );
        await ready(aws, inputs.name);
        await putConcurrency(aws, inputs.name, noReservedConcurrency, inputs.reservedConcurrentExecutions);
        return inputs.name;
    },
    read: async (aws, id) => {
        const { Configuration, Concurrency, Tags } = await aws.lambda.send(
            new GetFunctionCommand({ FunctionName: id }),
        );
        if (Configuration === undefined) return undefined;
        const { FunctionArn: arn = "", Version: version = "$LATEST" } = Configuration;
        return {
            ...pick(fromAws(Configuration), [...functionConfiguration, "architectures", "lastModified", "packageType"]),
            arn,
            name: id,
            version,
            invokeArn: invokeArn(aws, arn),
            qualifiedArn: `${arn}:${version}`,
            qualifiedInvokeArn: invokeArn(aws, `${arn}:${version}`),
            sourceCodeHash: Configuration.CodeSha256 ?? "",
            sourceCodeSize: Configuration.CodeSize ?? 0,
            signingJobArn: Configuration.SigningJobArn ?? "",
            signingProfileVersionArn: Configuration.SigningProfileVersionArn ?? "",
            reservedConcurrentExecutions: Concurrency?.ReservedConcurrentExecutions ?? noReservedConcurrency,
            ...(Tags ? { tags: Tags } : {}),
        };
    },
    update: async (aws, id, olds, news) => {
        if (functionConfiguration.some((property) => !isDeepStrictEqual(olds[property], news[property]))) {
            await aws.lambda.send(
                new UpdateFunctionConfigurationCommand({
                    ...toAws<UpdateFunctionConfigurationCommandInput>(pick(news, functionConfiguration)),
                    // What was taken out of the program would otherwise stay.
                    Environment: toAws(news.environment ?? { variables: {} }),
                    VpcConfig: toAws(news.vpcConfig ?? { subnetIds: [], securityGroupIds: [] }),
                    Description: news.description ?? "",
                    FunctionName: id,
                }),
            );
            await ready(aws, id);
        }
        if (!isDeepStrictEqual(codeOf(olds), codeOf(news))) {
            const code = { FunctionName: id, ZipFile: zipOf(news.code), ...codeInput(news) };
            await aws.lambda.send(new UpdateFunctionCodeCommand(code));
            await ready(aws, id);
        }
        const before = olds.reservedConcurrentExecutions ?? noReservedConcurrency;
        await putConcurrency(aws, id, before, news.reservedConcurrentExecutions);
    },
    tag: (aws, id, Tags) => aws.lambda.send(new TagResourceCommand({ Resource: functionArn(aws, id), Tags })),
    untag: (aws, id, TagKeys) => aws.lambda.send(new UntagResourceCommand({ Resource: functionArn(aws, id), TagKeys })),
    delete: (aws, id) => aws.lambda.send(new DeleteFunctionCommand({ FunctionName: id })),
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

async function putConcurrency(aws: Aws, FunctionName: string, before: number, after: number | undefined) {
    if (before === after) return;
    await (after === noReservedConcurrency || after === undefined
        ? aws.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
        : aws.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: after })));
}

function codeInput({ publish, architectures }: FunctionInputs) {
    return { Publish: publish === true, Architectures: architectures as Architecture[] | undefined };
}

function codeOf({ code, architectures, sourceCodeHash }: FunctionInputs): unknown {
    return [assetIdentity(code), architectures, sourceCodeHash];
}

function functionArn(aws: Aws, name: string): string {
    return aws.arn("lambda", `function:${name}`);
}

function invokeArn(aws: Aws, arn: string): string {
    const { region } = aws.settings;
    return `arn:${aws.partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`;
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
] as const;

export const lambdaPermission: ResourceRow<Checked<lambda.PermissionArgs, "statementId">> = {
    autoname: { property: "statementId", lengthMax: 100 },
    required: ["action", "function", "principal"],
    validate: ({ statementId }) =>
        mismatches(
            "statementId",
            statementId,
            /^[\w-]+$/,
            "invalid value for statement_id (must contain alphanumeric, underscores or dashes only)",
        ),
    replaceOn: ["function", "principalOrgId", "region", ...permissionProperties],
    computed: [],
    create: async (aws, inputs) => {
        await aws.lambda.send(
            new AddPermissionCommand({
                ...toAws<AddPermissionCommandInput>(pick(inputs, permissionProperties)),
                FunctionName: functionNameOf(inputs.function),
                PrincipalOrgID: inputs.principalOrgId,
            }),
        );
        return inputs.statementId;
    },
    read: async (aws, id, state) => {
        const policy = await aws.lambda.send(new GetPolicyCommand({ FunctionName: functionNameOf(state.function) }));
        const { Statement = [] } = JSON.parse(policy.Policy ?? "{}") as { Statement?: { Sid?: string }[] };
        return Statement.some(({ Sid }) => Sid === id) ? { statementId: id } : undefined;
    },
    delete: (aws, id, state) => {
        const FunctionName = functionNameOf(state.function);
        return aws.lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: id }));
    },
};

const invokeConfiguration = ["destinationConfig", "maximumEventAgeInSeconds", "maximumRetryAttempts"] as const;

type InvokeConfigInputs = Checked<lambda.FunctionEventInvokeConfigArgs>;

export const functionEventInvokeConfig: ResourceRow<InvokeConfigInputs> = {
    defaults: { maximumRetryAttempts: 2 },
    required: ["functionName"],
    replaceOn: ["functionName", "qualifier", "region"],
    computed: [],
    create: async (aws, inputs) => {
        await putEventInvokeConfig(aws, inputs);
        return inputs.functionName;
    },
    read: async (aws, id) => {
        const input = { FunctionName: functionNameOf(id) };
        const found = await aws.lambda.send(new GetFunctionEventInvokeConfigCommand(input));
        return { functionName: id, ...pick(fromAws(found), invokeConfiguration) };
    },
    update: (aws, _id, _olds, news) => putEventInvokeConfig(aws, news),
    delete: (aws, id) =>
        aws.lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: functionNameOf(id) })),
};

async function putEventInvokeConfig(aws: Aws, inputs: InvokeConfigInputs): Promise<void> {
    await aws.lambda.send(
        new PutFunctionEventInvokeConfigCommand({
            ...toAws<PutFunctionEventInvokeConfigCommandInput>(pick(inputs, [...invokeConfiguration, "qualifier"])),
            FunctionName: functionNameOf(inputs.functionName),
        }),
    );
}
