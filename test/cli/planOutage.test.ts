/** `plan --outage-hours`: when consumers that were down have caught up, as text and as a document. */
import assert from "node:assert/strict";
import { definePlan } from "../../cli/plan";
import { runInProcess } from "./inProcess";

describe("sharded-stream plan --outage-hours", () => {
    const plan = (...args: string[]) =>
        runInProcess(
            definePlan,
            ["plan", "--write-mib", "4", "--records", "2500", "--shared-consumers", "2", ...args],
            { env: {} },
        );

    it("tells each kind of consumer at the minimum and at the recommended shards", async () => {
        const { text, exitCode } = await plan("--fan-out-consumers", "1", "--outage-hours", "12");
        const lines = text.split("\n");
        const start = lines.findIndex((line) => line.startsWith("After an outage"));
        assert.deepEqual(lines.slice(start, start + 6), [
            "After an outage of 12 hours of all consumers, while the declared peak goes on and records are kept for 24 hours:",
            "consumers\tshards\teach reads\tcaught up after\tinside the retention",
            "shared\t4\t1 times the peak\tnever\tno",
            "fan-out\t4\t2 times the peak\t12 hours\tyes",
            "shared\t5\t1.25 times the peak\t48 hours\tno",
            "fan-out\t5\t2.5 times the peak\t8 hours\tyes",
        ]);
        assert.ok(text.includes("\nwarning recovery-exceeds-retention: Retention is 24 hours; "));
        assert.equal(exitCode, 0);
    });

    it("never says of consumers that catch up that they read once the peak, and of one hour that it is several", async () => {
        const rowsOf = ({ text }: { text: string }) => text.split("\n").filter((line) => line.startsWith("shared\t"));
        assert.deepEqual(rowsOf(await plan("--write-mib", "3.99", "--outage-hours", "1")), [
            "shared\t4\t1.003 times the peak\t399 hours\tno",
            "shared\t5\t1.25 times the peak\t3.95 hours\tyes",
        ]);
        assert.deepEqual(rowsOf(await plan("--shared-consumers", "1", "--outage-hours", "1")), [
            "shared\t4\t2 times the peak\t1 hour\tyes",
            "shared\t5\t2.5 times the peak\t0.667 hours\tyes",
        ]);
    });

    it("goes by the retention that is given, and gives the same as a document", async () => {
        const { document } = await plan("--outage-hours", "12", "--retention-hours", "60");
        assert.deepEqual(document.catchUp, {
            outageHours: 12,
            retentionHours: 60,
            rows: [
                { consumers: "shared", shards: 4, readOverWrite: 1, hours: null, insideRetention: false },
                { consumers: "shared", shards: 5, readOverWrite: 1.25, hours: 48, insideRetention: true },
            ],
        });
        assert.deepEqual(document.findings, []);
    });

    it("exits with 1 where records are lost", async () => {
        const { exitCode, text } = await plan("--outage-hours", "25");
        assert.ok(text.includes("error records-lost-in-outage: Retention is 24 hours; after an outage of 25 hours"));
        assert.equal(exitCode, 1);
    });

    it("says nothing of it where no outage is declared", async () =>
        assert.ok(!(await plan()).text.includes("outage")));
});
