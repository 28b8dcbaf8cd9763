/**
 * Asks a person before a command acts.
 */
import { createInterface } from "node:readline/promises";
import { type CommandContext, UsageError } from "./command";

/** @throws UsageError where there is nobody to ask */
export async function confirmed(context: CommandContext): Promise<boolean> {
    if (process.stdin.isTTY !== true)
        throw new UsageError("scale: there is nobody to ask; add --yes to act or --dry-run to look");
    const asking = createInterface({ input: process.stdin, output: process.stderr });
    try {
        return /^y(es)?$/i.test((await asking.question("Go on? [y/N] ", { signal: context.signal })).trim());
    } catch {
        return false;
    } finally {
        asking.close();
    }
}
