/**
 * Metrics that are put: all of a call, or none.
 */
import { minuteMs } from "../../capacity/calendar";
import { AwsError } from "../service";
import { operation } from "../wire/operation";
import {
    anything,
    anyNumber,
    anyTimestamp,
    boolean,
    integer,
    listOf,
    oneOf,
    required,
    structure,
    text,
    timestampMs,
    type ValueOf,
} from "../wire/shape";
import { combinationError, exclusive, parameterError } from "./errors";
import { dimensionsShape, identityOf } from "./queries";
import { type Account } from "./state";
import { type MetricStore, standardUnits } from "./store";

type Datum = ValueOf<typeof datum>;

const datum = structure({
    MetricName: required(text(1, 255)),
    Dimensions: dimensionsShape,
    Timestamp: anyTimestamp,
    Value: anyNumber,
    StatisticValues: structure({
        SampleCount: required(anyNumber),
        Sum: required(anyNumber),
        Minimum: required(anyNumber),
        Maximum: required(anyNumber),
    }),
    Values: listOf(anyNumber, 0, 150),
    Counts: listOf(anyNumber, 0, 150),
    Unit: oneOf(...standardUnits),
    StorageResolution: integer(1),
});

export const putMetricData = operation(
    {
        Namespace: required(text(1, 255, "[^:].*")),
        MetricData: listOf(datum, 0, 1_000),
        EntityMetricData: anything(),
        StrictEntityValidation: boolean,
    },
    ({ store }: Account, { Namespace: namespace, MetricData }, nowMs) => {
        if (namespace.startsWith("AWS/"))
            throw parameterError(`The value ${namespace} for parameter Namespace is invalid.`);

        const data = MetricData ?? [];
        // All or nothing: each datum is checked before the first one counts.
        data.forEach((each, index) => checkDatum(each, `MetricData.member.${index + 1}`, nowMs));
        for (const each of data) recordDatum(store, namespace, each, nowMs);
    },
);

function checkDatum(datum: Datum, path: string, nowMs: number): void {
    const [given, another] = (["Value", "StatisticValues", "Values"] as const).filter(
        (member) => datum[member] !== undefined,
    );
    if (!given) {
        const message = `The parameter ${path}.Value is required.`;
        throw new AwsError("MissingRequiredParameterException", message, 400, "MissingParameter");
    }
    if (another) throw combinationError(exclusive(`${path}.${given}`, `${path}.${another}`));
    const names = (datum.Dimensions ?? []).map(({ Name }) => Name);
    if (new Set(names).size < names.length)
        throw parameterError("No metric may specify the same dimension name twice.");
    if (datum.Counts && datum.Counts.length !== datum.Values?.length)
        throw parameterError(`The parameters ${path}.Values and ${path}.Counts must be of the same size.`);

    const [odd] = numbersOf(datum).filter(([, value]) => !Number.isFinite(value));
    if (odd) throw parameterError(`The value ${odd[1]} for parameter ${path}.${odd[0]} is invalid.`);

    // 2^360, the largest magnitude that CloudWatch keeps.
    if ([datum.Value ?? 0, ...(datum.Values ?? [])].some((value) => Math.abs(value) > 2 ** 360))
        throw parameterError(`The value for parameter ${path}.Value must be from -2^360 to 2^360.`);

    const timeMs = timeOf(datum, nowMs);
    if (timeMs < nowMs - 14 * 24 * 60 * minuteMs)
        throw parameterError(`The parameter ${path}.Timestamp must specify a time no more than two weeks in the past.`);
    if (timeMs > nowMs + 120 * minuteMs) {
        throw parameterError(
            `The parameter ${path}.Timestamp must specify a time no more than two hours in the future.`,
        );
    }
}

/** Every number of a datum, by its path. */
function numbersOf({ Value, Values = [], Counts = [], StatisticValues }: Datum): [path: string, value: number][] {
    const members = (name: string, values: readonly number[]) =>
        values.map((value, index): [string, number] => [`${name}.member.${index + 1}`, value]);
    return [
        ...(Value === undefined ? [] : [["Value", Value] as [string, number]]),
        ...members("Values", Values),
        ...members("Counts", Counts),
        ...Object.entries(StatisticValues ?? {}).map(([name, value]): [string, number] => [
            `StatisticValues.${name}`,
            value,
        ]),
    ];
}

function recordDatum(store: MetricStore, namespace: string, datum: Datum, nowMs: number): void {
    const identity = {
        ...identityOf({ ...datum, Namespace: namespace }),
        unit: datum.Unit ?? "None",
        timeMs: timeOf(datum, nowMs),
    };
    if (datum.Value !== undefined) store.record({ ...identity, value: datum.Value });
    if (datum.StatisticValues) {
        const { Sum: sum, SampleCount: sampleCount, Minimum: minimum, Maximum: maximum } = datum.StatisticValues;
        store.recordStatistics({ ...identity, statistics: { sum, sampleCount, minimum, maximum } });
    }
    datum.Values?.forEach((value, index) => {
        const sampleCount = datum.Counts?.[index] ?? 1;
        const statistics = { sum: value * sampleCount, sampleCount, minimum: value, maximum: value };
        store.recordStatistics({ ...identity, statistics });
    });
}

function timeOf({ Timestamp }: Datum, nowMs: number): number {
    return Timestamp === undefined ? nowMs : timestampMs(Timestamp);
}
