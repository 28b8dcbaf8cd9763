/** What a run tells its topic, when, and what becomes of a run whose message cannot be sent. The words are in capacity/scaling/messages.test.ts. */
import assert from "node:assert/strict";
import { notifyLevels } from "../../capacity/scaling/settings";
import { runScaler } from "../../scaler/run";
import { environment, run, type Settings, subjects } from "./telling";
import { awsError, hourMs, minuteMs, World } from "./world";

const timeout = () => Object.assign(new Error("socket hang up"), { name: "TimeoutError" });

describe("the scaler tells its topic", () => {
    interface Row {
        readonly title: string;
        /** What happens to a stream of two shards before its run. */
        readonly before: (world: World) => void;
        readonly all: readonly string[];
        readonly failures: readonly string[];
        readonly fails?: true;
    }

    const refusedFor = (name: string, message: string) => (world: World) => {
        world.load(3);
        world.faults.update = [awsError(name, message)];
    };
    const once = (subject: string) => ({ all: [subject], failures: [subject] });

    const rows: readonly Row[] = [
        { title: "nothing of a run without a reshard", before: (world) => world.load(1), all: [], failures: [] },
        {
            title: "of a reshard that it made",
            before: (world) => world.load(3),
            all: ["orders: 2 to 4 shards (load-rises)"],
            failures: [],
        },
        {
            title: "of a reshard that AWS refused",
            before: refusedFor("LimitExceededException", "UpdateShardCount was called 10 times in 24 hours"),
            ...once("orders: 2 to 4 shards refused (LimitExceededException)"),
        },
        {
            title: "of a reshard that the role may not make, once although the run fails",
            before: refusedFor("AccessDeniedException", "not authorized to perform: kinesis:UpdateShardCount"),
            ...once("orders: 2 to 4 shards refused (AccessDeniedException)"),
            fails: true,
        },
        {
            title: "of a reshard that AWS did not answer, once although the run fails",
            before: (world) => {
                world.load(3);
                world.faults.update = [timeout()];
            },
            ...once("orders: 2 to 4 shards not answered (TimeoutError)"),
            fails: true,
        },
        {
            title: "of a run without its ledger",
            before: (world) => {
                world.load(3);
                world.ledger.unavailable = awsError("ResourceNotFoundException");
            },
            ...once("orders: the scaler's run failed (LedgerFailure)"),
            fails: true,
        },
        {
            title: "of a run that does not reach Kinesis",
            before: (world) => (world.faults.describe = [awsError("AccessDeniedException", "no")]),
            ...once("orders: the scaler's run failed (AccessDeniedException)"),
            fails: true,
        },
        {
            title: "of a reshard that somebody else made, and of its own after it",
            before: (world) => {
                world.load(9);
                world.foreignUpdate(5);
            },
            all: ["orders: 2 to 5 shards, made by somebody else", "orders: 5 to 10 shards (load-rises)"],
            failures: [],
        },
    ];

    for (const { title, before, fails = false, ...expected } of rows) {
        for (const level of notifyLevels) {
            it(`${title} (${level})`, async () => {
                const world = new World(2);
                world.load(1.2);
                await run(world, { level: "off" });
                world.passes(minuteMs);
                before(world);
                assert.equal(await run(world, { level }), fails);
                assert.deepEqual(subjects(world), level === "off" ? [] : expected[level]);
                assert.equal(world.lines.length, 2);
            });
        }
    }

    it("of each step of one run, with the calls that were left after each", async () => {
        const world = new World(2);
        world.updateSeconds = 15;
        world.load(5);
        await run(world);
        assert.deepEqual(subjects(world), [
            "orders: 2 to 4 shards (doubling-limit)",
            "orders: 4 to 6 shards (load-rises)",
        ]);
        assert.deepEqual(
            world.messages.map(({ body }) => /Calls left: (\d+)/.exec(body)![1]),
            ["9", "8"],
        );
        assert.deepEqual(world.lines[0]!.messages, [
            { subject: "orders: 2 to 4 shards (doubling-limit)", sent: true },
            { subject: "orders: 4 to 6 shards (load-rises)", sent: true },
        ]);
    });

    it("when the next call comes back, or when AWS is asked again", async () => {
        const world = new World(2);
        world.load(3);
        world.faults.update = [awsError("LimitExceededException", "UpdateShardCount was called 10 times in 24 hours")];
        await run(world);
        assert.match(
            world.messages[0]!.body,
            /Calls left: 0 of 10 UpdateShardCount calls; the next comes back at 2026-11-02 13:00 UTC\nTo do: {6}Others have spent/,
        );
    });

    it("nothing before AWS took the call", async () => {
        const world = new World(2);
        world.load(3);
        const ports = world.ports();
        const seen: unknown[] = [];
        const notify = () => {
            const { lease, reshards } = world.ledger.state;
            seen.push([world.calls, lease, reshards.map(({ status }) => status)]);
            return Promise.resolve();
        };
        await runScaler({ ...ports, notify }, environment(world, {}), "run-1");
        assert.deepEqual(seen, [[["update 4"], undefined, ["called"]]]);
    });

    it("nothing in a dry run, and writes nothing", async () => {
        const world = new World(2);
        world.load(12);
        world.faults.describe = [undefined, awsError("AccessDeniedException", "no")];
        for (let minute = 0; minute < 3; minute++) await run(world, { dryRun: true });
        assert.deepEqual([world.messages, world.ledger.states.size], [[], 0]);
    });

    it("of a failure that no ledger remembers once an hour by each process", async () => {
        const world = new World(2);
        world.ledger.unavailable = awsError("ResourceNotFoundException", "Requested resource not found");
        const toldHere = new Map<string, number>();
        const failing = async (here: Map<string, number>) => {
            world.load(1);
            await assert.rejects(runScaler({ ...world.ports(), toldHere: here }, environment(world, {}), "run-1"));
            world.passes(minuteMs);
        };
        const failed = "orders: the scaler's run failed (LedgerFailure)";
        for (let minute = 0; minute < 50; minute++) await failing(toldHere);
        assert.deepEqual(subjects(world), [failed]);
        await failing(new Map());
        assert.deepEqual(subjects(world), [failed, failed]);
        for (let minute = 0; minute < 20; minute++) await failing(toldHere);
        assert.deepEqual(subjects(world), [failed, failed, failed]);
    });

    it("and again by the next run where the message did not come through", async () => {
        const world = new World(2);
        world.ledger.unavailable = awsError("ResourceNotFoundException", "Requested resource not found");
        world.faults.notify = [awsError("NotFoundException", "Topic does not exist")];
        const toldHere = new Map<string, number>();
        for (let minute = 0; minute < 3; minute++) {
            await assert.rejects(runScaler({ ...world.ports(), toldHere }, environment(world, {}), "run-1"));
            world.passes(minuteMs);
        }
        assert.deepEqual(subjects(world), ["orders: the scaler's run failed (LedgerFailure)"]);
    });

    it("of a failure that lasts once an hour, of another at once", async () => {
        const world = new World(2);
        const failing = async () => {
            world.load(3);
            world.faults.samples = [awsError("AccessDeniedException", "no GetMetricData")];
            assert.ok(await run(world));
            world.passes(minuteMs);
        };
        for (let minute = 0; minute < 60; minute++) await failing();
        const denied = "orders: the scaler's run failed (AccessDeniedException)";
        assert.deepEqual(subjects(world), [denied]);
        world.faults.update = [awsError("AccessDeniedException", "no UpdateShardCount")];
        world.load(3);
        assert.ok(await run(world));
        const refused = "orders: 2 to 4 shards refused (AccessDeniedException)";
        await failing();
        assert.deepEqual(subjects(world), [denied, refused, denied]);
    });
});

