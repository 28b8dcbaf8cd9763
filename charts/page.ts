/**
 * A page with charts in one file: drawn by uPlot, which the page brings along, so that one can read a moment and zoom into it without a
 * network.
 */
import { readFileSync } from "node:fs";
import { escapeHtml } from "./html";

export interface ChartPage {
    readonly title: string;
    /** HTML below the title. */
    readonly body: string;
    /** What the script finds as `data`. */
    readonly data: unknown;
    /** Draws the charts, with what `tools` below has. */
    readonly script: string;
    /** Styles beside those that all pages have. */
    readonly style?: string;
}

export function chartPage({ title, body, data, script, style = "" }: ChartPage): string {
    const library = readFileSync(require.resolve("uplot/dist/uPlot.iife.min.js"), "utf8");
    const libraryStyle = readFileSync(require.resolve("uplot/dist/uPlot.min.css"), "utf8");
    // Nothing that stands in the data ends the script.
    const json = JSON.stringify(data).replaceAll("<", "\\u003c");
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${libraryStyle}</style>
<style>${pageStyle}${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
<script>${library}</script>
<script>const data = ${json};${tools}${script}</script>
</body>
</html>
`;
}

const pageStyle = `
:root { color-scheme: light dark; --ink: #1c2733; --paper: #fff; --faint: #d7dde4; --load: #1f77b4; --mean: #c27400; --capacity: #2c9f5b; --refused: #d1383d; --alarm: #d1383d22; }
@media (prefers-color-scheme: dark) { :root:not(.paper) { --ink: #e4e9ee; --paper: #14191f; --faint: #36404b; --load: #63b1ea; --mean: #ffb84d; --capacity: #5fce8d; --refused: #ff7276; --alarm: #ff727633; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 960px; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { overflow-wrap: anywhere; } h3 { margin: 1em 0 0; font-size: 1em; } .u-legend { text-align: left; } .u-select { background: var(--alarm); } .wide { overflow-x: auto; }
table.rows { border-collapse: collapse; width: 100%; } .rows th, .rows td { text-align: left; padding: .25em .75em .25em 0; border-bottom: 1px solid var(--faint); vertical-align: top; }
dt { font-weight: 600; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .1em 1.5em; } dd { margin: 0; overflow-wrap: anywhere; }
table.told td:first-child { white-space: nowrap; } .told td:nth-child(2) { min-width: 10em; } .told td:nth-child(2), .told td:last-child { overflow-wrap: anywhere; }
@media (max-width: 40em) {
  dl, .told, .told tbody, .told tr, .told td { display: block; } .told tr:first-child { display: none; }
  .told tr { padding: .5em 0; border-bottom: 1px solid var(--faint); } table.told td { padding: 0; border: 0; }
  table.told td:first-child { font-weight: 600; } .told td:nth-child(2) { min-width: 0; } table.told td:nth-child(2), table.told td:nth-child(3) { display: inline; } .told td:nth-child(3):not(:empty)::before { content: " - "; }
}
:root.paper { color-scheme: light; }
@media print { body { max-width: none; margin: 0; padding: 0; font-size: 12px; } .wide { overflow: visible; } h2, h3 { break-after: avoid; } tr, .uplot { break-inside: avoid; } }
`;

/** How a chart is read and zoomed; what every page with charts says. */
export const chartsHint = `Point at a chart to read a moment, drag over it to zoom all charts, click twice to see everything again. With a finger slide to read, with two zoom; with the keyboard the arrows read, + and - zoom, and Escape shows everything again.`;

/** Runs in the page. Charts are painted in the page's colours, again when those change, and on paper as on a light screen; they are zoomed all at once. */
const tools = `
const root = document.documentElement;
const colour = (name) => getComputedStyle(root).getPropertyValue("--" + name);
const stepped = uPlot.paths.stepped({ align: -1 });
const two = (number) => String(number).padStart(2, "0");
const clockOf = (time) => two(Math.floor(time / 3600) % 24) + ":" + two(Math.floor(time / 60) % 60);
const whole = (plot, value) => (value == null ? "" : value.toLocaleString("en-US"));
const line = (label, name, paths) => ({ label, colour: name, stroke: () => colour(name), width: 2, paths, value: whole, points: { show: false } });
const axis = (more) => ({ stroke: () => colour("ink"), grid: { stroke: () => colour("faint"), width: 1 }, ticks: { show: false }, ...more });
const timesOf = (seconds, counts) => counts.map((count) => count * seconds);
const [day, month, year] = [86400, 30 * 86400, 365 * 86400];
// Nothing is known of less than a minute.
const timeSteps = [...timesOf(60, [1, 5, 10, 15, 30]), ...timesOf(3600, [1, 2, 3, 4, 6, 8, 12]), ...timesOf(day, [1, 2, 3, 4, 5, 7, 10, 15]), ...timesOf(month, [1, 2, 3, 4, 6]), ...timesOf(year, [1, 2, 5, 10])];
const height = 220;
const paperWidth = 680;
const plots = [];
/** @param x title and values of the time's legend, and its axis */
const drawChart = (place, title, x, series, columns, hooks = {}) => {
    place.append(Object.assign(document.createElement("h3"), { textContent: title }));
    const options = {
        width: place.clientWidth, height, tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        cursor: { sync: { key: "all" }, drag: { x: true, y: false } },
        scales: { y: { range: (plot, least, most) => [0, Math.max(1, most * 1.12)] } },
        axes: [axis({ values: x.axis, space: 65, incrs: timeSteps }), axis({ size: 75, values: (plot, ticks) => ticks.map((tick) => whole(plot, tick)) })],
        series: [{ label: "time", value: x.value }, ...series],
        legend: { markers: { stroke: (plot, at) => "var(--" + plot.series[at].colour + ")" } },
        hooks,
    };
    const plot = new uPlot(options, columns, place);
    plots.push([plot, place]);
    takeKeys(plot, title);
    takeFingers(plot);
    return plot;
};
const showTimes = (min, max) => plots.forEach(([plot]) => plot.setScale("x", { min, max }));
const among = (least, value, most) => Math.min(Math.max(value, least), most);
/** Shows about so many seconds around a time in all charts: no less than two minutes, and nothing beyond the data. Says which. */
const showAround = ({ data: [at] }, middle, seconds) => {
    const [first, last] = [at[0], at[at.length - 1]];
    const span = among(Math.min(120, last - first), seconds, last - first);
    const start = among(first, middle - span / 2, last - span);
    showTimes(start, start + span);
    return { start, span };
};
const readAt = (plot, left) => plot.setCursor({ left, top: plot.over.clientHeight / 2 }, true, true);
const readSteps = { ArrowLeft: -1, ArrowRight: 1, Home: -100, End: 100 };
const zooms = { "+": 0.5, "=": 0.5, "-": 2 };
/** An arrow goes on by a hundredth of what is shown. */
const takeKeys = (plot, title) => {
    Object.assign(plot.root, { tabIndex: 0, role: "group", ariaLabel: title });
    Object.assign(plot.ctx.canvas, { role: "img", ariaLabel: title });
    plot.root.querySelector(".u-legend").ariaLive = "polite";
    plot.root.addEventListener("keydown", (event) => {
        const { key, ctrlKey, altKey, metaKey } = event;
        const [at] = plot.data;
        const { min, max } = plot.scales.x;
        const last = at.length - 1;
        const [from, to] = [plot.valToIdx(min), plot.valToIdx(max)];
        const read = plot.cursor.left < 0 ? from : among(from, plot.cursor.idx ?? from, to);
        if (ctrlKey || altKey || metaKey) return;
        if (key in readSteps) {
            const index = among(from, read + readSteps[key] * Math.max(1, Math.round((to - from) / 100)), to);
            readAt(plot, plot.valToPos(at[index], "x"));
        } else if (key in zooms) {
            const { start, span } = showAround(plot, at[read], (max - min) * zooms[key]);
            readAt(plot, (plot.over.clientWidth * (at[read] - start)) / span);
        } else if (key === "Escape") showTimes(at[0], at[last]);
        else return;
        event.preventDefault();
    });
};
/** One finger reads, two hold the times that are under them; up and down the page scrolls as ever. */
const takeFingers = (plot) => {
    const { over } = plot;
    const fingers = new Map();
    let held = [];
    over.style.touchAction = "pan-y";
    const touched = (act) => (event) => {
        if (event.pointerType !== "touch") return;
        act(event, event.clientX - over.getBoundingClientRect().left);
    };
    const hold = () => (held = [...fingers.values()].map((left) => plot.posToVal(left, "x")));
    const lift = touched(({ pointerId }) => {
        fingers.delete(pointerId);
        hold();
    });
    const listeners = {
        pointerdown: touched(({ pointerId }, left) => {
            fingers.set(pointerId, left);
            hold();
        }),
        pointermove: touched(({ pointerId }, left) => {
            if (!fingers.has(pointerId)) return;
            fingers.set(pointerId, left);
            if (fingers.size === 1) return readAt(plot, left);
            const [one, other] = [...fingers.values()];
            if (one === other) return;
            const secondsEach = (held[1] - held[0]) / (other - one);
            const width = over.clientWidth;
            if (secondsEach > 0) showAround(plot, held[0] + (width / 2 - one) * secondsEach, width * secondsEach);
        }),
        pointerup: lift,
        pointercancel: lift,
    };
    for (const [name, listener] of Object.entries(listeners)) over.addEventListener(name, listener);
};
const fit = (widthMax = Infinity) => plots.forEach(([plot, place]) => plot.setSize({ width: Math.min(place.clientWidth, widthMax), height }));
const paint = () => plots.forEach(([plot]) => plot.redraw(false, true));
const onPaper = (isPaper) => {
    root.classList.toggle("paper", isPaper);
    fit(isPaper ? paperWidth : Infinity);
    paint();
};
addEventListener("beforeprint", () => onPaper(true));
addEventListener("afterprint", () => onPaper(false));
new ResizeObserver(() => fit(root.classList.contains("paper") ? paperWidth : Infinity)).observe(document.body);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
`;
