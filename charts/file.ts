/**
 * Where a page goes to, looked at before the work that it shows.
 */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import path from "node:path";

/** What would keep a page from being written; undefined where nothing does. */
export function whyUnwritable(file: string): string | undefined {
    const folder = path.dirname(file);
    try {
        if (!existsSync(folder)) return `there is no folder ${folder}`;
        if (existsSync(file) && statSync(file).isDirectory()) return "it is a directory";
        accessSync(existsSync(file) ? file : folder, constants.W_OK);
        return undefined;
    } catch (error) {
        return (error as Error).message;
    }
}
