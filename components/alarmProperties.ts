/**
 * The properties of one alarm as its row in capacity/watching says: what is not known yet makes nothing else unknown.
 */
import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as pulumi from "@pulumi/pulumi";
import { alarmName, functionSuffix, type Owner } from "../capacity/names";
import {
    type AlarmRow,
    type StreamFactName,
    type StreamFacts,
    type WatchedMetric,
    windowOf,
} from "../capacity/watching/alarmRow";
import { type AlarmName, alarmRows, watchesOneMetric } from "../capacity/watching/alarms";
import { countQueries } from "../capacity/watching/queries";
import { withRunbook } from "../capacity/watching/runbook";
import { type AlarmArgs } from "./alarmArgs";
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

/** The consumer whose alarms these are: a plain name, as it decides which there are. */
export function consumerIn({ facts }: AlarmSubject): string | undefined {
    return facts.consumer as string | undefined;
}

/** The name in AWS, of the alarm or of the one that it goes by. */
export function nameOf(subject: AlarmSubject, suffix: string): pulumi.Input<string> {
    const { stream, owner } = subject;
    const functionName = subject.facts.functionName as pulumi.Input<string> | undefined;
    return mapInput({ stream, owner, functionName }, (known) =>
        alarmName(known.stream, functionSuffix(suffix, known.functionName), known.owner, consumerIn(subject)),
    );
}

export function describe(
    alarm: AlarmName,
    { stream, facts }: AlarmSubject,
    settings: AlarmArgs = {},
): pulumi.Input<string> {
    const row = alarmRows[alarm];
    const { threshold, periodSeconds, evaluationPeriods, datapointsToAlarm } = settings;
    const given = { threshold, periodSeconds, evaluationPeriods, datapointsToAlarm };
    return mapInput({ stream, given, facts: factsFor(row, facts) }, (known) => {
        const about = known.facts as Partial<StreamFacts>;
        const from = known.given.threshold ?? row.threshold.default(about);
        return withRunbook(alarm, row.describe(known.stream, from, about, windowOf(row, known.given, from, about)));
    });
}

/** What is watched, from when on, and over which time. */
export function watching(row: AlarmRow, { stream, facts }: AlarmSubject, settings: AlarmArgs = {}) {
    const { threshold, evaluationPeriods, datapointsToAlarm } = settings;
    const periodSeconds = withDefault(settings.periodSeconds, row.periodSeconds);
    const about = factsFor(row, facts);
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
                : mapInput({ evaluationPeriods, threshold, periodSeconds, facts: about }, (known) => {
                      const given = known.facts as Partial<StreamFacts>;
                      const from = known.threshold ?? row.threshold.default(given);
                      return windowOf(row, known, from, given).evaluationPeriods;
                  }),
        datapointsToAlarm: mapInput({ datapointsToAlarm, evaluationPeriods }, (known) => {
            const periods = known.evaluationPeriods ?? row.datapointsToAlarm ?? row.evaluationPeriods;
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

/** Of the facts those that a row goes by: what else is not known yet does not matter. */
export function factsFor({ needs, uses = [] }: AlarmRow, facts: FactInputs): Record<string, pulumi.Input<unknown>> {
    const names: readonly StreamFactName[] = [...needs, ...uses];
    const wanted = names.includes("shards") ? [...names, "scaled" as const] : names;
    return Object.fromEntries(wanted.filter((name) => name in facts).map((name) => [name, facts[name]]));
}
