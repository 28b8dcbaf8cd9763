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
    "UpdateShardCount gets no answer for 70 minutes: every call of the day was reserved, and none made": {
        ...calm,
        shards: 11,
        historyMinutes: 130,
        deployment: { ...calm.deployment, minShards: 6, maxShards: 16, peakShards: 10 },
        load: [{ fromMinute: 0, shards: 4.8 }],
        events: [{ atMinute: 10, do: "deploy", settings: { minShards: 16, maxShards: 16 } }],
        faults: [
            {
                fromMinute: 10,
                toMinute: 80,
                kind: "lost-before",
                service: "kinesis",
                operation: "UpdateShardCount",
                share: 1,
            },
        ],
        quietFromMinute: 80,
    },
    "ListShards leaves shards out for hours: they were taken for reshards of others, which spent the budget": {
        ...calm,
        seed: 1583780971,
        shards: 3,
        historyMinutes: 5,
        deployment: { ...calm.deployment, maxShards: 4, peakShards: 2.7, maxReshardsPerDay: 48 },
        load: [
            { fromMinute: 808, shards: 4 },
            { fromMinute: 815, shards: 0 },
        ],
        cadence: [{ fromMinute: 811, everyMinutes: 2 }],
        events: [{ atMinute: 1360.2, do: "deploy", settings: { minShards: 1, maxShards: 1 } }],
        faults: [{ fromMinute: 570.71, toMinute: 1451, kind: "truncated", service: "kinesis", share: 0.3 }],
        quietFromMinute: 1451,
    },
    "four shards that are worth three stand at a ceiling of four: one less gained nothing, so nothing was done": {
        ...calm,
        shards: 3,
        splits: 1,
        deployment: { ...calm.deployment, minShards: 2, maxShards: 4, peakShards: 4, maxReshardsPerDay: 0 },
        load: [{ fromMinute: 0, shards: 4 }],
        quietFromMinute: 101,
    },
    "others have spent the ten calls, and splits have to do": {
        ...calm,
        shards: 2,
        deployment: { ...calm.deployment, maxReshardsPerDay: 5 },
        updateSeconds: 15,
        load: [
            { fromMinute: 0, shards: 0 },
            { fromMinute: 31, shards: 6 },
        ],
        events: Array.from({ length: 10 }, (_, at) => ({
            atMinute: 1 + 3 * at,
            do: "foreign-update" as const,
            factor: at % 2 === 0 ? 2 : 0.5,
        })),
        quietFromMinute: 60,
    },
    "others call there and back right after each own call: only its own was counted, up to an eleventh": {
        ...calm,
        cadence: [{ fromMinute: 0, everyMinutes: 15 }],
        events: [8, 4, 8, 4, 8].flatMap((count, at) => [
            { atMinute: 15 * at + 1, do: "deploy" as const, settings: { minShards: count, maxShards: count } },
            // Ten calls are spent when the fourth of the own ones is made.
            ...(at < 3 ? [2, 0.5] : []).map((factor, turn) => ({
                atMinute: 15 * at + 17 + 2 * turn,
                do: "foreign-update" as const,
                factor,
            })),
        ]),
        quietFromMinute: 90,
    },
    "DynamoDB is throttled from the moment on at which AWS takes a command's call: the call was told as not made": {
        ...calm,
        events: [{ atMinute: 1, do: "command", args: ["scale", "orders", "out", "--yes"] }],
        faults: [{ fromMinute: 1.1075, toMinute: 4, kind: "throttled", service: "dynamoDb", share: 1 }],
        seed: 7,
        historyMinutes: 400,
        cadence: [{ fromMinute: 10, everyMinutes: 5 }],
    },
};
