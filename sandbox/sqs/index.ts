/**
 * The local SQS: standard queues with visibility timeouts, long polls on the sandbox's clock, and dead-letter queues.
 *
 * What it leaves out: FIFO queues, the old query protocol, encryption, and queue policies for callers of the own account (their role decides).
 */
import { type ActingService, type Ambient, type CallInput, type Service, textOf } from "../service";
import { operationsOf, type OperationTable } from "../wire/operation";
import * as queues from "./queues";
import * as receive from "./receive";
import * as send from "./send";
import { type Account, nameOfUrl, queueArn, type SqsOptions } from "./state";

export interface SqsService extends Service {
    /** Sends as a service of AWS does: the queue's policy must admit it. @throws AwsError */
    sendAs(source: ActingService, queueArn: string, body: string): void;
    /** The bodies of the messages that a queue has, oldest first, seen or not; empty if there is no such queue. */
    bodiesIn(queueName: string): string[];
}

export function sqsService(ambient: Ambient, options: SqsOptions): SqsService {
    const account: Account = { ambient, options, queues: new Map(), sent: 0 };
    return {
        name: "sqs",
        targetPrefix: "AmazonSQS",
        operations: operationsOf(table, account),
        accessOf: (operation, input) => [{ action: actionOf(operation), resource: resourceOf(ambient, input) }],
        sendAs: (source, arn, body) => send.sendAs(account, source, arn, body),
        bodiesIn: (name) => account.queues.get(name)?.messages.map(({ body }) => body) ?? [],
        stop() {
            for (const queue of account.queues.values()) {
                queue.timer?.cancel();
                account.queues.delete(queue.name);
                for (const wake of [...queue.waiting]) wake();
            }
        },
    };
}

const table: OperationTable<Account> = {
    ChangeMessageVisibility: receive.changeMessageVisibility,
    ChangeMessageVisibilityBatch: receive.changeMessageVisibilityBatch,
    CreateQueue: queues.createQueue,
    DeleteMessage: receive.deleteMessage,
    DeleteMessageBatch: receive.deleteMessageBatch,
    DeleteQueue: queues.deleteQueue,
    GetQueueAttributes: queues.getQueueAttributes,
    GetQueueUrl: queues.getQueueUrl,
    ListDeadLetterSourceQueues: queues.listDeadLetterSourceQueues,
    ListQueues: queues.listQueues,
    ListQueueTags: queues.listQueueTags,
    PurgeQueue: queues.purgeQueue,
    ReceiveMessage: receive.receiveMessage,
    SendMessage: send.sendMessage,
    SendMessageBatch: send.sendMessageBatch,
    SetQueueAttributes: queues.setQueueAttributes,
    TagQueue: queues.tagQueue,
    UntagQueue: queues.untagQueue,
};

/** A batch needs the right to what it does many times. */
const actionOf = (operation: string): string => `sqs:${operation.replace(/Batch$/, "")}`;

function resourceOf(ambient: Ambient, input: CallInput): string {
    const name = nameOfUrl(textOf(input, "QueueUrl")) ?? textOf(input, "QueueName");
    return name === undefined ? "*" : queueArn(ambient, name);
}
