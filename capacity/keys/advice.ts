/**
 * What to do about keys that do not spread: each fix that names a number was tried on the sample before it is advised, and tells what came of it.
 */
import { count, enumerated, formatNumber, formatPercent, uncapitalized } from "../text";
import { evenOverAverageMax } from "./chance";
import { arePlaced } from "./evidence";
import { type Salt, saltOf } from "./salt";
import { type KeySample, type SampleKey } from "./sample";
import { splitsAdvice, splitsUntil, type SplitFix } from "./split";
import { keyConfidence, keysForEvenShards } from "./spread";
import { hottestOf, isUniform, loadByKeysOf, withEveryShard, withPlaces, withSalt } from "./tried";

/** A key that is too heavy, and over how many keys to spread it. */
export interface HotKeyFix {
    /** The key. */
    readonly key: string;
    /** Its part of the load, 0 to 1. */
    readonly share: number;
    /** Suffixes that spread the key, each suffixed key on a shard of its own choice. 1: the key stays as it is, no number helps, or it is placed by explicit hash key. */
    readonly suffixes: number;
}

/** A fix as it came out on the sample. */
export interface TriedFix {
    readonly kind: "salt" | "salt-every-key" | "explicit-hash-keys" | "splits" | "places";
    /** The hottest shard over the average with this fix. */
    readonly hottestOverAverage: number;
    /** Whether the keys are then even. */
    readonly reached: boolean;
}

export interface Advice {
    readonly recommendation: string;
    readonly hotKeys: readonly HotKeyFix[];
    readonly splits: readonly SplitFix[];
    readonly tried: readonly TriedFix[];
}

/** The rest of an advice that names no fix. */
export const noFixes: Omit<Advice, "recommendation"> = { hotKeys: [], splits: [], tried: [] };

/** What fixes are tried on. */
export interface Trial {
    readonly sample: KeySample;
    /** Whether a sample is even once a fix was obeyed. */
    readonly isEven: (after: KeySample) => boolean;
    /** The load of the stream in shards, where it is known. */
    readonly load?: number | undefined;
    /** Whether it is a stream whose shards AWS cuts by itself. */
    readonly isOnDemand?: boolean | undefined;
}

/** Instead of a split. */
export const onDemandSplits =
    "AWS cuts the shards of an on-demand stream by itself, and takes no split: look again in 15 minutes. Where one stays hot, give the records other keys, or switch the stream to provisioned and split there.";

const consumersJoin = "Consumers cut the suffix off and join the parts again, and order holds within a suffix only.";

/** Against one or some heavy keys: salt, explicit hash keys in turn, and a split where it parts them. */
export function hotKeyAdvice(trial: Trial, causes: readonly SampleKey[]): Advice {
    const { sample } = trial;
    const shards = sample.ring.starts.length;
    const salt = saltTried(trial);
    const turns = turnsTried(trial, causes);
    const splits = splitsTried(trial);
    const largest = Math.max(...causes.map((key) => (key.weight / sample.weight) * shards));
    const splitting =
        splits?.fix.reached === true
            ? `Or ${uncapitalized(splitsAdvice(splits.splits))} ${resultText(splits.fix)}`
            : largest > evenOverAverageMax
              ? "Splitting cannot help: the key stays on one shard."
              : trial.isOnDemand
                ? ""
                : `Splitting does not help${splits === undefined ? ": it parts nothing" : ` enough: ${count(splits.splits.length, "split")} leave the hottest shard at ${times(splits.fix.hottestOverAverage)} the average`}.`;
    return {
        recommendation: [salt?.text, turns.text, splitting].filter(Boolean).join(" "),
        hotKeys: hotKeysOf(sample, causes, salt?.salt),
        splits: splits?.fix.reached === true ? splits.splits : [],
        tried: [...(salt ? [salt.fix] : []), turns.fix, ...(splits ? [splits.fix] : [])],
    };
}

