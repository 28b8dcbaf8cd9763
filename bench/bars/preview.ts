/**
 * How much longer a preview of components takes than one of the same resources written by hand: of examples/orders, and of 200 streams like it.
 *
 * The time of one stream is what somebody waits for; of 200 it is the processor time of the CLI and the program.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import { type OperationResult } from "../../engine/index";
import { unknownValue } from "../../engine/values";
import { openWorld, type OpenedWorld } from "../../test/engine/harness";
import { type Bench, type BenchOptions, inTurn, type Measured, median } from "../bar";
import { fleetProgram } from "../fleet";
import { meter } from "../processorTime";

const streams = 200;
const quickStreams = 20;
const byHand = "bench/handwritten";
const alternative = "the same resources by hand";

export const bench: Bench = {
    about: "a preview of the component",
    needs: ["build", "engine", "linux"],
    bars: [
        { what: "preview of examples/orders", alternative, most: 1.15 },
        { what: `preview of ${streams} scaled streams (--quick: ${quickStreams})`, alternative, most: 1.15 },
    ],
    measure,
};

async function measure(options: BenchOptions): Promise<Measured[]> {
    const world = await openWorld("real");
    try {
        return [await orders(world, options), await fleet(world, options)];
    } finally {
        await world.close();
    }
}

async function orders(world: OpenedWorld, { quick, say }: BenchOptions): Promise<Measured> {
    const folders = { component: ".", handwritten: byHand };
    const compare = sameResources();
    const samples = await inTurn(
        ["component", "handwritten"],
        quick ? 2 : 9,
        async (name) => {
            const result = await preview(world, folders[name]);
            compare(result);
            return result.milliseconds;
        },
        (pair, { component, handwritten }) => say(`examples/orders ${pair}: ${component} ms, ${handwritten} ms`),
    );
    return measured(samples, (milliseconds) => `${milliseconds} ms`);
}

async function fleet(world: OpenedWorld, { quick, say }: BenchOptions): Promise<Measured> {
    const count = quick ? quickStreams : streams;
    const handwritten = world.project(
        `const { scaledStream } = require("./scaledStream");
        const code = require("node:path").join(__dirname, "node_modules/sharded-stream/bin/scaler/serialized.txt");
        for (let n = 0; n < ${count}; n++) scaledStream("orders-" + n, code);`,
    );
    for (const name of ["scaledStream", "alarms"]) {
        const source = fs.readFileSync(path.join(__dirname, "../handwritten", `${name}.ts`), "utf8");
        const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
        const { outputText } = transpileModule(source, { compilerOptions });
        fs.writeFileSync(path.join(handwritten, `${name}.js`), outputText);
    }
    const folders = { component: world.project(fleetProgram(count)), handwritten };
    const compare = sameResources();
    const samples = await inTurn(
        ["component", "handwritten"],
        quick ? 1 : 3,
        async (name) => {
            const metered = meter();
            compare(await preview(world, folders[name]));
            return metered.stop().all;
        },
        (pair, { component, handwritten: theirs }) =>
            say(`${count} streams ${pair}: ${component.toFixed(1)} s, ${theirs.toFixed(1)} s`),
    );
    return measured(samples, (seconds) => `${seconds.toFixed(1)} s CPU`);
}

function measured(
    samples: readonly Readonly<Record<"component" | "handwritten", number>>[],
    text: (value: number) => string,
): Measured {
    return {
        ours: text(median(samples.map(({ component }) => component))),
        theirs: text(median(samples.map(({ handwritten }) => handwritten))),
        figure: median(samples.map(({ component, handwritten }) => component / handwritten)),
    };
}

async function preview({ engine }: OpenedWorld, projectDir: string): Promise<OperationResult> {
    const result = await engine.preview({ projectDir });
    if (result.exitCode !== 0)
        throw new Error(`The preview of ${projectDir} failed:\n${result.stdout}${result.stderr}`);
    return result;
}

/** Refuses to compare programs that have different resources, or the same with other inputs. */
export function sameResources(): (result: OperationResult) => void {
    let first: readonly string[] | undefined;
    return ({ steps }) => {
        const resources = steps
            .filter(({ type }) => type.startsWith("aws:"))
            .map(({ type, inputs }) => `${type} ${textOf(inputs)}`)
            .sort();
        first ??= resources;
        const at = first.findIndex((resource, index) => resource !== resources[index]);
        if (at !== -1 || first.length !== resources.length)
            throw new Error(`The programs have different resources:\n${first[at]}\n${resources[at]}`);
    };
}

/** Of the inputs all but what Pulumi chooses: names and the random part of those that follow from them, defaults, the place of the code. */
function textOf(inputs: Readonly<Record<string, unknown>>): string {
    const chosen = ["__defaults", "code", ...((inputs.__defaults ?? []) as string[])];
    const told = Object.keys(inputs)
        .filter((name) => !chosen.includes(name))
        .sort()
        .map((name) => `${name}=${knownText(inputs[name])}`);
    return told.join(" ").replace(/-[0-9a-f]{7}(?![0-9a-f])/g, "");
}

function knownText(input: unknown): string {
    const text = JSON.stringify(input);
    return text.includes(unknownValue) ? "not known yet" : text;
}
