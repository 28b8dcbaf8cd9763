/** What the arguments of a StreamConsumerFunction may be, and what is said about those that are not. */
import assert from "node:assert/strict";
import { notYetKnown } from "../../capacity/checks";
import { consumerFunctionProblems } from "../../capacity/consumerFunctionArgs";

const stream = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const fn = "arn:aws:lambda:us-east-1:123456789012:function:billing";
const queue = "arn:aws:sqs:us-east-1:123456789012:failures";
const elsewhere = "arn:aws:sqs:us-west-2:999999999999:dead";
const topic = "arn:aws:sns:us-east-1:123456789012:failures";
const messages = (args: object) =>
    consumerFunctionProblems({ stream, function: fn, ...args }).map(({ message }) => message);

describe("arguments that a StreamConsumerFunction takes", () => {
    const accepted: [title: string, args: object][] = [
        ["stream and function only", {}],
        ["a function by its name, or with an alias", { function: "billing:live" }],
        ["an alias in the ARN", { function: `${fn}:live` }],
        ["a role by its name, its ARN, or its ARN with a path", { role: "arn:aws:iam::123456789012:role/a/b/billing" }],
        ["a registered consumer", { consumer: `${stream}/consumer/billing:1700000000` }],
        [
            "the least of everything",
            {
                batchSize: 1,
                batchingWindowSeconds: 0,
                parallelizationFactor: 1,
                maximumRetryAttempts: 0,
                maximumRecordAgeSeconds: 60,
            },
        ],
        [
            "the most of everything",
            {
                batchSize: 10_000,
                batchingWindowSeconds: 300,
                parallelizationFactor: 10,
                maximumRetryAttempts: 10_000,
                maximumRecordAgeSeconds: 604_800,
            },
        ],
        ["no end, where it is asked for", { maximumRetryAttempts: -1, maximumRecordAgeSeconds: -1 }],
        [
            "a time to start at",
            { startingPosition: "AT_TIMESTAMP", startingPositionTimestamp: "2026-11-02T12:00:00+01:00" },
        ],
        [
            "a position, or a time, that is not known yet",
            { startingPosition: "AT_TIMESTAMP", startingPositionTimestamp: notYetKnown },
        ],
        ["a queue", { failureQueueArn: queue }],
        ["a queue that is not known yet", { failureQueueArn: notYetKnown }],
        ["a queue beside a stream that is not known yet", { stream: notYetKnown, failureQueueArn: queue }],
        [
            "a queue elsewhere that no alarm is to watch",
            { failureQueueArn: elsewhere, alarms: { recordsGivenUp: { enabled: false } } },
        ],
        [
            "another account's stream, beside a function and a queue of its own",
            { stream: "arn:aws:kinesis:us-east-1:999999999999:stream/orders", failureQueueArn: queue },
        ],
        [
            "the same, where the role tells the account of a function that is given by its name",
            {
                stream: "arn:aws:kinesis:us-east-1:999999999999:stream/orders",
                function: "billing",
                role: "arn:aws:iam::123456789012:role/billing",
                failureQueueArn: queue,
            },
        ],
        ["a topic", { failureTopicArn: topic }],
        ["alarms set and off", { alarms: { functionFailing: { threshold: 5 }, functionSilent: { enabled: false } } }],
    ];
    for (const [title, args] of accepted) it(title, () => assert.deepEqual(messages(args), []));
});

