/** Both engines run programs that use more of Pulumi than a stream does. */
import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb";
import { type PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { removeFolder, temporaryFolder } from "../../engine/folders";
import { languageHostModule, writeLanguageHostScript } from "../../engine/languageHostScript";
import { onEngine } from "./harness";

const providers = `
const { Provider } = require("@pulumi/aws/provider");
const { getCallerIdentityOutput } = require("@pulumi/aws/getCallerIdentity");
const { getRegionOutput } = require("@pulumi/aws/getRegion");
const frankfurt = new Provider("frankfurt", { region: "eu-central-1", defaultTags: { tags: { owner: "platform" } } });
const stream = new (require("@pulumi/aws/kinesis").Stream)("orders", { shardCount: 1, tags: { team: "orders" } }, { provider: frankfurt });
exports.region = stream.region;
exports.tags = stream.tags;
exports.tagsAll = stream.tagsAll;
exports.account = getCallerIdentityOutput().accountId;
exports.here = getRegionOutput().region;
`;

const hooked = `
const pulumi = require("@pulumi/pulumi");
const growth = new pulumi.ResourceHook("growth", ({ name, oldOutputs, newInputs }) => {
    throw new Error(name + " goes from " + oldOutputs.shardCount + " to " + newInputs.shardCount);
}, { onDryRun: true });
const shardCount = new pulumi.Config().requireNumber("shards");
new (require("@pulumi/aws/kinesis").Stream)("hooked", { shardCount }, { hooks: { beforeUpdate: [growth] } });
`;

const reading = `
const pulumi = require("@pulumi/pulumi");
const orders = new pulumi.StackReference("organization/orders/dev");
exports.region = orders.getOutput("region");
`;

for (const kind of ["real", "embedded"] as const) {
    describe(`a program on the ${kind} engine that uses more of Pulumi`, () => {
        const world = onEngine(kind, { inOneProcess: true });

        it("has a provider of its own with region and default tags, and functions of the default one", async () => {
            const projectDir = world.project(providers, "orders");
            const result = await world.engine.up({ projectDir });
            assert.equal(result.exitCode, 0, result.stdout + result.stderr);
            assert.deepEqual(result.outputs, {
                region: "eu-central-1",
                tags: { team: "orders" },
                tagsAll: { owner: "platform", team: "orders" },
                account: "123456789012",
                here: "us-east-1",
            });
            const again = await world.engine.up({ projectDir });
            assert.deepEqual(Object.keys(again.changes), ["same"], again.stdout);
        });

        it("reads the outputs of another stack", async () => {
            const result = await world.engine.up({ projectDir: world.project(reading, "reader") });
            assert.deepEqual([result.exitCode, result.outputs], [0, { region: "eu-central-1" }], result.stderr);
        });

        it("calls the hooks of a resource: what comes before may refuse, in a preview too", async () => {
            const projectDir = world.project(hooked, "hooked");
            const up = await world.engine.up({ projectDir, config: { shards: 1 } });
            assert.equal(up.exitCode, 0, up.stdout + up.stderr);
            assert.deepEqual(up.changes, { create: 2 });
            const preview = await world.engine.preview({ projectDir, config: { shards: 2 } });
            const messages = preview.diagnostics
                .filter(({ severity }) => severity === "error")
                .map(({ message }) => message);
            assert.match(messages.join("\n"), /before hook "growth" failed: hooked goes from 1 to 2/);
            assert.notEqual(preview.exitCode, 0);
        });

        it("serialises a function, for which the SDK loads the TypeScript compiler at last", async () => {
            const serialising = `
                const pulumi = require("@pulumi/pulumi");
                const factor = 3;
                const serialized = pulumi.runtime.serializeFunction((count) => count * factor);
                exports.holdsFactor = serialized.then(({ text }) => text.includes("factor: 3") && text.includes("count * factor"));
                const native = Math.max.bind(undefined, 1);
                exports.refused = pulumi.runtime.serializeFunction((count) => native(count)).catch(({ message }) => message.split("\\n")[0]);`;
            const result = await world.engine.preview({ projectDir: world.project(serialising, "serialising") });
            const refused = "Error serializing '(count) => native(count)': index.js(7,67)";
            assert.deepEqual([result.exitCode, result.outputs], [0, { holdsFactor: true, refused }], result.stderr);
        });

        it("has a stash that keeps the first value that it was given", async () => {
            const stash = `
                const pulumi = require("@pulumi/pulumi");
                exports.first = new pulumi.Stash("first", { input: new pulumi.Config().require("value") }).output;
                new pulumi.Stash("ignoring", { input: String(Math.random()) }, { ignoreChanges: ["input"] });`;
            const projectDir = world.project(stash, "stash");
            const told = [];
            for (const [value, operation] of [
                ["one", "preview"],
                ["one", "up"],
                ["two", "up"],
                ["two", "up"],
            ] as const) {
                const { exitCode, outputs, changes } = await world.engine[operation]({ projectDir, config: { value } });
                told.push([exitCode, outputs.first, changes]);
            }
            assert.deepEqual(told, [
                [0, "one", { create: 3 }],
                [0, "one", { create: 3 }],
                [0, "one", { same: 2, update: 1 }],
                [0, "one", { same: 3 }],
            ]);
        });

        it("reads a stream that exists already", async () => {
            const get = `
                const stream = require("@pulumi/aws/kinesis").Stream.get("found", "NAME", { region: "eu-central-1" });
                exports.shards = stream.shardCount;`;
            const known = await world.engine.up({ projectDir: world.project(providers, "orders") });
            const name = String(known.steps.find(({ type }) => type.endsWith(":Stream"))?.inputs.name);
            const result = await world.engine.up({ projectDir: world.project(get.replace("NAME", name), "getter") });
            assert.deepEqual([result.exitCode, result.outputs], [0, { shards: 1 }], result.stdout + result.stderr);
        });

        it("is told which type has no stand-in", async () => {
            const bucket = `new (require("@pulumi/aws/s3/bucket").Bucket)("data");`;
            const result = await world.engine.preview({ projectDir: world.project(bucket) });
            assert.notEqual(result.exitCode, 0);
            const messages = result.diagnostics.map(({ message }) => message).join("\n");
            assert.match(messages, /The sandbox's aws provider has no resource type aws:s3\/bucket:Bucket\. It has: /);
        });
    });
}

describe("the language host for a CLI that brings none", () => {
    it("prints its port and answers the handshake", async () => {
        const folder = temporaryFolder();
        writeLanguageHostScript(folder);
        const host = spawn(process.execPath, [path.join(folder, "pulumi-language-nodejs"), "127.0.0.1:1"], {
            env: { ...process.env, SHARDED_STREAM_LANGUAGE_HOST: languageHostModule(folder) },
            stdio: ["ignore", "pipe", "inherit"],
        });
        try {
            const port = await new Promise<string>((resolve, reject) => {
                host.stdout.once("data", (text: Buffer) => resolve(text.toString()));
                host.once("exit", () => reject(new Error("It ended before it printed a port.")));
            });
            assert.match(port, /^\d+\n$/);
            const client = new LanguageRuntimeClient(`127.0.0.1:${port.trim()}`, grpc.credentials.createInsecure());
            const info = await new Promise<PluginInfo>((resolve, reject) =>
                client.getPluginInfo(new Empty(), (error, answer) => (error ? reject(error) : resolve(answer))),
            );
            assert.equal(info.getVersion(), "1.0.0");
            client.close();
        } finally {
            host.kill();
            removeFolder(folder);
        }
        assert.equal(fs.existsSync(folder), false);
    });
});
