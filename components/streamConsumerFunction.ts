/**
 * StreamConsumerFunction: a Lambda function that reads a stream. What it can take is in capacity/sizing/consumerFunctionPlan.ts, what its
 * alarms say in capacity/watching/functionAlarms.ts. Here is only what it is made of: mapping, failure destination, policy, alarms.
 */
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import type * as sns from "@pulumi/aws/sns";
import * as sqs from "@pulumi/aws/sqs";
import * as pulumi from "@pulumi/pulumi";
import { consumerFunctionProblems } from "../capacity/consumerFunctionArgs";
import { limits } from "../capacity/limits";
import { autonamedChild } from "../capacity/names";
import { consumerFunctionDefaults, recordAgeSecondsFor } from "../capacity/sizing/consumerFunction";
import { planDeclaredConsumer } from "../capacity/sizing/consumerFunctionPlan";
import { type FunctionAlarmName, functionAlarmNames } from "../capacity/watching/functionAlarms";
import { type AlarmSubject } from "./alarmProperties";
import { type AlarmsByName, newAlarms } from "./alarms";
import { consumerNameIn, parseArn, streamNameOf } from "../capacity/arns";
import { withFormerNames } from "./formerNames";
import { eventSourcePolicy } from "./grants/documents";
import { checkArgs, decided, given, mapInput, type Ready, whenReady, withDefault } from "./inputs";
import { refusingLostPosition } from "./lostPosition";
import { notificationTopic } from "./notifications";
import { ownerOf } from "./owners";
import { inRegion } from "./region";
import { type StreamConsumerFunctionArgs } from "./streamConsumerFunctionArgs";

/**
 * Feeds the records of a Kinesis stream, created here or elsewhere, to a Lambda function: bounded retries, a queue for what it cannot
 * process, the policy of its role, and alarms.
 *
 * @example
 * new StreamConsumerFunction("billing", { ...orders.source, function: billing.arn, role: role.name, processingMillisecondsPerRecord: 4 });
 */
export class StreamConsumerFunction extends pulumi.ComponentResource {
    /** @internal */
    static readonly __pulumiType = "sharded-stream:index:StreamConsumerFunction";

    /** ID of the event source mapping. */
    readonly eventSourceMappingId: pulumi.Output<string>;
    /** ARN of the queue, or the topic, that is told where the records are that were given up. */
    readonly failureDestinationArn: pulumi.Output<string>;
    /** IAM policy document, as JSON, of the function's role: to read the stream and to tell what was given up, nothing more. `role` has it already. */
    readonly readPolicy: pulumi.Output<string>;
    /** ARN of the topic that the alarms speak to. */
    readonly topicArn: pulumi.Output<string>;
    /** Names of the alarms, in a fixed order. */
    readonly alarmNames: pulumi.Output<string[]>;

    constructor(name: string, args: StreamConsumerFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
        super(
            StreamConsumerFunction.__pulumiType,
            name,
            args as unknown as pulumi.Inputs,
            refusingLostPosition(name, inRegion(args, opts)),
        );
        args = given(args);
        const ready = checkArgs("StreamConsumerFunction", name, args, consumerFunctionProblems, [
            "role",
            "failureQueueArn",
            "failureTopicArn",
            "notifications.topicArn",
        ]);
        const child = { parent: this, dependsOn: ready };
        const destination = failureDestination(name, args, child);
        const destinationArn = destination.arn;
        const policy = readPolicy(args, ready, destinationArn);
        const role = decided(args.role);
        const rolePolicy =
            role === undefined
                ? undefined
                : new iam.RolePolicy(
                      policyName(name),
                      { role: mapInput(whenReady(ready, role), lastPart), policy },
                      withFormerNames(child, policyName),
                  );
        const mapping = newMapping(name, args, ready, destinationArn, {
            parent: this,
            // Lambda asks whether the role may read before it makes the mapping.
            dependsOn: rolePolicy ?? ready,
            // Of two mappings of one function on one stream Lambda refuses the second.
            deleteBeforeReplace: true,
        });
        const { topic, topicArn } = notificationTopic(name, args.notifications, args.tags, child);
        const told = { owner: ownerOf(this, args), topicArn, ready, queueName: destination.queueName };
        const alarms = newFunctionAlarms(name, args, told, child);
        children.set(this, { eventSourceMapping: mapping, queue: destination.queue, rolePolicy, topic, alarms });

        this.eventSourceMappingId = mapping.uuid;
        this.failureDestinationArn = destinationArn;
        this.readPolicy = policy;
        this.topicArn = topicArn;
        this.alarmNames = pulumi.all(Object.values(alarms).map((alarm) => alarm.name));
        this.registerOutputs({
            eventSourceMappingId: this.eventSourceMappingId,
            failureDestinationArn: this.failureDestinationArn,
            readPolicy: this.readPolicy,
            topicArn: this.topicArn,
            alarmNames: this.alarmNames,
        });
    }

