/**
 * aws:sqs: queues. SQS is not among the installed clients, so its calls are made by hand.
 */
import type * as sqs from "@pulumi/aws/sqs";
import { type Aws } from "./aws";
import { type Checked, mismatches, type ResourceRow } from "./resource";
import { pick } from "./words";

type Inputs = Checked<sqs.QueueArgs, "name">;

/** The provider's names and AWS's. */
const attributeNames = {
    contentBasedDeduplication: "ContentBasedDeduplication",
    deduplicationScope: "DeduplicationScope",
    delaySeconds: "DelaySeconds",
    fifoQueue: "FifoQueue",
    fifoThroughputLimit: "FifoThroughputLimit",
    kmsDataKeyReusePeriodSeconds: "KmsDataKeyReusePeriodSeconds",
    kmsMasterKeyId: "KmsMasterKeyId",
    maxMessageSize: "MaximumMessageSize",
    messageRetentionSeconds: "MessageRetentionPeriod",
    policy: "Policy",
    receiveWaitTimeSeconds: "ReceiveMessageWaitTimeSeconds",
    redriveAllowPolicy: "RedriveAllowPolicy",
    redrivePolicy: "RedrivePolicy",
    sqsManagedSseEnabled: "SqsManagedSseEnabled",
    visibilityTimeoutSeconds: "VisibilityTimeout",
} as const;

type AttributeProperty = keyof typeof attributeNames;

const properties = Object.keys(attributeNames) as AttributeProperty[];

export const queue: ResourceRow<Inputs> = {
    autoname: { property: "name", lengthMax: 80 },
    defaults: {
        contentBasedDeduplication: false,
        delaySeconds: 0,
        fifoQueue: false,
        maxMessageSize: 262_144,
        messageRetentionSeconds: 345_600,
        receiveWaitTimeSeconds: 0,
        visibilityTimeoutSeconds: 30,
    },
    replaceOn: ["name", "fifoQueue", "region"],
    documents: ["policy", "redriveAllowPolicy", "redrivePolicy"],
    validate: ({ name, fifoQueue }) =>
        mismatches("name", name, fifoQueue ? /^[\w-]{1,75}\.fifo$/ : /^[\w-]{1,80}$/, `invalid queue name: ${name}`),
    computed: [
        "arn",
        "deduplicationScope",
        "fifoThroughputLimit",
        "kmsDataKeyReusePeriodSeconds",
        "policy",
        "redriveAllowPolicy",
        "redrivePolicy",
        "sqsManagedSseEnabled",
        "url",
    ],
    optional: ["policy", "redriveAllowPolicy", "redrivePolicy"],
    tags: "map",
    create: async (aws, inputs) => {
        const Attributes = attributesOf(inputs);
        const created = await call(aws, "CreateQueue", { QueueName: inputs.name, Attributes, tags: inputs.tags });
        return String(created.QueueUrl);
    },
    read: async (aws, id) => {
        const { Attributes = {} } = (await call(aws, "GetQueueAttributes", {
            QueueUrl: id,
            AttributeNames: ["All"],
        })) as { Attributes?: Record<string, string> };
        const { Tags } = await call(aws, "ListQueueTags", { QueueUrl: id });
        const known = properties.map((property) => [property, Attributes[attributeNames[property]]] as const);
        return {
            ...Object.fromEntries(known.flatMap(([name, value]) => (value ? [[name, typed(name, value)]] : []))),
            contentBasedDeduplication: false,
            fifoQueue: false,
            arn: Attributes.QueueArn ?? "",
            name: id.split("/").pop(),
            url: id,
            ...(Tags ? { tags: Tags } : {}),
        };
    },
    update: async (aws, QueueUrl, olds, news) => {
        const before = attributesOf(olds);
        const after = attributesOf(news);
        // A text is unset with an empty one; what else is said no longer stays as AWS has it.
        const taken = texts
            .map((property) => attributeNames[property])
            .filter((name) => name in before && !(name in after));
        const changed = Object.entries(after).filter(([name, value]) => before[name] !== value);
        const Attributes = Object.fromEntries([...changed, ...taken.map((name) => [name, ""])]);
        if (Object.keys(Attributes).length > 0) await call(aws, "SetQueueAttributes", { QueueUrl, Attributes });
    },
    tag: (aws, QueueUrl, Tags) => call(aws, "TagQueue", { QueueUrl, Tags }),
    untag: (aws, QueueUrl, TagKeys) => call(aws, "UntagQueue", { QueueUrl, TagKeys }),
    delete: (aws, QueueUrl) => call(aws, "DeleteQueue", { QueueUrl }),
};

function call(aws: Aws, operation: string, input: object): Promise<Record<string, unknown>> {
    return aws.json("sqs", `AmazonSQS.${operation}`, input);
}

/** SQS says everything in strings; a switch of FIFO queues that is off is not said at all. */
function attributesOf(inputs: Partial<Inputs>): Record<string, string> {
    const given = Object.entries(pick(inputs, properties)).filter(
        ([name, value]) => value !== false || name === "sqsManagedSseEnabled",
    );
    return Object.fromEntries(given.map(([name, value]) => [attributeNames[name as AttributeProperty], String(value)]));
}

const texts: readonly AttributeProperty[] = ["kmsMasterKeyId", "policy", "redriveAllowPolicy", "redrivePolicy"];

function typed(name: AttributeProperty, value: string): unknown {
    if (value === "true" || value === "false") return value === "true";
    return texts.includes(name) ? value : Number(value);
}
