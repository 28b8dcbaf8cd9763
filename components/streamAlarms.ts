/**
 * StreamAlarms: the alarms of one stream, created here or elsewhere. What they watch and say is in capacity/watching/alarms.ts.
 */
import type * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import { streamAlarmsProblems } from "../capacity/streamArgs";
import {
    type ConsumerAlarmName,
    consumerAlarmNames,
    type StreamAlarmName,
    streamAlarmNames,
} from "../capacity/watching/alarms";
import { type AlarmsArgs } from "./alarmArgs";
import { admitAlarm, type AlarmsByName, nameInAws, newAlarms } from "./alarms";
import { parseArn, streamNameOf } from "../capacity/arns";
import { checkArgs, decided, given, mapInput, whenReady, withDefault } from "./inputs";
import { notificationTopic, type NotificationsArgs } from "./notifications";
import { ownerOf } from "./owners";
import { inRegion, inTheirRegion } from "./region";
import { type ExistingStreamArgs, type FactInputs, streamFacts } from "./streamFacts";

/** What StreamAlarms are told. */
export interface StreamAlarmsArgs extends ExistingStreamArgs {
    /** ARN of the scaler's function, which the utilization alarm may then invoke, and does at once. Needs `scaled: true`. Default: nobody is invoked. */
    scalerFunctionArn?: pulumi.Input<string | undefined>;
    /** Which alarms exist, their thresholds and periods; the two on the scaler are set where the scaler is. Default: all that can. */
    alarms?: AlarmsArgs | undefined;
    /** Where the alarms go. Default: a topic of their own. */
    notifications?: NotificationsArgs | undefined;
    /** Region of the stream, where the alarms and the own topic are made; the ARNs of stream, topic and scaler are of it. Default: the provider's. Another region is other alarms. */
    region?: pulumi.Input<string | undefined>;
    /** Tags of the alarms and of the own topic. Default: none. */
    tags?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
}

/** The alarms of a Kinesis stream on one SNS topic: throttling, readers that are late or gone, load against what was declared, utilization, hot shards. */
export class StreamAlarms extends pulumi.ComponentResource {
    /** @internal */
    static readonly __pulumiType = "sharded-stream:index:StreamAlarms";

    /** ARN of the topic that the alarms speak to. */
    readonly topicArn: pulumi.Output<string>;
    /** Names of the alarms, in a fixed order. */
    readonly alarmNames: pulumi.Output<string[]>;

    constructor(name: string, args: StreamAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
        super(StreamAlarms.__pulumiType, name, args as unknown as pulumi.Inputs, inRegion(args, opts));
        args = given(args);
        const checked = checkArgs("StreamAlarms", name, args, streamAlarmsProblems, deciding(args));
        const ready = inTheirRegion(this, args, ["stream", "notifications.topicArn", "scalerFunctionArn"], checked);
        const child = { parent: this, dependsOn: ready };
        const stream = mapInput(whenReady(ready, args.stream), streamNameOf);
        const scaler = decided(args.scalerFunctionArn);
        const facts = { ...alarmFacts(args), ...(scaler !== undefined && { invokesScaler: true }) };
        const { topic, topicArn } = notificationTopic(name, args.notifications, args.tags, child);
        this.topicArn = topicArn;
        const owner = ownerOf(this, args);
        const subject = { stream, owner, facts, topicArn: this.topicArn, tags: args.tags };
        const ofStream = (alarm: StreamAlarmName) =>
            alarm === "writeUtilization" ? { ...subject, invoked: scaler } : subject;
        const alarms = newAlarms(name, streamAlarmNames, args.alarms, ofStream, child);
        const { writeUtilization: invoking } = alarms;
        // The stream's own alarm has a name that its scaler knows, and is admitted there.
        if (scaler !== undefined && owner !== undefined && invoking !== undefined) {
            const accountId = invoking.arn.apply((arn) => parseArn(arn).accountId);
            admitAlarm(name, "scaler", { function: scaler, alarmArn: invoking.arn, accountId }, child);
        }
        const ofConsumer = (consumer: string) => ({ ...subject, facts: { ...facts, consumer } });
        const consumerAlarms = Object.fromEntries(
            (args.consumers ?? []).map((consumer) => [
                consumer,
                newAlarms(name, consumerAlarmNames, args.alarms, () => ofConsumer(consumer), child),
            ]),
        );
        children.set(this, { topic, alarms, consumerAlarms });
        const all = [alarms, ...Object.values(consumerAlarms)].flatMap((some) => Object.values(some));
        this.alarmNames = pulumi.all(all.map(nameInAws));
        this.registerOutputs({ topicArn: this.topicArn, alarmNames: this.alarmNames });
    }

    /** The topic that the alarms speak to; undefined where `notifications` gives one. */
    get topic(): sns.Topic | undefined {
        return children.get(this)!.topic;
    }

    /** The alarms by their name; one that does not exist is undefined. */
    get alarms(): AlarmsByName<StreamAlarmName> {
        return children.get(this)!.alarms;
    }

    /** The alarms on each fan-out consumer, by the consumer's name and theirs. */
    get consumerAlarms(): Readonly<Record<string, AlarmsByName<ConsumerAlarmName>>> {
        return children.get(this)!.consumerAlarms;
    }
}

/** Reached by accessors: a field would be an output of the component, in every language. */
const children = new WeakMap<StreamAlarms, Pick<StreamAlarms, "topic" | "alarms" | "consumerAlarms">>();

/** Metrics that come later may hold any: the alarm on the hottest shard is there, and silent where neither of them is on. */
function alarmFacts(args: StreamAlarmsArgs): FactInputs {
    const { hotShardMetric, ...facts } = streamFacts(args);
    if (hotShardMetric === undefined) return facts;
    return { ...facts, hotShardMetric: withDefault(hotShardMetric, "IncomingBytes") };
}

/** The arguments without which there is no topic of its own, no permission, or no alarm because nothing else says what it compares with. */
function deciding({ alarms, requirements, scaled }: StreamAlarmsArgs): string[] {
    const isWanted = (alarm: StreamAlarmName) => alarms?.[alarm]?.enabled ?? true;
    return [
        "notifications.topicArn",
        "scalerFunctionArn",
        ...(isWanted("highIncomingRecords")
            ? [requirements === undefined ? "alarms.highIncomingRecords.threshold" : "requirements"]
            : []),
        ...(isWanted("writeUtilization") && !scaled ? ["shardCount"] : []),
    ];
}
