/**
 * A plan as people read it: shards and why, prices, findings, and where and when the prices hold.
 */
import { type Finding } from "../capacity/findings";
import { keysAtOnceText } from "../capacity/keys/timeKeys";
import { capacityModeNames, type CapacityModeName } from "../capacity/sizing/capacityModes";
import { type CostEstimate } from "../capacity/sizing/cost";
import { kindNames, readOverWriteText } from "../capacity/sizing/catchUp";
import { type CapacityPlan, type CatchUpPlan } from "../capacity/sizing/plan";
import { count, countRate, formatDollars, formatNumber, formatPercent } from "../capacity/text";
import { inputWords } from "./inputFile";
import { lineWords } from "./keyRecords";
import { type PlanSample } from "./planSample";
import { findingHead, printable, table, type Terminal } from "./terminal";

export function planText(
    capacity: CapacityPlan,
    cost: CostEstimate,
    terminal: Terminal,
    sample: PlanSample | undefined,
): string {
    const { bold, dim, cyan } = terminal.colours;
    const most = Math.max(...capacity.bounds.map((bound) => bound.shards));
    const bounds = capacity.bounds.map((bound) => {
        const binds = bound.constraint === capacity.binding;
        return [
            binds ? bold(`${bound.constraint} (binding)`) : bound.constraint,
            formatNumber(bound.shards),
            { fraction: bound.shards / most, colour: cyan },
            bound.sentence,
        ];
    });
    const use = Object.entries(capacity.utilization).map(([name, fraction]) => `${name} ${formatPercent(fraction)}`);
    const lines = [
        ...(sample ? [printable(sampleText(sample, capacity)), ""] : []),
        `${bold(`${headline(capacity)}; ${formatNumber(capacity.recommendedShards)} ${capacity.recommendedShards === 1 ? "is" : "are"} recommended`)} (headroom ${formatPercent(capacity.requirements.headroom)}).`,
        `At ${count(capacity.recommendedShards, "shard")} the peak uses: ${use.join(", ")}.`,
        "",
        table(terminal, ["constraint", "shards", "", "why"], bounds, [1]),
        "",
        ...(capacity.catchUp ? [catchUpText(capacity.catchUp, terminal), ""] : []),
        costText(cost, capacity, terminal),
        ...capacity.findings.flatMap((finding) => ["", findingText(finding, terminal)]),
        "",
        dim(`Prices: ${cost.region}, ${cost.pricesOf}, at ${averageText(cost)}the declared peak all month (730 h).`),
    ];
    return lines.join("\n");
}

/** The sample as what it is and as what a declaration says: `distinctKeys: 1148, heaviestKeyShares: [0.0966, 0.0481]`. */
function sampleText(sample: PlanSample, { requirements }: CapacityPlan): string {
    const { file, records, interrupted, note } = sample;
    const { distinctKeys, heaviestKeyShares = [] } = requirements;
    const shares = heaviestKeyShares.length === 0 ? "" : `, heaviestKeyShares: [${heaviestKeyShares.join(", ")}]`;
    const read = `${count(records, "record")} of ${inputWords(file)}${interrupted ? " (interrupted)" : ""}`;
    const means = records === 1 ? "means" : "mean";
    return `${read} ${means} the requirements { distinctKeys: ${distinctKeys}${shares} }.${keysAtOnceText(sample)}${note === undefined ? "" : ` ${note}`}${leftOutText(sample)}`;
}

function leftOutText({ badLines = 0, firstBadLines: [first] = [] }: PlanSample): string {
    if (first === undefined) return "";
    const left =
        badLines === 1 ? "1 bad line was left out:" : `${formatNumber(badLines)} bad lines were left out, the first is`;
    return ` ${left} ${lineWords(first)}.`;
}

/** "4 shards carry the declared peak", unless something is wrong that no shard count mends. */
function headline({ minimumShards, findings }: CapacityPlan): string {
    const shards = `${count(minimumShards, "shard")} ${minimumShards === 1 ? "carries" : "carry"} the declared peak`;
    return findings.some(({ severity }) => severity === "error")
        ? `${shards} once the errors below are mended`
        : shards;
}

/** What an outage means at the minimum and at the recommended shards: how fast consumers read, and when they have caught up. */
function catchUpText({ outageHours, retentionHours, rows }: CatchUpPlan, terminal: Terminal): string {
    const heading = `After an outage of ${count(outageHours, "hour")} of all consumers, while the declared peak goes on and records are kept for ${count(retentionHours, "hour")}:`;
    const cells = rows.map((row) => [
        kindNames[row.consumers],
        formatNumber(row.shards),
        `${readOverWriteText(row)} times the peak`,
        row.hours === null ? "never" : countRate(row.hours, "hour"),
        row.insideRetention ? "yes" : "no",
    ]);
    if (cells.length === 0) return `${heading} no consumers are declared.`;
    return [
        heading,
        table(terminal, ["consumers", "shards", "each reads", "caught up after", "inside the retention"], cells, [1]),
    ].join("\n");
}

function averageText({ averageLoad }: CostEstimate): string {
    return averageLoad === 1 ? "" : `${formatPercent(averageLoad, 1)} of `;
}

function costText(cost: CostEstimate, capacity: CapacityPlan, terminal: Terminal): string {
    const priced = (title: string, { items, hourly, monthly }: CostEstimate["surroundings"]): string[][] => [
        [terminal.colours.bold(title), "", formatDollars(hourly), formatDollars(monthly)],
        ...items.map((row) => ["", row.item, formatDollars(row.hourly), formatDollars(row.monthly)]),
    ];
    const isOtherCount = cost.shards !== capacity.recommendedShards;
    const modes = (Object.keys(capacityModeNames) as CapacityModeName[]).flatMap((name) => {
        const shards = name === "provisioned" && isOtherCount ? `, ${count(cost.shards, "shard")}` : "";
        return priced(`${capacityModeNames[name]}${shards}${name === cost.cheapest ? " (cheapest)" : ""}`, cost[name]);
    });
    const rows = [...modes, ...priced("Around it, by default", cost.surroundings)];
    return [
        table(terminal, ["mode", "item", "an hour", "a month"], rows, [2, 3]),
        ...(cost.shards < capacity.minimumShards ? [tooFewText(cost.shards, capacity)] : []),
        ...(["onDemandStandard", "onDemandAdvantage"] as const).map((mode) => breakEvenText(cost, mode)),
        ...cost.assumptions.map((assumption) => `Assumed: ${assumption}`),
        ...cost.notPriced.map((left) => `Not priced: ${left}`),
    ].join("\n");
}

function tooFewText(shards: number, { minimumShards }: CapacityPlan): string {
    return `${count(shards, "shard")} ${shards === 1 ? "is" : "are"} priced as asked; the declared peak needs ${formatNumber(minimumShards)}.`;
}

function breakEvenText(cost: CostEstimate, mode: "onDemandStandard" | "onDemandAdvantage"): string {
    const range = cost.breakEven[mode];
    if (range === null)
        return `${capacityModeNames[mode]} costs more than provisioned at any average load up to the declared peak.`;
    return `${capacityModeNames[mode]} costs less while the average load is between ${formatPercent(range.from, 1)} and ${formatPercent(range.to, 1)} of the declared peak.`;
}

/** A finding as people read it: severity and code, what is wrong, what to do. */
function findingText(finding: Finding, terminal: Terminal): string {
    return `${findingHead(terminal, finding.severity, finding.code)}: ${finding.message}\n  Fix: ${finding.fix}`;
}
