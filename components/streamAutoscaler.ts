/**
 * StreamAutoscaler: a Lambda that scales one stream, on a schedule and at once when an alarm invokes it.
 *
 * What it decides is in capacity/scaling/decide.ts, what it does in scaler/. Here is only what it is made of: function, roles, log group,
 * ledger table, schedule, permissions, failure destination, alarms.
 */
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as dynamodb from "@pulumi/aws/dynamodb";
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as scheduler from "@pulumi/aws/scheduler";
import * as pulumi from "@pulumi/pulumi";
import {
    autonamedChild,
    logGroupName,
    scalerFunctionName,
    scalerRoleName,
    scalerScheduleName,
} from "../capacity/names";
import { peakShardsFor, scalerEnvironmentNames, scalingDefaults } from "../capacity/scaling/settings";
import { streamAutoscalerProblems } from "../capacity/streamArgs";
import { type ScalerAlarmName } from "../capacity/watching/alarms";
import { type ScalerAlarmsArgs } from "./alarmArgs";
import { admitAlarm, type AlarmsByName, newScalerAlarms } from "./alarms";
import { arnBeside, parseArn } from "../capacity/arns";
import { withFormerNames } from "./formerNames";
import { checkArgs, decided, given, mapInput, withDefault } from "./inputs";
import { assumedBy, invokePolicy, scalerPolicy } from "./policyDocuments";
import { inRegion, inTheirRegion } from "./region";
import { notifyVariables, type ScalingArgs, withRefusedShare } from "./scaling";
import { scalerArchive, scalerHandlerName } from "./scalerCode";
import { newLedgerTable, type ScalerSubject, subjectOf } from "./scalerSubject";

type Subject = ScalerSubject<StreamAutoscalerArgs>;

/** What a StreamAutoscaler is told. */
export interface StreamAutoscalerArgs extends ScalingArgs {
    /** Name of the stream that is scaled. It must be in provisioned mode; on-demand streams are left alone. Required. */
    streamName: pulumi.Input<string>;
    /** ARN of the stream that is scaled. Required. */
    streamArn: pulumi.Input<string>;
    /** The fewest shards that the scaler aims for. Whole, 1 to 10,000. Raise it and the next run goes there. Required. */
    minShards: pulumi.Input<number>;
    /** The most shards that the scaler aims for. Whole, `minShards` to 10,000. Required. */
    maxShards: pulumi.Input<number>;
    /** Shards that the declared peak needs, headroom left out: the normal ceiling, passed only when records are refused. Default: half of `maxShards`. */
    peakShards?: pulumi.Input<number | undefined>;
    /** Names of CloudWatch alarms, in the stream's account and region, that may invoke the scaler at once. Default: none. */
    invokedByAlarms?: pulumi.Input<string>[] | undefined;
    /** ARN of the SNS topic that is told about failed runs, and of what `notify` says. Required with `notify`. Default: nobody is told. */
    topicArn?: pulumi.Input<string | undefined>;
    /** The alarms that speak to that topic when runs fail or stay away, and their thresholds. Default: both, where there is a topic. */
    alarms?: ScalerAlarmsArgs | undefined;
    /** ARN of the customer key that encrypts that topic. Default: the topic is not encrypted. */
    topicKmsKeyArn?: pulumi.Input<string | undefined>;
    /** Region of the stream, where the scaler is made; the ARNs of stream and topic are of it. Default: the provider's. Another region is another scaler. */
    region?: pulumi.Input<string | undefined>;
    /** Tags on everything that can carry tags. Default: none. */
    tags?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
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
        super(StreamAutoscaler.__pulumiType, name, args as unknown as pulumi.Inputs, inRegion(args, opts));
        args = given(args);
        const deciding = ["topicArn", "ledgerTable"];
        const checked = checkArgs("StreamAutoscaler", name, args, streamAutoscalerProblems, deciding);
        const ready = inTheirRegion(this, args, ["streamArn", "topicArn"], checked);
        const child = { parent: this, dependsOn: ready };
        const subject = subjectOf(name, args, ready, child);
        const { streamName, functionName } = subject;

