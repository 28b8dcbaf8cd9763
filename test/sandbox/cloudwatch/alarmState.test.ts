/** In which state an alarm is for which datapoints, and how it gives its reason: AWS's tables as rows. */
import { deepEqual, equal } from "node:assert/strict";

import { type StateValue } from "../../../capacity/cloudwatch/compositeRule";
import {
    type AlarmRule,
    alarmState,
    type Datapoint,
    type TreatMissingData,
} from "../../../sandbox/cloudwatch/alarmState";

const rule = (evaluationPeriods: number, datapointsToAlarm: number, treatMissingData: TreatMissingData): AlarmRule => ({
    evaluationPeriods,
    datapointsToAlarm,
    threshold: 5,
    comparison: "GreaterThanThreshold",
    treatMissingData,
});

/** `0 - X`: fine, missing, breaching; oldest first, a minute apart. */
function points(text: string): Datapoint[] {
    const values: Record<string, number | undefined> = { "0": 1, X: 9, "-": undefined };
    return text.split(" ").map((symbol, index) => ({
        timeMs: Date.UTC(2026, 10, 1, 0, index),
        value: values[symbol],
    }));
}

/** The state from each state that an alarm can be in; "kept" if it stays what it was. */
function outcome(text: string, tested: AlarmRule): StateValue | "kept" {
    const states: StateValue[] = ["OK", "ALARM", "INSUFFICIENT_DATA"];
    const found = states.map((current) => alarmState(points(text), tested, current).state);
    if (found.every((state, index) => state === states[index])) return "kept";
    equal(new Set(found).size, 1, `${text}: ${found.join(", ")}`);
    return found[0]!;
}

const treatments: TreatMissingData[] = ["missing", "ignore", "breaching", "notBreaching"];

describe("an alarm treats missing data as AWS's tables say", () => {
    const tables: [string, number, number, [string, string, string, string, string][]][] = [
        [
            "3 of 3",
            3,
            3,
            [
                ["0 - X - X", "OK", "OK", "OK", "OK"],
                ["- - - - 0", "OK", "OK", "OK", "OK"],
                ["- - - - -", "INSUFFICIENT_DATA", "kept", "ALARM", "OK"],
                ["0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
                ["- - X - -", "ALARM", "kept", "ALARM", "OK"],
                ["0 - - - -", "OK", "OK", "OK", "OK"],
                // The next datapoint may be fine, so the alarm waits.
                ["- - - - X", "kept", "kept", "ALARM", "OK"],
                ["- - - X -", "kept", "kept", "ALARM", "OK"],
                ["X X X X 0", "OK", "OK", "OK", "OK"],
            ],
        ],
        [
            "2 of 3",
            3,
            2,
            [
                ["0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
                ["0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"],
                ["0 - X - -", "OK", "OK", "ALARM", "OK"],
                ["- - - - 0", "OK", "OK", "ALARM", "OK"],
                ["- - - X -", "ALARM", "kept", "ALARM", "OK"],
                ["0 0 0 0 X", "OK", "OK", "OK", "OK"],
            ],
        ],
        [
            "1 of 1",
            1,
            1,
            [
                ["- - X", "ALARM", "ALARM", "ALARM", "ALARM"],
                ["- X -", "ALARM", "ALARM", "ALARM", "ALARM"],
                ["X 0 -", "OK", "OK", "OK", "OK"],
                ["- - -", "INSUFFICIENT_DATA", "kept", "ALARM", "OK"],
            ],
        ],
    ];
    for (const [name, evaluationPeriods, datapointsToAlarm, rows] of tables) {
        for (const [data, ...expected] of rows) {
            it(`${name}: ${data} is ${expected.join(", ")} for ${treatments.join(", ")}`, () => {
                const found = treatments.map((treatment) =>
                    outcome(data, rule(evaluationPeriods, datapointsToAlarm, treatment)),
                );
                deepEqual(found, expected);
            });
        }
    }
});

describe("an alarm compares with its threshold", () => {
    const rows: [AlarmRule["comparison"], [number, StateValue][]][] = [
        ["GreaterThanThreshold", [[4, "OK"], [5, "OK"], [6, "ALARM"]]], // prettier-ignore
        ["GreaterThanOrEqualToThreshold", [[4, "OK"], [5, "ALARM"], [6, "ALARM"]]], // prettier-ignore
        ["LessThanThreshold", [[4, "ALARM"], [5, "OK"], [6, "OK"]]], // prettier-ignore
        ["LessThanOrEqualToThreshold", [[4, "ALARM"], [5, "ALARM"], [6, "OK"]]], // prettier-ignore
    ];
    for (const [comparison, values] of rows) {
        it(`${comparison} 5`, () => {
            const found = values.map(([value]) => [
                value,
                alarmState([{ timeMs: 0, value }], { ...rule(1, 1, "missing"), comparison }, "OK").state,
            ]);
            deepEqual(found, values);
        });
    }
});

describe("an alarm gives its reason in AWS's words", () => {
    const rows: [string, AlarmRule, StateValue, string][] = [
        [
            "- - X",
            rule(1, 1, "missing"),
            "OK",
            "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (01/11/26 00:02:00)] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).",
        ],
        [
            "0 X 0 X",
            rule(3, 2, "missing"),
            "OK",
            "Threshold Crossed: 2 out of the last 3 datapoints [9.0 (01/11/26 00:03:00), 9.0 (01/11/26 00:01:00)] were greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition).",
        ],
        [
            "X 0",
            rule(1, 1, "missing"),
            "ALARM",
            "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (01/11/26 00:01:00)] was not greater than the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition).",
        ],
        ["- - - -", rule(2, 2, "missing"), "OK", "Insufficient Data: 2 datapoints were unknown."],
        [
            "- - -",
            rule(1, 1, "notBreaching"),
            "ALARM",
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",
        ],
    ];
    for (const [data, tested, current, reason] of rows)
        it(`${data} from ${current}`, () => equal(alarmState(points(data), tested, current).reason, reason));
});
