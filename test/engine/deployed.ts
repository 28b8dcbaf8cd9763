/**
 * What is really there: asked of the sandbox with SDK clients, and compared with what a deployment declared.
 *
 *     const up = await world.engine.up({ projectDir });
 *     await assertDeployed(world, up);          // every stream, alarm, dashboard, topic, function, ... as declared, and nothing else
 *     const sent = await putRecords(world, "orders", 20);
 *     ...
 *     assert.deepEqual(await readRecords(world, "orders"), sent);
 *
 * Both sides have one form: by kind, by name, what matters about it: `declared` reads it from the inputs of the resources that are left
 * after an `up`, `existing` from AWS. So a resource that Pulumi believes in and AWS does not have is a difference, and so is one that AWS
 * has and nobody declares.
 */
import assert from "node:assert/strict";
import { DescribeAlarmsCommand, GetDashboardCommand, ListDashboardsCommand } from "@aws-sdk/client-cloudwatch";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import {
    DescribeStreamSummaryCommand,
    GetRecordsCommand,
    GetResourcePolicyCommand,
    GetShardIteratorCommand,
    ListShardsCommand,
    ListStreamConsumersCommand,
    ListStreamsCommand,
    PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { GetFunctionConfigurationCommand, GetPolicyCommand, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { GetScheduleCommand, ListSchedulesCommand } from "@aws-sdk/client-scheduler";
import { ListSubscriptionsByTopicCommand, ListTopicsCommand } from "@aws-sdk/client-sns";
import type * as native from "@pulumi/aws-native/kinesis";
import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as dynamodb from "@pulumi/aws/dynamodb";
import type * as iam from "@pulumi/aws/iam";
import type * as kinesis from "@pulumi/aws/kinesis";
import type * as lambda from "@pulumi/aws/lambda";
import type * as scheduler from "@pulumi/aws/scheduler";
import type * as sns from "@pulumi/aws/sns";
import { type Unwrap } from "@pulumi/pulumi";
import { type OperationResult } from "../../engine/index";
import { Aws, orGone } from "../../engine/providers/aws";
import { readStream } from "../../engine/providers/kinesisStream";
import { type World } from "./harness";

type Facts = Readonly<Record<string, unknown>>;

/** By the name of each thing. */
type Things = Record<string, Facts>;

type NamedFacts = readonly [name: string | undefined, facts: Facts];

const regionalKinds = ["streams", "alarms", "topics", "functions", "schedules", "tables", "logGroups"] as const;
const globalKinds = ["dashboards", "roles"] as const;
const kinds = [...regionalKinds, ...globalKinds];

type Kind = (typeof kinds)[number];

/** What is there, or what was declared. */
export type Deployed = Record<Kind, Things>;

/** Which of the declared resources are in which region, by URN; all others are in the sandbox's own. */
export type Regions = Readonly<Record<string, (urn: string) => boolean>>;

/**
 * Fails unless AWS has exactly what the deployment declares: each name, and what matters about each thing.
 *
 * @returns what there is in the sandbox's own region
 */
export async function assertDeployed(
    world: World,
    result: OperationResult,
    elsewhere: Regions = {},
): Promise<Deployed> {
    assert.equal(result.exitCode, 0, result.stdout + result.stderr);
    const isElsewhere = (urn: string) => Object.values(elsewhere).some((of) => of(urn));
    for (const [region, of] of Object.entries(elsewhere))
        assert.deepEqual(await ask(world, region, regionalKinds), declaredBy(result, regionalKinds, of), region);
    const there = await deployedIn(world);
    assert.deepEqual(there, {
        ...declaredBy(result, regionalKinds, (urn) => !isElsewhere(urn)),
        ...declaredBy(result, globalKinds),
    });
    return there;
}

/** Nothing of any kind that this project makes. */
export const nothing = Object.fromEntries(kinds.map((kind) => [kind, {}])) as Deployed;

/* What AWS has. */

/** Everything that a region has of the kinds that this project makes; dashboards and roles are the account's. */
export async function deployedIn(world: World, region = world.sandbox.region): Promise<Deployed> {
    return (await ask(world, region, kinds)) as Deployed;
}

async function ask(world: World, region: string, asked: readonly Kind[]): Promise<Partial<Deployed>> {
    const { endpoint, accountId } = world.sandbox;
    const aws = new Aws({ endpoint, accountId, region });
    try {
        return Object.fromEntries(await Promise.all(asked.map(async (kind) => [kind, await existing[kind](aws)])));
    } finally {
        aws.close();
    }
}

const existing: Readonly<Record<Kind, (aws: Aws) => Promise<Things>>> = {
    streams: streamsOf,
    alarms: alarmsOf,
    dashboards: dashboardsOf,
    topics: topicsOf,
    functions: functionsOf,
    schedules: schedulesOf,
    tables: tablesOf,
    logGroups: logGroupsOf,
    roles: rolesOf,
};

async function streamsOf(aws: Aws): Promise<Things> {
    const { StreamNames = [] } = await aws.kinesis.send(new ListStreamsCommand({}));
    const functions = await functionsOf(aws);
    return byName(StreamNames, async (name) => {
        const { shape, arn } = await readStream(aws, name);
        const { Consumers = [] } = await aws.kinesis.send(new ListStreamConsumersCommand({ StreamARN: arn }));
        const shared = await orGone(() => aws.kinesis.send(new GetResourcePolicyCommand({ ResourceARN: arn })));
        return streamFacts(
            {
                onDemand: shape.mode === "ON_DEMAND",
                shards: shape.shardCount,
                retentionHours: shape.retentionHours,
                kmsKeyId: shape.kmsKeyId,
                metrics: shape.shardLevelMetrics,
                maxRecordKiB: shape.maxRecordKiB,
                warmMiBps: shape.warmThroughputMiBps,
                tags: shape.tags,
                consumers: Consumers.map(({ ConsumerName }) => ConsumerName),
                sharedBy: shared?.Policy,
            },
            isScaled(name, functions),
        );
    });
}

async function alarmsOf(aws: Aws): Promise<Things> {
    const request = new DescribeAlarmsCommand({ AlarmTypes: ["MetricAlarm", "CompositeAlarm"] });
    const { MetricAlarms = [], CompositeAlarms = [] } = await aws.cloudwatch.send(request);
    const told = (alarm: (typeof MetricAlarms)[number] | (typeof CompositeAlarms)[number]) => ({
        description: alarm.AlarmDescription,
        actions: [...(alarm.AlarmActions ?? [])].sort(),
        okActions: [...(alarm.OKActions ?? [])].sort(),
    });
    return Object.fromEntries([
        ...MetricAlarms.map((alarm) => [alarm.AlarmName, { ...told(alarm), threshold: alarm.Threshold }]),
        ...CompositeAlarms.map((alarm) => [alarm.AlarmName, { ...told(alarm), rule: alarm.AlarmRule }]),
    ]) as Things;
}

async function dashboardsOf(aws: Aws): Promise<Things> {
    const { DashboardEntries = [] } = await aws.cloudwatch.send(new ListDashboardsCommand({}));
    return byName(named(DashboardEntries, "DashboardName"), async (DashboardName) => {
        const { DashboardBody = "{}" } = await aws.cloudwatch.send(new GetDashboardCommand({ DashboardName }));
        return JSON.parse(DashboardBody) as Facts;
    });
}

async function topicsOf(aws: Aws): Promise<Things> {
    const { Topics = [] } = await aws.sns.send(new ListTopicsCommand({}));
    return byName(named(Topics, "TopicArn"), async (TopicArn) => {
        const { Subscriptions = [] } = await aws.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
        return { subscribed: Subscriptions.map(({ Protocol, Endpoint }) => `${Protocol}:${Endpoint}`).sort() };
    });
}

async function functionsOf(aws: Aws): Promise<Things> {
    const { Functions = [] } = await aws.lambda.send(new ListFunctionsCommand({}));
    return byName(named(Functions, "FunctionName"), async (FunctionName) => {
        const fn = await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
        const policy = await orGone(() => aws.lambda.send(new GetPolicyCommand({ FunctionName })));
        const { Statement = [] } = JSON.parse(policy?.Policy ?? "{}") as { Statement?: unknown[] };
        return {
            role: fn.Role,
            variables: fn.Environment?.Variables ?? {},
            invokedBy: Statement.flatMap((statement) => sourceArnsIn(statement)).sort(),
        };
    });
}

/** The ARNs that the conditions of a statement compare the source with. */
function sourceArnsIn(statement: unknown): string[] {
    const { Condition = {} } = statement as { Condition?: Record<string, Record<string, string>> };
    return Object.values(Condition).flatMap((compared) =>
        Object.entries(compared)
            .filter(([key]) => key.toLowerCase() === "aws:sourcearn")
            .map(([, arn]) => arn),
    );
}

async function schedulesOf(aws: Aws): Promise<Things> {
    const { Schedules = [] } = await aws.scheduler.send(new ListSchedulesCommand({}));
    return byName(named(Schedules, "Name"), async (Name) => {
        const found = await aws.scheduler.send(new GetScheduleCommand({ Name }));
        return { runs: found.Target?.Arn, role: found.Target?.RoleArn, expression: found.ScheduleExpression };
    });
}

async function tablesOf(aws: Aws): Promise<Things> {
    const { TableNames = [] } = await aws.dynamodb.send(new ListTablesCommand({}));
    return byName(TableNames, async () => ({}));
}

async function logGroupsOf(aws: Aws): Promise<Things> {
    const groups: { logGroupName: string; retentionInDays?: number }[] = [];
    let nextToken: unknown;
    do {
        const page = await aws.json("logs", "Logs_20140328.DescribeLogGroups", { nextToken });
        groups.push(...(page.logGroups as typeof groups));
        ({ nextToken } = page);
    } while (nextToken !== undefined);
    return Object.fromEntries(groups.map((group) => [group.logGroupName, { days: group.retentionInDays }]));
}

async function rolesOf(aws: Aws): Promise<Things> {
    const iam = (action: string, parameters: Record<string, string>) =>
        aws.query("iam", "2010-05-08", action, parameters);
    const roles = (await iam("ListRoles", {})).texts("RoleName");
    return byName(roles, async (RoleName) => {
        const policies = (await iam("ListRolePolicies", { RoleName })).texts("member");
        const documents = await byName(policies, async (PolicyName) => {
            const document = (await iam("GetRolePolicy", { RoleName, PolicyName })).text("PolicyDocument");
            return JSON.parse(decodeURIComponent(document ?? "{}")) as Facts;
        });
        return { documents };
    });
}

/* What was declared. */

/** The resource types that are compared, and what their inputs are. */
interface Args {
    "aws:cloudwatch/dashboard:Dashboard": cloudwatch.DashboardArgs;
    "aws:cloudwatch/logGroup:LogGroup": cloudwatch.LogGroupArgs;
    "aws:cloudwatch/metricAlarm:MetricAlarm": cloudwatch.MetricAlarmArgs;
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": cloudwatch.CompositeAlarmArgs;
    "aws:dynamodb/table:Table": dynamodb.TableArgs;
    "aws:iam/role:Role": iam.RoleArgs;
    "aws:iam/rolePolicy:RolePolicy": iam.RolePolicyArgs;
    "aws:kinesis/resourcePolicy:ResourcePolicy": kinesis.ResourcePolicyArgs;
    "aws:kinesis/stream:Stream": kinesis.StreamArgs;
    "aws:kinesis/streamConsumer:StreamConsumer": kinesis.StreamConsumerArgs;
    "aws:lambda/function:Function": lambda.FunctionArgs;
    "aws:lambda/permission:Permission": lambda.PermissionArgs;
    "aws:scheduler/schedule:Schedule": scheduler.ScheduleArgs;
    "aws:sns/topicPolicy:TopicPolicy": sns.TopicPolicyArgs;
    "aws:sns/topicSubscription:TopicSubscription": sns.TopicSubscriptionArgs;
    "aws-native:kinesis:Stream": native.StreamArgs;
}

/** The operations after which a resource is there. */
const leaves = ["create", "create-replacement", "import", "import-replacement", "same", "update"];

/** What a deployment leaves of some kinds, by the inputs of its resources. */
function declaredBy(
    result: OperationResult,
    asked: readonly Kind[],
    of: (urn: string) => boolean = () => true,
): Partial<Deployed> {
    const left = new Map(
        result.steps.filter(({ op, urn }) => leaves.includes(op) && of(urn)).map((step) => [step.urn, step]),
    );
    const inputsOf: InputsOf = (type) =>
        [...left.values()].filter((step) => step.type === type).map(({ inputs }) => inputs as never);
    return Object.fromEntries(
        asked.map((kind) => {
            const things = declared[kind](inputsOf);
            const names = things.map(([name]) => name);
            assert.deepEqual(names, [...new Set(names)], `two ${kind} have one name`);
            return [kind, Object.fromEntries(things)];
        }),
    );
}

type InputsOf = <Type extends keyof Args>(type: Type) => Unwrap<Args[Type]>[];

/** Whom an alarm tells what. */
interface ToldBy {
    readonly alarmDescription?: string | undefined;
    readonly alarmActions?: readonly unknown[] | undefined;
    readonly okActions?: readonly unknown[] | undefined;
}

const toldBy = ({ alarmDescription, alarmActions = [], okActions = [] }: ToldBy) => ({
    description: alarmDescription,
    actions: [...alarmActions].sort(),
    okActions: [...okActions].sort(),
});

const declared: Readonly<Record<Kind, (inputsOf: InputsOf) => NamedFacts[]>> = {
    streams: (inputsOf) => [
        ...inputsOf("aws:kinesis/stream:Stream").map((stream): NamedFacts => [
            stream.name,
            streamFacts(
                {
                    onDemand: stream.streamModeDetails?.streamMode === "ON_DEMAND",
                    shards: stream.shardCount,
                    retentionHours: stream.retentionPeriod,
                    kmsKeyId: stream.kmsKeyId,
                    metrics: stream.shardLevelMetrics,
                    maxRecordKiB: stream.maxRecordSizeInKib,
                    warmMiBps: stream.warmThroughputMibPs,
                    tags: stream.tags,
                    consumers: consumersOf(stream.name, inputsOf),
                    sharedBy: policyOf(stream.name, inputsOf),
                },
                isScaled(stream.name, Object.fromEntries(declared.functions(inputsOf))),
            ),
        ]),
        ...inputsOf("aws-native:kinesis:Stream").map((stream): NamedFacts => [
            stream.name,
            streamFacts(
                {
                    onDemand: stream.streamModeDetails?.streamMode === "ON_DEMAND",
                    shards: stream.shardCount,
                    retentionHours: stream.retentionPeriodHours,
                    kmsKeyId: stream.streamEncryption?.keyId,
                    metrics: stream.desiredShardLevelMetrics,
                    maxRecordKiB: stream.maxRecordSizeInKiB,
                    warmMiBps: stream.warmThroughputMiBps,
                    tags: Object.fromEntries((stream.tags ?? []).map(({ key, value }) => [key, value])),
                    consumers: consumersOf(stream.name, inputsOf),
                    sharedBy: policyOf(stream.name, inputsOf),
                },
                isScaled(stream.name, Object.fromEntries(declared.functions(inputsOf))),
            ),
        ]),
    ],
    alarms: (inputsOf) => [
        ...inputsOf("aws:cloudwatch/metricAlarm:MetricAlarm").map((alarm): NamedFacts => [
            alarm.name,
            { ...toldBy(alarm), threshold: alarm.threshold },
        ]),
        ...inputsOf("aws:cloudwatch/compositeAlarm:CompositeAlarm").map((alarm): NamedFacts => [
            alarm.alarmName,
            { ...toldBy(alarm), rule: alarm.alarmRule },
        ]),
    ],
    dashboards: (inputsOf) =>
        inputsOf("aws:cloudwatch/dashboard:Dashboard").map((dashboard) => [
            dashboard.dashboardName,
            JSON.parse(dashboard.dashboardBody) as Facts,
        ]),
    // The ARN of a topic is an output; its policy has it as an input.
    topics: (inputsOf) =>
        inputsOf("aws:sns/topicPolicy:TopicPolicy").map(({ arn }) => [
            arn,
            {
                subscribed: inputsOf("aws:sns/topicSubscription:TopicSubscription")
                    .filter(({ topic }) => topic === arn)
                    .map(({ protocol, endpoint }) => `${protocol}:${endpoint}`)
                    .sort(),
            },
        ]),
    functions: (inputsOf) =>
        inputsOf("aws:lambda/function:Function").map((fn) => [
            fn.name,
            {
                role: fn.role,
                variables: fn.environment?.variables ?? {},
                invokedBy: inputsOf("aws:lambda/permission:Permission")
                    // By the function's name or ARN.
                    .filter((permission) => String(permission.function).split(":").at(-1) === fn.name)
                    .map((permission) => permission.sourceArn)
                    .sort(),
            },
        ]),
    schedules: (inputsOf) =>
        inputsOf("aws:scheduler/schedule:Schedule").map(({ name, target, scheduleExpression }) => [
            name,
            { runs: target.arn, role: target.roleArn, expression: scheduleExpression },
        ]),
    tables: (inputsOf) => inputsOf("aws:dynamodb/table:Table").map(({ name }) => [name, {}]),
    logGroups: (inputsOf) =>
        inputsOf("aws:cloudwatch/logGroup:LogGroup").map(({ name, retentionInDays }) => [
            name,
            { days: retentionInDays },
        ]),
    roles: (inputsOf) =>
        inputsOf("aws:iam/role:Role").map((role) => [
            role.name,
            {
                documents: Object.fromEntries(
                    inputsOf("aws:iam/rolePolicy:RolePolicy")
                        .filter((policy) => policy.role === role.name)
                        .map((policy) => [policy.name, JSON.parse(policy.policy as string) as Facts]),
                ),
            },
        ]),
};

function consumersOf(stream: string | undefined, inputsOf: InputsOf): (string | undefined)[] {
    return inputsOf("aws:kinesis/streamConsumer:StreamConsumer")
        .filter(({ streamArn }) => streamArn.endsWith(`:stream/${stream}`))
        .map(({ name }) => name);
}

function policyOf(stream: string | undefined, inputsOf: InputsOf): string | undefined {
    return inputsOf("aws:kinesis/resourcePolicy:ResourcePolicy").find(({ resourceArn }) =>
        resourceArn.endsWith(`:stream/${stream}`),
    )?.policy;
}

/* What both sides share. */

interface Stream {
    readonly onDemand: boolean;
    readonly shards: number | undefined;
    readonly retentionHours: number | undefined;
    readonly kmsKeyId: string | undefined;
    readonly metrics: readonly string[] | undefined;
    readonly maxRecordKiB: number | undefined;
    readonly warmMiBps: number | undefined;
    readonly tags: Readonly<Record<string, string>> | undefined;
    readonly consumers: readonly (string | undefined)[];
    /** The policy of the stream itself. */
    readonly sharedBy: string | undefined;
}

function streamFacts({ sharedBy, ...stream }: Stream, scaled: boolean): Facts {
    const { Statement = [] } = JSON.parse(sharedBy || "{}") as { Statement?: { Sid: string; Principal: unknown }[] };
    return {
        ...stream,
        sharedWith: Statement.map(({ Sid, Principal }) => ({ Sid, Principal })),
        shards: stream.onDemand ? "set by AWS" : scaled ? "set by the scaler" : stream.shards,
        retentionHours: stream.retentionHours ?? 24,
        metrics: [...(stream.metrics ?? [])].sort(),
        maxRecordKiB: stream.maxRecordKiB ?? 1_024,
        tags: stream.tags ?? {},
        consumers: [...stream.consumers].sort(),
    };
}

function isScaled(stream: string | undefined, functions: Things): boolean {
    return Object.values(functions).some(({ variables }) => Object.values(variables as object).includes(stream));
}

async function byName(names: readonly string[], ask: (name: string) => Promise<Facts>): Promise<Things> {
    const entries = await Promise.all(names.map(async (name) => [name, await ask(name)] as const));
    return Object.fromEntries(entries);
}

function named<K extends string>(items: readonly Partial<Record<K, string>>[], key: K): string[] {
    return items.map((item) => item[key] ?? "");
}

/* Records. */

/** Puts records with as many different keys, and gives back their data, sorted. */
export async function putRecords(world: World, StreamName: string, count = 20, region?: string): Promise<string[]> {
    const data = Array.from({ length: count }, (_, index) => `${StreamName} ${String(index).padStart(3, "0")}`);
    const Records = data.map((text) => ({ PartitionKey: text, Data: Buffer.from(text) }));
    await onKinesis(world, region, async (kinesis) => {
        const { FailedRecordCount } = await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
        assert.equal(FailedRecordCount, 0);
    });
    return data;
}

/** When the stream was made: a stream that was replaced under its name has another time. */
export async function createdAt(world: World, StreamName: string): Promise<string | undefined> {
    return onKinesis(world, undefined, async (kinesis) => {
        const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
        return StreamDescriptionSummary?.StreamCreationTimestamp?.toISOString();
    });
}

/** The data of all records that the stream has, from its oldest on, in closed shards too, sorted. */
export async function readRecords(world: World, StreamName: string, region?: string): Promise<string[]> {
    return onKinesis(world, region, async (kinesis) => {
        const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
        const found: string[] = [];
        for (const { ShardId } of Shards) {
            const start = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
            let { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(start));
            while (ShardIterator !== undefined) {
                const {
                    Records = [],
                    NextShardIterator,
                    MillisBehindLatest,
                } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
                found.push(...Records.map(({ Data }) => Buffer.from(Data ?? []).toString()));
                ShardIterator = Records.length === 0 && MillisBehindLatest === 0 ? undefined : NextShardIterator;
            }
        }
        return found.sort();
    });
}

async function onKinesis<T>(world: World, region: string | undefined, act: (kinesis: Aws["kinesis"]) => Promise<T>) {
    const { endpoint, accountId } = world.sandbox;
    const aws = new Aws({ endpoint, accountId, region: region ?? world.sandbox.region });
    try {
        return await act(aws.kinesis);
    } finally {
        aws.close();
    }
}
