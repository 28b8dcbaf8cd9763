/** What requirements may be, and what is said about those that are not. */
import assert from "node:assert/strict";
import { planCapacity } from "../../capacity/sizing/plan";
import { InvalidInputError } from "../../capacity/problems";
import { type Requirements } from "../../capacity/requirements";

function messagesOf(requirements: unknown): string[] {
    try {
        planCapacity(requirements as Requirements);
    } catch (error) {
        assert.ok(error instanceof InvalidInputError);
        assert.equal(error.message, `requirements: ${error.problems.map((problem) => problem.message).join("\n")}`);
        return error.problems.map((problem) => problem.message);
    }
    return [];
}

const load = { writeMiBPerSecond: 1, recordsPerSecond: 1 };

describe("malformed requirements are named with property, value, allowed range and fix", () => {
    const rows: readonly [title: string, requirements: unknown, messages: readonly string[]][] = [
        [
            "negative",
            { ...load, writeMiBPerSecond: -1 },
            [
                "writeMiBPerSecond: -1 is not allowed; it must be a number above 0, at most 100,000. Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes.",
            ],
        ],
        [
            "zero load",
            { ...load, recordsPerSecond: 0 },
            [
                "recordsPerSecond: 0 is not allowed; it must be a number above 0, at most 100,000,000. Declare the records per second written at peak.",
            ],
        ],
        [
            "NaN",
            { ...load, recordsPerSecond: Number.NaN },
            [
                "recordsPerSecond: NaN is not allowed; it must be a number above 0, at most 100,000,000. Declare the records per second written at peak.",
            ],
        ],
        [
            "infinite",
            { ...load, catchUpFactor: Infinity },
            [
                "catchUpFactor: Infinity is not allowed; it must be a number from 1 to 100. Declare 1 for consumers that only keep pace, 2 for consumers that read twice as fast as producers write.",
            ],
        ],
        [
            "a share above 1",
            { ...load, hottestKeyShare: 1.1 },
            [
                "hottestKeyShare: 1.1 is not allowed; it must be a number from 0 to 1. Declare a fraction: 0.05 for a key that carries 5 % of the load.",
            ],
        ],
        [
            "a fraction of a lane",
            { ...load, orderedLanes: 2.5 },
            [
                "orderedLanes: 2.5 is not allowed; it must be a whole number from 1 to 100,000. Declare the number of keys that must progress side by side.",
            ],
        ],
        [
            "more lanes than keys, of which each lane is one",
            { ...load, orderedLanes: 5, distinctKeys: 4 },
            [
                "orderedLanes: 5 is not allowed; it must be no more than the 4 distinctKeys. Each lane is a partition key of its own: declare at least as many distinctKeys, or fewer lanes.",
            ],
        ],
        ["as many lanes as keys", { ...load, orderedLanes: 4, distinctKeys: 4 }, []],
        [
            "lanes beside keys that are no count",
            { ...load, orderedLanes: 4, distinctKeys: 0 },
            [
                "distinctKeys: 0 is not allowed; it must be a whole number from 1 to 100,000,000,000. Declare the number of distinct partition keys; above 100,000,000,000 it makes no difference, so leave it out.",
            ],
        ],
        [
            "more lanes than the equal keys that spread like those that were measured",
            { ...load, orderedLanes: 5, distinctKeys: 4, heaviestKeyShares: [0.2] },
            [],
        ],
        [
            "10^12 MiB/s",
            { ...load, writeMiBPerSecond: 1e12 },
            [
                "writeMiBPerSecond: 1,000,000,000,000 is not allowed; it must be a number above 0, at most 100,000. Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes.",
            ],
        ],
        [
            "text",
            { ...load, headroom: "0.2" },
            [
                'headroom: "0.2" is not allowed; it must be a number from 0 to 10. Declare a fraction: 0.2 for 20 % more capacity than the minimum.',
            ],
        ],
        [
            "missing",
            { recordsPerSecond: 1 },
            [
                "writeMiBPerSecond: missing; it must be a number above 0, at most 100,000. Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes.",
            ],
        ],
        [
            "a record above 10 MiB",
            { ...load, maxRecordKiB: 10_241 },
            [
                "maxRecordKiB: 10,241 is not allowed; it must be a whole number from 1 to 10,240. Store a larger payload in S3 and write its key, or split the record.",
            ],
        ],
        [
            "just above 1",
            { ...load, hottestKeyShare: 1.0000001 },
            [
                "hottestKeyShare: 1.0000001 is not allowed; it must be a number from 0 to 1. Declare a fraction: 0.05 for a key that carries 5 % of the load.",
            ],
        ],
        [
            "a bigint",
            { ...load, orderedLanes: 4n },
            [
                "orderedLanes: 4 is not allowed; it must be a whole number from 1 to 100,000. Declare the number of keys that must progress side by side.",
            ],
        ],
        [
            "shares that are none, each with its place",
            { ...load, heaviestKeyShares: [0.2, 0, "0.1", 1.5] },
            [
                "heaviestKeyShares[1]: 0 is not allowed; it must be a number above 0, at most 1. Declare fractions, such as [0.12, 0.05]; `sharded-stream keys analyze FILE` measures them.",
                'heaviestKeyShares[2]: "0.1" is not allowed; it must be a number above 0, at most 1. Declare fractions, such as [0.12, 0.05]; `sharded-stream keys analyze FILE` measures them.',
                "heaviestKeyShares[3]: 1.5 is not allowed; it must be a number above 0, at most 1. Declare fractions, such as [0.12, 0.05]; `sharded-stream keys analyze FILE` measures them.",
            ],
        ],
        [
            "shares of more than all",
            { ...load, heaviestKeyShares: [0.6, 0.5] },
            [
                "heaviestKeyShares: [0.6,0.5] is not allowed; it must be at most 100 numbers above 0 that are at most 1 together. Declare fractions, such as [0.12, 0.05]; `sharded-stream keys analyze FILE` measures them.",
            ],
        ],
        [
            "one share instead of a list",
            { ...load, heaviestKeyShares: 0.2 },
            [
                "heaviestKeyShares: 0.2 is not allowed; it must be at most 100 numbers above 0 that are at most 1 together. Declare fractions, such as [0.12, 0.05]; `sharded-stream keys analyze FILE` measures them.",
            ],
        ],
        [
            "more shares than keys",
            { ...load, heaviestKeyShares: [0.2, 0.1], distinctKeys: 1 },
            [
                "heaviestKeyShares: [0.2,0.1] is not allowed; it must be no more shares than the 1 distinctKeys. Declare fractions, such as [0.12, 0.05]; `sharded-stream keys analyze FILE` measures them.",
            ],
        ],
        [
            "shares of all keys that leave most of the load to none",
            { ...load, heaviestKeyShares: [0.5, 0.48], distinctKeys: 2 },
            [
                "heaviestKeyShares: [0.5,0.48] is not allowed; it must be shares that are 1 together, of all 2 distinctKeys. Declare the shares of all keys, or in distinctKeys the other keys too.",
            ],
        ],
        [
            "a hottest key beside the measured ones",
            { ...load, heaviestKeyShares: [0.2], hottestKeyShare: 0.2 },
            [
                "heaviestKeyShares: [0.2] is not allowed; it must be without hottestKeyShare beside it. Remove hottestKeyShare: the first share is its.",
            ],
        ],
        [
            "text for a flag",
            { ...load, explicitHashKeys: "yes" },
            [
                'explicitHashKeys: "yes" is not allowed; it must be true or false. Declare true where producers send an ExplicitHashKey with each record.',
            ],
        ],
        [
            "no object",
            7,
            [
                "requirements: 7 is not allowed; it must be an object. Declare at least writeMiBPerSecond and recordsPerSecond.",
            ],
        ],
    ];
    for (const [title, requirements, messages] of rows)
        it(title, () => assert.deepEqual(messagesOf(requirements), messages));

    it("and none is an unknown one that is left out", () => {
        assert.deepEqual(messagesOf({ ...load, writeMibPerSecnd: undefined }), []);
        assert.deepEqual(messagesOf({ ...load, writeMibPerSecnd: null }), [
            messagesOf({ ...load, writeMibPerSecnd: 2 })[0]!.replace(": 2", ": null"),
        ]);
    });

    it("a mistyped name, with the name that was probably meant", () => {
        const [message] = messagesOf({ ...load, writeMibPerSecnd: 2 });
        assert.match(
            message ?? "",
            /^writeMibPerSecnd: 2 is not allowed; it must be one of .*\. Did you mean writeMiBPerSecond\?$/,
        );
    });

    it("a name that every object has is no requirement", () => {
        assert.match(messagesOf({ ...load, constructor: 1 })[0] ?? "", /^constructor: 1 is not allowed; /);
    });

    it("every problem at once, in the order of the properties", () => {
        const properties = [
            "writeMiBPerSecond",
            "recordsPerSecond",
            "orderedLanes",
            "distinctKeys",
            "hottestKeyShare",
            "heaviestKeyShares",
            "explicitHashKeys",
            "keysMayRaiseShards",
            "sharedConsumers",
            "pollsPerSecondPerConsumer",
            "fanOutConsumers",
            "catchUpFactor",
            "maxRecordKiB",
            "headroom",
        ];
        const messages = messagesOf(Object.fromEntries(properties.map((property) => [property, -1])));
        assert.deepEqual(
            messages.map((message) => message.split(":")[0]),
            properties,
        );
    });

    it("each boundary is allowed", () => {
        const least = {
            writeMiBPerSecond: 1e-6,
            recordsPerSecond: 1e-3,
            orderedLanes: 1,
            distinctKeys: 1,
            hottestKeyShare: 0,
            explicitHashKeys: false,
            keysMayRaiseShards: 1,
            sharedConsumers: 0,
            pollsPerSecondPerConsumer: 1e-3,
            fanOutConsumers: 0,
            catchUpFactor: 1,
            maxRecordKiB: 1,
            headroom: 0,
        };
        const most = {
            writeMiBPerSecond: 100_000,
            recordsPerSecond: 100_000_000,
            orderedLanes: 100_000,
            distinctKeys: 100_000_000_000,
            hottestKeyShare: 1,
            explicitHashKeys: true,
            keysMayRaiseShards: 100,
            sharedConsumers: 1_000,
            pollsPerSecondPerConsumer: 1_000,
            fanOutConsumers: 1_000,
            catchUpFactor: 100,
            maxRecordKiB: 10_240,
            headroom: 10,
        };
        assert.deepEqual(messagesOf(least), []);
        assert.deepEqual(messagesOf(most), []);
        const shares = new Array<number>(100).fill(0.01);
        assert.deepEqual(messagesOf({ ...load, heaviestKeyShares: [] }), []);
        assert.deepEqual(messagesOf({ ...load, heaviestKeyShares: shares, distinctKeys: 100 }), []);
        // Rounded to a percent.
        assert.deepEqual(messagesOf({ ...load, heaviestKeyShares: [0.5, 0.49], distinctKeys: 2 }), []);
    });
});
