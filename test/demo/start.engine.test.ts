/** `npm start`, and `sharded-stream rehearse` on a program of the user's: the day is played to the end, and what was made is taken away in any case. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { GetRecordsCommand, GetShardIteratorCommand } from "@aws-sdk/client-kinesis";
import { Aws } from "../../engine/providers/aws";
import { writeProject } from "../engine/harness";

const root = path.join(__dirname, "../..");

interface Run {
    readonly stdout: string;
    readonly stderr: string;
    readonly exitCode: number | null;
}

/** Done once a line has appeared on stderr. */
interface Act {
    readonly line: RegExp;
    readonly act: (stop: () => void, stderr: string) => void | Promise<void>;
}

/** What `npm start` runs, and what `sharded-stream rehearse` runs. */
const start = path.join(root, "scripts/start.js");
const cli = path.join(root, "bin/cli/main.js");

async function run(
    script: string,
    args: readonly string[],
    { when, cwd = root }: { when?: Act; cwd?: string } = {},
): Promise<Run> {
    const child = spawn(process.execPath, [script, ...args], {
        cwd,
        env: {
            PATH: process.env.PATH,
            HOME: process.env.HOME,
            XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
            NO_COLOR: "1",
            // What no program and no engine may see.
            AWS_PROFILE: "production",
            PULUMI_BACKEND_URL: "https://pulumi.invalid",
        },
        stdio: ["ignore", "pipe", "pipe"],
        // A group of its own, so that a signal reaches it as Ctrl-C reaches everything on a terminal.
        detached: true,
    });
    const output = { stdout: "", stderr: "" };
    let acted: Promise<void> | undefined;
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
        output.stderr += text;
        if (acted !== undefined || !when?.line.test(output.stderr)) return;
        acted = Promise.resolve(when.act(() => process.kill(-child.pid!, "SIGINT"), output.stderr));
    });
    const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
    await acted;
    return { ...output, exitCode };
}

const endpointIn = (stderr: string): string => /http:\/\/127\.0\.0\.1:\d+/.exec(stderr)![0];

function processesOf(pattern: string): string[] {
    const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
    return all.filter((line) => line.includes(pattern));
}

async function isListening(endpoint: string): Promise<boolean> {
    const port = Number(new URL(endpoint).port);
    return new Promise((resolve) => {
        const probe = createServer()
            .once("error", () => resolve(true))
            .once("listening", () => probe.close(() => resolve(false)))
            .listen(port, "127.0.0.1");
    });
}

async function nothingIsLeft(stderr: string): Promise<void> {
    const endpoint = endpointIn(stderr);
    assert.equal(await isListening(endpoint), false);
    assert.deepEqual(processesOf(endpoint), []);
}

interface Summary {
    readonly engine: string;
    readonly rejectedBy: readonly string[];
    readonly resourcesCreated: number;
    readonly mocked: readonly string[];
    readonly streams: readonly { readonly streamName: string; readonly plannedShards: number }[];
    readonly acceptedRecords: number;
    readonly refusedRecords: number;
    readonly alarmsFired: readonly string[];
    readonly decisions: readonly { readonly reason: string }[];
}

let folder: string;
let shortDay: string;
before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "start-test-"));
    shortDay = path.join(folder, "short-day.csv");
    // Forty minutes of which the last thirty offer six times as much.
    const rows = Array.from(
        { length: 40 },
        (_, minute) => `2026-01-05 12:${String(minute).padStart(2, "0")}:00,${minute < 10 ? 10 : 60}`,
    );
    writeFileSync(shortDay, `time,orders\n${rows.join("\n")}\n`);
});
after(() => rmSync(folder, { recursive: true }));

