/**
 * The charts of a day: load and capacity, refusals and shards of each stream, shaded where an alarm was on.
 */
import { type AlarmChange } from "./day";
import { type PlayedStream } from "./played";

/** Where the charts of a stream are drawn. */
export function chartsOf(index: number): string {
    return `<div class="charts" data-stream="${index}"></div>`;
}

/** What the script of the page draws from. */
export function chartsData(streams: readonly PlayedStream[], alarms: readonly AlarmChange[]): object {
    const names = streams.map(({ stream }) => stream.name);
    return streams.map(({ stream, moments }) => ({
        times: moments.map(({ timeMs }) => timeMs / 1_000),
        offered: moments.map(({ offeredRecordsPerSecond }) => Math.round(offeredRecordsPerSecond * 10) / 10),
        capacity: moments.map(({ openShards }) => Math.round(openShards * stream.load.recordsPerSecondPerShard)),
        refused: moments.map(({ refusedRecords }) => refusedRecords),
        shards: moments.map(({ openShards }) => openShards),
        alarms: alarmTimes(
            alarms.filter(({ alarmName }) => [undefined, stream.name].includes(streamOfAlarm(alarmName, names))),
        ),
    }));
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
const x = { value: "{HH}:{mm}", axis: [[3600, "{HH}:{mm}", null, null, null, null, null, null, 1], [60, "{HH}:{mm}", null, null, null, null, null, null, 1]] };
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
        drawChart(place, title, x, series, [stream.times, ...columns.map((column) => stream[column])], { drawClear: [bands(stream.alarms)] });
}
`;
