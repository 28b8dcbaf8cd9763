/** The keys of a file are the same in whatever format it comes; what cannot be read is refused with the command that converts it. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { uniformRing } from "../../capacity/keys/hashRing";
import { type KeySample, KeyTally } from "../../capacity/keys/sample";
import { type KeySource } from "../../cli/keyRecords";
import { type KeyReading, readKeys } from "../../cli/keySource";

let folder: string;
before(() => (folder = mkdtempSync(path.join(tmpdir(), "key-formats-"))));
after(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, content: string | Buffer): string {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    return file;
}

async function read(source: KeySource, stdin = Readable.from([])): Promise<{ reading: KeyReading; sample: KeySample }> {
    const tally = new KeyTally(uniformRing(4));
    const reading = await readKeys(source, tally, () => undefined, stdin);
    return { reading, sample: tally.sample() };
}

const keysOf = (sample: KeySample): Record<string, number> =>
    Object.fromEntries(sample.keys.map(({ key, weight }) => [key, weight]));

/** Ids that JSON.parse makes one of, or writes anew. */
const ids = ["9007199254740992", "9007199254740993", "1.0", "1e3", "-0", "18446744073709551615"];
const documents = ids.map((id, index) => `{"event":{"id":${id}},"bytes":${index + 1},"text":"a}{\\"["}`);
const expected = Object.fromEntries(ids.map((id, index) => [id, index + 1]));
const trail = `{"Records":[${documents.join(",")}]}`;
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const dump = (data: readonly string[]): string =>
    `{\n  "Records": [\n${data
        .map((text, at) => `    {"SequenceNumber": "${at}", "Data": "${base64(text)}", "PartitionKey": "p-${at}"}`)
        .join(",\n")}\n  ],\n  "NextShardIterator": "AAAA",\n  "MillisBehindLatest": 0\n}`;
const utf16be = (text: string): Buffer => Buffer.from(`\ufeff${text}`, "utf16le").swap16();
const lines = documents.join("\n");

