/** The policies that there are, at which levels, and that none passes what it does not know. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type ResourceValidationPolicy, type StackValidationPolicy } from "@pulumi/policy";
import { InvalidInputError } from "../../capacity/problems";
import { planCapacity } from "../../capacity/sizing/plan";
import {
    judgeResource,
    judgeStack,
    policies,
    policiesByName,
    policiesNamed,
    policyNames,
    policyRows,
    remedyOf,
} from "../../policies/policies";
import {
    alarmTypes,
    consumerFunctionType,
    eventSourceMappingTypes,
    shardedStreamType,
    snapshot,
    streamAutoscalerType,
    streamTypes,
    Unknown,
} from "../../policies/resources";
import { awsStream, compliant, shardedStream, unknown, view, violation, worked } from "./views";

/** The message of the error that names every problem. */
function thrownBy(act: () => unknown): string {
    try {
        act();
    } catch (error) {
        assert.ok(error instanceof InvalidInputError);
        return error.message;
    }
    return assert.fail("Nothing was thrown.");
}

describe("the registry of policies", () => {
    it("has these policies at these levels", () => {
        assert.deepEqual(
            policies.map(({ name, enforcementLevel }) => `${enforcementLevel} ${name}`),
            [
                "mandatory capacity-covers-requirements",
                "mandatory enough-partition-keys",
                "mandatory hottest-key-fits-a-shard",
                "mandatory on-demand-has-no-shard-count",
                "mandatory scaled-stream-ignores-shard-count",
                "advisory floor-below-requirements",
                "advisory lanes-have-shards",
                "advisory keys-cost-no-shards",
                "advisory keys-are-declared",
                "advisory polls-fit-a-shard",
                "advisory records-fit-the-stream",
                "advisory consumers-fit-fan-out",
                "advisory retention-covers-recovery",
                "advisory warm-throughput-is-accepted",
                "advisory functions-keep-up",
                "advisory cheaper-capacity-mode",
                "advisory stream-is-encrypted",
                "advisory stream-is-alarmed",
                "advisory alarm-can-fire",
                "advisory alarm-is-meaningful",
                "advisory raw-stream-is-sized",
                "advisory requirements-are-known",
            ],
        );
    });

    it("describes each policy in one sentence", () => {
        for (const name of policyNames) assert.match(policyRows[name].description, /^[A-Z][^.]*[.]$/);
    });

    it("voices every finding that says a declaration cannot work", () => {
        const impossible = [
            { ...worked, sharedConsumers: 6 },
            { ...worked, hottestKeyShare: 0.9 },
            { ...worked, orderedLanes: 1, distinctKeys: 2 },
            { ...worked, distinctKeys: 30 },
            { ...worked, hottestKeyShare: 0.2 },
            { ...worked, recordsPerSecond: 1 },
            { ...worked, fanOutConsumers: 21 },
            { ...worked, consumerOutageHours: 25 },
            { writeMiBPerSecond: 4, recordsPerSecond: 100, sharedConsumers: 2, consumerOutageHours: 1, headroom: 0 },
        ];
        const codes = impossible.flatMap((requirements) =>
            planCapacity(requirements).findings.flatMap(({ code, severity }) => (severity === "error" ? [code] : [])),
        );
        const voiced = policyNames.flatMap((name) => policyRows[name].findings ?? []);
        assert.deepEqual(
            [...new Set(codes)].filter((code) => !voiced.includes(code)),
            [],
        );
        for (const requirements of impossible) {
            const shardCount = planCapacity(requirements).recommendedShards;
            const said = policyNames.filter(
                (name) => judgeResource(name, shardedStream({ shardCount }, requirements)).verdict === "violation",
            );
            assert.ok(said.length > 0, JSON.stringify(requirements));
        }
    });

    it("gives a team's own pack each policy by its name", () => {
        assert.deepEqual(Object.keys(policiesByName), policyNames);
        assert.equal(policiesByName["stream-is-encrypted"].name, "stream-is-encrypted");
    });

    it("gives some policies at chosen levels, and with them the one that says what they cannot tell", () => {
        const levelsOf = (chosen: readonly { name: string; enforcementLevel?: string }[]) =>
            chosen.map(({ name, enforcementLevel }) => [name, enforcementLevel]);
        assert.deepEqual(levelsOf(policiesNamed({ "stream-is-encrypted": "mandatory" })), [
            ["stream-is-encrypted", "mandatory"],
            ["requirements-are-known", "advisory"],
        ]);
        assert.deepEqual(
            levelsOf(policiesNamed({ "requirements-are-known": "mandatory", "alarm-can-fire": "advisory" })),
            [
                ["alarm-can-fire", "advisory"],
                ["requirements-are-known", "mandatory"],
            ],
        );
    });

    it("gives no pack without the policies that it was asked for: every name and level that there is not is told", () => {
        const refused = (levels: unknown) => thrownBy(() => policiesNamed(levels as never));
        assert.equal(
            refused({
                "stream-is-encripted": "mandatory",
                "alarm-can-fire": "mandatry",
                "keys-are-declared": "advisory",
            }),
            `policiesNamed: alarm-can-fire: "mandatry" is not allowed; it must be one of advisory, mandatory, remediate, disabled. Did you mean mandatory? Give its level; its settings belong in the file of --policy-pack-config.\nstream-is-encripted: "mandatory" is not allowed; it must be one of ${policyNames.join(", ")}. Did you mean stream-is-encrypted?`,
        );
        assert.equal(
            refused({ "retention-covers-recovery": { enforcementLevel: "mandatory", outageHours: 64 } }),
            `policiesNamed: retention-covers-recovery: {"enforcementLevel":"mandatory","outageHours":64} is not allowed; it must be one of advisory, mandatory, remediate, disabled. Give its level; its settings belong in the file of --policy-pack-config.`,
        );
        assert.equal(
            refused(["alarm-can-fire"]),
            `policiesNamed: args: ["alarm-can-fire"] is not allowed; it must be an object. Give named properties.`,
        );
        assert.equal(refused(undefined), "policiesNamed: args: missing; it must be an object. Give named properties.");
        const optional: Parameters<typeof policiesNamed>[0] = { "alarm-can-fire": undefined! };
        assert.deepEqual(
            policiesNamed(optional).map(({ name }) => name),
            ["requirements-are-known"],
        );
    });

    it("judges by no policy that there is not", () => {
        const message = (caller: string) =>
            `${caller}: name: "stream-is-encripted" is not allowed; it must be one of ${policyNames.join(", ")}. Did you mean stream-is-encrypted? Give the name of a policy.`;
        const name = "stream-is-encripted" as never;
        assert.equal(
            thrownBy(() => judgeResource(name, shardedStream({}))),
            message("judgeResource"),
        );
        assert.equal(
            thrownBy(() => judgeStack(name, [])),
            message("judgeStack"),
        );
        assert.equal(
            thrownBy(() => remedyOf(name, shardedStream({}))),
            message("remedyOf"),
        );
    });

    it("says which setting is misspelled, instead of going on with its default", () => {
        const message = "The policy's configuration sets outageHour, which it does not have. Did you mean outageHours?";
        const misspelled = { outageHour: 64 };
        assert.deepEqual(judgeResource("retention-covers-recovery", shardedStream({}), misspelled), violation(message));
        assert.deepEqual(
            judgeResource("capacity-covers-requirements", shardedStream({}), { shards: 3 }),
            violation("The policy's configuration sets shards, which it does not have. Remove it."),
        );
        const stream = view(awsStream, {});
        assert.deepEqual(judgeStack("stream-is-alarmed", [stream], { metric: [] }), [
            {
                urn: stream.urn,
                verdict: violation(
                    "The policy's configuration sets metric, which it does not have. Did you mean metrics?",
                ),
            },
        ]);
    });

    it("says nothing about resources that it does not know", () => {
        const bucket = view("aws:s3/bucket:Bucket", {});
        for (const name of policyNames) {
            assert.deepEqual(judgeResource(name, bucket), compliant);
            assert.deepEqual(judgeStack(name, [bucket]), []);
        }
    });
});

