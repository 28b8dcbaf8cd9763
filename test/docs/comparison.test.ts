/** docs/comparison.md: what it says that policies of scaling cost and refuse stands in bench/RESULTS.md. */
import assert from "node:assert/strict";
import { read, sections } from "./pages";

/** The cells of all tables of a section, by row and column. */
function cellsOf(file: string, section: string): Map<string, Map<string, string>> {
    const rows = new Map<string, Map<string, string>>();
    let columns: string[] | undefined;
    for (const line of sections(read(file)).get(section)!.split("\n")) {
        const cells = line.startsWith("| ") ? line.slice(2, -2).split(" | ").map(plain) : undefined;
        if (cells !== undefined && columns !== undefined && !cells[0]!.startsWith("---")) {
            const row = rows.get(cells[0]!) ?? new Map<string, string>();
            rows.set(cells[0]!, row);
            cells.forEach((cell, at) => row.set(columns![at]!, cell));
        }
        columns = cells === undefined ? undefined : (columns ?? cells);
    }
    return rows;
}

/** A name or a number, without emphasis and what is explained beside it. */
function plain(cell: string): string {
    return cell
        .replace(/\*\*|`/g, "")
        .replace(/ \(the default mode\)/, "")
        .trim();
}

describe("docs/comparison.md", () => {
    const measured = cellsOf("bench/RESULTS.md", "The scaler");
    const loads = ["bursts2@10", "rhythm2@10", "flash@10"];
    const told = [...cellsOf("docs/comparison.md", "Scaling a stream")].filter(([, row]) => row.has(loads[0]!));

    it("compares both modes with a static size and with usual rules", () =>
        assert.deepEqual(
            told.map(([policy]) => policy),
            [
                "predictive, no splits",
                "reactive, no splits",
                "static, declared peak x 1.2",
                "double or halve",
                "target tracking 0.7, 60 min",
            ],
        ));

    for (const [policy, row] of told) {
        it(`tells of ${policy} what was measured`, () =>
            assert.deepEqual(
                loads.map((load) => row.get(load)),
                loads.map((load) => measured.get(policy)!.get(load)),
            ));
    }
});