describe("a ceiling that holds the scaler back", () => {
    const heldFor = (minutes: number) => `orders: held at its ceiling of 2 shards for ${minutes} minutes`;
    const held = heldFor(15);

    /** A run every minute from one minute to another, both included; the load in shards. */
    async function runsEachMinute(world: World, minutes: number, load: number, settings: Settings = {}): Promise<void> {
        for (let minute = 0; minute < minutes; minute++) {
            world.load(load);
            await run(world, { maxShards: 2, ...settings });
            world.passes(minuteMs);
        }
    }

    for (const [minutes, told] of [
        [14, []],
        [15, []],
        [16, [held]],
        [60, [held]],
    ] as const) {
        // Sixteen runs, a minute apart: the first and the last are 15 minutes apart.
        it(`is told ${told.length === 0 ? "not yet" : "once"} after ${minutes - 1} minutes`, async () => {
            const world = new World(2);
            await runsEachMinute(world, minutes, 6);
            assert.deepEqual(subjects(world), told);
        });
    }

    it("tells what the load asks for, and since when", async () => {
        const world = new World(2);
        await runsEachMinute(world, 16, 6);
        assert.deepEqual(world.messages[0]!.body.split("\n").slice(0, 4), [
            "What:       The ceiling holds the scaler of orders back, without interruption since 2026-11-02 12:00 UTC.",
            "Why:        The load of 6 shards needs 6.83 with room for its noise; 2 are open, the most that maxShards allows. Raise maxShards, or the declared requirements.",
            "From:       2 shards",
            "To:         7 shards, which maxShards does not allow",
        ]);
    });

    it("costs one write when it begins, one when it is told, and one when it ends", async () => {
        const world = new World(2);
        await runsEachMinute(world, 1, 6);
        const { version } = world.ledger.state;
        await runsEachMinute(world, 14, 6);
        assert.equal(world.ledger.state.version, version);
        await runsEachMinute(world, 30, 6);
        assert.equal(world.ledger.state.version, version + 1);
        assert.deepEqual(world.ledger.state.ceiling, { sinceMs: world.nowMs - 45 * minuteMs, told: true });
        await runsEachMinute(world, 30, 1.2);
        // The other write is the history's, which notes that the reason is over.
        assert.deepEqual([world.ledger.state.version, world.ledger.state.ceiling], [version + 3, undefined]);
    });

    it("is told again when it ends and begins anew, another 15 minutes later", async () => {
        const world = new World(2);
        await runsEachMinute(world, 16, 6);
        await runsEachMinute(world, 1, 1.2);
        await runsEachMinute(world, 15, 6);
        assert.deepEqual(subjects(world), [held]);
        await runsEachMinute(world, 1, 6);
        assert.deepEqual(subjects(world), [held, held]);
    });

    it("ends where the ceiling is raised: the reshard is told, and the next ceiling counts from its own begin", async () => {
        const world = new World(2);
        await runsEachMinute(world, 10, 6);
        await runsEachMinute(world, 1, 6, { maxShards: 4 });
        assert.deepEqual(subjects(world), ["orders: 2 to 4 shards (load-rises)"]);
        assert.equal(world.ledger.state.ceiling, undefined);
    });

    it("goes on while CloudWatch tells nothing", async () => {
        const world = new World(2);
        await runsEachMinute(world, 10, 6);
        for (let minute = 0; minute < 5; minute++) {
            world.faults.samples = Array.from({ length: 6 }, () => awsError("ThrottlingException"));
            await run(world, { maxShards: 2 });
            world.passes(minuteMs);
        }
        assert.deepEqual(subjects(world), []);
        await runsEachMinute(world, 1, 6);
        assert.deepEqual(subjects(world), [held]);
    });

    it("is told at failures, and where nobody wants to be told the ledger keeps nothing of it", async () => {
        const world = new World(2);
        await runsEachMinute(world, 16, 6, { level: "failures" });
        assert.deepEqual(subjects(world), [held]);
        await runsEachMinute(world, 2, 6, { level: "off" });
        assert.equal(world.ledger.state.ceiling, undefined);
        const { version } = world.ledger.state;
        await runsEachMinute(world, 30, 6, { level: "off" });
        assert.equal(world.ledger.state.version, version);
        assert.deepEqual(subjects(world), [held]);
    });

    it("is told by one of two runs at once", async () => {
        const world = new World(2);
        await runsEachMinute(world, 15, 6);
        world.load(6);
        await Promise.all([run(world, { maxShards: 2 }), run(world, { maxShards: 2 })]);
        assert.deepEqual(subjects(world), [held]);
    });

    it("is told by the next run where the message could not be sent", async () => {
        const world = new World(2);
        await runsEachMinute(world, 15, 6);
        world.faults.notify = [awsError("NotFoundException", "Topic does not exist")];
        await runsEachMinute(world, 1, 6);
        assert.deepEqual(subjects(world), []);
        await runsEachMinute(world, 30, 6);
        assert.deepEqual(subjects(world), [heldFor(16)]);
    });
});

