/**
 * The day as one HTML page: charts and tables in a single file, without anything from the network.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { formatDollars, formatNumber, formatPercent } from "../capacity/text";
import { whyUnwritable } from "../charts/file";
import { escapeHtml, factList, type Facts, tableSection } from "../charts/html";
import { chartPage, chartsHint } from "../charts/page";
import { chartsData, chartsOf, chartsScript } from "./charts";
import { RehearsalError } from "./options";
import { type Played, type PlayedStream, refusedShare } from "./played";
import { clockTime } from "./view";

export interface Report extends Played {
    readonly engine: string;
    readonly rejectedBy: readonly string[];
    readonly mocked: readonly string[];
    readonly notes: readonly string[];
}

/** Looks at the report's folder before anything is started: a day that was played for nothing is a minute lost. */
export function checkReport(file: string, reads: readonly (string | undefined)[]): void {
    const why = whyUnwritable(file, reads);
    if (why !== undefined) throw unwritable(file, why, 2);
}

/** Where it was written: without a file of its own into a new folder that nobody else can have foreseen. */
export function writeReport(named: string | undefined, report: Report): string {
    const html = reportHtml(report);
    const file = named ?? path.join(mkdtempSync(path.join(tmpdir(), "rehearsal-report-")), "day.html");
    try {
        writeFileSync(file, html);
    } catch (error) {
        throw unwritable(file, (error as Error).message, 1);
    }
    return file;
}

function unwritable(file: string, why: string, exitCode: 1 | 2): RehearsalError {
    return new RehearsalError(`--report: ${file} cannot be written: ${why}. Name another file.`, exitCode);
}

function reportHtml(report: Report): string {
    const { streams, alarms, decisions, dayEndMs, stoppedAtMs } = report;
    const timeOf = (timeMs: number) => clockTime(timeMs, dayEndMs);
    const names = streams.map(({ stream }) => stream.name).join(", ");
    const title = `A day of the ${streams.length === 1 ? "stream" : "streams"} ${names}`;
    const facts: Facts = [
        ...(stoppedAtMs === undefined
            ? []
            : [["stopped", `at ${timeOf(stoppedAtMs)} of the day; the rest was not played`] as const]),
        ["paid", `${formatDollars(report.dollars)} for the streams and what was written`],
        ["engine", report.engine],
        ["rejected before the deployment by", report.rejectedBy.join(", ") || "nothing"],
        ...report.mocked.map((name) => ["answered by a mock", name] as const),
    ];
    const body = `${factList(facts)}
<p><small>${chartsHint} Shaded: an alarm was on. Times are UTC.</small></p>
${streams.map(streamSection).join("\n")}
${tableSection(
    "Alarms",
    ["time", "alarm", "state", "reason"],
    alarms.map((alarm) => [timeOf(alarm.timeMs), alarm.alarmName, alarm.state, alarm.reason]),
    "No alarm changed its state.",
)}
${tableSection(
    "Scaling decisions",
    ["time", "stream", "reason", "what and why"],
    decisions.map((decision) => [timeOf(decision.timeMs), decision.streamName, decision.reason, decision.message]),
    "No scaler was attached, or it changed nothing.",
)}
${report.notes.map((note) => `<p><small>${escapeHtml(note)}</small></p>`).join("\n")}`;
    return chartPage({ title, body, data: chartsData(report), script: chartsScript });
}

function streamSection(played: PlayedStream, index: number): string {
    const { stream, moments, acceptedRecords, refusedRecords, dollars } = played;
    const refused = formatPercent(refusedShare(played), 2);
    const facts: Facts = [
        ["accepted", `${formatNumber(acceptedRecords)} records`],
        ["refused", `${formatNumber(refusedRecords)} records (${refused})`],
        ["shards", shardRange([stream.plannedShards, ...moments.map(({ openShards }) => openShards)])],
        ["paid", formatDollars(dollars)],
    ];
    return `<h2>${escapeHtml(stream.name)}</h2>\n${factList(facts)}\n${moments.length === 0 ? "<p>Nothing of the day was played.</p>" : chartsOf(index)}`;
}

function shardRange(counts: readonly number[]): string {
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    return least === most ? `${formatNumber(least)} all the time` : `${formatNumber(least)} to ${formatNumber(most)}`;
}
