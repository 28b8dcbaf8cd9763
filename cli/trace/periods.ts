/**
 * How long the rows of a trace last: as far as it is from each to the next, usually. Older rows may be coarser, as CloudWatch keeps them.
 */
import { formatRate, timeText } from "../../capacity/text";
import { UsageError } from "../command";

/** Rows one behind the other that each stand for the same time. */
export interface Stretch {
    /** By number, from here until before there. */
    readonly firstRow: number;
    readonly endRow: number;
    readonly periodSeconds: number;
}

/** When the rows begin that count, in ms and rising. */
export interface RowTimes {
    /** The file's in messages. */
    readonly name: string;
    readonly rows: number;
    at(row: number): number;
}

const distancesLooked = 10_000;

/** The usual distance between two rows, in seconds. */
export function usualPeriod({ name, rows, at }: RowTimes): number {
    if (rows < 2) throw new UsageError(`${name} has one row; tell how long it lasts with --period, in seconds.`);
    const step = Math.max(1, Math.floor(rows / distancesLooked));
    const distances: number[] = [];
    for (let row = 1; row < rows; row += step) distances.push(at(row) - at(row - 1));
    distances.sort((left, right) => left - right);
    return distances[distances.length >> 1]! / 1_000;
}

/**
 * Every row stands for the usual time, and what is longer until the next is a gap; but where all of one distance are followed by all of a shorter
 * one, each row stands for its own.
 * @throws UsageError where a steady distance is neither
 */
export function stretchesOf(times: RowTimes, usualSeconds: number, told: string[]): readonly Stretch[] {
    const spells = steadySpells(times);
    const getShorter = spells.every((spell, at) => at === 0 || spell.periodSeconds < spells[at - 1]!.periodSeconds);
    if (!getShorter) refuseUnlessGaps(times, spells, usualSeconds);
    if (spells.length < 2 || !getShorter) return [{ firstRow: 0, endRow: times.rows, periodSeconds: usualSeconds }];
    told.push(`Rows come ${everyText(times, spells)}: each stands for its own time (--period tells one for all).`);
    return spells.map(({ firstRow, periodSeconds }, at) => ({
        firstRow: at === 0 ? 0 : firstRow,
        endRow: spells[at + 1]?.firstRow ?? times.rows,
        periodSeconds,
    }));
}

interface Spell {
    readonly firstRow: number;
    readonly periodSeconds: number;
    /** How many stand at that distance. */
    readonly rows: number;
}

/** So many distances one behind the other that are the same are no chance. */
const steadyRows = 12;

/** Where rows come steadily, in the order of time; those of one period that follow each other are one, whatever comes between. */
function steadySpells({ rows, at }: RowTimes): Spell[] {
    const spells: Spell[] = [];
    for (let first = 0, row = 1; row < rows; row++) {
        const next = row + 1 < rows ? at(row + 1) - at(row) : Infinity;
        if (isSame(next, at(first + 1) - at(first))) continue;
        const steady = row - first;
        if (steady >= steadyRows) {
            const periodSeconds = (at(row) - at(first)) / steady / 1_000;
            const last = spells.at(-1);
            if (last === undefined || !isSame(periodSeconds, last.periodSeconds))
                spells.push({ firstRow: first, periodSeconds, rows: steady });
            else spells[spells.length - 1] = { ...last, rows: last.rows + steady };
        }
        first = row;
    }
    return spells;
}

/** A row may come a little early or late. */
function isSame(one: number, other: number): boolean {
    return Math.abs(one - other) <= 0.1 * other;
}

/** Nothing is written in the nights of many streams but a sign of life. */
const gapsSecondsMax = 86_400;

/** Longer distances than usual are gaps where none goes on for more than a day. */
function refuseUnlessGaps(times: RowTimes, spells: readonly Spell[], usualSeconds: number): void {
    const areGaps = ({ periodSeconds, rows }: Spell) =>
        isSame(periodSeconds, usualSeconds) || (periodSeconds > usualSeconds && rows * periodSeconds <= gapsSecondsMax);
    if (spells.every(areGaps)) return;
    throw new UsageError(
        `${times.name}: rows come ${everyText(times, spells)}; tell with --period how many seconds each stands for, or keep the rows of one period.`,
    );
}

/** A list goes no further. */
const spellsTold = 4;

function everyText({ at }: RowTimes, spells: readonly Spell[]): string {
    const parts = spells.slice(0, spellsTold).map(({ periodSeconds }, number) => {
        const until = spells[number + 1];
        return `every ${formatRate(periodSeconds)} s${until === undefined ? "" : ` until ${timeText(at(until.firstRow))}`}`;
    });
    return parts.join(", then ") + (spells.length > spellsTold ? ", and so on" : "");
}
