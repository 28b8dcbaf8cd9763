/**
 * StreamAlarms: the alarms of one stream, created here or elsewhere. What they watch and say is in capacity/alarms.ts.
 */
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as pulumi from "@pulumi/pulumi";
import { alarmName } from "../capacity/names";
import {
    alarmExists,
    type AlarmName,
    alarmNames,
    alarmRows,
    type StreamFactName,
    type StreamFacts,
    watchesOneMetric,
} from "../capacity/watching/alarms";
import { streamAlarmsProblems } from "../capacity/streamArgs";
import { streamNameOf } from "./arns";
import { checkArgs, mapInput, whenReady } from "./inputs";
import { notificationTopic, type NotificationsArgs } from "./notifications";
import { type ExistingStreamArgs, type FactInputs, streamFacts } from "./streamFacts";

/** One alarm: on with its default threshold unless told otherwise. */
export interface AlarmArgs {
    /** Whether the alarm exists. Default: true. */
    enabled?: boolean;
    /** From what on it speaks, in the alarm's own unit. Default: see the alarm. */
    threshold?: pulumi.Input<number>;
}

/** The alarms of a stream. Each exists where what it compares with is known, and can be set or switched off. */
export interface AlarmsArgs {
    /** More records come in than declared, in 2 periods of 5 minutes. Threshold in records per second. Default: `requirements.recordsPerSecond`. */
    highIncomingRecords?: AlarmArgs;
    /** Records are refused because a shard is full, in 2 periods of 5 minutes. Threshold in refused records in 5 minutes. Default: 0. */
    writeThrottling?: AlarmArgs;
    /** GetRecords calls are refused, in 2 periods of 5 minutes. Threshold in refused calls in 5 minutes. Default: 0. */
    readThrottling?: AlarmArgs;
    /** The slowest shared consumer is about to lose records, in 2 periods of 5 minutes. Threshold in seconds. Default: half of the retention time. */
    iteratorAge?: AlarmArgs;
    /** The open shards fill up, by bytes or by records, in 3 minutes. Threshold in percent, 1 to 100. Default: 80. */
    writeUtilization?: AlarmArgs;
    /** One shard nears its own limit, in 5 minutes; needs shard-level metrics. Threshold in percent of that limit, 1 to 100. Default: 80. */
    hotShard?: AlarmArgs;
}

/** What StreamAlarms are told. */
export interface StreamAlarmsArgs extends ExistingStreamArgs {
    /** ARN of the scaler's function, which the utilization alarm then invokes at once. Default: nobody is invoked. */
    scalerFunctionArn?: pulumi.Input<string>;
    /** Which alarms exist, and their thresholds. Default: all that can. */
    alarms?: AlarmsArgs;
    /** Where the alarms go. Default: a topic of their own. */
    notifications?: NotificationsArgs;
    /** Tags of the alarms and of the own topic. Default: none. */
    tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
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
        const ready = checkArgs("StreamAlarms", name, args, streamAlarmsProblems);
        const child = { parent: this, dependsOn: ready };
        const stream = mapInput(whenReady(ready, args.stream), streamNameOf);
        const facts = streamFacts(args);
        this.topicArn = notificationTopic(name, args.notifications, args.tags, child);
        const alarms = alarmNames
            .filter((alarm) => isOn(alarm, args.alarms?.[alarm], facts))
            .map((alarm) => {
                const invoked = alarm === "writeUtilization" ? args.scalerFunctionArn : undefined;
                return new cloudwatch.MetricAlarm(
                    `${name}-${alarmRows[alarm].suffix}`,
                    {
                        ...alarmInputs(alarm, stream, facts, args.alarms?.[alarm]?.threshold),
                        alarmActions: invoked === undefined ? [this.topicArn] : [this.topicArn, invoked],
                        okActions: [this.topicArn],
                        tags: args.tags,
                    },
                    child,
                );
            });
        this.alarmNames = pulumi.all(alarms.map((alarm) => alarm.name));
        this.registerOutputs({ topicArn: this.topicArn, alarmNames: this.alarmNames });
    }
}

function isOn(alarm: AlarmName, args: AlarmArgs | undefined, facts: FactInputs): boolean {
    const given = new Set(Object.keys(facts) as StreamFactName[]);
    return (args?.enabled ?? true) && alarmExists(alarm, given, args?.threshold !== undefined);
}

/** What the table says of an alarm, for one stream. Only what depends on a value that is not known yet is unknown. */
function alarmInputs(
    alarm: AlarmName,
    stream: pulumi.Input<string>,
    facts: FactInputs,
    threshold: pulumi.Input<number> | undefined,
): cloudwatch.MetricAlarmArgs {
    const row = alarmRows[alarm];
    const needed = { stream, threshold, facts: pick(facts, row.needs) };
    const thresholdOf = (known: { threshold?: number; facts: object }) =>
        known.threshold ?? row.threshold.default(known.facts as Partial<StreamFacts>);
    const watched = row.watches;
    return {
        name: mapInput(stream, (known) => alarmName(known, row.suffix)),
        alarmDescription: mapInput(needed, (known) =>
            row.describe(known.stream, thresholdOf(known), known.facts as Partial<StreamFacts>),
        ),
        ...(watchesOneMetric(watched)
            ? {
                  namespace: watched.namespace,
                  metricName: watched.metricName,
                  dimensions: { StreamName: stream },
                  statistic: watched.row.statistic,
                  unit: watched.row.unit,
                  period: row.periodSeconds,
              }
            : {
                  metricQueries: mapInput({ stream, facts: needed.facts }, (known) =>
                      watched(known.stream, known.facts as Partial<StreamFacts>),
                  ) as cloudwatch.MetricAlarmArgs["metricQueries"],
              }),
        threshold: mapInput({ threshold, facts: needed.facts }, (known) =>
            row.threshold.toMetric(thresholdOf(known), known.facts as Partial<StreamFacts>),
        ),
        comparisonOperator: row.comparisonOperator,
        evaluationPeriods: row.evaluationPeriods,
        datapointsToAlarm: row.evaluationPeriods,
        treatMissingData: row.treatMissingData,
    };
}

function pick(facts: FactInputs, names: readonly StreamFactName[]): Record<string, pulumi.Input<unknown>> {
    const wanted = names.includes("shards") ? [...names, "scaled" as const] : names;
    return Object.fromEntries(wanted.filter((name) => name in facts).map((name) => [name, facts[name]]));
}
