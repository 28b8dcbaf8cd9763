/** Rows of CSV as RFC 4180 and csv-parse have them, in chunks of any size; a stray quote costs no other row. */
import assert from "node:assert/strict";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { CsvRows, delimiterOf } from "../../../cli/records/csv";

function rowsOf(
    text: string,
    chunkBytes = 1 << 20,
    rowBytesMax = 1 << 20,
): (readonly [line: number, ...fields: string[]])[] {
    const bytes = Buffer.from(text);
    const rows = new CsvRows(delimiterOf("file", bytes), rowBytesMax);
    const found: (readonly [number, ...string[]])[] = [];
    let rest: Buffer = Buffer.alloc(0);
    const read = (buffer: Buffer, isLast: boolean): void => {
        rows.read(buffer, isLast);
        while (rows.next()) {
            const fields = Array.from({ length: rows.fields }, (_, field) => rows.textOf(field)!);
            found.push(rows.fault === undefined ? [rows.line, ...fields] : [rows.line, `fault: ${rows.fault}`]);
        }
        rest = Buffer.from(buffer.subarray(rows.end));
    };
    for (let at = 0; at < bytes.length; at += chunkBytes)
        read(Buffer.concat([rest, bytes.subarray(at, at + chunkBytes)]), false);
    if (rest.length > 0) read(rest, true);
    return found;
}

describe("rows of CSV", () => {
    const table: readonly (readonly [title: string, text: string, rows: ReturnType<typeof rowsOf>])[] = [
        [
            "plain",
            "a,b\n1,2\n",
            [
                [1, "a", "b"],
                [2, "1", "2"],
            ],
        ],
        [
            "no newline at the end, and an empty last field",
            "a,b\n1,",
            [
                [1, "a", "b"],
                [2, "1", ""],
            ],
        ],
        [
            "Windows line ends",
            "a,b\r\n1,2\r\n",
            [
                [1, "a", "b"],
                [2, "1", "2"],
            ],
        ],
        [
            "blank lines",
            "a\n\n\r\n1\n",
            [
                [1, "a"],
                [4, "1"],
            ],
        ],
        [
            "delimiters, quotes and line breaks in quotes",
            'a,b\n"1,\n""x""",2\n3,4',
            [
                [1, "a", "b"],
                [2, '1,\n"x"', "2"],
                [4, "3", "4"],
            ],
        ],
        [
            "rows of other lengths",
            "a,b\n1\n1,2,3\n",
            [
                [1, "a", "b"],
                [2, "1"],
                [3, "1", "2", "3"],
            ],
        ],
        [
            "semicolons, with commas in the values",
            "a;b\n1,5;2\n",
            [
                [1, "a", "b"],
                [2, "1,5", "2"],
            ],
        ],
        [
            "tabs",
            "a\tb\n1\t2\n",
            [
                [1, "a", "b"],
                [2, "1", "2"],
            ],
        ],
        [
            "a quote inside a field",
            'a,b\n5" pipe,2\n',
            [
                [1, "a", "b"],
                [2, '5" pipe', "2"],
            ],
        ],
        [
            "a quote that opens and does not close",
            'a,b\n"5,2\n"6",3\n7,"8',
            [
                [1, "a", "b"],
                [2, '"5', "2"],
                [3, "6", "3"],
                [4, "7", '"8'],
            ],
        ],
        [
            "text after the closing quote",
            'a,b\n"5" x,2\n',
            [
                [1, "a", "b"],
                [2, '"5" x', "2"],
            ],
        ],
    ];
    for (const [title, text, rows] of table) {
        it(`${title}, in chunks of any size`, () => {
            assert.deepEqual(rowsOf(text), rows);
            for (const size of [1, 2, 3, 5]) assert.deepEqual(rowsOf(text, size), rows, `in chunks of ${size}`);
        });
    }

    it("of more columns than are common", () => {
        const fields = Array.from({ length: 200 }, (_, field) => `f${field}`);
        assert.deepEqual(rowsOf(fields.join(",")), [[1, ...fields]]);
    });

    it("that do not end are told, and the next ones are read", () => {
        const long = `a\n${"x".repeat(5_000)}\n"${"y\n".repeat(3)}`;
        assert.deepEqual(rowsOf(long, 100, 1_000), [
            [1, "a"],
            [2, "fault: longer than 1,000 bytes"],
            [3, '"y'],
            [4, "y"],
            [5, "y"],
        ]);
    });

    it("are those of csv-parse", () => {
        const field = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('"', ",", "\n", 'a"b', "\r\n", "größe"));
        const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 8 });
        fc.assert(
            fc.property(rows, fc.constantFrom("\n", "\r\n"), fc.integer({ min: 1, max: 40 }), (all, lineEnd, size) => {
                const written = [["id", "key"], ...all].map((row) =>
                    row.map((text) => (/[",;|\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(","),
                );
                const text = written.join(lineEnd);
                const expected = parse(text, { relax_column_count: true, skip_empty_lines: true });
                assert.deepEqual(
                    rowsOf(text, size).map(([, ...fields]) => fields),
                    expected,
                );
            }),
            { numRuns: 200 },
        );
    });
});
