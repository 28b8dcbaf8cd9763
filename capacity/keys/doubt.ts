/**
 * When a sample does not tell: a verdict needs enough records, most of the records, and an order that does not hide what happens at one moment.
 */
import { count, formatNumber, formatPercent } from "../text";
import { evenOverAverageMax, recordsNeeded } from "./chance";
import { evennessOf, type Facts, isOneRecord, recordsMin, shareOf } from "./evidence";
import { type KeySample, type SampleKey } from "./sample";
import { areHot } from "./windows";

/** What was asked of the sample; see JudgeOptions. */
interface Asked {
    readonly minRecords?: number | undefined;
    readonly recordsLeftOut?: number | undefined;
    readonly keysAtOnce?: number | undefined;
}

interface Doubt {
    readonly message: string;
    readonly recommendation: string;
}

/** Why a verdict cannot be given on this sample, if it cannot. What is proven beyond chance needs fewer records than `even` does. */
export function doubtOf(sample: KeySample, facts: Facts, asked: Asked, isEven: boolean): Doubt | undefined {
    const { records, recordsLeftOut = 0 } = { ...sample, ...asked };
    const needed = asked.minRecords ?? recordsNeeded(facts.shards);
    const larger = `Take a sample of at least ${count(needed, "record")} to see more than chance.`;
    if (sample.weight <= 0) return noLoadDoubt(records);
    const unread = unreadDoubt(records, recordsLeftOut);
    if (unread !== undefined) return unread;
    if (isEven && facts.shards === 1) return undefined;
    if (!sample.isWhole && records < Math.min(recordsMin, needed)) {
        return {
            message: `${count(records, "record")} ${records === 1 ? "tells" : "tell"} nothing about the keys.`,
            recommendation: larger,
        };
    }
    if (!isEven) return undefined;
    return tooFewRecords(sample, facts, asked, larger) ?? orderDoubt(sample, facts, asked);
}

function noLoadDoubt(records: number): Doubt {
    if (records === 0)
        return { message: "The sample has no load.", recommendation: "Take a sample with records in it." };
    return {
        message: "The sample has no load: the weights of all records are 0.",
        recommendation: "Weigh the records by something else, or leave the weight out.",
    };
}

/** Why records that were read do not tell, if it is that most could not be. */
export function unreadDoubt(records: number, recordsLeftOut: number): Doubt | undefined {
    if (recordsLeftOut <= records) return undefined;
    return {
        message: `${formatNumber(recordsLeftOut)} of ${count(recordsLeftOut + records, "record")} could not be read: the rest are not the whole.`,
        recommendation: "Name the field or column that all records have, or leave the others out of the file.",
    };
}

/** Why keys are not called hot that are one large record each. */
export function recordDoubt(sample: KeySample, keys: readonly SampleKey[]): Doubt | undefined {
    const [top] = keys;
    if (top === undefined || !keys.every((key) => isOneRecord(key, sample))) return undefined;
    return {
        message: `Key ${JSON.stringify(top.key)} carries ${formatPercent(shareOf(top, sample), 1)} of the load with a single record, which does not tell whether its key comes again.`,
        recommendation: "Take a larger sample.",
    };
}

function tooFewRecords(sample: KeySample, facts: Facts, { minRecords }: Asked, larger: string): Doubt | undefined {
    const { records } = sample;
    if (minRecords !== undefined) {
        if (records >= minRecords) return undefined;
        const message = `The sample has ${count(records, "record")}; at least ${formatNumber(minRecords)} were asked for.`;
        return { message, recommendation: larger };
    }
    if (facts.effectiveRecords >= recordsNeeded(facts.shards)) return undefined;
    const { hottestOverAverage: over } = evennessOf(facts.shares);
    const hottest = `The hottest of ${count(facts.shards, "shard")} has ${formatNumber(over, 2)} times the average.`;
    const sizes = facts.effectiveRecords < records / 2 ? " of so unequal weight" : "";
    const told =
        over > evenOverAverageMax
            ? `With ${count(records, "record")}${sizes} that is within chance.`
            : `With ${count(records, "record")}${sizes} a hot shard would not show.`;
    return { message: `${hottest} ${told}`, recommendation: sizes === "" ? larger : "Take a larger sample." };
}

function orderDoubt({ inOrder }: KeySample, facts: Facts, { keysAtOnce }: Asked): Doubt | undefined {
    const { hottestOverAverage: over } = evennessOf(facts.shares);
    if (inOrder === undefined || keysAtOnce !== undefined || !areHot(inOrder, over, facts.shards)) return undefined;
    const { records, hottestOverAverage } = inOrder;
    return {
        message: `Over all records the hottest of ${count(facts.shards, "shard")} has ${formatNumber(over, 2)} times the average, but in ${count(records, "record")} in a row ${formatNumber(hottestOverAverage, 2)} times: the keys come one after another.`,
        recommendation:
            "Where that is the order in which they are written, so few keys at one moment crowd on a shard: use a key that changes from record to record. Where the sample was sorted, shuffle it (shuf FILE) or sort it by time, and look again.",
    };
}
