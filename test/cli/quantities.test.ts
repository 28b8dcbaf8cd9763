/** A quantity has one range, whichever command and flag takes it: what is in the wrong unit is refused before anything is made of it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { requirementRows } from "../../capacity/requirements";
import { completeScaling } from "../../capacity/scaling/settings";
import { defineAdvise } from "../../cli/advise";
import { type DefineCommand } from "../../cli/command";
import { defineKeys } from "../../cli/keys";
import { definePlan } from "../../cli/plan";
import { defineProduce } from "../../cli/produce";
import { defineReplay } from "../../cli/replay";
import { defineScale } from "../../cli/scale";
import { type AutoFlags, scaleAuto } from "../../cli/scaleAuto";
import { Walker } from "../../cli/walker";
import { World } from "../scaler/world";
import { runInProcess } from "./inProcess";
import { contextOf, worldLive } from "./worldLive";

let folder: string;
before(() => (folder = mkdtempSync(path.join(tmpdir(), "quantities-"))));
after(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(content: string): string {
    const file = path.join(folder, "some.csv");
    writeFileSync(file, content);
    return file;
}

/** What a command says of a line, without its name in front. */
async function refusalOf(define: DefineCommand, line: string): Promise<string> {
    const file = fileOf(Array.from({ length: 300 }, (_, at) => `user-${at}`).join("\n"));
    const args = line.split(" ").map((word) => (word === "FILE" ? file : word));
    const run = runInProcess(define, args, { env: {} });
    return run.then(
        () => "taken",
        ({ message }: Error) => message.replace(/^(plan|keys analyze|produce|replay|advise|scale): /, ""),
    );
}

const mib =
    "is not allowed; it must be a number above 0, at most 100,000. Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes.";
const records =
    "is not allowed; it must be a number above 0, at most 100,000,000. Declare the records per second written at peak.";
const analyze = (flags: string): string => `keys analyze FILE ${flags}`;

describe("a number is refused that no stream has", () => {
    const rows: readonly (readonly [define: DefineCommand, line: string, says: string])[] = [
        [defineKeys, analyze("--write-mib 1e9"), `--write-mib: 1,000,000,000 ${mib}`],
        [defineKeys, analyze("--write-mib 100001"), `--write-mib: 100,001 ${mib}`],
        [defineKeys, analyze("--write-mib Infinity"), `--write-mib: Infinity ${mib}`],
        [defineKeys, analyze("--write-mib 0"), `--write-mib: 0 ${mib}`],
        [defineKeys, analyze("--records 2k"), `--records: "2k" ${records}`],
        [
            defineKeys,
            analyze("--write-mib 3670016 --records 1e9"),
            `--write-mib: 3,670,016 ${mib}\n--records: 1,000,000,000 ${records}`,
        ],
        [definePlan, "plan --write-mib 3670016 --records 1", `--write-mib: 3,670,016 ${mib}`],
        [
            defineKeys,
            analyze("--keys-at-once 100000000001"),
            "error: option '--keys-at-once <number>' argument '100000000001' is invalid. It must be a whole number, from 1 to 100000000000.",
        ],
        ...["--min", "--max"].map(
            (flag) =>
                [
                    defineScale,
                    `scale orders auto ${flag} 10001`,
                    `error: option '${flag} <number>' argument '10001' is invalid. It must be a whole number, from 1 to 10000.`,
                ] as const,
        ),
        [
            defineProduce,
            "produce orders --sample 1 --rate Infinity",
            "--rate: Infinity is not allowed; it must be a number above 0, at most 100,000,000. Give the records that are offered per second, or leave it out.",
        ],
        [
            defineReplay,
            "replay FILE --fan-out-consumers 1001",
            "--fan-out-consumers: 1,001 is not allowed; it must be a whole number from 0 to 1,000. Give the consumers with enhanced fan-out.",
        ],
        [
            defineAdvise,
            "advise --trace FILE --headroom 11",
            "--headroom: 11 is not allowed; it must be a number from 0 to 10. Give a fraction: 0.2 for a fifth.",
        ],
    ];
    for (const [define, line, says] of rows) it(line, async () => assert.equal(await refusalOf(define, line), says));

    it("and the most that a stream may have is taken", async () => {
        const { writeMiBPerSecond, recordsPerSecond } = requirementRows;
        const most = `--write-mib ${writeMiBPerSecond.maximum} --records ${recordsPerSecond.maximum}`;
        assert.equal(await refusalOf(defineKeys, analyze(most)), "taken");
        assert.equal(await refusalOf(definePlan, `plan ${most}`), "taken");
    });
});

describe("scale auto keeps to a range of shards", () => {
    const settings = completeScaling({ minShards: 4, maxShards: 16 });
    const rows: readonly (readonly [flags: AutoFlags, says: string])[] = [
        [{ min: 17 }, "--min: 17 is not allowed; it must be at most --max, 16. Lower --min, or raise --max."],
        [{ max: 3 }, "--min: 4 is not allowed; it must be at most --max, 3. Lower --min, or raise --max."],
        [{ min: 9, max: 8 }, "--min: 9 is not allowed; it must be at most --max, 8. Lower --min, or raise --max."],
    ];
    for (const [flags, says] of rows) {
        it(`${JSON.stringify(flags)} beside a scaler from 4 to 16`, async () => {
            const live = {
                ...worldLive(new World(4)),
                scaler: () => Promise.resolve({ settings, paused: false, dryRun: false }),
            };
            const context = contextOf();
            const walker = new Walker({ live, progress: context.progress, readOnly: true });
            await assert.rejects(scaleAuto(walker, live, { ...flags, dryRun: true }, context), {
                name: "InvalidInputError",
                message: `scale: ${says}`,
            });
        });
    }
});
