/**
 * What a person sees while a rehearsal runs: a log of what happened, and on a terminal a panel below it that follows the day.
 */
import { stripVTControlCharacters } from "node:util";
import pico from "picocolors";
import { sum } from "../capacity/sums";
import { formatDollars, formatNumber, formatPercent, formatRate, sparkColumns } from "../capacity/text";
import { type PlayedStream, refusedShare } from "./played";

interface ViewOptions {
    readonly stream: NodeJS.WriteStream;
    /** The environment, for NO_COLOR and TERM. */
    readonly environment: NodeJS.ProcessEnv;
}

/** Totals of the day so far, for the panel and the summary. */
interface Totals {
    readonly dayEndMs: number;
    readonly acceptedRecords: number;
    readonly refusedRecords: number;
    readonly dollars: number;
    readonly alarmsNow: readonly string[];
}

const sparklineWidthMax = 60;
const columnsDefault = 80;
const waitShownMs = 2_000;

export class View {
    readonly #colours;
    readonly #live: boolean;
    #panel: string[] = [];
    /** What of it stands on the screen. */
    #drawn: readonly string[] = [];
    readonly #uses: number[] = [];
    #lastHour = -1;
    #acts = 0;

    constructor(readonly options: ViewOptions) {
        const { stream, environment } = options;
        this.#live = stream.isTTY === true && environment.TERM !== "dumb";
        this.#colours = pico.createColors(this.#live && !environment.NO_COLOR);
    }

    get colours(): ReturnType<typeof pico.createColors> {
        return this.#colours;
    }

    /** A numbered heading. */
    act(text: string): void {
        this.heading(`${++this.#acts}  ${text}`);
    }

    heading(text: string): void {
        this.line("");
        this.line(this.#colours.bold(text));
    }

    /** A line that stays; the panel moves down. */
    line(text: string): void {
        this.#erasePanel();
        this.options.stream.write(`${text}\n`);
        this.#drawPanel();
    }

    /** A line of somebody else's output, set apart. */
    quote(text: string): void {
        for (const row of text.split("\n")) if (row.trim() !== "") this.line(this.#colours.dim(`  ${row}`));
    }

    /** The moment that was added last to each stream; of several, the fullest tells how full its shards are. */
    moment(streams: readonly PlayedStream[], totals: Totals): void {
        const { dim, red, green, bold } = this.#colours;
        const seen = streams.map(({ stream, moments }) => {
            const moment = moments.at(-1)!;
            const use = moment.offeredRecordsPerSecond / (moment.openShards * stream.load.recordsPerSecondPerShard);
            return { ...moment, name: stream.name, use };
        });
        const fullest = seen.reduce((most, stream) => (stream.use > most.use ? stream : most));
        const offered = sum(seen.map(({ offeredRecordsPerSecond }) => offeredRecordsPerSecond));
        const refused = sum(seen.map(({ refusedRecords }) => refusedRecords));
        this.#uses.push(fullest.use);
        const row = [
            bold(clockTime(fullest.timeMs, totals.dayEndMs)),
            `load ${formatRate(offered).padStart(6)} records/s`,
            `${formatPercent(fullest.use).padStart(5)} of ${fullest.openShards} shards${seen.length > 1 ? ` of ${fullest.name}` : ""}`,
            `refused ${refused > 0 ? red(formatNumber(refused)) : "0"}`,
        ].join("  ");
        this.#panel = [
            dim("─".repeat(this.#sparklineWidth)),
            this.#sparkline(),
            row,
            `so far  accepted ${formatNumber(totals.acceptedRecords)}  refused ${formatNumber(totals.refusedRecords)} (${formatPercent(refusedShare(totals), 2)})  cost ${formatDollars(totals.dollars)}`,
            totals.alarmsNow.length > 0 ? red(`ALARM ${totals.alarmsNow.join(", ")}`) : green("no alarm"),
        ];
        if (this.#live) {
            this.#erasePanel();
            this.#drawPanel();
            return;
        }
        const hour = new Date(fullest.timeMs).getUTCHours();
        if (hour !== this.#lastHour) this.options.stream.write(`${row}\n`);
        this.#lastHour = hour;
    }

    /** What takes its time is seen to go on. */
    waiting(ms: number): void {
        if (!this.#live || ms < waitShownMs) return;
        this.#erasePanel();
        this.#panel = [this.#colours.dim(`  ... ${Math.floor(ms / 1_000)} s`)];
        this.#drawPanel();
    }

    /** Takes away what only said that it goes on. */
    endWaiting(): void {
        this.#erasePanel();
        this.#panel = [];
    }

    /** Leaves the panel where it is; what follows comes below. */
    endPanel(): void {
        this.#panel = [];
        this.#drawn = [];
    }

    get #columns(): number {
        return this.options.stream.columns || columnsDefault;
    }

    get #sparklineWidth(): number {
        return Math.min(sparklineWidthMax, this.#columns);
    }

    /** How full the shards were; red where more was offered than they take. */
    #sparkline(): string {
        const columns = sparkColumns(this.#uses, Math.max(1, ...this.#uses), this.#sparklineWidth);
        const { red, cyan } = this.#colours;
        return columns.map(({ value, level }) => (value > 1 ? red(level) : cyan(level))).join("");
    }

    #erasePanel(): void {
        // A row that is wider than the window goes on in the next one.
        const rows = this.#drawn.map((row) =>
            Math.max(1, Math.ceil(stripVTControlCharacters(row).length / this.#columns)),
        );
        const height = sum(rows);
        if (height > 0) this.options.stream.write(`\u001b[${height}A\u001b[0J`);
        this.#drawn = [];
    }

    #drawPanel(): void {
        if (!this.#live) return;
        for (const row of this.#panel) this.options.stream.write(`${row}\n`);
        this.#drawn = this.#panel;
    }
}

/** The time of day in UTC: 20:05; 24:00 where the day ends at midnight. */
export function clockTime(timeMs: number, dayEndMs: number): string {
    const time = new Date(timeMs).toISOString().slice(11, 16);
    return time === "00:00" && timeMs >= dayEndMs ? "24:00" : time;
}
