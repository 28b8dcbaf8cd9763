/** The policies that judge one stream: what each refuses and what it passes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type FindingCode } from "../../capacity/findings";
import { planCapacity } from "../../capacity/sizing/plan";
import { type Requirements } from "../../capacity/requirements";
import { judgeResource, type Verdict } from "../../policies/policies";
import { withKeysForLanes } from "../capacity/sizing/obeyed";
import {
    awsStream,
    cannotTell,
    childStream,
    compliant,
    nativeStream,
    shardedStream,
    tests,
    unknown,
    view,
    violation,
    worked,
} from "./views";

/** What the plan finds about a declaration, in its own words: they are held by the tests of the plan. */
function finding(code: FindingCode, requirements: Requirements): Verdict {
    const found = planCapacity(requirements).findings.find((candidate) => candidate.code === code);
    assert.ok(found, `the plan has no finding ${code}`);
    return violation(`${found.message} ${found.fix}`);
}

const needs4 =
    "The declared 3.5 MiB/s and 2,500 records/s need at least 4 shards (writeBytes: 3.5 MiB/s written, 1 MiB/s a shard)";

describe("capacity-covers-requirements: an override is at least what the declared requirements need", () => {
    const name = "capacity-covers-requirements";
    tests(name, [
        ["passes the planned count", shardedStream({}), compliant],
        ["passes a shardCount of the minimum", shardedStream({ shardCount: 4 }), compliant],
        [
            "refuses a shardCount of one less",
            shardedStream({ shardCount: 3 }),
            violation(
                `${needs4}; shardCount deploys 3. Set shardCount to 4 or more, or leave it out: the plan deploys 5.`,
            ),
        ],
        [
            "tells a load in as many digits as it takes to see why it is too much",
            shardedStream({ shardCount: 10 }, { writeMiBPerSecond: 10.04, recordsPerSecond: 2500 }),
            violation(
                "The declared 10.04 MiB/s and 2,500 records/s need at least 11 shards (writeBytes: 10.04 MiB/s written, 1 MiB/s a shard); shardCount deploys 10. Set shardCount to 11 or more, or leave it out: the plan deploys 14.",
            ),
        ],
        [
            "names the ceiling of a scaler beside the first count where both are too low",
            shardedStream({ shardCount: 2, scaling: { minShards: 2, maxShards: 3 } }),
            violation(
                `${needs4}; shardCount deploys 2 and the scaler stops at scaling.maxShards 3. Set shardCount and scaling.maxShards to 4 or more, or leave them out: the plan deploys 5 and lets it go up to 10.`,
            ),
        ],
        [
            "refuses a scaler where the load needs more shards than any scaler opens, and names no count that cannot be set",
            shardedStream({ scaling: {} }, { writeMiBPerSecond: 10_001, recordsPerSecond: 2500 }),
            violation(
                "The declared 10,001 MiB/s and 2,500 records/s need at least 10,001 shards (writeBytes: 10,001 MiB/s written, 1 MiB/s a shard); a scaler goes to 10,000 at most. Remove scaling, or spread the load over several streams.",
            ),
        ],
        [
            "with the count that it starts with, where that is too low as well",
            shardedStream({ shardCount: 9, scaling: {} }, { writeMiBPerSecond: 10_001, recordsPerSecond: 2500 }),
            violation(
                "The declared 10,001 MiB/s and 2,500 records/s need at least 10,001 shards (writeBytes: 10,001 MiB/s written, 1 MiB/s a shard); a scaler goes to 10,000 at most. Remove scaling and shardCount, or spread the load over several streams.",
            ),
        ],
        [
            "leaves so many to the plan",
            shardedStream({ shardCount: 10_000 }, { writeMiBPerSecond: 10_001, recordsPerSecond: 2500 }),
            violation(
                "The declared 10,001 MiB/s and 2,500 records/s need at least 10,001 shards (writeBytes: 10,001 MiB/s written, 1 MiB/s a shard); shardCount deploys 10,000. Leave out shardCount: the plan deploys 12,002.",
            ),
        ],
        [
            "passes a scaler with a load that its last shard takes",
            shardedStream({ scaling: {} }, { writeMiBPerSecond: 10_000, recordsPerSecond: 2500 }),
            compliant,
        ],
        [
            "tells what a scaler's range lets the plan deploy",
            shardedStream({ shardCount: 2, scaling: { minShards: 2, maxShards: 4 } }),
            violation(
                `${needs4}; shardCount deploys 2. Set shardCount to 4 or more, or leave it out: the plan deploys 4.`,
            ),
        ],
        [
            "tells no number while the range of the scaler is not known",
            shardedStream({ shardCount: 2, scaling: { maxShards: unknown("scaling.maxShards") } }),
            violation(
                `${needs4}; shardCount deploys 2. Set shardCount to 4 or more, or leave it out: the plan sets it.`,
            ),
        ],
        [
            "names the constraint that needs the shards",
            shardedStream({ shardCount: 2 }, { writeMiBPerSecond: 0.5, recordsPerSecond: 900, orderedLanes: 3 }),
            violation(
                "The declared 0.5 MiB/s and 900 records/s need at least 3 shards (orderedLanes: 3 ordered lanes side by side, one shard each); shardCount deploys 2. Set shardCount to 3 or more, or leave it out: the plan deploys 4.",
            ),
        ],
        [
            "counts each consumer that the stream registers as one with enhanced fan-out",
            shardedStream(
                { shardCount: 3, consumers: ["audit"] },
                { writeMiBPerSecond: 3, recordsPerSecond: 100, sharedConsumers: 0, catchUpFactor: 4 },
            ),
            violation(
                "The declared 3 MiB/s and 100 records/s need at least 6 shards (fanOutReadBytes: 1 fan-out consumer reading 12 MiB/s each, 2 MiB/s a shard for each of them); shardCount deploys 3. Set shardCount to 6 or more, or leave it out: the plan deploys 8.",
            ),
        ],
        ["passes a scaler without maxShards", shardedStream({ scaling: {} }), compliant],
        ["passes a scaler that may go up to the minimum", shardedStream({ scaling: { maxShards: 4 } }), compliant],
        [
            "refuses a scaler that may go up to one less",
            shardedStream({ scaling: { minShards: 1, maxShards: 3 } }),
            violation(
                `${needs4}; the scaler stops at scaling.maxShards 3. Set scaling.maxShards to 4 or more, or leave it out: the plan lets it go up to 10.`,
            ),
        ],
        [
            "refuses a scaled stream that starts below the minimum",
            shardedStream({ shardCount: 2, scaling: { maxShards: 8 } }),
            violation(
                `${needs4}; shardCount deploys 2. Set shardCount to 4 or more, or leave it out: the plan deploys 5.`,
            ),
        ],
        [
            "refuses what one override rules out while the other one is unknown",
            shardedStream({ shardCount: unknown("shardCount"), scaling: { maxShards: 3 } }),
            violation(
                `${needs4}; the scaler stops at scaling.maxShards 3. Set scaling.maxShards to 4 or more, or leave it out: the plan lets it go up to 10.`,
            ),
        ],
        ["leaves an on-demand stream alone", shardedStream({ capacityMode: "on-demand" }), compliant],
        [
            "says that a malformed declaration cannot be judged",
            shardedStream({}, { writeMiBPerSecond: 0, recordsPerSecond: 10 }),
            violation(
                "The declared requirements are malformed. writeMiBPerSecond: 0 is not allowed; it must be a number above 0, at most 100,000. Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes.",
            ),
        ],
        [
            "cannot tell while a requirement is unknown",
            shardedStream(
                { shardCount: 3 },
                { ...worked, writeMiBPerSecond: unknown("requirements.writeMiBPerSecond"), orderedLanes: 1 },
            ),
            cannotTell("requirements.writeMiBPerSecond"),
        ],
        [
            "refuses what the known requirements alone already need, whatever the unknown one turns out to be",
            shardedStream(
                { shardCount: 2 },
                { ...worked, writeMiBPerSecond: unknown("requirements.writeMiBPerSecond") },
            ),
            violation(
                "What is known of the declared requirements needs at least 4 shards (orderedLanes: 4 ordered lanes side by side, one shard each); shardCount deploys 2. Set shardCount to 4 or more, or leave it out: the plan sets it.",
            ),
        ],
        [
            "cannot tell while the consumers are unknown, for each of which the plan makes room",
            shardedStream({ shardCount: 4, consumers: unknown("consumers") }),
            cannotTell("consumers"),
        ],
        [
            "cannot tell while all requirements are unknown",
            view("sharded-stream:index:ShardedStream", { requirements: unknown("requirements"), shardCount: 3 }),
            cannotTell("requirements"),
        ],
        [
            "cannot tell while the override is unknown",
            shardedStream({ shardCount: unknown("shardCount") }),
            cannotTell("shardCount"),
        ],
        [
            "cannot tell while maxShards is unknown",
            shardedStream({ scaling: { maxShards: unknown("scaling.maxShards") } }),
            cannotTell("scaling.maxShards"),
        ],
    ]);

    it("refuses exactly the counts below the plan's minimum, and passes with the count that it names", () => {
        fc.assert(
            fc.property(
                fc.double({ min: 0.01, max: 60, noNaN: true }),
                fc.integer({ min: 1, max: 60_000 }),
                fc.integer({ min: 1, max: 80 }),
                (writeMiBPerSecond, recordsPerSecond, shardCount) => {
                    const requirements = { writeMiBPerSecond, recordsPerSecond };
                    const { minimumShards } = planCapacity(requirements);
                    const said = judgeResource(name, shardedStream({ shardCount }, requirements));
                    assert.equal(said.verdict, shardCount < minimumShards ? "violation" : "compliant");
                    if (said.verdict !== "violation") return;
                    const named = Number(
                        /Set shardCount to ([\d,]+) or more/.exec(said.message)?.[1]?.replaceAll(",", ""),
                    );
                    assert.deepEqual(
                        judgeResource(name, shardedStream({ shardCount: named }, requirements)),
                        compliant,
                    );
                },
            ),
            { numRuns: 200 },
        );
    });
});

