/**
 * What was judged, as tables in Markdown.
 */
import { type Case, type Course, elasticityIndex } from "./cases";

/** Policies by traces: cost over the oracle / refused percent, and the index of each. */
export function costTable(cases: readonly Case[], courses: readonly Omit<Course, "loadPerSecond">[]): string {
    const policies = [...new Set(cases.map(({ policy }) => policy))];
    return tableOf(
        ["cost over the oracle / refused %", ...courses.map(({ name }) => name), "index", "most refused %"],
        [
            ["clairvoyant, UpdateShardCount only", ...courses.map(bestCell), "1", ""],
            ...policies.map((policy) => {
                const own = cases.filter((one) => one.policy === policy);
                const cells = courses.map(({ name }) => costCell(own.find(({ trace }) => trace === name)));
                return [policy, ...cells, ...indexCells(own)];
            }),
        ],
    );
}

function bestCell({ best, oracle }: Omit<Course, "loadPerSecond">): string {
    return best === undefined
        ? "cannot"
        : `${(best.shardHours / oracle).toFixed(2)} / ${best.refusedPercent.toFixed(3)}`;
}

function costCell(one: Case | undefined): string {
    if (one === undefined) return "";
    const { cost, refusedPercent, outcome } = one;
    const illegal = outcome.illegalCalls > 0 ? ` (${outcome.illegalCalls} refused calls)` : "";
    return `${cost.toFixed(2)} / ${refusedPercent.toFixed(3)}${illegal}`;
}

function indexCells(cases: readonly Case[]): [string, string] {
    const { index, mostRefusedPercent, counts } = elasticityIndex(cases);
    return [counts ? index.toFixed(3) : `(${index.toFixed(3)})`, mostRefusedPercent.toFixed(3)];
}

/** What else one pays for: reshards a day, closed shards that consumers go through, and the bill in both ways. */
export function costsBesideTable(cases: readonly Case[]): string {
    return tableOf(
        [
            "trace",
            "policy",
            "calls a day",
            "splits and merges a day",
            "most in 24 h",
            "most closed shards, 24 h kept",
            "shard-hours a day",
            "by started hours",
            "CPU of a day's decisions",
        ],
        cases.map(({ trace, policy, days, outcome, cpuSeconds }) => [
            trace,
            policy,
            (outcome.updateCalls / days).toFixed(1),
            (outcome.splitsAndMerges / days).toFixed(1),
            String(outcome.mostSplitsAndMergesPerDay),
            String(outcome.mostClosedShards),
            (outcome.shardHours / days).toFixed(0),
            (outcome.startedShardHours / days).toFixed(0),
            `${(cpuSeconds / days).toFixed(2)} s`,
        ]),
    );
}

/** Each policy under each change of the model: index, most refused percent, refused calls. */
export function sensitivityTable(changed: Readonly<Record<string, readonly Case[]>>, usual: string): string {
    const unusual = Object.entries(changed).flatMap(([name, cases]) => (name === usual ? [] : cases));
    const policies = [...new Set(unusual.map(({ policy }) => policy))];
    return tableOf(
        ["index / most refused %", ...policies],
        Object.entries(changed).map(([name, cases]) => [
            name,
            ...policies.map((policy) => indexCells(cases.filter((one) => one.policy === policy)).join(" / ")),
        ]),
    );
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
    return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
