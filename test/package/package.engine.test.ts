/**
 * The two packages in the projects of users: what is in the tarballs, what they bring along, and that they work.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { buildSync } from "esbuild";
import { onEngine } from "../engine/harness";
import {
    type PackageName,
    type PackedProject,
    packedProject,
    projectWithoutPulumi,
    projectWithSandbox,
    tarballs,
} from "./packed";
// In the project that is installed here: a test file of its own would install another.
import "./sandboxLimits";
import "./scalerArchive";

const root = path.join(__dirname, "../..");
/** Nothing of this shell but the PATH. */
const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
};

interface Manifest {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
    readonly peerDependencies: Readonly<Record<string, string>>;
}

const folders: Readonly<Record<PackageName, string>> = {
    "sharded-stream": root,
    "sharded-stream-sandbox": path.join(root, "packages/sandbox"),
};
const manifestOf = (name: PackageName): Manifest =>
    JSON.parse(readFileSync(path.join(folders[name], "package.json"), "utf8")) as Manifest;

/** Runs Node.js or a tool in a project. */
function runIn(
    { folder }: PackedProject,
    command: string,
    ...args: readonly string[]
): { stdout: string; stderr: string; status: number | null } {
    const { stdout, stderr, status } = spawnSync(command, args, { cwd: folder, env, encoding: "utf8" });
    return { stdout, stderr, status };
}

const run = (command: string, ...args: readonly string[]) => runIn(packedProject(), command, ...args);
const toolOf = ({ folder }: PackedProject, name: string): string => path.join(folder, "node_modules/.bin", name);

