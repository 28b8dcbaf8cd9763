/**
 * What a deployment can do about a shard count: one UpdateShardCount call. Where AWS would refuse it, this says so beforehand, and the ways there.
 */
import { limits } from "../limits";
import { count, formatNumber } from "../text";
import { countsBetween } from "./walk";

export interface CountChange {
    readonly streamName: string;
    /** Open shards of the stream, as far as the deployment knows. */
    readonly deployedShards: number;
    readonly declaredShards: number;
    /** `count`: from one count to another. `mode`: AWS scaled the stream until now. `hand-over`: likewise, and a scaler has the count from now on. */
    readonly leaving: "count" | "mode" | "hand-over";
}

/**
 * Why AWS would refuse to take a stream to its declared count, and how it gets there; undefined where one call, or none, is enough.
 *
 * @example oneCallProblem({ streamName: "orders", deployedShards: 4, declaredShards: 20, leaving: "count" }) // ... at most 8 ...
 */
export function oneCallProblem(change: CountChange): string | undefined {
    const { streamName, deployedShards, declaredShards, leaving } = change;
    if (declaredShards === deployedShards) return undefined;
    const declared = `${count(declaredShards, "shard is", "shards are")} declared for stream ${streamName}`;
    const most = limits.updateShardCountTargetMax;
    if (declaredShards > most) {
        return (
            `${declared}, and UpdateShardCount goes to at most ${formatNumber(most)}.\n` +
            "Declare a lower load, or spread it over several streams."
        );
    }
    const counts = countsBetween(deployedShards, declaredShards);
    if (counts.length <= 1) return undefined;
    const deployed =
        leaving === "count"
            ? `${count(deployedShards, "is", "are")} deployed`
            : `it has ${formatNumber(deployedShards)}, on-demand`;
    const bound = `at ${declaredShards > deployedShards ? "most" : "least"} ${formatNumber(counts[0]!)}`;
    return [
        `${declared}, and ${deployed}. AWS would refuse that: one UpdateShardCount call takes ${count(deployedShards, "shard")} to ${bound}.`,
        ...ways[leaving](change, counts),
    ].join("\n");
}

const ways: Record<CountChange["leaving"], (change: CountChange, counts: readonly number[]) => string[]> = {
    count: ({ streamName, deployedShards, declaredShards }, counts) => {
        const allowed = declaredShards > deployedShards ? ", where no policy rejects fewer shards than the plan" : "";
        return [
            `Scale it first, in ${counts.length} calls (${counts.map((shards) => formatNumber(shards)).join(", ")}): sharded-stream scale ${streamName} to ${declaredShards}, then pulumi up --refresh.`,
            `Or deploy ${counts.length} times${allowed}: with shardCount: ${counts.join(", then ")}.`,
            "The deployed count is the one in the state. If the stream was scaled since, pulumi up --refresh is enough.",
        ];
    },
    mode: ({ streamName, declaredShards }, [first]) => [
        `Leave on-demand with shardCount: ${first}. Then sharded-stream scale ${streamName} to ${declaredShards}, and pulumi up --refresh without that shardCount.`,
    ],
    "hand-over": (_change, [first]) => [
        `Leave on-demand with shardCount: ${first}; the scaler goes on from there, and later deployments need no shardCount.`,
    ],
};
