/** The pages show commands that run beside an installed package, as they stand, and that the command line knows. */
import assert from "node:assert/strict";
import { Command } from "commander";
import { defineAdvise } from "../../cli/advise";
import { type Act, type DefineCommand } from "../../cli/command";
import { defineHotShards } from "../../cli/hotShards";
import { defineKeys } from "../../cli/keys";
import { definePlan } from "../../cli/plan";
import { defineProduce } from "../../cli/produce";
import { defineRehearse } from "../../cli/rehearse";
import { defineReplay } from "../../cli/replay";
import { defineMerge, defineSplit } from "../../cli/reshard";
import { defineReview } from "../../cli/review";
import { defineSandbox } from "../../cli/sandbox";
import { defineScale } from "../../cli/scale";
import { defineStatus } from "../../cli/status";
import { markdownFiles, read } from "./pages";

const defines: readonly DefineCommand[] = [
    definePlan,
    defineReview,
    defineKeys,
    defineAdvise,
    defineHotShards,
    defineProduce,
    defineStatus,
    defineScale,
    defineSplit,
    defineMerge,
    defineReplay,
    defineSandbox,
    defineRehearse,
];

/** The lines of a page's shell blocks, without their comments, each command of a pipe for itself. */
function shellCommands(page: string): string[] {
    const blocks = [...page.matchAll(/^ *```(?:sh|console)\n([^]*?)^ *```$/gm)];
    return blocks
        .flatMap(([, block]) => block!.replaceAll("\\\n", " ").split("\n"))
        .flatMap((line) => line.replace(/ #.*$/, "").split(" | "))
        .map((command) => command.trim().replace(/^\$ /, ""));
}

/** The arguments of a command without what a shell takes: quotes around one, and where the output goes. */
function argumentsOf(command: string): string[] {
    const words = command.replace(/ >.*$/, "").match(/(?:"[^"]*"|'[^']*'|\S)+/g)!;
    return words.map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
}

async function parse(args: readonly string[]): Promise<void> {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    const act: Act = () => () => Promise.resolve();
    for (const define of defines) define(program, act);
    const all = program.commands.flatMap((command) => [command, ...command.commands]);
    for (const command of all) command.exitOverride().option("--json");
    await program.parseAsync([...args], { from: "user" });
}

const published = markdownFiles().filter((file) => /^(README|docs\/[^/]+|packages\/.*|examples\/.*)\.md$/.test(file));
const commandsOf = new Map(published.map((file) => [file, shellCommands(read(file))] as const));

describe("the commands of the pages", () => {
    const ours = [...commandsOf].map(([file, commands]) => {
        return [file, commands.filter((command) => /^(npx )?sharded-stream /.test(command))] as const;
    });

    it("are many", () => assert.ok(ours.flatMap(([, commands]) => commands).length > 60));

    for (const [file, commands] of ours.filter(([, found]) => found.length > 0)) {
        it(`of ${file} are found by npx, and are commands`, async () => {
            for (const command of commands) {
                assert.match(command, /^npx /, "an installed package is on no PATH");
                await assert.doesNotReject(parse(argumentsOf(command).slice(2)), command);
            }
        });
    }
});