describe("unknown requirements", () => {
    const declared = fc.record(
        {
            writeMiBPerSecond: fc.double({ min: 0.1, max: 20, noNaN: true }),
            recordsPerSecond: fc.integer({ min: 1, max: 20_000 }),
            orderedLanes: fc.integer({ min: 1, max: 30 }),
            distinctKeys: fc.integer({ min: 1, max: 5_000 }),
            hottestKeyShare: fc.double({ min: 0, max: 0.2, noNaN: true }),
            sharedConsumers: fc.integer({ min: 0, max: 6 }),
            catchUpFactor: fc.double({ min: 1, max: 4, noNaN: true }),
            fanOutConsumers: fc.integer({ min: 0, max: 3 }),
        },
        { requiredKeys: ["writeMiBPerSecond", "recordsPerSecond"] },
    );

    it("never make a violation of a count that covers them all, whatever they turn out to be", () => {
        fc.assert(
            fc.property(
                declared.map(withKeysForLanes),
                fc.array(fc.nat(7), { maxLength: 4 }),
                (requirements, hidden) => {
                    const names = Object.keys(requirements);
                    const hiddenNames = new Set(hidden.map((index) => names[index % names.length]!));
                    const partly = Object.fromEntries(
                        Object.entries(requirements).map(([key, value]) => [
                            key,
                            hiddenNames.has(key) ? unknown(`requirements.${key}`) : value,
                        ]),
                    );
                    const { minimumShards } = planCapacity(requirements);
                    for (const [policy, args] of [
                        ["capacity-covers-requirements", { shardCount: minimumShards }],
                        ["floor-below-requirements", { scaling: { minShards: minimumShards } }],
                    ] as const) {
                        const { verdict } = judgeResource(policy, shardedStream(args, partly));
                        assert.equal(verdict, hiddenNames.size > 0 ? "cannot-tell" : "compliant");
                    }
                },
            ),
            { numRuns: 100 },
        );
    });
});

