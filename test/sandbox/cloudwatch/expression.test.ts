/** Metric math on series that the test writes down: what it computes, and what it refuses. */
import { deepEqual, throws } from "node:assert/strict";

import { evaluate, type ExpressionContext } from "../../../sandbox/cloudwatch/evaluate";
import { parseExpression } from "../../../sandbox/cloudwatch/expression";
import { isSeries, type TimeSeries, type Value } from "../../../sandbox/cloudwatch/series";

const none = undefined;

const series = (label: string, points: (number | undefined)[]): TimeSeries => ({
    label,
    startMs: 0,
    periodMs: 300_000,
    points,
});

const metrics: Record<string, TimeSeries> = {
    m1: series("m1", [1, 2, none, 4]),
    m2: series("m2", [10, none, 30, 40]),
    errors1: series("errors1", [0, 1, 0, none]),
};

const context: ExpressionContext = {
    lookup: (id) => metrics[id]!,
    metrics: () => Object.entries(metrics).map(([id, each]) => ({ id, series: each })),
    constant: (value) => series(String(value), [value, value, value, value]),
    search: () => [],
};

/** A number, the points of a series, or the points of each series. */
function result(text: string): unknown {
    const value: Value = evaluate("e1", parseExpression("e1", text), context);
    if (isSeries(value)) return value.points;
    return typeof value === "object" ? (value as TimeSeries[]).map((each) => each.points) : value;
}

describe("metric math computes point by point", () => {
    const rows: [string, unknown][] = [
        ["m1 + m2", [11, none, none, 44]],
        ["m1 - m2", [-9, none, none, -36]],
        ["m1 * 2", [2, 4, none, 8]],
        ["m2 / m1", [10, none, none, 10]],
        ["m1 / errors1", [none, 2, none, none]],
        ["1 + 2 * 3 - 4 / 2", 5],
        ["(1 + 2) * 3", 9],
        ["2 ^ 3 * 2", 16],
        ["-m1 + 1", [0, -1, none, -3]],
        ["100 * m1 / (4 * PERIOD(m1))", [100 / 1_200, 200 / 1_200, none, 400 / 1_200]],
        ["m1 > 1", [0, 1, none, 1]],
        ["m1 >= 2 AND m1 < 4", [0, 1, none, 0]],
        ["m1 == 1 || m1 == 4", [1, 0, none, 1]],
        ["PERIOD(m1)", 300],
        ["FILL(m1, 0)", [1, 2, 0, 4]],
        ["FILL(m2, REPEAT)", [10, 10, 30, 40]],
        ["FILL(m2, LINEAR)", [10, 20, 30, 40]],
        ["FILL(m1, MIN(m1))", [1, 2, 1, 4]],
        ["FILL(m1, 0) + FILL(m2, 0)", [11, 2, 30, 44]],
        ["SUM(m1)", 7],
        ["MAX(m1)", 4],
        ["MIN(m2)", 10],
        ["AVG(m2)", 80 / 3],
        ["m1 - AVG(m1)", [1 - 7 / 3, 2 - 7 / 3, none, 4 - 7 / 3]],
        // Across several series a missing point is left out.
        ["SUM([m1, m2])", [11, 2, 30, 44]],
        ["MAX([m1, m2])", [10, 2, 30, 40]],
        ["MIN([m1, m2])", [1, 2, 30, 4]],
        ["AVG([m1, m2])", [5.5, 2, 30, 22]],
        ["SUM(METRICS())", [11, 3, 30, 44]],
        ["SUM(METRICS('errors'))", [0, 1, 0, none]],
        [
            "METRICS() / 2",
            [
                [0.5, 1, none, 2],
                [5, none, 15, 20],
                [0, 0.5, 0, none],
            ],
        ],
        ["IF(m1 > 1, m2, 0)", [0, none, none, 40]],
        ["IF(m1 > 1, 1)", [none, 1, none, 1]],
        ["IF(MAX(m1) > 3, m1, m2)", [1, 2, none, 4]],
        ["TIME_SERIES(7)", [7, 7, 7, 7]],
        ["ABS(m1 - 3)", [2, 1, none, 1]],
        ["CEIL(m1 / 3)", [1, 1, none, 2]],
        ["FLOOR(m1 / 3)", [0, 0, none, 1]],
        ["DIFF(m1)", [none, 1, none, 2]],
        ["RATE(m1)", [none, 1 / 300, none, 2 / 600]],
        ["RUNNING_SUM(m1)", [1, 3, none, 7]],
        ["DATAPOINT_COUNT(m1)", 3],
        ["sum(m1) + Max(m2)", 47],
    ];
    for (const [text, expected] of rows) it(`${text}`, () => deepEqual(result(text), expected));
});

