/** The scaler's sentences are true as they are read: no number says the opposite, none is in the wrong number, no time has passed. */
import assert from "node:assert/strict";
import { decide } from "../../../capacity/scaling/decide";
import { type Observation } from "../../../capacity/scaling/observation";
import { completeScaling, type DeclaredScaling } from "../../../capacity/scaling/settings";
import { callsMade, constant, minuteMs, nowMs, observation, samplesOf } from "./observed";

type Row = [title: string, seen: Observation, declared: Partial<DeclaredScaling>, message: string];

const refusing = (records: number) => samplesOf(constant(1), [...constant(0, 1_439), records]);
const spentAndRefused = (walks: number) =>
    observation(2, samplesOf(constant(1.99), [...constant(0, 1_439), 9_000]), {
        reshards: [
            ...callsMade(10),
            ...Array.from({ length: walks }, (_, n) => callsMade(1, n % 2 ? "merge" : "split")).flat(),
        ],
    });
const fullAndSpent =
    "7 % of the last minute's records were refused; the load of 2.02 shards needs 2.7 with room for its noise; 2 are open, but no UpdateShardCount call is left before 2026-11-03 02:02 UTC, and";

const rows: Row[] = [
    [
        "a need a little above what is open is told in as many digits as that takes",
        observation(8, samplesOf(constant(6.7535))),
        {},
        "The load of 6.75 shards needs 8.001 with room for its noise; 8 are open: to 10.",
    ],
    [
        "few records that were refused are not none",
        observation(8, refusing(40)),
        {},
        'Less than 0.1 % of the last minute\'s records were refused; the load of 1 shard needs 1.48 with room for its noise; 8 are open, so more shards do not help: the load is uneven over the hash keys or over the seconds. "sharded-stream hot-shards" tells which.',
    ],
    [
        "a reader that is a little more than ten minutes behind is not ten behind",
        observation(16, samplesOf(constant(3)), { iteratorAgeMs: 10.3 * minuteMs }),
        {},
        "The load has stayed below 3 shards for 120 minutes and needs at most 3.83 with room for noise and jumps; 16 are open, but a reader is 10.3 minutes behind; scaling in waits until it is at most 10.",
    ],
    [
        "merges are no splits, though both count",
        spentAndRefused(6),
        { maxReshardsPerDay: 6 },
        `${fullAndSpent} 6 splits and merges of the 6 that maxReshardsPerDay allows are made.`,
    ],
    [
        "one is one",
        spentAndRefused(1),
        { maxReshardsPerDay: 1 },
        `${fullAndSpent} 1 split or merge of the 1 that maxReshardsPerDay allows is made.`,
    ],
    [
        "none of none is said in words",
        spentAndRefused(0),
        { maxReshardsPerDay: 0 },
        `${fullAndSpent} maxReshardsPerDay allows no split and no merge.`,
    ],
    [
        "nobody raises the ceiling that is as high as AWS's",
        observation(10_000, samplesOf(constant(12_000))),
        { maxShards: 10_000, peakShards: 9_000 },
        "The load of 12,000 shards needs 13,247 with room for its noise; 10,000 are open, the most that maxShards allows. Spread the load over several streams, since no scaler opens more.",
    ],
    [
        "a stream without any datapoint is so old, and its load is not known",
        observation(8, [], { createdMs: nowMs - 60 * minuteMs }),
        {},
        "The load of 0 shards fits; 8 are open; the stream is 60 minutes old, and fewer shards are considered after 120.",
    ],
];

describe("the scaler's sentences are true as they are read", () => {
    for (const [title, seen, declared, message] of rows) {
        it(title, () => {
            const settings = completeScaling({
                mode: "reactive",
                minShards: 1,
                maxShards: 32,
                peakShards: 16,
                ...declared,
            });
            assert.equal(decide(seen, settings).message, message);
        });
    }
});
