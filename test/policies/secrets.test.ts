/** Secrets are judged, and not told. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
    judgeResource,
    judgeStack,
    type PolicyName,
    policyNames,
    remedyOf,
    type ResourceView,
    type Verdict,
} from "../../policies/policies";
import { snapshot } from "../../policies/resources";
import { secretPaths } from "../../policies/secretPaths";
import {
    awsAlarm,
    awsStream,
    cannotTell,
    childStream,
    compliant,
    shardedStream,
    tests,
    unknown,
    view,
    violation,
    worked,
} from "./views";

/** The resource, some of whose properties are secret. */
function secretive(resource: ResourceView, ...secrets: string[]): ResourceView {
    return { ...resource, secrets };
}

function unshown(secrets: string): Verdict {
    return violation(
        `What violates this policy follows from secrets (${secrets}), so it is not shown. Preview with plain values in their place to see it, and the smallest change that passes.`,
    );
}

describe("a policy shows no secret", () => {
    const rate = "requirements.writeMiBPerSecond";
    const load = { writeMiBPerSecond: 7.77, recordsPerSecond: 2500 };
    tests("capacity-covers-requirements", [
        ["and passes what is right", secretive(shardedStream({ shardCount: 9 }, load), rate), compliant],
        [
            "and says that it is violated, and by which secrets",
            secretive(shardedStream({ shardCount: 2 }, load), rate, "shardCount"),
            unshown(`${rate}, shardCount`),
        ],
        ["that is malformed", secretive(shardedStream({}, { ...load, writeMiBPerSecond: -7.77 }), rate), unshown(rate)],
        [
            "and tells what the other values alone rule out",
            secretive(shardedStream({ shardCount: 2 }, worked), rate),
            violation(
                "What is known of the declared requirements needs at least 4 shards (orderedLanes: 4 ordered lanes side by side, one shard each); shardCount deploys 2. Set shardCount to 4 or more, or leave it out: the plan sets it.",
            ),
        ],
        [
            "of the ShardedStream that a stream belongs to",
            {
                ...childStream(awsStream, { shardCount: 3 }),
                component: secretive(shardedStream({}, load), rate),
            },
            unshown(rate),
        ],
    ]);
    tests("raw-stream-is-sized", [
        [
            "and asks for the requirements of a stream whatever is secret of it",
            secretive(view(awsStream, { shardCount: 3, retentionPeriod: 48 }), "shardCount", "retentionPeriod"),
            judgeResource("raw-stream-is-sized", view(awsStream, {})),
        ],
        [
            "but for what they would be compared with where nobody knows it",
            secretive(view(awsStream, { shardCount: unknown("shardCount"), retentionPeriod: 48 }), "retentionPeriod"),
            cannotTell("shardCount"),
        ],
    ]);
    tests("requirements-are-known", [
        ["nor takes it for unknown", secretive(shardedStream({ shardCount: 2 }, load), rate), compliant],
    ]);

    it("of another resource in the stack", () => {
        const stream = view(awsStream, { name: "orders", shardCount: 1 }, { name: "orders-stream" });
        const alarm = view(awsAlarm, {
            ...{ namespace: "AWS/Kinesis", metricName: "IncomingRecords", statistic: "Sum", period: 60 },
            ...{ dimensions: { StreamName: "orders" }, comparisonOperator: "GreaterThanThreshold", threshold: 500_000 },
        });
        const said = (...secrets: string[]) =>
            judgeStack("alarm-can-fire", [secretive(stream, ...secrets), alarm]).map(({ verdict }) => verdict);
        assert.deepEqual(said("shardCount"), [unshown("shardCount of orders-stream")]);
        assert.deepEqual(said("tags.owner"), said());
    });

    it("whatever it is: the words are the same for each that violates", () => {
        const paths = [rate, "requirements.distinctKeys", "shardCount", "scaling.maxShards", "retentionHours"] as const;
        const declared = fc.record({
            rate: fc.double({ min: 0.1, max: 90, noNaN: true }),
            distinctKeys: fc.integer({ min: 1, max: 300 }),
            shardCount: fc.integer({ min: 1, max: 60 }),
            maxShards: fc.integer({ min: 1, max: 60 }),
            retentionHours: fc.integer({ min: 24, max: 200 }),
        });
        const viewOf = ({ rate: writeMiBPerSecond, distinctKeys, maxShards, ...args }: Declared) =>
            shardedStream(
                { ...args, scaling: { maxShards } },
                { writeMiBPerSecond, recordsPerSecond: 2500, distinctKeys, consumerOutageHours: 60 },
            );
        type Declared = typeof declared extends fc.Arbitrary<infer Value> ? Value : never;
        fc.assert(
            fc.property(declared, declared, (one, other) => {
                for (const name of policyNames) {
                    const said = [one, other].map((each) => judgeResource(name, secretive(viewOf(each), ...paths)));
                    const messages = said.flatMap((verdict) =>
                        verdict.verdict === "violation" ? [verdict.message] : [],
                    );
                    assert.ok(new Set(messages).size <= 1, messages.join("\n"));
                }
            }),
            { numRuns: 60 },
        );
    });
});

