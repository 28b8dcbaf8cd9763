/**
 * A fleet of scaled streams in the sandbox: deployed by the real engine, looked at with clients of the services, and destroyed.
 */
import { CloudWatchClient, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { KinesisClient, paginateListStreams } from "@aws-sdk/client-kinesis";
import { LambdaClient, paginateListFunctions } from "@aws-sdk/client-lambda";
import { RunningClock } from "../../sandbox/index";
import { newClient } from "../../stream/connection";
import { openWorld, type OpenedWorld } from "../../test/engine/harness";
import { type Bench, type BenchOptions, type Measured } from "../bar";
import { fleetProgram } from "../fleet";
import { meter } from "../processorTime";

const streams = 50;
const quickStreams = 5;

export const bench: Bench = {
    about: "many scaled streams in one sandbox",
    needs: ["build", "engine", "linux"],
    bars: [
        {
            what: `of ${streams} scaled streams (--quick: ${quickStreams}) those that are there with their alarms and scaler, and gone after a destroy`,
            alternative: "all of them",
            least: 100,
            unit: "%",
        },
    ],
    measure,
};

async function measure({ quick, say }: BenchOptions): Promise<Measured[]> {
    const count = quick ? quickStreams : streams;
    // A minute of the scalers' schedules is a minute: at the speed of tests the functions would be all that runs.
    const world = await openWorld("real", { clock: new RunningClock() });
    try {
        const projectDir = world.project(fleetProgram(count));
        const metered = meter();
        const up = await world.engine.up({ projectDir });
        if (up.exitCode !== 0) throw new Error(`The deployment failed:\n${up.stdout}${up.stderr}`);
        const there = await look(world);
        say(`deployed in ${Math.round(up.milliseconds / 1_000)} s: ${JSON.stringify(there)}`);
        const down = await world.engine.destroy({ projectDir });
        if (down.exitCode !== 0) throw new Error(`The destroy failed:\n${down.stdout}${down.stderr}`);
        const left = await look(world);
        const { all } = metered.stop();
        const alarmsEach = there.alarms / count;
        const whole = Number.isInteger(alarmsEach) && alarmsEach > 0 ? Math.min(there.streams, there.functions) : 0;
        const gone = left.streams + left.functions + left.alarms === 0 ? whole : 0;
        const seconds = Math.round((up.milliseconds + down.milliseconds) / 1_000);
        const resident = Math.round(process.memoryUsage().rss / 1_048_576);
        return [
            {
                ours: `${gone}, ${alarmsEach} alarms each, ${seconds} s, ${Math.round(all)} s CPU, sandbox ${resident} MiB`,
                theirs: String(count),
                figure: (100 * gone) / count,
            },
        ];
    } finally {
        await world.close();
    }
}

/** What the services themselves have. */
async function look({ sandbox }: OpenedWorld): Promise<Record<"streams" | "functions" | "alarms", number>> {
    const { endpoint, region, credentials } = sandbox;
    const access = { endpoint, region, credentials };
    const kinesis = newClient(KinesisClient, access);
    const lambda = newClient(LambdaClient, access);
    const cloudwatch = newClient(CloudWatchClient, access);
    const found = { streams: 0, functions: 0, alarms: 0 };
    const AlarmTypes = ["MetricAlarm" as const, "CompositeAlarm" as const];
    for await (const page of paginateListStreams({ client: kinesis }, {})) found.streams += page.StreamNames!.length;
    for await (const page of paginateListFunctions({ client: lambda }, {})) found.functions += page.Functions!.length;
    for await (const { MetricAlarms = [], CompositeAlarms = [] } of paginateDescribeAlarms(
        { client: cloudwatch },
        { AlarmTypes },
    ))
        found.alarms += MetricAlarms.length + CompositeAlarms.length;
    for (const client of [kinesis, lambda, cloudwatch]) client.destroy();
    return found;
}
