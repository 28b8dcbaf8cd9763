/**
 * A function that reads a stream, as its alarms see it: what the component declares is put into the sandbox, and what arrives at the topic on
 * a clock that the test moves is told. Each function is one case; all of them share the hours.
 */
import assert from "node:assert/strict";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { Aws } from "../../engine/providers/aws";
import { StandInProvider } from "../../engine/providers/provider";
import { tables } from "../../engine/providers/tables";
import { StreamConsumerFunction } from "../../index";
import { minutes, startCloud, startMs, type TestCloud } from "../sandbox/cloud";
import { run } from "./mocks";

const topicArn = "arn:aws:sns:us-east-1:123456789012:oncall";
const lastMinute = 85;

type When = (minute: number) => boolean;
const always: When = () => true;
const from =
    (first: number, end = Infinity): When =>
    (minute) =>
        minute >= first && minute < end;
const every =
    (many: number, at = 0): When =>
    (minute) =>
        minute % many === at;

/** What happens in each minute. */
interface Case {
    readonly title: string;
    readonly writes?: When;
    readonly runs?: When;
    readonly fails?: When;
    readonly isThrottled?: When;
    /** It is half a day behind when it runs. */
    readonly isBehind?: When;
    /** Its queue has a message. */
    readonly gaveUp?: When;
    /** Default: 30. */
    readonly timeoutSeconds?: number;
    /** What arrives, OK at the start left out: minute, state and alarm. */
    readonly told: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
    well: { title: "one that works is not told", writes: always, runs: always, told: [] },
    dead: {
        title: "one that is not invoked any more while records come in is told once, 20 minutes later",
        writes: always,
        runs: from(0, 40),
        told: ["60 ALARM Silent"],
    },
    unborn: {
        title: "so is one that never was, sooner, since it is known to nobody as alive: its mapping cannot read",
        writes: from(30),
        told: ["41 ALARM Silent"],
    },
    paused: {
        title: "and one that goes on is told as well",
        writes: always,
        runs: (minute) => minute < 40 || minute >= 80,
        told: ["60 ALARM Silent", "81 OK Silent"],
    },
    idle: { title: "one without records is not", told: [] },
    sparse: {
        title: "nor one that is invoked five minutes after a record every half hour",
        writes: every(30, 9),
        runs: every(30, 14),
        told: [],
    },
    blocked: {
        title: "one that fails for a quarter of an hour is told, though the others of its shards work",
        writes: always,
        runs: always,
        fails: from(30, 60),
        told: ["41 ALARM Failing", "65 OK Failing"],
    },
    hung: {
        title: "so is one that hangs: it fails no more often than its timeout of 15 minutes and a back-off allow",
        writes: always,
        runs: every(16, 4),
        fails: always,
        timeoutSeconds: 900,
        told: ["37 ALARM Failing"],
    },
    once: { title: "one that failed once is not", writes: always, runs: always, fails: from(30, 31), told: [] },
    throttled: {
        title: "one that Lambda refuses to invoke is told, and then that it is not invoked",
        writes: always,
        runs: from(0, 30),
        isThrottled: from(30),
        told: ["41 ALARM Throttled", "50 ALARM Silent"],
    },
    behind: {
        title: "one that is behind and dies is told, and no OK comes",
        writes: always,
        runs: from(0, 60),
        isBehind: from(30, 60),
        told: ["36 ALARM Behind", "80 ALARM Silent"],
    },
    gaveUp: {
        title: "what was given up is told in a minute, until the queue is empty",
        writes: always,
        runs: always,
        gaveUp: from(30, 50),
        told: ["31 ALARM GivenUp", "51 OK GivenUp"],
    },
};

describe("a function that reads a stream, on its alarms", () => {
    let cloud: TestCloud;

    before(async () => {
        cloud = await startCloud({ limitsCallRates: false });
        await cloud.sns.send(new CreateTopicCommand({ Name: "oncall" }));
        for (const [name, { timeoutSeconds = 30 }] of Object.entries(cases)) await put(name, timeoutSeconds);
        for (let minute = 1; minute < lastMinute; minute++) {
            await cloud.clock.advance(minutes(1));
            for (const [name, one] of Object.entries(cases)) happen(name, one, minute);
        }
    });
    after(() => cloud.stop());

    /** Puts the alarms into the sandbox that the component declares. */
    const put = async (name: string, functionTimeoutSeconds: number) => {
        const stream = `arn:aws:kinesis:us-east-1:123456789012:stream/${name}`;
        const failureQueueArn = `arn:aws:sqs:us-east-1:123456789012:${name}`;
        const args = {
            stream,
            function: name,
            failureQueueArn,
            functionTimeoutSeconds,
            notifications: { topicArn },
        };
        const declared = await run(() => new StreamConsumerFunction(name, args));
        const provider = new StandInProvider(tables.aws, new Aws(cloud.sandbox));
        for (const { type, name: child, inputs } of declared.registered) {
            if (type.startsWith("aws:cloudwatch/"))
                await provider.create(`urn:pulumi:test::shop::${type}::${child}`, inputs as never, false);
        }
        provider.aws.close();
    };

    const happen = (name: string, one: Case, minute: number) => {
        const record = (namespace: string, metricName: string, dimension: string, value: number) =>
            cloud.cloud.store.record({
                namespace,
                metricName,
                dimensions: { [dimension]: name },
                value,
                unit: metricName === "IteratorAge" ? "Milliseconds" : "Count",
                timeMs: cloud.clock.nowMs(),
            });
        if (one.writes?.(minute)) record("AWS/Kinesis", "IncomingRecords", "StreamName", 7);
        if (one.runs?.(minute)) {
            record("AWS/Lambda", "Invocations", "FunctionName", 3);
            record("AWS/Lambda", "Errors", "FunctionName", one.fails?.(minute) ? 1 : 0);
            record("AWS/Lambda", "IteratorAge", "FunctionName", one.isBehind?.(minute) ? 43_200_000 : 100);
        }
        if (one.isThrottled?.(minute)) record("AWS/Lambda", "Throttles", "FunctionName", 1);
        const waiting = one.gaveUp?.(minute) ? 1 : 0;
        record("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", waiting);
    };

    for (const [name, { title, told }] of Object.entries(cases)) {
        it(title, () => {
            const lines = cloud.cloud.sns.published.flatMap(({ subject, timeMs }) => {
                const [, state, alarm] = /^(\w+): "(.*?)-[0-9a-f]{8}"/.exec(subject ?? "")!;
                const minute = (timeMs - startMs) / 60_000;
                const word = alarm!.split(`${name}-Function/${name}/`)[1];
                return word === undefined || (state === "OK" && minute < 25) ? [] : [`${minute} ${state} ${word}`];
            });
            assert.deepEqual(lines, told);
        });
    }
});
