/**
 * Where records go that are given up: a topic or a queue is told which they were, with the rights of the function's role.
 */
import { dnsSuffixOf } from "../../capacity/regions";
import { AwsError } from "../service";
import { type CallAs } from "../wire/inside";
import { failureMessage, type Failure, type Origin, type PendingRecord } from "./records";
import { type Run } from "./run";
import { count, countEvents } from "./state";

interface Destination {
    readonly action: string;
    readonly operation: string;
    readonly kind: "topic" | "queue";
    /** As AWS says it in its refusals. */
    readonly title: string;
    input(arn: string, message: string): object;
}

/** By the service in the ARN. */
const destinations: Readonly<Record<string, Destination>> = {
    sns: {
        action: "sns:Publish",
        operation: "Publish",
        kind: "topic",
        title: "Publish on SNS",
        input: (TopicArn, Message) => ({ TopicArn, Message }),
    },
    sqs: {
        action: "sqs:SendMessage",
        operation: "SendMessage",
        kind: "queue",
        title: "SendMessage on SQS",
        input: (arn, MessageBody) => ({ QueueUrl: queueUrlOf(arn), MessageBody }),
    },
};

const serviceOf = (arn: string): string => arn.split(":")[2] ?? "";

export function destinationOf(arn: string): Destination | undefined {
    return destinations[serviceOf(arn)];
}

/** Account and name are what counts of a queue's URL, whatever its host. */
function queueUrlOf(arn: string): string {
    const [, partition = "", , region, accountId, name] = arn.split(":");
    return `https://sqs.${region}.${dnsSuffixOf(partition)}/${accountId}/${name}`;
}

/** Sends a message to a destination as a session of a role. @throws AwsError */
export async function tell(
    callAs: CallAs,
    session: { readonly accessKeyId: string },
    arn: string,
    message: string,
): Promise<void> {
    const destination = destinationOf(arn);
    if (!destination) throw new AwsError("InvalidParameterValueException", `${arn} is neither a queue nor a topic.`);
    await callAs(session, serviceOf(arn), destination.operation, destination.input(arn, message));
}

/** Gives records up. What cannot be delivered is dropped and counted, as Lambda does. */
export async function discard(
    { account, mapping, session, nowMs }: Run,
    records: readonly PendingRecord[],
    origin: Origin,
    failure: Failure,
): Promise<void> {
    const arn = mapping.settings.DestinationConfig?.OnFailure?.Destination;
    if (!arn) return countEvents(account, mapping, "DroppedEventCount", records.length);
    try {
        await tell(account.callAs, session(), arn, failureMessage(records, origin, failure, nowMs()));
        countEvents(account, mapping, "OnFailureDestinationDeliveredEventCount", records.length);
    } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        count(account, mapping, "DestinationDeliveryFailures", 1);
        countEvents(account, mapping, "DroppedEventCount", records.length);
    }
}
