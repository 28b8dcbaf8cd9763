/** One split or one merge of a way that takes several: what it is, and when it waits. */
import assert from "node:assert/strict";
import { uniformShards } from "../../../capacity/replay/replay";
import { type Wish } from "../../../capacity/scaling/allowed";
import { type Decision, type Observation, type ReshardEvent } from "../../../capacity/scaling/observation";
import { completeScaling } from "../../../capacity/scaling/settings";
import { walkIn, walkOut } from "../../../capacity/scaling/walking";
import { minuteMs, nowMs, observation } from "./observed";

const settings = completeScaling({ minShards: 2, maxShards: 32, maxReshardsPerDay: 6 });

function seen(open: number, more: Partial<Observation> = {}): Observation {
    return { ...observation(open, []), iteratorAgeMs: null, ...more };
}

function madeBefore(count: number, kind: ReshardEvent["kind"], more: Partial<ReshardEvent> = {}): ReshardEvent[] {
    return Array.from({ length: count }, (_, at) => ({ atMs: nowMs - (at + 1) * minuteMs, kind, ...more }));
}

function wish(targetShards: number): Wish {
    return { targetShards, wantedShards: targetShards, reason: "load-rises", why: "It is time", numbers: {} };
}

function shown({ action, reason, message, needsIteratorAge }: Decision): unknown[] {
    return [action.kind, reason, message, ...(needsIteratorAge ? ["asks for the iterator age"] : [])];
}

const [first, second] = uniformShards(4, 0).map(({ shardId }) => shardId);
const half = (1n << 125n).toString();

describe("a walk to more shards", () => {
    const rows: [title: string, Observation, expected: unknown[]][] = [
        [
            "splits the widest shard in the middle",
            seen(4),
            ["split", "walk-out", `It is time: ${first}, the widest shard, is split in two, on the way to 8 shards.`],
        ],
        [
            "begins nothing that the splits of the day do not finish",
            seen(7),
            [
                "none",
                "splits-too-few",
                "It is time, but the 6 splits that maxReshardsPerDay leaves would not do: 7 shards are as wide as the widest, and the stream takes more only once all of them are split.",
            ],
        ],
        [
            "ends with the splits of the day",
            seen(4, { reshards: [...madeBefore(4, "split"), ...madeBefore(2, "merge")] }),
            [
                "none",
                "splits-spent",
                "It is time, but 6 splits and merges of the 6 that maxReshardsPerDay allows are made.",
            ],
        ],
        [
            "needs no UpdateShardCount call",
            seen(4, { reshards: madeBefore(10, "update") }),
            ["split", "walk-out", `It is time: ${first}, the widest shard, is split in two, on the way to 8 shards.`],
        ],
        [
            "waits for the account's shard quota",
            seen(4, { growthBlockedUntilMs: nowMs + minuteMs }),
            ["none", "shard-quota"],
        ],
        [
            "waits for a call without an answer",
            seen(4, { reshards: madeBefore(1, "split", { status: "reserved" }) }),
            ["none", "call-unanswered"],
        ],
    ];
    for (const [title, observed, expected] of rows) {
        it(title, () => {
            const decision = walkOut(observed, settings, wish(8));
            assert.deepEqual(shown(decision).slice(0, expected.length), expected);
        });
    }

    it("cuts the shard in equal halves", () => {
        assert.deepEqual(walkOut(seen(4), settings, wish(5)).action, {
            kind: "split",
            shardId: first,
            newStartingHashKey: half,
        });
    });
});

describe("a walk to fewer shards", () => {
    const rows: [title: string, Observation, expected: unknown[]][] = [
        [
            "merges the narrowest neighbours",
            seen(4),
            [
                "merge",
                "walk-in",
                `It is time: ${first} and ${second}, the narrowest neighbours, are merged, on the way to 2 shards.`,
            ],
        ],
        [
            "asks how far the readers are",
            seen(4, { iteratorAgeMs: undefined }),
            ["none", "consumers-behind", "It is time, if the readers keep up.", "asks for the iterator age"],
        ],
        [
            "waits for readers that are behind",
            seen(4, { iteratorAgeMs: 11 * minuteMs }),
            [
                "none",
                "consumers-behind",
                "It is time, but a reader is 11 minutes behind; scaling in waits until it is at most 10.",
            ],
        ],
        [
            "ends with the splits and merges of the day",
            seen(4, { reshards: madeBefore(6, "merge") }),
            [
                "none",
                "splits-spent",
                "It is time, but 6 splits and merges of the 6 that maxReshardsPerDay allows are made.",
            ],
        ],
        [
            "opens no shard, so the account's quota does not matter",
            seen(3, { growthBlockedUntilMs: nowMs + minuteMs }),
            ["merge", "walk-in", `It is time: ${first} and ${second}, the narrowest neighbours, are merged.`],
        ],
        [
            "waits for a call without an answer",
            seen(4, { reshards: madeBefore(1, "merge", { status: "reserved" }) }),
            ["none", "call-unanswered"],
        ],
    ];
    for (const [title, observed, expected] of rows) {
        it(title, () => {
            const decision = walkIn(observed, settings, wish(2));
            assert.deepEqual(shown(decision).slice(0, expected.length), expected);
        });
    }
});
