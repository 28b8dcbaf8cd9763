/** What is said of a plan that is minutes old, where the shards that are open are not those that it has by now. */
import assert from "node:assert/strict";
import { decide } from "../../../../capacity/scaling/decide";
import { type MinuteSample, type Observation } from "../../../../capacity/scaling/observation";
import { ScalerMemory } from "../../../../capacity/scaling/predictive/memory";
import { at, daysThen, daysUntil, hourMs, minuteMs, planning, sample, seen, shown, startMs } from "./history";

type Course = (nowMs: number) => Observation;

/** The sentences of a scaler that remembers its plan, some minutes after it was made. */
function saidAfter(course: Course, madeMs: number, minutes: readonly number[]): string[] {
    const memory = new ScalerMemory();
    decide(course(madeMs), planning(), memory);
    return minutes.map((later) => {
        const [done, reason, message] = shown(decide(course(madeMs + later * minuteMs), planning(), memory));
        assert.deepEqual([done, reason], ["none", "plan-holds"]);
        return message as string;
    });
}

/** Twelve shards are open, and the night needs six. */
function night(more: Partial<Observation>, samplesUntil: (nowMs: number) => readonly MinuteSample[]): Course {
    return (nowMs) => seen(nowMs, 12, samplesUntil(nowMs), more);
}

const madeMs = at(13, "02:00");
const opened = (atMs: number) => ({ reshards: [{ atMs, kind: "update", from: 6 }] }) as const;

describe("a plan whose shards of now wait says why, as long as that holds", () => {
    const untilTen = "The plan has 6 shards by now, and the first run from 02:10 UTC on makes it anew; 12 are open.";

    it("since more were just opened", () => {
        const grown =
            "The plan has 6 shards from now on; more were opened within the last 12 minutes, so 12 stay open.";
        const course = night(opened(madeMs - 10 * minuteMs), daysUntil);
        assert.deepEqual(saidAfter(course, madeMs, [1, 2, 9]), [
            grown,
            untilTen,
            untilTen.replace("6 shards", "3 shards"),
        ]);
    });

    it("since the load of now needs more", () => {
        const course = night({}, (nowMs) =>
            nowMs < madeMs + 4 * minuteMs ? daysThen(nowMs, 2, 6) : daysThen(nowMs, 9, 2),
        );
        const stays =
            "The plan has 6 shards from now on; the load of 6 needs more with room for its noise, so 12 stay open.";
        assert.deepEqual(saidAfter(course, madeMs, [3, 4]), [stays, untilTen]);
    });

    it("since the load is above the declared peak, and new", () => {
        const high =
            "; the load of 10 is above the declared peak of 9 and was never so high until three hours ago, so 32 stay open.";
        const risen = (minutes: number) => (nowMs: number) => seen(nowMs, 32, daysThen(nowMs, minutes, 10));
        assert.deepEqual(saidAfter(risen(40), madeMs, [0, 9]), [
            `The plan has 16 shards from now on${high}`,
            `The plan has 12 shards from now on${high}`,
        ]);
        const [done, reason] = shown(decide(risen(5 * 60)(madeMs), planning()));
        assert.deepEqual([done, reason], ["to 16", "plan-in"], "hours later it is a load like others");
    });

    it("since its hour has come", () => {
        const course: Course = (nowMs) => seen(nowMs, 3, daysUntil(nowMs));
        assert.deepEqual(saidAfter(course, at(13, "07:04"), [2, 3, 9]), [
            "The plan holds 3 shards until 07:07 UTC, then 6, as on 2026-10-11 and 13 other days.",
            "The plan has 6 shards by now, and the first run from 07:14 UTC on makes it anew; 3 are open.",
            "The plan has 6 shards by now, and the first run from 07:14 UTC on makes it anew; 3 are open.",
        ]);
    });

    it("and of one count that is held, what that count would have refused", () => {
        const samples = Array.from({ length: 5 * 1_440 + 3 }, (_, minute) =>
            sample(minute, minute % 133 < 6 ? 8 : 2, 0, 10),
        );
        const fromMs = startMs + 5 * 24 * hourMs;
        const course = (nowMs: number) =>
            seen(nowMs, 12, samples.slice(0, (nowMs - startMs) / minuteMs), opened(fromMs - 10 * minuteMs));
        assert.deepEqual(saidAfter(course, fromMs, [3]), [
            "9 shards all along would have refused 0.001 % of the last 5 days, and the newest three took 10 on average, so no plan is followed; 12 are open.",
        ]);
    });
});

it("no sentence of a plan names a time that has passed", () => {
    const planHours = 23.5;
    for (let fromMs = at(12, "23:53"); fromMs < at(13, "23:53"); fromMs += 53 * minuteMs) {
        for (const open of [3, 6, 12]) {
            const memory = new ScalerMemory();
            for (let nowMs = fromMs; nowMs < fromMs + 10 * minuteMs; nowMs += minuteMs) {
                const course = seen(nowMs, open, daysUntil(nowMs), opened(fromMs - 8 * minuteMs));
                const { message } = decide(course, planning(), memory);
                for (const [, hour, minute] of message.matchAll(/(\d\d):(\d\d) UTC/g)) {
                    const dayMs = 24 * hourMs;
                    const clockMs = Number(hour) * hourMs + Number(minute) * minuteMs;
                    const aheadMs = (clockMs - (nowMs % dayMs) + dayMs) % dayMs;
                    assert.ok(
                        aheadMs > 0 && aheadMs <= planHours * hourMs,
                        `${new Date(nowMs).toISOString()} ${message}`,
                    );
                }
            }
        }
    }
}).timeout(60_000);
