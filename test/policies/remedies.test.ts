/** What the level `remediate` changes of a resource, and that nothing is changed where the right value is not certain. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeResource, type PolicyName, policyNames, policyRows, remedyOf } from "../../policies/policies";
import { apply, type Change } from "../../policies/remedies";
import { type ResourceView, shardedStreamType, Unknown } from "../../policies/resources";
import {
    awsStream,
    childStream,
    compliant,
    nativeStream,
    shardedStream,
    unknown,
    view,
    violation,
    worked,
} from "./views";

/** The resource, what is changed, the configuration if it is not the default, and the ShardedStream of a child. */
type Row = readonly [
    title: string,
    resource: ResourceView,
    changes: readonly Change[],
    config?: object,
    component?: ResourceView,
];

function tests(name: PolicyName, rows: readonly Row[]): void {
    for (const [title, child, changes, config, component] of rows) {
        const resource = component ? { ...child, component } : child;
        it(title, () => {
            assert.deepEqual(remedyOf(name, resource, config), changes);
            // Obeyed, there is nothing left to say, and nothing left to change.
            const props = structuredClone(resource.props);
            if (changes.length === 0) return;
            apply(props, changes);
            assert.deepEqual(judgeResource(name, { ...resource, props }, config), compliant);
            assert.deepEqual(remedyOf(name, { ...resource, props }, config), []);
        });
    }
}

describe("the level remediate", () => {
    it("has something to change in these policies; in the others it is the level mandatory", () =>
        assert.deepEqual(
            policyNames.filter((name) => policyRows[name].remedy !== undefined),
            [
                "capacity-covers-requirements",
                "on-demand-has-no-shard-count",
                "stream-is-encrypted",
                "raw-stream-is-sized",
            ],
        ));

    it("changes nothing while a setting of the policy is misspelled", () =>
        assert.deepEqual(remedyOf("stream-is-encrypted", view(awsStream, {}), { customerManagedKeys: true }), []));
});

const planned = [{ path: ["shardCount"], value: 5 }];
const without = [{ path: ["shardCount"] }];

describe("capacity-covers-requirements deploys the planned count", () => {
    const component = shardedStream({ shardCount: 2 });
    const inside = { parent: component.urn };
    const unknownLoad = shardedStream({}, { ...worked, writeMiBPerSecond: unknown("requirements.writeMiBPerSecond") });
    tests("capacity-covers-requirements", [
        ["leaves out an override below the load's minimum", component, without],
        ["leaves one at the minimum", shardedStream({ shardCount: 4 }), []],
        ["leaves one that is not known yet", shardedStream({ shardCount: unknown("shardCount") }), []],
        ["leaves that of a scaled stream, which ignores it", shardedStream({ shardCount: 2, scaling: {} }), []],
        [
            "leaves one while it is not known whether the stream is scaled",
            shardedStream({ shardCount: 2, scaling: unknown("scaling") }),
            [],
        ],
        ["leaves that of a held stream, which keeps its shards", shardedStream({ shardCount: 2, hold: true }), []],
        [
            "leaves one while the load is not known",
            shardedStream({ shardCount: 2 }, { ...worked, recordsPerSecond: unknown("requirements.recordsPerSecond") }),
            [],
        ],
        ["leaves one of malformed requirements", shardedStream({ shardCount: 2 }, { writeMiBPerSecond: 1 }), []],
        [
            "sets that of the component's stream",
            childStream(awsStream, { shardCount: 2 }, inside),
            planned,
            {},
            component,
        ],
        [
            "of either provider, whatever has set it",
            childStream(nativeStream, { shardCount: 1 }, inside),
            planned,
            {},
            shardedStream({}),
        ],
        ["leaves enough", childStream(awsStream, { shardCount: 4 }, inside), [], {}, component],
        ["leaves a stream of nobody that it has seen", childStream(awsStream, { shardCount: 1 }, inside), []],
        ["leaves a raw stream", view(awsStream, { shardCount: 1 }), []],
        [
            "leaves what the scaler has set",
            childStream(awsStream, { shardCount: 1 }, { ...inside, ignoreChanges: ["shardCount"] }),
            [],
            {},
            component,
        ],
        [
            "leaves an on-demand stream",
            childStream(awsStream, { shardCount: 1, streamModeDetails: { streamMode: "ON_DEMAND" } }, inside),
            [],
            {},
            shardedStream({ capacityMode: "on-demand" }),
        ],
        [
            "leaves a stream whose load is not known",
            childStream(awsStream, { shardCount: 1 }, inside),
            [],
            {},
            unknownLoad,
        ],
    ]);
});

describe("capacity-covers-requirements refuses what it does not change", () => {
    it("as a scaled stream that starts below its load", () =>
        assert.deepEqual(
            judgeResource("capacity-covers-requirements", shardedStream({ shardCount: 2, scaling: {} })),
            violation(
                "The declared 3.5 MiB/s and 2,500 records/s need at least 4 shards (writeBytes: 3.5 MiB/s written, 1 MiB/s a shard); shardCount deploys 2. Set shardCount to 4 or more, or leave it out: the plan deploys 5.",
            ),
        ));
});

describe("raw-stream-is-sized deploys the planned count", () => {
    const config = { requirements: { orders: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 } } };
    tests("raw-stream-is-sized", [
        ["sets a count that is too small", view(awsStream, { shardCount: 3 }), planned, config],
        ["sets one that was left out", view(nativeStream, {}), planned, config],
        ["leaves enough", view(awsStream, { shardCount: 4 }), [], config],
        ["leaves a stream without declared requirements", view(awsStream, { shardCount: 1 }), []],
        ["leaves a count that is not known yet", view(awsStream, { shardCount: unknown("shardCount") }), [], config],
        [
            "leaves what a scaler has set",
            view(awsStream, { shardCount: 1 }, { ignoreChanges: ["shardCount"] }),
            [],
            config,
        ],
        ["leaves a ShardedStream's own stream", childStream(awsStream, { shardCount: 1 }), [], config],
    ]);
});

