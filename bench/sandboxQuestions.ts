/**
 * What the bench of emulators asks each of them beside the limits of test/sandbox/kinesis/limitRows.ts: through real clients, and judged by
 * what they answered, never by what they document.
 */
import {
    CloudWatchClient,
    DescribeAlarmsCommand,
    GetMetricStatisticsCommand,
    PutMetricAlarmCommand,
} from "@aws-sdk/client-cloudwatch";
import { KinesisClient, type SubscribeToShardOutput } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { Questions } from "../test/sandbox/kinesis/limitRows";

export interface Peer {
    readonly name: string;
    readonly endpoint: string;
}

const access = (endpoint: string, accessKeyId = "123456789012", sessionToken?: string) => ({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey: "test", ...(sessionToken !== undefined && { sessionToken }) },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ requestTimeout: 20_000, throwOnRequestTimeout: true }),
});

export const kinesisOf = (endpoint: string, accessKeyId?: string, sessionToken?: string): KinesisClient =>
    new KinesisClient(access(endpoint, accessKeyId, sessionToken));

export const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

/** A question: true where the answer is AWS's. A call that is refused is a no. */
export interface Question {
    readonly title: string;
    ask(at: Questions, peer: Peer): Promise<boolean>;
}

const put = (at: Questions, count: number) =>
    at.refused(Array.from({ length: count }, () => ({ Data: Buffer.from("x"), PartitionKey: "k" })));

