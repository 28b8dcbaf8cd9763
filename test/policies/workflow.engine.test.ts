/** The workflow that can be copied does in a shell what its readers expect of a pull request. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { load } from "js-yaml";
import { onEngine } from "../engine/harness";

const file = path.join(__dirname, "../../examples/pull-request-policies.yml");

interface Workflow {
    readonly jobs: {
        readonly preview: { readonly steps: readonly { name?: string; uses?: string; run?: string; shell?: string }[] };
    };
}

/** Runs a step as a plain shell does: GitHub's runner adds `-o pipefail` for `shell: bash`, other pipelines do not. */
function runStep(run: string, cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
    return new Promise((resolve, reject) => {
        const child = spawn("bash", ["--noprofile", "--norc", "-e", "-c", run], {
            cwd,
            env,
            stdio: "ignore",
        });
        child.once("error", reject);
        child.once("close", (code) => resolve(code ?? 1));
    });
}

describe("the workflow that can be copied", function () {
    this.timeout(120_000);
    const world = onEngine("real");
    const { steps } = (load(readFileSync(file, "utf8")) as Workflow).jobs.preview;
    const scripts = steps.flatMap(({ run, shell }) => (run !== undefined && shell === "bash" ? [run] : []));

    let directory: string;
    let env: Record<string, string>;

    // A program that writes down its environment: with it a plain `pulumi`, as the workflow calls it, finds the sandbox.
    before(async () => {
        directory = world.project(`
            require("node:fs").writeFileSync("environment.json", JSON.stringify(process.env));
            const shardCount = Number(process.env.SHARDS);
            const { ShardedStream } = require("sharded-stream");
            new ShardedStream("orders", { requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, distinctKeys: 20_000 }, shardCount, dashboard: false });`);
        await world.engine.preview({ projectDir: directory, environment: { SHARDS: "5" } });
        const written = JSON.parse(readFileSync(path.join(directory, "environment.json"), "utf8")) as Record<
            string,
            string
        >;
        const { found } = world.engine;
        if (found.kind !== "real") throw new Error("This needs the real engine.");
        const PATH = `${path.dirname(found.executable)}${path.delimiter}${written.PATH}`;
        env = { ...written, PATH, PULUMI_STACK: "dev", GITHUB_STEP_SUMMARY: path.join(directory, "summary.md") };
    });

    async function runWorkflow(shards: number, policies?: object): Promise<{ exitCode: number; summary: string }> {
        if (policies) writeFileSync(path.join(directory, "policies.json"), JSON.stringify(policies));
        writeFileSync(env.GITHUB_STEP_SUMMARY!, "");
        const [preview, show] = scripts as [string, string];
        const exitCode = await runStep(preview, directory, { ...env, SHARDS: String(shards) });
        assert.equal(await runStep(show, directory, env), 0);
        return { exitCode, summary: readFileSync(env.GITHUB_STEP_SUMMARY!, "utf8") };
    }

    it("has one step for the preview and one that shows it", () => assert.equal(scripts.length, 2));

    it("passes a stream that is sized", async () => {
        const { exitCode, summary } = await runWorkflow(4);
        assert.equal(exitCode, 0, summary);
        assert.match(summary, /✅ sharded-stream@v/);
    });

    it("fails a pull request with too few shards and shows the smallest change that passes", async () => {
        const { exitCode, summary } = await runWorkflow(2);
        assert.notEqual(exitCode, 0);
        assert.match(summary, /^```\n/);
        assert.match(
            summary,
            /shardCount deploys 2\. Set shardCount to 4 or more, or leave it out: the plan deploys 5\./,
        );
    });

    it("takes the levels of a policies.json", async () => {
        const { exitCode, summary } = await runWorkflow(2, { "capacity-covers-requirements": "advisory" });
        assert.equal(exitCode, 0, summary);
        assert.match(summary, /\[advisory\] {2}capacity-covers-requirements/);
    });
});
