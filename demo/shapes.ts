/**
 * Days of load by name, for who has no trace: in parts of the peak, minute by minute.
 */
import { type Day, undatedDayMs } from "./trace";

/** The load at an hour of the day, 0 to 24; 1 is the peak. */
export const shapes = {
    /** Quiet at night, a first peak at noon, the highest at eight in the evening. */
    daily: (hour) => Math.min(1, 0.15 + 0.55 * bell(hour, 12, 3) + 0.85 * bell(hour, 20, 2)),
    /** A third of the peak all day, and the peak for ten minutes of every second hour. */
    bursts: (hour) => (hour % 2 >= 1 && hour % 2 < 1 + 1 / 6 ? 1 : 1 / 3),
    flat: () => 1,
    /** Next to nothing until ten; then the peak at once, which fades over the rest of the day. */
    launch: (hour) => (hour < 10 ? 0.05 : 0.2 + 0.8 * Math.exp(-(hour - 10) / 3)),
} satisfies Record<string, (hour: number) => number>;

export type ShapeName = keyof typeof shapes;

const startMs = undatedDayMs;
const minutesPerDay = 1_440;

export function shapedDay(name: ShapeName): Day {
    const load: (hour: number) => number = shapes[name];
    return {
        startMs,
        endMs: startMs + minutesPerDay * 60_000,
        column: name,
        points: Array.from({ length: minutesPerDay }, (_, minute) => ({
            timeMs: startMs + minute * 60_000,
            load: load(minute / 60),
        })),
        skippedRows: 0,
    };
}

/** 1 at the middle, falling off on both sides. */
function bell(hour: number, middle: number, width: number): number {
    return Math.exp(-(((hour - middle) / width) ** 2) / 2);
}
