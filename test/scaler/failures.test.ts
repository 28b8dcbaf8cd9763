/** Which failures a run tells its topic, how often, and by whom of several at once; and what it tells where the ledger fails after a call. */
import assert from "node:assert/strict";
import { type LedgerState } from "../../capacity/scaling/ledger";
import { notifyLevels } from "../../capacity/scaling/settings";
import { runScaler } from "../../scaler/run";
import { environment, run, type Settings, subjects } from "./telling";
import { awsError, hourMs, minuteMs, World } from "./world";

describe("the topic is told of a failure that lasts", () => {
    /** Runs of eight shards, a minute apart, each under its own load, whose calls are refused with the errors in turn. */
    async function toldOf(minutes: number, loads: readonly number[], errors: readonly [string, string][]) {
        const world = new World(8);
        for (let minute = 0; minute < minutes; minute++) {
            world.load(loads[minute % loads.length]!);
            const [name, message] = errors[minute % errors.length]!;
            world.faults.update = Array.from({ length: 6 }, () => awsError(name, message));
            await run(world, { level: "failures" });
            world.passes(minuteMs - (world.nowMs % minuteMs));
        }
        return subjects(world);
    }
    const denied: [string, string] = ["AccessDeniedException", "an explicit deny in a service control policy"];

    it("of a refusal once an hour, though its counts change with each minute", async () => {
        assert.deepEqual(
            await toldOf(180, [8.5, 10.5], [denied]),
            Array.from({ length: 3 }, () => "orders: 8 to 10 shards refused (AccessDeniedException)"),
        );
    });

    it("of throttling once an hour, though AWS has several names for it", async () => {
        const names: [string, string][] = [
            ["LimitExceededException", "Rate exceeded for stream orders"],
            ["ThrottlingException", "Rate exceeded"],
        ];
        assert.deepEqual(await toldOf(60, [8.5], names), ["orders: 8 to 10 shards refused (LimitExceededException)"]);
    });

    it("of each of several refusals that alternate once an hour", async () => {
        const unknown: [string, string][] = [
            ["SomethingNew", "no"],
            ["SomethingElse", "no"],
        ];
        assert.deepEqual(
            await toldOf(60, [8.5], [denied, ...unknown]),
            ["AccessDeniedException", "SomethingNew", "SomethingElse"].map(
                (name) => `orders: 8 to 10 shards refused (${name})`,
            ),
        );
    });

    describe("of a failure of two runs at once", () => {
        const failed = "orders: the scaler's run failed (AccessDeniedException)";
        const failTwice = async (world: World) => {
            world.load(1);
            world.faults.openShards = [1, 2].map(() => awsError("AccessDeniedException", "no kinesis:ListShards"));
            assert.deepEqual(await Promise.all([run(world), run(world)]), [true, true]);
        };

        it("once", async () => {
            const world = new World(2);
            await failTwice(world);
            assert.deepEqual(subjects(world), [failed]);
            world.passes(hourMs);
            await failTwice(world);
            assert.deepEqual(subjects(world), [failed, failed]);
        });

        it("by the next run, where the message of the one that tells could not be sent", async () => {
            const world = new World(2);
            world.faults.notify = [awsError("NotFoundException", "Topic does not exist")];
            await failTwice(world);
            assert.deepEqual([subjects(world), world.ledger.state.failuresTold], [[], undefined]);
            world.passes(minuteMs);
            await failTwice(world);
            assert.deepEqual(subjects(world), [failed]);
        });

        it("by each, where nobody can write down who tells", async () => {
            const world = new World(2);
            world.ledger.write = () => Promise.reject(awsError("AccessDeniedException", "no PutItem"));
            await failTwice(world);
            assert.deepEqual(subjects(world), [failed, failed]);
        });

        it("once, also where others write to the ledger at the same moment", async () => {
            const world = new World(2);
            const { write } = world.ledger;
            let others = 2;
            world.ledger.write = async (key, next) => {
                if (others-- > 0) {
                    const state = await world.ledger.read(key);
                    await write.call(world.ledger, key, { ...state, version: state.version + 1 });
                }
                return write.call(world.ledger, key, next);
            };
            await failTwice(world);
            assert.deepEqual(subjects(world), [failed]);
        });
    });

    it("once more, where an older version wrote down the subject that was told", async () => {
        const world = new World(2);
        world.load(1.2);
        await run(world, { level: "off" });
        const [[key, state]] = [...world.ledger.states] as [[string, LedgerState]];
        const failureTold = { subject: "orders: the scaler's run failed (AccessDeniedException)", atMs: world.nowMs };
        world.ledger.states.set(key, { ...state, failureTold } as LedgerState);
        world.passes(minuteMs);
        world.faults.samples = [awsError("AccessDeniedException", "no GetMetricData")];
        assert.ok(await run(world));
        assert.deepEqual(subjects(world), [failureTold.subject]);
        assert.deepEqual(
            world.ledger.state.failuresTold?.map(({ failure, atMs }) => ({ failure, atMs })),
            [{ failure: "failed not-allowed", atMs: world.nowMs }],
        );
    });
});

