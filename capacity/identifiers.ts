/**
 * How AWS spells what arguments name: ARNs of streams, consumers, queues and topics, and the keys of a stream.
 */
import { type Check, fits, text } from "./checks";

/** The key that AWS manages admits everyone in the account who may use Kinesis, and nobody else. */
export const awsManagedKinesisKey = "alias/aws/kinesis";

/** By its alias, or by the alias's ARN. */
export function isAwsManagedKey(kmsKeyId: string): boolean {
    return kmsKeyId === awsManagedKinesisKey || kmsKeyId.endsWith(`:${awsManagedKinesisKey}`);
}

export const kmsKeyId = fits(
    (value) => typeof value === "string" && value !== "",
    "the ID, ARN or alias of a KMS key",
    `Leave it out for ${awsManagedKinesisKey}, the key that AWS manages.`,
);

export const kinesisNameCharactersMax = 128;
/** What a stream or a consumer may be called, as a part of a pattern. */
const kinesisNameSpelling = `[a-zA-Z0-9_.-]{1,${kinesisNameCharactersMax}}`;
export const kinesisNamePattern = new RegExp(`^${kinesisNameSpelling}$`);
const queue = "sqs:[^:]+:\\d{12}:[a-zA-Z0-9_-]{1,80}";
const topic = "sns:[^:]+:\\d{12}:[a-zA-Z0-9_-]{1,256}";

const arn =
    (pattern: string, allowed: string) =>
    (fix: string): Check =>
        text(new RegExp(`^arn:[^:]+:(?:${pattern})$`), allowed, fix);

export const streamArn = arn(`kinesis:[^:]+:\\d{12}:stream/${kinesisNameSpelling}`, "the ARN of a Kinesis stream");

/** Without a look at the account, which a unit test's mock may not know. */
const anyStream = `kinesis:[^:]+:[^:]*:stream/${kinesisNameSpelling}`;

export const existingStreamArn = arn(anyStream, "the ARN of a Kinesis stream");

/** A stream that exists already, by its name or its ARN. */
export const existingStream = (fix: string) =>
    text(new RegExp(`^(?:arn:[^:]+:${anyStream}|${kinesisNameSpelling})$`), "the name or the ARN of a stream", fix);

export const consumerArn = arn(
    `kinesis:[^:]+:\\d{12}:stream/${kinesisNameSpelling}/consumer/${kinesisNameSpelling}:[0-9]+`,
    "the ARN of a registered fan-out consumer",
);

export const queueArn = arn(queue, "the ARN of a standard SQS queue");
export const topicArn = arn(topic, "the ARN of a standard SNS topic");

/** Whom an event source mapping tells what it gave up. */
export const destinationArn = arn(`${queue}|${topic}`, "the ARN of an SQS queue or an SNS topic");
