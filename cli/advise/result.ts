/**
 * What `advise` says: one document, and the same for people.
 */
import { type Percentiles, type MeasuredLoad, percentiles } from "../../capacity/advice/measure";
import { type AdviceReport, type AdviceWish, type KnownDays } from "../../capacity/advice/report";
import { readersText } from "../../capacity/advice/told";
import { type PriceList } from "../../capacity/sizing/prices";
import { count, formatDollars, formatNumber, formatPercent, formatRate, isDate, timeText } from "../../capacity/text";
import { type CommandResult } from "../command";
import { daysText, fitted, minutes, printable, table, type Terminal } from "../terminal";

export interface Advised {
    readonly known: KnownDays;
    /** The stream with what it is now, or the trace's file. */
    readonly source:
        | { readonly stream: string; readonly openShards: number; readonly capacityMode: string }
        | { readonly trace: string };
    /** What is to be known of the source, in sentences. */
    readonly told: readonly string[];
    readonly wish: AdviceWish;
    readonly report: AdviceReport;
    readonly prices: PriceList;
}

export function adviceResult(advised: Advised): CommandResult {
    return {
        document: documentOf(advised),
        // A line of a program is not broken.
        text: (terminal) => `${fitted(terminal, textOf(advised, terminal))}\n\n${advised.report.snippet}`,
        isVerbatim: true,
        exitCode: 0,
    };
}

function documentOf({ known, source, told, report, prices }: Advised): object {
    const { measured, requirements, choices, advice, snippet, warnings, assumptions } = report;
    const at = (timeMs: number) => (isDate(timeMs) ? new Date(timeMs).toISOString() : timeText(timeMs));
    const load = ({ peak, mean, percentiles: of }: MeasuredLoad) => ({
        peak: peak.value,
        peakAt: at(peak.atMs),
        peakPeriodSeconds: peak.periodSeconds,
        mean,
        percentiles: of,
    });
    return {
        ...source,
        from: at(measured.fromMs),
        until: at(measured.untilMs),
        requirements,
        retentionHours: known.retentionHours,
        measured: {
            writeMiBPerSecond: load(measured.writeMiBPerSecond),
            recordsPerSecond: load(measured.recordsPerSecond),
            averageRecordKiB: measured.averageRecordKiB,
            scatter: measured.scatter,
            refusedRecords: measured.refusedRecords,
            gaps: measured.gaps.map(({ fromMs, untilMs }) => ({ from: at(fromMs), until: at(untilMs) })),
        },
        reads: {
            readOverWritten: known.reads.readOverWritten ?? null,
            fanOutConsumers: known.reads.fanOutConsumers ?? null,
            iteratorAgeMaxMilliseconds: known.reads.iteratorAgeMaxMs ?? null,
        },
        choices: choices.map(({ deployment, ...choice }) => ({ ...choice, ...withoutKind(deployment) })),
        advice: advice.sentence,
        advised: { kind: advice.kind, choice: advice.choice, doNotScale: advice.doNotScale },
        snippet,
        warnings: [...told, ...warnings],
        assumptions,
        pricesOf: { region: prices.region, date: prices.date },
    };
}

function withoutKind({ kind: _, ...settings }: { readonly kind: string }): object {
    return settings;
}

function textOf(advised: Advised, terminal: Terminal): string {
    const { report, told, prices } = advised;
    const { bold, dim, yellow } = terminal.colours;
    return [
        bold(headline(advised)),
        ...[...told, ...report.warnings].map((sentence) => yellow(`- ${printable(sentence)}`)),
        "",
        bold("To declare"),
        declaredTable(advised, terminal),
        "",
        loadTable(report, terminal),
        `Records are ${formatRate(report.measured.averageRecordKiB)} KiB on average.`,
        ...readersText(advised.known.reads).map(printable),
        "",
        bold("To run with"),
        choicesTable(report, terminal),
        dim(`Dollars of ${prices.region}, ${prices.date}; a month of 730 hours like these days.`),
        ...report.assumptions.map((sentence) => dim(`- ${sentence}`)),
        "",
        `${bold("Advice:")} ${report.advice.sentence}`,
    ].join("\n");
}

