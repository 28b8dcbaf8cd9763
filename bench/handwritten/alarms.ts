/**
 * The alarms of examples/orders, written out by hand.
 */
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as kinesis from "@pulumi/aws/kinesis";
import type * as lambda from "@pulumi/aws/lambda";
import type * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";

const runbook = "https://github.com/sharded-stream/sharded-stream/blob/main/docs/runbook.md";

interface Watched {
    readonly stream: kinesis.Stream;
    readonly topic: sns.Topic;
    readonly scaler: lambda.Function;
    readonly tags: Record<string, string>;
}

/** @returns the alarm that invokes the scaler */
export function alarmsOf(name: string, { stream, topic, scaler, tags }: Watched): cloudwatch.MetricAlarm {
    const described = (suffix: string, text: (stream: string) => string) =>
        stream.name.apply((known) => `${text(known)} Runbook: ${runbook}#${suffix.toLowerCase()}`);
    const alarm = (
        suffix: string,
        text: (stream: string) => string,
        args: Omit<cloudwatch.MetricAlarmArgs, "comparisonOperator" | "evaluationPeriods"> & { periods?: number },
        section = suffix,
    ) => {
        const { periods = 2, ...given } = args;
        return new cloudwatch.MetricAlarm(`${name}-${suffix}`, {
            name: pulumi.interpolate`${stream.name}-${suffix}`,
            alarmDescription: described(section, text),
            comparisonOperator: suffix === "ScalerSilent" ? "LessThanThreshold" : "GreaterThanThreshold",
            evaluationPeriods: periods,
            datapointsToAlarm: periods > 1 ? periods : undefined,
            treatMissingData: "notBreaching",
            alarmActions: [topic.arn],
            okActions: [topic.arn],
            tags,
            ...given,
        });
    };
    const dimensions = { StreamName: stream.name };
    const query = (id: string, metricName: string, unit = "Count", period = 60) => ({
        id,
        metric: { namespace: "AWS/Kinesis", metricName, dimensions, period, stat: "Sum", unit },
        returnData: false,
    });
    const filled = (metricName: string, threshold: number) => ({
        metricQueries: [
            query("counted", metricName, "Count", 300),
            { id: "filled", expression: "FILL(counted, 0)", label: metricName, returnData: true },
        ],
        threshold,
    });
    alarm(
        "HighIncomingRecords",
        (known) =>
            `${known} takes in more than 2,500 records/s, the declared peak. If this load is to stay, raise requirements.recordsPerSecond and deploy; if not, find the producer that sends more.`,
        filled("IncomingRecords", 750_000),
    );
    alarm(
        "WriteThrottling",
        (known) =>
            `${known} refuses records: shards are full, and a producer that does not retry loses them. Look at sharded-stream hot-shards ${known}: if one shard is hot, spread its keys; if all are full, see why it does not scale: sharded-stream status ${known} shows its decisions, its maximum and the calls that are left.`,
        filled("WriteProvisionedThroughputExceeded", 0),
    );
    alarm(
        "ReadThrottling",
        (known) =>
            `${known} refuses GetRecords calls: all shared consumers together poll a shard more than 5 times a second or read more than 2 MiB/s from it. Poll less often with larger batches, or give a consumer enhanced fan-out.`,
        filled("ReadProvisionedThroughputExceeded", 0),
    );
    const age = alarm(
        "IteratorAge",
        (known) =>
            `The slowest consumer of ${known} is more than 12 hours behind; records are lost after 24 hours. Repair or scale the consumer; if that takes longer than is left, raise retentionHours first.`,
        {
            namespace: "AWS/Kinesis",
            metricName: "GetRecords.IteratorAgeMilliseconds",
            dimensions,
            statistic: "Maximum",
            unit: "Milliseconds",
            period: 300,
            threshold: 43_200_000,
            treatMissingData: "ignore",
        },
    );
    const unread = alarm(
        "Unread",
        (known) =>
            `Records come in to ${known}, and nobody gets them with GetRecords. This alarm has no action: ConsumerSilent tells it where somebody had read before.`,
        {
            metricQueries: [
                query("records", "IncomingRecords", "Count", 600),
                query("reads", "GetRecords.Success", "Count", 600),
                {
                    id: "unread",
                    expression: "IF(FILL(reads, 0) > 0, 0, records / records)",
                    label: "Unread in the period",
                    returnData: false,
                },
                { id: "since", expression: "FILL(unread, REPEAT)", label: "Unread since", returnData: true },
            ],
            threshold: 0,
            treatMissingData: "ignore",
            alarmActions: undefined,
            okActions: undefined,
        },
        "ConsumerSilent",
    );
    new cloudwatch.CompositeAlarm(`${name}-ConsumerSilent`, {
        alarmName: pulumi.interpolate`${stream.name}-ConsumerSilent`,
        alarmDescription: described(
            "ConsumerSilent",
            (known) =>
                `Nobody has read ${known} with GetRecords for more than 20 minutes, and records come in: its consumer has died, or every call fails. Unread records are lost after 24 hours. Start it again, and it reads on from its checkpoint; if that takes longer than is left, raise retentionHours first. If nobody is to read it so any more, set its alarm IteratorAge to INSUFFICIENT_DATA (aws cloudwatch set-alarm-state): then the consumer is forgotten.`,
        ),
        alarmRule: pulumi.interpolate`ALARM("${unread.name}") AND NOT INSUFFICIENT_DATA("${age.name}")`,
        alarmActions: [topic.arn],
        okActions: [topic.arn],
        tags,
    });
    const shards = query("shards", "OpenShards");
    const utilization = alarm(
        "WriteUtilization",
        (known) =>
            `${known} uses more than 80 % of its open shards, by bytes or by records. The scaler is called at once. If the alarm stays on, see why it does not scale: sharded-stream status ${known} shows its decisions, its maximum and the calls that are left.`,
        {
            periods: 3,
            metricQueries: [
                query("bytes", "IncomingBytes", "Bytes"),
                query("records", "IncomingRecords"),
                { ...shards, metric: { ...shards.metric, namespace: "ShardedStream", stat: "Maximum" } },
                {
                    id: "bytesUse",
                    expression: "bytes / PERIOD(bytes) / 1048576",
                    label: "Shards needed by bytes",
                    returnData: false,
                },
                {
                    id: "recordsUse",
                    expression: "records / PERIOD(records) / 1000",
                    label: "Shards needed by records",
                    returnData: false,
                },
                {
                    id: "utilization",
                    expression: "100 * MAX([bytesUse, recordsUse]) / FILL(shards, REPEAT)",
                    label: "Write utilization (%)",
                    returnData: true,
                },
            ],
            threshold: 80,
            alarmActions: [topic.arn, scaler.arn],
        },
    );
    alarm(
        "ScalerFailing",
        (known) =>
            `The scaler of ${known} failed: the stream keeps its shards and nobody scales it. The last line of the log group /aws/lambda/${known}-scaler says why; until it works, scale by hand with "sharded-stream scale ${known} to N".`,
        {
            periods: 1,
            namespace: "AWS/Lambda",
            metricName: "Errors",
            dimensions: { FunctionName: scaler.name },
            statistic: "Sum",
            period: 300,
            threshold: 0,
        },
    );
    alarm(
        "ScalerSilent",
        (known) =>
            `The scaler of ${known} has published nothing for more than an hour: it is not invoked, or it fails before it sees the stream. Look at the schedule ${known}-scaler and at the log group /aws/lambda/${known}-scaler.`,
        {
            periods: 12,
            datapointsToAlarm: undefined,
            namespace: "ShardedStream",
            metricName: "OpenShards",
            dimensions,
            statistic: "Maximum",
            period: 300,
            threshold: 1,
            treatMissingData: "missing",
            okActions: undefined,
            insufficientDataActions: [topic.arn],
        },
    );
    return utilization;
}