        const topicArn = decided(args.topicArn);
        const sharedLedger = decided(args.ledgerTable);
        const table = sharedLedger === undefined ? newLedgerTable(subject) : undefined;
        const ledgerTable = table?.name ?? pulumi.output(sharedLedger!);
        const logGroup = new cloudwatch.LogGroup(
            `${name}-log`,
            {
                name: functionName.apply(logGroupName),
                retentionInDays: withDefault(args.logRetentionDays, scalingDefaults.logRetentionDays),
                kmsKeyId: args.kmsKeyArn,
                tags: args.tags,
            },
            child,
        );
        const reach = {
            streamArn: args.streamArn,
            ledgerTable,
            ledgerIsShared: sharedLedger !== undefined,
            logGroup: logGroup.name,
            topicArn,
            topicKmsKeyArn: args.topicKmsKeyArn,
            kmsKeyArn: args.kmsKeyArn,
        };
        const role = newRole(subject, "scaler", mapInput(reach, scalerPolicy));
        const fn = new lambda.Function(
            name,
            {
                name: functionName,
                description: streamName.apply((stream) => `Scales the Kinesis stream ${stream}.`),
                code: scalerArchive(),
                handler: scalerHandlerName,
                runtime: lambda.Runtime.NodeJS22dX,
                // None where AWS chooses.
                architectures: mapInput(args.architecture, (known) => (known === undefined ? undefined : [known])),
                memorySize: 256,
                timeout: functionTimeoutSeconds,
                role: role.made.arn,
                environment: { variables: withRefusedShare(environmentOf(args, streamName, ledgerTable), args) },
                tags: args.tags,
            },
            // The log group first, or Lambda makes one that keeps everything for ever; the policy first, or the first run is refused.
            { parent: this, dependsOn: [logGroup, role.policy] },
        );
        new lambda.FunctionEventInvokeConfig(
            `${name}-invoke`,
            {
                functionName: fn.name,
                // The next run is a minute away and sees more than a retry would.
                maximumRetryAttempts: 0,
                maximumEventAgeInSeconds: 60,
                destinationConfig: topicArn === undefined ? undefined : { onFailure: { destination: topicArn } },
            },
            child,
        );
        const schedule = newSchedule(subject, fn);
        admitAlarms(subject, fn);
        const told = topicArn !== undefined && { stream: streamName, topicArn, tags: args.tags };
        // An alarm's creation is an upsert, the function's is not: where another component has the scaler's name, this one fails before
        // it has touched the other's alarms.
        const afterFunction = { parent: this, dependsOn: fn };
        const alarms = told ? newScalerAlarms(name, args.alarms, told, afterFunction) : {};
        children.set(this, { function: fn, role: role.made, ledgerTable: table, logGroup, schedule, alarms });

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

    /** The Lambda function. */
    get function(): lambda.Function {
        return children.get(this)!.function;
    }

    /** The function's role. */
    get role(): iam.Role {
        return children.get(this)!.role;
    }

    /** The DynamoDB table; undefined where `ledgerTable` names one that several scalers share. */
    get ledgerTable(): dynamodb.Table | undefined {
        return children.get(this)!.ledgerTable;
    }

    /** The function's log group. */
    get logGroup(): cloudwatch.LogGroup {
        return children.get(this)!.logGroup;
    }

    /** What runs the function every few minutes. */
    get schedule(): scheduler.Schedule {
        return children.get(this)!.schedule;
    }

    /** The alarms on the scaler by their name; one that does not exist is undefined. */
    get alarms(): AlarmsByName<ScalerAlarmName> {
        return children.get(this)!.alarms;
    }
}

/** Reached by accessors: a field would be an output of the component, in every language. */
const children = new WeakMap<
    StreamAutoscaler,
    Pick<StreamAutoscaler, "function" | "role" | "ledgerTable" | "logGroup" | "schedule" | "alarms">
>();

/** Long enough to wait for a reshard and take the next step; the next scheduled run finds the lease taken and leaves. */
const functionTimeoutSeconds = 90;

