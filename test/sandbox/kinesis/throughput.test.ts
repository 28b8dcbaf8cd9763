/**
 * Buckets that are forgotten once they are full: nobody who calls can tell, and what is remembered is of the last seconds alone.
 */
import * as fc from "fast-check";
import * as assert from "node:assert/strict";

import { TokenBucket, TokenBuckets } from "../../../sandbox/kinesis/throughput";

const call = fc.record({ key: fc.constantFrom("a", "b", "c"), afterMs: fc.integer({ min: 0, max: 2_500 }) });

describe("buckets that hold calls to a rate", () => {
    it("take and refuse as buckets that are never forgotten", () => {
        fc.assert(
            fc.property(fc.array(call, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (calls, ratePerSecond) => {
                const buckets = new TokenBuckets();
                const kept = new Map<string, TokenBucket>();
                let nowMs = 0;
                for (const { key, afterMs } of calls) {
                    nowMs += afterMs;
                    const own = kept.get(key) ?? new TokenBucket(ratePerSecond, 1, nowMs);
                    kept.set(key, own);
                    assert.equal(buckets.tryTake(key, ratePerSecond, nowMs), own.tryTake(1, nowMs));
                }
            }),
        );
    });

    it("are remembered until they have been full for a refill", () => {
        const buckets = new TokenBuckets();
        for (let index = 0; index < 1_000; index++) buckets.tryTake(`stream-${index}`, 5, 0);
        assert.equal(buckets.size, 1_000);
        buckets.tryTake("stream-0", 5, 1_999);
        assert.equal(buckets.size, 1_000);
        buckets.tryTake("stream-0", 5, 2_999);
        assert.equal(buckets.size, 1);
    });
});
