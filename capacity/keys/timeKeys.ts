/**
 * Keys that are made from the time: at any moment all records have the same one, however many a sample shows.
 */
import { count } from "../text";
import { arePlaced } from "./evidence";
import { type KeySample } from "./sample";

/** Part of the keys that has to read as a time. */
const partMin = 0.95;
/** Fewer keys than this may look like times by chance; they are too few in any case. */
const keysMin = 5;
/** Numbers that are Unix times lie close together; ids of as many digits do not. */
const spanSecondsMax = 400 * 24 * 3_600;

/** How many keys are written to at one moment, where that is less than the sample shows. */
export interface KeysAtOnce {
    readonly keysAtOnce?: number;
    /** One of the keys, where they are times. */
    readonly timeKey?: string;
}

/** Keys that are times are one at any moment, unless it was said how many there are (Infinity: all), or explicit hash keys place them. */
export function keysAtOnceOf(sample: KeySample, said?: number): KeysAtOnce {
    if (said !== undefined) return said === Infinity ? {} : { keysAtOnce: said };
    const timeKey = arePlaced(sample) ? undefined : timeKeyIn(sample);
    return timeKey === undefined ? {} : { keysAtOnce: 1, timeKey };
}

/** Why fewer keys count than there are, after what was said before; empty where all count. */
export function keysAtOnceText({ keysAtOnce, timeKey }: KeysAtOnce): string {
    if (keysAtOnce === undefined) return "";
    const times = timeKey === undefined ? "" : ` The keys are times, such as ${JSON.stringify(timeKey)}.`;
    return `${times} At any moment only ${count(keysAtOnce, "key")} ${keysAtOnce === 1 ? "is" : "are"} written to.`;
}

/** The first of the keys if they are times to the second or coarser; a finer one changes too often to crowd on a shard. */
function timeKeyIn({ keys, distinctKeys }: KeySample): string | undefined {
    if (keys.length < keysMin || distinctKeys < keysMin) return undefined;
    const texts = keys.map(({ key }) => key);
    const dated = texts.filter(isDate).length >= partMin * texts.length;
    return dated || areUnixTimes(texts) ? texts[0] : undefined;
}

const clockTime = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;
const zone = /(Z|[+-]\d\d:?\d\d)$/;
const parts =
    /^(?:19|20)\d\d[-/._]?(?:0[1-9]|1[0-2])(?:[-/._]?(?:0[1-9]|[12]\d|3[01]))?(?:[T /_-]?(?:[01]\d|2[0-3])(?:[:-]?[0-5]\d(?:[:-]?[0-5]\d(?:[.,]0+)?)?)?)?$/;
/** "202611" may be anything; a date without separators has a day. */
const digitsMin = 8;

function isDate(key: string): boolean {
    if (clockTime.test(key)) return true;
    const time = key.length > 10 ? key.replace(zone, "") : key;
    return parts.test(time) && (!/^\d+$/.test(time) || time.length >= digitsMin);
}

function areUnixTimes(keys: readonly string[]): boolean {
    const seconds = keys.flatMap((key) => {
        if (/^[12]\d{9}$/.test(key)) return [Number(key)];
        return /^[12]\d{9}000$/.test(key) ? [Number(key) / 1_000] : [];
    });
    if (seconds.length < partMin * keys.length) return false;
    const sorted = seconds.sort((left, right) => left - right);
    const cut = Math.floor((1 - partMin) * sorted.length);
    return sorted[sorted.length - 1 - cut]! - sorted[cut]! <= spanSecondsMax;
}
