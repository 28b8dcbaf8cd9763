/**
 * The day as one HTML page: charts and tables in a single file, without scripts and without anything from the network.
 */
import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { formatDollars, formatNumber, formatPercent } from "../capacity/text";
import { type AlarmChange, type Moment } from "./day";
import { DemoError } from "./options";
import { type Played } from "./playing";
import { clockTime } from "./view";

export interface Report extends Played {
    readonly streamName: string;
    readonly engine: string;
    readonly rejectedBy: readonly string[];
    readonly recordsPerSecondPerShard: number;
    readonly notes: readonly string[];
}

const width = 960;
const height = 240;
const margin = { left: 80, right: 28, top: 12, bottom: 28 } as const;

/** Makes the report's folder before anything is started: a day that was played for nothing is a minute lost. */
export function prepareReport(file: string): void {
    try {
        mkdirSync(path.dirname(file), { recursive: true });
        if (existsSync(file) && statSync(file).isDirectory()) throw new Error("it is a directory");
        accessSync(existsSync(file) ? file : path.dirname(file), constants.W_OK);
    } catch (error) {
        throw unwritable(file, error);
    }
}

export function writeReport(file: string, report: Report): void {
    try {
        writeFileSync(file, reportHtml(report));
    } catch (error) {
        throw unwritable(file, error);
    }
}

function unwritable(file: string, error: unknown): DemoError {
    return new DemoError(`--report: ${file} cannot be written: ${(error as Error).message}. Name another file.`);
}

