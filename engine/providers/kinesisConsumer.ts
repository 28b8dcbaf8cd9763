/**
 * Fan-out consumers of aws:kinesis and aws-native:kinesis.
 */
import {
    type ConsumerDescription,
    DeregisterStreamConsumerCommand,
    DescribeStreamConsumerCommand,
    ListTagsForResourceCommand,
    RegisterStreamConsumerCommand,
    TagResourceCommand,
    UntagResourceCommand,
} from "@aws-sdk/client-kinesis";
import type * as native from "@pulumi/aws-native/kinesis";
import type * as classic from "@pulumi/aws/kinesis";
import { type Aws, orGone } from "./aws";
import { type Checked, type ResourceRow, type Tags } from "./resource";
import { waitUntil, waitUntilGone } from "./wait";
import { tagMap, tagPairs } from "./words";

export const classicStreamConsumer: ResourceRow<Checked<classic.StreamConsumerArgs, "name">> = {
    autoname: { property: "name", lengthMax: 128 },
    required: ["streamArn"],
    replaceOn: ["name", "streamArn", "region"],
    computed: ["arn", "creationTimestamp"],
    tags: "map",
    create: (aws, inputs) => registerConsumer(aws, inputs.streamArn, inputs.name, inputs.tags),
    read: async (aws, id) => {
        const { name, streamArn, created, tags } = await readConsumer(aws, id);
        return { arn: id, name, streamArn, creationTimestamp: created, tags };
    },
    // Only tags change in place.
    update: async () => undefined,
    tag: (aws, id, Tags) => aws.kinesis.send(new TagResourceCommand({ ResourceARN: id, Tags })),
    untag: (aws, id, TagKeys) => aws.kinesis.send(new UntagResourceCommand({ ResourceARN: id, TagKeys })),
    delete: deregisterConsumer,
};

export const nativeStreamConsumer: ResourceRow<Checked<native.StreamConsumerArgs, "consumerName">> = {
    autoname: { property: "consumerName", lengthMax: 128 },
    required: ["streamArn"],
    replaceOn: ["consumerName", "streamArn", "tags"],
    computed: ["consumerArn", "consumerCreationTimestamp", "consumerStatus"],
    create: (aws, inputs) => registerConsumer(aws, inputs.streamArn, inputs.consumerName, tagMap(inputs.tags)),
    read: async (aws, id) => {
        const { name, streamArn, status, created, tags } = await readConsumer(aws, id);
        const own = { consumerArn: id, consumerName: name, consumerStatus: status };
        return { ...own, streamArn, consumerCreationTimestamp: created, tags: tagPairs(tags) };
    },
    delete: deregisterConsumer,
};

async function registerConsumer(
    aws: Aws,
    StreamARN: string,
    ConsumerName: string,
    tags: Tags | undefined = {},
): Promise<string> {
    const Tags = Object.keys(tags).length > 0 ? tags : undefined;
    const { Consumer } = await aws.kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName, Tags }));
    const arn = Consumer?.ConsumerARN ?? "";
    await waitUntil(`ACTIVE of consumer ${ConsumerName}`, async () =>
        (await orGone(() => describe(aws, arn)))?.ConsumerStatus === "ACTIVE" ? true : undefined,
    );
    return arn;
}

async function readConsumer(aws: Aws, ConsumerARN: string) {
    const { ConsumerName, StreamARN, ConsumerStatus, ConsumerCreationTimestamp } = await describe(aws, ConsumerARN);
    const created = ConsumerCreationTimestamp?.toISOString();
    const { Tags = [] } = await aws.kinesis.send(new ListTagsForResourceCommand({ ResourceARN: ConsumerARN }));
    const tags = Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
    return { name: ConsumerName, streamArn: StreamARN, status: ConsumerStatus, created, tags };
}

async function deregisterConsumer(aws: Aws, ConsumerARN: string): Promise<void> {
    await aws.kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN }));
    await waitUntilGone(`The deletion of consumer ${ConsumerARN}`, () => describe(aws, ConsumerARN));
}

async function describe(aws: Aws, ConsumerARN: string): Promise<ConsumerDescription> {
    return (await aws.kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN }))).ConsumerDescription!;
}
