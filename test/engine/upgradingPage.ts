/**
 * What docs/upgrading.md says, as values: the tests hold the page to what they show, and the upgrade to what the page says.
 */
import * as fs from "node:fs";
import * as path from "node:path";

export const repository = path.resolve(__dirname, "../..");

const page = fs.readFileSync(path.join(repository, "docs/upgrading.md"), "utf8");

export interface Transition {
    readonly transition: string;
    /** The test that shows it. */
    readonly file: string;
    readonly title: string;
}

/** The rows of the table of transitions. */
export const transitions: readonly Transition[] = tableUnder("Every transition").map((cells) => {
    const [, file = "", title = ""] = /^`(.+?)`: (.+)$/.exec(cells.at(-1)!) ?? [];
    return { transition: cells[0]!, file, title };
});

/** What a preview after an upgrade may show: `update aws:lambda/function:Function code`. */
export const upgradeChanges: readonly string[] = tableUnder("What an upgrade changes")
    .map((cells) => cells.slice(0, 3).join(" ").replaceAll("`", "").trim())
    .sort();

/** The transform that protects a stream, as source text. */
export const protectRecipe = /^ {2}transforms: \[\n([\s\S]*?),?\n {2}\],$/m.exec(page)![1]!.trim();

function tableUnder(heading: string): string[][] {
    const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
    if (section === undefined) throw new Error(`docs/upgrading.md has no section "${heading}".`);
    const lines = section.split("\n").filter((line) => line.startsWith("|"));
    return lines.slice(2).map((line) =>
        line
            .slice(1, -1)
            .split(" | ")
            .map((cell) => cell.replace(/^\|?\s*|\s*$/g, "")),
    );
}
