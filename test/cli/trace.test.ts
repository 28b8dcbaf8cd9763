/** A trace is what its file says: each number at its time; what is guessed, left out or filled is told, what cannot be is refused with its line. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { timeMsOf } from "../../capacity/trace/cells";
import { plainNumber, plainTimeMs } from "../../cli/trace/cells";
import { loadDefaults, loadOf } from "../../cli/trace/load";
import { readTrace, type TraceSource } from "../../cli/trace/trace";
import { leaveOut } from "../leaveOut";
import { folder, read, refusal, rowsEvery } from "./traces";

const minute = "2026-01-05 10:00:00,1\n2026-01-05 10:01:00,2.5\n2026-01-05 10:02:00,3\n";
const tenMs = Date.UTC(2026, 0, 5, 10);

describe("a trace has its numbers at their times", () => {
    const forms: readonly (readonly [title: string, content: string | Buffer, given?: Partial<TraceSource>])[] = [
        ["with a header", `time,load\n${minute}`],
        ["without a header", minute],
        ["without a newline at the end", `time,load\n${minute.trimEnd()}`],
        ["from Windows, with a mark at its front", `\ufefftime,load\r\n${minute.replaceAll("\n", "\r\n")}`],
        ["packed", gzipSync(`time,load\n${minute}`)],
        ["in UTF-16", Buffer.from(`\ufefftime,load\n${minute}`, "utf16le")],
        ["with blank lines", `time,load\n\n${minute.replaceAll("\n", "\n\n")}`],
        ["with blanks around the cells", `time , load\n${minute.replaceAll(",", " , ")}`],
        ["with semicolons", `time;load\n${minute.replaceAll(",", ";")}`],
        ["with a line for a spreadsheet above", `sep=;\ntime;load\n${minute.replaceAll(",", ";")}`],
        ["with that line for commas, from Windows", `sep=,\r\ntime,load\r\n${minute.replaceAll("\n", "\r\n")}`],
        ["with tabs", `time\tload\n${minute.replaceAll(",", "\t")}`],
        ["with quotes", `"time","load"\n${minute.replace(/([^,\n]+)/g, '"$1"')}`],
        ["with the time behind", `load,time\n${minute.replace(/(.*),(.*)\n/g, "$2,$1\n")}`],
        ["with T and Z", `time,load\n${minute.replaceAll(" ", "T").replaceAll(",", "Z,")}`],
        ["with a zone", `time,load\n${minute.replaceAll(" 10", "T12").replaceAll(",", "+02:00,")}`],
        ["without seconds", `time,load\n${minute.replaceAll(":00,", ",")}`],
        ["in seconds since 1970", `timestamp,load\n${epoch(1)}`],
        ["in ms since 1970", `ts,load\n${epoch(1e3)}`],
        ["in ns since 1970", `time,load\n${epoch(1e9)}`],
        ["in seconds since 1970, without a header", epoch(1)],
        ["by the names of its columns", `host,load,at\n${wide()}`, { column: "load", timeColumn: "at" }],
        ["by the numbers of its columns", wide(), { column: "2", timeColumn: "3" }],
        ["out of order", `time,load\n${minute.split("\n").reverse().join("\n")}`],
    ];

    function epoch(perSecond: number): string {
        return [1, 2.5, 3].map((load, at) => `${(tenMs / 1_000 + 60 * at) * perSecond},${load}\n`).join("");
    }

    function wide(): string {
        return minute.replace(/(.*),(.*)\n/g, "7,$2,$1\n");
    }

    for (const [title, content, given] of forms) {
        it(title, async () => {
            const { startMs, periodSeconds, at, loads, gaps, seconds } = await read(content, given);
            assert.deepEqual(
                { startMs, periodSeconds, seconds, at: [...at], loads: [...loads], gaps },
                { startMs: tenMs, periodSeconds: 60, seconds: 180, at: [0, 60, 120], loads: [1, 2.5, 3], gaps: [] },
            );
        });
    }

    const counted: readonly (readonly [column: string, numbers: readonly number[], startMs: number, each: number])[] = [
        ["minute", [0, 1, 2], 0, 60],
        ["minutes", [10, 11, 12], 600_000, 60],
        ["minute_of_day", [0, 5, 10], 0, 300],
        ["time (min)", [0, 1, 2], 0, 60],
        ["hour", [0, 1, 2], 0, 3_600],
        ["hour of day", [0, 1, 2], 0, 3_600],
        ["day", [1, 2, 3], 86_400_000, 86_400],
        ["time_ms", [0, 1_000, 2_000], 0, 1],
        ["second", [0, 1, 2], 0, 1],
        // Since 1970: minutes and hours by their name, seconds and ms by their size.
        ["minute", [0, 1, 2].map((at) => tenMs / 60_000 + at), tenMs, 60],
        ["hour", [0, 1, 2].map((at) => tenMs / 3_600_000 + at), tenMs, 3_600],
        ["minute", [0, 1, 2].map((at) => tenMs / 1_000 + 60 * at), tenMs, 60],
        ["hour", [0, 1, 2].map((at) => tenMs + 3_600_000 * at), tenMs, 3_600],
    ];
    for (const [column, numbers, start, each] of counted) {
        it(`${column}, from ${numbers[0]} on: a row of ${each} s`, async () => {
            const rows = numbers.map((number, at) => `${number},${at + 1}`);
            const { startMs, periodSeconds, at, column: load } = await read(`${column},load\n${rows.join("\n")}\n`);
            assert.deepEqual(
                { startMs, periodSeconds, at: [...at], load },
                { startMs: start, periodSeconds: each, at: [0, each, 2 * each], load: "load" },
            );
        });
    }

    it("the numbers of its rows, which have no name, are no load", async () => {
        const numbered = ",time,load\n0,2026-01-05 10:00,7\n1,2026-01-05 10:01,8\n";
        const { column, loads } = await read(numbered);
        assert.deepEqual([column, [...loads]], ["load", [7, 8]]);
        // By its number, and where it is all that there is.
        assert.deepEqual([...(await read(numbered, { column: "1" })).loads], [0, 1]);
        assert.deepEqual([...(await read("time,\n2026-01-05 10:00,7\n2026-01-05 10:01,8\n")).loads], [7, 8]);
    });

    it("without times: a row is a second, or what --period says", async () => {
        const plain = await read("load\n1\n2\n");
        assert.deepEqual([plain.startMs, plain.periodSeconds, plain.seconds, [...plain.at]], [undefined, 1, 2, [0, 1]]);
        assert.deepEqual(plain.told, ["There are no times: a row is a second (--period tells another)."]);
        const long = await read("1\n2\n", { periodSeconds: 300 });
        assert.deepEqual([long.periodSeconds, long.seconds, [...long.at], long.told], [300, 600, [0, 300], []]);
    });

    it("the last row lasts as long as the others, whatever the period", async () => {
        const { periodSeconds, seconds } = await read("time,n\n2026-01-05,1\n2026-01-06,2\n2026-01-07,3\n");
        assert.deepEqual([periodSeconds, seconds], [86_400, 3 * 86_400]);
    });

    it("two loads beside each other", async () => {
        const trace = await read("time,bytes,records\n2026-01-05 10:00,1,5\n2026-01-05 10:01,2,\n", {
            recordsColumn: "records",
        });
        assert.deepEqual([trace.column, [...trace.loads], [...trace.records!]], ["bytes", [1, 2], [5, 0]]);
    });
});

describe("what was done to a trace is told", () => {
    const rows: readonly (readonly [
        title: string,
        content: string,
        told: readonly string[],
        loads: readonly number[],
    ])[] = [
        [
            "cells without a number",
            "time,n\n2026-01-05 10:00,1\n2026-01-05 10:01,\n2026-01-05 10:02,NaN\n2026-01-05 10:03,4\n2026-01-05 10:04,5\n",
            ["2 rows have no load (the first on line 3): left out, as if missing."],
            [1, 4, 5],
        ],
        [
            "rows out of order",
            "time,n\n2026-01-05 10:00,1\n2026-01-05 10:02,3\n2026-01-05 10:01,2\n",
            ["Once a row stands behind a later one: sorted by time."],
            [1, 2, 3],
        ],
        [
            "times that come twice",
            "time,n\n2026-01-05 10:00,1\n2026-01-05 10:01,2\n2026-01-05 10:01,7\n2026-01-05 10:02,3\n",
            ["1 row has the time of another (the first 2026-01-05 10:01 UTC): the last one of each counts."],
            [1, 7, 3],
        ],
    ];
    for (const [title, content, told, loads] of rows) {
        it(title, async () => {
            const trace = await read(content);
            assert.deepEqual([trace.told, [...trace.loads]], [told, loads]);
        });
    }

    it("decimals of three digits in a file with semicolons, where one number tells that they are some", async () => {
        for (const other of ["0.500", "1234.500", "2.5"]) {
            const { loads } = await read(`time;n\n2026-01-05 10:00;1.500\n2026-01-05 10:01;${other}\n`);
            assert.deepEqual([...loads], [1.5, Number(other)]);
        }
        const commas = await read("time,n\n2026-01-05 10:00,1.500\n2026-01-05 10:01,2.500\n");
        assert.deepEqual([...commas.loads], [1.5, 2.5]);
    });

    it("the hour of local times that comes twice where clocks go back", async () => {
        const at = (hour: number, minute: number) => `2026-10-25 0${hour}:${minute < 10 ? "0" : ""}${minute}`;
        const quarters = (hour: number, load: number) => [0, 15, 30, 45].map((past) => `${at(hour, past)},${load}`);
        const { told, loads } = await read(
            `time,n\n${[...quarters(1, 1), ...quarters(2, 2), ...quarters(2, 3), ...quarters(3, 4)].join("\n")}\n`,
        );
        assert.deepEqual(told, [
            "Once a row stands behind a later one: sorted by time.",
            "4 rows have the time of another (the first 2026-10-25 02:00 UTC): the last one of each counts. They look like the hour that comes twice where clocks go back; in UTC, or with its zone, each row counts.",
        ]);
        assert.deepEqual([...loads], [1, 1, 1, 1, 3, 3, 3, 3, 4, 4, 4, 4]);
    });

    it("gaps: how many, how long, and what was put into them", async () => {
        const trace = await read(
            "time,n\n2026-01-05 10:00,2\n2026-01-05 10:01,2\n2026-01-05 10:04,4\n2026-01-05 10:05,4\n2026-01-05 10:06,4\n2026-01-05 10:08,4\n",
        );
        assert.deepEqual(trace.gaps, [
            { from: 120, until: 240 },
            { from: 420, until: 480 },
        ]);
        const options = { ...loadDefaults, unit: "shards", noise: 0 } as const;
        const zero = loadOf(trace, options);
        assert.deepEqual(zero.told, [
            "2 gaps, 3 minutes in all, the longest 2 minutes from 2026-01-05 10:02 UTC: taken as no load, as CloudWatch has no datapoint where nothing was written (--gaps line draws a line over them).",
        ]);
        assert.deepEqual([zero.perSecond[119], zero.perSecond[180], zero.perSecond[240]], [2, 0, 4]);
        const line = loadOf(trace, { ...options, gaps: "line" });
        assert.match(line.told[0]!, /: a straight line was drawn over them\.$/);
        assert.deepEqual(
            [line.perSecond[119], line.perSecond[179], line.perSecond[240]].map((value) => Math.round(value!)),
            [2, 3, 4],
        );
    });
});

describe("rows stand for the time until the next", () => {
    const periodsOf = async (spells: readonly (readonly [seconds: number, rows: number])[], periodSeconds?: number) => {
        const { stretches, gaps, told } = await read(`time,n\n${rowsEvery(spells, 1)}`, { periodSeconds });
        const periods = stretches.map(({ firstRow, endRow, periodSeconds: each }) => [firstRow, endRow, each]);
        return { periods, gaps: gaps.length, told };
    };

    it("older ones are coarser: each for its own", async () => {
        assert.deepEqual(
            await periodsOf([
                [3_600, 24],
                [300, 288],
                [60, 20],
            ]),
            {
                periods: [
                    [0, 24, 3_600],
                    [24, 312, 300],
                    [312, 332, 60],
                ],
                gaps: 0,
                told: [
                    "Rows come every 3,600 s until 2026-01-06 00:00 UTC, then every 300 s until 2026-01-07 00:00 UTC, then every 60 s: each stands for its own time (--period tells one for all).",
                ],
            },
        );
    });

    it("twelve at one distance are needed for that, and --period tells one for all", async () => {
        const few = await periodsOf([
            [300, 11],
            [60, 60],
        ]);
        assert.deepEqual([few.periods, few.gaps, few.told], [[[0, 71, 60]], 11, []]);
        const told = await periodsOf(
            [
                [300, 12],
                [60, 60],
            ],
            60,
        );
        assert.deepEqual([told.periods, told.gaps, told.told], [[[0, 72, 60]], 12, []]);
    });

    it("gaps in them, and rows that come late, change nothing", async () => {
        const days = rowsEvery([[300, 288 * 2]], 1)
            .trimEnd()
            .split("\n");
        const holes = days.filter((_, row) => row % 50 !== 7).map((row) => row.replace("15:00.000Z", "15:01.500Z"));
        const { stretches, told } = await read(`time,n\n${holes.join("\n")}\n`);
        assert.deepEqual([stretches.map(({ periodSeconds }) => periodSeconds), told], [[300], []]);
    });

    it("a sign of life every five minutes of the night leaves gaps", async () => {
        const nights = [1, 2].flatMap(() => [[60, 1_080] as const, [300, 72] as const]);
        const { periods, gaps, told } = await periodsOf(nights);
        assert.deepEqual([periods, gaps, told], [[[0, 2_304, 60]], 143, []]);
    });

    const neither: readonly (readonly [
        spells: readonly (readonly [seconds: number, rows: number])[],
        every: string,
    ])[] = [
        [
            [
                [60, 2_880],
                [300, 576],
            ],
            "every 60 s until 2026-01-07 00:00 UTC, then every 300 s",
        ],
        [
            [
                [300, 288],
                [60, 60],
                [300, 288],
            ],
            "every 300 s until 2026-01-06 00:00 UTC, then every 60 s until 2026-01-06 01:00 UTC, then every 300 s",
        ],
    ];
    for (const [spells, every] of neither) {
        it(`${every}: refused`, async () => {
            assert.equal(
                await refusal(periodsOf(spells)),
                `t.csv: rows come ${every}; tell with --period how many seconds each stands for, or keep the rows of one period.`,
            );
        });
    }
});

describe("what is no trace is refused, with its line and what to write", () => {
    const rows: readonly (readonly [content: string, told: string, given?: Partial<TraceSource>])[] = [
        ["", "t.csv is empty; a trace has a row for each second, minute or hour."],
        ["time,load\n", "t.csv has a header line and no row below it."],
        [
            "time,load\r2026-01-05 10:00:00,1\r2026-01-05 10:01:00,2\r",
            "t.csv is text of which each line ends with a carriage return alone; convert it: tr '\\r' '\\n' < t.csv | sharded-stream replay -",
        ],
        ["host,zone\na,b\n", "t.csv has no column of numbers (columns: host, zone); name the load's with --column."],
        [
            "time,load\n2026-01-05 10:00,1\n",
            't.csv has no column "laod"; it has: time, load. Did you mean load?',
            { column: "laod" },
        ],
        [
            "time,load,load\n2026-01-05 10:00,1,2\n",
            't.csv has 2 columns "load": nothing tells which of them is meant. Give its number: 2 or 3.',
            { column: "load" },
        ],
        [
            'time,load\n2026-01-05 10:00,1\n2026-01-05 10:01,"1,234.5"\n',
            't.csv line 3, load: "1,234.5" has thousands separators; write it as 1234.5.',
        ],
        [
            "time;load\n2026-01-05 10:00;1\n2026-01-05 10:01;1.234.567\n",
            't.csv line 3, load: "1.234.567" has thousands separators; write it as 1234567.',
        ],
        ...(
            [
                ["1,234", "has a thousands separator or a decimal comma; write it as 1234 or as 1.234."],
                ["0,234", "has a decimal comma; write it as 0.234."],
                ["1234,5", "has a decimal comma; write it as 1234.5."],
                ["1.234,5", "has thousands separators; write it as 1234.5."],
                ["1 234,5", "has thousands separators; write it as 1234.5."],
                ["28.6 MiB", "has a unit; write the number alone, in the same unit in all rows."],
                ["30.1K", "has a unit; write the number alone, in the same unit in all rows."],
            ] as const
        ).map(
            ([cell, told]) =>
                [
                    `time;load\n2026-01-05 10:00;1.5\n2026-01-05 10:01;${cell}\n`,
                    `t.csv line 3, load: "${cell}" ${told}`,
                ] as const,
        ),
        [
            "Zeit;Records\n2026-01-05 10:00;999\n2026-01-05 10:01;50.000\n2026-01-05 10:02;1.000\n",
            't.csv line 3, Records: "50.000" is 50, or 50000 if the dot separates thousands, as in a file with semicolons it may; write 50000, or separate the cells with commas.',
        ],
        [
            "Zeit;Bytes;Records\n2026-01-05 10:00;7.25;1.500\n2026-01-05 10:01;8.25;2.500\n",
            't.csv line 2, Records: "1.500" is 1.5, or 1500 if the dot separates thousands, as in a file with semicolons it may; write 1500, or separate the cells with commas.',
            { recordsColumn: "Records" },
        ],
        [
            "Zeit;IncomingBytes\n05.01.2026 10:00;1\n05.01.2026 10:01;2\n",
            't.csv line 2, Zeit: "05.01.2026 10:00" is no time; write it such as 2026-01-05 10:00:00, 2026-01-05T10:00:00Z, or seconds or ms since 1970, or name the column with --time.',
        ],
        [
            "time,load\n46027,1\n46027.0006944444,1\n",
            "t.csv: time has 46027, a date as a spreadsheet counts it; write times such as 2026-01-05 10:00:00, or name the column with --time.",
        ],
        [
            '"Label","IncomingBytes"\n"id","m1"\n"Period","60"\n"Statistic","Sum"\n"2026/01/05 10:00:00","3.5"\n"2026/01/05 10:01:00","4"\n',
            "t.csv: the 3 rows below the header have no time in Label, but id, Period and Statistic; leave them out.",
        ],
        [
            "time,load\nUTC,MiB/s\n2026-01-05 10:00,1\n2026-01-05 10:01,1\n",
            "t.csv: the row below the header has no time in time, but UTC; leave it out.",
        ],
        ...["20260105", "202601051000", "20260105100000"].map(
            (date) =>
                [
                    `date,load\n${date},1\n${date},1\n`,
                    `t.csv: date has ${date}, a date without separators; write times such as 2026-01-05 10:00:00, or name the column with --time.`,
                ] as const,
        ),
        [
            '[{"time": 1}]',
            "t.csv is JSON; make CSV of it, with a row for each second, minute or hour, such as by jq and its @csv.",
        ],
        [
            "time,load\n2026-01-05 10:00,1\n2026-01-05 10:01,many\n",
            't.csv line 3, load: "many" is no number; write it such as 1234.5, or leave the cell empty where nothing was measured.',
        ],
        ["load\n1\n-2\n", 't.csv line 3, load: "-2" is below 0; a load is 0 or more.'],
        [`load\n1\n${"7".repeat(400_000)}\n`, "t.csv line 3 is longer than 64 KiB."],
        [
            "time,load\n2026-01-05 10:00,1\n05.01.2026 10:01,1\n",
            't.csv line 3, time: "05.01.2026 10:01" is no time; write it such as 2026-01-05 10:00:00, 2026-01-05T10:00:00Z, or seconds or ms since 1970, or name the column with --time.',
        ],
        ...["2025-02-29 00:00:00", "2025-02-29", "2025/02/29 00:00", "2025-02-30T00:00:00.000Z"].map(
            (time) =>
                [
                    `time,load\n2025-02-28 00:00:00,1\n${time},1\n`,
                    `t.csv line 3, time: "${time}" is no time, for 2025-02 has 28 days; write it such as 2026-01-05 10:00:00, 2026-01-05T10:00:00Z, or seconds or ms since 1970, or name the column with --time.`,
                ] as const,
        ),
        [
            "time,load\n2026-01-05 10:00,1\n2026-01-05 10:01,1,234\n",
            "t.csv line 3 has 3 cells, more than the 2 of the first line; quote a cell that has the separator in it, and write numbers such as 1234.5.",
        ],
        [
            "time,load\n2026-01-05 10:00,1\n2026-01-05 10:01,1e308\n",
            't.csv line 3, load: "1e308" is more than anything could write; correct it, or leave the cell empty.',
        ],
        [
            "time,load\n2026-01-05 10:00,1\n",
            "t.csv has no column of numbers beside time and load (columns: time, load); name the load's with --column.",
            { recordsColumn: "load" },
        ],
        [
            "time,load\n2026-01-05 10:00,1\n2026-01-05 10:01,1\n",
            "--period: the rows of t.csv come every 60 s, so none stands for 300 s; give 60 or less, or leave it out.",
            { periodSeconds: 300 },
        ],
        ["time,load\n2026-01-05 10:00,1\n", "t.csv has one row; tell how long it lasts with --period, in seconds."],
        [
            "time,load\n2026-01-05 10:00,\n",
            "t.csv has no column of numbers beside time (columns: time, load); name the load's with --column.",
        ],
        [
            "time,load\n1970-01-01 00:00,1\n2026-01-05 10:00,1\n2026-01-05 10:01,1\n2026-01-05 10:02,1\n",
            "t.csv covers 20,458.4 days from 1970-01-01 00:00 UTC, more than 366; take a part of it, or look for a time that is wrong.",
        ],
        [
            "time,load\n2026-01-05 10:00,1\n2026-01-05 10:00,2\n2026-01-05 10:01,1\n2026-01-05 10:01,2\n",
            "t.csv: each time comes 2 times; these are several series in one file. Keep the rows of one, or their sum.",
        ],
        [
            "day,load\n20260105,1\n20260106,1\n",
            "t.csv: day has 20260106, which counts no days; write a time such as 2026-01-05 10:00:00, or name the column with --time.",
        ],
        ["a,b\n1,2\n", "--column: a is the column of the times.", { column: "a", timeColumn: "a" }],
    ];
    for (const [content, told, given] of rows)
        it(told, async () => assert.equal(await refusal(read(content, given)), told));

    describe("JSON of metrics, with the line that makes a trace of its first series", () => {
        const times = ["2026-01-05T10:01:00+00:00", "2026-01-05T10:00:00+00:00"];
        const answers: readonly (readonly [is: string, document: object])[] = [
            [
                "get-metric-data",
                {
                    MetricDataResults: [
                        { Id: "bytes", Label: "Incoming, in bytes", Timestamps: times, Values: [2.5, 1] },
                    ],
                },
            ],
            [
                "get-metric-statistics",
                {
                    Label: "Incoming, in bytes",
                    Datapoints: times.map((Timestamp, at) => ({ Timestamp, Sum: [2.5, 1][at], Unit: "Bytes" })),
                },
            ],
            [
                "Prometheus",
                {
                    status: "success",
                    data: {
                        resultType: "matrix",
                        result: [
                            {
                                metric: {},
                                values: [
                                    [tenMs / 1_000, "1"],
                                    [tenMs / 1_000 + 60, "2.5"],
                                ],
                            },
                        ],
                    },
                },
            ],
        ];
        const hasJq = spawnSync("jq", ["--version"]).status === 0;
        for (const [is, document] of answers) {
            for (const indent of [undefined, 4]) {
                it(`${is}${indent === undefined ? "" : ", in many lines"}`, async function () {
                    const text = JSON.stringify(document, undefined, indent);
                    const told = await refusal(read(text));
                    const [, filter] =
                        /^t\.csv is JSON of .*; convert it: jq -r '(.*)' t\.csv \| sharded-stream replay -$/.exec(
                            told,
                        )!;
                    assert.ok(told.includes(`JSON of ${is};`));
                    if (!hasJq) leaveOut(this, "The advised line of jq is run", "there is no jq on this machine.");
                    const { stdout } = spawnSync("jq", ["-r", filter!], { input: text, encoding: "utf8" });
                    const { startMs, loads, column } = await read(stdout);
                    const name = is === "Prometheus" ? "value" : "Incoming, in bytes";
                    assert.deepEqual([startMs, [...loads], column], [tenMs, [1, 2.5], name]);
                });
            }
        }

        it("packed, and from stdin", async () => {
            const text = JSON.stringify(answers[0]![1]);
            const filter =
                "jq -r '.MetricDataResults[0] | ([\"time\", .Label] | @csv), ([.Timestamps, .Values] | transpose[] | @csv)'";
            const told = async (file: string, stdin: Readable) =>
                (await refusal(readTrace({ file }, "sharded-stream replay -", stdin))).replace(/^.*convert it: /, "");
            const packed = path.join(folder, "m.json.gz");
            writeFileSync(packed, gzipSync(text));
            assert.equal(await told(packed, Readable.from([])), `zcat m.json.gz | ${filter} | sharded-stream replay -`);
            assert.equal(await told("-", Readable.from([Buffer.from(text)])), `${filter} | sharded-stream replay -`);
        });

        it("but a name in braces is one of CSV", async () => {
            const { column } = await read(`{at},{stream=orders}\n${minute}`);
            assert.equal(column, "{stream=orders}");
        });
    });

    it("a table is converted to CSV, whatever its tool puts out", async () => {
        assert.equal(
            await refusal(read(Buffer.from("Obj\u0001 and more"))),
            `t.csv is Avro; convert it: avro-tools tojson t.csv | duckdb -c "COPY (SELECT * FROM read_json('/dev/stdin')) TO '/dev/stdout' (FORMAT csv)" | sharded-stream replay -`,
        );
    });

    it("a file that is not there, and one that is no text", async () => {
        const missing = readTrace({ file: path.join(folder, "none.csv") }, "", Readable.from([]));
        assert.equal(await refusal(missing), "none.csv cannot be read: there is no such file.");
        assert.equal(
            await refusal(read(Buffer.alloc(100_000, "x"))),
            "t.csv begins with a row longer than 64 KiB; a trace has a row for each second, minute or hour.",
        );
        const unnamed = readTrace({ file: "" }, "", Readable.from([]));
        assert.equal(await refusal(unnamed), "The name of the file is empty: name a file, or - for stdin.");
        assert.equal(
            await refusal(read(Buffer.from("PAR1 and more"))),
            `t.csv is Parquet; convert it: duckdb -c "COPY (SELECT * FROM read_parquet('t.csv')) TO '/dev/stdout' (FORMAT csv)" | sharded-stream replay -`,
        );
    });
});

describe("cells are read as the slow way reads them", () => {
    it("numbers", () => {
        fc.assert(
            fc.property(
                fc.double({ min: 0, max: 1e12, noNaN: true }),
                fc.integer({ min: 0, max: 9 }),
                (value, digits) => {
                    const text = value.toFixed(digits);
                    const bytes = Buffer.from(text);
                    const plain = plainNumber(bytes, 0, bytes.length);
                    assert.ok(plain === undefined || plain === Number(text), text);
                },
            ),
        );
    });

    it("days, of which Date.parse takes those that are not there for others", () => {
        const date = fc.tuple(fc.integer({ min: 1970, max: 2200 }), fc.integer({ min: 0, max: 13 }), fc.nat(32));
        fc.assert(
            fc.property(date, fc.constantFrom(" 00:00:00", "T00:00Z", "T00:00:00.000Z"), ([year, month, day], rest) => {
                const text = `${year}-${twoDigits(month)}-${twoDigits(day)}${rest}`;
                const timeMs = Date.UTC(year, month - 1, day);
                const isThere = new Date(timeMs).toISOString().startsWith(text.slice(0, 10));
                const bytes = Buffer.from(text);
                const plain = plainTimeMs(bytes, 0, bytes.length);
                assert.equal(timeMsOf(text), isThere ? timeMs : undefined, text);
                assert.ok(plain === undefined || (isThere && plain === timeMs), text);
            }),
        );
        assert.equal(timeMsOf("2024-02-29"), Date.UTC(2024, 1, 29));
        assert.equal(timeMsOf("2100-02-29"), undefined);
        // The last ns since 1970 that a date can be, and one that would be later.
        assert.deepEqual(["864e19", "8641e18"].map(timeMsOf), [8.64e15, undefined]);
    });

    const twoDigits = (number: number): string => String(number).padStart(2, "0");

    it("times", () => {
        const range = { min: new Date("1970-01-01"), max: new Date("2200-01-01"), noInvalidDate: true };
        fc.assert(
            fc.property(fc.date(range), (date) => {
                const text = date.toISOString().slice(0, 19).replace("T", " ");
                const bytes = Buffer.from(text);
                const expected = Math.floor(date.getTime() / 1_000) * 1_000;
                assert.deepEqual([plainTimeMs(bytes, 0, bytes.length), timeMsOf(text)], [expected, expected]);
            }),
        );
    });
});
