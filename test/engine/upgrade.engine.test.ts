/**
 * A stack that an earlier version deployed, and everything that it deployed, under the version of now.
 *
 * fixtures/deployedBefore.json is the state that `pulumi up` of the program below left, as `pulumi stack export` gave it at the commit before
 * names, alarms and dashboards got owners; without source positions, stacks and times, and with a stub for the text of the scaler's function.
 * The version that wrote it is not here, but what it made is in its state: the stand-in providers make the same resources again, with the
 * same names. Where AWS chooses an id (a consumer, a subscription), the state gets the one of now.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { type OperationResult } from "../../engine/index";
import { Aws } from "../../engine/providers/aws";
import { StandInProvider } from "../../engine/providers/provider";
import { tables } from "../../engine/providers/tables";
import { packageOf, type Properties } from "../../engine/values";
import { assertDeployed, putRecords, readRecords } from "./deployed";
import { onEngine, type World } from "./harness";
import { upgradeChanges } from "./upgradingPage";

const program = `
    const kinesis = require("@pulumi/aws/kinesis");
    const { ShardedStream, StreamAlarms, StreamAutoscaler, StreamDashboard } = require("sharded-stream");
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
    const payments = new ShardedStream("payments", {
        requirements: { writeMiBPerSecond: 1, recordsPerSecond: 500 },
        streamProvider: "aws-native",
        retentionHours: 48,
        tags,
    });
    const audit = new ShardedStream("audit", {
        requirements: { writeMiBPerSecond: 1, recordsPerSecond: 500 },
        streamName: "audit.log.v1",
    });
    const legacy = new kinesis.Stream("legacy", { shardCount: 2, tags });
    const watched = { requirements: { writeMiBPerSecond: 1, recordsPerSecond: 500 }, scaled: true };
    const scaler = new StreamAutoscaler("legacy", {
        streamName: legacy.name,
        streamArn: legacy.arn,
        minShards: 2,
        maxShards: 8,
        tags,
    });
    new StreamAlarms("legacy-watch", { ...watched, stream: legacy.arn, scalerFunctionArn: scaler.functionArn, tags });
    new StreamDashboard("legacy-watch", { ...watched, stream: legacy.name, scalerLogGroup: scaler.logGroupName });
    exports.streamNames = [orders, clicks, payments, audit].map(({ streamName }) => streamName).concat(legacy.name);
`;

describe("a stack that was deployed by an earlier version", () => {
    const world = onEngine("real", { inOneProcess: true });
    let projectDir: string;
    let sent: Map<string, string[]>;

    before(async function () {
        this.timeout(120_000);
        projectDir = world.project(program);
        const state = await deployedBefore(world);
        sent = new Map();
        for (const stream of streamNamesIn(state)) sent.set(stream, await putRecords(world, stream));
        const file = path.join(projectDir, "state.json");
        fs.writeFileSync(file, JSON.stringify(state));
        for (const command of [
            ["stack", "init", "dev"],
            ["stack", "import", "--stack=dev", `--file=${file}`],
        ]) {
            const { exitCode, stdout, stderr } = await world.engine.command!(command, projectDir);
            assert.equal(exitCode, 0, stdout + stderr);
        }
        // From here on nothing waits for AWS: at the machine's pace the two scalers run once a minute.
        world.sandbox.clock.hold();
    });

    it("previews the changes that the page on upgrading names, and no other", async () => {
        const preview = await world.engine.preview({ projectDir });
        assert.equal(preview.exitCode, 0, preview.stdout + preview.stderr);
        assert.deepEqual(changesOf(preview), upgradeChanges, preview.stdout);
    });

    it("keeps every record, and has every alarm and dashboard that it declares after the upgrade", async () => {
        const up = await world.engine.up({ projectDir });
        await assertDeployed(world, up);
        assert.deepEqual(deletedFirst(up), []);
        for (const [stream, records] of sent) assert.deepEqual(await readRecords(world, stream), records);
    });

    it("has nothing left to change after the upgrade", async () => {
        const again = await world.engine.preview({ projectDir, refresh: true });
        assert.equal(again.exitCode, 0, again.stdout + again.stderr);
        assert.deepEqual(changesOf(again), []);
    });
});

/** Each kind of change once: operation, type, and what differs. A replacement is shown as one, not as its halves. */
function changesOf({ steps }: OperationResult): string[] {
    const uneventful = ["create-replacement", "delete-replaced", "refresh", "same"];
    const changes = steps
        .filter(({ op }) => !uneventful.includes(op))
        .map(({ op, type, diffs }) => [op, type, ...[...diffs].sort()].join(" "));
    return [...new Set(changes)].sort();
}

/** What was gone for a while: its replacement was made after it. */
function deletedFirst({ steps }: OperationResult): string[] {
    const at = (op: string, of: string) => steps.findIndex((step) => step.op === op && step.urn === of);
    const replaced = steps.filter(({ op }) => op === "create-replacement").map(({ urn }) => urn);
    return replaced.filter((urn) => at("delete-replaced", urn) < at("create-replacement", urn));
}

interface State {
    deployment: { resources: { urn: string; type: string; id?: string; custom: boolean; inputs?: Properties }[] };
}

/** Makes what the state says is there, and returns the state with the ids that it has here. */
async function deployedBefore(world: World): Promise<State> {
    const file = path.join(__dirname, "fixtures", "deployedBefore.json");
    const before = JSON.parse(fs.readFileSync(file, "utf8")) as State;
    let state = JSON.stringify(before);
    for (const [index, { urn, type, id }] of before.deployment.resources.entries()) {
        const name = packageOf(type);
        if (id === undefined || (name !== "aws" && name !== "aws-native")) continue;
        const provider = new StandInProvider(tables[name], new Aws(world.sandbox));
        const { inputs = {} } = (JSON.parse(state) as State).deployment.resources[index]!;
        const made = await provider.create(urn, inputs, false);
        provider.aws.close();
        state = state.replaceAll(JSON.stringify(id), JSON.stringify(made.id));
    }
    return JSON.parse(state) as State;
}

function streamNamesIn({ deployment }: State): string[] {
    return deployment.resources
        .filter(({ type }) => type.endsWith(":Stream"))
        .filter(({ custom }) => custom)
        .map(({ inputs }) => String(inputs?.name));
}
