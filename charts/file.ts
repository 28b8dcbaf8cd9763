/**
 * Where a page goes to, looked at before the work that it shows.
 */
import { accessSync, constants, existsSync, type Stats, statSync } from "node:fs";
import path from "node:path";

/**
 * What would keep a page from being written, or it from being a page alone; undefined where nothing does.
 *
 * @param reads the files that the work reads: a page must not take the place of one
 */
export function whyUnwritable(file: string, reads: readonly (string | undefined)[] = []): string | undefined {
    const folder = path.dirname(file);
    try {
        const there = statOf(folder);
        if (there === undefined) return `there is no folder ${folder}`;
        if (!there.isDirectory()) return `${folder} is no folder`;
        const now = statOf(file);
        if (now?.isDirectory()) return "it is a directory";
        if (now && reads.some((read) => isSame(now, read))) return "it is the file that is read";
        accessSync(now ? file : folder, constants.W_OK);
        return undefined;
    } catch (error) {
        return (error as Error).message;
    }
}

function statOf(file: string): Stats | undefined {
    return existsSync(file) ? statSync(file) : undefined;
}

function isSame({ dev, ino }: Stats, file: string | undefined): boolean {
    const other = file === undefined ? undefined : statOf(file);
    return other?.dev === dev && other.ino === ino;
}
