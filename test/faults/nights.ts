/**
 * Nights that once broke a law, with what was wrong: they are played for ever.
 */
import { type StreamSchedule } from "./schedule";

/** A stream of its own ledger on which nothing happens. */
const calm: StreamSchedule = {
    arena: "stream",
    seed: 1,
    shards: 4,
    splits: 0,
    historyMinutes: 30,
    ledger: "own",
    deployment: { minShards: 1, maxShards: 12, peakShards: 6, maxReshardsPerDay: 3, paused: false, dryRun: false },
    accountShards: 10_000,
    updateSeconds: 60,
    metricsLateSeconds: 60,
    shardsPerPage: 10_000,
    load: [{ fromMinute: 0, shards: 0 }],
    cadence: [{ fromMinute: 0, everyMinutes: 2 }],
    events: [],
    faults: [],
    quietFromMinute: 20,
};

export const nights: Readonly<Record<string, StreamSchedule>> = {
    "the machine's clock is set back while a run waits for ACTIVE: it waited until Lambda ended it": {
        ...calm,
        shards: 12,
        events: [
            { atMinute: 1, do: "deploy", settings: { minShards: 1, maxShards: 1 } },
            { atMinute: 2.3, do: "set-clock", byMinutes: -60 },
        ],
    },
    "the machine's clock is set an hour on within a run: the ledger was written in the future": {
        ...calm,
        shards: 5,
        deployment: { ...calm.deployment, minShards: 3, maxShards: 8, peakShards: 8 },
        updateSeconds: 20,
        events: [
            { atMinute: 3, do: "deploy", settings: { minShards: 1, maxShards: 2 } },
            { atMinute: 4.005, do: "set-clock", byMinutes: 60 },
        ],
    },
};
