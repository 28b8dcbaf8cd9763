/** What an advice says of itself: where its days say less than they seem to, and who reads. */
import assert from "node:assert/strict";
import { type Reads } from "../../../capacity/advice/declare";
import { type Measured } from "../../../capacity/advice/measure";
import {
    assumptionsOf,
    hindsightText,
    impossibleText,
    readersText,
    readsBindText,
    warningsOf,
} from "../../../capacity/advice/told";
import { type Requirements } from "../../../capacity/requirements";
import { planCapacity } from "../../../capacity/sizing/plan";
import { timeText } from "../../../capacity/text";

const fromMs = Date.UTC(2026, 10, 2);
const hourMs = 3_600_000;
const load = { mean: 1, percentiles: { "50": 1, "95": 1, "99": 1, "99.9": 1 } };
const peak = { value: 2, atMs: fromMs, periodSeconds: 60 };
const calm: Measured = {
    fromMs,
    untilMs: fromMs + 7 * 24 * hourMs,
    periodSeconds: 60,
    writeMiBPerSecond: { ...load, peak },
    recordsPerSecond: { ...load, peak },
    averageRecordKiB: 1,
    scatter: 0.01,
    takenScatter: 0.06,
    refusedRecords: 0,
    refusingPeriods: 0,
    gaps: [],
};

describe("an advice warns of", () => {
    const gap = (hours: number, at: number) => ({
        fromMs: fromMs + at * hourMs,
        untilMs: fromMs + (at + hours) * hourMs,
    });
    const rows: readonly [title: string, measured: Partial<Measured>, reads: Reads, warnings: readonly string[]][] = [
        ["nothing where a week is known", {}, { iteratorAgeMaxMs: 12 * hourMs }, []],
        [
            "a short history",
            { untilMs: fromMs + 60 * hourMs },
            {},
            [
                "Only 2.5 days of load are known, less than 7 days: a week has days that these have not. Ask again when there are more.",
            ],
        ],
        [
            "a history of minutes",
            { untilMs: fromMs + hourMs / 20 },
            {},
            [
                "Only 3 minutes of load are known, less than 7 days: a week has days that these have not. Ask again when there are more.",
            ],
        ],
        [
            "refusals",
            { refusedRecords: 12_345, refusingPeriods: 37 },
            {},
            [
                "12,345 put attempts were refused in 37 minutes: the true demand of these is not known. Each refused attempt counts once, in its minute, and no more of them than records were accepted in it; a record that was tried again counts again, so the demand may have been lower, and who gave up is not seen, so it may have been higher.",
            ],
        ],
        [
            "refusals in periods of five minutes",
            { refusedRecords: 2, refusingPeriods: 1, periodSeconds: 300 },
            {},
            [
                "2 put attempts were refused in 1 period: the true demand of these is not known. Each refused attempt counts once, in its period, and no more of them than records were accepted in it; a record that was tried again counts again, so the demand may have been lower, and who gave up is not seen, so it may have been higher.",
            ],
        ],
        [
            "one gap",
            { gaps: [gap(26, 3)] },
            {},
            [
                "1 gap without a datapoint of 26 h from 2026-11-02 03:00 UTC: taken as nothing written. If producers were down, these days say less than they seem to.",
            ],
        ],
        [
            "several gaps",
            { gaps: [gap(1, 3), gap(2.5, 30)] },
            {},
            [
                "2 gaps without a datapoint, the longest of 2.5 h from 2026-11-03 06:00 UTC: taken as nothing written. If producers were down, these days say less than they seem to.",
            ],
        ],
        [
            "a peak that is older than the minutes",
            { recordsPerSecond: { ...load, peak: { value: 9, atMs: fromMs - 24 * hourMs, periodSeconds: 300 } } },
            {},
            [
                "The peak is of 2026-11-01 00:00 UTC, before the days of which there are minutes: it is a mean of 5 minutes, and none of the choices is played against it.",
            ],
        ],
        [
            "a reader that was late",
            {},
            { iteratorAgeMaxMs: 13.5 * hourMs },
            [
                "A reader was 13.5 h behind, 56 % of the 24 hours that records are kept: a longer retention, or faster readers.",
            ],
        ],
    ];
    for (const [title, measured, reads, warnings] of rows)
        it(title, () => assert.deepEqual(warningsOf({ ...calm, ...measured }, reads, 24), warnings));

    it("readers that need more shards than writers", () => {
        const load = { writeMiBPerSecond: 4, recordsPerSecond: 1_000 };
        assert.deepEqual(readsBindText(planCapacity({ ...load, sharedConsumers: 2 })), []);
        assert.deepEqual(readsBindText(planCapacity({ ...load, sharedConsumers: 3 })), [
            "Readers need more shards than writing does, 6 at the peak: 3 shared consumers reading 4 MiB/s each, 2 MiB/s a shard for all of them. A scaler follows what is written, so it goes no lower than that; readers with enhanced fan-out need no more than writing does.",
        ]);
    });
});

