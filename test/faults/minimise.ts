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
/** A story that is nearly as short as it could be is told sooner than the shortest. */
const secondsMost = 30;

export async function minimise(schedule: Schedule, law: Law, code: Code): Promise<Schedule> {
    const untilMs = performance.now() + secondsMost * 1_000;
    let best = schedule;
    for (let wasBetter = true; wasBetter;) {
        wasBetter = false;
        for (const simplify of simpler(best)) {
            const candidate = simplify(best);
            if (JSON.stringify(candidate) === JSON.stringify(best)) continue;
            if (performance.now() > untilMs) return best;
            if (!(await breaks(candidate, law, code))) continue;
            best = candidate;
            wasBetter = true;
        }
    }
    return best;
}

type Simplify = (schedule: Schedule) => Schedule;

function simpler(schedule: Schedule): Simplify[] {
    if (schedule.arena === "producer") return Object.keys(schedule.scenario.faults).map((name) => withoutFault(name));
    const shorter = lists.flatMap((list) => chunks(schedule[list].length).map(({ at, of }) => without(list, at, of)));
    const plainer = Object.entries(plain).map(
        ([name, value]): Simplify =>
            (from) =>
                ({ ...from, [name]: value }) as Schedule,
    );
    return [...shorter, ...plainer];
}

/** Halves, quarters and so on down to single ones; from the end, so that what stands before keeps its place. */
function chunks(length: number): { readonly at: number; readonly of: number }[] {
    const all = [];
    for (let of = length; of >= 1; of = of === 1 ? 0 : Math.ceil(of / 2))
        for (let at = length - of; at > -of; at -= of) all.push({ at: Math.max(0, at), of: at < 0 ? of + at : of });
    return all;
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
