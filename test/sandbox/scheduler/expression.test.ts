/** When a schedule expression is due, and which ones are refused. */
import { deepEqual, equal, throws } from "node:assert/strict";

import { parseSchedule } from "../../../sandbox/scheduler/expression";

/** A Sunday. */
const start = Date.UTC(2026, 10, 1, 10, 30, 15);

describe("a schedule is due", () => {
    const rows: [string, string[]][] = [
        ["rate(1 minute)", ["2026-11-01T10:31:15Z", "2026-11-01T10:32:15Z"]],
        ["rate(5 minutes)", ["2026-11-01T10:35:15Z", "2026-11-01T10:40:15Z"]],
        ["rate(1 hour)", ["2026-11-01T11:30:15Z", "2026-11-01T12:30:15Z"]],
        ["rate(2 days)", ["2026-11-03T10:30:15Z", "2026-11-05T10:30:15Z"]],
        ["cron(* * * * ? *)", ["2026-11-01T10:31:00Z", "2026-11-01T10:32:00Z"]],
        ["cron(0/15 * * * ? *)", ["2026-11-01T10:45:00Z", "2026-11-01T11:00:00Z"]],
        ["cron(0 8,20 * * ? *)", ["2026-11-01T20:00:00Z", "2026-11-02T08:00:00Z"]],
        ["cron(15 10 ? * MON-FRI *)", ["2026-11-02T10:15:00Z", "2026-11-03T10:15:00Z"]],
        ["cron(0 0 1 JAN ? *)", ["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"]],
        ["cron(0 0 L * ? *)", ["2026-11-30T00:00:00Z", "2026-12-31T00:00:00Z"]],
        ["cron(0 0 29 2 ? *)", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]],
        ["at(2026-12-24T18:00:00)", ["2026-12-24T18:00:00Z"]],
        ["at(2026-10-24T18:00:00)", []],
        ["cron(0 0 1 1 ? 2020)", []],
    ];
    for (const [expression, expected] of rows) {
        it(`${expression}: ${expected.join(", ") || "never again"}`, () => {
            const schedule = parseSchedule(expression, start);
            const found: number[] = [];
            for (let after: number | undefined = start; found.length < 2;) {
                after = schedule.next(after);
                if (after === undefined) break;
                found.push(after);
            }
            deepEqual(
                found,
                expected.map((time) => Date.parse(time)),
            );
        });
    }

    it("a rate that the clock ran past is due at its next time", () =>
        equal(parseSchedule("rate(5 minutes)", start).next(start + 14 * 60_000), start + 15 * 60_000));
});

describe("a schedule expression is refused", () => {
    const rows = [
        "every minute",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(30 seconds)",
        "cron(* * * * *)",
        "cron(* * * * * *)",
        "cron(0 24 * * ? *)",
        "cron(60 0 * * ? *)",
        "cron(0 0 ? * XYZ *)",
        "cron(0/0 0 * * ? *)",
        "at(tomorrow)",
        "at(2026-11-31T18:00:00)",
        "at(2026-12-24T24:00:00)",
        "at(2026-12-24T18:00:00.5)",
    ];
    for (const expression of rows) {
        it(expression, () =>
            throws(() => parseSchedule(expression, start), {
                name: "ValidationException",
                message: `Invalid Schedule Expression ${expression}.`,
            }),
        );
    }
});
