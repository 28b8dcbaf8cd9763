/**
 * The day as one HTML page: charts and tables in a single file, without anything from the network.
 */
import { accessSync, constants, existsSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { formatDollars, formatNumber, formatPercent } from "../capacity/text";
import { chartsHead, chartsOf, chartsScript } from "./charts";
import { RehearsalError } from "./options";
import { type Played, type PlayedStream } from "./played";
import { clockTime } from "./view";

export interface Report extends Played {
    readonly engine: string;
    readonly rejectedBy: readonly string[];
    readonly mocked: readonly string[];
    readonly notes: readonly string[];
}

/** Looks at the report's folder before anything is started: a day that was played for nothing is a minute lost. */
export function checkReport(file: string): void {
    const folder = path.dirname(file);
    try {
        if (!existsSync(folder)) throw new Error(`there is no folder ${folder}`);
        if (existsSync(file) && statSync(file).isDirectory()) throw new Error("it is a directory");
        accessSync(existsSync(file) ? file : folder, constants.W_OK);
    } catch (error) {
        throw unwritable(file, error, 2);
    }
}

/** Where it was written: without a file of its own into a new folder that nobody else can have foreseen. */
export function writeReport(named: string | undefined, report: Report): string {
    const html = reportHtml(report);
    const file = named ?? path.join(mkdtempSync(path.join(tmpdir(), "rehearsal-report-")), "day.html");
    try {
        writeFileSync(file, html);
    } catch (error) {
        throw unwritable(file, error, 1);
    }
    return file;
}

function unwritable(file: string, error: unknown, exitCode: 1 | 2): RehearsalError {
    return new RehearsalError(
        `--report: ${file} cannot be written: ${(error as Error).message}. Name another file.`,
        exitCode,
    );
}

function reportHtml(report: Report): string {
    const { streams, alarms, decisions, dayEndMs, stoppedAtMs } = report;
    const timeOf = (timeMs: number) => clockTime(timeMs, dayEndMs);
    const names = streams.map(({ stream }) => stream.name).join(", ");
    const title = escape(`A day of the ${streams.length === 1 ? "stream" : "streams"} ${names}`);
    const facts: Facts = [
        ...(stoppedAtMs === undefined
            ? []
            : [["stopped", `at ${timeOf(stoppedAtMs)} of the day; the rest was not played`] as const]),
        ["paid", `${formatDollars(report.dollars)} for the streams and what was written`],
        ["engine", report.engine],
        ["rejected before the deployment by", report.rejectedBy.join(", ") || "nothing"],
        ...report.mocked.map((name) => ["answered by a mock", name] as const),
    ];
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${chartsHead()}
<style>
:root { color-scheme: light dark; --ink: #1c2733; --paper: #fff; --faint: #d7dde4; --load: #1f77b4; --capacity: #2c9f5b; --refused: #d1383d; --alarm: #d1383d22; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --paper: #14191f; --faint: #36404b; --load: #63b1ea; --capacity: #5fce8d; --refused: #ff7276; --alarm: #ff727633; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 960px; margin: 2rem auto; padding: 0 1rem; }
h3 { margin: 1em 0 0; font-size: 1em; } .u-legend { text-align: left; } .u-select { background: var(--alarm); } .wide { overflow-x: auto; }
table.rows { border-collapse: collapse; width: 100%; } .rows th, .rows td { text-align: left; padding: .25em .75em .25em 0; border-bottom: 1px solid var(--faint); vertical-align: top; }
dt { font-weight: 600; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .1em 1.5em; } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40em) { dl { display: block; } }
</style>
</head>
<body>
<h1>${title}</h1>
${factList(facts)}
<p><small>Point at a chart to read a moment; drag over it to zoom all charts, click twice to see the whole day again. Shaded: an alarm was on. Times are UTC.</small></p>
${streams.map(streamSection).join("\n")}
${section(
    "Alarms",
    ["time", "alarm", "state", "reason"],
    alarms.map((alarm) => [timeOf(alarm.timeMs), alarm.alarmName, alarm.state, alarm.reason]),
    "No alarm changed its state.",
)}
${section(
    "Scaling decisions",
    ["time", "stream", "reason", "what and why"],
    decisions.map((decision) => [timeOf(decision.timeMs), decision.streamName, decision.reason, decision.message]),
    "No scaler was attached, or it changed nothing.",
)}
${report.notes.map((note) => `<p><small>${escape(note)}</small></p>`).join("\n")}
${chartsScript(streams, alarms)}
</body>
</html>
`;
}

function streamSection(played: PlayedStream, index: number): string {
    const { stream, moments, acceptedRecords, refusedRecords, dollars } = played;
    const refused = formatPercent(refusedRecords / Math.max(1, acceptedRecords + refusedRecords), 2);
    const facts: Facts = [
        ["accepted", `${formatNumber(acceptedRecords)} records`],
        ["refused", `${formatNumber(refusedRecords)} records (${refused})`],
        ["shards", shardRange([stream.plannedShards, ...moments.map(({ openShards }) => openShards)])],
        ["paid", formatDollars(dollars)],
    ];
    return `<h2>${escape(stream.name)}</h2>\n${factList(facts)}\n${chartsOf(index)}`;
}

type Facts = readonly (readonly [name: string, value: string])[];

function factList(facts: Facts): string {
    return `<dl>${facts.map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`).join("\n")}</dl>`;
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[], none: string): string {
    if (rows.length === 0) return `<h2>${escape(title)}</h2><p>${escape(none)}</p>`;
    const cells = (tag: string, row: readonly string[]) =>
        `<tr>${row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("")}</tr>`;
    const table = `<table class="rows">${cells("th", head)}${rows.map((row) => cells("td", row)).join("\n")}</table>`;
    return `<h2>${escape(title)}</h2><div class="wide">${table}</div>`;
}

function shardRange(counts: readonly number[]): string {
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    return least === most ? `${least} all the time` : `${least} to ${most}`;
}

function escape(text: string): string {
    return text.replace(
        /[&<>"]/g,
        (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[character]!,
    );
}
