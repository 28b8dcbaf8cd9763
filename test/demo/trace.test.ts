/** A day of traffic is read from a CSV file, or refused with what is wrong about it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Day, loadAt, readDay, type TraceOptions } from "../../demo/trace";

describe("a day is read from a CSV file", () => {
    let folder: string;
    before(() => (folder = mkdtempSync(path.join(tmpdir(), "trace-test-"))));
    after(() => rmSync(folder, { recursive: true }));

    function read(text: string, options: Partial<TraceOptions> = {}): Day {
        const file = path.join(folder, "trace.csv");
        writeFileSync(file, text);
        return readDay({ file, ...options });
    }
    function refusal(text: string, options: Partial<TraceOptions> = {}): string {
        try {
            read(text, options);
        } catch (error) {
            return (error as Error).message.replaceAll(folder + path.sep, "");
        }
        return "it was read";
    }
    const midnight = Date.UTC(2026, 0, 5);

    it("finds the columns of times and numbers by itself", () => {
        assert.deepEqual(read("name,at,load\na,2026-01-05 00:00:00,10\nb,2026-01-05 00:05:00,20\n"), {
            startMs: midnight,
            endMs: midnight + 600_000,
            column: "load",
            points: [
                { timeMs: midnight, load: 10 },
                { timeMs: midnight + 300_000, load: 20 },
            ],
            skippedRows: 0,
        });
    });

    it("takes the day with the largest total of a longer trace", () => {
        const rows = [4, 5, 6].flatMap((date) =>
            [0, 6, 12, 18].map(
                (hour) => `2026-01-0${date}T${String(hour).padStart(2, "0")}:00:00Z,${date === 5 ? 9 : 1}`,
            ),
        );
        const day = read(`time,load\n${rows.join("\n")}\n`);
        assert.equal(day.startMs, midnight);
        assert.deepEqual(
            day.points.map(({ load }) => load),
            [9, 9, 9, 9],
        );
    });

    it("counts rows that cannot be used and loses nothing else", () => {
        const day = read(
            "time,load\n2026-01-05 00:00,1\nyesterday,2\n2026-01-05 00:10,\n2026-01-05 00:15,-1\n2026-01-05 00:20,3\n",
        );
        assert.equal(day.skippedRows, 3);
        assert.equal(day.points.length, 2);
    });

    it("reads seconds since 1970 in a named column, and rows in any order", () => {
        const day = read("epoch,load\n1767571800,2\n1767571200,1\n", { timeColumn: "epoch", column: "load" });
        assert.deepEqual(day.points, [
            { timeMs: midnight, load: 1 },
            { timeMs: midnight + 600_000, load: 2 },
        ]);
    });

    const columns: readonly (readonly [title: string, text: string])[] = [
        ["behind a name that ends in a number", "host,time,load\nweb-1,T1,1\nweb-2,T2,2\n"],
        ["behind a region", "region,time,load\nus-east-1,T1,1\nus-east-1,T2,2\n"],
        ["behind a shard", "shard,time,load\nshardId-000000000001,T1,1\nshardId-000000000001,T2,2\n"],
        ["without a header", "T1,1\nT2,2\n"],
    ];
    const epochs: readonly (readonly [unit: string, perSecond: number])[] = [
        ["seconds", 1],
        ["ms", 1e3],
        ["µs", 1e6],
        ["ns", 1e9],
    ];
    const isPlayed = (text: string) => {
        const { startMs, points, skippedRows } = read(text);
        const expected = [
            { timeMs: midnight, load: 1 },
            { timeMs: midnight + 300_000, load: 2 },
        ];
        assert.deepEqual({ startMs, points, skippedRows }, { startMs: midnight, points: expected, skippedRows: 0 });
    };
    for (const [title, text] of columns) {
        it(`finds the times ${title}`, () =>
            isPlayed(text.replace("T1", "2026-01-05 00:00").replace("T2", "2026-01-05 00:05")));
    }
    for (const [unit, perSecond] of epochs) {
        it(`finds times in ${unit} since 1970, beside a text column`, () =>
            isPlayed(
                `timestamp,host,load\n${(midnight / 1_000) * perSecond},web-1,1\n${(midnight / 1_000 + 300) * perSecond},web-2,2\n`,
            ));
    }

    it("gives a date to hours that have none", () => {
        const { startMs, endMs, points } = read("hour,load\n9,1\n10,3\n11,2\n");
        const at = (hour: number) => Date.UTC(2026, 0, 5, hour);
        assert.deepEqual([startMs, endMs, points[1]], [at(9), at(12), { timeMs: at(10), load: 3 }]);
    });

    it("takes no half of a number that a comma cuts in two", () => {
        const day = read("time,load\n2026-01-05 00:00,10\n2026-01-05 00:05,1,200\n2026-01-05 00:10,20,\n");
        assert.deepEqual([day.points.map(({ load }) => load), day.skippedRows], [[10, 20], 1]);
    });

    it("leaves out a day that the calendar does not have", () => {
        const rows = ["2025-02-28 23:50,1", "2025-02-29 00:00,9", "2025-02-30T00:00:00.000Z,9", "2025-03-01 00:00,1"];
        const day = read(`time,load\n${rows.join("\n")}\n`);
        assert.deepEqual([day.points.map(({ load }) => load), day.skippedRows], [[1, 1], 2]);
    });

    it("draws a straight line between two rows and holds the last", () => {
        const day = read("time,load\n2026-01-05 00:00,10\n2026-01-05 00:10,20\n");
        const minutes = [-5, 0, 3, 10, 15].map((minute) => loadAt(day, midnight + minute * 60_000));
        assert.deepEqual(minutes, [10, 10, 13, 20, 20]);
    });

    const refusals: readonly [title: string, text: string, options: Partial<TraceOptions>, message: string][] = [
        ["an empty file", "", {}, "trace.csv is empty; a trace has a row for each second, minute or hour."],
        ["a header alone", "time,load\n", {}, "trace.csv has a header line and no row below it."],
        [
            "no times",
            "host,load\na,1\nb,2\n",
            {},
            "trace.csv has no column of times (columns: host, load). Name one with --time.",
        ],
        [
            "no numbers",
            "time,what\n2026-01-05 00:00,x\n",
            {},
            "trace.csv has no column of numbers beside time (columns: time, what); name the load's with --column.",
        ],
        [
            "a mistyped column",
            "time,load\n2026-01-05 00:00,1\n",
            { column: "laod" },
            'trace.csv has no column "laod"; it has: time, load. Did you mean load?',
        ],
        [
            "a single row",
            "time,load\n2026-01-05 00:00,1\n",
            {},
            "trace.csv: 1 usable rows in columns time and load; a day needs at least 2 rows with a time and a number of 0 or more.",
        ],
        [
            "a column beside the only one",
            "at\n2026-01-05 00:00\n2026-01-05 00:05\n",
            { column: "load" },
            'trace.csv has no column "load"; it has: at.',
        ],
        [
            "rows of one moment",
            "time,load\n2026-01-05 00:00,1\n2026-01-05 00:00,2\n",
            {},
            "trace.csv: all rows have the same time in column time; a day needs two.",
        ],
        [
            "a busiest day of one moment",
            "time,load\n2026-01-05 10:00,5\n2026-01-06 10:01,50\n",
            {},
            "trace.csv: the busiest day, 2026-01-06, has one time only; a day needs two.",
        ],
        [
            "less than a minute",
            "time,load\n2026-01-05 10:00:00,5\n2026-01-05 10:00:29,5\n",
            {},
            "trace.csv: it covers 58 s; a day needs a minute at least.",
        ],
        [
            "several series in one file",
            `time,host,load\n${["10:00", "10:05"].flatMap((time) => ["a", "b", "c"].map((host) => `2026-01-05 ${time},${host},1\n`)).join("")}`,
            {},
            "trace.csv: each time comes 3 times; these are several series in one file. Keep the rows of one, or their sum.",
        ],
        [
            "times whose day and month nobody knows",
            "time,load\n02.11.2026 00:00,1\n02.11.2026 00:05,2\n",
            {},
            'trace.csv: 0 usable rows in columns time and load; a day needs at least 2 rows with a time and a number of 0 or more. "02.11.2026 00:00" is no time; write it such as 2026-01-05 10:00:00, 2026-01-05T10:00:00Z, or seconds or ms since 1970, or name the column with --time.',
        ],
        [
            "text that is told to be the time, which Date.parse takes for days of 2001",
            "timestamp,host,load\n1767571200,web-1,1\n1767571500,web-2,2\n",
            { timeColumn: "host" },
            'trace.csv: 0 usable rows in columns host and timestamp; a day needs at least 2 rows with a time and a number of 0 or more. "web-1" is no time; write it such as 2026-01-05 10:00:00, 2026-01-05T10:00:00Z, or seconds or ms since 1970, or name the column with --time.',
        ],
        [
            "numbers with thousands separators",
            'time,load\n2026-01-05 00:00,"1,100"\n2026-01-05 00:05,"1,200"\n',
            {},
            'trace.csv: 0 usable rows in columns time and load; a day needs at least 2 rows with a time and a number of 0 or more. "1,100" has a thousands separator or a decimal comma; write it as 1100 or as 1.100.',
        ],
        [
            "one column for both",
            "time,load\n2026-01-05 00:00,1\n2026-01-05 00:05,2\n",
            { timeColumn: "time", column: "time" },
            "--column: time is the column of the times.",
        ],
        [
            "a moment of load between two that are played",
            "time,load\n2026-01-05 00:00:00,0\n2026-01-05 00:00:10,9\n2026-01-05 00:00:20,0\n2026-01-05 23:59:00,0\n",
            {},
            "trace.csv: column load is 0 nearly all day, which is played every 30 s; there is nothing to play.",
        ],
        [
            "nothing but zeros",
            "time,load\n2026-01-05 00:00,0\n2026-01-05 00:05,0\n",
            {},
            "trace.csv: column load is 0 all day; there is nothing to play.",
        ],
    ];
    for (const [title, text, options, message] of refusals)
        it(`refuses ${title} with one line`, () => assert.equal(refusal(text, options), message));

    it("refuses a file that is not there with one line", () => {
        assert.throws(() => readDay({ file: "no-such.csv" }), {
            message: "no-such.csv cannot be read: there is no such file.",
        });
        assert.throws(() => readDay({ file: "." }), {
            message: ". cannot be read: it is a directory; name a file.",
        });
    });
});
