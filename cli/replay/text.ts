/**
 * What a replay found, for people: the load, a table of the policies, the course of shards and load, and one sentence of advice.
 */
import { count, formatDollars, formatNumber, formatRate, formatTime } from "../../capacity/text";
import { daysText, printable, sparkline, table, type Terminal } from "../terminal";
import { type Replayed, type ReplayedPolicy } from "./result";

export function replayText(result: Replayed, terminal: Terminal, html: string | undefined): string {
    const { bold, dim } = terminal.colours;
    const { advice } = result;
    return [
        bold(headline(result)),
        ...result.load.told.map((sentence) => dim(`- ${printable(sentence)}`)),
        "",
        ...(terminal.interactive ? [chart(result, terminal), ""] : []),
        policyTable(result, terminal),
        dim(columnsText(result)),
        ...result.notPriced.map((sentence) => dim(sentence)),
        ...result.policies.flatMap(sourceText).map((line) => dim(`  ${line}`)),
        "",
        `${bold("Advice:")} ${advice.sentence}`,
        ...(html === undefined ? [] : ["", `Charts and every decision: ${html}`]),
    ].join("\n");
}

export function columnsText({ prices }: Replayed): string {
    return `x least: over the shard-hours of somebody who knows each minute in advance. Dollars of ${prices.region}, ${prices.date}, a month of 730 hours like these; "started": if each started hour were paid for the most shards that were open in it.`;
}

/** Where a policy is from, and what AWS would not have done for it. */
export function sourceText({ name, source, outcome: { illegalCalls } }: ReplayedPolicy): string[] {
    const refusedCalls = `${count(illegalCalls, "more call")} would have been refused`;
    const told = [...(source === undefined ? [] : [source]), ...(illegalCalls === 0 ? [] : [refusedCalls])];
    return told.length === 0 ? [] : [`${name}: ${told.join("; ")}`];
}

function headline({ trace, load }: Replayed): string {
    const from = load.startMs === undefined ? "" : ` from ${formatTime(load.startMs)}`;
    const periods = trace.stretches.map(({ periodSeconds }) => formatRate(periodSeconds)).join(", then ");
    const rows = `${count(trace.at.length, "row")} of ${periods} s`;
    const columns = printable([trace.column, trace.recordsColumn].filter((name) => name !== undefined).join(" and "));
    return `${printable(trace.name)}, ${columns}: ${daysText(load.perSecond.length)}${from} (${rows}); peak ${shards(load.peakShards)} (99.9 % of the seconds need no more), mean ${formatRate(load.meanShards)}.`;
}

function shards(value: number): string {
    return `${formatRate(value)} ${value === 1 ? "shard" : "shards"}`;
}

function policyTable(result: Replayed, terminal: Terminal): string {
    return table(terminal, policyHead, policyRows(result), [1, 2, 3, 4, 5, 6, 7]);
}

export const policyHead = [
    "policy",
    "shard hours",
    "x least",
    "refused",
    "calls",
    "splits/merges",
    "$/month",
    "$ started",
];

/** A row for each policy, and for the modes without shards. */
export function policyRows({ policies, onDemand, oracleShardHours }: Replayed): string[][] {
    const rows = policies.map((policy) => rowOf(policy, oracleShardHours));
    const others = onDemand.map(({ name, refusedPercent, monthly }) => [
        ...[name, "-", "-", refused(refusedPercent), "-", "-"],
        ...[dollars(monthly), "-"],
    ]);
    return [...rows, ...others];
}

function rowOf({ name, outcome, money }: ReplayedPolicy, oracleShardHours: number): string[] {
    const { shardHours, rejectedPercent, updateCalls, splitsAndMerges } = outcome;
    return [
        name,
        formatRate(shardHours),
        formatNumber(shardHours / oracleShardHours, 2),
        refused(rejectedPercent),
        formatNumber(updateCalls),
        formatNumber(splitsAndMerges),
        dollars(money.monthly),
        dollars(money.monthlyStartedHours),
    ];
}

/** Cents of a thousand dollars tell nothing, and take the room of another column. */
function dollars(amount: number): string {
    return amount < 1_000 ? formatDollars(amount) : `$${formatNumber(amount, 0)}`;
}

/** Two digits that count: .00031 is not 0. */
function refused(percent: number): string {
    if (percent === 0) return "0 %";
    return `${percent >= 0.1 ? formatNumber(percent, 2) : formatNumber(Number(percent.toPrecision(2)))} %`;
}

const chartColumns = { title: 10, most: 100, values: 14 } as const;

/** Load, shards and refusals over the time, as wide as the terminal. */
function chart({ load, policies }: Replayed, terminal: Terminal): string {
    const { cyan, green, red } = terminal.colours;
    const width = Math.max(
        10,
        Math.min(chartColumns.most, terminal.columns - chartColumns.title - chartColumns.values),
    );
    const { outcome, name } = policies[0]!;
    const most = (values: ArrayLike<number>) => columnsOf(values, width, Math.max);
    const loads = most(load.perSecond);
    const open = most(outcome.shardsByMinute);
    const top = Math.max(...loads, ...open);
    const sums = columnsOf(outcome.refusedByMinute, width, (left, right) => left + right);
    const row = (title: string, line: string, values: string) => `${title.padEnd(chartColumns.title)}${line} ${values}`;
    return [
        row("load", cyan(sparkline(loads, top)), `≤ ${formatRate(Math.max(...loads))}`),
        row(
            name.slice(0, chartColumns.title - 1),
            green(sparkline(open, top)),
            `${formatNumber(Math.min(...outcome.shardsByMinute))} - ${formatNumber(Math.max(...open))}`,
        ),
        row(
            "refused",
            red(sums.every((sum) => sum === 0) ? "▁".repeat(sums.length) : sparkline(sums)),
            refused(outcome.rejectedPercent),
        ),
    ].join("\n");
}

function columnsOf(values: ArrayLike<number>, width: number, join: (left: number, right: number) => number): number[] {
    const columns = Math.min(width, values.length);
    return Array.from({ length: columns }, (_, column) => {
        const until = Math.floor(((column + 1) * values.length) / columns);
        let joined = 0;
        for (let at = Math.floor((column * values.length) / columns); at < until; at++)
            joined = join(joined, values[at]!);
        return joined;
    });
}