describe("requirements-are-known: what a preview does not know is said, and never passes silently", () => {
    it("passes a stream whose values are all known", () => {
        assert.deepEqual(judgeResource("requirements-are-known", shardedStream({})), compliant);
    });

    it("names each unknown value and each policy that waits for it", () => {
        const resource = shardedStream(
            { shardCount: 9, retentionHours: unknown("retentionHours") },
            { ...worked, writeMiBPerSecond: unknown("requirements.writeMiBPerSecond") },
        );
        assert.deepEqual(
            judgeResource("requirements-are-known", resource),
            violation(
                "This preview does not know requirements.writeMiBPerSecond, retentionHours yet; capacity-covers-requirements, enough-partition-keys, hottest-key-fits-a-shard, keys-cost-no-shards, polls-fit-a-shard, records-fit-the-stream, retention-covers-recovery, cheaper-capacity-mode cannot be checked yet. Declare a value that the preview knows, or let the update check it before it makes the resource.",
            ),
        );
    });

    it("speaks for raw streams too", () => {
        assert.deepEqual(
            judgeResource(
                "requirements-are-known",
                view(awsStream, { encryptionType: "KMS", shardCount: unknown("shardCount") }),
            ),
            violation(
                "This preview does not know shardCount yet; raw-stream-is-sized cannot be checked yet. Declare a value that the preview knows, or let the update check it before it makes the resource.",
            ),
        );
    });

    it("speaks for policies that look at the whole stack", () => {
        const stream = view(awsStream, { name: "orders" });
        const alarm = view(alarmTypes[0]!, {
            namespace: "AWS/Kinesis",
            metricName: unknown("metricName"),
            dimensions: { StreamName: "orders" },
        });
        const said = judgeStack("requirements-are-known", [stream, alarm]);
        assert.deepEqual(
            said.filter(({ verdict }) => verdict.verdict !== "compliant"),
            [
                {
                    urn: stream.urn,
                    verdict: violation(
                        "This preview does not know metricName yet; stream-is-alarmed cannot be checked yet. Declare a value that the preview knows, or let the update check it before it makes the resource.",
                    ),
                },
            ],
        );
    });

    it("leaves no unknown value of a judged property unsaid: some policy refuses, or this one speaks", () => {
        const leaf = fc.constantFrom(1, 5, undefined, "unknown");
        const args = fc.record({
            shardCount: leaf,
            retentionHours: leaf,
            minShards: leaf,
            maxShards: leaf,
            write: leaf,
            keys: leaf,
        });
        fc.assert(
            fc.property(
                args,
                fc.boolean(),
                ({ shardCount, retentionHours, minShards, maxShards, write, keys }, scaled) => {
                    const value = (leafValue: unknown, path: string) =>
                        leafValue === "unknown" ? unknown(path) : leafValue;
                    const props = {
                        shardCount: value(shardCount, "shardCount"),
                        retentionHours: value(retentionHours, "retentionHours"),
                        ...(scaled && {
                            scaling: {
                                minShards: value(minShards, "scaling.minShards"),
                                maxShards: value(maxShards, "scaling.maxShards"),
                            },
                        }),
                    };
                    const requirements = {
                        recordsPerSecond: 10,
                        writeMiBPerSecond: value(write ?? 1, "requirements.writeMiBPerSecond"),
                        distinctKeys: value(keys, "requirements.distinctKeys"),
                    };
                    const resource = shardedStream(props, requirements);
                    const verdicts = policyNames.map((name) => judgeResource(name, resource).verdict);
                    const judged = [shardCount, retentionHours, write, keys, ...(scaled ? [minShards, maxShards] : [])];
                    if (judged.includes("unknown"))
                        assert.ok(verdicts.at(-1) === "violation" || verdicts.slice(0, 5).includes("violation"));
                    else assert.ok(!verdicts.includes("cannot-tell"));
                },
            ),
            { numRuns: 80 },
        );
    });
});

