/**
 * The attributes of queues: what each may be, what it is unless somebody sets it, and what a queue tells of itself.
 *
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html, read 2026-11.
 */
import { limits } from "../../capacity/limits";
import { parsePolicy } from "../iam/policy";
import { type AwsError } from "../service";
import { type Account, invalidName, invalidValue, type Message, type Queue } from "./state";

interface Whole {
    readonly byDefault: number;
    readonly least: number;
    readonly most: number;
}

const wholes: Readonly<Record<string, Whole>> = {
    DelaySeconds: { byDefault: 0, least: 0, most: 900 },
    MaximumMessageSize: { byDefault: 1_048_576, least: 1_024, most: 1_048_576 },
    MessageRetentionPeriod: { byDefault: 345_600, least: 60, most: limits.queueRetentionSecondsMax },
    ReceiveMessageWaitTimeSeconds: { byDefault: 0, least: 0, most: 20 },
    VisibilityTimeout: { byDefault: 30, least: 0, most: 43_200 },
    KmsDataKeyReusePeriodSeconds: { byDefault: 300, least: 60, most: 86_400 },
};

/** Kept as they are; what they say has no effect here, but for the policy and the dead-letter queue. */
const texts = ["Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "SqsManagedSseEnabled"];

type Attributes = Readonly<Record<string, string>>;

export function checkAttributes(attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
        if (/^(FifoQueue|ContentBasedDeduplication|DeduplicationScope|FifoThroughputLimit)$/.test(name)) {
            if (value === "false") continue;
            throw invalidValue(`The sandbox has standard queues alone, so ${name} cannot be set.`);
        }
        const range = wholes[name];
        if (range ? !isWithin(value, range) : name === "RedrivePolicy" && value !== "" && !redriveOf(value))
            throw invalidValue(`Invalid value for the parameter ${name}.`);
        if (!range && !texts.includes(name)) throw invalidName(name);
        if (name === "Policy" && value !== "") parsePolicy(value);
    }
}

/** Messages move to a queue that is there, and to another one. */
export function checkRedrive({ queues }: Account, { RedrivePolicy = "" }: Attributes, ownArn: string): void {
    const target = redriveOf(RedrivePolicy)?.deadLetterTargetArn;
    if (target === undefined) return;
    const invalid = (reason: string): AwsError =>
        invalidValue(`Value ${RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
    if (target === ownArn) throw invalid("The sandbox moves no messages to the queue that they are in.");
    if ([...queues.values()].every(({ arn }) => arn !== target)) throw invalid("Dead letter target does not exist.");
}

function isWithin(value: string, { least, most }: Whole): boolean {
    return /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most;
}

/** What a number may be, in an attribute or in the parameter of a call that goes before it. */
export const rangeOf = (name: keyof typeof wholes): Omit<Whole, "byDefault"> => wholes[name]!;

export function numberOf({ attributes }: Queue, name: keyof typeof wholes): number {
    return Number(attributes.get(name) ?? wholes[name]!.byDefault);
}

/** An attribute that is set to nothing is not set any more. */
export function setAttributes(queue: Queue, attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
        if (value === "") queue.attributes.delete(name);
        else if (wholes[name] ?? texts.includes(name)) queue.attributes.set(name, value);
    }
}

/** What is settable and set, or is so by itself. */
export function settingsOf({ attributes }: Queue): Record<string, string> {
    const byDefault = Object.entries(wholes)
        .filter(([name]) => name !== "KmsDataKeyReusePeriodSeconds" || attributes.has("KmsMasterKeyId"))
        .map(([name, range]) => [name, String(range.byDefault)]);
    const encrypted = String(!attributes.has("KmsMasterKeyId"));
    return { ...Object.fromEntries(byDefault), SqsManagedSseEnabled: encrypted, ...Object.fromEntries(attributes) };
}

export interface Depth {
    readonly visible: number;
    readonly hidden: number;
    readonly delayed: number;
}

export function depthOf({ messages }: Queue, nowMs: number): Depth {
    const visible = messages.filter(({ visibleMs }) => visibleMs <= nowMs).length;
    const delayed = messages.filter(({ visibleMs, receives }) => visibleMs > nowMs && receives === 0).length;
    return { visible, delayed, hidden: messages.length - visible - delayed };
}

/** All that a queue tells of itself. */
export function attributesOf(queue: Queue, nowMs: number): Record<string, string> {
    const { visible, hidden, delayed } = depthOf(queue, nowMs);
    return {
        ...settingsOf(queue),
        QueueArn: queue.arn,
        CreatedTimestamp: String(Math.floor(queue.createdMs / 1_000)),
        LastModifiedTimestamp: String(Math.floor(queue.modifiedMs / 1_000)),
        ApproximateNumberOfMessages: String(visible),
        ApproximateNumberOfMessagesNotVisible: String(hidden),
        ApproximateNumberOfMessagesDelayed: String(delayed),
    };
}

/** The asked ones of all that a queue tells. @throws AwsError (InvalidAttributeName) */
export function askedAttributes(all: Record<string, string>, names: readonly string[]): Record<string, string> {
    if (names.includes("All")) return all;
    for (const name of names) if (!(name in all) && !texts.includes(name)) throw invalidName(name);
    return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

interface Redrive {
    readonly deadLetterTargetArn: string;
    readonly maxReceiveCount: number;
}

function redriveOf(value: string): Redrive | undefined {
    try {
        const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(value) as Record<string, unknown>;
        const most = Number(maxReceiveCount);
        if (typeof deadLetterTargetArn !== "string" || !(most >= 1 && most <= 1_000)) return undefined;
        return { deadLetterTargetArn, maxReceiveCount: most };
    } catch {
        return undefined;
    }
}

/** The queue that a message goes to which was received as often as its own allows; undefined while it may be received. */
export function deadLetterQueueOf({ queues }: Account, queue: Queue, { receives }: Message): Queue | undefined {
    const redrive = redriveOf(queue.attributes.get("RedrivePolicy") ?? "");
    if (!redrive || receives < redrive.maxReceiveCount) return undefined;
    return [...queues.values()].find(({ arn }) => arn === redrive.deadLetterTargetArn);
}

/** What was sent longer ago than the queue keeps is gone; in a dead-letter queue it may have come after what was not. */
export function expire(queue: Queue, nowMs: number): void {
    const keptMs = numberOf(queue, "MessageRetentionPeriod") * 1_000;
    queue.messages = queue.messages.filter(({ sentMs }) => sentMs + keptMs > nowMs);
}

export const tooLong = (bytesMax: number): AwsError =>
    invalidValue(`One or more parameters are invalid. Reason: Message must be shorter than ${bytesMax} bytes.`);
