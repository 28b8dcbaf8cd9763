/** `scale` walks a stream to a shard count, whoever interrupts it and whatever others do meanwhile. */
import assert from "node:assert/strict";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
    AddTagsToStreamCommand,
    CreateStreamCommand,
    KinesisClient,
    UpdateShardCountCommand,
} from "@aws-sdk/client-kinesis";
import { ledgerTableTag } from "../../capacity/scaling/ledger";
import { defineScale } from "../../cli/scale";
import { defineStatus } from "../../cli/status";
import { AwsError, type GuardedCall, RunningClock, type Sandbox, startSandbox } from "../../sandbox/index";
import { runInProcess } from "./inProcess";
import { createLedgerTable } from "../sandbox/ledgerTable";
import { startCli } from "./run";

describe("scale walks a stream within what Kinesis allows", function () {
    this.timeout(300_000);
    let sandbox: Sandbox;
    let kinesis: KinesisClient;
    /** Every call that reached AWS, and what may keep one from reaching it. */
    let calls: string[] = [];
    let fault: ((call: GuardedCall) => void) | undefined;

    before(async () => {
        sandbox = await startSandbox({ clock: new RunningClock({ speed: 600 }) });
        sandbox.guards.push((call) => {
            fault?.(call);
            calls.push(call.operation);
        });
        const { endpoint, region, credentials } = sandbox;
        kinesis = new KinesisClient({ endpoint, region, credentials });
        const dynamoDb = new DynamoDBClient({ endpoint, region, credentials });
        await createLedgerTable(dynamoDb, "ledger");
        dynamoDb.destroy();
    });

    after(async () => {
        kinesis.destroy();
        await sandbox.stop();
    });

    async function newStream(name: string, shards: number, withLedger: boolean): Promise<string> {
        await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
        // The stream is CREATING for two seconds of the sandbox's clock, and takes no tags before.
        await sandbox.clock.sleep(3_000);
        if (withLedger)
            await kinesis.send(new AddTagsToStreamCommand({ StreamName: name, Tags: { [ledgerTableTag]: "ledger" } }));
        calls = [];
        return name;
    }

    const scale = (...args: readonly string[]) => runInProcess(defineScale, ["scale", ...args], { env: sandbox.env });
    const updates = (): number => calls.filter((operation) => operation === "UpdateShardCount").length;

    for (const withLedger of [true, false]) {
        it(`from 4 to 37 and back to 3, ${withLedger ? "with a ledger" : "without one"}: the plan is what happens`, async () => {
            const stream = await newStream(withLedger ? "there-and-back" : "without-ledger", 4, withLedger);
            const out = await scale(stream, "to", "37", "--yes");
            assert.deepEqual(out.document.steps, out.document.plannedSteps);
            assert.deepEqual([out.document.openShards, out.document.stepsMade], [37, 4]);
            const back = await scale(stream, "to", "3", "--yes");
            assert.deepEqual(back.document.steps, back.document.plannedSteps);
            assert.deepEqual([back.document.openShards, back.document.updateCallsLeft, updates()], [3, 6, 8]);
            // Two calls are kept, so splits walk on; told to, the last ones are spent; and never an eleventh.
            const kept = await scale(stream, "to", "5", "--yes");
            assert.deepEqual(
                (kept.document.steps as { kind: string }[]).map(({ kind }) => kind),
                ["split", "split"],
            );
            const spent = await scale(stream, "to", "17", "--yes", "--spend-all-calls");
            assert.deepEqual([spent.document.openShards, updates()], [17, 10]);
            const { document } = await runInProcess(defineStatus, ["status", stream], { env: sandbox.env });
            assert.deepEqual([document.openShards, document.updateCallsLeft], [17, 0]);
        });
    }

    it("killed before any of its calls to AWS, it reaches the target when it is started again", async () => {
        let killedAfter = 0;
        for (let done = false; !done; killedAfter++) {
            const stream = await newStream(`killed-${killedAfter}`, 4, true);
            let made = 0;
            fault = () => {
                // A process that is gone makes no more calls, not even to tidy up.
                if (made++ >= killedAfter) throw new AwsError("AccessDeniedException", "killed");
            };
            done = await scale(stream, "to", "7", "--yes").then(
                () => true,
                () => false,
            );
            fault = undefined;
            const again = await scale(stream, "to", "7", "--yes");
            assert.equal(again.document.openShards, 7, `killed after ${killedAfter} calls`);
            assert.ok(updates() <= 2, `${updates()} calls`);
        }
        assert.ok(killedAfter > 10, `${killedAfter} kills`);
    });

    it("killed by the system while it waits, it goes on from where the stream is", async () => {
        const stream = await newStream("sigkill", 4, true);
        const child = startCli(["scale", stream, "to", "16", "--yes"], sandbox.env);
        fault = ({ operation }) => {
            if (operation === "UpdateShardCount") setTimeout(() => child.kill("SIGKILL"), 20);
        };
        await new Promise((resolve) => child.once("exit", resolve));
        fault = undefined;
        const again = await scale(stream, "to", "16", "--yes");
        assert.equal(again.document.openShards, 16);
        assert.ok(updates() <= 3, `${updates()} calls`);
    });

    it("notices that somebody else resharded in between, and plans around it", async () => {
        const stream = await newStream("foreign", 4, true);
        let first = true;
        fault = ({ operation }) => {
            if (operation !== "UpdateShardCount" || !first) return;
            first = false;
            fault = undefined;
            // Another operator is a moment faster.
            void kinesis.send(
                new UpdateShardCountCommand({
                    StreamName: stream,
                    TargetShardCount: 6,
                    ScalingType: "UNIFORM_SCALING",
                }),
            );
            throw new AwsError(
                "ResourceInUseException",
                `Stream ${stream} under account 123456789012 not ACTIVE, instead in state UPDATING`,
            );
        };
        const { document, printed } = await scale(stream, "to", "9", "--yes");
        assert.equal(document.openShards, 9);
        assert.ok(printed.includes("Somebody else changes the stream; waiting until it is ACTIVE."));
        assert.ok(printed.includes("Somebody else took the stream from 4 to 6 shards; going on from there."));
    });

    it("walks on by splits when AWS has no call left, whatever was counted", async () => {
        const stream = await newStream("spent", 2, true);
        fault = ({ operation }) => {
            if (operation === "UpdateShardCount") {
                throw new AwsError(
                    "LimitExceededException",
                    `Stream ${stream} under account 123456789012 has exceeded the UpdateShardCount limit of 10 calls in 24 hours`,
                );
            }
        };
        const { document } = await scale(stream, "to", "4", "--yes");
        fault = undefined;
        assert.equal(document.openShards, 4);
        assert.deepEqual(
            (document.steps as { kind: string }[]).map(({ kind }) => kind),
            ["split", "split"],
        );
    });

    it("stops cleanly on Ctrl-C and says how to go on", async () => {
        const stream = await newStream("interrupted", 4, true);
        const abort = new AbortController();
        fault = ({ operation }) => {
            if (operation === "UpdateShardCount") abort.abort();
        };
        const args = ["scale", stream, "to", "16", "--yes"];
        const stopped = await runInProcess(defineScale, args, { env: sandbox.env, signal: abort.signal });
        fault = undefined;
        // The whole way, of which AWS took the first step.
        const { interrupted, steps, plannedSteps, stepsMade } = stopped.document;
        assert.deepEqual([stopped.exitCode, interrupted, steps, stepsMade], [1, true, plannedSteps, 1]);
        assert.equal(
            stopped.text,
            `Stopped after 1 step; a reshard that has begun goes on in AWS. To go on: sharded-stream scale ${stream} to 16`,
        );
        assert.equal((await scale(stream, "to", "16", "--yes")).document.openShards, 16);
    });

    it("pauses and resumes the scaler through the ledger", async () => {
        const stream = await newStream("paused", 4, true);
        assert.equal((await scale(stream, "--pause")).exitCode, 0);
        const held = await scale(stream, "auto", "--min", "6", "--max", "20", "--yes");
        assert.deepEqual(
            [held.document.held, held.document.openShards, held.document.steps, held.document.stepsMade],
            ["paused", 4, [{ kind: "update", from: 4, to: 6 }], 0],
        );
        const { document } = await runInProcess(defineStatus, ["status", stream], { env: sandbox.env });
        assert.deepEqual(document.scaler, { ledgerTable: "ledger", deployed: false, paused: true, problem: null });
        await scale(stream, "--resume");
        const acted = await scale(stream, "auto", "--min", "6", "--max", "20", "--yes");
        assert.deepEqual([acted.document.held, acted.document.openShards], [null, 6]);
    });
});