describe("metric math knows the time of a point, also where there is no data", () => {
    const at = (time: string): ExpressionContext => ({
        ...context,
        lookup: () => ({ label: "m1", startMs: Date.parse(time), periodMs: 3_600_000, points: [1, none, 3] }),
    });
    const rows: [string, string, (number | undefined)[]][] = [
        ["MINUTE(m1)", "2026-11-27T22:05:00Z", [5, 5, 5]],
        ["HOUR(m1)", "2026-11-27T22:05:00Z", [22, 23, 0]],
        ["DAY(m1)", "2026-11-27T22:05:00Z", [5, 5, 6]],
        ["DAY(m1)", "2026-11-29T22:00:00Z", [7, 7, 1]],
        ["DATE(m1)", "2026-11-30T22:00:00Z", [30, 30, 1]],
        ["MONTH(m1)", "2026-12-31T22:00:00Z", [12, 12, 1]],
        ["YEAR(m1)", "2026-12-31T22:00:00Z", [2026, 2026, 2027]],
        ["EPOCH(m1)", "1970-01-01T01:00:00Z", [3_600, 7_200, 10_800]],
        ["IF(DAY(m1) < 6 AND HOUR(m1) >= 9, m1)", "2026-11-27T22:00:00Z", [1, none, none]],
    ];
    for (const [text, time, expected] of rows) {
        it(`${text} from ${time}`, () => {
            const value = evaluate("e1", parseExpression("e1", text), at(time)) as TimeSeries;
            deepEqual(value.points, expected);
        });
    }
});

describe("metric math refuses what CloudWatch would", () => {
    const rows: [string, string][] = [
        ["m1 +", "Error in expression 'e1': Unexpected end of expression."],
        ["m1 m2", "Error in expression 'e1': Unexpected 'm2'."],
        ["(m1", "Error in expression 'e1': Unexpected end of expression."],
        ["m1 ; m2", "Error in expression 'e1': Unexpected ';'."],
        ["FILL(m1)", "Error in expression 'e1': FILL takes 2 arguments, not 1."],
        ["FILL(m1, 'x')", "Error in expression 'e1': FILL takes a number, a time series, REPEAT or LINEAR."],
        ["[m1] + [m2]", "Error in expression 'e1': An operation between two arrays of time series is not possible."],
        ["MAX([m1, 3])", "Error in expression 'e1': A time series is expected, not 3."],
        ["'a' + 1", "Error in expression 'e1': A number or a time series is expected, not \"a\"."],
        [
            "ANOMALY_DETECTION_BAND(m1)",
            "Error in expression 'e1': The sandbox has no function ANOMALY_DETECTION_BAND. It has ABS, AVG, CEIL, DATAPOINT_COUNT, DATE, DAY, DIFF, EPOCH, FILL, FLOOR, HOUR, IF, LOG, LOG10, MAX, METRICS, MIN, MINUTE, MONTH, PERIOD, RATE, REMOVE_EMPTY, RUNNING_SUM, SEARCH, STDDEV, SUM, TIME_SERIES, YEAR.",
        ],
    ];
    for (const [text, message] of rows)
        it(text, () => throws(() => result(text), { name: "ValidationError", message }));
});
