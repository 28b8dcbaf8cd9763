/**
 * What a service of the local AWS is: a table of operations that the server dispatches to, errors in AWS's shape, and where metrics go.
 */
import { type Clock } from "./clock";

/** What every service of one sandbox shares. */
export interface Ambient {
    readonly clock: Clock;
    readonly region: string;
    readonly accountId: string;
    /** `aws`, or another one where the region says so, such as `aws-cn`. */
    readonly partition: string;
    /** Says where the sandbox is not as AWS is, in a sentence; the same about the same thing only once. */
    readonly warn: Warn;
}

export type Warn = (about: string, sentence: string) => void;

/** Says each sentence at most once. */
export function warnOnce(say: (sentence: string) => void): Warn {
    const said = new Set<string>();
    return (about, sentence) => {
        if (said.has(about)) return;
        said.add(about);
        say(sentence);
    };
}

/** The ARN of a resource of the account. Roles, policies, sessions and dashboards belong to no region. */
export function arnOf({ partition, region, accountId }: Ambient, service: string, resource: string): string {
    const isGlobal = service === "iam" || service === "sts" || resource.startsWith("dashboard/");
    return `arn:${partition}:${service}:${isGlobal ? "" : region}:${accountId}:${resource}`;
}

export interface Service {
    /** The name that clients sign with: `kinesis`, `monitoring`, `sns`, ... */
    readonly name: string;
    /** The names of the operations are the dispatch. One that is missing is answered with an error that names it. */
    readonly operations: Readonly<Record<string, Operation>>;
    /** What precedes the operation in X-Amz-Target, for services that speak JSON: `Kinesis_20131202`. */
    readonly targetPrefix?: string;
    /** The namespace of the answers, for services that speak the query protocol. */
    readonly xmlNamespace?: string;
    /** Clients check each answer against the CRC-32 in its `x-amz-crc32`, and grumble where there is none. */
    readonly answersWithChecksum?: true;
    /** A service that takes the HTTP request itself (REST, or another server behind it); operations may then be empty. */
    fetch?(request: RawRequest, context: RequestContext): Promise<RawResponse>;
    /**
     * The actions on resources that a caller's role must be allowed for a call: most calls need one.
     *
     * @default the action of the operation's name, on any resource
     */
    accessOf?(operation: string, input: CallInput): readonly AccessRequest[] | Promise<readonly AccessRequest[]>;
    /** The account of what a call names by an ARN, where that may be another than the caller's. */
    ownerOf?(input: CallInput): string | undefined;
    /** The policy of a resource itself, as JSON, by its ARN; undefined where it has none. */
    policyOf?(arn: string): string | undefined;
    /** Ends what the service still does: timers, child processes, open answers. */
    stop?(): void | Promise<void>;
}

/** A call's input before anybody has checked it. */
export type CallInput = Readonly<Record<string, unknown>>;

/** Who calls. A service principal such as cloudwatch.amazonaws.com, or an identity of an account. */
export type Principal = { readonly service: string } | { readonly arn: string; readonly accountId: string };

/** A service of AWS that acts by itself, on behalf of a resource. */
export interface ActingService {
    /** `cloudwatch.amazonaws.com` */
    readonly service: string;
    /** As it calls itself in its errors: `CloudWatch Alarms`. */
    readonly title: string;
    readonly sourceArn: string;
}

export interface AccessRequest {
    /** `sns:Publish` */
    readonly action: string;
    /** The ARN; `*` where the action knows no resources. */
    readonly resource: string;
    /** Only resource policies look at it. */
    readonly principal?: Principal;
    /** Condition keys, in any spelling: `{ "cloudwatch:namespace": "ShardedStream" }`. */
    readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** The account that an ARN is in. */
export function accountOfArn(arn: string | undefined): string | undefined {
    return /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn ?? "")?.[1];
}

/** A member of an unchecked input, if it is text. */
export function textOf(input: CallInput, member: string): string | undefined {
    const value = input[member];
    return typeof value === "string" ? value : undefined;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each operation narrows its own input after validation
export type Operation = (input: any, request: RequestContext) => unknown;

export interface RequestContext {
    /** Who calls: the access key of the signature. Any key is welcome; a guard may look at it. */
    readonly accessKeyId: string;
    readonly region: string;
    readonly requestId: string;
    readonly protocol: "json" | "cbor" | "rpc-v2-cbor" | "query" | "raw";
    /** Asks the guards. The server has done so before an operation runs; a service with `fetch` does it once it knows the operation. */
    guard(operation: string, input: unknown): Promise<void>;
}

/**
 * Looks at a call before its operation runs, and refuses it by throwing an AwsError: permissions of a role, injected faults.
 *
 * @example sandbox.guards.push(({ operation }) => { if (operation === "GetMetricData") throw new AwsError("Throttling", "Rate exceeded"); })
 */
export type Guard = (call: GuardedCall) => void | Promise<void>;

export interface GuardedCall {
    readonly service: string;
    readonly operation: string;
    readonly input: unknown;
    readonly request: RequestContext;
}

export interface RawRequest {
    readonly method: string;
    /** Path with query string. */
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
}

export interface RawResponse {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer | string | AsyncIterable<Buffer>;
}

/** An operation answers with this when its answer is a stream of events, as SubscribeToShard's is. */
export class StreamingAnswer {
    constructor(readonly events: AsyncIterable<StreamEvent>) {}
}

export interface StreamEvent {
    readonly type: string;
    readonly payload: object;
}

/** A refusal in AWS's shape: its exception name and its sentence. */
export class AwsError extends Error {
    /**
     * @param queryCode the code in the query protocol, where it differs from the exception's name
     * @param details further members of the error's JSON body
     */
    constructor(
        readonly code: string,
        message: string,
        readonly status = 400,
        readonly queryCode = code,
        readonly details: Readonly<Record<string, unknown>> = {},
    ) {
        super(message);
        this.name = code;
    }

    /** Whose fault it is, in the words of the query protocol. */
    get side(): "Sender" | "Receiver" {
        return this.status < 500 ? "Sender" : "Receiver";
    }
}

/** Makes the refusals of one kind: `throw conflict("Schedule orders already exists.")`. */
export function refusalNamed(code: string, status?: number, queryCode?: string): (message: string) => AwsError {
    return (message) => new AwsError(code, message, status, queryCode);
}

/**
 * Adds to a list of which only the newest are kept: a sandbox is no archive. A tenth more may stay: to cut at every item would move all others each time.
 *
 * @returns how many had to go
 */
export function keepNewest<Item>(list: Item[], items: readonly Item[], most = 10_000): number {
    list.push(...items);
    return list.length > most * 1.1 ? list.splice(0, list.length - most).length : 0;
}

/** Lets work go on by itself; whoever stops waits for what is under way. */
export function inBackground(underWay: Set<Promise<void>>, work: Promise<void>): void {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
}

/** One observation of a metric; `value` is the sum over `count` samples. */
export interface MetricDatum {
    readonly namespace: string;
    readonly metricName: string;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly value: number;
    /** @default 1 */
    readonly count?: number;
    readonly unit: string;
    readonly timeMs: number;
}

/** Where services put what really flowed. CloudWatch's store is one; a test may be another. */
export interface MetricSink {
    record(datum: MetricDatum): void;
}
