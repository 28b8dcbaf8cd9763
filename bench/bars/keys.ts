/** Keys: how fast and in how much memory a sample is counted, how often the verdict is right, and whether the advised salt keeps its promise. */
import { outcomeOf, skewedSamples } from "../keyFixes";
import { type Memory, memoryOf } from "../keysMemory";
import { compareSpeed } from "../keysSpeed";
import { confusionOf } from "../keysVerdicts";
import { type Bench, type BenchOptions, type Measured, median } from "../bar";

const seed = 1;

export const bench: Bench = {
    about: "samples of keys",
    needs: ["build", "python"],
    bars: [
        { what: "`keys analyze`, keys a second, a key a line", alternative: "a Python hashlib loop", least: 3 },
        {
            what: "`keys analyze`, peak memory of all formats",
            alternative: "a tenth of the file",
            most: 150,
            unit: "MB",
        },
        { what: "verdicts on random scenarios of a known cause", alternative: "the cause", least: 98, unit: "%" },
        {
            what: "20 skewed samples on which the advised salt keeps its promise",
            alternative: "as they are",
            least: 19,
            unit: "",
        },
    ],
    measure: (options) => Promise.resolve([speed(options), memory(options), verdicts(options), fixes(options)]),
};

function speed({ quick, say }: BenchOptions): Measured {
    const million = (perSecond: number) => `${(perSecond / 1e6).toFixed(2)} M keys/s`;
    const { rounds } = compareSpeed(quick ? 1_000_000 : 3_000_000, quick ? 3 : 7, ({ loop, own }) =>
        say(`keys analyze ${million(own.keysPerSecond)}, hashlib ${million(loop.keysPerSecond)}`),
    );
    return {
        ours: million(median(rounds.map(({ own }) => own.keysPerSecond))),
        theirs: million(median(rounds.map(({ loop }) => loop.keysPerSecond))),
        figure: median(rounds.map(({ loop, own }) => own.keysPerSecond / loop.keysPerSecond)),
    };
}

function memory({ quick, say }: BenchOptions): Measured {
    const megabytes = (all: readonly Memory[]) => Math.max(...all.map(({ peakMb }) => peakMb));
    const measured = memoryOf(quick ? 1 : 10, ({ title, records, peakMb }) =>
        say(`${title}, ${records.toLocaleString("en-US")}: ${Math.round(peakMb)} MB`),
    ).filter(({ title }) => !title.startsWith("send()"));
    const large = measured.filter((_, nth) => nth % 2 === 1);
    const small = measured.filter((_, nth) => nth % 2 === 0);
    return {
        ours: `${Math.round(megabytes(large))} MB`,
        theirs: `${Math.round(megabytes(small))} MB`,
        figure: megabytes(large),
    };
}

function verdicts({ quick, say }: BenchOptions): Measured {
    const { right, all } = confusionOf(quick ? 200 : 1_000, 7);
    say(`${right} of ${all} verdicts are right`);
    return { ours: String(right), theirs: String(all), figure: (100 * right) / all };
}

function fixes({ quick, say }: BenchOptions): Measured {
    const renamings = quick ? 100 : 1_000;
    const outcomes = skewedSamples.map((_, nth) => {
        const outcome = outcomeOf(nth, renamings, seed);
        say(`${outcome.title} on ${outcome.shards} shards: ${(100 * outcome.after).toFixed(1)} %`);
        return outcome;
    });
    const keeping = (kept: (outcome: (typeof outcomes)[number]) => boolean) => outcomes.filter(kept).length;
    const holds = keeping(({ salt, after }) => salt?.reached === true && after >= 0.95);
    return {
        ours: `${holds} of ${outcomes.length}`,
        theirs: `${keeping(({ before }) => before >= 0.95)} of ${outcomes.length}`,
        figure: holds,
    };
}
