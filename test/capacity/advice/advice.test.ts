/** Of priced choices the one to take: standing still is worth a tenth of the money, and a refusal more than is allowed is worth none. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { adviceOf, type Choice, type ChoiceKind } from "../../../capacity/advice/advice";

const names: Readonly<Record<ChoiceKind, string>> = {
    static: "static at 12 shards",
    scaled: "scaled (reactive, 2 to 24 shards)",
    onDemandStandard: "on-demand Standard",
    onDemandAdvantage: "on-demand Advantage",
};
const of = (kind: ChoiceKind, monthly: number, refusedPercent: number, choice = names[kind]): Choice => ({
    kind,
    choice,
    monthly,
    refusedPercent,
});
const slo = 0.001;

describe("the advice", () => {
    const rows: readonly [title: string, choices: readonly Choice[], choice: string, sentence: string][] = [
        [
            "the cheapest that keeps within what may be refused",
            [of("static", 131.4, 0), of("scaled", 80, 0.1), of("onDemandStandard", 60, 0.101)],
            names.scaled,
            "Scale: scaled (reactive, 2 to 24 shards) costs $80.00 a month and refuses 0.1 %; static at 12 shards would cost 64 % more ($131.40) and refuse nothing.",
        ],
        [
            "a size that never changes where it costs 10 % more",
            [of("static", 110, 0), of("scaled", 100, 0.02)],
            names.static,
            "Do not scale: static at 12 shards costs $110.00 a month and refuses nothing; scaled (reactive, 2 to 24 shards) would cost 9 % less ($100.00) and refuse 0.02 %.",
        ],
        [
            "and not where it costs a cent more than that",
            [of("static", 110.01, 0), of("scaled", 100, 0.02)],
            names.scaled,
            "Scale: scaled (reactive, 2 to 24 shards) costs $100.00 a month and refuses 0.02 %; static at 12 shards would cost just above 10 % more ($110.01) and refuse nothing.",
        ],
        [
            "nor where it refuses more than may be",
            [of("static", 90, 0.11), of("scaled", 100, 0.0004)],
            names.scaled,
            "Scale: scaled (reactive, 2 to 24 shards) costs $100.00 a month and refuses less than 0.001 %; static at 12 shards would cost 10 % less ($90.00) but refuse 0.11 %, more than the 0.1 % that may be.",
        ],
        [
            "nor where that is so little more that it reads alike",
            [of("static", 90, 0.1003), of("scaled", 100, 0)],
            names.scaled,
            "Scale: scaled (reactive, 2 to 24 shards) costs $100.00 a month and refuses nothing; static at 12 shards would cost 10 % less ($90.00) but refuse just above 0.1 %, more than the 0.1 % that may be.",
        ],
        [
            "but for a hair of rounding",
            [of("static", 90, 0.1 + 1e-12), of("scaled", 100, 0)],
            names.static,
            "Do not scale: static at 12 shards costs $90.00 a month and refuses 0.1 %; scaled (reactive, 2 to 24 shards) would cost 11 % more ($100.00) and refuse nothing.",
        ],
        [
            "and what costs more and refuses more has no but",
            [of("static", 110.01, 0.2), of("scaled", 100, 0)],
            names.scaled,
            "Scale: scaled (reactive, 2 to 24 shards) costs $100.00 a month and refuses nothing; static at 12 shards would cost just above 10 % more ($110.01) and refuse 0.2 %, more than the 0.1 % that may be.",
        ],
        [
            "of two sizes within 10 % the one that refuses less",
            [of("static", 100, 0.1, "static at 10 shards"), of("static", 109, 0), of("scaled", 120, 0)],
            names.static,
            "Do not scale: static at 12 shards costs $109.00 a month and refuses nothing; scaled (reactive, 2 to 24 shards) would cost 10 % more ($120.00) and refuse nothing.",
        ],
        [
            "on-demand where that is cheapest",
            [of("static", 29.2, 0), of("scaled", 32, 0), of("onDemandStandard", 20, 0)],
            names.onDemandStandard,
            "Go on-demand: on-demand Standard costs $20.00 a month and refuses nothing; static at 12 shards would cost 46 % more ($29.20) and refuse nothing.",
        ],
        [
            "what refuses least where nothing keeps within it",
            [of("static", 100, 0.5), of("scaled", 50, 0.9), of("onDemandStandard", 900, 0.4)],
            names.onDemandStandard,
            "Go on-demand: on-demand Standard costs $900.00 a month and refuses 0.4 %; static at 12 shards would cost 89 % less ($100.00) and refuse 0.5 %. None of the choices keeps within the 0.1 % that may be refused; this one refuses least.",
        ],
        [
            "the only one",
            [of("static", 10.95, 0)],
            names.static,
            "Do not scale: static at 12 shards costs $10.95 a month and refuses nothing.",
        ],
    ];
    for (const [title, choices, choice, sentence] of rows) {
        it(`is ${title}`, () => {
            const advice = adviceOf(choices, slo);
            assert.deepEqual(
                { choice: advice.choice, sentence: advice.sentence, doNotScale: advice.doNotScale },
                { choice, sentence, doNotScale: choice.startsWith("static") },
            );
        });
    }

    describe("of any choices", () => {
        const choices = fc.array(
            fc.record({
                kind: fc.constantFrom(...(Object.keys(names) as ChoiceKind[])),
                monthly: fc.integer({ min: 90, max: 130 }),
                refusedPercent: fc.constantFrom(0, 0.05, 0.1, 0.2, 0.3),
            }),
            { minLength: 1, maxLength: 7 },
        );
        const held = (law: (advised: Choice, all: readonly Choice[], advice: ReturnType<typeof adviceOf>) => void) =>
            fc.assert(
                fc.property(choices, (drawn) => {
                    const all = drawn.map((choice, at) => ({ ...choice, choice: `choice ${at}` }));
                    const advice = adviceOf(all, slo);
                    law(
                        all.find(({ choice }) => choice === advice.choice)!,
                        all,
                        advice,
                    );
                }),
                { numRuns: 500 },
            );
        const keeps = ({ refusedPercent }: Choice) => refusedPercent <= 0.1;
        const cheapestOf = (all: readonly Choice[]) => Math.min(...all.map(({ monthly }) => monthly));

        it("it says do not scale exactly where a size that never changes keeps within it for at most 10 % more", () =>
            held((_, all, { doNotScale }) => {
                if (!all.some(keeps)) return;
                const most = 1.1 * cheapestOf(all.filter(keeps));
                const stands = all.some(
                    (choice) => choice.kind === "static" && keeps(choice) && choice.monthly <= most,
                );
                assert.equal(doNotScale, stands);
            }));
        it("it is dearer than none that refuses as little, but for the 10 % that standing still is worth", () =>
            held((advised, all) => {
                const asGood = all.filter(({ refusedPercent }) => refusedPercent <= advised.refusedPercent);
                const worth = advised.kind === "static" ? 1.1 : 1;
                assert.ok(advised.monthly <= worth * cheapestOf(asGood));
                const alike = asGood.filter(({ kind }) => kind === advised.kind);
                assert.equal(advised.monthly, cheapestOf(alike));
            }));
        it("it refuses more than may be only where each does", () =>
            held((advised, all) => assert.equal(keeps(advised), all.some(keeps))));
    });

    it("is the same in whatever order the choices are given, and never one that refuses too much where another does not", () => {
        const choice = fc.record({
            kind: fc.constantFrom(...(Object.keys(names) as ChoiceKind[])),
            choice: fc.string({ minLength: 3, maxLength: 6 }),
            monthly: fc.integer({ min: 1, max: 40 }),
            refusedPercent: fc.constantFrom(0, 0.05, 0.1, 0.2),
        });
        const distinct = fc.uniqueArray(choice, {
            minLength: 1,
            maxLength: 6,
            selector: ({ monthly }) => monthly,
        });
        fc.assert(
            fc.property(distinct, (choices) => {
                const advice = adviceOf(choices, slo);
                assert.deepEqual(adviceOf([...choices].reverse(), slo), advice);
                const advised = choices.find((each) => each.choice === advice.choice && each.kind === advice.kind)!;
                const keeping = choices.filter(({ refusedPercent }) => refusedPercent <= 0.1);
                if (keeping.length > 0) assert.ok(advised.refusedPercent <= 0.1);
                if (keeping.length > 0)
                    assert.ok(advised.monthly <= 1.1 * Math.min(...keeping.map(({ monthly }) => monthly)));
            }),
            { numRuns: 200 },
        );
    });
});
