/**
 * What the local SQS tells CloudWatch: how deep each queue is, once a minute, and what is sent, received and deleted.
 */
import { depthOf, expire } from "./attributes";
import { type Account, type Queue } from "./state";

export const sqsNamespace = "AWS/SQS";

const everyMs = 60_000;

/** Publishes the queue's depth now and each minute from now on, until its timer is cancelled. */
export function publishDepth(account: Account, queue: Queue): void {
    const { clock } = account.ambient;
    const nowMs = clock.nowMs();
    expire(queue, nowMs);
    const { visible, hidden, delayed } = depthOf(queue, nowMs);
    record(account, queue, "ApproximateNumberOfMessagesVisible", visible);
    record(account, queue, "ApproximateNumberOfMessagesNotVisible", hidden);
    record(account, queue, "ApproximateNumberOfMessagesDelayed", delayed);
    const oldest = queue.messages[0];
    record(
        account,
        queue,
        "ApproximateAgeOfOldestMessage",
        oldest ? Math.floor((nowMs - oldest.enteredMs) / 1_000) : 0,
    );
    queue.timer = clock.at(nowMs + everyMs, () => publishDepth(account, queue));
}

const units: Readonly<Record<string, string>> = { ApproximateAgeOfOldestMessage: "Seconds", SentMessageSize: "Bytes" };

export function record({ ambient, options }: Account, { name }: Queue, metricName: string, value: number): void {
    const unit = units[metricName] ?? "Count";
    const timeMs = Math.floor(ambient.clock.nowMs());
    options.metrics.record({
        namespace: sqsNamespace,
        metricName,
        dimensions: { QueueName: name },
        value,
        unit,
        timeMs,
    });
}
