/** A program of many streams like that of examples/orders, in plain JavaScript. */
export function fleetProgram(streams: number): string {
    return `const { ShardedStream } = require("sharded-stream");
for (let n = 0; n < ${streams}; n++)
    new ShardedStream("orders-" + n, {
        requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, orderedLanes: 4, distinctKeys: 20_000 },
        scaling: { minShards: 2, maxShards: 16 },
        notifications: { emails: ["oncall@example.com"] },
        tags: { team: "orders" },
    });`;
}
