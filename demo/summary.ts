/**
 * What came of a rehearsal: the document of --json, the same in lines for people, and the exit code.
 */
import { cents } from "../capacity/sizing/costItems";
import { priceList } from "../capacity/sizing/prices";
import { formatDollars, formatNumber, formatPercent } from "../capacity/text";
import { type Options } from "./options";
import { type Played, refusedShare } from "./played";
import { type DeployedStream } from "./streams";
import { clockTime, type View } from "./view";

/** The document of --json. */
export interface Summary {
    readonly engine: string;
    readonly rejectedBy: readonly string[];
    readonly resourcesCreated: number;
    /** Types that a mock answered for, with the names of their resources. */
    readonly mocked: readonly string[];
    readonly streams: readonly {
        readonly streamName: string;
        readonly plannedShards: number;
        readonly peakRecordsPerSecond: number;
        readonly acceptedRecords: number;
        readonly refusedRecords: number;
        /** How many of the records here each record stands for that was really sent. */
        readonly recordsPerSent: number;
        readonly dollars: number;
    }[];
    readonly acceptedRecords: number;
    readonly refusedRecords: number;
    readonly alarmsFired: readonly string[];
    readonly decisions: readonly {
        readonly time: string;
        readonly streamName: string;
        readonly reason: string;
        readonly message: string;
        readonly outcome: string;
    }[];
    readonly dollars: number;
    /** The file; absent where a policy had rejected the stack before there was a day to report. */
    readonly report?: string;
    /** The day was stopped before its end, by Ctrl-C or a signal; all numbers are of the part until then. */
    readonly interrupted?: true;
    /** Until when it was played, where it was stopped. */
    readonly stoppedAt?: string;
    readonly exitCode: 0 | 1;
}

/** Of a stack that a policy rejects before there was a day. */
export function rejection(rejectedBy: readonly string[]): Omit<Summary, "engine" | "mocked"> {
    const nothing = { resourcesCreated: 0, acceptedRecords: 0, refusedRecords: 0, dollars: 0 };
    return { rejectedBy, ...nothing, streams: [], alarmsFired: [], decisions: [], exitCode: 1 };
}

export function resultsOf(
    { streams, alarms, decisions, acceptedRecords, refusedRecords, dollars, stoppedAtMs }: Played,
    { refusedMax }: Pick<Options, "refusedMax">,
): Omit<Summary, "engine" | "rejectedBy" | "resourcesCreated" | "mocked" | "report"> {
    return {
        streams: streams.map(({ stream, ...day }) => ({
            streamName: stream.name,
            plannedShards: stream.plannedShards,
            peakRecordsPerSecond: cents(stream.load.peakRecordsPerSecond),
            acceptedRecords: day.acceptedRecords,
            refusedRecords: day.refusedRecords,
            recordsPerSent: stream.load.recordsPerSent,
            dollars: cents(day.dollars),
        })),
        acceptedRecords,
        refusedRecords,
        alarmsFired: [...new Set(alarms.filter(({ state }) => state === "ALARM").map(({ alarmName }) => alarmName))],
        decisions: decisions.map(({ timeMs, ...decision }) => ({ time: new Date(timeMs).toISOString(), ...decision })),
        dollars: cents(dollars),
        ...(stoppedAtMs === undefined ? {} : { interrupted: true, stoppedAt: new Date(stoppedAtMs).toISOString() }),
        // Stream by stream, so that a busy one does not hide a small one.
        exitCode: streams.some((day) => refusedShare(day) > refusedMax) ? 1 : 0,
    };
}

export function notesOf(streams: readonly DeployedStream[]): string[] {
    const each = streams.map(({ name, load }) => `${formatNumber(load.recordsPerSent)} in ${name}`).join(", ");
    return [
        `Each record that was sent stands for as many of the numbers here: ${each}. Prices: ${priceList.region}, ${priceList.date}.`,
    ];
}

export function sumUp(
    view: View,
    summary: Summary,
    { dayEndMs, stoppedAtMs }: Pick<Played, "dayEndMs" | "stoppedAtMs">,
    { refusedMax }: Pick<Options, "refusedMax">,
): void {
    view.heading("The day");
    if (stoppedAtMs !== undefined) {
        const stopped = view.colours.yellow(`stopped at ${clockTime(stoppedAtMs, dayEndMs)} of the day`);
        view.line(`  ${stopped}; the rest was not played`);
    }
    for (const day of summary.streams) {
        const share = formatPercent(refusedShare(day), 2);
        view.line(
            `  ${day.streamName}: accepted ${formatNumber(day.acceptedRecords)} records, refused ${formatNumber(day.refusedRecords)} (${share}); paid ${formatDollars(day.dollars)}`,
        );
        if (refusedShare(day) > refusedMax)
            view.line(`  ${view.colours.red("more is refused")} than --refused-max ${refusedMax}`);
    }
    view.line(`  alarms: ${summary.alarmsFired.join(", ") || "none fired"}`);
    for (const name of summary.mocked) view.line(`  mock: ${name}`);
    view.line(`  paid for the streams and what was written: ${formatDollars(summary.dollars)}`);
    view.line(`  report: ${summary.report}`);
}