/** The function's settings; the code is the same in every deployment. */
function environmentOf(
    args: StreamAutoscalerArgs,
    streamName: pulumi.Output<string>,
    ledgerTable: pulumi.Output<string>,
): Record<string, pulumi.Input<string>> {
    const text = (value: pulumi.Input<number | boolean>) => mapInput(value, (known) => String(known));
    const names = scalerEnvironmentNames;
    return {
        [names.streamName]: streamName,
        [names.streamArn]: args.streamArn,
        [names.ledgerTable]: ledgerTable,
        [names.minShards]: text(args.minShards),
        [names.maxShards]: text(args.maxShards),
        [names.peakShards]: text(withDefault(args.peakShards, mapInput(args.maxShards, peakShardsFor))),
        [names.mode]: withDefault(args.mode, scalingDefaults.mode),
        [names.maxReshardsPerDay]: text(withDefault(args.maxReshardsPerDay, scalingDefaults.maxReshardsPerDay)),
        [names.paused]: text(withDefault(args.paused, scalingDefaults.paused)),
        [names.dryRun]: text(withDefault(args.dryRun, scalingDefaults.dryRun)),
        ...notifyVariables(args.notify, decided(args.topicArn)),
    };
}

/** The two roles: between the scaler's name and `role`, the service that takes it on, and what it is for. */
const roles = {
    scaler: { child: "", service: "lambda.amazonaws.com", purpose: "What the scaler of the Kinesis stream may do:" },
    schedule: {
        child: "-scheduler",
        service: "scheduler.amazonaws.com",
        purpose: "Lets EventBridge Scheduler invoke the scaler of the Kinesis stream",
    },
} as const;

/** A role with its one policy. */
function newRole(
    { name, args, streamName, stream, child }: Subject,
    role: keyof typeof roles,
    policy: pulumi.Input<string>,
): { readonly made: iam.Role; readonly policy: pulumi.Resource } {
    const { child: infix, service, purpose } = roles[role];
    const made = new iam.Role(
        `${name}${infix}-role`,
        {
            name: stream.apply((known) => scalerRoleName(known.name, parseArn(known.arn).region, role)),
            description: streamName.apply((known) => `${purpose} ${known}.`),
            assumeRolePolicy: assumedBy(service),
            permissionsBoundary: args.permissionsBoundary,
            path: args.rolePath,
            tags: args.tags,
        },
        child,
    );
    const policyName = (component: string) => autonamedChild("rolePolicy", `${component}${infix}-policy`);
    const opts = withFormerNames(child, policyName);
    return { made, policy: new iam.RolePolicy(policyName(name), { role: made.name, policy }, opts) };
}

/** Runs the function every few minutes. */
function newSchedule(subject: Subject, fn: lambda.Function): scheduler.Schedule {
    const { name, args, streamName, stream, child } = subject;
    const policy = stream.apply((known) =>
        invokePolicy(arnBeside(known.arn, "lambda", `function:${scalerFunctionName(known.name)}`)),
    );
    const role = newRole(subject, "schedule", policy);
    return new scheduler.Schedule(
        `${name}-schedule`,
        {
            name: streamName.apply(scalerScheduleName),
            description: streamName.apply((known) => `Runs the scaler of the Kinesis stream ${known}.`),
            scheduleExpression: mapInput(
                withDefault(args.everyMinutes, scalingDefaults.everyMinutes),
                (minutes) => `rate(${minutes} ${minutes === 1 ? "minute" : "minutes"})`,
            ),
            flexibleTimeWindow: { mode: "OFF" },
            target: {
                arn: fn.arn,
                roleArn: role.made.arn,
                retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
            },
        },
        { parent: child.parent, dependsOn: [role.policy] },
    );
}

/** Lets the alarms invoke the function at once, those and no other. */
function admitAlarms({ name, args, stream, child }: Subject, fn: lambda.Function): void {
    const accountId = stream.apply(({ arn }) => parseArn(arn).accountId);
    (args.invokedByAlarms ?? []).forEach((alarm, index) => {
        const alarmArn = mapInput({ alarm, stream }, (known) =>
            arnBeside(known.stream.arn, "cloudwatch", `alarm:${known.alarm}`),
        );
        const suffix = index === 0 ? "alarm-permission" : `alarm-permission-${index + 1}`;
        admitAlarm(name, suffix, { function: fn.name, alarmArn, accountId }, child);
    });
}
