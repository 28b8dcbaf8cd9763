/**
 * How often the advised salt holds what it promises: realistic skewed samples, and for each many random re-namings of its keys. In at least 95
 * of 100 the hottest shard has to stay below 1.43 times the average. A new name is a new place on the ring, so places are drawn.
 *
 * Run with `npx ts-node -T bench/keyFixes.ts [re-namings] [seed]`.
 */
import { evenOverAverageMax } from "../capacity/keys/chance";
import { uniformRing } from "../capacity/keys/hashRing";
import { type Random, randomOf, zipf } from "../capacity/keys/random";
import { type KeySample, KeyTally } from "../capacity/keys/sample";
import { type HotKeyFix, type TriedFix } from "../capacity/keys/advice";
import { judgeSample, type KeyJudgement, verdictOn } from "../capacity/keys/verdict";

type Draw = (random: Random) => () => string;

/** One tenant, or some, with their part of the load; the rest among many. */
const tenants =
    (shares: readonly number[], others: number, exponent: number): Draw =>
    (random) => {
        const rest = zipf(others, exponent, random);
        return () => {
            let at = random();
            const tenant = shares.findIndex((share) => (at -= share) < 0);
            return tenant < 0 ? `user-${rest()}` : `tenant-${tenant}`;
        };
    };

const ranked =
    (keys: number, exponent: number): Draw =>
    (random) => {
        const rank = zipf(keys, exponent, random);
        return () => `key-${rank()}`;
    };

const countryShares = [0.31, 0.12, 0.08, 0.07, 0.06, 0.05, 0.04, 0.03, 0.03, 0.02, 0.02, 0.02];
/** A dozen countries with most of the load, 180 with the rest. */
const countries = tenants(countryShares, 180, 0.8);

export const skewedSamples: readonly (readonly [title: string, shards: number, draw: Draw])[] = [
    ...[4, 8, 32].flatMap((shards) => [
        ["Zipf 1.0 over 10,000 users", shards, ranked(10_000, 1)] as const,
        ["Zipf 1.1 over 10,000 users", shards, ranked(10_000, 1.1)] as const,
        ["one tenant of 30 %", shards, tenants([0.3], 50_000, 0.4)] as const,
        ["country codes", shards, countries] as const,
    ]),
    ["two tenants of 22 and 9 %", 10, tenants([0.22, 0.09], 20_000, 0.6)],
    ["three tenants of 15 %", 6, tenants([0.15, 0.15, 0.15], 5_000, 0.5)],
    ["a dozen devices of 4 %", 16, tenants(new Array<number>(12).fill(0.04), 8_000, 0.3)],
    ["Zipf 1.3 over 50,000 pages", 12, ranked(50_000, 1.3)],
    ["Zipf 1.0 over 500 shops", 5, ranked(500, 1)],
    ["Zipf 0.9 over 2,000 sensors", 20, ranked(2_000, 0.9)],
    ["one tenant of 60 %", 3, tenants([0.6], 3_000, 0.7)],
    ["one tenant of 10 %", 64, tenants([0.1], 100_000, 0.5)],
];

export interface FixOutcome {
    readonly title: string;
    readonly shards: number;
    readonly verdict: KeyJudgement["verdict"];
    readonly salt: TriedFix | undefined;
    /** Keys with suffixes, and the suffixes of all of them. */
    readonly keys: number;
    readonly suffixes: number;
    /** Part of the re-namings in which the hottest shard stays below 1.43 times the average: as it is, and with the fix. */
    readonly before: number;
    readonly after: number;
}

const sampleRecords = 60_000;

/** Draws the sample under other names until chance has put its keys so that a fix is needed, then obeys it. */
export function outcomeOf(index: number, renamings: number, seed: number): FixOutcome {
    const [title, shards, draw] = skewedSamples[index]!;
    const random = randomOf(seed * 1_000 + index);
    for (let naming = 0; ; naming++) {
        const sample = drawn(shards, draw(random), naming);
        if (verdictOn(sample) === "even") continue;
        const { verdict, hotKeys, tried } = judgeSample(sample);
        const salt = tried.find(({ kind }) => kind === "salt" || kind === "salt-every-key");
        const parts = suffixesOf(sample, hotKeys, salt);
        const salted = parts.filter((number) => number > 1);
        return {
            title,
            shards,
            verdict,
            salt,
            keys: salted.length,
            suffixes: salted.reduce((sum, number) => sum + number, 0),
            before: partEven(sample, [], shards, renamings, random),
            after: partEven(sample, parts, shards, renamings, random),
        };
    }
}

function drawn(shards: number, next: () => string, naming: number): KeySample {
    const tally = new KeyTally(uniformRing(shards));
    for (let record = 0; record < sampleRecords; record++) tally.addKey(`${next()}-${naming}`);
    return tally.sample();
}

/** Obeys the advice: how many names each key of the sample has then. */
function suffixesOf({ keys }: KeySample, hotKeys: readonly HotKeyFix[], salt: TriedFix | undefined): number[] {
    if (salt?.kind === "salt-every-key") return keys.map(() => hotKeys[0]!.suffixes);
    const numbers = new Map(hotKeys.map(({ key, suffixes }) => [key, suffixes]));
    return keys.map(({ key }) => numbers.get(key) ?? 1);
}

function partEven(
    { keys, weight, shardWeights }: KeySample,
    parts: readonly number[],
    shards: number,
    renamings: number,
    random: Random,
): number {
    const known = keys.reduce((sum, key) => sum + key.weight, 0);
    const most = (evenOverAverageMax * weight) / shards;
    let even = 0;
    for (let naming = 0; naming < renamings; naming++) {
        // Keys beyond those that a sample names one by one are the lightest, and too many to fall unevenly.
        const loads = new Float64Array(shardWeights.length).fill((weight - known) / shards);
        keys.forEach((key, index) => {
            const number = parts[index] ?? 1;
            for (let part = 0; part < number; part++) loads[Math.floor(random() * shards)]! += key.weight / number;
        });
        if (Math.max(...loads) <= most) even++;
    }
    return even / renamings;
}

function print(renamings: number, seed: number): void {
    const head = ["sample", "shards", "verdict", "fix", "keys", "suffixes", "hottest", "even before", "even after"];
    console.log(`| ${head.join(" | ")} |`);
    const promised = skewedSamples.map((_, index) => {
        const { title, shards, verdict, salt, keys, suffixes, before, after } = outcomeOf(index, renamings, seed);
        const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
        const hottest = salt?.hottestOverAverage.toFixed(2) ?? "";
        const fix = `${salt?.kind ?? "none"}${salt?.reached === false ? " (in vain)" : ""}`;
        console.log(
            `| ${[title, shards, verdict, fix, keys, suffixes, hottest, percent(before), percent(after)].join(" | ")} |`,
        );
        return salt?.reached === true && after >= 0.95;
    });
    console.log(`The promise holds for ${promised.filter(Boolean).length} of ${promised.length}.`);
}

if (require.main === module) print(Number(process.argv[2] ?? 1_000), Number(process.argv[3] ?? 1));
