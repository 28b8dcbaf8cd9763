/**
 * Who is judged: the scaler in its modes, and what teams use instead of it.
 */
import { publishedScalers } from "../../capacity/replay/peers";
import { type ReplayPolicy, scalerPolicy } from "../../capacity/replay/replay";
import { doubleHalvePolicy, staticPolicy, targetTrackingPolicy } from "../../capacity/replay/rules";
import { completeScaling } from "../../capacity/scaling/settings";

/** How many splits and merges a day the scaler is judged with: none, the default, and no cap. */
export const reshardsPerDay = [0, 48, 10_000] as const;

export function modePolicy(mode: string, maxReshardsPerDay: number, declaredShards: number): ReplayPolicy {
    const settings = { mode, ...boundsOf(declaredShards), peakShards: declaredShards, maxReshardsPerDay };
    return { ...scalerPolicy(completeScaling(settings)), name: modeName(mode, maxReshardsPerDay) };
}

export function modeName(mode: string, maxReshardsPerDay: number): string {
    return `${mode}, ${maxReshardsPerDay === 0 ? "no" : maxReshardsPerDay === 10_000 ? "any" : maxReshardsPerDay} splits`;
}

export const staticName = "static, declared peak x 1.2";

/** Those that are no part of the project, a static size first. */
export function otherPolicies(declaredShards: number): ReplayPolicy[] {
    const bounds = boundsOf(declaredShards);
    return [
        staticPolicy(staticName),
        doubleHalvePolicy(bounds),
        targetTrackingPolicy({ ...bounds, target: 0.7, lookBackMinutes: 60, callsKept: 3 }),
        targetTrackingPolicy({ ...bounds, target: 0.6, lookBackMinutes: 240, callsKept: 3 }),
        ...publishedScalers(bounds),
    ];
}

function boundsOf(declaredShards: number) {
    return { minShards: 1, maxShards: 2 * declaredShards };
}
