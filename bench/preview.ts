/**
 * How much longer a preview of examples/orders takes than one of the same resources written by hand.
 *
 *     npm run build && npm run engine
 *     node -r ts-node/register/transpile-only bench/preview.ts [PAIRS]
 *
 * Pairs are interleaved and their order alternates, so that whatever else the machine does hits both. The bar is a ratio of 1.15.
 */
import { openEngine } from "../engine/index";
import { startSandbox } from "../sandbox/index";

const barRatio = 1.15;
const pairs = Number(process.argv[2] ?? 9);
const programs = { component: ".", handwritten: "bench/handwritten" } as const;
type Program = keyof typeof programs;

async function main(): Promise<void> {
    const sandbox = await startSandbox({});
    const engine = await openEngine({ prefer: "real", target: sandbox, mayDownload: false });
    const previewMilliseconds = async (program: Program) => {
        const { exitCode, stdout, stderr, milliseconds, steps } = await engine.preview({
            projectDir: programs[program],
        });
        if (exitCode !== 0) throw new Error(`The preview of ${programs[program]} failed:\n${stdout}${stderr}`);
        types[program] = steps
            .map(({ type }) => type)
            .filter((type) => type.startsWith("aws:"))
            .sort();
        return milliseconds;
    };
    const types: Partial<Record<Program, string[]>> = {};
    try {
        for (const program of ["component", "handwritten"] as const) await previewMilliseconds(program);
        if (JSON.stringify(types.component) !== JSON.stringify(types.handwritten)) {
            throw new Error(
                `The programs have different resources:\n${types.component?.join(" ")}\n${types.handwritten?.join(" ")}`,
            );
        }
        const samples: Record<Program, number[]> = { component: [], handwritten: [] };
        for (let pair = 0; pair < pairs; pair++) {
            const order: Program[] = pair % 2 === 0 ? ["component", "handwritten"] : ["handwritten", "component"];
            for (const program of order) samples[program].push(await previewMilliseconds(program));
            process.stderr.write(
                `${pair + 1}/${pairs} ${samples.component.at(-1)} ms ${samples.handwritten.at(-1)} ms\n`,
            );
        }
        const component = median(samples.component);
        const handwritten = median(samples.handwritten);
        const ratios = samples.component.map((milliseconds, pair) => milliseconds / samples.handwritten[pair]!);
        process.stdout.write(
            `${engine.banner}, Node ${process.version}, ${pairs} pairs, ${types.component?.length} resources\n` +
                `component ${component} ms, by hand ${handwritten} ms, ratio of medians ${(component / handwritten).toFixed(3)}, ` +
                `median of ratios ${median(ratios).toFixed(3)}, bar ${barRatio}\n`,
        );
        process.exitCode = component / handwritten <= barRatio ? 0 : 1;
    } finally {
        await engine.close();
        await sandbox.stop();
    }
}

function median(values: readonly number[]): number {
    const sorted = [...values].sort((left, right) => left - right);
    return sorted[Math.floor(sorted.length / 2)]!;
}

void main();
