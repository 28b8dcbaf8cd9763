/**
 * A stream that is held as it is, and deployments that would lose one.
 */
import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import { checkStream } from "../../components/lostStream";
import { ShardedStream } from "../../components/shardedStream";
import { type ShardedStreamArgs } from "../../components/shardedStreamArgs";
import { run, unknown } from "./mocks";

const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };
const held: ShardedStreamArgs = { requirements, streamName: "orders-live", hold: true };

const awsSettings = [
    "shardCount",
    "streamModeDetails",
    "retentionPeriod",
    "maxRecordSizeInKib",
    "warmThroughputMibPs",
    "encryptionType",
    "kmsKeyId",
    "shardLevelMetrics",
    "enforceConsumerDeletion",
    "tags",
];
const awsNativeSettings = [
    "shardCount",
    "streamModeDetails",
    "retentionPeriodHours",
    "maxRecordSizeInKiB",
    "warmThroughputMiBps",
    "streamEncryption",
    "desiredShardLevelMetrics",
    "tags",
];

describe("a held stream", () => {
    type Options = Pick<pulumi.CustomResourceOptions, "ignoreChanges" | "retainOnDelete">;
    const rows: [title: string, args: Partial<ShardedStreamArgs>, expected: Options][] = [
        [
            "nothing but its name is changed, and it is not deleted",
            {},
            { ignoreChanges: awsSettings, retainOnDelete: true },
        ],
        [
            "with a scaler, which has the count alone otherwise",
            { scaling: {} },
            { ignoreChanges: awsSettings, retainOnDelete: true },
        ],
        [
            "through aws-native",
            { streamProvider: "aws-native" },
            { ignoreChanges: awsNativeSettings, retainOnDelete: true },
        ],
        ["let go, it follows its arguments again", { hold: false }, { ignoreChanges: [], retainOnDelete: undefined }],
    ];
    for (const [title, args, expected] of rows) {
        it(title, async () => {
            const seen: Options[] = [];
            const see: pulumi.ResourceTransformation = ({ type, opts }) => {
                const { ignoreChanges = [], retainOnDelete } = opts as pulumi.CustomResourceOptions;
                if (/:kinesis.*:Stream$/.test(type)) seen.push({ ignoreChanges, retainOnDelete });
                return undefined;
            };
            await run(() => new ShardedStream("orders", { ...held, ...args }, { transformations: [see] }));
            assert.deepEqual(seen, [expected]);
        });
    }

    it("has no shard count where it is declared on-demand", async () => {
        const { value } = await run(() => new ShardedStream("orders", { ...held, capacityMode: "on-demand" }));
        assert.equal(value.shardCount, undefined);
    });
});

describe("a deployment that would lose the stream", () => {
    const aws = { requirements, streamName: "orders-live" };
    const native = { ...aws, streamProvider: "aws-native" };
    const otherProvider = (manages: string, manager: string) =>
        `streamProvider: ${manages} is not allowed yet; ${manager} manages the stream, and this deployment would delete it with its records. ` +
        `Set streamProvider back to ${manager}, deploy once with hold: true and the stream's streamName, then change streamProvider as docs/adopt.md of the repository says.`;
    const otherName =
        "streamName: orders-new is not allowed with hold: true; the stream that is held is orders-live. Set streamName to orders-live, or remove hold.";
    type Told = Record<string, unknown>;
    const rows: [title: string, before: Told, now: Told, refusal: string | undefined][] = [
        ["is refused where the provider changes", aws, native, otherProvider("aws-native", "aws")],
        ["is refused on the way back, too", native, aws, otherProvider("aws", "aws-native")],
        [
            "is refused where the hold comes with the change",
            aws,
            { ...native, hold: true },
            otherProvider("aws-native", "aws"),
        ],
        ["goes on after a hold", { ...aws, hold: true }, native, undefined],
        ["is none where aws is said for the first time", aws, { ...aws, streamProvider: "aws" }, undefined],
        ["is none in a component that was imported and told nothing yet", {}, native, undefined],
        [
            "is refused where a held stream gets another name",
            aws,
            { ...aws, streamName: "orders-new", hold: true },
            otherName,
        ],
        ["is none where the name is said that Pulumi gave it", { requirements }, { ...aws, hold: true }, undefined],
        [
            "is none where a preview does not know the name yet",
            aws,
            { ...aws, streamName: unknown(), hold: true },
            undefined,
        ],
        [
            "is shown, not refused, where a stream that is not held gets another name",
            aws,
            { ...aws, streamName: "orders-new" },
            undefined,
        ],
    ];
    for (const [title, before, now, refusal] of rows) {
        it(title, () => {
            const check = () => checkStream(before, now, { streamName: "orders-live" });
            if (refusal === undefined) check();
            else assert.throws(check, { message: refusal });
        });
    }
});
