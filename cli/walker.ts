/**
 * Walks a stream to a shard count, one step at a time: look, reserve in the ledger, call, wait for ACTIVE.
 *
 * Nothing is kept outside AWS and the ledger. A walk that was interrupted anywhere is gone on with by starting it again.
 */
import { randomUUID } from "node:crypto";
import {
    confirm,
    emptyLedger,
    heldByAnother,
    type LedgerEntry,
    type LedgerState,
    nextUpdateCallMs,
    reconcile,
    release,
    reserve,
    sightOf,
    strikeOut,
    updateCallsLeft,
    written,
} from "../capacity/scaling/ledger";
import { type ReshardEvent, type ShardRange } from "../capacity/scaling/observation";
import { nextMerge, nextSplit, planWalk, type Walk, type WalkStep } from "../capacity/scaling/walk";
import { UsageError } from "./command";
import { type StreamAccess, type StreamLedger, type StreamState } from "./streamAccess";

/** The UpdateShardCount calls of the rolling 24 h. */
export interface CallBudget {
    readonly left: number;
    /** When the next spent call comes back; undefined if none is spent. */
    readonly nextReturnsMs: number | undefined;
    /** `ledger`: counted, foreign calls included. `shard history`: seen in the shards of the last 24 h. `told`: by --calls-left. */
    readonly source: "ledger" | "shard history" | "told";
}

/** A reshard to make: a step of a walk, or a split or merge that somebody named. */
export type Reshard =
    | { readonly kind: "update"; readonly to: number }
    | { readonly kind: "split"; readonly shardId: string; readonly newStartingHashKey: string }
    | { readonly kind: "merge"; readonly shardId: string; readonly adjacentShardId: string };

export interface WalkerOptions {
    readonly access: StreamAccess;
    readonly signal: AbortSignal;
    /** One line about what is going on, rewritten as it changes. */
    readonly progress: (message: string) => void;
    /** One line about something that happened. */
    readonly say: (message: string) => void;
    /** Calls that are left according to the user. */
    readonly callsLeft?: number | undefined;
    /** Do not look for a ledger: nobody else is said to scale the stream. */
    readonly withoutLedger?: boolean | undefined;
}

/** What the user's Ctrl-C ends. */
export class Interrupted extends Error {
    override readonly name = "Interrupted";
}

/** AWS has no more UpdateShardCount calls for the stream, whatever was counted. */
class CallsSpent extends Error {
    override readonly name = "CallsSpent";
}

/** Longer than the longest wait for an answer, shorter than what a scaler minds. */
const leaseMs = 120_000;
/** The waits between two looks at the stream: from the first to the longest, doubling. */
const pollMinMs = 200;
const pollMaxMs = 5_000;
const ledgerAttemptsMax = 5;
/** As long as a refusal for foreign calls is believed. */
const updatesBlockedMs = 3_600_000;

export class Walker {
    readonly #options: WalkerOptions;
    readonly #owner = `command-line-${randomUUID()}`;
    #ledger: StreamLedger | undefined;
    #state: LedgerState = emptyLedger;
    #seen: readonly ReshardEvent[] | undefined;
    #told: number | undefined;

    constructor(options: WalkerOptions) {
        this.#options = options;
        this.#told = options.callsLeft;
    }

    get ledger(): StreamLedger | undefined {
        return this.#ledger;
    }

    /** The state of the ledger, as last read or written; empty where the stream has none. */
    get ledgerState(): LedgerState {
        return this.#state;
    }

