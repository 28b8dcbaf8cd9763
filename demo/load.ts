/**
 * How much of the trace's load the demo sends: in records per second for one unit of the trace, thinned to what a minute takes.
 */
import path from "node:path";
import { limits } from "../capacity/limits";
import { type DemoOptions, root } from "./options";
import { type Day } from "./trace";

/** The average record of examples/orders: 3.5 MiB/s in 2,500 records/s. */
export const recordBytes = 1_468;
export const recordsPerSecondPerShard = Math.min(
    limits.shardWriteRecordsPerSecond,
    limits.shardWriteBytesPerSecond / recordBytes,
);
/** About so many records are really sent, whatever the trace: enough to fill shards evenly, few enough for half a minute. */
const recordsToSend = 160_000;
/** How far above the planned capacity the peak of another trace is scaled, so that there is something to see. */
const overload = 1.3;

export interface Load {
    readonly recordWeight: number;
    /** Records per second for one unit of the trace, once the planned shards are known. */
    readonly recordsPerUnit: (plannedShards: number) => number;
}

/** The project's own day is in records per second; another trace is scaled by its peak. */
export function scaleOf({ trace, scaleToShards }: DemoOptions, day: Day): Load {
    const peak = Math.max(...day.points.map((point) => point.load));
    const ownUnits =
        scaleToShards === undefined &&
        day.column === "recordsPerSecond" &&
        path.dirname(trace) === path.join(root, "examples/traces");
    const recordsPerUnit = (plannedShards: number) =>
        ownUnits ? 1 : ((scaleToShards ?? overload * plannedShards) * recordsPerSecondPerShard) / peak;
    // How many shards are planned is not known before the deployment; for the weight a usual number is good enough.
    const usualShards = 5;
    const averageLoad = day.points.reduce((sum, point) => sum + point.load, 0) / day.points.length;
    const recordsOfDay = (averageLoad * recordsPerUnit(usualShards) * (day.endMs - day.startMs)) / 1_000;
    return { recordsPerUnit, recordWeight: Math.max(1, Math.round(recordsOfDay / recordsToSend)) };
}