describe("on-demand-has-no-shard-count: an on-demand stream declares neither a count nor a scaler", () => {
    const onDemand = { capacityMode: "on-demand" };
    const streamMode = { streamModeDetails: { streamMode: "ON_DEMAND" } };
    tests("on-demand-has-no-shard-count", [
        ["passes an on-demand stream", shardedStream(onDemand), compliant],
        [
            "passes a count in provisioned mode",
            shardedStream({ capacityMode: "provisioned", shardCount: 4 }),
            compliant,
        ],
        ["passes a count where the mode is left out", shardedStream({ shardCount: 4, scaling: {} }), compliant],
        [
            "refuses a count",
            shardedStream({ ...onDemand, shardCount: 4 }),
            violation(
                'capacityMode is "on-demand", where Kinesis sets the shards itself; shardCount asks for 4. Remove shardCount, or use provisioned mode.',
            ),
        ],
        [
            "refuses a scaler",
            shardedStream({ ...onDemand, scaling: {} }),
            violation(
                'capacityMode is "on-demand", where Kinesis refuses UpdateShardCount; scaling attaches a scaler that cannot act. Remove scaling, or use provisioned mode.',
            ),
        ],
        [
            "refuses a count and a scaler at once",
            shardedStream({ capacityMode: "on-demand", shardCount: 4, scaling: {} }),
            violation(
                'capacityMode is "on-demand", where Kinesis sets the shards itself; shardCount asks for 4. Remove shardCount, or use provisioned mode. capacityMode is "on-demand", where Kinesis refuses UpdateShardCount; scaling attaches a scaler that cannot act. Remove scaling, or use provisioned mode.',
            ),
        ],
        [
            "refuses a scaler while the count is unknown",
            shardedStream({ capacityMode: "on-demand", shardCount: unknown("shardCount"), scaling: {} }),
            violation(
                'capacityMode is "on-demand", where Kinesis refuses UpdateShardCount; scaling attaches a scaler that cannot act. Remove scaling, or use provisioned mode.',
            ),
        ],
        [
            "refuses a count of a raw stream of the aws provider",
            view(awsStream, { ...streamMode, shardCount: 2 }),
            violation(
                "The stream mode is ON_DEMAND, where Kinesis sets the shards itself; shardCount asks for 2. Remove shardCount, or use provisioned mode.",
            ),
        ],
        [
            "refuses a count of a raw stream of the aws-native provider",
            view(nativeStream, { ...streamMode, shardCount: 2 }),
            violation(
                "The stream mode is ON_DEMAND, where Kinesis sets the shards itself; shardCount asks for 2. Remove shardCount, or use provisioned mode.",
            ),
        ],
        [
            "says where the count and the mode stay whatever the program sets",
            view(nativeStream, { ...streamMode, shardCount: 2 }, { ignoreChanges: ["shardCount"] }),
            violation(
                "The stream mode is ON_DEMAND, where Kinesis sets the shards itself; shardCount asks for 2. Remove shardCount, and take shardCount out of its ignoreChanges, or use provisioned mode.",
            ),
        ],
        [
            "of the mode as well, by any of its parts",
            view(awsStream, { ...streamMode, shardCount: 2 }, { ignoreChanges: ["streamModeDetails.streamMode"] }),
            violation(
                "The stream mode is ON_DEMAND, where Kinesis sets the shards itself; shardCount asks for 2. Remove shardCount, or use provisioned mode, and take streamModeDetails out of its ignoreChanges.",
            ),
        ],
        ["passes a raw on-demand stream", view(awsStream, streamMode), compliant],
        ["passes a raw provisioned stream", view(awsStream, { shardCount: 2 }), compliant],
        [
            "cannot tell while the mode is unknown",
            view(awsStream, {
                streamModeDetails: { streamMode: unknown("streamModeDetails.streamMode") },
                shardCount: 2,
            }),
            cannotTell("streamModeDetails.streamMode"),
        ],
    ]);
});

describe("lanes-have-shards: on demand nobody promises a lane a shard of its own", () => {
    const onDemand = { capacityMode: "on-demand" };
    tests("lanes-have-shards", [
        [
            "speaks of lanes in on-demand mode",
            shardedStream(onDemand, { ...worked, orderedLanes: 2 }),
            violation(
                'capacityMode is "on-demand", where Kinesis sets the shards itself; 2 orderedLanes ask for a shard each, which nobody can promise. Use provisioned mode, or leave orderedLanes out if lanes may share a shard.',
            ),
        ],
        ["passes a single lane, which is none", shardedStream(onDemand, { ...worked, orderedLanes: 1 }), compliant],
        ["passes where lanes are left out", shardedStream(onDemand, { ...worked, orderedLanes: undefined }), compliant],
        ["passes lanes in provisioned mode", shardedStream({}, { ...worked, orderedLanes: 4 }), compliant],
        [
            "cannot tell while the lanes are unknown",
            shardedStream(onDemand, { ...worked, orderedLanes: unknown("requirements.orderedLanes") }),
            cannotTell("requirements.orderedLanes"),
        ],
    ]);

    const raw = view(awsStream, { name: "audit-log", streamModeDetails: { streamMode: "ON_DEMAND" } });
    const says = (orderedLanes: number) =>
        judgeResource("raw-stream-is-sized", raw, { requirements: { "audit-log": { ...worked, orderedLanes } } });

    it("and raw-stream-is-sized says it of a raw stream whose lanes a configuration declares", () => {
        assert.deepEqual(
            says(3),
            violation(
                "The stream mode is ON_DEMAND, where Kinesis sets the shards itself; 3 orderedLanes ask for a shard each, which nobody can promise. Use provisioned mode, or leave orderedLanes out if lanes may share a shard.",
            ),
        );
        assert.deepEqual(says(1), compliant);
    });
});