describe("the packed package in an empty project", () => {
    it("holds what it needs, and no source, test or tool of its own making", () => {
        const { files } = tarballs()["sharded-stream"];
        for (const needed of [
            "bin/index.js",
            "bin/index.d.ts",
            "bin/cli/main.js",
            "bin/scaler/serialized.txt",
            "bin/policies/index.js",
            "bin/testing/index.js",
            "bin/testing/index.d.ts",
            "policies/PulumiPolicy.yaml",
            "policies/pack.js",
            "PulumiPlugin.yaml",
            "bin/plugin/main.js",
            "bin/plugin/schema.json",
            "README.md",
            "LICENSE",
        ])
            assert.ok(files.includes(needed), `${needed} is missing`);

        const unwanted = files.filter(
            (file) =>
                /^(test|bench|scripts|packages|node_modules|capacity|cli|\.ci)\//.test(file) ||
                /^bin\/(sandbox|engine|demo)\//.test(file) ||
                /\.(map|tsbuildinfo|log|tgz)$/.test(file),
        );
        assert.deepEqual(unwanted, []);
    });

    it("is below 360 kB, and brings along at most 45 packages and none with an install script", () => {
        const { added } = packedProject();
        assert.ok(tarballs()["sharded-stream"].bytes < 360_000, `${tarballs()["sharded-stream"].bytes} bytes`);
        assert.deepEqual(
            added.filter(({ hasInstallScript }) => hasInstallScript),
            [],
        );
        assert.ok(added.length <= 45, `${added.length}: ${added.map((each) => each.path).join(", ")}`);
    });

    it("runs its command line", () => {
        const tool = toolOf(packedProject(), "sharded-stream");
        const { stdout, stderr, status } = run(
            tool,
            "plan",
            "--write-mib",
            "3.5",
            "--records",
            "2500",
            "--lanes",
            "4",
            "--json",
        );
        assert.deepEqual({ stderr, status }, { stderr: "", status: 0 });
        const { minimumShards, recommendedShards } = JSON.parse(stdout) as Record<string, number>;
        assert.deepEqual([minimumShards, recommendedShards], [4, 5]);
    });

    it("gives its planning functions, producer, policies and components by subpath and under their names, to CommonJS and to ES modules", () => {
        const script = `
            const { planCapacity } = require("sharded-stream/capacity");
            const producer = require("sharded-stream/producer");
            const policies = require("sharded-stream/policies");
            const { ShardedStream, StreamAlarms, StreamDashboard, StreamAutoscaler } = require("sharded-stream");
            import("sharded-stream").then((esm) => console.log(JSON.stringify([
                planCapacity({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500 }).recommendedShards,
                Object.keys(producer).length > 0,
                Object.keys(policies).length > 0,
                [ShardedStream, StreamAlarms, StreamDashboard, StreamAutoscaler, esm.ShardedStream].map((component) => component.name),
                [planCapacity.name, producer.Producer.name, policies.policiesNamed.name],
            ])));`;
        const { stdout, stderr, status } = run(process.execPath, "-e", script);
        assert.deepEqual({ stderr, status }, { stderr: "", status: 0 });
        assert.deepEqual(JSON.parse(stdout), [
            5,
            true,
            true,
            ["ShardedStream", "StreamAlarms", "StreamDashboard", "StreamAutoscaler", "ShardedStream"],
            ["planCapacity", "Producer", "policiesNamed"],
        ]);
    });

    for (const [moduleResolution, module, compiler] of [
        ["node16", "node16", "typescript7"],
        ["node10", "commonjs", "typescript"],
    ] as const) {
        it(`brings its types under moduleResolution ${moduleResolution}, to ${compiler}`, () => {
            writeFileSync(
                path.join(packedProject().folder, "program.ts"),
                `import * as kinesis from "@pulumi/aws/kinesis";
                 import * as pulumi from "@pulumi/pulumi";
                 import { ShardedStream, StreamAlarms, StreamAutoscaler, StreamDashboard } from "sharded-stream";
                 import { planCapacity, type CapacityPlan } from "sharded-stream/capacity";
                 import { awsMocks } from "sharded-stream/testing";
                 pulumi.runtime.setMocks(awsMocks({ region: "eu-west-1", accountId: undefined }));
                 const plan: CapacityPlan = planCapacity({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500, orderedLanes: undefined });
                 export const stream = new ShardedStream("orders", { requirements: plan.requirements, scaling: { maxShards: 16 } });
                 // @ts-expect-error a requirement that does not exist
                 planCapacity({ writeMegabytes: 3 });

                 // What other resources hand out, where the provider takes it, and what may not be there.
                 const other = new kinesis.Stream("other");
                 declare const number: number | undefined, text: string | undefined, flag: boolean | undefined;
                 const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, orderedLanes: other.shardCount, headroom: number };
                 const alarms = flag ? { writeUtilization: { enabled: flag, threshold: other.shardCount } } : undefined;
                 const given = {
                     requirements,
                     shardCount: other.shardCount,
                     retentionHours: other.retentionPeriod,
                     shardLevelMetrics: other.shardLevelMetrics,
                 };
                 new ShardedStream("a", { ...given, kmsKeyId: other.kmsKeyId, maxRecordKiB: other.maxRecordSizeInKib,
                     capacityMode: flag ? "on-demand" : undefined, streamProvider: undefined,
                     enforceConsumerDeletion: other.enforceConsumerDeletion, tags: other.tags, streamName: text, alarms,
                     scaling: { minShards: other.shardCount, mode: text, paused: flag, rolePath: text, notify: flag ? "all" : undefined },
                     notifications: { topicArn: text, topicKmsKeyId: other.kmsKeyId, emails: undefined },
                     dashboard: flag, consumers: undefined });
                 new ShardedStream("b", { requirements, shardCount: stream.shardCount, scaling: undefined, notifications: undefined });
                 new StreamAlarms("a", { ...given, stream: other.name, scaled: flag, scalerFunctionArn: text, alarms, tags: other.tags });
                 new StreamDashboard("a", { ...given, stream: other.name, region: text, scalerLogGroup: text });
                 new StreamAutoscaler("a", { streamName: other.name, streamArn: other.arn, minShards: 1, maxShards: 4,
                     peakShards: other.shardCount, topicArn: text, topicKmsKeyArn: text, ledgerTable: text, invokedByAlarms: undefined });
                 // @ts-expect-error a count is no text
                 new ShardedStream("c", { requirements, shardCount: other.kmsKeyId });`,
            );
            const example = path.join(root, "examples/unit-test");
            for (const file of readdirSync(example))
                copyFileSync(path.join(example, file), path.join(packedProject().folder, file));
            const { stdout, status } = run(
                process.execPath,
                path.join(root, "node_modules", compiler, "bin/tsc"),
                ...["--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "--target", "es2022"],
                ...["--esModuleInterop", "--module", module, "--moduleResolution", moduleResolution],
                ...["--outDir", `compiled-${module}`],
                ...["program.ts", "orders.test.ts"],
            );
            assert.deepEqual({ stdout, status }, { stdout: "", status: 0 });
        });
    }

    it("says where its scaler's code is missing in a program that a bundler has made one file of, and what to do", () => {
        const { folder } = packedProject();
        const contents = `
            import * as pulumi from "@pulumi/pulumi";
            import { ShardedStream } from "sharded-stream";
            import { awsMocks } from "sharded-stream/testing";
            process.on("unhandledRejection", (error) => {
                console.log(error.message.replace(/^.*: (?=The scaler)/, ""));
                process.exit();
            });
            pulumi.runtime.setMocks(awsMocks()).then(() => {
                const requirements = { writeMiBPerSecond: 1, recordsPerSecond: 1 };
                new ShardedStream("orders", { requirements, scaling: {} });
            });`;
        const build = (...external: string[]) => {
            const options = {
                bundle: true,
                platform: "node",
                outfile: "out/bundled.cjs",
                absWorkingDir: folder,
            } as const;
            const stdin = { contents, resolveDir: folder };
            buildSync({ ...options, absWorkingDir: folder, external: ["@pulumi/*", ...external], stdin });
            return run(process.execPath, "out/bundled.cjs").stdout;
        };
        assert.equal(
            build(),
            `The scaler's code is not where it was packed, ${path.join(folder, "scaler/serialized.txt")}: the program was bundled without it. Leave sharded-stream out of the bundle (esbuild: --external:sharded-stream), and install it beside the program.\n`,
        );
        assert.equal(build("sharded-stream"), "");
    });

    it("runs the unit test that docs/testing.md shows", () => {
        const { stdout, status } = run(process.execPath, "--test", "compiled-node16/orders.test.js");
        assert.equal(status, 0, stdout);
        assert.match(stdout, /^# pass 4$/m);
    });
});

describe("the packed package as a Pulumi plugin", function () {
    this.timeout(240_000);
    const world = onEngine("real");

    for (const place of ["node_modules/.bin/pulumi-resource-sharded-stream", "node_modules/sharded-stream"]) {
        it(`tells the engine of its components as ${place}`, async () => {
            const plugin = path.join(packedProject().folder, place);
            // Not from a folder of the package, where the CLI cannot tell the plugin from a project beside it.
            const { exitCode, stdout, stderr } = await world.engine.command!(
                ["package", "get-schema", plugin],
                world.project(""),
            );
            assert.equal(exitCode, 0, stderr);
            const { name, version, resources } = JSON.parse(stdout) as Record<string, string | object>;
            assert.deepEqual([name, version], ["sharded-stream", manifestOf("sharded-stream").version]);
            assert.deepEqual(
                Object.keys(resources as object),
                ["ShardedStream", "StreamAlarms", "StreamAutoscaler", "StreamConsumerFunction", "StreamDashboard"].map(
                    (component) => `sharded-stream:index:${component}`,
                ),
            );
        });
    }
});

for (const [name, folder] of Object.entries(folders) as [PackageName, string][]) {
    it(`${name} depends on every package that its compiled code and its declarations name`, () => {
        const compiled = tarballs()[name].files.filter((file) => /^bin\/.*\.(js|d\.ts)$/.test(file));
        const named = compiled.flatMap((file) =>
            [
                ...readFileSync(path.join(folder, file), "utf8")
                    .replace(/\/\*[\s\S]*?\*\//g, "")
                    .matchAll(/\b(?:from |require\(|import\()"((?:@[\w.-]+\/)?\w[\w.-]*)["/]/g),
            ].map((match) => match[1]!),
        );
        const { dependencies, peerDependencies } = manifestOf(name);
        // Its own name stands in the program that `advise` prints.
        const known = [name, ...builtinModules, ...Object.keys(dependencies), ...Object.keys(peerDependencies)];
        assert.deepEqual(
            [...new Set(named)].filter((each) => !known.includes(each)),
            [],
        );
    });
}

describe("the packed package without Pulumi", () => {
    it("brings no Pulumi along", () => {
        assert.deepEqual(
            projectWithoutPulumi().added.filter((each) => each.path.includes("@pulumi/")),
            [],
        );
    });

    it("gives the producer and the planning functions", () => {
        const script = `
            const { planCapacity } = require("sharded-stream/capacity");
            const { Producer } = require("sharded-stream/producer");
            console.log(planCapacity({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500 }).minimumShards, typeof Producer);`;
        assert.deepEqual(runIn(projectWithoutPulumi(), process.execPath, "-e", script), {
            stdout: "4 function\n",
            stderr: "",
            status: 0,
        });
    });

    it("shows a few lines of its code, and not all, before what it says of arguments that nobody catches", () => {
        const script = 'require("sharded-stream/capacity").planCapacity({ writeMiBPerSecond: 3.5 })';
        const { stderr } = runIn(projectWithoutPulumi(), process.execPath, "-e", script);
        const at = stderr.indexOf("InvalidInputError: requirements: recordsPerSecond: missing;");
        assert.ok(at > 0 && at < 4_000, stderr);
    });

    for (const [title, source, clients, printed] of [
        [
            "the planning functions",
            'import { planCapacity } from "sharded-stream/capacity"; console.log(planCapacity({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500 }).minimumShards);',
            [],
            "4\n",
        ],
        [
            "the producer",
            'import { Producer } from "sharded-stream/producer"; console.log(new Producer({ stream: "orders" }) instanceof Producer);',
            ["client-kinesis"],
            "true\n",
        ],
    ] as const) {
        it(`is bundled by esbuild into an application with ${title}, with no SDK beside what that needs`, () => {
            const { folder } = projectWithoutPulumi();
            const { metafile } = buildSync({
                stdin: { contents: source, resolveDir: folder },
                absWorkingDir: folder,
                outfile: "bundled.cjs",
                bundle: true,
                platform: "node",
                metafile: true,
                logLevel: "silent",
            });
            const inputs = Object.keys(metafile.inputs).join("\n");
            const found = [...inputs.matchAll(/node_modules\/@(?:pulumi|aws-sdk)\/(client-\w+|pulumi|aws|policy)\//g)];
            assert.deepEqual([...new Set(found.map(([, name]) => name))], clients);
            assert.equal(runIn(projectWithoutPulumi(), process.execPath, "bundled.cjs").stdout, printed);
        });
    }

    it("plans on the command line", () => {
        const tool = toolOf(projectWithoutPulumi(), "sharded-stream");
        const { stdout, stderr, status } = runIn(
            projectWithoutPulumi(),
            tool,
            ...["plan", "--write-mib", "3.5", "--records", "2500"],
        );
        assert.deepEqual({ stderr, status }, { stderr: "", status: 0 });
        assert.match(stdout, /^4 shards carry the declared peak; 5 are recommended/);
    });

    for (const args of [["sandbox"], ["rehearse", "--shape", "flat"]]) {
        it(`says for ${args[0]} how to install the sandbox, which is a package of its own`, () => {
            const tool = toolOf(projectWithoutPulumi(), "sharded-stream");
            assert.deepEqual(runIn(projectWithoutPulumi(), tool, ...args), {
                stdout: "",
                stderr: "sharded-stream: the local AWS is a package of its own; install it with: npm install --save-dev sharded-stream-sandbox\n",
                status: 2,
            });
        });
    }
});

describe("the packed sandbox beside the packed package", () => {
    let sandbox: ChildProcess | undefined;
    afterEach(() => void sandbox?.kill("SIGKILL"));

    it("holds its own rooms and what they ask, under the same version as the package", () => {
        const { files } = tarballs()["sharded-stream-sandbox"];
        for (const needed of [
            "README.md",
            "LICENSE",
            "index.js",
            "index.d.ts",
            "bin/engine/index.js",
            "bin/demo/main.js",
        ])
            assert.ok(files.includes(needed), `${needed} is missing`);
        assert.deepEqual(
            [...new Set(files.filter((file) => file.startsWith("bin/")).map((file) => file.split("/")[1]))].sort(),
            ["capacity", "charts", "demo", "engine", "programs", "sandbox"],
        );
        assert.deepEqual(
            files.filter((file) => /\.(map|tsbuildinfo|log|tgz)$/.test(file)),
            [],
        );
        const [module, own] = (["sharded-stream", "sharded-stream-sandbox"] as const).map(manifestOf);
        assert.equal(own!.version, module!.version);
        for (const [name, range] of Object.entries(own!.dependencies))
            assert.equal(module!.dependencies[name] ?? range, range, name);
    });

    it("starts by its own name and answers, as it does by sharded-stream sandbox (sandboxLimits.ts)", async () => {
        const project = projectWithSandbox();
        const tool = toolOf(project, "sharded-stream-sandbox");
        const started = (sandbox = spawn(tool, ["--json"], { cwd: project.folder, env }));
        const ended = new Promise<number | null>((resolve) => started.on("exit", resolve));
        const { env: environment } = await new Promise<{ env: Record<string, string> }>((resolve) => {
            let text = "";
            started.stdout.setEncoding("utf8").on("data", (more: string) => {
                text += more;
                if (text.trimEnd().endsWith("}")) resolve(JSON.parse(text) as { env: Record<string, string> });
            });
        });
        const script = `
            const { KinesisClient, ListStreamsCommand } = require("@aws-sdk/client-kinesis");
            new KinesisClient({}).send(new ListStreamsCommand({})).then(({ StreamNames }) => console.log(StreamNames));`;
        const { stdout } = spawnSync(process.execPath, ["-e", script], {
            cwd: project.folder,
            env: { ...env, ...environment },
            encoding: "utf8",
        });
        assert.equal(stdout, "[]\n");
        started.kill("SIGTERM");
        assert.equal(await ended, 0);
    });

    it("rehearses the program of the project, which is TypeScript, as docs/rehearse.md tells", () => {
        const project = projectWithSandbox();
        const [, program] = /```ts\n([\s\S]*?)```/.exec(readFileSync(path.join(root, "docs/rehearse.md"), "utf8"))!;
        const files = {
            "index.ts": program!,
            "Pulumi.yaml": "name: shop\nruntime: nodejs\n",
            "hour.csv": "time,load\n2026-01-05 12:00,1\n2026-01-05 12:15,1\n",
        };
        for (const [name, text] of Object.entries(files)) writeFileSync(path.join(project.folder, name), text);
        const { stdout, stderr, status } = runIn(
            project,
            toolOf(project, "sharded-stream"),
            ...["rehearse", "--policy-pack", "node_modules/sharded-stream/policies"],
            ...["--trace", "hour.csv", "--report", "rehearsal.html", "--json"],
        );
        assert.equal(status, 0, stderr);
        const { rejectedBy, refusedRecords, streams } = JSON.parse(stdout) as {
            rejectedBy: string[];
            refusedRecords: number;
            streams: { plannedShards: number }[];
        };
        assert.deepEqual([rejectedBy, refusedRecords, streams.length, streams[0]?.plannedShards], [[], 0, 1, 5]);
        const page = readFileSync(path.join(project.folder, "rehearsal.html"), "utf8");
        assert.match(page, /uPlot/);
        assert.doesNotMatch(page, /(src|href)="http/);
    });

    it("starts in a program of the user's, and exports nothing else", () => {
        const project = projectWithSandbox();
        writeFileSync(
            path.join(project.folder, "program.ts"),
            `import { type Sandbox, type SandboxOptions, startSandbox } from "sharded-stream-sandbox";
             const options: SandboxOptions = { region: "eu-west-1", clock: "manual", callRates: false };
             // @ts-expect-error a speed is no text
             const wrong: SandboxOptions = { speed: "fast" };
             startSandbox(options).then(async (sandbox: Sandbox) => {
                 await sandbox.advance(60);
                 console.log(sandbox.client.region, sandbox.env.AWS_REGION, Object.keys(require("sharded-stream-sandbox")).join());
                 await sandbox.close();
             });`,
        );
        const { stdout } = runIn(
            project,
            process.execPath,
            path.join(root, "node_modules/typescript7/bin/tsc"),
            ...["--strict", "--skipLibCheck", "--target", "es2022", "--module", "node16", "--types", "node"],
            ...["--typeRoots", path.join(root, "node_modules/@types"), "program.ts"],
        );
        assert.equal(stdout, "");
        assert.deepEqual(runIn(project, process.execPath, "program.js"), {
            stdout: "eu-west-1 eu-west-1 startSandbox,AwsError\n",
            stderr: "",
            status: 0,
        });
    });

    it("runs the test that its README shows, in node:test and in mocha", () => {
        const project = projectWithSandbox();
        const readme = readFileSync(path.join(folders["sharded-stream-sandbox"], "README.md"), "utf8");
        const [example, ofMocha] = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code!);
        const ofNode = 'import { after, before, test } from "node:test";\n';
        assert.ok(example!.includes(ofNode));
        writeFileSync(path.join(project.folder, "node.test.mjs"), example!);
        writeFileSync(path.join(project.folder, "mocha.test.mjs"), example!.replace(ofNode, ofMocha!));
        symlinkSync(path.join(root, "node_modules/mocha"), path.join(project.folder, "node_modules/mocha"));
        const inNode = runIn(project, process.execPath, "node.test.mjs");
        assert.match(inNode.stdout, /^# pass 1$/m, inNode.stdout);
        const inMocha = runIn(project, process.execPath, "node_modules/mocha/bin/mocha.js", "mocha.test.mjs");
        assert.match(inMocha.stdout, /1 passing/, inMocha.stdout + inMocha.stderr);
    });
});
