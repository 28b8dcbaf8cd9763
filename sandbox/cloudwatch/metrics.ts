/**
 * Metrics: computed with, counted and listed. How they come is in putMetricData.ts.
 */
import { minuteMs } from "../../capacity/calendar";
import { operation } from "../wire/operation";
import { pageOf } from "../wire/pages";
import { anything, anyTimestamp, integer, listOf, oneOf, required, structure, text } from "../wire/shape";
import { combinationError, exclusive, parameterError, validationError } from "./errors";
import {
    checkPeriod,
    checkStatistic,
    compileQueries,
    dimensionsShape,
    identityOf,
    metricDataQueries,
    runQueries,
    seriesOfResult,
} from "./queries";
import { type TimeSeries } from "./series";
import { type Account } from "./state";
import { pointsOf, type Selection, statisticNames } from "./statistics";
import { secondsOf, windowsOf } from "./times";
import { type MetricStore, standardUnits } from "./store";

const name = text(1, 255);
const unit = oneOf(...standardUnits);

const datapointsMax = 100_800;

export const getMetricData = operation(
    {
        MetricDataQueries: required(metricDataQueries(500)),
        StartTime: required(anyTimestamp),
        EndTime: required(anyTimestamp),
        NextToken: text(),
        ScanBy: oneOf("TimestampDescending", "TimestampAscending"),
        MaxDatapoints: integer(1, datapointsMax),
        LabelOptions: anything(),
    },
    ({ store }: Account, input, nowMs) => {
        if (input.MetricDataQueries.length === 0)
            throw validationError("The collection MetricDataQueries must not be empty.");

        input.MetricDataQueries.forEach(({ MetricStat, Period }, index) => {
            const path = `MetricDataQueries.member.${index + 1}`;
            if (MetricStat && Period !== undefined)
                throw validationError(exclusive(`${path}.Period`, `${path}.MetricStat`));
        });
        const seconds = secondsOf(input);
        if (seconds.end < seconds.start) throw validationError("The parameter EndTime must be greater than StartTime.");
        if (seconds.end === seconds.start)
            throw validationError("The parameter StartTime must not equal parameter EndTime.");
        const windows = windowsOf(input);
        const results = runQueries(compileQueries(input.MetricDataQueries, "MetricDataQueries"), store, {
            windows,
            nowMs,
        });
        const series = results
            .filter(({ query }) => query.ReturnData ?? true)
            .flatMap((result) => seriesOfResult(result).map((each) => ({ id: result.query.Id, each })));
        // A page has as many datapoints of each series.
        const perSeries = Math.max(1, Math.floor((input.MaxDatapoints ?? datapointsMax) / Math.max(1, series.length)));
        const pages = series.map(({ id, each }) => {
            const points = presentPoints(each);
            if (input.ScanBy !== "TimestampAscending") points.reverse();
            return { id, label: each.label, ...pageOf(points, perSeries, input.NextToken) };
        });
        return {
            MetricDataResults: pages.map(({ id, label, items, nextToken }) => ({
                Id: id,
                Label: label,
                Timestamps: items.map((point) => point.timestamp),
                Values: items.map((point) => point.value),
                StatusCode: nextToken === undefined ? "Complete" : "PartialData",
            })),
            NextToken: pages.find(({ nextToken }) => nextToken !== undefined)?.nextToken,
            Messages: [],
        };
    },
);

function presentPoints({ startMs, periodMs, points }: TimeSeries): { timestamp: number; value: number }[] {
    return points.flatMap((value, index) =>
        value === undefined ? [] : [{ timestamp: (startMs + index * periodMs) / 1_000, value }],
    );
}

const statisticsDatapointsMax = 1_440;

export const getMetricStatistics = operation(
    {
        Namespace: required(name),
        MetricName: required(name),
        Dimensions: dimensionsShape,
        StartTime: required(anyTimestamp),
        EndTime: required(anyTimestamp),
        Period: required(integer(1)),
        Statistics: listOf(oneOf(...statisticNames), 1, 5),
        ExtendedStatistics: listOf(text(), 1, 10),
        Unit: unit,
    },
    ({ store }: Account, input, nowMs) => {
        const statistics = input.Statistics ?? [];
        const extended = input.ExtendedStatistics ?? [];
        if (statistics.length > 0 && extended.length > 0)
            throw combinationError(exclusive("Statistics", "ExtendedStatistics"));
        if (statistics.length + extended.length === 0)
            throw combinationError("Must specify either Statistics or ExtendedStatistics");
        extended.forEach(checkStatistic);
        checkPeriod(input.Period);
        const seconds = secondsOf(input);
        if (seconds.end <= seconds.start)
            throw parameterError("The parameter StartTime must be less than the parameter EndTime.");
        const windows = windowsOf(input)(input.Period);
        if (windows.count > statisticsDatapointsMax) {
            throw combinationError(
                `You have requested up to ${windows.count} datapoints, which exceeds the limit of ${statisticsDatapointsMax}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
            );
        }
        const units = input.Unit === undefined ? standardUnits : [input.Unit];
        const metric = identityOf(input);
        return {
            Label: input.MetricName,
            Datapoints: units.flatMap((each) => {
                const selection = { metric, unit: each, windows, nowMs };
                return datapointsOf(store, selection, statistics, extended);
            }),
        };
    },
);

/** What GetMetricStatistics tells of the data of one unit. Where a percentile is not known, AWS tells of no other either. */
function datapointsOf(
    store: MetricStore,
    selection: Selection & { readonly unit: string },
    statistics: readonly string[],
    percentiles: readonly string[],
): object[] {
    const { unit: Unit, windows } = selection;
    const names = [...statistics, ...percentiles];
    const columns = names.map((name) => [name, pointsOf(store, selection, name)] as const);
    return Array.from({ length: windows.count }, (_, index) => index).flatMap((index) => {
        const asked = columns.flatMap(([name, points]) => (points[index] === undefined ? [] : [[name, points[index]]]));
        if (asked.length === 0) return [];
        const told = Object.fromEntries(asked) as Record<string, number>;
        const Timestamp = (windows.startMs + index * windows.periodMs) / 1_000;
        return [{ Timestamp, ...(percentiles.length > 0 ? { ExtendedStatistics: told } : told), Unit }];
    });
}

export const listMetrics = operation(
    {
        Namespace: name,
        MetricName: name,
        Dimensions: listOf(structure({ Name: required(name), Value: text(1, 1_024) }), 0, 30),
        NextToken: text(),
        RecentlyActive: oneOf("PT3H"),
    },
    ({ store }: Account, input, nowMs) => {
        const sinceMs = nowMs - (input.RecentlyActive ? 3 * 60 : 14 * 24 * 60) * minuteMs;
        const filters = input.Dimensions ?? [];
        const found = store
            .list({ namespace: input.Namespace, metricName: input.MetricName, sinceMs })
            .filter(({ dimensions }) =>
                filters.every(({ Name, Value }) =>
                    Value === undefined ? Name in dimensions : dimensions[Name] === Value,
                ),
            );
        const { items, nextToken } = pageOf(
            found,
            500,
            input.NextToken,
            parameterError("Request parameter NextToken is invalid"),
        );
        const metrics = items.map(({ namespace, metricName, dimensions }) => ({
            Namespace: namespace,
            MetricName: metricName,
            Dimensions: Object.keys(dimensions)
                .sort()
                .map((each) => ({ Name: each, Value: dimensions[each] })),
        }));
        return { Metrics: metrics, NextToken: nextToken };
    },
);
