/**
 * The time that a request asks for: its seconds, and the windows in it.
 */
import { timestampMs } from "../wire/shape";
import { floorToMinute, type Windows } from "./store";

/** When a request says that its time begins and ends. */
interface Times {
    readonly StartTime: number | string;
    readonly EndTime: number | string;
}

/** AWS compares the two in whole seconds. */
export function secondsOf({ StartTime, EndTime }: Times): { start: number; end: number } {
    return { start: Math.floor(timestampMs(StartTime) / 1_000), end: Math.floor(timestampMs(EndTime) / 1_000) };
}

/** The windows from the minute in which a request's time begins. */
export function windowsOf(input: Times): (periodSeconds: number) => Windows {
    const startMs = floorToMinute(timestampMs(input.StartTime));
    const endMs = timestampMs(input.EndTime);
    return (periodSeconds) => {
        const periodMs = periodSeconds * 1_000;
        return { startMs, periodMs, count: Math.ceil((endMs - startMs) / periodMs) };
    };
}
