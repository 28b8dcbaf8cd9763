/** The panel of a rehearsal on a terminal: what it says goes on one place, in a window of any width. */
import assert from "node:assert/strict";
import { type PlayedStream } from "../../demo/played";
import { View } from "../../demo/view";

const escape = "\u001b";
const tokens = new RegExp(`${escape}\\[(\\d+)A|${escape}\\[0J|${escape}\\[(\\d+)m|[^]`, "gu");

/** As a terminal shows what is written: the lines of a screen that is as wide. */
function screenOf(columns: number) {
    const lines: string[] = [""];
    const write = (text: string): boolean => {
        for (const [token, up, colour] of text.matchAll(tokens)) {
            if (colour !== undefined) continue;
            if (up !== undefined) lines.splice(Math.max(0, lines.length - 1 - Number(up)), Infinity, "");
            else if (token === "\n") lines.push("");
            else if (token.length === 1 && lines.at(-1)!.length === columns) lines.push(token);
            else if (token.length === 1) lines[lines.length - 1] += token;
        }
        return true;
    };
    return { lines, stream: { isTTY: true, columns, write } as unknown as NodeJS.WriteStream };
}

const startMs = Date.UTC(2026, 0, 5);
const played = {
    stream: { name: "orders", load: { recordsPerSecondPerShard: 1_000 } },
    moments: [{ timeMs: startMs, offeredRecordsPerSecond: 1_500, openShards: 2, refusedRecords: 0 }],
} as unknown as PlayedStream;
const totals = { dayEndMs: startMs + 86_400_000, acceptedRecords: 9_000_000, refusedRecords: 0, dollars: 1.5 };

describe("the panel of a rehearsal", () => {
    for (const columns of [20, 40, 80, 200]) {
        it(`is drawn over itself in a window of ${columns} columns, also while several alarms are on`, () => {
            const { lines, stream } = screenOf(columns);
            const view = new View({ stream, environment: {} });
            const alarmsNow = [
                "orders-ccbdfcf-WriteThrottling",
                "orders-ccbdfcf-HighIncomingRecords",
                "orders-ccbdfcf-WriteUtilization",
            ];
            for (let moment = 0; moment < 300; moment++) view.moment([played], { ...totals, alarmsNow });
            view.line("one line that stays");
            view.moment([played], { ...totals, alarmsNow: [] });
            const shown = lines.join("");
            assert.ok(shown.startsWith("one line that stays─"), shown);
            assert.equal(shown.split("load  1,500 records/s").length, 2);
            assert.ok(shown.endsWith("no alarm") && !shown.includes("ALARM"), shown);
        });
    }
});
