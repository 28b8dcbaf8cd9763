/**
 * The local Lambda: runs the deployed zip in child processes with the rights of its role, on the sandbox's clock.
 */
import { createHash, randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type IamService } from "../iam/index";
import { evaluatePolicies, type PolicyDocument } from "../iam/policy";
import {
    type AccessRequest,
    type Ambient,
    AwsError,
    type MetricSink,
    type RawRequest,
    type RawResponse,
    type RequestContext,
    type Service,
} from "../service";
import { type Session } from "../iam/sessions";
import { type LogsService } from "../logs/index";
import { anything, boolean, integer, listOf, mapOf, oneOf, structure, text, validateShape } from "../wire/oldShape";
import { ExecutionEnvironment, type LogLine, newRequestId, type Outcome } from "./environment";
import { readZip } from "./zip";

export interface LambdaOptions {
    readonly iam: IamService;
    readonly logs: LogsService;
    readonly metrics: MetricSink;
    /** Where the sandbox listens: the functions' own AWS clients go there. */
    readonly endpoint: () => string | undefined;
    /** Delivers a record of a failed or done invocation to a topic, as the function's role. */
    readonly publish: (topicArn: string, message: string) => Promise<void>;
    /** Folder of the unpacked code; removed at the end. @default one of its own below the system's */
    readonly folder?: string;
}

/** An invocation, for whoever watches the sandbox. */
export interface InvocationRecord {
    readonly functionName: string;
    readonly requestId: string;
    readonly timeMs: number;
    readonly durationMs: number;
    /** What it returned, or its error. */
    readonly payload: string;
    readonly functionError: boolean;
}

export interface LambdaService extends Service {
    /** The newest 10,000 invocations, oldest first. */
    readonly invocations: readonly InvocationRecord[];
    /** Invocations that run at this moment. */
    readonly running: number;
    onInvocation(listener: (invocation: InvocationRecord) => void): () => void;
    /** Invokes as a service of AWS does: the function's resource policy must admit it. @throws AwsError */
    invokeAs(
        source: { service: string; title: string; sourceArn: string },
        functionArn: string,
        event: unknown,
    ): Promise<void>;
    /** Takes an event for later, as an asynchronous Invoke does; retries and destinations follow. @throws AwsError if there is no such function */
    enqueue(functionArn: string, event: unknown): void;
    /** Resolves when no invocation runs and none waits in a queue. */
    settled(): Promise<void>;
    arnOf(functionName: string): string;
}

interface LambdaFunction {
    readonly name: string;
    readonly arn: string;
    configuration: Configuration;
    code: { readonly zip: Buffer; readonly sha256: string; readonly folder: string };
    readonly tags: Map<string, string>;
    readonly policy: Map<string, Statement>;
    eventInvoke: EventInvokeConfig | undefined;
    reservedConcurrency: number | undefined;
    modifiedMs: number;
    revision: string;
    environments: ExecutionEnvironment[];
    /** Of each environment, so that its credentials end with it. */
    readonly sessions: Map<ExecutionEnvironment, Session>;
}

type Statement = PolicyDocument["Statement"][number];

interface Configuration {
    readonly Runtime?: string;
    readonly Role: string;
    readonly Handler?: string;
    readonly Description?: string;
    readonly Timeout?: number;
    readonly MemorySize?: number;
    readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
    readonly LoggingConfig?: { readonly LogFormat?: string; readonly LogGroup?: string };
    readonly DeadLetterConfig?: { readonly TargetArn?: string };
    readonly [other: string]: unknown;
}

interface EventInvokeConfig {
    readonly MaximumRetryAttempts?: number;
    readonly MaximumEventAgeInSeconds?: number;
    readonly DestinationConfig?: {
        readonly OnFailure?: { readonly Destination?: string };
        readonly OnSuccess?: { readonly Destination?: string };
    };
    readonly modifiedMs: number;
}

const unpackedBytesMax = 262_144_000;
const syncPayloadBytesMax = 6_291_456;
const asyncPayloadBytesMax = 1_048_576;
/** The account's concurrency of a new account; here also what a machine can bear. */
const concurrencyMax = 10;
const invocationsKept = 10_000;
/** Delays before the first and the second retry of an asynchronous invocation. */
const retryDelaysMs = [60_000, 120_000];
const eventAgeDefaultSeconds = 21_600;
const throttleRetryMs = 1_000;

const runtimes = ["nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x"];

const configurationMembers = {
    Runtime: oneOf(...runtimes),
    Role: text(1, 256, /^arn:[\w-]+:iam::\d{12}:role\/?[\w+=,.@\-_/]+$/),
    Handler: text(1, 128, /^\S+$/),
    Description: text(0, 256),
    Timeout: integer(1, 900),
    MemorySize: integer(128, 10_240),
    Environment: structure({ Variables: mapOf(text()) }),
    DeadLetterConfig: structure({ TargetArn: text() }),
    LoggingConfig: structure({
        LogFormat: oneOf("JSON", "Text"),
        ApplicationLogLevel: text(),
        SystemLogLevel: text(),
        LogGroup: text(1, 512),
    }),
    KMSKeyArn: text(),
    TracingConfig: anything,
    VpcConfig: anything,
    Layers: listOf(text()),
    FileSystemConfigs: anything,
    ImageConfig: anything,
    EphemeralStorage: anything,
    SnapStart: anything,
    RevisionId: text(),
};

