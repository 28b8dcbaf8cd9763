/**
 * One alarm as its row in capacity/watching says, some of them by their names, and what lets an alarm invoke a function.
 */
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as lambda from "@pulumi/aws/lambda";
import * as pulumi from "@pulumi/pulumi";
import { alarmName, autonamedChild, consumerSuffix, functionSuffix, type Owner } from "../capacity/names";
import {
    type AlarmRow,
    type StreamFactName,
    type StreamFacts,
    type WatchedMetric,
    windowOf,
} from "../capacity/watching/alarmRow";
import {
    alarmExists,
    type AlarmName,
    alarmRows,
    type ScalerAlarmName,
    scalerAlarmNames,
    watchesOneMetric,
} from "../capacity/watching/alarms";
import { countQueries } from "../capacity/watching/queries";
import { type AlarmArgs, type AnyAlarmsArgs, type ScalerAlarmsArgs } from "./alarmArgs";
import { isPlain, mapInput, withDefault } from "./inputs";
import { type FactInputs } from "./streamFacts";

/** What alarms are about, and whom they tell. */
export interface AlarmSubject {
    readonly stream: pulumi.Input<string>;
    /** In the alarm's name; undefined for the stream's own alarms. */
    readonly owner?: pulumi.Input<Owner> | undefined;
    readonly facts: FactInputs;
    readonly topicArn: pulumi.Input<string>;
    /** The function that the alarm invokes at once. */
    readonly invoked?: pulumi.Input<string | undefined>;
    readonly tags: cloudwatch.MetricAlarmArgs["tags"];
}

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

/** Whether an alarm exists, with what is known about the stream and what was set; one that goes by another, where that one does. */
function isOn(alarm: AlarmName, settings: AnyAlarmsArgs | undefined, facts: FactInputs): boolean {
    const { onlyAfter } = alarmRows[alarm];
    if (onlyAfter && !isOn(onlyAfter.alarm, settings, facts)) return false;
    const { enabled = true, threshold }: AlarmArgs = settings?.[alarm] ?? {};
    const given = new Set(Object.keys(facts) as StreamFactName[]);
    return enabled && alarmExists(alarm, given, threshold !== undefined);
}

/** The consumer whose alarms these are: a plain name, as it decides which there are. */
function consumerIn({ facts }: AlarmSubject): string | undefined {
    return facts.consumer as string | undefined;
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
            alarmDescription: describe(row, subject, settings),
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
            alarmDescription: mapInput({ stream, facts: pick(facts, row.needs) }, (known) =>
                describeUnread(known.stream, known.facts as Partial<StreamFacts>),
            ),
            ...watching(row, subject, settings),
            tags,
        },
        keptWhileReplaced(opts),
    );
    const firstName = "alarmName" in first ? first.alarmName : first.name;
    return new cloudwatch.CompositeAlarm(
        child(row.suffix),
        {
            alarmName: nameOf(subject, row.suffix),
            alarmDescription: describe(row, subject, settings),
            alarmRule: pulumi.interpolate`ALARM("${unread.name}") AND NOT INSUFFICIENT_DATA("${firstName}")`,
            alarmActions: [topicArn],
            okActions: [topicArn],
            tags,
        },
        keptWhileReplaced(opts),
    );
}

/** Another name is the only reason to replace an alarm, so the new one can be there before the old one goes. */
function keptWhileReplaced(opts: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
    return { ...opts, deleteBeforeReplace: false };
}

function nameOf(subject: AlarmSubject, suffix: string): pulumi.Input<string> {
    const { stream, owner } = subject;
    const functionName = subject.facts.functionName as pulumi.Input<string> | undefined;
    return mapInput({ stream, owner, functionName }, (known) =>
        alarmName(known.stream, functionSuffix(suffix, known.functionName), known.owner, consumerIn(subject)),
    );
}

function describe(row: AlarmRow, { stream, facts }: AlarmSubject, settings: AlarmArgs = {}): pulumi.Input<string> {
    const { threshold, periodSeconds, evaluationPeriods } = settings;
    const given = { threshold, periodSeconds, evaluationPeriods };
    return mapInput({ stream, given, facts: pick(facts, row.needs) }, (known) => {
        const about = known.facts as Partial<StreamFacts>;
        const from = known.given.threshold ?? row.threshold.default(about);
        return row.describe(known.stream, from, about, windowOf(row, known.given, from));
    });
}

