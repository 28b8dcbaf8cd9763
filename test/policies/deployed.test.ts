/** What is deployed is judged: the stream of a ShardedStream after transforms and under a hold, by the ShardedStream's requirements. */
import assert from "node:assert/strict";
import { judgeResource, type PolicyName, type ResourceView } from "../../policies/policies";
import { shardedStreamType } from "../../policies/resources";
import {
    awsStream,
    cannotTell,
    childStream,
    compliant,
    nativeStream,
    shardedStream,
    unknown,
    violation,
    worked,
} from "./views";

const parent = `urn:pulumi:dev::shop::${shardedStreamType}::orders`;

/** The stream that a ShardedStream of those arguments makes, with those properties. */
function ownStream(props: object, args: object = {}, more: Partial<ResourceView> & { requirements?: object } = {}) {
    const { requirements = worked, ...view } = more;
    return childStream(awsStream, props, { parent, component: shardedStream(args, requirements), ...view });
}

const need =
    "The declared 3.5 MiB/s and 2,500 records/s need at least 4 shards (writeBytes: 3.5 MiB/s written, 1 MiB/s a shard)";
const transformed = (shards: number) =>
    violation(
        `${need}; the stream of the ShardedStream is changed to a shardCount of ${shards}. Let the transform that changes it set at least 4, or leave shardCount to the ShardedStream.`,
    );
const held = violation(
    `${need}; hold keeps the stream as it is, with 2. Scale the stream to at least 4 (sharded-stream scale, then pulumi refresh), or remove hold: the plan deploys 5.`,
);
const scaling = { minShards: 4, maxShards: 16 };
const unknownLoad = { ...worked, writeMiBPerSecond: unknown("requirements.writeMiBPerSecond") };

describe("capacity-covers-requirements: the stream that a ShardedStream makes has the shards that it declares", () => {
    const rows: [title: string, stream: ResourceView, verdict: object][] = [
        ["passes the planned count", ownStream({ shardCount: 5 }), compliant],
        ["passes the fewest that are enough", ownStream({ shardCount: 4 }), compliant],
        ["refuses one fewer, which a transform set", ownStream({ shardCount: 3 }), transformed(3)],
        ["takes a text for a number, as the provider does", ownStream({ shardCount: "1" }), transformed(1)],
        [
            "refuses it with the aws-native provider",
            childStream(nativeStream, { shardCount: 1 }, { parent, component: shardedStream({}) }),
            transformed(1),
        ],
        [
            "passes a stream that a transform made on-demand",
            ownStream({ streamModeDetails: { streamMode: "ON_DEMAND" } }),
            compliant,
        ],
        [
            "refuses one that a transform took out of on-demand mode",
            ownStream({ shardCount: 1 }, { capacityMode: "on-demand" }),
            transformed(1),
        ],
        [
            "leaves to the ShardedStream what it declares itself",
            ownStream({ shardCount: 2 }, { shardCount: 2 }),
            compliant,
        ],
        ["leaves malformed requirements to it", ownStream({ shardCount: 1 }, {}, { requirements: {} }), compliant],
        [
            "leaves a count alone that a scaler has taken over",
            ownStream({ shardCount: 1 }, { scaling }, { ignoreChanges: ["shardCount"] }),
            compliant,
        ],
        ["refuses the count that a scaler is handed", ownStream({ shardCount: 1 }, { scaling }), transformed(1)],
        [
            "refuses a held stream by the shards that it has, not by those that are declared",
            ownStream({ shardCount: 2 }, { hold: true, shardCount: 8 }, { ignoreChanges: ["shardCount"] }),
            held,
        ],
        [
            "passes a held stream that has enough, whatever is declared",
            ownStream({ shardCount: 4 }, { hold: true, shardCount: 1 }, { ignoreChanges: ["shardCount"] }),
            compliant,
        ],
        [
            "refuses what the known requirements alone rule out",
            ownStream({ shardCount: 3 }, {}, { requirements: unknownLoad }),
            violation(
                "What is known of the declared requirements needs at least 4 shards (orderedLanes: 4 ordered lanes side by side, one shard each); the stream of the ShardedStream is changed to a shardCount of 3. Let the transform that changes it set at least 4, or leave shardCount to the ShardedStream.",
            ),
        ],
        [
            "says once that a requirement is not known yet: at the ShardedStream",
            ownStream({ shardCount: unknown("shardCount") }, {}, { requirements: unknownLoad }),
            compliant,
        ],
        [
            "cannot tell a transform to what is not known yet",
            ownStream({ shardCount: unknown("shardCount") }),
            cannotTell("shardCount"),
        ],
        [
            "has nothing to say about another stream below the ShardedStream",
            ownStream(
                { shardCount: 1 },
                {},
                { name: "other", urn: `urn:pulumi:dev::shop::${shardedStreamType}$${awsStream}::other` },
            ),
            compliant,
        ],
        ["nor where the ShardedStream was not seen", childStream(awsStream, { shardCount: 1 }, { parent }), compliant],
    ];
    for (const [title, stream, verdict] of rows)
        it(title, () => assert.deepEqual(judgeResource("capacity-covers-requirements", stream), verdict));

    it("does not judge a held ShardedStream by a count that it does not deploy", () =>
        assert.deepEqual(
            judgeResource("capacity-covers-requirements", shardedStream({ hold: true, shardCount: 1 })),
            compliant,
        ));

    it("is obeyed by the number that it names", () => {
        for (const args of [{}, { hold: true }]) {
            assert.deepEqual(
                judgeResource("capacity-covers-requirements", ownStream({ shardCount: 4 }, args)),
                compliant,
            );
        }
    });
});

