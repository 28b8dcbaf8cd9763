/**
 * What a person sees while the demo runs: a log of what happened, and on a terminal a panel below it that follows the day.
 */
import pico from "picocolors";
import { formatDollars, formatNumber, formatPercent, formatRate } from "../capacity/text";
import { type Moment } from "./day";

export interface ViewOptions {
    readonly stream: NodeJS.WriteStream;
    /** The environment, for NO_COLOR and TERM. */
    readonly environment: NodeJS.ProcessEnv;
}

/** Totals of the day so far, for the panel and the summary. */
export interface Totals {
    readonly acceptedRecords: number;
    readonly refusedRecords: number;
    readonly dollars: number;
    readonly alarmsNow: readonly string[];
}

const levels = "▁▂▃▄▅▆▇█";
const sparklineWidth = 60;

export class View {
    readonly #colours;
    readonly #live: boolean;
    #panelLines = 0;
    #panel: string[] = [];
    readonly #loads: number[] = [];
    #lastHour = -1;

    constructor(readonly options: ViewOptions) {
        const { stream, environment } = options;
        this.#live = stream.isTTY === true && environment.TERM !== "dumb";
        this.#colours = pico.createColors(this.#live && !environment.NO_COLOR);
    }

    get colours(): ReturnType<typeof pico.createColors> {
        return this.#colours;
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

    moment(moment: Moment, totals: Totals, recordsPerSecondPerShard: number): void {
        const { dim, red, green, bold } = this.#colours;
        this.#loads.push(moment.offeredRecordsPerSecond);
        const capacity = moment.openShards * recordsPerSecondPerShard;
        const use = moment.offeredRecordsPerSecond / capacity;
        const share = totals.refusedRecords / Math.max(1, totals.acceptedRecords + totals.refusedRecords);
        const row = [
            bold(clockTime(moment.timeMs)),
            `load ${formatRate(moment.offeredRecordsPerSecond).padStart(6)} records/s`,
            `${formatPercent(use).padStart(5)} of ${moment.openShards} shards`,
            `refused ${moment.refusedRecords > 0 ? red(formatNumber(moment.refusedRecords)) : "0"}`,
        ].join("  ");
        this.#panel = [
            dim("─".repeat(sparklineWidth)),
            this.#sparkline(capacity),
            row,
            `since 0:00  accepted ${formatNumber(totals.acceptedRecords)}  refused ${formatNumber(totals.refusedRecords)} (${formatPercent(share, 2)})  cost ${formatDollars(totals.dollars)}`,
            totals.alarmsNow.length > 0 ? red(`ALARM ${totals.alarmsNow.join(", ")}`) : green("no alarm"),
        ];
        if (this.#live) {
            this.#erasePanel();
            this.#drawPanel();
            return;
        }
        const hour = new Date(moment.timeMs).getUTCHours();
        if (hour !== this.#lastHour) this.options.stream.write(`${row}\n`);
        this.#lastHour = hour;
    }

    /** Leaves the panel where it is; what follows comes below. */
    endPanel(): void {
        this.#panel = [];
        this.#panelLines = 0;
    }

    #sparkline(capacity: number): string {
        const step = Math.max(1, Math.ceil(this.#loads.length / sparklineWidth));
        const top = Math.max(capacity, ...this.#loads);
        const columns: string[] = [];
        for (let start = 0; start < this.#loads.length; start += step) {
            const load = Math.max(...this.#loads.slice(start, start + step));
            const level = levels[Math.min(levels.length - 1, Math.floor((load / top) * levels.length))]!;
            columns.push(load > capacity ? this.#colours.red(level) : this.#colours.cyan(level));
        }
        return columns.join("");
    }

    #erasePanel(): void {
        if (this.#panelLines > 0) this.options.stream.write(`\u001b[${this.#panelLines}A\u001b[0J`);
        this.#panelLines = 0;
    }

    #drawPanel(): void {
        if (!this.#live) return;
        for (const row of this.#panel) this.options.stream.write(`${row}\n`);
        this.#panelLines = this.#panel.length;
    }
}

/** The time of day in UTC: 20:05. */
export function clockTime(timeMs: number): string {
    return new Date(timeMs).toISOString().slice(11, 16);
}