/** Against a shard whose range gets more than its part. */
export function hotRangeAdvice(trial: Trial): Advice {
    if (trial.isOnDemand) return { ...noFixes, recommendation: onDemandSplits };
    const splits = splitsTried(trial);
    if (splits === undefined)
        return { ...noFixes, recommendation: "Give the records other keys: no split parts what lies on this shard." };
    const { fix } = splits;
    const result = fix.reached ? resultText(fix) : `${resultText(fix)} More splits do not bring it ${belowPromise}.`;
    return {
        ...noFixes,
        recommendation: `${splitsAdvice(splits.splits)} ${result}`,
        splits: splits.splits,
        tried: [fix],
    };
}

const belowPromise = `below ${formatNumber(evenOverAverageMax, 2)} times the average`;

/** Against too few keys: more of them, a place for each that fits a shard, or a salt. Of keys that are few at one moment only the first helps. */
export function fewKeysAdvice(trial: Trial, areFewAtOnce: boolean): Advice {
    const { sample } = trial;
    const shards = sample.ring.starts.length;
    const same = "More shards alone do not help: each key stays on one.";
    const places = areFewAtOnce ? undefined : placesTried(trial);
    const salt = areFewAtOnce ? undefined : saltTried(trial);
    const placing =
        places?.reached !== true
            ? ""
            : `, or give each key the explicit hash key of a shard ${sample.distinctKeys > shards ? "where it has room" : "of its own"} (the hottest shard then has ${times(places.hottestOverAverage)} the average)`;
    return {
        recommendation: [
            `${moreKeysText(shards)}${placing}.`,
            salt && (salt.salt === undefined ? salt.text : `Or ${uncapitalized(salt.text)}`),
            placesInVain(places),
            same,
        ]
            .filter(Boolean)
            .join(" "),
        ...noFixes,
        tried: [...(places ? [places] : []), ...(salt ? [salt.fix] : [])],
    };
}

/** As a sentence begins. */
export function moreKeysText(shards: number): string {
    return `Use a partition key with ${formatNumber(keysForEvenShards(shards))} or more values of about equal weight for ${count(shards, "shard")}`;
}

function placesInVain(places: TriedFix | undefined): string {
    if (places === undefined || places.reached) return "";
    return `Explicit hash keys do not help while the keys are these: at best the hottest shard has ${times(places.hottestOverAverage)} the average.`;
}

interface TriedSalt {
    readonly text: string;
    readonly salt?: Salt;
    readonly fix: TriedFix;
}

/** Undefined where the records' places do not follow from their keys. */
function saltTried({ sample, isEven }: Trial): TriedSalt | undefined {
    if (arePlaced(sample)) return undefined;
    const salt = saltOf(loadByKeysOf(sample), sample.ring.starts.length, (tried) => isEven(withSalt(sample, tried)));
    if (salt === undefined) return saltInVain(sample);
    const hottestOverAverage = hottestOf(withSalt(sample, salt));
    const kind = salt.of === "every-key" ? "salt-every-key" : "salt";
    const fix: TriedFix = { kind, hottestOverAverage, reached: salt.accepted };
    return { text: `${saltText(sample, salt)}${saltResult(sample, fix)} ${consumersJoin}`, salt, fix };
}

/** Where not even so many suffixes that the heaviest keys spread like water do. */
function saltInVain(sample: KeySample): TriedSalt {
    const best = hottestOf(withEveryShard(sample, sample.keys.slice(0, 20)));
    return {
        text: `No number of suffixes keeps the hottest shard ${belowPromise}: at best it has ${times(best)}, so use another partition key.`,
        fix: { kind: "salt", hottestOverAverage: best, reached: false },
    };
}

function saltText({ keys }: KeySample, { of, suffixes }: Salt): string {
    if (of === "every-key") {
        const number = suffixes[0]!;
        return `Salt every key with ${formatNumber(number)} suffixes (key-0 to key-${number - 1}, in turn or at random; more keys are too heavy than a list could hold)`;
    }
    const salted = suffixes.flatMap((number, index) => (number > 1 ? [{ key: keys[index]!.key, number }] : []));
    const [first] = salted;
    const quoted = (part: number) => JSON.stringify(`${first!.key}-${part}`);
    if (salted.length === 1) {
        const range = `${quoted(0)} to ${quoted(first!.number - 1)}`;
        return `Salt the key with ${formatNumber(first!.number)} suffixes (${range}, in turn or at random)`;
    }
    const numbers = salted.map(({ key, number }) => `${formatNumber(number)} for ${JSON.stringify(key)}`);
    return `Salt ${salted.length} keys with suffixes (${quoted(0)}, ${quoted(1)}, ..., in turn or at random): ${enumerated(numbers, "and")}`;
}

