/**
 * Walks a stream to a shard count, one step at a time: look, reshard, wait for ACTIVE.
 *
 * Nothing is kept outside AWS and the ledger. A walk that was interrupted anywhere is gone on with by starting it again.
 */
import { type ShardRange } from "../capacity/scaling/observation";
import { nextMerge, nextSplit, planWalk, type Walk, type WalkStep } from "../capacity/scaling/walk";
import { reshardOperations } from "../stream/refusals";
import { type Reshard } from "../stream/reshard";
import { type CommandContext } from "./command";
import { Interrupted } from "./live";
import { fromCommandLine, type Walker, type WalkerOutcome } from "./walker";

/** What a walk did. */
export interface WalkOutcome {
    /** AWS took their calls; where the walk was interrupted, the last one may still go on. */
    readonly taken: readonly WalkStep[];
    /** What an interrupted walk left. */
    readonly left: readonly WalkStep[];
    readonly shards: readonly ShardRange[];
    readonly interrupted: boolean;
}

/**
 * Walks to a count. The shards are looked at before each step, so changes that others make meanwhile are noticed and planned around.
 *
 * @param planned what was shown and agreed to
 * @param callsKept calls that are not spent
 */
export async function walkTo(
    walker: Walker,
    planned: Walk,
    callsKept: number,
    context: CommandContext,
): Promise<WalkOutcome> {
    const taken: WalkStep[] = [];
    let left: readonly WalkStep[] = planned.steps;
    let shards = walker.session.shards;
    let expected = planned.from;
    try {
        for (;;) {
            ({ shards } = await walker.ready());
            const openShards = shards.length;
            const updateCalls = Math.max(0, (await walker.budget()).left - callsKept);
            if (openShards !== expected) {
                context.print(
                    `Somebody else took the stream from ${expected} to ${openShards} shards; going on from there.`,
                );
            }
            expected = openShards;
            left = planWalk({ openShards, targetShards: planned.to, updateCalls }).steps;
            const [step, ...further] = left;
            if (step === undefined || context.signal.aborted) {
                await walker.done();
                return { taken, left, shards, interrupted: step !== undefined };
            }
            const label = stepLabel(step, taken.length + 1, taken.length + left.length);
            context.progress.update(label);
            const message = `${reshardOperations[step.kind]} from ${step.from} to ${step.to}: scale to ${planned.to} from the command line.`;
            const outcome = await walker.reshard(reshardOf(step, shards), fromCommandLine(message, true));
            if (outcome.kind !== "called") {
                goesOn(outcome, walker, context);
                continue;
            }
            taken.push(step);
            left = further;
            await walker.settled(label);
            expected = step.to;
            context.print(`${label}: done`);
        }
    } catch (error) {
        await walker.done();
        if (!(error instanceof Interrupted)) throw error;
        return { taken, left, shards, interrupted: true };
    }
}

/** A walk gets around another's reshard, and around calls that AWS counts and nobody else knew of. @throws what it does not */
function goesOn(
    outcome: Exclude<WalkerOutcome, { kind: "called" }>,
    walker: Walker,
    { print, signal }: CommandContext,
): void {
    if (outcome.kind === "outrun") return;
    const spent = outcome.kind === "no-call-left" ? "none by the ledger" : outcome.refused.refusal.message;
    if (outcome.kind === "no-call-left" || outcome.refused.refusal.meaning === "calls-spent") {
        print(`AWS has no UpdateShardCount call left for this stream (${spent}); going on with splits and merges.`);
        walker.tellSpent();
        return;
    }
    if (outcome.refused.refusal.meaning === "busy") {
        print("Somebody else changes the stream; waiting until it is ACTIVE.");
        return;
    }
    throw signal.aborted && outcome.kind === "refused" ? new Interrupted("interrupted") : outcome.refused;
}

function reshardOf(step: WalkStep, shards: readonly ShardRange[]): Reshard {
    if (step.kind === "update") return { kind: "update", targetShardCount: step.to };
    if (step.kind === "split") return { kind: "split", ...nextSplit(shards) };
    return { kind: "merge", ...nextMerge(shards) };
}

function stepLabel(step: WalkStep, number: number, of: number): string {
    return `step ${number} of ${of}, ${reshardOperations[step.kind]} from ${step.from} to ${step.to}`;
}
