/**
 * Sending to a queue of the local SQS.
 */
import { createHash } from "node:crypto";

import { evaluatePolicies, parsePolicy } from "../iam/policy";
import { type ActingService, refusalNamed } from "../service";
import { type InputOf, integer, listOf, mapOf, structure, text } from "../wire/shape";
import { numberOf, rangeOf, tooLong } from "./attributes";
import { forEachEntry, refusal } from "./entries";
import { record } from "./metrics";
import {
    type Account,
    enqueue,
    invalidValue,
    type Message,
    type MessageAttribute,
    missing,
    onQueue,
    type Queue,
    queueArn,
    queueOf,
} from "./state";

const attribute = structure({ DataType: text(), StringValue: text(), BinaryValue: text() });

const members = { MessageBody: text(), DelaySeconds: integer(), MessageAttributes: mapOf(attribute) };

export const sendMessage = onQueue(members, (queue, input, account, nowMs) => send(account, queue, input, nowMs));

export const sendMessageBatch = onQueue(
    { Entries: listOf(structure({ Id: text(), ...members })) },
    (queue, { Entries = [] }, account, nowMs) => {
        checkTotal(Entries);
        return forEachEntry("SendMessageBatchRequestEntry", Entries, (entry) => send(account, queue, entry, nowMs));
    },
);

const batchBytesMax = 1_048_576;

function checkTotal(entries: readonly InputOf<typeof members>[]): void {
    const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    if (bytes <= batchBytesMax) return;
    throw refusal(
        "BatchRequestTooLong",
        `Batch requests cannot be longer than ${batchBytesMax} bytes. You have sent ${bytes} bytes.`,
    );
}

function send(account: Account, queue: Queue, input: InputOf<typeof members>, nowMs: number): object {
    const { MessageBody: body, DelaySeconds: delaySeconds = numberOf(queue, "DelaySeconds") } = input;
    if (!body) throw missing("MessageBody");
    const { least, most } = rangeOf("DelaySeconds");
    if (delaySeconds < least || delaySeconds > most) {
        throw invalidValue(
            `Value ${delaySeconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= ${least} and <= ${most}.`,
        );
    }
    const attributes = input.MessageAttributes as Message["attributes"];
    const bytes = sizeOf(input);
    const bytesMax = numberOf(queue, "MaximumMessageSize");
    if (bytes > bytesMax) throw tooLong(bytesMax);
    const message = enqueue(account, queue, { body, attributes, delaySeconds }, nowMs);
    record(account, queue, "NumberOfMessagesSent", 1);
    record(account, queue, "SentMessageSize", bytes);
    return { MessageId: message.id, ...digestsOf(message) };
}

function sizeOf({ MessageBody: body = "", MessageAttributes: given }: InputOf<typeof members>): number {
    const attributes = (given ?? {}) as NonNullable<Message["attributes"]>;
    return Object.entries(attributes).reduce(
        (sum, [name, { DataType, StringValue = "", BinaryValue = "" }]) =>
            sum + Buffer.byteLength(name + DataType + StringValue) + Buffer.from(BinaryValue, "base64").length,
        Buffer.byteLength(body),
    );
}

/** Sends as a service of AWS does: the queue's policy must admit it. @throws AwsError */
export function sendAs(account: Account, source: ActingService, arn: string, body: string): void {
    const name = arn.split(":").at(-1)!;
    const queue = queueOf(account, arn === queueArn(account.ambient, name) ? name : undefined);
    const policy = queue.attributes.get("Policy");
    const verdict = evaluatePolicies(policy === undefined ? [] : [parsePolicy(policy)], {
        action: "sqs:SendMessage",
        resource: queue.arn,
        principal: { service: source.service },
        context: { "aws:SourceArn": source.sourceArn, "aws:SourceAccount": account.ambient.accountId },
    });
    if (verdict !== "allow") throw denied(`${source.title} is not authorized to perform: sqs:SendMessage on ${arn}`);
    send(account, queue, { MessageBody: body }, account.ambient.clock.nowMs());
}

const denied = refusalNamed("AccessDeniedException", 403);

/** What clients check that a message has arrived whole. */
export function digestsOf({ body, attributes }: Message): object {
    return {
        MD5OfMessageBody: createHash("md5").update(body).digest("hex"),
        ...(attributes &&
            Object.keys(attributes).length > 0 && { MD5OfMessageAttributes: attributesDigest(attributes) }),
    };
}

/** Source: the developer guide's "Calculating the MD5 message digest for message attributes", read 2026-11. */
export function attributesDigest(attributes: Readonly<Record<string, MessageAttribute>>): string {
    const hash = createHash("md5");
    const add = (bytes: Buffer): void => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(bytes.length);
        hash.update(length).update(bytes);
    };
    for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes).sort(byName)) {
        add(Buffer.from(name));
        add(Buffer.from(DataType));
        hash.update(Buffer.from([StringValue === undefined ? 2 : 1]));
        add(StringValue === undefined ? Buffer.from(BinaryValue ?? "", "base64") : Buffer.from(StringValue));
    }
    return hash.digest("hex");
}

const byName = ([left]: [string, unknown], [right]: [string, unknown]): number => (left < right ? -1 : 1);
