/** The Markdown pages of the repository: their text, headings and links, without what stands in code. */
import * as fs from "node:fs";
import * as path from "node:path";

export const repository = path.resolve(__dirname, "../..");

/** Where the repository is published: a link into it is followed in the working copy. */
export const repositoryUrl = "https://github.com/sharded-stream/sharded-stream";

const notOurs = new Set(["node_modules", "bin", "coverage", "report", "target"]);

export function read(file: string): string {
    return fs.readFileSync(path.join(repository, file), "utf8");
}

/** All Markdown files, by their path in the repository. */
export function markdownFiles(folder = "."): string[] {
    return fs
        .readdirSync(path.join(repository, folder), { withFileTypes: true })
        .filter(({ name }) => !name.startsWith(".") || name === ".github")
        .flatMap((entry) => {
            const file = path.posix.join(folder, entry.name);
            if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : markdownFiles(file);
            return file.endsWith(".md") ? [file] : [];
        })
        .sort();
}

/** The text of a page without its code blocks. */
export function prose(page: string): string {
    return page.replace(/^( *)(```+)[^]*?^\1\2$/gm, "");
}

/** The sections of one level, by their headings. */
export function sections(page: string, level = 2): Map<string, string> {
    const heading = new RegExp(`^${"#".repeat(level)} (.+)$`, "m");
    const [, ...parts] = page.split(heading);
    return new Map(parts.flatMap((part, index) => (index % 2 === 0 ? [[part, parts[index + 1]!] as const] : [])));
}

/** What a link may name on a page: its headings as GitHub spells them, and the anchors that are written down. */
export function anchors(page: string): Set<string> {
    const found = new Set([...page.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id]) => id!));
    const seen = new Map<string, number>();
    for (const [, heading] of prose(page).matchAll(/^#+ (.+)$/gm)) {
        const anchor = slug(heading!);
        const before = seen.get(anchor) ?? 0;
        seen.set(anchor, before + 1);
        found.add(before === 0 ? anchor : `${anchor}-${before}`);
    }
    return found;
}

function slug(heading: string): string {
    return heading
        .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .toLowerCase()
        .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
        .trim()
        .replaceAll(" ", "-");
}

export function links(page: string): string[] {
    const withoutCode = prose(page).replace(/(`+)[^`]*?\1/g, "code");
    return [...withoutCode.matchAll(/\]\(<?([^()\s>]+)>?(?: "[^"]*")?\)/g)].map(([, target]) => target!);
}

/** Why a link of a page leads nowhere; undefined where it leads somewhere, or out of the repository. */
export function broken(file: string, link: string): string | undefined {
    const inside = link.replace(`${repositoryUrl}/blob/main/`, "/");
    if (/^[a-z]+:/.test(inside)) return undefined;
    const [target, anchor] = inside.split("#") as [string, string | undefined];
    const named = target.startsWith("/") ? target.slice(1) : path.posix.join(path.posix.dirname(file), target);
    const page = target === "" ? file : path.posix.normalize(named);
    if (!fs.existsSync(path.join(repository, page))) return `${file}: ${link}: there is no ${page}`;
    if (anchor === undefined || !page.endsWith(".md")) return undefined;
    return anchors(read(page)).has(anchor) ? undefined : `${file}: ${link}: ${page} has no heading #${anchor}`;
}
