/**
 * What must hold in every schedule. Each law says what was seen against it, with the minute and who did it.
 */
import { type Actor } from "./actor";
import { type KinesisModel } from "./kinesis";
import { type AcceptedCall } from "./kinesisStream";
import { type Request } from "./wire";

export interface Violation {
    readonly law: Law;
    readonly atMinute: number;
    readonly actor: string;
    readonly message: string;
}

export const laws = {
    "illegal-request":
        "A reshard that AWS's rules forbid for the shards that the actor was shown, or of a stream that was shown busy.",
    "eleventh-call": "An UpdateShardCount call that is the eleventh of 24 hours, as far as anybody could know.",
    "reshards-spent": "A split or a merge of the scaler beyond maxReshardsPerDay of 24 hours.",
    "two-at-once": "A reshard while one of our own was under way.",
    "outside-range": "A reshard of the scaler that leaves minShards to maxShards.",
    "no-reservation": "A reshard without a write to the ledger before it.",
    "pause-ignored": "A reshard of a scaler that is paused, or in a dry run.",
    "pause-waits": "A pause or its end that did not come about at once.",
    "guessed-load": "A reshard for the load's sake although CloudWatch did not give the load whole.",
    "clock-went-back": "A reshard at a time before the one that the ledger was written at.",
    "one-line": "A run of the scaler that does not log exactly one line.",
    "failed-without-cause": "A run that failed although nothing was wrong with AWS or the ledger.",
    "call-untold": "A reshard that AWS took, and said so, of which the run's line or the command's error says nothing.",
    "command-fell-over": "A command that ended with an error that nobody meant for people.",
    "too-small":
        "90 minutes after the last fault the stream still refuses records that the range and the calls left would take.",
    "out-of-range":
        "90 minutes after the last fault the stream has fewer shards than minShards or more than maxShards.",
    "not-modelled": "The code asked AWS for something that the model does not know.",
    "records-lost": "A record of the producer that is neither delivered nor handed back, twice there, or out of order.",
} as const;

export type Law = keyof typeof laws;

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const callsPerDay = 10;
export const reshards = ["UpdateShardCount", "SplitShard", "MergeShards"];

export interface Watched {
    readonly kinesis: KinesisModel;
    readonly hasLedger: boolean;
    readonly nowMs: () => number;
}

/** Watches what goes over the wire. */
export class LawBook {
    readonly violations: Violation[] = [];
    /** Since a pause is in the ledger. */
    pausedSinceMs: number | undefined;
    /** The ledger was deleted or damaged, or there is a new one. */
    ledgerLostMs = -Infinity;
    /** A Date header was wrong: whose calls are how old cannot be known for a day. */
    dateLiedMs = -Infinity;
    /** The latest time that the ledger says it was written at. */
    ledgerClockMs = -Infinity;
    /** Calls of others that somebody of ours could notice by themselves. */
    readonly noticed = new Set<AcceptedCall>();
    readonly #looked = new WeakSet<AcceptedCall>();
    /** The shards of the last look were even. */
    #lookedEven = false;
    /** When our own splits and merges were taken. */
    readonly #stepsMs: number[] = [];

    constructor(
        private readonly watched: Watched,
        private readonly startMs: number,
    ) {}

    against(law: Law, actor: string, message: string): void {
        const atMinute = Math.round(((this.watched.nowMs() - this.startMs) / minuteMs) * 100) / 100;
        this.violations.push({ law, atMinute, actor, message });
    }

    ledgerLost(): void {
        this.ledgerLostMs = this.watched.nowMs();
        this.pausedSinceMs = undefined;
        this.ledgerClockMs = -Infinity;
    }

