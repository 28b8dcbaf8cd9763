/**
 * The ledger: what happened to a stream's shards in the last 24 hours, who is at work, and how many calls are left.
 *
 * Pure: every function takes the state and returns the next one. Whoever stores it (the Lambda, the command line) writes each next
 * state on the condition that nobody else has written since, so a call is reserved by exactly one of them before it is made.
 */
import { limits } from "../limits";
import { type ReshardEvent, type ShardRange, type StreamStatus } from "./observation";

/** The attributes of the ledger's table. */
export const ledgerKey = { partition: "stream", sort: "entry", expiry: "expiresAtSeconds" } as const;

/** The tag of a stream that names its ledger's table, where that is not the one of `ledgerTableName`. */
export const ledgerTableTag = "sharded-stream:ledger-table";

/** The ledger's key of a stream: one that is deleted and created again under its name starts afresh. */
export function ledgerStreamKey(streamArn: string, createdMs: number): string {
    return `${streamArn}#${new Date(createdMs).toISOString()}`;
}

/**
 * `reserved`: about to be called, perhaps called by a run that died since. `called`: AWS took it. `done`: the shards show it.
 * `foreign`: noticed, made by somebody else. All of them count; a call that AWS refused is struck out again.
 */
export type ReshardStatus = "reserved" | "called" | "done" | "foreign";

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
}

export interface LedgerState {
    /** Counts the writes; each write is conditional on it. 0: never written. */
    readonly version: number;
    readonly writtenMs: number;
    readonly lease?: Lease | undefined;
    readonly sight?: ShardSight;
    /** Those that no longer count are dropped. */
    readonly reshards: readonly LedgerReshard[];
    readonly capacityChangedMs?: number;
    readonly growthBlockedUntilMs?: number;
    readonly updatesBlockedUntilMs?: number;
    /** Set by an operator: observe, but do not act. */
    readonly paused?: boolean;
    /** The last reason that was worth a line of history. */
    readonly lastNotedReason?: string;
    /** Absent: the ceiling does not hold the scaler back, or nobody wants to be told. */
    readonly ceiling?: CeilingHold | undefined;
    /** The failure that the topic was told of last. */
    readonly failureTold?: { readonly subject: string; readonly atMs: number };
}

/** Since when the load asks for more than maxShards, without interruption, and whether the topic was told. */
export interface CeilingHold {
    readonly sinceMs: number;
    readonly told: boolean;
}

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

const dayMs = 24 * 3_600_000;

/** History is kept this long. */
export const ledgerHistoryDays = 90;

/**
 * So long a call is counted. A reservation is dated before its call, by at most a lease, and AWS counts from the call itself: a call
 * given back on the minute would be the eleventh.
 */
const callCountedMs = dayMs + 2 * 60_000;

/** The UpdateShardCount calls of the rolling 24 h. A time in the future counts too: a clock that jumped gives no call back. */
export function updateCallsLeft(reshards: readonly ReshardEvent[], nowMs: number): number {
    return Math.max(0, limits.updateShardCountCallsPer24Hours - updatesCounted(reshards, nowMs).length);
}

/** SplitShard and MergeShards calls of the rolling 24 h. */
export function splitsAndMerges(reshards: readonly ReshardEvent[], nowMs: number): number {
    return reshards.filter((event) => event.kind !== "update" && event.atMs > nowMs - dayMs).length;
}

/** When the next UpdateShardCount call comes back; undefined if none is spent. */
export function nextUpdateCallMs(reshards: readonly ReshardEvent[], nowMs: number): number | undefined {
    const spent = updatesCounted(reshards, nowMs);
    return spent.length === 0 ? undefined : Math.min(...spent.map((event) => event.atMs)) + callCountedMs;
}

function updatesCounted(reshards: readonly ReshardEvent[], nowMs: number): readonly ReshardEvent[] {
    return reshards.filter((event) => event.kind === "update" && event.atMs > nowMs - callCountedMs);
}

export function sightOf(shards: readonly ShardRange[]): ShardSight {
    const numbers = shards.map((shard) => Number(/\d+$/.exec(shard.shardId)?.[0] ?? 0));
    return { openShards: shards.length, newestShardNumber: Math.max(0, ...numbers) };
}

export function heldByAnother(state: LedgerState, owner: string, nowMs: number): boolean {
    return state.lease !== undefined && state.lease.owner !== owner && state.lease.untilMs > nowMs;
}

