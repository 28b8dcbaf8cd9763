/** Rises like the one of now: which minutes are, how far they are believed, and what a plan makes of them. */
import assert from "node:assert/strict";
import { LoadMinutes } from "../../../../capacity/scaling/predictive/minutes";
import { loadBins, loadOfBin } from "../../../../capacity/scaling/predictive/bins";
import { Courses } from "../../../../capacity/scaling/predictive/courses";
import { outlookOf } from "../../../../capacity/scaling/predictive/outlook";
import { precedentsOf } from "../../../../capacity/scaling/predictive/precedents";
import { sample } from "./history";

const peakShards = 10;

/** A load of two shards, and every two hours a spike that lasts six minutes; the newest minute belongs to another. */
function spikesOf(height: number, spikes: number, newest = height, sinceItBegan = 0): LoadMinutes {
    const every = 120;
    const last = spikes * every + 60 + sinceItBegan;
    const minutes = new LoadMinutes(peakShards);
    const load = (minute: number) => {
        if (minute === last) return newest;
        return minute >= 60 && (minute - 60) % every < 6 ? height : 2;
    };
    const samples = Array.from({ length: last + 1 }, (_, minute) => sample(minute, load(minute)));
    minutes.extend(samples, 10);
    return minutes;
}

describe("rises like the one of now", () => {
    const rows: [title: string, minutes: LoadMinutes, anchors: number | undefined, trust?: number][] = [
        ["are none where there were fewer than a dozen", spikesOf(8, 11), undefined],
        ["are the first minutes of the dozen spikes before", spikesOf(8, 12), 12, 12 / 20],
        ["are believed the more, the more there were", spikesOf(8, 72), 72, 72 / 80],
        ["are as high within a fifth", spikesOf(8, 72, 6.6), 72, 72 / 80],
        ["and not where this one is higher than they were", spikesOf(8, 72, 9.9), undefined],
        ["nor where it is lower", spikesOf(8, 72, 6.4), undefined],
    ];
    for (const [title, minutes, anchors, trust] of rows) {
        it(title, () => {
            const found = precedentsOf(minutes);
            assert.deepEqual([found?.anchors.length, found?.trust], [anchors, trust]);
        });
    }

    it("are at the same point: a minute on the height of a spike is like none in which one begins", () => {
        const { anchors } = precedentsOf(spikesOf(8, 20, 8, 2))!;
        assert.deepEqual([...new Set(anchors.map((at) => (at - 60) % 120))].sort(), [1, 2, 3, 4, 5]);
    });

    it("tell when the load falls again, and as high as this one is", () => {
        const minutes = spikesOf(8, 72, 7.2);
        const precedents = precedentsOf(minutes);
        const given = { peakShards, lagMinutes: 1 };
        const floor = { load: 7.2, minutes: 8, precedents: undefined };
        const meanAt = (part: number, outlook: ReturnType<typeof outlookOf>) =>
            outlook[part]!.probability.reduce((sum, share, bin) => sum + share * loadOfBin(bin, peakShards), 0);
        const none = new Courses(minutes, peakShards, 1, undefined, []);
        const lasting = outlookOf(minutes, none, { ...given, floor });
        const ending = outlookOf(minutes, none, { ...given, floor: { ...floor, precedents } });
        // Two to four minutes after the newest the spikes are there, five to seven after it they end: a tenth is not believed.
        assert.ok(Math.abs(meanAt(0, ending) - 7.2) < 0.3, String(meanAt(0, ending)));
        assert.ok(meanAt(2, ending) < 2.6, String(meanAt(2, ending)));
        assert.ok(meanAt(2, lasting) >= 7, String(meanAt(2, lasting)));
        for (const { probability } of ending) {
            assert.equal(probability.length, loadBins);
            assert.ok(Math.abs(probability.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
        }
    });
});
