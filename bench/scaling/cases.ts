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

/** A trace with what everybody on it is measured against. */
export interface Course extends Trace {
    readonly days: number;
    /** Shard-hours of who knows each minute in advance, refuses nothing and has no limits. */
    readonly oracle: number;
    /** Undefined where nobody keeps to a thousandth refused. */
    readonly best: Clairvoyance | undefined;
}

export interface Case {
    readonly trace: string;
    readonly policy: string;
    readonly days: number;
    /** Shard-hours over the oracle's. */
    readonly cost: number;
    /** Shard-hours over the clairvoyant's. */
    readonly overBest: number | undefined;
    /** Of the new records, those that were lost. */
    readonly refusedPercent: number;
    readonly outcome: ReplayOutcome;
    readonly cpuSeconds: number;
}

/** Records that may be refused, in percent, for a case to count. */
export const refusedPercentMax = 0.1;

export function courseOf(trace: Trace): Course {
    const { loadPerSecond } = trace;
    return {
        ...trace,
        days: loadPerSecond.length / 86_400,
        oracle: oracleShardHours(loadPerSecond),
        best: clairvoyanceOf(trace, false),
    };
}

/** Plays a policy from 1.2 times the declared peak on. */
export function judged(course: Course, policy: ReplayPolicy, changes: Partial<ReplayModel> = {}): Case {
    const { name: trace, shards, loadPerSecond, days, oracle, best } = course;
    const began = process.cpuUsage();
    const outcome = replay(loadPerSecond, policy, { ...replayModel, startShards: startOf(shards), ...changes });
    const { user, system } = process.cpuUsage(began);
    return {
        trace,
        policy: policy.name,
        days,
        cost: outcome.shardHours / oracle,
        overBest: best && outcome.shardHours / best.shardHours,
        refusedPercent: outcome.rejectedPercent,
        outcome,
        cpuSeconds: (user + system) / 1e6,
    };
}

export function startOf(declaredShards: number): number {
    return Math.ceil(1.2 * declaredShards);
}

export interface Index {
    /** The geometric mean over the cases of cost over the clairvoyant's. */
    readonly index: number;
    readonly mostRefusedPercent: number;
    readonly illegalCalls: number;
    /** Only where no case refuses too much, or asks for what AWS would refuse. */
    readonly counts: boolean;
}

export function elasticityIndex(cases: readonly Case[]): Index {
    const known = cases.filter(({ overBest }) => overBest !== undefined);
    const logs = known.reduce((sum, { overBest }) => sum + Math.log(overBest!), 0);
    const mostRefusedPercent = known.reduce((most, { refusedPercent }) => Math.max(most, refusedPercent), 0);
    const illegalCalls = known.reduce((sum, { outcome }) => sum + outcome.illegalCalls, 0);
    const counts = illegalCalls === 0 && mostRefusedPercent <= refusedPercentMax;
    return { index: Math.exp(logs / known.length), mostRefusedPercent, illegalCalls, counts };
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