/** A ledger written by a clock that is ahead of this one by more than a minute: whose calls are how old is not known. */
export function clockWentBack(state: LedgerState, nowMs: number): boolean {
    return state.writtenMs > nowMs + 60_000;
}

export interface Reconciled {
    readonly state: LedgerState;
    /** Reshards that somebody else made. */
    readonly foreign: readonly LedgerReshard[];
    /** Whether anything was learned that the ledger must remember. */
    readonly changed: boolean;
}

/**
 * Compares what the ledger knows with the shards that are there: settles what was under way and counts what others did.
 *
 * While the stream is UPDATING nothing is concluded: the shards of now are neither the old nor the new ones. A reservation that
 * nobody settled stays counted: the call may have been made.
 */
export function reconcile(
    state: LedgerState,
    seen: { readonly sight: ShardSight; readonly status: StreamStatus; readonly nowMs: number },
): Reconciled {
    const { sight, nowMs } = seen;
    const reshards = state.reshards.filter((event) => event.atMs > nowMs - callCountedMs);
    const same =
        state.sight?.openShards === sight.openShards && state.sight.newestShardNumber === sight.newestShardNumber;
    // An active stream has shards: none at all is no sight.
    if (seen.status !== "ACTIVE" || same || sight.openShards === 0)
        return { state: { ...state, reshards }, foreign: [], changed: false };
    if (state.sight === undefined) return { state: { ...state, reshards, sight }, foreign: [], changed: true };

    const open = reshards.filter((event) => event.status === "called" || event.status === "reserved");
    const explains = open.some((event) => event.to === sight.openShards);
    // One that nobody confirmed may be this change, or this change is a later call of somebody else: dated now, it comes back no earlier
    // than AWS's. Nor may it explain another change after this one.
    const settled = reshards.map((event) => {
        if (event.status !== "called" && event.status !== "reserved") return event;
        const atMs = event.status === "reserved" && event.to === sight.openShards ? nowMs : event.atMs;
        return { ...event, status: "done" as const, atMs };
    });
    const foreign = explains ? [] : foreignReshards(state.sight, sight, nowMs);
    return {
        state: {
            ...state,
            sight,
            reshards: [...settled, ...foreign],
            capacityChangedMs: nowMs,
        },
        foreign,
        changed: true,
    };
}

/**
 * What others did between two sights, at least: each call at most doubles or halves. Dated now, later than it was, so its call comes
 * back no earlier than AWS gives it back. A split made by hand looks like a small update and counts as one: rather one too many.
 */
function foreignReshards(before: ShardSight, after: ShardSight, nowMs: number): LedgerReshard[] {
    const ratio = Math.max(after.openShards / before.openShards, before.openShards / after.openShards);
    const factor = limits.updateShardCountGrowthFactorMax;
    // The same count on other shards: there and back again.
    const calls = ratio === 1 ? 2 : Math.ceil(Math.log(ratio) / Math.log(factor) - 1e-9);
    return Array.from({ length: calls }, (_, index) => ({
        id: `foreign-${after.newestShardNumber}-${index + 1}`,
        atMs: nowMs,
        kind: "update" as const,
        status: "foreign" as const,
        from: before.openShards,
        to: after.openShards,
    }));
}

/** The next state with a reshard reserved and the lease taken, in one write; undefined where no call is left for it. */
export function reserve(
    state: LedgerState,
    reshard: { readonly id: string; readonly kind: ReshardEvent["kind"]; readonly from: number; readonly to: number },
    lease: Lease,
    nowMs: number,
): LedgerState | undefined {
    if (reshard.kind === "update" && updateCallsLeft(state.reshards, nowMs) === 0) return undefined;
    const reserved: LedgerReshard = { ...reshard, atMs: nowMs, status: "reserved" };
    return written({ ...state, lease, reshards: [...state.reshards, reserved] }, nowMs);
}

/** AWS took the call. */
export function confirm(state: LedgerState, id: string, nowMs: number): LedgerState {
    const reshards = state.reshards.map((event) => (event.id === id ? { ...event, status: "called" as const } : event));
    return written({ ...state, reshards }, nowMs);
}

/** AWS refused the call before it did anything: the reservation is struck out, and the reason is remembered for a while. */
export function strikeOut(
    state: LedgerState,
    id: string,
    blocks: Pick<LedgerState, "growthBlockedUntilMs" | "updatesBlockedUntilMs">,
    nowMs: number,
): LedgerState {
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
