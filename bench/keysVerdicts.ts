/**
 * How often the verdict on a sample is right: random scenarios whose cause is known, and a confusion table.
 *
 * Run with `npx ts-node -T bench/keysVerdicts.ts [scenarios] [seed]`.
 */
import { recordsNeeded } from "../capacity/keys/chance";
import { type HashRing, hashKeySpace, ringOfShards, shardOf, uniformRing } from "../capacity/keys/hashRing";
import { type KeySample, KeyTally } from "../capacity/keys/sample";
import { type JudgeOptions, keyVerdicts, type KeyVerdict } from "../capacity/keys/cause";
import { judgeSample, verdictOn } from "../capacity/keys/verdict";
import { type Random, randomOf, uuid, zipf } from "../capacity/keys/random";

export interface Scenario {
    readonly title: string;
    readonly cause: KeyVerdict;
    readonly sample: KeySample;
    readonly options: JudgeOptions;
}

interface Maker {
    readonly title: string;
    readonly cause: KeyVerdict;
    readonly make: (random: Random) => { sample: KeySample; options?: JudgeOptions };
}

/** The makers, each for one cause; numbers are drawn from wide ranges, evenly on a logarithmic scale where they span decades. */
export const makers: readonly Maker[] = [
    {
        title: "every record a key of its own",
        cause: "even",
        make: (random) => {
            const ring = anyUniform(random);
            const tally = new KeyTally(ring);
            repeat(logarithmic(random, recordsNeeded(ring.starts.length), 30_000), () => tally.addKey(uuid(random)));
            return { sample: tally.sample() };
        },
    },
    {
        title: "fewer records than show a hot shard",
        cause: "cannot-tell",
        make: (random) => {
            const ring = anyUniform(random);
            const tally = new KeyTally(ring);
            repeat(logarithmic(random, 1, recordsNeeded(ring.starts.length) - 1), () => tally.addKey(uuid(random)));
            return { sample: tally.sample() };
        },
    },
    {
        title: "keys that come one after another",
        cause: "cannot-tell",
        make: (random) => {
            const ring = uniformRing(between(random, 3, 4));
            const tally = new KeyTally(ring);
            const runs = 50 * ring.starts.length;
            const salt = Math.floor(random() * 1e6);
            repeat(100_000, (index) => tally.addKey(`batch-${salt}-${Math.floor((index * runs) / 100_000)}`));
            return { sample: tally.sample() };
        },
    },
    {
        title: "times to the second as keys",
        cause: "too-few-keys",
        make: (random) => {
            const tally = new KeyTally(anyUniform(random));
            const fromMs = 1.7e12 + Math.floor(random() * 1e11);
            repeat(logarithmic(random, 60, 20_000), (index) =>
                tally.addKey(new Date(fromMs + index * 700).toISOString().slice(0, 19)),
            );
            return { sample: tally.sample() };
        },
    },
    {
        title: "many keys of equal weight",
        cause: "even",
        make: (random) => {
            const ring = anyUniform(random);
            const keys = ring.starts.length * logarithmic(random, 150, 2_000);
            return { sample: drawn(ring, random, zipf(keys, 0, random), (key) => `order-${key}`) };
        },
    },
    {
        title: "many keys, mildly unequal",
        cause: "even",
        make: (random) => {
            const ring = uniformRing(between(random, 2, 12));
            return { sample: drawn(ring, random, zipf(200_000, 0.2 + random() * 0.4, random), (key) => `k${key}`) };
        },
    },
    {
        title: "records of unequal size, many keys",
        cause: "even",
        make: (random) => {
            const ring = anyUniform(random);
            const tally = new KeyTally(ring);
            repeat(logarithmic(random, Math.max(5_000, 2 * recordsNeeded(ring.starts.length)), 30_000), () =>
                tally.addKey(`k${Math.floor(random() * 1e6)}`, Math.exp(random() * 3)),
            );
            return { sample: tally.sample() };
        },
    },
    {
        title: "one hot key among many",
        cause: "hot-key",
        make: (random) => {
            const ring = anyUniform(random);
            // From 0.7 of an average shard's load up to nearly all.
            const share = Math.min(0.95, (0.7 + random() * 4) / ring.starts.length);
            const others = zipf(ring.starts.length * 500, 0, random);
            return {
                sample: drawn(
                    ring,
                    random,
                    () => (random() < share ? -1 : others()),
                    (key) => `user-${key}`,
                ),
            };
        },
    },
    {
        title: "a few hot keys among many",
        cause: "hot-key",
        make: (random) => {
            const ring = uniformRing(between(random, 6, 64));
            const hot = between(random, 2, 4);
            const share = Math.min(0.2, (0.9 + random()) / ring.starts.length);
            const others = zipf(ring.starts.length * 500, 0, random);
            const rank = () => {
                const at = random();
                return at < hot * share ? -1 - Math.floor(at / share) : others();
            };
            return { sample: drawn(ring, random, rank, (key) => `user-${key}`) };
        },
    },
    {
        title: "steep Zipf",
        cause: "hot-key",
        make: (random) => {
            const ring = uniformRing(between(random, 4, 48));
            const rank = zipf(logarithmic(random, 5_000, 100_000), 1.2 + random() * 0.6, random);
            return { sample: drawn(ring, random, rank, (key) => `page/${key}`) };
        },
    },
    {
        title: "a hot key, records of unequal size",
        cause: "hot-key",
        make: (random) => {
            const ring = uniformRing(between(random, 4, 32));
            const share = Math.min(0.8, (1 + random() * 3) / ring.starts.length);
            const tally = new KeyTally(ring);
            repeat(logarithmic(random, 3_000, 20_000), () => {
                const hot = random() < share;
                tally.addKey(hot ? "tenant-1" : `tenant-${Math.floor(random() * 1e5)}`, 100 * Math.exp(random() * 2));
            });
            return { sample: tally.sample() };
        },
    },
    {
        title: "explicit hash keys crowd into a part of the ring",
        cause: "hot-range",
        make: (random) => {
            const ring = uniformRing(between(random, 3, 32));
            const hot = between(random, 0, ring.starts.length - 1);
            const share = Math.min(0.95, (1.2 + random() * 3) / ring.starts.length);
            const narrow = 0.2 + random() * 0.8;
            const tally = new KeyTally(ring);
            repeat(logarithmic(random, 1_000, 30_000), (index) => {
                const place = random() < share ? (hot + random() * narrow) / ring.starts.length : random();
                tally.addHashKey(hashKeyAt(place), `key-${index}`);
            });
            return { sample: tally.sample() };
        },
    },
    {
        title: "shards of unequal width",
        cause: "hot-range",
        make: (random) => {
            const ring = oneWideShard(random);
            const keys = zipf(ring.starts.length * 2_000, 0, random);
            return { sample: drawn(ring, random, keys, (key) => `device-${key}`) };
        },
    },
    {
        title: "many middling keys that lie together",
        cause: "hot-range",
        make: (random) => {
            const ring = uniformRing(between(random, 4, 16));
            const hot = between(random, 0, ring.starts.length - 1);
            // Twenty to sixty keys, none heavy, all on one shard, that double its load or more.
            const together = keysOnShard(ring, hot, between(random, 20, 60), random);
            const share = Math.min(0.6, (1 + random()) / ring.starts.length);
            const rank = () =>
                random() < share ? -1 - Math.floor(random() * together.length) : Math.floor(random() * 50_000);
            return { sample: drawn(ring, random, rank, (key) => (key < 0 ? together[-1 - key]! : `k-${key}`)) };
        },
    },
    {
        title: "fewer keys than shards, or hardly more",
        cause: "too-few-keys",
        make: (random) => {
            const ring = uniformRing(between(random, 3, 64));
            const keys = Math.max(1, Math.round(ring.starts.length * (0.1 + random() * 2)));
            return { sample: drawn(ring, random, zipf(keys, 0, random), (key) => `region-${key}`) };
        },
    },
    {
        title: "few keys, mildly unequal",
        cause: "too-few-keys",
        make: (random) => {
            const ring = uniformRing(between(random, 6, 64));
            const keys = Math.max(2, Math.round(ring.starts.length * (0.2 + random())));
            return { sample: drawn(ring, random, zipf(keys, random() * 0.7, random), (key) => `type-${key}`) };
        },
    },
    {
        title: "more load than the shards take",
        cause: "under-capacity",
        make: (random) => {
            const ring = anyUniform(random);
            const over = 1.05 + random() * 2;
            return {
                sample: drawn(ring, random, zipf(ring.starts.length * 1_000, 0, random), (key) => `k${key}`),
                options: { recordsPerSecond: over * ring.starts.length * 1_000, writeMiBPerSecond: 0.01 },
            };
        },
    },
];

