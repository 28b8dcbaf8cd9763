/**
 * What can be set about the alarms of a stream and of its scaler, and one alarm as its row in capacity/watching/alarms.ts says.
 */
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as lambda from "@pulumi/aws/lambda";
import type * as pulumi from "@pulumi/pulumi";
import { alarmName, autonamedChild, type Owner } from "../capacity/names";
import {
    alarmExists,
    type AlarmName,
    type AlarmRow,
    alarmRows,
    type ScalerAlarmName,
    scalerAlarmNames,
    type StreamFactName,
    watchesOneMetric,
} from "../capacity/watching/alarms";
import { mapInput } from "./inputs";
import { type FactInputs } from "./streamFacts";

/** One alarm: on with its default threshold unless told otherwise. */
export interface AlarmArgs {
    /** Whether the alarm exists. Default: true. */
    enabled?: boolean | undefined;
    /** From what on it speaks, in the alarm's own unit. Default: see the alarm. */
    threshold?: pulumi.Input<number | undefined>;
}

/** The alarms on the scaler itself. Each can be set or switched off. */
export interface ScalerAlarmsArgs {
    /** Runs of the scaler fail. Threshold in failed runs in 5 minutes. Default: 0. */
    scalerFailing?: AlarmArgs | undefined;
    /** The scaler does not run, or not far enough to see the stream. Threshold in hours of silence, 1 to 24. Default: 1. */
    scalerSilent?: AlarmArgs | undefined;
}

/** The alarms of a stream and of its scaler. Each exists where what it compares with is known, and can be set or switched off. */
export interface AlarmsArgs extends ScalerAlarmsArgs {
    /** More records come in than declared, in 2 periods of 5 minutes. Threshold in records per second. Default: `requirements.recordsPerSecond`. */
    highIncomingRecords?: AlarmArgs | undefined;
    /** Records are refused because a shard is full, in 2 periods of 5 minutes. Threshold in refused records in 5 minutes. Default: 0. */
    writeThrottling?: AlarmArgs | undefined;
    /** GetRecords calls are refused, in 2 periods of 5 minutes. Threshold in refused calls in 5 minutes. Default: 0. */
    readThrottling?: AlarmArgs | undefined;
    /** The slowest shared consumer is about to lose records, in 2 periods of 5 minutes. Threshold in seconds. Default: half of the retention time. */
    iteratorAge?: AlarmArgs | undefined;
    /** The open shards fill up, by bytes or by records, in 3 minutes. Threshold in percent, 1 to 100. Default: 80. */
    writeUtilization?: AlarmArgs | undefined;
    /** One shard nears its own limit, in 5 minutes; needs shard-level metrics. Threshold in percent of that limit, 1 to 100. Default: 80. */
    hotShard?: AlarmArgs | undefined;
}

/** What was set about some of the alarms; undefined if nothing was. */
export function alarmsOf<Name extends AlarmName>(
    names: readonly Name[],
    alarms: AlarmsArgs | undefined,
): Pick<AlarmsArgs, Name> | undefined {
    const set = names.filter((name) => alarms?.[name] !== undefined);
    return set.length === 0
        ? undefined
        : (Object.fromEntries(set.map((name) => [name, alarms?.[name]])) as Pick<AlarmsArgs, Name>);
}

/** Whether an alarm exists, with what is known about the stream and what was set. */
export function isOn(alarm: AlarmName, args: AlarmArgs | undefined, facts: FactInputs): boolean {
    const given = new Set(Object.keys(facts) as StreamFactName[]);
    return (args?.enabled ?? true) && alarmExists(alarm, given, args?.threshold !== undefined);
}

interface AlarmSubject<Facts = FactInputs> {
    readonly stream: pulumi.Input<string>;
    /** Whose alarm on the stream it is, between stream and suffix in its name; undefined for what concerns the whole stream. */
    readonly reader?: pulumi.Input<string> | undefined;
    /** In the alarm's name; undefined for the stream's own alarms. */
    readonly owner?: pulumi.Input<Owner> | undefined;
    readonly facts: Facts;
    readonly threshold: pulumi.Input<number | undefined>;
    readonly topicArn: pulumi.Input<string>;
    /** The function that the alarm invokes at once. */
    readonly invoked?: pulumi.Input<string | undefined>;
    readonly tags: cloudwatch.MetricAlarmArgs["tags"];
}

/** Makes an alarm of the stream or of its scaler. */
export function newAlarm(
    childName: string,
    alarm: AlarmName,
    subject: AlarmSubject,
    opts: pulumi.CustomResourceOptions,
): cloudwatch.MetricAlarm {
    const row = alarmRows[alarm];
    return newAlarmOf(childName, row, { ...subject, facts: pick(subject.facts, row.needs) }, opts);
}