export const questions: readonly Question[] = [
    {
        title: "SubscribeToShard delivers a record",
        ask: async (at) => {
            await at.stream();
            const [StreamARN, [shard]] = [await at.arn(), await at.shards()];
            const { Consumer } = await at.answer("RegisterStreamConsumer", { StreamARN, ConsumerName: "reader" });
            await pause(3);
            const answer = (await at.answer("SubscribeToShard", {
                ConsumerARN: Consumer.ConsumerARN,
                ShardId: shard!.ShardId,
                StartingPosition: { Type: "TRIM_HORIZON" },
            })) as SubscribeToShardOutput;
            await put(at, 1);
            for await (const event of answer.EventStream!)
                if ((event.SubscribeToShardEvent?.Records?.length ?? 0) > 0) return true;
            return false;
        },
    },
    {
        title: "UpdateShardCount leaves equal hash ranges (2 to 3)",
        ask: async (at) => {
            await at.stream(2);
            await at.answer("UpdateShardCount", {
                StreamName: at.at.streamName,
                TargetShardCount: 3,
                ScalingType: "UNIFORM_SCALING",
            });
            for (let tries = 0; tries < 70 && (await at.shards()).length !== 3; tries++) await pause(1);
            const widths = (await at.shards()).map(({ HashKeyRange: range }) =>
                Number(BigInt(range!.EndingHashKey!) - BigInt(range!.StartingHashKey!)),
            );
            return widths.length === 3 && Math.max(...widths) < 1.01 * Math.min(...widths);
        },
    },
    {
        title: "encryption starts and stops",
        ask: async (at) => {
            await at.stream();
            const input = { StreamName: at.at.streamName, EncryptionType: "KMS", KeyId: "alias/aws/kinesis" };
            await at.answer("StartStreamEncryption", input);
            await pause(2);
            const on = (await at.described()).EncryptionType;
            await at.answer("StopStreamEncryption", input);
            await pause(2);
            return on === "KMS" && (await at.described()).EncryptionType === "NONE";
        },
    },
    {
        title: "a stream's resource policy is kept",
        ask: async (at) => {
            await at.stream();
            const ResourceARN = await at.arn();
            const Policy = policyOf("Allow", ResourceARN);
            await at.answer("PutResourcePolicy", { ResourceARN, Policy });
            const answer = await at.answer("GetResourcePolicy", { ResourceARN });
            return (JSON.parse(answer.Policy as string) as { Statement: unknown[] }).Statement.length === 1;
        },
    },
    {
        title: "IncomingRecords in CloudWatch follows what was put",
        ask: async (at, { endpoint }) => {
            await at.stream();
            await put(at, 123);
            await pause(2);
            const nowMs = Date.now();
            const { Datapoints } = await new CloudWatchClient(access(endpoint)).send(
                new GetMetricStatisticsCommand({
                    Namespace: "AWS/Kinesis",
                    MetricName: "IncomingRecords",
                    Dimensions: [{ Name: "StreamName", Value: at.at.streamName }],
                    StartTime: new Date(nowMs - 300_000),
                    EndTime: new Date(nowMs + 60_000),
                    Period: 60,
                    Statistics: ["Sum"],
                }),
            );
            return Datapoints?.reduce((sum, { Sum }) => sum + Sum!, 0) === 123;
        },
    },
    {
        title: "an alarm on refused writes fires",
        ask: async (at, { endpoint }) => {
            await at.stream();
            const cloudWatch = new CloudWatchClient(access(endpoint));
            const AlarmName = `refused-${at.at.streamName}`;
            await cloudWatch.send(
                new PutMetricAlarmCommand({
                    AlarmName,
                    Namespace: "AWS/Kinesis",
                    MetricName: "WriteProvisionedThroughputExceeded",
                    Dimensions: [{ Name: "StreamName", Value: at.at.streamName }],
                    Statistic: "Sum",
                    Period: 60,
                    EvaluationPeriods: 1,
                    Threshold: 0,
                    ComparisonOperator: "GreaterThanThreshold",
                    TreatMissingData: "notBreaching",
                }),
            );
            for (let tries = 0; tries < 26; tries++) {
                await Promise.all([put(at, 500), put(at, 500), put(at, 500)]);
                await pause(5);
                const { MetricAlarms } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }));
                if (MetricAlarms?.[0]?.StateValue === "ALARM") return true;
            }
            return false;
        },
    },
    {
        title: "a role without a policy is refused (AccessDeniedException)",
        ask: async (at, { endpoint }) => {
            await at.stream();
            const RoleName = `role-${at.at.streamName}`;
            const AssumeRolePolicyDocument = JSON.stringify({
                Version: "2012-10-17",
                Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
            });
            const made = await query(endpoint, "iam", "2010-05-08", {
                Action: "CreateRole",
                RoleName,
                AssumeRolePolicyDocument,
            });
            const session = await query(endpoint, "sts", "2011-06-15", {
                Action: "AssumeRole",
                RoleArn: elementOf(made, "Arn"),
                RoleSessionName: "bench",
            });
            const [key, token] = [elementOf(session, "AccessKeyId"), elementOf(session, "SessionToken")];
            const client = kinesisOf(endpoint, key, token);
            const told = await new Questions({ ...at.at, client }).on("DescribeStream");
            return told === "AccessDeniedException";
        },
    },
    {
        title: "Kinesis answers CBOR, as SDKs for Java ask",
        ask: async (_at, { endpoint }) => {
            const answer = await fetch(endpoint, {
                method: "POST",
                headers: {
                    ...signed("kinesis"),
                    "content-type": "application/x-amz-cbor-1.1",
                    "x-amz-target": "Kinesis_20131202.ListStreams",
                },
                // An empty map.
                body: Buffer.from([0xa0]),
            });
            const body = Buffer.from(await answer.arrayBuffer());
            return answer.status === 200 && body[0]! >> 5 === 5;
        },
    },
];

const policyOf = (Effect: string, Resource: string): string =>
    JSON.stringify({
        Version: "2012-10-17",
        Statement: [
            {
                Sid: "one",
                Effect,
                Principal: { AWS: "arn:aws:iam::210987654321:root" },
                Action: ["kinesis:DescribeStreamSummary", "kinesis:GetRecords"],
                Resource,
            },
        ],
    });

/** Nobody checks it; the service is read from its scope. */
const signed = (service: string): Record<string, string> => ({
    authorization: `AWS4-HMAC-SHA256 Credential=123456789012/20261101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    "x-amz-date": "20261101T000000Z",
});

async function query(endpoint: string, service: string, version: string, form: Record<string, string>) {
    const answer = await fetch(endpoint, {
        method: "POST",
        headers: { ...signed(service), "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ ...form, Version: version }),
    });
    if (!answer.ok) throw new Error(`${service} answers ${answer.status}`);
    return answer.text();
}

function elementOf(xml: string, name: string): string {
    const [, text] = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml) ?? [];
    if (text === undefined) throw new Error(`no ${name} in the answer`);
    return text;
}
