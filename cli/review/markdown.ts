/**
 * A review as Markdown for the comment of a pull request: a table, and all else folded. Its first line is a marker by which the comment is
 * found again.
 */
import { nameOf } from "../../capacity/pulumiNames";
import { type ReviewFinding } from "./steps";
import { type Review, type ReviewedStream } from "./reviewed";
import { cells, columns, detailLines, isWorthTelling, restText, totalText } from "./text";

export const reviewMarker = "<!-- sharded-stream review -->";

/** GitHub takes comments of at most 65,536 characters, GitLab of a million. */
const charactersMax = 60_000;

export function reviewMarkdown(review: Review): string {
    const shown = review.streams.filter(isWorthTelling);
    const errors = shown.flatMap((stream) => found(stream, "error"));
    const head = [
        reviewMarker,
        `### Kinesis: ${safe(totalText(review))}`,
        ...(shown.length > 0 ? ["", ...tableOf(shown)] : []),
        ...paragraphs([...restText(review), ...review.findings.map(findingLine), ...errors]),
    ];
    const tail = paragraphs([
        folded(
            "Prices and what is not known",
            review.assumptions.map((line) => `- ${safe(line)}`),
        ),
    ]);
    const details = shown.flatMap((stream) => paragraphs(detailOf(stream)));
    return withinLimit(head, details, tail);
}

/** What does not fit is left out, and said to be. */
function withinLimit(head: readonly string[], details: readonly string[], tail: readonly string[]): string {
    const lines = [...head];
    const left = "More is left out here, for its length: sharded-stream review prints all of it.";
    let characters = [...head, ...tail, left].join("\n").length;
    if (characters > charactersMax)
        return `${[...head, ...tail].join("\n").slice(0, charactersMax - left.length - 2)}\n\n${left}`;
    for (const line of details) {
        characters += line.length + 1;
        if (characters > charactersMax) return [...lines, "", left, ...tail].join("\n");
        lines.push(line);
    }
    return [...lines, ...tail].join("\n");
}

function tableOf(streams: readonly ReviewedStream[]): string[] {
    const row = (texts: readonly string[]) => `| ${texts.join(" | ")} |`;
    return [
        row(["stream", ...columns]),
        row(["---", ...columns.map(() => "---")]),
        ...streams.map((stream) => row([code(nameOf(stream.urn)), ...cells(stream).map(safe)])),
    ];
}

function found({ urn, findings }: ReviewedStream, severity: ReviewFinding["severity"]): string[] {
    return findings
        .filter((finding) => finding.severity === severity)
        .map((finding) => `${code(nameOf(urn))} ${findingLine(finding)}`);
}

function detailOf(stream: ReviewedStream): string[] {
    const said = stream.findings.filter(({ severity }) => severity !== "error").map(findingLine);
    const lines = [...detailLines(stream).map(safe), ...said];
    return lines.length === 0
        ? []
        : [
              folded(
                  nameOf(stream.urn),
                  lines.map((line) => `- ${line}`),
              ),
          ];
}

const signs = { error: "❌", warning: "⚠️", info: "ℹ️" } as const;

function findingLine({ code: name, severity, level, message }: ReviewFinding): string {
    return `${signs[severity]} **${safe(name)}**${level === undefined ? "" : ` (${safe(level)})`}: ${safe(message)}`;
}

function folded(title: string, lines: readonly string[]): string {
    return [`<details><summary>${inHtml(title)}</summary>`, "", ...lines, "", "</details>"].join("\n");
}

function paragraphs(texts: readonly string[]): string[] {
    return texts.flatMap((text) => ["", text]);
}

function code(name: string): string {
    return `\`${name.replace(/[`|\n\r]/g, "_")}\``;
}

/** Text that comes from a preview stays text: no markup, no formula between two dollars, no cell of its own, nobody is called by name. */
function safe(text: string): string {
    return unmarked(text)
        .replace(/ -> /g, " → ")
        .replace(/[\\`*_[\]|~$]/g, "\\$&");
}

/** The same inside of a tag, where backslashes escape nothing. */
function inHtml(text: string): string {
    return unmarked(text).replace(/>/g, "&gt;");
}

/** Without tags, and names that somebody is called by. */
function unmarked(text: string): string {
    return text.replace(/\s+/g, " ").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/@/g, "@\u200b");
}
