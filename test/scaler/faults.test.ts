/**
 * What AWS, other callers and bad luck do to a run, and what must hold whatever they do.
 */
import assert from "node:assert/strict";
import { uniformShards } from "../../capacity/replay/replay";
import fc from "fast-check";
import { type LedgerState } from "../../capacity/scaling/ledger";
import { type Clients } from "../../stream/clients";
import { awsPorts } from "../../scaler/wiring";
import { runScaler } from "../../scaler/run";
import { MetricsIncomplete } from "../../stream/load";
import { awsError, hourMs, minuteMs, World } from "./world";

const timeout = () => Object.assign(new Error("socket hang up"), { name: "TimeoutError" });

describe("when the unexpected happens within a run, the scaler", () => {
    it("ends quietly, and gives its lease back, when the stream is deleted while it waits", async () => {
        const world = new World(2);
        world.load(2);
        const ports = world.ports();
        const sleep = (ms: number) => {
            world.exists = false;
            return ports.sleep(ms);
        };
        const report = await runScaler({ ...ports, sleep }, world.environment({ minShards: 7 }), "run-1");
        assert.deepEqual(
            report.steps.map(({ outcome }) => outcome),
            ["acted", "stream-gone"],
        );
        assert.equal(world.ledger.state.lease, undefined);
    });

    it("makes its call once when the ledger's answer is lost but the reservation is written", async () => {
        const world = new World(2);
        world.load(3);
        const { write } = world.ledger;
        let lost = 0;
        world.ledger.write = async (key, next) => {
            const isWritten = await write.call(world.ledger, key, next);
            if (next.reshards.some(({ status }) => status === "reserved") && lost++ === 0) throw timeout();
            return isWritten;
        };
        const report = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        assert.deepEqual([report.steps.at(-1)!.outcome, world.calls], ["acted", ["update 4"]]);
        assert.deepEqual(
            world.ledger.state.reshards.map(({ status }) => status),
            ["called"],
        );
    });

    it("says so in its line, within Lambda's 90 seconds, when each call to the ledger is answered late", async () => {
        const world = new World(2);
        world.load(3);
        const startMs = world.nowMs;
        const late = <Args extends unknown[], Result>(method: (...args: Args) => Promise<Result>) => {
            const answer = method.bind(world.ledger);
            let attempts = 0;
            return (...args: Args): Promise<Result> => {
                if (++attempts % 4 === 0) return answer(...args);
                world.nowMs += 5_200;
                return Promise.reject(timeout());
            };
        };
        const { read, write, append } = world.ledger;
        Object.assign(world.ledger, { read: late(read), write: late(write), append: late(append) });
        const run = runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        await assert.rejects(run, { name: "ScalerFailure", message: /^The ledger .* socket hang up/ });
        assert.equal(world.lines.length, 1);
        assert.ok(world.nowMs - startMs < 70_000, `${world.nowMs - startMs}`);
        assert.deepEqual(world.calls, []);
    });

    for (const [title, fault, reshards] of [
        ["confirms its call", undefined, ["called"]],
        ["strikes its reservation out", awsError("ResourceInUseException"), []],
    ] as const) {
        it(`${title} although an operator pauses it in that second, and the pause stays`, async () => {
            const world = new World(2);
            world.load(3);
            const ports = world.ports();
            world.faults.update = [fault];
            const updateShardCount = (target: number) => {
                const { state, states } = world.ledger;
                const paused: LedgerState = { ...state, version: state.version + 1, paused: true };
                states.set([...states.keys()][0]!, paused);
                return ports.stream.updateShardCount(target);
            };
            const stream = { ...ports.stream, updateShardCount };
            await runScaler({ ...ports, stream }, world.environment({ peakShards: 8 }), "run-1");
            const { state } = world.ledger;
            assert.deepEqual([state.reshards.map(({ status }) => status), state.paused], [reshards, true]);
            assert.equal(state.lease, undefined);
        });
    }

    it("dates its call by AWS's answer although the machine's clock is set back within the run", async () => {
        const world = new World(2);
        world.load(3);
        const { nowMs } = world;
        const ports = world.ports();
        let reads = 0;
        const elapsedMs = () => (reads++ < 3 ? 0 : -hourMs);
        await runScaler({ ...ports, elapsedMs }, world.environment({ peakShards: 8 }), "run-1");
        assert.equal(world.ledger.state.reshards[0]!.atMs, nowMs);
    });

    it("does not call again while AWS still shows the stream as it was before the call", async () => {
        const world = new World(2);
        world.load(3);
        const before = world.shards;
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        world.status = "ACTIVE";
        world.shards = before;
        world.passes(20_000);
        const report = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-2");
        assert.deepEqual(
            report.steps.map(({ reason, message }) => ({ reason, message })),
            [
                {
                    reason: "stream-busy",
                    message: "The shards do not show the last call yet, 2 to 4; reshards are made one at a time.",
                },
            ],
        );
        assert.deepEqual(world.calls, ["update 4"]);
    });

    it("does not scale in, and says why, when CloudWatch gives no iterator age", async () => {
        const world = new World(8);
        world.load(1);
        world.faults.iteratorAge = Array.from({ length: 6 }, () => awsError("ThrottlingException"));
        const report = await runScaler(world.ports(), world.environment(), "run-1");
        assert.deepEqual([report.steps[0]!.reason, world.calls], ["metrics-missing", []]);
    });

    it("publishes an on-demand stream's open shards, not a target of none", async () => {
        const world = new World(4);
        world.capacityMode = "on-demand";
        await runScaler(world.ports(), world.environment(), "run-1");
        assert.deepEqual([world.lines[0]!.OpenShards, world.lines[0]!.TargetShards], [4, 4]);
    });

    it("publishes that no call is left while AWS refuses them", async () => {
        const world = new World(2);
        world.load(3);
        world.faults.update = [awsError("LimitExceededException", "10 times in 24 hours")];
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        assert.equal(world.lines[0]!.UpdateCallsLeft, 0);
        world.passes(hourMs);
        world.load(3);
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-2");
        assert.deepEqual(world.calls, ["update 4"]);
    });

    const rateExceeded = () => awsError("LimitExceededException", "Rate exceeded for stream orders");

    it("waits and calls again when the account calls too often in a second: nobody has spent the ten", async () => {
        const world = new World(2);
        world.load(3);
        world.faults.update = [rateExceeded()];
        const report = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        assert.deepEqual([report.steps[0]!.outcome, report.updateCallsLeft], ["acted", 9]);
        assert.deepEqual([world.calls, world.sleepsMs], [["update 4"], [100]]);
    });

    it("leaves the call to the next run when the account calls too often for ever, its budget untouched", async () => {
        const world = new World(2);
        world.load(3);
        world.faults.update = Array.from({ length: 6 }, rateExceeded);
        const report = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        assert.deepEqual([report.steps[0]!.outcome, report.updateCallsLeft], ["call-refused", 10]);
        assert.deepEqual([world.calls, world.sleepsMs.length], [[], 5]);
        const { reshards, updatesBlockedUntilMs, lease } = world.ledger.state;
        assert.deepEqual(
            { reshards, updatesBlockedUntilMs, lease },
            { reshards: [], updatesBlockedUntilMs: undefined, lease: undefined },
        );
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-2");
        assert.deepEqual(world.calls, ["update 4"]);
    });

    it("waits and splits again when splits come too often in a second", async () => {
        const world = new World(2);
        world.load(3, { refusedRecords: 9_000 });
        world.faults.update = [awsError("LimitExceededException", "10 times in 24 hours")];
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        world.passes(minuteMs);
        world.load(3, { refusedRecords: 9_000 });
        world.faults.split = [rateExceeded()];
        const report = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-2");
        assert.equal(report.steps[0]!.outcome, "acted");
        assert.equal(world.calls[0], "split shardId-000000000000");
    });

    it("shows a limit that it does not know as AWS words it, and leaves UpdateShardCount alone for a quarter of an hour", async () => {
        const world = new World(2);
        world.load(3);
        world.faults.update = [awsError("LimitExceededException", "No more of this")];
        const report = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        assert.match(report.steps[0]!.message, /^AWS refused the call \(LimitExceededException: No more of this\)\. /);
        assert.equal(world.ledger.state.updatesBlockedUntilMs, world.nowMs + 15 * minuteMs);
        world.passes(minuteMs);
        world.load(3);
        const next = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-2");
        assert.match(
            next.steps[0]!.message,
            /AWS refuses UpdateShardCount until about .*, saying "No more of this"\.$/,
        );
        world.passes(15 * minuteMs);
        world.load(3);
        world.faults.update = [awsError("LimitExceededException", "10 times in 24 hours")];
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-3");
        assert.equal(world.ledger.state.updatesBlockedSaying, undefined);
    });

    it("does not take a refused split for spent UpdateShardCount calls", async () => {
        const world = new World(2);
        world.load(3, { refusedRecords: 9_000 });
        world.faults.update = [awsError("LimitExceededException", "10 times in 24 hours")];
        world.faults.split = Array.from({ length: 6 }, () => awsError("LimitExceededException", "Too many requests"));
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        const blockedUntilMs = world.ledger.state.updatesBlockedUntilMs;
        world.passes(minuteMs);
        world.load(3, { refusedRecords: 9_000 });
        const report = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-2");
        assert.equal(report.steps[0]!.outcome, "call-refused");
        assert.equal(world.ledger.state.updatesBlockedUntilMs, blockedUntilMs);
    });

    it("changes nothing when CloudWatch answers InternalError for its metrics", async () => {
        const world = new World(8);
        world.faults.samples = Array.from(
            { length: 6 },
            () => new MetricsIncomplete("CloudWatch answered InternalError"),
        );
        const report = await runScaler(world.ports(), world.environment(), "run-1");
        assert.deepEqual(
            [report.steps[0]!.reason, report.steps[0]!.message, world.calls],
            [
                "metrics-missing",
                "CloudWatch gave no metrics (MetricsIncomplete); the 8 open shards stay as they are.",
                [],
            ],
        );
    });

    it("asks for all open shards at once, and for further pages by their token alone", async () => {
        const inputs: unknown[] = [];
        const [left, right] = shardsOfAws();
        const pages = [{ Shards: [left], NextToken: "next" }, { Shards: [right] }];
        const send = (command: { input: unknown }) => {
            inputs.push(command.input);
            return Promise.resolve(pages.shift());
        };
        const environment = new World(2).environment();
        const { stream } = awsPorts({ kinesis: { send } } as unknown as Clients, environment);
        assert.equal((await stream.openShards()).length, 2);
        assert.deepEqual(inputs, [
            { StreamARN: environment.streamArn, ShardFilter: { Type: "AT_LATEST" }, MaxResults: 10_000 },
            { NextToken: "next" },
        ]);
    });

    const summary = { StreamARN: "arn", StreamCreationTimestamp: new Date(0), StreamStatus: "ACTIVE" };
    for (const [StreamDescriptionSummary, missing] of [
        [undefined, "StreamDescriptionSummary"],
        [summary, "OpenShardCount and RetentionPeriodHours"],
    ] as const) {
        it(`concludes nothing from an answer of DescribeStreamSummary without ${missing}`, async () => {
            const send = () => Promise.resolve({ StreamDescriptionSummary });
            const clients = { kinesis: { send } } as unknown as Clients;
            const { stream } = awsPorts(clients, new World(2).environment());
            await assert.rejects(stream.describe(), {
                name: "AnswerIncomplete",
                message: `DescribeStreamSummary gave no ${missing}`,
            });
        });
    }

    const [left, right] = shardsOfAws();
    for (const [title, Shards] of [
        ["the lower half", [right]],
        ["the upper half", [left]],
        ["a shard in between", [{ ...left, HashKeyRange: { StartingHashKey: "0", EndingHashKey: "9" } }, right]],
    ] as const) {
        it(`concludes nothing from an answer of ListShards in which ${title} is missing`, async () => {
            const send = () => Promise.resolve({ Shards });
            const { stream } = awsPorts({ kinesis: { send } } as unknown as Clients, new World(2).environment());
            await assert.rejects(stream.openShards(), {
                name: "AnswerIncomplete",
                message: `ListShards gave ${Shards.length === 1 ? "1 open shard" : "2 open shards"}, which together do not cover all hash keys`,
            });
        });
    }
});

