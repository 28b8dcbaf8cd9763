/**
 * Least-privilege policy documents, as JSON: who writes to a stream, who reads it, and who may publish to its topic.
 */
import { parseArn } from "./arns";

interface Statement {
    readonly Sid: string;
    readonly Effect: "Allow";
    readonly Principal?: Readonly<Record<string, string>>;
    readonly Action: string | readonly string[];
    readonly Resource: string | readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A stream as policies see it. */
export interface StreamIdentity {
    readonly streamArn: string;
    readonly kmsKeyId: string;
}

/** The key that AWS manages admits everyone in the account who may use Kinesis: it needs no statement. */
export const awsManagedKinesisKey = "alias/aws/kinesis";

/** What a producer needs: to write records, and to learn the shards that it batches for. */
export function producerPolicy({ streamArn, kmsKeyId }: StreamIdentity): string {
    return document([
        {
            Sid: "WriteRecords",
            Effect: "Allow",
            Action: ["kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:PutRecord", "kinesis:PutRecords"],
            Resource: streamArn,
        },
        ...keyStatements("EncryptRecords", "kms:GenerateDataKey", streamArn, kmsKeyId),
    ]);
}

/** What a consumer needs: to read records, and with enhanced fan-out to subscribe as one of the registered consumers. */
export function consumerPolicy({
    streamArn,
    kmsKeyId,
    consumers,
}: StreamIdentity & { readonly consumers: readonly string[] }): string {
    const fanOut: Statement[] =
        consumers.length === 0
            ? []
            : [
                  {
                      Sid: "SubscribeToShards",
                      Effect: "Allow",
                      Action: ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"],
                      // A consumer's ARN ends with the time of its registration.
                      Resource: consumers.map((consumer) => `${streamArn}/consumer/${consumer}:*`),
                  },
              ];
    return document([
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
        ...fanOut,
        ...keyStatements("DecryptRecords", "kms:Decrypt", streamArn, kmsKeyId),
    ]);
}

/** Lets the alarms of the topic's own account, and nobody else's, publish to it. */
export function topicPolicy(topicArn: string): string {
    const { partition, region, accountId } = parseArn(topicArn);
    return document([
        {
            Sid: "PublishAlarms",
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: "sns:Publish",
            Resource: topicArn,
            Condition: {
                ArnLike: { "aws:SourceArn": `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:*` },
                StringEquals: { "aws:SourceAccount": accountId },
            },
        },
    ]);
}

/** The right to use a customer managed key, only through Kinesis in the stream's region. */
function keyStatements(sid: string, action: string, streamArn: string, kmsKeyId: string): Statement[] {
    if (kmsKeyId === awsManagedKinesisKey || kmsKeyId.endsWith(`:${awsManagedKinesisKey}`)) return [];
    const { partition, region, accountId } = parseArn(streamArn);
    const viaKinesis = {
        "kms:ViaService": `kinesis.${region}.${partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"}`,
    };
    const keyArn = (id: string) => `arn:${partition}:kms:${region}:${accountId}:key/${id}`;
    const alias = /(?:^|:)(alias\/.+)$/.exec(kmsKeyId)?.[1];
    // IAM knows no alias as a resource: the condition names it instead.
    if (alias !== undefined) {
        return [
            {
                Sid: sid,
                Effect: "Allow",
                Action: action,
                Resource: keyArn("*"),
                Condition: {
                    "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias },
                    StringEquals: viaKinesis,
                },
            },
        ];
    }
    return [
        {
            Sid: sid,
            Effect: "Allow",
            Action: action,
            Resource: kmsKeyId.startsWith("arn:") ? kmsKeyId : keyArn(kmsKeyId),
            Condition: { StringEquals: viaKinesis },
        },
    ];
}

function document(statements: readonly Statement[]): string {
    return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}
