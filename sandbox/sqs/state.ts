/**
 * What the local SQS knows: queues with their settings and messages.
 */
import { type Timer } from "../clock";
import { type Ambient, arnOf, AwsError, type MetricSink } from "../service";
import { operationOn } from "../wire/operation";
import { text } from "../wire/shape";
import { type TagRefusals, type Tags } from "../wire/tags";

export interface SqsOptions {
    readonly metrics: MetricSink;
    /** Where the sandbox listens, for the URLs of queues; undefined until it does. */
    readonly endpoint: () => string | undefined;
}

export interface Account {
    readonly ambient: Ambient;
    readonly options: SqsOptions;
    /** By name. */
    readonly queues: Map<string, Queue>;
    /** How many messages there ever were: a part of the next one's id. */
    sent: number;
}

export interface Queue {
    readonly name: string;
    readonly arn: string;
    readonly createdMs: number;
    modifiedMs: number;
    /** Those that were set; the others have the values that `attributes.ts` gives them. */
    readonly attributes: Map<string, string>;
    readonly tags: Tags;
    /** In the order in which they came. */
    messages: Message[];
    /** Called when a message may have become visible: who waits for one. */
    readonly waiting: Set<() => void>;
    /** Publishes the queue's depth each minute. */
    timer: Timer | undefined;
}

export interface Message {
    readonly id: string;
    readonly body: string;
    readonly attributes: Readonly<Record<string, MessageAttribute>> | undefined;
    readonly sentMs: number;
    /** When it came into the queue that it is in: a dead-letter queue gets it later. */
    enteredMs: number;
    /** Not to be received before. */
    visibleMs: number;
    firstReceivedMs: number | undefined;
    receives: number;
    /** Of the last receipt: an older one deletes nothing. */
    receipt: string | undefined;
}

export interface MessageAttribute {
    readonly DataType: string;
    readonly StringValue?: string;
    readonly BinaryValue?: string;
}

/** An operation on a queue that exists. */
export const onQueue = operationOn({ QueueUrl: text() }, (account: Account, { QueueUrl }) => {
    const owner = QueueUrl?.split("/").at(-2) ?? "";
    if (/^\d{12}$/.test(owner) && owner !== account.ambient.accountId) throw noQueue();
    return queueOf(account, nameOfUrl(QueueUrl));
});

export function queueOf({ queues }: Account, name: string | undefined): Queue {
    const queue = queues.get(name ?? "");
    if (!queue) throw noQueue();
    return queue;
}

/** The last part of a queue's URL, whatever its host is. */
export const nameOfUrl = (url: string | undefined): string | undefined => url?.split("/").at(-1);

export const queueArn = (ambient: Ambient, name: string): string => arnOf(ambient, "sqs", name);

export function urlOf({ ambient, options }: Account, name: string): string {
    return `${options.endpoint() ?? "http://127.0.0.1"}/${ambient.accountId}/${name}`;
}

const noQueue = (): AwsError =>
    new AwsError(
        "QueueDoesNotExist",
        "The specified queue does not exist.",
        400,
        "AWS.SimpleQueueService.NonExistentQueue",
    );

export const invalidValue = (message: string): AwsError => new AwsError("InvalidParameterValue", message);
export const invalidName = (name: string): AwsError =>
    new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
/** What SQS says of tags that a queue cannot have. */
export const tagRefusals = (queueName: string): TagRefusals => ({
    malformed: invalidValue,
    tooMany: () => invalidValue(`Too many tags added for queue ${queueName}.`),
});
export const missing = (parameter: string): AwsError =>
    new AwsError("MissingParameter", `The request must contain the parameter ${parameter}.`);

/** Puts a message into a queue, to be seen after a delay. */
export function enqueue(
    account: Account,
    queue: Queue,
    { body, attributes, delaySeconds }: { body: string; attributes?: Message["attributes"]; delaySeconds: number },
    nowMs: number,
): Message {
    const sentMs = Math.floor(nowMs);
    const message: Message = {
        id: idOf(account.sent++),
        body,
        attributes,
        sentMs,
        enteredMs: nowMs,
        visibleMs: nowMs + delaySeconds * 1_000,
        firstReceivedMs: undefined,
        receives: 0,
        receipt: undefined,
    };
    put(queue, message);
    return message;
}

/** Puts a message behind those of another queue, where its receipts are worth nothing. */
export function move(message: Message, from: Queue, to: Queue, nowMs: number): void {
    from.messages = from.messages.filter((each) => each !== message);
    message.enteredMs = nowMs;
    message.receipt = undefined;
    put(to, message);
}

function put(queue: Queue, message: Message): void {
    queue.messages.push(message);
    for (const wake of [...queue.waiting]) wake();
}

/** In the form of a UUID. */
const idOf = (number: number): string => `00000000-0000-4000-a000-${number.toString(16).padStart(12, "0")}`;
