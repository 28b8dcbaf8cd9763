/** The tables of limits and metrics: each row with unit and source, and what must hold between them. */
import assert from "node:assert/strict";
import { limitRows, limits, limitSources } from "../../capacity/limits";
import { kinesisMetrics, shardLevelMetricNames } from "../../capacity/metrics";

describe("the table of limits", () => {
    it("gives each limit a unit and a source that is listed", () => {
        for (const [name, row] of Object.entries(limitRows)) {
            assert.ok(row.unit.length > 0, name);
            assert.ok(row.source in limitSources, name);
            assert.equal(limits[name as keyof typeof limits], row.value, name);
        }
    });
    it("holds its relations", () => {
        assert.equal(limits.shardWriteBytesPerSecond, limits.shardWriteMiBPerSecond * limits.bytesPerMiB);
        assert.equal(limits.shardReadBytesPerSecond, limits.shardReadMiBPerSecond * limits.bytesPerMiB);
        assert.equal(limits.shardReadMiBPerSecond, 2 * limits.shardWriteMiBPerSecond);
        assert.equal(limits.putRecordsBytesMax, limits.recordKiBMax * limits.bytesPerKiB);
    });
});

describe("the table of metrics", () => {
    it("reads a rate from the Sum of every throughput metric, never from an Average per call", () => {
        for (const name of [
            "IncomingBytes",
            "IncomingRecords",
            "WriteProvisionedThroughputExceeded",
            "ReadProvisionedThroughputExceeded",
        ] as const)
            assert.equal(kinesisMetrics[name].statistic, "Sum");
    });
    it("marks exactly the shard-level metrics as such", () => {
        const perShard = Object.entries(kinesisMetrics)
            .filter(([, row]) => (row.of as readonly string[]).includes("shard"))
            .map(([name]) => name);
        assert.deepEqual(perShard.sort(), [...shardLevelMetricNames].sort());
    });
});