describe("floor-below-requirements: a scaler does not go below what the declared peak needs", () => {
    tests("floor-below-requirements", [
        ["passes a stream without a scaler", shardedStream({}), compliant],
        ["passes the default floor", shardedStream({ scaling: {} }), compliant],
        ["passes a floor of the minimum", shardedStream({ scaling: { minShards: 4 } }), compliant],
        [
            "warns of a lower floor",
            shardedStream({ scaling: { minShards: 2 } }),
            violation(
                `${needs4}; the scaler may go down to scaling.minShards 2, and records are refused until it is back. Set scaling.minShards to 4 or more, or keep it if the saving is worth that.`,
            ),
        ],
        [
            "names the ceiling as well where the floor would be above it",
            shardedStream({ scaling: { minShards: 2, maxShards: 3 } }),
            violation(
                `${needs4}; the scaler may go down to scaling.minShards 2, and records are refused until it is back. Set scaling.minShards and scaling.maxShards to 4 or more, or keep it if the saving is worth that.`,
            ),
        ],
        [
            "cannot tell while the floor is unknown",
            shardedStream({ scaling: { minShards: unknown("scaling.minShards") } }),
            cannotTell("scaling.minShards"),
        ],
        [
            "cannot tell while a requirement is unknown",
            shardedStream(
                { scaling: { minShards: 4 } },
                { ...worked, recordsPerSecond: unknown("requirements.recordsPerSecond") },
            ),
            cannotTell("requirements.recordsPerSecond"),
        ],
    ]);
});

describe("polls-fit-a-shard and records-fit-the-stream: what no shard count can mend", () => {
    tests("polls-fit-a-shard", [
        ["passes five polls a second", shardedStream({}, { ...worked, sharedConsumers: 5 }), compliant],
        [
            "warns of six",
            shardedStream({}, { ...worked, sharedConsumers: 6 }),
            finding("too-many-polls", { ...worked, sharedConsumers: 6 }),
        ],
    ]);
    const small = { writeMiBPerSecond: 4, recordsPerSecond: 4 };
    tests("records-fit-the-stream", [
        ["passes records of 1 MiB", shardedStream({}, small), compliant],
        [
            "warns of larger ones",
            shardedStream({}, { ...small, recordsPerSecond: 2 }),
            finding("record-too-large", { ...small, recordsPerSecond: 2 }),
        ],
        [
            "passes a stream that accepts the largest declared record",
            shardedStream({ maxRecordKiB: 2_048 }, { ...small, maxRecordKiB: 2_048 }),
            compliant,
        ],
        [
            "warns of a stream that is set to refuse it",
            shardedStream({ maxRecordKiB: 1_024 }, { ...small, maxRecordKiB: 2_048 }),
            violation(
                "The declared largest record is 2,048 KiB; the stream is set to accept 1,024 KiB and refuses it. " +
                    "Set maxRecordKiB to 2,048 or more, or leave it out: the stream then accepts what requirements.maxRecordKiB declares.",
            ),
        ],
        [
            "tells that a stream which is set to refuse larger records has to accept them, too",
            shardedStream({ maxRecordKiB: 1_024 }, { ...small, recordsPerSecond: 2 }),
            violation(
                "4 MiB/s in 2 records/s means records of 2,048 KiB on average; the largest record is 1,024 KiB. Split the payload over at least 4 records/s, or declare maxRecordKiB 2048 or more. (For larger records the stream's own maxRecordKiB has to be 2,048 or more as well, or left out.)",
            ),
        ],
        [
            "cannot tell while the stream's setting is unknown",
            shardedStream({ maxRecordKiB: unknown("maxRecordKiB") }, small),
            cannotTell("maxRecordKiB"),
        ],
    ]);
});

describe("consumers-fit-fan-out: a stream accepts 20 fan-out consumers", () => {
    const consumers = (count: number) => Array.from({ length: count }, (_, index) => `team-${index}`);
    tests("consumers-fit-fan-out", [
        ["passes 20", shardedStream({ consumers: consumers(20) }), compliant],
        [
            "warns of 21",
            shardedStream({ consumers: consumers(21) }),
            violation(
                "consumers registers 21 fan-out consumers on one stream; a stream accepts 20. Reduce consumers to 20 and let the others share one consumer's records, or copy the stream.",
            ),
        ],
        [
            "warns of 21 that are only declared",
            shardedStream({ consumers: consumers(2) }, { ...worked, fanOutConsumers: 21 }),
            violation(
                "requirements.fanOutConsumers declares 21 fan-out consumers on one stream; a stream accepts 20. Reduce requirements.fanOutConsumers to 20 and let the others share one consumer's records, or copy the stream.",
            ),
        ],
        [
            "names both that have to be fewer",
            shardedStream({ consumers: consumers(22) }, { ...worked, fanOutConsumers: 21 }),
            violation(
                "consumers registers 22 fan-out consumers on one stream; a stream accepts 20. Reduce consumers and requirements.fanOutConsumers to 20 and let the others share one consumer's records, or copy the stream.",
            ),
        ],
        [
            "passes 50 where the account has On-demand Advantage",
            shardedStream({ consumers: consumers(50), capacityMode: "on-demand" }),
            compliant,
            { fanOutConsumersMax: 50 },
        ],
        [
            "cannot tell while the list is unknown",
            shardedStream({ consumers: unknown("consumers") }),
            cannotTell("consumers"),
        ],
    ]);
});