    /** What reads the stream and invokes the function. */
    get eventSourceMapping(): lambda.EventSourceMapping {
        return children.get(this)!.eventSourceMapping;
    }

    /** The own queue of what was given up; undefined where `failureQueueArn` or `failureTopicArn` gives a destination. */
    get queue(): sqs.Queue | undefined {
        return children.get(this)!.queue;
    }

    /** The policy of the function's role; undefined without `role`. */
    get rolePolicy(): iam.RolePolicy | undefined {
        return children.get(this)!.rolePolicy;
    }

    /** The own topic of the alarms; undefined where `notifications` gives one. */
    get topic(): sns.Topic | undefined {
        return children.get(this)!.topic;
    }

    /** The alarms by their name; one that does not exist is undefined. */
    get alarms(): AlarmsByName<FunctionAlarmName> {
        return children.get(this)!.alarms;
    }
}

/** Reached by accessors: a field would be an output of the component, in every language. */
const children = new WeakMap<
    StreamConsumerFunction,
    Pick<StreamConsumerFunction, "eventSourceMapping" | "queue" | "rolePolicy" | "topic" | "alarms">
>();

const policyName = (component: string) => autonamedChild("rolePolicy", `${component}-read`);
const queueName = (component: string) => autonamedChild("queue", `${component}-failures`);

/** Where it is told what was given up. The name is that of a queue: a topic tells its subscribers itself. */
interface FailureDestination {
    readonly arn: pulumi.Output<string>;
    readonly queueName?: pulumi.Input<string>;
    readonly queue?: sqs.Queue;
}

function failureDestination(
    name: string,
    args: StreamConsumerFunctionArgs,
    opts: pulumi.CustomResourceOptions,
): FailureDestination {
    const [queueArn, topicArn] = [decided(args.failureQueueArn), decided(args.failureTopicArn)];
    if (queueArn !== undefined)
        return { arn: pulumi.output(queueArn), queueName: mapInput(queueArn, (arn) => parseArn(arn).resource) };
    if (topicArn !== undefined) return { arn: pulumi.output(topicArn) };
    const queue = new sqs.Queue(
        queueName(name),
        { messageRetentionSeconds: limits.queueRetentionSecondsMax, sqsManagedSseEnabled: true, tags: args.tags },
        withFormerNames(opts, queueName),
    );
    return { arn: queue.arn, queueName: queue.name, queue };
}

function readPolicy(
    args: StreamConsumerFunctionArgs,
    ready: Ready,
    failureDestinationArn: pulumi.Output<string>,
): pulumi.Output<string> {
    const { stream: streamArn, consumer, kmsKeyId } = args;
    const reach = whenReady(ready, { streamArn, consumer, kmsKeyId, failureDestinationArn });
    return pulumi.output(
        mapInput(reach, (known) =>
            eventSourcePolicy({
                streamArn: known.streamArn,
                kmsKeyId: known.kmsKeyId,
                failureDestinationArn: known.failureDestinationArn,
                fanOutConsumer: known.consumer && consumerNameIn(known.consumer),
            }),
        ),
    );
}

/** What comes after the last slash: a role's name of its ARN, or the name itself. */
function lastPart(nameOrArn: string): string {
    return nameOrArn.split("/").at(-1)!;
}

