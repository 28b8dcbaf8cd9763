/** What a rehearsal makes of a deployment: which streams carry what, and what it says when it cannot go on. */
import assert from "node:assert/strict";
import { failure, notRejected, type PulumiStage, refuseUnknown, showDeployed } from "../../demo/stack";
import { checkOnly, deployedScalers, deployedStreams, streamSteps } from "../../demo/streams";
import { type OperationResult, type ResourceStep, UnknownTypes, unknownValue } from "../../engine/index";
import { type Aws } from "../../engine/providers/aws";

const urn = (types: string, name: string) => `urn:pulumi:dev::shop::${types}::${name}`;
const step = (urnText: string, type: string, more: Partial<ResourceStep>): ResourceStep => {
    return { op: "create", urn: urnText, type, inputs: {}, diffs: [], outputs: {}, ...more };
};
const streamType = "aws:kinesis/stream:Stream";
const streamOf = (types: string, name: string, region = "us-east-1") => {
    const arn = `arn:aws:kinesis:${region}:123456789012:stream/${name}`;
    return step(urn(types, name), streamType, { outputs: { arn } });
};
const declaring = (type: string, name: string, inputs: object) =>
    step(urn(type, name), type, {
        inputs: { requirements: { writeMiBPerSecond: 1, recordsPerSecond: 900 }, ...inputs },
    });

/** Every stream has two open shards. */
const aws = {
    inRegion: () => aws,
    kinesis: {
        send: async () => ({
            StreamDescriptionSummary: { OpenShardCount: 2, StreamModeDetails: { StreamMode: "PROVISIONED" } },
        }),
    },
} as unknown as Aws;
const result = (steps: readonly ResourceStep[]) => ({ steps }) as OperationResult;

describe("the streams of a stack", () => {
    const component = "sharded-stream:index:ShardedStream";
    const steps = [
        declaring(component, "orders", {}),
        streamOf(`${component}$${streamType}`, "orders", "eu-west-1"),
        streamOf(streamType, "clicks"),
        declaring("sharded-stream:index:StreamAlarms", "views-alarms", { stream: "views" }),
        streamOf(streamType, "views"),
    ];
    const peaks = async (only: readonly string[] = []) => {
        const streams = await deployedStreams(result(steps), aws, { only, peak: 1 });
        return streams.map(({ name, region, load }) => [name, region, load.peakRecordsPerSecond]);
    };

    it("carry what their component declares, or one that names them, or what their shards take", async () => {
        assert.deepEqual(await peaks(), [
            ["orders", "eu-west-1", 900],
            ["clicks", "us-east-1", 2_000 / 1.2],
            ["views", "us-east-1", 900],
        ]);
    });

    it("are those that are asked for", async () => {
        assert.deepEqual(await peaks(["order"]), [["orders", "eu-west-1", 900]]);
        await assert.rejects(peaks(["ordes"]), {
            message: "--only ordes: no stream is called so; there is orders, clicks, views.",
            exitCode: 2,
        });
        await assert.rejects(peaks(["orders", "clack"]), {
            message: "--only clack: no stream is called so; there is orders, clicks, views.",
        });
    });

    it("are asked for by names that the preview knows", () => {
        const named = (name: unknown) => step(urn(streamType, "views"), streamType, { inputs: { name } });
        const preview = [step(urn(streamType, "clicks"), streamType, {}), named("page-views")];
        checkOnly(preview, ["click", "page"]);
        assert.throws(() => checkOnly(preview, ["page", "order"]), {
            message: "--only order: no stream is called so; there is clicks, page-views.",
            exitCode: 2,
        });
        // Only the deployment will tell.
        checkOnly([named(unknownValue)], ["order"]);
    });

    it("must be some", () => {
        assert.throws(() => streamSteps(steps.slice(0, 1)), {
            message: "The program makes no Kinesis stream, so there is nothing to play a day through.",
            exitCode: 2,
        });
    });

    it("have the functions that scale them", () => {
        const type = "aws:lambda/function:Function";
        const outputs = { name: "orders-scaler", arn: "arn:aws:lambda:eu-west-1:123456789012:function:orders-scaler" };
        const scaler = step(urn(`${component}$sharded-stream:index:StreamAutoscaler$${type}`, "s"), type, { outputs });
        assert.deepEqual(deployedScalers(result([scaler, step(urn(type, "billing"), type, { outputs })])), [
            { functionName: "orders-scaler", region: "eu-west-1" },
        ]);
    });
});

