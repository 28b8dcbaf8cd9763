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
:root { color-scheme: light dark; --ink: #1c2733; --paper: #fff; --faint: #d7dde4; --load: #1f77b4; --mean: #e08a00; --capacity: #2c9f5b; --refused: #d1383d; --alarm: #d1383d22; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --paper: #14191f; --faint: #36404b; --load: #63b1ea; --mean: #ffb84d; --capacity: #5fce8d; --refused: #ff7276; --alarm: #ff727633; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 960px; margin: 2rem auto; padding: 0 1rem; }
h1 { overflow-wrap: anywhere; } h3 { margin: 1em 0 0; font-size: 1em; } .u-legend { text-align: left; } .u-select { background: var(--alarm); } .wide { overflow-x: auto; }
table.rows { border-collapse: collapse; width: 100%; } .rows th, .rows td { text-align: left; padding: .25em .75em .25em 0; border-bottom: 1px solid var(--faint); vertical-align: top; }
dt { font-weight: 600; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .1em 1.5em; } dd { margin: 0; overflow-wrap: anywhere; }
table.told td:first-child { white-space: nowrap; }
@media (max-width: 40em) {
  dl, .told, .told tbody, .told tr, .told td { display: block; } .told tr:first-child { display: none; }
  .told tr { padding: .5em 0; border-bottom: 1px solid var(--faint); } table.told td { padding: 0; border: 0; }
  table.told td:first-child { font-weight: 600; } table.told td:nth-child(2), table.told td:nth-child(3) { display: inline; } .told td:nth-child(3):not(:empty)::before { content: " - "; }
}
`;

/** Runs in the page. Charts are painted in the page's colours, again when those change, and zoomed all at once. */
const tools = `
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name);
const stepped = uPlot.paths.stepped({ align: -1 });
const whole = (plot, value) => (value == null ? "" : value.toLocaleString("en-US"));
const line = (label, name, paths) => ({ label, stroke: () => colour(name), width: 2, paths, value: whole, points: { show: false } });
const axis = (more) => ({ stroke: () => colour("ink"), grid: { stroke: () => colour("faint"), width: 1 }, ticks: { show: false }, ...more });
const height = 220;
const plots = [];
/** @param x title and values of the time's legend, and its axis */
const drawChart = (place, title, x, series, columns, hooks = {}) => {
    place.append(Object.assign(document.createElement("h3"), { textContent: title }));
    const options = {
        width: place.clientWidth, height, tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        cursor: { sync: { key: "all" }, drag: { x: true, y: false } },
        scales: { y: { range: (plot, least, most) => [0, Math.max(1, most * 1.12)] } },
        axes: [axis({ values: x.axis, space: 65 }), axis({ size: 75, values: (plot, ticks) => ticks.map((tick) => whole(plot, tick)) })],
        series: [{ label: "time", value: x.value }, ...series],
        hooks,
    };
    const plot = new uPlot(options, columns, place);
    plots.push([plot, place]);
    return plot;
};
new ResizeObserver(() => plots.forEach(([plot, place]) => plot.setSize({ width: place.clientWidth, height }))).observe(document.body);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plots.forEach(([plot]) => plot.redraw(false, true)));
`;
