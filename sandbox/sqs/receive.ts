/**
 * Receiving from a queue of the local SQS: what is received is hidden for a while, and comes back unless it is deleted.
 */
import { type InputOf, integer, listOf, structure, text } from "../wire/shape";
import { AwsError } from "../service";
import { deadLetterQueueOf, expire, numberOf, rangeOf } from "./attributes";
import { forEachEntry } from "./entries";
import { record } from "./metrics";
import { attributesDigest, digestsOf } from "./send";
import { type Account, invalidValue, type Message, move, onQueue, type Queue } from "./state";

const asked = {
    AttributeNames: listOf(text()),
    MessageSystemAttributeNames: listOf(text()),
    MessageAttributeNames: listOf(text()),
};

export const receiveMessage = onQueue(
    { ...asked, MaxNumberOfMessages: integer(), VisibilityTimeout: integer(), WaitTimeSeconds: integer() },
    async (queue, input, account, nowMs) => {
        const { MaxNumberOfMessages: most = 1 } = input;
        const { WaitTimeSeconds: waitSeconds = numberOf(queue, "ReceiveMessageWaitTimeSeconds") } = input;
        const { VisibilityTimeout: hiddenSeconds = numberOf(queue, "VisibilityTimeout") } = input;
        checkRange("MaxNumberOfMessages", most, { least: 1, most: 10 });
        checkRange("WaitTimeSeconds", waitSeconds, rangeOf("ReceiveMessageWaitTimeSeconds"));
        checkRange("VisibilityTimeout", hiddenSeconds, rangeOf("VisibilityTimeout"));
        const hiddenMs = hiddenSeconds * 1_000;
        const untilMs = nowMs + waitSeconds * 1_000;
        let taken = take(account, queue, most, hiddenMs);
        while (taken.length === 0 && account.ambient.clock.nowMs() < untilMs && account.queues.has(queue.name)) {
            await somethingComes(account, queue, untilMs);
            taken = take(account, queue, most, hiddenMs);
        }
        record(
            account,
            queue,
            taken.length > 0 ? "NumberOfMessagesReceived" : "NumberOfEmptyReceives",
            taken.length || 1,
        );
        return taken.length > 0 ? { Messages: taken.map((message) => described(message, input, account)) } : {};
    },
);

function checkRange(parameter: string, value: number, { least, most }: ReturnType<typeof rangeOf>): void {
    if (value >= least && value <= most) return;
    throw invalidValue(
        `Value ${value} for parameter ${parameter} is invalid. Reason: Must be between ${least} and ${most}, if provided.`,
    );
}

/** Takes what is visible and hides it; what was received too often goes to the dead-letter queue instead. */
function take(account: Account, queue: Queue, most: number, hiddenMs: number): Message[] {
    const nowMs = account.ambient.clock.nowMs();
    expire(queue, nowMs);
    const taken: Message[] = [];
    for (const message of [...queue.messages]) {
        if (taken.length >= most) break;
        if (message.visibleMs > nowMs) continue;
        const dead = deadLetterQueueOf(account, queue, message);
        if (dead) {
            move(message, queue, dead, nowMs);
            continue;
        }
        message.receives++;
        message.firstReceivedMs ??= Math.floor(nowMs);
        message.visibleMs = nowMs + hiddenMs;
        message.receipt = Buffer.from(`${message.id} ${message.receives}`).toString("base64");
        taken.push(message);
    }
    return taken;
}

/** Until a message comes, or comes back, or the time is over. */
function somethingComes({ ambient: { clock } }: Account, queue: Queue, untilMs: number): Promise<void> {
    const nextMs = queue.messages.reduce((least, { visibleMs }) => Math.min(least, visibleMs), untilMs);
    return new Promise((resolve) => {
        const wake = (): void => {
            timer.cancel();
            queue.waiting.delete(wake);
            resolve();
        };
        const timer = clock.at(nextMs, wake);
        queue.waiting.add(wake);
    });
}

