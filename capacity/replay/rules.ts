/**
 * The scaler's peers in a replay: a size that never changes, the rules that teams write for themselves, and somebody who knows the future.
 */
import { limits } from "../limits";
import { type MinuteSample } from "../scaling/observation";
import { mean } from "../sums";
import { type PeerPolicy, type ReplayPolicy, type ReplayView, still, towards } from "./policy";

/** A size that never changes. */
export function staticPolicy(name = "static"): ReplayPolicy {
    return { name, decide: () => still };
}

/** The rule that most scripts follow: above 80 % of a shard's limit double, below 30 % halve, looked at every five minutes. */
export function doubleHalvePolicy(bounds: { readonly minShards: number; readonly maxShards: number }): PeerPolicy {
    return {
        name: "double or halve",
        everyMinutes: 5,
        decide: (view) => {
            if (view.updating || callsLeft(view) === 0) return still;
            const open = view.shards.length;
            const used = meanAccepted(view.samples, 5) / open;
            if (used > 0.8) return towards(Math.min(open * 2, bounds.maxShards), open);
            if (used < 0.3) return towards(Math.max(Math.ceil(open / 2), bounds.minShards), open);
            return still;
        },
    };
}

/** Plain target tracking: enough shards for a fraction of use, scaling in on the highest need of the last hour, calls kept for scaling out. */
export function targetTrackingPolicy(options: {
    readonly minShards: number;
    readonly maxShards: number;
    readonly target: number;
    readonly lookBackMinutes: number;
    readonly callsKept: number;
}): PeerPolicy {
    return {
        name: `target tracking ${options.target}, ${options.lookBackMinutes} min`,
        everyMinutes: 1,
        decide: (view) => {
            const left = callsLeft(view);
            if (view.updating || left === 0 || view.samples.length === 0) return still;
            const open = view.shards.length;
            const bounded = (load: number) =>
                Math.min(options.maxShards, Math.max(options.minShards, Math.ceil(load / options.target)));
            const newest = view.samples[view.samples.length - 1]!;
            const wanted = bounded(demand(newest));
            if (wanted > open) return towards(Math.min(wanted, open * 2), open);
            if (left <= options.callsKept) return still;
            const recent = view.samples.slice(-options.lookBackMinutes).map(demand);
            const enough = bounded(Math.max(...recent));
            return towards(Math.max(Math.min(enough, open), Math.ceil(open / 2)), open);
        },
    };
}

/** Shard-hours of somebody who knows each minute in advance, never refuses a record and has no limits. */
export function oracleShardHours(loadPerSecond: ArrayLike<number>): number {
    let hours = 0;
    for (let start = 0; start < loadPerSecond.length; start += 60) {
        let most = 0;
        for (let second = start; second < Math.min(start + 60, loadPerSecond.length); second++)
            most = Math.max(most, loadPerSecond[second]!);

        hours += Math.max(1, Math.ceil(most - 1e-9)) / 60;
    }
    return hours;
}

function callsLeft(view: ReplayView): number {
    return limits.updateShardCountCallsPer24Hours - view.reshards.filter((event) => event.kind === "update").length;
}

function meanAccepted(samples: readonly MinuteSample[], minutes: number): number {
    const recent = samples.slice(-minutes);
    if (recent.length === 0) return 0;
    return mean(recent.map(({ acceptedBytes }) => acceptedBytes)) / 60 / limits.shardWriteBytesPerSecond;
}

function demand(sample: MinuteSample): number {
    return (sample.acceptedRecords + sample.refusedRecords) / 60 / limits.shardWriteRecordsPerSecond;
}
