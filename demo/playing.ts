/**
 * The day on the screen: what happens in the streams is shown as it happens, and collected for the report.
 */
import { type Aws } from "../engine/providers/aws";
import { type AlarmChange, type DayOptions, type Moment, playDay } from "./day";
import { type ScalerDecision, ScalerLogs } from "./decisions";
import { addMoment, newlyPlayed, type Played, totalOf } from "./played";
import { type Scaler } from "./streams";
import { clockTime, type View } from "./view";

interface PlayStage extends Omit<DayOptions, "onMoment" | "onAlarm"> {
    readonly aws: Aws;
    readonly scalers: readonly Scaler[];
    readonly view: View;
}

export async function play(stage: PlayStage): Promise<Played> {
    const { aws, scalers, streams, view, day, clock } = stage;
    const scalerLogs = new ScalerLogs(aws, scalers);
    const played = streams.map(newlyPlayed);
    const alarms: AlarmChange[] = [];
    const decisions: ScalerDecision[] = [];
    const alarmsNow = new Set<string>();
    const dayEndMs = day.endMs;
    // What happened since the moment before, shown in the order of time.
    let lines: { timeMs: number; text: string }[] = [];
    const onMoment = async (moments: readonly Moment[], timeMs: number) => {
        for (const [index, moment] of moments.entries()) addMoment(played[index]!, moment);
        for (const decision of await scalerLogs.until(timeMs)) {
            decisions.push(decision);
            const { streamName, reason, message } = decision;
            const whose = streams.length > 1 ? ` of ${streamName}` : "";
            const text = `${view.colours.cyan("scaler")}${whose} ${reason}: ${message}`;
            lines.push({ timeMs: decision.timeMs, text });
        }
        for (const line of lines.sort((left, right) => left.timeMs - right.timeMs))
            view.line(`  ${clockTime(line.timeMs, dayEndMs)}  ${line.text}`);
        lines = [];
        view.moment(played, { ...totalOf(played), dayEndMs, alarmsNow: [...alarmsNow] });
    };
    const onAlarm = (alarm: AlarmChange) => {
        alarms.push(alarm);
        const fired = alarm.state === "ALARM";
        if (fired) alarmsNow.add(alarm.alarmName);
        else alarmsNow.delete(alarm.alarmName);
        const state = fired ? view.colours.red(alarm.state) : view.colours.green(alarm.state);
        lines.push({ timeMs: alarm.timeMs, text: `${state}  ${alarm.alarmName}` });
    };
    try {
        await playDay({ ...stage, onMoment, onAlarm });
    } finally {
        view.endPanel();
    }
    const stopped = clock.nowMs() < day.endMs ? { stoppedAtMs: clock.nowMs() } : {};
    return { streams: played, alarms, decisions, dayEndMs, ...stopped, ...totalOf(played) };
}