function described(message: Message, input: InputOf<typeof asked>, { ambient }: Account): object {
    const { MessageAttributeNames: names = [] } = input;
    const system: Record<string, string> = {
        SenderId: ambient.accountId,
        SentTimestamp: String(message.sentMs),
        ApproximateReceiveCount: String(message.receives),
        ApproximateFirstReceiveTimestamp: String(message.firstReceivedMs),
    };
    const systemNames = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
    const Attributes = chosen(system, systemNames);
    const own = chosen(message.attributes ?? {}, names);
    return {
        MessageId: message.id,
        ReceiptHandle: message.receipt,
        Body: message.body,
        MD5OfBody: (digestsOf(message) as { MD5OfMessageBody: string }).MD5OfMessageBody,
        ...(Attributes && { Attributes }),
        ...(own && { MessageAttributes: own, MD5OfMessageAttributes: attributesDigest(own) }),
    };
}

/** Names may end in a star; undefined if none is chosen. */
function chosen<Value>(
    all: Readonly<Record<string, Value>>,
    names: readonly string[],
): Record<string, Value> | undefined {
    const isChosen = (name: string): boolean =>
        names.some(
            (each) => each === "All" || each === name || (each.endsWith("*") && name.startsWith(each.slice(0, -1))),
        );
    const found = Object.entries(all).filter(([name]) => isChosen(name));
    return found.length > 0 ? Object.fromEntries(found) : undefined;
}

const receipt = { ReceiptHandle: text() };

export const deleteMessage = onQueue(receipt, (queue, { ReceiptHandle }, account) =>
    remove(account, queue, ReceiptHandle),
);

export const deleteMessageBatch = onQueue(
    { Entries: listOf(structure({ Id: text(), ...receipt })) },
    (queue, { Entries = [] }, account) =>
        forEachEntry("DeleteMessageBatchRequestEntry", Entries, ({ ReceiptHandle }) =>
            remove(account, queue, ReceiptHandle),
        ),
);

function remove(account: Account, queue: Queue, handle: string | undefined): void {
    checkHandle(handle);
    const before = queue.messages.length;
    // To delete again what is gone is no error.
    queue.messages = queue.messages.filter((message) => message.receipt !== handle);
    if (queue.messages.length < before) record(account, queue, "NumberOfMessagesDeleted", 1);
}

const visibility = { ...receipt, VisibilityTimeout: integer() };

export const changeMessageVisibility = onQueue(visibility, (queue, input, _account, nowMs) =>
    hide(queue, input, nowMs),
);

export const changeMessageVisibilityBatch = onQueue(
    { Entries: listOf(structure({ Id: text(), ...visibility })) },
    (queue, { Entries = [] }, _account, nowMs) =>
        forEachEntry("ChangeMessageVisibilityBatchRequestEntry", Entries, (entry) => hide(queue, entry, nowMs)),
);

function hide(queue: Queue, { ReceiptHandle, VisibilityTimeout = 0 }: InputOf<typeof visibility>, nowMs: number): void {
    checkHandle(ReceiptHandle);
    checkRange("VisibilityTimeout", VisibilityTimeout, rangeOf("VisibilityTimeout"));
    const message = queue.messages.find((each) => each.receipt === ReceiptHandle);
    if (!message || message.visibleMs <= nowMs) {
        throw new AwsError(
            "MessageNotInflight",
            `Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
            400,
            "AWS.SimpleQueueService.MessageNotInflight",
        );
    }
    message.visibleMs = nowMs + VisibilityTimeout * 1_000;
    for (const wake of [...queue.waiting]) wake();
}

function checkHandle(handle: string | undefined): void {
    if (handle !== undefined && / \d+$/.test(Buffer.from(handle, "base64").toString())) return;
    throw new AwsError(
        "ReceiptHandleIsInvalid",
        `The input receipt handle "${handle ?? ""}" is not a valid receipt handle.`,
    );
}