/** The open shards of a stream of two, as ListShards tells them. */
function shardsOfAws() {
    return uniformShards(2, 0).map(({ shardId, startingHashKey, endingHashKey }) => ({
        ShardId: shardId,
        HashKeyRange: { StartingHashKey: String(startingHashKey), EndingHashKey: String(endingHashKey) },
        SequenceNumberRange: { StartingSequenceNumber: "1" },
    }));
}

/** What may befall one run, and the load and the minutes until it. */
const event = fc.record({
    afterMinutes: fc.integer({ min: 1, max: 45 }),
    load: fc.constantFrom(0.5, 3, 6, 11, 20),
    refusedRecords: fc.constantFrom(0, 50_000),
    befalls: fc.constantFrom(
        "nothing",
        "nothing",
        "nothing",
        "two runs",
        "foreign update",
        "no answer, but made",
        "no answer, not made",
        "no answer, made late",
        "split by hand",
        "dies after reserving",
        "dies after calling",
        "ledger's answer lost",
        "spent elsewhere",
    ),
    updateSeconds: fc.constantFrom(10, 60, 600),
    lateMinutes: fc.integer({ min: 1, max: 6 }),
});

describe("whatever befalls its runs, the scaler", () => {
    it("never makes an eleventh call in 24 h, goes beyond twice or half, leaves its range, or calls unreserved", async () => {
        await fc.assert(
            fc.asyncProperty(fc.array(event, { minLength: 40, maxLength: 160 }), async (events) => {
                const world = new World(4);
                // What was done before the scaler's first sight is not known to it; AWS's refusal would tell.
                await runScaler(world.ports(), world.environment({ maxShards: 24 }), "first-sight");
                const madeMs: number[] = world.calls.map(() => world.nowMs);
                let late: { readonly atMs: number; readonly target: number }[] = [];
                for (const [
                    index,
                    { afterMinutes, load, refusedRecords, befalls, updateSeconds, lateMinutes },
                ] of events.entries()) {
                    const eventMs = world.nowMs + afterMinutes * minuteMs;
                    for (const { atMs, target } of late.filter((call) => call.atMs <= eventMs)) {
                        world.nowMs = Math.max(world.nowMs, atMs);
                        await arrives(world, target, madeMs);
                    }
                    late = late.filter((call) => call.atMs > eventMs);
                    world.nowMs = Math.max(world.nowMs, eventMs);
                    world.updateSeconds = updateSeconds;
                    world.load(load, { refusedRecords, minutes: 300 });
                    const ports = world.ports();
                    const isActive = (await ports.stream.describe()).status === "ACTIVE";
                    if (befalls === "foreign update" && isActive && madeIn24h(madeMs, world.nowMs) < 10) {
                        world.foreignUpdate(world.shards.length === 4 ? 5 : 4);
                        madeMs.push(world.nowMs);
                    }
                    if (befalls === "split by hand" && isActive && world.shards.length < 20) world.foreignSplit(0);
                    const updateShardCount = async (target: number) => {
                        const open = world.shards.length;
                        assert.equal((await ports.stream.describe()).status, "ACTIVE", "two acts at once");
                        const reserved = world.ledger.state.reshards.at(-1)!;
                        assert.deepEqual([reserved.status, reserved.to], ["reserved", target], "an unreserved call");
                        assert.ok(target <= 2 * open && target >= Math.ceil(open / 2), `${open} to ${target}`);
                        assert.ok(target <= 24 || target < open, `${target} is above the ceiling`);
                        assert.ok(target >= 2 || target > open, `${target} is below the floor`);
                        if (befalls === "no answer, not made") throw timeout();
                        if (befalls === "no answer, made late") {
                            late.push({ atMs: world.nowMs + lateMinutes * minuteMs, target });
                            throw timeout();
                        }
                        if (befalls === "spent elsewhere")
                            throw awsError("LimitExceededException", "10 times in 24 hours");
                        assert.ok(madeIn24h(madeMs, world.nowMs) < 10, "an eleventh call");
                        madeMs.push(world.nowMs);
                        await ports.stream.updateShardCount(target);
                        if (befalls === "no answer, but made") throw timeout();
                    };
                    const splitShard = async (shardId: string, at: string) => {
                        assert.equal((await ports.stream.describe()).status, "ACTIVE", "two acts at once");
                        await ports.stream.splitShard(shardId, at);
                    };
                    const broken: unknown[] = [];
                    const stream = {
                        ...ports.stream,
                        updateShardCount: (target: number) => watched(broken, updateShardCount(target)),
                        splitShard: (shardId: string, at: string) => watched(broken, splitShard(shardId, at)),
                    };
                    const given = { ...ports, stream };
                    const { write, append } = world.ledger;
                    let lost = 0;
                    world.ledger.write = async (key, next) => {
                        const last = next.reshards.at(-1)?.status;
                        if (befalls === "dies after calling" && last === "called") throw awsError("Killed");
                        const isWritten = await write.call(world.ledger, key, next);
                        if (befalls === "ledger's answer lost" && lost++ === 0) throw timeout();
                        return isWritten;
                    };
                    if (befalls === "dies after reserving")
                        world.ledger.append = () => Promise.reject(awsError("Killed"));
                    const ids = befalls === "two runs" ? [`run-${index}-a`, `run-${index}-b`] : [`run-${index}`];
                    const runs = ids.map((id) => runScaler(given, world.environment({ maxShards: 24 }), id));
                    await Promise.allSettled(runs);
                    if (broken.length > 0) throw broken[0];
                    world.ledger.write = write;
                    world.ledger.append = append;
                }
            }),
            { numRuns: 40 },
        );
    });
});

/** Remembers a law that a call broke: the protocol takes what is thrown at it for silence. */
function watched(broken: unknown[], call: Promise<void>): Promise<void> {
    return call.catch((error: unknown) => {
        if (error instanceof assert.AssertionError) broken.push(error);
        throw error;
    });
}

/** A call that the network held up: AWS takes it if the stream can be resharded so, and counts it, also where nothing changes. */
async function arrives(world: World, target: number, madeMs: number[]): Promise<void> {
    const { stream } = world.ports();
    const open = world.shards.length;
    const isLegal = target <= 2 * open && target >= Math.ceil(open / 2) && madeIn24h(madeMs, world.nowMs) < 10;
    if ((await stream.describe()).status !== "ACTIVE" || !isLegal) return;
    madeMs.push(world.nowMs);
    if (target !== open) await stream.updateShardCount(target);
}

function madeIn24h(madeMs: readonly number[], nowMs: number): number {
    return madeMs.filter((timeMs) => timeMs > nowMs - 24 * hourMs).length;
}
