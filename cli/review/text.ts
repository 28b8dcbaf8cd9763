/**
 * A review as people read it on a terminal: a line for each stream, and below it what differs, what has to be done and what speaks.
 */
import { nameOf } from "../../capacity/pulumiNames";
import { count, formatDollars, formatNumber, formatPercent } from "../../capacity/text";
import { type StreamSide } from "./stream";
import { type ReviewFinding, shardsOrUnknown } from "./steps";
import { isCompared, type Review, type ReviewedStream } from "./reviewed";
import { findingHead, printable, table, type Terminal } from "../terminal";

export function reviewText(review: Review, terminal: Terminal): string {
    const { bold, dim } = terminal.colours;
    const shown = review.streams.filter(isWorthTelling);
    const rows = shown.map((stream) => [nameOf(stream.urn), ...cells(stream)]);
    return [
        ...review.findings.map((finding) => `${findingText(finding, terminal)}\n`),
        ...(rows.length > 0 ? [table(terminal, ["stream", ...columns], rows)] : []),
        ...restText(review),
        ...shown.flatMap((stream) => detail(stream, terminal)),
        "",
        bold(totalText(review)),
        ...review.assumptions.map((assumption) => dim(assumption)),
    ].join("\n");
}

export const columns = ["change", "shards", "headroom", "a month", "findings"] as const;

/** What changes, or cannot stay as it is: warnings about all the others would be in every review. */
export function isWorthTelling({ change, steps, findings, others }: ReviewedStream): boolean {
    const isTouched = change !== "same" || steps.length > 0 || Object.keys(others).length > 0;
    return isTouched || findings.some(({ severity }) => severity === "error");
}

export function restText({ streams }: Review): string[] {
    if (streams.length === 0) return ["No stream is in this preview."];
    const rest = streams.filter((stream) => !isWorthTelling(stream));
    if (rest.length === 0) return [];
    const warnings = rest.flatMap(({ findings }) => findings.filter(({ severity }) => severity === "warning")).length;
    const about = warnings === 0 ? "" : `, with ${count(warnings, "warning")} (--json lists all)`;
    return [`${count(rest.length, "stream")} ${rest.length === 1 ? "does" : "do"} not change${about}.`];
}

export function cells(stream: ReviewedStream): string[] {
    const { change, before, after, findings } = stream;
    const of = (side: (side: StreamSide) => string) =>
        arrow(before ? side(before) : "none", after ? side(after) : "none");
    const headroom = (side: StreamSide) =>
        side.headroom !== null ? formatPercent(side.headroom) : side.capacityMode === "on-demand" ? "-" : "unknown";
    return [change, of(shardsText), of(headroom), moneyText(stream), findingCounts(findings)];
}

function notKnown({ capacityMode }: StreamSide): string {
    return capacityMode === "on-demand" ? "on-demand" : "unknown";
}

function shardsText(side: StreamSide): string {
    const { scaling, shards } = side;
    const range = scaling
        ? ` (scaler ${shardsOrUnknown(scaling.minShards)} to ${shardsOrUnknown(scaling.maxShards)})`
        : "";
    return `${shards === null ? notKnown(side) : formatNumber(shards)}${range}`;
}

function moneyText(stream: ReviewedStream): string {
    const more = (side: "before" | "after") => (stream.items.some((row) => row[side] === null) ? "+" : "");
    return arrow(
        amountText(stream.monthlyBefore) + (stream.monthlyBefore === null ? "" : more("before")),
        amountText(stream.monthlyAfter) + (stream.monthlyAfter === null ? "" : more("after")),
    );
}

function amountText(amount: number | null): string {
    return amount === null ? "unknown" : formatDollars(amount);
}

function arrow(before: string, after: string): string {
    return before === after ? after : `${before} -> ${after}`;
}

function findingCounts(findings: readonly ReviewFinding[]): string {
    const counts = (["error", "warning", "info"] as const).flatMap((severity) => {
        const some = findings.filter((finding) => finding.severity === severity).length;
        return some === 0 ? [] : [severity === "info" ? `${some} info` : count(some, severity)];
    });
    return counts.length === 0 ? "none" : counts.join(", ");
}

export function totalText({ streams, monthlyBefore, monthlyAfter, notWholly }: Review): string {
    const who = count(streams.length, "stream");
    if (monthlyBefore === null || monthlyAfter === null) return `${who}: how the cost of a month changes is not known.`;
    const difference = monthlyAfter - monthlyBefore;
    const sign = difference < 0 ? "-" : "+";
    const changed = Math.abs(difference) < 0.005 ? "unchanged" : `${sign}${formatDollars(Math.abs(difference))}`;
    const leftOut = streams.filter((stream) => !isCompared(stream)).length;
    const without = leftOut === 0 ? "" : `, ${formatNumber(leftOut)} left out of the sums`;
    const partly =
        notWholly.length === 0
            ? ""
            : `; ${formatNumber(notWholly.length)} of them with parts that are not known${without}`;
    return `${who}: ${arrow(formatDollars(monthlyBefore), formatDollars(monthlyAfter))} a month (${changed})${partly}.`;
}

function detail(stream: ReviewedStream, terminal: Terminal): string[] {
    const lines = [...detailLines(stream), ...stream.findings.map((finding) => findingText(finding, terminal))];
    return lines.length === 0
        ? []
        : ["", terminal.colours.bold(nameOf(stream.urn)), ...lines.map((line) => `  ${line}`)];
}

/** What differs and what has to be done, a line each. */
export function detailLines({ properties, steps, items, others, findings }: ReviewedStream): string[] {
    const said = new Set(findings.map(({ message }) => message));
    const kinds = Object.entries(others).map(([change, number]) => `${number} ${change}`);
    return [
        ...(properties.length > 0 ? [`Changes ${properties.join(", ")}.`] : []),
        ...steps.filter(({ message }) => !said.has(message)).map(({ message }) => message),
        ...items.map(({ item, before, after }) => `${item}: ${arrow(amountText(before), amountText(after))} a month`),
        ...(kinds.length > 0 ? [`Its other resources: ${kinds.join(", ")}.`] : []),
    ];
}

function findingText({ code, severity, level, message }: ReviewFinding, terminal: Terminal): string {
    const head = findingHead(terminal, severity, `${code}${level === undefined ? "" : ` (${level})`}`);
    return `${head}: ${printable(message)}`;
}