describe("the digits of a number and the weights are the same", () => {
    const forms: readonly (readonly [title: string, file: string, content: string | Buffer, format: string])[] = [
        ["a document a line", "a.ndjson", lines, "ndjson"],
        ["a document a line, by its looks alone", "a.txt", lines, "ndjson"],
        ["a document a line, on Windows, with blank lines", "a.jsonl", lines.replaceAll("\n", "\r\n\r\n"), "ndjson"],
        [
            "two documents on a line, as Firehose may write them",
            "a.log",
            `${documents.slice(0, 4).join("\n")}\n${documents.slice(4).join("")}`,
            "ndjson",
        ],
        ["Firehose, no newline at all", "orders-1-2026-11-02-12-00-00", documents.join(""), "json"],
        [
            "pretty-printed documents",
            "pretty.json",
            documents.map((text) => text.replace(/,/, ",\n  ").replace("{", "{\n  ")).join("\n"),
            "json",
        ],
        ["an array", "array.json", `[${documents.join(",")}]`, "json"],
        ["a pretty-printed array, by its looks alone", "array", `[\n  ${documents.join(",\n  ")}\n]\n`, "json"],
        ["CloudTrail", "trail.json", trail, "json"],
        ["CloudTrail files one after another", "trails", `${trail}\n${trail.replace(/\[.*\]/, "[]")}`, "json"],
        ["get-records, by a field of the data", "dump.json", dump(documents), "json"],
        ["gzip", "a.json.gz", zlib.gzipSync(lines), "ndjson"],
        [
            "gzip in two members, as cat leaves it",
            "two.gz",
            Buffer.concat([zlib.gzipSync(documents.slice(0, 2).join("")), zlib.gzipSync(documents.slice(2).join(""))]),
            "json",
        ],
        ["gzip twice", "twice.gz", zlib.gzipSync(zlib.gzipSync(trail)), "json"],
        ["UTF-8 with a byte order mark", "bom.json", `\ufeff${lines}`, "ndjson"],
        ["UTF-16, little end first", "le.json", Buffer.from(`\ufeff${lines}`, "utf16le"), "ndjson"],
        ["UTF-16, big end first", "be", utf16be(trail), "json"],
        ["UTF-16 without a mark", "nomark", Buffer.from(lines, "utf16le"), "ndjson"],
        ["CSV", "a.csv", `bytes,event.id\n${ids.map((id, at) => `${at + 1},${id}`).join("\n")}\n`, "csv"],
        [
            "CSV with semicolons and quotes, by its looks alone",
            "rows",
            `"bytes";"event.id"\n${ids.map((id, at) => `"${at + 1}";"${id}"`).join("\r\n")}\n`,
            "csv",
        ],
        [
            "TSV in UTF-16, as Excel writes it",
            "a.tsv",
            Buffer.from(`\ufeffevent.id\tbytes\r\n${ids.map((id, at) => `${id}\t${at + 1}`).join("\r\n")}`, "utf16le"),
            "csv",
        ],
    ];
    for (const [title, name, content, format] of forms) {
        it(`in ${title}`, async () => {
            const { reading, sample } = await read({
                file: fileOf(name, content),
                column: "event.id",
                weight: "bytes",
            });
            assert.deepEqual(keysOf(sample), expected);
            assert.deepEqual([reading.format, reading.badLines, sample.records], [format, 0, ids.length]);
        });
    }

    it("in zstd, where Node.js unpacks it; elsewhere the command is named", async () => {
        const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: string) => Buffer };
        const file = fileOf(
            "a.json.zst",
            zstdCompressSync?.(lines) ?? Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0]),
        );
        const reading = read({ file, column: "event.id", weight: "bytes" });
        if (zstdCompressSync !== undefined) return assert.deepEqual(keysOf((await reading).sample), expected);
        return assert.rejects(reading, {
            message: `${file} is zstd, which Node.js unpacks from 22.15 on (this is ${process.version}); convert it: zstd -dc ${file} | sharded-stream keys analyze -`,
        });
    });

    it("on stdin, in pieces of any size", async () => {
        for (const text of [lines, trail, documents.join("")]) {
            const pieces = text.match(/[^]{1,5}/g)!.map((piece) => Buffer.from(piece));
            const { sample } = await read({ file: "-", column: "event.id", weight: "bytes" }, Readable.from(pieces));
            assert.deepEqual(keysOf(sample), expected);
        }
    });
});

