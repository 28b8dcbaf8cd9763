/**
 * Numbers and times as they lie in the bytes of a cell: a trace has millions of them, and a text for each would take longer than to play it.
 */
import { dayMs, daysInMonth } from "../../capacity/calendar";

const [zero, dot, minus, space] = [48, 46, 45, 32];
/** So many digits are a double without loss, and so is the power of ten that they are divided by. */
const digitsMax = 15;

/** A number of 0 or more in its usual form; undefined where it is another one, or none. */
export function plainNumber(buffer: Buffer, start: number, end: number): number | undefined {
    let number = 0;
    let digits = 0;
    let decimals = -1;
    for (let at = start; at < end; at++) {
        const byte = buffer[at]!;
        if (byte === dot && decimals < 0 && digits > 0) {
            decimals = 0;
            continue;
        }
        const digit = byte - zero;
        if (digit < 0 || digit > 9 || ++digits > digitsMax) return undefined;
        number = number * 10 + digit;
        if (decimals >= 0) decimals++;
    }
    return digits === 0 || decimals === 0 ? undefined : decimals > 0 ? number / 10 ** decimals : number;
}

/** `2026-01-05 10:00:00`, also with a T, without seconds or with Z, as UTC; undefined where it stands otherwise. */
export function plainTimeMs(buffer: Buffer, start: number, end: number): number | undefined {
    const last = end - start === 20 && buffer[end - 1] === 90 ? end - 1 : end;
    const length = last - start;
    if (length !== 19 && length !== 16) return undefined;
    const two = (at: number): number => {
        const [tens, ones] = [buffer[start + at]! - zero, buffer[start + at + 1]! - zero];
        return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? NaN : tens * 10 + ones;
    };
    const between = buffer[start + 10];
    if (buffer[start + 4] !== minus || buffer[start + 7] !== minus || (between !== space && between !== 84))
        return undefined;
    const [year, month, day] = [two(0) * 100 + two(2), two(5), two(8)];
    const [hour, minute, second] = [two(11), two(14), length === 19 ? two(17) : 0];
    if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return undefined;
    if (!(hour < 24 && minute < 60 && second < 60)) return undefined;
    return daysSince1970(year, month, day) * dayMs + ((hour * 60 + minute) * 60 + second) * 1_000;
}

/** Of the Gregorian calendar, counted from March so that the leap day comes last. */
function daysSince1970(year: number, month: number, day: number): number {
    const shifted = month > 2 ? year : year - 1;
    const century = Math.floor(shifted / 100);
    const leaps = Math.floor(shifted / 4) - century + Math.floor(century / 4);
    return 365 * shifted + leaps + Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 719_469;
}
