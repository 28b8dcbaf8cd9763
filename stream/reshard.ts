/**
 * The protocol of a reshard, the only one: reserve in the ledger, tell the history, call, confirm or strike out.
 *
 * A call is reserved by a conditional write before it is made, so of two actors one acts; an actor that dies in between leaves a
 * reservation that stays counted; a refusal for certain strikes it out, and without an answer it stays, since the call may have been made,
 * until the stream disproves it (capacity/scaling/reconcile.ts). A ledger that fails after the call takes nothing of what AWS said away.
 */
import { hourMs, minuteMs } from "../capacity/calendar";
import { confirm, type LedgerBlocks, release, reserve, strikeOut, written } from "../capacity/scaling/ledger";
import { type ScalingAction, type StreamStatus } from "../capacity/scaling/observation";
import { leaseMs, mayStayCounted } from "../capacity/scaling/unanswered";
import { attemptsMax } from "./backoff";
import { LedgerFailure } from "./ledger";
import { type Refusal, refusalOf, RefusedCall, type Meaning, reshardOperations } from "./refusals";
import { type Session } from "./session";

export type Reshard = Exclude<ScalingAction, { kind: "none" }>;

export interface ReshardReason {
    /** A reason code, or who acts. */
    readonly reason: string;
    /** Why, in a sentence for the history. */
    readonly message: string;
    /** The lease stays until `finish`: more steps follow. */
    readonly goesOn: boolean;
}

export type ReshardOutcome =
    | { readonly kind: "called" }
    /** AWS took the call, and the ledger could not confirm it: the reservation counts it. Nobody goes on from here. */
    | { readonly kind: "unconfirmed"; readonly ledger: LedgerFailure }
    /** Somebody else wrote to the ledger first: look again. */
    | { readonly kind: "outrun" }
    | { readonly kind: "no-call-left" }
    /** AWS certainly did nothing; the reservation is struck out, unless the ledger failed. */
    | { readonly kind: "refused"; readonly refused: RefusedCall; readonly ledger?: LedgerFailure }
    /** The call may have been made; it stays counted. */
    | { readonly kind: "unanswered"; readonly refused: RefusedCall };

/** How long a refusal is remembered before AWS is asked again. */
const blocks: Partial<Readonly<Record<Meaning, (nowMs: number, refusal: Refusal) => LedgerBlocks>>> = {
    "shard-quota": (nowMs) => ({ growthBlockedUntilMs: nowMs + 15 * minuteMs }),
    "calls-spent": (nowMs) => ({ updatesBlockedUntilMs: nowMs + hourMs, updatesBlockedSaying: undefined }),
    limit: (nowMs, { message }) => ({
        updatesBlockedUntilMs: nowMs + 15 * minuteMs,
        updatesBlockedSaying: message.slice(0, wordsMax),
    }),
};

/** AWS's words are kept in the ledger up to this length. */
const wordsMax = 300;

/** The open shards after a reshard. */
export function shardsAfter(reshard: Reshard, open: number): number {
    if (reshard.kind === "update") return reshard.targetShardCount;
    return reshard.kind === "split" ? open + 1 : open - 1;
}

/** Makes one reshard of the stream as the session last saw it. `number` tells this session's reshards apart. */
export async function makeReshard(
    session: Session,
    reshard: Reshard,
    { reason, message, goesOn }: ReshardReason,
    number: number,
): Promise<ReshardOutcome> {
    const { ledger, options } = session;
    const { owner, by } = options;
    const { kind } = reshard;
    const from = session.shards.length;
    const to = shardsAfter(reshard, from);
    const id = `${owner}-${number}`;
    const lease = { owner, untilMs: session.nowMs() + leaseMs };
    const reserved = reserve(ledger.state, { id, kind, from, to }, lease, session.nowMs());
    if (reserved === undefined) return { kind: "no-call-left" };
    if (!(await ledger.write(reserved))) return { kind: "outrun" };
    await ledger.append({ atMs: session.nowMs(), id, kind, from, to, reason, message, by });
    try {
        await call(session, reshard);
    } catch (error) {
        const refusal = refusalOf(error, kind);
        const operation = reshardOperations[kind];
        if (!refusal.certain) {
            const what = `${operation} may have been made, so it stays counted.`;
            return { kind: "unanswered", refused: new RefusedCall(refusal, what, error) };
        }
        const failure = await ledgerFailureOf(() => strike(session, id, refusal, message));
        const what = [
            refusal.meaning === "later"
                ? `${operation} was refused ${attemptsMax} times in a row; nothing was changed.`
                : "",
            failure === undefined ? "" : `${failure.problem}, ${mayStayCounted}.`,
        ];
        const refused = new RefusedCall(refusal, what.filter(Boolean).join(" "), error);
        return { kind: "refused", refused, ...(failure === undefined ? {} : { ledger: failure }) };
    }
    const failure = await ledgerFailureOf(() =>
        ledger.settle((state) => {
            const confirmed = confirm(state, id, session.nowMs());
            return goesOn ? confirmed : { ...confirmed, lease: undefined };
        }),
    );
    return failure === undefined ? { kind: "called" } : { kind: "unconfirmed", ledger: failure };
}

