/** docs/runbook.md has a section for each alarm, where the alarm's description says. */
import assert from "node:assert/strict";
import { type AlarmName, alarmRows } from "../../capacity/watching/alarms";
import { withRunbook } from "../../capacity/watching/runbook";
import { broken, read, repositoryUrl, sections } from "./pages";

const page = read("docs/runbook.md");
const sectionsOfPage = sections(page);
const alarms = Object.keys(alarmRows) as AlarmName[];

describe("docs/runbook.md", () => {
    it("has a section for each alarm, and no other", () => {
        assert.deepEqual([...sectionsOfPage.keys()].sort(), [...alarms].sort());
    });

    for (const alarm of alarms) {
        it(`tells of ${alarm} its name, what it means, where to look, what to do, and when to change its threshold`, () => {
            const section = sectionsOfPage.get(alarm)!;
            const { suffix } = alarmRows[alarm];
            assert.match(section.trim(), new RegExp(`^\`<stream>-[^\`]*${suffix}(-<owner>)?\`: `));
            const parts = [...section.matchAll(/^\*\*(\w+)\*\*/gm)].map(([, part]) => part);
            assert.deepEqual(parts, ["Means", "Look", "Do", "Threshold"]);
            assert.match(section.split("**Look**")[1]!, /```sh\n/);
        });

        it(`is where the description of ${alarm} says`, () => {
            const link = withRunbook(alarm, "").replace(" Runbook: ", "");
            assert.ok(link.startsWith(`${repositoryUrl}/`), link);
            assert.equal(broken("README.md", link), undefined);
        });
    }

    it("has every alarm of AWS in its table", () => {
        const table = page.split("\n## ")[0]!;
        const suffixes = Object.values(alarmRows).flatMap(({ suffix, onlyAfter }) => [
            suffix,
            onlyAfter?.suffix ?? suffix,
        ]);
        for (const suffix of suffixes)
            assert.match(table, new RegExp(`^\\| \`orders-[^\`]*${suffix}(-\\.\\.\\.)?\` `, "m"));
    });
});
