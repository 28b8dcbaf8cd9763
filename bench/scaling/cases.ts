/**
 * A policy on a trace: what it costs over the oracle and over the clairvoyant, what it refuses, and the index over several of them.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import {
    replay,
    type ReplayModel,
    replayModel,
    type ReplayOutcome,
    type ReplayPolicy,
} from "../../capacity/replay/replay";
import { oracleShardHours } from "../../capacity/replay/rules";
import { clairvoyant, clairvoyantModel, type Clairvoyance } from "./clairvoyant";
import { type Trace } from "./traces";

export interface Case {
    readonly trace: string;
    readonly policy: string;
    readonly days: number;
    /** Shard-hours over those of the per-minute oracle, which refuses nothing and has no limits. */
    readonly cost: number;
    /** Shard-hours over those of the clairvoyant; undefined where nobody keeps to a thousandth refused. */
    readonly overClairvoyant: number | undefined;
    readonly outcome: ReplayOutcome;
    readonly cpuSeconds: number;
}

/** Records that may be refused, in percent, for a case to count. */
export const refusedPercentMax = 0.1;

/** Plays a policy from 1.2 times the declared peak on. */
export function judged(trace: Trace, policy: ReplayPolicy, changes: Partial<ReplayModel> = {}): Case {
    const { name, shards, loadPerSecond } = trace;
    const model: ReplayModel = { ...replayModel, startShards: startOf(shards), ...changes };
    const began = process.cpuUsage();
    const outcome = replay(loadPerSecond, policy, model);
    const { user, system } = process.cpuUsage(began);
    const best = clairvoyanceOf(trace, false);
    return {
        trace: name,
        policy: policy.name,
        days: loadPerSecond.length / 86_400,
        cost: outcome.shardHours / oracleShardHours(loadPerSecond),
        overClairvoyant: best && outcome.shardHours / best.shardHours,
        outcome,
        cpuSeconds: (user + system) / 1e6,
    };
}

export function startOf(declaredShards: number): number {
    return Math.ceil(1.2 * declaredShards);
}

/** The geometric mean over the cases of cost over the clairvoyant's, and whether it counts: nothing illegal, and in no case too much refused. */
export function elasticityIndex(cases: readonly Case[]): { readonly index: number; readonly counts: boolean } {
    const known = cases.filter(({ overClairvoyant }) => overClairvoyant !== undefined);
    const logs = known.reduce((sum, { overClairvoyant }) => sum + Math.log(overClairvoyant!), 0);
    const counts = known.every(
        ({ outcome }) => outcome.illegalCalls === 0 && outcome.rejectedPercent <= refusedPercentMax,
    );
    return { index: Math.exp(logs / known.length), counts };
}

/** The clairvoyant takes up to a minute a trace, so what it found is kept in a temporary folder under what it was asked. */
export function clairvoyanceOf({ loadPerSecond, shards }: Trace, walks: boolean): Clairvoyance | undefined {
    const model = { ...clairvoyantModel, startShards: startOf(shards), maxShards: 2 * shards, walks };
    const question = createHash("sha256")
        .update(loadPerSecond)
        .update(JSON.stringify(model))
        .update(readFileSync(path.join(__dirname, "clairvoyant.ts")));
    const file = path.join(tmpdir(), "sharded-stream-bench", `${question.digest("hex").slice(0, 32)}.json`);
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { found?: Clairvoyance }).found;
    const found = clairvoyant(loadPerSecond, model);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ found }));
    return found;
}