describe("a policy never crashes", () => {
    const types = [
        shardedStreamType,
        streamAutoscalerType,
        consumerFunctionType,
        ...eventSourceMappingTypes,
        ...streamTypes,
        ...alarmTypes,
    ];
    const keys = [
        "requirements",
        "writeMiBPerSecond",
        "recordsPerSecond",
        "distinctKeys",
        "hottestKeyShare",
        "heaviestKeyShares",
        "explicitHashKeys",
        "shardCount",
        "processingMillisecondsPerRecord",
        "batchSize",
        "maximumRetryAttempts",
        "startingPosition",
        "eventSourceArn",
        "capacityMode",
        "scaling",
        "minShards",
        "maxShards",
        "consumers",
        "retentionHours",
        "encryptionType",
        "kmsKeyId",
        "streamEncryption",
        "streamModeDetails",
        "streamMode",
        "name",
        "namespace",
        "metricName",
        "statistic",
        "dimensions",
        "StreamName",
        "metricQueries",
        "metrics",
        "metric",
        "metricStat",
        "stat",
        "value",
    ];
    const leaf = fc.oneof(
        fc.constantFrom<unknown>(
            null,
            "",
            "4",
            "AWS/Kinesis",
            "IncomingBytes",
            "ON_DEMAND",
            "on-demand",
            "KMS",
            new Unknown("somewhere"),
        ),
        fc.double(),
        fc.integer({ min: -3, max: 30 }),
        fc.boolean(),
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
        value: fc.oneof(
            { depthSize: "small" },
            leaf,
            fc.array(tie("value"), { maxLength: 3 }),
            fc.dictionary(fc.constantFrom(...keys), tie("value"), { maxKeys: 6 }),
        ),
    }));
    const props = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 8 });

    it("whatever a resource's properties are", () => {
        fc.assert(
            fc.property(fc.array(fc.tuple(fc.constantFrom(...types), props), { maxLength: 4 }), (resources) => {
                const views = resources.map(([type, given], index) => view(type, given, { name: `r${index}` }));
                for (const name of policyNames) {
                    views.forEach((resource) => judgeResource(name, resource));
                    judgeStack(name, views);
                }
            }),
            { numRuns: 250 },
        );
    });
});