    /** Looks at the stream until it is ACTIVE, and takes in what others did. */
    async ready(why: string): Promise<{ stream: StreamState; shards: readonly ShardRange[]; waited: boolean }> {
        const { access } = this.#options;
        let waited = false;
        for (let looks = 0; ; looks++) {
            const stream = await access.describe();
            if (stream.capacityMode === "on-demand") {
                throw new UsageError(
                    `${stream.name} is on-demand: AWS scales it, and it has no shard count to set. Switch it to provisioned first.`,
                );
            }
            if (stream.status === "DELETING") throw new UsageError(`${stream.name} is being deleted.`);
            if (stream.status === "ACTIVE") {
                const shards = (await access.shards()).open;
                await this.#readLedger(stream, shards);
                if (!heldByAnother(this.#state, this.#owner, stream.nowMs)) return { stream, shards, waited };
                this.#options.progress(
                    `${this.#state.lease!.owner.startsWith("command-line") ? "another command" : "the scaler"} is at work on the stream; waiting for it to finish its step`,
                );
            } else {
                this.#options.progress(`${stream.name} is ${stream.status}; ${why}`);
            }
            waited = true;
            await this.#pause(looks);
        }
    }

    /** The calls that are left, from the ledger, from the shards of the last 24 h, or as told. */
    async budget(stream: StreamState): Promise<CallBudget> {
        if (this.#told !== undefined) return { left: this.#told, nextReturnsMs: undefined, source: "told" };
        if (this.#ledger === undefined) this.#seen ??= await this.#options.access.reshardsSeen(stream);
        const reshards = this.#seen ?? this.#state.reshards;
        const blocked = (this.#state.updatesBlockedUntilMs ?? 0) > stream.nowMs;
        return {
            left: blocked ? 0 : updateCallsLeft(reshards, stream.nowMs),
            nextReturnsMs: nextUpdateCallMs(reshards, stream.nowMs),
            source: this.#ledger === undefined ? "shard history" : "ledger",
        };
    }

    /** The calls that are left, without waiting and without writing anything. */
    async look(
        stream: StreamState,
        shards: readonly ShardRange[],
        ledger: StreamLedger | undefined,
    ): Promise<CallBudget> {
        this.#ledger = ledger;
        if (ledger !== undefined) {
            const state = await ledger.store.read(ledger.key);
            const { status, nowMs } = stream;
            this.#state = reconcile(state, { sight: sightOf(shards), status, nowMs }).state;
        }
        return this.budget(stream);
    }

    /** Makes one reshard and waits until the stream is ACTIVE again. */
    async reshard(reshard: Reshard, stream: StreamState, open: number, why: string, label: string): Promise<void> {
        const to = reshard.kind === "update" ? reshard.to : open + (reshard.kind === "split" ? 1 : -1);
        const id = `${this.#owner}-${stream.nowMs}`;
        await this.#reserve({ id, kind: reshard.kind, from: open, to }, stream, why);
        try {
            await this.#call(reshard);
        } catch (error) {
            await this.#refused(error, id, stream.nowMs);
        }
        if (this.#seen !== undefined) this.#seen = [...this.#seen, { atMs: stream.nowMs, kind: reshard.kind }];
        if (this.#told !== undefined && reshard.kind === "update") this.#told -= 1;
        await this.#write((state) => confirm(state, id, stream.nowMs));
        const startedMs = Date.now();
        for (let looks = 0; ; looks++) {
            const { status } = await this.#options.access.describe();
            if (status === "ACTIVE") return;
            const seconds = Math.round((Date.now() - startedMs) / 1_000);
            this.#options.progress(`${label}: ${status.toLowerCase()} for ${seconds} s`);
            await this.#pause(looks);
        }
    }

    /** Gives the lease back, so that the scaler goes on at once. */
    async done(): Promise<void> {
        if (this.#state.lease?.owner === this.#owner) await this.#write((state) => release(state, state.writtenMs));
    }

    /** Sets or ends the pause of the stream's scaler. */
    async setPaused(paused: boolean, nowMs: number): Promise<void> {
        await this.#write((state) => written({ ...state, paused }, nowMs));
        const message = paused ? "Paused from the command line." : "Resumed from the command line.";
        const { openShards } = this.#state.sight ?? { openShards: 0 };
        const id = `${this.#owner}-${paused ? "pause" : "resume"}`;
        const reason = paused ? "paused" : "resumed";
        await this.#note({
            atMs: nowMs,
            id,
            kind: "note",
            from: openShards,
            to: openShards,
            reason,
            message,
            by: "command line",
        });
    }

    async #readLedger(stream: StreamState, shards: readonly ShardRange[]): Promise<void> {
        if (this.#options.withoutLedger === true) return;
        this.#ledger ??= await this.#options.access.ledger(stream);
        if (this.#ledger === undefined) return;
        this.#state = await this.#ledger.store.read(this.#ledger.key);
        const { nowMs } = stream;
        const reconciled = reconcile(this.#state, { sight: sightOf(shards), status: stream.status, nowMs });
        this.#state = reconciled.state;
        if (!reconciled.changed || heldByAnother(this.#state, this.#owner, nowMs)) return;
        const next = written(reconciled.state, nowMs);
        if (!(await this.#ledger.store.write(this.#ledger.key, next))) return;
        this.#state = next;
        for (const { id, from, to } of reconciled.foreign) {
            const message = `Somebody else took the stream from ${from} to ${to} shards; counted as an UpdateShardCount call.`;
            await this.#note({ atMs: nowMs, id, kind: "foreign", from, to, reason: "foreign", message, by: "unknown" });
        }
    }

    /** Counts the reshard before it is made, and keeps the scaler from acting meanwhile. */
    async #reserve(
        reshard: { id: string; kind: ReshardEvent["kind"]; from: number; to: number },
        stream: StreamState,
        why: string,
    ): Promise<void> {
        if (this.#ledger === undefined) return;
        const { nowMs } = stream;
        const lease = { owner: this.#owner, untilMs: nowMs + leaseMs };
        await this.#write((state) => {
            if (heldByAnother(state, this.#owner, nowMs))
                throw new UsageError("The scaler began a step of its own. Try again, or pause it with --pause.");
            const next = reserve(state, reshard, lease, nowMs);
            if (next === undefined) throw new CallsSpent("The ledger has no UpdateShardCount call left.");
            return next;
        });
        const { id, kind, from, to } = reshard;
        const message = `${stepNames[kind]} from ${from} to ${to}: ${why}.`;
        await this.#note({ atMs: nowMs, id, kind, from, to, reason: "command-line", message, by: "command line" });
    }

    async #call(reshard: Reshard): Promise<void> {
        const { access } = this.#options;
        if (reshard.kind === "update") await access.update(reshard.to);
        else if (reshard.kind === "split") await access.split(reshard.shardId, reshard.newStartingHashKey);
        else await access.merge(reshard.shardId, reshard.adjacentShardId);
    }

    /** AWS refused for certain: the reservation is struck out. Without an answer it stays, since the call may have been made. */
    async #refused(error: unknown, id: string, nowMs: number): Promise<never> {
        const {
            name = "",
            message = "",
            $metadata: metadata,
        } = error as Error & { $metadata?: { httpStatusCode?: number } };
        const status = metadata?.httpStatusCode ?? 0;
        if (status < 400 || status >= 500) throw error;
        const spent = name === "LimitExceededException" && !/account/i.test(message.replace(/under account \d+/i, ""));
        const blocks = spent ? { updatesBlockedUntilMs: nowMs + updatesBlockedMs } : {};
        await this.#write((state) => ({ ...strikeOut(state, id, blocks, nowMs), lease: undefined }));
        throw spent ? new CallsSpent(message) : error;
    }

    /** Writes the next state; where somebody else was faster, reads and tries again. */
    async #write(next: (state: LedgerState) => LedgerState): Promise<void> {
        if (this.#ledger === undefined) return;
        for (let attempt = 1; ; attempt++) {
            const state = next(this.#state);
            if (await this.#ledger.store.write(this.#ledger.key, state)) {
                this.#state = state;
                return;
            }
            if (attempt === ledgerAttemptsMax) {
                throw new UsageError(
                    `The ledger ${this.#ledger.table} is being written by others all the time. Try again.`,
                );
            }
            this.#state = await this.#ledger.store.read(this.#ledger.key);
        }
    }

    async #note(entry: LedgerEntry): Promise<void> {
        await this.#ledger?.store.append(this.#ledger.key, entry);
    }

    /** @param looks how often the stream was looked at already */
    async #pause(looks: number): Promise<void> {
        const { signal } = this.#options;
        if (!signal.aborted)
            await sleepUnlessAborted(Math.min(pollMaxMs, pollMinMs * 2 ** Math.min(looks, 10)), signal);
        if (signal.aborted) throw new Interrupted("interrupted");
    }

    /** The reshards of the last 24 h, as far as they are known. */
    get reshards(): readonly ReshardEvent[] {
        return this.#seen ?? this.#state.reshards;
    }

    /** AWS said that no call is left. */
    tellSpent(): void {
        this.#told = 0;
    }
}

/** What a walk did. */
export interface WalkOutcome {
    readonly taken: readonly WalkStep[];
    readonly openShards: number;
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
    options: WalkerOptions,
): Promise<WalkOutcome> {
    const taken: WalkStep[] = [];
    let expected = planned.from;
    let openShards = planned.from;
    let left = planned;
    try {
        for (;;) {
            const { stream, shards } = await walker.ready("waiting for it to become ACTIVE");
            openShards = shards.length;
            const { left: calls } = await walker.budget(stream);
            const updateCalls = Math.max(0, calls - callsKept);
            if (openShards !== expected) {
                options.say(
                    `Somebody else took the stream from ${expected} to ${openShards} shards; going on from there.`,
                );
            }
            left = planWalk({ openShards, targetShards: planned.to, updateCalls });
            const [step] = left.steps;
            if (step === undefined || options.signal.aborted) {
                await walker.done();
                return { taken, openShards, interrupted: step !== undefined };
            }
            const label = stepLabel(step, taken.length + 1, taken.length + left.steps.length);
            options.progress(label);
            try {
                const why = `scale to ${planned.to} from the command line`;
                await walker.reshard(reshardOf(step, shards), stream, openShards, why, label);
            } catch (error) {
                if (await goesOn(error, walker, options)) continue;
                throw error;
            }
            taken.push(step);
            expected = step.to;
            options.say(`${label}: done`);
        }
    } catch (error) {
        await walker.done();
        if (!(error instanceof Interrupted)) throw error;
        return { taken, openShards, interrupted: true };
    }
}

/** Whether a refusal is one that the walk gets around: another's reshard, or calls that AWS counts and nobody else knew of. */
async function goesOn(error: unknown, walker: Walker, options: WalkerOptions): Promise<boolean> {
    if (error instanceof CallsSpent) {
        options.say(
            `AWS has no UpdateShardCount call left for this stream (${error.message}); going on with splits and merges.`,
        );
        walker.tellSpent();
        return true;
    }
    if ((error as Error).name !== "ResourceInUseException") return false;
    options.say("Somebody else changes the stream; waiting until it is ACTIVE.");
    return true;
}

function reshardOf(step: WalkStep, shards: readonly ShardRange[]): Reshard {
    if (step.kind === "update") return { kind: "update", to: step.to };
    if (step.kind === "split") return { kind: "split", ...nextSplit(shards) };
    return { kind: "merge", ...nextMerge(shards) };
}

export const stepNames = { update: "UpdateShardCount", split: "SplitShard", merge: "MergeShards" } as const;

function stepLabel(step: WalkStep, number: number, of: number): string {
    return `step ${number} of ${of}, ${stepNames[step.kind]} from ${step.from} to ${step.to}`;
}

async function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
        const timer = setTimeout(end, ms);
        function end(): void {
            clearTimeout(timer);
            signal.removeEventListener("abort", end);
            resolve();
        }
        signal.addEventListener("abort", end);
    });
}
