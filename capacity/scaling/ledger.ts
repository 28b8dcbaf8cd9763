/**
 * The ledger: what happened to a stream's shards in the last 24 hours, who is at work, and how many calls are left.
 *
 * Pure: every function takes the state and returns the next one. Whoever stores it (the Lambda, the command line) writes each next
 * state on the condition that nobody else has written since, so a call is reserved by exactly one of them before it is made.
 */
import { dayMs, minuteMs } from "../calendar";
import { limits } from "../limits";
import { type ReshardEvent, type ReshardStatus, type ShardRange } from "./observation";
import { isEven, shardNumber } from "./shards";
import { callMadeWithinMs, nextAttempt } from "./unanswered";

/** The attributes of the ledger's table. */
export const ledgerKey = { partition: "stream", sort: "entry", expiry: "expiresAtSeconds" } as const;

/** The tag of a stream that names its ledger's table, where that is not the one of `ledgerTableName`. */
export const ledgerTableTag = "sharded-stream:ledger-table";

/** The ledger's key of a stream: one that is deleted and created again under its name starts afresh. */
export function ledgerStreamKey(streamArn: string, createdMs: number): string {
    return `${streamArn}#${new Date(createdMs).toISOString()}`;
}

export interface LedgerReshard extends ReshardEvent {
    readonly id: string;
    readonly status: ReshardStatus;
    readonly from: number;
    readonly to: number;
}

export interface Lease {
    readonly owner: string;
    readonly untilMs: number;
}

/** The shards as they were last seen: a different sight means that somebody resharded. */
export interface ShardSight {
    readonly openShards: number;
    /** Shard ids only ever count up, so a reshard that was undone shows too. */
    readonly newestShardNumber: number;
    /** The ranges differ, as UpdateShardCount never leaves them. */
    readonly ragged?: true;
}

export interface LedgerState {
    /** Counts the writes; each write is conditional on it. 0: never written. */
    readonly version: number;
    readonly writtenMs: number;
    readonly lease?: Lease | undefined;
    /** None of an on-demand stream. */
    readonly sight?: ShardSight | undefined;
    /** Those that no longer count are dropped. */
    readonly reshards: readonly LedgerReshard[];
    readonly capacityChangedMs?: number;
    readonly growthBlockedUntilMs?: number;
    readonly updatesBlockedUntilMs?: number;
    /** AWS's words, where it is not known what the refused UpdateShardCount call ran into. */
    readonly updatesBlockedSaying?: string | undefined;
    /** Set by an operator: observe, but do not act. */
    readonly paused?: boolean;
    /** The last reason that was worth a line of history. */
    readonly lastNotedReason?: string;
    /** Absent: the ceiling does not hold the scaler back, or nobody wants to be told. */
    readonly ceiling?: CeilingHold | undefined;
    /** The failures that the topic was told of in the last hour, the newest last. */
    readonly failuresTold?: readonly FailureTold[] | undefined;
}

/** Since when the load asks for more than maxShards, without interruption, and whether the topic was told. */
export interface CeilingHold {
    readonly sinceMs: number;
    readonly told: boolean;
}

/** A failure that lasts, and when the topic was told of it. */
export interface FailureTold {
    /** As `lastingFailure` of messages.ts names it. */
    readonly failure: string;
    readonly atMs: number;
    /** The run that tells: no two write the same. */
    readonly by: string;
}

/** What a refusal keeps the scaler from for a while. */
export type LedgerBlocks = Pick<LedgerState, "growthBlockedUntilMs" | "updatesBlockedUntilMs" | "updatesBlockedSaying">;

/** One line of history: it answers "why did it scale last night". */
export interface LedgerEntry {
    readonly atMs: number;
    readonly id: string;
    readonly kind: "update" | "split" | "merge" | "foreign" | "note";
    /** What the stream had, and what it was told to have. */
    readonly from: number;
    readonly to: number;
    readonly reason: string;
    readonly message: string;
    /** Who acted: the scaler, or a person through the command line. */
    readonly by: string;
}

/** Where a ledger is kept. Both writers, the Lambda and the command line, see it through this. */
export interface LedgerStore {
    read(streamKey: string): Promise<LedgerState>;
    /** Writes the next state if the stored one still has the version before it; false if somebody else was faster. */
    write(streamKey: string, next: LedgerState): Promise<boolean>;
    append(streamKey: string, entry: LedgerEntry): Promise<void>;
}

export const emptyLedger: LedgerState = { version: 0, writtenMs: 0, reshards: [] };

/** History is kept this long. */
export const ledgerHistoryDays = 90;

/**
 * So long a call is counted. A reservation is dated before its call, by at most a lease, and AWS counts from the call itself: a call
 * given back on the minute would be the eleventh.
 */
