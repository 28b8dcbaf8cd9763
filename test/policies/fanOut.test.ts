/** consumers-fit-fan-out, of all that a stack registers on a stream: a ShardedStream knows its own only, and a raw stream none. */
import assert from "node:assert/strict";
import { judgeStack, type ResourceView, type Verdict } from "../../policies/policies";
import { consumerTypes, shardedStreamType, Unknown } from "../../policies/resources";
import { awsStream, cannotTell, childStream, compliant, nativeStream, shardedStream, view, violation } from "./views";

const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks";
const stream = view(awsStream, { name: "clicks", arn }, { name: "clicks" });
const consumers = (count: number, streamArn: unknown = arn, more: Partial<ResourceView> = {}) =>
    Array.from({ length: count }, (_, nth) => {
        const name = `team-${nth}`;
        return view(consumerTypes[nth % 2]!, { name, streamArn }, { name, ...more });
    });
const said = (resources: readonly ResourceView[], config: object = {}): Verdict[] =>
    judgeStack("consumers-fit-fan-out", resources, config).map(({ verdict }) => verdict);
const tooMany = (there: number, most: number, fix: string) =>
    violation(`This stack registers ${there} fan-out consumers on the stream; a stream accepts ${most}. ${fix}`);

describe("consumers-fit-fan-out: all consumers that a stack registers on a stream", () => {
    const own = childStream(
        nativeStream,
        { name: "clicks", arn },
        { parent: `urn:pulumi:dev::shop::${shardedStreamType}::orders` },
    );
    const registering = (count: number) =>
        shardedStream({ consumers: Array.from({ length: count }, (_, n) => `c${n}`) });
    const rows: readonly [title: string, resources: ResourceView[], verdicts: Verdict[], config?: object][] = [
        ["passes 20 of a raw stream", [stream, ...consumers(20)], [compliant]],
        [
            "warns of 21",
            [stream, ...consumers(21)],
            [tooMany(21, 20, "Remove 1 of them and let its reader share one consumer's records, or copy the stream.")],
        ],
        [
            "warns of more than the configuration accepts",
            [stream, ...consumers(3)],
            [tooMany(3, 1, "Remove 2 of them and let their readers share one consumer's records, or copy the stream.")],
            { fanOutConsumersMax: 1 },
        ],
        [
            "counts those that are registered beside a ShardedStream's own",
            [{ ...own, component: registering(2) }, ...consumers(21)],
            [tooMany(21, 20, "Remove 1 of them and let its reader share one consumer's records, or copy the stream.")],
        ],
        [
            "leaves those that it declares to the ShardedStream",
            [{ ...own, component: registering(21) }, ...consumers(21)],
            [compliant],
        ],
        ["counts none of another stream", [stream, ...consumers(21, `${arn}-2`)], [compliant]],
        [
            "nor of one in another region",
            [stream, ...consumers(21, arn.replace("us-east-1", "eu-west-1"))],
            [compliant],
        ],
        [
            "counts by what the ARN was computed from, while it is not known",
            [
                { ...stream, props: { name: "clicks", arn: new Unknown("arn") } },
                ...consumers(21, new Unknown("streamArn"), { propertyDependencies: { streamArn: [stream.urn] } }),
            ],
            [tooMany(21, 20, "Remove 1 of them and let its reader share one consumer's records, or copy the stream.")],
        ],
        [
            "cannot tell of which of two streams they are",
            [
                stream,
                { ...view(awsStream, { name: new Unknown("name") }, { name: "other" }) },
                ...consumers(21, new Unknown("streamArn"), {
                    propertyDependencies: {
                        streamArn: [stream.urn, view(awsStream, {}, { name: "other" }).urn],
                    },
                }),
            ],
            [cannotTell("streamArn"), cannotTell("streamArn")],
        ],
    ];
    for (const [title, resources, verdicts, config] of rows)
        it(title, () => assert.deepEqual(said(resources, config), verdicts));
});
