/** A policy pack beside a program, on both engines. */
import * as assert from "node:assert/strict";
import { type OperationResult } from "../../engine/index";
import { onEngine } from "./harness";

const program = `
const pulumi = require("@pulumi/pulumi");
const kinesis = require("@pulumi/aws/kinesis");
const config = new pulumi.Config();
const small = new kinesis.Stream("small", { shardCount: 1, tags: { owner: "orders" } });
const orders = new kinesis.Stream("orders", {
    shardCount: config.getBoolean("unknown") ? small.arn.apply((arn) => arn.length) : 2,
    tags: { of: small.name },
});
exports.name = orders.name;
`;

// One policy for a resource with a configured threshold, and one for the whole stack.
const pack = `
const { PolicyPack } = require("@pulumi/policy");
new PolicyPack("test-pack", {
    policies: [
        {
            name: "enough-shards",
            description: "A stream has enough shards.",
            enforcementLevel: "mandatory",
            configSchema: { properties: { least: { type: "number", default: 1 } } },
            validateResource: (args, report) => {
                if (args.type !== "aws:kinesis/stream:Stream") return;
                const { least } = args.getConfig();
                if (args.props.shardCount < least) report(args.props.name.slice(0, 6) + ": " + args.props.shardCount + " < " + least);
            },
        },
        {
            name: "one-owner",
            description: "Some stream has an owner.",
            enforcementLevel: "advisory",
            validateStack: (args, report) => {
                const streams = args.resources.filter(({ type }) => type === "aws:kinesis/stream:Stream");
                if (streams.length > 1) report(streams.map(({ name, props }) => name + " " + props.shardCount).sort().join(", "));
            },
        },
    ],
});
`;

for (const kind of ["real", "embedded"] as const) {
    describe(`a policy pack on the ${kind} engine`, () => {
        const world = onEngine(kind, { inOneProcess: kind === "real" });
        let projectDir: string;
        let directory: string;
        before(() => {
            projectDir = world.project(program);
            directory = world.policyPack(pack);
        });

        it("judges with the defaults of its configuration schema, and a passing program exits with 0", async () => {
            const result = await world.engine.preview({ projectDir, policyPacks: [directory] });
            assert.equal(result.exitCode, 0, result.stdout + result.stderr);
            assert.deepEqual(verdicts(result), [
                ["one-owner", "advisory", "Some stream has an owner.\norders 2, small 1"],
            ]);
        });

        it("fails the preview with every violation of a mandatory policy", async () => {
            const policyPacks = [{ directory, config: { "enough-shards": { least: 3 }, "one-owner": "disabled" } }];
            const result = await world.engine.preview({ projectDir, policyPacks });
            assert.notEqual(result.exitCode, 0);
            assert.deepEqual(verdicts(result), [
                ["enough-shards", "mandatory", "A stream has enough shards.\norders: 2 < 3"],
                ["enough-shards", "mandatory", "A stream has enough shards.\nsmall-: 1 < 3"],
            ]);
        });

        it("only notes a violation of a policy that is configured as advisory", async () => {
            const config = { "enough-shards": { least: 2, enforcementLevel: "advisory" }, "one-owner": "disabled" };
            const result = await world.engine.preview({ projectDir, policyPacks: [{ directory, config }] });
            assert.equal(result.exitCode, 0, result.stdout + result.stderr);
            assert.deepEqual(verdicts(result), [
                ["enough-shards", "advisory", "A stream has enough shards.\nsmall-: 1 < 2"],
            ]);
        });

        it("meets unknown values in a preview as the SDK does: a note, no verdict", async () => {
            const config = { "one-owner": "disabled" };
            const options = { projectDir, config: { unknown: true }, policyPacks: [{ directory, config }] };
            const result = await world.engine.preview(options);
            assert.equal(result.exitCode, 0, result.stdout + result.stderr);
            assert.deepEqual(
                result.violations.map(({ policy, level, message }) => [policy, level, message.slice(0, 44)]),
                [["enough-shards", "advisory", "can't run policy 'enough-shards' from policy"]],
            );
        });

        it("stops an update before the resource is created", async () => {
            const policyPacks = [{ directory, config: { "enough-shards": { least: 3 } } }];
            const result = await world.engine.up({ projectDir, policyPacks });
            assert.notEqual(result.exitCode, 0);
            assert.equal(result.changes.create ?? 0, 1, "the stack alone");
            assert.deepEqual(verdicts(result)[0], [
                "enough-shards",
                "mandatory",
                "A stream has enough shards.\nsmall-: 1 < 3",
            ]);
        });
    });
}

function verdicts(result: OperationResult): string[][] {
    return result.violations.map(({ policy, level, message }) => [policy, level, message]).sort(byText);
}

function byText(left: string[], right: string[]): number {
    return left.join() < right.join() ? -1 : 1;
}
