/**
 * Ways to choose a partition key, tried on a population of users before there is any traffic.
 */
import { createHash } from "node:crypto";
import { uniformRing } from "./hashRing";
import { type KeySample, KeyTally } from "./sample";
import { type KeyVerdict } from "./cause";
import { type KeyJudgement, judgeSample } from "./verdict";
import { type Random, randomOf, uuid, zipf } from "./random";
import { closest } from "../text";

/** Who writes, and what: events of users in categories over a span of time. */
export interface Population {
    /** Users, each with an id. @default 100 */
    readonly users: number;
    /** How unequal users are: 0 all alike, 1 as people usually are, 1.5 a few do almost everything. @default 1 */
    readonly zipfExponent: number;
    /** Categories of events, all alike. @default 10 */
    readonly categories: number;
    /** Minutes over which the events are spread. @default 60 */
    readonly spanMinutes: number;
    /** Suffixes of the salted strategy. @default 10 */
    readonly suffixes: number;
}

export const defaultPopulation: Population = {
    users: 100,
    zipfExponent: 1,
    categories: 10,
    spanMinutes: 60,
    suffixes: 10,
};

export const comparisonDefaults = { shards: 4, samples: 10_000, seed: 1 } as const;

interface PopulationEvent {
    readonly user: string;
    readonly category: string;
    readonly minute: number;
}

interface StrategyRow {
    readonly description: string;
    readonly key: (event: PopulationEvent, population: Population, random: Random) => string;
    /** Keys that are written to at one moment, where the strategy itself limits them. */
    readonly keysAtOnce?: number;
    /** What becomes of the order of records. */
    readonly order: string;
}

const bucketMinutes = 10;

export const keyStrategies = {
    "user-based": {
        description: "the user's id",
        key: ({ user }) => user,
        order: "kept per user",
    },
    "hash-based": {
        description:
            "MD5 of the user's id; Kinesis hashes every key anyway, so this changes nothing but the key's looks",
        key: ({ user }) => createHash("md5").update(user).digest("hex"),
        order: "kept per user",
    },
    "time-based": {
        description: `the time in buckets of ${bucketMinutes} minutes; at any moment all records go to one shard`,
        key: ({ minute }) => {
            const bucket = Math.floor(minute / bucketMinutes) * bucketMinutes;
            const hours = String(Math.floor(bucket / 60)).padStart(2, "0");
            return `${hours}:${String(bucket % 60).padStart(2, "0")}`;
        },
        keysAtOnce: 1,
        order: "kept per bucket",
    },
    composite: {
        description: "the user's id and the category",
        key: ({ user, category }) => `${user}#${category}`,
        order: "kept per user and category",
    },
    random: {
        description: "a new UUID for every record",
        key: (_event, _population, random) => uuid(random),
        order: "not kept",
    },
    salted: {
        description: "the user's id and one of N suffixes, chosen at random",
        key: ({ user }, { suffixes }, random) => `${user}-${Math.floor(random() * suffixes)}`,
        order: "kept per suffix only; consumers join the suffixes again",
    },
} as const satisfies Record<string, StrategyRow>;

/** A way to choose the partition key: `user-based`, `hash-based`, `time-based`, `composite`, `random` or `salted`. */
export type KeyStrategy = keyof typeof keyStrategies;

/** All strategies, in the order in which they are compared. */
export const keyStrategyNames = Object.keys(keyStrategies) as KeyStrategy[];

/** The strategy of that name, in kebab, snake or camel case; otherwise the name that is closest to it, if one is like it. */
export function keyStrategyNamed(name: string): { strategy: KeyStrategy } | { closest: KeyStrategy | undefined } {
    const kebab = name
        .replace(/([a-z])([A-Z])/g, "$1-$2")
        .replace(/_/g, "-")
        .toLowerCase();
    const strategy = keyStrategyNames.find((candidate) => candidate === kebab);
    if (strategy) return { strategy };
    const begun = keyStrategyNames.find((candidate) => kebab !== "" && candidate.startsWith(kebab));
    return { closest: begun ?? (closest(kebab, keyStrategyNames) as KeyStrategy | undefined) };
}

/** What a strategy is tried on. */
export interface StrategyTrial {
    /** Shards that the keys fall on. */
    readonly shards: number;
    /** Events that are drawn. */
    readonly samples: number;
    /** The same seed draws the same events. */
    readonly seed: number;
    /** Who writes. */
    readonly population: Population;
}

/** How a strategy came out. */
export interface StrategyResult extends KeyJudgement {
    /** The strategy. */
    readonly name: KeyStrategy;
    /** What the key is made of. */
    readonly description: string;
    /** What becomes of the order of records. */
    readonly order: string;
    /** Whether the keys spread. */
    readonly verdict: KeyVerdict;
    /** Different keys that were drawn. */
    readonly distinctKeys: number;
    /** The heaviest keys, each with its part of the load, 0 to 1. */
    readonly hottestKeys: readonly { readonly key: string; readonly share: number }[];
}

const hottestKeysShown = 5;

/** Tries one strategy. The same trial gives every strategy the same events. */
export function tryStrategy(name: KeyStrategy, trial: StrategyTrial): StrategyResult {
    const row: StrategyRow = keyStrategies[name];
    const sample = sampleOf(row, trial);
    return {
        name,
        description: row.description,
        order: row.order,
        distinctKeys: sample.distinctKeys,
        hottestKeys: sample.keys
            .slice(0, hottestKeysShown)
            .map(({ key, weight }) => ({ key, share: weight / sample.weight })),
        ...judgeSample(sample, { keysAtOnce: row.keysAtOnce }),
    };
}

function sampleOf(row: StrategyRow, { shards, samples, seed, population }: StrategyTrial): KeySample {
    const tally = new KeyTally(uniformRing(shards));
    const eventRandom = randomOf(seed);
    const keyRandom = randomOf(seed + 1);
    const user = zipf(population.users, population.zipfExponent, eventRandom);
    for (let drawn = 0; drawn < samples; drawn++) {
        const event = {
            user: `user-${user()}`,
            category: `category-${Math.floor(eventRandom() * population.categories)}`,
            minute: (drawn / samples) * population.spanMinutes,
        };
        tally.addKey(row.key(event, population, keyRandom));
    }
    return tally.sample();
}