describe("retention-covers-recovery: records outlive an outage and the catching up after it", () => {
    const load = { writeMiBPerSecond: 1, recordsPerSecond: 100, sharedConsumers: 2 };
    tests("retention-covers-recovery", [
        ["passes the worked example: a night, and 7 hours to catch up", shardedStream({}), compliant],
        [
            "passes a longer retention",
            shardedStream({ shardCount: 1, retentionHours: 8_760 }, { ...load, sharedConsumers: 1 }),
            compliant,
        ],
        [
            "warns where a weekend is too long",
            shardedStream({}),
            violation(
                "Retention is 24 hours; after an outage of 64 hours the oldest records are gone. Set retentionHours to 99 or more.",
            ),
            { outageHours: 64 },
        ],
        ["passes the hours that it names", shardedStream({ retentionHours: 99 }), compliant, { outageHours: 64 }],
        [
            "warns of one hour less",
            shardedStream({ retentionHours: 98 }),
            violation(
                "Retention is 98 hours; after an outage of 64 hours the 5 shards let shared consumers read 2.86 times the declared load each, so they need 35 more to catch up. Set retentionHours to 99 or more, or declare requirements.catchUpFactor 2.89 or more, for which the plan makes room.",
            ),
            { outageHours: 64 },
        ],
        [
            "warns where consumers have no room to catch up at all",
            shardedStream({ shardCount: 1 }, load),
            violation(
                "Retention is 24 hours; after an outage of 12 hours the shard lets shared consumers read 1 times the declared load each, so they never catch up. Set shardCount to 2 or more, or move 1 consumer to enhanced fan-out.",
            ),
        ],
        ["passes the count that it names", shardedStream({ shardCount: 2 }, load), compliant],
        [
            "warns where a floor that is set gives no room",
            shardedStream({ scaling: { minShards: 1 } }, load),
            violation(
                "Retention is 24 hours; after an outage of 12 hours the shard lets shared consumers read 1 times the declared load each, so they never catch up. Set scaling.minShards to 2 or more, or move 1 consumer to enhanced fan-out.",
            ),
        ],
        [
            "names the ceiling that is in the way of the floor",
            shardedStream({ scaling: { minShards: 1, maxShards: 1 } }, load),
            violation(
                "Retention is 24 hours; after an outage of 12 hours the shard lets shared consumers read 1 times the declared load each, so they never catch up. Set scaling.minShards and scaling.maxShards to 2 or more, or move 1 consumer to enhanced fan-out.",
            ),
        ],
        [
            "names the counts that are in the way of a faster reading",
            shardedStream({ shardCount: 1, scaling: { maxShards: 1 } }, load),
            violation(
                "Retention is 24 hours; after an outage of 12 hours the shard lets shared consumers read 1 times the declared load each, so they never catch up. Declare requirements.catchUpFactor 2 or more, for which the plan makes room, and set shardCount and scaling.maxShards to 2 or more, or move 1 consumer to enhanced fan-out.",
            ),
        ],
        [
            "warns where the planned count gives no room",
            shardedStream({}, { ...load, headroom: 0 }),
            violation(
                "Retention is 24 hours; after an outage of 12 hours the shard lets shared consumers read 1 times the declared load each, so they never catch up. Declare requirements.catchUpFactor 2 or more, for which the plan makes room, or move 1 consumer to enhanced fan-out.",
            ),
        ],
        [
            "passes the floor and the ceiling that it names",
            shardedStream({ scaling: { minShards: 2, maxShards: 2 } }, load),
            compliant,
        ],
        [
            "passes the factor that it names with the counts",
            shardedStream({ shardCount: 2, scaling: { maxShards: 2 } }, { ...load, catchUpFactor: 2 }),
            compliant,
        ],
        ["passes the factor that it names", shardedStream({}, { ...load, catchUpFactor: 2 }), compliant],
        [
            "passes the consumer that it moves",
            shardedStream({ shardCount: 1 }, { ...load, sharedConsumers: 1, fanOutConsumers: 1 }),
            compliant,
        ],
        [
            "asks for the outage that is declared, not for that of the configuration",
            shardedStream({}, { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, consumerOutageHours: 23 }),
            violation(
                "Retention is 24 hours; after an outage of 23 hours the 5 shards let shared consumers read 2.86 times the declared load each, so they need 13 more to catch up. Set retentionHours to 36 or more, or declare requirements.catchUpFactor 24 or more, for which the plan makes room.",
            ),
            { outageHours: 1 },
        ],
        [
            "counts a poll that brings few of many small records",
            // 0.1 polls a second bring 1,000 records a second of each shard, which are as many as are written.
            shardedStream(
                { shardCount: 1 },
                { writeMiBPerSecond: 0.1, recordsPerSecond: 1000, pollsPerSecondPerConsumer: 0.1 },
            ),
            violation(
                "Retention is 24 hours; after an outage of 12 hours the shard lets shared consumers read 1 times the declared load each, so they never catch up. Move 1 consumer to enhanced fan-out.",
            ),
        ],
        [
            "counts the consumers that the stream registers, beside none that share",
            shardedStream({ consumers: ["audit"] }, { ...load, sharedConsumers: 0 }),
            compliant,
        ],
        [
            "counts on no more than the floor of a scaler, which goes by what is written",
            shardedStream({ scaling: {} }, { ...load, writeMiBPerSecond: 4 }),
            violation(
                "Retention is 24 hours; after an outage of 12 hours the 4 shards let shared consumers read 1 times the declared load each, so they never catch up. Declare requirements.catchUpFactor 2 or more, for which the plan makes room, or move 1 consumer to enhanced fan-out.",
            ),
        ],
        [
            "passes a floor that is high enough",
            shardedStream({ scaling: { minShards: 8 } }, { ...load, writeMiBPerSecond: 4 }),
            compliant,
        ],
        [
            "takes an on-demand stream to make the room itself",
            shardedStream({ capacityMode: "on-demand" }, load),
            violation(
                "Retention is 24 hours; after an outage of 25 hours the oldest records are gone. Set retentionHours to 25 or more.",
            ),
            { outageHours: 25 },
        ],
        [
            "cannot tell while the retention is unknown",
            shardedStream({ retentionHours: unknown("retentionHours") }),
            cannotTell("retentionHours"),
        ],
    ]);
});

