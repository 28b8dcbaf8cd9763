/** The load of a trace: shards by its unit or at the size that is asked for, second by second, whatever its period. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { loadDefaults, loadOf, type LoadOptions } from "../../cli/trace/load";
import { percentile } from "../../cli/trace/seconds";
import { type TraceSource } from "../../cli/trace/trace";
import { unitOf } from "../../cli/trace/units";
import { read, refusal, rowsEvery } from "./traces";

describe("a trace is a load in shards", () => {
    const flat = (value: number, rows = 3) => `load\n${`${value}\n`.repeat(rows)}`;
    const load = async (content: string, options: Partial<LoadOptions>, given: Partial<TraceSource> = {}) =>
        loadOf(await read(content, given), { ...loadDefaults, noise: 0, ...options });

    const units: readonly (readonly [unit: NonNullable<LoadOptions["unit"]>, value: number])[] = [
        ["mib-per-second", 2],
        ["kib-per-second", 2_048],
        ["bytes-per-second", 2_097_152],
        ["bytes-per-period", 2_097_152 * 60],
        ["records-per-second", 2_000],
        ["records-per-period", 120_000],
        ["shards", 2],
    ];
    for (const [unit, value] of units) {
        it(`${value} ${unit} for a minute are 2 shards`, async () => {
            const { perSecond, peakShards, meanShards } = await load(flat(value), { unit }, { periodSeconds: 60 });
            assert.deepEqual([perSecond.length, peakShards, meanShards, new Set(perSecond)], [180, 2, 2, new Set([2])]);
        });
    }

    const named: readonly (readonly [unit: ReturnType<typeof unitOf>, names: readonly string[]])[] = [
        ["bytes-per-period", ["IncomingBytes", "PutRecords.Bytes", "bytes"]],
        ["records-per-period", ["IncomingRecords", "events"]],
        [
            "mib-per-second",
            [
                "mib_per_second",
                "MiB/s",
                "MBps",
                "write_mib_per_sec",
                "mb_per_second (max)",
                "MiB per second",
                "MiBpsMax",
            ],
        ],
        ["kib-per-second", ["KiB/s", "kb_per_second"]],
        ["bytes-per-second", ["bytes/s", "bytes_per_sec", "bytesPerSecAvg"]],
        ["records-per-second", ["records/s", "recordsPerSecond", "events_per_seconds", "recordsPerSecondMax"]],
        ["shards", ["shards", "load_shards"]],
        // What is counted for each of something else, bits, and what says nothing.
        [
            undefined,
            [
                "value",
                "records_per_shard",
                "recordsPerShard",
                "recordsPerSection",
                "bytes_per_stream",
                "records/min",
                "Mbps",
                "mbps",
                "Mb/s",
                "kb/s",
            ],
        ],
    ];
    for (const [unit, names] of named) {
        it(`${unit ?? "nothing"} by the names ${names.join(", ")}`, () =>
            assert.deepEqual([...new Set(names.map(unitOf))], [unit]));
    }

    const taken: readonly (readonly [column: string, told: string | undefined])[] = [
        ["MB/s", "MB/s is taken as MiB/s, of 1,048,576 bytes (--unit tells another)."],
        ["kb_per_second", "kb_per_second is taken as KiB/s, of 1,024 bytes (--unit tells another)."],
        ["bytes", "bytes are taken as counted over a row's 60 s, not in a second (--unit tells another)."],
        ["events", "events are taken as counted over a row's 60 s, not in a second (--unit tells another)."],
        ["IncomingBytes", undefined],
        ["MiB/s", undefined],
        ["records/s", undefined],
    ];
    for (const [column, told] of taken) {
        it(`${column}, of which ${told === undefined ? "nothing is open" : "is told how it was taken, unless --unit tells it"}`, async () => {
            const rows = `time,${column}\n2026-01-05 10:00,100\n2026-01-05 10:01,100\n`;
            const takenIn = async (options: Partial<LoadOptions>) =>
                (await load(rows, options)).told.find((sentence) => sentence.includes("--unit"));
            assert.equal(await takenIn({}), told);
            assert.equal(await takenIn({ unit: "records-per-period" }), undefined);
        });
    }

    it("by whichever of bytes and records fills a shard first", async () => {
        const content = `bytes,records\n${`${60 * 1_048_576},180000\n`.repeat(2)}${`${60 * 4_194_304},60000\n`.repeat(2)}`;
        const given = { recordsColumn: "records", periodSeconds: 60 };
        const both = await load(content, {}, given);
        assert.deepEqual([both.perSecond[0], both.perSecond[239], both.unit], [3, 4, "bytes-per-period"]);
        // 2.5 MiB and 2,000 records a second on average, for 3.5 shards.
        assert.deepEqual([both.worth.miBPerSecond, both.worth.recordsPerSecond], [2.5 / 3.5, (2 / 3.5) * 1_000]);
        assert.equal(
            await refusal(load(content, { unit: "shards" }, given)),
            "--records-column: records stand beside bytes; tell with --unit what bytes counts, such as bytes-per-period.",
        );
    });

    const beside: readonly (readonly [
        bytes: string,
        ofBytes: number,
        records: string,
        ofRecords: number,
        told?: string,
    ])[] = [
        ["IncomingBytes", 60 * 1_048_576, "IncomingRecords", 120_000],
        ["IncomingBytes", 60 * 1_048_576, "n", 120_000],
        ["MiB/s", 1, "records", 2_000],
        ["MiB/s", 1, "records/s", 2_000],
        [
            "MiB/s",
            1,
            "IncomingRecords",
            120_000,
            "IncomingRecords are taken as counted over a row's 60 s, by their name, beside MiB/s.",
        ],
        [
            "IncomingBytes",
            60 * 1_048_576,
            "records/s",
            2_000,
            "records/s are taken as records in a second, by their name, beside IncomingBytes.",
        ],
    ];
    for (const [bytes, ofBytes, records, ofRecords, told] of beside) {
        it(`by ${records} beside ${bytes}, each as its name says`, async () => {
            const content = `${bytes},${records}\n${`${ofBytes},${ofRecords}\n`.repeat(2)}`;
            const read = await load(content, {}, { recordsColumn: records, periodSeconds: 60 });
            assert.equal(read.perSecond[0], 2);
            assert.equal(
                read.told.find((sentence) => sentence.includes("by their name")),
                told,
            );
        });
    }
    it("and by no bytes in the place of records", async () => {
        const reading = load("IncomingBytes,bytes/s\n1,2\n1,2\n", {}, { recordsColumn: "bytes/s", periodSeconds: 60 });
        assert.equal(
            await refusal(reading),
            "--records-column: bytes/s counts bytes, not records; name another, or leave it out.",
        );
    });

    const sized: readonly (readonly [
        unit: NonNullable<LoadOptions["unit"]>,
        value: number,
        recordKiB: number | undefined,
        shards: number,
        told: readonly string[],
    ])[] = [
        // A shard takes 1,000 records, and 1 MiB: of records of 1.024 KiB both at once.
        [
            "records-per-second",
            2_000,
            undefined,
            2,
            [
                "Nothing tells the size of a record: 1 KiB is taken for the price; above 1.024 KiB their bytes fill a shard first, which takes more shards (--record-kib).",
            ],
        ],
        ["records-per-second", 2_000, 1.024, 2, []],
        [
            "records-per-second",
            2_000,
            2,
            2_000 / 512,
            ["Records of 2 KiB (--record-kib) fill a shard by their bytes first: it takes 512 of them a second."],
        ],
        [
            "mib-per-second",
            2,
            undefined,
            2,
            [
                "Nothing tells the size of a record: 1 KiB is taken for the price; below 1.024 KiB their number fills a shard first, which takes more shards (--record-kib).",
            ],
        ],
        ["mib-per-second", 2, 1.024, 2, []],
        [
            "mib-per-second",
            2,
            0.512,
            4,
            [
                "Records of 0.512 KiB (--record-kib) fill a shard by their number first: it takes 0.5 MiB of them a second.",
            ],
        ],
        ["shards", 2, 5, 2, []],
        ["shards", 2, undefined, 2, []],
    ];
    for (const [unit, value, recordKiB, shards, told] of sized) {
        const size = recordKiB === undefined ? "of which nobody tells the size" : `of ${recordKiB} KiB`;
        it(`${value} ${unit} in records ${size} fill ${shards} shards, and no shard more than AWS lets it`, async () => {
            const { perSecond, worth, minutes, told: all } = await load(flat(value, 60), { unit, recordKiB });
            assert.deepEqual([new Set(perSecond), all.slice(1)], [new Set([shards]), told]);
            assert.ok(worth.miBPerSecond <= 1 && (worth.recordsPerSecond <= 1_000 || recordKiB === undefined));
            const [bytes, records] = [minutes.bytesPerSecond[0]!, minutes.recordsPerSecond[0]!];
            assert.ok(Math.abs(bytes / records / 1_024 - (recordKiB ?? 1)) < 1e-12);
            if (unit !== "shards")
                assert.ok(Math.abs((unit === "mib-per-second" ? bytes / 1_048_576 : records) - value) < 1e-9);
        });
    }

    it("at the size that is asked for; as a shape of 10 shards where nothing tells the unit, and says so", async () => {
        const content = `load\n${"1\n".repeat(60)}${"3\n".repeat(60)}`;
        const scaled = await load(content, { scaleToShards: 40 });
        assert.deepEqual([scaled.peakShards, scaled.perSecond[0], scaled.perSecond[119]], [40, 40 / 3, 40]);
        const shape = await load(content, {});
        assert.deepEqual([shape.peakShards, shape.unit], [10, "shape"]);
        assert.equal(
            shape.told.at(-1),
            "Nothing tells what load counts, so its shape is played with a peak of 10 shards; --unit tells what it counts, --scale-to-shards another size.",
        );
    });

    it("finer than a second: its mean", async () => {
        const { perSecond } = await load(`load\n${"1\n3\n".repeat(60)}`, { unit: "shards" }, { periodSeconds: 0.5 });
        assert.deepEqual([perSecond.length, new Set(perSecond)], [60, new Set([2])]);
    });

    it("longer than a minute: in straight lines from middle to middle, which hold the sum", async () => {
        const { perSecond } = await load("load\n2\n2\n8\n2\n2\n", { unit: "shards" }, { periodSeconds: 600 });
        assert.equal(perSecond.length, 3_000);
        assert.deepEqual(
            [perSecond[899], perSecond[1_199], perSecond[1_499]].map((value) => Math.round(value! * 10) / 10),
            [2, 5, 8],
        );
        assert.ok(Math.abs(perSecond.reduce((sum, value) => sum + value, 0) - 16 * 600) < 1e-6);
    });

    it("of sums whose older ones are coarser: each over its own time", async () => {
        const content = `time,IncomingBytes\n${rowsEvery(
            [
                [3_600, 24],
                [300, 24],
                [60, 60],
                [1, 60],
            ],
            "sum",
        )}`;
        const { perSecond, peakShards, meanShards, told } = await load(content, {});
        assert.deepEqual([perSecond.length, peakShards, meanShards], [97_260, 5, 5]);
        assert.deepEqual(
            [new Set(perSecond), told.slice(1)],
            [
                new Set([5]),
                [
                    "Nothing tells the size of a record: 1 KiB is taken for the price; below 1.024 KiB their number fills a shard first, which takes more shards (--record-kib).",
                    "Rows of 3,600 and 300 s are means: what is higher within one is not seen, so the peak and what is refused are told too low.",
                ],
            ],
        );
    });

    it("of which nothing is lost where the period changes, wherever that is", async () => {
        const sums = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 13, maxLength: 40 });
        await fc.assert(
            fc.asyncProperty(sums, sums, async (coarse, fine) => {
                const spells = [
                    [300, coarse.length],
                    [60, fine.length],
                ] as const;
                const all = [...coarse, ...fine];
                const times = rowsEvery(spells, 0).trimEnd().split("\n");
                const rows = times.map((row, at) => row.replace(/0$/, String(all[at])));
                const { perSecond } = await load(`time,records\n${rows.join("\n")}\n`, {});
                const sumOf = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0);
                assert.ok(Math.abs(sumOf(perSecond) * 1_000 - sumOf(all)) < 1e-6 * sumOf(all));
            }),
            { numRuns: 30 },
        );
    });

    it("with seconds that scatter alike in every run, by the root of load and peak", async () => {
        const options = { unit: "shards", noise: 0.06 } as const;
        const [one, other] = await Promise.all([1, 2].map(() => load(flat(4, 100), options, { periodSeconds: 60 })));
        assert.deepEqual(one!.perSecond, other!.perSecond);
        const squares = one!.perSecond.reduce((sum, value) => sum + (value - 4) ** 2, 0);
        assert.equal(Math.round(Math.sqrt(squares / 6_000) * 100) / 100, 0.24);
        assert.match(one!.told[1] ?? one!.told[0]!, /standard deviation 0\.06 x root of \(load x peak\) \(--noise\)/);
    });

    it("and those of older, coarser rows alone where the newer rows are seconds, however many these are", async () => {
        const rows = rowsEvery(
            [
                [60, 20],
                [1, 3_000],
            ],
            4,
        );
        const options = { unit: "shards", noise: 0.06 } as const;
        const { perSecond, sigma, told } = await load(`time,load\n${rows}`, options);
        assert.deepEqual([sigma, new Set(perSecond.subarray(1_200))], [0.06, new Set([4])]);
        assert.ok(new Set(perSecond.subarray(0, 1_200)).size > 1_000);
        assert.match(told.at(-1)!, /^A row stands for 60 s; its seconds are taken to scatter: /);
    });

    const refused: readonly (readonly [content: string, options: Partial<LoadOptions>, told: string])[] = [
        [flat(0, 60), {}, "t.csv: load is 0 nearly always; there is nothing to play."],
        [flat(1, 59), {}, "t.csv covers 59 s; a replay needs a minute at least."],
        [
            flat(3_000_000, 60),
            { unit: "mib-per-second" },
            "t.csv: load as mib-per-second needs 3,000,000 shards, more than a stream may have; tell what it counts with --unit, or the size with --scale-to-shards.",
        ],
    ];
    const zeros: readonly (readonly [row: string, told: string])[] = [
        [
            "600,0",
            "t.csv: records is 0 in every row; leave --records-column out, and tell the size of a record with --record-kib.",
        ],
        [
            "600,",
            "t.csv: records is 0 in every row; leave --records-column out, and tell the size of a record with --record-kib.",
        ],
        ["0,600", "t.csv: bytes is 0 in every row; name the column of the bytes with --column, or play records alone."],
    ];
    for (const [row, told] of zeros) {
        it(`${row}: ${told}`, async () => {
            const given = { recordsColumn: "records", periodSeconds: 60 };
            assert.equal(await refusal(load(`bytes,records\n${`${row}\n`.repeat(3)}`, {}, given)), told);
        });
    }
    for (const [content, options, told] of refused)
        it(told, async () => assert.equal(await refusal(load(content, options)), told));
});

describe("a percentile", () => {
    it("is that of all the values, sorted", () => {
        fc.assert(
            fc.property(
                fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 1 }),
                fc.double({ min: 0, max: 1, noNaN: true }),
                (values, part) => {
                    const sorted = [...values].sort((left, right) => left - right);
                    const expected = sorted[Math.max(0, Math.ceil(values.length * part) - 1)];
                    assert.equal(percentile(Float64Array.from(values), part) + 0, expected! + 0);
                },
            ),
        );
    });
});
