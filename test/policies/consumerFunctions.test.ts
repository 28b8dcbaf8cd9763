/** functions-keep-up: what is said about a function that reads a stream, and about a mapping of the program's own. */
import assert from "node:assert/strict";
import { type ResourceValidationPolicy, type StackValidationPolicy } from "@pulumi/policy";
import { judgeStack, policiesByName, type ResourceView, type Verdict } from "../../policies/policies";
import { consumerFunctionType, consumerTypes, eventSourceMappingTypes } from "../../policies/resources";
import {
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

const [awsMapping, nativeMapping] = eventSourceMappingTypes as [string, string];
const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const fn = (args: object) => view(consumerFunctionType, { stream: streamArn, function: "billing", ...args });
const mapping = (args: object, more = {}) =>
    view(awsMapping, { eventSourceArn: streamArn, startingPosition: "LATEST", ...args }, more);
const endless = violation(
    "The event source mapping retries a record that always fails without end, whatever its age: its shard waits until the records behind it are lost, and nobody is told which. Set maximumRetryAttempts, maximumRecordAgeInSeconds and destinationConfig.onFailure, or let a StreamConsumerFunction make the mapping.",
);
const slow = { requirements: worked, shardCount: 5, processingMillisecondsPerRecord: 4 };
/** The mapping that a StreamConsumerFunction makes, as it is deployed. */
const made = (args: object, declared: object = slow, more: object = {}) =>
    mapping(
        { eventSourceArn: streamArn, ...args },
        {
            urn: `urn:pulumi:dev::shop::${consumerFunctionType}$${awsMapping}::billing`,
            component: fn(declared),
            ...more,
        },
    );
const asPlanned = {
    batchSize: 100,
    parallelizationFactor: 2,
    maximumRetryAttempts: 100,
    maximumRecordAgeInSeconds: 82_800,
};
const cannotKeepUp =
    "2,500 records/s come from 5 shards; 5 invocations at once handle 1,250, 100 records in 400 ms each. Set parallelizationFactor to 2, open 10 shards instead of 5, or process a record in at most 2 ms.";

describe("functions-keep-up", () => {
    tests("functions-keep-up", [
        ["passes a function of which nothing is declared", fn({}), compliant],
        ["passes a function that the plan has sized", fn(slow), compliant],
        ["refuses a factor that is too small", fn({ ...slow, parallelizationFactor: 1 }), violation(cannotKeepUp)],
        ["takes a number that is a text, as providers do", fn({ ...slow, parallelizationFactor: "2" }), compliant],
        [
            "says all that it finds",
            fn({
                ...slow,
                parallelizationFactor: 1,
                functionTimeoutSeconds: 900,
                maximumRecordAgeSeconds: 604_800,
                maximumRetryAttempts: -1,
            }),
            violation(
                `${cannotKeepUp} A record that always fails is retried without end, until it is 604,800 seconds old; the stream keeps it for 24 hours. Its shard waits until the records behind it are lost, and nobody is told which. Set maximumRecordAgeSeconds to 82,800 or less, or set maximumRetryAttempts to 89 or less.`,
            ),
        ],
        ["leaves what is malformed to the program", fn({ ...slow, batchSize: 0, parallelizationFactor: 1 }), compliant],
        [
            "cannot tell where the requirements are not known",
            fn({ ...slow, requirements: { ...worked, recordsPerSecond: unknown("requirements.recordsPerSecond") } }),
            cannotTell("requirements.recordsPerSecond"),
        ],
        [
            "cannot tell where a setting is not known",
            fn({ ...slow, batchSize: unknown("batchSize") }),
            cannotTell("batchSize"),
        ],
        ["refuses a mapping with AWS's defaults", mapping({}), endless],
        [
            "refuses a mapping that says them",
            mapping({ maximumRetryAttempts: -1, maximumRecordAgeInSeconds: -1 }),
            endless,
        ],
        ["refuses one on a fan-out consumer", mapping({ eventSourceArn: `${streamArn}/consumer/billing:1` }), endless],
        [
            "refuses one of the aws-native provider",
            view(nativeMapping, { eventSourceArn: streamArn, startingPosition: "LATEST" }),
            endless,
        ],
        ["passes retries with an end", mapping({ maximumRetryAttempts: 100 }), compliant],
        ["passes an age with an end", mapping({ maximumRecordAgeInSeconds: 3_600 }), compliant],
        [
            "passes a mapping on a table",
            mapping({ eventSourceArn: "arn:aws:dynamodb:us-east-1:123456789012:table/a/stream/b" }),
            compliant,
        ],
        [
            "passes a mapping on a queue whose ARN is not known",
            mapping({ eventSourceArn: unknown("eventSourceArn"), startingPosition: undefined }),
            compliant,
        ],
        [
            "cannot tell of what stream one is",
            mapping({ eventSourceArn: unknown("eventSourceArn") }),
            cannotTell("eventSourceArn"),
        ],
        ["passes the mapping that a StreamConsumerFunction makes", made(asPlanned), compliant],
        [
            "refuses what a transform made of it",
            made({ ...asPlanned, parallelizationFactor: 1 }),
            violation(
                "2,500 records/s come from 5 shards; 5 invocations at once handle 1,250, 100 records in 400 ms each. Let no transform change the event source mapping: the StreamConsumerFunction sets what it declares.",
            ),
        ],
        [
            "and retries to which it took the end, which it ignores as well",
            made({ parallelizationFactor: 2 }, slow, { ignoreChanges: ["maximumRetryAttempts"] }),
            violation(
                "A record that always fails is retried without end, whatever its age; the stream keeps it for 24 hours. Its shard waits until the records behind it are lost, and nobody is told which. Let no transform change the event source mapping, and take maximumRetryAttempts out of its ignoreChanges: the StreamConsumerFunction sets what it declares.",
            ),
        ],
        [
            "leaves to the StreamConsumerFunction what it says itself",
            made({ ...asPlanned, parallelizationFactor: 1 }, { ...slow, parallelizationFactor: 1 }),
            compliant,
        ],
        [
            "cannot tell what its mapping is while that is not known",
            made({ ...asPlanned, batchSize: unknown("batchSize") }),
            cannotTell("batchSize"),
        ],
        [
            "leaves the mapping of a StreamConsumerFunction that it was not shown",
            mapping({}, { urn: `urn:pulumi:dev::shop::${consumerFunctionType}$${awsMapping}::billing` }),
            compliant,
        ],
    ]);
});

describe("functions-keep-up: the plan of a stream counts the functions that share its reads", () => {
    const streamOf = (requirements: object) =>
        childStream(awsStream, { name: "orders" }, { component: shardedStream({}, requirements) });
    const stream = streamOf(worked);
    const reader = (name: string, eventSourceArn: unknown = streamArn, sources: readonly string[] = []) =>
        view(awsMapping, { eventSourceArn }, { name, propertyDependencies: { eventSourceArn: sources } });
    const consumer = view(consumerTypes[0]!, { name: "audit", streamArn }, { name: "audit" });
    const shared = (says: string, names: string) =>
        violation(
            `${names.split(", ").length} functions of this stack share the reads of the stream (${names}); requirements.sharedConsumers ${says}, and the plan makes no room for more. Set requirements.sharedConsumers to ${names.split(", ").length} or more, with those that are no functions, or give a function a registered consumer of its own.`,
        );
    const rows: readonly [title: string, resources: readonly ResourceView[], verdicts: readonly Verdict[]][] = [
        ["passes one function and nothing declared", [stream, reader("billing")], [compliant]],
        ["warns of two", [stream, reader("billing"), reader("search")], [shared("is by default 1", "billing, search")]],
        [
            "counts none that is switched off",
            [
                stream,
                reader("billing"),
                view(awsMapping, { eventSourceArn: streamArn, enabled: false }, { name: "old" }),
            ],
            [compliant],
        ],
        [
            "passes as many as are declared",
            [streamOf({ ...worked, sharedConsumers: 2 }), reader("billing"), reader("search")],
            [compliant],
        ],
        [
            "warns of one more",
            [streamOf({ ...worked, sharedConsumers: 2 }), reader("a"), reader("b"), reader("c")],
            [shared("declares 2", "a, b, c")],
        ],
        [
            "warns of a single one where none is declared",
            [streamOf({ ...worked, sharedConsumers: 0 }), reader("billing")],
            [
                violation(
                    "1 function of this stack shares the reads of the stream (billing); requirements.sharedConsumers declares 0, and the plan makes no room for more. Set requirements.sharedConsumers to 1 or more, with those that are no functions, or give a function a registered consumer of its own.",
                ),
            ],
        ],
        [
            "knows them before their ARNs are, by what those were computed from",
            [
                childStream(awsStream, { name: unknown("name") }, { component: shardedStream({}) }),
                reader("billing", unknown("eventSourceArn"), [stream.urn]),
                reader("search", unknown("eventSourceArn"), [stream.urn]),
            ],
            [shared("is by default 1", "billing, search")],
        ],
        [
            "does not count one that reads as a registered consumer, known or not, nor one of another stream",
            [
                stream,
                consumer,
                reader("billing"),
                reader("audit", `${streamArn}/consumer/audit:1`),
                reader("audit-to-be", unknown("eventSourceArn"), [stream.urn, consumer.urn]),
                reader("other", `${streamArn}-other`),
            ],
            [compliant],
        ],
        [
            "cannot tell while the declaration is not known",
            [streamOf({ ...worked, sharedConsumers: unknown("requirements.sharedConsumers") }), reader("billing")],
            [cannotTell("requirements.sharedConsumers")],
        ],
        ["has nothing to say of a stream that is no ShardedStream's", [view(awsStream, {}), reader("billing")], []],
    ];
    for (const [title, resources, verdicts] of rows) {
        it(title, () =>
            assert.deepEqual(
                judgeStack("functions-keep-up", resources).map(({ verdict }) => verdict),
                verdicts,
            ),
        );
    }

    it("is shown declaration, stream and mappings by Pulumi", () => {
        const { validateResource, validateStack } = policiesByName["functions-keep-up"] as StackValidationPolicy &
            ResourceValidationPolicy;
        const shown = (resource: ResourceView, parent?: string) => ({
            ...resource,
            opts: { ignoreChanges: [], ...(parent !== undefined && { parent }) },
            propertyDependencies: {},
            getConfig: () => ({}),
        });
        const declared = shardedStream({}, { ...worked, sharedConsumers: 2 });
        const reported: unknown[] = [];
        const report = (...said: unknown[]) => reported.push(said);
        (validateResource as (args: unknown, report: unknown) => void)(shown(declared), report);
        // A component's inputs are not shown again.
        const resources = [
            shown({ ...declared, props: {} }),
            shown(stream, declared.urn),
            ...["a", "b", "c"].map((name) => shown(reader(name))),
        ];
        void validateStack({ resources, getConfig: () => ({}) } as never, report as never);
        assert.deepEqual(reported, [[(shared("declares 2", "a, b, c") as { message: string }).message, stream.urn]]);
    });
});
