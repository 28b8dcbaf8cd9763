/** Which failures count as told, for how long, and how many are remembered. */
import assert from "node:assert/strict";
import {
    failuresToldMax,
    failureToldAgainAfterMs,
    wasToldLately,
    withoutTold,
    withTold,
} from "../../../capacity/scaling/failuresTold";
import { emptyLedger, type LedgerState } from "../../../capacity/scaling/ledger";
import { minuteMs, nowMs } from "./observed";

const told = (failure: string, atMs = nowMs, by = "run-1") => ({ failure, atMs, by });
const names = ({ failuresTold = [] }: LedgerState): string[] => failuresTold.map(({ failure }) => failure);

describe("a failure that the topic was told of", () => {
    const state = withTold(emptyLedger, told("refused later"));

    for (const [title, failure, afterMs, lately] of [
        ["is told lately at once", "refused later", 0, true],
        ["and a millisecond before the hour is over", "refused later", failureToldAgainAfterMs - 1, true],
        ["and no longer when it is", "refused later", failureToldAgainAfterMs, false],
        ["another was not", "refused not-allowed", 0, false],
    ] as const)
        it(title, () => assert.equal(wasToldLately(state, failure, nowMs + afterMs), lately));

    it("is remembered beside others, until an hour is over", () => {
        const both = withTold(state, told("failed not-allowed", nowMs + 30 * minuteMs));
        assert.deepEqual(names(both), ["refused later", "failed not-allowed"]);
        assert.deepEqual(names(withTold(both, told("refused busy", nowMs + 60 * minuteMs))), [
            "failed not-allowed",
            "refused busy",
        ]);
    });

    it("is written down once, with the last time", () => {
        const again = withTold(state, told("refused later", nowMs + 60 * minuteMs));
        assert.deepEqual(again.failuresTold, [told("refused later", nowMs + 60 * minuteMs)]);
        assert.equal(again.version, 2);
    });

    it("is forgotten first where there are too many", () => {
        const many = Array.from({ length: failuresToldMax + 1 }, (_, at) => told(`refused ${at}`, nowMs + at));
        const last = many.reduce(withTold, emptyLedger);
        assert.deepEqual(
            names(last),
            many.slice(1).map(({ failure }) => failure),
        );
    });

    it("is taken back by the run that could not send it, and by no other", () => {
        assert.equal(withoutTold(state, told("refused later"), nowMs).failuresTold, undefined);
        assert.deepEqual(names(withoutTold(state, told("refused later", nowMs, "run-2"), nowMs)), ["refused later"]);
    });
});
