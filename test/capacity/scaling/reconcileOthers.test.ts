/** What the ledger counts of others where an own call explains the shards: neither their calls less, nor the own one twice. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
    emptyLedger,
    type LedgerReshard,
    type LedgerState,
    sightOf,
    updateCallsLeft,
} from "../../../capacity/scaling/ledger";
import { reconcile } from "../../../capacity/scaling/reconcile";
import { acted, even, type Lineage, splitAt, updatedTo } from "../../scaler/world";
import { minuteMs, nowMs } from "./observed";

const four = even(4);
const known: LedgerState = { ...emptyLedger, sight: sightOf(four.shards) };
const own = (more: Partial<LedgerReshard>): LedgerReshard => ({
    ...{ id: "a", atMs: nowMs - minuteMs, kind: "update", status: "reserved", from: 4, to: 8 },
    ...more,
});
const seen = (lineage: Lineage) =>
    ({ shards: lineage.shards, status: "ACTIVE", capacityMode: "provisioned", nowMs }) as const;

describe("shards that show an own call, and calls of others that ended at its count,", () => {
    const left = (start: Lineage, calls: readonly LedgerReshard[], now: Lineage): number => {
        const state: LedgerState = { ...emptyLedger, sight: sightOf(start.shards), reshards: calls };
        return updateCallsLeft(reconcile(state, seen(now)).state.reshards, nowMs);
    };
    for (const status of ["called", "reserved"] as const) {
        it(`counts those of the others beside the ${status} one, and says that they went away and back`, () => {
            const now = acted(four, ["u8", "u16", "u8"]);
            const { foreign, state } = reconcile({ ...known, reshards: [own({ status })] }, seen(now));
            assert.deepEqual(
                foreign.map(({ id, kind, from, to }) => ({ id, kind, from, to })),
                [1, 2].map((number) => ({ id: `foreign-35-${number}`, kind: "update", from: 8, to: 8 })),
            );
            assert.equal(updateCallsLeft(state.reshards, nowMs), 7);
        });
    }

    it("counts each own call once, where two of them were not seen one by one", () => {
        const calls = [own({ status: "called" }), own({ id: "b", from: 8, to: 16, status: "called" })];
        assert.equal(left(four, calls, acted(four, ["u8", "u16"])), 8);
    });

    it("counts calls beside an own split, and splits and merges by hand", () => {
        const split = own({ kind: "split", status: "called", to: 5 });
        const now = acted(four, ["s0", "u10", "u5"]);
        // As many as if the split had been seen before them.
        assert.equal(left(four, [split], now), left(splitAt(four, 0), [], now));
        assert.equal(left(four, [split], now), 6);
        const hands = reconcile({ ...known, reshards: [split] }, seen(acted(four, ["s0", "s2", "m3"])));
        assert.deepEqual(
            hands.foreign.map(({ kind, from, to }) => ({ kind, from, to })),
            [
                { kind: "split", from: 5, to: 5 },
                { kind: "merge", from: 5, to: 5 },
            ],
        );
    });

    const target = (open: number, dice: number): number => {
        const least = Math.ceil(open / 2);
        return least + (dice % (2 * open - least + 1));
    };
    const ownCall = (from: number, to: number): LedgerReshard => own({ from, to, status: "called" });

    it("counts none beside a call that was the only one, whatever the counts, even or ragged before", () => {
        const opens = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 60, max: 2_000 }));
        const before = (open: number, splits: readonly number[]): Lineage =>
            splits.reduce((lineage, at) => splitAt(lineage, at % lineage.shards.length), even(open));
        fc.assert(
            fc.property(opens, fc.array(fc.nat(), { maxLength: 4 }), fc.nat(), (open, splits, dice) => {
                const start = before(open, splits);
                // Splits alone may leave even shards whose cuts lie a hash key beside those of a call.
                fc.pre(splits.length === 0 || sightOf(start.shards).ragged === true);
                const to = target(start.shards.length, dice);
                fc.pre(to !== start.shards.length);
                const call = ownCall(start.shards.length, to);
                assert.equal(left(start, [call], updatedTo(start, to)), 9, `${start.shards.length} to ${to}`);
            }),
            { numRuns: 300 },
        );
    });

    it("counts none beside a call that doubles or halves, up to thousands of shards", () => {
        for (const open of [1, 2, 3, 7, 64, 100, 999, 1_000, 2_500, 5_000]) {
            for (const to of [2 * open, Math.ceil(open / 2)].filter((count) => count !== open)) {
                const start = even(open);
                assert.equal(left(start, [ownCall(open, to)], updatedTo(start, to)), 9, `${open} to ${to}`);
            }
        }
    });

    for (const [open, to, others, leaves] of [
        // 9 to 7 opens 20 shards, and 7 to 5 another 14: the own call and one of others.
        [9, 7, [5], 8],
        [4, 8, [16], 8],
        [5, 9, [7, 5], 6],
        [10, 6, [11, 8], 6],
    ] as const) {
        it(`counts what comes after an own call from ${open} to ${to} from there: to ${others.join(", ")}`, () => {
            const now = others.reduce<Lineage>(updatedTo, updatedTo(even(open), to));
            assert.equal(left(even(open), [ownCall(open, to)], now), leaves);
        });
    }

    it("counts no call less than there were, where others made one after it", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat(), (open, dice, next) => {
                const to = target(open, dice);
                const end = target(to, next);
                fc.pre(to !== open && end !== to);
                const calls = left(even(open), [ownCall(open, to)], updatedTo(updatedTo(even(open), to), end));
                assert.ok(calls <= 8, `${open} to ${to} to ${end}: ${calls} left`);
            }),
            { numRuns: 400 },
        );
    });

    it("counts at least one beside it where others went anywhere and back to its count", () => {
        const ways = fc.array(fc.nat(), { minLength: 1, maxLength: 3 });
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), ways, (open, dice, dices) => {
                const start = even(open);
                const to = target(open, dice);
                fc.pre(to !== open);
                const mine = updatedTo(start, to);
                const away = dices.reduce<Lineage>(
                    (lineage, next) => updatedTo(lineage, target(lineage.shards.length, next)),
                    mine,
                );
                const turned = away.shards.length;
                fc.pre(turned !== to && turned <= 2 * to && to <= 2 * turned);
                const calls = left(start, [ownCall(open, to)], updatedTo(away, to));
                assert.ok(calls <= 8, `${open} to ${to} by way of ${turned}: ${calls} left`);
            }),
            { numRuns: 400 },
        );
    });
});
