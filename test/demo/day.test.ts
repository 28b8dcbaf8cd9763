/** A day is booked to its end, whatever its length is, and each alarm with its stream. */
import assert from "node:assert/strict";
import { CreateStreamCommand } from "@aws-sdk/client-kinesis";
import { streamOfAlarm } from "../../demo/charts";
import { type Moment, playDay } from "../../demo/day";
import { type DeployedStream } from "../../demo/streams";
import { Aws } from "../../engine/providers/aws";
import { ManualClock, startSandbox } from "../../sandbox/index";

const streamOf = (name: string): DeployedStream => ({
    name,
    region: "us-east-1",
    onDemand: false,
    plannedShards: 1,
    declared: undefined,
    load: {
        peakRecordsPerSecond: 10,
        recordBytes: 100,
        recordsPerSecondPerShard: 1_000,
        recordsPerSent: 100,
        sentPerStep: 3,
        sentBytes: 100,
    },
});

describe("a day that is played", () => {
    async function moments(minutes: number, stopAfter = Infinity): Promise<Moment[]> {
        const clock = new ManualClock();
        const sandbox = await startSandbox({ clock });
        try {
            const aws = new Aws(sandbox);
            await aws.kinesis.send(new CreateStreamCommand({ StreamName: "orders", ShardCount: 1 }));
            await clock.advance(60_000);
            const startMs = clock.nowMs();
            const stop = new AbortController();
            const seen: Moment[] = [];
            const passing = clock.advance.bind(clock);
            clock.advance = async (ms) => {
                await passing(ms);
                if (clock.nowMs() >= startMs + stopAfter * 60_000) stop.abort();
            };
            await playDay({
                clock,
                aws,
                streams: [streamOf("orders")],
                keys: undefined,
                day: {
                    startMs,
                    endMs: startMs + minutes * 60_000,
                    points: [{ timeMs: startMs, load: 1 }],
                    column: "load",
                    skippedRows: 0,
                },
                signal: stop.signal,
                onMoment: ([moment]) => void seen.push(moment!),
                onAlarm: () => undefined,
            });
            return seen;
        } finally {
            await sandbox.stop();
        }
    }
    const booked = (seen: readonly Moment[]) => seen.map(({ acceptedRecords, hours }) => [acceptedRecords, hours * 60]);

    for (const [title, minutes, stopAfter, wanted] of [
        [
            "in whole moments",
            10,
            Infinity,
            [
                [3_000, 5],
                [3_000, 5],
            ],
        ],
        [
            "with its last minutes",
            9,
            Infinity,
            [
                [3_000, 5],
                [2_400, 4],
            ],
        ],
        [
            "as far as it came before it was interrupted",
            60,
            7,
            [
                [3_000, 5],
                [1_200, 2],
            ],
        ],
    ] as const)
        it(`is booked ${title}`, async () => assert.deepEqual(booked(await moments(minutes, stopAfter)), wanted));
});

describe("an alarm in the charts of a day", () => {
    const rows: readonly [alarm: string, stream: string | undefined][] = [
        ["orders-throttled", "orders"],
        ["orders-eu-throttled", "orders-eu"],
        ["budget", undefined],
    ];
    for (const [alarm, stream] of rows) {
        it(`${alarm} is about ${stream ?? "any stream"}`, () =>
            assert.equal(streamOfAlarm(alarm, ["orders", "orders-eu", "clicks"]), stream));
    }
});
