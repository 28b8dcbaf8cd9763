/**
 * What the local Lambda knows: one account's functions with their code and processes, what is under way, and what ran.
 */
import { type IamService } from "../iam/index";
import { type PolicyDocument } from "../iam/policy";
import { type Session } from "../iam/sessions";
import { type LogsService } from "../logs/index";
import { type Ambient, AwsError, type MetricSink } from "../service";
import { type ExecutionEnvironment } from "./environment";
import { type Configuration, type EventInvokeConfig } from "./inputs";

export interface LambdaOptions {
    readonly iam: IamService;
    readonly logs: LogsService;
    readonly metrics: MetricSink;
    /** Where the sandbox listens: the functions' own AWS clients go there. */
    readonly endpoint: () => string | undefined;
    /** Delivers a record of a failed or done invocation to a topic, as the function's role. */
    readonly publish: (topicArn: string, message: string) => Promise<void>;
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
    /** The newest, oldest first. */
    readonly invocations: InvocationRecord[];
    readonly listeners: Set<(invocation: InvocationRecord) => void>;
    /** Queued events until they are done with, and processes until they have ended. */
    readonly underWay: Set<Promise<void>>;
    /** Wake the events that wait for their next attempt. */
    readonly sleepers: Set<() => void>;
    /** Where the code of functions is unpacked; undefined until there is some. */
    codeFolder: string | undefined;
    stopped: boolean;
}

export interface LambdaFunction {
    readonly name: string;
    readonly arn: string;
    configuration: Configuration;
    code: Code;
    readonly tags: Map<string, string>;
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
}

export type Statement = PolicyDocument["Statement"][number];

/** A process that runs the function, with credentials and a log stream of its own. */
export interface Worker {
    readonly environment: ExecutionEnvironment;
    readonly session: Session;
    readonly logStream: string;
}

export function newAccount(ambient: Ambient, options: LambdaOptions): Account {
    return {
        ...options,
        ambient,
        functions: new Map(),
        invocations: [],
        listeners: new Set(),
        underWay: new Set(),
        sleepers: new Set(),
        codeFolder: undefined,
        stopped: false,
    };
}

/** The function that a request means, by its name or its ARN. */
export function functionOf(account: Account, nameOrArn: string): LambdaFunction {
    const found = account.functions.get(nameOf(nameOrArn));
    if (!found) throw notFound(`Function not found: ${arnOf(account.ambient, nameOf(nameOrArn))}`);
    return found;
}

/** A function's name from its name, its ARN or a part of it, with or without $LATEST. */
export function nameOf(nameOrArn: string): string {
    const parts = nameOrArn.split(":");
    const after = parts.lastIndexOf("function");
    return after >= 0 ? (parts[after + 1] ?? "") : parts[0]!;
}

export function arnOf({ partition, region, accountId }: Ambient, name: string): string {
    return `arn:${partition}:lambda:${region}:${accountId}:function:${name}`;
}

export function timeoutOf(fn: LambdaFunction): number {
    return fn.configuration.Timeout ?? 3;
}

export function memoryOf(fn: LambdaFunction): number {
    return fn.configuration.MemorySize ?? 128;
}

export function logGroupOf(fn: LambdaFunction): string {
    return fn.configuration.LoggingConfig?.LogGroup ?? `/aws/lambda/${fn.name}`;
}

/** Lets work go on by itself; whoever settles or stops the account waits for it. */
export function inBackground({ underWay }: Account, work: Promise<void>): void {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
}

export function count(
    { metrics }: Account,
    fn: LambdaFunction,
    metricName: string,
    value: number,
    unit: string,
    timeMs: number,
): void {
    const dimensions = { FunctionName: fn.name };
    metrics.record({ namespace: "AWS/Lambda", metricName, dimensions, value, unit, timeMs });
}

export function invalid(message: string): AwsError {
    return new AwsError("InvalidParameterValueException", message);
}

export function notFound(message: string): AwsError {
    return new AwsError("ResourceNotFoundException", message, 404);
}
