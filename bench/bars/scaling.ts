/** The scaler: what its reactive mode costs and refuses beside what teams use, what one decision takes, and what its resources take to preview. */
import { decisionCpu, previewOfMany, replayAll, type Row } from "../scaler";
import { type Bench, type BenchOptions, type Measured } from "../bar";

const tracking = "target tracking 0.7, 60 min";
const doubling = "double or halve";

export const bench: Bench = {
    about: "the scaler",
    bars: [
        { what: "records refused, mean of four loads", alternative: tracking, most: 1 },
        { what: "shard-hours, mean of four loads", alternative: tracking },
        { what: "records refused, mean of four loads", alternative: doubling, most: 1 },
        { what: "calls that Kinesis would refuse", alternative: tracking, most: 0, unit: "" },
        { what: "one decision with 14 days of history, serialised", alternative: "none", most: 50, unit: "ms CPU" },
        { what: "preview of 100 StreamAutoscalers, on mocks", alternative: "the same resources by hand", most: 1.2 },
    ],
    measure,
};

async function measure({ say }: BenchOptions): Promise<Measured[]> {
    const rows = replayAll(undefined, false);
    say(`replayed ${rows.length} days of policies`);
    const decisionMs = await decisionCpu();
    say(`one decision: ${decisionMs.toFixed(1)} ms`);
    const preview = await previewOfMany();
    const [own, tracked, doubled] = ["reactive", tracking, doubling].map((policy) => meanOf(rows, policy));
    return [
        refusals(own!, tracked!),
        { ours: own!.cost.toFixed(2), theirs: tracked!.cost.toFixed(2), figure: own!.cost / tracked!.cost },
        refusals(own!, doubled!),
        { ours: String(own!.illegal), theirs: String(tracked!.illegal), figure: own!.illegal },
        { ours: `${decisionMs.toFixed(1)} ms CPU`, theirs: "", figure: decisionMs },
        {
            ours: `${Math.round(preview.scaledMs)} ms CPU`,
            theirs: `${Math.round(preview.plainMs)} ms CPU`,
            figure: preview.ratio,
        },
    ];
}

interface Mean {
    readonly cost: number;
    readonly refusedPercent: number;
    readonly illegal: number;
}

function meanOf(rows: readonly Row[], policy: string): Mean {
    const own = rows.filter((row) => row.policy === policy);
    if (own.length === 0) throw new Error(`No policy is called ${policy}.`);
    const sum = (of: (row: Row) => number) => own.reduce((total, row) => total + of(row), 0);
    return {
        cost: sum(({ cost }) => cost) / own.length,
        refusedPercent: sum(({ refusedPercent }) => refusedPercent) / own.length,
        illegal: sum(({ illegalCalls }) => illegalCalls),
    };
}

function refusals(own: Mean, theirs: Mean): Measured {
    return {
        ours: `${own.refusedPercent.toFixed(3)} %`,
        theirs: `${theirs.refusedPercent.toFixed(3)} %`,
        figure: own.refusedPercent / theirs.refusedPercent,
    };
}
