/**
 * A scaler, as its alarms see it: what the component declares is put into the sandbox, and what arrives at the topic on a clock that the test
 * moves is told. Each scaler is one case; all of them share the hours.
 */
import assert from "node:assert/strict";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { Aws } from "../../engine/providers/aws";
import { StandInProvider } from "../../engine/providers/provider";
import { tables } from "../../engine/providers/tables";
import { StreamAutoscaler, type StreamAutoscalerArgs } from "../../index";
import { minutes, startCloud, startMs, type TestCloud } from "../sandbox/cloud";
import { run } from "./mocks";

const topicArn = "arn:aws:sns:us-east-1:123456789012:oncall";
const lastMinute = 420;

type When = (minute: number) => boolean;
const always: When = () => true;
const until =
    (end: number): When =>
    (minute) =>
        minute < end;
const every =
    (many: number): When =>
    (minute) =>
        minute % many === 0;

/** What happens in each minute. */
interface Case {
    readonly title: string;
    readonly runs?: When;
    readonly fails?: When;
    readonly alarms?: StreamAutoscalerArgs["alarms"];
    /** What arrives, OK at the start left out: minute, state and alarm. */
    readonly told: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
    well: { title: "one that runs is not told", runs: always, told: [] },
    dead: {
        title: "one that runs no more is told once, ten minutes after the hour that it may be silent",
        runs: until(130),
        told: ["200 INSUFFICIENT_DATA ScalerSilent"],
    },
    patient: {
        title: "and after more hours where they are set",
        runs: until(130),
        alarms: { scalerSilent: { threshold: 4 } },
        told: ["380 INSUFFICIENT_DATA ScalerSilent"],
    },
    hourly: { title: "one that runs once an hour is not told", runs: every(60), told: [] },
    unborn: { title: "nor one that never ran: its alarm is as it began", told: [] },
    failing: {
        title: "one that fails is told in a minute, and when it works",
        runs: always,
        fails: (minute) => minute >= 30 && minute < 40,
        told: ["31 ALARM ScalerFailing", "45 OK ScalerFailing"],
    },
};

describe("a scaler, on its alarms", () => {
    let cloud: TestCloud;

    before(async () => {
        cloud = await startCloud({ limitsCallRates: false });
        await cloud.sns.send(new CreateTopicCommand({ Name: "oncall" }));
        for (const [name, one] of Object.entries(cases)) await put(name, one);
        for (let minute = 1; minute < lastMinute; minute++) {
            await cloud.clock.advance(minutes(1));
            for (const [name, one] of Object.entries(cases)) happen(name, one, minute);
        }
    });
    after(() => cloud.stop());

    /** Puts the alarms into the sandbox that the component declares. */
    const put = async (name: string, { alarms }: Case) => {
        const streamArn = `arn:aws:kinesis:us-east-1:123456789012:stream/${name}`;
        const args = { streamName: name, streamArn, minShards: 2, maxShards: 8, topicArn, alarms };
        const declared = await run(() => new StreamAutoscaler(name, args));
        const provider = new StandInProvider(tables.aws, new Aws(cloud.sandbox));
        for (const { type, name: child, inputs } of declared.registered) {
            if (type === "aws:cloudwatch/metricAlarm:MetricAlarm")
                await provider.create(`urn:pulumi:test::shop::${type}::${child}`, inputs as never, false);
        }
        provider.aws.close();
    };

    const happen = (name: string, { runs, fails }: Case, minute: number) => {
        if (!runs?.(minute)) return;
        const record = (namespace: string, metricName: string, dimensions: Record<string, string>, value: number) =>
            cloud.cloud.store.record({
                namespace,
                metricName,
                dimensions,
                value,
                unit: "Count",
                timeMs: cloud.clock.nowMs(),
            });
        record("ShardedStream", "OpenShards", { StreamName: name }, 2);
        record("AWS/Lambda", "Errors", { FunctionName: `${name}-scaler` }, fails?.(minute) ? 1 : 0);
    };

    for (const [name, { title, told }] of Object.entries(cases)) {
        it(title, () => {
            const lines = cloud.cloud.sns.published.flatMap(({ subject, timeMs }) => {
                const [, state, stream, alarm] = /^(\w+): "(.*?)-(.*?)"/.exec(subject ?? "")!;
                const minute = (timeMs - startMs) / 60_000;
                return stream !== name || (state === "OK" && minute < 25) ? [] : [`${minute} ${state} ${alarm}`];
            });
            assert.deepEqual(lines, told);
        });
    }
});