describe("stream-is-encrypted encrypts", () => {
    const ownKey = { customerManagedKey: true };
    const kms = (...path: string[]) => ({ path, value: "KMS" });
    const managed = (...path: string[]) => ({ path, value: "alias/aws/kinesis" });
    tests("stream-is-encrypted", [
        [
            "with the key that AWS manages",
            view(awsStream, { shardCount: 1 }),
            [kms("encryptionType"), managed("kmsKeyId")],
        ],
        ["nothing that ignoreChanges name", view(awsStream, {}, { ignoreChanges: ["encryptionType"] }), []],
        ["nor in part", view(nativeStream, {}, { ignoreChanges: ["streamEncryption.keyId"] }), []],
        [
            "where it is switched off",
            view(awsStream, { encryptionType: "NONE" }),
            [kms("encryptionType"), managed("kmsKeyId")],
        ],
        [
            "in the words of aws-native",
            view(nativeStream, {}),
            [kms("streamEncryption", "encryptionType"), managed("streamEncryption", "keyId")],
        ],
        ["with the key that is named", view(awsStream, { kmsKeyId: "alias/orders" }), [kms("encryptionType")], ownKey],
        ["with a key where none is named", view(awsStream, { encryptionType: "KMS" }), [managed("kmsKeyId")]],
        ["but chooses no customer key", view(awsStream, {}), [], ownKey],
        ["nor where encryption names none", view(awsStream, { encryptionType: "KMS" }), [], ownKey],
        ["nor in the place of AWS's", view(awsStream, { kmsKeyId: "alias/aws/kinesis" }), [], ownKey],
        ["nothing that is not known yet", view(awsStream, { encryptionType: unknown("encryptionType") }), []],
        [
            "nothing that is encrypted",
            view(awsStream, { encryptionType: "KMS", kmsKeyId: "alias/aws/kinesis" }),
            [],
            ownKey,
        ],
    ]);
});

describe("on-demand-has-no-shard-count takes the count away", () => {
    const onDemand = { streamModeDetails: { streamMode: "ON_DEMAND" }, shardCount: 4 };
    tests("on-demand-has-no-shard-count", [
        ["of a raw stream", view(awsStream, onDemand), without],
        ["of one of aws-native", view(nativeStream, onDemand), without],
        ["of a ShardedStream", view(shardedStreamType, { capacityMode: "on-demand", shardCount: 4 }), without],
        ["not one that ignoreChanges name", view(nativeStream, onDemand, { ignoreChanges: ["shardCount"] }), []],
        ["not a count that asks for none", view(awsStream, { ...onDemand, shardCount: 0 }), []],
        ["not in provisioned mode", view(awsStream, { shardCount: 4 }), []],
        [
            "not in a mode that is not known yet",
            view(awsStream, { ...onDemand, streamModeDetails: unknown("streamModeDetails") }),
            [],
        ],
    ]);
});

describe("a remedy, whatever a stream declares", () => {
    const counts = fc.constantFrom<unknown>(undefined, null, 0, -1, 1, 2, 4, 300, "3", "", unknown("shardCount"));
    const modes = fc.constantFrom<unknown>(
        ...[undefined, null, { streamMode: "ON_DEMAND" }, { streamMode: "PROVISIONED" }, unknown("streamModeDetails")],
    );
    const keys = fc.constantFrom<unknown>(undefined, "", null, "alias/aws/kinesis", "alias/own", unknown("kmsKeyId"));
    const nativeKeys = [undefined, null, {}, { encryptionType: "KMS" }, { keyId: "alias/own" }];
    const props = fc.record({
        shardCount: counts,
        streamModeDetails: modes,
        encryptionType: fc.constantFrom(undefined, "", "NONE", "KMS"),
        kmsKeyId: keys,
        streamEncryption: fc.constantFrom<unknown>(...nativeKeys, unknown("streamEncryption")),
    });
    const ignoreChanges = fc.constantFrom<string[]>([], ["shardCount"], ["*"]);
    const configs: Readonly<Partial<Record<PolicyName, object>>> = {
        "raw-stream-is-sized": { requirements: { orders: worked } },
    };

    it("changes what the policy refuses, and that once", () =>
        fc.assert(
            fc.property(fc.constantFrom(awsStream, nativeStream), props, ignoreChanges, (type, declared, ignored) => {
                const stream = view(type, declared, { ignoreChanges: ignored });
                for (const name of policyNames) {
                    const changes = remedyOf(name, stream, configs[name]);
                    if (changes.length === 0) continue;
                    assert.equal(judgeResource(name, stream, configs[name]).verdict, "violation", name);
                    const copies = Object.entries(declared).map(([key, value]) => [key, copyOf(value)] as const);
                    const changed = Object.fromEntries(copies);
                    apply(changed, changes);
                    const after = { ...stream, props: changed };
                    assert.deepEqual(judgeResource(name, after, configs[name]), compliant, name);
                    assert.deepEqual(remedyOf(name, after, configs[name]), [], name);
                }
            }),
            { numRuns: 500 },
        ));
});

/** A mark stays what it is. */
function copyOf(value: unknown): unknown {
    return value instanceof Unknown ? value : structuredClone(value);
}