describe("cheaper-capacity-mode: no other mode carries the declared load for clearly less", () => {
    const small = { writeMiBPerSecond: 0.01, recordsPerSecond: 10, headroom: 10 };
    const anyOrder = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };
    tests("cheaper-capacity-mode", [
        ["passes the worked example", shardedStream({}), compliant],
        [
            "sends no lanes to on-demand, where nobody can promise each a shard of its own",
            shardedStream({}, { ...small, headroom: 0, orderedLanes: 12 }),
            compliant,
        ],
        [
            "warns of an on-demand stream that runs at its peak",
            shardedStream({ capacityMode: "on-demand" }),
            violation(
                'At 3.5 MiB/s and 2,500 records/s, On-demand Standard costs $1,532.95 a month and Provisioned with 5 shards $146.73 (us-east-1, November 2026, all records of one size). Remove capacityMode, or set it to "provisioned".',
            ),
        ],
        [
            "and of a count beside it, which counts for nothing there, whether it is known or not",
            shardedStream({ capacityMode: "on-demand", shardCount: unknown("shardCount") }),
            violation(
                "At 3.5 MiB/s and 2,500 records/s, On-demand Standard costs $1,532.95 a month and Provisioned with 5 shards $146.73 (us-east-1, November 2026, all records of one size). Remove capacityMode and shardCount.",
            ),
        ],
        [
            // 0.6 * 1 + 0.4 * 2 = 1.4 KiB a record: 2,500 * 1.4 KiB * 3,600 s * 730 h = 8,771.9 GiB at $0.12, and $29.20.
            "prices a declared mix of record sizes, and assumes none",
            shardedStream(
                { capacityMode: "on-demand" },
                {
                    writeMiBPerSecond: 3.5,
                    recordsPerSecond: 2500,
                    recordSizes: [
                        { sizeKiB: 1, share: 0.6 },
                        { sizeKiB: 2, share: 0.4 },
                    ],
                },
            ),
            violation(
                'At 3.5 MiB/s and 2,500 records/s, On-demand Standard costs $1,081.83 a month and Provisioned with 5 shards $146.73 (us-east-1, November 2026). Remove capacityMode, or set it to "provisioned".',
            ),
        ],
        [
            "passes an on-demand stream with a low average",
            shardedStream({ capacityMode: "on-demand" }),
            compliant,
            { averageLoad: 0.01 },
        ],
        [
            "warns of many shards for a small load",
            shardedStream({}, small),
            violation(
                'At 0.01 MiB/s and 10 records/s, Provisioned with 11 shards costs $120.82 a month and On-demand Standard $35.22 (us-east-1, November 2026, all records of one size). Set capacityMode to "on-demand", and remove shardCount and scaling.',
            ),
        ],
        [
            "sends a count beyond the plan's back to the plan, where on-demand would cost more than that",
            shardedStream({ shardCount: 100 }, anyOrder),
            violation(
                "At 3.5 MiB/s and 2,500 records/s, Provisioned with 100 shards costs $1,186.98 a month and with 5 shards $146.73 (us-east-1, November 2026, all records of one size). Leave out shardCount: the plan deploys 5.",
            ),
            { savingMin: -1 },
        ],
        [
            "and so the floor of a scaler",
            shardedStream({ scaling: { minShards: 200 } }, anyOrder),
            violation(
                "At 3.5 MiB/s and 2,500 records/s, Provisioned with 200 shards costs $2,281.98 a month and with 5 shards $146.73 (us-east-1, November 2026, all records of one size). Leave out scaling.minShards: the plan lets the scaler go down to 4.",
            ),
        ],
        [
            "takes a scaler to its floor",
            shardedStream({ scaling: { minShards: 1 } }, small),
            compliant,
            { averageLoad: 0.1 },
        ],
        [
            "says nothing of a saving below the least that is worth it",
            shardedStream({}, small),
            compliant,
            { savingMin: 0.8 },
        ],
        [
            "cannot tell while a requirement is unknown",
            shardedStream({}, { ...worked, writeMiBPerSecond: unknown("requirements.writeMiBPerSecond") }),
            cannotTell("requirements.writeMiBPerSecond"),
        ],
    ]);
});

