/**
 * Functions: their settings, code, tags and concurrency.
 */
import { randomUUID } from "node:crypto";

import { destinationOf } from "../eventsources/destination";
import { conflict, invalid, tagRefusals } from "../eventsources/errors";
import { lambdaPrincipal } from "../eventsources/state";
import { type AwsError, refusalNamed } from "../service";
import { operation, operationOn } from "../wire/operation";
import { boolean, integer, listOf, mapOf, oneOf, required, structure, text } from "../wire/shape";
import { addTags, newTags, removeTags } from "../wire/tags";
import { discard, unpack } from "./code";
import {
    type Account,
    type Configuration,
    functionArn,
    functionOf,
    type LambdaFunction,
    logGroupOf,
    memoryOf,
    nameOf,
    onFunction,
    settings,
    timeoutOf,
} from "./state";
import { retire } from "./workers";

/** A name, or an ARN or a part of one that ends in it. Source: the Lambda API model (botocore 1.44, read 2026-11). */
const functionNamePattern =
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";

export const createFunction = operation(
    {
        ...settings,
        Role: required(settings.Role),
        FunctionName: required(text(1, 140, functionNamePattern)),
        Code: required(structure({ ZipFile: text(), S3Bucket: text(), S3Key: text(), ImageUri: text() })),
        Publish: boolean,
        PackageType: oneOf("Zip", "Image"),
        Tags: mapOf(text()),
        CodeSigningConfigArn: text(),
    },
    (account: Account, { FunctionName, Code, Tags, ...input }, nowMs) => {
        const name = nameOf(FunctionName);
        if (name.length > 64) {
            throw malformed(
                `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
            );
        }
        if (account.functions.has(name)) throw conflict(`Function already exist: ${name}`);
        if (input.PackageType === "Image") throw invalid("The sandbox runs functions from zip files, not from images.");
        checkPublish(input);
        const { Runtime, Handler } = input;
        if (!Runtime) throw mandatory("Runtime");
        if (!Handler) throw mandatory("Handler");
        checkSettings(account, input);
        checkDeadLetters(account, input);
        const tags = newTags(Tags, tagRefusals);
        const fn: LambdaFunction = {
            name,
            arn: functionArn(account.ambient, name),
            configuration: { ...input, Runtime, Handler },
            code: unpack(account, Code.ZipFile),
            tags,
            policy: new Map(),
            eventInvoke: undefined,
            reservedConcurrency: undefined,
            modifiedMs: nowMs,
            revision: randomUUID(),
            workers: [],
        };
        account.functions.set(name, fn);
        return described(fn);
    },
);

export const listFunctions = operation({}, ({ functions }: Account) => ({
    Functions: [...functions.values()].map(described),
}));

export const getFunction = onFunction({}, (fn) => ({
    Configuration: described(fn),
    Code: { RepositoryType: "S3", Location: "" },
    ...(fn.tags.size > 0 && { Tags: Object.fromEntries(fn.tags) }),
    ...(fn.reservedConcurrency !== undefined && { Concurrency: concurrency(fn) }),
}));

export const deleteFunction = onFunction({}, (fn, _input, account) => {
    account.functions.delete(fn.name);
    retire(account, fn);
    discard(fn.code);
});

export const getConfiguration = onFunction({}, described);

export const updateConfiguration = onFunction(settings, (fn, input, account, nowMs) => {
    checkSettings(account, input);
    checkDeadLetters(account, { Role: fn.configuration.Role, ...input });
    fn.configuration = { ...fn.configuration, ...input };
    return changed(account, fn, nowMs);
});

export const updateCode = onFunction(
    { ZipFile: text(), Architectures: settings.Architectures, DryRun: boolean, Publish: boolean },
    (fn, input, account, nowMs) => {
        checkPublish(input);
        const code = unpack(account, input.ZipFile);
        discard(input.DryRun ? code : fn.code);
        if (input.DryRun) return described(fn);
        fn.code = code;
        if (input.Architectures) fn.configuration = { ...fn.configuration, Architectures: input.Architectures };
        return changed(account, fn, nowMs);
    },
);

/** A version's ARN is qualified; that of the function itself is not. */
export const listVersions = onFunction({}, (fn) => ({
    Versions: [{ ...described(fn), FunctionArn: `${fn.arn}:$LATEST` }],
}));

/** Nobody's code is signed, of which AWS says nothing at all. */
export const getCodeSigningConfig = onFunction({}, () => ({}));

export const putConcurrency = onFunction({ ReservedConcurrentExecutions: required(integer(0)) }, (fn, input) => {
    fn.reservedConcurrency = input.ReservedConcurrentExecutions;
    return concurrency(fn);
});

export const getConcurrency = onFunction({}, concurrency);

export const deleteConcurrency = onFunction({}, (fn) => {
    fn.reservedConcurrency = undefined;
});

/** Functions and event source mappings are tagged alike. */
const onTagged = operationOn(
    { Resource: required(text()) },
    (account: Account, { Resource }) => account.mappingTags.get(Resource) ?? functionOf(account, Resource).tags,
);

export const listTags = onTagged({}, (tags) => ({ Tags: Object.fromEntries(tags) }));

export const tagResource = onTagged({ Tags: mapOf(text()) }, (tags, input) => addTags(tags, input.Tags, tagRefusals));

export const untagResource = onTagged({ TagKeys: listOf(text()) }, (tags, input) => removeTags(tags, input.TagKeys));

function described(fn: LambdaFunction): object {
    const { configuration } = fn;
    return {
        FunctionName: fn.name,
        FunctionArn: fn.arn,
        Runtime: configuration.Runtime,
        Role: configuration.Role,
        Handler: configuration.Handler,
        CodeSize: fn.code.zip.length,
        Description: configuration.Description ?? "",
        Timeout: timeoutOf(fn),
        MemorySize: memoryOf(fn),
        LastModified: new Date(fn.modifiedMs).toISOString().replace("Z", "+0000"),
        CodeSha256: fn.code.sha256,
        Version: "$LATEST",
        Environment: configuration.Environment,
        DeadLetterConfig: configuration.DeadLetterConfig,
        KMSKeyArn: configuration.KMSKeyArn,
        VpcConfig: configuration.VpcConfig,
        TracingConfig: configuration.TracingConfig ?? { Mode: "PassThrough" },
        RevisionId: fn.revision,
        State: "Active",
        LastUpdateStatus: "Successful",
        PackageType: "Zip",
        Architectures: configuration.Architectures ?? ["x86_64"],
        EphemeralStorage: configuration.EphemeralStorage ?? { Size: 512 },
        SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
        LoggingConfig: { LogFormat: "Text", ...configuration.LoggingConfig, LogGroup: logGroupOf(fn) },
    };
}

function concurrency(fn: LambdaFunction): object {
    return { ReservedConcurrentExecutions: fn.reservedConcurrency };
}

/** What runs goes on to its end; the next invocation starts afresh. */
function changed(account: Account, fn: LambdaFunction, nowMs: number): object {
    fn.modifiedMs = nowMs;
    fn.revision = randomUUID();
    retire(account, fn);
    return described(fn);
}

const mandatory = (member: string): AwsError =>
    invalid(`${member} is mandatory for functions created with deployment packages.`);
const malformed = refusalNamed("ValidationException");

function checkPublish({ Publish }: { readonly Publish?: boolean }): void {
    if (Publish) throw invalid("The sandbox publishes no versions; leave Publish out.");
}

/** Variables that Lambda sets itself cannot be set. */
const reservedVariables =
    /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_\w+|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

function checkSettings({ iam }: Account, { Environment, Role }: Partial<Configuration>): void {
    const variables = Environment?.Variables ?? {};
    const refused =
        "Lambda was unable to configure your environment variables because the environment variables you have provided";
    const reserved = Object.keys(variables).filter((name) => reservedVariables.test(name));
    if (reserved.length > 0) {
        throw invalid(
            `${refused} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(", ")}`,
        );
    }
    if (Buffer.byteLength(JSON.stringify(variables)) > 4_096) throw invalid(`${refused} exceeded the 4KB limit.`);
    if (Role && !iam.trusts(Role, lambdaPrincipal))
        throw invalid("The role defined for the function cannot be assumed by Lambda.");
}

/** Where events go that are given up: the role must be able to put them there. Of another service AWS's own words are not known here. */
function checkDeadLetters({ iam }: Account, { DeadLetterConfig, Role }: Partial<Configuration>): void {
    const arn = DeadLetterConfig?.TargetArn;
    if (!arn) return;
    const told = destinationOf(arn);
    if (!told) throw invalid(`Invalid dead letter ARN: ${arn} names neither an SQS queue nor an SNS topic.`);
    if (iam.verdict(iam.roleNameOf(Role!), { action: told.action, resource: arn }) !== "allow")
        throw invalid(`The provided execution role does not have permissions to call ${told.title}`);
}