/** Draws scenarios in turn from all makers. */
export function* scenarios(count: number, seed: number): Generator<Scenario> {
    for (let index = 0; index < count; index++) {
        const { title, cause, make } = makers[index % makers.length]!;
        const { sample, options = {} } = make(randomOf(seed * 1_000_003 + index));
        yield { title, cause, sample, options };
    }
}

export interface Confusion {
    /** How often a cause got which verdict. */
    readonly table: Readonly<Record<KeyVerdict, Record<KeyVerdict, number>>>;
    readonly right: number;
    readonly all: number;
    readonly wrong: readonly {
        readonly title: string;
        readonly cause: KeyVerdict;
        readonly verdict: KeyVerdict;
        readonly message: string;
    }[];
}

export function confusionOf(count: number, seed: number): Confusion {
    const names = Object.keys(keyVerdicts) as KeyVerdict[];
    const row = () => Object.fromEntries(names.map((name) => [name, 0])) as Record<KeyVerdict, number>;
    const table = Object.fromEntries(names.map((name) => [name, row()])) as Record<
        KeyVerdict,
        Record<KeyVerdict, number>
    >;
    const wrong: Confusion["wrong"][number][] = [];
    let all = 0;
    for (const { title, cause, sample, options } of scenarios(count, seed)) {
        const verdict = verdictOn(sample, options);
        table[cause][verdict]++;
        all++;
        if (verdict !== cause) {
            const { message } = judgeSample(sample, options);
            wrong.push({ title, cause, verdict, message });
        }
    }
    return { table, right: all - wrong.length, all, wrong };
}