    /** A request leaves: an actor is answerable for what it sends. */
    sent({ actor, operation, input, fault }: Request): void {
        if (!reshards.includes(operation)) return;
        const what = `${operation} ${JSON.stringify({ ...input, StreamARN: undefined, StreamName: undefined })}`;
        this.#checkLegal(actor, operation, input, what);
        this.#checkRange(actor, operation, input, what);
        this.#checkPaused(actor, what);
        if (this.watched.hasLedger && !actor.isReserved) this.against("no-reservation", actor.id, what);
        if (operation === "UpdateShardCount") this.#checkCalls(actor, what);
        else this.#checkSteps(actor, what);
        const shownMs = actor.shownMs + this.watched.nowMs() - actor.shownAtMs;
        if (this.watched.hasLedger && shownMs < this.ledgerClockMs - 61_000)
            this.against("clock-went-back", actor.id, what);
        // A call that is throttled is made again under the same reservation.
        if (fault !== "throttled") actor.isReserved = false;
    }

    /** AWS took a reshard of ours. */
    took({ operation }: Request): void {
        if (operation !== "UpdateShardCount") this.#stepsMs.push(this.watched.nowMs());
    }

    /** A reshard arrives at AWS. */
    arrives({ actor, operation }: Request): void {
        const { busyBy, now } = this.watched.kinesis;
        if (!reshards.includes(operation) || now.status !== "UPDATING" || busyBy?.own !== true) return;
        // Who was shown the new shards, and a status from before the call, takes the call for done.
        const { shownShards = [] } = actor;
        if (this.watched.kinesis.hasNewShards && shownShards.at(-1)?.id === now.open.at(-1)!.id) return;
        const excused = !this.watched.hasLedger || this.#within(this.ledgerLostMs, 10 * minuteMs) || this.#dateLied();
        if (!excused)
            this.against("two-at-once", actor.id, `${operation} while the reshard of ${busyBy.actor} is under way`);
    }

    /** The state of the ledger was written, and says at what time. */
    wrote(actor: Actor, state: string): void {
        actor.wroteMs = this.watched.nowMs();
        actor.isReserved = true;
        const [, writtenMs = "0"] = /"writtenMs":(\d+)/.exec(state) ?? [];
        this.ledgerClockMs = Math.max(this.ledgerClockMs, Number(writtenMs));
        if (actor.args.includes("--pause")) this.pausedSinceMs ??= this.watched.nowMs();
        if (actor.args.includes("--resume")) this.pausedSinceMs = undefined;
        this.#notice(actor);
    }

