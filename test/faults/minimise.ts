/**
 * Takes away from a schedule that breaks a law whatever it breaks it without: what is left is the story.
 */
import { type Code } from "./code";
import { type Law } from "./laws";
import { breaks, type Schedule } from "./schedules";

/** The parts that may be left out, one by one or all together. */
const lists = ["events", "faults", "cadence", "load"] as const;
/** What a stream is where nothing special is wanted of it. */
const plain = { splits: 0, ledger: "own", shardsPerPage: 10_000, metricsLateSeconds: 60, updateSeconds: 30 } as const;
const playsMost = 400;

export async function minimise(schedule: Schedule, law: Law, code: Code): Promise<Schedule> {
    let best = schedule;
    let plays = 0;
    const isBetter = async (candidate: Schedule): Promise<boolean> => {
        if (plays++ >= playsMost || !(await breaks(candidate, law, code))) return false;
        best = candidate;
        return true;
    };
    for (let wasBetter = true; wasBetter;) {
        wasBetter = false;
        for (const candidate of simpler(best)) {
            if (!(await isBetter(candidate(best)))) continue;
            wasBetter = true;
        }
        if (plays >= playsMost) break;
    }
    return best;
}

type Simplify = (schedule: Schedule) => Schedule;

function simpler(schedule: Schedule): Simplify[] {
    if (schedule.arena === "producer") return Object.keys(schedule.scenario.faults).map((name) => withoutFault(name));
    const shorter = lists.flatMap((list) => {
        const { length } = schedule[list];
        // From the end, so that what stands before keeps its place.
        const single = Array.from({ length }, (_, at) => without(list, length - 1 - at, 1));
        return length > 3
            ? [without(list, Math.floor(length / 2), length), without(list, 0, Math.floor(length / 2)), ...single]
            : single;
    });
    const plainer = Object.entries(plain).map(
        ([name, value]): Simplify =>
            (from) =>
                ({ ...from, [name]: value }) as Schedule,
    );
    return [...shorter, ...plainer.filter((change) => JSON.stringify(change(schedule)) !== JSON.stringify(schedule))];
}

function without(list: (typeof lists)[number], at: number, count: number): Simplify {
    return (from) => {
        if (from.arena !== "stream") return from;
        const left = from[list].filter((_, index) => index < at || index >= at + count);
        // There is always some load.
        return list === "load" && left.length === 0 ? from : { ...from, [list]: left };
    };
}

function withoutFault(name: string): Simplify {
    return (from) => {
        if (from.arena !== "producer") return from;
        const { scenario } = from;
        return { ...from, scenario: { ...scenario, faults: { ...scenario.faults, [name]: 0 } } };
    };
}
