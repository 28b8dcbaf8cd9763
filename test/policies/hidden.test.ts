/** What a component's own ignoreChanges hide from policies. */
import assert from "node:assert/strict";
import { judgeStack } from "../../policies/policies";
import { consumerFunctionType, streamAutoscalerType } from "../../policies/resources";
import { awsStream, childStream, compliant, shardedStream, tests, view, violation } from "./views";

const hidden = (name: string, named: string) =>
    violation(
        `ignoreChanges of ${name} names ${named}, so that policies are shown what the last deployment was given, not what this one deploys. Take ${named} out of its ignoreChanges: of a component it reaches none of the resources inside.`,
    );

describe("a component lets policies see what it deploys", () => {
    const ignoring = (...ignoreChanges: string[]) => ({ ...shardedStream({}), ignoreChanges });
    tests("capacity-covers-requirements", [
        ["so none may ignore its requirements", ignoring("requirements"), hidden("orders", "requirements")],
        [
            "nor a part of them",
            ignoring("requirements.writeMiBPerSecond", '["shardCount"]'),
            hidden("orders", 'requirements.writeMiBPerSecond and ["shardCount"]'),
        ],
        ["nor everything", ignoring("*"), hidden("orders", "*")],
        [
            "whatever its mode was",
            { ...shardedStream({ capacityMode: "on-demand" }), ignoreChanges: ["capacityMode"] },
            hidden("orders", "capacityMode"),
        ],
        ["while nobody judges its tags", ignoring("tags", "tags.owner", "dashboard"), compliant],
        [
            "and the stream inside says it no second time",
            { ...childStream(awsStream, { shardCount: 1 }), component: ignoring("requirements") },
            compliant,
        ],
    ]);
    tests("functions-keep-up", [
        [
            "nor may a function",
            view(consumerFunctionType, {}, { name: "billing", ignoreChanges: ["batchSize"] }),
            hidden("billing", "batchSize"),
        ],
    ]);

    it("nor the scaler that a raw stream's shards depend on", () => {
        const stream = view(awsStream, { name: "orders", shardCount: 1 }, { ignoreChanges: ["shardCount"] });
        const range = { streamName: "orders", minShards: 1, maxShards: 8 };
        const scaler = view(streamAutoscalerType, range, { name: "scaler", ignoreChanges: ["maxShards"] });
        const config = { requirements: { orders: { writeMiBPerSecond: 2, recordsPerSecond: 800 } } };
        assert.deepEqual(
            judgeStack("raw-stream-is-sized", [stream, scaler], config).map(({ verdict }) => verdict),
            [hidden("scaler", "maxShards")],
        );
    });
});
