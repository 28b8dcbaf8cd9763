/**
 * The scaler: what its modes cost and refuse on traces that nothing was tuned on, what one decision takes, and what its resources take to preview.
 *
 * NAB_FOLDER names a folder with the CSVs of the Numenta Anomaly Benchmark; without it what is measured on them is left out. All tables:
 * bench/scaling/main.ts.
 */
import { type Bar, type Bench, type BenchOptions, type Measured } from "../bar";
import { type Case, courseOf, elasticityIndex, judged, refusedPercentMax } from "../scaling/cases";
import { decisionCpu } from "../scaling/decisionCpu";
import { modeName, modePolicy, otherPolicies, reshardsPerDay, staticName } from "../scaling/policies";
import { previewOfMany } from "../scaling/preview";
import { chosenTraces, type TraceChoice } from "../scaling/traces";

const folder = process.env.NAB_FOLDER;
const mode = "predictive";
const indexMost: Readonly<Record<(typeof reshardsPerDay)[number], number>> = { 0: 1.3, 48: 1.25, 10_000: 1.15 };
/** What the reactive mode needed there when it was all there was. */
const elb = { trace: "elb", bars: { "elb@10": [3.57, 0.066], "elb@40": [3.84, 0.106] } } as const;

interface Row {
    readonly bar: Bar;
    readonly of: (cases: readonly Case[]) => Measured;
}

const rows: readonly Row[] = [
    ...reshardsPerDay.flatMap((reshards) => indexRows(reshards)),
    {
        bar: { what: `refused calls, ${mode}, held-out traces`, alternative: "published scalers", most: 0, unit: "" },
        of: (cases) => {
            const calls = (own: (one: Case) => boolean) =>
                cases.filter(own).reduce((sum, { outcome }) => sum + outcome.illegalCalls, 0);
            const [ours, theirs] = [calls(isOwn), calls(({ policy }) => policy.includes("/"))];
            return { ours: String(ours), theirs: String(theirs), figure: ours };
        },
    },
    {
        bar: { what: `dearest against a static size, ${mode}`, alternative: staticName, most: 1.02 },
        of: (cases) => {
            const ratios = cases.filter(isOwn).map((one) => ({ ...one, ratio: one.cost / theOther(cases, one).cost }));
            const dearest = ratios.reduce((most, one) => (one.ratio > most.ratio ? one : most));
            return told(dearest.cost.toFixed(2), theOther(cases, dearest).cost.toFixed(2), dearest.ratio);
        },
    },
    ...(folder === undefined ? [] : Object.entries(elb.bars).flatMap(([trace, most]) => elbRows(trace, most))),
];

export const bench: Bench = {
    about: "the scaler",
    bars: [
        ...rows.map(({ bar }) => bar),
        { what: "one reactive decision, serialised, 14 days", alternative: "none", most: 50, unit: "ms CPU" },
        { what: "one predictive decision likewise, usual", alternative: "none", most: 50, unit: "ms CPU" },
        { what: "a plan likewise, first of a process", alternative: "none", most: 500, unit: "ms CPU" },
        { what: "preview of 100 StreamAutoscalers, on mocks", alternative: "the same resources by hand", most: 1.2 },
    ],
    measure,
};

async function measure({ quick, say }: BenchOptions): Promise<Measured[]> {
    const cases = playAll(quick, say);
    const [reactive, predictive] = [await decisionCpu("reactive"), await decisionCpu(mode)];
    const preview = await previewOfMany();
    const ms = (spent: number) => told(`${spent.toFixed(1)} ms CPU`, "", spent);
    return [
        ...rows.map((row) => row.of(cases)),
        ms(reactive.firstMs),
        ms(predictive.usualMs),
        ms(Math.max(predictive.firstMs, predictive.dearestMs)),
        told(`${Math.round(preview.scaledMs)} ms CPU`, `${Math.round(preview.plainMs)} ms CPU`, preview.ratio),
    ];
}

/** Every held-out trace, from minutes to an hour; or a week of three at one size. */
function playAll(quick: boolean, say: BenchOptions["say"]): Case[] {
    const few = { names: ["bursts2", "rhythm2", elb.trace], days: 7 };
    const choice: TraceChoice = { set: "heldOut", shards: [10, 40], folder, ...(quick ? few : {}) };
    const cases: Case[] = [];
    for (const trace of chosenTraces(choice)) {
        const course = courseOf(trace);
        const policies = [
            ...otherPolicies(trace.shards),
            ...reshardsPerDay.flatMap((reshards) =>
                ["reactive", mode].map((name) => modePolicy(name, reshards, trace.shards)),
            ),
        ];
        for (const policy of policies) cases.push(judged(course, policy));
        const [static0, ...own] = cases.filter(
            (one) => one.trace === trace.name && (isOwn(one) || one.policy === staticName),
        );
        say(`${trace.name}: static ${cell(static0!)}, ${own.map((one) => `${one.policy} ${cell(one)}`).join(", ")}`);
    }
    return cases;
}

function indexRows(reshards: (typeof reshardsPerDay)[number]): Row[] {
    const of = (cases: readonly Case[], name: string) =>
        elasticityIndex(cases.filter(({ policy }) => policy === modeName(name, reshards)));
    const what = modeName(mode, reshards);
    return [
        {
            bar: { what: `index, ${what}, held-out traces`, alternative: "reactive", most: indexMost[reshards] },
            of: (cases) => {
                const [ours, theirs] = [of(cases, mode), of(cases, "reactive")];
                return told(ours.index.toFixed(3), theirs.index.toFixed(3), ours.index);
            },
        },
        {
            bar: { what: `most refused, ${what}`, alternative: "reactive", most: refusedPercentMax, unit: "%" },
            of: (cases) => {
                const [ours, theirs] = [of(cases, mode), of(cases, "reactive")].map((own) => own.mostRefusedPercent);
                return told(`${ours!.toFixed(3)} %`, `${theirs!.toFixed(3)} %`, ours!);
            },
        },
    ];
}

function elbRows(trace: string, [costMost, refusedMost]: readonly [number, number]): Row[] {
    const name = modeName(mode, reshardsPerDay[0]);
    const both = (cases: readonly Case[]) =>
        [name, modeName("reactive", reshardsPerDay[0])].map((policy) =>
            cases.find((one) => one.trace === trace && one.policy === policy)!,
        );
    return [
        {
            bar: { what: `cost over the oracle, ${name}, ${trace}`, alternative: "reactive", most: costMost },
            of: (cases) => {
                const [ours, theirs] = both(cases);
                return told(ours!.cost.toFixed(2), theirs!.cost.toFixed(2), ours!.cost);
            },
        },
        {
            bar: { what: `refused, ${name}, ${trace}`, alternative: "reactive", most: refusedMost, unit: "%" },
            of: (cases) => {
                const [ours, theirs] = both(cases).map((one) => one.refusedPercent);
                return told(`${ours!.toFixed(3)} %`, `${theirs!.toFixed(3)} %`, ours!);
            },
        },
    ];
}

function isOwn({ policy }: Case): boolean {
    return policy.startsWith(mode);
}

/** The static size on the same trace. */
function theOther(cases: readonly Case[], { trace }: Case): Case {
    return cases.find((one) => one.trace === trace && one.policy === staticName)!;
}

function cell({ cost, refusedPercent }: Case): string {
    return `${cost.toFixed(2)} / ${refusedPercent.toFixed(3)}`;
}

function told(ours: string, theirs: string, figure: number): Measured {
    return { ours, theirs, figure };
}
