/**
 * What the scaler does next: observation and settings in, one decision with its reason out.
 *
 * The Lambda, `scale auto` and the replay of the benchmarks call the same function. It knows no clock and no AWS; the same observation
 * gives the same decision. What the load asks for is computed in load.ts, what is allowed in allowed.ts, and a mode in between says what
 * to do about it.
 */
import { type ReasonCode } from "./reasons";
import { decideReactively } from "./reactive/decide";
import { reactiveHistoryMinutes } from "./reactive/situation";
import { type Decision, type Observation, type ScalingMode, type ScalingSettings } from "./observation";
import { decidePredictively, predictiveHistoryMinutes } from "./predictive/decide";
import { type ScalerMemory } from "./predictive/memory";

interface ModeRow {
    /** One-minute samples that the mode looks at. */
    readonly historyMinutes: number;
    decide(observation: Observation, settings: ScalingSettings, memory?: ScalerMemory): Decision;
}

const modes: Readonly<Record<ScalingMode, ModeRow>> = {
    reactive: { historyMinutes: reactiveHistoryMinutes, decide: decideReactively },
    predictive: { historyMinutes: predictiveHistoryMinutes, decide: decidePredictively },
};

/** How much history the mode wants to be shown, in minutes. */
export function historyMinutes(mode: ScalingMode): number {
    return modes[mode].historyMinutes;
}

/**
 * Decides what happens to a stream's shards now: nothing, one UpdateShardCount, one split or one merge.
 *
 * @param memory what an earlier decision about the same stream computed; without it a decision takes longer, and plans anew
 * @example decide(observation, settings).message // "The load of 4.6 shards needs 5.4 with room for its noise; 4 are open: to 8."
 */
export function decide(observation: Observation, settings: ScalingSettings, memory?: ScalerMemory): Decision {
    return cannotActNow(observation) ?? modes[settings.mode].decide(observation, settings, memory);
}

/** The states of a stream in which nothing can be done, whatever the load. */
function cannotActNow(observation: Observation): Decision | undefined {
    const open = observation.shards.length;
    const nothing = (reason: ReasonCode, message: string): Decision => ({
        action: { kind: "none" },
        reason,
        message,
        wantedShards: open,
        // None is seen of most of them, which is not that none is open.
        numbers: open === 0 ? {} : { openShards: open },
    });
    if (observation.status === "DELETING") return nothing("stream-deleting", "The stream is being deleted.");
    if (observation.capacityMode === "on-demand") {
        return nothing(
            "on-demand",
            "The stream is in on-demand mode and scales itself; remove the scaler, or set capacityMode to provisioned.",
        );
    }
    if (observation.status !== "ACTIVE" || open === 0)
        return nothing("stream-busy", `The stream is ${observation.status}; reshards are made one at a time.`);

    return undefined;
}
