import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { packedProject } from "./packed";

/** Runs Node.js or a tool in the empty project, with nothing of this shell but the PATH. */
function run(command: string, ...args: readonly string[]): { stdout: string; stderr: string; status: number | null } {
    const { stdout, stderr, status } = spawnSync(command, args, {
        cwd: packedProject().folder,
        env: { PATH: process.env.PATH, HOME: process.env.HOME },
        encoding: "utf8",
    });
    return { stdout, stderr, status };
}

describe("the packed package in an empty project", () => {
    it("holds what it needs, and no source, test or tool of its own making", () => {
        const { files } = packedProject();
        for (const needed of [
            "bin/index.js",
            "bin/index.d.ts",
            "bin/cli/main.js",
            "bin/scaler/bundle.js",
            "bin/policies/index.js",
            "policies/PulumiPolicy.yaml",
            "policies/pack.js",
            "PulumiPlugin.yaml",
            "README.md",
            "LICENSE",
            "CHANGELOG.md",
        ])
            assert.ok(files.includes(needed), `${needed} is missing`);

        const unwanted = files.filter(
            (file) =>
                /^(test|bench|scripts|node_modules|capacity|cli|\.ci)\//.test(file) ||
                /\.(map|tsbuildinfo|log|tgz)$/.test(file),
        );
        assert.deepEqual(unwanted, []);
    });

    it("runs its command line", () => {
        const tool = path.join(packedProject().folder, "node_modules/.bin/sharded-stream");
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

    it("gives its planning functions, producer, policies and components by subpath, to CommonJS and to ES modules", () => {
        const script = `
            const { planCapacity } = require("sharded-stream/capacity");
            const producer = require("sharded-stream/producer");
            const policies = require("sharded-stream/policies");
            const { ShardedStream, StreamAlarms, StreamDashboard, StreamAutoscaler } = require("sharded-stream");
            import("sharded-stream").then((esm) => console.log(JSON.stringify([
                planCapacity({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500 }).recommendedShards,
                Object.keys(producer).length > 0,
                Object.keys(policies).length > 0,
                [ShardedStream, StreamAlarms, StreamDashboard, StreamAutoscaler, esm.ShardedStream].map((component) => typeof component),
            ])));`;
        const { stdout, stderr, status } = run(process.execPath, "-e", script);
        assert.deepEqual({ stderr, status }, { stderr: "", status: 0 });
        assert.deepEqual(JSON.parse(stdout), [5, true, true, Array(5).fill("function")]);
    });

    for (const [moduleResolution, module] of [
        ["node16", "node16"],
        ["node10", "commonjs"],
    ] as const) {
        it(`brings its types under moduleResolution ${moduleResolution}`, () => {
            writeFileSync(
                path.join(packedProject().folder, "program.ts"),
                `import { ShardedStream } from "sharded-stream";
                 import { planCapacity, type CapacityPlan } from "sharded-stream/capacity";
                 const plan: CapacityPlan = planCapacity({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500 });
                 export const stream = new ShardedStream("orders", { requirements: plan.requirements, scaling: { maxShards: 16 } });
                 // @ts-expect-error a requirement that does not exist
                 planCapacity({ writeMegabytes: 3 });`,
            );
            const tsc = path.join(packedProject().folder, "node_modules/typescript/bin/tsc");
            const { stdout, status } = run(
                process.execPath,
                tsc,
                "--noEmit",
                "--strict",
                "--skipLibCheck",
                "--target",
                "es2022",
                "--module",
                module,
                "--moduleResolution",
                moduleResolution,
                "program.ts",
            );
            assert.deepEqual({ stdout, status }, { stdout: "", status: 0 });
        });
    }
});
