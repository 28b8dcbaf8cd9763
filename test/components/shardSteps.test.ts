/** The hook on a stream's update: told what is deployed and what is declared, it refuses what AWS would refuse, and nothing else. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import * as state from "@pulumi/pulumi/runtime/state";
import { ShardedStream } from "../../components/shardedStream";
import { type ShardedStreamArgs } from "../../components/shardedStreamArgs";
import { refusingBigSteps } from "../../components/shardSteps";
import { valueOf } from "./mocks";

const provisioned = { streamModeDetails: { streamMode: "PROVISIONED" } };
const onDemand = { streamModeDetails: { streamMode: "ON_DEMAND" } };

interface Row {
    readonly title: string;
    readonly isScaled?: true;
    readonly olds: object;
    readonly oldInputs?: object;
    readonly news: object;
    /** How the error begins; empty: none. */
    readonly says: string;
    readonly asked?: number;
    /** The region that AWS is asked in, where it is not the provider's. */
    readonly askedIn?: string;
}

const refused = (deployed: string) =>
    `20 shards are declared for stream orders-1, and ${deployed}. AWS would refuse that`;
const rows: readonly Row[] = [
    {
        title: "beyond double",
        olds: { ...provisioned, shardCount: 4 },
        news: { shardCount: 20 },
        says: refused("4 are deployed"),
    },
    {
        title: "below half",
        olds: { ...provisioned, shardCount: 41 },
        news: { shardCount: 20 },
        says: refused("41 are deployed"),
    },
    { title: "double", olds: { ...provisioned, shardCount: 10 }, news: { shardCount: 20 }, says: "" },
    {
        title: "a count that is not known yet",
        olds: { ...provisioned, shardCount: 4 },
        news: { shardCount: pulumi.unknown },
        says: "",
    },
    {
        title: "a secret count, which is not shown",
        olds: { ...provisioned, shardCount: pulumi.secret(4) },
        news: { shardCount: pulumi.secret(20) },
        says:
            "The shards that are declared for stream orders-1 are further from the deployed ones than one UpdateShardCount call goes, and AWS would refuse that. They are a secret, so no count is shown.\n" +
            "Preview with a plain shardCount in its place to see the ways there.",
    },
    {
        title: "a secret count within reach",
        olds: { ...provisioned, shardCount: pulumi.secret(10) },
        news: { shardCount: pulumi.secret(20) },
        says: "",
    },
    { title: "to on-demand", olds: { ...provisioned, shardCount: 4 }, news: {}, says: "" },
    {
        title: "with a scaler, whose count it is",
        isScaled: true,
        olds: { ...provisioned, shardCount: 4 },
        news: { shardCount: 20 },
        says: "",
    },
    {
        title: "from on-demand: AWS is asked",
        olds: onDemand,
        news: { shardCount: 20 },
        says: refused("it has 3, on-demand"),
        asked: 1,
    },
    {
        title: "from on-demand with a warm throughput, through aws",
        olds: { ...onDemand, warmThroughputMibPs: 8 },
        oldInputs: { ...onDemand, warmThroughputMibPs: 8 },
        news: { ...provisioned, shardCount: 6 },
        says: "Stream orders-1 leaves on-demand with a warm throughput of 8 MiB/s, which the provider would take back only after the mode has changed, where AWS refuses it. Deploy it without warmThroughputMiBps first, still on-demand; then change capacityMode.",
    },
    {
        title: "from on-demand with a warm throughput, through aws, which is a secret",
        olds: { ...onDemand, warmThroughputMibPs: pulumi.secret(8) },
        oldInputs: { ...onDemand, warmThroughputMibPs: pulumi.secret(8) },
        news: { ...provisioned, shardCount: 6 },
        says: "Stream orders-1 leaves on-demand with a warm throughput, which the provider would take back only after the mode has changed, where AWS refuses it. Deploy it without warmThroughputMiBps first, still on-demand; then change capacityMode.",
    },
    {
        title: "from on-demand with a warm throughput, on-demand still",
        olds: { ...onDemand, warmThroughputMibPs: 8 },
        oldInputs: { ...onDemand, warmThroughputMibPs: 8 },
        news: onDemand,
        says: "",
    },
    {
        title: "from on-demand with a warm throughput, through aws-native, which takes back none",
        olds: { ...onDemand, warmThroughputMiBps: 8 },
        oldInputs: { ...onDemand, warmThroughputMiBps: 8 },
        news: { ...provisioned, shardCount: 6 },
        says: "",
        asked: 1,
    },
    {
        title: "from on-demand in a region that is not the provider's: AWS is asked there",
        olds: onDemand,
        news: { ...provisioned, shardCount: 20, region: "eu-west-1" },
        says: refused("it has 3, on-demand"),
        asked: 1,
        askedIn: "eu-west-1",
    },
    {
        title: "from on-demand in a secret region",
        olds: onDemand,
        news: { ...provisioned, shardCount: 6, region: pulumi.secret("eu-west-1") },
        says: "",
        asked: 1,
        askedIn: "eu-west-1",
    },
    {
        title: "from on-demand to a region that is not known yet",
        olds: onDemand,
        news: { ...provisioned, shardCount: 20, region: pulumi.unknown },
        says: "",
    },
    { title: "from on-demand to what is there", olds: onDemand, news: { shardCount: 6 }, says: "", asked: 1 },
    {
        title: "from on-demand to a scaler",
        isScaled: true,
        olds: onDemand,
        news: { shardCount: 20 },
        says: refused("it has 3, on-demand"),
        asked: 1,
    },
];

