/** A function that reads a stream: how many of it run at once, whether they keep up, and what loses records. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type ConsumerFunction } from "../../../capacity/sizing/consumerFunction";
import { planConsumerFunction, planDeclaredConsumer } from "../../../capacity/sizing/consumerFunctionPlan";

const peak = { recordsPerSecond: 2500, writeMiBPerSecond: 3.5, shards: 5 };

describe("the parallelization factor of a function", () => {
    const rows: [title: string, fn: ConsumerFunction, factor: number, handled: number | undefined][] = [
        ["is 1 where no processing time is declared", peak, 1, undefined],
        ["is 1 where no peak is declared", { processingMillisecondsPerRecord: 40 }, 1, undefined],
        ["is 1 where one batch at a time is enough", { ...peak, processingMillisecondsPerRecord: 1 }, 1, 5_000],
        ["is the smallest with headroom", { ...peak, processingMillisecondsPerRecord: 4 }, 3, 3_750],
        ["is the smallest without headroom", { ...peak, headroom: 0, processingMillisecondsPerRecord: 4 }, 2, 2_500],
        [
            "leaves room to catch up",
            { ...peak, headroom: 0, catchUpFactor: 2, processingMillisecondsPerRecord: 4 },
            4,
            5_000,
        ],
        [
            "counts what a batch takes beside its records",
            { ...peak, headroom: 0, processingMillisecondsPerRecord: 1, processingMillisecondsPerBatch: 200 },
            2,
            3_333.333_333_333_333,
        ],
        ["counts a batch by itself, too", { ...peak, headroom: 0, processingMillisecondsPerBatch: 400 }, 2, 2_500],
        ["is at most 10", { ...peak, processingMillisecondsPerRecord: 100 }, 10, 500],
        ["is what was set", { ...peak, processingMillisecondsPerRecord: 4, parallelizationFactor: 7 }, 7, 8_750],
    ];
    for (const [title, fn, factor, handled] of rows) {
        it(title, () => {
            const plan = planConsumerFunction(fn);
            assert.deepEqual([plan.parallelizationFactor, plan.handledRecordsPerSecond], [factor, handled]);
        });
    }

    it("comes from the requirements of the stream, with the fewest shards that they need where nobody counts them", () => {
        const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, headroom: 0 };
        const plan = planDeclaredConsumer({ requirements, processingMillisecondsPerRecord: 4 });
        assert.deepEqual([plan.parallelizationFactor, plan.concurrency], [3, 12]);
        const told = planDeclaredConsumer({ requirements, shardCount: 10, processingMillisecondsPerRecord: 4 });
        assert.deepEqual([told.parallelizationFactor, told.concurrency], [1, 10]);
    });
});

describe("retries and age of a function", () => {
    it("have an end where nothing is set: about an hour of retries, an hour before the stream forgets", () => {
        const bounds = (retentionHours?: number) => {
            const plan = planConsumerFunction({ retentionHours });
            return [plan.maximumRetryAttempts, plan.maximumRecordAgeSeconds];
        };
        assert.deepEqual([undefined, 24, 48, 168, 169, 170, 8_760].map(bounds), [
            [60, 82_800],
            [60, 82_800],
            [60, 169_200],
            [60, 601_200],
            [60, 604_800],
            [60, 604_800],
            [60, 604_800],
        ]);
    });
});

describe("what is said about a function, with a fix that was tried", () => {
    const rows: [title: string, fn: ConsumerFunction, said: string[]][] = [
        ["nothing where nothing is declared", {}, []],
        [
            "nothing where it just keeps up",
            { ...peak, processingMillisecondsPerRecord: 4, parallelizationFactor: 2 },
            [],
        ],
        [
            "it cannot keep up: factor, shards, time",
            { ...peak, processingMillisecondsPerRecord: 4, parallelizationFactor: 1 },
            [
                "error function-cannot-keep-up parallelizationFactor: 2,500 records/s come from 5 shards; 5 invocations at once handle 1,250, 100 records in 400 ms each. Set parallelizationFactor to 2, open 10 shards instead of 5, or process a record in at most 2 ms.",
            ],
        ],
        [
            "it cannot keep up: larger batches, where a batch costs more than its records",
            {
                ...peak,
                processingMillisecondsPerRecord: 1,
                processingMillisecondsPerBatch: 200,
                parallelizationFactor: 1,
            },
            [
                "error function-cannot-keep-up parallelizationFactor: 2,500 records/s come from 5 shards; 5 invocations at once handle 1,667, 100 records in 300 ms each. Set parallelizationFactor to 2, set batchSize to 200, or open 8 shards instead of 5.",
            ],
        ],
        [
            "it cannot keep up with what is to be caught up",
            { ...peak, catchUpFactor: 3, processingMillisecondsPerRecord: 4, parallelizationFactor: 2 },
            [
                "error function-cannot-keep-up parallelizationFactor: 7,500 records/s come from 5 shards, 3 times the declared peak to catch up; 10 invocations at once handle 2,500, 100 records in 400 ms each. Set parallelizationFactor to 6, open 15 shards instead of 5, or process a record in at most 1.33 ms.",
            ],
        ],
        [
            "no factor is enough",
            { ...peak, processingMillisecondsPerRecord: 100 },
            [
                "error function-cannot-keep-up parallelizationFactor: 2,500 records/s come from 5 shards; 50 invocations at once handle 500, 100 records in 10,000 ms each. Open 25 shards instead of 5, or process a record in at most 20 ms.",
            ],
        ],
        [
            "nothing that can be tried is enough",
            { recordsPerSecond: 200_000, shards: 100, processingMillisecondsPerBatch: 900_000, batchSize: 10_000 },
            [
                "error function-cannot-keep-up parallelizationFactor: 200,000 records/s come from 100 shards; 1,000 invocations at once handle 11,111, 10,000 records in 900,000 ms each. Process a record in less time, or let each record start the work and another service do it.",
            ],
        ],
        [
            "one key is one batch after the other",
            { ...peak, hottestKeyShare: 0.2, processingMillisecondsPerRecord: 4 },
            [
                "error hottest-key-exceeds-function requirements.hottestKeyShare: The hottest partition key brings 500 records/s; its records are processed one batch after the other, 100 records in 400 ms, which is 250 records/s, whatever the shards and the factor. Process a record in at most 2 ms, or spread the key by suffixes.",
            ],
        ],
        [
            "a key that is just one batch after the other",
            { ...peak, hottestKeyShare: 0.1, processingMillisecondsPerRecord: 4 },
            [],
        ],
        ["a batch that just fits the timeout", { processingMillisecondsPerRecord: 30, functionTimeoutSeconds: 3 }, []],
        [
            "a batch takes longer than the function may run",
            { processingMillisecondsPerRecord: 40, processingMillisecondsPerBatch: 100, functionTimeoutSeconds: 3 },
            [
                "error batch-exceeds-timeout batchSize: A full batch takes 4,100 ms (100 records); the function is ended after 3 seconds, and the batch fails whatever is in it. Set batchSize to 72, or give the function a timeout of 5 seconds.",
            ],
        ],
        [
            "a batch takes longer than any function may run",
            {
                processingMillisecondsPerBatch: 900_000,
                processingMillisecondsPerRecord: 1,
                functionTimeoutSeconds: 900,
            },
            [
                "error batch-exceeds-timeout batchSize: A full batch takes 900,100 ms (100 records); the function is ended after 900 seconds, and the batch fails whatever is in it. Process a batch in less time.",
            ],
        ],
        ["a batch that just fits any timeout", { batchSize: 9_000, processingMillisecondsPerRecord: 100 }, []],
        [
            "a batch takes longer than any function may run, whose timeout nobody told",
            { batchSize: 9_001, processingMillisecondsPerRecord: 100 },
            [
                "error batch-exceeds-timeout batchSize: A full batch takes 900,100 ms (9,001 records); the function is ended after 900 seconds at most, and the batch fails whatever is in it. Set batchSize to 9,000.",
            ],
        ],
        ["a record that just fits an invocation", { maxRecordKiB: 4_607 }, []],
        [
            "a record does not fit an invocation",
            { maxRecordKiB: 4_608 },
            [
                "error record-exceeds-payload requirements.maxRecordKiB: A record of 4,608 KiB is 6 MiB in an invocation, as base64; Lambda invokes with at most 6 MiB, so no function ever gets it. Store larger payloads in S3 and write their keys, or declare maxRecordKiB 4,607 or less.",
            ],
        ],
        [
            "retries and age without end",
            { maximumRetryAttempts: -1, maximumRecordAgeSeconds: -1 },
            [
                "warning retries-outlast-retention maximumRetryAttempts: A record that always fails is retried without end, whatever its age; the stream keeps it for 24 hours. Its shard waits until the records behind it are lost, and nobody is told which. Set maximumRecordAgeSeconds to 82,800 or less, or set maximumRetryAttempts to 1,439 or less.",
            ],
        ],
        ["retries without end, with an age", { maximumRetryAttempts: -1 }, []],
        ["an age without end, with retries", { maximumRecordAgeSeconds: -1 }, []],
        ["as many retries as just end in time", { maximumRecordAgeSeconds: -1, maximumRetryAttempts: 1_439 }, []],
        [
            "more retries, up to the timeout each, than the stream keeps records",
            { maximumRecordAgeSeconds: 172_800, maximumRetryAttempts: 200, functionTimeoutSeconds: 900 },
            [
                "warning retries-outlast-retention maximumRecordAgeSeconds: A record that always fails is retried 200 times, up to a minute apart, until it is 172,800 seconds old; the stream keeps it for 24 hours. Its shard waits until the records behind it are lost, and nobody is told which. Set maximumRecordAgeSeconds to 82,800 or less, or set maximumRetryAttempts to 89 or less.",
            ],
        ],
        ["a batch that just fills an invocation", { ...peak, batchSize: 2_459 }, []],
        [
            "an invocation is full before the batch is",
            { ...peak, batchSize: 2_460 },
            [
                "info batch-exceeds-payload batchSize: Lambda invokes with at most 6 MiB, in which records are base64: 2,459 records of the declared size fill it, so no batch has the 2,460 of batchSize. Set batchSize to 2,459.",
            ],
        ],
        ["as many invocations as an account has", { shards: 100, parallelizationFactor: 10 }, []],
        [
            "more invocations than an account has",
            { shards: 101, parallelizationFactor: 10 },
            [
                "warning function-concurrency-quota parallelizationFactor: 101 shards with 10 batches at once from each ask for 1,010 invocations at once; an account has 1,000 in a region by default, for all of its functions. Ask for a higher quota of concurrent executions in Service Quotas before the deployment.",
            ],
        ],
    ];
    for (const [title, fn, said] of rows) {
        it(title, () =>
            assert.deepEqual(
                planConsumerFunction(fn).findings.map(
                    ({ code, severity, property, message, fix }) =>
                        `${severity} ${code} ${property}: ${message} ${fix}`,
                ),
                said,
            ),
        );
    }

    it("is never a fix that does not mend: what it names, set, is no finding any more", () => {
        const fns = fc.record({
            recordsPerSecond: fc.integer({ min: 1, max: 50_000 }),
            writeMiBPerSecond: fc.integer({ min: 1, max: 50 }),
            shards: fc.integer({ min: 1, max: 100 }),
            processingMillisecondsPerRecord: fc.integer({ min: 1, max: 200 }),
            processingMillisecondsPerBatch: fc.integer({ min: 0, max: 3_000 }),
            batchSize: fc.integer({ min: 1, max: 10_000 }),
            parallelizationFactor: fc.integer({ min: 1, max: 10 }),
        });
        const settings: [RegExp, keyof ConsumerFunction][] = [
            [/parallelizationFactor to ([\d,]+)/, "parallelizationFactor"],
            [/batchSize to ([\d,]+)/, "batchSize"],
            [/open ([\d,]+) shards/i, "shards"],
            [/a record in at most ([\d.,]+) ms/, "processingMillisecondsPerRecord"],
        ];
        fc.assert(
            fc.property(fns, (fn) => {
                for (const { code, fix } of planConsumerFunction(fn).findings) {
                    for (const [pattern, name] of settings) {
                        const value = pattern.exec(fix)?.[1]?.replaceAll(",", "");
                        if (value === undefined) continue;
                        const after = planConsumerFunction({ ...fn, [name]: Number(value) }).findings;
                        assert.ok(!after.some((finding) => finding.code === code), `${code}: ${fix}`);
                    }
                }
            }),
            { numRuns: 300 },
        );
    });
});
