/**
 * HTML out of data: everything that comes from outside is escaped here.
 */

export function escapeHtml(text: string): string {
    return text.replace(
        /[&<>"]/g,
        (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[character]!,
    );
}

export type Facts = readonly (readonly [name: string, value: string])[];

export function factList(facts: Facts): string {
    return `<dl>${facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join("\n")}</dl>`;
}

/** What happened: a time, what it was about, and at last a sentence. On a narrow window each row is a paragraph. */
export function tableSection(
    title: string,
    head: readonly string[],
    rows: readonly (readonly string[])[],
    none: string,
): string {
    if (rows.length === 0) return `<h2>${escapeHtml(title)}</h2><p>${escapeHtml(none)}</p>`;
    return `<h2>${escapeHtml(title)}</h2>${rowsTable(head, rows, "told")}`;
}

/** @param look a class of it */
export function rowsTable(head: readonly string[], rows: readonly (readonly string[])[], look = ""): string {
    const cells = (tag: string, row: readonly string[]) =>
        `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
    const body = rows.map((row) => cells("td", row)).join("\n");
    return `<div class="wide"><table class="${`rows ${look}`.trim()}">${cells("th", head)}${body}</table></div>`;
}
