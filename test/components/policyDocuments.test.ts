/** The policy documents of producers, consumers and topics allow what is needed and nothing else. */
import * as assert from "node:assert/strict";
import { consumerPolicy, producerPolicy } from "../../components/grants/documents";
import { topicPolicy } from "../../components/policyDocuments";

const streamArn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const keyArn = `arn:aws:kms:eu-west-1:123456789012:key/${keyId}`;

interface Statement {
    Sid: string;
    Effect: string;
    Action: string | string[];
    Resource: string | string[];
    Condition?: unknown;
}

const statements = (document: string) => {
    const { Version, Statement } = JSON.parse(document) as { Version: string; Statement: Statement[] };
    assert.equal(Version, "2012-10-17");
    return Statement;
};

describe("a producer's policy", () => {
    it("writes to one stream, and learns its shards", () => {
        assert.deepEqual(statements(producerPolicy({ streamArn, kmsKeyId: "alias/aws/kinesis" })), [
            {
                Sid: "WriteRecords",
                Effect: "Allow",
                Action: [
                    "kinesis:DescribeStreamSummary",
                    "kinesis:ListShards",
                    "kinesis:PutRecord",
                    "kinesis:PutRecords",
                ],
                Resource: streamArn,
            },
        ]);
    });

    const viaKinesis = { "kms:ViaService": "kinesis.eu-west-1.amazonaws.com" };
    const keys: [title: string, kmsKeyId: string, statement: Statement | undefined][] = [
        ["the key that AWS manages needs nothing", "alias/aws/kinesis", undefined],
        ["nor does its ARN", "arn:aws:kms:eu-west-1:123456789012:alias/aws/kinesis", undefined],
        [
            "a customer key by its ID",
            keyId,
            {
                Sid: "EncryptRecords",
                Effect: "Allow",
                Action: "kms:GenerateDataKey",
                Resource: keyArn,
                Condition: { StringEquals: viaKinesis },
            },
        ],
        [
            "a customer key by its ARN",
            "arn:aws:kms:eu-west-1:999999999999:key/other",
            {
                Sid: "EncryptRecords",
                Effect: "Allow",
                Action: "kms:GenerateDataKey",
                Resource: "arn:aws:kms:eu-west-1:999999999999:key/other",
                Condition: { StringEquals: viaKinesis },
            },
        ],
        [
            "a customer key by its alias, which is no resource",
            "alias/orders",
            {
                Sid: "EncryptRecords",
                Effect: "Allow",
                Action: "kms:GenerateDataKey",
                Resource: "arn:aws:kms:eu-west-1:123456789012:key/*",
                Condition: {
                    "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/orders" },
                    StringEquals: viaKinesis,
                },
            },
        ],
    ];
    for (const [title, kmsKeyId, statement] of keys)
        it(title, () => assert.deepEqual(statements(producerPolicy({ streamArn, kmsKeyId }))[1], statement));
});

describe("a consumer's policy", () => {
    it("reads one stream, subscribes as one of its registered consumers, and decrypts", () => {
        const document = consumerPolicy({ streamArn, kmsKeyId: keyId, consumers: ["audit", "billing"] });
        assert.deepEqual(statements(document), [
            {
                Sid: "ReadRecords",
                Effect: "Allow",
                Action: [
                    "kinesis:DescribeStream",
                    "kinesis:DescribeStreamSummary",
                    "kinesis:GetRecords",
                    "kinesis:GetShardIterator",
                    "kinesis:ListShards",
                ],
                Resource: streamArn,
            },
            {
                Sid: "SubscribeToShards",
                Effect: "Allow",
                Action: ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"],
                Resource: [
                    `${streamArn}/consumer/audit`,
                    `${streamArn}/consumer/audit:*`,
                    `${streamArn}/consumer/billing`,
                    `${streamArn}/consumer/billing:*`,
                ],
            },
            {
                Sid: "DecryptRecords",
                Effect: "Allow",
                Action: "kms:Decrypt",
                Resource: keyArn,
                Condition: { StringEquals: { "kms:ViaService": "kinesis.eu-west-1.amazonaws.com" } },
            },
        ]);
    });

    it("never writes, and a producer's never reads", () => {
        const consumer = consumerPolicy({ streamArn, kmsKeyId: "alias/aws/kinesis", consumers: ["audit"] });
        assert.doesNotMatch(consumer, /Put|Merge|Split|Update|Delete|Register|"kinesis:\*"/);
        assert.doesNotMatch(
            producerPolicy({ streamArn, kmsKeyId: "alias/aws/kinesis" }),
            /GetRecords|Subscribe|"kinesis:\*"/,
        );
    });
});

it("in China keys are used through that partition's Kinesis", () => {
    const china = "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders";
    const [, encrypt] = statements(producerPolicy({ streamArn: china, kmsKeyId: keyId }));
    assert.deepEqual(encrypt?.Condition, { StringEquals: { "kms:ViaService": "kinesis.cn-north-1.amazonaws.com.cn" } });
    assert.equal(encrypt?.Resource, `arn:aws-cn:kms:cn-north-1:123456789012:key/${keyId}`);
});

it("a topic lets only the alarms of its own account and region publish", () => {
    assert.deepEqual(statements(topicPolicy("arn:aws-us-gov:sns:us-gov-west-1:123456789012:oncall")), [
        {
            Sid: "PublishAlarms",
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: "sns:Publish",
            Resource: "arn:aws-us-gov:sns:us-gov-west-1:123456789012:oncall",
            Condition: {
                ArnLike: { "aws:SourceArn": "arn:aws-us-gov:cloudwatch:us-gov-west-1:123456789012:alarm:*" },
                StringEquals: { "aws:SourceAccount": "123456789012" },
            },
        },
    ]);
});