describe("enough-partition-keys: the stream that a ShardedStream makes has the shards that its keys need", () => {
    const requirements = { ...worked, distinctKeys: 40 };
    const judge = (shardCount: number, args: object = {}) =>
        judgeResource("enough-partition-keys", ownStream({ shardCount }, args, { requirements }));
    it("refuses a transform to shards that carry the load and not its keys", () =>
        assert.deepEqual(
            judge(4),
            violation(
                "40 partition keys carry 3.5 MiB/s and 2,500 records/s; on the 4 shards of shardCount every shard stays within its limits only 11 % of the time. Set shardCount to 8 or more, or use a partition key with 753 or more distinct values.",
            ),
        ));
    it("is obeyed by the number that it names", () => assert.deepEqual(judge(8), compliant));
    it("leaves fewer than the load needs to the other policy", () => assert.deepEqual(judge(3), compliant));
    it("leaves a key that is too hot to the ShardedStream", () =>
        assert.deepEqual(
            judgeResource(
                "enough-partition-keys",
                ownStream({ shardCount: 5 }, {}, { requirements: { ...worked, hottestKeyShare: 0.4 } }),
            ),
            compliant,
        ));
    it("leaves to the ShardedStream what it declares itself", () =>
        assert.deepEqual(judge(4, { shardCount: 4 }), compliant));
});

describe("raw-stream-is-sized: a stream is raw unless a ShardedStream made it", () => {
    const name: PolicyName = "raw-stream-is-sized";
    const config = { requirements: { clicks: { writeMiBPerSecond: 2, recordsPerSecond: 800 } } };
    const clicks = (shardCount: number) =>
        ownStream(
            { shardCount },
            {},
            { name: "clicks", urn: `urn:pulumi:dev::shop::${shardedStreamType}$${awsStream}::clicks` },
        );
    it("refuses one that only has a ShardedStream for a parent, and passes the number that it names", () => {
        assert.deepEqual(
            judgeResource(name, clicks(1), config),
            violation(
                "The declared 2 MiB/s and 800 records/s need at least 2 shards (writeBytes: 2 MiB/s written, 1 MiB/s a shard); shardCount deploys 1. Set shardCount to 2 or more; the plan recommends 3.",
            ),
        );
        assert.deepEqual(judgeResource(name, clicks(2), config), compliant);
    });
    it("has nothing to say about the ShardedStream's own", () =>
        assert.deepEqual(judgeResource(name, ownStream({ shardCount: 1 }), config), compliant));
    it("nor where both are called by a name with colons", () => {
        const own = {
            name: "shop::orders",
            urn: `urn:pulumi:dev::shop::${shardedStreamType}$${awsStream}::shop::orders`,
            parent: `urn:pulumi:dev::shop::${shardedStreamType}::shop::orders`,
        };
        assert.deepEqual(judgeResource(name, ownStream({ shardCount: 1 }, {}, own), config), compliant);
    });
});

