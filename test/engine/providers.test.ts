/** The stand-in providers answer as the real ones do. */
import * as assert from "node:assert/strict";
import { UpdateShardCountCommand } from "@aws-sdk/client-kinesis";
import { RunningClock, type Sandbox, startSandbox } from "../../sandbox/index";
import { Aws } from "../../engine/providers/aws";
import { StandInProvider } from "../../engine/providers/provider";
import { type ProviderName, tables } from "../../engine/providers/tables";
import { type Properties, unknownValue } from "../../engine/values";

const account = "123456789012";
const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:${account}:${resource}`;
const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
        {
            Effect: "Allow",
            Action: "sts:AssumeRole",
            Principal: { Service: ["lambda.amazonaws.com", "scheduler.amazonaws.com"] },
        },
    ],
});
const publishTo = (topic: string, sid: string) =>
    JSON.stringify({
        Version: "2012-10-17",
        Statement: [
            {
                Sid: sid,
                Effect: "Allow",
                Action: "sns:Publish",
                Principal: { Service: "cloudwatch.amazonaws.com" },
                Resource: topic,
            },
        ],
    });
const zip = (text: string) => ({
    "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7",
    hash: text,
    assets: { "index.js": { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", text } },
});

/** Of these a deletion leaves something behind, as the real provider does. */
const leavesWhatItSet = ["aws:sns/topicPolicy:TopicPolicy", "aws:kinesis/accountSettings:AccountSettings"];

interface Life {
    readonly type: string;
    /** Created before, in this order, and left alone. */
    readonly given?: readonly (readonly [type: string, inputs: Properties])[];
    readonly inputs: Properties;
    readonly id: RegExp;
    /** What the resource says of itself besides its inputs. */
    readonly outputs: Properties;
    /** A change in place, and how the outputs differ then. */
    readonly change?: Properties;
    readonly changed?: Properties;
    /** A change that replaces. */
    readonly replacing: Properties;
}

const stream = ["aws:kinesis/stream:Stream", { name: "given", shardCount: 1 }] as const;
const advantage = [
    "aws:kinesis/accountSettings:AccountSettings",
    { minimumThroughputBillingCommitment: { status: "ENABLED" } },
] as const;
const topic = ["aws:sns/topic:Topic", { name: "given" }] as const;
const role = ["aws:iam/role:Role", { name: "given", assumeRolePolicy: trust }] as const;
const quietAlarm = [
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    {
        name: "quiet",
        comparisonOperator: "LessThanThreshold",
        evaluationPeriods: 1,
        metricName: "IncomingRecords",
        namespace: "AWS/Kinesis",
        period: 60,
        statistic: "Sum",
        threshold: 1,
    },
] as const;
const lambda = [
    "aws:lambda/function:Function",
    {
        name: "given",
        role: `arn:aws:iam::${account}:role/given`,
        runtime: "nodejs22.x",
        handler: "index.handler",
        code: zip("1"),
    },
] as const;

const shared = (action: string): string => {
    const [Principal, Resource] = [{ AWS: "210987654321" }, arn("kinesis", "stream/given")];
    const statement = { Effect: "Allow", Principal, Action: action, Resource };
    return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
};
const queue = ["aws:sqs/queue:Queue", { name: "given" }] as const;
const redrive = JSON.stringify({ deadLetterTargetArn: arn("sqs", "given"), maxReceiveCount: 3 });

const lives: Life[] = [
    {
        type: "aws:kinesis/stream:Stream",
        inputs: { name: "orders", shardCount: 2, tags: { team: "orders" } },
        id: /^arn:aws:kinesis:us-east-1:123456789012:stream\/orders$/,
        outputs: { arn: arn("kinesis", "stream/orders"), shardCount: 2, retentionPeriod: 24, encryptionType: "NONE" },
        change: {
            shardCount: 3,
            retentionPeriod: 48,
            encryptionType: "KMS",
            kmsKeyId: "alias/aws/kinesis",
            shardLevelMetrics: ["IncomingBytes", "IncomingRecords"],
            maxRecordSizeInKib: 2048,
            tags: { owner: "orders" },
        },
        changed: { shardCount: 3, retentionPeriod: 48, encryptionType: "KMS", tags: { owner: "orders" } },
        replacing: { name: "other" },
    },
    {
        type: "aws:kinesis/stream:Stream",
        inputs: { name: "elastic", streamModeDetails: { streamMode: "ON_DEMAND" } },
        id: /stream\/elastic$/,
        outputs: { streamModeDetails: { streamMode: "ON_DEMAND" } },
        change: { streamModeDetails: { streamMode: "PROVISIONED" }, shardCount: 4 },
        changed: { streamModeDetails: { streamMode: "PROVISIONED" }, shardCount: 4 },
        replacing: { name: "other" },
    },
    {
        type: "aws:kinesis/stream:Stream",
        given: [advantage],
        inputs: { name: "warmed", streamModeDetails: { streamMode: "ON_DEMAND" }, warmThroughputMibPs: 6 },
        id: /stream\/warmed$/,
        outputs: { warmThroughputMibPs: 6 },
        change: { warmThroughputMibPs: 9 },
        changed: { warmThroughputMibPs: 9 },
        replacing: { name: "other" },
    },
    {
        type: "aws:kinesis/accountSettings:AccountSettings",
        inputs: { minimumThroughputBillingCommitment: { status: "ENABLED" } },
        id: /^us-east-1$/,
        outputs: {},
        replacing: { region: "eu-west-1" },
    },
    {
        type: "aws:kinesis/streamConsumer:StreamConsumer",
        given: [stream],
        inputs: { name: "audit", streamArn: arn("kinesis", "stream/given") },
        id: /stream\/given\/consumer\/audit:\d+$/,
        outputs: { name: "audit", streamArn: arn("kinesis", "stream/given") },
        change: { tags: { team: "billing" } },
        changed: { tags: { team: "billing" } },
        replacing: { name: "other" },
    },
    {
        type: "aws:kinesis/streamConsumer:StreamConsumer",
        given: [stream],
        inputs: { name: "audit", streamArn: arn("kinesis", "stream/given"), tags: { team: "audit", tier: "1" } },
        id: /stream\/given\/consumer\/audit:\d+$/,
        outputs: { tags: { team: "audit", tier: "1" } },
        change: { tags: { team: "billing" } },
        changed: { tags: { team: "billing" } },
        replacing: { name: "other" },
    },
    {
        type: "aws:kinesis/resourcePolicy:ResourcePolicy",
        given: [stream],
        inputs: { resourceArn: arn("kinesis", "stream/given"), policy: shared("kinesis:ListShards") },
        id: /:stream\/given$/,
        outputs: { policy: shared("kinesis:ListShards") },
        change: { policy: shared("kinesis:PutRecord") },
        changed: { policy: shared("kinesis:PutRecord") },
        replacing: { resourceArn: arn("kinesis", "stream/other") },
    },
    {
        type: "aws-native:kinesis:Stream",
        inputs: { name: "native", shardCount: 2, tags: [{ key: "team", value: "orders" }] },
        id: /^native$/,
        outputs: { arn: arn("kinesis", "stream/native"), shardCount: 2, retentionPeriodHours: 24 },
        change: {
            shardCount: 4,
            retentionPeriodHours: 72,
            streamEncryption: { encryptionType: "KMS", keyId: "alias/aws/kinesis" },
        },
        changed: { shardCount: 4, retentionPeriodHours: 72 },
        replacing: { name: "other" },
    },
    {
        type: "aws-native:kinesis:Stream",
        given: [advantage],
        inputs: { name: "warmed", streamModeDetails: { streamMode: "ON_DEMAND" }, warmThroughputMiBps: 6 },
        id: /^warmed$/,
        outputs: { warmThroughputMiBps: 6 },
        change: { warmThroughputMiBps: 9 },
        changed: { warmThroughputMiBps: 9 },
        replacing: { name: "other" },
    },
    {
        type: "aws-native:kinesis:StreamConsumer",
        given: [stream],
        inputs: {
            consumerName: "audit",
            streamArn: arn("kinesis", "stream/given"),
            tags: [{ key: "team", value: "audit" }],
        },
        id: /stream\/given\/consumer\/audit:\d+$/,
        outputs: { consumerName: "audit", consumerStatus: "ACTIVE", tags: [{ key: "team", value: "audit" }] },
        replacing: { consumerName: "other" },
    },
    {
        type: "aws:cloudwatch/metricAlarm:MetricAlarm",
        inputs: {
            name: "orders-WriteThrottling",
            comparisonOperator: "GreaterThanThreshold",
            evaluationPeriods: 2,
            metricName: "WriteProvisionedThroughputExceeded",
            namespace: "AWS/Kinesis",
            period: 300,
            statistic: "Sum",
            threshold: 0,
            dimensions: { StreamName: "orders" },
            alarmActions: [arn("sns", "given")],
            okActions: [arn("sns", "given")],
        },
        id: /^orders-WriteThrottling$/,
        outputs: {
            arn: arn("cloudwatch", "alarm:orders-WriteThrottling"),
            dimensions: { StreamName: "orders" },
            alarmActions: [arn("sns", "given")],
            okActions: [arn("sns", "given")],
            statistic: "Sum",
            treatMissingData: "missing",
        },
        change: { threshold: 5, treatMissingData: "notBreaching" },
        changed: { threshold: 5, treatMissingData: "notBreaching" },
        replacing: { name: "other" },
    },
    {
        type: "aws:cloudwatch/metricAlarm:MetricAlarm",
        inputs: {
            name: "orders-WriteUtilization",
            comparisonOperator: "GreaterThanThreshold",
            evaluationPeriods: 1,
            threshold: 80,
            metricQueries: [
                {
                    id: "bytes",
                    returnData: false,
                    metric: {
                        namespace: "AWS/Kinesis",
                        metricName: "IncomingBytes",
                        dimensions: { StreamName: "orders" },
                        period: 60,
                        stat: "Sum",
                    },
                },
                { id: "use", expression: "100 * bytes / 60 / 2097152", label: "used", returnData: true },
            ],
        },
        id: /^orders-WriteUtilization$/,
        outputs: { arn: arn("cloudwatch", "alarm:orders-WriteUtilization"), threshold: 80 },
        change: { threshold: 70 },
        changed: { threshold: 70 },
        replacing: { name: "other" },
    },
    {
        type: "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        given: [quietAlarm],
        inputs: {
            alarmName: "orders-audit-dead",
            alarmRule: 'INSUFFICIENT_DATA("quiet")',
            alarmDescription: "Nobody reads.",
            alarmActions: [arn("sns", "given")],
            okActions: [arn("sns", "given")],
            tags: { team: "orders" },
        },
        id: /^orders-audit-dead$/,
        outputs: {
            actionsEnabled: true,
            arn: arn("cloudwatch", "alarm:orders-audit-dead"),
            alarmRule: 'INSUFFICIENT_DATA("quiet")',
            okActions: [arn("sns", "given")],
        },
        change: { alarmRule: 'ALARM("quiet")', okActions: [], tags: { owner: "orders" } },
        changed: { alarmRule: 'ALARM("quiet")', okActions: [], tags: { owner: "orders" } },
        replacing: { alarmName: "other" },
    },
    {
        type: "aws:cloudwatch/dashboard:Dashboard",
        inputs: { dashboardName: "Kinesis-orders", dashboardBody: '{"widgets":[]}' },
        id: /^Kinesis-orders$/,
        outputs: { dashboardArn: `arn:aws:cloudwatch::${account}:dashboard/Kinesis-orders` },
        change: { dashboardBody: '{"widgets":[],"start":"-PT3H"}' },
        changed: {},
        replacing: { dashboardName: "other" },
    },
    {
        type: "aws:cloudwatch/logGroup:LogGroup",
        inputs: { name: "/aws/lambda/scaler", retentionInDays: 30, kmsKeyId: arn("kms", "key/1") },
        id: /^\/aws\/lambda\/scaler$/,
        outputs: {
            arn: arn("logs", "log-group:/aws/lambda/scaler"),
            retentionInDays: 30,
            kmsKeyId: arn("kms", "key/1"),
        },
        change: { retentionInDays: 90, kmsKeyId: undefined },
        changed: { retentionInDays: 90, kmsKeyId: undefined },
        replacing: { name: "other" },
    },
    {
        type: "aws:sns/topic:Topic",
        inputs: { name: "orders-alarms", displayName: "Orders" },
        id: /^arn:aws:sns:us-east-1:123456789012:orders-alarms$/,
        outputs: { arn: arn("sns", "orders-alarms"), displayName: "Orders", owner: account },
        change: { displayName: "Orders on call" },
        changed: { displayName: "Orders on call" },
        replacing: { name: "other" },
    },
    {
        type: "aws:sns/topicPolicy:TopicPolicy",
        given: [topic],
        inputs: { arn: arn("sns", "given"), policy: publishTo(arn("sns", "given"), "Alarms") },
        id: /:given$/,
        outputs: { owner: account },
        change: { policy: publishTo(arn("sns", "given"), "AllAlarms") },
        changed: {},
        replacing: { arn: arn("sns", "other") },
    },
    {
        type: "aws:sns/topicSubscription:TopicSubscription",
        given: [topic],
        inputs: { topic: arn("sns", "given"), protocol: "email", endpoint: "oncall@example.com" },
        id: /:given:[0-9a-f-]{36}$/,
        outputs: { ownerId: account, pendingConfirmation: true },
        replacing: { endpoint: "other@example.com" },
    },
    {
        type: "aws:iam/role:Role",
        inputs: { name: "scaler", assumeRolePolicy: trust, description: "of the scaler" },
        id: /^scaler$/,
        outputs: { arn: `arn:aws:iam::${account}:role/scaler`, path: "/", maxSessionDuration: 3600 },
        change: { assumeRolePolicy: trust.replace("lambda", "events"), maxSessionDuration: 7200 },
        changed: { assumeRolePolicy: trust.replace("lambda", "events") },
        replacing: { path: "/other/" },
    },
    {
        type: "aws:iam/rolePolicy:RolePolicy",
        given: [role],
        inputs: { name: "publish", role: "given", policy: publishTo("*", "One") },
        id: /^given:publish$/,
        outputs: { name: "publish", role: "given" },
        change: { policy: publishTo("*", "Two") },
        changed: { policy: publishTo("*", "Two") },
        replacing: { role: "other" },
    },
    {
        type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        given: [role],
        inputs: { role: "given", policyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" },
        id: /^given\/arn:aws:iam::aws:policy\/service-role\/AWSLambdaBasicExecutionRole$/,
        outputs: {},
        replacing: { policyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
    },
    {
        type: "aws:lambda/function:Function",
        given: [role],
        inputs: { ...lambda[1], name: "scaler", environment: { variables: { STREAM: "orders" } }, memorySize: 256 },
        id: /^scaler$/,
        outputs: {
            arn: arn("lambda", "function:scaler"),
            version: "$LATEST",
            memorySize: 256,
            timeout: 3,
            environment: { variables: { STREAM: "orders" } },
        },
        change: {
            code: zip("2"),
            timeout: 60,
            architectures: ["arm64"],
            vpcConfig: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] },
            environment: { variables: { STREAM: "events" } },
        },
        changed: {
            timeout: 60,
            architectures: ["arm64"],
            vpcConfig: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] },
            environment: { variables: { STREAM: "events" } },
        },
        replacing: { name: "other" },
    },
    {
        type: "aws:lambda/permission:Permission",
        given: [role, lambda],
        inputs: {
            statementId: "alarms",
            action: "lambda:InvokeFunction",
            function: "given",
            principal: "lambda.alarms.cloudwatch.amazonaws.com",
            sourceAccount: account,
        },
        id: /^alarms$/,
        outputs: { statementId: "alarms" },
        replacing: { principal: "scheduler.amazonaws.com" },
    },
    {
        type: "aws:lambda/eventSourceMapping:EventSourceMapping",
        given: [
            stream,
            queue,
            role,
            [
                "aws:iam/rolePolicy:RolePolicy",
                {
                    role: "given",
                    name: "feeding",
                    policy: JSON.stringify({
                        Version: "2012-10-17",
                        Statement: [{ Effect: "Allow", Action: ["kinesis:*", "sqs:SendMessage"], Resource: "*" }],
                    }),
                },
            ],
            lambda,
        ],
        inputs: {
            eventSourceArn: arn("kinesis", "stream/given"),
            functionName: "given",
            startingPosition: "TRIM_HORIZON",
            batchSize: 500,
            tags: { team: "orders" },
        },
        id: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
        outputs: {
            functionArn: arn("lambda", "function:given"),
            functionName: "given",
            enabled: true,
            state: "Enabled",
            parallelizationFactor: 1,
            maximumRetryAttempts: -1,
            lastProcessingResult: "No records processed",
        },
        change: {
            batchSize: 100,
            bisectBatchOnFunctionError: true,
            destinationConfig: { onFailure: { destinationArn: arn("sqs", "given") } },
            enabled: false,
            functionResponseTypes: ["ReportBatchItemFailures"],
            maximumRetryAttempts: 3,
            metricsConfig: { metrics: ["EventCount"] },
            tags: { owner: "orders" },
        },
        changed: {
            batchSize: 100,
            bisectBatchOnFunctionError: true,
            destinationConfig: { onFailure: { destinationArn: arn("sqs", "given") } },
            enabled: false,
            functionResponseTypes: ["ReportBatchItemFailures"],
            maximumRetryAttempts: 3,
            state: "Disabled",
            tags: { owner: "orders" },
        },
        replacing: { startingPosition: "LATEST" },
    },
    {
        type: "aws:sqs/queue:Queue",
        given: [queue],
        inputs: { name: "failures", messageRetentionSeconds: 1_209_600, tags: { team: "orders" } },
        id: /^http:\/\/127\.0\.0\.1:\d+\/123456789012\/failures$/,
        outputs: {
            arn: arn("sqs", "failures"),
            messageRetentionSeconds: 1_209_600,
            maxMessageSize: 262_144,
            visibilityTimeoutSeconds: 30,
            fifoQueue: false,
            sqsManagedSseEnabled: true,
        },
        change: { delaySeconds: 5, redrivePolicy: redrive, tags: { owner: "orders" } },
        changed: { delaySeconds: 5, redrivePolicy: redrive, tags: { owner: "orders" } },
        replacing: { name: "other" },
    },
    {
        type: "aws:sqs/queue:Queue",
        inputs: { name: "sealed", kmsMasterKeyId: "alias/orders", kmsDataKeyReusePeriodSeconds: 600 },
        id: /^http:\/\/127\.0\.0\.1:\d+\/123456789012\/sealed$/,
        outputs: { kmsMasterKeyId: "alias/orders", kmsDataKeyReusePeriodSeconds: 600, sqsManagedSseEnabled: false },
        change: { kmsMasterKeyId: undefined, kmsDataKeyReusePeriodSeconds: undefined },
        changed: { sqsManagedSseEnabled: true },
        replacing: { name: "other" },
    },
    {
        type: "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        given: [role, lambda],
        inputs: { functionName: "given", maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
        id: /^given$/,
        outputs: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
        change: { maximumRetryAttempts: 1 },
        changed: { maximumRetryAttempts: 1 },
        replacing: { functionName: "other" },
    },
    {
        type: "aws:dynamodb/table:Table",
        inputs: {
            name: "ledger",
            billingMode: "PAY_PER_REQUEST",
            hashKey: "stream",
            rangeKey: "at",
            attributes: [
                { name: "stream", type: "S" },
                { name: "at", type: "S" },
            ],
            ttl: { attributeName: "expires", enabled: true },
            serverSideEncryption: { enabled: true, kmsKeyArn: arn("kms", "key/1") },
        },
        id: /^ledger$/,
        outputs: {
            arn: arn("dynamodb", "table/ledger"),
            hashKey: "stream",
            rangeKey: "at",
            billingMode: "PAY_PER_REQUEST",
            serverSideEncryption: { enabled: true, kmsKeyArn: arn("kms", "key/1") },
        },
        change: { tags: { team: "orders" }, serverSideEncryption: undefined },
        changed: { serverSideEncryption: undefined },
        replacing: { hashKey: "other" },
    },
    {
        type: "aws:scheduler/schedule:Schedule",
        given: [role, lambda],
        inputs: {
            name: "scaler",
            scheduleExpression: "rate(1 minute)",
            flexibleTimeWindow: { mode: "OFF" },
            target: {
                arn: arn("lambda", "function:given"),
                roleArn: `arn:aws:iam::${account}:role/given`,
                input: "{}",
                retryPolicy: { maximumRetryAttempts: 0 },
            },
        },
        id: /^default\/scaler$/,
        outputs: { arn: arn("scheduler", "schedule/default/scaler"), state: "ENABLED" },
        change: { scheduleExpression: "rate(5 minutes)", state: "DISABLED" },
        changed: { scheduleExpression: "rate(5 minutes)", state: "DISABLED" },
        replacing: { groupName: "other" },
    },
];

describe("a stand-in provider creates, reads, updates and deletes in the sandbox", () => {
    let sandbox: Sandbox;
    let aws: Aws;
    beforeEach(async () => {
        // A minute of the sandbox's time, in which everything becomes ACTIVE, passes in a tenth of a second.
        sandbox = await startSandbox({ clock: new RunningClock({ speed: 600 }) });
        aws = new Aws({ endpoint: sandbox.endpoint, region: "us-east-1", accountId: account });
    });
    afterEach(async () => {
        aws.close();
        await sandbox.stop();
    });

    for (const life of lives) {
        it(`${life.type} ${String(life.inputs.name ?? "")}`.trim(), async () => {
            for (const [type, inputs] of life.given ?? []) {
                const given = providerFor(type, aws);
                await given.create(urnOf(type), given.check(urnOf(type), {}, inputs).inputs, false);
            }
            const provider = providerFor(life.type, aws);
            const urn = urnOf(life.type);
            const { inputs, failures } = provider.check(urn, {}, life.inputs);
            assert.deepEqual(failures, []);

            const created = await provider.create(urn, inputs, false);
            assert.match(created.id, life.id);
            assert.deepEqual(pick(created.outputs, life.outputs), life.outputs);

            const read = await provider.read(urn, created.id, created.outputs, inputs);
            assert.deepEqual(read?.inputs, inputs, "a refresh right after the creation finds no difference");
            assert.deepEqual(provider.diff(urn, inputs, provider.check(urn, inputs, life.inputs).inputs).changed, []);

            const replaced = provider.check(urn, inputs, { ...life.inputs, ...life.replacing }).inputs;
            assert.deepEqual(provider.diff(urn, inputs, replaced).replaces, Object.keys(life.replacing));

            let state = created.outputs;
            if (life.change !== undefined) {
                const news = provider.check(urn, inputs, { ...life.inputs, ...life.change }).inputs;
                assert.deepEqual(provider.diff(urn, inputs, news), {
                    changed: Object.keys(life.change).sort(),
                    replaces: [],
                    deleteBeforeReplace: false,
                });
                state = await provider.update(urn, created.id, { state, oldInputs: inputs, news, preview: false });
                assert.deepEqual(pick(state, life.changed ?? {}), life.changed);
                const reread = await provider.read(urn, created.id, state, news);
                assert.deepEqual(reread?.inputs, news, "a refresh right after the update finds no difference");
            }

            await provider.delete(urn, created.id, state);
            if (!leavesWhatItSet.includes(life.type))
                assert.equal(await provider.read(urn, created.id, state, inputs), undefined);

            await provider.delete(urn, created.id, state);
        });
    }

    it("covers every type that the providers know", () => {
        const known = Object.values(tables).flatMap(({ resources }) => Object.keys(resources));
        assert.deepEqual([...new Set(lives.map(({ type }) => type))].sort(), known.sort());
    });

    it("says who calls, as AWS does", async () => {
        const provider = new StandInProvider(tables.aws, aws);
        assert.deepEqual(await provider.invoke("aws:index/getCallerIdentity:getCallerIdentity", {}), {
            accountId: account,
            arn: `arn:aws:iam::${account}:user/sandbox`,
            id: account,
            userId: "AIDASANDBOX0000000000",
        });
    });
});

describe("a program of many streams, in a stand-in provider", () => {
    it("waits where it asks more often than AWS lets an account ask", async () => {
        // 10 times as fast: 50 tags may be listed a second, where one client's own three tries soon end.
        const sandbox = await startSandbox({ clock: new RunningClock({ speed: 10 }) });
        const aws = new Aws({ endpoint: sandbox.endpoint, region: "us-east-1", accountId: account });
        const urn = urnOf("aws:kinesis/stream:Stream");
        const provider = providerFor("aws:kinesis/stream:Stream", aws);
        const { inputs } = provider.check(urn, {}, { name: "orders", shardCount: 1 });
        const { id, outputs } = await provider.create(urn, inputs, false);
        const read = await Promise.all(Array.from({ length: 150 }, () => provider.read(urn, id, outputs, inputs)));
        assert.deepEqual([...new Set(read.map((stream) => stream?.inputs.shardCount))], [1]);
        const tooFar = new UpdateShardCountCommand({
            StreamName: "orders",
            TargetShardCount: 9,
            ScalingType: "UNIFORM_SCALING",
        });
        await assert.rejects(
            aws.kinesis.send(tooFar),
            /cannot scale up over double/,
            "what is refused for good is told at once",
        );
        aws.close();
        await sandbox.stop();
    }).timeout(20_000);
});

describe("the region of a resource, in a stand-in provider of another region", () => {
    let sandbox: Sandbox;
    let provider: StandInProvider;
    const urn = urnOf("aws:sns/topic:Topic");
    const signedFor: string[] = [];
    beforeEach(async () => {
        signedFor.length = 0;
        sandbox = await startSandbox({ region: "eu-west-1" });
        sandbox.guards.push(({ request }) => void signedFor.push(request.region));
        const settings = { endpoint: sandbox.endpoint, region: "us-east-1", accountId: account };
        provider = new StandInProvider(tables.aws, new Aws(settings));
    });
    afterEach(async () => {
        provider.aws.close();
        await sandbox.stop();
    });

    it("is where it is made, read, changed and deleted", async () => {
        const { inputs } = provider.check(urn, {}, { name: "oncall", region: "eu-west-1" });
        const { id, outputs } = await provider.create(urn, inputs, false);
        assert.deepEqual(
            [id, outputs.region, outputs.arn],
            [arn("sns", "oncall").replace("us-east-1", "eu-west-1"), "eu-west-1", id],
        );
        const news = { ...inputs, displayName: "On call" };
        const state = await provider.update(urn, id, { state: outputs, oldInputs: inputs, news, preview: false });
        assert.equal((await provider.read(urn, id, state, news))?.outputs.region, "eu-west-1");
        await provider.delete(urn, id, state);
        assert.deepEqual([...new Set(signedFor)], ["eu-west-1"]);
    });

    for (const [olds, news, replaces] of [
        [{}, { region: "us-east-1" }, []],
        [{ region: "us-east-1" }, {}, []],
        [{}, { region: "eu-west-1" }, ["region"]],
        [{ region: "eu-west-1" }, {}, ["region"]],
    ] as const) {
        it(`is a change only where it is another than the provider's: ${JSON.stringify([olds, news])}`, () =>
            assert.deepEqual(provider.diff(urn, olds, news), {
                changed: replaces,
                replaces,
                deleteBeforeReplace: false,
            }));
    }

    it("is what a function is asked about", async () => {
        const here = await provider.invoke("aws:index/getRegion:getRegion", {});
        const there = await provider.invoke("aws:index/getRegion:getRegion", { region: "eu-west-1" });
        assert.deepEqual([here.region, there.region], ["us-east-1", "eu-west-1"]);
    });
});

