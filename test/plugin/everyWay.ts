/**
 * `npm run languages`: what takes minutes, and so is no part of `npm test`. The plugin from a fresh clone, as an engine installs it, with and
 * without development dependencies; and a program in Go, whose SDK and Pulumi's have to be compiled.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import path from "node:path";
import { removeFolder, temporaryFolder } from "../../engine/folders";
import { engineVersion } from "../../engine/release";
import { onEngine } from "../engine/harness";
import { withLanguageHosts } from "./hosts";

const root = path.join(__dirname, "../..");

describe("the plugin in every way", () => {
    withLanguageHosts();
    const world = onEngine("real");
    const folder = temporaryFolder();
    after(() => removeFolder(folder));

    const run = (cwd: string, command: string, ...args: readonly string[]): string =>
        execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

    for (const [title, flags] of [
        ["with", []],
        ["without", ["--omit=dev"]],
    ] as const) {
        it(`from a fresh clone, installed ${title} development dependencies, with nothing built by hand`, async () => {
            const clone = path.join(folder, title);
            run(folder, "git", "clone", "--quiet", root, clone);
            run(clone, "npm", "install", "--loglevel=error", ...flags);
            // The clone stays as it is, or an engine that updates it would not.
            assert.equal(run(clone, "git", "status", "--porcelain"), "");
            const projectDir = world.project("", "orders-python");
            fs.cpSync(path.join(root, "examples/python"), projectDir, { recursive: true });
            fs.writeFileSync(path.join(projectDir, "Pulumi.yaml"), "name: orders-python\nruntime: python\n");
            const added = await world.engine.command!(["package", "add", clone], projectDir);
            assert.equal(added.exitCode, 0, added.stdout + added.stderr);
            const { exitCode, outputs, stdout, stderr } = await world.engine.up({ projectDir });
            assert.deepEqual([exitCode, outputs.shard_count], [0, 5], stdout + stderr);
            await world.engine.destroy({ projectDir });
        });
    }

    it("for a program in Go", async () => {
        const projectDir = world.project("", "orders-go");
        fs.writeFileSync(path.join(projectDir, "Pulumi.yaml"), "name: orders-go\nruntime: go\n");
        fs.copyFileSync(path.join(__dirname, "go/main.go"), path.join(projectDir, "main.go"));
        const added = await world.engine.command!(["package", "add", root], projectDir);
        assert.equal(added.exitCode, 0, added.stdout + added.stderr);
        const sdk = "github.com/sharded-stream/sharded-stream/sdk/go";
        const required = `require (\n    ${sdk} v0.0.0\n    github.com/pulumi/pulumi/sdk/v3 v${engineVersion}\n)`;
        const module = `module orders\n\n${required}\n\nreplace ${sdk} => ./sdks/sharded-stream\n`;
        fs.writeFileSync(path.join(projectDir, "go.mod"), module);
        run(projectDir, "go", "mod", "tidy");
        const { exitCode, outputs, stdout, stderr } = await world.engine.up({ projectDir });
        assert.deepEqual([exitCode, outputs.shardCount], [0, 5], stdout + stderr);
    });
});
