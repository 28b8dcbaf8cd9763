/** What a size that is known would have lost: as the replay of a policy that never changes it has it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { fewestShards, lostOf } from "../../../capacity/replay/lost";
import { replay, replayModel } from "../../../capacity/replay/replay";
import { staticPolicy } from "../../../capacity/replay/rules";

describe("the fewest shards that lose no more", () => {
    const load = Float64Array.of(1, 2, 3, 3.5);

    const rows: readonly (readonly [lostMax: number, shards: number])[] = [
        [0, 4],
        [0.49, 4],
        [0.5, 3],
        [1.5, 3],
        [2.49, 3],
        [2.5, 2],
        [5.4, 2],
        [5.5, 1],
    ];
    for (const [lostMax, shards] of rows) {
        it(`than ${lostMax} of 1, 2, 3 and 3.5 are ${shards}`, () =>
            assert.equal(fewestShards({ seconds: load }, lostMax), shards));
    }

    it("are fewer where producers write again what was refused", () => {
        const seconds = Float64Array.of(6, 1, 1, 1, 1, 1);
        assert.deepEqual(
            [0, 1, 3, 5].map((retrySeconds) => fewestShards({ seconds, retrySeconds }, 0)),
            [6, 4, 3, 2],
        );
    });

    it("are what the highest second asks for, also where that is more than one call may go to", () => {
        const seconds = Float64Array.of(1, 40_000.5, 3);
        assert.equal(fewestShards({ seconds }, 0), 40_001);
        assert.equal(fewestShards({ seconds: new Float64Array(5) }, 0), 1);
        assert.equal(fewestShards({ seconds: [] }, 0), 1);
    });

    const loads = fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 1, maxLength: 150 });
    const retries = fc.constantFrom(0, 1, 7, 60);

    it("and what is lost is what a replay of that size loses, whatever is tried again", () => {
        fc.assert(
            fc.property(loads, retries, fc.integer({ min: 1, max: 9 }), (seconds, retrySeconds, shards) => {
                const { lost } = replay(seconds, staticPolicy(), { ...replayModel, startShards: shards, retrySeconds });
                assert.ok(Math.abs(lostOf({ seconds, retrySeconds }, () => shards) - lost) < 1e-9);
            }),
        );
    });

    it("and what is tried again is tried in the same part as what is new, until it is too old", () => {
        fc.assert(
            fc.property(loads, retries, fc.integer({ min: 1, max: 9 }), (seconds, retrySeconds, shards) => {
                // Each second's records by themselves.
                let lost = 0;
                let waiting: { readonly second: number; readonly records: number }[] = [];
                seconds.forEach((offered, second) => {
                    const all = [...waiting, { second, records: offered }];
                    const attempted = all.reduce((sum, { records }) => sum + records, 0);
                    const part = attempted > shards ? (attempted - shards) / attempted : 0;
                    const refused = all.map((one) => ({ ...one, records: one.records * part }));
                    const isGivenUp = ({ second: since }: { second: number }) => second - since >= retrySeconds;
                    lost += refused.filter(isGivenUp).reduce((sum, { records }) => sum + records, 0);
                    waiting = refused.filter((one) => !isGivenUp(one));
                });
                lost += waiting.reduce((sum, { records }) => sum + records, 0);
                assert.ok(Math.abs(lostOf({ seconds, retrySeconds }, () => shards) - lost) < 1e-9);
            }),
        );
    });

    it("and one shard less loses more", () => {
        fc.assert(
            fc.property(loads, retries, fc.double({ min: 0, max: 20, noNaN: true }), (seconds, retrySeconds, most) => {
                const written = { seconds, retrySeconds };
                const fewest = fewestShards(written, most);
                assert.ok(lostOf(written, () => fewest) <= most + 1e-5);
                if (fewest > 1) assert.ok(lostOf(written, () => fewest - 1) > most);
            }),
        );
    });
});
