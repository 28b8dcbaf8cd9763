/** docs/scaling.md: what it says that a scaler costs is what the price is. */
import assert from "node:assert/strict";
import { scalerMonthlyCost } from "../../capacity/sizing/surroundings";
import { formatDollars } from "../../capacity/text";
import { read, sections } from "./pages";

describe("docs/scaling.md says what a scaler costs a month", () => {
    const page = read("docs/scaling.md");
    const section = sections(page).get("What it costs")!;
    const costs = (everyMinutes: number, mode: "reactive" | "predictive"): string =>
        formatDollars(scalerMonthlyCost({ everyMinutes, mode }));

    it("at its default of a run a minute", () => {
        const [reactive, predictive] = [costs(1, "reactive"), costs(1, "predictive")];
        assert.match(section, row(`**together**; without plans, as \`reactive\`, ${reactive}`, `**${predictive}**`));
        assert.ok(page.includes(`the scaler costs ${predictive}, or ${reactive} without plans.`));
        assert.ok(read("README.md").includes(`what it costs (${predictive} a month at its defaults)`));
    });

    it("in items that come to the sum", () => {
        const cents = [...section.matchAll(/^\|[^|]+\| \$(\d+)\.(\d\d) +\|$/gm)].map(([, dollars, rest]) =>
            Number(`${dollars}${rest}`),
        );
        const sum = cents.reduce((before, item) => before + item, 0) / 100;
        // Each item is rounded to a cent.
        assert.ok(Math.abs(sum - scalerMonthlyCost({ everyMinutes: 1 })) <= 0.005 * cents.length, String(sum));
        assert.equal(cents.length, 7);
    });

    it("at a run in five minutes", () =>
        assert.ok(
            section.includes(
                `\`everyMinutes: 5\` brings it to ${costs(5, "predictive")}, as \`reactive\` to ${costs(5, "reactive")}, `,
            ),
        ));
});

const row = (item: string, monthly: string): RegExp =>
    new RegExp(`^\\| ${escaped(item)} +\\| ${escaped(monthly)} +\\|$`, "m");

const escaped = (text: string): string => text.replace(/[$*.`|]/g, "\\$&");