    #checkLegal(actor: Actor, operation: string, input: Request["input"], what: string): void {
        const shown = actor.shownShards ?? [];
        const illegal = (why: string): void => this.against("illegal-request", actor.id, `${what}: ${why}`);
        if (actor.shownStatus !== "ACTIVE") illegal(`the stream was shown ${actor.shownStatus ?? "not at all"}`);
        const shard = (name: string) => shown.find(({ id }) => id === input[name]);
        if (operation === "UpdateShardCount") {
            const target = Number(input.TargetShardCount);
            const [open, even] = [shown.length, widthsAreEven(shown)];
            if (!Number.isInteger(target) || target > 2 * open || 2 * target < open || target < 1)
                illegal(`${open} shards were shown`);
            else if (target === open && even) illegal(`there are ${open} even shards already`);
        } else if (operation === "SplitShard") {
            const parent = shard("ShardToSplit");
            const at = BigInt(String(input.NewStartingHashKey));
            if (parent === undefined || at <= parent.start + 1n || at >= parent.end) illegal("no such split");
        } else {
            const [left, right] = [shard("ShardToMerge"), shard("AdjacentShardToMerge")];
            const fits = left !== undefined && right !== undefined;
            if (!fits || (left.end + 1n !== right.start && right.end + 1n !== left.start))
                illegal("no such neighbours");
        }
    }

    #checkRange(actor: Actor, operation: string, input: Request["input"], what: string): void {
        const { id, deployment, shownShards, metricsAreWhole } = actor;
        if (deployment === undefined) return;
        const open = shownShards?.length ?? 0;
        const to =
            operation === "UpdateShardCount"
                ? Number(input.TargetShardCount)
                : open + (operation === "SplitShard" ? 1 : -1);
        const { minShards, maxShards } = deployment;
        if ((to > open && to > maxShards) || (to < open && to < minShards))
            this.against("outside-range", id, `${what}: from ${open} with a range of ${minShards} to ${maxShards}`);
        // Below the floor and above the ceiling the load does not matter.
        if (open >= minShards && open <= maxShards && !metricsAreWhole) this.against("guessed-load", id, what);
    }

    #checkPaused(actor: Actor, what: string): void {
        const { deployment, id } = actor;
        if (deployment?.dryRun || deployment?.paused) this.against("pause-ignored", id, `${what}: not deployed to act`);
        const obeys = deployment !== undefined || actor.args.includes("auto");
        const { pausedSinceMs } = this;
        if (!obeys || pausedSinceMs === undefined) return;
        if (actor.startedMs > pausedSinceMs || (actor.wroteMs ?? Infinity) > pausedSinceMs)
            this.against("pause-ignored", id, `${what}: paused since ${this.#minute(pausedSinceMs)}`);
    }

    #checkCalls(actor: Actor, what: string): void {
        const calls = this.watched.kinesis.callsOfTheDay(this.watched.nowMs());
        const known = calls.filter((call) => call.by.own || this.noticed.has(call)).length;
        if (known < callsPerDay || this.#within(this.ledgerLostMs, dayMs) || this.#dateLied()) return;
        this.against("eleventh-call", actor.id, `${what}: ${known} calls in the 24 hours before`);
    }

    #checkSteps({ deployment, id }: Actor, what: string): void {
        if (deployment === undefined || this.#within(this.ledgerLostMs, dayMs) || this.#dateLied()) return;
        // A step is counted from its reservation on, which is older than the call.
        const made = this.#stepsMs.filter((atMs) => this.#within(atMs, dayMs - 10 * minuteMs)).length;
        if (made >= deployment.maxReshardsPerDay) this.against("reshards-spent", id, `${what}: ${made} in 24 hours`);
    }

    /** Of all that others did since the last look, one call shows, also beside one of ours; and two that went away from even shards and back. */
    #notice(actor: Actor): void {
        const { accepted, epoch, now } = this.watched.kinesis;
        if (actor.shownEpoch !== epoch || actor.shownStatus !== "ACTIVE" || now.status !== "ACTIVE") return;
        const unseen = accepted.filter((call) => !this.#looked.has(call));
        for (const call of unseen) this.#looked.add(call);
        const foreign = unseen.filter(({ by }) => !by.own);
        const showing = this.#lookedEven && cameBack(unseen) ? 2 : 1;
        for (const call of foreign.slice(-showing)) this.noticed.add(call);
        this.#lookedEven = widthsAreEven(actor.shownShards ?? []);
    }

    #dateLied(): boolean {
        return this.#within(this.dateLiedMs, dayMs + 60 * minuteMs);
    }

    #within(sinceMs: number, ms: number): boolean {
        return this.watched.nowMs() - sinceMs < ms;
    }

    #minute(timeMs: number): string {
        return `minute ${((timeMs - this.startMs) / minuteMs).toFixed(2)}`;
    }
}

/** A call of ours, and calls of others that went on from its count and came back to it. */
function cameBack([first, ...others]: readonly AcceptedCall[]): boolean {
    if (first?.by.own !== true || others.length < 2 || others.some(({ by }) => by.own)) return false;
    const isWay = others.every(({ from }, at) => from === (at === 0 ? first : others[at - 1]!).to);
    return isWay && others.at(-1)!.to === first.to;
}

function widthsAreEven(shown: readonly { readonly start: bigint; readonly end: bigint }[]): boolean {
    const widths = shown.map(({ start, end }) => end - start);
    return widths.length === 0 || widths.every((width) => width - widths[0]! <= 1n && widths[0]! - width <= 1n);
}
