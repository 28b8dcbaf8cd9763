/** The verdict on shards that refuse records although their minutes are far from full: bursts of seconds, told from full and from hot shards. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { uniformShards } from "../../../capacity/replay/replay";
import { judgeShards } from "../../../capacity/keys/hotShards";
import { type ShardLoad } from "../../../capacity/keys/shardReports";
import { decide } from "../../../capacity/scaling/decide";
import { completeScaling } from "../../../capacity/scaling/settings";

const minuteMs = 60_000;
const nowMs = Date.UTC(2026, 10, 2, 12);

interface Told {
    /** Part of its limit that the shard's fullest minute used, by records. */
    readonly used: number;
    /** Part of the records offered that was refused. */
    readonly refused: number;
}

function loadsOf(told: readonly Told[]): ShardLoad[] {
    return uniformShards(told.length, 0).map(({ shardId, startingHashKey, endingHashKey }, index) => {
        const { used, refused } = told[index]!;
        const recordsPerSecond = used * 1_000;
        return {
            shardId,
            startingHashKey: String(startingHashKey),
            endingHashKey: String(endingHashKey),
            bytesPerSecond: recordsPerSecond * 100,
            recordsPerSecond,
            refusedPerSecond: (recordsPerSecond * refused) / (1 - refused),
            peakBytesPerSecond: recordsPerSecond * 100,
            peakRecordsPerSecond: recordsPerSecond,
            peakRefusedShare: refused,
        };
    });
}

const calm = { used: 0.03, refused: 0 };

