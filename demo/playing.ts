/**
 * The day on the screen: what happens in the stream is shown as it happens, and collected for the report.
 */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { prices } from "../capacity/sizing/prices";
import { type Sandbox } from "../sandbox/index";
import { type AlarmChange, type Moment, playDay } from "./day";
import { type ScalerDecision, ScalerLog } from "./decisions";
import { type Load, recordBytes, recordsPerSecondPerShard } from "./load";
import { type DeployedStack, type PulumiStage } from "./stack";
import { type Day } from "./trace";
import { clockTime } from "./view";

export interface PlayStage extends Pick<PulumiStage, "clock" | "view" | "signal"> {
    readonly sandbox: Sandbox;
    readonly stack: DeployedStack;
    readonly day: Day;
    readonly load: Load;
}

export interface Played {
    readonly moments: readonly Moment[];
    readonly alarms: readonly AlarmChange[];
    readonly decisions: readonly ScalerDecision[];
    readonly acceptedRecords: number;
    readonly refusedRecords: number;
    readonly dollars: number;
}

export async function play({ sandbox, clock, stack, day, load, view, signal }: PlayStage): Promise<Played> {
    const client = { endpoint: sandbox.endpoint, region: sandbox.region, credentials: sandbox.credentials };
    const kinesis = new KinesisClient(client);
    const cloudWatch = new CloudWatchClient(client);
    const scalerLog = new ScalerLog(sandbox.cloud.logs, stack.scalerFunctionName);
    const moments: Moment[] = [];
    const alarms: AlarmChange[] = [];
    const decisions: ScalerDecision[] = [];
    const alarmsNow = new Set<string>();
    const total = { acceptedRecords: 0, refusedRecords: 0, dollars: 0 };
    const onMoment = (moment: Moment) => {
        moments.push(moment);
        total.acceptedRecords += moment.acceptedRecords;
        total.refusedRecords += moment.refusedRecords;
        total.dollars += moment.shardHours * prices.shardHour + moment.acceptedRecords * prices.putPayloadUnit;
        for (const decision of scalerLog.fresh()) {
            decisions.push(decision);
            const { timeMs, reason, message } = decision;
            view.line(`  ${clockTime(timeMs)}  ${view.colours.cyan("scaler")} ${reason}: ${message}`);
        }
        view.moment(moment, { ...total, alarmsNow: [...alarmsNow] }, recordsPerSecondPerShard);
    };
    const onAlarm = (alarm: AlarmChange) => {
        alarms.push(alarm);
        const fired = alarm.state === "ALARM";
        if (fired) alarmsNow.add(alarm.alarmName);
        else alarmsNow.delete(alarm.alarmName);
        const state = fired ? view.colours.red(alarm.state) : view.colours.green(alarm.state);
        view.line(`  ${clockTime(alarm.timeMs)}  ${state}  ${alarm.alarmName}`);
    };
    try {
        await playDay({
            clock,
            kinesis,
            cloudWatch,
            streamName: stack.streamName,
            day,
            recordsPerUnit: load.recordsPerUnit(stack.plannedShards),
            recordBytes,
            recordWeight: load.recordWeight,
            signal,
            onMoment,
            onAlarm,
        });
    } finally {
        view.endPanel();
        kinesis.destroy();
        cloudWatch.destroy();
    }
    return { moments, alarms, decisions, ...total };
}
