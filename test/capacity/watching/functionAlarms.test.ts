/** What the alarms of a function that reads a stream tell someone who was woken by them, and what each one needs. */
import assert from "node:assert/strict";
import { type StreamFacts, windowOf } from "../../../capacity/watching/alarmRow";
import { alarmExists } from "../../../capacity/watching/alarms";
import {
    type FunctionAlarmName,
    functionAlarmNames,
    functionAlarmRows,
} from "../../../capacity/watching/functionAlarms";
import { withRunbook } from "../../../capacity/watching/runbook";

const facts: Partial<StreamFacts> = {
    functionName: "billing",
    retentionHours: 24,
    recordAgeSeconds: 82_800,
    functionTimeoutSeconds: 30,
    queueName: "billing-failures",
};

const said = (alarm: FunctionAlarmName, threshold?: number, given = facts) => {
    const row = functionAlarmRows[alarm];
    const from = threshold ?? row.threshold.default(given);
    return row.describe("orders", from, given, windowOf(row, {}, from, given));
};

describe("what an alarm on a function says", () => {
    const rows: [alarm: FunctionAlarmName, threshold: number | undefined, text: string][] = [
        [
            "functionBehind",
            undefined,
            "The function billing is more than 11.5 hours behind orders; it loses records that are 23 hours old. Look at its errors and throttles first; if it works and is too slow, raise its parallelizationFactor, or its batchSize where a batch costs more than its records. If that takes longer than is left, raise the stream's retentionHours and the function's maximumRecordAgeSeconds first.",
        ],
        [
            "functionSilent",
            undefined,
            "Records come in to orders, and the function billing was not invoked for more than 20 minutes. Look at its event source mapping (aws lambda list-event-source-mappings): it is disabled, or says why it cannot read. Nothing is lost as long as the stream keeps the records; once it is repaired it goes on where it was.",
        ],
        [
            "functionFailing",
            undefined,
            "The function billing fails on records of orders, for 15 minutes now: each batch is tried again, and its shard waits. The log group /aws/lambda/billing says why. A record that always fails is given up after its retries.",
        ],
        [
            "functionFailing",
            5,
            "The function billing fails on records of orders, more than 5 times in 5 minutes, for 15 minutes now: each batch is tried again, and its shard waits. The log group /aws/lambda/billing says why. A record that always fails is given up after its retries.",
        ],
        [
            "functionThrottled",
            undefined,
            "Lambda refuses to invoke billing for records of orders, for 15 minutes now: its reserved concurrency or the account's is used up, and its shards wait. Give it a reserved concurrency of shards times parallelizationFactor, or ask for a higher quota.",
        ],
        [
            "recordsGivenUp",
            undefined,
            "Records of orders were given up by the function billing: messages in the queue billing-failures. Each names a shard and sequence numbers, not the records: read them from the stream before it forgets them, 24 hours after they were written. The alarm ends when the queue is empty.",
        ],
        [
            "recordsGivenUp",
            9,
            "Records of orders were given up by the function billing: more than 9 messages in the queue billing-failures. Each names a shard and sequence numbers, not the records: read them from the stream before it forgets them, 24 hours after they were written. The alarm ends when the queue is empty.",
        ],
    ];
    for (const [alarm, threshold, text] of rows) {
        it(`${alarm}${threshold === undefined ? "" : ` above ${threshold}`}`, () =>
            assert.equal(said(alarm, threshold), text));
    }

    it("counts the periods that are enough, where those are not all", () => {
        const settings = { evaluationPeriods: 6, datapointsToAlarm: 2 };
        const beginnings: [alarm: FunctionAlarmName, beginning: string][] = [
            [
                "functionSilent",
                "Records come in to orders, and the function billing was not invoked in 2 of the last 6 periods of 10 minutes. Look",
            ],
            [
                "functionThrottled",
                "Lambda refuses to invoke billing for records of orders, in 2 of the last 6 periods of 5 minutes: its",
            ],
        ];
        for (const [alarm, beginning] of beginnings) {
            const row = functionAlarmRows[alarm];
            const text = row.describe("orders", 0, facts, windowOf(row, settings, 0, facts));
            assert.equal(text.slice(0, beginning.length), beginning);
        }
    });

    it("is short enough for CloudWatch, whatever things are called", () => {
        const long = { ...facts, functionName: "f".repeat(64), queueName: "q".repeat(80) };
        for (const alarm of functionAlarmNames)
            assert.ok(withRunbook(alarm, said(alarm, undefined, long)).length + 128 <= 1_024, alarm);
    });
});

describe("an alarm on a function", () => {
    it("exists where what it needs is given: the one on what was given up needs a queue", () => {
        const existing = (given: Partial<StreamFacts>) =>
            functionAlarmNames.filter((alarm) => alarmExists(alarm, new Set(Object.keys(given)) as never, false));
        assert.deepEqual(existing(facts), functionAlarmNames);
        const { queueName, ...others } = facts;
        assert.ok(queueName);
        assert.deepEqual(existing(others), [
            "functionBehind",
            "functionSilent",
            "functionFailing",
            "functionThrottled",
        ]);
    });
});