/** One test per row, of a policy that judges the ShardedStream and the stream that it makes. */
function judges(name: PolicyName, rows: readonly [title: string, stream: ResourceView, verdict: object][]): void {
    for (const [title, stream, verdict] of rows)
        it(title, () => assert.deepEqual(judgeResource(name, stream), verdict));
}

describe("retention-covers-recovery: the stream that a ShardedStream makes keeps records for as long as it declares", () => {
    const requirements = { ...worked, consumerOutageHours: 60, catchUpFactor: 2 };
    const keeping = (retentionPeriod: unknown, args: object = {}) =>
        ownStream({ retentionPeriod }, { retentionHours: 168, ...args }, { requirements });
    const short = (fix: string, hours = 48) =>
        violation(
            `retentionHours declares 168; the stream of the ShardedStream keeps records for ${hours} hours, too short for an outage of its consumers and the catching up after it. ${fix}`,
        );
    judges("retention-covers-recovery", [
        ["passes the declared hours", keeping(168), compliant],
        ["passes fewer that are enough", keeping(140), compliant],
        [
            "refuses what a transform made of them",
            keeping(48),
            short("Let no transform change retentionPeriod: the ShardedStream sets what it declares."),
        ],
        [
            "of aws-native, too",
            childStream(
                nativeStream,
                { retentionPeriodHours: 48 },
                { parent, component: shardedStream({ retentionHours: 168 }, requirements) },
            ),
            short("Let no transform change retentionPeriodHours: the ShardedStream sets what it declares."),
        ],
        [
            "refuses what a hold keeps",
            keeping(24, { hold: true }),
            short("Remove hold, which keeps the stream as it is: the ShardedStream sets what it declares.", 24),
        ],
        ["leaves to the ShardedStream what it declares too short", keeping(24, { retentionHours: 30 }), compliant],
        ["cannot tell while they are unknown", keeping(unknown("retentionPeriod")), cannotTell("retentionPeriod")],
        ["judges no raw stream", childStream(awsStream, { retentionPeriod: 24 }, { parent }), compliant],
    ]);
});

describe("records-fit-the-stream: the stream that a ShardedStream makes accepts the records that it declares", () => {
    const requirements = { ...worked, maxRecordKiB: 4_096 };
    const accepting = (maxRecordSizeInKib: unknown, args: object = {}) =>
        ownStream({ maxRecordSizeInKib }, args, { requirements });
    const small = "The declared largest record is 4,096 KiB; the stream is set to accept 1,024 KiB and refuses it.";
    judges("records-fit-the-stream", [
        ["passes the declared size", accepting(4_096), compliant],
        [
            "refuses what a transform made of it",
            accepting(1_024),
            violation(`${small} Let no transform change maxRecordSizeInKib: the ShardedStream sets what it declares.`),
        ],
        [
            "refuses what a hold keeps",
            accepting(undefined, { hold: true }),
            violation(
                `${small} Remove hold, which keeps the stream as it is: the ShardedStream sets what it declares.`,
            ),
        ],
        ["leaves to the ShardedStream what it declares itself", accepting(1_024, { maxRecordKiB: 1_024 }), compliant],
    ]);
});

describe("lanes-have-shards: the stream that a ShardedStream makes has shards for its lanes", () => {
    const streamModeDetails = { streamMode: "ON_DEMAND" };
    judges("lanes-have-shards", [
        ["passes provisioned mode", ownStream({ shardCount: 5 }), compliant],
        [
            "refuses on-demand mode, into which a transform took it",
            ownStream({ streamModeDetails }),
            violation(
                "The stream mode is ON_DEMAND, where Kinesis sets the shards itself; 4 orderedLanes ask for a shard each, which nobody can promise. Use provisioned mode, or leave orderedLanes out if lanes may share a shard.",
            ),
        ],
        [
            "leaves to the ShardedStream the mode that it declares",
            ownStream({ streamModeDetails }, { capacityMode: "on-demand" }),
            compliant,
        ],
    ]);
});
