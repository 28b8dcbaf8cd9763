/**
 * Text into the width of a terminal: how wide it is, where its lines break, how wide the columns of a table are.
 */
import { stripVTControlCharacters } from "node:util";
import { sum } from "../capacity/sums";

const wide =
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const zero = /\p{Mark}|\p{Format}/u;

/** Columns that a line takes; colour takes none, a wide character two. */
export function widthOf(text: string): number {
    let width = 0;
    for (const character of stripVTControlCharacters(text))
        width += zero.test(character) ? 0 : wide.test(character) ? 2 : 1;
    return width;
}

/** Where a line may break: at blanks, but for the one in "25 %". */
const breaks = / (?!%)/;

/** A text's words, none of which is broken where there is room for it. */
export function wordsOf(text: string): string[] {
    return text.split(breaks);
}

/** Breaks what is too long at blanks, and a word that is too long anywhere; a line goes on below its own indentation. */
export function wrapped(text: string, width: number): string {
    return text
        .split("\n")
        .flatMap((line) => (widthOf(line) <= width ? [line] : wrappedLine(line, width)))
        .join("\n");
}

function wrappedLine(line: string, width: number): string[] {
    const indent = /^ */.exec(line)![0].slice(0, width >> 1);
    const lines: string[] = [];
    let current = "";
    for (const word of wordsOf(line.trimStart())) {
        const longer = current === "" ? indent + word : `${current} ${word}`;
        if (widthOf(longer) <= width) {
            current = longer;
            continue;
        }
        if (current !== "") lines.push(current);
        const pieces = piecesOf(indent + word, width);
        lines.push(...pieces.slice(0, -1));
        current = pieces.at(-1)!;
    }
    return [...lines, current];
}

/** What colours text, and single characters. */
const unitsOf = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m|[^]`, "gu");

function piecesOf(word: string, width: number): string[] {
    const pieces = [""];
    for (const unit of word.match(unitsOf) ?? []) {
        const last = pieces.length - 1;
        if (widthOf(pieces[last]! + unit) <= width) {
            pieces[last] += unit;
            continue;
        }
        // Where it can be, behind a slash or a hyphen.
        const [, kept, rest] = /^(.*[^ ][-/])(.*)$/.exec(pieces[last]!) ?? [undefined, pieces[last]!, ""];
        pieces[last] = kept!;
        pieces.push(rest! + unit);
    }
    return pieces;
}

/** What a column may be: as wide as its longest line, or narrower. */
export interface ColumnWidths {
    readonly natural: number;
    /** Below it, words or numbers are broken. */
    readonly narrow: number;
}

/** Widths that fit together into a width: the widest columns give way first, down to their words, and then beyond. */
export function fittedWidths(columns: readonly ColumnWidths[], width: number): number[] {
    const widths = columns.map(({ natural }) => natural);
    const least = [columns.map(({ narrow }) => narrow), columns.map(() => 1)];
    for (const floor of least) {
        for (let over = sum(widths) - width; over > 0; over--) {
            const give = widths.map((now, at) => (now > floor[at]! ? now : 0));
            const most = Math.max(...give);
            if (most === 0) break;
            widths[give.indexOf(most)]! -= 1;
        }
    }
    return widths;
}
