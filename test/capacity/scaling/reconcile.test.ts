/** How the ledger notices what others did, settles its own calls, and strikes out what the stream disproves. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { uniformShards } from "../../../capacity/replay/replay";
import {
    emptyLedger,
    type LedgerReshard,
    type LedgerState,
    sightOf,
    updateCallsLeft,
} from "../../../capacity/scaling/ledger";
import { type ShardRange } from "../../../capacity/scaling/observation";
import { reconcile } from "../../../capacity/scaling/reconcile";
import { reshardsBetween } from "../../../capacity/scaling/seenReshards";
import { disprovedAfterMs, mayStayCounted } from "../../../capacity/scaling/unanswered";
import { type Act, acted, even, type Lineage, mergedAt, splitAt, updatedTo } from "../../scaler/world";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const nowMs = Date.UTC(2026, 10, 2, 12);

describe("between two sights of the shards, others made", () => {
    const rows: readonly (readonly [
        title: string,
        open: number,
        before: Act[],
        acts: Act[],
        seen: [number, number, number],
    ])[] = [
        // By hand, for certain: UpdateShardCount leaves all shards equally wide.
        ["one split", 4, [], ["s0"], [0, 1, 0]],
        ["one merge", 4, [], ["m1"], [0, 0, 1]],
        ["a split of one of two", 2, [], ["s1"], [0, 1, 0]],
        ["three splits", 8, [], ["s0", "s2", "s4"], [0, 3, 0]],
        ["two merges", 8, [], ["m0", "m3"], [0, 0, 2]],
        ["a split, and a merge elsewhere", 8, [], ["s0", "m5"], [0, 1, 1]],
        ["a split of a ragged stream", 4, ["s0"], ["s4"], [0, 1, 0]],
        ["a merge of a ragged stream that stays ragged", 4, ["s0"], ["m3"], [0, 0, 1]],
        ["48 splits of 65", 65, [], Array.from({ length: 48 }, (_, at): Act => `s${2 * at}`), [0, 48, 0]],
        // A call for certain.
        ["a call that doubles", 4, [], ["u8"], [1, 0, 0]],
        ["a call that halves", 8, [], ["u4"], [1, 0, 0]],
        ["a call in between", 4, [], ["u6"], [1, 0, 0]],
        ["a call from 3 to 6, whose cuts lie a hash key apart", 3, [], ["u6"], [1, 0, 0]],
        ["a call that evens out", 4, ["s0", "s2"], ["u5"], [1, 0, 0]],
        ["two calls that double", 4, [], ["u8", "u16"], [2, 0, 0]],
        ["two calls that halve", 8, [], ["u4", "u2"], [2, 0, 0]],
        ["a call there and one back", 4, [], ["u8", "u4"], [2, 0, 0]],
        // Either: counted as calls.
        ["a split of the only shard", 1, [], ["s0"], [1, 0, 0]],
        ["a merge of the only two", 2, [], ["m0"], [1, 0, 0]],
        ["the last split that makes it even", 2, ["s0"], ["s2"], [1, 0, 0]],
        ["the merge that undoes a split", 4, ["s0"], ["m0"], [1, 0, 0]],
        ["a split and its undoing", 4, [], ["s0", "m0"], [1, 0, 0]],
        ["splits of all four", 4, [], ["s0", "s2", "s4", "s6"], [1, 0, 0]],
        ["a call and a split", 4, [], ["u8", "s0"], [1, 0, 0]],
        ["a split and a call", 4, [], ["s0", "u8"], [1, 0, 0]],
        // Rather one too many.
        ["two calls, of which one could not open so many", 4, [], ["u8", "u6"], [3, 0, 0]],
        ["a call there, one back, and one again", 4, [], ["u8", "u4", "u8"], [3, 0, 0]],
        ["two calls down and one up", 4, [], ["u2", "u4", "u6"], [3, 0, 0]],
    ];
    for (const [title, open, before, acts, [updates, splits, merges]] of rows) {
        it(`${title}: ${updates} calls, ${splits} splits, ${merges} merges`, () => {
            const start = acted(even(open), before);
            const seen = reshardsBetween(sightOf(start.shards), acted(start, acts).shards);
            assert.deepEqual([seen.updates, seen.splits, seen.merges], [updates, splits, merges]);
        });
    }

    const byHand = fc.record({ isSplit: fc.boolean(), at: fc.nat() });
    const handed = (lineage: Lineage, acts: readonly { isSplit: boolean; at: number }[]): Lineage =>
        acts.reduce((last, { isSplit, at }) => {
            const open = last.shards.length;
            return isSplit || open < 2 ? splitAt(last, at % open) : mergedAt(last, at % (open - 1));
        }, lineage);
    const start = fc
        .tuple(fc.integer({ min: 1, max: 40 }), fc.array(byHand, { maxLength: 4 }))
        .map(([open, acts]) => handed(even(open), acts));

    it("never fewer calls than there was, whatever was split and merged before and after it", () => {
        fc.assert(
            fc.property(
                ...([start, fc.array(byHand, { maxLength: 3 }), fc.nat(), fc.array(byHand, { maxLength: 3 })] as const),
                (given, before, target, after) => {
                    const ready = handed(given, before);
                    const open = ready.shards.length;
                    const least = Math.ceil(open / 2);
                    const to = least + (target % (2 * open - least + 1));
                    fc.pre(to !== open);
                    const seen = reshardsBetween(sightOf(given.shards), handed(updatedTo(ready, to), after).shards);
                    assert.ok(seen.updates >= 1, JSON.stringify(seen));
                },
            ),
            { numRuns: 400 },
        );
    });

    it("no call where one shard of three and more was split or merged, and the stream is uneven for it", () => {
        fc.assert(
            fc.property(fc.integer({ min: 3, max: 200 }), byHand, (open, act) => {
                const after = handed(even(open), [act]);
                const counts = act.isSplit ? { splits: 1, merges: 0 } : { splits: 0, merges: 1 };
                const seen = reshardsBetween(sightOf(even(open).shards), after.shards);
                assert.deepEqual(seen, { updates: 0, ...counts, isSingle: true });
            }),
            { numRuns: 100 },
        );
    });

    it("as many calls as the counts ask for where no splits and merges leave such numbers behind", () => {
        const strange = (count: number): ShardRange[] => uniformShards(count, 200);
        for (const [from, to, updates] of [
            [4, 6, 1],
            [4, 9, 2],
            [4, 1, 2],
            [4, 4, 2],
        ] as const) {
            const before = { openShards: from, newestShardNumber: 100 };
            const seen = reshardsBetween(before, strange(to));
            assert.deepEqual(seen, { updates, splits: 0, merges: 0, isSingle: false });
        }
    });
});

describe("comparing the ledger with the shards that are there", () => {
    const four = even(4);
    const sight = sightOf(four.shards);
    const known: LedgerState = { ...emptyLedger, sight };
    const own = (more: Partial<LedgerReshard>): LedgerReshard => ({
        ...{ id: "a", atMs: nowMs - minuteMs, kind: "update", status: "reserved", from: 4, to: 8 },
        ...more,
    });
    const seen = ({ shards }: Pick<Lineage, "shards">) =>
        ({ shards, status: "ACTIVE", capacityMode: "provisioned", nowMs }) as const;

    it("finds nothing foreign at first sight", () => {
        const { foreign, state } = reconcile(emptyLedger, seen(four));
        assert.deepEqual([foreign, state.sight], [[], sight]);
    });

    it("forgets the shards of a stream that is on-demand, once, and counts on what may have been called before", () => {
        const onDemand = { ...seen({ shards: [] }), capacityMode: "on-demand" } as const;
        const calls = [own({ id: "a" }), own({ id: "b", status: "called" }), own({ id: "c", status: "foreign" })];
        const first = reconcile({ ...known, reshards: calls }, onDemand);
        assert.deepEqual([first.state.sight, first.changed, first.foreign], [undefined, true, []]);
        assert.deepEqual(
            first.state.reshards.map(({ status, atMs }) => [status, atMs - nowMs]),
            [
                ["done", 6 * minuteMs],
                ["done", -minuteMs],
                ["foreign", -minuteMs],
            ],
        );
        assert.equal(reconcile(first.state, onDemand).changed, false);
        const back = reconcile(first.state, seen(acted(four, ["u8", "u16"])));
        assert.deepEqual([back.foreign, back.state.sight?.openShards], [[], 16]);
    });

    it("concludes nothing while the stream is UPDATING", () => {
        const result = reconcile(known, { ...seen(updatedTo(four, 6)), status: "UPDATING" });
        assert.deepEqual([result.changed, result.state.sight], [false, sight]);
    });

    it("does not take an answer without shards for a sight: the next one would look like endless calls", () => {
        const nowhere = seen({ shards: [] });
        assert.deepEqual([reconcile(known, nowhere).changed, reconcile(known, nowhere).state.sight], [false, sight]);
        assert.equal(reconcile(emptyLedger, nowhere).state.sight, undefined);
    });

    it("counts what others did: their calls to the ten, their splits and merges to those of the day", () => {
        const calls = reconcile(known, seen(acted(four, ["u8", "u16"])));
        assert.deepEqual(
            calls.foreign.map(({ id, kind, from, to }) => ({ id, kind, from, to })),
            [1, 2].map((number) => ({ id: `foreign-27-${number}`, kind: "update", from: 4, to: 16 })),
        );
        const hands = reconcile(known, seen(acted(four, ["s0"])));
        assert.deepEqual(
            [hands.foreign.map(({ kind }) => kind), updateCallsLeft(hands.state.reshards, nowMs)],
            [["split"], 10],
        );
    });

    for (const status of ["called", "reserved"] as const) {
        it(`takes its own ${status} call for done once the shards show it`, () => {
            const call = own({ status });
            const result = reconcile({ ...known, reshards: [call] }, seen(updatedTo(four, 8)));
            assert.deepEqual(result.foreign, []);
            // Nobody knows when a call was made that nobody confirmed: dated now, it comes back no earlier than AWS's.
            const atMs = status === "called" ? call.atMs : nowMs;
            assert.deepEqual(result.state.reshards, [{ ...call, status: "done", atMs }]);
            assert.equal(result.state.capacityChangedMs, nowMs);
        });
    }

    it("lets a call that nobody confirmed explain one change only, so that a later one counts as foreign", () => {
        const three = updatedTo(four, 3);
        const first = reconcile({ ...known, reshards: [own({ to: 2 })] }, seen(three));
        const second = reconcile(first.state, seen(updatedTo(three, 2)));
        assert.deepEqual([first.foreign.length, second.foreign.length], [1, 1]);
        assert.equal(updateCallsLeft(second.state.reshards, nowMs), 7);
    });

    it("does not take a split by hand for its own call to as many shards, nor a call of others for its own split", () => {
        const split = reconcile({ ...known, reshards: [own({ to: 5 })] }, seen(splitAt(four, 0)));
        assert.deepEqual(
            split.state.reshards.map(({ kind, status }) => `${kind} ${status}`),
            ["update done", "split foreign"],
        );
        const call = reconcile({ ...known, reshards: [own({ kind: "split", to: 5 })] }, seen(updatedTo(four, 5)));
        assert.equal(call.foreign.filter(({ kind }) => kind === "update").length, 1);
    });

    it("keeps an own call open until the shards show it, even if the stream still says ACTIVE", () => {
        const call = own({ atMs: nowMs, status: "called" });
        const result = reconcile({ ...known, reshards: [call] }, seen(four));
        assert.deepEqual([result.changed, result.state.reshards], [false, [call]]);
    });

    describe("of a call without an answer", () => {
        for (const [title, minutes, status, kind, struck] of [
            ["not at once", 0, "reserved", "update", false],
            ["not while a request that is held up could still arrive and not show", 9.99, "reserved", "update", false],
            ["after ten minutes", 10, "reserved", "update", true],
            ["a split after ten minutes too", 10, "reserved", "split", true],
            ["never one that AWS took", 600, "called", "update", false],
        ] as const) {
            it(`strikes out ${title}`, () => {
                const call = own({ atMs: nowMs - minutes * minuteMs, status, kind });
                const { state, disproved, changed } = reconcile({ ...known, reshards: [call] }, seen(four));
                assert.deepEqual(
                    [state.reshards, disproved, changed],
                    struck ? [[], [call], true] : [[call], [], false],
                );
            });
        }

        it("draws no conclusion from a stream that is not ACTIVE", () => {
            const call = own({ atMs: nowMs - hourMs });
            const { state } = reconcile({ ...known, reshards: [call] }, { ...seen(four), status: "UPDATING" });
            assert.deepEqual(state.reshards, [call]);
        });

        it("keeps it beside a later call that went elsewhere, and strikes it out in its turn", () => {
            const calls = [own({ to: 6, atMs: nowMs - 9 * minuteMs }), own({ id: "b", status: "called" })];
            const eight = updatedTo(four, 8);
            const first = reconcile({ ...known, reshards: calls }, seen(eight));
            assert.deepEqual(
                first.state.reshards.map(({ id, status }) => `${id} ${status}`),
                ["a reserved", "b done"],
            );
            const later = reconcile(first.state, { ...seen(eight), nowMs: nowMs + minuteMs });
            assert.deepEqual(
                later.disproved.map(({ id }) => id),
                ["a"],
            );
        });

        it("counts it where it went to as many shards as are open now: nothing would show it", () => {
            const atMs = nowMs - 5 * minuteMs;
            const calls = [own({ atMs }), own({ id: "b", status: "called" })];
            const { state } = reconcile({ ...known, reshards: calls }, seen(updatedTo(four, 8)));
            // Made up to seven minutes after its reservation, and counted by AWS from then on.
            assert.deepEqual(state.reshards[0], { ...calls[0], status: "done", atMs: atMs + 7 * minuteMs });
        });

        it("counts it as long as AWS could, though nobody looked in between", () => {
            const call = own({ atMs: nowMs - 24 * hourMs - 8 * minuteMs });
            assert.equal(updateCallsLeft([call], nowMs), 9);
            assert.equal(updateCallsLeft([{ ...call, status: "done" }], nowMs), 10);
        });

        it("strikes it out at last after the time that the words name", () => {
            assert.equal(disprovedAfterMs, 10 * minuteMs);
            assert.equal(mayStayCounted, "so the call may stay counted for ten minutes");
        });
    });
});
