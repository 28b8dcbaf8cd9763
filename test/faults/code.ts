/**
 * The code under test, loaded as it is in the sources or with one fault put in on purpose: in a cache of its own, with the models' clients in
 * place of AWS's.
 */
import { readFileSync } from "node:fs";
import Module from "node:module";
import path from "node:path";
import ts from "typescript";
import type * as reshardCommands from "../../cli/reshard";
import type * as scaleCommand from "../../cli/scale";
import type * as handler from "../../scaler/handler";
import type * as clients from "../../stream/clients";
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
    readonly playScenario: typeof noLoss.playScenario;
    /** What the code takes for AWS's clients, from now on. */
    useClients(models: object): void;
}

const root = path.join(__dirname, "..", "..");
/** What is loaded anew; everything else, such as the AWS SDK and the simulator itself, stays as it is. */
const underTest = ["capacity", "cli", "producer", "scaler", "stream", "test/producer"].map((room) => path.join(root, room) + path.sep);
const compiled = new Map<string, string>();

interface Extensions {
    ".ts": (module: NodeModule & { _compile(text: string, file: string): void }, file: string) => void;
}

/** @throws Error if the place to change is not there exactly once: a mutation must never be none */
export function loadCode(mutations: readonly Mutation[] = []): Code {
    const changed = new Map(mutations.map((mutation) => [path.join(root, mutation.file), mutation]));
    const extensions = Module.prototype.constructor as unknown as { _extensions: Extensions };
    const { ".ts": usual } = extensions._extensions;
    const outside = new Map(cached().map((file) => [file, require.cache[file]]));
    for (const file of outside.keys()) Reflect.deleteProperty(require.cache, file);
    extensions._extensions[".ts"] = (module, file) => {
        if (isUnderTest(file)) module._compile(textOf(file, changed.get(file)), file);
        else usual(module, file);
    };
    try {
        return required();
    } finally {
        extensions._extensions[".ts"] = usual;
        for (const file of cached()) Reflect.deleteProperty(require.cache, file);
        for (const [file, module] of outside) require.cache[file] = module;
    }
}

function required(): Code {
    const from = (file: string): unknown => require(path.join(root, file));
    const own = from("stream/clients") as { -readonly [Name in keyof typeof clients]: unknown };
    let models: object = {};
    own.newClients = () => models;
    own.closeClients = () => undefined;
    const { createHandler } = from("scaler/handler") as typeof handler;
    const { defineScale } = from("cli/scale") as typeof scaleCommand;
    const { defineSplit, defineMerge } = from("cli/reshard") as typeof reshardCommands;
    const { playScenario } = from("test/producer/noLoss") as typeof noLoss;
    const useClients = (given: object): void => void (models = given);
    return { createHandler, defineScale, defineSplit, defineMerge, playScenario, useClients };
}

function cached(): string[] {
    return Object.keys(require.cache).filter(isUnderTest);
}

function isUnderTest(file: string): boolean {
    return underTest.some((room) => file.startsWith(room));
}

function textOf(file: string, mutation: Mutation | undefined): string {
    if (mutation === undefined) {
        let text = compiled.get(file);
        if (text === undefined) compiled.set(file, (text = javaScriptOf(readFileSync(file, "utf8"), file)));
        return text;
    }
    const text = readFileSync(file, "utf8");
    const times = text.split(mutation.find).length - 1;
    if (times !== 1) throw new Error(`${mutation.file} has ${times} times what the mutation changes: ${mutation.find}`);
    return javaScriptOf(text.replace(mutation.find, () => mutation.replace), file);
}

function javaScriptOf(text: string, fileName: string): string {
    const { Node16: module } = ts.ModuleKind;
    const compilerOptions = { module, target: ts.ScriptTarget.ES2022, esModuleInterop: true, inlineSourceMap: false };
    return ts.transpileModule(text, { fileName, compilerOptions }).outputText;
}
