/**
 * Processor time of every process that this one starts, since the machine may be busy with other work. Linux only: it reads /proc.
 */
import * as fs from "node:fs";

const pollMs = 25;
const ticksPerSecond = 100;

export interface Spent {
    /** Processor seconds of all of them. */
    readonly all: number;
    /** Of them, those of processes whose command has the word. */
    readonly marked: number;
}

/** Adds up what the descendants of this process use from now on, also of those that their end leaves behind. */
export function meter(word?: string): { stop(): Spent } {
    const seconds = new Map<number, number>();
    const before = new Map<number, number>();
    const isMarked = new Map<number, boolean>();
    const poll = () => {
        for (const found of processes()) {
            const { pid, parent } = found;
            if (parent !== process.pid && !seconds.has(parent) && !seconds.has(pid)) continue;
            seconds.set(pid, found.seconds);
            if (word !== undefined) isMarked.set(pid, isMarked.get(pid) || commandOf(pid).includes(word));
        }
    };
    poll();
    seconds.forEach((spent, pid) => before.set(pid, spent));
    const timer = setInterval(poll, pollMs);
    return {
        stop: () => {
            clearInterval(timer);
            const sum = (pids: readonly number[]) =>
                pids.reduce((total, pid) => total + seconds.get(pid)! - (before.get(pid) ?? 0), 0);
            const pids = [...seconds.keys()];
            return { all: sum(pids), marked: sum(pids.filter((pid) => isMarked.get(pid))) };
        },
    };
}

interface Process {
    readonly pid: number;
    readonly parent: number;
    readonly seconds: number;
}

/** Parents before their children. */
function processes(): Process[] {
    const pids = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids
        .map(Number)
        .sort((left, right) => left - right)
        .flatMap((pid) => {
            const fields = fieldsOf(pid);
            return fields === undefined ? [] : [{ pid, parent: Number(fields[1]), seconds: secondsIn(fields) }];
        });
}

/** User and system time of one process, with all its threads, so far. */
export function processorSecondsOf(pid: number): number {
    return secondsIn(fieldsOf(pid) ?? []);
}

/** The command's name may hold spaces; behind its bracket come state, parent and, eleven fields on, user and system time. */
function fieldsOf(pid: number): readonly string[] | undefined {
    const stat = readOf(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return stat === "" || fields[0] === "Z" ? undefined : fields;
}

function secondsIn(fields: readonly string[]): number {
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function commandOf(pid: number): string {
    return readOf(`/proc/${pid}/cmdline`);
}

function readOf(file: string): string {
    try {
        return fs.readFileSync(file, "utf8");
    } catch {
        return "";
    }
}
