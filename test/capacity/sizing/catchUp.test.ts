/** How long consumers need to catch up after an outage, what is lost before they have, and that each way to mend it does. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { limits } from "../../../capacity/limits";
import { completeRequirements, type Requirements } from "../../../capacity/requirements";
import { catchUpsAt, recoveryFixes, slowestAt, withMoved } from "../../../capacity/sizing/catchUp";
import { planCapacity } from "../../../capacity/sizing/plan";
import { sizeOf } from "../../../capacity/sizing/size";

const night = { outageHours: 12, retentionHours: 24 };
const load = { writeMiBPerSecond: 4, recordsPerSecond: 2500 };

describe("consumers that were down catch up by what they read beyond what goes on being written", () => {
    const rows: readonly [title: string, requirements: Requirements, shards: number, expected: readonly string[]][] = [
        ["one that shares, at the shards of the load", load, 4, ["shared x2: 12 h, inside"]],
        ["one that shares, at a shard more", load, 5, ["shared x2.5: 8 h, inside"]],
        ["two that share use up all that 4 shards are read", { ...load, sharedConsumers: 2 }, 4, ["shared x1: never"]],
        ["two that share, at a shard more", { ...load, sharedConsumers: 2 }, 5, ["shared x1.25: 48 h, too late"]],
        ["two that share, at twice the shards", { ...load, sharedConsumers: 2 }, 8, ["shared x2: 12 h, inside"]],
        [
            "a fan-out consumer has a throughput of its own",
            { ...load, sharedConsumers: 2, fanOutConsumers: 3 },
            4,
            ["shared x1: never", "fanOut x2: 12 h, inside"],
        ],
        [
            "a poll brings at most 10,000 records: three polls in ten seconds read 3,000 a second of each shard",
            { writeMiBPerSecond: 0.2, recordsPerSecond: 2000, pollsPerSecondPerConsumer: 0.3 },
            2,
            ["shared x3: 6 h, inside"],
        ],
        [
            "a poll brings at most 10 MiB: one in ten seconds reads 1 MiB/s of each shard",
            { writeMiBPerSecond: 4, recordsPerSecond: 10, maxRecordKiB: 1024, pollsPerSecondPerConsumer: 0.1 },
            8,
            ["shared x2: 12 h, inside"],
        ],
        ["nobody reads", { ...load, sharedConsumers: 0 }, 4, []],
    ];
    for (const [title, requirements, shards, expected] of rows) {
        it(title, () =>
            assert.deepEqual(
                catchUpsAt(completeRequirements(requirements), shards, night).map(
                    ({ consumers, readOverWrite, hours, insideRetention }) =>
                        `${consumers} x${Number(readOverWrite.toFixed(6))}: ${hours === null ? "never" : `${Number(hours.toFixed(6))} h, ${insideRetention ? "inside" : "too late"}`}`,
                ),
                expected,
            ),
        );
    }

    it("is inside a retention of 24 hours to the hour", () => {
        const at = (outageHours: number) => slowestAt(completeRequirements(load), 4, { ...night, outageHours });
        assert.equal(at(12)?.insideRetention, true);
        assert.equal(at(12.1)?.insideRetention, false);
    });
});

describe("a plan says what an outage does", () => {
    it("not where none is declared", () => assert.equal("catchUp" in planCapacity(load), false));

    it("at the minimum and at the recommended shards", () => {
        const { catchUp, findings } = planCapacity({ ...load, consumerOutageHours: 12 }, undefined, 24);
        assert.deepEqual(catchUp, {
            ...night,
            rows: [
                { consumers: "shared", shards: 4, readOverWrite: 2, hours: 12, insideRetention: true },
                { consumers: "shared", shards: 5, readOverWrite: 2.5, hours: 8, insideRetention: true },
            ],
        });
        assert.deepEqual(findings, []);
    });

    it("once where both counts are the same", () =>
        assert.equal(
            planCapacity({ ...load, consumerOutageHours: 12, headroom: 0 }, undefined, 24).catchUp?.rows.length,
            1,
        ));

    it("not where nobody says how long records are kept", () => {
        const plan = planCapacity({ ...load, consumerOutageHours: 100 });
        assert.equal("catchUp" in plan, false);
        assert.deepEqual(plan.findings, []);
    });

    const finding = (code: string, severity: string, message: string, fix: string) => ({
        code,
        severity,
        property: "consumerOutageHours",
        message,
        fix,
    });
    const rows: readonly [title: string, requirements: Requirements, retentionHours: number, expected: object][] = [
        [
            "consumers that never catch up are an error",
            { ...load, sharedConsumers: 2, headroom: 0, consumerOutageHours: 12 },
            24,
            finding(
                "consumers-never-catch-up",
                "error",
                "Retention is 24 hours; after an outage of 12 hours the 4 shards let shared consumers read 1 times the declared load each, so they never catch up.",
                "Declare catchUpFactor 2 or more, for which 8 shards are recommended, or move 1 consumer to enhanced fan-out.",
            ),
        ],
        [
            "an outage that is longer than the retention is an error",
            { ...load, consumerOutageHours: 25 },
            24,
            finding(
                "records-lost-in-outage",
                "error",
                "Retention is 24 hours; after an outage of 25 hours the oldest records are gone.",
                "Set retentionHours to 42 or more.",
            ),
        ],
        [
            "a recovery that ends after the retention is a warning",
            { ...load, sharedConsumers: 2, consumerOutageHours: 12 },
            24,
            finding(
                "recovery-exceeds-retention",
                "warning",
                "Retention is 24 hours; after an outage of 12 hours the 5 shards let shared consumers read 1.25 times the declared load each, so they need 48 more to catch up.",
                "Set retentionHours to 60 or more, declare catchUpFactor 2 or more, for which 10 shards are recommended, or move 1 consumer to enhanced fan-out.",
            ),
        ],
    ];
    for (const [title, requirements, retentionHours, expected] of rows)
        it(title, () => assert.deepEqual(planCapacity(requirements, undefined, retentionHours).findings, [expected]));

    it("passes the hours that it names, and not one less", () => {
        const late = { ...load, sharedConsumers: 2, consumerOutageHours: 12 };
        assert.deepEqual(planCapacity(late, undefined, 60).findings, []);
        assert.equal(planCapacity(late, undefined, 59).findings[0]?.code, "recovery-exceeds-retention");
    });
});

describe("laws of the recovery", () => {
    const someRequirements = fc.record({
        writeMiBPerSecond: fc.double({ min: 0.01, max: 60, noNaN: true }),
        recordsPerSecond: fc.double({ min: 100, max: 60_000, noNaN: true }),
        sharedConsumers: fc.integer({ min: 0, max: 5 }),
        fanOutConsumers: fc.integer({ min: 0, max: 19 }),
        pollsPerSecondPerConsumer: fc.double({ min: 0.05, max: 1, noNaN: true }),
        headroom: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const someOutage = fc.record({
        outageHours: fc.double({ min: 0.5, max: 200, noNaN: true }),
        retentionHours: fc.integer({ min: limits.retentionHoursDefault, max: 400 }),
    });

    it("when consumers have caught up they have read all that was written since the outage began", () =>
        fc.assert(
            fc.property(someRequirements, someOutage, fc.integer({ min: 1, max: 200 }), (declared, outage, shards) => {
                for (const { readOverWrite, hours } of catchUpsAt(completeRequirements(declared), shards, outage)) {
                    if (hours === null) assert.ok(readOverWrite <= 1 + 1e-9);
                    else assert.ok(Math.abs((readOverWrite * hours) / (outage.outageHours + hours) - 1) < 1e-6);
                }
            }),
        ));

    it("each change that is offered brings the recovery inside the retention", () =>
        fc.assert(
            fc.property(someRequirements, someOutage, (declared, outage) => {
                const requirements = completeRequirements(declared);
                const shardsOf = (changed: typeof requirements) => sizeOf(changed).recommendedShards;
                const isInside = (changed: typeof requirements, within = outage) =>
                    catchUpsAt(changed, shardsOf(changed), within).every(({ insideRetention }) => insideRetention);
                for (const fix of recoveryFixes(requirements, outage, shardsOf)) {
                    if ("retentionHours" in fix) assert.ok(isInside(requirements, { ...outage, ...fix }));
                    else if ("catchUpFactor" in fix)
                        assert.ok(isInside({ ...requirements, catchUpFactor: fix.catchUpFactor }));
                    else assert.ok(isInside(withMoved(requirements, fix.movedConsumers)));
                }
            }),
            { numRuns: 60 },
        ));
});