describe("the key of a record", () => {
    it("of get-records is its partition key, where no field is named", async () => {
        const { sample } = await read({ file: fileOf("own.json", dump(["{}", "not JSON"])) });
        assert.deepEqual(keysOf(sample), { "p-0": 1, "p-1": 1 });
    });

    it("of documents that are keys themselves is their text", async () => {
        const { sample } = await read({ file: fileOf("keys.json", '["a", 12345678901234567890, 1.0, "a"]') });
        assert.deepEqual(keysOf(sample), { a: 2, "12345678901234567890": 1, "1.0": 1 });
    });

    it("of CSV is what stands in its column, in whatever quotes and letters", async () => {
        const rows = 'key,n\n"a,b",1\n"say ""hi""",2\ngröße 日本,3\n"two\nlines",4\n';
        const { sample } = await read({ file: fileOf("kinds.csv", rows), column: "key", weight: "n" });
        assert.deepEqual(keysOf(sample), { "a,b": 1, 'say "hi"': 2, "größe 日本": 3, "two\nlines": 4 });
    });

    it("that cannot be read is counted with its line and its reason, and the others count", async () => {
        const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
        const bad: readonly (readonly [
            name: string,
            content: string | Buffer,
            reasons: readonly (readonly [number, string])[],
        ])[] = [
            [
                "bad.ndjson",
                '{"k":"a"}\n{"k":\n{"x":1}\n{"k":""}\n{"k":"b"}',
                [
                    [2, "not JSON"],
                    [3, "no k"],
                    [4, "empty"],
                ],
            ],
            [
                "bad.json",
                '[{"k":"a"},\n{"k":null},\n{"k":"b"}',
                [
                    [2, "no k"],
                    [3, "the input ends inside it"],
                ],
            ],
            // `produce` takes none of them for a key either.
            [
                "flags.ndjson",
                '{"k":"a"}\n{"k":true}\n{"k":{"id":1}}\n{"k":[1]}\n{"k":"b"}',
                [
                    [2, "true is no text and no number"],
                    [3, "no k"],
                    [4, "no k"],
                ],
            ],
            // As they are read, both keys are M\ufffdller, and a hot one. Another field does no harm.
            [
                "latin1.ndjson",
                latin1('{"k":"a"}\n{"k":"M\xfcller"}\n{"k":"M\xf6ller"}\n{"k":"b","name":"M\xfcller"}'),
                [
                    [2, "not UTF-8"],
                    [3, "not UTF-8"],
                ],
            ],
            ["latin1.json", latin1('[{"k":"a"},\n{"k":"M\xfcller"},\n{"k":"b"}]'), [[2, "not UTF-8"]]],
            [
                "bad.csv",
                Buffer.concat([Buffer.from("n,k\n1,a\n2,\n3\n4,"), Buffer.from([0xe4, 10]), Buffer.from("5,b\n")]),
                [
                    [3, "empty"],
                    [4, "no k"],
                    [5, "not UTF-8"],
                ],
            ],
        ];
        for (const [name, content, reasons] of bad) {
            const { reading, sample } = await read({ file: fileOf(name, content), column: "k" });
            assert.deepEqual(keysOf(sample), { a: 1, b: 1 }, name);
            assert.deepEqual(
                reading.firstBadLines.map(({ line, reason }) => [line, reason]),
                reasons,
                name,
            );
        }
    });
});

describe("a weight is 0, or a number whose square is one", () => {
    const bad: readonly (readonly [weight: string, reason: string])[] = [
        ["1e308", "n is above 1e15"],
        ["1e999", "n is above 1e15"],
        ["1000000000000001", "n is above 1e15"],
        ["1e-16", "n is below 1e-15 and not 0"],
        ["-1", "n is not a number of 0 or more"],
        ["many", "n is not a number of 0 or more"],
    ];
    for (const [weight, reason] of bad) {
        it(`${weight}: a bad line in each format`, async () => {
            const csv = fileOf("weights.csv", `k,n\na,2\nb,${weight}\n`);
            const json = fileOf("weights.ndjson", `\n{"k":"a","n":2}\n{"k":"b","n":"${weight}"}\n`);
            for (const file of [csv, json]) {
                const { reading, sample } = await read({ file, column: "k", weight: "n" });
                const lines = reading.firstBadLines.map((line) => [line.line, line.reason]);
                assert.deepEqual([keysOf(sample), sample.weight, lines], [{ a: 2 }, 2, [[3, reason]]]);
            }
        });
    }

    it("and the largest, the smallest and none at all are taken", async () => {
        const { reading, sample } = await read({
            file: fileOf("weights.csv", "k,n\na,1e15\nb,999999999999999\nc,1e-15\nd,0\n"),
            column: "k",
            weight: "n",
        });
        assert.deepEqual([sample.records, sample.weight, reading.badLines], [4, 1_999_999_999_999_999, 0]);
    });
});

