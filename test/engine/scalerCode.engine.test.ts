/**
 * The scaler's code as a program hands it to an engine: a file of the installed package, of which the state keeps path and hash.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import path from "node:path";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { zipOf } from "../../engine/providers/archive";
import { type OperationResult } from "../../engine/index";
import { scalerFile } from "../../components/scalerCode";
import { onEngine, type World } from "./harness";

const repository = path.resolve(__dirname, "../..");
const program = `
    const { StreamAutoscaler } = require("sharded-stream");
    for (const streamName of ["orders", "clicks"]) {
        const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/" + streamName;
        new StreamAutoscaler(streamName + "-scaler", { streamName, streamArn, minShards: 1, maxShards: 8 });
    }
`;

function succeeded(result: OperationResult): OperationResult {
    assert.equal(result.exitCode, 0, result.stdout + result.stderr);
    return result;
}

/** Puts a copy of the package, which nobody may write to, where the program's folder has a link to it. Returns its folder. */
function install(projectDir: string): string {
    const installed = path.join(projectDir, "node_modules", "sharded-stream");
    fs.rmSync(installed, { recursive: true, force: true });
    for (const file of ["package.json", "bin/index.js", "bin/rooms", "bin/scaler/serialized.txt"])
        fs.cpSync(path.join(repository, file), path.join(installed, file), { recursive: true });
    fs.chmodSync(path.join(installed, "bin", "scaler"), 0o555);
    return installed;
}

async function deployedHash(world: World, FunctionName: string): Promise<string | undefined> {
    const { endpoint, region, credentials } = world.sandbox;
    const client = new LambdaClient({ endpoint, region, credentials });
    const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName }));
    client.destroy();
    return Configuration?.CodeSha256;
}

describe("two scalers on the real engine", function () {
    this.timeout(120_000);
    const world = onEngine("real");
    const projects: string[] = [];
    before(() => projects.push(world.project(program), world.project(program)));
    const [alice, bob] = [() => projects[0]!, () => projects[1]!];

    it("are deployed with the text that the build made", async () => {
        install(alice());
        succeeded(await world.engine.up({ projectDir: alice() }));
        const expected = hashOf(fs.readFileSync(await scalerFile(), "utf8"));
        for (const name of ["orders-scaler", "clicks-scaler"]) assert.equal(await deployedHash(world, name), expected);
    });

    it("add less than 50 kB each to the state, and no code: path and hash", async () => {
        const exported = await world.engine.command!(["stack", "export", "--stack=dev"], alice());
        assert.equal(exported.exitCode, 0, exported.stderr);
        assert.doesNotMatch(exported.stdout, /createScalerHandler/);
        const { deployment } = JSON.parse(exported.stdout) as { deployment: { resources: { urn: string }[] } };
        const scalers = deployment.resources.filter(({ urn }) => urn.includes("StreamAutoscaler"));
        const bytes = JSON.stringify(scalers, undefined, 4).length;
        assert.ok(scalers.length === 20 && bytes < 2 * 50_000, `${scalers.length} resources in ${bytes} bytes`);
    });

    it("are left alone where the package is installed in another folder, and the first is gone", async () => {
        fs.rmSync(path.join(alice(), "node_modules", "sharded-stream"), { recursive: true });
        install(bob());
        const preview = succeeded(await world.engine.preview({ projectDir: bob(), refresh: true }));
        assert.deepEqual(Object.keys(preview.changes), ["same"], preview.stdout);
    });

    it("get another text in place, and nothing else changes", async () => {
        const file = path.join(bob(), "node_modules", "sharded-stream", "bin", "scaler", "serialized.txt");
        fs.appendFileSync(file, "// another version\n");
        const up = succeeded(await world.engine.up({ projectDir: bob() }));
        assert.deepEqual(
            up.steps.filter(({ op }) => op !== "same").map(({ op, type, diffs }) => ({ op, type, diffs })),
            Array(2).fill({ op: "update", type: "aws:lambda/function:Function", diffs: ["code"] }),
        );
        assert.equal(await deployedHash(world, "orders-scaler"), hashOf(fs.readFileSync(file, "utf8")));
    });

    it("are destroyed where the package is gone", async () => {
        fs.rmSync(path.join(bob(), "node_modules", "sharded-stream"), { recursive: true });
        succeeded(await world.engine.destroy({ projectDir: bob() }));
    });
});

/** What Lambda calls the hash of a function's code. */
function hashOf(text: string): string {
    const [signature, archive, asset] = [
        "4dabf18193072939515e22adb298388d",
        "0def7320c3a5731c473e5ecbe6d01bc7",
        "c44067f5952c0a294b673a41bacd8c17",
    ];
    const zip = zipOf({ [signature]: archive, assets: { "index.js": { [signature]: asset, text } } });
    return createHash("sha256").update(zip).digest("base64");
}
