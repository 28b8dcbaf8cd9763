/**
 * What the preview of many scaled streams takes beside the same resources by hand.
 */
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as dynamodb from "@pulumi/aws/dynamodb";
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as scheduler from "@pulumi/aws/scheduler";
import * as pulumi from "@pulumi/pulumi";
import { scalerArchive } from "../../components/scalerCode";
import { StreamAutoscaler } from "../../components/streamAutoscaler";
import { run } from "../../test/components/mocks";
import { median } from "../bar";

export interface Preview {
    readonly scaledMs: number;
    readonly plainMs: number;
    readonly ratio: number;
}

const streams = 100;
const pairs = 5;

/** CPU to preview 100 scalers against the same resources by hand with a ready zip, on mocks of the engine, in pairs; medians. */
export async function previewOfMany(): Promise<Preview> {
    const ready = pulumi.output(await outputValue(scalerArchive()));
    const declareScaled = () => {
        for (let index = 0; index < streams; index++) {
            new StreamAutoscaler(`stream${index}`, {
                streamName: `stream${index}`,
                streamArn: `arn:aws:kinesis:us-east-1:123456789012:stream/stream${index}`,
                minShards: 2,
                maxShards: 16,
            });
        }
    };
    const declarePlain = () => {
        for (let index = 0; index < streams; index++) declareByHand(`stream${index}`, ready);
    };
    const [scaled, plain]: [number[], number[]] = [[], []];
    for (let pair = 0; pair < pairs; pair++) {
        plain.push(await timed(declarePlain));
        scaled.push(await timed(declareScaled));
    }
    const [scaledMs, plainMs] = [median(scaled), median(plain)];
    return { scaledMs, plainMs, ratio: scaledMs / plainMs };
}

/** The same resources, written by hand around a function with a ready zip. */
function declareByHand(name: string, code: pulumi.Input<pulumi.asset.Archive>): void {
    const child = { parent: new pulumi.ComponentResource("bench:index:Plain", name) };
    const role = (suffix: string) => new iam.Role(`${name}-${suffix}`, { assumeRolePolicy: "{}" }, child);
    const policy = (suffix: string, to: iam.Role) =>
        new iam.RolePolicy(`${name}-${suffix}`, { role: to.name, policy: "{}" }, child);
    const attributes = [
        { name: "stream", type: "S" },
        { name: "entry", type: "S" },
    ];
    new dynamodb.Table(`${name}-ledger`, { hashKey: "stream", rangeKey: "entry", attributes }, child);
    new cloudwatch.LogGroup(`${name}-log`, { retentionInDays: 30 }, child);
    const [own, schedulers] = [role("role"), role("scheduler-role")];
    policy("policy", own);
    policy("scheduler-policy", schedulers);
    const fn = new lambda.Function(
        name,
        { code, handler: "index.handler", runtime: lambda.Runtime.NodeJS22dX, role: own.arn },
        child,
    );
    new lambda.FunctionEventInvokeConfig(`${name}-invoke`, { functionName: fn.name }, child);
    new scheduler.Schedule(
        `${name}-schedule`,
        {
            scheduleExpression: "rate(1 minute)",
            flexibleTimeWindow: { mode: "OFF" },
            target: { arn: fn.arn, roleArn: schedulers.arn },
        },
        child,
    );
}

/** CPU, not time: what else the machine does is not the preview's. */
async function timed(program: () => void): Promise<number> {
    const started = process.cpuUsage();
    await run(program, { preview: true });
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1_000;
}

function outputValue<Value>(output: pulumi.Output<Value>): Promise<Value> {
    return (output as unknown as { promise(): Promise<Value> }).promise();
}