describe("what cannot be read is refused with what to do", () => {
    const magic = (bytes: string): Buffer => Buffer.concat([Buffer.from(bytes, "latin1"), Buffer.alloc(64)]);
    const refusals: readonly (readonly [name: string, content: string | Buffer, says: (file: string) => string])[] = [
        [
            "a.parquet",
            magic("PAR1"),
            (file) =>
                `${file} is Parquet; convert it: duckdb -c "COPY (SELECT * FROM read_parquet('${file}')) TO '/dev/stdout' (FORMAT json)" | sharded-stream keys analyze -`,
        ],
        [
            "b.bz2",
            magic("BZh9"),
            (file) => `${file} is bzip2; convert it: bzip2 -dc ${file} | sharded-stream keys analyze -`,
        ],
        [
            "c.xz",
            magic("\xfd7zXZ\0"),
            (file) => `${file} is xz; convert it: xz -dc ${file} | sharded-stream keys analyze -`,
        ],
        [
            "d.lz4",
            magic("\x04\x22\x4d\x18"),
            (file) => `${file} is lz4; convert it: lz4 -dc ${file} | sharded-stream keys analyze -`,
        ],
        [
            "e f.zip",
            magic("PK\x03\x04"),
            (file) => `${file} is a zip archive; convert it: unzip -p '${file}' | sharded-stream keys analyze -`,
        ],
        [
            "g.orc",
            magic("ORC"),
            (file) => `${file} is ORC; convert it: orc-contents ${file} | sharded-stream keys analyze -`,
        ],
        [
            "h.avro",
            magic("Obj\x01"),
            (file) => `${file} is Avro; convert it: avro-tools tojson ${file} | sharded-stream keys analyze -`,
        ],
        [
            "i.txt",
            Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), magic("a\0\0\0")]),
            (file) =>
                `${file} is UTF-32 text; convert it: iconv -f UTF-32 -t UTF-8 ${file} | sharded-stream keys analyze -`,
        ],
        [
            "j.gz",
            zlib.gzipSync(magic("PAR1")),
            (file) =>
                `${file} is Parquet; convert it: gzip -dc ${file} > FILE && duckdb -c "COPY (SELECT * FROM read_parquet('FILE')) TO '/dev/stdout' (FORMAT json)" | sharded-stream keys analyze -`,
        ],
        [
            "j.gz.gz",
            zlib.gzipSync(zlib.gzipSync(magic("BZh9"))),
            (file) =>
                `${file} is bzip2; convert it: gzip -dc ${file} | gzip -dc - | bzip2 -dc - | sharded-stream keys analyze -`,
        ],
        [
            "mac.txt",
            "u-1\ru-2\ru-1\r",
            (file) =>
                `${file} is text of which each line ends with a carriage return alone; convert it: tr '\\r' '\\n' < ${file} | sharded-stream keys analyze -`,
        ],
        [
            "mac.csv.gz",
            zlib.gzipSync("id,bytes\ru-1,10\ru-2,20"),
            (file) =>
                `${file} is text of which each line ends with a carriage return alone; convert it: gzip -dc ${file} | tr '\\r' '\\n' | sharded-stream keys analyze -`,
        ],
        [
            "k.png",
            Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]),
            (file) => `${file} cannot be read: it is binary data, not text.`,
        ],
        [
            "l.json",
            trail,
            (file) =>
                `${file} holds JSON documents; name the field of the partition key with --column: event.id, bytes, text.`,
        ],
    ];
    for (const [name, content, says] of refusals) {
        it(name, () => {
            const file = fileOf(name, content);
            return assert.rejects(read({ file }), { name: "UsageError", message: says(file) });
        });
    }

    it("a large packed file, of which the rest is not read", async () => {
        const file = fileOf("large.gz", zlib.gzipSync(Buffer.concat([magic("PAR1"), randomBytes(8 << 20)])));
        await assert.rejects(read({ file }), /large\.gz is Parquet; convert it: /);
        // What ends the reading of the rest comes later, and is nobody's error.
        await new Promise((resolve) => setTimeout(resolve, 50));
    });

    it("a field that no record has, with those that there are", () => {
        const file = fileOf("m.json", trail);
        return assert.rejects(read({ file, column: "event.user" }), {
            message: `${file} has no field "event.user"; it has: event.id, bytes, text. Did you mean event.id?`,
        });
    });

    it("what comes through a pipe, with the command that goes between", () =>
        assert.rejects(
            read({ file: "-", again: () => "sharded-stream plan --sample -" }, Readable.from([magic("BZh9")])),
            {
                message: "stdin is bzip2; convert it: bzip2 -dc - | sharded-stream plan --sample -",
            },
        ));
});
