/** The report of a rehearsal in a real browser: however short the day was, however long the names are. */
import assert from "node:assert/strict";
import path from "node:path";
import { type Moment } from "../../demo/day";
import { type PlayedStream } from "../../demo/played";
import { type Report, writeReport } from "../../demo/report";
import { inBrowser, openPage, type Page } from "../cli/browser";

const startMs = Date.UTC(2026, 0, 5);
const hourMs = 3_600_000;

/** A day of as many moments of an hour. */
function played(name: string, moments: number): PlayedStream {
    const load = { recordsPerSecondPerShard: 1_000 } as PlayedStream["stream"]["load"];
    const moment = (_: unknown, hour: number): Moment => ({
        timeMs: startMs + (hour + 1) * hourMs,
        hours: 1,
        offeredRecordsPerSecond: 500,
        acceptedRecords: 500,
        refusedRecords: 0,
        openShards: 10_000 - hour,
    });
    return {
        stream: { name, plannedShards: 10_000, load } as PlayedStream["stream"],
        moments: Array.from({ length: moments }, moment),
        acceptedRecords: 500,
        refusedRecords: 0,
        dollars: 1,
    };
}

function reportOf(name: string, moments: number): Report {
    const timeMs = startMs + hourMs;
    return {
        engine: "real",
        rejectedBy: [],
        mocked: [],
        notes: [],
        dayEndMs: startMs + 24 * hourMs,
        streams: [played(name, moments)],
        alarms: [{ timeMs, alarmName: `${name}-WriteThrottling`, state: "ALARM", reason: "Threshold Crossed" }],
        decisions: [{ timeMs, streamName: name, reason: "load-rises", message: "To 10,001.", outcome: "called" }],
        acceptedRecords: 500,
        refusedRecords: 0,
        dollars: 1,
    };
}

describe("the report of a rehearsal in a browser", function () {
    this.timeout(60_000);
    const chromium = inBrowser();

    const see = async (report: Report, width: number, look: (page: Page) => Promise<void>) => {
        const page = await openPage(
            chromium.browser,
            writeReport(path.join(chromium.folder, "day.html"), report),
            width,
        );
        try {
            assert.deepEqual(page.complaints, []);
            await look(page);
        } finally {
            await page.close();
        }
    };
    const times = "plots[0][0].axes[0]._values";

    it("draws a whole day from 00:00 to 24:00", () =>
        see(reportOf("orders", 24), 1_000, async (page) => {
            const hours = Array.from({ length: 13 }, (_, at) => `${String(2 * at).padStart(2, "0")}:00`);
            assert.deepEqual(await page.evaluate(times), hours);
        }));

    it("draws a day that was stopped after its first moment", () =>
        see(reportOf("orders", 1), 1_000, async (page) => {
            const ends = "[plots[0][0].scales.x.min, plots[0][0].scales.x.max]";
            assert.deepEqual(await page.evaluate(ends), [startMs / 1_000, startMs / 1_000 + 3_600]);
            assert.deepEqual(await page.evaluate("plots[2][0].data[1]"), [10_000, 10_000]);
        }));

    it("draws nothing where nothing was played, and says so", () =>
        see(reportOf("orders", 0), 1_000, async (page) => {
            assert.equal(await page.evaluate("plots.length"), 0);
            const said = "document.body.textContent.includes('Nothing of the day was played.')";
            assert.equal(await page.evaluate(said), true);
        }));

    for (const width of [400, 1_600]) {
        it(`is no wider than a window of ${width} pixels for a name of 128 letters`, () =>
            see(reportOf("a".repeat(128), 24), width, async (page) => {
                const most = await page.evaluate<number>("document.documentElement.scrollWidth");
                assert.ok(most <= width, `${most}`);
                const wide = "[...document.querySelectorAll('.wide')].map((box) => box.scrollWidth - box.clientWidth)";
                assert.deepEqual(await page.evaluate(wide), [0, 0]);
            }));
    }

    it("writes shard counts as they are written elsewhere", () =>
        see(reportOf("orders", 24), 1_000, async (page) => {
            const shards =
                "[...document.querySelectorAll('dt')].find(({ textContent }) => textContent === 'shards').nextElementSibling.textContent";
            assert.equal(await page.evaluate(shards), "9,977 to 10,000");
        }));
});