describe("arguments that a StreamConsumerFunction refuses", () => {
    const rows: [args: object, message: string][] = [
        [
            { stream: "orders" },
            'stream: "orders" is not allowed; it must be the ARN of a Kinesis stream. Give a ShardedStream\'s streamArn, such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.',
        ],
        [
            { stream: "arn:aws:kinesis:::stream/x" },
            'stream: "arn:aws:kinesis:::stream/x" is not allowed; it must be the ARN of a Kinesis stream. Give a ShardedStream\'s streamArn, such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.',
        ],
        [
            { function: undefined },
            "function: missing; it must be the name or the ARN of a Lambda function. Give a name such as billing, or the function's arn.",
        ],
        [
            { consumer: "billing" },
            "consumer: \"billing\" is not allowed; it must be the ARN of a registered fan-out consumer. Give the consumer's arn, which ends with the time of its registration, or leave it out to share the stream's reads.",
        ],
        [
            { consumer: `${stream}2/consumer/billing:1700000000` },
            `consumer: "${stream}2/consumer/billing:1700000000" is not allowed; it must be a consumer of ${stream}. Give stream and consumer that belong together.`,
        ],
        [
            { batchSize: 10_001 },
            "batchSize: 10,001 is not allowed; it must be a whole number from 1 to 10,000. Leave it out for 100 records.",
        ],
        [
            { batchingWindowSeconds: 301 },
            "batchingWindowSeconds: 301 is not allowed; it must be a whole number from 0 to 300. Leave it out to wait for no more.",
        ],
        [
            { parallelizationFactor: 11 },
            "parallelizationFactor: 11 is not allowed; it must be a whole number from 1 to 10. Leave it out for the smallest that keeps up; beyond it the stream needs more shards.",
        ],
        [
            { maximumRetryAttempts: -2 },
            "maximumRetryAttempts: -2 is not allowed; it must be a whole number from 0 to 10,000, or -1 for without end. Leave it out for about an hour of retries.",
        ],
        [
            { maximumRecordAgeSeconds: 59 },
            "maximumRecordAgeSeconds: 59 is not allowed; it must be a whole number from 60 to 604,800, or -1 for without end. Leave it out for an hour less than the retention time.",
        ],
        [
            { startingPosition: "NOW" },
            'startingPosition: "NOW" is not allowed; it must be one of TRIM_HORIZON, LATEST, AT_TIMESTAMP. Leave it out for TRIM_HORIZON, which misses nothing.',
        ],
        [
            { startingPosition: "AT_TIMESTAMP" },
            "startingPositionTimestamp: missing; it must be given with startingPosition AT_TIMESTAMP. Give the time from which on to read.",
        ],
        [
            { startingPositionTimestamp: "2026-11-02T12:00:00Z" },
            'startingPositionTimestamp: "2026-11-02T12:00:00Z" is not allowed; it must be left out without startingPosition AT_TIMESTAMP. Remove it, or set startingPosition to AT_TIMESTAMP.',
        ],
        ...["2026-02-30T12:00:00Z", "2026-11-02T24:00:00Z", "2026-11-02T12:60:00Z", "2026-11-02T12:00:00"].map(
            (startingPositionTimestamp): [args: object, message: string] => [
                { startingPosition: "AT_TIMESTAMP", startingPositionTimestamp },
                `startingPositionTimestamp: "${startingPositionTimestamp}" is not allowed; it must be a time of the calendar, such as 2026-11-02T12:00:00Z. Give it with its time zone, beside startingPosition AT_TIMESTAMP.`,
            ],
        ),
        [
            { failureQueueArn: `${queue}.fifo` },
            `failureQueueArn: "${queue}.fifo" is not allowed; it must be the ARN of a standard SQS queue. Give the queue's arn, or leave it out for a queue of the function's own.`,
        ],
        [
            { failureQueueArn: queue, failureTopicArn: topic },
            `failureTopicArn: "${topic}" is not allowed; it must be left out beside failureQueueArn. A mapping has one destination: give one.`,
        ],
        [
            { function: "arn:aws:lambda:eu-west-1:123456789012:function:billing" },
            'function: "arn:aws:lambda:eu-west-1:123456789012:function:billing" is not allowed; it must be in us-east-1, the region of stream. Lambda feeds no function from another region: give one of the stream\'s.',
        ],
        [
            { failureQueueArn: elsewhere },
            `failureQueueArn: "${elsewhere}" is not allowed; it must be in us-east-1 and of account 123456789012, where the alarm recordsGivenUp looks. Give a queue there; or set alarms.recordsGivenUp.enabled to false, and watch this one where it is.`,
        ],
        [
            { failureQueueArn: "arn:aws:sqs:us-west-2:123456789012:dead", function: "billing" },
            'failureQueueArn: "arn:aws:sqs:us-west-2:123456789012:dead" is not allowed; it must be in us-east-1, where the alarm recordsGivenUp looks. Give a queue there; or set alarms.recordsGivenUp.enabled to false, and watch this one where it is.',
        ],
        [
            { failureQueueArn: "arn:aws:sqs:us-east-1:999999999999:dead", function: "billing" },
            "failureQueueArn: \"arn:aws:sqs:us-east-1:999999999999:dead\" is not allowed; it must be of account 123456789012, where the alarm recordsGivenUp looks. Give a queue there, or the function's ARN where its account is the queue's; or set alarms.recordsGivenUp.enabled to false, and watch this one where it is.",
        ],
        [
            { region: "eu-west-1" },
            'region: "eu-west-1" is not allowed; it must be us-east-1, the region of stream. Leave it out, or give the stream\'s.',
        ],
        [
            { batchsize: 5 },
            "batchsize: 5 is not allowed; it must be one of stream, function, role, consumer, requirements, shardCount, retentionHours, kmsKeyId, processingMillisecondsPerRecord, processingMillisecondsPerBatch, functionTimeoutSeconds, batchSize, batchingWindowSeconds, parallelizationFactor, bisectBatchOnError, maximumRetryAttempts, maximumRecordAgeSeconds, reportBatchItemFailures, startingPosition, startingPositionTimestamp, enabled, failureQueueArn, failureTopicArn, alarms, notifications, region, tags. Did you mean batchSize?",
        ],
    ];
    for (const [args, message] of rows) it(message, () => assert.deepEqual(messages(args), [message]));

    it("all at once", () => {
        const properties = consumerFunctionProblems({
            stream: "orders",
            batchSize: 0,
            requirements: { writeMiBPerSecond: 0, recordsPerSecond: 1 },
            notifications: { topicArn: topic, emails: ["oncall@example.com"] },
        }).map(({ property }) => property);
        assert.deepEqual(properties, [
            "stream",
            "function",
            "requirements.writeMiBPerSecond",
            "batchSize",
            "notifications.emails",
        ]);
    });
});