describe("an advice warns of a declaration that cannot work", () => {
    const load = { writeMiBPerSecond: 4, recordsPerSecond: 4_000 };
    const rows: readonly [title: string, more: Partial<Requirements>, warnings: readonly string[]][] = [
        ["not of one that can", { sharedConsumers: 5 }, []],
        [
            "too many readers of each shard",
            { sharedConsumers: 6 },
            [
                "6 shared consumers poll each shard 6 times a second in all; a shard answers 5 GetRecords calls a second, however many shards there are. Poll at most 0.83 times a second per consumer, or move 1 consumer to enhanced fan-out.",
            ],
        ],
        [
            "more consumers than a stream takes",
            { fanOutConsumers: 21 },
            [
                "21 fan-out consumers on one stream; a stream accepts 20 (50 in On-demand Advantage). Register at most 20 and let the others share one consumer's records, or copy the stream.",
            ],
        ],
        ["nor of as many shards as every account may have", { writeMiBPerSecond: 833 }, []],
        [
            "more shards than an account may have",
            { writeMiBPerSecond: 834 },
            [
                "1,001 shards may exceed the account's shard quota: 20,000 in us-east-1, us-west-2 and eu-west-1, as few as 1,000 elsewhere. Ask for a higher shard quota in Service Quotas before the deployment.",
            ],
        ],
    ];
    for (const [title, more, warnings] of rows)
        it(title, () => assert.deepEqual(impossibleText(planCapacity({ ...load, ...more })), warnings));
});

it("a size without anything to spare is told as that, with the one that has", () => {
    const choice = (shards: number, monthly: number) => ({
        kind: "static" as const,
        choice: `static at ${shards} shards`,
        monthly,
        refusedPercent: 0.05,
    });
    const [declared, hindsight] = [choice(12, 130), choice(9, 100)];
    assert.deepEqual(hindsightText(declared, [declared, hindsight]), []);
    assert.deepEqual(hindsightText(hindsight, [declared, hindsight]), [
        "Static at 9 shards was enough for these days, with nothing to spare: busier ones refuse more. Static at 12 shards, the peak with its headroom, costs 30 % more ($130.00 a month).",
    ]);
});

it("who reads is told as far as metrics know", () => {
    const unknown = "Metrics do not tell who reads, nor one that reads twice from two that read once.";
    assert.deepEqual(readersText({}), []);
    assert.deepEqual(readersText({ readOverWritten: 0, fanOutConsumers: [], iteratorAgeMaxMs: null }), [
        `GetRecords gave 0 times the bytes that were written: nobody who reads all of it. ${unknown}`,
        "No consumer is registered for enhanced fan-out.",
    ]);
    assert.deepEqual(
        readersText({ readOverWritten: 2.02, fanOutConsumers: ["billing", "search"], iteratorAgeMaxMs: 540_000 }),
        [
            `GetRecords gave 2.02 times the bytes that were written: about 2 shared readers, if each reads all of it once. ${unknown}`,
            "2 consumers are registered for enhanced fan-out: billing, search.",
            "The slowest reader was 9 minutes behind at worst.",
        ],
    );
});

it("seconds that nobody measured are said to be assumed", () => {
    const assumptionsAt = (seriesPeriodSeconds: number) => assumptionsOf({ seriesPeriodSeconds, startShards: 12 });
    assert.equal(
        assumptionsAt(60)[0],
        "The seconds are not known: they are taken to scatter around a minute's mean with a standard deviation of 0.06 x root of (load x peak), the same on every run.",
    );
    assert.equal(assumptionsAt(1).length, 3);
});

it("what on-demand takes at first is that of a new stream, or of the one that is switched", () => {
    const first = (switchedShards: number | undefined) =>
        assumptionsOf({ seriesPeriodSeconds: 60, startShards: 12, switchedShards }).at(-1);
    const until = "On-demand takes twice the highest minute until a quarter of an hour ago, and at first";
    const asNew = `${until} what 4 shards take, as a new stream does.`;
    assert.deepEqual([undefined, 3, 9].map(first), [
        asNew,
        asNew,
        `${until} what 9 shards take, as the stream has them when it is switched.`,
    ]);
});

it("a load without clock times has days", () => {
    assert.equal(timeText(26 * hourMs + 300_000), "day 2, 02:05");
    assert.equal(timeText(fromMs), "2026-11-02 00:00 UTC");
});
