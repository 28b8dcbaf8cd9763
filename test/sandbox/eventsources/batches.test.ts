/** What follows from an attempt, as a table: done, again, in parts, or given up. */
import { deepEqual, equal } from "node:assert/strict";

import { backoffMs, type Batch, judge, tooOld } from "../../../sandbox/eventsources/batches";
import { batchOf, laneOf, type PendingRecord } from "../../../sandbox/eventsources/records";
import { defaultSettings, type Outcome, type Settings } from "../../../sandbox/eventsources/state";

const record = (name: string, arrivalMs = 0, bytes = 100): PendingRecord => ({
    sequenceNumber: name,
    partitionKey: name,
    arrivalMs,
    json: "{}",
    bytes,
});
const batch = (names: string, retries = 0, invokes = 0): Batch => ({
    records: [...names].map((name) => record(name)),
    retries,
    invokes,
});
/** `abc/1/2`: the records a, b and c after one retry and two invocations. */
const shown = ({ records, retries, invokes }: Batch): string =>
    `${records.map(({ sequenceNumber }) => sequenceNumber).join("")}/${retries}/${invokes}`;

const error: Outcome = { functionError: true, payload: "{}" };
const answer = (payload: unknown): Outcome => ({ functionError: false, payload: JSON.stringify(payload) });
const failed = (...names: unknown[]): Outcome =>
    answer({ batchItemFailures: names.map((itemIdentifier) => ({ itemIdentifier })) });

const bisect: Partial<Settings> = { BisectBatchOnFunctionError: true };
const reports: Partial<Settings> = { FunctionResponseTypes: ["ReportBatchItemFailures"] };
const retries = (MaximumRetryAttempts: number): Partial<Settings> => ({ MaximumRetryAttempts });

describe("what follows from an attempt", () => {
    for (const [what, before, outcome, settings, next, exhausted] of [
        ["success", batch("abc"), answer(null), {}, [], undefined],
        ["an error, without a bound: all of it again", batch("abc"), error, {}, ["abc/1/1"], undefined],
        ["an error within the retries", batch("abc", 1, 1), error, retries(2), ["abc/2/2"], undefined],
        ["an error after the last retry: all of it is given up", batch("abc", 2, 2), error, retries(2), [], "abc/2/3"],
        ["no retries at all", batch("abc"), error, retries(0), [], "abc/0/1"],
        [
            "a function that was not reached uses up no retry",
            batch("abc"),
            undefined,
            retries(0),
            ["abc/0/0"],
            undefined,
        ],
        ["bisect: two halves, and no retry is used up", batch("abc"), error, bisect, ["ab/0/1", "c/0/1"], undefined],
        ["bisect: one record cannot be split", batch("a"), error, bisect, ["a/1/1"], undefined],
        ["bisect: one record after the last retry", batch("a"), error, { ...bisect, ...retries(0) }, [], "a/0/1"],
        ["a report: from the lowest number on", batch("abcd"), failed("d", "c"), reports, ["cd/1/1"], undefined],
        ["a report of the first", batch("abcd"), failed("a"), reports, ["abcd/1/1"], undefined],
        ["a report after the last retry", batch("abcd"), failed("c"), { ...reports, ...retries(0) }, [], "cd/0/1"],
        [
            "a report with bisect: split at the number",
            batch("abcd"),
            failed("c"),
            { ...reports, ...bisect },
            ["cd/0/1"],
            undefined,
        ],
        [
            "a report of the first with bisect: two halves",
            batch("ab"),
            failed("a"),
            { ...reports, ...bisect },
            ["a/0/1", "b/0/1"],
            undefined,
        ],
        ["a report that nobody asked for is success", batch("abc"), failed("a"), {}, [], undefined],
    ] as const) {
        it(what, () => {
            const verdict = judge(
                { ...before, last: { requestId: "1", outcome } },
                { ...defaultSettings, ...settings },
            );
            deepEqual(verdict.next.map(shown), next);
            equal(verdict.exhausted && shown(verdict.exhausted), exhausted);
            equal(verdict.failed, next.length > 0 || exhausted !== undefined);
        });
    }
});

describe("an answer to a mapping that asks for reports", () => {
    const judged = (outcome: Outcome): string[] =>
        judge({ ...batch("abc"), last: { requestId: "1", outcome } }, { ...defaultSettings, ...reports }).next.map(
            shown,
        );

    for (const payload of [null, {}, { batchItemFailures: null }, { batchItemFailures: [] }, { statusCode: 200 }])
        it(`is success: ${JSON.stringify(payload)}`, () => deepEqual(judged(answer(payload)), []));

    for (const payload of [
        "done",
        7,
        [],
        { batchItemFailures: "b" },
        { batchItemFailures: [{ itemIdentifier: "" }] },
        { batchItemFailures: [{ itemIdentifier: null }] },
        { batchItemFailures: [{ ItemIdentifier: "b" }] },
        { batchItemFailures: [null] },
        { batchItemFailures: [{ itemIdentifier: "c" }, { itemIdentifier: "of another batch" }] },
    ]) {
        it(`is a failure of the whole batch: ${JSON.stringify(payload)}`, () =>
            deepEqual(judged(answer(payload)), ["abc/1/1"]));
    }
});

describe("a batch", () => {
    for (const [sizes, most, expected] of [
        [[100, 100, 100], 5, { count: 3, isFull: false }],
        [[100, 100, 100], 3, { count: 3, isFull: true }],
        [[100, 100, 100], 2, { count: 2, isFull: true }],
        // 6,291,456 bytes with `{"Records":[`, `]}` and a comma after each record.
        [[3_000_000, 3_291_440], 5, { count: 2, isFull: false }],
        [[3_000_000, 3_291_441], 5, { count: 1, isFull: true }],
        [[7_000_000, 100], 5, { count: 1, isFull: true }],
    ] as const) {
        it(`of at most ${most} from records of ${sizes.join(", ")} bytes has ${expected.count}`, () =>
            deepEqual(
                batchOf(
                    sizes.map((bytes) => record("a", 0, bytes)),
                    most,
                ),
                expected,
            ));
    }

    it("gives up what is older than the mapping hands over, or than the stream keeps", () => {
        const records = [0, 60_000, 120_000].map((arrivalMs) => record("a", arrivalMs));
        const age = (MaximumRecordAgeInSeconds: number, hours: number, nowMs: number): number =>
            tooOld(records, { ...defaultSettings, MaximumRecordAgeInSeconds }, hours, nowMs);
        deepEqual([age(60, 24, 60_000), age(60, 24, 60_001), age(60, 24, 120_001), age(60, 24, 999_999)], [0, 1, 2, 3]);
        deepEqual([age(-1, 24, 86_400_000), age(-1, 24, 86_400_001), age(604_800, 24, 86_400_001)], [0, 1, 1]);
    });

    it("is tried again after 1, 2, 4 ... seconds, and once a minute at least", () =>
        deepEqual([1, 2, 3, 6, 7, 100].map(backoffMs), [1_000, 2_000, 4_000, 32_000, 60_000, 60_000]));

    it("has the records of a key in one lane, and all lanes their share", () => {
        const lanes = Array.from({ length: 1_000 }, (_, index) => laneOf(`key-${index}`, 10));
        deepEqual([...new Set(lanes)].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        equal(laneOf("key-1", 10), laneOf("key-1", 10));
        equal(laneOf("key-1", 1), 0);
    });
});