describe("a hook before the update of a stream", () => {
    for (const { title, isScaled = false, olds, oldInputs = olds, news, says, asked = 0, askedIn } of rows) {
        it(`${title}: ${says === "" ? "lets it pass" : "refuses"}`, async () => {
            const named = { name: "orders-1" };
            const deployed = { oldOutputs: { ...named, ...olds }, oldInputs: { ...named, ...oldInputs } };
            const answer = await updated(isScaled, deployed, { ...named, ...news });
            if (says === "") assert.equal(answer.error, "");
            else assert.ok(answer.error.startsWith(says), answer.error);
            assert.deepEqual([answer.asked, answer.askedIn], [asked, askedIn]);
            assert.deepEqual([answer.hook, answer.onDryRun], ["shard count of my:App$my:Orders::orders", true]);
        });
    }
});

describe("the engine is told of the hooks", () => {
    for (const [streamProvider, type] of [
        ["aws", "aws:kinesis/stream:Stream"],
        ["aws-native", "aws-native:kinesis:Stream"],
    ] as const) {
        it(`of the component and of its stream, and of no other child, with ${streamProvider}`, async () => {
            const bound = await withLocalStorage(() => boundHooks({ streamProvider }));
            assert.deepEqual(bound, [
                ["sharded-stream:index:ShardedStream", ["stream of orders"]],
                [type, ["shard count of orders"]],
            ]);
        });
    }

    it("beside those of the program, whatever a transformation merges into the options", async () => {
        const own = () => new pulumi.ResourceHook("own", () => undefined);
        const opts = (): pulumi.ComponentResourceOptions => ({
            hooks: { beforeUpdate: [own()] },
            transformations: [
                ({ props, opts: given }) => ({
                    props,
                    opts: pulumi.mergeOptions(given, { retainOnDelete: true }) as pulumi.ResourceOptions,
                }),
            ],
        });
        assert.deepEqual(await withLocalStorage(() => boundHooks({}, opts)), [
            ["sharded-stream:index:ShardedStream", ["own", "stream of orders"]],
            ["aws:kinesis/stream:Stream", ["shard count of orders"]],
        ]);
    });
});

/** The hooks before an update with which each type of a ShardedStream is registered. */
async function boundHooks(
    args: Partial<ShardedStreamArgs>,
    opts?: () => pulumi.ComponentResourceOptions,
): Promise<[type: string, hooks: string[]][]> {
    const bound: [type: string, hooks: string[]][] = [];
    const newResource = ({ type, inputs }: pulumi.runtime.MockResourceArgs) => {
        const arn = `arn:aws:kinesis:us-east-1:123456789012:${type.split(":").at(-1)}/orders`;
        return { id: "orders", state: { ...(inputs as object), name: "orders", arn } };
    };
    await pulumi.runtime.setMocks({ newResource, call: () => ({ region: "us-east-1" }) });
    const monitor = pulumi.runtime.getMonitor() as unknown as {
        registerResource(request: RegisterResourceRequest, done: unknown): unknown;
    };
    const register = monitor.registerResource.bind(monitor);
    Object.assign(monitor, {
        registerResourceHook: (_request: unknown, answer: (error: null) => void) => answer(null),
        registerResource: (request: RegisterResourceRequest, answer: unknown) => {
            const hooks = request.getHooks()?.getBeforeUpdateList() ?? [];
            if (hooks.length > 0) bound.push([request.getType(), hooks]);
            return register(request, answer);
        },
    });
    const requirements = { writeMiBPerSecond: 3, recordsPerSecond: 10 };
    // The dashboard is the last child: its widgets name the alarms.
    await valueOf(new ShardedStream("orders", { requirements, ...args }, opts?.()).dashboardName);
    return bound;
}

const { withLocalStorage } = state as unknown as { withLocalStorage<T>(program: () => T): T };

/** Makes the hook as one program of several in a process does, and calls it from outside of that program, as the plugin's server does. */
async function updated(
    isScaled: boolean,
    deployed: { readonly oldOutputs: object; readonly oldInputs: object },
    newInputs: object,
) {
    let asked = 0;
    let askedIn: unknown;
    const newResource = () => ({ id: "", state: {} });
    const hook = await withLocalStorage(async () => {
        const call = ({ inputs }: pulumi.runtime.MockCallArgs) => {
            askedIn = (inputs as { readonly region?: unknown }).region;
            return { openShards: Array<string>(++asked + 2).fill("") };
        };
        await pulumi.runtime.setMocks({ newResource, call });
        const registerResourceHook = (_request: unknown, done: (error: null) => void) => done(null);
        Object.assign(pulumi.runtime.getMonitor()!, { registerResourceHook });
        const app = new pulumi.ComponentResource("my:App", "app");
        const parent = new pulumi.ComponentResource("my:Orders", "orders", {}, { parent: app });
        const opts = refusingBigSteps("orders", isScaled, { parent });
        const [made] = opts.hooks!.beforeUpdate! as [pulumi.ResourceHook & { readonly __registered: Promise<void> }];
        await made.__registered;
        return made;
    });
    await pulumi.runtime.setMocks({ newResource, call: () => ({ openShards: ["of another program"] }) });
    const args = { urn: "", id: "", name: "", type: "", ...deployed, newInputs };
    const error = await Promise.resolve(hook.callback(args)).then(
        () => "",
        ({ message }: Error) => message,
    );
    return { hook: hook.name, onDryRun: hook.opts?.onDryRun, error, asked, askedIn };
}
