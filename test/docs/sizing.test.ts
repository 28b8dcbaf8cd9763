/** docs/sizing.md: its worked example and its table beside Kafka are what the plan says. */
import assert from "node:assert/strict";
import { translateKafka } from "../../capacity/sizing/kafka";
import { planCapacity } from "../../capacity/sizing/plan";
import { formatNumber } from "../../capacity/text";
import { read, sections } from "./pages";

const page = sections(read("docs/sizing.md"));

/** The rows of the first table of a section, without the backticks. */
function rowsOf(heading: string): string[][] {
    const lines = page.get(heading)!.replaceAll("`", "").split("\n");
    const table = lines.filter((line) => line.startsWith("|")).slice(2);
    return table.map((line) =>
        line
            .slice(1, -1)
            .split("|")
            .map((cell) => cell.trim()),
    );
}

describe("docs/sizing.md", () => {
    const requirements = {
        writeMiBPerSecond: 9,
        recordsPerSecond: 4_000,
        sharedConsumers: 3,
        distinctKeys: 600,
        hottestKeyShare: 0.04,
    };

    it("works its example as the plan does", () => {
        const { bounds, minimumShards, recommendedShards, findings } = planCapacity(requirements);
        assert.deepEqual(
            rowsOf("A worked example"),
            bounds.map(({ constraint, shards, sentence }) => [constraint, String(shards), sentence]),
        );
        const text = page.get("A worked example")!;
        assert.ok(
            text.includes(`So ${minimumShards} shards are the minimum, and ${recommendedShards} are recommended.`),
        );
        assert.ok(findings[0]!.fix!.includes("over at least 3 keys, lower its share to 2.48 %"), findings[0]!.fix);
        const lowered = planCapacity({ ...requirements, hottestKeyShare: 0.0248 });
        assert.deepEqual([lowered.minimumShards, lowered.recommendedShards], [14, 17]);
        assert.ok(text.includes("14 shards are the minimum and 17\nare recommended"));
    });

    for (const row of rowsOf("Beside Kafka's partitions")) {
        const [partitions, mbPerSecond, messagesPerSecond, consumerGroups] = row.map((cell) =>
            Number(cell.replaceAll(",", "")),
        ) as [number, number, number, number];
        it(`a topic of ${partitions} partitions with ${mbPerSecond} MB/s`, () => {
            const topic = { partitions, mbPerSecond, messagesPerSecond, consumerGroups, order: "key" } as const;
            const { recommendedShards, binding } = planCapacity(translateKafka(topic).requirements);
            assert.deepEqual(row.slice(4), [formatNumber(recommendedShards), binding]);
        });
    }
});
