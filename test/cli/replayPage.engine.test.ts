/** The page of a replay in a real browser: it draws, zooms, tells a decision where one points at it, shows another policy, and follows the colours of the system. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { defineReplay } from "../../cli/replay";
import { inBrowser, openPage, type Page } from "./browser";
import { runInProcess } from "./inProcess";

interface Place {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
}

const startSeconds = 1_767_571_200;
const labels = "plots[0][0].axes[0]._values.map((text) => text.split('\\n')[0])";

describe("the page of a replay in a browser", function () {
    this.timeout(60_000);
    const chromium = inBrowser();
    let html: string;
    let page: Page | undefined;
    let decisions: readonly { readonly reason: string; readonly message: string }[];

    before(async () => {
        const { browser, folder } = chromium;
        const trace = path.join(folder, "load.csv");
        html = path.join(folder, "page.html");
        // Half a day of four shards and then of one.
        const rows = Array.from(
            { length: 1_440 },
            (_, minute) => `${startSeconds + minute * 60},${minute < 720 ? 4 : 1}`,
        );
        writeFileSync(trace, `time,shards\n${rows.join("\n")}\n`);
        const { document } = await runInProcess(
            defineReplay,
            ["replay", trace, "--mode", "reactive", "--noise", "0", "--html", html],
            {
                env: {},
            },
        );
        decisions = document.decisions as typeof decisions;
        page = await openPage(browser, html);
    });
    after(() => page?.close());

    const place = (): Promise<Place> =>
        page!.evaluate(
            "(() => { const { left, top, width, height } = plots[0][0].over.getBoundingClientRect(); return { left, top, width, height }; })()",
        );
    const shown = (): Promise<readonly number[]> =>
        page!.evaluate("[plots[0][0], plots[1][0]].flatMap(({ scales }) => [scales.x.min, scales.x.max])");

    it("draws the load, the shards and what was refused, without a network and without a fault", async () => {
        assert.deepEqual(page!.complaints, []);
        assert.deepEqual(
            await page!.evaluate("[...document.querySelectorAll('h3')].map(({ textContent }) => textContent)"),
            ["Load and open shards", "Refused"],
        );
        const painted =
            "[...document.querySelectorAll('canvas')].map((canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte > 0))";
        assert.deepEqual(await page!.evaluate(painted), [true, true]);
        assert.deepEqual(await page!.evaluate("plots[0][0].data[3].slice(-1)"), [2]);
    });

    it("tells a decision and its reason where one points at it, and only there", async () => {
        await page!.evaluate("plots[0][0].over.scrollIntoView({ block: 'center' })");
        const { left, top } = await place();
        const at = await page!.evaluate<number>("plots[0][0].valToPos(seconds(chosen.decisions[0][0]), 'x')");
        await page!.mouse("mouseMoved", left + at, top + 40);
        const told = "[tip.hidden, tip.textContent]";
        const [hidden, text] = await page!.evaluate<[boolean, string]>(told);
        assert.equal(hidden, false);
        assert.ok(text.endsWith(` - ${decisions[0]!.reason} - ${decisions[0]!.message}`), text);
        assert.match(text, /^Mon 2026-01-05 \d\d:\d\d - UpdateShardCount, 5 to \d - /);
        await page!.mouse("mouseMoved", left + 60, top + 40);
        assert.equal((await page!.evaluate<[boolean, string]>(told))[0], true);
    });

    it("zooms all charts where one drags, and shows all again", async () => {
        const { left, top, width } = await place();
        const whole = await shown();
        await page!.mouse("mousePressed", left + width / 4, top + 40);
        await page!.mouse("mouseMoved", left + width / 2, top + 40);
        await page!.mouse("mouseReleased", left + width / 2, top + 40);
        const hours = (await shown()).map((time) => Math.round((time - startSeconds) / 3_600));
        assert.deepEqual(hours, [6, 12, 6, 12]);
        await page!.evaluate("plots[0][0].over.dispatchEvent(new MouseEvent('dblclick'))");
        assert.deepEqual(await shown(), whole);
    });

    it("draws until the end of the last minute, and tells that minute there", async () => {
        assert.deepEqual(
            (await shown()).map((time) => time - startSeconds),
            [0, 86_400, 0, 86_400],
        );
        const end = "plots[0][0].data.map((values) => values.length)";
        assert.deepEqual(await page!.evaluate(end), [1_441, 1_441, 1_441, 1_441]);
        assert.equal(await page!.evaluate("x.value(null, times[1_440], 0, 1_440)"), "Mon 2026-01-05 23:59");
    });

    it("names no minute twice below a chart, however far one zooms in", async () => {
        await page!.evaluate(`showTimes(${startSeconds + 36_000}, ${startSeconds + 36_180})`);
        assert.deepEqual(await page!.evaluate(labels), ["10:00", "10:01", "10:02", "10:03"]);
        await page!.evaluate(`showTimes(${startSeconds}, ${startSeconds + 86_400})`);
    });

    it("names months and years below longer times", async () => {
        const named = (step: string) => page!.evaluate(`dayText(${startSeconds}, ${step}, 3 * year)`);
        assert.deepEqual(await Promise.all(["day", "month", "year"].map(named)), ["Jan 5", "Jan 2026", "2026"]);
    });

    it("is read and zoomed with the keyboard alone", async () => {
        const press = (key: string) =>
            page!.evaluate(`plots[0][0].root.dispatchEvent(new KeyboardEvent("keydown", { key: "${key}" }))`);
        const read = "document.querySelector('.u-legend .u-value').textContent";
        const canBeReached = "plots.map(([{ root }]) => [root.tabIndex, root.ariaLabel])";
        assert.deepEqual(await page!.evaluate(canBeReached), [
            [0, "Load and open shards"],
            [0, "Refused"],
        ]);
        await press("Home");
        assert.equal(await page!.evaluate(read), "Mon 2026-01-05 00:00");
        // A hundredth of the day.
        await press("ArrowRight");
        const readBelow = "document.querySelectorAll('.u-legend')[1].querySelector('.u-value').textContent";
        assert.equal(await page!.evaluate(readBelow), "Mon 2026-01-05 00:14");
        assert.equal(await page!.evaluate(read), "Mon 2026-01-05 00:14");
        for (let zoom = 0; zoom < 3; zoom++) await press("+");
        const minutes = (await shown()).map((time) => (time - startSeconds) / 60);
        assert.deepEqual(minutes, [0, 180, 0, 180]);
        await press("ArrowRight");
        assert.equal(await page!.evaluate(read), "Mon 2026-01-05 00:16");
        await press("Escape");
        assert.deepEqual(
            (await shown()).map((time) => time - startSeconds),
            [0, 86_400, 0, 86_400],
        );
    });

    it("is read with a finger, zoomed with two, and shown whole again by two taps", async () => {
        const { left, top, width } = await place();
        const whole = await shown();
        const read = "document.querySelector('.u-legend .u-value').textContent";
        await page!.touch("touchStart", [left + width / 8, top + 40]);
        await page!.touch("touchMove", [left + width / 4, top + 40]);
        assert.equal(await page!.evaluate(read), "Mon 2026-01-05 06:00");
        await page!.touch("touchEnd");
        assert.deepEqual(await shown(), whole);
        // What was under the fingers stays under them.
        await page!.touch("touchStart", [left + (3 * width) / 8, top + 40], [left + (5 * width) / 8, top + 40]);
        await page!.touch("touchMove", [left + width / 4, top + 40], [left + (3 * width) / 4, top + 40]);
        const hours = (await shown()).map((time) => Math.round((10 * (time - startSeconds)) / 3_600) / 10);
        assert.deepEqual(hours, [6, 18, 6, 18]);
        await page!.touch("touchEnd");
        for (const _ of [1, 2]) {
            await page!.touch("touchStart", [left + width / 2, top + 40]);
            await page!.touch("touchEnd");
        }
        assert.deepEqual(await shown(), whole);
    });

    it("shows another policy, and what it decided", async () => {
        const choose = (policy: number) =>
            page!.evaluate(
                `(() => { const choose = document.getElementById("policy"); choose.value = ${policy}; choose.dispatchEvent(new Event("change")); return [plots[0][0].data[3].at(-1), document.getElementById("decided").textContent, document.querySelectorAll("#decisions tr").length]; })()`,
            );
        assert.deepEqual(await choose(1), [
            5,
            "static at 5: no decision changed the shards (120 shard-hours, $146.73 a month)",
            0,
        ]);
        const [shards, , rows] = (await choose(0)) as [number, string, number];
        assert.deepEqual([shards, rows], [2, 1 + decisions.length]);
    });

    const widths: readonly (readonly [window: number, look: string, sentence: number])[] = [
        [400, "a decision is a paragraph", 350],
        [1_280, "a decision is a row", 500],
    ];
    for (const [window, look, sentence] of widths) {
        it(`in a window of ${window} pixels ${look}, and nothing is wider than it`, async () => {
            const other = await openPage(chromium.browser, html, window);
            try {
                const seen = await other.evaluate<{ below: boolean; sentence: number; right: number; page: number }>(
                    `(() => {
                        const { firstChild, lastChild } = [...document.querySelectorAll("#decisions tr")].at(-1);
                        const [first, last] = [firstChild, lastChild].map((cell) => cell.getBoundingClientRect());
                        return { below: last.top > first.top, sentence: last.width, right: last.right, page: document.documentElement.scrollWidth };
                    })()`,
                );
                assert.equal(seen.below, look.endsWith("paragraph"));
                assert.ok(seen.sentence >= sentence, `${seen.sentence}`);
                assert.ok(seen.right <= window && seen.page <= window, `${seen.right}, ${seen.page}`);
            } finally {
                await other.close();
            }
        });
    }

    it("is dark where the system is", async () => {
        const colours = "[getComputedStyle(document.body).backgroundColor, plots[0][0].series[3].stroke()]";
        await page!.colours("light");
        const light = await page!.evaluate(colours);
        await page!.colours("dark");
        assert.deepEqual(
            [light, await page!.evaluate(colours)],
            [
                ["rgb(255, 255, 255)", "#2c9f5b"],
                ["rgb(20, 25, 31)", "#5fce8d"],
            ],
        );
    });

    it("is printed as on a light screen, no wider than a sheet, and is dark again afterwards", async () => {
        const marker = "getComputedStyle([...document.querySelectorAll('.u-marker')][3]).borderColor";
        const looks = `[getComputedStyle(document.body).color, plots[0][0].series[3].stroke(), ${marker}, plots[0][0].width <= 680]`;
        await page!.colours("dark");
        await page!.evaluate("dispatchEvent(new Event('beforeprint'))");
        assert.deepEqual(await page!.evaluate(looks), ["rgb(28, 39, 51)", "#2c9f5b", "rgb(44, 159, 91)", true]);
        await page!.evaluate("dispatchEvent(new Event('afterprint'))");
        assert.deepEqual(await page!.evaluate(looks), ["rgb(228, 233, 238)", "#5fce8d", "rgb(95, 206, 141)", false]);
    });
});

describe("the time below the charts of a replay", function () {
    this.timeout(60_000);
    const chromium = inBrowser();

    const day = 86_400;
    const rows: readonly (readonly [what: string, rows: number, periodSeconds: number, labels: readonly string[]])[] = [
        ["a single minute", 1, 60, ["Mon 5", "00:01"]],
        [
            "four days: the days of the week",
            4,
            day,
            [
                "Mon 5",
                "08:00",
                "16:00",
                "Tue 6",
                "08:00",
                "16:00",
                "Wed 7",
                "08:00",
                "16:00",
                "Thu 8",
                "08:00",
                "16:00",
                "Fri 9",
            ],
        ],
        [
            "more than two weeks: the dates",
            15,
            day,
            ["Jan 5", "Jan 7", "Jan 9", "Jan 11", "Jan 13", "Jan 15", "Jan 17", "Jan 19"],
        ],
    ];
    for (const [what, count, periodSeconds, expected] of rows) {
        it(what, async () => {
            const [trace, html] = ["load.csv", "page.html"].map((name) => path.join(chromium.folder, name)) as [
                string,
                string,
            ];
            const lines = Array.from({ length: count }, (_, at) => `${startSeconds + at * periodSeconds},4`);
            writeFileSync(trace, `time,shards\n${lines.join("\n")}\n`);
            const given = ["--mode", "reactive", "--noise", "0", "--period", `${periodSeconds}`, "--html", html];
            await runInProcess(defineReplay, ["replay", trace, ...given], { env: {} });
            const page = await openPage(chromium.browser, html);
            try {
                assert.deepEqual(await page.evaluate(labels), expected);
            } finally {
                await page.close();
            }
        });
    }
});
