/** What `status` shows of what it may see, and says of what it cannot know: no zero that nobody measured, no scaler that nobody asked. */
import assert from "node:assert/strict";
import { type LedgerState } from "../../capacity/scaling/ledger";
import { look } from "../../cli/statusLook";
import { statusResult } from "../../cli/statusText";
import { LedgerFailure } from "../../stream/ledger";
import { awsError, hourMs, minuteMs, World } from "../scaler/world";
import { contextOf, someFile, worldLive } from "./worldLive";

async function statusOf(
    world: World,
    ledger?: Parameters<typeof worldLive>[1],
): Promise<{ readonly document: Record<string, unknown>; readonly text: string }> {
    const { document, text } = statusResult(await look(worldLive(world, ledger), contextOf()));
    return { document: document as Record<string, unknown>, text: text(someFile) };
}

const late = "Until 11:58 UTC: CloudWatch's metrics are one to two minutes late.";

describe("status knows that metrics are late", () => {
    it("right after the first records of a new stream: the load is not known, and not zero", async () => {
        const world = new World(4);
        world.createdMs = world.nowMs - 40_000;
        const { document, text } = await statusOf(world);
        const { load, utilization, lastHourUtilization, loadUntil, metricsProblem, monthlyCost } = document;
        const problem =
            "CloudWatch's metrics are one to two minutes late, and the stream is not older. Look again in two minutes.";
        assert.deepEqual(
            { load, utilization, lastHourUtilization, loadUntil, metricsProblem, monthlyCost },
            {
                load: null,
                utilization: null,
                lastHourUtilization: null,
                loadUntil: null,
                metricsProblem: problem,
                monthlyCost: 43.8,
            },
        );
        assert.ok(text.includes(`The load is not known: ${problem}`), text);
        assert.match(text, /About \$43\.80 a month before anything is written/);
    });

    it("right after the first records in hours: says until when nothing was written", async () => {
        const { document, text } = await statusOf(new World(4));
        assert.equal(document.loadUntil, "2026-11-02T11:58:00.000Z");
        const silent =
            "Nothing was written in the last five of these minutes; what was written since is not shown yet.";
        assert.ok(text.includes(`${late} ${silent}`), text);
    });

    it("under load: a newest minute that is not there yet is not averaged in as zero", async () => {
        const world = new World(4);
        world.load(2, { untilMs: world.nowMs - 2 * minuteMs });
        const { document, text } = await statusOf(world);
        const { fiveMinutes } = document.utilization as Record<string, unknown>;
        assert.deepEqual(fiveMinutes, { average: 0.5, maximum: 0.5 });
        assert.ok(text.includes(`${late}\n`), text);
        world.load(2, { untilMs: world.nowMs - minuteMs });
        assert.equal((await statusOf(world)).document.loadUntil, "2026-11-02T11:59:00.000Z");
    });
});

describe("status counts utilization with the widest shard", () => {
    it("which is full first", async () => {
        const world = new World(4);
        const [first, second, third, fourth] = world.shards as [never, never, never, never];
        const wide = { ...(first as object), endingHashKey: (second as { endingHashKey: bigint }).endingHashKey };
        world.shards = [wide, third, fourth] as typeof world.shards;
        world.load(1);
        const { document, text } = await statusOf(world);
        assert.deepEqual((document.utilization as Record<string, unknown>).fiveMinutes, { average: 0.5, maximum: 0.5 });
        assert.ok(
            text.includes(
                "Their ranges are uneven: the widest, shardId-000000000000, has 50 % of the hash keys, an even one has 33.3 %. It is full first, so the 3 take what 2 even ones would. Utilization is counted so. sharded-stream scale orders to 3 tells the way to even ones.",
            ),
            text,
        );
    });

    it("but on an on-demand stream, whose shards AWS cuts by load", async () => {
        const world = new World(4);
        world.capacityMode = "on-demand";
        const [first, second, ...others] = world.shards;
        world.shards = [{ ...first!, endingHashKey: second!.endingHashKey }, ...others];
        world.load(1.5);
        const { document, text } = await statusOf(world);
        assert.deepEqual((document.utilization as Record<string, unknown>).fiveMinutes, { average: 0.5, maximum: 0.5 });
        assert.doesNotMatch(text, /uneven/);
    });
});

describe("status shows what it may see, where", () => {
    const denied = (action: string) => awsError("AccessDeniedException", `not authorized to perform: ${action}`);

    it("the ledger may not be looked for: whether a scaler is paused is not known", async () => {
        const world = new World(4);
        world.load(2);
        const { document, text } = await statusOf(world, () => {
            throw new LedgerFailure("of orders", "found", denied("kinesis:ListTagsForStream"));
        });
        const problem =
            "ledger of orders: AccessDeniedException: not authorized to perform: kinesis:ListTagsForStream. Ask for kinesis:ListTagsForStream on the stream, or use another AWS_PROFILE.";
        const { scaler, openShards, updateCallsSource } = document;
        assert.deepEqual(
            { scaler, openShards, updateCallsSource },
            {
                scaler: { ledgerTable: null, paused: null, problem },
                openShards: 4,
                updateCallsSource: "shard history",
            },
        );
        assert.ok(
            text.endsWith(`Not known: whether a scaler is there or paused, its calls, its decisions. ${problem}`),
            text,
        );
    });

    it("CloudWatch is denied: the load is not known", async () => {
        const world = new World(4);
        world.faults.samples = [denied("cloudwatch:GetMetricData")];
        const { document, text } = await statusOf(world);
        assert.deepEqual([document.load, document.openShards, document.monthlyCost], [null, 4, null]);
        assert.match(text, /The load is not known: metrics: AccessDeniedException: .*cloudwatch:GetMetricData/);
    });

    it("the stream's history is denied: the pause is known all the same", async () => {
        const world = new World(4);
        world.load(2);
        const live = worldLive(world);
        Object.assign(live.clients, { dynamoDb: { send: () => Promise.reject(denied("dynamodb:Query")) } });
        const key = `arn:aws:kinesis:us-east-1:123456789012:stream/orders#${new Date(world.createdMs).toISOString()}`;
        const state: LedgerState = { version: 1, writtenMs: world.nowMs - hourMs, reshards: [], paused: true };
        world.ledger.states.set(key, state);
        const { document, text } = statusResult(await look(live, contextOf()));
        const { paused, problem } = (document as { scaler: { paused: boolean; problem: string } }).scaler;
        assert.equal(paused, true);
        assert.match(problem, /^history in orders-ledger: AccessDeniedException: .*dynamodb:Query/);
        assert.match(text(someFile), /Not known: the last decisions\. history in orders-ledger/);
        assert.match(text(someFile), /The scaler is paused/);
    });
});