describe("what was deployed", () => {
    it("is told by kinds that sum up to the count: also components, the stack, and providers, which have no step", () => {
        const types = ["pulumi:pulumi:Stack", "sharded-stream:index:ShardedStream", streamType, streamType];
        const steps = types.map((type, index) => step(urn(type, String(index)), type, {}));
        const lines: string[] = [];
        const view = { line: (line: string) => lines.push(line), colours: { green: (text: string) => text } };
        const created = { exitCode: 0, changes: { create: 5 }, steps } as unknown as OperationResult;
        assert.equal(showDeployed({ view } as unknown as PulumiStage, created), 5);
        assert.deepEqual(lines, ["  created 5 resources: 2 Stream, 1 stack, 1 component, 1 provider"]);
    });
});

describe("what cannot be rehearsed", () => {
    it("is a configuration that every policy accepts, where one was to reject it", () => {
        const { message, exitCode } = notRejected("shardCount=8");
        assert.deepEqual(
            [message, exitCode],
            [
                "--rejects shardCount=8: every policy accepts the stack with that configuration. Give one that a policy is to reject, or leave out --rejects.",
                1,
            ],
        );
    });

    it("is named with all its types", () => {
        const unknown = new UnknownTypes();
        refuseUnknown(unknown);
        unknown.rowOf(urn("aws:s3/bucket:Bucket", "logs"));
        unknown.rowOf(urn("aws:s3/bucket:Bucket", "uploads"));
        assert.throws(() => refuseUnknown(unknown), {
            message:
                "1 type is not known to the sandbox: aws:s3/bucket:Bucket (logs, uploads). Give --skip-unknown to have them answered by mocks, or leave them out of the rehearsal by configuration.",
            exitCode: 2,
        });
    });

    const failures: readonly [title: string, error: string, message: string][] = [
        [
            "a program that throws: where, and not the whole stack",
            "Error: no\n    at mine (/p/index.js:3:7)\n    at Module._compile (node:internal:1:1)\n    at load (node:x)",
            "up failed: Error: no\n    at mine (/p/index.js:3:7).",
        ],
        [
            "a stack that it references",
            "unknown stack 'organization/net/prod'",
            "up failed: unknown stack 'organization/net/prod'. A rehearsal knows no other stack: let the program take what it references from its configuration, and give that with --config.",
        ],
        [
            "a wrong passphrase",
            "get stack secrets manager: incorrect passphrase",
            "up failed: get stack secrets manager: incorrect passphrase. PULUMI_CONFIG_PASSPHRASE is not the passphrase of this stack.",
        ],
    ];
    for (const [title, message, expected] of failures) {
        it(`is told for ${title}`, () => {
            const failed = { diagnostics: [{ severity: "error", message }], stderr: "" } as unknown as OperationResult;
            assert.equal(failure("up failed", failed).message, expected);
        });
    }

    it("is told for a policy pack that does not start: what the pack said", () => {
        const failed = {
            diagnostics: [{ severity: "info", message: "This policy pack needs @pulumi/policy\n" }],
            stderr: 'error: policy pack "/p" failed to start: could not read plugin [/p]: exit status 1\n',
        } as unknown as OperationResult;
        assert.equal(
            failure("preview failed", failed).message,
            'preview failed: error: policy pack "/p" failed to start: could not read plugin [/p]: exit status 1. This policy pack needs @pulumi/policy.',
        );
    });
});