/** The name of a function that is given by its name or its ARN, with an alias or without. */
function functionNameOf(nameOrArn: string): string {
    return nameOrArn.replace(/^arn:.*:function:/, "").replace(/:.*$/, "");
}

function newMapping(
    name: string,
    args: StreamConsumerFunctionArgs,
    ready: Ready,
    destinationArn: pulumi.Output<string>,
    opts: pulumi.CustomResourceOptions,
): lambda.EventSourceMapping {
    const defaults = consumerFunctionDefaults;
    return new lambda.EventSourceMapping(
        name,
        {
            eventSourceArn: withDefault(args.consumer, args.stream),
            functionName: args.function,
            batchSize: withDefault(args.batchSize, defaults.batchSize),
            maximumBatchingWindowInSeconds: withDefault(args.batchingWindowSeconds, defaults.batchingWindowSeconds),
            parallelizationFactor: withDefault(args.parallelizationFactor, plannedFactor(args, ready)),
            bisectBatchOnFunctionError: withDefault(args.bisectBatchOnError, defaults.bisectBatchOnError),
            maximumRetryAttempts: withDefault(args.maximumRetryAttempts, defaults.maximumRetryAttempts),
            maximumRecordAgeInSeconds: recordAgeSeconds(args, ready),
            startingPosition: withDefault(args.startingPosition, defaults.startingPosition),
            startingPositionTimestamp: args.startingPositionTimestamp,
            functionResponseTypes: mapInput(args.reportBatchItemFailures, (reports) =>
                reports ? ["ReportBatchItemFailures"] : [],
            ),
            destinationConfig: { onFailure: { destinationArn } },
            enabled: withDefault(args.enabled, defaults.enabled),
            tags: args.tags,
        },
        opts,
    );
}

/** The smallest factor that keeps up with the declared peak; 1 where no processing time is declared. */
function plannedFactor(args: StreamConsumerFunctionArgs, ready: Ready): pulumi.Input<number> {
    const { requirements, shardCount, batchSize, processingMillisecondsPerRecord, processingMillisecondsPerBatch } =
        args;
    if (processingMillisecondsPerRecord === undefined && processingMillisecondsPerBatch === undefined) return 1;
    const declared = whenReady(ready, {
        requirements,
        shardCount,
        batchSize,
        processingMillisecondsPerRecord,
        processingMillisecondsPerBatch,
    });
    return mapInput(declared, (known) => planDeclaredConsumer(known).parallelizationFactor);
}

function recordAgeSeconds(args: StreamConsumerFunctionArgs, ready: Ready): pulumi.Input<number> {
    const retentionHours = withDefault(whenReady(ready, args.retentionHours), limits.retentionHoursDefault);
    return withDefault(args.maximumRecordAgeSeconds, mapInput(retentionHours, recordAgeSecondsFor));
}

interface Told extends Pick<AlarmSubject, "owner" | "topicArn"> {
    readonly ready: Ready;
    readonly queueName?: pulumi.Input<string> | undefined;
}

function newFunctionAlarms(
    name: string,
    args: StreamConsumerFunctionArgs,
    { owner, topicArn, ready, queueName }: Told,
    opts: pulumi.CustomResourceOptions,
): AlarmsByName<FunctionAlarmName> {
    const facts = {
        functionName: mapInput(whenReady(ready, args.function), functionNameOf),
        retentionHours: withDefault(args.retentionHours, limits.retentionHoursDefault),
        recordAgeSeconds: recordAgeSeconds(args, ready),
        functionTimeoutSeconds: withDefault(args.functionTimeoutSeconds, limits.lambdaTimeoutSecondsMax),
        ...(queueName !== undefined && { queueName }),
    };
    const stream = mapInput(whenReady(ready, args.stream), streamNameOf);
    const subject = { stream, owner, facts, topicArn, tags: args.tags };
    // Who is paused is silent because somebody wants it. The alarm is gone, not mute: one that comes back tells whom it finds silent.
    const names = functionAlarmNames.filter((alarm) => alarm !== "functionSilent" || args.enabled !== false);
    return newAlarms(name, names, args.alarms, () => subject, opts);
}
