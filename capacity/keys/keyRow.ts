/**
 * How the table of keys lies in memory, in words of 32 bits.
 *
 * Imports nothing: from such files alone esbuild writes the numbers into the loops that name them, which run for each key of millions. The
 * numbers of other files are variables in the bundle.
 */

/** A slot: a part of the hash key, in which most of the keys that are not the wanted one differ (0 where the slot is free), and the row. */
export const slotWords = 2;

/** A row: the hash key, three numbers of two words each, and where the key's text lies. */
export const rowWords = 12;
export const rowNumbers = rowWords / 2;
export const weightNumber = 2;
export const takenBeforeNumber = 3;
export const recordsNumber = 4;
export const placeWord = 10;
export const lengthWord = 11;