/** What the ledger failed with, undefined if it did not. */
async function ledgerFailureOf(use: () => Promise<unknown>): Promise<LedgerFailure | undefined> {
    try {
        await use();
        return undefined;
    } catch (error) {
        if (error instanceof LedgerFailure) return error;
        throw error;
    }
}

/** Gives the lease back, or leaves it to end by itself where the ledger does not answer. */
export async function finishOrLeave(session: Session): Promise<void> {
    await ledgerFailureOf(() => finish(session));
}

/** Gives the lease back. */
export async function finish({ ledger, options }: Session): Promise<void> {
    if ((ledger as Session["ledger"] | undefined)?.state.lease?.owner === options.owner)
        await ledger.settle((state) => release(state, state.writtenMs));
}

/** A lease that has less than this left is renewed while its owner waits. */
const leaseRenewedFromMs = leaseMs / 2;

/**
 * Holds the lease on while its owner waits for a step that takes longer than it; a dead owner's ends by itself. One that was lost
 * meanwhile is not taken back, and a ledger that does not answer now is asked again with the next look.
 */
export async function renewLease(session: Session): Promise<void> {
    const { ledger, options } = session;
    const nowMs = session.nowMs();
    const isMine = () => ledger.state.lease?.owner === options.owner;
    if (!isMine() || ledger.state.lease!.untilMs - nowMs > leaseRenewedFromMs) return;
    await ledgerFailureOf(async () => {
        await ledger.read();
        if (!isMine()) return;
        const lease = { owner: options.owner, untilMs: nowMs + leaseMs };
        await ledger.write(written({ ...ledger.state, lease }, nowMs));
    });
}

/** Sets or ends the pause of the stream's scaler, whatever the stream does; false if others write to the ledger all the time. */
export async function setPaused(session: Session, paused: boolean): Promise<boolean> {
    const { ledger, options } = session;
    if (!(await ledger.settle((state) => written({ ...state, paused }, session.nowMs())))) return false;
    const open = session.summary!.openShards;
    await ledger.append({
        atMs: session.nowMs(),
        id: `${options.owner}-${paused ? "pause" : "resume"}`,
        kind: "note",
        from: open,
        to: open,
        reason: paused ? "paused" : "resumed",
        message: paused ? "Paused from the command line." : "Resumed from the command line.",
        by: options.by,
    });
    return true;
}

/** Looks until the stream is ACTIVE, or gone; false if the time is over before. */
export async function becomesActive(
    session: Session,
    { firstMs, longestMs, untilMs }: { readonly firstMs: number; readonly longestMs: number; readonly untilMs: number },
    onLook: (status: string) => Promise<void> | void = () => undefined,
): Promise<boolean> {
    const { pace } = session.options;
    for (let waitMs = firstMs; pace.elapsedMs() + waitMs < untilMs; waitMs = Math.min(longestMs, waitMs * 2)) {
        await pace.sleep(waitMs);
        const status = await statusOf(session);
        if (status === undefined || status === "ACTIVE") return true;
        await onLook(status);
    }
    return false;
}

/** Undefined: the stream is gone. */
async function statusOf(session: Session): Promise<StreamStatus | undefined> {
    try {
        return (await session.describe()).status;
    } catch (error) {
        if (refusalOf(error).meaning === "gone") return undefined;
        throw error;
    }
}

async function call({ stream }: Session, reshard: Reshard): Promise<void> {
    if (reshard.kind === "update") await stream.updateShardCount(reshard.targetShardCount);
    else if (reshard.kind === "split") await stream.splitShard(reshard.shardId, reshard.newStartingHashKey);
    else await stream.mergeShards(reshard.shardId, reshard.adjacentShardId);
}

/** Strikes a reservation out, remembers what the refusal says, and tells the history. */
async function strike(session: Session, id: string, refusal: Refusal, why: string): Promise<void> {
    const { ledger, options, shards } = session;
    const blocked = blocks[refusal.meaning]?.(session.nowMs(), refusal) ?? {};
    await ledger.settle((state) => ({ ...strikeOut(state, id, blocked, session.nowMs()), lease: undefined }));
    await ledger.append({
        atMs: session.nowMs(),
        id: `${id}-refused`,
        kind: "note",
        from: shards.length,
        to: shards.length,
        reason: refusal.name,
        message: `AWS refused the call (${refusal.name}: ${refusal.message}). ${why}`,
        by: options.by,
    });
}