/** Makes the alarm of a row, told the facts that the row needs. Only what depends on a value that is not known yet is unknown. */
export function newAlarmOf<Facts>(
    childName: string,
    row: AlarmRow<Facts>,
    { stream, reader, owner, facts, threshold, topicArn, invoked, tags }: AlarmSubject<object>,
    opts: pulumi.CustomResourceOptions,
): cloudwatch.MetricAlarm {
    const needed = { stream, threshold, facts };
    const thresholdOf = (known: { threshold?: number; facts: object }) =>
        known.threshold ?? row.threshold.default(known.facts as Partial<Facts>);
    const { evaluationPeriods: periods, watches: watched } = row;
    return new cloudwatch.MetricAlarm(
        childName,
        {
            name: mapInput({ stream, reader, owner }, (known) =>
                alarmName(known.stream, [known.reader ?? [], row.suffix].flat().join("-"), known.owner),
            ),
            alarmDescription: mapInput(needed, (known) =>
                row.describe(known.stream, thresholdOf(known), known.facts as Partial<Facts>),
            ),
            ...(watchesOneMetric(watched)
                ? {
                      namespace: watched.namespace,
                      metricName: watched.metricName,
                      dimensions: { [watched.dimension.name]: mapInput(stream, watched.dimension.valueFor) },
                      statistic: watched.row.statistic,
                      unit: watched.unit,
                      period: row.periodSeconds,
                  }
                : {
                      metricQueries: mapInput({ stream, facts: needed.facts }, (known) =>
                          watched(known.stream, known.facts as Partial<Facts>),
                      ) as cloudwatch.MetricAlarmArgs["metricQueries"],
                  }),
            threshold: mapInput({ threshold, facts: needed.facts }, (known) =>
                row.threshold.toMetric(thresholdOf(known), known.facts as Partial<Facts>),
            ),
            comparisonOperator: row.comparisonOperator,
            evaluationPeriods:
                typeof periods === "number"
                    ? periods
                    : mapInput({ threshold, facts: {} }, (known) => periods(thresholdOf(known))),
            datapointsToAlarm: typeof periods === "number" && periods > 1 ? periods : undefined,
            treatMissingData: row.treatMissingData,
            alarmActions:
                invoked === undefined
                    ? [topicArn]
                    : mapInput([topicArn, invoked], (told) => told.filter((arn) => arn !== undefined)),
            [`${row.alsoTells}Actions`]: [topicArn],
            tags,
        },
        // Another name is the only reason to replace an alarm, so the new one can be there before the old one goes.
        { ...opts, deleteBeforeReplace: false },
    );
}

/** Lets an alarm, and no other, invoke a function. */
export function admitAlarm(
    childName: string,
    admitted: {
        readonly function: pulumi.Input<string>;
        readonly alarmArn: pulumi.Input<string>;
        readonly accountId: pulumi.Input<string>;
    },
    opts: pulumi.CustomResourceOptions,
): void {
    new lambda.Permission(
        autonamedChild("statement", childName),
        {
            function: admitted.function,
            action: "lambda:InvokeFunction",
            principal: "lambda.alarms.cloudwatch.amazonaws.com",
            sourceAccount: admitted.accountId,
            sourceArn: admitted.alarmArn,
        },
        opts,
    );
}

/** What tells that nobody scales the stream: runs that fail, and no runs. */
export function newScalerAlarms(
    name: string,
    alarms: ScalerAlarmsArgs | undefined,
    told: Pick<AlarmSubject, "stream" | "topicArn" | "tags">,
    opts: pulumi.CustomResourceOptions,
): MetricAlarms<ScalerAlarmName> {
    const facts = { scaled: true };
    return byName(scalerAlarmNames, alarms, facts, (alarm, threshold) =>
        newAlarm(`${name}-${scalerAlarmChildren[alarm]}`, alarm, { ...told, facts, threshold }, opts),
    );
}

/** Alarms by their name; one that does not exist is not among them. */
export type MetricAlarms<Name extends AlarmName> = Readonly<Partial<Record<Name, cloudwatch.MetricAlarm>>>;

/** Makes those of some alarms that are on. */
export function byName<Name extends AlarmName>(
    names: readonly Name[],
    alarms: AlarmsArgs | undefined,
    facts: FactInputs,
    make: (alarm: Name, threshold: pulumi.Input<number | undefined>) => cloudwatch.MetricAlarm,
): MetricAlarms<Name> {
    const on = names.filter((alarm) => isOn(alarm, alarms?.[alarm], facts));
    return Object.fromEntries(
        on.map((alarm) => [alarm, make(alarm, alarms?.[alarm]?.threshold)]),
    ) as MetricAlarms<Name>;
}

const scalerAlarmChildren: Readonly<Record<ScalerAlarmName, string>> = {
    scalerFailing: "failing",
    scalerSilent: "silent",
};

function pick(facts: FactInputs, names: readonly StreamFactName[]): Record<string, pulumi.Input<unknown>> {
    const wanted = names.includes("shards") ? [...names, "scaled" as const] : names;
    return Object.fromEntries(wanted.filter((name) => name in facts).map((name) => [name, facts[name]]));
}
