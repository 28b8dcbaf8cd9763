/** One run of the scaler: what it reserves, calls, writes and says, and what it leaves alone. */
import assert from "node:assert/strict";
import { runScaler } from "../../scaler/run";
import { awsError, hourMs, midnightMs, minuteMs, World } from "./world";

const streamKey = "arn:aws:kinesis:us-east-1:123456789012:stream/orders#2026-10-03T00:00:00.000Z";

describe("a run of the scaler", () => {
    it("reserves a call, writes the history, makes the call, and gives the lease back", async () => {
        const world = new World(2);
        world.load(3);
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");

        assert.deepEqual(world.calls, ["update 4"]);
        assert.deepEqual(world.ledger.state, {
            version: 3,
            writtenMs: world.nowMs,
            sight: { openShards: 2, newestShardNumber: 1 },
            reshards: [{ id: "run-1-1", kind: "update", from: 2, to: 4, atMs: world.nowMs, status: "called" }],
        });
        assert.deepEqual(world.ledger.entries, [
            {
                streamKey,
                atMs: world.nowMs,
                id: "run-1-1",
                kind: "update",
                from: 2,
                to: 4,
                reason: "load-rises",
                message: "The load of 3 shards needs 3.59 with room for its noise; 2 are open: to 4.",
                by: "scaler",
            },
        ]);
    });

    it("says in one line what it did and why, with its metrics in embedded metric format", async () => {
        const world = new World(2);
        world.load(3);
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");

        assert.equal(world.lines.length, 1);
        const step = {
            outcome: "acted",
            reason: "load-rises",
            message: "The load of 3 shards needs 3.59 with room for its noise; 2 are open: to 4.",
            action: { kind: "update", targetShardCount: 4 },
            numbers: {
                openShards: 2,
                effectiveShards: 2,
                loadShards: 3,
                neededShards: 3.588,
                refusedPercent: 0,
                updateCallsLeft: 10,
            },
        };
        assert.deepEqual(world.lines[0], {
            _aws: {
                Timestamp: world.nowMs,
                CloudWatchMetrics: [
                    {
                        Namespace: "ShardedStream",
                        Dimensions: [["StreamName"]],
                        Metrics: [
                            { Name: "OpenShards", Unit: "Count" },
                            { Name: "TargetShards", Unit: "Count" },
                            { Name: "UpdateCallsLeft", Unit: "Count" },
                        ],
                    },
                ],
            },
            StreamName: "orders",
            OpenShards: 2,
            TargetShards: 4,
            UpdateCallsLeft: 9,
            outcome: "acted",
            reason: "load-rises",
            message: step.message,
            steps: [step],
        });
    });

    it("goes on within a run when one call may not go far enough", async () => {
        const world = new World(2);
        world.updateSeconds = 15;
        world.load(2);
        await runScaler(world.ports(), world.environment({ minShards: 7 }), "run-1");
        assert.deepEqual(world.calls, ["update 4", "update 7"]);
        assert.equal(world.ledger.state.lease, undefined);
    });

    it("goes on in the next run when the stream is not ACTIVE in time", async () => {
        const world = new World(2);
        world.updateSeconds = 180;
        world.load(2);
        await runScaler(world.ports(), world.environment({ minShards: 7 }), "run-1");
        world.passes(3 * minuteMs);
        await runScaler(world.ports(), world.environment({ minShards: 7 }), "run-2");
        assert.deepEqual(world.calls, ["update 4", "update 7"]);
    });

    it("asks for the iterator age only before scaling in, and waits for readers that are behind", async () => {
        const world = new World(8);
        world.load(1);
        world.iteratorAgeMs = 30 * minuteMs;
        const behind = await runScaler(world.ports(), world.environment(), "run-1");
        assert.deepEqual(
            behind.steps.map(({ outcome, reason }) => ({ outcome, reason })),
            [{ outcome: "nothing", reason: "consumers-behind" }],
        );
        world.iteratorAgeMs = 0;
        await runScaler(world.ports(), world.environment(), "run-2");
        assert.deepEqual(world.calls, ["update 4"]);
    });

    for (const [title, pause] of [
        ["by its environment", { paused: true }],
        ["through the ledger", {}],
    ] as const) {
        it(`observes and calls nothing while it is paused ${title}`, async () => {
            const world = new World(2);
            world.load(3);
            if (!("paused" in pause))
                world.ledger.states.set(streamKey, { version: 1, writtenMs: 0, reshards: [], paused: true });

            const report = await runScaler(world.ports(), world.environment({ peakShards: 8, ...pause }), "run-1");
            assert.equal(report.steps[0]!.outcome, "paused");
            assert.deepEqual(report.steps[0]!.action, { kind: "update", targetShardCount: 4 });
            assert.deepEqual(world.calls, []);
            assert.equal(world.lines[0]!.OpenShards, 2);
        });
    }

    it("writes nothing to the ledger in a dry run", async () => {
        const world = new World(2);
        world.load(3);
        const report = await runScaler(world.ports(), world.environment({ peakShards: 8, dryRun: true }), "run-1");
        assert.equal(report.steps[0]!.outcome, "dry-run");
        assert.deepEqual([world.calls, world.ledger.states.size, world.ledger.entries], [[], 0, []]);
    });

    it("needs one ledger read and no write where nothing changes", async () => {
        const world = new World(4);
        world.load(2.5);
        await runScaler(world.ports(), world.environment(), "run-1");
        const { version } = world.ledger.state;
        world.passes(minuteMs);
        world.load(2.5);
        await runScaler(world.ports(), world.environment(), "run-2");
        assert.equal(world.ledger.state.version, version);
    });
});

