/** What a stream could run with, judged by seconds that it had: money to the cent, refusals counted. */
import assert from "node:assert/strict";
import {
    type Case,
    type JudgedChoice,
    onDemandChoices,
    scaledChoice,
    staticChoices,
} from "../../../capacity/advice/choices";
import { adviseOn } from "../../../capacity/advice/report";
import { type LoadSeries, secondsOf } from "../../../capacity/advice/series";
import { estimateCost } from "../../../capacity/sizing/cost";

const hour = 3_600;

/** An hour of each load, in shards. */
function hoursOf(...loads: readonly number[]): Float64Array {
    return secondsOf(
        loads.flatMap((load) => new Array<number>(hour).fill(load)),
        1,
        1,
    );
}

function caseOf(seconds: Float64Array, more: Partial<Case> = {}): Case {
    return {
        seconds,
        meanMiBPerSecond: 1,
        meanRecordsPerSecond: 1_024,
        requirements: { writeMiBPerSecond: 5, recordsPerSecond: 3_000, headroom: 0.2 },
        retentionHours: 24,
        refusedShareSlo: 0.001,
        maxReshardsPerDay: 48,
        ...more,
    };
}

const told = ({ choice, monthly, refusedPercent }: JudgedChoice) => [
    choice,
    Math.round(monthly * 100) / 100,
    Number(refusedPercent.toPrecision(3)),
];

// 1,024 records a second all month, a PUT payload unit each.
const units = 37.68;

describe("a static size", () => {
    it("is the declared peak with its headroom, and what would have been enough", () => {
        const [declared, hindsight, ...others] = staticChoices(caseOf(hoursOf(1, 3, 3.003)));
        assert.deepEqual(
            [declared, hindsight].map((choice) => told(choice!)),
            [
                ["static at 6 shards", 65.7 + units, 0],
                // Three shards refuse .003 of 7.003, less than the .1 % that may be.
                ["static at 3 shards", 32.85 + units, 0.0428],
            ],
        );
        assert.deepEqual(others, []);
    });

    it("is told once where both are the same", () => {
        assert.deepEqual(staticChoices(caseOf(hoursOf(5.5, 6))).map(told), [["static at 6 shards", 103.38, 0]]);
    });

    it("has the shards that readers need in any case", () => {
        const requirements = { writeMiBPerSecond: 5, recordsPerSecond: 3_000, headroom: 0.4, sharedConsumers: 2 };
        assert.deepEqual(
            staticChoices(caseOf(hoursOf(1), { requirements })).map(({ choice }) => choice),
            ["static at 7 shards", "static at 5 shards"],
        );
    });

    it("is priced with fan-out and retention as a plan is", () => {
        const requirements = { writeMiBPerSecond: 5, recordsPerSecond: 3_000, fanOutConsumers: 2, sharedConsumers: 0 };
        const judged = caseOf(hoursOf(5.5), { requirements, retentionHours: 200 });
        const cost = estimateCost({
            requirements: { ...requirements, writeMiBPerSecond: 1, recordsPerSecond: 1_024 },
            shards: 6,
            retentionHours: 200,
        });
        assert.equal(staticChoices(judged)[0]!.monthly, cost.provisioned.monthly);
    });
});

describe("on-demand", () => {
    const switched = { switchedShards: 6 };
    const refusals = (of: Partial<Case>, ...loads: readonly number[]) =>
        onDemandChoices(caseOf(hoursOf(...loads), of)).map(({ choice, refusedPercent }) => [
            choice,
            Number(refusedPercent.toPrecision(3)),
        ]);

    it("takes what the stream had when it was switched, or a new one has, then twice the highest minute", () => {
        const both = (percent: number) => [
            ["on-demand Standard", percent],
            ["on-demand Advantage", percent],
        ];
        assert.deepEqual(refusals(switched, 1, 6), both(0));
        assert.deepEqual(refusals(switched, 6, 12), both(0));
        // Of a new one 2 of 6 are above 4, for as long.
        assert.deepEqual(refusals({}, 1, 6), both(Number(((100 * 2 * 16) / 60 / 7).toPrecision(3))));
        // 1 of 13 is above twice 6, until a first minute of 13 ended a quarter of an hour ago.
        assert.deepEqual(refusals(switched, 6, 13), both(Number(((100 * 16) / 60 / 19).toPrecision(3))));
    });

    it("costs what a plan says, at the mean load", () => {
        assert.deepEqual(onDemandChoices(caseOf(hoursOf(1))).map(told), [
            ["on-demand Standard", 337.17, 0],
            ["on-demand Advantage", 3_079.69, 0],
        ]);
    });
});

