/**
 * Queues of the local SQS: how they are made, found, changed and deleted.
 */
import { AwsError } from "../service";
import { operation } from "../wire/operation";
import { pageAfter } from "../wire/pages";
import { integer, listOf, mapOf, text } from "../wire/shape";
import { addTags, newTags, removeTags } from "../wire/tags";
import {
    askedAttributes,
    attributesOf,
    checkAttributes,
    checkRedrive,
    expire,
    setAttributes,
    settingsOf,
} from "./attributes";
import { publishDepth } from "./metrics";
import { type Account, invalidValue, onQueue, type Queue, queueArn, queueOf, tagRefusals, urlOf } from "./state";

export const createQueue = operation(
    { QueueName: text(), Attributes: mapOf(text()), tags: mapOf(text()) },
    (account: Account, { QueueName: name = "", Attributes = {}, tags }, nowMs) => {
        if (name.endsWith(".fifo") || Attributes.FifoQueue === "true")
            throw invalidValue("The sandbox has standard queues alone, no FIFO queues.");
        if (!/^[\w-]{1,80}$/.test(name))
            throw invalidValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");

        checkAttributes(Attributes);
        checkRedrive(account, Attributes, queueArn(account.ambient, name));
        const existing = account.queues.get(name);
        if (existing) {
            checkSame(existing, Attributes);
            return { QueueUrl: urlOf(account, name) };
        }
        const queue: Queue = {
            name,
            arn: queueArn(account.ambient, name),
            createdMs: nowMs,
            modifiedMs: nowMs,
            attributes: new Map(),
            tags: newTags(tags, tagRefusals(name)),
            messages: [],
            waiting: new Set(),
            timer: undefined,
        };
        setAttributes(queue, Attributes);
        account.queues.set(name, queue);
        publishDepth(account, queue);
        return { QueueUrl: urlOf(account, name) };
    },
);

function checkSame(queue: Queue, asked: Readonly<Record<string, string>>): void {
    const own = settingsOf(queue);
    const [other] = Object.entries(asked).find(([name, value]) => name in own && own[name] !== value) ?? [];
    if (other === undefined) return;
    throw new AwsError(
        "QueueNameExists",
        `A queue already exists with the same name and a different value for attribute ${other}`,
        400,
        "QueueAlreadyExists",
    );
}

export const getQueueUrl = operation({ QueueName: text() }, (account: Account, { QueueName }) => ({
    QueueUrl: urlOf(account, queueOf(account, QueueName).name),
}));

export const listQueues = operation(
    { QueueNamePrefix: text(), MaxResults: integer(1, 1_000), NextToken: text() },
    (account: Account, { QueueNamePrefix = "", MaxResults = 1_000, NextToken }) => {
        const named = [...account.queues.keys()].filter((name) => name.startsWith(QueueNamePrefix));
        const { items, lastId, more } = pageAfter(named, (name) => name, NextToken, MaxResults);
        return { QueueUrls: items.map((name) => urlOf(account, name)), ...(more && { NextToken: lastId }) };
    },
);

export const getQueueAttributes = onQueue(
    { AttributeNames: listOf(text()) },
    (queue, { AttributeNames = [] }, _account, nowMs) => {
        expire(queue, nowMs);
        return { Attributes: askedAttributes(attributesOf(queue, nowMs), AttributeNames) };
    },
);

export const setQueueAttributes = onQueue(
    { Attributes: mapOf(text()) },
    (queue, { Attributes = {} }, account, nowMs) => {
        checkAttributes(Attributes);
        checkRedrive(account, Attributes, queue.arn);
        setAttributes(queue, Attributes);
        queue.modifiedMs = nowMs;
    },
);

export const deleteQueue = onQueue({}, (queue, _input, { queues }) => {
    queues.delete(queue.name);
    queue.messages = [];
    queue.timer?.cancel();
    for (const wake of [...queue.waiting]) wake();
});

export const purgeQueue = onQueue({}, (queue) => {
    queue.messages = [];
});

export const listDeadLetterSourceQueues = onQueue({}, (queue, _input, account) => ({
    queueUrls: [...account.queues.values()]
        .filter(({ attributes }) => attributes.get("RedrivePolicy")?.includes(`"${queue.arn}"`))
        .map(({ name }) => urlOf(account, name)),
}));

export const tagQueue = onQueue({ Tags: mapOf(text()) }, ({ name, tags }, { Tags }) =>
    addTags(tags, Tags, tagRefusals(name)),
);
export const untagQueue = onQueue({ TagKeys: listOf(text()) }, ({ tags }, { TagKeys }) => removeTags(tags, TagKeys));
export const listQueueTags = onQueue({}, ({ tags }) => (tags.size > 0 ? { Tags: Object.fromEntries(tags) } : {}));