describe("when something goes wrong, the scaler", () => {
    it("lets one of two invocations at once act; the other leaves", async () => {
        const world = new World(2);
        world.load(3);
        await runScaler(world.ports(), world.environment({ dryRun: true }), "warm-up");
        const reports = await Promise.all(
            ["run-1", "run-2"].map((id) => runScaler(world.ports(), world.environment({ peakShards: 8 }), id)),
        );
        assert.deepEqual(world.calls, ["update 4"]);
        assert.deepEqual(reports.map((report) => report.steps.at(-1)!.outcome).sort(), ["acted", "another-run"]);
    });

    it("keeps a call counted when a run dies between reserving and calling, and acts again after its lease", async () => {
        const world = new World(2);
        world.load(3);
        const ports = world.ports();
        const died = new Error("the process was killed");
        world.ledger.append = () => Promise.reject(died);
        await assert.rejects(runScaler(ports, world.environment({ peakShards: 8 }), "run-1"));
        delete (world.ledger as Partial<typeof world.ledger>).append;
        assert.deepEqual(world.calls, []);

        world.passes(minuteMs);
        world.load(3);
        const meanwhile = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-2");
        assert.equal(meanwhile.steps[0]!.outcome, "another-run");

        world.passes(2 * minuteMs);
        world.load(3);
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-3");
        assert.deepEqual(world.calls, ["update 4"]);
        assert.deepEqual(
            world.ledger.state.reshards.map(({ id, status }) => ({ id, status })),
            [
                { id: "run-1-1", status: "reserved" },
                { id: "run-3-1", status: "called" },
            ],
        );
        assert.equal(world.lines.at(-1)!.UpdateCallsLeft, 8);
    });

    it("keeps a call counted that AWS did not answer, and fails so that the alarm tells", async () => {
        const world = new World(2);
        world.load(3);
        world.faults.update = [Object.assign(new Error("socket hang up"), { name: "TimeoutError" })];
        await assert.rejects(runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1"), {
            name: "ScalerFailure",
            message:
                "The call was not answered (TimeoutError: socket hang up); it stays counted until the stream shows that it was not made.",
        });
        assert.deepEqual(
            world.ledger.state.reshards.map(({ status }) => status),
            ["reserved"],
        );
        assert.equal(world.lines[0]!.outcome, "failed");
    });

    it("calls nothing without its ledger, still publishes the open shards, and fails so that the alarm tells", async () => {
        const world = new World(2);
        world.load(3);
        world.ledger.unavailable = awsError("ResourceNotFoundException", "Requested resource not found");
        const message =
            "The ledger orders-scaler-ledger cannot be read (ResourceNotFoundException: Requested resource not found); without it no call is made.";
        await assert.rejects(runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1"), {
            name: "ScalerFailure",
            message,
        });
        assert.deepEqual(world.calls, []);
        assert.deepEqual(
            [world.lines[0]!.outcome, world.lines[0]!.message, world.lines[0]!.OpenShards],
            ["failed", message, 2],
        );
    });

    it("waits for a random time between attempts when AWS throttles the account", async () => {
        const world = new World(4);
        world.load(2.5);
        world.faults.describe = [awsError("LimitExceededException"), awsError("ThrottlingException")];
        const report = await runScaler(world.ports(), world.environment(), "run-1");
        assert.equal(report.steps[0]!.outcome, "nothing");
        assert.deepEqual(world.sleepsMs, [100, 200]);
    });

    it("changes nothing when CloudWatch keeps throttling it", async () => {
        const world = new World(8);
        world.faults.samples = Array.from({ length: 6 }, () => awsError("ThrottlingException"));
        const report = await runScaler(world.ports(), world.environment(), "run-1");
        assert.deepEqual(
            report.steps.map(({ outcome, reason, message }) => ({ outcome, reason, message })),
            [
                {
                    outcome: "nothing",
                    reason: "metrics-missing",
                    message: "CloudWatch gave no metrics (ThrottlingException); the 8 open shards stay as they are.",
                },
            ],
        );
    });

    it("does not scale in on metrics that are late, and takes six hours of silence for idleness", async () => {
        const world = new World(8);
        world.load(1, { untilMs: world.nowMs - 3 * hourMs });
        const late = await runScaler(world.ports(), world.environment(), "run-1");
        assert.equal(late.steps[0]!.reason, "metrics-late");
        world.passes(3 * hourMs);
        await runScaler(world.ports(), world.environment(), "run-2");
        assert.deepEqual(world.calls, ["update 4"]);
    });

    it("goes by AWS's clock, and calls nothing while the ledger is ahead of it", async () => {
        const world = new World(2);
        world.load(3);
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        world.passes(-2 * hourMs);
        world.status = "ACTIVE";
        world.load(9);
        const report = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-2");
        assert.equal(report.steps[0]!.reason, "clock-went-back");
        assert.deepEqual(world.calls, ["update 4"]);
    });

    it("strikes its reservation out when somebody else reshards first", async () => {
        const world = new World(2);
        world.load(3);
        world.faults.update = [awsError("ResourceInUseException", "Stream orders is UPDATING")];
        const report = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        assert.equal(report.steps[0]!.outcome, "stream-busy");
        assert.deepEqual(world.ledger.state.reshards, []);
        assert.equal(world.ledger.state.lease, undefined);
    });

    it("stops asking for an hour after a foreign caller has spent the calls, and splits while records are refused", async () => {
        const world = new World(2);
        world.load(3, { refusedRecords: 9_000 });
        world.faults.update = [awsError("LimitExceededException", "UpdateShardCount was called 10 times in 24 hours")];
        const first = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        assert.equal(first.steps[0]!.outcome, "call-refused");
        assert.equal(world.ledger.state.updatesBlockedUntilMs, world.nowMs + hourMs);

        world.passes(minuteMs);
        world.load(3, { refusedRecords: 9_000 });
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-2");
        assert.deepEqual(world.calls.slice(0, 1), ["split shardId-000000000000"]);
    });

    it("stops growing for a quarter of an hour when the account's shard quota is reached", async () => {
        const world = new World(2);
        world.load(3);
        world.faults.update = [
            awsError(
                "LimitExceededException",
                "This request would exceed the shard limit for the account 123456789012.",
            ),
        ];
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        world.passes(minuteMs);
        world.load(3);
        const blocked = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-2");
        assert.deepEqual([blocked.steps[0]!.reason, world.calls], ["shard-quota", []]);
        world.passes(15 * minuteMs);
        world.load(3);
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-3");
        assert.deepEqual(world.calls, ["update 4"]);
    });

    for (const minutes of [5, 15]) {
        it(`counts calls of others that came back to its own count, ${minutes} minutes later, and tells the history`, async () => {
            const world = new World(4);
            world.load(6);
            const environment = world.environment({ maxShards: 32, peakShards: 16 });
            await runScaler(world.ports(), environment, "run-1");
            world.foreignUpdate(16);
            world.foreignUpdate(8);
            world.passes(minutes * minuteMs);
            world.load(6);
            const report = await runScaler(world.ports(), environment, "run-2");
            assert.deepEqual([world.calls, report.updateCallsLeft], [["update 8"], 7]);
            assert.deepEqual(
                world.ledger.entries.slice(1).map(({ from, to, message }) => ({ from, to, message })),
                [
                    {
                        from: 8,
                        to: 8,
                        message:
                            "Somebody else took the stream away from 8 shards and back; counted as 2 UpdateShardCount calls.",
                    },
                ],
            );
        });
    }

    it("counts a foreign reshard as calls and tells the history", async () => {
        const world = new World(4);
        world.load(3.2);
        await runScaler(world.ports(), world.environment(), "run-1");
        world.foreignUpdate(5);
        world.passes(minuteMs);
        world.load(3.2);
        const report = await runScaler(world.ports(), world.environment(), "run-2");
        assert.equal(report.updateCallsLeft, 9);
        assert.equal(report.steps[0]!.foreignReshards, 1);
        assert.equal(
            world.ledger.entries[0]!.message,
            "Somebody else took the stream from 4 to 5 shards; counted as an UpdateShardCount call.",
        );
    });

    it("counts no call for splits and merges by hand, and tells the history", async () => {
        const world = new World(6);
        world.load(4);
        await runScaler(world.ports(), world.environment({ paused: true }), "run-1");
        world.foreignSplit(0);
        world.foreignSplit(3);
        world.foreignMerge(6);
        world.passes(minuteMs);
        world.load(4);
        const report = await runScaler(world.ports(), world.environment({ paused: true }), "run-2");
        assert.equal(report.updateCallsLeft, 10);
        assert.deepEqual(
            world.ledger.entries.map(({ kind, message, by }) => ({ kind, message, by })),
            [
                {
                    kind: "foreign",
                    message:
                        "Somebody else took the stream from 6 to 7 shards by 2 splits and 1 merge; none of the UpdateShardCount calls is counted for it.",
                    by: "unknown",
                },
            ],
        );
    });

    it("never makes an eleventh call in a rolling 24 hours, whoever made the ten", async () => {
        const world = new World(2);
        const madeMs: number[] = [];
        for (let hour = 0; hour < 72; hour++) {
            world.load(hour % 2 === 0 ? 1 : 12, { minutes: 180 });
            world.status = "ACTIVE";
            if (hour % 5 === 0) {
                world.foreignUpdate(world.shards.length === 4 ? 5 : 4);
                madeMs.push(world.nowMs);
            }
            const before = world.calls.length;
            await runScaler(world.ports(), world.environment({ maxShards: 12, peakShards: 12 }), `run-${hour}`);
            for (let call = before; call < world.calls.length; call++) {
                madeMs.push(world.nowMs);
                const inADay = madeMs.filter((timeMs) => timeMs > world.nowMs - 24 * hourMs);
                assert.ok(inADay.length <= 10, `hour ${hour}: ${inADay.length} calls`);
            }
            world.passes(hourMs);
        }
        assert.ok(world.calls.length >= 12, `${world.calls.length} calls in three days`);
    });

    it("ends quietly when the stream is deleted", async () => {
        const world = new World(2);
        world.exists = false;
        const report = await runScaler(world.ports(), world.environment(), "run-1");
        assert.deepEqual(report, {
            steps: [
                {
                    outcome: "stream-gone",
                    message: "The stream orders does not exist; remove its scaler, or create it again.",
                },
            ],
        });
    });

    it("starts afresh when a stream of the same name is created again", async () => {
        const world = new World(2);
        world.load(3);
        await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-1");
        world.createdMs = midnightMs + 11 * hourMs;
        world.status = "ACTIVE";
        world.foreignUpdate(2);
        const report = await runScaler(world.ports(), world.environment({ peakShards: 8 }), "run-2");
        assert.equal(report.updateCallsLeft, 9);
        assert.deepEqual(
            [...world.ledger.states.keys()],
            [streamKey, streamKey.replace("2026-10-03T00", "2026-11-02T11")],
        );
    });

    it("leaves an on-demand stream alone", async () => {
        const world = new World(4);
        world.capacityMode = "on-demand";
        const report = await runScaler(world.ports(), world.environment(), "run-1");
        assert.deepEqual([report.steps[0]!.reason, report.openShards, world.calls], ["on-demand", 4, []]);
        assert.deepEqual(report.steps[0]!.numbers, {});
        const [noted] = world.ledger.entries;
        assert.deepEqual([noted!.kind, noted!.reason, noted!.from, noted!.to], ["note", "on-demand", 4, 4]);
    });

    it("takes what AWS did to the shards in on-demand mode for nobody's work when the stream is back", async () => {
        const world = new World(4);
        world.load(3);
        await runScaler(world.ports(), world.environment(), "run-1");
        world.capacityMode = "on-demand";
        await runScaler(world.ports(), world.environment(), "run-2");
        const { version } = world.ledger.state;
        world.foreignUpdate(16);
        world.passes(hourMs);
        await runScaler(world.ports(), world.environment(), "run-3");
        assert.equal(world.ledger.state.version, version);
        world.capacityMode = "provisioned";
        world.load(12);
        const report = await runScaler(world.ports(), world.environment(), "run-4");
        assert.deepEqual([report.openShards, report.updateCallsLeft], [16, 10]);
        assert.deepEqual(
            world.ledger.entries.filter(({ kind }) => kind === "foreign"),
            [],
        );
    });

    it("waits while the stream is updating", async () => {
        const world = new World(4);
        world.status = "UPDATING";
        const report = await runScaler(world.ports(), world.environment(), "run-1");
        assert.deepEqual([report.steps[0]!.reason, world.calls], ["stream-busy", []]);
    });
});
