/**
 * Least-privilege policy documents, as JSON: who writes to a stream, who reads it, who scales it, and who may publish to its topic.
 */
import { parseArn } from "./arns";

interface Statement {
    readonly Sid?: string;
    readonly Effect: "Allow";
    readonly Principal?: Readonly<Record<string, string>>;
    readonly Action: string | readonly string[];
    readonly Resource: string | readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
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

/** What the scaler's function reaches: one stream, one ledger, one log group, and the topic that is told about failures. */
export interface ScalerReach {
    readonly streamArn: string;
    readonly ledgerArn: string;
    readonly ledgerIsShared: boolean;
    readonly logGroupArn: string;
    readonly topicArn?: string | undefined;
    readonly topicKmsKeyArn?: string | undefined;
    /** The customer key of the ledger. */
    readonly kmsKeyArn?: string | undefined;
}

/** What the function's role may do: within its reach, and the metrics, which know no resource ARNs. */
export function scalerPolicy(to: ScalerReach): string {
    // In a table of many streams each scaler reaches its own stream's items only.
    const ownItems = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${to.streamArn}#*`] } };
    return document([
        allow(
            [
                "kinesis:DescribeStreamSummary",
                "kinesis:ListShards",
                "kinesis:MergeShards",
                "kinesis:SplitShard",
                "kinesis:UpdateShardCount",
            ],
            to.streamArn,
        ),
        allow("cloudwatch:GetMetricData", "*"),
        {
            ...allow(["dynamodb:GetItem", "dynamodb:PutItem"], to.ledgerArn),
            ...(to.ledgerIsShared && { Condition: ownItems }),
        },
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], `${to.logGroupArn}:*`),
        ...(to.topicArn === undefined ? [] : [allow("sns:Publish", to.topicArn)]),
        ...(to.topicKmsKeyArn === undefined ? [] : [allow(["kms:Decrypt", "kms:GenerateDataKey"], to.topicKmsKeyArn)]),
        ...(to.kmsKeyArn === undefined ? [] : [ledgerKeyStatement(to.kmsKeyArn, to.ledgerArn)]),
    ]);
}

/**
 * DynamoDB uses a table's key on behalf of whoever reads or writes it; of these actions a write needs kms:Decrypt, too.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html, read 2026-11.
 */
function ledgerKeyStatement(kmsKeyArn: string, ledgerArn: string): Statement {
    const actions = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];
    return { ...allow(actions, kmsKeyArn), Condition: { StringEquals: viaService("dynamodb", ledgerArn) } };
}

/** What the schedule's role may do. */
export function invokePolicy(functionArn: string): string {
    return document([allow("lambda:InvokeFunction", functionArn)]);
}

/** Lets a service of AWS take on a role. */
export function assumedBy(service: string): string {
    return JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } }],
    });
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
    const viaKinesis = viaService("kinesis", streamArn);
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

/** The condition that a key is only used through a service, in the region of the ARN. */
function viaService(service: string, arn: string): Readonly<Record<string, string>> {
    const { partition, region } = parseArn(arn);
    return {
        "kms:ViaService": `${service}.${region}.${partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"}`,
    };
}

function allow(action: Statement["Action"], resource: string): Statement {
    return { Effect: "Allow", Action: action, Resource: resource };
}

function document(statements: readonly Statement[]): string {
    return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}