function headline({ source, report }: Advised): string {
    const { fromMs, untilMs } = report.measured;
    const what =
        "trace" in source
            ? printable(source.trace)
            : `${source.stream} (${source.capacityMode}, ${count(source.openShards, "open shard")})`;
    return `${what}: ${daysText((untilMs - fromMs) / 1_000)} of load from ${timeText(fromMs)} to ${timeText(untilMs)}.`;
}

function declaredTable({ report, known, wish }: Advised, terminal: Terminal): string {
    const { requirements, measured } = report;
    const peak = ({ peak: { atMs, periodSeconds } }: MeasuredLoad) =>
        `${periodSeconds === 60 ? "the busiest minute" : `the highest mean of ${minutes(periodSeconds)}`}, ${timeText(atMs)}`;
    const unlessGiven = (name: keyof AdviceWish, why: string) => (wish[name] === undefined ? why : "as given");
    const rows: [name: string, value: number | undefined, why: string][] = [
        ["writeMiBPerSecond", requirements.writeMiBPerSecond, peak(measured.writeMiBPerSecond)],
        ["recordsPerSecond", requirements.recordsPerSecond, peak(measured.recordsPerSecond)],
        ["headroom", requirements.headroom, unlessGiven("headroom", headroomText(report, known))],
        [
            "sharedConsumers",
            requirements.sharedConsumers,
            unlessGiven("sharedConsumers", "what GetRecords gave, over what was written"),
        ],
        [
            "fanOutConsumers",
            requirements.fanOutConsumers,
            unlessGiven("fanOutConsumers", "registered for enhanced fan-out"),
        ],
        ["retentionHours", known.retentionHours, ""],
    ];
    const shown = rows.flatMap(([name, value, why]) => (value === undefined ? [] : [[name, formatNumber(value), why]]));
    return table(terminal, ["requirement", "value", "from"], shown, [1]);
}

function headroomText({ measured: { scatter, takenScatter } }: AdviceReport, { series }: KnownDays): string {
    const shortest = Math.min(...(series.rows ?? []).map(({ rowSeconds }) => rowSeconds));
    const seen = formatPercent(scatter, 1);
    if (takenScatter === undefined) return `seconds scatter by ${seen} at the peak`;
    const minutesDid =
        series.rows === undefined || shortest <= series.periodSeconds
            ? `minutes did by ${seen}`
            : `rows of ${minutes(shortest)} do not tell how minutes do`;
    return `seconds are taken to scatter by ${formatPercent(takenScatter)} at the peak; ${minutesDid}`;
}

function loadTable({ measured }: AdviceReport, terminal: Terminal): string {
    const head = ["load", "mean", ...percentiles.map((percent) => `${percent} %`), "peak"];
    const row = (name: string, { mean, percentiles: of, peak }: MeasuredLoad) => [
        name,
        formatRate(mean),
        ...percentiles.map((percent) => formatRate(of[String(percent) as keyof Percentiles])),
        formatRate(peak.value),
    ];
    const rows = [row("MiB/s", measured.writeMiBPerSecond), row("records/s", measured.recordsPerSecond)];
    return table(terminal, head, rows, [1, 2, 3, 4, 5, 6]);
}

function choicesTable({ choices }: AdviceReport, terminal: Terminal): string {
    const rows = choices.map(
        ({ choice, monthly, refusedPercent, averageShards, updateCalls, splitsAndMerges, note }) => [
            choice,
            formatDollars(monthly),
            refusedText(refusedPercent),
            averageShards === null ? "-" : formatRate(averageShards),
            updateCalls + splitsAndMerges === 0
                ? "-"
                : `${formatNumber(updateCalls)} + ${formatNumber(splitsAndMerges)}`,
            note ?? "",
        ],
    );
    const head = ["choice", "a month", "refused", "shards", "calls + splits, merges", ""];
    return table(terminal, head, rows, [1, 2, 3, 4]);
}

function refusedText(percent: number): string {
    return `${formatNumber(Number(percent.toPrecision(2)), 6)} %`;
}
