/** Grants put a ready policy on a role, and shared streams say in their own policies who of other accounts may use them. */
import assert from "node:assert/strict";
import * as iam from "@pulumi/aws/iam";
import * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { grantName } from "../../../capacity/names";
import {
    eventSourcePolicy,
    kclPolicy,
    type Reader,
    sharedKeyPolicy,
    ShardedStream,
    type ShardedStreamArgs,
} from "../../../index";
import { type Registration, run, valueOf } from "../mocks";

const base = { requirements: { writeMiBPerSecond: 1, recordsPerSecond: 500 }, streamName: "orders" };
const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const rolePolicyType = "aws:iam/rolePolicy:RolePolicy";
const other = "210987654321";
const kmsKeyId = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

interface Statement {
    readonly Sid: string;
    readonly Principal?: unknown;
    readonly Action: string[];
    readonly Resource: unknown;
}
const statements = (document: unknown): Statement[] =>
    (JSON.parse(document as string) as { Statement: Statement[] }).Statement;

const ofType = (wanted: string, registered: readonly Registration[]) =>
    registered.filter(({ type }) => type === wanted).sort((one, two) => one.name.localeCompare(two.name));

describe("a grant", () => {
    const trust = "{}";

    it("is a policy on the role, a child of the stream, the same document as the component's output", async () => {
        const { registered, value } = await run(() => {
            const orders = new ShardedStream("orders", { ...base, consumers: ["billing"] });
            const role = new iam.Role("reader", { assumeRolePolicy: trust });
            orders.grantRead(role);
            orders.grantWrite("shop");
            return orders;
        });
        const found = ofType(rolePolicyType, registered);
        assert.deepEqual(
            found.map(({ name, parent, inputs }) => [name, parent, inputs.role]),
            [
                ["orders-read-reader-d6d5c357", "sharded-stream:index:ShardedStream orders", "reader-a1b2c3d"],
                ["orders-write-shop-41aafbee", "sharded-stream:index:ShardedStream orders", "shop"],
            ],
        );
        assert.deepEqual(
            found.map(({ inputs }) => inputs.policy),
            [await valueOf(value.consumerPolicy), await valueOf(value.producerPolicy)],
        );
    });

    it("is there in a preview that does not know the stream yet", async () => {
        const { registered } = await run(
            () => {
                new ShardedStream("orders", { ...base, streamName: undefined }).grantRead("shop", {
                    as: "kcl",
                    applicationName: "billing",
                });
            },
            { preview: true },
        );
        assert.equal(registered.filter(({ type }) => type === rolePolicyType).length, 1);
    });

    it("is for one client, and a role may read with several", async () => {
        const readers: Reader[] = [
            { as: "kcl", applicationName: "billing", fanOutConsumer: "billing" },
            { as: "kcl", applicationName: "audit", fanOutConsumer: "audit" },
            { as: "eventSource", fanOutConsumer: "billing" },
            { as: "flink" },
        ];
        const { registered } = await run(() => {
            const orders = new ShardedStream("orders", { ...base, consumers: ["billing"] });
            for (const reader of readers) orders.grantRead("shop", reader);
        });
        const found = registered.filter(({ type }) => type === rolePolicyType);
        assert.equal(new Set(found.map(({ name }) => name)).size, readers.length);
        const onStream = found.map(({ inputs }) => statements(inputs.policy)[0]!.Action);
        // The consumer that the component registers is there before any application: only the other one is the application's to register.
        assert.deepEqual(
            onStream.map((actions) => actions.includes("kinesis:RegisterStreamConsumer")),
            [false, true, false, false],
        );
    });

    it("is for one client, whichever way it is written down", () => {
        const written = { as: "kcl", applicationName: "billing", fanOutConsumer: "billing" };
        const [one, other] = [written, Object.fromEntries(Object.entries(written).reverse())];
        assert.equal(grantName("orders", "read", "shop", one), grantName("orders", "read", "shop", other));
    });

    it("lets a role tell the destination of its mapping, which may come later and is not in the grant's name", async () => {
        const queueArn = "arn:aws:sqs:us-east-1:123456789012:failures";
        const told = ["TellFailures", "sqs:SendMessage", queueArn];
        const toldBy = (document: unknown) =>
            statements(document)
                .map(({ Sid, Action, Resource }) => [Sid, Action, Resource])
                .at(-1);
        const grantOf = async (failureDestinationArn?: pulumi.Input<string>) => {
            const { registered, value } = await run(() => {
                const orders = new ShardedStream("orders", base);
                orders.grantRead("shop", { as: "eventSource", failureDestinationArn });
                return orders.eventSourcePolicy({ failureDestinationArn });
            });
            const [grant] = ofType(rolePolicyType, registered);
            assert.equal(await valueOf(value), grant!.inputs.policy);
            return grant!;
        };
        const [plain, later, none] = [await grantOf(queueArn), await grantOf(pulumi.output(queueArn)), await grantOf()];
        assert.deepEqual(toldBy(plain.inputs.policy), told);
        assert.deepEqual(toldBy(later.inputs.policy), told);
        assert.equal(toldBy(none.inputs.policy)![0], "ReadRecords");
        assert.deepEqual([later.name, none.name], [plain.name, plain.name]);
    });

    it("takes null for what is not given", async () => {
        const grantOf = async (reader: unknown) => {
            const { registered } = await run(() =>
                new ShardedStream("orders", base).grantRead("shop", reader as Reader),
            );
            const [{ name, inputs }] = ofType(rolePolicyType, registered) as [Registration];
            return [name, inputs.policy];
        };
        assert.deepEqual(await grantOf(null), await grantOf(undefined));
        assert.deepEqual(await grantOf({ as: "flink", fanOutConsumer: null }), await grantOf({ as: "flink" }));
    });

    const refused: [title: string, ask: (orders: ShardedStream) => unknown, message: string][] = [
        [
            "an ARN instead of a role's name",
            (orders) => orders.grantWrite("arn:aws:iam::123456789012:role/shop"),
            'role: "arn:aws:iam::123456789012:role/shop" is not allowed; it must be an aws.iam.Role, or the name of a role, plain. Give the role itself, or its name without the rest of its ARN.',
        ],
        [
            "the name of a role that comes later",
            (orders) => orders.grantWrite(pulumi.output("shop") as unknown as string),
            "role: a value that comes later is not allowed; it must be an aws.iam.Role, or the name of a role, plain. Give the role itself, or its name without the rest of its ARN.",
        ],
        [
            "a resource that is no role",
            (orders) => orders.grantRead(orders.stream as unknown as iam.Role),
            "role: the resource orders of type aws:kinesis/stream:Stream is not allowed; it must be an aws.iam.Role, or the name of a role, plain. Give the role itself, or its name without the rest of its ARN.",
        ],
        [
            "an application whose name comes later",
            (orders) => orders.kclPolicy({ applicationName: pulumi.output("shop") as unknown as string }),
            "reader.applicationName: a value that comes later is not allowed; it must be 3 to 237 letters, digits, underscores, dots and hyphens, as DynamoDB takes for its tables. Give the application's name, plain.",
        ],
        [
            "an event source on a consumer that nobody registers",
            (orders) => orders.eventSourcePolicy({ fanOutConsumer: "audit" }),
            'reader.fanOutConsumer: "audit" is not allowed; it must be one of billing. Add it to consumers, or name one that is there.',
        ],
        [
            "a destination that is none",
            (orders) => orders.eventSourcePolicy({ failureDestinationArn: "failures" }),
            'reader.failureDestinationArn: "failures" is not allowed; it must be the ARN of an SQS queue or an SNS topic. Give the ARN of the mapping\'s failure destination, or leave it out.',
        ],
        [
            "a KCL application without a name",
            (orders) => orders.grantRead("shop", { as: "kcl" } as unknown as Reader),
            "reader.applicationName: missing; it must be 3 to 237 letters, digits, underscores, dots and hyphens, as DynamoDB takes for its tables. Give the application's name, plain.",
        ],
        [
            "a client that nobody knows",
            (orders) => orders.grantRead("shop", { as: "spark" } as unknown as Reader),
            'reader.as: "spark" is not allowed; it must be one of kcl, eventSource, flink. Say what the role reads with, or leave it out for any client.',
        ],
    ];
    for (const [title, ask, message] of refused) {
        it(`refuses ${title}`, async () => {
            await run(() => {
                const orders = new ShardedStream("orders", { ...base, consumers: ["billing"] });
                assert.throws(() => ask(orders), {
                    message: `ShardedStream "orders": 1 argument is malformed.\n${message}`,
                });
            });
        });
    }

    it("refuses a destination that is none once it is known", async () => {
        const failureDestinationArn = pulumi.output("failures");
        const { value } = await run(() =>
            new ShardedStream("orders", base).eventSourcePolicy({ failureDestinationArn }),
        );
        await assert.rejects(valueOf(value), {
            message:
                'ShardedStream "orders": 1 argument is malformed.\nreader.failureDestinationArn: "failures" is not allowed; it must be the ARN of an SQS queue or an SNS topic. Give the ARN of the mapping\'s failure destination, or leave it out.',
        });
    });

    it("has a name of its own, whatever stream, role and client it is for", () => {
        const name = fc.stringMatching(/^[a-z-]{1,3}(read|write)?-?[a-z-]{0,3}$/);
        const grant = fc.tuple(
            name,
            fc.constantFrom("read" as const, "write" as const),
            name,
            fc.constantFrom({}, { as: "flink" }),
        );
        fc.assert(
            fc.property(grant, grant, (one, two) => {
                const same = JSON.stringify(one) === JSON.stringify(two);
                assert.equal(grantName(...one) === grantName(...two), same);
            }),
        );
        const long = grantName("orders".repeat(20), "write", "r".repeat(64), {});
        assert.ok(long.length + 8 <= 128, long);
    });
});

