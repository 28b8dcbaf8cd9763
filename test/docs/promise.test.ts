/** The names that docs/upgrading.md promises are those of the code: a name that goes, changes or comes is a change of that page. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { findingCodes } from "../../capacity/findings";
import { scalerMetrics } from "../../capacity/metrics";
import { reasonMeanings } from "../../capacity/scaling/reasons";
import { alarmRows } from "../../capacity/watching/alarms";
import { policyNames } from "../../policies/policies";
import { read, repository, sections } from "./pages";

const file = "docs/upgrading.md";

/** Each line of the list, by what its names are. */
const promised: Readonly<Record<string, readonly string[]>> = {
    "type tokens": namesIn("components", /__pulumiType = "([^"]+)"/g).sort(),
    "alarm settings": Object.keys(alarmRows).sort(),
    commands: namesIn("cli/main.ts", /^ {4}"?([a-z-]+)"?: \(\) => \(require/gm),
    policies: policyNames,
    "finding codes": Object.keys(findingCodes),
    "reasons of the scaler": Object.keys(reasonMeanings),
    metrics: Object.keys(scalerMetrics),
};

/** What a pattern finds in a file, or in the files of a folder. */
function namesIn(place: string, pattern: RegExp): string[] {
    const whole = path.join(repository, place);
    const files = fs.statSync(whole).isDirectory()
        ? fs.readdirSync(whole).map((name) => path.join(place, name))
        : [place];
    const sources = files.filter((name) => name.endsWith(".ts"));
    return sources.flatMap((source) => [...read(source).matchAll(pattern)].map(([, name]) => name!));
}

const line = (of: string) => new RegExp(`^- ${of}: (.*)$`, "m");
const listed = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");

// UPDATE_DOCS=1 writes the list anew, after a decision.
if (process.env.UPDATE_DOCS) {
    const update = (page: string, of: string) => page.replace(line(of), `- ${of}: ${listed(promised[of]!)}`);
    fs.writeFileSync(path.join(repository, file), Object.keys(promised).reduce(update, read(file)));
}

describe("the names that are a promise", () => {
    const section = sections(read(file)).get("Names that are a promise")!;
    for (const [of, names] of Object.entries(promised)) {
        it(`has the ${of}`, () => {
            assert.ok(names.length > 0);
            assert.equal(
                line(of).exec(section)?.[1],
                listed(names),
                "UPDATE_DOCS=1 writes the list, after a decision.",
            );
        });
    }
});
