/**
 * StreamAutoscaler: a Lambda that scales one stream, on a schedule and at once when an alarm invokes it.
 *
 * What it decides is in capacity/scaling.ts, what it does in scaler/. Here is only what it is made of: function, roles, log group,
 * ledger table, schedule, permissions, failure destination, alarms.
 */
import { createHash } from "node:crypto";
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as dynamodb from "@pulumi/aws/dynamodb";
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as scheduler from "@pulumi/aws/scheduler";
import * as pulumi from "@pulumi/pulumi";
import { scalerMetrics, scalerNamespace } from "../capacity/metrics";
import { ledgerKey, ledgerTableName } from "../capacity/scalingLedger";
import { problem, type Problem } from "../capacity/requirements";
import {
    type DeclaredScaling,
    peakShardsFor,
    scalerEnvironmentNames,
    scalingDefaults,
    scalingProblems,
} from "../capacity/scalingSettings";
import { notYetKnown } from "../capacity/streamArgs";
import { isArn, parseArn } from "./arns";
import { checkArgs, mapInput, whenReady } from "./inputs";
import { scalerArchive, scalerHandlerName } from "./scalerCode";

/** What a StreamAutoscaler is told. */
export interface StreamAutoscalerArgs {
    /** Name of the stream that is scaled. It must be in provisioned mode; on-demand streams are left alone. */
    streamName: pulumi.Input<string>;
    /** ARN of the stream that is scaled. */
    streamArn: pulumi.Input<string>;
    /** The fewest shards that the scaler aims for. Whole, 1 to 10,000. Raise it and the next run goes there. */
    minShards: pulumi.Input<number>;
    /** The most shards that the scaler aims for. Whole, `minShards` to 10,000. */
    maxShards: pulumi.Input<number>;
    /** Shards that the declared peak needs, headroom left out: the normal ceiling, passed only when records are refused. Default: half of `maxShards`. */
    peakShards?: pulumi.Input<number>;
    /** How it decides: `reactive` follows the load of the last minutes and hours. Default: `reactive`. */
    mode?: pulumi.Input<string>;
    /** SplitShard and MergeShards calls in a rolling 24 h; UpdateShardCount has its own limit of 10. Whole, 0 or more. Default: 48. */
    maxReshardsPerDay?: pulumi.Input<number>;
    /** Minutes between two runs. Whole, 1 to 60. Default: 1. */
    everyMinutes?: pulumi.Input<number>;
    /** True: observes, decides, logs and publishes, but changes nothing until this is false again. Default: false. */
    paused?: pulumi.Input<boolean>;
    /** True: says in its log what it would do, keeps no budget, changes nothing. Default: false. */
    dryRun?: pulumi.Input<boolean>;
    /** Days that the log is kept; one of the values that CloudWatch Logs accepts. Default: 30. */
    logRetentionDays?: pulumi.Input<number>;
    /** Name of a DynamoDB table that several streams share as their ledger (partition key `stream`, sort key `entry`, both strings). Default: a table of its own. */
    ledgerTable?: pulumi.Input<string>;
    /** Names of CloudWatch alarms, in the stream's account and region, that may invoke the scaler at once. Default: none. */
    invokedByAlarms?: pulumi.Input<string>[];
    /** ARN of the SNS topic that is told about failed runs. Default: nobody is told. */
    topicArn?: pulumi.Input<string>;
    /** ARN of the customer key that encrypts that topic. Default: the topic is not encrypted. */
    topicKmsKeyArn?: pulumi.Input<string>;
    /** ARN of the permissions boundary of both roles. Default: none. */
    permissionsBoundary?: pulumi.Input<string>;
    /** Path of both roles, such as `/scalers/`. Default: `/`. */
    rolePath?: pulumi.Input<string>;
    /** Tags on everything that can carry tags. Default: none. */
    tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * Scales one Kinesis stream, created here or elsewhere.
 *
 * @example
 * new StreamAutoscaler("orders", { streamName: stream.name, streamArn: stream.arn, minShards: 2, maxShards: 16 });
 */
export class StreamAutoscaler extends pulumi.ComponentResource {
    /** @internal */
    static readonly __pulumiType = "sharded-stream:index:StreamAutoscaler";

    /** Name of the Lambda function. */
    readonly functionName: pulumi.Output<string>;
    /** ARN of the Lambda function: the action of an alarm that is to invoke it at once. */
    readonly functionArn: pulumi.Output<string>;
    /** Name of the DynamoDB table that holds the lease, the budget and the history. */
    readonly ledgerTableName: pulumi.Output<string>;
    /** Name of the log group; one JSON line a run. */
    readonly logGroupName: pulumi.Output<string>;

