/**
 * The day on the screen: what happens in the streams is shown as it happens, and collected for the report.
 */
import { type Aws } from "../engine/providers/aws";
import { type AlarmChange, type DayOptions, type Moment, playDay } from "./day";
import { type ScalerDecision, ScalerLogs } from "./decisions";
import { dollarsOf } from "./paid";
import { type DeployedStream, type Scaler } from "./streams";
import { clockTime, type View } from "./view";

export interface PlayStage extends Omit<DayOptions, "onMoment" | "onAlarm"> {
    readonly aws: Aws;
    readonly scalers: readonly Scaler[];
    readonly view: View;
}

/** A stream's day. */
export interface PlayedStream {
    readonly stream: DeployedStream;
    readonly moments: Moment[];
    acceptedRecords: number;
    refusedRecords: number;
    dollars: number;
}

export interface Played {
    readonly streams: readonly PlayedStream[];
    readonly alarms: readonly AlarmChange[];
    readonly decisions: readonly ScalerDecision[];
    readonly acceptedRecords: number;
    readonly refusedRecords: number;
    readonly dollars: number;
}

export async function play(stage: PlayStage): Promise<Played> {
    const { aws, scalers, streams, view } = stage;
    const scalerLogs = new ScalerLogs(aws, scalers);
    const played = streams.map((stream): PlayedStream => ({ stream, moments: [], ...nothing() }));
    const alarms: AlarmChange[] = [];
    const decisions: ScalerDecision[] = [];
    const alarmsNow = new Set<string>();
    const onMoment = async (moments: readonly Moment[], timeMs: number) => {
        for (const [index, moment] of moments.entries()) add(played[index]!, moment);
        for (const decision of await scalerLogs.until(timeMs)) {
            decisions.push(decision);
            const { streamName, reason, message } = decision;
            const whose = streams.length > 1 ? ` of ${streamName}` : "";
            view.line(`  ${clockTime(decision.timeMs)}  ${view.colours.cyan("scaler")}${whose} ${reason}: ${message}`);
        }
        view.moment(played, { ...totalOf(played), alarmsNow: [...alarmsNow] });
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
        await playDay({ ...stage, onMoment, onAlarm });
    } finally {
        view.endPanel();
    }
    return { streams: played, alarms, decisions, ...totalOf(played) };
}

const nothing = () => ({ acceptedRecords: 0, refusedRecords: 0, dollars: 0 });

function add(played: PlayedStream, moment: Moment): void {
    played.moments.push(moment);
    played.acceptedRecords += moment.acceptedRecords;
    played.refusedRecords += moment.refusedRecords;
    played.dollars += dollarsOf(played.stream, moment);
}

function totalOf(streams: readonly PlayedStream[]): Pick<Played, "acceptedRecords" | "refusedRecords" | "dollars"> {
    const total = nothing();
    for (const { acceptedRecords, refusedRecords, dollars } of streams) {
        total.acceptedRecords += acceptedRecords;
        total.refusedRecords += refusedRecords;
        total.dollars += dollars;
    }
    return total;
}
