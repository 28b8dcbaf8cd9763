/**
 * `sharded-stream scale`: takes a stream to any shard count within what Kinesis allows, after showing the whole way; pauses its scaler, or runs
 * the scaler's decision once.
 */
import { limits } from "../capacity/limits";
import { enumerated } from "../capacity/text";
import { LedgerFailure } from "../stream/ledger";
import { ledgerProblem } from "./awsErrors";
import {
    AwsRefusedError,
    type CommandContext,
    type CommandResult,
    type DefineCommand,
    examples,
    UsageError,
    wholeNumber,
} from "./command";
import { commandLine } from "./commandLine";
import { Interrupted, type Live, withStream } from "./live";
import { shardCount } from "./quantities";
import { type AutoFlags, scaleAuto } from "./scaleAuto";
import { callsKept, scaleWalk, type WalkFlags } from "./scaleWalk";
import { stepsDocument } from "./steps";
import { Walker, withoutLedgerOption, withoutLedgerText } from "./walker";

interface ScaleFlags extends AutoFlags, WalkFlags {
    readonly pause?: true;
    readonly resume?: true;
}

const actions = ["out", "in", "to", "auto"] as const;

type Action = (typeof actions)[number];

export const defineScale: DefineCommand = (program, act) => {
    const callsMax = limits.updateShardCountCallsPer24Hours;
    program
        .command("scale")
        .argument("<stream>", "name or ARN of the stream")
        .argument("[action]", "out (double), in (halve), to (a count), or auto (one run of the scaler's decision)")
        .argument("[count]", "open shards to go to, with to", shardCount)
        .description("plan the way to a shard count, show it, and walk it; started again it goes on")
        .option("--dry-run", "show the plan and do nothing")
        .option("--yes", "do not ask")
        .option(
            "--spend-all-calls",
            `with out, in or to: also spend the last ${callsKept} UpdateShardCount calls of the 24 hours`,
        )
        .option(
            "--calls-left <number>",
            "with out, in or to: UpdateShardCount calls left, if you know better",
            wholeNumber(0, callsMax),
        )
        .option(...withoutLedgerOption)
        .option("--pause", "tell the stream's scaler to observe and not to act")
        .option("--resume", "let the stream's scaler act again")
        .option("--explain", "with auto: the numbers behind the decision")
        .option("--min <number>", "with auto, where no scaler is deployed: the fewest shards", shardCount)
        .option("--max <number>", "with auto, where no scaler is deployed: the most shards", shardCount)
        .addHelpText(
            "after",
            examples(
                "sharded-stream scale orders to 37",
                "sharded-stream scale orders in --dry-run",
                "sharded-stream scale orders auto --dry-run --explain",
                "sharded-stream scale orders --pause",
            ),
        )
        .action(act(async (flags: ScaleFlags, args, context) => scale(args, flags, context)));
};

async function scale(args: readonly string[], flags: ScaleFlags, context: CommandContext): Promise<CommandResult> {
    const [stream, action, target] = args as [string, Action | undefined, string | undefined];
    checkArguments(action, target, flags, context);
    return withStream(stream, context, async (live) => {
        const { callsLeft, withoutLedger, dryRun: readOnly } = flags;
        const walker = new Walker({ live, progress: context.progress, callsLeft, withoutLedger, readOnly });
        try {
            if (flags.pause || flags.resume) return await pause(flags.pause === true, live, walker);
            if (withoutLedger) context.print(withoutLedgerText(live.name));
            if (action === "auto") return await scaleAuto(walker, live, flags, context);
            return await scaleWalk(walker, live.name, { action: action!, count: Number(target) }, flags, context);
        } catch (error) {
            if (!(error instanceof Interrupted)) throw walker.ended(error);
            const document = { stream: live.name, ...stepsDocument([]), interrupted: true };
            return { document, text: () => "Interrupted; nothing was changed.", exitCode: 1 };
        }
    });
}

function checkArguments(
    action: Action | undefined,
    target: string | undefined,
    flags: ScaleFlags,
    context: CommandContext,
): void {
    if (flags.pause && flags.resume) throw new UsageError("scale: --pause and --resume exclude each other");
    if (flags.pause || flags.resume) {
        if (flags.withoutLedger || flags.dryRun) {
            const other = flags.dryRun ? "--dry-run" : "--without-ledger";
            throw new UsageError(`scale: --pause and --resume are one write to the ledger; leave ${other} out`);
        }
        if (action !== undefined) throw new UsageError("scale: --pause and --resume go without out, in, to or auto");
        checkStray(flags);
        return;
    }
    if (action === undefined || !actions.includes(action)) {
        throw new UsageError(
            `scale: name what to do: out, in, to COUNT or auto${action === undefined ? "" : `, not ${action}`}`,
        );
    }
    checkStray(flags, action);
    if ((action === "to") !== (target !== undefined))
        throw new UsageError(action === "to" ? "scale: name the count: to 37" : `scale: ${action} takes no count`);
    if (context.json && !flags.yes && !flags.dryRun)
        throw new UsageError("scale: with --json nothing is asked; add --yes to act or --dry-run to look");
}

const walks = ["out", "in", "to"] as const satisfies readonly Action[];

/** The options that say something of some actions alone: beside another one they would be passed over. */
const goWith = {
    explain: { flag: "--explain", actions: ["auto"] },
    min: { flag: "--min", actions: ["auto"] },
    max: { flag: "--max", actions: ["auto"] },
    spendAllCalls: { flag: "--spend-all-calls", actions: walks },
    callsLeft: { flag: "--calls-left", actions: walks },
} as const satisfies Partial<Record<keyof ScaleFlags, { flag: string; actions: readonly Action[] }>>;

function checkStray(flags: ScaleFlags, action?: Action): void {
    const names = Object.keys(goWith) as (keyof typeof goWith)[];
    for (const name of names) {
        const { flag, actions: fit }: { flag: string; actions: readonly Action[] } = goWith[name];
        if (flags[name] === undefined || (action !== undefined && fit.includes(action))) continue;
        const without = action ?? (flags.pause ? "--pause" : "--resume");
        throw new UsageError(`scale: ${flag} goes with ${enumerated(fit, "or")}, not with ${without}; leave it out`);
    }
}

async function pause(paused: boolean, live: Live, walker: Walker): Promise<CommandResult> {
    const { name: stream } = live;
    const openShards = await walker.pause(paused).catch((error: unknown) => {
        // There is nothing to pause without the ledger, so no way without it is shown.
        throw error instanceof LedgerFailure ? new AwsRefusedError(ledgerProblem(error)) : error;
    });
    const resume = commandLine(["scale", walker.stream], { resume: true });
    const message = paused
        ? `The scaler of ${stream} is paused: it observes and does not act, until ${resume}.`
        : `The scaler of ${stream} acts again, from its next run on, unless it is deployed with paused: true or dryRun: true.`;
    return { document: { stream, paused, openShards, ...stepsDocument([]) }, text: () => message, exitCode: 0 };
}