describe("a stream that is shared with other accounts", () => {
    const readers = [{ principal: other }, { principal: `arn:aws:iam::${other}:role/billing`, consumer: "billing" }];
    const shared: ShardedStreamArgs = { ...base, kmsKeyId, consumers: ["audit", "billing"], readers, writers: [other] };
    const policies = ({ registered }: Awaited<ReturnType<typeof run>>) =>
        registered.filter(({ type }) => type === "aws:kinesis/resourcePolicy:ResourcePolicy");

    it("says so in its own policy, and in that of each consumer that somebody reads as", async () => {
        const found = policies(await run(() => new ShardedStream("orders", shared)));
        const consumerArn = `${streamArn}/consumer/billing:1700000000`;
        assert.deepEqual(
            found.map(({ name, parent, inputs }) => [name, parent, inputs.resourceArn]),
            [
                ["orders", "sharded-stream:index:ShardedStream orders", streamArn],
                ["orders-billing", "aws:kinesis/streamConsumer:StreamConsumer orders-billing", consumerArn],
            ],
        );
        const root = `arn:aws:iam::${other}:root`;
        const role = `arn:aws:iam::${other}:role/billing`;
        assert.deepEqual(
            found.flatMap(({ inputs }) => statements(inputs.policy)),
            [
                {
                    Sid: "ReadRecords",
                    Effect: "Allow",
                    Principal: { AWS: [role, root] },
                    Action: ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"],
                    Resource: streamArn,
                },
                {
                    Sid: "WriteRecords",
                    Effect: "Allow",
                    Principal: { AWS: [root] },
                    Action: ["kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:PutRecord", "kinesis:PutRecords"],
                    Resource: streamArn,
                },
                {
                    Sid: "SubscribeToShards",
                    Effect: "Allow",
                    Principal: { AWS: [role] },
                    Action: ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"],
                    Resource: consumerArn,
                },
            ],
        ); // prettier-ignore
    });

    it("has its policies in a preview that knows neither stream nor readers, and through aws-native too", async () => {
        const later = { principal: pulumi.output(Promise.resolve(other)), consumer: "billing" };
        const preview = await run(
            () => new ShardedStream("orders", { ...shared, readers: [later], streamProvider: "aws-native" }),
            { preview: true },
        );
        assert.deepEqual(
            policies(preview).map(({ name }) => name),
            ["orders", "orders-billing"],
        );
    });

    it("has the names of its policies to itself, whatever other streams are called", async () => {
        const names: string[] = [];
        const see: pulumi.ResourceTransformation = ({ type, name, opts: { parent } }) => {
            const { __pulumiType } = (parent ?? {}) as { readonly __pulumiType?: string };
            if (type === "aws:kinesis/resourcePolicy:ResourcePolicy") names.push(`${__pulumiType} ${name}`);
            return undefined;
        };
        await run(() => {
            new ShardedStream("orders", shared, { transformations: [see] });
            new ShardedStream("orders-billing", { ...shared, streamName: "other" }, { transformations: [see] });
        });
        assert.deepEqual(names.sort(), [
            "aws:kinesis/streamConsumer:StreamConsumer orders-billing",
            "aws:kinesis/streamConsumer:StreamConsumer orders-billing-billing",
            "sharded-stream:index:ShardedStream orders",
            "sharded-stream:index:ShardedStream orders-billing",
        ]);
    });

    it("is one that declares it: without readers and writers nothing is there", async () => {
        for (const none of [{}, { readers: [], writers: [] }])
            assert.deepEqual(policies(await run(() => new ShardedStream("orders", { ...base, ...none }))), []);
    });

    const refused: [title: string, args: Partial<ShardedStreamArgs>, message: string][] = [
        [
            "the key that AWS manages",
            { kmsKeyId: "alias/aws/kinesis" },
            'kmsKeyId: "alias/aws/kinesis" is not allowed; it must be a customer managed key beside readers and writers. alias/aws/kinesis, the key that AWS manages, admits its own account alone. Create a key, with the policy that sharedKeyPolicy gives.',
        ],
        [
            "no key of its own",
            { kmsKeyId: undefined, writers: undefined },
            "kmsKeyId: missing; it must be a customer managed key beside readers. alias/aws/kinesis, the key that AWS manages, admits its own account alone. Create a key, with the policy that sharedKeyPolicy gives.",
        ],
        [
            "a consumer that is not registered",
            { consumers: ["audit"] },
            'readers[1].consumer: "billing" is not allowed; it must be one of audit. Add it to consumers, or name one that is there.',
        ],
        [
            "everybody",
            { readers: [], writers: ["*"] },
            'writers[0]: "*" is not allowed; it must be the ID of an account, or the ARN of a role or a user. Give twelve digits as text, such as "210987654321", or an ARN such as arn:aws:iam::210987654321:role/billing.',
        ],
        [
            "an account whose ID is a number, and would lose its first zeros",
            { writers: [Number(other) as unknown as string] },
            'writers[0]: 210,987,654,321 is not allowed; it must be the ID of an account, or the ARN of a role or a user. Give twelve digits as text, such as "210987654321", or an ARN such as arn:aws:iam::210987654321:role/billing.',
        ],
        [
            "an account in place of a reader",
            { readers: other as never },
            'readers: "210987654321" is not allowed; it must be a list. List readers, such as { principal: "210987654321" }.',
        ],
        [
            "a stream that is held as it is",
            { hold: true, readers: [], writers: [other] },
            `writers: ["${other}"] is not allowed; it must be left out with hold: true. Share it once it is no longer held: its policy is a part of the stream.`,
        ],
    ];
    for (const [title, args, message] of refused) {
        it(`refuses ${title}`, async () => {
            await run(() => {
                assert.throws(() => new ShardedStream("orders", { ...shared, ...args }), {
                    message: `ShardedStream "orders": 1 argument is malformed.\n${message}`,
                });
            });
        });
    }
});

describe("a policy function for a stream of another stack", () => {
    it("takes what comes later, and says what is malformed", async () => {
        await run(async () => {
            const document = kclPolicy({ streamArn: pulumi.output(streamArn), applicationName: "billing" });
            assert.equal(statements(await valueOf(document))[0]!.Resource, streamArn);
        });
        await run(async () => {
            const malformed = sharedKeyPolicy({ streamArn: "orders", writers: [other] });
            await assert.rejects(valueOf(malformed), {
                message:
                    'sharedKeyPolicy: streamArn: "orders" is not allowed; it must be the ARN of a Kinesis stream. Give the stream\'s arn, such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.',
            });
        });
    });

    it("names a resource that stands in place of its ARN", async () => {
        await run(async () => {
            const topic = new sns.Topic("failures");
            const malformed = eventSourcePolicy({ streamArn, failureDestinationArn: topic as never });
            await assert.rejects(valueOf(malformed), {
                message:
                    /^eventSourcePolicy: failureDestinationArn: the resource failures of type aws:sns\/topic:Topic instead of one of its outputs is not allowed; it must be /,
            });
        });
    });
});
