/**
 * Where the model may be wrong: nobody outside AWS knows how long it takes. The clairvoyant stays that of the usual model.
 */
import { type ReplayModel } from "../../capacity/replay/replay";

export const sensitivities: Readonly<Record<string, Partial<ReplayModel>>> = {
    "as usual": {},
    "metrics two minutes late": { metricsLateMinutes: 2 },
    "updates of 180 s at least": { updateSecondsMin: 180 },
    "updates of 600 s at least": { updateSecondsMin: 600 },
    "splits of 45 s": { splitSeconds: 45 },
    "a run every 5 minutes": { everyMinutes: 5 },
    "producers write again for a minute": { retrySeconds: 60 },
};
