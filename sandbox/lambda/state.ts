/**
 * What the local Lambda knows: one account's functions with their code and processes, what is under way, and what ran.
 */
import { limits } from "../../capacity/limits";
import { lambdaNamespace } from "../../capacity/metrics";
import { notFound } from "../eventsources/errors";
import { destinationConfig } from "../eventsources/state";
import { type IamService } from "../iam/index";
import { type PolicyDocument } from "../iam/policy";
import { type Session } from "../iam/state";
import { type LogsService } from "../logs/index";
import { type Ambient, arnOf, type MetricSink } from "../service";
import { type CallAs } from "../wire/inside";
import { operationOn } from "../wire/operation";
import { anything, type InputOf, integer, listOf, mapOf, oneOf, required, structure, text } from "../wire/shape";
import { type Tags } from "../wire/tags";
import { type Environment } from "./environment";
import { type Handler } from "./handlers";

export interface LambdaOptions {
    readonly iam: IamService;
    readonly logs: LogsService;
    readonly metrics: MetricSink;
    /** Where the sandbox listens: the functions' own AWS clients go there. */
    readonly endpoint: () => string | undefined;
    /** How Lambda tells destinations and reads streams: as the function's role. */
    readonly callAs: CallAs;
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

export interface Account extends LambdaOptions {
    readonly ambient: Ambient;
    readonly functions: Map<string, LambdaFunction>;
    /** Of event source mappings, by ARN. */
    readonly mappingTags: Map<string, Tags>;
    /** Functions that run in this process instead of in one of their own, by name. */
    readonly handlers: Map<string, Handler>;
    /** The newest, oldest first. */
    readonly invocations: InvocationRecord[];
    /** Queued events until they are done with, and processes until they have ended. */
    readonly underWay: Set<Promise<void>>;
    /** Wake the events that wait for their next attempt. */
    readonly sleepers: Set<() => void>;
    /** Where the code of functions is unpacked; undefined until there is some. */
    codeFolder: string | undefined;
    stopped: boolean;
}

/** The settings of a function. Source of the constraints: the Lambda API model (botocore 1.44, read 2026-11). */
export const settings = {
    Runtime: oneOf("nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x"),
    Role: text(1, 256, "arn:[\\w-]+:iam::\\d{12}:role\\/?[\\w+=,.@\\-_/]+"),
    Handler: text(1, 128, "\\S+"),
    Description: text(0, 256),
    Timeout: integer(1, limits.lambdaTimeoutSecondsMax),
    MemorySize: integer(128, 10_240),
    Environment: structure({ Variables: mapOf(text()) }),
    DeadLetterConfig: structure({ TargetArn: text(0, Infinity, "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()") }),
    LoggingConfig: structure({
        LogFormat: oneOf("JSON", "Text"),
        ApplicationLogLevel: text(),
        SystemLogLevel: text(),
        LogGroup: text(1, 512),
    }),
    KMSKeyArn: text(),
    TracingConfig: anything(),
    VpcConfig: anything(),
    Layers: listOf(text()),
    FileSystemConfigs: anything(),
    ImageConfig: anything(),
    EphemeralStorage: anything(),
    SnapStart: anything(),
    RevisionId: text(),
    Architectures: listOf(oneOf("x86_64", "arm64"), 1, 1),
};

export type Configuration = InputOf<typeof settings> & {
    readonly Role: string;
    readonly Runtime: string;
    readonly Handler: string;
};

/** How often and how long asynchronous events are tried, and who is told in the end. */
export const eventInvokeConfig = {
    MaximumRetryAttempts: integer(0, 2),
    MaximumEventAgeInSeconds: integer(60, 21_600),
    DestinationConfig: destinationConfig,
};

export type EventInvokeConfig = InputOf<typeof eventInvokeConfig>;

export interface LambdaFunction {
    readonly name: string;
    readonly arn: string;
    configuration: Configuration;
    code: Code;
    readonly tags: Tags;
    readonly policy: Map<string, Statement>;
    eventInvoke: (EventInvokeConfig & { readonly modifiedMs: number }) | undefined;
    reservedConcurrency: number | undefined;
    modifiedMs: number;
    revision: string;
    workers: Worker[];
}

export interface Code {
    readonly zip: Buffer;
    readonly sha256: string;
    readonly folder: string;
    /** That run it now. */
    processes: number;
    /** No process is started with it any more. */
    isDone: boolean;
}

export type Statement = PolicyDocument["Statement"][number];

/** A process that runs the function, with credentials and a log stream of its own. */
export interface Worker {
    readonly environment: Environment;
    readonly session: Session;
    readonly logStream: string;
}

export function newAccount(ambient: Ambient, options: LambdaOptions): Account {
    return {
        ...options,
        ambient,
        functions: new Map(),
        mappingTags: new Map(),
        handlers: new Map(),
        invocations: [],
        underWay: new Set(),
        sleepers: new Set(),
        codeFolder: undefined,
        stopped: false,
    };
}

/** The function of a name or an ARN. */
export function functionOf(account: Account, nameOrArn: string): LambdaFunction {
    const found = account.functions.get(nameOf(nameOrArn));
    if (!found) throw notFound(`Function not found: ${functionArn(account.ambient, nameOf(nameOrArn))}`);
    return found;
}

/** An operation on a function that exists, which its path names. */
export const onFunction = operationOn({ FunctionName: required(text()) }, (account: Account, input) =>
    functionOf(account, input.FunctionName),
);

/** A function's name from its name, its ARN or a part of it, with or without $LATEST. */
export function nameOf(nameOrArn: string): string {
    const parts = nameOrArn.split(":");
    const after = parts.lastIndexOf("function");
    return after >= 0 ? (parts[after + 1] ?? "") : parts[0]!;
}

export const functionArn = (ambient: Ambient, name: string): string => arnOf(ambient, "lambda", `function:${name}`);
export const timeoutOf = (fn: LambdaFunction): number => fn.configuration.Timeout ?? 3;
export const memoryOf = (fn: LambdaFunction): number => fn.configuration.MemorySize ?? 128;
export const logGroupOf = (fn: LambdaFunction): string =>
    fn.configuration.LoggingConfig?.LogGroup ?? `/aws/lambda/${fn.name}`;

export function count(account: Account, fn: LambdaFunction, metricName: string, value: number, timeMs: number): void {
    const unit = metricName === "Duration" ? "Milliseconds" : "Count";
    const dimensions = { FunctionName: fn.name };
    account.metrics.record({ namespace: lambdaNamespace, metricName, dimensions, value, unit, timeMs });
}
