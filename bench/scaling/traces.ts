/**
 * The loads that policies are judged by: those that constants may be tuned on, those that are kept for the end, and those of services elsewhere, which
 * were met after all constants were chosen.
 *
 * A load is in shards, a number a second, scaled so that the 99.9th percentile of its seconds needs the wanted number of them: the declared peak.
 */
import { csvLoad, type CsvTrace } from "./csv";
import { quantile } from "./noise";
import { bursts, type Bursty, humps, once, ramps, rhythm } from "./shapes";

/** `beyond`: events of many times the usual load, where hardly anybody keeps to a refused part of a thousandth; told, and in no index. */
export const traceSets = ["tuning", "heldOut", "services", "beyond"] as const;

export type TraceSet = (typeof traceSets)[number];

/** The whole, or one of its halves: what was tuned on the first is reported on the second. */
export const parts = ["all", "first", "second"] as const;

export type Part = (typeof parts)[number];

export interface Trace {
    /** Such as `bursts@10`. */
    readonly name: string;
    /** The declared peak. */
    readonly shards: number;
    /** What it was before the load was scaled to it. */
    readonly declared: number;
    readonly loadPerSecond: Float64Array;
}

interface Row {
    readonly name: string;
    readonly set: TraceSet;
    /** Undefined where it lies in a folder that is not there. */
    readonly load: (folder: string | undefined) => Float64Array | undefined;
    /** The peak was declared after so many days; what came later was a surprise. @default all of them */
    readonly declaredDays?: number;
}

const bursty = { days: 22, atHalfHours: 1 - 0.29, regular: 0.55 };

/** Of the traces that have spikes. */
export const burstyTraces: Readonly<Record<string, Bursty>> = {
    bursts: { ...bursty, seed: 1 },
    bursts2: { ...bursty, seed: 11 },
    bursts3: { ...bursty, regular: 0.3, seed: 12 },
    irregular: { ...bursty, atHalfHours: 0, seed: 13 },
};

/** Of the traces whose minutes each draw something anew. */
export const rhythms: Readonly<Record<string, { readonly days: number; readonly seed: number }>> = {
    rhythm: { days: 58, seed: 2 },
    rhythm2: { days: 58, seed: 21 },
    rhythm3: { days: 40, seed: 22 },
};

const csv = { seed: 91, sigma: 0.05, daysMax: 21, secondsPerRow: 300 } satisfies Partial<CsvTrace>;

/** Every series by the minute of cloud-monitoring-dataset that is a rate of requests or of data, as it is published. */
const services: Readonly<Record<string, string>> = {
    ingress1: "ingress-01.csv",
    ingress2: "ingress-02.csv",
    ingress3: "ingress-03.csv",
    ingress4: "ingress-04.csv",
    ingress5: "ingress-05.csv",
    mongo1: "mongo-01.csv",
    mongo2: "mongo-02.csv",
    mongo3: "mongo-03.csv",
    mongo4: "mongo-04.csv",
    machine: "machine-01.csv",
};

/** Tweets that name a company. */
const tweets: Readonly<Record<string, string>> = {
    google: "Twitter_volume_GOOG.csv",
    facebook: "Twitter_volume_FB.csv",
    ibm: "Twitter_volume_IBM.csv",
};

