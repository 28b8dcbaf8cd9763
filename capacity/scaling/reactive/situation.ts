/**
 * What the reactive mode reads from an observation before it decides.
 */
import { refusedShareMin } from "../../keys/shardReports";
import { updateCallsLeft } from "../ledger";
import { loadHistory, type LoadHistory, loadLevel, shardsForLoad } from "../load";
import { type Observation, type ScalingSettings } from "../observation";
import { effectiveShards } from "../shards";
import { rounded } from "../words";

/** A day: the jumps of yesterday say how much room today's need. */
export const reactiveHistoryMinutes = 24 * 60;

export interface Situation {
    readonly observation: Observation;
    readonly settings: ScalingSettings;
    readonly history: LoadHistory;
    readonly open: number;
    readonly effective: number;
    /** The load now, in shards. */
    readonly level: number;
    /** Shards, not rounded, that carry it. */
    readonly need: number;
    readonly recordsRefused: boolean;
    readonly wantedShards: number;
    readonly numbers: Readonly<Record<string, number>>;
}

export function situationOf(observation: Observation, settings: ScalingSettings): Situation {
    const open = observation.shards.length;
    const effective = effectiveShards(observation.shards);
    const history = loadHistory(observation.samples, {
        nowMs: observation.nowMs,
        peakShards: settings.peakShards,
        effectiveShards: effective,
        capacityChangedMs: observation.capacityChangedMs ?? 0,
        historyMinutes: reactiveHistoryMinutes,
    });
    const level = loadLevel(history.loadShards);
    const need = shardsForLoad(level, settings.peakShards);
    return {
        observation,
        settings,
        history,
        open,
        effective,
        level,
        need,
        recordsRefused: history.refusedShare > refusedShareMin,
        wantedShards: Math.max(1, Math.ceil(need - 1e-9)),
        numbers: {
            openShards: open,
            effectiveShards: rounded(effective),
            loadShards: rounded(level),
            neededShards: rounded(need),
            refusedPercent: rounded(history.refusedShare * 100),
            updateCallsLeft: updateCallsLeft(observation.reshards, observation.nowMs),
        },
    };
}
