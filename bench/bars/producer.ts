/** The producer on a stream that is offered half as much again as it takes: what is written of the capacity, beside what teams use. */
import { type Raced, race } from "../producer";
import { type Bench, type BenchOptions, type Measured } from "../bar";

const alternatives = ["sequential loop", "@shutterstock/kinesis-helpers"] as const;

export const bench: Bench = {
    about: "the producer at 1.5 times the capacity of 8 shards",
    bars: [
        { what: "accepted of the capacity", alternative: "a sequential PutRecords loop", least: 97, unit: "%" },
        {
            what: "accepted in the worst three seconds",
            alternative: "a sequential PutRecords loop",
            least: 95,
            unit: "%",
        },
        { what: "accepted, ratio", alternative: "@shutterstock/kinesis-helpers", least: 1 },
        { what: "records lost", alternative: "a sequential PutRecords loop", most: 0, unit: "" },
    ],
    measure,
};

async function measure({ quick, say }: BenchOptions): Promise<Measured[]> {
    const options = { shards: 8, seconds: quick ? 6 : 15, latencyMs: 0, recordBytes: 200 };
    const raced = await race(options, ({ name, ofCapacity }) => say(`${name}: ${percent(ofCapacity)}`));
    const of = (name: string): Raced => raced.find((one) => one.name === name)!;
    const [own, loop, helpers] = [of("sharded-stream"), of(alternatives[0]), of(alternatives[1])];
    return [
        { ours: percent(own.ofCapacity), theirs: percent(loop.ofCapacity), figure: 100 * own.ofCapacity },
        {
            ours: percent(own.worstOfCapacity),
            theirs: percent(loop.worstOfCapacity),
            figure: 100 * own.worstOfCapacity,
        },
        {
            ours: `${Math.round(own.acceptedPerSecond)}/s`,
            theirs: `${Math.round(helpers.acceptedPerSecond)}/s`,
            figure: own.acceptedPerSecond / helpers.acceptedPerSecond,
        },
        { ours: String(own.lost), theirs: String(loop.lost), figure: own.lost },
    ];
}

function percent(part: number): string {
    return `${(100 * part).toFixed(1)} %`;
}
