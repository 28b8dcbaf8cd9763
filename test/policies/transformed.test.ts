/** What a transform of a ShardedStream's own arguments shows policies is not what is deployed: it is refused by its parts, which are told that. */
import assert from "node:assert/strict";
import { streamAlarmsType } from "../../capacity/pulumiNames";
import { judgeResource, type ResourceView } from "../../policies/policies";
import { shardedStreamType, streamAutoscalerType, Unknown } from "../../policies/resources";
import { cannotTell, compliant, shardedStream, tests, view, violation, worked } from "./views";

/** A part as its ShardedStream has told it, and that one as policies are shown it. */
const part = (type: string, told: object, shown: object, requirements: object = worked): ResourceView => {
    const component = shardedStream(shown, requirements);
    const name = type === streamAlarmsType ? "orders" : "orders-scaler";
    return view(type, told, { name, parent: component.urn, component });
};
const alarms = (shown: object, told: object = {}, requirements: object = worked) =>
    part(
        streamAlarmsType,
        { requirements: worked, shardCount: 5, retentionHours: 24, scaled: false, ...told },
        shown,
        requirements,
    );
const scaler = (shown: object, minShards: unknown, maxShards: unknown) =>
    part(streamAutoscalerType, { minShards, maxShards }, { scaling: shown });
const scaled = { scaled: true, shardCount: undefined };

const changed = (names: string, them = names.includes(" and ") ? "them" : "it") =>
    violation(
        `A transform of orders changes ${names}: policies are shown what it leaves, and the resources inside are not made from that. Set ${names} in the program, and let no transform of the ShardedStream change ${them}.`,
    );

describe("a transform hides no argument of a ShardedStream from policies", () => {
    tests("capacity-covers-requirements", [
        ["passes what its alarms are told as it is shown", alarms({}), compliant],
        ["whatever holds nothing", alarms({ consumers: null, shardCount: null, retentionHours: undefined }), compliant],
        ["and a number that is a text", alarms({ shardCount: "5", retentionHours: "24" }), compliant],
        [
            "and the consumers that the requirements leave out",
            alarms(
                { consumers: ["billing"] },
                { consumers: ["billing"], requirements: { ...worked, fanOutConsumers: 1 } },
            ),
            compliant,
        ],
        ["and an on-demand stream", alarms({ capacityMode: "on-demand" }, { shardCount: undefined }), compliant],
        ["and a scaled one", alarms({ scaling: {} }, scaled), compliant],
        [
            "and a held one, which tells what it has",
            alarms({ hold: true }, { shardCount: 9, retentionHours: 48 }),
            compliant,
        ],
        ["refuses a smaller load", alarms({}, {}, { ...worked, writeMiBPerSecond: 0.5 }), changed("requirements")],
        [
            "and one less requirement",
            alarms({}, {}, { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 }),
            changed("requirements"),
        ],
        ["and one more", alarms({}, {}, { ...worked, keysMayRaiseShards: 1 }), changed("requirements")],
        ["refuses another count", alarms({ shardCount: 7 }), changed("shardCount")],
        ["but none that is taken away: of that the stream speaks", alarms({}, { shardCount: 2 }), compliant],
        ["refuses another mode", alarms({ capacityMode: "on-demand" }), changed("capacityMode")],
        ["and one that is taken away", alarms({}, { shardCount: undefined }), changed("capacityMode")],
        ["refuses a scaler that is taken away", alarms({}, scaled), changed("scaling")],
        ["and one that is there for policies alone", alarms({ scaling: {} }), changed("scaling")],
        [
            "refuses consumers that are taken away, and a longer retention, in one message",
            alarms(
                { retentionHours: 168 },
                { consumers: ["billing"], requirements: { ...worked, fanOutConsumers: 1 } },
            ),
            changed("requirements and consumers and retentionHours"),
        ],
        ["passes the range of the scaler as it is shown", scaler({ minShards: 4, maxShards: 8 }, 4, 8), compliant],
        ["and the planned one", scaler({}, 4, 10), compliant],
        ["refuses a higher ceiling", scaler({ minShards: 4, maxShards: 8 }, 4, 3), changed("scaling.maxShards")],
        ["and a range that is taken away", scaler({}, 2, 3), changed("scaling.minShards and scaling.maxShards")],
        [
            "cannot tell what the ShardedStream was given and the preview does not know",
            alarms({}, { requirements: new Unknown("requirements") }),
            cannotTell("requirements"),
        ],
        [
            "leaves what policies are shown as not known to those who judge it",
            alarms(
                { shardCount: new Unknown("shardCount"), retentionHours: new Unknown("retentionHours") },
                { requirements: new Unknown("requirements"), shardCount: new Unknown("shardCount"), retentionHours: 1 },
                { ...worked, recordsPerSecond: new Unknown("requirements.recordsPerSecond") },
            ),
            compliant,
        ],
        [
            "says nothing of alarms that a program attaches to it",
            { ...alarms({ shardCount: 7 }), urn: `urn:pulumi:dev::shop::${streamAlarmsType}::more` },
            compliant,
        ],
        ["nor of those without one", view(streamAlarmsType, { requirements: worked }), compliant],
        [
            "nor of what its own ignoreChanges hide, which the ShardedStream says",
            {
                ...alarms({}),
                component: view(shardedStreamType, { requirements: {} }, { ignoreChanges: ["requirements"] }),
            },
            compliant,
        ],
        ["nor of what its alarms ignore", { ...alarms({ shardCount: 7 }), ignoreChanges: ["shardCount"] }, compliant],
    ]);

    it("shows no secret", () => {
        const seen = alarms({}, {}, { ...worked, writeMiBPerSecond: 7.77 });
        const secrets = ["requirements.writeMiBPerSecond"];
        const verdict = judgeResource("capacity-covers-requirements", {
            ...seen,
            secrets,
            component: { ...seen.component!, secrets },
        });
        assert.deepEqual(
            verdict,
            violation(
                "What violates this policy follows from secrets (requirements.writeMiBPerSecond), so it is not shown. Preview with plain values in their place to see it, and the smallest change that passes.",
            ),
        );
    });
});
