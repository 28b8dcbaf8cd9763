#!/usr/bin/env node
/**
 * The sandbox as a process of its own: starts the local AWS, prints the environment that points at it, and runs until it is told to stop.
 *
 * Stops on Ctrl-C, on SIGTERM, and when the process that forked it is gone. Nothing is left listening.
 */
import { parseArgs } from "node:util";

import { didYouMean } from "../capacity/text";
import { failAtExit, outliveReaders, stopSignals } from "../programs/ending";
import { environmentLines } from "../programs/shell";
import { flagOf, optionNames, optionRows, type SandboxSettings, settingsOfFlags } from "./options";
import { type Sandbox, startSandbox } from "./public";

async function main(): Promise<void> {
    let end = (): void => undefined;
    outliveReaders({
        // Whoever has read the environment may go; the sandbox stays.
        gone: () => undefined,
        // Where nobody can read it, nobody will come.
        unwritable: (sentence) => {
            process.stderr.write(`${sentence}\n`);
            failAtExit();
            end();
        },
    });
    const { settings, json, help, problems } = read(process.argv.slice(2));
    if (help) return void process.stdout.write(usage());
    if (problems.length > 0) {
        process.stderr.write(`${problems.join(" ")}\n`);
        process.exitCode = 2;
        return;
    }
    const starting = startSandbox(settings);
    // Heard once from whichever side, also while it starts: a second signal finds the sandbox stopping already.
    const stop = once(async () => {
        await (await starting).close();
        if (process.connected) process.disconnect();
    });
    // That it could not start is told below.
    end = () => void stop().catch(() => undefined);
    for (const signal of stopSignals) process.on(signal, end);
    process.on("disconnect", end);
    const sandbox = await starting;
    if (process.connected) process.send?.({ endpoint: sandbox.endpoint, env: sandbox.env });
    process.stdout.write(json ? `${JSON.stringify(documentOf(sandbox), null, 2)}\n` : shellLines(sandbox));
}

function usage(): string {
    const rows = [
        ...optionNames.map((name) => [`${flagOf(name)} X`, `${optionRows[name].says} (${optionRows[name].byDefault})`]),
        ["--json", "print one JSON document instead of shell lines"],
        ["--help", "print this"],
    ] as const;
    return `Usage: sharded-stream-sandbox [options]

Starts a local AWS on 127.0.0.1, prints the environment that points AWS SDKs, the aws CLI and Pulumi at it, and runs until Ctrl-C.
Seconds are the sandbox's; in parentheses is the default.

${rows.map(([flag, says]) => `  ${flag.padEnd(23)} ${says}\n`).join("")}`;
}

interface Read {
    readonly settings: SandboxSettings;
    readonly json: boolean;
    readonly help: boolean;
    /** One sentence each. */
    readonly problems: readonly string[];
}

function read(args: readonly string[]): Read {
    const flags = optionNames.map(flagOf);
    const known = Object.fromEntries(flags.map((flag) => [flag.slice(2), { type: "string" as const }]));
    const asked = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
    const options = { ...known, ...asked };
    const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
    const isUnknown = (token: (typeof tokens)[number] | undefined): boolean =>
        token?.kind === "option" && !Object.hasOwn(options, token.name);
    const words: Record<string, string> = {};
    const problems: string[] = [];
    for (const [at, token] of tokens.entries()) {
        // What follows an option that is none may be its value.
        const isWord = token.kind === "positional" && !isUnknown(tokens[at - 1]);
        if (isWord) problems.push(`${token.value}: no option; all of them begin with --.`);
        if (token.kind !== "option" || Object.hasOwn(asked, token.name)) continue;
        const problem = isUnknown(token) ? noOption(token.rawName, [...flags, "--json", "--help"]) : problemOf(token);
        if (problem === undefined) words[token.rawName] = token.value!;
        else problems.push(`${token.rawName}: ${problem}`);
    }
    const has = (name: string): boolean => tokens.some((token) => token.kind === "option" && token.name === name);
    const found = settingsOfFlags(words);
    return {
        settings: found.settings,
        json: has("json"),
        help: has("help"),
        problems: [...problems, ...found.problems],
    };
}

const noOption = (name: string, names: readonly string[]): string =>
    `no option of the sandbox; see --help. ${didYouMean(bare(name), names.map(bare), "--")}`.trimEnd();

const bare = (flag: string): string => flag.replace(/^-+/, "");

interface Given {
    readonly rawName: string;
    readonly value?: string | undefined;
    readonly inlineValue?: boolean | undefined;
}

/** Where a value was left out, the next option is none. */
function problemOf({ rawName, value, inlineValue }: Given): string | undefined {
    if (value === undefined) return "a value must follow.";
    if (inlineValue || !value.startsWith("--")) return undefined;
    return `a value must follow, not ${value}; one that begins so is written ${rawName}=${value}.`;
}

const documentOf = ({ endpoint, region, accountId, env }: Sandbox): object => ({ endpoint, region, accountId, env });

/** Lines for `eval` in a shell; the comments tell a person what they are. */
function shellLines({ endpoint, env }: Sandbox): string {
    return [
        `# A local AWS listens on ${endpoint}. Ctrl-C stops it.`,
        "# Paste these lines into another terminal to point AWS clients there:",
        ...environmentLines(env),
        "",
    ].join("\n");
}

function once(action: () => Promise<void>): () => Promise<void> {
    let running: Promise<void> | undefined;
    return () => (running ??= action());
}

main().catch((error: unknown) => {
    const failure = error as NodeJS.ErrnoException;
    const reason =
        failure.code === "EADDRINUSE" ? "That port is taken; leave --port out for any free one." : failure.message;
    process.stderr.write(`The sandbox could not start. ${reason}\n`);
    process.exitCode = 1;
    // Who forked it waits for its end, and its channel keeps it alive.
    if (process.connected) process.disconnect();
});