function saltResult({ ring }: KeySample, { hottestOverAverage: over, reached }: TriedFix): string {
    const often = `in ${formatNumber(100 * keyConfidence)} of 100 placements`;
    const then = `: the hottest shard then has ${times(over)} the average`;
    if (!isUniform(ring))
        return reached ? `${then}.` : `${then}, since shards are of unequal width: split the widest too.`;
    if (reached) return `${then}, and at most ${formatNumber(evenOverAverageMax, 2)} times ${often}.`;
    return `${then}, as the other keys lie, although it stays ${belowPromise} ${often}: more suffixes do not help.`;
}

function turnsTried({ sample, isEven }: Trial, keys: readonly SampleKey[]): { text: string; fix: TriedFix } {
    const after = withEveryShard(sample, keys);
    const fix: TriedFix = {
        kind: "explicit-hash-keys",
        hottestOverAverage: hottestOf(after),
        reached: isEven(after),
    };
    const { ring } = sample;
    const whose = keys.length === 1 ? "its records" : `the records of ${keys.length === 2 ? "both" : "these"} keys`;
    const who = keys.length === 1 ? "" : ` (${keys.map(({ key }) => JSON.stringify(key)).join(", ")})`;
    const how = isUniform(ring) ? "explicitHashKeys" : "laneHashKeys";
    const text = `Or send ${whose}${who} to ${count(ring.starts.length, "explicit hash key")} in turn, one a shard (${how}): ${times(fix.hottestOverAverage)} the average.`;
    return { text: fix.reached ? text : "", fix };
}

function splitsTried({
    sample,
    isEven,
    isOnDemand,
}: Trial): { splits: readonly SplitFix[]; fix: TriedFix } | undefined {
    if (isOnDemand) return undefined;
    const tried = splitsUntil(sample, isEven);
    if (tried === undefined) return undefined;
    const { splits, after } = tried;
    return { splits, fix: { kind: "splits", hottestOverAverage: hottestOf(after), reached: isEven(after) } };
}

/** Only where each key fits a shard; where the load is not known, as even as keys that are placed get. */
function placesTried({ sample, load, isEven }: Trial): TriedFix | undefined {
    const after = withPlaces(sample);
    if (after === undefined) return undefined;
    const hottestOverAverage = hottestOf(after);
    const fits =
        load === undefined
            ? hottestOverAverage <= evenOverAverageMax && isEven(after)
            : (hottestOverAverage * load) / sample.ring.starts.length <= 1;
    return { kind: "places", hottestOverAverage, reached: fits };
}

function hotKeysOf(sample: KeySample, causes: readonly SampleKey[], salt: Salt | undefined): HotKeyFix[] {
    const suffixes = (key: SampleKey) =>
        salt === undefined ? 1 : (salt.suffixes[salt.of === "every-key" ? 0 : sample.keys.indexOf(key)] ?? 1);
    const salted = salt?.of === "heavy-keys" ? sample.keys.slice(0, salt.suffixes.length) : [];
    const others = salted.filter((key) => suffixes(key) > 1 && !causes.includes(key));
    return [...causes, ...others].map((key) => ({
        key: key.key,
        share: key.weight / sample.weight,
        suffixes: suffixes(key),
    }));
}

function resultText({ hottestOverAverage }: TriedFix): string {
    return `The hottest shard then has ${times(hottestOverAverage)} the average.`;
}

/** Of several heavy keys the first few, with their shares. */
export function listed(keys: readonly SampleKey[], weight: number): string {
    const shown = keys
        .slice(0, 3)
        .map((key) => `${JSON.stringify(key.key)} (${formatPercent(key.weight / weight, 1)})`);
    return keys.length > 3 ? `${shown.join(", ")}, ...` : shown.join(", ");
}

export function times(over: number): string {
    return `${formatNumber(over, 2)} times`;
}