describe("shards that refuse records", () => {
    it("at 3 % of their limit are not full: bursts within seconds are named, with what to do", () => {
        const { verdict, certain, message, recommendation, shards } = judgeShards(
            loadsOf([{ used: 0.03, refused: 0.4 }, { used: 0.03, refused: 0.4 }, calm, calm]),
        );
        assert.deepEqual(
            [verdict, certain, message, recommendation],
            [
                "bursts",
                true,
                "2 of 4 shards refused records (40 records/s), although the fullest minute used 3 % of what a shard takes: bursts within seconds.",
                "Spread the records over the seconds where they are written, to at most 4,000 records and 4 MiB in each, and put what is refused again with a growing wait: the producer of this package does both. More shards hardly help: no minute needs them.",
            ],
        );
        assert.deepEqual(
            shards.map(({ bursts, nearLimit, hot }) => [bursts, nearLimit, hot]),
            [
                [true, false, false],
                [true, false, false],
                [false, false, false],
                [false, false, false],
            ],
        );
    });

    it("that are all full and more than 7,000 are advised to become several streams", () => {
        const advised = (shards: number): string =>
            judgeShards(loadsOf(Array<Told>(shards).fill({ used: 1, refused: 0.1 }))).recommendation;
        assert.match(advised(7_000), /^Scale to 10,000 shards or more; /);
        assert.equal(
            advised(7_001),
            "Divide the load over at least 2 streams: with room for uneven keys it needs 10,002 shards, and UpdateShardCount goes to 10,000 by default.",
        );
    });

    const rows: readonly (readonly [title: string, told: readonly Told[], verdict: string, says: RegExp])[] = [
        [
            "all full by their minutes",
            Array(4).fill({ used: 0.97, refused: 0.1 }),
            "under-capacity",
            /^4 of 4 shards are full/,
        ],
        ["the only one full", [{ used: 0.97, refused: 0.1 }], "under-capacity", /^1 of 1 shard is full/],
        ["all at 85 %", Array(4).fill({ used: 0.85, refused: 0.1 }), "under-capacity", /^4 of 4 shards are full/],
        ["all at 70 %", Array(4).fill({ used: 0.7, refused: 0.1 }), "bursts", /used 70 % of what a shard takes/],
        [
            "a few in a thousand thousand",
            Array(4).fill({ used: 0.1, refused: 0.000_1 }),
            "even",
            /used 10 % of a shard/,
        ],
        [
            "one that has far more than the others",
            [{ used: 0.3, refused: 0.2 }, calm, calm, calm, calm, calm],
            "hot-key",
            /refuses 75 records\/s, in bursts within seconds\./,
        ],
    ];
    for (const [title, told, verdict, says] of rows) {
        it(`${title}: ${verdict}`, () => {
            const judged = judgeShards(loadsOf(told));
            assert.deepEqual([judged.verdict, says.test(judged.message)], [verdict, true], judged.message);
        });
    }

    const quiet: readonly (readonly [title: string, records: readonly number[], verdict: string, message: string])[] = [
        ["no record", [0, 0, 0, 0], "cannot-tell", "None of 4 open shards took a record in the last minutes."],
        [
            "300 records on the only shard",
            [300],
            "even",
            "The stream has one shard; the fullest minute used 0.05 % of it.",
        ],
        ["no record on the only shard", [0], "cannot-tell", "The only open shard took no record in the last minutes."],
        [
            "four records on one shard",
            [4, 0, 0, 0],
            "cannot-tell",
            "4 open shards took 4 records in these minutes: too few to tell a hot shard from chance.",
        ],
        [
            "282 records, evenly",
            [72, 70, 70, 70],
            "cannot-tell",
            "4 open shards took 282 records in these minutes: too few to tell a hot shard from chance.",
        ],
        [
            "283 records, evenly",
            [73, 70, 70, 70],
            "even",
            "The hottest of 4 shards has 1.03 times the average; the fullest minute used 0.01 % of a shard.",
        ],
        [
            "sixty records on one shard, which chance does not give",
            [60, 1, 1, 1],
            "hot-key",
            "shardId-000000000000 has 3.81 times the average, 0.01 % of its limit in the fullest minute. Its range is no wider than others, so most likely one key carries it; the metrics do not name it.",
        ],
    ];
    for (const [title, records, verdict, message] of quiet) {
        it(`of a stream that took ${title} in ten minutes: ${verdict}`, () => {
            const loads = loadsOf(records.map((of) => ({ used: of / 600_000, refused: 0 })));
            const judged = judgeShards(loads.map((load, shard) => ({ ...load, records: records[shard]! })));
            assert.deepEqual([judged.verdict, judged.message], [verdict, message]);
        });
    }

    const openShardsItself =
        "AWS opens more shards by itself, and refuses for a while what more than doubles in 15 minutes: slow the producers down until it has.";
    const cutsItself =
        "AWS cuts the shards of an on-demand stream by itself, and takes no split: look again in 15 minutes. Where one stays hot, give the records other keys, or switch the stream to provisioned and split there.";
    const full = { used: 1, refused: 0.2 };
    const onDemand: readonly (readonly [told: readonly Told[], verdict: string, recommendation: string])[] = [
        [[full, full], "under-capacity", openShardsItself],
        [
            [{ used: 0.6, refused: 0 }, calm, calm, calm],
            "hot-key",
            `Name the key with --sample. One key: salt it, or spread it over explicit hash keys; splitting cannot help. Many keys: ${cutsItself}`,
        ],
        [[{ used: 0.4, refused: 0 }, { used: 0.4, refused: 0 }, calm, calm, calm, calm], "hot-range", cutsItself],
        [
            Array<Told>(4).fill({ used: 0.7, refused: 0.1 }),
            "bursts",
            "Spread the records over the seconds where they are written, to at most 4,000 records and 4 MiB in each, and put what is refused again with a growing wait: the producer of this package does both.",
        ],
    ];
    for (const [told, verdict, recommendation] of onDemand) {
        it(`of an on-demand stream (${verdict}) are not answered with a count or a split, which AWS refuses`, () => {
            const judged = judgeShards(loadsOf(told), [], { isOnDemand: true });
            assert.deepEqual([judged.verdict, judged.recommendation, judged.splits], [verdict, recommendation, []]);
        });
    }

    it("and 70 % of a limit get room from twice the shards that the minute needs", () => {
        const { recommendation } = judgeShards(loadsOf(Array(4).fill({ used: 0.7, refused: 0.1 })));
        assert.match(recommendation, /6 shards give the bursts some room\.$/);
    });

    it("are no news to `scale auto`: what it calls uneven load is bursts here, and neither wants more shards", () => {
        const outcomes = new Set<string>();
        fc.assert(
            fc.property(
                fc.integer({ min: 2, max: 40 }),
                fc.double({ min: 0.005, max: 0.79, noNaN: true }),
                fc.double({ min: 0.001, max: 0.5, noNaN: true }),
                (open, used, refused) => {
                    const acceptedRecords = Math.round(open * used * 60_000);
                    const sample = {
                        acceptedBytes: acceptedRecords * 100,
                        acceptedRecords,
                        refusedRecords: Math.ceil((acceptedRecords * refused) / (1 - refused)),
                    };
                    const samples = Array.from({ length: 30 }, (_, at) => ({
                        ...sample,
                        startMs: nowMs - (30 - at) * minuteMs,
                    }));
                    const { reason } = decide(
                        {
                            nowMs,
                            capacityMode: "provisioned",
                            status: "ACTIVE",
                            createdMs: 0,
                            shards: uniformShards(open, 0),
                            samples,
                            reshards: [],
                        },
                        completeScaling({ minShards: 1, maxShards: 200 }),
                    );
                    const judged = judgeShards(loadsOf(Array(open).fill({ used, refused })));
                    outcomes.add(reason);
                    assert.equal(judged.verdict, "bursts");
                    if (reason === "uneven-load") assert.match(judged.recommendation, /More shards hardly help/);
                },
            ),
            { numRuns: 300 },
        );
        assert.ok(outcomes.has("uneven-load") && outcomes.has("records-refused"), [...outcomes].join());
    });
});
