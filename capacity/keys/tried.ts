/**
 * A sample as it would be if a fix were obeyed: the same load, with other keys or on other shards. What is advised is judged on it again.
 */
import { sum } from "../sums";
import { evennessOf } from "./evidence";
import { type HashRing, shardOf, shardOfHashKey } from "./hashRing";
import { type LoadByKeys, type Salt } from "./salt";
import { type KeySample, type SampleKey } from "./sample";

/** Keys that are looked at one by one. */
const keysMost = 2_000;
/** Parts that a salted sample names. */
const namedPartsMost = 50_000;
/** Parts that go where their names belong; those of lighter keys are taken to spread evenly. */
const placedPartsMost = 400_000;

/** What a sample shows of its keys, freed of what its size adds to how unequal they look. */
export function loadByKeysOf(sample: KeySample): LoadByKeys {
    const { weight, keyWeightSquares, recordWeightSquares } = sample;
    const known = sample.keys.slice(0, keysMost);
    const shares = known.map((key) => key.weight / weight);
    const others = Math.max(0, 1 - sum(shares));
    const squares = known.reduce((sum, key) => sum - key.weight ** 2, keyWeightSquares);
    return {
        shares,
        others,
        otherSquares: others > 1e-9 ? Math.max(0, squares - recordWeightSquares * others) / weight ** 2 : 0,
    };
}

/** How much of the average the hottest shard has. */
export function hottestOf({ shardWeights }: KeySample): number {
    return evennessOf(shardWeights).hottestOverAverage;
}

/** With suffixes: each part on the shard to which its name belongs. */
export function withSalt(sample: KeySample, { of, suffixes }: Pick<Salt, "of" | "suffixes">): KeySample {
    const every = of === "every-key";
    const salted = every ? Math.min(sample.keys.length, Math.floor(namedPartsMost / suffixes[0]!)) : suffixes.length;
    const shardWeights = every ? weightsSalted(sample, salted, suffixes[0]!) : [...sample.shardWeights];
    let { distinctKeys, keyWeightSquares } = sample;
    const keys = sample.keys.flatMap((key, index): SampleKey[] => {
        const parts = index < salted ? (every ? suffixes[0]! : suffixes[index]!) : 1;
        if (parts === 1) return [key];
        if (!every) shardWeights[key.shard]! -= key.weight;
        distinctKeys += parts - 1;
        keyWeightSquares -= key.weight ** 2 * (1 - 1 / parts);
        return partsOf(sample.ring, key, parts).map((part) => {
            shardWeights[part.shard]! += part.weight;
            return part;
        });
    });
    return changed(sample, { keys, shardWeights, distinctKeys, keyWeightSquares });
}

/** Where every key gets suffixes: what each shard gets of all keys but the heaviest, whose parts the sample names. */
function weightsSalted({ ring, keys, weight }: KeySample, named: number, parts: number): number[] {
    const shardWeights = ring.widths.map(() => 0);
    const placed = keys.slice(0, Math.max(named, Math.floor(placedPartsMost / parts)));
    for (const key of placed.slice(named)) {
        for (let part = 0; part < parts; part++)
            shardWeights[shardOf(ring, `${key.key}-${part}`)]! += key.weight / parts;
    }
    const others = placed.reduce((left, key) => left - key.weight, weight);
    return shardWeights.map((placedWeight, shard) => placedWeight + others * ring.widths[shard]!);
}

function partsOf(ring: HashRing, key: SampleKey, parts: number): SampleKey[] {
    const [weight, records] = [key.weight / parts, key.records / parts];
    return Array.from({ length: parts }, (_, part) => {
        const name = `${key.key}-${part}`;
        return { ...key, key: name, weight, records, shard: shardOf(ring, name) };
    });
}

/** With the records of some keys sent to every shard in turn. */
export function withEveryShard(sample: KeySample, spread: readonly SampleKey[]): KeySample {
    const shardWeights = [...sample.shardWeights];
    for (const { shard, weight } of spread) {
        shardWeights[shard]! -= weight;
        shardWeights.forEach((_, index) => (shardWeights[index]! += weight / shardWeights.length));
    }
    return changed(sample, {
        keys: sample.keys.filter((key) => !spread.includes(key)),
        shardWeights,
        keyWeightSquares: sample.keyWeightSquares - sum(spread.map((key) => key.weight ** 2)),
    });
}

/** With each key on a shard of the program's choice: the heaviest first, each on the shard that has least. Undefined if not all keys are known. */
export function withPlaces(sample: KeySample): KeySample | undefined {
    if (!sample.allKeys || sample.keys.length > keysMost) return undefined;
    const shardWeights = sample.shardWeights.map(() => 0);
    const keys = sample.keys.map((key) => {
        const shard = shardWeights.indexOf(Math.min(...shardWeights));
        shardWeights[shard]! += key.weight;
        return { ...key, shard };
    });
    return changed(sample, { keys, shardWeights, explicitRecords: sample.records });
}

/** On another ring: the known keys where they belong, all others as the ring is wide. */
export function onRing(sample: KeySample, ring: HashRing): KeySample {
    const keys = sample.keys.map((key) => ({ ...key, shard: shardOfHashKey(ring, key.hashKey) }));
    const known = sum(keys.map((key) => key.weight));
    const shardWeights = ring.widths.map((width) => width * (sample.weight - known));
    for (const { shard, weight } of keys) shardWeights[shard]! += weight;
    return changed(sample, { ring, keys, shardWeights });
}

function changed(sample: KeySample, change: Partial<KeySample>): KeySample {
    const after = { ...sample, ...change };
    const keys = [...after.keys].sort((left, right) => right.weight - left.weight);
    const recordsPerWeight = sample.weight > 0 ? sample.records / sample.weight : 0;
    const shardWeights = after.shardWeights.map((weight) => Math.max(0, weight));
    const shardRecords = shardWeights.map((weight) => weight * recordsPerWeight);
    return { ...after, keys, shardWeights, shardRecords, inOrder: undefined };
}

/** Whether all shards are as wide as the others. */
export function isUniform({ widths }: HashRing): boolean {
    return widths.every((width) => Math.abs(width * widths.length - 1) < 1e-6);
}
