/**
 * The alarms of a stream, of those who read it and of its scaler, by their names; and what lets an alarm invoke a function.
 */
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as lambda from "@pulumi/aws/lambda";
import * as pulumi from "@pulumi/pulumi";
import { autonamedChild, consumerSuffix } from "../capacity/names";
import { type StreamFactName, type StreamFacts } from "../capacity/watching/alarmRow";
import {
    alarmExists,
    type AlarmName,
    alarmRows,
    type ScalerAlarmName,
    scalerAlarmNames,
} from "../capacity/watching/alarms";
import { withRunbook } from "../capacity/watching/runbook";
import { type AlarmArgs, type AnyAlarmsArgs, type ScalerAlarmsArgs } from "./alarmArgs";
import { type AlarmSubject, consumerIn, describe, factsFor, nameOf, watching } from "./alarmProperties";
import { withFormerNames } from "./formerNames";
import { mapInput } from "./inputs";
import { type FactInputs } from "./streamFacts";

/** Alarms by their name; one that does not exist is not among them. */
export type AlarmsByName<Name extends AlarmName> = { readonly [K in Name]?: AlarmNamed<K> };

/** An alarm on silence is one that combines two. */
type AlarmNamed<Name extends AlarmName> = Name extends "consumerSilent" | "fanOutSilent"
    ? cloudwatch.CompositeAlarm
    : cloudwatch.MetricAlarm;

/** Makes those of some alarms that are on, each under the name of a component and its own. */
export function newAlarms<Name extends Exclude<AlarmName, ScalerAlarmName>>(
    name: string,
    names: readonly Name[],
    settings: AnyAlarmsArgs | undefined,
    subjectOf: (alarm: Name) => AlarmSubject,
    opts: pulumi.CustomResourceOptions,
): AlarmsByName<Name> {
    const made: Partial<Record<AlarmName, cloudwatch.MetricAlarm | cloudwatch.CompositeAlarm>> = {};
    for (const alarm of names) {
        const subject = subjectOf(alarm);
        if (!isOn(alarm, settings, subject.facts)) continue;
        const { suffix, onlyAfter } = alarmRows[alarm];
        const child = (word: string) => `${name}-${consumerSuffix(word, consumerIn(subject))}`;
        const first = onlyAfter && made[onlyAfter.alarm];
        made[alarm] = first
            ? newSilence(child, alarm, subject, settings?.[alarm], first, opts)
            : newAlarm(child(suffix), alarm, subject, settings?.[alarm], opts);
    }
    return made as AlarmsByName<Name>;
}

/** What tells that nobody scales the stream: runs that fail, and no runs. */
export function newScalerAlarms(
    name: string,
    settings: ScalerAlarmsArgs | undefined,
    told: Pick<AlarmSubject, "stream" | "topicArn" | "tags">,
    opts: pulumi.CustomResourceOptions,
): AlarmsByName<ScalerAlarmName> {
    const subject = { ...told, facts: { scaled: true } };
    const on = scalerAlarmNames.filter((alarm) => isOn(alarm, settings, subject.facts));
    const make = (alarm: ScalerAlarmName) =>
        newAlarm(`${name}-${scalerAlarmChildren[alarm]}`, alarm, subject, settings?.[alarm], opts);
    return Object.fromEntries(on.map((alarm) => [alarm, make(alarm)]));
}

const scalerAlarmChildren: Readonly<Record<ScalerAlarmName, string>> = {
    scalerFailing: "failing",
    scalerSilent: "silent",
};