describe("a policy object", () => {
    /** As @pulumi/policy wraps properties: every access to an unknown value throws. */
    class UnknownValueError extends Error {
        readonly unknownTypeSentinel = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    }
    const throwing = (holder: object, key: string) =>
        new Proxy(holder, {
            get: (target, property) => {
                if (property === key) throw new UnknownValueError();
                return Reflect.get(target, property);
            },
        });

    it("reads around unknown values", () => {
        const props = {
            requirements: throwing({ writeMiBPerSecond: 0, recordsPerSecond: 9 }, "writeMiBPerSecond"),
            consumers: ["a"],
        };
        assert.deepEqual(snapshot(props), {
            requirements: { writeMiBPerSecond: new Unknown("requirements.writeMiBPerSecond"), recordsPerSecond: 9 },
            consumers: ["a"],
        });
    });

    it("lets no other error pass for an unknown value", () => {
        const props = Object.defineProperty({}, "shardCount", { enumerable: true, get: () => assert.fail("broken") });
        assert.throws(() => snapshot(props), /broken/);
    });

    it("reports a violation with its message, and its configuration over the defaults", () => {
        const policy = policiesByName["raw-stream-is-sized"] as ResourceValidationPolicy;
        const validate = policy.validateResource as (args: unknown, report: (message: string) => void) => void;
        const saidWith = (writeMiBPerSecond: number) => {
            const reported: string[] = [];
            const config = { requirements: { orders: { writeMiBPerSecond, recordsPerSecond: 10 } } };
            const args = {
                ...view(awsStream, { shardCount: 1 }),
                opts: { ignoreChanges: [] },
                getConfig: () => config,
            };
            validate(args, (message) => reported.push(message));
            return reported;
        };
        assert.deepEqual(saidWith(0.5), []);
        assert.deepEqual(saidWith(2), [
            "The declared 2 MiB/s and 10 records/s need at least 2 shards (writeBytes: 2 MiB/s written, 1 MiB/s a shard); shardCount deploys 1. Set shardCount to 2 or more; the plan recommends 3.",
        ]);
    });

    it("reports a stack's violation at the resource that it is about", () => {
        const stream = view(awsStream, { name: "orders" });
        const reported: unknown[] = [];
        (policiesByName["stream-is-alarmed"] as StackValidationPolicy).validateStack(
            {
                resources: [{ ...stream, opts: { ignoreChanges: [] }, dependencies: [], propertyDependencies: {} }],
                getConfig: () => ({ metrics: ["IncomingBytes"] }),
            } as never,
            (...said) => reported.push(said),
        );
        assert.deepEqual(reported, [
            [
                "No alarm of this stack watches IncomingBytes of the stream. Declare a MetricAlarm on it, with an action.",
                stream.urn,
            ],
        ]);
    });
});
