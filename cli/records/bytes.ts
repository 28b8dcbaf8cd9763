/**
 * The bytes at which text is cut, one by one and four at once.
 *
 * Imports nothing: from such files alone esbuild writes the numbers into the loops that name them, and these loops see every byte of a
 * file. The numbers of other files are variables in the bundle.
 */
export const newline = 10;
export const carriageReturn = 13;
export const quote = 34;
export const comma = 44;
export const semicolon = 59;
export const openBracket = 91;
export const backslash = 92;
export const closeBracket = 93;
export const openBrace = 123;
export const closeBrace = 125;

/** The highest bit of each of four bytes. */
export const notAscii = 0x80808080 | 0;
const ones = 0x01010101;
const fourNewlines = 0x0a0a0a0a;

/** Zero if none of four bytes is a newline. Otherwise the lowest bit that is set is the highest of the first one's byte. */
export function newlinesIn(word: number): number {
    const different = word ^ fourNewlines;
    return (different - ones) & ~different & notAscii;
}