/** What is watched, from when on, and over which time. */
function watching(row: AlarmRow, { stream, facts }: AlarmSubject, settings: AlarmArgs = {}) {
    const { threshold, evaluationPeriods, datapointsToAlarm } = settings;
    const periodSeconds = withDefault(settings.periodSeconds, row.periodSeconds);
    const about = pick(facts, row.needs);
    return {
        ...watchedBy(row.watches, { stream, facts: about, periodSeconds }),
        threshold: mapInput({ threshold, facts: about, periodSeconds }, (known) => {
            const given = known.facts as Partial<StreamFacts>;
            return row.threshold.toMetric(known.threshold ?? row.threshold.default(given), given, known);
        }),
        comparisonOperator: row.comparisonOperator,
        evaluationPeriods:
            typeof row.evaluationPeriods === "number"
                ? withDefault(evaluationPeriods, row.evaluationPeriods)
                : mapInput({ evaluationPeriods, threshold, periodSeconds }, (known) => {
                      const from = known.threshold ?? row.threshold.default({});
                      return windowOf(row, known, from).evaluationPeriods;
                  }),
        datapointsToAlarm: mapInput({ datapointsToAlarm, evaluationPeriods }, (known) => {
            const periods = known.evaluationPeriods ?? row.evaluationPeriods;
            return known.datapointsToAlarm ?? (typeof periods === "number" && periods > 1 ? periods : undefined);
        }),
        treatMissingData: withDefault(settings.treatMissingData, row.treatMissingData),
    };
}

interface Watched {
    readonly stream: pulumi.Input<string>;
    readonly facts: Record<string, pulumi.Input<unknown>>;
    readonly periodSeconds: pulumi.Input<number>;
}

type MetricsOfAlarm = Pick<
    cloudwatch.MetricAlarmArgs,
    "namespace" | "metricName" | "dimensions" | "statistic" | "unit" | "period" | "metricQueries"
>;

function watchedBy(watches: AlarmRow["watches"], { stream, facts, periodSeconds }: Watched): MetricsOfAlarm {
    const asQueries = (queries: unknown) => ({ metricQueries: queries as cloudwatch.MetricAlarmArgs["metricQueries"] });
    if (typeof watches === "function") {
        const shape = { facts, periodSeconds };
        if (isPlain(shape)) return asQueries(watches(stream, facts as Partial<StreamFacts>, periodSeconds as number));
        return asQueries(
            mapInput({ stream, ...shape }, (known) =>
                watches(known.stream, known.facts as Partial<StreamFacts>, known.periodSeconds),
            ),
        );
    }
    if (!watchesOneMetric(watches)) {
        const { id, expressionFor, labelFor } = watches;
        const expression = mapInput({ stream, facts }, (known) =>
            expressionFor(known.stream, known.facts as Partial<StreamFacts>),
        );
        const label = mapInput({ facts }, (known) => labelFor(known.facts as Partial<StreamFacts>));
        return asQueries([{ id, expression, label, period: periodSeconds, returnData: true }]);
    }
    const { namespace, metricName, row, unit, isCount } = watches;
    const dimensions = dimensionsOf(watches, stream, facts);
    const { statistic } = row;
    if (!isCount) return { namespace, metricName, dimensions, statistic, unit, period: periodSeconds };
    const metric = { namespace, metricName, dimensions, stat: statistic, unit: row.unit };
    if (isPlain(periodSeconds)) return asQueries(countQueries({ ...metric, period: periodSeconds as number }));
    return asQueries(
        mapInput({ dimensions, periodSeconds }, (known) =>
            countQueries({ ...metric, dimensions: known.dimensions, period: known.periodSeconds }),
        ),
    );
}

/** Each dimension apart, so that their names are known where a value is not. */
function dimensionsOf({ dimensions }: WatchedMetric, stream: Watched["stream"], facts: Watched["facts"]) {
    const named = (["consumer", "functionName", "queueName"] as const).filter((fact) => facts[fact] !== undefined);
    const given = { stream, facts: Object.fromEntries(named.map((fact) => [fact, facts[fact]])) };
    return Object.fromEntries(
        Object.entries(dimensions).map(([name, valueFor]) => [
            name,
            mapInput(given, (known) => valueFor(known.stream, known.facts as Partial<StreamFacts>)),
        ]),
    );
}

function pick(facts: FactInputs, names: readonly StreamFactName[]): Record<string, pulumi.Input<unknown>> {
    const wanted = names.includes("shards") ? [...names, "scaled" as const] : names;
    return Object.fromEntries(wanted.filter((name) => name in facts).map((name) => [name, facts[name]]));
}
