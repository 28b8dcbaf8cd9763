/**
 * A stack that an earlier version deployed. fixtures/deployedBefore.json is its state as `pulumi stack export` gave it at
 * the commit before the rooms were moved, without source positions, times and the text of the scaler's function.
 */
import assert from "node:assert/strict";
import path from "node:path";
import { onEngine } from "./harness";

const program = `
    const { ShardedStream } = require("sharded-stream");
    const tags = { team: "orders" };
    const orders = new ShardedStream("orders", {
        requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 },
        consumers: ["billing"],
        shardLevelMetrics: ["IncomingBytes", "IncomingRecords"],
        scaling: { minShards: 2, maxShards: 20 },
        notifications: { emails: ["oncall@example.com"] },
        tags,
    });
    const clicks = new ShardedStream("clicks", {
        requirements: { writeMiBPerSecond: 1, recordsPerSecond: 500 },
        capacityMode: "on-demand",
        tags,
    });
    exports.streamNames = [orders.streamName, clicks.streamName];
`;

describe("a stack that was deployed by an earlier version", () => {
    const world = onEngine("real");

    it("is left as it is, but for the text of the scaler's function and the dashboards, which get names of their region", async () => {
        const projectDir = world.project(program);
        const state = path.join(__dirname, "fixtures", "deployedBefore.json");
        for (const command of [
            ["stack", "init", "dev"],
            ["stack", "import", "--stack=dev", `--file=${state}`],
        ]) {
            const { exitCode, stdout, stderr } = await world.engine.command!(command, projectDir);
            assert.equal(exitCode, 0, stdout + stderr);
        }
        const preview = await world.engine.preview({ projectDir });
        assert.equal(preview.exitCode, 0, preview.stdout + preview.stderr);
        assert.deepEqual(
            preview.steps
                .filter(({ op }) => op === "update" || op === "replace")
                .map(({ op, type, diffs }) => ({ op, type, diffs }))
                .sort((left, right) => left.op.localeCompare(right.op)),
            [
                { op: "replace", type: "aws:cloudwatch/dashboard:Dashboard", diffs: ["dashboardName"] },
                { op: "replace", type: "aws:cloudwatch/dashboard:Dashboard", diffs: ["dashboardName"] },
                { op: "update", type: "aws:lambda/function:Function", diffs: ["code"] },
            ],
            preview.stdout,
        );
        assert.deepEqual(preview.changes, { same: 40, update: 1, replace: 2 });
    });
});
