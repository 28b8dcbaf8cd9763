/**
 * Nothing is lost where a component is renamed, moved, doubled or adopted: after each deployment CloudWatch has what is declared.
 *
 * Creating an alarm or a dashboard is an upsert, and deleting one goes by its name, so these are asked for, and not the engine.
 */
import assert from "node:assert/strict";
import { CloudWatchClient, DescribeAlarmsCommand, ListDashboardsCommand } from "@aws-sdk/client-cloudwatch";
import { runCliBeside } from "../cli/run";
import { onEngine } from "./harness";
import { type OperationResult } from "../../engine/index";

const program = `
    const pulumi = require("@pulumi/pulumi");
    const kinesis = require("@pulumi/aws/kinesis");
    const { ShardedStream, StreamAlarms, StreamAutoscaler, StreamDashboard } = require("sharded-stream");

    const step = new pulumi.Config().require("step");
    const isLater = step === "later" || step === "taken";
    // As the names were before they had owners: one for all.
    if (step === "before") {
        pulumi.runtime.registerStackTransformation(({ props, opts }) => ({
            props: {
                ...props,
                ...(props.comparisonOperator && { name: pulumi.output(props.name).apply((name) => name.replace(/-[0-9a-f]{8}$/, "")) }),
                ...(props.dashboardBody && { dashboardName: pulumi.output(props.dashboardName).apply((name) => name.replace(/-us-east-1.*$/, "")) }),
            },
            opts,
        }));
    }
    // Nor were there alarms that combine others.
    const alarms = { consumerSilent: { enabled: step !== "before" } };
    const requirements = { writeMiBPerSecond: 1, recordsPerSecond: 500 };
    class Team extends pulumi.ComponentResource {
        constructor(name) {
            super("test:index:Team", name);
        }
    }
    const raw = (name) => new kinesis.Stream(name, { name, shardCount: 1 });
    const declared = { alarms: [], dashboards: [] };
    const attach = (name, stream, opts) => {
        declared.alarms.push(new StreamAlarms(name, { stream, notifications: { topicArn }, alarms }, opts).alarmNames);
    };

    // Renamed, one of two, and moved to a parent; each without an alias.
    const clicks = raw("clicks");
    const topicArn = clicks.arn.apply((arn) => arn.replace(":kinesis:", ":sns:").replace("stream/clicks", "oncall"));
    attach(isLater ? "renamed" : "named", clicks.name);
    if (!isLater) attach("second", clicks.name);
    const parent = isLater ? new Team("web") : undefined;
    attach("moved", clicks.name, { parent });
    declared.dashboards.push(new StreamDashboard("moved", { stream: clicks.name }, { parent }).dashboardName);

    // Attached to at first, adopted later.
    if (isLater) {
        const adopt = ({ type, props, opts }) => type === "aws:kinesis/stream:Stream"
            ? { props, opts: { ...opts, aliases: [{ name: "views", parent: pulumi.rootStackResource }] } }
            : undefined;
        const views = new ShardedStream("views", { streamName: "views", requirements }, { transformations: [adopt] });
        const suffixes = ["HighIncomingRecords", "WriteThrottling", "ReadThrottling", "IteratorAge", "WriteUtilization", "ConsumerSilent"];
        declared.alarms.push(views.streamName.apply((stream) => suffixes.map((suffix) => stream + "-" + suffix)));
        declared.dashboards.push(views.dashboardName);
    } else {
        attach("views", raw("views").name);
        declared.dashboards.push(new StreamDashboard("views", { stream: "views" }).dashboardName);
    }

    // Its function, roles and table cannot be had twice.
    const scaler = new StreamAutoscaler(step === "taken" ? "scaler2" : "scaler", {
        streamName: "clicks", streamArn: clicks.arn, minShards: 1, maxShards: 4, everyMinutes: 60, topicArn: new (require("@pulumi/aws/sns").Topic)("oncall").arn,
    });
    declared.alarms.push(scaler.functionName.apply(() => ["clicks-ScalerFailing", "clicks-ScalerSilent"]));

    exports.alarms = pulumi.all(declared.alarms).apply((lists) => [...new Set(lists.flat())].sort());
    exports.dashboards = pulumi.all(declared.dashboards).apply((names) => names.sort());
`;

