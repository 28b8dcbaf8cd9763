/**
 * StreamAlarms: the alarms of one stream, created here or elsewhere. What they watch and say is in capacity/watching/alarms.ts.
 */
import * as pulumi from "@pulumi/pulumi";
import { streamAlarmsProblems } from "../capacity/streamArgs";
import { type AlarmName, alarmRows, streamAlarmNames } from "../capacity/watching/alarms";
import { type AlarmsArgs, isOn, newAlarm } from "./alarms";
import { streamNameOf } from "./arns";
import { checkArgs, mapInput, whenReady, withDefault } from "./inputs";
import { notificationTopic, type NotificationsArgs } from "./notifications";
import { type ExistingStreamArgs, type FactInputs, streamFacts } from "./streamFacts";

/** What StreamAlarms are told. */
export interface StreamAlarmsArgs extends ExistingStreamArgs {
    /** ARN of the scaler's function, which the utilization alarm then invokes at once. Default: nobody is invoked. */
    scalerFunctionArn?: pulumi.Input<string | undefined>;
    /** Which alarms exist, and their thresholds; the two on the scaler are set where the scaler is. Default: all that can. */
    alarms?: AlarmsArgs | undefined;
    /** Where the alarms go. Default: a topic of their own. */
    notifications?: NotificationsArgs | undefined;
    /** Tags of the alarms and of the own topic. Default: none. */
    tags?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
}

/** The alarms of a Kinesis stream on one SNS topic: throttling, iterator age, load against what was declared, utilization, hot shards. */
export class StreamAlarms extends pulumi.ComponentResource {
    /** @internal */
    static readonly __pulumiType = "sharded-stream:index:StreamAlarms";

    /** ARN of the topic that the alarms speak to. */
    readonly topicArn: pulumi.Output<string>;
    /** Names of the alarms, in a fixed order. */
    readonly alarmNames: pulumi.Output<string[]>;

    constructor(name: string, args: StreamAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
        super(StreamAlarms.__pulumiType, name, args as unknown as pulumi.Inputs, opts);
        const ready = checkArgs("StreamAlarms", name, args, streamAlarmsProblems, deciding(args));
        const child = { parent: this, dependsOn: ready };
        const stream = mapInput(whenReady(ready, args.stream), streamNameOf);
        const facts = alarmFacts(args);
        this.topicArn = notificationTopic(name, args.notifications, args.tags, child);
        const subject = { stream, facts, topicArn: this.topicArn, tags: args.tags };
        const alarms = streamAlarmNames
            .filter((alarm) => isOn(alarm, args.alarms?.[alarm], facts))
            .map((alarm) => {
                const invoked = alarm === "writeUtilization" ? args.scalerFunctionArn : undefined;
                const set = { threshold: args.alarms?.[alarm]?.threshold, invoked };
                return newAlarm(`${name}-${alarmRows[alarm].suffix}`, alarm, { ...subject, ...set }, child);
            });
        this.alarmNames = pulumi.all(alarms.map((alarm) => alarm.name));
        this.registerOutputs({ topicArn: this.topicArn, alarmNames: this.alarmNames });
    }
}

/** Metrics that come later may hold any: the alarm on the hottest shard is there, and silent where neither of them is on. */
function alarmFacts(args: StreamAlarmsArgs): FactInputs {
    const { hotShardMetric, ...facts } = streamFacts(args);
    if (hotShardMetric === undefined) return facts;
    return { ...facts, hotShardMetric: withDefault(hotShardMetric, "IncomingBytes") };
}

/** The arguments without which there is no topic of its own, or no alarm because nothing else says what it compares with. */
function deciding({ alarms, requirements, scaled }: StreamAlarmsArgs): string[] {
    const isWanted = (alarm: AlarmName) => alarms?.[alarm]?.enabled ?? true;
    return [
        "notifications.topicArn",
        ...(isWanted("highIncomingRecords") && requirements === undefined
            ? ["alarms.highIncomingRecords.threshold"]
            : []),
        ...(isWanted("writeUtilization") && !scaled ? ["shardCount"] : []),
    ];
}