function reportHtml(report: Report): string {
    const { moments, acceptedRecords, refusedRecords } = report;
    const startMs = moments[0]?.timeMs ?? 0;
    const endMs = moments.at(-1)?.timeMs ?? startMs + 1;
    const x = (timeMs: number) =>
        margin.left + ((timeMs - startMs) / Math.max(1, endMs - startMs)) * (width - margin.left - margin.right);
    const capacity = (moment: Moment) => moment.openShards * report.recordsPerSecondPerShard;
    const title = escape(`A day of the stream ${report.streamName}`);
    const facts: readonly [string, string][] = [
        ["accepted", `${formatNumber(acceptedRecords)} records`],
        [
            "refused",
            `${formatNumber(refusedRecords)} records (${formatPercent(refusedRecords / Math.max(1, acceptedRecords + refusedRecords), 2)})`,
        ],
        ["shards", shardRange(moments)],
        ["cost of the day", `${formatDollars(report.dollars)} (shard-hours and PUT payload units)`],
        ["engine", report.engine],
        ["rejected before the deployment by", report.rejectedBy.join(", ") || "nothing"],
    ];
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark; --ink: #1c2733; --paper: #fff; --faint: #d7dde4; --load: #1f77b4; --capacity: #2c9f5b; --refused: #d1383d; --alarm: #d1383d22; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --paper: #14191f; --faint: #36404b; --load: #63b1ea; --capacity: #5fce8d; --refused: #ff7276; --alarm: #ff727633; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: ${width}px; margin: 2rem auto; padding: 0 1rem; }
svg { width: 100%; height: auto; } svg text { fill: currentColor; font-size: 12px; }
.grid { stroke: var(--faint); } .line { fill: none; stroke-width: 2; } .key { display: inline-block; width: 1.2em; height: .3em; vertical-align: middle; margin: 0 .3em 0 1em; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25em .75em .25em 0; border-bottom: 1px solid var(--faint); vertical-align: top; } dt { font-weight: 600; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .1em 1.5em; }
dd { margin: 0; }
</style>
</head>
<body>
<h1>${title}</h1>
<dl>${facts.map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`).join("\n")}</dl>
<h2>Load and capacity<span class="key" style="background:var(--load)"></span><small>offered records/s</small><span class="key" style="background:var(--capacity)"></span><small>what the open shards take</small></h2>
${chart(
    moments,
    startMs,
    endMs,
    x,
    [
        { colour: "--load", values: moments.map((moment) => moment.offeredRecordsPerSecond) },
        { colour: "--capacity", values: moments.map(capacity), stepped: true },
    ],
    report.alarms,
)}
<h2>Refused<span class="key" style="background:var(--refused)"></span><small>records in five minutes</small></h2>
${chart(moments, startMs, endMs, x, [{ colour: "--refused", values: moments.map((moment) => moment.refusedRecords) }], report.alarms)}
<h2>Open shards</h2>
${chart(moments, startMs, endMs, x, [{ colour: "--capacity", values: moments.map((moment) => moment.openShards), stepped: true }], report.alarms)}
${section(
    "Alarms",
    ["time", "alarm", "state", "reason"],
    report.alarms.map((alarm) => [clockTime(alarm.timeMs), alarm.alarmName, alarm.state, alarm.reason]),
    "No alarm changed its state.",
)}
${section(
    "Scaling decisions",
    ["time", "reason", "what and why"],
    report.decisions.map((decision) => [clockTime(decision.timeMs), decision.reason, decision.message]),
    "No scaler was attached, or it changed nothing.",
)}
${report.notes.map((note) => `<p><small>${escape(note)}</small></p>`).join("\n")}
</body>
</html>
`;
}

interface Series {
    readonly colour: string;
    readonly values: readonly number[];
    /** Holds each value until the next, as a shard count does. */
    readonly stepped?: boolean;
}

function chart(
    moments: readonly Moment[],
    startMs: number,
    endMs: number,
    x: (timeMs: number) => number,
    series: readonly Series[],
    alarms: readonly AlarmChange[],
): string {
    const top = niceCeiling(Math.max(1, ...series.flatMap(({ values }) => values)));
    const y = (value: number) => height - margin.bottom - (value / top) * (height - margin.top - margin.bottom);
    const rows = [0, 0.25, 0.5, 0.75, 1].map((fraction) => {
        const at = y(top * fraction).toFixed(1);
        return `<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}"/><text x="${margin.left - 6}" y="${Number(at) + 4}" text-anchor="end">${formatNumber(top * fraction, 1)}</text>`;
    });
    const hours: string[] = [];
    for (let timeMs = Math.ceil(startMs / 10_800_000) * 10_800_000; timeMs <= endMs; timeMs += 10_800_000) {
        hours.push(
            `<text x="${x(timeMs).toFixed(1)}" y="${height - 8}" text-anchor="middle">${clockTime(timeMs)}</text>`,
        );
    }
    const lines = series.map(({ colour, values, stepped }) => {
        const points = values.map((value, index) => {
            const here = `${x(moments[index]!.timeMs).toFixed(1)},${y(value).toFixed(1)}`;
            const before = values[index - 1];
            return stepped && before !== undefined
                ? `${x(moments[index]!.timeMs).toFixed(1)},${y(before).toFixed(1)} ${here}`
                : here;
        });
        return `<polyline class="line" style="stroke:var(${colour})" points="${points.join(" ")}"/>`;
    });
    return `<svg viewBox="0 0 ${width} ${height}" role="img">${alarmBands(alarms, endMs, x)}${rows.join("")}${hours.join("")}${lines.join("")}</svg>`;
}

/** Grey bands behind a chart while any alarm was on. */
function alarmBands(alarms: readonly AlarmChange[], endMs: number, x: (timeMs: number) => number): string {
    return alarms
        .map((alarm, index) => {
            if (alarm.state !== "ALARM") return "";
            const cleared = alarms
                .slice(index + 1)
                .find((later) => later.alarmName === alarm.alarmName && later.state !== "ALARM");
            const [from, to] = [x(alarm.timeMs), x(cleared?.timeMs ?? endMs)];
            return `<rect x="${from.toFixed(1)}" y="${margin.top}" width="${Math.max(1, to - from).toFixed(1)}" height="${height - margin.top - margin.bottom}" style="fill:var(--alarm)"><title>${escape(alarm.alarmName)}</title></rect>`;
        })
        .join("");
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[], none: string): string {
    if (rows.length === 0) return `<h2>${escape(title)}</h2><p>${escape(none)}</p>`;
    const cells = (tag: string, row: readonly string[]) =>
        `<tr>${row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("")}</tr>`;
    return `<h2>${escape(title)}</h2><table>${cells("th", head)}${rows.map((row) => cells("td", row)).join("\n")}</table>`;
}

/** The next of 1, 2, 2.5, 5 or 10 times a power of ten. */
function niceCeiling(value: number): number {
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 2.5, 5, 10].map((step) => step * power).find((ceiling) => ceiling >= value)!;
}

function shardRange(moments: readonly Moment[]): string {
    const counts = moments.map((moment) => moment.openShards);
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    return least === most ? `${least} all day` : `${least} to ${most}`;
}

function escape(text: string): string {
    return text.replace(
        /[&<>"]/g,
        (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[character]!,
    );
}
