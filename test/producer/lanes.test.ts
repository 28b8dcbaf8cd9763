/**
 * The lanes of a stream by themselves: what needs more records than a whole producer sends in a test.
 */
import assert from "node:assert/strict";
import { type Pending } from "../../producer/lane";
import { Lanes } from "../../producer/lanes";

/** More than a call takes arguments. */
const many = 200_000;

function heavyLane(): Lanes<number> {
    const lanes = new Lanes<number>({ backoffMinMs: 50, backoffMaxMs: 2_000, shardRateMax: 1, random: () => 0 });
    lanes.recut([{ shardId: "shardId-000000000000", start: "0".repeat(32) }]);
    for (let index = 1; index <= many; index++)
        lanes.place({ index, bytes: 1, hash: "0".repeat(32), attempts: 0 } as Pending<number>, 0);
    return lanes;
}

describe("a lane that holds very many records", () => {
    it("is emptied at once", () => {
        const lanes = heavyLane();
        assert.equal(lanes.remove(() => true).length, many);
        assert.deepEqual([lanes.readyRecords, lanes.readyBytes], [0, 0]);
    });

    it("gives them back in the order of put() when the ring is cut anew", () => {
        const displaced = heavyLane().recut([{ shardId: "shardId-000000000001", start: "0".repeat(32) }]);
        assert.deepEqual([displaced.length, displaced[0]!.index, displaced.at(-1)!.index], [many, 1, many]);
    });
});
