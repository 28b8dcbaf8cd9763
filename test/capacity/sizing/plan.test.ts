/** How many shards declared requirements need, which findings come with them, and the laws of every plan. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { limits } from "../../../capacity/limits";
import { type CapacityPlan, planCapacity, utilizationAt } from "../../../capacity/sizing/plan";
import { type Requirements } from "../../../capacity/requirements";
import { withKeysForLanes } from "./obeyed";

function boundOf(plan: CapacityPlan, constraint: string): number | undefined {
    return plan.bounds.find((bound) => bound.constraint === constraint)?.shards;
}

describe("a stream has enough shards for its declared peak", () => {
    it("reproduces the worked example: 3.5 MiB/s, 2,500 records/s, 4 lanes", () => {
        const plan = planCapacity({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500, orderedLanes: 4 });
        assert.deepEqual(
            plan.bounds.map(({ constraint, shards }) => ({ constraint, shards })),
            [
                { constraint: "writeBytes", shards: 4 },
                { constraint: "records", shards: 3 },
                { constraint: "orderedLanes", shards: 4 },
                { constraint: "sharedReadBytes", shards: 2 },
                { constraint: "keySkew", shards: 4 },
            ],
        );
        assert.equal(plan.minimumShards, 4);
        assert.equal(plan.recommendedShards, 5);
        assert.equal(plan.binding, "writeBytes");
        assert.deepEqual(plan.utilization, { writeBytes: 0.7, records: 0.5, sharedReadBytes: 0.35 });
    });

    it("tells how full the reads of fan-out consumers are, where they are what needs the shards", () => {
        const { binding, minimumShards, utilization } = planCapacity({
            writeMiBPerSecond: 3.5,
            recordsPerSecond: 2500,
            sharedConsumers: 0,
            fanOutConsumers: 2,
            catchUpFactor: 4,
            headroom: 0,
        });
        assert.deepEqual([binding, minimumShards], ["fanOutReadBytes", 7]);
        assert.deepEqual(utilization, {
            writeBytes: 0.5,
            records: 2.5 / 7,
            sharedReadBytes: 0,
            fanOutReadBytes: 1,
        });
    });

    it("tells how full any count of shards is, of requirements as they are declared, also at an average of shards", () => {
        const declared = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };
        assert.deepEqual(utilizationAt(declared, 2), { writeBytes: 1.75, records: 1.25, sharedReadBytes: 0.875 });
        assert.deepEqual(utilizationAt(declared, 2), utilizationAt(planCapacity(declared).requirements, 2));
        assert.equal(utilizationAt(declared, 3.5).writeBytes, 1);
    });

    it("tells no share of what is no count of shards, or of no requirements", () => {
        const declared = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };
        for (const [shards, came] of [
            [0, "0 is not allowed"],
            [-1, "-1 is not allowed"],
            [NaN, "NaN is not allowed"],
            [undefined, "missing"],
        ] as const) {
            assert.throws(() => utilizationAt(declared, shards!), {
                name: "InvalidInputError",
                message: `utilization: shards: ${came}; it must be a number above 0. Give the open shards.`,
            });
        }
        assert.throws(() => utilizationAt(planCapacity(declared) as never, 5), { name: "InvalidInputError" });
    });

    const base = { writeMiBPerSecond: 0.001, recordsPerSecond: 1 };
    const rows: readonly [title: string, requirements: Requirements, constraint: string, shards: number][] = [
        ["999 records/s", { ...base, recordsPerSecond: 999 }, "records", 1],
        ["1,000 records/s", { ...base, recordsPerSecond: 1000 }, "records", 1],
        ["1,001 records/s", { ...base, recordsPerSecond: 1001 }, "records", 2],
        ["0.999 MiB/s", { ...base, writeMiBPerSecond: 0.999 }, "writeBytes", 1],
        ["1 MiB/s", { ...base, writeMiBPerSecond: 1 }, "writeBytes", 1],
        ["1.000001 MiB/s", { ...base, writeMiBPerSecond: 1.000001 }, "writeBytes", 2],
        ["7 ordered lanes", { ...base, orderedLanes: 7 }, "orderedLanes", 7],
        ["2 shared consumers at 1 MiB/s", { ...base, writeMiBPerSecond: 1, sharedConsumers: 2 }, "sharedReadBytes", 1],
        ["3 shared consumers at 1 MiB/s", { ...base, writeMiBPerSecond: 1, sharedConsumers: 3 }, "sharedReadBytes", 2],
        ["no shared consumer at 9 MiB/s", { ...base, writeMiBPerSecond: 9, sharedConsumers: 0 }, "sharedReadBytes", 1],
        [
            "1 shared consumer that catches up 4 times faster",
            { ...base, writeMiBPerSecond: 3, catchUpFactor: 4 },
            "sharedReadBytes",
            6,
        ],
        [
            "20 shared consumers at 1.1 MiB/s",
            { ...base, writeMiBPerSecond: 1.1, sharedConsumers: 20 },
            "sharedReadBytes",
            11,
        ],
        [
            "fan-out consumers that catch up 4 times faster",
            { ...base, writeMiBPerSecond: 3, catchUpFactor: 4, fanOutConsumers: 2 },
            "fanOutReadBytes",
            6,
        ],
    ];
    for (const [title, requirements, constraint, shards] of rows) {
        it(`${title} -> ${shards} by ${constraint}`, () =>
            assert.equal(boundOf(planCapacity(requirements), constraint), shards));
    }

    const headrooms: readonly [minimum: number, headroom: number, recommended: number][] = [
        [5, 0.2, 6],
        [10, 0.2, 12],
        [4, 0.2, 5],
        [10, 0.1, 11],
        [100, 0.07, 107],
        [3, 0, 3],
        [1, 0.2, 2],
        [7, 1, 14],
    ];
    for (const [minimum, headroom, recommended] of headrooms) {
        it(`${minimum} shards with headroom ${headroom} -> ${recommended} recommended`, () => {
            const plan = planCapacity({ ...base, orderedLanes: minimum, headroom });
            assert.equal(plan.minimumShards, minimum);
            assert.equal(plan.recommendedShards, recommended);
        });
    }
});

describe("what no shard count can mend is a finding with a fix", () => {
    const rows: readonly [title: string, requirements: Requirements, finding: object][] = [
        [
            "6 shared consumers that poll once a second",
            { writeMiBPerSecond: 0.1, recordsPerSecond: 100, sharedConsumers: 6 },
            {
                code: "too-many-polls",
                severity: "error",
                property: "pollsPerSecondPerConsumer",
                message:
                    "6 shared consumers poll each shard 6 times a second in all; a shard answers 5 GetRecords calls a second, however many shards there are.",
                fix: "Poll at most 0.83 times a second per consumer, or move 1 consumer to enhanced fan-out.",
            },
        ],
        [
            "one shared consumer that polls six times a second",
            { writeMiBPerSecond: 0.1, recordsPerSecond: 100, pollsPerSecondPerConsumer: 6 },
            {
                code: "too-many-polls",
                severity: "error",
                property: "pollsPerSecondPerConsumer",
                message:
                    "1 shared consumer polls each shard 6 times a second in all; a shard answers 5 GetRecords calls a second, however many shards there are.",
                fix: "Poll at most 5 times a second per consumer, or move 1 consumer to enhanced fan-out.",
            },
        ],
        [
            "one record of 2 MiB a second",
            { writeMiBPerSecond: 2, recordsPerSecond: 1 },
            {
                code: "record-too-large",
                severity: "error",
                property: "maxRecordKiB",
                message:
                    "2 MiB/s in 1 records/s means records of 2,048 KiB on average; the largest record is 1,024 KiB.",
                fix: "Split the payload over at least 2 records/s, or declare maxRecordKiB 2048 or more.",
            },
        ],
        [
            "21 fan-out consumers",
            { writeMiBPerSecond: 0.1, recordsPerSecond: 100, fanOutConsumers: 21 },
            {
                code: "too-many-fan-out-consumers",
                severity: "error",
                property: "fanOutConsumers",
                message: "21 fan-out consumers on one stream; a stream accepts 20 (50 in On-demand Advantage).",
                fix: "Register at most 20 and let the others share one consumer's records, or copy the stream.",
            },
        ],
        [
            "two ordered lanes",
            { writeMiBPerSecond: 0.1, recordsPerSecond: 100, orderedLanes: 2, headroom: 0 },
            {
                code: "ordered-lanes-collide",
                severity: "warning",
                property: "orderedLanes",
                message:
                    "2 ordered lanes on 2 shards all land on shards of their own 50 % of the time; otherwise two of them share a shard.",
                fix: "Give each lane an ExplicitHashKey of its own, the middle of its equal part of the hash keys (on any 2 or more uniform shards no two lanes then share one): 85070591730234615865843651857942052863, 255211775190703847597530955573826158591; and declare explicitHashKeys: true.",
            },
        ],
        [
            "1,001 shards",
            { writeMiBPerSecond: 1001, recordsPerSecond: 1_000_000, headroom: 0 },
            {
                code: "shard-quota",
                severity: "warning",
                property: "writeMiBPerSecond",
                message:
                    "1,001 shards may exceed the account's shard quota: 20,000 in us-east-1, us-west-2 and eu-west-1, as few as 1,000 elsewhere.",
                fix: "Ask for a higher shard quota in Service Quotas before the deployment.",
            },
        ],
    ];
    for (const [title, requirements, finding] of rows)
        it(title, () => assert.deepEqual(planCapacity(requirements).findings, [finding]));

    it("keys that no shard count spreads do not claim to fit", () => {
        const plan = planCapacity({ writeMiBPerSecond: 3, recordsPerSecond: 100, distinctKeys: 2 });
        assert.deepEqual(plan.bounds.at(-1), {
            constraint: "keySkew",
            shards: 1,
            sentence: "2 partition keys; no number of shards keeps the hottest shard within its limits.",
        });
    });

    it("a rate in decimals that means records of the largest size exactly has no finding", () => {
        const plan = planCapacity({ writeMiBPerSecond: 0.9, recordsPerSecond: 36.864, maxRecordKiB: 25 });
        assert.deepEqual(plan.findings, []);
    });

    it("a small load reads as what it is", () => {
        const plan = planCapacity({ writeMiBPerSecond: 0.00025, recordsPerSecond: 0.25 });
        assert.equal(plan.bounds[0]!.sentence, "0.00025 MiB/s written, 1 MiB/s a shard.");
    });

    it("tells a rate in as many digits as it takes to see why it needs so many shards", () => {
        const plan = planCapacity({
            writeMiBPerSecond: 10.04,
            recordsPerSecond: 10_000.4,
            sharedConsumers: 2,
            fanOutConsumers: 1,
            catchUpFactor: 2,
        });
        assert.deepEqual(
            plan.bounds.slice(0, 5).map(({ shards, sentence }) => [shards, sentence]),
            [
                [11, "10.04 MiB/s written, 1 MiB/s a shard."],
                [11, "10,000.4 records/s written, 1,000 records/s a shard."],
                [1, "1 ordered lane side by side, one shard each."],
                [21, "2 shared consumers reading 20.1 MiB/s each, 2 MiB/s a shard for all of them."],
                [11, "1 fan-out consumer reading 20.1 MiB/s each, 2 MiB/s a shard for each of them."],
            ],
        );
    });

    it("tells rates that need, as they are read, the shards that they need", () => {
        const rate = (max: number) => fc.double({ min: 1e-6, max, noNaN: true });
        fc.assert(
            fc.property(rate(2_000), rate(2_000_000), (writeMiBPerSecond, recordsPerSecond) => {
                const { bounds } = planCapacity({ writeMiBPerSecond, recordsPerSecond });
                for (const [nth, perShard] of [
                    [0, 1],
                    [1, 1_000],
                ] as const) {
                    const { shards, sentence } = bounds[nth]!;
                    const read = Number(/^[\d,.e-]+/.exec(sentence)![0].replaceAll(",", ""));
                    assert.equal(Math.ceil(read / perShard), shards, sentence);
                }
            }),
        );
    });

    it("a requirement at each limit has no finding", () => {
        const plan = planCapacity({
            writeMiBPerSecond: 1,
            recordsPerSecond: 1,
            sharedConsumers: 5,
            fanOutConsumers: 20,
            maxRecordKiB: 1024,
        });
        assert.deepEqual(plan.findings, []);
    });
});

const requirementsLaw = (
    fc.record(
        {
            writeMiBPerSecond: fc.double({ min: 0.001, max: 500, noNaN: true }),
            recordsPerSecond: fc.double({ min: 0.1, max: 200_000, noNaN: true }),
            orderedLanes: fc.integer({ min: 1, max: 200 }),
            sharedConsumers: fc.integer({ min: 0, max: 6 }),
            fanOutConsumers: fc.integer({ min: 0, max: 30 }),
            catchUpFactor: fc.double({ min: 1, max: 5, noNaN: true }),
            headroom: fc.double({ min: 0, max: 2, noNaN: true }),
            distinctKeys: fc.integer({ min: 1, max: 1_000_000 }),
            hottestKeyShare: fc.double({ min: 0, max: 1, noNaN: true }),
            explicitHashKeys: fc.boolean(),
            keysMayRaiseShards: fc.double({ min: 1, max: 10, noNaN: true }),
        },
        { requiredKeys: ["writeMiBPerSecond", "recordsPerSecond"] },
    ) as fc.Arbitrary<Requirements>
).map(withKeysForLanes);

describe("laws of a plan", () => {
    it("never undercuts a limit of a shard", () => {
        fc.assert(
            fc.property(requirementsLaw, (requirements) => {
                const { minimumShards: shards, recommendedShards, requirements: all } = planCapacity(requirements);
                assert.ok(shards * limits.shardWriteMiBPerSecond >= all.writeMiBPerSecond);
                assert.ok(shards * limits.shardWriteRecordsPerSecond >= all.recordsPerSecond);
                assert.ok(shards >= all.orderedLanes);
                const read = all.writeMiBPerSecond * all.catchUpFactor * all.sharedConsumers;
                assert.ok(shards * limits.shardReadMiBPerSecond * (1 + Number.EPSILON * 4) >= read);
                assert.ok(recommendedShards >= shards);
                assert.ok(recommendedShards >= shards * (1 + all.headroom) * (1 - 1e-12));
            }),
        );
    });

    it("more load never needs fewer shards", () => {
        fc.assert(
            fc.property(requirementsLaw, fc.double({ min: 1, max: 4, noNaN: true }), (requirements, factor) => {
                const more = {
                    ...requirements,
                    writeMiBPerSecond: requirements.writeMiBPerSecond * factor,
                    recordsPerSecond: requirements.recordsPerSecond * factor,
                };
                const before = planCapacity(requirements);
                const after = planCapacity(more);
                for (const bound of before.bounds.filter(({ constraint }) => constraint !== "keySkew"))
                    assert.ok(boundOf(after, bound.constraint)! >= bound.shards, bound.constraint);
            }),
        );
    });

    it("nor does it need fewer in all, as long as any count spreads the keys", () => {
        const spreads = ({ findings }: CapacityPlan) =>
            !findings.some(({ property, severity }) => /Key/.test(property) && severity === "error");
        fc.assert(
            fc.property(requirementsLaw, fc.double({ min: 1, max: 4, noNaN: true }), (requirements, factor) => {
                const after = planCapacity({
                    ...requirements,
                    writeMiBPerSecond: requirements.writeMiBPerSecond * factor,
                    recordsPerSecond: requirements.recordsPerSecond * factor,
                });
                if (spreads(after)) assert.ok(after.minimumShards >= planCapacity(requirements).minimumShards);
            }),
        );
    });

    it("keys never raise the count beyond what they may, and an error of theirs raises nothing", () => {
        fc.assert(
            fc.property(requirementsLaw, (requirements) => {
                const { minimumShards, bounds, findings, requirements: all } = planCapacity(requirements);
                const load = bounds.flatMap(({ constraint, shards }) => (constraint === "keySkew" ? [] : [shards]));
                const otherwise = Math.max(...load);
                assert.ok(minimumShards <= otherwise * all.keysMayRaiseShards * (1 + 1e-9));
                const codes = findings.map(({ code }) => code);
                const rejected = codes.includes("too-few-keys") || codes.includes("hottest-key-exceeds-shard");
                assert.equal(codes.includes("keys-raise-shards"), minimumShards > otherwise);
                if (rejected) assert.equal(minimumShards, otherwise);
            }),
        );
    });

    it("the binding constraint is the first that needs the minimum, and nothing needs more", () => {
        fc.assert(
            fc.property(requirementsLaw, (requirements) => {
                const plan = planCapacity(requirements);
                const needing = plan.bounds.filter((bound) => bound.shards === plan.minimumShards);
                assert.equal(needing[0]?.constraint, plan.binding);
                assert.ok(
                    plan.bounds.every(
                        (bound) =>
                            bound.shards <= plan.minimumShards && Number.isInteger(bound.shards) && bound.shards >= 1,
                    ),
                );
            }),
        );
    });
});