const callCountedMs = dayMs + 2 * minuteMs;

/** The UpdateShardCount calls of the rolling 24 h. A time in the future counts too: a clock that jumped gives no call back. */
export function updateCallsLeft(reshards: readonly ReshardEvent[], nowMs: number): number {
    return Math.max(0, limits.updateShardCountCallsPer24Hours - updatesCounted(reshards, nowMs).length);
}

/** SplitShard and MergeShards calls of the rolling 24 h. */
export function splitsAndMerges(reshards: readonly ReshardEvent[], nowMs: number): number {
    return reshards.filter((event) => event.kind !== "update" && event.atMs > nowMs - dayMs).length;
}

/** When there is an UpdateShardCount call more; undefined if none is spent. Of more than ten, those beyond come back first, and are none. */
export function nextUpdateCallMs(reshards: readonly ReshardEvent[], nowMs: number): number | undefined {
    const untilMs = updatesCounted(reshards, nowMs)
        .map(countedUntilMs)
        .sort((left, right) => left - right);
    return untilMs[Math.max(0, untilMs.length - limits.updateShardCountCallsPer24Hours)];
}

/** The same where AWS refuses calls for a while: not before that ends, however many are counted as left. */
export function nextCallMs({ reshards, updatesBlockedUntilMs = 0 }: LedgerState, nowMs: number): number | undefined {
    const nextMs = nextUpdateCallMs(reshards, nowMs);
    if (updatesBlockedUntilMs <= nowMs) return nextMs;
    return updateCallsLeft(reshards, nowMs) > 0 ? updatesBlockedUntilMs : Math.max(updatesBlockedUntilMs, nextMs!);
}

function updatesCounted(reshards: readonly ReshardEvent[], nowMs: number): readonly ReshardEvent[] {
    return reshards.filter((event) => event.kind === "update" && isCounted(event, nowMs));
}

/** Whether a reshard still counts. */
export function isCounted(event: ReshardEvent, nowMs: number): boolean {
    return countedUntilMs(event) > nowMs;
}

/** One without an answer may have been made later than it was reserved. */
function countedUntilMs({ atMs, status }: ReshardEvent): number {
    return atMs + callCountedMs + (status === "reserved" ? callMadeWithinMs : 0);
}

export function sightOf(shards: readonly ShardRange[]): ShardSight {
    // Not spread into Math.max: a stream may have ten thousand shards.
    const newestShardNumber = shards.reduce((newest, shard) => Math.max(newest, shardNumber(shard)), 0);
    return { openShards: shards.length, newestShardNumber, ...(isEven(shards) ? {} : { ragged: true }) };
}

export function heldByAnother(state: LedgerState, owner: string, nowMs: number): boolean {
    return state.lease !== undefined && state.lease.owner !== owner && state.lease.untilMs > nowMs;
}

/** A ledger written by a clock that is ahead of this one by more than a minute: whose calls are how old is not known. */
export function clockWentBack(state: LedgerState, nowMs: number): boolean {
    return state.writtenMs > nowMs + minuteMs;
}

/** The next state with a reshard reserved and the lease taken, in one write; undefined where no call is left for it. */
export function reserve(
    state: LedgerState,
    reshard: { readonly id: string; readonly kind: ReshardEvent["kind"]; readonly from: number; readonly to: number },
    lease: Lease,
    nowMs: number,
): LedgerState | undefined {
    if (reshard.kind === "update" && updateCallsLeft(state.reshards, nowMs) === 0) return undefined;
    const attempt = nextAttempt(state.reshards);
    const again = attempt > 1 ? { attempt } : {};
    const reserved: LedgerReshard = { ...reshard, atMs: nowMs, status: "reserved", ...again };
    return written({ ...state, lease, reshards: [...state.reshards, reserved] }, nowMs);
}

/** AWS took the call. */
export function confirm(state: LedgerState, id: string, nowMs: number): LedgerState {
    const reshards = state.reshards.map((event) => (event.id === id ? { ...event, status: "called" as const } : event));
    return written({ ...state, reshards }, nowMs);
}

/** AWS refused the call before it did anything: the reservation is struck out, and the reason is remembered for a while. */
export function strikeOut(state: LedgerState, id: string, blocks: LedgerBlocks, nowMs: number): LedgerState {
    const reshards = state.reshards.filter((event) => event.id !== id);
    return written({ ...state, ...blocks, reshards }, nowMs);
}

/** The lease given back. */
export function release(state: LedgerState, nowMs: number): LedgerState {
    return written({ ...state, lease: undefined }, nowMs);
}

/** The state as it is to be written: one version on. */
export function written(state: LedgerState, nowMs: number): LedgerState {
    return { ...state, version: state.version + 1, writtenMs: Math.max(nowMs, state.writtenMs) };
}