describe("a ledger that fails after the call", () => {
    const down = () => awsError("ThrottlingException", "Rate exceeded");
    const cannotWrite = "The ledger orders-scaler-ledger cannot be written (ThrottlingException: Rate exceeded)";

    /** A run of a stream of two shards whose ledger fails from the moment on in which it calls. */
    async function runAndFail(world: World, settings: Settings = {}): Promise<Error> {
        world.load(3);
        const { stream, ...ports } = world.ports();
        const updateShardCount = (target: number) => {
            world.ledger.unavailable = down();
            return stream.updateShardCount(target);
        };
        const failing = { ...ports, stream: { ...stream, updateShardCount } };
        return runScaler(failing, environment(world, settings), "run-1").then(
            () => assert.fail("the run did not fail"),
            (error: Error) => error,
        );
    }

    for (const level of notifyLevels) {
        it(`does not hide that AWS took it: the run's line and one message tell both (${level})`, async () => {
            const world = new World(2);
            const { name, message } = await runAndFail(world, { level });
            assert.deepEqual([name, world.calls], ["ScalerFailure", ["update 4"]]);
            const failed = `AWS took the call. ${cannotWrite}, so it is not confirmed there; it stays counted.`;
            assert.equal(message, failed);
            const { outcome, message: told, steps, UpdateCallsLeft: left } = world.lines[0]!;
            assert.deepEqual(
                [outcome, told, (steps as { outcome: string }[]).map((step) => step.outcome), left],
                ["failed", failed, ["acted", "failed"], 9],
            );
            if (level === "off") return;
            assert.deepEqual(subjects(world), ["orders: 2 to 4 shards, not confirmed in the ledger"]);
        });
    }

    it("nor that AWS refused it, and says that it may stay counted", async () => {
        const world = new World(2);
        world.faults.update = [awsError("ResourceInUseException", "Stream orders is UPDATING.")];
        const { message } = await runAndFail(world);
        assert.equal(
            message,
            `AWS refused the call (ResourceInUseException: Stream orders is UPDATING.). The load of 3 shards needs 3.59 with room for its noise; 2 are open: to 4. ${cannotWrite}.`,
        );
        assert.deepEqual(subjects(world), ["orders: 2 to 4 shards refused (ResourceInUseException)"]);
        assert.equal(
            world.messages[0]!.body.split("\n")[0],
            `What:       AWS refused UpdateShardCount, and orders is as it was. ${cannotWrite}, so the call may stay counted for ten minutes. ResourceInUseException: Stream orders is UPDATING.`,
        );
    });

    it("and one that fails once the reshard of others is in it: that is told, and the failure", async () => {
        const world = new World(2);
        world.load(1.2);
        await run(world, { level: "off" });
        world.foreignUpdate(3);
        world.passes(minuteMs);
        const { append } = world.ledger;
        world.ledger.append = () => Promise.reject(down());
        assert.ok(await run(world));
        world.ledger.append = append;
        assert.deepEqual(subjects(world), [
            "orders: 2 to 3 shards, made by somebody else",
            "orders: the scaler's run failed (LedgerFailure)",
        ]);
    });
});
