/** JSON in any arrangement is cut into its records, wherever the chunks of the input end. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type JsonPiece, JsonSplitter } from "../../../cli/records/jsonSplitter";

function cut(
    text: string,
    chunkBytes = 1 << 20,
    path?: string,
): (readonly [text: string, line: number, fault?: string])[] {
    const splitter = new JsonSplitter(path);
    const bytes = Buffer.from(text);
    const told = ({ bytes: piece, line, fault }: JsonPiece): readonly [string, number, string?] =>
        fault === undefined ? [piece.toString(), line] : [piece.toString(), line, fault];
    const pieces: (readonly [string, number, string?])[] = [];
    // A piece is read before the next chunk comes, and a chunk's memory is used again.
    for (let at = 0; at < bytes.length; at += chunkBytes) {
        const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes));
        pieces.push(...[...splitter.push(chunk)].map(told));
        chunk.fill(0x20);
    }
    const last = splitter.end();
    return last === undefined ? pieces : [...pieces, told(last)];
}

describe("records of JSON", () => {
    const arrangements: readonly (readonly [title: string, text: string, pieces: ReturnType<typeof cut>])[] = [
        ["nothing", " \n ", []],
        ["one document", '{"a":1}', [['{"a":1}', 1]]],
        [
            "a document a line",
            '{"a":1}\n{"a":2}\n',
            [
                ['{"a":1}', 1],
                ['{"a":2}', 2],
            ],
        ],
        [
            "Firehose: no newline between",
            '{"a":"}"}{"a":"\\"{"}',
            [
                ['{"a":"}"}', 1],
                ['{"a":"\\"{"}', 1],
            ],
        ],
        [
            "pretty-printed documents",
            '{\n "a": 1\n}\n{\n "a": 2\n}',
            [
                ['{\n "a": 1\n}', 1],
                ['{\n "a": 2\n}', 4],
            ],
        ],
        [
            "an array",
            '[{"a":1},\n{"a":[2]}]',
            [
                ['{"a":1}', 1],
                ['{"a":[2]}', 2],
            ],
        ],
        [
            "an array of keys",
            '["x", 12345678901234567890 ,true]',
            [
                ['"x"', 1],
                ["12345678901234567890", 1],
                ["true", 1],
            ],
        ],
        ["an empty array", "[]", []],
        [
            "arrays one after another",
            '[{"a":1}]\n[{"a":2}]',
            [
                ['{"a":1}', 1],
                ['{"a":2}', 2],
            ],
        ],
        [
            "arrays inside an array",
            "[[1,2],[3]]",
            [
                ["[1,2]", 1],
                ["[3]", 1],
            ],
        ],
        [
            "CloudTrail",
            '{"Records":[{"a":{"b":[1]}},{"a":2}]}',
            [
                ['{"a":{"b":[1]}}', 1],
                ['{"a":2}', 1],
            ],
        ],
        [
            "CloudTrail files one after another",
            '{"Records":[{"a":1}]}{"Records":[{"a":2}]}',
            [
                ['{"a":1}', 1],
                ['{"a":2}', 1],
            ],
        ],
        [
            "get-records, its array amid other members",
            '{"NextShardIterator": "AAA]}",\n"Records": [\n{"Data": "eA=="}],\n"ChildShards": [{"ShardId": "s"}], "MillisBehindLatest": 0}',
            [['{"Data": "eA=="}', 3]],
        ],
        [
            "envelopes in an array",
            '[{"Records":[{"a":1}]},{"Records":[]},{"b":1}]',
            [
                ['{"a":1}', 1],
                ['{"b":1}', 1],
            ],
        ],
        ["a field named Records further inside", '{"a":{"Records":[1]}}', [['{"a":{"Records":[1]}}', 1]]],
        ["a text that says Records", '{"a":"\\"Records\\":[1]"}', [['{"a":"\\"Records\\":[1]"}', 1]]],
    ];
    for (const [title, text, pieces] of arrangements) {
        it(`are found in ${title}, in chunks of any size`, () => {
            assert.deepEqual(cut(text), pieces);
            for (const size of [1, 2, 3, 7]) assert.deepEqual(cut(text, size), pieces, `in chunks of ${size}`);
        });
    }

    it("stay whole where the key is named inside of Records", () => {
        const text = '{"Records":[{"a":1}]}';
        assert.deepEqual(cut(text, 1 << 20, "Records.0.a"), [[text, 1]]);
    });

    const faults: readonly (readonly [title: string, text: string, pieces: ReturnType<typeof cut>])[] = [
        [
            "an end inside a document",
            '{"a":1}\n{"a":',
            [
                ['{"a":1}', 1],
                ['{"a":', 2, "the input ends inside it"],
            ],
        ],
        [
            "an array that does not end",
            '[{"a":1},',
            [
                ['{"a":1}', 1],
                ["", 1, "the input ends inside it"],
            ],
        ],
        [
            "a bracket too many",
            '{"a":1}}{"a":2}',
            [
                ['{"a":1}', 1],
                ["}", 1, "a bracket that was never opened"],
                ['{"a":2}', 1],
            ],
        ],
        [
            "a quote that is missing",
            '[{"a":"x},\n{"a":"y"}]',
            [
                ['{"a":"x},', 1, "not JSON"],
                ['{"a":"y"}', 2],
            ],
        ],
        [
            "words",
            "{} oops {}",
            [
                ["{}", 1],
                ["oops", 1],
                ["{}", 1],
            ],
        ],
    ];
    for (const [title, text, pieces] of faults)
        it(`are good around ${title}`, () => assert.deepEqual(cut(text), pieces));

    it("longer than 16 MiB is told, and takes no memory", () => {
        const splitter = new JsonSplitter();
        const chunk = Buffer.alloc(1 << 20, "x");
        const pieces = [...splitter.push(Buffer.from('{"a":"'))];
        for (let mebibyte = 0; mebibyte < 40; mebibyte++) pieces.push(...splitter.push(chunk));
        pieces.push(...splitter.push(Buffer.from('"}{"a":2}')));
        assert.deepEqual(
            pieces.map(({ bytes, fault }) => [bytes.length, fault]),
            [
                [64, "longer than 16 MiB, and cut off after its first 64 bytes"],
                [7, undefined],
            ],
        );
    });

    it("are the documents, however they are written one after another and cut", () => {
        const documents = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 6 });
        const between = fc.constantFrom("", "\n", " ", "\r\n", ",\n");
        fc.assert(
            fc.property(
                documents,
                between,
                fc.constantFrom(undefined, 2),
                fc.integer({ min: 1, max: 50 }),
                (all, gap, indent, size) => {
                    const plain = all.filter((document) => !Array.isArray(document.Records));
                    const texts = plain.map((document) => JSON.stringify(document, undefined, indent));
                    for (const text of [texts.join(gap), `[${texts.join(",")}]`, `{"Records":[${texts.join(",")}]}`]) {
                        assert.deepEqual(
                            cut(text, size).map(([piece]) => piece),
                            texts,
                        );
                    }
                },
            ),
            { numRuns: 100 },
        );
    });
});
