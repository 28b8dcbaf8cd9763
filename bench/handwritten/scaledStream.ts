/**
 * What a ShardedStream with a scaler is made of, as somebody writes it who has no component: every number computed beforehand.
 */
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as dynamodb from "@pulumi/aws/dynamodb";
import * as iam from "@pulumi/aws/iam";
import * as kinesis from "@pulumi/aws/kinesis";
import * as lambda from "@pulumi/aws/lambda";
import * as scheduler from "@pulumi/aws/scheduler";
import * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";

export function scaledStream(name: string) {
    const tags = { team: "orders" };

    const stream = new kinesis.Stream(
        name,
        {
            shardCount: 5,
            streamModeDetails: { streamMode: "PROVISIONED" },
            retentionPeriod: 24,
            encryptionType: "KMS",
            kmsKeyId: "alias/aws/kinesis",
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
    const logGroup = new cloudwatch.LogGroup(`${name}-scaler`, { retentionInDays: 30, tags });
    const role = new iam.Role(`${name}-scaler`, { assumeRolePolicy: assumedBy("lambda.amazonaws.com"), tags });
    const policy = new iam.RolePolicy(`${name}-scaler`, {
        role: role.name,
        policy: pulumi.jsonStringify({
            Version: "2012-10-17",
            Statement: [
                { Effect: "Allow", Action: ["kinesis:ListShards", "kinesis:UpdateShardCount"], Resource: stream.arn },
                { Effect: "Allow", Action: ["dynamodb:GetItem", "dynamodb:UpdateItem"], Resource: table.arn },
                { Effect: "Allow", Action: "cloudwatch:GetMetricData", Resource: "*" },
                { Effect: "Allow", Action: "logs:PutLogEvents", Resource: pulumi.interpolate`${logGroup.arn}:*` },
                { Effect: "Allow", Action: "sns:Publish", Resource: topic.arn },
            ],
        }),
    });
    const scaler = new lambda.Function(
        `${name}-scaler`,
        {
            code: new pulumi.asset.AssetArchive({
                "index.js": new pulumi.asset.StringAsset("exports.handler = async () => undefined;"),
            }),
            handler: "index.handler",
            runtime: "nodejs22.x",
            memorySize: 256,
            timeout: 90,
            role: role.arn,
            environment: {
                variables: { STREAM_NAME: stream.name, LEDGER_TABLE: table.name, MIN_SHARDS: "2", MAX_SHARDS: "16" },
            },
            tags,
        },
        { dependsOn: [logGroup, policy] },
    );
    new lambda.FunctionEventInvokeConfig(`${name}-scaler`, {
        functionName: scaler.name,
        maximumRetryAttempts: 0,
        destinationConfig: { onFailure: { destination: topic.arn } },
    });
    const schedulerRole = new iam.Role(`${name}-schedule`, {
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
            scheduleExpression: "rate(1 minute)",
            flexibleTimeWindow: { mode: "OFF" },
            target: { arn: scaler.arn, roleArn: schedulerRole.arn },
        },
        { dependsOn: [schedulerPolicy] },
    );

    const alarm = (suffix: string, args: cloudwatch.MetricAlarmArgs) =>
        new cloudwatch.MetricAlarm(`${name}-${suffix}`, {
            name: pulumi.interpolate`${stream.name}-${suffix}`,
            comparisonOperator: "GreaterThanThreshold",
            evaluationPeriods: 2,
            treatMissingData: "notBreaching",
            alarmActions: [topic.arn],
            okActions: [topic.arn],
            tags,
            ...args,
        });
    const metric = (metricName: string, statistic: string, threshold: number) => ({
        namespace: "AWS/Kinesis",
        metricName,
        dimensions: { StreamName: stream.name },
        statistic,
        period: 300,
        threshold,
    });
    const query = (id: string, namespace: string, metricName: string, stat: string, period = 60) => ({
        id,
        metric: { namespace, metricName, dimensions: { StreamName: stream.name }, period, stat },
        returnData: false,
    });
    const filled = (metricName: string, threshold: number) => ({
        metricQueries: [
            query("counted", "AWS/Kinesis", metricName, "Sum", 300),
            { id: "filled", expression: "FILL(counted, 0)", returnData: true },
        ],
        threshold,
    });
    alarm("HighIncomingRecords", filled("IncomingRecords", 750_000));
    alarm("WriteThrottling", filled("WriteProvisionedThroughputExceeded", 0));
    alarm("ReadThrottling", filled("ReadProvisionedThroughputExceeded", 0));
    const age = alarm("IteratorAge", metric("GetRecords.IteratorAgeMilliseconds", "Maximum", 43_200_000));
    const unread = alarm("Unread", {
        metricQueries: [
            query("records", "AWS/Kinesis", "IncomingRecords", "Sum", 600),
            query("reads", "AWS/Kinesis", "GetRecords.Success", "SampleCount", 600),
            {
                id: "unread",
                expression: "FILL(IF(FILL(reads, 0) > 0, 0, records / records), REPEAT)",
                returnData: true,
            },
        ],
        threshold: 0,
        alarmActions: [],
        okActions: [],
    });
    new cloudwatch.CompositeAlarm(`${name}-ConsumerSilent`, {
        alarmName: pulumi.interpolate`${stream.name}-ConsumerSilent`,
        alarmRule: pulumi.interpolate`ALARM("${unread.name}") AND NOT INSUFFICIENT_DATA("${age.name}")`,
        alarmActions: [topic.arn],
        okActions: [topic.arn],
        tags,
    });
    const utilization = alarm("WriteUtilization", {
        metricQueries: [
            query("bytes", "AWS/Kinesis", "IncomingBytes", "Sum"),
            query("records", "AWS/Kinesis", "IncomingRecords", "Sum"),
            query("shards", "ShardedStream", "OpenShards", "Maximum"),
            { id: "bytesUse", expression: "bytes / PERIOD(bytes) / 1048576", returnData: false },
            { id: "recordsUse", expression: "records / PERIOD(records) / 1000", returnData: false },
            {
                id: "utilization",
                expression: "100 * MAX([bytesUse, recordsUse]) / FILL(shards, REPEAT)",
                returnData: true,
            },
        ],
        threshold: 80,
        alarmActions: [topic.arn, scaler.arn],
    });
    alarm("ScalerFailing", {
        namespace: "AWS/Lambda",
        metricName: "Errors",
        dimensions: { FunctionName: scaler.name },
        statistic: "Sum",
        period: 300,
        threshold: 0,
    });
    alarm("ScalerSilent", {
        namespace: "ShardedStream",
        metricName: "OpenShards",
        dimensions: { StreamName: stream.name },
        statistic: "Maximum",
        period: 3_600,
        threshold: 1,
        comparisonOperator: "LessThanThreshold",
    });
    new lambda.Permission(`${name}-scaler`, {
        function: scaler.name,
        action: "lambda:InvokeFunction",
        principal: "lambda.alarms.cloudwatch.amazonaws.com",
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
        dashboardName: pulumi.interpolate`Kinesis-${stream.name}`,
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