const rows: readonly Row[] = [
    { name: "bursts", set: "tuning", load: () => bursts(burstyTraces.bursts!) },
    { name: "rhythm", set: "tuning", load: () => rhythm(rhythms.rhythm!) },
    { name: "daily", set: "tuning", load: () => humps({ days: 21, seed: 3 }) },
    { name: "weekly", set: "tuning", load: () => humps({ days: 28, seed: 4, weeks: true }) },
    { name: "ramps", set: "tuning", load: () => ramps({ days: 21, seed: 5 }) },
    { name: "step", set: "tuning", load: () => once({ days: 21, seed: 6, happens: "step" }) },
    { name: "noisy", set: "tuning", load: () => humps({ days: 21, seed: 7, sigma: 0.12, weeks: true }) },
    {
        name: "taxi",
        set: "tuning",
        load: (folder) => csvLoad(folder, { ...csv, file: "nyc_taxi.csv", secondsPerRow: 1_800 }),
    },
    { name: "twitter", set: "tuning", load: (folder) => csvLoad(folder, { ...csv, file: "Twitter_volume_AMZN.csv" }) },
    { name: "bursts2", set: "heldOut", load: () => bursts(burstyTraces.bursts2!) },
    { name: "bursts3", set: "heldOut", load: () => bursts(burstyTraces.bursts3!) },
    { name: "irregular", set: "heldOut", load: () => bursts(burstyTraces.irregular!) },
    { name: "rhythm2", set: "heldOut", load: () => rhythm(rhythms.rhythm2!) },
    { name: "rhythm3", set: "heldOut", load: () => rhythm(rhythms.rhythm3!) },
    { name: "flash", set: "heldOut", load: () => once({ days: 21, seed: 23, happens: "flash crowd" }) },
    { name: "gap", set: "heldOut", load: () => once({ days: 21, seed: 24, happens: "gap" }) },
    {
        name: "launch",
        set: "heldOut",
        load: () => once({ days: 21, seed: 25, happens: "launch day" }),
        declaredDays: 14,
    },
    {
        name: "elb",
        set: "heldOut",
        load: (folder) => csvLoad(folder, { ...csv, file: "elb_request_count_8c0756.csv", sigma: 0.065 }),
    },
    ...Object.entries(services).map(([name, file]): Row => ({
        name,
        set: "services",
        load: (folder) => csvLoad(folder, { ...csv, file, secondsPerRow: 60 }),
    })),
    {
        name: "worldcup",
        set: "services",
        load: (folder) => csvLoad(folder, { ...csv, file: "invocation_count.csv", secondsPerRow: 60, daysMax: 88 }),
    },
    ...Object.entries(tweets).map(([name, file]): Row => ({
        name,
        set: "beyond",
        load: (folder) => csvLoad(folder, { ...csv, file, daysMax: 40 }),
    })),
    {
        name: "network",
        set: "beyond",
        load: (folder) => csvLoad(folder, { ...csv, file: "ec2_network_in_257a54.csv" }),
    },
];

export const traceNames: readonly string[] = rows.map(({ name }) => name);

export interface TraceChoice {
    /** Of `traceNames`; without them all of the set. */
    readonly names?: readonly string[];
    readonly set?: TraceSet;
    /** Declared peaks. */
    readonly shards: readonly number[];
    /** The folder of published CSVs. */
    readonly folder?: string | undefined;
    /** Only the first so many days. */
    readonly days?: number | undefined;
    readonly part?: Part;
}

/** The chosen traces one after the other: one of them alone may take 40 MB. */
export function* chosenTraces(choice: TraceChoice): Generator<Trace> {
    for (const row of rows.filter(({ name, set }) => choice.names?.includes(name) ?? set === choice.set)) {
        const load = row.load(choice.folder);
        if (load === undefined) continue;
        const cut = partOf(load.subarray(0, (choice.days ?? Infinity) * 86_400), choice.part ?? "all");
        const known = row.declaredDays === undefined ? cut : load.subarray(0, row.declaredDays * 86_400);
        const declared = quantile(known, 0.999);
        for (const shards of choice.shards) {
            const loadPerSecond = cut.map((value) => (value * shards) / declared);
            yield { name: `${row.name}@${shards}`, shards, declared, loadPerSecond };
        }
    }
}

function partOf(load: Float64Array, part: Part): Float64Array {
    if (part === "all") return load;
    const middle = Math.floor(load.length / 2 / 86_400) * 86_400;
    return part === "first" ? load.subarray(0, middle) : load.subarray(middle);
}

/** Takes a word that is one of these, and says which there are where it is none. */
export function oneOf<Word extends string>(words: readonly Word[]): (word: string) => Word {
    return (word) => {
        const found = words.find((known) => known === word);
        if (found === undefined) throw new Error(`There is no ${word}. There are ${words.join(", ")}.`);
        return found;
    };
}