describe("a stand-in provider answers as the real one", () => {
    const aws = new Aws({
        endpoint: "http://127.0.0.1:9",
        region: "eu-west-1",
        accountId: account,
        defaultTags: { owner: "platform" },
    });
    const provider = new StandInProvider(tables.aws, aws);
    const urn = urnOf("aws:kinesis/stream:Stream");

    it("names a resource that has no name, keeps the name, and gives a new one for a replacement", () => {
        const first = provider.check(urn, {}, { shardCount: 1 }).inputs;
        assert.match(String(first.name), /^thing-[0-9a-f]{7}$/);
        assert.deepEqual(provider.check(urn, first, { shardCount: 1 }).inputs, first);
        assert.notEqual(provider.check(urn, {}, { shardCount: 1 }).inputs.name, first.name);
    });

    it("deletes first what it replaces where the program gave the name, also for another name", () => {
        const urn = urnOf("aws:iam/role:Role");
        const provider = providerFor("aws:iam/role:Role", aws);
        const role = (inputs: object) => provider.check(urn, {}, { assumeRolePolicy: "{}", ...inputs }).inputs;
        const first = (before: object, after: object) => {
            const { replaces, deleteBeforeReplace } = provider.diff(urn, role(before), role(after));
            return [replaces, deleteBeforeReplace];
        };
        assert.deepEqual(first({ name: "a" }, { name: "a", path: "/b/" }), [["path"], true]);
        assert.deepEqual(first({ name: "a" }, { name: "b" }), [["name"], true]);
        assert.deepEqual(first({ name: "a" }, { name: "a", description: "b" }), [[], false]);
        assert.deepEqual(first({}, { path: "/b/" }), [["name", "path"], false]);
    });

    it("refuses a name that would be too long", () => {
        const long = `urn:pulumi:dev::tiny::aws:iam/role:Role::${"x".repeat(60)}`;
        assert.throws(() => provider.check(long, {}, { assumeRolePolicy: trust }), {
            message: /^The automatic name x{60}-[0-9a-f]{7} is 68 characters long; AWS takes at most 64\. Shorten/,
        });
    });

    it("asks for what is required", () => {
        const type = "aws:sns/topicSubscription:TopicSubscription";
        assert.deepEqual(
            provider.check(urnOf(type), {}, { topic: "arn" }).failures.map(({ property }) => property),
            ["endpoint", "protocol"],
        );
    });

    const called = { action: "lambda:InvokeFunction", function: "orders", principal: "sns.amazonaws.com" };
    // prettier-ignore
    const names: [type: string, inputs: Record<string, unknown>, reasons: string[]][] = [
        ["aws:lambda/function:Function", { role: "arn", name: "a.b" }, ["invalid value for function_name (must be valid function name or function ARN)"]],
        ["aws:lambda/function:Function", { role: "arn", name: "x".repeat(64) }, []],
        ["aws:lambda/function:Function", { role: "arn", name: "x".repeat(65) }, [`expected length of the Lambda function name to be less than or equal to 64, got ${"x".repeat(65)} (65 characters)`]],
        ["aws:lambda/function:Function", { role: "arn", name: unknownValue }, []],
        ["aws:lambda/permission:Permission", { ...called, statementId: "a.b" }, ["invalid value for statement_id (must contain alphanumeric, underscores or dashes only)"]],
        ["aws:lambda/permission:Permission", { ...called, statementId: "a_b-1" }, []],
        ["aws:cloudwatch/dashboard:Dashboard", { dashboardBody: "{}", dashboardName: "a.b" }, [`"dashboard_name" doesn't comply with restrictions ("^[0-9A-Za-z_-]+$"): "a.b"`]],
        ["aws:cloudwatch/dashboard:Dashboard", { dashboardBody: "{}", dashboardName: "a-b" }, []],
        ["aws:sqs/queue:Queue", { name: "a.b" }, ["invalid queue name: a.b"]],
        ["aws:sqs/queue:Queue", { name: "x".repeat(80) }, []],
    ];
    for (const [type, inputs, reasons] of names) {
        it(`checks in a preview that AWS takes a name: ${type} ${String(Object.values(inputs).at(-1)).slice(0, 9)}`, () =>
            assert.deepEqual(
                provider.check(urnOf(type), {}, inputs).failures.map(({ reason }) => reason),
                reasons,
            ));
    }

    for (const [inputs, reason] of [
        [{ parallelizationFactor: 11 }, "parallelization_factor to be in the range (1 - 10), got 11"],
        [{ parallelizationFactor: 10, maximumRecordAgeInSeconds: -1, maximumRetryAttempts: -1 }, undefined],
        [{ maximumRecordAgeInSeconds: 59 }, "maximum_record_age_in_seconds to be in the range (60 - 604800), got 59"],
        [{ maximumRetryAttempts: unknownValue }, undefined],
    ] as const) {
        it(`checks in a preview what a mapping may be: ${JSON.stringify(inputs)}`, () => {
            const type = urnOf("aws:lambda/eventSourceMapping:EventSourceMapping");
            const { failures } = provider.check(type, {}, { functionName: "orders", ...inputs });
            assert.deepEqual(
                failures.map((failure) => failure.reason),
                reason === undefined ? [] : [`expected ${reason}`],
            );
        });
    }

    for (const [inputs, reason] of [
        [
            { streamModeDetails: { streamMode: "ON_DEMAND" }, shardCount: 2 },
            "must not be set when stream_mode is ON_DEMAND",
        ],
        [{ streamModeDetails: { streamMode: "ON_DEMAND" } }, undefined],
        [{}, "must be at least 1 when stream_mode is PROVISIONED"],
        [{ shardCount: 0 }, "must be at least 1 when stream_mode is PROVISIONED"],
        [{ shardCount: unknownValue }, undefined],
        [{ shardCount: 2, warmThroughputMibPs: 8 }, "conflicts with warm_throughput_mib_ps"],
    ] as const) {
        it(`checks shards against the mode: ${JSON.stringify(inputs)}`, () => {
            const failures = provider.check(urn, {}, inputs).failures.map((failure) => failure.reason);
            assert.deepEqual(failures, reason === undefined ? [] : [`shard_count ${reason}`]);
        });
    }

    it("knows in a preview what the program says, and nothing of what AWS decides", async () => {
        const { inputs } = provider.check(urn, {}, { name: "orders", shardCount: 2, tags: { team: "orders" } });
        assert.deepEqual(await provider.create(urn, inputs, true), {
            id: "",
            outputs: {
                arn: unknownValue,
                encryptionType: "NONE",
                enforceConsumerDeletion: false,
                maxRecordSizeInKib: unknownValue,
                name: "orders",
                region: "eu-west-1",
                retentionPeriod: 24,
                shardCount: 2,
                tags: { team: "orders" },
                tagsAll: { owner: "platform", team: "orders" },
            },
        });
    });

    it("sees no change in another spelling of the same document or another order of a set", () => {
        const alarm = urnOf("aws:cloudwatch/metricAlarm:MetricAlarm");
        assert.deepEqual(provider.diff(alarm, { alarmActions: ["a", "b"] }, { alarmActions: ["b", "a"] }).changed, []);
        const dashboard = urnOf("aws:cloudwatch/dashboard:Dashboard");
        const compact = { dashboardBody: '{"widgets":[]}' };
        assert.deepEqual(provider.diff(dashboard, compact, { dashboardBody: '{ "widgets": [] }' }).changed, []);
    });

    it("sees a change of code by its hash", () => {
        const type = urnOf("aws:lambda/function:Function");
        assert.deepEqual(provider.diff(type, { code: zip("1") }, { code: zip("1") }).changed, []);
        assert.deepEqual(provider.diff(type, { code: zip("1") }, { code: zip("2") }).changed, ["code"]);
    });

    it("refuses a type or function that it does not know, and says what it knows", async () => {
        assert.throws(() => provider.check(urnOf("aws:s3/bucket:Bucket"), {}, {}), {
            message:
                /^The sandbox's aws provider has no resource type aws:s3\/bucket:Bucket\. It has: aws:cloudwatch\/comp/,
        });
        await assert.rejects(provider.invoke("aws:s3/getBucket:getBucket", {}), {
            message:
                /^The sandbox's aws provider has no function aws:s3\/getBucket:getBucket\. It has: aws:iam\/getPol/,
        });
    });

    it("says which AWS call was refused, and why", async () => {
        const unreachable = provider.create(
            urn,
            provider.check(urn, {}, { name: "orders", shardCount: 1 }).inputs,
            false,
        );
        await assert.rejects(unreachable, /^Error: creating aws:kinesis\/stream:Stream thing: .*ECONNREFUSED/);
    });

    it("builds IAM policy documents", async () => {
        const { json } = await provider.invoke("aws:iam/getPolicyDocument:getPolicyDocument", {
            statements: [
                {
                    actions: ["kinesis:PutRecords", "kinesis:PutRecord"],
                    resources: ["*"],
                    conditions: [{ test: "StringEquals", variable: "aws:SourceAccount", values: [account] }],
                },
                { effect: "Deny", actions: ["*"], principals: [{ type: "Service", identifiers: ["a", "b"] }] },
            ],
        });
        assert.deepEqual(JSON.parse(String(json)), {
            Version: "2012-10-17",
            Statement: [
                {
                    Effect: "Allow",
                    Action: ["kinesis:PutRecord", "kinesis:PutRecords"],
                    Resource: "*",
                    Condition: { StringEquals: { "aws:SourceAccount": account } },
                },
                { Effect: "Deny", Action: "*", Principal: { Service: ["a", "b"] } },
            ],
        });
    });

    for (const [token, expected] of [
        ["aws:index/getRegion:getRegion", { id: "eu-west-1", region: "eu-west-1", name: "eu-west-1" }],
        ["aws:index/getPartition:getPartition", { partition: "aws", dnsSuffix: "amazonaws.com" }],
        ["aws:index/getDefaultTags:getDefaultTags", { tags: { owner: "platform" } }],
    ] as const) {
        it(`answers ${token}`, async () => {
            assert.deepEqual(pick(await provider.invoke(token, {}), expected), expected);
        });
    }
});

function providerFor(type: string, aws: Aws): StandInProvider {
    return new StandInProvider(tables[type.split(":")[0] as ProviderName], aws);
}

function urnOf(type: string): string {
    return `urn:pulumi:dev::tiny::${type}::thing`;
}

function pick(properties: Properties, like: Properties): Properties {
    return Object.fromEntries(Object.keys(like).map((name) => [name, properties[name]]));
}
