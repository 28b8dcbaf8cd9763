/** Every table and every line of the commands fits a terminal of 80 columns; elsewhere tables are tab-separated and no line is broken. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import * as fc from "fast-check";
import pico from "picocolors";
import { uniformShards } from "../../capacity/replay/replay";
import { judgeShards } from "../../capacity/keys/hotShards";
import { type ShardLoad } from "../../capacity/keys/shardReports";
import { type DefineCommand } from "../../cli/command";
import { hotShardsText } from "../../cli/hotShardsText";
import { defineKeys } from "../../cli/keys";
import { widthOf, wrapped } from "../../cli/layout";
import { definePlan } from "../../cli/plan";
import { scaleWalk } from "../../cli/scaleWalk";
import { look } from "../../cli/statusLook";
import { statusText } from "../../cli/statusText";
import { fitted, table, type Terminal } from "../../cli/terminal";
import { Walker } from "../../cli/walker";
import { World } from "../scaler/world";
import { runInProcess } from "./inProcess";
import { contextOf, worldLive } from "./worldLive";

const terminal: Terminal = { interactive: true, columns: 80, colours: pico.createColors(true) };

function assertFits(text: string): void {
    const tooLong = text.split("\n").filter((line) => widthOf(line) > terminal.columns);
    assert.deepEqual(tooLong, []);
}

describe("at 80 columns", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(path.join(tmpdir(), "sharded-stream-"));
        // A key as long as Kinesis takes one, of one word.
        const keys = Array.from({ length: 300 }, (_, index) => (index % 3 === 0 ? "k".repeat(256) : `user-${index}`));
        writeFileSync(path.join(folder, "keys.txt"), keys.join("\n"));
    });
    after(() => rmSync(folder, { recursive: true }));

    const commands: readonly (readonly [define: DefineCommand, line: string])[] = [
        [definePlan, "plan --write-mib 350 --records 250000 --lanes 4 --fan-out-consumers 3 --distinct-keys 30"],
        [defineKeys, "keys compare"],
        [defineKeys, "keys compare --shards 8"],
        [defineKeys, "keys test user-based --shards 3"],
        [defineKeys, "keys analyze FILE"],
    ];
    for (const [define, line] of commands) {
        it(line, async () => {
            const args = line.replace("FILE", path.join(folder, "keys.txt")).split(" ");
            const { text } = await runInProcess(define, args, { env: {}, terminal });
            assert.match(text, /│/);
            assertFits(text);
        });
    }

    it("keys sql is to be copied, and stays as it is", async () => {
        const args = ["keys", "sql", "--dialect", "duckdb"];
        const { text } = await runInProcess(defineKeys, args, { env: {}, terminal });
        assert.equal(text, (await runInProcess(defineKeys, args, { env: {} })).text);
    });

    it("status", async () => {
        const world = new World(8);
        world.load(7.77, { refusedRecords: 1_234_567 });
        const [first, second, ...others] = world.shards;
        world.shards = [{ ...first!, endingHashKey: second!.endingHashKey }, ...others];
        const text = fitted(terminal, statusText(await look(worldLive(world), contextOf()), terminal));
        assert.match(text, /uneven/);
        assert.match(text, /last hour {2}/);
        assertFits(text);
    });

    it("status in a window of 40: the last hour is on one line, and what the two numbers are is said", async () => {
        const narrow = { ...terminal, columns: 40, colours: pico.createColors(false) };
        const world = new World(8);
        world.load(7.77);
        const lines = fitted(narrow, statusText(await look(worldLive(world), contextOf()), narrow)).split("\n");
        assert.deepEqual(
            lines.filter((line) => /▁|█/.test(line) && !line.startsWith("│")),
            ["last hour  ████████████████████  ≤ 97 %"],
        );
        const at = lines.indexOf("average / busiest minute");
        assert.deepEqual(lines.slice(at, at + 3), [
            "average / busiest minute",
            "last 5 minutes",
            "  MiB/s: 7.77 / 7.77",
        ]);
    });

    it("scale to", async () => {
        const walker = new Walker({ live: worldLive(new World(400)), progress: contextOf().progress, callsLeft: 3 });
        const wish = { action: "to", count: 9_999 } as const;
        const { text } = await scaleWalk(walker, "orders", wish, { dryRun: true }, contextOf());
        assert.match(text(terminal), /UpdateShardCount/);
        assertFits(fitted(terminal, text(terminal)));
    });

    for (const refused of [0, 12_345]) {
        it(`hot-shards, ${refused} records/s refused`, () => {
            const loads: ShardLoad[] = uniformShards(6, 0).map((shard, index) => ({
                shardId: shard.shardId,
                startingHashKey: String(shard.startingHashKey),
                endingHashKey: String(shard.endingHashKey),
                bytesPerSecond: 1_000_000 / (index + 1),
                recordsPerSecond: 999 / (index + 1),
                refusedPerSecond: refused,
                peakBytesPerSecond: 1_040_000 / (index + 1),
                peakRecordsPerSecond: 1_000 / (index + 1),
            }));
            const found = {
                stream: "orders",
                commands: [],
                judgement: judgeShards(loads),
                samples: [],
                changedMs: undefined,
            };
            const text = fitted(terminal, hotShardsText(found, terminal));
            // No id is broken: it is what a person copies.
            assert.equal(stripVTControlCharacters(text).match(/│ shardId-\d{12} │/g)?.length, 6);
            assertFits(text);
        });
    }
});

describe("a table", () => {
    const head = ["shard", "why", "share", ""];
    const rows = [
        ["shardId-000000000000", "it has a long reason that goes on", "99.5 %", { fraction: 1, colour: String }],
        ["shardId-000000000001", "none", "0.5 %", { fraction: 0.5, colour: String }],
    ];
    const plain = { ...terminal, colours: pico.createColors(false) };

    it("on a terminal breaks texts at words, keeps numbers whole, and gives bars what is left", () => {
        assert.equal(
            table({ ...plain, columns: 60 }, head, rows, [2]),
            [
                "┌──────────────────────┬───────────────┬────────┬────────┐",
                "│ shard                │ why           │  share │        │",
                "├──────────────────────┼───────────────┼────────┼────────┤",
                "│ shardId-000000000000 │ it has a long │ 99.5 % │ ██████ │",
                "│                      │ reason that   │        │        │",
                "│                      │ goes on       │        │        │",
                "│ shardId-000000000001 │ none          │  0.5 % │ ███    │",
                "└──────────────────────┴───────────────┴────────┴────────┘",
            ].join("\n"),
        );
    });

    it("on a narrow one leaves the bars out", () => {
        const drawn = table({ ...plain, columns: 46 }, head, rows, [2]);
        assert.doesNotMatch(drawn, /█/);
        assert.ok(
            drawn.split("\n").every((line) => widthOf(line) <= 46),
            drawn,
        );
    });

    it("on one that is too narrow for its numbers is a list: no number is on two lines", () => {
        assert.equal(
            table(
                { ...plain, columns: 18 },
                [...head.slice(0, 3), "", "note"],
                [
                    [...rows[0]!, "hot"],
                    [...rows[1]!, ""],
                ],
                [2],
            ),
            [
                "shard",
                "shardId-",
                "000000000000",
                "  why: it has a",
                "  long reason that",
                "  goes on",
                "  share: 99.5 %",
                "  note: hot",
                "shardId-",
                "000000000001",
                "  why: none",
                "  share: 0.5 %",
            ].join("\n"),
        );
    });

    it("and as a list has the title of a number that stands first, too", () => {
        assert.equal(
            table({ ...plain, columns: 16 }, ["groups", "shards", "note"], [["3", "1,052", "chosen"]], [0, 1]),
            ["groups: 3", "  shards: 1,052", "  note: chosen"].join("\n"),
        );
    });

    it("elsewhere is tab-separated, without bars, and nothing is broken", () => {
        assert.equal(
            table({ ...plain, interactive: false, columns: 20 }, head, rows, [2]),
            [
                "shard\twhy\tshare",
                "shardId-000000000000\tit has a long reason that goes on\t99.5 %",
                "shardId-000000000001\tnone\t0.5 %",
            ].join("\n"),
        );
    });
});

describe("a long line", () => {
    const rows: readonly (readonly [text: string, width: number, lines: string])[] = [
        ["one two three", 7, "one two\nthree"],
        ["  Fix: go on below", 12, "  Fix: go on\n  below"],
        ["it used 25 % of it", 10, "it used\n25 % of it"],
        ["abcdefgh ij", 4, "abcd\nefgh\nij"],
        ["\u001b[31mred words\u001b[39m", 5, "\u001b[31mred\nwords\u001b[39m"],
        ["数据流 数据", 6, "数据流\n数据"],
        ["", 5, ""],
    ];
    for (const [text, width, lines] of rows)
        it(`${JSON.stringify(text)} at ${width}`, () => assert.equal(wrapped(text, width), lines));

    it("keeps all its words in order, and fits", () => {
        fc.assert(
            fc.property(fc.array(fc.string({ maxLength: 30 })), fc.integer({ min: 2, max: 90 }), (words, width) => {
                const text = words.join(" ");
                const broken = wrapped(text, width);
                assert.ok(
                    broken.split("\n").every((line) => widthOf(line) <= width),
                    JSON.stringify([text, broken]),
                );
                assert.equal(broken.replace(/[\s]/g, ""), text.replace(/[\s]/g, ""));
            }),
        );
    });
});
