/** The statistics that CloudWatch makes of a minute's data. */
import { type Statistics } from "./store";

const rows = {
    Sum: ({ sum }: Statistics) => sum,
    SampleCount: ({ sampleCount }: Statistics) => sampleCount,
    Average: ({ sum, sampleCount }: Statistics) => sum / sampleCount,
    Minimum: ({ minimum }: Statistics) => minimum,
    Maximum: ({ maximum }: Statistics) => maximum,
} as const;

export type Statistic = keyof typeof rows;

export const statisticNames = Object.keys(rows) as Statistic[];

export function isStatistic(name: unknown): name is Statistic {
    return typeof name === "string" && Object.hasOwn(rows, name);
}

export function statisticOf(name: Statistic, statistics: Statistics): number {
    return rows[name](statistics);
}
