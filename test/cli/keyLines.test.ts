/** A key a line, read four bytes at a time, is what splitting the text at its newlines gives. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type KeyTally } from "../../capacity/keys/sample";
import { readLines } from "../../cli/keyLines";
import { BadLines } from "../../cli/keyRecords";

/** What the reader hands over, as text. */
async function read(chunks: readonly Buffer[]): Promise<{ keys: string[]; bad: string[] }> {
    const keys: string[] = [];
    const bad: string[] = [];
    let source: Buffer = Buffer.alloc(0);
    const tally = {
        read: (buffer: Buffer) => void (source = buffer),
        add: (start: number, length: number) => void keys.push(source.subarray(start, start + length).toString()),
        flush: () => undefined,
    } as unknown as KeyTally;
    const badLines = new BadLines();
    badLines.add = (line, reason) => void bad.push(`${line}: ${reason}`);
    async function* each(): AsyncGenerator<Buffer> {
        yield* chunks;
    }
    await readLines(each(), { source: { file: "keys.txt" }, tally, bad: badLines, name: "keys.txt" });
    return { keys, bad };
}

function expected(text: Buffer): { keys: string[]; bad: string[] } {
    const lines = text.toString("latin1").split("\n");
    if (lines.at(-1) === "") lines.pop();
    const keys: string[] = [];
    const bad: string[] = [];
    for (const [at, line] of lines.entries()) {
        const bytes = Buffer.from(line.replace(/\r$/, ""), "latin1");
        const key = bytes.toString();
        if (bytes.length === 0) bad.push(`${at + 1}: empty`);
        else if (!Buffer.from(key).equals(bytes)) bad.push(`${at + 1}: not UTF-8`);
        else keys.push(key);
    }
    return { keys, bad };
}

describe("a key a line", () => {
    it("is read whatever the lines and wherever the chunks end", async () => {
        const piece = fc.constantFrom(
            "\n",
            "\n",
            "\r\n",
            "\r",
            "a",
            "id-1",
            "user-12345",
            "\v",
            "\x8a",
            "\xc3\xbc",
            "\x00",
        );
        await fc.assert(
            fc.asyncProperty(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(40)), async (pieces, cuts) => {
                const text = Buffer.from(pieces.join(""), "latin1");
                const ends = [...cuts, text.length].sort((one, other) => one - other);
                const chunks = ends.map((end, at) => Buffer.from(text.subarray(ends[at - 1] ?? 0, end)));
                assert.deepEqual(await read(chunks), expected(text));
            }),
            { numRuns: 300 },
        );
    });

    it("is a key up to 256 characters, and bad above", async () => {
        const lines = ["a".repeat(256), "a".repeat(257), "ü".repeat(256), "ü".repeat(257)].map((line) => `${line}\n`);
        const { keys, bad } = await read([Buffer.from(lines.join(""))]);
        assert.deepEqual(keys, ["a".repeat(256), "ü".repeat(256)]);
        const tooLong = "longer than the 256 characters of a partition key";
        assert.deepEqual(bad, [`2: ${tooLong}`, `4: ${tooLong}`]);
    });

    it("of more than 1 MiB is told once, over however many chunks it goes", async () => {
        const half = Buffer.alloc(700 << 10, "a");
        const { keys, bad } = await read([
            Buffer.from("one\ntw"),
            Buffer.from("o\n"),
            half,
            half,
            half,
            Buffer.from("a\nthree"),
        ]);
        assert.deepEqual([keys, bad], [["one", "two", "three"], ["3: longer than 1 MiB"]]);
    });
});
