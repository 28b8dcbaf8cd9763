/** The file of undelivered records: what stands in it, when it is written, and that no run takes another one's. */
import assert from "node:assert/strict";
import {
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmdirSync,
    rmSync,
    statSync,
    truncateSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { leaveOut } from "../leaveOut";
import { UndeliveredFile } from "../../cli/undeliveredFile";

describe("undelivered records", () => {
    let folder: string;
    let asked: string;

    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "undelivered-"));
        asked = path.join(folder, "undelivered.ndjson");
    });

    afterEach(() => rmSync(folder, { recursive: true }));

    function add(file: UndeliveredFile, record: string, line = 1): void {
        const value = { bytes: Buffer.from(record), line };
        const why = { reason: "deadline", message: "late", attempts: 2, mayBeWritten: false } as const;
        file.add({ value, index: line, partitionKey: "a", ...why });
    }

    const about = '"reason":"deadline","message":"late","attempts":2,"mayBeWritten":false,"partitionKey":"a"';

    /** The records that stand in each file of the folder. */
    function recordsByFile(): Record<string, unknown[]> {
        const files = readdirSync(folder).sort();
        return Object.fromEntries(
            files.map((name) => {
                const lines = readFileSync(path.join(folder, name), "utf8").split("\n").filter(Boolean);
                return [name, lines.map((line) => (JSON.parse(line) as { record: unknown }).record)];
            }),
        );
    }

    it("stand in it one a line, as they are, each with its reason", () => {
        const file = new UndeliveredFile(asked);
        add(file, '{"id":9007199254740993}', 1);
        add(file, "no JSON", 2);
        file.close();
        assert.equal(
            readFileSync(asked, "utf8"),
            `{"line":1,${about},"record":{"id":9007199254740993}}\n{"line":2,${about},"record":"no JSON"}\n`,
        );
        assert.deepEqual([file.path, file.records, file.reasons], [asked, 2, { deadline: 2 }]);
    });

    it("that are not UTF-8 stand there as bytes, too", () => {
        const file = new UndeliveredFile(asked);
        const value = { bytes: Buffer.from('{"name":"Z\xfcrich"}', "latin1"), line: 1 };
        const why = { reason: "deadline", message: "late", attempts: 2, mayBeWritten: false } as const;
        file.add({ value, index: 1, partitionKey: "a", ...why });
        file.close();
        const kept = JSON.parse(readFileSync(asked, "utf8")) as { record: unknown; recordBase64: string };
        assert.deepEqual(kept.record, { name: "Z\ufffdrich" });
        assert.deepEqual(Buffer.from(kept.recordBase64, "base64"), value.bytes);
    });

    it("count no more once it is closed: what comes then was never taken", () => {
        const file = new UndeliveredFile(asked);
        add(file, '{"id":1}');
        file.close();
        add(file, '{"id":2}', 2);
        assert.deepEqual([file.records, file.reasons], [1, { deadline: 1 }]);
        assert.deepEqual(recordsByFile(), { "undelivered.ndjson": [{ id: 1 }] });
    });

    it("make no file where there are none", () => {
        const file = new UndeliveredFile(asked);
        file.close();
        assert.deepEqual([file.path, readdirSync(folder)], [undefined, []]);
    });

    it("are written as soon as there is a mebibyte of them, so that large ones do not fill the memory", () => {
        const file = new UndeliveredFile(asked);
        const record = JSON.stringify("x".repeat((1 << 20) - 200));
        add(file, record);
        assert.equal(existsSync(asked), false);
        add(file, record);
        const bytes = statSync(asked).size;
        add(file, JSON.stringify("y".repeat(3 << 20)));
        assert.equal(statSync(asked).size, bytes + (3 << 20) + `{"line":1,${about},"record":""}\n`.length);
        file.close();
    });

    it("of two runs that began at the same time are in two files", () => {
        const [one, two, three] = [1, 2, 3].map(() => new UndeliveredFile(asked)) as [
            UndeliveredFile,
            UndeliveredFile,
            UndeliveredFile,
        ];
        add(two, '"two"');
        add(one, '"one"');
        two.close();
        one.close();
        add(three, '"three"');
        three.close();
        const names = [one, two, three].map((file) => path.basename(file.path!));
        assert.deepEqual(names, ["undelivered-2.ndjson", "undelivered.ndjson", "undelivered-3.ndjson"]);
        assert.deepEqual(recordsByFile(), {
            "undelivered-2.ndjson": ["one"],
            "undelivered-3.ndjson": ["three"],
            "undelivered.ndjson": ["two"],
        });
    });

    it("go into an empty file that is there, such as one that mktemp made", () => {
        writeFileSync(asked, "");
        const file = new UndeliveredFile(asked);
        add(file, '"one"');
        file.close();
        assert.deepEqual(recordsByFile(), { "undelivered.ndjson": ["one"] });
    });

    it("stay where another run finds the same file empty and writes into it, too", () => {
        writeFileSync(asked, "");
        const [one, two] = [new UndeliveredFile(asked), new UndeliveredFile(asked)] as const;
        add(one, JSON.stringify("x".repeat(1 << 20)));
        truncateSync(asked);
        add(two, '"two"');
        two.close();
        add(one, '"one"');
        one.close();
        assert.deepEqual(recordsByFile(), { "undelivered.ndjson": ["two", "one"] });
    });

    it("leave alone a file with something in it, and a folder of the next name", () => {
        writeFileSync(asked, '{"record":"kept"}\n');
        mkdirSync(path.join(folder, "undelivered-2.ndjson"));
        const file = new UndeliveredFile(asked);
        add(file, '"one"');
        file.close();
        rmdirSync(path.join(folder, "undelivered-2.ndjson"));
        assert.deepEqual(recordsByFile(), { "undelivered-3.ndjson": ["one"], "undelivered.ndjson": ["kept"] });
    });

    it("go where something reads them that is no file", () => {
        const file = new UndeliveredFile("/dev/null");
        add(file, '"one"');
        file.close();
        assert.equal(file.path, "/dev/null");
    });

    describe("that nobody needs", () => {
        it("leave no file", () => {
            const file = new UndeliveredFile(asked);
            add(file, JSON.stringify("x".repeat(1 << 20)));
            assert.equal(existsSync(asked), true);
            file.discard();
            assert.equal(existsSync(asked), false);
        });

        it("take no file with them that was there before, or in which another run has written", () => {
            writeFileSync(asked, "");
            const [one, two] = [new UndeliveredFile(asked), new UndeliveredFile(path.join(folder, "made.ndjson"))];
            for (const file of [one, two]) add(file, JSON.stringify("x".repeat(1 << 20)));
            writeFileSync(path.join(folder, "made.ndjson"), "another run's\n", { flag: "a" });
            one.discard();
            two.discard();
            assert.deepEqual(readdirSync(folder).sort(), ["made.ndjson", "undelivered.ndjson"]);
        });
    });

    it("that cannot be written are counted, and the first is told of", function () {
        if (process.platform !== "linux") leaveOut(this, "A full disk", "only Linux has /dev/full.");
        let faults = 0;
        const file = new UndeliveredFile("/dev/full", () => (faults += 1));
        for (let line = 1; line <= 3; line++) add(file, JSON.stringify("x".repeat(1 << 20)), line);
        file.close();
        assert.equal(file.fault?.message, "--undelivered: /dev/full cannot be written: no space is left");
        assert.deepEqual([faults, file.records, file.recordsInNoFile], [1, 3, 3]);
    });

    it("cannot be written into a folder that is not there, or in place of one", () => {
        const nowhere = path.join(folder, "none", "undelivered.ndjson");
        const rows: readonly (readonly [file: string, why: string])[] = [
            [nowhere, "there is no such folder"],
            [folder, "it is a folder"],
        ];
        for (const [file, why] of rows) {
            const message = `--undelivered: ${file} cannot be written: ${why}`;
            assert.throws(() => new UndeliveredFile(file), { name: "UsageError", message });
        }
    });
});
