/**
 * What AWS refuses about an event source mapping, in its words where they are known, and what the sandbox leaves out, in the sandbox's.
 */
import { limits } from "../../capacity/limits";
import { AwsError } from "../service";
import { destinationOf } from "./destination";
import { invalid } from "./errors";
import { type Account, type EventSource, type GivenSettings, lambdaPrincipal, type Start, type Target } from "./state";

export function sourceOf(arn: string | undefined): EventSource {
    if (arn === undefined) throw invalid("Event source arn is required for Kinesis streams.");
    const [, streamArn, consumer] =
        /^(arn:[\w-]+:kinesis:[\w-]+:\d{12}:stream\/[^/]+)(\/consumer\/.+)?$/.exec(arn) ?? [];
    if (streamArn !== undefined) return { arn, streamArn, isConsumer: consumer !== undefined };
    const service = arn.split(":")[2] ?? arn;
    throw invalid(`The sandbox maps Kinesis streams and their consumers to functions, not ${service}: ${arn}`);
}

export function startOf(
    input: { readonly StartingPosition?: Start["type"]; readonly StartingPositionTimestamp?: number },
    nowMs: number,
): Start {
    const { StartingPosition: type, StartingPositionTimestamp: timestampSeconds } = input;
    if (type === undefined) {
        throw invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
        );
    }
    if (type === "AT_TIMESTAMP" && timestampSeconds === undefined)
        throw invalid("StartingPositionTimestamp must be provided when StartingPosition is AT_TIMESTAMP.");
    if (type !== "AT_TIMESTAMP" && timestampSeconds !== undefined)
        throw invalid(`StartingPositionTimestamp can be provided with AT_TIMESTAMP alone, not with ${type}.`);
    if (timestampSeconds !== undefined && timestampSeconds * 1_000 > nowMs)
        throw invalid("StartingPositionTimestamp cannot be in the future.");
    return { type, timestampSeconds };
}

/** What the sandbox has no part for; a mapping that asks for it would do something else than in AWS. */
const leftOut: Partial<Record<keyof GivenSettings, string>> = {
    FilterCriteria: "The sandbox filters no records",
    KMSKeyArn: "The sandbox filters no records, so there are no criteria to encrypt",
    ScalingConfig: "A Kinesis stream scales by its shards and ParallelizationFactor",
    ProvisionedPollerConfig: "A Kinesis stream has no provisioned pollers",
    SourceAccessConfigurations: "A Kinesis stream is read with the function's role",
    AmazonManagedKafkaEventSourceConfig: "A Kinesis stream is no Kafka cluster",
    DocumentDBEventSourceConfig: "A Kinesis stream is no DocumentDB",
    LoggingConfig: "A Kinesis stream is no Kafka cluster",
    Queues: "A Kinesis stream is no MQ broker",
    SelfManagedEventSource: "A Kinesis stream is no Kafka cluster",
    SelfManagedKafkaEventSourceConfig: "A Kinesis stream is no Kafka cluster",
    Topics: "A Kinesis stream is no Kafka cluster",
};

const { eventSourceRecordAgeSecondsMin: ageSecondsMin, eventSourceRecordAgeSecondsMax: ageSecondsMax } = limits;

export function checkSettings(input: GivenSettings): void {
    const { MaximumRecordAgeInSeconds: ageSeconds, DestinationConfig, TumblingWindowInSeconds } = input;
    if (ageSeconds !== undefined && ageSeconds !== -1 && ageSeconds < ageSecondsMin) {
        throw invalid(
            `MaximumRecordAgeInSeconds must be -1 or between ${ageSecondsMin} and ${ageSecondsMax}, not ${ageSeconds}.`,
        );
    }
    if (TumblingWindowInSeconds)
        throw invalid("The sandbox keeps no tumbling windows, so TumblingWindowInSeconds cannot be set.");
    for (const [member, why] of Object.entries(leftOut))
        if (!isEmpty(input[member as keyof GivenSettings])) throw invalid(`${why}; leave ${member} out.`);
    if (DestinationConfig?.OnSuccess?.Destination)
        throw invalid("OnSuccess is no destination of an event source mapping of a stream. Use OnFailure.");
    const destination = DestinationConfig?.OnFailure?.Destination;
    if (destination && !destinationOf(destination))
        throw invalid(`The sandbox tells SQS queues and SNS topics of failures, not ${destination}`);
}

/** Infrastructure tools write down what they leave out. */
function isEmpty(value: unknown): boolean {
    return value === undefined || value === null || JSON.stringify(value).replace(/"Filters":\[\]/, "").length <= 2;
}

/** The function's role must be able to do what the mapping will. */
export async function checkAccess(
    account: Account,
    source: EventSource,
    { roleArn, name }: Target,
    { DestinationConfig }: GivenSettings,
): Promise<void> {
    const { iam } = account;
    if (!iam.trusts(roleArn, lambdaPrincipal))
        throw invalid("The function's execution role cannot be assumed by Lambda.");
    const session = iam.assume(roleArn, lambdaPrincipal, name);
    const may = (action: string, resource: string): boolean => !iam.refusal(session, { action, resource });
    try {
        const reads = source.isConsumer ? streamLooks : streamReads;
        const isAdmitted =
            reads.every((action) => may(`kinesis:${action}`, source.streamArn)) &&
            (!source.isConsumer || may("kinesis:SubscribeToShard", source.arn));
        if (!isAdmitted) throw cannotAccess(source);
        const destination = DestinationConfig?.OnFailure?.Destination;
        const told = destination ? destinationOf(destination) : undefined;
        if (told && !may(told.action, destination!))
            throw invalid(`The function execution role does not have permissions to call ${told.title}`);
        await account.callAs(session, "kinesis", "DescribeStream", { StreamARN: source.streamArn, Limit: 1 });
    } catch (error) {
        const code = error instanceof AwsError ? error.code : undefined;
        if (code === "ResourceNotFoundException") throw invalid(`Stream not found: ${source.streamArn}`);
        // Refused by somebody else than the role: the policy of the stream, where it is another account's.
        throw code === "AccessDeniedException" ? cannotAccess(source) : error;
    } finally {
        iam.sessions.close(session.accessKeyId);
    }
}

/** What a mapping of a consumer calls on the stream, and what one of the stream calls besides. */
const streamLooks = ["DescribeStream", "DescribeStreamSummary", "ListShards"];
const streamReads = [...streamLooks, "GetRecords", "GetShardIterator"];

function cannotAccess({ arn, isConsumer }: EventSource): AwsError {
    const actions = isConsumer
        ? "SubscribeToShard Action on it, and the DescribeStream, DescribeStreamSummary, and ListShards"
        : "GetRecords, GetShardIterator, DescribeStream, DescribeStreamSummary, and ListShards";
    return invalid(
        `Cannot access stream ${arn}. Please ensure the role can perform the ${actions} Actions on your stream in IAM.`,
    );
}
