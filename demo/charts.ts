/**
 * The charts of a report: drawn by uPlot, which the page brings along, so that one can read a moment and zoom into it without a network.
 */
import { readFileSync } from "node:fs";
import { type AlarmChange } from "./day";
import { type PlayedStream } from "./played";

/** What a page with charts has in its head. */
export function chartsHead(): string {
    const style = readFileSync(require.resolve("uplot/dist/uPlot.min.css"), "utf8");
    return `<style>${style}</style>`;
}

/** Where the charts of a stream are drawn. */
export function chartsOf(index: number): string {
    return `<div class="charts" data-stream="${index}"></div>`;
}

/** What a page with charts has at its end. */
export function chartsScript(streams: readonly PlayedStream[], alarms: readonly AlarmChange[]): string {
    const library = readFileSync(require.resolve("uplot/dist/uPlot.iife.min.js"), "utf8");
    const names = streams.map(({ stream }) => stream.name);
    const data = streams.map(({ stream, moments }) => ({
        times: moments.map(({ timeMs }) => timeMs / 1_000),
        offered: moments.map(({ offeredRecordsPerSecond }) => Math.round(offeredRecordsPerSecond * 10) / 10),
        capacity: moments.map(({ openShards }) => Math.round(openShards * stream.load.recordsPerSecondPerShard)),
        refused: moments.map(({ refusedRecords }) => refusedRecords),
        shards: moments.map(({ openShards }) => openShards),
        alarms: alarmTimes(
            alarms.filter(({ alarmName }) => [undefined, stream.name].includes(streamOfAlarm(alarmName, names))),
        ),
    }));
    const json = JSON.stringify(data).replaceAll("<", "\\u003c");
    return `<script>${library}</script>\n<script>const streams = ${json};${drawing}</script>`;
}

/** An alarm has its stream's name in front, of which another stream's may be the beginning; one of another name may be about any. */
export function streamOfAlarm(alarmName: string, streamNames: readonly string[]): string | undefined {
    return streamNames
        .filter((name) => alarmName.startsWith(name))
        .sort((left, right) => right.length - left.length)
        .at(0);
}

/** From when until when an alarm was on, in seconds; without an end it still is. */
function alarmTimes(alarms: readonly AlarmChange[]): { from: number; to: number | undefined }[] {
    return alarms.flatMap((alarm, index) => {
        if (alarm.state !== "ALARM") return [];
        const cleared = alarms
            .slice(index + 1)
            .find((later) => later.alarmName === alarm.alarmName && later.state !== "ALARM");
        return [{ from: alarm.timeMs / 1_000, to: cleared && cleared.timeMs / 1_000 }];
    });
}

/** Runs in the page. Charts are painted in the page's colours, again when those change, and zoomed all at once. */
const drawing = `
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name);
const stepped = uPlot.paths.stepped({ align: -1 });
const whole = (plot, value) => (value == null ? "" : value.toLocaleString("en-US"));
const line = (label, name, paths) => ({ label, stroke: () => colour(name), width: 2, paths, value: whole, points: { show: false } });
const rows = [
    ["Load and capacity", ["offered", "capacity"], [line("offered records/s", "load"), line("what the open shards take", "capacity", stepped)]],
    ["Refused", ["refused"], [line("records refused in five minutes", "refused")]],
    ["Open shards", ["shards"], [line("open shards", "capacity", stepped)]],
];
const axis = (more) => ({ stroke: () => colour("ink"), grid: { stroke: () => colour("faint"), width: 1 }, ticks: { show: false }, ...more });
const bands = (alarms) => (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.fillStyle = colour("alarm");
    for (const { from, to } of alarms) {
        const [left, right] = [from, to ?? plot.scales.x.max].map((at) => Math.min(Math.max(plot.valToPos(at, "x", true), bbox.left), bbox.left + bbox.width));
        if (right > left) ctx.fillRect(left, bbox.top, Math.max(1, right - left), bbox.height);
    }
    ctx.restore();
};
const plots = [];
for (const place of document.querySelectorAll(".charts")) {
    const stream = streams[place.dataset.stream];
    for (const [title, columns, series] of rows) {
        place.append(Object.assign(document.createElement("h3"), { textContent: title }));
        const options = {
            width: place.clientWidth, height: 220, tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
            cursor: { sync: { key: "day" }, drag: { x: true, y: false } },
            scales: { y: { range: (plot, least, most) => [0, Math.max(1, most * 1.05)] } },
            axes: [axis({ values: [[3600, "{HH}:{mm}", null, null, null, null, null, null, 1], [60, "{HH}:{mm}", null, null, null, null, null, null, 1]] }), axis({ size: 75, values: (plot, ticks) => ticks.map((tick) => whole(plot, tick)) })],
            series: [{ label: "time", value: "{HH}:{mm}" }, ...series],
            hooks: { drawClear: [bands(stream.alarms)] },
        };
        plots.push([new uPlot(options, [stream.times, ...columns.map((column) => stream[column])], place), place]);
    }
}
new ResizeObserver(() => plots.forEach(([plot, place]) => plot.setSize({ width: place.clientWidth, height: 220 }))).observe(document.body);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plots.forEach(([plot]) => plot.redraw(false, true)));
`;