describe("stream-is-encrypted: a stream encrypts its records at rest", () => {
    const aws = { encryptionType: "KMS", kmsKeyId: "alias/aws/kinesis" };
    const native = { streamEncryption: { encryptionType: "KMS", keyId: "alias/aws/kinesis" } };
    const ownKey = { customerManagedKey: true };
    const held = {
        component: shardedStream({ hold: true }),
        ignoreChanges: ["shardCount", "encryptionType", "kmsKeyId"],
    };
    tests("stream-is-encrypted", [
        ["passes a stream with a key", view(awsStream, aws), compliant],
        ["passes one of the aws-native provider", view(nativeStream, native), compliant],
        [
            "passes a key that this program makes and whose ARN is not known yet",
            view(awsStream, { ...aws, kmsKeyId: unknown("kmsKeyId") }),
            compliant,
        ],
        [
            "warns of a stream without encryption",
            view(awsStream, { shardCount: 1 }),
            violation(
                'Records are stored unencrypted: no encryption type is set. Set encryptionType: "KMS" and kmsKeyId: "alias/aws/kinesis", or a key of your own.',
            ),
        ],
        [
            "warns where encryption is switched off",
            view(awsStream, { encryptionType: "NONE" }),
            violation(
                'Records are stored unencrypted: the encryption type is "NONE". Set encryptionType: "KMS" and kmsKeyId: "alias/aws/kinesis", or a key of your own.',
            ),
        ],
        [
            "warns of one of the aws-native provider",
            view(nativeStream, { shardCount: 1 }),
            violation(
                'Records are stored unencrypted: no encryption type is set. Set streamEncryption: { encryptionType: "KMS", keyId: "alias/aws/kinesis" }, or a key of your own.',
            ),
        ],
        [
            "warns of encryption without a key, with which no provider deploys it",
            view(awsStream, { encryptionType: "KMS" }),
            violation(
                'encryptionType is KMS, and kmsKeyId names no key, so the deployment fails. Set kmsKeyId to "alias/aws/kinesis", or a key of your own.',
            ),
        ],
        [
            "of either provider, with a key of one's own where one is required",
            view(nativeStream, { streamEncryption: { encryptionType: "KMS", keyId: "" } }),
            violation(
                'encryptionType is KMS, and keyId names no key, so the deployment fails. Set keyId to "<the ARN of a KMS key of your own>".',
            ),
            ownKey,
        ],
        [
            "warns of the AWS managed key where a key of one's own is required",
            childStream(awsStream, aws),
            violation(
                "Records are encrypted with the key that AWS manages (alias/aws/kinesis); a customer-managed key is required here. Set kmsKeyId of the ShardedStream to a KMS key of your own.",
            ),
            ownKey,
        ],
        [
            "names a key of one's own in its fix where one is required",
            view(awsStream, {}),
            violation(
                'Records are stored unencrypted: no encryption type is set. Set encryptionType: "KMS" and kmsKeyId: "<the ARN of a KMS key of your own>".',
            ),
            ownKey,
        ],
        [
            "in the words of aws-native as well",
            view(nativeStream, {}),
            violation(
                'Records are stored unencrypted: no encryption type is set. Set streamEncryption: { encryptionType: "KMS", keyId: "<the ARN of a KMS key of your own>" }.',
            ),
            ownKey,
        ],
        ["passes a key of one's own", view(awsStream, { ...aws, kmsKeyId: "alias/orders" }), compliant, ownKey],
        [
            "passes a key of one's own that is not made yet",
            view(awsStream, { ...aws, kmsKeyId: unknown("kmsKeyId") }),
            compliant,
            ownKey,
        ],
        [
            "says which of its settings stay whatever the program sets",
            view(awsStream, { encryptionType: "NONE" }, { ignoreChanges: ["kmsKeyId", "encryptionType"] }),
            violation(
                'Records are stored unencrypted: the encryption type is "NONE". Set encryptionType: "KMS" and kmsKeyId: "alias/aws/kinesis", or a key of your own, and take encryptionType and kmsKeyId out of its ignoreChanges.',
            ),
        ],
        [
            "of aws-native, too, by a part of them",
            view(nativeStream, {}, { ignoreChanges: ['streamEncryption["keyId"]'] }),
            violation(
                'Records are stored unencrypted: no encryption type is set. Set streamEncryption: { encryptionType: "KMS", keyId: "<the ARN of a KMS key of your own>" }, and take streamEncryption out of its ignoreChanges.',
            ),
            ownKey,
        ],
        [
            "warns of a key that AWS manages for another service, where a customer-managed one is required",
            view(awsStream, { encryptionType: "KMS", kmsKeyId: "arn:aws:kms:us-east-1:123456789012:alias/aws/s3" }),
            violation(
                "Records are encrypted with the key that AWS manages (alias/aws/s3); a customer-managed key is required here. Set kmsKeyId to a KMS key of your own.",
            ),
            { customerManagedKey: true },
        ],
        [
            "refuses a key that is only spaces",
            view(awsStream, { encryptionType: "KMS", kmsKeyId: " " }),
            violation(
                'encryptionType is KMS, and kmsKeyId names no key, so the deployment fails. Set kmsKeyId to "alias/aws/kinesis", or a key of your own.',
            ),
        ],
        [
            "where everything stays",
            view(awsStream, aws, { ignoreChanges: ["*"] }),
            violation(
                "Records are encrypted with the key that AWS manages (alias/aws/kinesis); a customer-managed key is required here. Set kmsKeyId to a KMS key of your own, and take * out of its ignoreChanges.",
            ),
            ownKey,
        ],
        [
            "warns of a ShardedStream's stream that a transform leaves unencrypted",
            childStream(awsStream, { encryptionType: "NONE" }, { component: shardedStream({}) }),
            violation(
                'Records are stored unencrypted: the encryption type is "NONE". Let no transform change its encryption: the ShardedStream encrypts it.',
            ),
        ],
        [
            "warns of one that is held as it is",
            childStream(awsStream, { encryptionType: "NONE" }, held),
            violation(
                'Records are stored unencrypted: the encryption type is "NONE". Encrypt it by hand (aws kinesis start-stream-encryption, then pulumi refresh), or remove hold: the ShardedStream encrypts it.',
            ),
        ],
        [
            "and of its key",
            childStream(awsStream, aws, held),
            violation(
                "Records are encrypted with the key that AWS manages (alias/aws/kinesis); a customer-managed key is required here. Set kmsKeyId of the ShardedStream to a KMS key of your own, and remove hold.",
            ),
            ownKey,
        ],
        [
            "cannot tell while the encryption type is unknown",
            view(awsStream, { encryptionType: unknown("encryptionType") }),
            cannotTell("encryptionType"),
        ],
    ]);
});