describe("the level remediate writes no value that follows from a secret", () => {
    const rate = "requirements.writeMiBPerSecond";
    const load = { writeMiBPerSecond: 7.77, recordsPerSecond: 2500 };
    const declared = (...secrets: string[]) => secretive(shardedStream({ shardCount: 3 }, load), ...secrets);
    const child = (...secrets: string[]) => ({
        ...childStream(awsStream, { shardCount: 3 }),
        component: declared(...secrets),
    });
    const raw = view(awsStream, { shardCount: 3 }, { name: "orders" });
    const planned = [{ path: ["shardCount"], value: 10 }];
    const configs: Partial<Record<PolicyName, object>> = { "raw-stream-is-sized": { requirements: { orders: load } } };
    const rows: [title: string, policy: PolicyName, resource: ResourceView, changes: object[]][] = [
        ["but the planned count where nothing is secret", "capacity-covers-requirements", child(), planned],
        ["nor the planned count of a secret load", "capacity-covers-requirements", child(rate), []],
        [
            "while a ShardedStream plans for itself, which keeps its secrets",
            "capacity-covers-requirements",
            declared(rate, "shardCount"),
            [{ path: ["shardCount"] }],
        ],
        ["but one that is planned for a load of the configuration", "raw-stream-is-sized", raw, planned],
        ["in the place of a secret, too", "raw-stream-is-sized", secretive(raw, "shardCount"), planned],
    ];
    for (const [title, policy, resource, changes] of rows)
        it(title, () => assert.deepEqual(remedyOf(policy, resource, configs[policy]), changes));
});

describe("what is secret of a resource", () => {
    // As the engine sends it, and as @pulumi/policy shows it to a policy.
    /* eslint-disable @typescript-eslint/no-require-imports -- neither module has types */
    const { deserializeProperties } = require("@pulumi/policy/deserialize") as {
        deserializeProperties(packed: object, proxySecrets: boolean): Record<string, unknown>;
    };
    const { unknownCheckingProxy } = require("@pulumi/policy/proxy") as {
        unknownCheckingProxy(props: object): Record<string, unknown>;
    };
    /* eslint-enable @typescript-eslint/no-require-imports */
    const secret = (value: unknown) => ({
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        value,
    });
    const sent = {
        requirements: { writeMiBPerSecond: secret(7.77), heaviestKeyShares: [0.1, secret(0.2)] },
        tags: secret({ a: "b" }),
        name: "orders",
    };
    for (const proxySecrets of [false, true]) {
        it(`is told by its path, ${proxySecrets ? "in a remediation" : "where it is judged"}`, () => {
            const shown = unknownCheckingProxy(deserializeProperties({ toJavaScript: () => sent }, proxySecrets));
            assert.deepEqual(secretPaths(shown), [
                "requirements.writeMiBPerSecond",
                "requirements.heaviestKeyShares.1",
                "tags",
            ]);
            assert.deepEqual(snapshot(shown), {
                requirements: { writeMiBPerSecond: 7.77, heaviestKeyShares: [0.1, 0.2] },
                tags: { a: "b" },
                name: "orders",
            });
        });
    }

    it("is nothing of properties that came from no engine", () => assert.deepEqual(secretPaths({ shardCount: 2 }), []));
});