function finish<Value>(playing: Generator<unknown, Value>): Value {
    let step = playing.next();
    while (step.done !== true) step = playing.next();
    return step.value;
}

describe("the scaler", () => {
    it("is played from the recommended shards on, and pays for itself", () => {
        const judged = caseOf(hoursOf(1.2, 1.2, 1.2, 1.2, 1.2, 1.2));
        const { choice, averageShards, monthly, refusedPercent, deployment } = finish(scaledChoice(judged, "reactive"));
        assert.equal(choice, "scaled (reactive, 2 to 12 shards)");
        assert.deepEqual(deployment, { kind: "scaled", mode: "reactive", minShards: 2, maxShards: 12 });
        assert.ok(averageShards! < 6 && averageShards! > 2, String(averageShards));
        assert.equal(refusedPercent, 0);
        const cost = estimateCost({
            requirements: { writeMiBPerSecond: 1, recordsPerSecond: 1_024 },
            shards: averageShards!,
            scalerEveryMinutes: 1,
            scalerMode: "reactive",
        });
        assert.equal(monthly.toFixed(4), (cost.provisioned.monthly + cost.surroundings.monthly).toFixed(4));
    });

    it("starts within its range, where more shards are recommended than UpdateShardCount makes", () => {
        const requirements = { writeMiBPerSecond: 9_000, recordsPerSecond: 9_000_000 };
        const { averageShards, deployment } = finish(
            scaledChoice(caseOf(new Float64Array(60).fill(8_900), { requirements }), "reactive"),
        );
        assert.deepEqual([averageShards, deployment.kind === "scaled" && deployment.maxShards], [10_000, 10_000]);
    });

    const floors: readonly (readonly [sharedConsumers: number, minShards: number])[] = [
        [2, 2],
        [3, 8],
        [4, 10],
    ];
    for (const [sharedConsumers, minShards] of floors) {
        it(`goes no lower than ${sharedConsumers} readers of a peak of 5 MiB/s allow: ${minShards} shards`, () => {
            const requirements = { writeMiBPerSecond: 5, recordsPerSecond: 3_000, sharedConsumers };
            const { deployment } = finish(scaledChoice(caseOf(hoursOf(1.2), { requirements }), "reactive"));
            assert.equal(deployment.kind === "scaled" && deployment.minShards, minShards);
        });
    }
});

describe("the report on days", () => {
    const periods = 360;
    const series = (records: (minute: number) => number, refused = 0): LoadSeries => {
        const recordsPerSecond = Float64Array.from({ length: periods }, (_, minute) => records(minute));
        return {
            startMs: Date.UTC(2026, 10, 2),
            periodSeconds: 60,
            bytesPerSecond: recordsPerSecond.map((value) => value * 1_024),
            recordsPerSecond,
            refusedPerSecond: new Float64Array(periods).fill(refused, 0, 1),
        };
    };
    const report = (days: LoadSeries) =>
        finish(adviseOn({ name: "orders", series: days, reads: {}, retentionHours: 24 }))!;

    it("says do not scale to a load that stands", () => {
        const { advice, snippet, warnings, requirements } = report(series(() => 3_900, 10));
        assert.deepEqual(requirements, { writeMiBPerSecond: 3.82, recordsPerSecond: 3_910, headroom: 0.2 });
        assert.match(
            advice.sentence,
            /^Do not scale: static at 5 shards costs \$\d+\.\d\d a month and refuses nothing; scaled \((reactive|predictive), \d to 10 shards\) would cost \d+ % (more|less)/,
        );
        assert.equal(
            snippet,
            `import { ShardedStream } from "sharded-stream";

export const orders = new ShardedStream("orders", {
  requirements: { writeMiBPerSecond: 3.82, recordsPerSecond: 3910, headroom: 0.2 },
});`,
        );
        assert.deepEqual(warnings, [
            "Only 6 hours of load are known, less than 7 days: a week has days that these have not. Ask again when there are more.",
            "600 put attempts were refused in 1 minute: the true demand of these is not known. Each refused attempt counts once, in its minute, and no more of them than records were accepted in it; a record that was tried again counts again, so the demand may have been lower, and who gave up is not seen, so it may have been higher.",
        ]);
    });
});