function anyUniform(random: Random): HashRing {
    return uniformRing(logarithmic(random, 2, 100));
}

function oneWideShard(random: Random): HashRing {
    const shards = between(random, 4, 20);
    const wide = between(random, 0, shards - 1);
    const widths = Array.from({ length: shards }, (_, shard) => (shard === wide ? 2 + random() * 3 : 1));
    const total = widths.reduce((sum, width) => sum + width, 0);
    let at = 0;
    const starts = widths.map((width) => {
        const start = hashKeyAt(at / total);
        at += width;
        return start;
    });
    return ringOfShards(
        starts.map((start, shard) => ({
            startingHashKey: start.toString(),
            endingHashKey: ((starts[shard + 1] ?? hashKeySpace) - 1n).toString(),
        })),
    );
}

function keysOnShard(ring: HashRing, shard: number, count: number, random: Random): string[] {
    const found: string[] = [];
    while (found.length < count) {
        const key = `session-${Math.floor(random() * 1e9)}`;
        if (shardOf(ring, key) === shard) found.push(key);
    }
    return found;
}

function drawn(ring: HashRing, random: Random, rank: () => number, name: (rank: number) => string): KeySample {
    const tally = new KeyTally(ring);
    const shards = ring.starts.length;
    const least = Math.max(60 * shards + 1_000, recordsNeeded(shards));
    const records = logarithmic(random, least, 60 * shards + 30_000);
    repeat(records, () => tally.addKey(name(rank())));
    return tally.sample();
}

function hashKeyAt(place: number): bigint {
    return (BigInt(Math.floor(Math.min(place, 0.999_999_999) * 2 ** 52)) * hashKeySpace) >> 52n;
}

function repeat(times: number, act: (index: number) => void): void {
    for (let index = 0; index < times; index++) act(index);
}

function between(random: Random, least: number, most: number): number {
    return least + Math.floor(random() * (most - least + 1));
}

function logarithmic(random: Random, least: number, most: number): number {
    return Math.round(least * (most / least) ** random());
}

function print({ table, right, all, wrong }: Confusion): void {
    const names = Object.keys(table) as KeyVerdict[];
    console.log(["cause \\ verdict", ...names].map((name) => name.padEnd(16)).join(""));
    for (const cause of names) {
        console.log(
            [cause, ...names.map((name) => String(table[cause][name]))].map((cell) => cell.padEnd(16)).join(""),
        );
    }
    console.log(`${right} of ${all} right (${((100 * right) / all).toFixed(1)} %)`);
    for (const { title, verdict, message } of wrong.slice(0, 40)) console.log(`  ${title}: ${verdict}: ${message}`);
}

if (require.main === module) print(confusionOf(Number(process.argv[2] ?? 1_000), Number(process.argv[3] ?? 1)));
