/**
 * What a ShardedStream with a scaler is made of, as somebody writes it who has no component: every number computed beforehand, every
 * input the same (bench/bars/preview.ts compares them).
 */
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as dynamodb from "@pulumi/aws/dynamodb";
import * as iam from "@pulumi/aws/iam";
import * as kinesis from "@pulumi/aws/kinesis";
import * as lambda from "@pulumi/aws/lambda";
import * as scheduler from "@pulumi/aws/scheduler";
import * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import { alarmsOf } from "./alarms";

/** @param code the file with the text of the scaler's function */
export function scaledStream(name: string, code: string) {
    const tags = { team: "orders" };

    const stream = new kinesis.Stream(
        name,
        {
            shardCount: 5,
            streamModeDetails: { streamMode: "PROVISIONED" },
            retentionPeriod: 24,
            maxRecordSizeInKib: 1_024,
            encryptionType: "KMS",
            kmsKeyId: "alias/aws/kinesis",
            enforceConsumerDeletion: false,
            tags,
        },
        { ignoreChanges: ["shardCount"] },
    );

    const topic = new sns.Topic(`${name}-alarms`, { tags });
    new sns.TopicPolicy(`${name}-alarms`, {
        arn: topic.arn,
        policy: topic.arn.apply((arn) =>
            JSON.stringify({
                Version: "2012-10-17",
                Statement: [
                    {
                        Effect: "Allow",
                        Principal: { Service: "cloudwatch.amazonaws.com" },
                        Action: "sns:Publish",
                        Resource: arn,
                        Condition: { StringEquals: { "aws:SourceAccount": arn.split(":")[4] } },
                    },
                ],
            }),
        ),
    });
    new sns.TopicSubscription(`${name}-oncall`, {
        topic: topic.arn,
        protocol: "email",
        endpoint: "oncall@example.com",
    });

    const table = new dynamodb.Table(`${name}-ledger`, {
        name: pulumi.interpolate`${stream.name}-scaler-ledger`,
        billingMode: "PAY_PER_REQUEST",
        hashKey: "stream",
        rangeKey: "entry",
        attributes: [
            { name: "stream", type: "S" },
            { name: "entry", type: "S" },
        ],
        ttl: { enabled: true, attributeName: "expiresAtSeconds" },
        tags,
    });

    const assumedBy = (service: string) =>
        JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } }],
        });
    const functionName = pulumi.interpolate`${stream.name}-scaler`;
    const roleName = (use: string) =>
        pulumi.all([stream.name, stream.arn]).apply(([known, arn]) => `${known}-${arn.split(":")[3]}-${use}`);
    const logGroup = new cloudwatch.LogGroup(`${name}-scaler`, {
        name: pulumi.interpolate`/aws/lambda/${functionName}`,
        retentionInDays: 30,
        tags,
    });
    const role = new iam.Role(`${name}-scaler`, {
        name: roleName("scaler"),
        description: pulumi.interpolate`What the scaler of the Kinesis stream may do: ${stream.name}.`,
        assumeRolePolicy: assumedBy("lambda.amazonaws.com"),
        tags,
    });
    const policy = new iam.RolePolicy(`${name}-scaler`, {
        role: role.name,
        policy: pulumi.jsonStringify({
            Version: "2012-10-17",
            Statement: [
                { Effect: "Allow", Action: ["kinesis:ListShards", "kinesis:UpdateShardCount"], Resource: stream.arn },
                { Effect: "Allow", Action: ["dynamodb:GetItem", "dynamodb:PutItem"], Resource: table.arn },
                { Effect: "Allow", Action: "cloudwatch:GetMetricData", Resource: "*" },
                { Effect: "Allow", Action: "logs:PutLogEvents", Resource: pulumi.interpolate`${logGroup.arn}:*` },
                { Effect: "Allow", Action: "sns:Publish", Resource: topic.arn },
            ],
        }),
    });
    const scaler = new lambda.Function(
        `${name}-scaler`,
        {
            name: functionName,
            description: pulumi.interpolate`Scales the Kinesis stream ${stream.name}.`,
            code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.FileAsset(code) }),
            handler: "index.handler",
            runtime: "nodejs22.x",
            memorySize: 256,
            timeout: 90,
            role: role.arn,
            environment: {
                variables: {
                    STREAM_NAME: stream.name,
                    STREAM_ARN: stream.arn,
                    LEDGER_TABLE: table.name,
                    MIN_SHARDS: "2",
                    MAX_SHARDS: "16",
                    PEAK_SHARDS: "3.5",
                    MODE: "predictive",
                    REFUSED_SHARE_SLO: "0.001",
                    MAX_RESHARDS_PER_DAY: "48",
                    PAUSED: "false",
                    DRY_RUN: "false",
                },
            },
            tags,
        },
        { dependsOn: [logGroup, policy] },
    );
    new lambda.FunctionEventInvokeConfig(`${name}-scaler`, {
        functionName: scaler.name,
        maximumRetryAttempts: 0,
        maximumEventAgeInSeconds: 60,
        destinationConfig: { onFailure: { destination: topic.arn } },
    });
    const schedulerRole = new iam.Role(`${name}-schedule`, {
        name: roleName("schedule"),
        description: pulumi.interpolate`Lets EventBridge Scheduler invoke the scaler of the Kinesis stream ${stream.name}.`,
        assumeRolePolicy: assumedBy("scheduler.amazonaws.com"),
        tags,
    });
    const schedulerPolicy = new iam.RolePolicy(`${name}-schedule`, {
        role: schedulerRole.name,
        policy: pulumi.jsonStringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: scaler.arn }],
        }),
    });
    new scheduler.Schedule(
        `${name}-scaler`,
        {
            name: functionName,
            description: pulumi.interpolate`Runs the scaler of the Kinesis stream ${stream.name}.`,
            scheduleExpression: "rate(1 minute)",
            flexibleTimeWindow: { mode: "OFF" },
            target: {
                arn: scaler.arn,
                roleArn: schedulerRole.arn,
                retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
            },
        },
        { dependsOn: [schedulerPolicy] },
    );

    const utilization = alarmsOf(name, { stream, topic, scaler, tags });
    new lambda.Permission(`${name}-scaler`, {
        function: scaler.name,
        action: "lambda:InvokeFunction",
        principal: "lambda.alarms.cloudwatch.amazonaws.com",
        sourceAccount: utilization.arn.apply((arn) => arn.split(":")[4]!),
        sourceArn: utilization.arn,
    });

    const graph = (title: string, names: string[], stat: string) => ({
        type: "metric",
        width: 12,
        height: 6,
        properties: {
            title,
            stat,
            period: 60,
            metrics: names.map((name) => ["AWS/Kinesis", name, "StreamName", name]),
        },
    });
    const dashboard = new cloudwatch.Dashboard(name, {
        dashboardName: pulumi
            .all([stream.name, stream.arn])
            .apply(([known, arn]) => `Kinesis-${known}-${arn.split(":")[3]}`),
        dashboardBody: stream.arn.apply((arn) =>
            JSON.stringify({
                widgets: [
                    graph("Written", ["IncomingBytes", "IncomingRecords"], "Sum"),
                    graph("Read", ["GetRecords.Bytes", "GetRecords.Records"], "Sum"),
                    graph(
                        "Refused",
                        ["WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded"],
                        "Sum",
                    ),
                    graph("Iterator age", ["GetRecords.IteratorAgeMilliseconds"], "Maximum"),
                ].map((widget) => ({ ...widget, properties: { ...widget.properties, region: arn.split(":")[3] } })),
            }),
        ),
    });

    return {
        streamName: stream.name,
        streamArn: stream.arn,
        topicArn: topic.arn,
        dashboardName: dashboard.dashboardName,
        scalerFunctionName: scaler.name,
        ledgerTableName: table.name,
    };
}