describe("raw-stream-is-sized: a stream that no ShardedStream sizes has declared requirements and shards for them", () => {
    const declared = { requirements: { orders: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 } } };
    const large = { requirements: { orders: { ...declared.requirements.orders, maxRecordKiB: 2_048 } } };
    const outage = (consumerOutageHours: number) => ({
        requirements: { orders: { ...declared.requirements.orders, consumerOutageHours } },
    });
    const hot = { ...declared.requirements.orders, hottestKeyShare: 0.5 };
    const tooHot = planCapacity(hot).findings.find(({ code }) => code === "hottest-key-exceeds-shard")!;
    tests("raw-stream-is-sized", [
        [
            "says which settings stay whatever the program sets",
            view(awsStream, { shardCount: 8 }, { ignoreChanges: ["retentionPeriod", "maxRecordSizeInKib"] }),
            violation(
                "The declared largest record is 2,048 KiB; the stream is set to accept 1,024 KiB and refuses it. Set maxRecordSizeInKib to 2,048 or more, and take maxRecordSizeInKib out of its ignoreChanges. Retention is 24 hours; after an outage of 30 hours the oldest records are gone. Set retentionPeriod to 39 or more, and take retentionPeriod out of its ignoreChanges.",
            ),
            { requirements: { orders: { ...large.requirements.orders, consumerOutageHours: 30 } } },
        ],
        ["leaves a ShardedStream's own stream alone", childStream(awsStream, { shardCount: 1 }), compliant],
        [
            "warns of undeclared requirements",
            view(awsStream, { shardCount: 1 }),
            violation(
                'The stream\'s requirements are undeclared, so nobody can tell whether its shards are enough. Use a ShardedStream, or declare them in the policy\'s configuration: { "raw-stream-is-sized": { "requirements": { "orders": { "writeMiBPerSecond": ..., "recordsPerSecond": ... } } } }.',
            ),
        ],
        [
            "leaves an on-demand stream alone",
            view(awsStream, { streamModeDetails: { streamMode: "ON_DEMAND" } }),
            compliant,
        ],
        [
            "passes enough shards, declared by the name in the program",
            view(awsStream, { name: "orders-4f1", shardCount: 4 }),
            compliant,
            declared,
        ],
        [
            "passes enough shards, declared by the physical name",
            view(nativeStream, { name: "orders", shardCount: 4 }, { name: "raw" }),
            compliant,
            declared,
        ],
        [
            "warns of one shard less",
            view(nativeStream, { name: "orders", shardCount: 3 }, { name: "raw" }),
            violation(`${needs4}; shardCount deploys 3. Set shardCount to 4 or more; the plan recommends 5.`),
            declared,
        ],
        [
            "warns of a provisioned stream without a count",
            view(awsStream, {}),
            violation(`${needs4}; shardCount is not set. Set shardCount to 4 or more; the plan recommends 5.`),
            declared,
        ],
        [
            "of either provider",
            view(nativeStream, {}),
            violation(`${needs4}; shardCount is not set. Set shardCount to 4 or more; the plan recommends 5.`),
            declared,
        ],
        [
            "warns of what no shard count can mend",
            view(awsStream, { shardCount: 9 }),
            finding("hottest-key-exceeds-shard", hot),
            { requirements: { orders: hot } },
        ],
        [
            "says what is malformed about the configuration",
            view(awsStream, { shardCount: 9 }),
            violation(
                "The declared requirements are malformed. recordsPerSecond: missing; it must be a number above 0, at most 100,000,000. Declare the records per second written at peak.",
            ),
            { requirements: { orders: { writeMiBPerSecond: 1 } } },
        ],
        [
            "says at once that the shards are too few and what no shard count can mend",
            view(awsStream, { shardCount: 3 }),
            violation(
                `${needs4}; shardCount deploys 3. Set shardCount to 4 or more; the plan recommends 5. ${tooHot.message} ${tooHot.fix}`,
            ),
            { requirements: { orders: hot } },
        ],
        [
            "says what no shard count can mend while the count is unknown",
            view(awsStream, { shardCount: unknown("shardCount") }),
            finding("hottest-key-exceeds-shard", hot),
            { requirements: { orders: hot } },
        ],
        [
            "says it of an on-demand stream, too",
            view(awsStream, { streamModeDetails: { streamMode: "ON_DEMAND" } }),
            finding("hottest-key-exceeds-shard", hot),
            { requirements: { orders: hot } },
        ],
        [
            "warns of declared records that are larger than the stream accepts by default",
            view(awsStream, { shardCount: 4 }),
            violation(
                "The declared largest record is 2,048 KiB; the stream is set to accept 1,024 KiB and refuses it. Set maxRecordSizeInKib to 2,048 or more.",
            ),
            large,
        ],
        [
            "of either provider, in any mode",
            view(nativeStream, { maxRecordSizeInKiB: 2_047, streamModeDetails: { streamMode: "ON_DEMAND" } }),
            violation(
                "The declared largest record is 2,048 KiB; the stream is set to accept 2,047 KiB and refuses it. Set maxRecordSizeInKiB to 2,048 or more.",
            ),
            large,
        ],
        [
            "also where a scaler has the say over the shards",
            view(awsStream, { shardCount: 4 }, { ignoreChanges: ["shardCount"] }),
            violation(
                "The declared largest record is 2,048 KiB; the stream is set to accept 1,024 KiB and refuses it. Set maxRecordSizeInKib to 2,048 or more.",
            ),
            large,
        ],
        [
            "passes records that the stream accepts",
            view(awsStream, { shardCount: 4, maxRecordSizeInKib: 2_048 }),
            compliant,
            large,
        ],
        [
            "warns of a declared outage that outlasts the retention",
            view(awsStream, { shardCount: 4 }),
            violation(
                "Retention is 24 hours; after an outage of 30 hours the oldest records are gone. Set retentionPeriod to 54 or more.",
            ),
            outage(30),
        ],
        [
            "of either provider, whoever has the say over the shards",
            view(nativeStream, { retentionPeriodHours: 48, streamModeDetails: { streamMode: "ON_DEMAND" } }),
            violation(
                "Retention is 48 hours; after an outage of 49 hours the oldest records are gone. Set retentionPeriodHours to 49 or more.",
            ),
            outage(49),
        ],
        [
            "and of one after which its shards let consumers catch up too late",
            view(awsStream, { shardCount: 4 }),
            violation(
                "Retention is 24 hours; after an outage of 20 hours the 4 shards let shared consumers read 2.29 times the declared load each, so they need 16 more to catch up. Set retentionPeriod to 36 or more, or set shardCount to 11 or more.",
            ),
            outage(20),
        ],
        ...[{ shardCount: 4, retentionPeriod: 36 }, { shardCount: 11 }].map(
            (props) => ["passes what that names", view(awsStream, props), compliant, outage(20)] as const,
        ),
        [
            "passes what the retention covers",
            view(awsStream, { shardCount: 4, retentionPeriod: 54 }),
            compliant,
            outage(30),
        ],
        [
            "says no more of shards that are too few for the load",
            view(awsStream, { shardCount: 3 }),
            violation(`${needs4}; shardCount deploys 3. Set shardCount to 4 or more; the plan recommends 5.`),
            outage(20),
        ],
        [
            "cannot tell while the retention is unknown, declared or not",
            view(awsStream, { shardCount: 4, retentionPeriod: unknown("retentionPeriod") }),
            cannotTell("retentionPeriod"),
        ],
        [
            "cannot tell while it is unknown which records the stream accepts, declared or not",
            view(awsStream, { shardCount: 4, maxRecordSizeInKib: unknown("maxRecordSizeInKib") }),
            cannotTell("maxRecordSizeInKib"),
        ],
        [
            "cannot tell while the count is unknown, declared or not",
            view(awsStream, { shardCount: unknown("shardCount") }),
            cannotTell("shardCount"),
        ],
        [
            "cannot tell while the name that the configuration goes by is unknown",
            view(awsStream, { name: unknown("name"), shardCount: 2 }, { name: "raw" }),
            cannotTell("name"),
            declared,
        ],
    ]);
});