describe("npm start", () => {
    it("with the embedded engine: a bad configuration is rejected, a good one deployed, records flow until the stream throttles and an alarm fires", async () => {
        const report = path.join(folder, "start.html");
        const { stdout, stderr, exitCode } = await run(start, [
            ...["--json", "--engine", "embedded", "--trace", shortDay, "--peak", "4", "--report", report],
        ]);
        assert.equal(exitCode, 0, stderr);
        const summary = JSON.parse(stdout) as Summary;
        assert.match(summary.engine, /^embedded /);
        assert.deepEqual(summary.rejectedBy, ["capacity-covers-requirements"]);
        assert.deepEqual(
            summary.streams.map(({ plannedShards }) => plannedShards),
            [5],
        );
        assert.ok(summary.resourcesCreated > 15);
        assert.ok(summary.acceptedRecords > 0);
        assert.ok(summary.refusedRecords > 0);
        assert.ok(
            summary.alarmsFired.some((name) => name.endsWith("-WriteThrottling")),
            summary.alarmsFired.join(),
        );
        assert.ok(
            summary.decisions.some(({ reason }) => reason === "records-refused"),
            JSON.stringify(summary.decisions),
        );
        assert.match(readFileSync(report, "utf8"), /<h1>A day of the stream orders-/);
        await nothingIsLeft(stderr);
    });

    it("stopped by Ctrl-C in the middle of the day destroys what it made and leaves nothing running", async () => {
        const { stdout, stderr, exitCode } = await run(
            start,
            ["--json", "--engine", "embedded", "--report", path.join(folder, "stopped.html")],
            { when: { line: /4 {2}A day of traffic/, act: (stop) => stop() } },
        );
        assert.equal(exitCode, 130, stderr);
        assert.match(stdout, /"interrupted": true,\n {2}"stoppedAt": "2026-/);
        assert.match(stderr, /The day\n {2}stopped at \d\d:\d\d of the day; the rest was not played\n/);
        assert.match(stderr, /5 {2}pulumi destroy\n.*resources deleted; the sandbox ends, and nothing outlives it/);
        assert.equal(await isListening(endpointIn(stderr)), false);
    });

    const wrong: readonly [title: string, args: readonly string[], stderr: string][] = [
        ["an unknown option", ["--tace", "x"], "npm start: unknown option '--tace' (Did you mean --trace?)\n"],
        [
            "an engine that does not exist",
            ["--engine", "fast"],
            "npm start: option '--engine <which>' argument 'fast' is invalid. Allowed choices are auto, real, embedded.\n",
        ],
        [
            "a trace that is not there",
            ["--trace", "no-such.csv"],
            "npm start: no-such.csv cannot be read: there is no such file.\n",
        ],
        [
            "no peak",
            ["--peak", "0"],
            "npm start: option '--peak <times>' argument '0' is invalid. It must be a number above 0, at most 1,000.\n",
        ],
    ];
    for (const [title, args, stderr] of wrong) {
        it(`answers ${title} with one line and exit code 2`, async () => {
            assert.deepEqual(await run(start, args), { stdout: "", stderr, exitCode: 2 });
        });
    }
});

/** A user's own: a bare stream that a function reads, a declared one, and what the stand-in providers do not know. */
const program = `
    const iam = require("@pulumi/aws/iam");
    const lambda = require("@pulumi/aws/lambda");
    const { Stream } = require("@pulumi/aws/kinesis");
    const { getAvailabilityZones } = require("@pulumi/aws/getAvailabilityZones");
    const pulumi = require("@pulumi/pulumi");
    const { ShardedStream, StreamConsumerFunction } = require("sharded-stream");

    const config = new pulumi.Config();
    const custom = (type, name) => new pulumi.CustomResource(type, name, { length: 2 });
    custom("random:index/randomPet:RandomPet", "pet");
    custom("aws:s3/bucket:Bucket", "logs");
    new pulumi.ComponentResource("awsx:ec2:Vpc", "net", {}, {}, true);
    getAvailabilityZones();

    const clicks = new Stream("clicks", { shardCount: config.requireNumber("clickShards"), name: "clicks" });
    const orders = new ShardedStream("orders", {
        requirements: { writeMiBPerSecond: 1.4, recordsPerSecond: 1000, distinctKeys: 2000 },
        shardCount: config.getNumber("orderShards"),
        streamName: "orders",
        notifications: { emails: ["oncall@example.com"] },
    });

    const assumeRolePolicy = JSON.stringify({ Version: "2012-10-17", Statement: [
        { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } } ] });
    const role = new iam.Role("billing", { assumeRolePolicy });
    const policyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    const logs = new iam.RolePolicyAttachment("billing", { role: role.name, policyArn });
    const code = new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(
        "exports.handler = async ({ Records }) => console.log('billed ' + Records.map(({ kinesis }) => JSON.parse(Buffer.from(kinesis.data, 'base64')).key)[0]);") });
    const billing = new lambda.Function("billing", { name: "billing", runtime: "nodejs22.x", handler: "index.handler", role: role.arn, timeout: 30, code }, { dependsOn: logs });
    new StreamConsumerFunction("billing", { ...orders.source, function: billing.name, role: role.name, functionTimeoutSeconds: 30, processingMillisecondsPerRecord: 1 });
`;

describe("sharded-stream rehearse", () => {
    let project: string;
    before(() => {
        project = path.join(folder, "shop");
        writeProject(project, program, "shop");
        writeFileSync(
            path.join(project, "Pulumi.test.yaml"),
            'config:\n  aws:region: eu-west-1\n  shop:clickShards: "2"\n',
        );
    });
    const filesOf = (place: string) =>
        readdirSync(place, { withFileTypes: true }).map((entry) => [
            entry.name,
            entry.isFile() ? readFileSync(path.join(place, entry.name), "utf8") : "",
        ]);
    const rehearse = (args: readonly string[], when?: Act) =>
        run(cli, ["rehearse", "--json", ...args], { cwd: project, ...(when === undefined ? {} : { when }) });

    it("names all types that the sandbox does not know before anything is deployed", async () => {
        const { stdout, stderr, exitCode } = await rehearse(["--engine", "embedded"]);
        assert.deepEqual([stdout, exitCode], ["", 2], stderr);
        assert.equal(
            stderr.trimEnd().split("\n").at(-1),
            "sharded-stream rehearse: 4 types are not known to the sandbox: aws:index/getAvailabilityZones:getAvailabilityZones, aws:s3/bucket:Bucket (logs), awsx:ec2:Vpc (net), random:index/randomPet:RandomPet (pet). Give --skip-unknown to have them answered by mocks, or leave them out of the rehearsal by configuration.",
        );
        assert.doesNotMatch(stderr, /pulumi up/);
    });

    it("ends with exit code 1 where a policy rejects the stack, and deploys nothing", async () => {
        const args = ["--engine", "embedded", "--skip-unknown", "--config", "orderShards=1"];
        const { stdout, stderr, exitCode } = await rehearse([...args, "--policy-pack", path.join(root, "policies")]);
        assert.equal(exitCode, 1, stderr);
        const { rejectedBy, resourcesCreated } = JSON.parse(stdout) as Summary;
        assert.deepEqual([rejectedBy, resourcesCreated], [["capacity-covers-requirements"], 0]);
        assert.doesNotMatch(stderr, /pulumi up/);
    });

    it("plays a day through every stream of the user's program, with its consumers, and writes nothing into the folder", async () => {
        const before = filesOf(project);
        const seen: Record<string, unknown> = {};
        const look: Act = {
            line: /The sandbox keeps running/,
            act: async (stop, stderr) => {
                const aws = new Aws({ endpoint: endpointIn(stderr), region: "eu-west-1", accountId: "123456789012" });
                const answer = (await aws.json("logs", "Logs_20140328.FilterLogEvents", {
                    logGroupName: "/aws/lambda/billing",
                    filterPattern: "billed",
                })) as { events: { message: string }[] };
                seen.billed = /billed key-\d{6}/.test(answer.events[0]?.message ?? "");
                for (const StreamName of ["clicks", "orders"]) {
                    const start = { ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" } as const;
                    const { ShardIterator } = await aws.kinesis.send(
                        new GetShardIteratorCommand({ StreamName, ...start }),
                    );
                    const { Records = [] } = await aws.kinesis.send(new GetRecordsCommand({ ShardIterator }));
                    seen[StreamName] = Records.length > 100;
                }
                const { MetricAlarms = [] } = await aws.cloudwatch.send(
                    new DescribeAlarmsCommand({ AlarmNamePrefix: "orders-HighIncomingRecords" }),
                );
                seen.alarms = MetricAlarms.map(({ StateValue }) => StateValue);
                aws.close();
                stop();
            },
        };
        const report = path.join(folder, "shop.html");
        const { stdout, stderr, exitCode } = await rehearse(
            [
                ...["--engine", "real", "--skip-unknown", "--policy-pack", path.join(root, "policies")],
                ...["--trace", shortDay, "--peak", "1.2", "--report", report, "--keep"],
            ],
            look,
        );
        assert.equal(exitCode, 1, stderr);
        assert.deepEqual(seen, { billed: true, clicks: true, orders: true, alarms: ["ALARM"] });
        const summary = JSON.parse(stdout) as Summary;
        assert.match(summary.engine, /^real /);
        assert.deepEqual(summary.rejectedBy, []);
        assert.deepEqual(summary.mocked, [
            "aws:index/getAvailabilityZones:getAvailabilityZones",
            "aws:s3/bucket:Bucket (logs)",
            "awsx:ec2:Vpc (net)",
            "random:index/randomPet:RandomPet (pet)",
        ]);
        assert.deepEqual(
            summary.streams.map(({ streamName, plannedShards }) => [streamName, plannedShards]),
            [
                ["clicks", 2],
                ["orders", 3],
            ],
        );
        assert.deepEqual(summary.alarmsFired, ["orders-HighIncomingRecords"]);
        assert.match(readFileSync(report, "utf8"), /<h1>A day of the streams clicks, orders<\/h1>/);
        assert.deepEqual(filesOf(project), before);
        assert.match(stderr, /5 {2}pulumi destroy\n.*resources deleted; the sandbox ends, and nothing outlives it/);
        await nothingIsLeft(stderr);
    });
});

describe("an old Node.js", () => {
    for (const script of ["start", "test"]) {
        it(`gets one line from npm ${script === "start" ? "start" : "test"}, and no stack trace`, () => {
            const pretend = `Object.defineProperty(process.versions, "node", { value: "18.20.0" }); Object.defineProperty(process, "version", { value: "v18.20.0" }); require("./scripts/${script}.js");`;
            assert.throws(
                () => execFileSync(process.execPath, ["-e", pretend], { cwd: root, encoding: "utf8", stdio: "pipe" }),
                (error: { stderr: string; status: number }) => {
                    assert.equal(
                        error.stderr,
                        "sharded-stream needs Node.js 20 or newer (22 or 24 recommended); this is v18.20.0. Install it from nodejs.org and run the command again.\n",
                    );
                    assert.equal(error.status, 1);
                    return true;
                },
            );
        });
    }
});
