/**
 * What the commands about keys have in common on the terminal: a verdict in its colour, and a bar for each shard.
 */
import { evenOverAverageMax } from "../capacity/keys/chance";
import { type DeclaredKeys } from "../capacity/keys/sampleShares";
import { type HotShardVerdict } from "../capacity/keys/hotShards";
import { type KeyJudgement } from "../capacity/keys/verdict";
import { count, formatNumber, formatPercent } from "../capacity/text";
import { table, type Terminal } from "./terminal";

export function verdictText(verdict: HotShardVerdict, { colours }: Terminal): string {
    const colour = verdict === "even" ? colours.green : verdict === "cannot-tell" ? colours.yellow : colours.red;
    return colours.bold(colour(verdict));
}

/** Of a stream with more shards the hottest are shown. */
export const shardsShown = 32;

/** A bar a shard, drawn so that the average is visible: shards that are too hot for the stream in red. */
export function shareChart(shardIds: readonly string[], shares: readonly number[], terminal: Terminal): string {
    const hottest = Math.max(...shares, 1e-300);
    const rows = shares.map((share, shard) => ({ share, shardId: shardIds[shard]!, over: share * shares.length }));
    const cut = rows.length > shardsShown;
    const shown = cut ? [...rows].sort((left, right) => right.share - left.share).slice(0, shardsShown) : rows;
    const cells = shown.map(({ share, shardId, over }) => {
        const colour = over > evenOverAverageMax ? terminal.colours.red : terminal.colours.cyan;
        return [shardId, formatPercent(share, 2), formatNumber(over, 2), { fraction: share / hottest, colour }];
    });
    const head = ["shard", "share", "over average", ""];
    return [table(terminal, head, cells, [1, 2]), ...coolerText(rows.length - shown.length)].join("\n");
}

/** What is said of the shards that are not shown. */
export function coolerText(shards: number): string[] {
    return shards === 0 ? [] : [`... and ${count(shards, "cooler shard")}`];
}

export function enoughSentence({ keysEnough }: Pick<KeyJudgement, "keysEnough">, shards: number): string {
    return `Enough keys for ${count(shards, "shard")} sized for 70 % use: ${formatNumber(keysEnough)} of equal weight.`;
}

const sharesALine = 10;

/** Lines for the `requirements` of a ShardedStream, as TypeScript. */
export function requirementsSnippet({
    requirements,
    isLowerBound,
}: Pick<DeclaredKeys, "requirements" | "isLowerBound">): string {
    const { distinctKeys, heaviestKeyShares, explicitHashKeys } = requirements;
    const all = isLowerBound ? " // at least: most keys of the sample came once" : "";
    const keys = `distinctKeys: ${String(distinctKeys).replace(/\B(?=(\d{3})+$)/g, "_")},${all}`;
    return [
        `    ${keys}`,
        ...(heaviestKeyShares === undefined ? [] : [sharesSnippet(heaviestKeyShares)]),
        ...(explicitHashKeys ? ["    explicitHashKeys: true,"] : []),
    ].join("\n");
}

function sharesSnippet(shares: readonly number[]): string {
    const lines: string[] = [];
    for (let at = 0; at < shares.length; at += sharesALine)
        lines.push(`        ${shares.slice(at, at + sharesALine).join(", ")},`);
    const list = lines.length === 1 ? `[${lines[0]!.trim().slice(0, -1)}]` : `[\n${lines.join("\n")}\n    ]`;
    return `    heaviestKeyShares: ${list},`;
}
