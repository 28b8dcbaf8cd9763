/** Secrets of a stack on the real engine: under the vault of the sandbox, and under a passphrase that the stack's own configuration names. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { onEngine } from "./harness";

const program = `
const pulumi = require("@pulumi/pulumi");
const word = new pulumi.Config().getSecret("word") ?? pulumi.secret("shut");
new pulumi.Stash("kept", { input: word });
exports.word = word;
exports.letters = pulumi.unsecret(word.apply((text) => text.length));`;

describe("a stack with secrets, on the real engine", () => {
    const world = onEngine("real", { inOneProcess: true });
    const stateOf = async (projectDir: string) => {
        const { stdout } = await world.engine.command!(["stack", "export", "--stack=dev"], projectDir);
        return (JSON.parse(stdout) as { deployment: { secrets_providers: { type: string } } }).deployment;
    };

    it("has them encrypted in its state, and reads them again", async () => {
        const projectDir = world.project(program, "vaulted");
        const up = await world.engine.up({ projectDir });
        assert.deepEqual([up.exitCode, up.outputs.word], [0, "[secret]"], up.stdout + up.stderr);
        const again = await world.engine.up({ projectDir });
        assert.deepEqual([again.exitCode, again.changes], [0, { same: 2 }], again.stdout + again.stderr);
        const state = await stateOf(projectDir);
        assert.equal(state.secrets_providers.type, "cloud");
        assert.doesNotMatch(JSON.stringify(state), /shut/);
    });

    it("has them from its own configuration where that is encrypted with a passphrase", async () => {
        const projectDir = world.project(program, "passphrase");
        const set = ["config", "set", "--secret", "word", "open sesame", "--stack=dev"];
        await world.engine.command!(["stack", "init", "dev"], projectDir);
        const { exitCode, stderr } = await world.engine.command!(set, projectDir);
        assert.equal(exitCode, 0, stderr);
        const own = readFileSync(path.join(projectDir, "Pulumi.dev.yaml"), "utf8");
        assert.match(own, /encryptionsalt: v1:/);
        const up = await world.engine.up({ projectDir });
        assert.deepEqual([up.exitCode, up.outputs.letters], [0, 11], up.stdout + up.stderr);
        assert.equal((await stateOf(projectDir)).secrets_providers.type, "passphrase");
        assert.equal(readFileSync(path.join(projectDir, "Pulumi.dev.yaml"), "utf8"), own);
    });
});