describe("a message that cannot be sent", () => {
    const denied = () => awsError("AuthorizationErrorException", "not authorized to perform: SNS:Publish");

    it("changes nothing about the run, whose one line says so", async () => {
        const [silent, told] = [new World(2), new World(2)];
        for (const world of [silent, told]) {
            world.load(3);
            world.faults.notify = [denied()];
        }
        const quiet = await runScaler(silent.ports(), environment(silent, { level: "off" }), "run-1");
        const { messages, ...report } = await runScaler(told.ports(), environment(told, {}), "run-1");
        assert.deepEqual(report, quiet);
        assert.deepEqual(told.ledger.state, silent.ledger.state);
        assert.deepEqual(told.ledger.entries, silent.ledger.entries);
        assert.deepEqual(messages, [
            {
                subject: "orders: 2 to 4 shards (load-rises)",
                sent: false,
                problem: "AuthorizationErrorException: not authorized to perform: SNS:Publish",
            },
        ]);
        assert.equal(told.lines.length, 1);
        assert.deepEqual(told.lines[0]!.messages, messages);
        assert.equal(told.lines[0]!.outcome, "acted");
        assert.ok(!("messages" in silent.lines[0]!));
    });

    it("is tried again with back-off while SNS throttles or does not answer", async () => {
        const world = new World(2);
        world.load(3);
        world.faults.notify = [awsError("ThrottlingException"), timeout(), timeout()];
        await run(world);
        assert.deepEqual(subjects(world), ["orders: 2 to 4 shards (load-rises)"]);
        assert.deepEqual(world.sleepsMs, [100, 200, 400]);
    });

    it("takes no more than the time that a run has, however long SNS takes not to answer", async () => {
        const world = new World(2);
        world.updateSeconds = 15;
        world.load(5);
        const startMs = world.nowMs;
        const notify = () => {
            world.passes(7_000);
            return Promise.reject(timeout());
        };
        const report = await runScaler({ ...world.ports(), notify }, environment(world, {}), "run-1");
        assert.ok(world.nowMs - startMs < 70_000, `${world.nowMs - startMs} ms`);
        assert.deepEqual(
            report.messages!.map(({ sent, problem }) => [sent, problem]),
            [
                [false, "TimeoutError: socket hang up"],
                [false, "Error: the run has no time left for it"],
            ],
        );
        assert.equal(world.lines.length, 1);
    });

    it("leaves a failed run failed for its own reason", async () => {
        const world = new World(2);
        world.load(3);
        world.faults.update = [timeout()];
        world.faults.notify = [denied()];
        await assert.rejects(runScaler(world.ports(), environment(world, {}), "run-1"), {
            name: "ScalerFailure",
            message:
                "The call was not answered (TimeoutError: socket hang up); it stays counted until the stream shows that it was not made.",
        });
        assert.equal(world.lines.length, 1);
        assert.equal((world.lines[0]!.messages as { sent: boolean }[])[0]!.sent, false);
    });

    it("and a ledger that cannot keep what was told end no run either, and the line says so", async () => {
        const world = new World(2);
        world.load(3);
        world.faults.update = [awsError("ResourceInUseException", "Stream orders is UPDATING")];
        const { write } = world.ledger;
        world.ledger.write = (key, next) =>
            next.failuresTold === undefined
                ? write.call(world.ledger, key, next)
                : Promise.reject(awsError("AccessDeniedException", "no PutItem"));
        const report = await runScaler(world.ports(), environment(world, {}), "run-1");
        assert.equal(report.steps[0]!.outcome, "stream-busy");
        assert.deepEqual(report.messages, [
            {
                sent: false,
                problem:
                    "LedgerFailure: The ledger orders-scaler-ledger cannot be written (AccessDeniedException: no PutItem); without it no call is made.",
            },
            { subject: "orders: 2 to 4 shards refused (ResourceInUseException)", sent: true },
        ]);
    });
});

describe("a ledger of the version before", () => {
    it("is read as one in which nobody was told yet", async () => {
        const world = new World(2);
        world.load(6);
        await run(world, { level: "off", maxShards: 2 });
        world.passes(hourMs);
        world.load(6);
        await run(world, { maxShards: 2 });
        assert.deepEqual([subjects(world), world.ledger.state.ceiling?.told], [[], false]);
    });
});
