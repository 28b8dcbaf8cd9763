/**
 * Whether the dots of a column separate thousands, as they do in half of Europe: `50.000` is 50,000 there, and 50 to a program.
 *
 * Where the comma is taken for decimals a semicolon separates the cells; only of such a file nothing tells, if each number with a dot has three
 * digits behind it.
 */
import { UsageError } from "../command";

export class DottedNumbers {
    #first: { readonly text: string; readonly line: number } | undefined;
    /** No number has told it yet. */
    isOpen = true;

    /** @param text a number of the column */
    see(text: string, line: number): void {
        if (/^[1-9]\d{0,2}\.\d{3}$/.test(text)) this.#first ??= { text, line };
        else if (text.includes(".") || text.length > 3) this.isOpen = false;
    }

    /** @throws UsageError where nothing tells */
    refuse(name: string, column: string): void {
        if (!this.isOpen || this.#first === undefined) return;
        const { text, line } = this.#first;
        throw new UsageError(
            `${name} line ${line}, ${column}: "${text}" is ${Number(text)}, or ${text.replace(".", "")} if the dot separates thousands, as in a file with semicolons it may; write ${text.replace(".", "")}, or separate the cells with commas.`,
        );
    }
}
