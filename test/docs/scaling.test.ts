/** docs/scaling.md: what it says that a scaler costs is what the price is, and its commands find the history. */
import assert from "node:assert/strict";
import { QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { emptyLedger, type LedgerEntry, ledgerStreamKey, written } from "../../capacity/scaling/ledger";
import { scalerMonthlyCost } from "../../capacity/sizing/surroundings";
import { formatDollars } from "../../capacity/text";
import { newClients } from "../../stream/clients";
import { dynamoLedger } from "../../stream/ledger";
import { startCloud } from "../sandbox/cloud";
import { createLedgerTable } from "../sandbox/ledgerTable";
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

describe("docs/scaling.md shows how the history is read", () => {
    const [scan, query] = commandsOf(read("docs/scaling.md"));
    const arn = (name: string) => `arn:aws:kinesis:us-east-1:123456789012:stream/${name}`;
    const entry = (at: string): LedgerEntry => ({
        ...{ atMs: Date.parse(at), id: "run-1", kind: "update", from: 4, to: 8, reason: "load-rises", by: "scaler" },
        message: at,
    });

    it("of the newest stream of that name, and of no other in the table", async () => {
        const cloud = await startCloud();
        const { endpoint, region, credentials } = cloud.sandbox;
        const { dynamoDb } = newClients({ endpoint, region, credentials });
        try {
            const TableName = scan!["table-name"]!;
            await createLedgerTable(dynamoDb, TableName);
            const { store } = dynamoLedger(dynamoDb, TableName);
            const created = { orders: ["2025-01-01", "2026-10-03"], "orders-eu": ["2026-11-01"] };
            for (const [name, days] of Object.entries(created)) {
                for (const day of days) {
                    const key = ledgerStreamKey(arn(name), Date.parse(day));
                    await store.write(key, written(emptyLedger, Date.parse(day)));
                    for (const at of ["2026-11-02T17:59:59Z", "2026-11-02T18:00:00Z", "2026-11-03T02:00:00Z"])
                        await store.append(key, entry(at));
                }
            }
            const { Items: states } = await dynamoDb.send(
                new ScanCommand({
                    TableName,
                    FilterExpression: scan!["filter-expression"],
                    ProjectionExpression: scan!["projection-expression"],
                    ...expressionsOf(scan!),
                }),
            );
            const key = states!
                .map(({ stream }) => stream!.S!)
                .sort()
                .at(-1)!;
            assert.deepEqual([states!.length, key], [2, `${arn("orders")}#2026-10-03T00:00:00.000Z`]);
            const found = await dynamoDb.send(
                new QueryCommand({
                    TableName,
                    KeyConditionExpression: query!["key-condition-expression"],
                    ...expressionsOf(query!, key),
                }),
            );
            const told = found.Items!.map(({ message }) => message!.S);
            assert.deepEqual(told, ["2026-11-02T18:00:00Z", "2026-11-03T02:00:00Z"]);
        } finally {
            dynamoDb.destroy();
            await cloud.stop();
        }
    });
});

/** The options of the page's commands on the table, in their order. */
function commandsOf(page: string): Record<string, string>[] {
    const commands = [...page.matchAll(/aws dynamodb \w+ ((?:.*\\\n)*.*)/g)];
    return commands.map(([, options]) =>
        Object.fromEntries(
            [...options!.matchAll(/--([\w-]+) ('(?:[^']|'"\$KEY"')*'|\S+)/g)].map(([, name, value]) => [
                name,
                value!.replace(/^'|'$/g, ""),
            ]),
        ),
    );
}

function expressionsOf(options: Record<string, string>, key = "") {
    const values = options["expression-attribute-values"]!.replace(`'"$KEY"'`, key);
    return {
        ExpressionAttributeNames: JSON.parse(options["expression-attribute-names"]!) as Record<string, string>,
        ExpressionAttributeValues: JSON.parse(values) as Record<string, { S: string }>,
    };
}

const row = (item: string, monthly: string): RegExp =>
    new RegExp(`^\\| ${escaped(item)} +\\| ${escaped(monthly)} +\\|$`, "m");

const escaped = (text: string): string => text.replace(/[$*.`|]/g, "\\$&");
