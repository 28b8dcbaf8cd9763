/**
 * What programs print to be pasted into a shell.
 */

/** A word for a shell, in quotes where it needs them. */
export function quoted(word: string): string {
    return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
