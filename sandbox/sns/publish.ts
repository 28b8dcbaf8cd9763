/**
 * Publishing to a topic of the local SNS: who may, and what a message must look like.
 */
import { randomUUID } from "node:crypto";

import { evaluatePolicies, type Verdict } from "../iam/policy";
import { type ActingService, arnOf, AwsError, keepNewest, type Principal, refusalNamed } from "../service";
import { operation } from "../wire/operation";
import { formList } from "../wire/query";
import { type InputOf, mapOf, structure, text } from "../wire/shape";
import { deliver, type ToldAttributes } from "./deliver";
import { type Account, invalid, onTopic, type Topic, topicOf } from "./state";
import { policyOf } from "./topics";

const messageBytesMax = 262_144;

const attribute = structure({ DataType: text(), StringValue: text(), BinaryValue: text() });

const messageMembers = {
    Message: text(),
    Subject: text(),
    MessageStructure: text(),
    MessageAttributes: mapOf(attribute),
};

export const publish = operation(
    { TopicArn: text(), TargetArn: text(), ...messageMembers },
    async (account: Account, input, nowMs) => {
        const topic = topicOf(account, input.TopicArn ?? input.TargetArn);
        checkNotDenied(account, topic);
        return { MessageId: await send(account, topic, messageOf(input), nowMs) };
    },
);

export const publishBatch = onTopic(
    { PublishBatchRequestEntries: formList(structure({ Id: text(), ...messageMembers })) },
    async (topic, { PublishBatchRequestEntries }, account, nowMs) => {
        checkNotDenied(account, topic);
        const entries = PublishBatchRequestEntries || [];
        if (entries.length === 0)
            throw new AwsError("EmptyBatchRequest", "The batch request doesn't contain any entries.");
        if (entries.length > 10) {
            throw new AwsError(
                "TooManyEntriesInBatchRequest",
                "The batch request contains more entries than permissible.",
            );
        }
        const Successful: unknown[] = [];
        for (const entry of entries)
            Successful.push({ Id: entry.Id, MessageId: await send(account, topic, messageOf(entry), nowMs) });
        return { Successful, Failed: [] };
    },
);

export async function publishAs(
    account: Account,
    { service, title, sourceArn }: ActingService,
    topicArn: string,
    message: { subject: string; message: string },
): Promise<void> {
    const topic = topicOf(account, topicArn);
    if (verdictOf(account, topic, { service }, { "aws:SourceArn": sourceArn }) !== "allow") {
        throw notAuthorized(
            `Resource: ${sourceArn} is not authorized to perform: SNS:Publish on resource: ${topicArn}`,
        );
    }
    // The AWS-managed key's policy admits no service, and cannot be changed.
    if (/(^|[/:])alias\/aws\/sns$/.test(topic.attributes.get("KmsMasterKeyId") ?? "")) {
        throw new AwsError(
            "KMSAccessDeniedException",
            `${title} does not have authorization to access the SNS topic encryption key.`,
            400,
            "KMSAccessDenied",
        );
    }
    await send(account, topic, message, account.ambient.clock.nowMs());
}

interface Message {
    readonly message: string;
    readonly subject?: string | undefined;
    readonly attributes?: ToldAttributes;
    /** The message is JSON with a text for each protocol. */
    readonly texts?: Readonly<Record<string, unknown>> | undefined;
}

function messageOf(input: InputOf<typeof messageMembers>): Message {
    const { Message: message = "", Subject: subject } = input;
    if (message === "") throw invalid("Empty message");
    if (Buffer.byteLength(message) > messageBytesMax) throw invalid("Message too long");
    // eslint-disable-next-line no-control-regex -- subjects are printable ASCII
    if (subject !== undefined && !/^[^\x00-\x1f\x7f-\uffff]{1,100}$/.test(subject)) throw invalid("Subject");
    const texts = input.MessageStructure === "json" ? textsOf(message) : undefined;
    return { message, subject, attributes: toldAttributes(input.MessageAttributes), texts };
}

function toldAttributes(given: NonNullable<InputOf<typeof messageMembers>["MessageAttributes"]> = {}): ToldAttributes {
    const told = Object.entries(given).map(([name, { DataType = "", StringValue, BinaryValue = "" }]) => [
        name,
        { Type: DataType, Value: StringValue ?? BinaryValue },
    ]);
    return Object.fromEntries(told) as ToldAttributes;
}

function textsOf(message: string): Readonly<Record<string, unknown>> {
    let texts: Readonly<Record<string, unknown>> | null;
    try {
        texts = JSON.parse(message) as typeof texts;
    } catch {
        throw invalid("Message Structure - JSON message body failed to parse");
    }
    if (typeof texts?.default !== "string") throw invalid("Message Structure - No default entry in JSON message body");
    return texts;
}

/** Hands a message to every confirmed subscription. @returns its id */
async function send(account: Account, topic: Topic, content: Message, timeMs: number): Promise<string> {
    const { message, subject, texts, attributes } = content;
    const messageId = randomUUID();
    keepNewest(account.published, [{ topicArn: topic.arn, messageId, subject, message, timeMs }]);
    for (const subscription of topic.subscriptions.values()) {
        if (!subscription.confirmed) continue;
        const own = (texts?.[subscription.protocol] ?? texts?.default ?? message) as string;
        const letter = { kind: "Notification", messageId, subject, message: own, timeMs } as const;
        await deliver(account, subscription, letter, attributes);
    }
    return messageId;
}

/** Callers of the own account may publish unless the topic's policy denies it. */
function checkNotDenied(account: Account, topic: Topic): void {
    const { accountId } = account.ambient;
    const arn = arnOf(account.ambient, "iam", "root");
    if (verdictOf(account, topic, { arn, accountId }, {}) !== "explicitDeny") return;
    throw notAuthorized(
        `User: ${arn} is not authorized to perform: SNS:Publish on resource: ${topic.arn} with an explicit deny in a resource-based policy`,
    );
}

function verdictOf(account: Account, topic: Topic, principal: Principal, context: Record<string, string>): Verdict {
    const { accountId } = account.ambient;
    return evaluatePolicies([policyOf(account, topic)], {
        action: "SNS:Publish",
        resource: topic.arn,
        principal,
        context: { "aws:SourceOwner": accountId, "aws:SourceAccount": accountId, ...context },
    });
}

const notAuthorized = refusalNamed("AuthorizationErrorException", 403, "AuthorizationError");