const createShape = structure(
    {
        ...configurationMembers,
        FunctionName: text(1, 170),
        Code: structure({ ZipFile: text(), S3Bucket: text(), S3Key: text(), ImageUri: text() }),
        Publish: boolean,
        PackageType: oneOf("Zip", "Image"),
        Architectures: listOf(oneOf("x86_64", "arm64"), 1, 1),
        Tags: mapOf(text(0, 256)),
        CodeSigningConfigArn: text(),
    },
    "FunctionName",
    "Role",
    "Code",
);

export function lambdaService(ambient: Ambient, options: LambdaOptions): LambdaService {
    const { clock, region, accountId, partition } = ambient;
    const { iam, logs, metrics } = options;
    const functions = new Map<string, LambdaFunction>();
    const invocations: InvocationRecord[] = [];
    const listeners = new Set<(invocation: InvocationRecord) => void>();
    const underWay = new Set<Promise<void>>();
    let folder: string | undefined = options.folder;
    let stopped = false;

    const arnOf = (name: string): string => `arn:${partition}:lambda:${region}:${accountId}:function:${name}`;
    const functionOf = (nameOrArn: string): LambdaFunction => {
        const name = nameOf(nameOrArn);
        const found = functions.get(name);
        if (!found) throw notFound(`Function not found: ${arnOf(name)}`);
        return found;
    };

    // ---- code and configuration ----
    const unpack = (code: { ZipFile?: string } | undefined): LambdaFunction["code"] => {
        if (code?.ZipFile === undefined) {
            throw invalid(
                "The sandbox takes the code of a function as a zip file in the request, not from S3 or an image.",
            );
        }
        const zip = Buffer.from(code.ZipFile, "base64");
        let entries;
        try {
            entries = readZip(zip, unpackedBytesMax);
        } catch (error) {
            throw invalid(
                `Could not unzip uploaded file. Please check your file, then try to upload again. (${(error as Error).message})`,
            );
        }
        folder ??= fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "sharded-stream-functions-")));
        const own = fs.mkdtempSync(path.join(folder, "code-"));
        for (const { name, content } of entries) {
            const file = path.join(own, "task", name);
            fs.mkdirSync(path.dirname(file), { recursive: true });
            fs.writeFileSync(file, content);
        }
        fs.mkdirSync(path.join(own, "task"), { recursive: true });
        return { zip, sha256: createHash("sha256").update(zip).digest("base64"), folder: own };
    };
    /** Lambda assumes the role once to see that it may. */
    const checkRole = (roleArn: string): void => {
        try {
            iam.sessions.close(iam.assume(roleArn, "lambda.amazonaws.com", "check").accessKeyId);
        } catch (error) {
            if (error instanceof AwsError)
                throw invalid("The role defined for the function cannot be assumed by Lambda.");
            throw error;
        }
    };
    const changed = (fn: LambdaFunction): void => {
        fn.modifiedMs = clock.nowMs();
        fn.revision = randomUUID();
        // What runs goes on to its end; the next invocation starts afresh.
        retire(fn);
    };
    const retire = (fn: LambdaFunction): void => {
        for (const environment of fn.environments) {
            if (environment.busy) environment.broken = true;
            else end(fn, environment);
        }
        fn.environments = fn.environments.filter((environment) => environment.busy);
    };
    const end = (fn: LambdaFunction, environment: ExecutionEnvironment): void => {
        const session = fn.sessions.get(environment);
        if (session) iam.sessions.close(session.accessKeyId);
        fn.sessions.delete(environment);
        inBackground(environment.stop());
    };
    const inBackground = (work: Promise<void>): void => {
        const tracked = work.finally(() => underWay.delete(tracked));
        underWay.add(tracked);
    };
    const describe = (fn: LambdaFunction): Record<string, unknown> => {
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
            LastModified: awsDate(fn.modifiedMs),
            CodeSha256: fn.code.sha256,
            Version: "$LATEST",
            Environment: configuration.Environment,
            DeadLetterConfig: configuration.DeadLetterConfig,
            KMSKeyArn: configuration.KMSKeyArn,
            TracingConfig: configuration.TracingConfig ?? { Mode: "PassThrough" },
            RevisionId: fn.revision,
            State: "Active",
            LastUpdateStatus: "Successful",
            PackageType: "Zip",
            Architectures: (configuration.Architectures as string[] | undefined) ?? ["x86_64"],
            EphemeralStorage: configuration.EphemeralStorage ?? { Size: 512 },
            SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
            LoggingConfig: { LogFormat: "Text", ...configuration.LoggingConfig, LogGroup: logGroupOf(fn) },
        };
    };

    // ---- running ----
    const environmentOf = (fn: LambdaFunction): ExecutionEnvironment | undefined => {
        fn.environments = fn.environments.filter((environment) => !environment.broken || environment.busy);
        const idle = fn.environments.find((environment) => !environment.busy && !environment.broken);
        if (idle) return idle;
        const allowed = Math.min(fn.reservedConcurrency ?? concurrencyMax, concurrencyMax);
        if (fn.environments.filter((environment) => environment.busy).length >= allowed) return undefined;
        const session = iam.assume(fn.configuration.Role, "lambda.amazonaws.com", fn.name);
        const logStream = `${new Date(clock.nowMs()).toISOString().slice(0, 10).replace(/-/g, "/")}/[$LATEST]${randomUUID().replace(/-/g, "")}`;
        const environment: ExecutionEnvironment = new ExecutionEnvironment({
            clock,
            timeoutSeconds: timeoutOf(fn),
            variables: variablesOf(fn, session, logStream),
            runtime: {
                taskRoot: path.join(fn.code.folder, "task"),
                handler: fn.configuration.Handler ?? "index.handler",
                sdkFrom: __filename,
                workingSpeed: clock.heldSpeed,
                functionName: fn.name,
                functionArn: fn.arn,
                memoryMiB: memoryOf(fn),
                logGroup: logGroupOf(fn),
                logStream,
            },
            onLog: (line) => writeLog(fn, session, logStream, line),
        });
        fn.sessions.set(environment, session);
        logStreams.set(environment, logStream);
        fn.environments.push(environment);
        return environment;
    };
    const logStreams = new WeakMap<ExecutionEnvironment, string>();
    const variablesOf = (fn: LambdaFunction, session: Session, logStream: string): Record<string, string> => ({
        ...fn.configuration.Environment?.Variables,
        AWS_LAMBDA_FUNCTION_NAME: fn.name,
        AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryOf(fn)),
        AWS_LAMBDA_LOG_GROUP_NAME: logGroupOf(fn),
        AWS_LAMBDA_LOG_STREAM_NAME: logStream,
        AWS_EXECUTION_ENV: `AWS_Lambda_${fn.configuration.Runtime ?? "nodejs22.x"}`,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ACCESS_KEY_ID: session.accessKeyId,
        AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
        AWS_SESSION_TOKEN: session.sessionToken,
        AWS_ENDPOINT_URL: options.endpoint() ?? "",
        AWS_EC2_METADATA_DISABLED: "true",
        LAMBDA_TASK_ROOT: path.join(fn.code.folder, "task"),
        _HANDLER: fn.configuration.Handler ?? "index.handler",
        PATH: process.env.PATH ?? "",
        HOME: fn.code.folder,
        TZ: ":UTC",
        LANG: "en_US.UTF-8",
    });
    /** As in Lambda, what the role may not write is lost. */
    const writeLog = (fn: LambdaFunction, session: Session, logStream: string, line: LogLine): void => {
        const group = logGroupOf(fn);
        const base = `arn:${partition}:logs:${region}:${accountId}:log-group:${group}`;
        const may = (action: string, resource: string): boolean =>
            iam.verdict(session.roleName, { action, resource }) === "allow";
        if (!logs.hasGroup(group) && !may("logs:CreateLogGroup", `${base}:*`)) return;
        const stream = `${base}:log-stream:${logStream}`;
        if (!may("logs:CreateLogStream", stream) || !may("logs:PutLogEvents", stream)) return;
        logs.append(group, logStream, [{ timeMs: line.timeMs, message: logMessage(fn, line) }]);
    };
    const count = (fn: LambdaFunction, metricName: string, value: number, unit: string, timeMs: number): void =>
        metrics.record({
            namespace: "AWS/Lambda",
            metricName,
            dimensions: { FunctionName: fn.name },
            value,
            unit,
            timeMs,
        });

    const run = async (fn: LambdaFunction, event: string, requestId: string): Promise<Outcome> => {
        const startMs = Math.floor(clock.nowMs());
        // Choosing or starting an environment takes no time of the sandbox.
        const release = clock.hold();
        let environment: ExecutionEnvironment | undefined;
        let running: Promise<Outcome>;
        try {
            environment = environmentOf(fn);
            if (!environment) {
                count(fn, "Throttles", 1, "Count", startMs);
                throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
            }
            running = environment.invoke(requestId, event);
        } finally {
            release();
        }
        const session = fn.sessions.get(environment);
        const logStream = logStreams.get(environment)!;
        const system = (message: string): void => {
            const line = { requestId, level: undefined, text: message, timeMs: Math.floor(clock.nowMs()) };
            if (session) writeLog(fn, session, logStream, line);
        };
        system(`START RequestId: ${requestId} Version: $LATEST`);
        const outcome = await running;
        if ("failure" in outcome) {
            const { errorType, errorMessage, trace } = outcome.failure;
            const shown = trace ? JSON.stringify({ errorType, errorMessage, stack: trace }) : errorMessage;
            system(`${awsTime(clock.nowMs())}\t${requestId}\tERROR\tInvoke Error \t${shown}`);
        }
        const milliseconds = outcome.durationMs.toFixed(2);
        system(`END RequestId: ${requestId}`);
        system(
            `REPORT RequestId: ${requestId}\tDuration: ${milliseconds} ms\tBilled Duration: ${Math.ceil(outcome.durationMs)} ms\tMemory Size: ${memoryOf(fn)} MB`,
        );
        count(fn, "Invocations", 1, "Count", startMs);
        count(fn, "Errors", "failure" in outcome ? 1 : 0, "Count", startMs);
        count(fn, "Duration", outcome.durationMs, "Milliseconds", startMs);
        if (environment.broken) {
            fn.environments = fn.environments.filter((each) => each !== environment);
            end(fn, environment);
        }
        const record = {
            functionName: fn.name,
            requestId,
            timeMs: startMs,
            durationMs: outcome.durationMs,
            payload: "failure" in outcome ? JSON.stringify(outcome.failure) : outcome.payload,
            functionError: "failure" in outcome,
        };
        invocations.push(record);
        if (invocations.length > invocationsKept) invocations.shift();
        for (const listener of listeners) listener(record);
        return outcome;
    };

    /** An asynchronous invocation: retried, and at its end told to a destination. */
    const runQueued = async (fn: LambdaFunction, event: string): Promise<void> => {
        const queuedMs = clock.nowMs();
        const requestId = newRequestId();
        const retriesMax = fn.eventInvoke?.MaximumRetryAttempts ?? retryDelaysMs.length;
        const ageMaxMs = (fn.eventInvoke?.MaximumEventAgeInSeconds ?? eventAgeDefaultSeconds) * 1_000;
        let attempts = 0;
        let outcome: Outcome | undefined;
        for (;;) {
            let delayMs: number;
            try {
                outcome = await run(fn, event, requestId);
                attempts++;
                if (!("failure" in outcome) || attempts > retriesMax) break;
                delayMs = retryDelaysMs[attempts - 1]!;
            } catch (error) {
                if (!(error instanceof AwsError)) throw error;
                // No environment is free, or the role is gone: the event waits.
                delayMs = throttleRetryMs;
            }
            if (clock.nowMs() + delayMs - queuedMs > ageMaxMs) break;
            await sleep(delayMs);
            if (stopped || functions.get(fn.name) !== fn) return;
        }
        const succeeded = outcome !== undefined && !("failure" in outcome);
        const destinations = fn.eventInvoke?.DestinationConfig;
        const destination = (succeeded ? destinations?.OnSuccess : destinations?.OnFailure)?.Destination;
        const condition = succeeded ? "Success" : attempts > retriesMax ? "RetriesExhausted" : "EventAgeExceeded";
        if (destination)
            await tell(fn, destination, destinationRecord(fn, event, requestId, condition, attempts, outcome));
        const deadLetters = fn.configuration.DeadLetterConfig?.TargetArn;
        if (!succeeded && deadLetters) await tell(fn, deadLetters, event);
    };
    /** Sleeps on the sandbox's clock; a stop of the sandbox ends it. */
    const sleep = (ms: number): Promise<void> =>
        new Promise((resolve) => {
            const timer = clock.at(clock.nowMs() + ms, () => {
                sleepers.delete(wake);
                resolve();
            });
            const wake = (): void => {
                timer.cancel();
                resolve();
            };
            sleepers.add(wake);
        });
    const sleepers = new Set<() => void>();
    const tell = async (fn: LambdaFunction, destination: string, message: string): Promise<void> => {
        const request: AccessRequest = { action: "sns:Publish", resource: destination };
        const roleName = iam.roleNameOf(fn.configuration.Role);
        const caller = { roleName, arn: `arn:${partition}:sts::${accountId}:assumed-role/${roleName}/${fn.name}` };
        const failed = destination.split(":")[2] === "sns" ? iam.refusal(caller, request) : new Error("no topic");
        try {
            if (failed) throw failed;
            await options.publish(destination, message);
        } catch {
            // Lambda drops what it cannot deliver, and counts it.
            count(fn, "DestinationDeliveryFailures", 1, "Count", clock.nowMs());
        }
    };
    const destinationRecord = (
        fn: LambdaFunction,
        event: string,
        requestId: string,
        condition: string,
        attempts: number,
        outcome: Outcome | undefined,
    ): string =>
        JSON.stringify({
            version: "1.0",
            timestamp: new Date(clock.nowMs()).toISOString(),
            requestContext: {
                requestId,
                functionArn: `${fn.arn}:$LATEST`,
                condition,
                approximateInvokeCount: attempts,
            },
            requestPayload: JSON.parse(event) as unknown,
            responseContext: {
                statusCode: 200,
                executedVersion: "$LATEST",
                ...(outcome && "failure" in outcome && { functionError: "Unhandled" }),
            },
            responsePayload:
                outcome && ("failure" in outcome ? outcome.failure : (JSON.parse(outcome.payload) as unknown)),
        });
    const enqueue = (functionArn: string, event: unknown): void => {
        const fn = functionOf(functionArn);
        inBackground(runQueued(fn, typeof event === "string" ? event : JSON.stringify(event ?? {})));
    };

    // ---- operations ----
    const create = (
        input: Configuration & {
            FunctionName: string;
            Code: { ZipFile?: string };
            Publish?: boolean;
            PackageType?: string;
            Tags?: Record<string, string>;
        },
    ) => {
        validateShape(input, createShape, "ValidationException");
        const name = nameOf(input.FunctionName);
        if (!/^[\w-]{1,64}$/.test(name)) {
            throw new AwsError(
                "ValidationException",
                `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
            );
        }
        if (functions.has(name))
            throw new AwsError("ResourceConflictException", `Function already exist: ${name}`, 409);
        if (input.PackageType === "Image") throw invalid("The sandbox runs functions from zip files, not from images.");
        if (input.Publish) throw invalid("The sandbox publishes no versions; leave Publish out.");
        for (const required of ["Runtime", "Handler"] as const) {
            if (!input[required])
                throw invalid(`${required} is mandatory for functions created with deployment packages.`);
        }
        checkVariables(input.Environment?.Variables);
        checkRole(input.Role);
        const { Code, Tags } = input;
        const configuration = Object.fromEntries(
            Object.entries(input).filter(([member]) => member in configurationMembers || member === "Architectures"),
        ) as unknown as Configuration;
        const fn: LambdaFunction = {
            name,
            arn: arnOf(name),
            configuration,
            code: unpack(Code),
            tags: new Map(Object.entries(Tags ?? {})),
            policy: new Map(),
            eventInvoke: undefined,
            reservedConcurrency: undefined,
            modifiedMs: clock.nowMs(),
            revision: randomUUID(),
            environments: [],
            sessions: new Map(),
        };
        functions.set(name, fn);
        return describe(fn);
    };

    const invoke = async (fn: LambdaFunction, raw: RawRequest): Promise<RawResponse> => {
        const event = raw.body.length === 0 ? "{}" : raw.body.toString("utf8");
        const type = raw.headers["x-amz-invocation-type"] ?? "RequestResponse";
        const bytesMax = type === "Event" ? asyncPayloadBytesMax : syncPayloadBytesMax;
        if (raw.body.length > bytesMax) {
            throw new AwsError(
                "RequestTooLargeException",
                `Request must be smaller than ${bytesMax} bytes for the InvokeFunction operation`,
                413,
            );
        }
        try {
            JSON.parse(event);
        } catch (error) {
            throw new AwsError(
                "InvalidRequestContentException",
                `Could not parse request body into json: ${(error as Error).message}`,
            );
        }
        const headers = { "content-type": "application/json", "x-amz-executed-version": "$LATEST" };
        if (type === "DryRun") return { status: 204, headers, body: "" };
        if (type === "Event") {
            enqueue(fn.arn, event);
            return { status: 202, headers, body: "" };
        }
        const requestId = newRequestId();
        const outcome = await run(fn, event, requestId);
        const tail =
            raw.headers["x-amz-log-type"] === "Tail"
                ? logs
                      .eventsOf(logGroupOf(fn))
                      .filter(({ message }) => message.includes(requestId))
                      .map(({ message }) => message)
                      .join("\n")
                      .slice(-4_096)
                : undefined;
        return {
            status: 200,
            headers: {
                ...headers,
                ...("failure" in outcome && { "x-amz-function-error": "Unhandled" }),
                ...(tail !== undefined && { "x-amz-log-result": Buffer.from(tail).toString("base64") }),
            },
            body: "failure" in outcome ? JSON.stringify(outcome.failure) : outcome.payload,
        };
    };

    const addPermission = (fn: LambdaFunction, input: PermissionInput): unknown => {
        validateShape(input, permissionShape, "ValidationException");
        if (fn.policy.has(input.StatementId)) {
            throw new AwsError(
                "ResourceConflictException",
                `The statement id (${input.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
                409,
            );
        }
        const statement: Statement = {
            Sid: input.StatementId,
            Effect: "Allow",
            Principal: principalOf(input.Principal, partition),
            Action: input.Action,
            Resource: fn.arn,
            ...((input.SourceAccount !== undefined || input.SourceArn !== undefined) && {
                Condition: {
                    ...(input.SourceAccount !== undefined && {
                        StringEquals: { "AWS:SourceAccount": input.SourceAccount },
                    }),
                    ...(input.SourceArn !== undefined && { ArnLike: { "AWS:SourceArn": input.SourceArn } }),
                },
            }),
        };
        fn.policy.set(input.StatementId, statement);
        return { Statement: JSON.stringify(statement) };
    };
    const describeEventInvoke = (fn: LambdaFunction): unknown => {
        const config = fn.eventInvoke;
        if (!config) throw notFound(`The function ${fn.arn}:$LATEST doesn't have an EventInvokeConfig`);
        return {
            LastModified: config.modifiedMs / 1_000,
            FunctionArn: `${fn.arn}:$LATEST`,
            MaximumRetryAttempts: config.MaximumRetryAttempts,
            MaximumEventAgeInSeconds: config.MaximumEventAgeInSeconds,
            DestinationConfig: config.DestinationConfig ?? { OnSuccess: {}, OnFailure: {} },
        };
    };
    const setEventInvoke = (
        fn: LambdaFunction,
        input: Omit<EventInvokeConfig, "modifiedMs">,
        keep: boolean,
    ): unknown => {
        validateShape(input, eventInvokeShape, "ValidationException");
        const destination =
            input.DestinationConfig?.OnFailure?.Destination ?? input.DestinationConfig?.OnSuccess?.Destination;
        if (destination && destination.split(":")[2] === "sns") {
            const allowed = iam.verdict(iam.roleNameOf(fn.configuration.Role), {
                action: "sns:Publish",
                resource: destination,
            });
            if (allowed !== "allow") {
                throw invalid(
                    `The provided destination config DestinationConfig is invalid: the function's execution role does not have permissions to call Publish on topic ${destination}`,
                );
            }
        }
        const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input;
        fn.eventInvoke = {
            ...(keep && fn.eventInvoke),
            ...(MaximumRetryAttempts !== undefined && { MaximumRetryAttempts }),
            ...(MaximumEventAgeInSeconds !== undefined && { MaximumEventAgeInSeconds }),
            ...(DestinationConfig !== undefined && { DestinationConfig }),
            modifiedMs: clock.nowMs(),
        };
        return describeEventInvoke(fn);
    };

    const remove = (fn: LambdaFunction): void => {
        functions.delete(fn.name);
        retire(fn);
    };
    const updateCode = (
        fn: LambdaFunction,
        input: { ZipFile?: string; DryRun?: boolean; Publish?: boolean },
    ): unknown => {
        if (input.Publish) throw invalid("The sandbox publishes no versions; leave Publish out.");
        const code = unpack(input);
        if (!input.DryRun) {
            fn.code = code;
            changed(fn);
        }
        return describe(fn);
    };
    const updateConfiguration = (fn: LambdaFunction, input: Partial<Configuration>): unknown => {
        validateShape(input, structure(configurationMembers), "ValidationException");
        checkVariables(input.Environment?.Variables);
        if (input.Role !== undefined) checkRole(input.Role);
        fn.configuration = { ...fn.configuration, ...input };
        changed(fn);
        return describe(fn);
    };

    const json = (status: number, value?: unknown): RawResponse => ({
        status,
        headers: { "content-type": "application/json" },
        body: value === undefined ? "" : JSON.stringify(value),
    });

    /** Method, path (`{}` is a parameter) and operation. */
    const routes: readonly Route[] = [
        {
            method: "POST",
            path: "/2015-03-31/functions",
            operation: "CreateFunction",
            run: ({ input }) => json(201, create(input as never)),
        },
        {
            method: "GET",
            path: "/2015-03-31/functions",
            operation: "ListFunctions",
            run: () => json(200, { Functions: [...functions.values()].map(describe) }),
        },
        {
            method: "GET",
            path: "/2015-03-31/functions/{}",
            operation: "GetFunction",
            run: ({ fn }) =>
                json(200, {
                    Configuration: describe(fn),
                    Code: { RepositoryType: "S3", Location: "" },
                    ...(fn.tags.size > 0 && { Tags: Object.fromEntries(fn.tags) }),
                    ...(fn.reservedConcurrency !== undefined && {
                        Concurrency: { ReservedConcurrentExecutions: fn.reservedConcurrency },
                    }),
                }),
        },
        {
            method: "DELETE",
            path: "/2015-03-31/functions/{}",
            operation: "DeleteFunction",
            run: ({ fn }) => {
                remove(fn);
                return json(204);
            },
        },
        {
            method: "GET",
            path: "/2015-03-31/functions/{}/configuration",
            operation: "GetFunctionConfiguration",
            run: ({ fn }) => json(200, describe(fn)),
        },
        {
            method: "PUT",
            path: "/2015-03-31/functions/{}/configuration",
            operation: "UpdateFunctionConfiguration",
            run: ({ fn, input }) => json(200, updateConfiguration(fn, input as never)),
        },
        {
            method: "PUT",
            path: "/2015-03-31/functions/{}/code",
            operation: "UpdateFunctionCode",
            run: ({ fn, input }) => json(200, updateCode(fn, input as never)),
        },
        {
            method: "POST",
            path: "/2015-03-31/functions/{}/invocations",
            operation: "Invoke",
            run: ({ fn, raw }) => invoke(fn, raw),
        },
        {
            method: "GET",
            path: "/2015-03-31/functions/{}/versions",
            operation: "ListVersionsByFunction",
            run: ({ fn }) => json(200, { Versions: [describe(fn)] }),
        },
        {
            method: "GET",
            path: "/2020-06-30/functions/{}/code-signing-config",
            operation: "GetFunctionCodeSigningConfig",
            run: ({ fn }) => json(200, { FunctionName: fn.name }),
        },
        {
            method: "GET",
            path: "/2015-03-31/functions/{}/policy",
            operation: "GetPolicy",
            run: ({ fn }) => {
                if (fn.policy.size === 0) throw notFound("The resource you requested does not exist.");
                const Policy = JSON.stringify({
                    Version: "2012-10-17",
                    Id: "default",
                    Statement: [...fn.policy.values()],
                });
                return json(200, { Policy, RevisionId: fn.revision });
            },
        },
        {
            method: "POST",
            path: "/2015-03-31/functions/{}/policy",
            operation: "AddPermission",
            run: ({ fn, input }) => json(201, addPermission(fn, input as never)),
        },
        {
            method: "DELETE",
            path: "/2015-03-31/functions/{}/policy/{}",
            operation: "RemovePermission",
            run: ({ fn, parameters }) => {
                if (!fn.policy.delete(parameters[1]!))
                    throw notFound(`Statement ${parameters[1]} is not found in resource policy.`);

                return json(204);
            },
        },
        {
            method: "PUT",
            path: "/2019-09-25/functions/{}/event-invoke-config",
            operation: "PutFunctionEventInvokeConfig",
            run: ({ fn, input }) => json(200, setEventInvoke(fn, input as never, false)),
        },
        {
            method: "POST",
            path: "/2019-09-25/functions/{}/event-invoke-config",
            operation: "UpdateFunctionEventInvokeConfig",
            run: ({ fn, input }) => json(200, setEventInvoke(fn, input as never, true)),
        },
        {
            method: "GET",
            path: "/2019-09-25/functions/{}/event-invoke-config",
            operation: "GetFunctionEventInvokeConfig",
            run: ({ fn }) => json(200, describeEventInvoke(fn)),
        },
        {
            method: "DELETE",
            path: "/2019-09-25/functions/{}/event-invoke-config",
            operation: "DeleteFunctionEventInvokeConfig",
            run: ({ fn }) => {
                describeEventInvoke(fn);
                fn.eventInvoke = undefined;
                return json(204);
            },
        },
        {
            method: "PUT",
            path: "/2017-10-31/functions/{}/concurrency",
            operation: "PutFunctionConcurrency",
            run: ({ fn, input }) => {
                validateShape(input, concurrencyShape, "ValidationException");
                fn.reservedConcurrency = input.ReservedConcurrentExecutions as number;
                return json(200, { ReservedConcurrentExecutions: fn.reservedConcurrency });
            },
        },
        {
            method: "GET",
            path: "/2019-09-30/functions/{}/concurrency",
            operation: "GetFunctionConcurrency",
            run: ({ fn }) => json(200, { ReservedConcurrentExecutions: fn.reservedConcurrency }),
        },
        {
            method: "DELETE",
            path: "/2017-10-31/functions/{}/concurrency",
            operation: "DeleteFunctionConcurrency",
            run: ({ fn }) => {
                fn.reservedConcurrency = undefined;
                return json(204);
            },
        },
        {
            method: "GET",
            path: "/2017-03-31/tags/{}",
            operation: "ListTags",
            run: ({ fn }) => json(200, { Tags: Object.fromEntries(fn.tags) }),
        },
        {
            method: "POST",
            path: "/2017-03-31/tags/{}",
            operation: "TagResource",
            run: ({ fn, input }) => {
                for (const [key, value] of Object.entries((input.Tags ?? {}) as Record<string, string>))
                    fn.tags.set(key, value);
                return json(204);
            },
        },
        {
            method: "DELETE",
            path: "/2017-03-31/tags/{}",
            operation: "UntagResource",
            run: ({ fn, query }) => {
                for (const key of query.getAll("tagKeys")) fn.tags.delete(key);
                return json(204);
            },
        },
    ];

    return {
        name: "lambda",
        operations: {},
        invocations,
        get running() {
            const all = [...functions.values()].flatMap((fn) => fn.environments);
            return all.filter((environment) => environment.busy).length;
        },
        arnOf,
        enqueue,
        onInvocation(listener) {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
        async invokeAs({ service, title, sourceArn }, functionArn, event) {
            const fn = functions.get(nameOf(functionArn));
            const request: AccessRequest = {
                action: "lambda:InvokeFunction",
                resource: arnOf(nameOf(functionArn)),
                principal: { service },
                context: { "aws:SourceArn": sourceArn, "aws:SourceAccount": accountId },
            };
            if (!fn) throw notFound(`Function not found: ${arnOf(nameOf(functionArn))}`);
            if (evaluatePolicies([{ Statement: [...fn.policy.values()] }], request) !== "allow") {
                throw new AwsError(
                    "AccessDeniedException",
                    `${title} is not authorized to perform: lambda:InvokeFunction on the resource: ${fn.arn} because no resource-based policy allows the lambda:InvokeFunction action`,
                    403,
                );
            }
            enqueue(fn.arn, event);
        },
        async settled() {
            while (underWay.size > 0) await Promise.all(underWay);
        },
        async fetch(raw: RawRequest, context: RequestContext) {
            const { pathname, searchParams } = new URL(raw.url, "http://sandbox");
            const parts = pathname.replace(/\/$/, "").split("/").map(decodeURIComponent);
            const route = routes.find((each) => each.method === raw.method && matchesRoute(each, parts));
            if (!route) {
                throw new AwsError(
                    "UnknownOperationException",
                    `The sandbox's lambda has no operation "${raw.method} ${pathname}".`,
                    404,
                );
            }
            const parameters = parts.filter((_, index) => route.path.split("/")[index] === "{}");
            const input = route.operation === "Invoke" ? {} : bodyOf(raw);
            await context.guard(route.operation, { FunctionName: parameters[0], ...input });
            const fn = parameters[0] === undefined ? (undefined as never) : functionOf(parameters[0]);
            return route.run({ fn, input, parameters, query: searchParams, raw });
        },
        async stop() {
            stopped = true;
            for (const wake of sleepers) wake();
            const all = [...functions.values()].flatMap((fn) => fn.environments);
            await Promise.all(all.map((environment) => environment.stop()));
            await Promise.all(underWay);
            if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
        },
    };
}

interface Route {
    readonly method: string;
    readonly path: string;
    readonly operation: string;
    readonly run: (call: {
        /** The function that the path names; undefined where it names none. */
        readonly fn: LambdaFunction;
        readonly input: Readonly<Record<string, unknown>>;
        readonly parameters: readonly string[];
        readonly query: URLSearchParams;
        readonly raw: RawRequest;
    }) => RawResponse | Promise<RawResponse>;
}

function matchesRoute(route: Route, parts: readonly string[]): boolean {
    const pattern = route.path.split("/");
    return pattern.length === parts.length && pattern.every((part, index) => part === "{}" || part === parts[index]);
}

function bodyOf(raw: RawRequest): Record<string, unknown> {
    if (raw.body.length === 0) return {};
    try {
        return JSON.parse(raw.body.toString("utf8")) as Record<string, unknown>;
    } catch (error) {
        throw new AwsError(
            "InvalidRequestContentException",
            `Could not parse request body into json: ${(error as Error).message}`,
        );
    }
}

interface PermissionInput {
    readonly StatementId: string;
    readonly Action: string;
    readonly Principal: string;
    readonly SourceArn?: string;
    readonly SourceAccount?: string;
}

const permissionShape = structure(
    {
        StatementId: text(1, 100, /^[\w-]+$/),
        Action: text(1, 256, /^(lambda:[*]|lambda:[a-zA-Z]+|[*])$/),
        Principal: text(1, 256),
        SourceArn: text(),
        SourceAccount: text(12, 12, /^\d+$/),
        RevisionId: text(),
    },
    "StatementId",
    "Action",
    "Principal",
);

const eventInvokeShape = structure({
    MaximumRetryAttempts: integer(0, 2),
    MaximumEventAgeInSeconds: integer(60, 21_600),
    DestinationConfig: structure({
        OnSuccess: structure({ Destination: text(0, 350) }),
        OnFailure: structure({ Destination: text(0, 350) }),
    }),
});

const concurrencyShape = structure({ ReservedConcurrentExecutions: integer(0) }, "ReservedConcurrentExecutions");

/** A function's name from its name, its ARN or a part of it, with or without $LATEST. */
function nameOf(nameOrArn: string): string {
    const parts = nameOrArn.split(":");
    const after = parts.lastIndexOf("function");
    return after >= 0 ? (parts[after + 1] ?? "") : parts[0]!;
}

function principalOf(principal: string, partition: string): NonNullable<Statement["Principal"]> {
    if (principal === "*") return "*";
    if (/^\d{12}$/.test(principal)) return { AWS: `arn:${partition}:iam::${principal}:root` };
    return principal.startsWith("arn:") ? { AWS: principal } : { Service: principal };
}

/** Variables that Lambda sets itself cannot be set. */
const reservedVariables =
    /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_\w+|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

function checkVariables(variables: Readonly<Record<string, string>> | undefined): void {
    const names = Object.keys(variables ?? {});
    const reserved = names.filter((name) => reservedVariables.test(name));
    if (reserved.length > 0) {
        throw invalid(
            `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(", ")}`,
        );
    }
    const bytes = Buffer.byteLength(JSON.stringify(variables ?? {}));
    if (bytes > 4_096) {
        throw invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.",
        );
    }
}

const timeoutOf = (fn: LambdaFunction): number => fn.configuration.Timeout ?? 3;
const memoryOf = (fn: LambdaFunction): number => fn.configuration.MemorySize ?? 128;
const logGroupOf = (fn: LambdaFunction): string => fn.configuration.LoggingConfig?.LogGroup ?? `/aws/lambda/${fn.name}`;

/** A line as Lambda writes it: text with time, request and level, or one JSON object. */
function logMessage(fn: LambdaFunction, { requestId, level, text: line, timeMs }: LogLine): string {
    if (fn.configuration.LoggingConfig?.LogFormat !== "JSON")
        return level === undefined ? line : `${awsTime(timeMs)}\t${requestId}\t${level}\t${line}`;

    // An embedded metric stays as it is, or it would be none.
    if (level === undefined || line.includes('"_aws"')) return line;
    return JSON.stringify({ timestamp: awsTime(timeMs), level, requestId, message: line });
}

function awsTime(timeMs: number): string {
    return new Date(timeMs).toISOString();
}

function awsDate(timeMs: number): string {
    return awsTime(timeMs).replace("Z", "+0000");
}

function invalid(message: string): AwsError {
    return new AwsError("InvalidParameterValueException", message);
}

function notFound(message: string): AwsError {
    return new AwsError("ResourceNotFoundException", message, 404);
}
