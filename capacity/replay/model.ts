/**
 * The model of a stream that a replay plays: a shard takes 1 unit a second, nothing is carried over, the load lies evenly on the hash keys,
 * resharding takes time, and metrics come late.
 */
import { limits } from "../limits";
import { type ReshardTimes, reshardTimes } from "../scaling/times";

export interface ReplayModel extends ReshardTimes {
    /** Shards at the start. */
    readonly startShards: number;
    /** Minutes between the end of a minute and the sight of its metrics. */
    readonly metricsLateMinutes: number;
    /** Minutes between two runs of a policy that has no period of its own. */
    readonly everyMinutes: number;
    /** When the load begins and the stream is created, at a full minute: a plan knows weekdays and times of day. @default a Monday */
    readonly startMs?: number | undefined;
    /** Seconds for which producers write a refused record again, once a second, before it is lost. @default 0 */
    readonly retrySeconds?: number;
    /** SplitShard and MergeShards calls in a rolling 24 h above which one counts as illegal. @default no cap */
    readonly maxReshardsPerDay?: number;
    /** Hours for which a closed shard is kept. @default 24 */
    readonly retentionHours?: number;
}

export const replayModel = {
    ...reshardTimes,
    startShards: 1,
    metricsLateMinutes: 1,
    everyMinutes: 1,
    startMs: Date.UTC(2026, 0, 5),
    retrySeconds: 0,
    maxReshardsPerDay: Infinity,
    retentionHours: limits.retentionHoursDefault,
} satisfies ReplayModel;

/** The model with every default filled in. */
export function completeModel(model: ReplayModel): Required<ReplayModel> & { readonly startMs: number } {
    return { ...replayModel, ...model, startMs: model.startMs ?? replayModel.startMs };
}
