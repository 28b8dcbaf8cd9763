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
        ["an empty file", "", {}, "trace.csv has no column of times (columns: none). Name one with --time."],
        [
            "no numbers",
            "time,what\n2026-01-05 00:00,x\n",
            {},
            "trace.csv has no column of numbers (columns: what). Name one with --column.",
        ],
        [
            "a mistyped column",
            "time,load\n2026-01-05 00:00,1\n",
            { column: "laod" },
            "trace.csv has no column laod; did you mean load? It has load.",
        ],
        [
            "a single row",
            "time,load\n2026-01-05 00:00,1\n",
            {},
            "trace.csv: 1 usable rows in columns time and load; a day needs at least 2 rows with a time and a number of 0 or more.",
        ],
        ["a column of an empty file", "", { timeColumn: "at" }, "trace.csv has no column at; there is no other one."],
        [
            "a column beside the only one",
            "at\n2026-01-05 00:00\n2026-01-05 00:05\n",
            { column: "load" },
            "trace.csv has no column load; there is no other one.",
        ],
        [
            "rows of one moment",
            "time,load\n2026-01-05 00:00,1\n2026-01-05 00:00,2\n",
            {},
            "trace.csv: all rows have the same time in column time; a day needs two.",
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
