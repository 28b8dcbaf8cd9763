/** The workflow that can be copied does in a shell what its readers expect of a pull request. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { load } from "js-yaml";
import { type Review } from "../../cli/review/reviewed";
import { onEngine } from "../engine/harness";
import { type Comments, startComments } from "./comments";

const repository = path.join(__dirname, "../..");
const file = path.join(repository, "examples/pull-request-policies.yml");
const marker = "<!-- sharded-stream review -->";

interface Step {
    readonly run?: string;
    readonly shell?: string;
    readonly env?: Readonly<Record<string, string>>;
}

interface Workflow {
    readonly jobs: { readonly preview: { readonly steps: readonly Step[] } };
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
    const scripts = steps.filter(({ run, shell }) => run !== undefined && shell === "bash");

    let directory: string;
    let env: Record<string, string>;
    let pullRequest: Comments;

    // A program that writes down its environment: with it a plain `pulumi`, as the workflow calls it, finds the sandbox.
    before(async () => {
        directory = world.project(`
            require("node:fs").writeFileSync("environment.json", JSON.stringify(process.env));
            const shardCount = Number(process.env.SHARDS);
            const { ShardedStream } = require("sharded-stream");
            new ShardedStream("orders", { requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, distinctKeys: 20_000 }, shardCount, dashboard: false });`);
        const commands = path.join(directory, "node_modules/.bin");
        mkdirSync(commands);
        symlinkSync(path.join(repository, "bin/cli/main.js"), path.join(commands, "sharded-stream"));
        await world.engine.preview({ projectDir: directory, environment: { SHARDS: "5" } });
        const written = JSON.parse(readFileSync(path.join(directory, "environment.json"), "utf8")) as Record<
            string,
            string
        >;
        const { found } = world.engine;
        if (found.kind !== "real") throw new Error("This needs the real engine.");
        pullRequest = await startComments(marker);
        const PATH = [path.dirname(found.executable), path.dirname(process.execPath), written.PATH].join(
            path.delimiter,
        );
        const GITHUB_STEP_SUMMARY = path.join(directory, "summary.md");
        env = { ...written, ...pullRequest.env, PATH, PULUMI_STACK: "dev", GITHUB_STEP_SUMMARY };
    });
    after(() => pullRequest?.stop());

    /** The exit code of each step, each run as with `if: always()`; expressions in a step's environment are in the test's own. */
    async function runWorkflow(shards: number, policies?: object): Promise<{ exitCodes: number[]; summary: string }> {
        if (policies) writeFileSync(path.join(directory, "policies.json"), JSON.stringify(policies));
        writeFileSync(env.GITHUB_STEP_SUMMARY!, "");
        const exitCodes: number[] = [];
        for (const step of scripts) {
            const own = Object.entries(step.env ?? {}).filter(([, value]) => !value.startsWith("${{"));
            const stepEnv = { ...env, ...Object.fromEntries(own), SHARDS: String(shards) };
            exitCodes.push(await runStep(step.run!, directory, stepEnv));
        }
        return { exitCodes, summary: readFileSync(env.GITHUB_STEP_SUMMARY!, "utf8") };
    }

    const ofBots = () => pullRequest.comments.filter(({ user }) => user.type === "Bot").map(({ body }) => body);

    it("has a step for the preview, one that reviews it, one that shows both and one that comments", () =>
        assert.equal(scripts.length, 4));

    it("passes a stream that is sized, and comments what it costs", async () => {
        const { exitCodes, summary } = await runWorkflow(4);
        assert.deepEqual(exitCodes, [0, 0, 0, 0], summary);
        assert.match(summary, /✅ sharded-stream@v/);
        const [comment, ...others] = ofBots();
        assert.deepEqual(others, []);
        assert.ok(comment!.startsWith(`${marker}\n### Kinesis: 1 stream: \\$0.00 → \\$137.11 a month`), comment);
        assert.match(comment!, /\| `orders` \| create \| none → 4 \| none → 13 % \|/);
        assert.ok(summary.startsWith(comment!), summary);
    });

    it("fails a pull request with too few shards and shows the smallest change that passes", async () => {
        const { exitCodes, summary } = await runWorkflow(2);
        assert.deepEqual([exitCodes[0] !== 0, ...exitCodes.slice(1)], [true, 1, 0, 0]);
        assert.match(summary, /```\n/);
        const fix = /shardCount deploys 2\. Set shardCount to 4 or more, or leave it out: the plan deploys 5\./;
        assert.match(summary, fix);
        assert.match(ofBots()[0]!, fix);
    });

    it("takes the levels of a policies.json", async () => {
        const { exitCodes, summary } = await runWorkflow(2, { "capacity-covers-requirements": "advisory" });
        assert.deepEqual(exitCodes, [0, 0, 0, 0], summary);
        assert.match(summary, /\[advisory\] {2}capacity-covers-requirements/);
        assert.match(ofBots()[0]!, /⚠️ \*\*capacity-covers-requirements\*\* \(advisory\)/);
    });

    it("keeps one comment up to date, and touches nobody else's", () => {
        const changes = pullRequest.calls.filter((call) => !call.startsWith("GET"));
        const update = "PATCH /repos/acme/orders/issues/comments/101";
        assert.deepEqual(changes, ["POST /repos/acme/orders/issues/7/comments", update, update]);
        assert.equal(pullRequest.comments[50]!.body, `${marker}\nmine`);
    });

    it("reviews what comes through a pipe", async () => {
        const piped = "cat events.json | node_modules/.bin/sharded-stream review - --json > review.json";
        assert.equal(await runStep(piped, directory, env), 0);
        const review = JSON.parse(readFileSync(path.join(directory, "review.json"), "utf8")) as Review;
        assert.deepEqual([review.streams.length, review.policyPacks], [1, ["sharded-stream"]]);
    });

    it("says in the comment why there is no review", async () => {
        const [, review, , comment] = scripts;
        writeFileSync(path.join(directory, "events.json"), "");
        assert.equal(await runStep(review!.run!, directory, env), 2);
        assert.equal(await runStep(comment!.run!, directory, env), 0);
        assert.match(
            ofBots()[0]!,
            /^<!-- .*\nThe streams could not be reviewed:\n\n {4}sharded-stream: events\.json is empty/,
        );
    });

    it("comments on GitLab as its snippet says, once", async () => {
        const docs = readFileSync(path.join(repository, "docs/pull-requests.md"), "utf8");
        const job = load(/## GitLab[^]*?```yaml\n([^]*?)```/.exec(docs)![1]!) as { review: { script: string[] } };
        const script = job.review.script.find((line) => line.includes("<<'SCRIPT'"))!;
        assert.ok(job.review.script.some((line) => line.includes("sharded-stream review events.json --markdown")));
        pullRequest.calls.length = 0;
        // The bot of the tests is the one of GitHub's comment, so that it is found.
        assert.equal(await runStep(script, directory, env), 0);
        assert.equal(pullRequest.calls.at(-1), "PUT /projects/3/merge_requests/7/notes/101");
        pullRequest.comments.pop();
        assert.equal(await runStep(script, directory, env), 0);
        assert.equal(pullRequest.calls.at(-1), "POST /projects/3/merge_requests/7/notes");
    });
});
