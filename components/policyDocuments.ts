/**
 * Least-privilege policy documents, as JSON, of what a component makes for itself: who scales a stream, and who may publish to its topic.
 *
 * Those for the users of a stream, who write and read it, are in `grants/`.
 */
import { arnBeside, parseArn } from "../capacity/arns";
import { allow, document, type Statement, viaService } from "./grants/statements";

/** What the scaler's function reaches: one stream, one ledger, one log group, and the topic that is told about failures. */
export interface ScalerReach {
    readonly streamArn: string;
    /** Names, in the stream's own region and account. */
    readonly ledgerTable: string;
    readonly logGroup: string;
    readonly ledgerIsShared: boolean;
    readonly topicArn?: string | undefined;
    readonly topicKmsKeyArn?: string | undefined;
    /** The customer key of the ledger. */
    readonly kmsKeyArn?: string | undefined;
}

/** What the function's role may do: within its reach, and the metrics, which know no resource ARNs. */
export function scalerPolicy(to: ScalerReach): string {
    // In a table of many streams each scaler reaches its own stream's items only.
    const ledgerArn = arnBeside(to.streamArn, "dynamodb", `table/${to.ledgerTable}`);
    const logGroupArn = arnBeside(to.streamArn, "logs", `log-group:${to.logGroup}`);
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
            ...allow(["dynamodb:GetItem", "dynamodb:PutItem"], ledgerArn),
            ...(to.ledgerIsShared && { Condition: ownItems }),
        },
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], `${logGroupArn}:*`),
        ...(to.topicArn === undefined ? [] : [allow("sns:Publish", to.topicArn)]),
        ...(to.topicKmsKeyArn === undefined ? [] : [allow(["kms:Decrypt", "kms:GenerateDataKey"], to.topicKmsKeyArn)]),
        ...(to.kmsKeyArn === undefined ? [] : [ledgerKeyStatement(to.kmsKeyArn, ledgerArn)]),
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
    return document([{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } }]);
}

/** Lets the alarms of the topic's own account, and nobody else's, publish to it. */
export function topicPolicy(topicArn: string): string {
    const { accountId } = parseArn(topicArn);
    return document([
        {
            Sid: "PublishAlarms",
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: "sns:Publish",
            Resource: topicArn,
            Condition: {
                ArnLike: { "aws:SourceArn": arnBeside(topicArn, "cloudwatch", "alarm:*") },
                StringEquals: { "aws:SourceAccount": accountId },
            },
        },
    ]);
}
