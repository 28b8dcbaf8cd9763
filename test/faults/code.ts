/**
 * The code under test, loaded as it is in the sources or with one fault put in on purpose: in a cache of its own, with the models' clients in
 * place of AWS's.
 */
import { readdirSync, readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import path from "node:path";
import { buildSync } from "esbuild";
import ts from "typescript";
import type * as reshardCommands from "../../cli/reshard";
import type * as scaleCommand from "../../cli/scale";
import type * as handler from "../../scaler/handler";
import type * as inProcess from "../cli/inProcess";
import type * as noLoss from "../producer/noLoss";

/** One place of the sources, changed. */
export interface Mutation {
    readonly file: string;
    readonly find: string;
    readonly replace: string;
}

export interface Code {
    readonly createHandler: typeof handler.createHandler;
    readonly defineScale: typeof scaleCommand.defineScale;
    readonly defineSplit: typeof reshardCommands.defineSplit;
    readonly defineMerge: typeof reshardCommands.defineMerge;
    readonly runInProcess: typeof inProcess.runInProcess;
    readonly playScenario: typeof noLoss.playScenario;
    /** What the code takes for AWS's clients, from now on. */
    useClients(models: object): void;
}

const root = path.join(__dirname, "..", "..");
/** What is loaded anew; everything else, such as the AWS SDK and the simulator itself, stays as it is. */
const rooms = ["capacity", "cli", "producer", "scaler", "stream", "test/producer", "test/cli"].map(
    (room) => path.join(root, room) + path.sep,
);
const clientsFile = path.join(root, "stream", "clients.ts");
/** JavaScript by source file. */
let compiled: ReadonlyMap<string, string> | undefined;

type CompiledModule = NodeModule & { _compile(text: string, file: string): void };

/** @throws Error if the place to change is not there exactly once: a mutation must never be none */
export function loadCode(mutations: readonly Mutation[] = []): Code {
    compiled ??= compileAll();
    const changed = new Map(mutations.map((mutation) => [path.join(root, mutation.file), mutated(mutation)]));
    const { _extensions: extensions } = Module as unknown as {
        _extensions: Record<string, (module: CompiledModule, file: string) => void>;
    };
    const usual = extensions[".ts"]!;
    const before = new Map(cached().map((file) => [file, require.cache[file]]));
    for (const file of before.keys()) Reflect.deleteProperty(require.cache, file);
    extensions[".ts"] = (module, file) => {
        const text = changed.get(file) ?? compiled!.get(file);
        if (text === undefined) usual(module, file);
        else module._compile(text, file);
    };
    try {
        return required();
    } finally {
        extensions[".ts"] = usual;
        for (const file of cached()) Reflect.deleteProperty(require.cache, file);
        for (const [file, module] of before) require.cache[file] = module;
    }
}

function required(): Code {
    const load = createRequire(__filename);
    const from = (file: string): unknown => load(path.join(root, file));
    const { useClients } = from("stream/clients") as Pick<Code, "useClients">;
    const { createHandler } = from("scaler/handler") as typeof handler;
    const { defineScale } = from("cli/scale") as typeof scaleCommand;
    const { defineSplit, defineMerge } = from("cli/reshard") as typeof reshardCommands;
    const { runInProcess } = from("test/cli/inProcess") as typeof inProcess;
    const { playScenario } = from("test/producer/noLoss") as typeof noLoss;
    return { createHandler, defineScale, defineSplit, defineMerge, runInProcess, playScenario, useClients };
}

function cached(): string[] {
    return Object.keys(require.cache).filter((file) => rooms.some((room) => file.startsWith(room)));
}

/** All sources in one go, without their types. */
function compileAll(): ReadonlyMap<string, string> {
    const files = rooms.flatMap((room) =>
        readdirSync(room, { recursive: true, encoding: "utf8" })
            .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
            .map((name) => path.join(room, name)),
    );
    const outdir = path.join(root, "compiled");
    const { outputFiles } = buildSync({ ...asCommonJs, entryPoints: files, outbase: root, outdir, write: false });
    const texts = new Map<string, string>();
    for (const { path: file, text } of outputFiles)
        texts.set(path.join(root, path.relative(outdir, file)).replace(/\.js$/, ".ts"), text);
    // The models' clients take the place of AWS's; whatever else stands in the file stays.
    const own = `${texts.get(clientsFile)!}\nlet models = {};\nmodule.exports = { ...module.exports, ${standIns} };`;
    return texts.set(clientsFile, own);
}

const standIns =
    "newClients: () => models, closeClients: () => undefined, useClients: (given) => void (models = given)";
const asCommonJs = { bundle: false, format: "cjs", platform: "node", target: "node20", logLevel: "error" } as const;

function mutated({ file, find, replace }: Mutation): string {
    const text = readFileSync(path.join(root, file), "utf8");
    const times = text.split(find).length - 1;
    if (times !== 1) throw new Error(`${file} has ${times} times what the mutation changes: ${find}`);
    const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
    return ts.transpileModule(
        text.replace(find, () => replace),
        { fileName: file, compilerOptions },
    ).outputText;
}