/** Lets an alarm, and no other, invoke a function: by a child of the component that ends in the suffix. */
export function admitAlarm(
    component: string,
    suffix: string,
    admitted: {
        readonly function: pulumi.Input<string>;
        readonly alarmArn: pulumi.Input<string>;
        readonly accountId: pulumi.Input<string>;
    },
    opts: pulumi.CustomResourceOptions,
): void {
    const childName = (name: string) => autonamedChild("statement", `${name}-${suffix}`);
    new lambda.Permission(
        childName(component),
        {
            function: admitted.function,
            action: "lambda:InvokeFunction",
            principal: "lambda.alarms.cloudwatch.amazonaws.com",
            sourceAccount: admitted.accountId,
            sourceArn: admitted.alarmArn,
        },
        withFormerNames(opts, childName),
    );
}

/** Whether an alarm exists, with what is known about the stream and what was set; one that goes by another, where that one does. */
function isOn(alarm: AlarmName, settings: AnyAlarmsArgs | undefined, facts: FactInputs): boolean {
    const { onlyAfter } = alarmRows[alarm];
    if (onlyAfter && !isOn(onlyAfter.alarm, settings, facts)) return false;
    const { enabled = true, threshold }: AlarmArgs = settings?.[alarm] ?? {};
    const given = new Set(Object.keys(facts) as StreamFactName[]);
    return enabled && alarmExists(alarm, given, threshold !== undefined);
}

/** Makes the alarm. Only what depends on a value that is not known yet is unknown. */
function newAlarm(
    childName: string,
    alarm: AlarmName,
    subject: AlarmSubject,
    settings: AlarmArgs | undefined,
    opts: pulumi.CustomResourceOptions,
): cloudwatch.MetricAlarm {
    const row = alarmRows[alarm];
    const { topicArn, invoked } = subject;
    return new cloudwatch.MetricAlarm(
        childName,
        {
            name: nameOf(subject, row.suffix),
            alarmDescription: describe(alarm, subject, settings),
            ...watching(row, subject, settings),
            alarmActions:
                invoked === undefined
                    ? [topicArn]
                    : mapInput([topicArn, invoked], (told) => told.filter((arn) => arn !== undefined)),
            [`${row.alsoTells}Actions`]: [topicArn],
            tags: subject.tags,
        },
        keptWhileReplaced(opts),
    );
}

/** Makes an alarm without actions, and the composite one that speaks for it once the other has seen data. */
function newSilence(
    child: (word: string) => string,
    alarm: AlarmName,
    subject: AlarmSubject,
    settings: AlarmArgs | undefined,
    first: cloudwatch.MetricAlarm | cloudwatch.CompositeAlarm,
    opts: pulumi.CustomResourceOptions,
): cloudwatch.CompositeAlarm {
    const row = alarmRows[alarm];
    const { suffix, describe: describeUnread } = row.onlyAfter!;
    const { stream, facts, topicArn, tags } = subject;
    const unread = new cloudwatch.MetricAlarm(
        child(suffix),
        {
            name: nameOf(subject, suffix),
            alarmDescription: mapInput({ stream, facts: factsFor(row, facts) }, (known) =>
                withRunbook(alarm, describeUnread(known.stream, known.facts as Partial<StreamFacts>)),
            ),
            ...watching(row, subject, settings),
            tags,
        },
        keptWhileReplaced(opts),
    );
    return new cloudwatch.CompositeAlarm(
        child(row.suffix),
        {
            alarmName: nameOf(subject, row.suffix),
            alarmDescription: describe(alarm, subject, settings),
            alarmRule: pulumi.interpolate`ALARM("${unread.name}") AND NOT INSUFFICIENT_DATA("${nameInAws(first)}")`,
            alarmActions: [topicArn],
            okActions: [topicArn],
            tags,
        },
        keptWhileReplaced(opts),
    );
}

/** What an alarm of either kind is called in AWS. */
export function nameInAws(alarm: cloudwatch.MetricAlarm | cloudwatch.CompositeAlarm): pulumi.Output<string> {
    return "alarmName" in alarm ? alarm.alarmName : alarm.name;
}

/** Another name is the only reason to replace an alarm, so the new one can be there before the old one goes. */
function keptWhileReplaced(opts: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
    return { ...opts, deleteBeforeReplace: false };
}
