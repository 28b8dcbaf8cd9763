/** StreamAutoscaler: the resources around an existing stream, and the rights that they have. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { StreamAutoscaler, type StreamAutoscalerArgs } from "../../components/streamAutoscaler";
import { run, unknown, valueOf } from "./mocks";

const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const topicArn = "arn:aws:sns:us-east-1:123456789012:oncall";
const required = { streamName: "orders", streamArn, minShards: 2, maxShards: 16 };

const declare = (args: Partial<StreamAutoscalerArgs> = {}, name = "orders-scaler") =>
    run(() => new StreamAutoscaler(name, { ...required, ...args }));

const arnStart = "arn:aws:kinesis:us-east-1:123456789012:stream/";

describe("a StreamAutoscaler", () => {
    it("is a function with role, log, ledger and schedule around an existing stream", async () => {
        const { registered, value } = await declare();
        assert.deepEqual(registered.map(({ type, name }) => `${type} ${name}`).sort(), [
            "aws:cloudwatch/logGroup:LogGroup orders-scaler-log",
            "aws:dynamodb/table:Table orders-scaler-ledger",
            "aws:iam/role:Role orders-scaler-role",
            "aws:iam/role:Role orders-scaler-scheduler-role",
            "aws:iam/rolePolicy:RolePolicy orders-scaler-policy",
            "aws:iam/rolePolicy:RolePolicy orders-scaler-scheduler-policy",
            "aws:lambda/function:Function orders-scaler",
            "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig orders-scaler-invoke",
            "aws:scheduler/schedule:Schedule orders-scaler-schedule",
            "sharded-stream:index:StreamAutoscaler orders-scaler",
        ]);
        const owner = "sharded-stream:index:StreamAutoscaler orders-scaler";
        const children = registered.filter(({ custom }) => custom);
        assert.deepEqual([...new Set(children.map(({ parent }) => parent))], [owner]);
        assert.deepEqual(
            {
                functionName: await valueOf(value.functionName),
                functionArn: await valueOf(value.functionArn),
                ledgerTableName: await valueOf(value.ledgerTableName),
                logGroupName: await valueOf(value.logGroupName),
            },
            {
                functionName: "orders-scaler",
                functionArn: "arn:aws:lambda:us-east-1:123456789012:function:orders-scaler",
                ledgerTableName: "orders-scaler-ledger",
                logGroupName: "/aws/lambda/orders-scaler",
            },
        );
    });

    it("keeps its settings in the function's environment, so that the code is the same in every deployment", async () => {
        const { find } = await declare({ peakShards: 3.5, paused: true });
        const inputs = { ...find("aws:lambda/function:Function").inputs };
        delete inputs.code;
        assert.deepEqual(inputs, {
            name: "orders-scaler",
            description: "Scales the Kinesis stream orders.",
            handler: "index.handler",
            runtime: "nodejs22.x",
            memorySize: 256,
            timeout: 90,
            role: "arn:aws:iam::123456789012:role/orders-us-east-1-scaler",
            environment: {
                variables: {
                    STREAM_NAME: "orders",
                    STREAM_ARN: streamArn,
                    LEDGER_TABLE: "orders-scaler-ledger",
                    MIN_SHARDS: "2",
                    MAX_SHARDS: "16",
                    PEAK_SHARDS: "3.5",
                    MODE: "predictive",
                    REFUSED_SHARE_SLO: "0.001",
                    MAX_RESHARDS_PER_DAY: "48",
                    PAUSED: "true",
                    DRY_RUN: "false",
                },
            },
        });
    });

    for (const [title, args, variables] of [
        ["nobody of reshards by default", { topicArn }, {}],
        ["nobody of reshards where it is off", { topicArn, notify: "off" }, {}],
        ["the topic of each reshard", { topicArn, notify: "all" }, { NOTIFY: "all", TOPIC_ARN: topicArn }],
        ["it of what failed", { topicArn, notify: "failures" }, { NOTIFY: "failures", TOPIC_ARN: topicArn }],
    ] as const) {
        it(`tells ${title}, by its function's variables alone`, async () => {
            const [with_, without] = [await declare(args), await declare({ topicArn })];
            // What differs from a scaler that tells nobody: the failure destination publishes with the same right of the same role.
            const told = ({ type, inputs }: (typeof with_.registered)[number]) =>
                type === "aws:lambda/function:Function"
                    ? { ...inputs, code: undefined, environment: undefined }
                    : inputs;
            const deployed = ({ registered }: typeof with_) =>
                registered.filter(({ custom }) => custom).map((one) => [one.type, one.name, told(one)]);
            assert.deepEqual(deployed(with_), deployed(without));
            const variablesOf = ({ find }: typeof with_) =>
                (find("aws:lambda/function:Function").inputs.environment as { variables: object }).variables;
            assert.deepEqual(variablesOf(with_), { ...variablesOf(without), ...variables });
            const policy = with_.find("aws:iam/rolePolicy:RolePolicy", "orders-scaler-policy").inputs.policy as string;
            const statements = (JSON.parse(policy) as { Statement: { Action: unknown; Resource: string }[] }).Statement;
            assert.deepEqual(
                statements.filter(({ Action }) => Action === "sns:Publish").map(({ Resource }) => Resource),
                [topicArn],
            );
        });
    }

    const settings: [
        title: string,
        Partial<StreamAutoscalerArgs>,
        MODE: string,
        REFUSED_SHARE_SLO: string | undefined,
    ][] = [
        ["nothing where it does not matter", { mode: "reactive", refusedShareSlo: 0.001 }, "reactive", undefined],
        ["what the mode predictive may refuse", {}, "predictive", "0.001"],
        ["what was declared", { mode: "reactive", refusedShareSlo: 0.0005 }, "reactive", "0.0005"],
        [
            "what was declared as outputs",
            { mode: pulumi.output("predictive"), refusedShareSlo: pulumi.output(0.002) },
            "predictive",
            "0.002",
        ],
        ["nothing by an output, either", { mode: pulumi.output("reactive") }, "reactive", undefined],
    ];
    for (const [title, args, mode, share] of settings) {
        it(`says ${title} in a variable of its own, which a function that was deployed before has not`, async () => {
            const { find } = await declare(args);
            const { variables } = find("aws:lambda/function:Function").inputs.environment as { variables: object };
            assert.deepEqual(
                Object.entries(variables).filter(([name]) => ["MODE", "REFUSED_SHARE_SLO"].includes(name)),
                [["MODE", mode], ...(share === undefined ? [] : [["REFUSED_SHARE_SLO", share]])],
            );
        });
    }

    it("refuses to tell a topic that it was not given", async () => {
        for (const notify of ["all", "failures"] as const) {
            await assert.rejects(declare({ notify }), (error: Error & { errors?: { propertyPath: string }[] }) => {
                assert.ok(pulumi.InputPropertiesError.isInstance(error));
                assert.equal(
                    error.message,
                    `StreamAutoscaler "orders-scaler": 1 argument is malformed.\nnotify: "${notify}" is not allowed; it must be off where there is no topicArn. Give topicArn, the ARN of the SNS topic that is told, or leave notify out.`,
                );
                return true;
            });
        }
        await declare({ notify: "off" });
    });

    it("is encrypted with a customer's key, on the processor that was asked for, with a role that uses the key through DynamoDB alone", async () => {
        const kmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/1";
        const { find } = await declare({ kmsKeyArn, architecture: "arm64" });
        assert.equal(find("aws:cloudwatch/logGroup:LogGroup").inputs.kmsKeyId, kmsKeyArn);
        assert.deepEqual(find("aws:dynamodb/table:Table").inputs.serverSideEncryption, { enabled: true, kmsKeyArn });
        assert.deepEqual(find("aws:lambda/function:Function").inputs.architectures, ["arm64"]);
        const policy = find("aws:iam/rolePolicy:RolePolicy", "orders-scaler-policy").inputs.policy as string;
        const { Statement } = JSON.parse(policy) as { Statement: { Resource: string }[] };
        assert.deepEqual(
            Statement.filter(({ Resource }) => Resource === kmsKeyArn),
            [
                {
                    Effect: "Allow",
                    Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                    Resource: kmsKeyArn,
                    Condition: { StringEquals: { "kms:ViaService": "dynamodb.us-east-1.amazonaws.com" } },
                },
            ],
        );
    });

    it("lets its role reach its stream, its ledger, its log and the metrics, and nothing else", async () => {
        const { find } = await declare({ topicArn, topicKmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/1" });
        const policy = find("aws:iam/rolePolicy:RolePolicy", "orders-scaler-policy").inputs.policy as string;
        assert.deepEqual(JSON.parse(policy), {
            Version: "2012-10-17",
            Statement: [
                {
                    Effect: "Allow",
                    Action: [
                        "kinesis:DescribeStreamSummary",
                        "kinesis:ListShards",
                        "kinesis:MergeShards",
                        "kinesis:SplitShard",
                        "kinesis:UpdateShardCount",
                    ],
                    Resource: streamArn,
                },
                { Effect: "Allow", Action: "cloudwatch:GetMetricData", Resource: "*" },
                {
                    Effect: "Allow",
                    Action: ["dynamodb:GetItem", "dynamodb:PutItem"],
                    Resource: "arn:aws:dynamodb:us-east-1:123456789012:table/orders-scaler-ledger",
                },
                {
                    Effect: "Allow",
                    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
                    Resource: "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/orders-scaler:*",
                },
                { Effect: "Allow", Action: "sns:Publish", Resource: topicArn },
                {
                    Effect: "Allow",
                    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
                    Resource: "arn:aws:kms:us-east-1:123456789012:key/1",
                },
            ],
        });
    });

    it("reaches only its own stream's items in a table that several streams share", async () => {
        const { find, registered } = await declare({ ledgerTable: "ledgers" });
        assert.equal(registered.filter(({ type }) => type.includes("dynamodb")).length, 0);
        const policy = find("aws:iam/rolePolicy:RolePolicy", "orders-scaler-policy").inputs.policy as string;
        const statements = (JSON.parse(policy) as { Statement: object[] }).Statement;
        assert.deepEqual(statements[2], {
            Effect: "Allow",
            Action: ["dynamodb:GetItem", "dynamodb:PutItem"],
            Resource: "arn:aws:dynamodb:us-east-1:123456789012:table/ledgers",
            Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${streamArn}#*`] } },
        });
    });

    it("runs every minute, or as often as it is told", async () => {
        for (const [everyMinutes, expression] of [
            [undefined, "rate(1 minute)"],
            [5, "rate(5 minutes)"],
        ] as const) {
            const { find } = await declare({ everyMinutes });
            assert.deepEqual(find("aws:scheduler/schedule:Schedule").inputs, {
                name: "orders-scaler",
                description: "Runs the scaler of the Kinesis stream orders.",
                scheduleExpression: expression,
                flexibleTimeWindow: { mode: "OFF" },
                target: {
                    arn: "arn:aws:lambda:us-east-1:123456789012:function:orders-scaler",
                    roleArn: "arn:aws:iam::123456789012:role/orders-us-east-1-schedule",
                    retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
                },
            });
        }
    });

    it("may be invoked by the alarms that it is told of, and by no other", async () => {
        const { find } = await declare({ invokedByAlarms: ["orders-HighWriteUtilization"] });
        assert.deepEqual(find("aws:lambda/permission:Permission").inputs, {
            function: "orders-scaler",
            action: "lambda:InvokeFunction",
            principal: "lambda.alarms.cloudwatch.amazonaws.com",
            sourceAccount: "123456789012",
            sourceArn: "arn:aws:cloudwatch:us-east-1:123456789012:alarm:orders-HighWriteUtilization",
        });
    });

    it("tells the topic when a run fails, and when it has gone silent", async () => {
        const { find } = await declare({ topicArn });
        assert.deepEqual(find("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig").inputs, {
            functionName: "orders-scaler",
            maximumRetryAttempts: 0,
            maximumEventAgeInSeconds: 60,
            destinationConfig: { onFailure: { destination: topicArn } },
        });
        const failing = find("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-scaler-failing").inputs;
        assert.deepEqual(
            [failing.name, failing.namespace, failing.metricName, failing.dimensions, failing.statistic],
            ["orders-ScalerFailing", "AWS/Lambda", "Errors", { FunctionName: "orders-scaler" }, "Sum"],
        );
        assert.deepEqual(
            [failing.threshold, failing.comparisonOperator, failing.treatMissingData, failing.alarmActions],
            [0, "GreaterThanThreshold", "notBreaching", [topicArn]],
        );
        const silent = find("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-scaler-silent").inputs;
        assert.deepEqual(
            [silent.name, silent.namespace, silent.metricName, silent.dimensions, silent.statistic],
            ["orders-ScalerSilent", "ShardedStream", "OpenShards", { StreamName: "orders" }, "Maximum"],
        );
        assert.deepEqual([silent.treatMissingData, silent.insufficientDataActions], ["missing", [topicArn]]);
    });

    it("switches an alarm on itself off, and sets the other", async () => {
        const alarms = { scalerFailing: { enabled: false }, scalerSilent: { threshold: 6 } };
        const { find, registered } = await declare({ topicArn, alarms });
        assert.deepEqual(
            registered.filter(({ type }) => type.includes("MetricAlarm")).map(({ name }) => name),
            ["orders-scaler-silent"],
        );
        const { inputs } = find("aws:cloudwatch/metricAlarm:MetricAlarm");
        assert.deepEqual([inputs.evaluationPeriods, inputs.period, inputs.threshold], [72, 300, 1]);
        assert.match(inputs.alarmDescription as string, /published nothing for more than 6 hours/);
    });

    it("puts boundary and path on both roles, and tags on everything that can carry them", async () => {
        const boundary = "arn:aws:iam::123456789012:policy/boundary";
        const { registered } = await declare({
            permissionsBoundary: boundary,
            rolePath: "/scalers/",
            tags: { team: "orders" },
            topicArn,
        });
        const roles = registered.filter(({ type }) => type === "aws:iam/role:Role");
        assert.deepEqual(
            roles.map(({ inputs }) => [inputs.permissionsBoundary, inputs.path]),
            [
                [boundary, "/scalers/"],
                [boundary, "/scalers/"],
            ],
        );
        const tagged = registered.filter(({ custom, inputs }) => custom && inputs.tags !== undefined);
        assert.deepEqual([...new Set(tagged.map(({ type }) => type.split(":")[2]))].sort(), [
            "Function",
            "LogGroup",
            "MetricAlarm",
            "Role",
            "Table",
        ]);
    });

    it("works in another partition", async () => {
        const { find } = await declare({
            streamArn: "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders",
            region: "cn-north-1",
        });
        const policy = find("aws:iam/rolePolicy:RolePolicy", "orders-scaler-scheduler-policy").inputs.policy;
        assert.match(policy as string, /arn:aws-cn:lambda:cn-north-1:123456789012:function:orders-scaler/);
    });

    it("fits the names of a stream with 128 characters into 64, different for each stream", async () => {
        const name = async (streamName: string) =>
            (await declare({ streamName, streamArn: `${arnStart}${streamName}` })).find("aws:lambda/function:Function")
                .inputs.name as string;
        const [first, second] = [await name(`${"s".repeat(127)}1`), await name(`${"s".repeat(127)}2`)];
        assert.equal(first.length, 64);
        assert.notEqual(first, second);
    });

    it("is previewed whole before the stream exists", async () => {
        const { registered } = await run(
            () =>
                new StreamAutoscaler("orders-scaler", {
                    ...required,
                    streamName: unknown<string>(),
                    streamArn: unknown<string>(),
                    minShards: unknown<number>(),
                    topicArn: unknown<string>(),
                    invokedByAlarms: [unknown<string>()],
                }),
            { preview: true },
        );
        assert.equal(registered.length, 13);
        const schedule = registered.find(({ type }) => type.endsWith("Schedule"))!;
        assert.equal(schedule.inputs.scheduleExpression, "rate(1 minute)");
    });

    it("refuses arguments that come later as soon as they are known", async () => {
        await assert.rejects(declare({ minShards: pulumi.output(20) }), {
            message:
                'StreamAutoscaler "orders-scaler": 1 argument is malformed.\nminShards: 20 is not allowed; it must be at most maxShards, 16. Lower minShards to 16, or raise maxShards to 20.',
        });
    });

    it("refuses malformed arguments all at once, with their property paths", async () => {
        const ledgerTable = "arn:aws:dynamodb:us-east-1:123456789012:table/ledger";
        const malformed = { minShards: 0, maxShards: 16.5, mode: "clever", streamArn: "orders", ledgerTable };
        await assert.rejects(declare(malformed), (error: Error & { errors?: { propertyPath: string }[] }) => {
            assert.ok(pulumi.InputPropertiesError.isInstance(error));
            assert.deepEqual(
                error.errors!.map(({ propertyPath }) => propertyPath),
                ["minShards", "maxShards", "mode", "ledgerTable", "streamArn"],
            );
            assert.match(
                error.message,
                /^StreamAutoscaler "orders-scaler": 5 arguments are malformed\.\nminShards: 0 /,
            );
            return true;
        });
    });

    it("refuses the name of one stream with the ARN of another: it would read the one and reshard the other", async () => {
        await assert.rejects(declare({ streamArn: `${arnStart}payments` }), {
            message:
                'StreamAutoscaler "orders-scaler": 1 argument is malformed.\nstreamName: "orders" is not allowed; it must be the stream of streamArn (payments). Give name and ARN of the same stream.',
        });
    });
});
