/**
 * The charts of a day: load and capacity, refusals and shards of each stream, shaded where an alarm was on.
 */
import { type AlarmChange, type Moment } from "./day";
import { type Played } from "./played";

/** Where the charts of a stream are drawn. */
export function chartsOf(index: number): string {
    return `<div class="charts" data-stream="${index}"></div>`;
}

/** What the script of the page draws from. */
export function chartsData({ streams, alarms, dayEndMs }: Pick<Played, "streams" | "alarms" | "dayEndMs">): object {
    const names = streams.map(({ stream }) => stream.name);
    return streams.map(({ stream, moments }) => ({
        dayEnd: dayEndMs / 1_000,
        times: [...moments.slice(0, 1).map(startSeconds), ...moments.map(({ timeMs }) => timeMs / 1_000)],
        offered: fromStart(moments, ({ offeredRecordsPerSecond }) => Math.round(offeredRecordsPerSecond * 10) / 10),
        capacity: fromStart(moments, ({ openShards }) => Math.round(openShards * stream.load.recordsPerSecondPerShard)),
        refused: fromStart(moments, ({ refusedRecords }) => refusedRecords),
        shards: fromStart(moments, ({ openShards }) => openShards),
        alarms: alarmTimes(
            alarms.filter(({ alarmName }) => [undefined, stream.name].includes(streamOfAlarm(alarmName, names))),
        ),
    }));
}

function startSeconds({ timeMs, hours }: Moment): number {
    return timeMs / 1_000 - hours * 3_600;
}

/** A moment tells of the time before it: the first one also of where the day begins. */
function fromStart(moments: readonly Moment[], value: (moment: Moment) => number): number[] {
    return [...moments.slice(0, 1), ...moments].map(value);
}

/** An alarm has its stream's name in front, of which another stream's may be the beginning; one of another name may be about any. */
export function streamOfAlarm(alarmName: string, streamNames: readonly string[]): string | undefined {
    return streamNames
        .filter((name) => alarmName.startsWith(name))
        .sort((left, right) => right.length - left.length)
        .at(0);
}

/** From when until when an alarm was on, in seconds; without an end it still is. */
function alarmTimes(alarms: readonly AlarmChange[]): { from: number; to: number | undefined }[] {
    return alarms.flatMap((alarm, index) => {
        if (alarm.state !== "ALARM") return [];
        const cleared = alarms
            .slice(index + 1)
            .find((later) => later.alarmName === alarm.alarmName && later.state !== "ALARM");
        return [{ from: alarm.timeMs / 1_000, to: cleared && cleared.timeMs / 1_000 }];
    });
}

/** Runs in the page, with the tools of every page with charts. */
export const chartsScript = `
const rows = [
    ["Load and capacity", ["offered", "capacity"], [line("offered records/s", "load"), line("what the open shards take", "capacity", stepped)]],
    ["Refused", ["refused"], [line("records refused in five minutes", "refused")]],
    ["Open shards", ["shards"], [line("open shards", "capacity", stepped)]],
];
const x = (dayEnd) => {
    const timeText = (time) => (time === dayEnd && time % day === 0 ? "24:00" : clockOf(time));
    return { value: (plot, time) => (time == null ? "" : timeText(time)), axis: (plot, ticks) => ticks.map(timeText) };
};
const bands = (alarms) => (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.fillStyle = colour("alarm");
    for (const { from, to } of alarms) {
        const [left, right] = [from, to ?? plot.scales.x.max].map((at) => Math.min(Math.max(plot.valToPos(at, "x", true), bbox.left), bbox.left + bbox.width));
        if (right > left) ctx.fillRect(left, bbox.top, Math.max(1, right - left), bbox.height);
    }
    ctx.restore();
};
for (const place of document.querySelectorAll(".charts")) {
    const stream = data[place.dataset.stream];
    for (const [title, columns, series] of rows)
        drawChart(place, title, x(stream.dayEnd), series, [stream.times, ...columns.map((column) => stream[column])], { drawClear: [bands(stream.alarms)] });
}
`;