    constructor(name: string, args: StreamAutoscalerArgs, opts?: pulumi.ComponentResourceOptions) {
        super(StreamAutoscaler.__pulumiType, name, args as unknown as pulumi.Inputs, opts);
        const ready = checkArgs("StreamAutoscaler", name, args, autoscalerProblems);
        const child = { parent: this, dependsOn: ready };
        const { tags } = args;
        const streamName = pulumi.output(whenReady(ready, args.streamName));
        const arn = pulumi.output(whenReady(ready, args.streamArn)).apply(parseArn);
        const functionName = streamName.apply((stream) => fitName(`${stream}-scaler`));
        const functionArn = pulumi.interpolate`arn:${arn.partition}:lambda:${arn.region}:${arn.accountId}:function:${functionName}`;

        const table =
            args.ledgerTable === undefined ? newLedgerTable(`${name}-ledger`, streamName, tags, child) : undefined;
        const ledgerTable = table?.name ?? pulumi.output(args.ledgerTable!);
        const ledgerArn = pulumi.interpolate`arn:${arn.partition}:dynamodb:${arn.region}:${arn.accountId}:table/${ledgerTable}`;

        const logGroup = new cloudwatch.LogGroup(
            `${name}-log`,
            {
                name: pulumi.interpolate`/aws/lambda/${functionName}`,
                retentionInDays: args.logRetentionDays ?? scalingDefaults.logRetentionDays,
                tags,
            },
            child,
        );

        const roleArgs = { permissionsBoundary: args.permissionsBoundary, path: args.rolePath, tags };
        const role = new iam.Role(
            `${name}-role`,
            {
                ...roleArgs,
                name: pulumi.all([streamName, arn.region]).apply(([s, region]) => fitName(`${s}-${region}-scaler`)),
                description: pulumi.interpolate`What the scaler of the Kinesis stream ${streamName} may do.`,
                assumeRolePolicy: assumedBy("lambda.amazonaws.com"),
            },
            child,
        );
        const policy = new iam.RolePolicy(
            `${name}-policy`,
            {
                role: role.name,
                policy: scalerPolicy({
                    streamArn: args.streamArn,
                    ledgerArn,
                    ledgerIsShared: table === undefined,
                    logGroupArn: pulumi.interpolate`arn:${arn.partition}:logs:${arn.region}:${arn.accountId}:log-group:${logGroup.name}`,
                    topicArn: args.topicArn,
                    topicKmsKeyArn: args.topicKmsKeyArn,
                }),
            },
            child,
        );

        const names = scalerEnvironmentNames;
        const fn = new lambda.Function(
            name,
            {
                name: functionName,
                description: pulumi.interpolate`Scales the Kinesis stream ${streamName}.`,
                code: scalerArchive(),
                handler: scalerHandlerName,
                runtime: lambda.Runtime.NodeJS22dX,
                memorySize: 256,
                timeout: functionTimeoutSeconds,
                role: role.arn,
                environment: {
                    variables: {
                        [names.streamName]: streamName,
                        [names.streamArn]: args.streamArn,
                        [names.ledgerTable]: ledgerTable,
                        [names.minShards]: pulumi.interpolate`${args.minShards}`,
                        [names.maxShards]: pulumi.interpolate`${args.maxShards}`,
                        [names.peakShards]: pulumi.interpolate`${args.peakShards ?? mapInput(args.maxShards, peakShardsFor)}`,
                        [names.mode]: args.mode ?? scalingDefaults.mode,
                        [names.maxReshardsPerDay]: pulumi.interpolate`${args.maxReshardsPerDay ?? scalingDefaults.maxReshardsPerDay}`,
                        [names.paused]: pulumi.interpolate`${args.paused ?? scalingDefaults.paused}`,
                        [names.dryRun]: pulumi.interpolate`${args.dryRun ?? scalingDefaults.dryRun}`,
                    },
                },
                tags,
            },
            // The log group first, or Lambda makes one that keeps everything for ever; the policy first, or the first run is refused.
            { parent: this, dependsOn: [logGroup, policy] },
        );

        new lambda.FunctionEventInvokeConfig(
            `${name}-invoke`,
            {
                functionName: fn.name,
                // The next run is a minute away and sees more than a retry would.
                maximumRetryAttempts: 0,
                maximumEventAgeInSeconds: 60,
                destinationConfig:
                    args.topicArn === undefined ? undefined : { onFailure: { destination: args.topicArn } },
            },
            child,
        );

        const schedulerRole = new iam.Role(
            `${name}-scheduler-role`,
            {
                ...roleArgs,
                name: pulumi.all([streamName, arn.region]).apply(([s, region]) => fitName(`${s}-${region}-schedule`)),
                description: pulumi.interpolate`Lets EventBridge Scheduler invoke the scaler of the Kinesis stream ${streamName}.`,
                assumeRolePolicy: assumedBy("scheduler.amazonaws.com"),
            },
            child,
        );
        const schedulerPolicy = new iam.RolePolicy(
            `${name}-scheduler-policy`,
            {
                role: schedulerRole.name,
                policy: policyDocument([{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: functionArn }]),
            },
            child,
        );
        new scheduler.Schedule(
            `${name}-schedule`,
            {
                name: functionName,
                description: pulumi.interpolate`Runs the scaler of the Kinesis stream ${streamName}.`,
                scheduleExpression: mapInput(
                    args.everyMinutes ?? scalingDefaults.everyMinutes,
                    (minutes) => `rate(${minutes} ${minutes === 1 ? "minute" : "minutes"})`,
                ),
                flexibleTimeWindow: { mode: "OFF" },
                target: {
                    arn: fn.arn,
                    roleArn: schedulerRole.arn,
                    retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
                },
            },
            { parent: this, dependsOn: [schedulerPolicy] },
        );

        (args.invokedByAlarms ?? []).forEach((alarmName, index) => {
            new lambda.Permission(
                index === 0 ? `${name}-alarm-permission` : `${name}-alarm-permission-${index + 1}`,
                {
                    function: fn.name,
                    action: "lambda:InvokeFunction",
                    principal: "lambda.alarms.cloudwatch.amazonaws.com",
                    sourceAccount: arn.accountId,
                    sourceArn: pulumi.interpolate`arn:${arn.partition}:cloudwatch:${arn.region}:${arn.accountId}:alarm:${alarmName}`,
                },
                child,
            );
        });

        if (args.topicArn !== undefined) newScalerAlarms(name, { ...args, topicArn: args.topicArn }, fn.name, child);

        this.functionName = fn.name;
        this.functionArn = fn.arn;
        this.ledgerTableName = ledgerTable;
        this.logGroupName = logGroup.name;
        this.registerOutputs({
            functionName: this.functionName,
            functionArn: this.functionArn,
            ledgerTableName: this.ledgerTableName,
            logGroupName: this.logGroupName,
        });
    }
}

/** Long enough to wait for a reshard and take the next step; the next scheduled run finds the lease taken and leaves. */
const functionTimeoutSeconds = 90;

/** Everything that is malformed about the arguments; what is not known yet is not. */
function autoscalerProblems(args: unknown): Problem[] {
    const declared = args as DeclaredScaling & { streamArn?: unknown };
    const problems = scalingProblems(declared);
    if (typeof declared.streamArn !== "string" || !isArn(declared.streamArn)) {
        problems.push(
            problem(
                "streamArn",
                declared.streamArn,
                "the ARN of a Kinesis stream",
                "Give the stream's arn, such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.",
            ),
        );
    }
    return problems.filter(({ value }) => value !== notYetKnown);
}

/** The ledger: lease, budget and history of one stream, or of several that share it. */
function newLedgerTable(
    name: string,
    streamName: pulumi.Output<string>,
    tags: StreamAutoscalerArgs["tags"],
    opts: pulumi.CustomResourceOptions,
): dynamodb.Table {
    return new dynamodb.Table(
        name,
        {
            name: streamName.apply(ledgerTableName),
            billingMode: "PAY_PER_REQUEST",
            hashKey: ledgerKey.partition,
            rangeKey: ledgerKey.sort,
            attributes: [
                { name: ledgerKey.partition, type: "S" },
                { name: ledgerKey.sort, type: "S" },
            ],
            ttl: { enabled: true, attributeName: ledgerKey.expiry },
            tags,
        },
        opts,
    );
}

function newScalerAlarms(
    name: string,
    args: StreamAutoscalerArgs & { topicArn: pulumi.Input<string> },
    functionName: pulumi.Output<string>,
    opts: pulumi.CustomResourceOptions,
): void {
    const shared = {
        actionsEnabled: true,
        evaluationPeriods: 1,
        period: 300,
        treatMissingData: "notBreaching",
        tags: args.tags,
    };
    new cloudwatch.MetricAlarm(
        `${name}-failing`,
        {
            ...shared,
            name: pulumi.interpolate`${args.streamName}-ScalerFailing`,
            alarmDescription: pulumi.interpolate`The scaler of ${args.streamName} failed: the stream keeps its shards and nobody scales it. The last line of the log group /aws/lambda/${functionName} says why; until it works, scale by hand with "sharded-stream scale ${args.streamName} to N".`,
            namespace: "AWS/Lambda",
            metricName: "Errors",
            dimensions: { FunctionName: functionName },
            statistic: "Sum",
            threshold: 0,
            comparisonOperator: "GreaterThanThreshold",
            alarmActions: [args.topicArn],
            okActions: [args.topicArn],
        },
        opts,
    );
    const openShards: keyof typeof scalerMetrics = "OpenShards";
    new cloudwatch.MetricAlarm(
        `${name}-silent`,
        {
            ...shared,
            name: pulumi.interpolate`${args.streamName}-ScalerSilent`,
            alarmDescription: pulumi.interpolate`The scaler of ${args.streamName} has published nothing for longer than it should: it is not invoked, or it fails before it sees the stream. Look at the schedule ${functionName} and at the log group /aws/lambda/${functionName}.`,
            namespace: scalerNamespace,
            metricName: openShards,
            dimensions: { StreamName: args.streamName },
            statistic: scalerMetrics[openShards].statistic,
            threshold: 1,
            comparisonOperator: "LessThanThreshold",
            // Silence is the signal. As missing data it takes effect only after the first datapoint, so a new stream does not alarm.
            treatMissingData: "missing",
            period: 3_600,
            alarmActions: [args.topicArn],
            insufficientDataActions: [args.topicArn],
            okActions: [],
        },
        opts,
    );
}

interface Statement {
    readonly Effect: "Allow";
    readonly Action: string | readonly string[];
    readonly Resource: pulumi.Input<string>;
    readonly Condition?: unknown;
}

/** What the function's role may do: this stream, this ledger, this log group, and the metrics, which know no resource ARNs. */
function scalerPolicy(to: {
    streamArn: pulumi.Input<string>;
    ledgerArn: pulumi.Input<string>;
    ledgerIsShared: boolean;
    logGroupArn: pulumi.Input<string>;
    topicArn: pulumi.Input<string> | undefined;
    topicKmsKeyArn: pulumi.Input<string> | undefined;
}): pulumi.Output<string> {
    const statements: Statement[] = [
        {
            Effect: "Allow",
            Action: [
                "kinesis:DescribeStreamSummary",
                "kinesis:ListShards",
                "kinesis:MergeShards",
                "kinesis:SplitShard",
                "kinesis:UpdateShardCount",
            ],
            Resource: to.streamArn,
        },
        { Effect: "Allow", Action: "cloudwatch:GetMetricData", Resource: "*" },
        {
            Effect: "Allow",
            Action: ["dynamodb:GetItem", "dynamodb:PutItem"],
            Resource: to.ledgerArn,
            // In a table of many streams each scaler reaches its own stream's items only.
            ...(to.ledgerIsShared
                ? {
                      Condition: {
                          "ForAllValues:StringLike": {
                              "dynamodb:LeadingKeys": [pulumi.interpolate`${to.streamArn}#*`],
                          },
                      },
                  }
                : {}),
        },
        {
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: pulumi.interpolate`${to.logGroupArn}:*`,
        },
    ];
    if (to.topicArn !== undefined) statements.push({ Effect: "Allow", Action: "sns:Publish", Resource: to.topicArn });
    if (to.topicKmsKeyArn !== undefined) {
        statements.push({
            Effect: "Allow",
            Action: ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource: to.topicKmsKeyArn,
        });
    }
    return policyDocument(statements);
}

function policyDocument(statements: Statement[]): pulumi.Output<string> {
    return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

function assumedBy(service: string): string {
    return JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } }],
    });
}

/** Names of functions and roles have at most 64 characters; a longer one keeps its start and gets a hash of the whole. */
const nameCharactersMax = 64;

function fitName(name: string): string {
    if (name.length <= nameCharactersMax) return name;
    const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
    return `${name.slice(0, nameCharactersMax - hash.length - 1)}-${hash}`;
}