const dottedProgram = `
    const { ShardedStream } = require("sharded-stream");
    const placed = new ShardedStream("com.example.orders.avro.Placed", {
        streamName: "com.example.orders.avro.Placed",
        requirements: { writeMiBPerSecond: 2, recordsPerSecond: 900 },
        scaling: { minShards: 2, maxShards: 7, everyMinutes: 60 },
    });
    exports.scalerFunctionName = placed.scalerFunctionName;
    exports.dashboardName = placed.dashboardName;
`;

describe("what belongs to a stream has one owner", () => {
    const world = onEngine("real", { inOneProcess: true });
    let cloudWatch: CloudWatchClient;
    let projectDir: string;
    let outputs: OperationResult["outputs"];
    before(() => {
        const { endpoint, region, credentials } = world.sandbox;
        cloudWatch = new CloudWatchClient({ endpoint, region, credentials });
        projectDir = world.project(program);
    });
    after(() => cloudWatch?.destroy());

    /** Those alarms that tell somebody: the ones that are told of by others have no names among the outputs. */
    const tellingAlarms = async () => {
        const request = new DescribeAlarmsCommand({ AlarmTypes: ["MetricAlarm", "CompositeAlarm"] });
        const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(request);
        const telling = [...MetricAlarms, ...CompositeAlarms].filter(
            ({ AlarmActions = [] }) => AlarmActions.length > 0,
        );
        return telling.map((one) => one.AlarmName!).sort();
    };
    const inCloudWatch = async () => ({
        alarms: await tellingAlarms(),
        dashboards: (await cloudWatch.send(new ListDashboardsCommand({})))
            .DashboardEntries!.map((one) => one.DashboardName!)
            .sort(),
    });
    const up = async (step: string) => {
        const result = await world.engine.up({ projectDir, config: { step } });
        assert.equal(result.exitCode, 0, result.stdout + result.stderr);
        const { alarms, dashboards } = result.outputs;
        assert.deepEqual(await inCloudWatch(), { alarms, dashboards });
        outputs = result.outputs;
        return result;
    };

    it("after names without an owner, which four components shared, became names with one", async () => {
        await up("before");
        assert.equal((outputs.alarms as string[]).length, 2 * 3 + 2);
        await up("attached");
        assert.equal((outputs.alarms as string[]).length, 4 * 4 + 2);
    });

    it("after one was renamed, one was removed, one was moved, and a stream was adopted", async () => {
        await up("later");
        assert.equal((outputs.alarms as string[]).length, 2 * 4 + 6 + 2);
        assert.deepEqual((outputs.dashboards as string[]).at(-1), "Kinesis-views-us-east-1");
        const { changes } = await up("later");
        assert.deepEqual(Object.keys(changes), ["same"]);
    });

    it("and is untouched by a second one that AWS refuses, and by taking that back", async () => {
        const before = await inCloudWatch();
        const refused = await world.engine.up({ projectDir, config: { step: "taken" } });
        assert.notEqual(refused.exitCode, 0);

        const said = refused.diagnostics.filter(({ urn }) => urn !== undefined).map(({ message }) => message);
        assert.ok(said.length > 0);
        for (const message of said) assert.match(message, /^creating aws:.* already exists/);
        assert.deepEqual(await inCloudWatch(), before);
        await up("later");
        assert.deepEqual(await inCloudWatch(), before);
    });

    it("and names that AWS takes where the stream's has dots; the command line finds the scaler", async () => {
        const dotted = world.project(dottedProgram, "dotted");
        const result = await world.engine.up({ projectDir: dotted });
        assert.equal(result.exitCode, 0, result.stdout + result.stderr);
        assert.deepEqual(result.outputs, {
            scalerFunctionName: "com_example_orders_avro_Placed-scaler-f60eb3a6",
            dashboardName: "Kinesis-com_example_orders_avro_Placed-us-east-1-5549fea9",
        });
        const command = ["scale", "com.example.orders.avro.Placed", "auto", "--dry-run"];
        const { stdout, stderr, exitCode } = await runCliBeside(command, world.sandbox.env);
        // Without a scaler it asks for --min and --max.
        assert.deepEqual([exitCode, stderr], [0, ""], stderr);
        assert.match(stdout, /com\.example\.orders\.avro\.Placed has 3 open shards\./);
    });
});
