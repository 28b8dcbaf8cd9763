/**
 * What a bench tells `npm run bench`: its bars, what each is measured against, and what came out. Every file of bench/bars/ has one `bench`.
 */

/** One line of the table: a figure, and what it has to be. */
export interface Bar {
    /** What is measured, with its size. */
    readonly what: string;
    /** What stands beside it: what one would use, or write, without this project. */
    readonly alternative: string;
    /** The most, or the least, that the figure may be; without either the line is a figure and no bar. */
    readonly most?: number;
    readonly least?: number;
    /** Of the figure. @default "x", a ratio to the alternative */
    readonly unit?: string;
}

/** What came of a bar: in words and units of its own, and the figure that the bar is about. */
export interface Measured {
    readonly ours: string;
    readonly theirs: string;
    readonly figure: number;
}

export interface BenchOptions {
    /** Fewer rounds and smaller sizes: to see that it runs, and where it stands roughly. */
    readonly quick: boolean;
    /** Tells whoever waits how far it is. */
    readonly say: (line: string) => void;
}

export interface Bench {
    /** In a line: what this is about. */
    readonly about: string;
    /** What has to be there; without it the lines say so, and nothing else is run. */
    readonly needs?: readonly Need[];
    readonly bars: readonly Bar[];
    /** As many as there are bars, in their order. */
    readonly measure: (options: BenchOptions) => Promise<readonly Measured[]>;
}

/** What may be absent on a machine, and how one gets it. */
export const needNames = {
    build: "the built packages (npm run build)",
    engine: "the Pulumi CLI (npm run engine)",
    python: "python3",
    linux: "Linux, for /proc",
} as const;

export type Need = keyof typeof needNames;

export function median(values: readonly number[]): number {
    const sorted = [...values].sort((left, right) => left - right);
    return sorted[Math.floor(sorted.length / 2)]!;
}

/**
 * Measures two things in turn, so many times, in alternating order: whatever else the machine does hits both. The first round fills caches
 * and does not count.
 */
export async function inTurn<Name extends string, Sample>(
    names: readonly [Name, Name],
    pairs: number,
    measure: (name: Name) => Promise<Sample>,
    tell: (pair: number, samples: Readonly<Record<Name, Sample>>) => void,
): Promise<readonly Readonly<Record<Name, Sample>>[]> {
    const measured: Record<Name, Sample>[] = [];
    for (let pair = 0; pair <= pairs; pair++) {
        const samples = {} as Record<Name, Sample>;
        for (const name of pair % 2 === 0 ? names : [...names].reverse()) samples[name] = await measure(name);
        if (pair === 0) continue;
        measured.push(samples);
        tell(pair, samples);
    }
    return measured;
}
