/**
 * A person at a stream: waits until it can be resharded, counts its calls, reshards it, and keeps the scaler out while a step takes its time.
 */
import { written } from "../capacity/scaling/ledger";
import { type ShardRange } from "../capacity/scaling/observation";
import { type FoundLedger } from "../stream/ledger";
import { type StreamSummary } from "../stream/ports";
import {
    becomesActive,
    finishOrLeave,
    makeReshard,
    renewLease,
    type Reshard,
    type ReshardOutcome,
    type ReshardReason,
    setPaused,
    shardsAfter,
} from "../stream/reshard";
import { reshardsSeen } from "../stream/reshardsSeen";
import { type Session } from "../stream/session";
import { reshardOperations } from "../stream/refusals";
import { AfterCalls } from "./awsErrors";
import { AwsRefusedError, UsageError } from "./command";
import { type Live, namedAs, NotThere, poll, sessionAt, waitingFor } from "./live";
import { type Progress } from "./terminal";

/** The UpdateShardCount calls of the rolling 24 h. */
export interface CallBudget {
    readonly left: number;
    /** When the next spent call comes back; undefined if none is spent. */
    readonly nextReturnsMs: number | undefined;
    /** `ledger`: counted, foreign calls included. `shard history`: seen in the shards of the last 24 h. `told`: by --calls-left. */
    readonly source: "ledger" | "shard history" | "told";
}

export interface WalkerOptions {
    readonly live: Live;
    readonly progress: Progress;
    /** Calls that are left according to the user. */
    readonly callsLeft?: number | undefined;
    /** Do not look for a ledger: nobody else is said to scale the stream. */
    readonly withoutLedger?: boolean | undefined;
    /** Look, and write nothing. */
    readonly readOnly?: boolean | undefined;
}

export type WalkerOutcome = Exclude<ReshardOutcome, { kind: "unconfirmed" }>;

/** The stream when it can be resharded, and nobody else is at work. */
export interface Ready {
    readonly stream: StreamSummary;
    readonly shards: readonly ShardRange[];
    /** It was not so at the first look. */
    readonly waited: boolean;
}

export class Walker {
    readonly session: Session;
    #found: FoundLedger | undefined;
    #told: number | undefined;
    #reshards = 0;
    /** The calls that AWS took. */
    readonly #taken: string[] = [];
    #isCounted = false;

    constructor(private readonly options: WalkerOptions) {
        const { live, withoutLedger } = options;
        const ledger = async (summary: StreamSummary): Promise<FoundLedger | undefined> =>
            (this.#found = withoutLedger === true ? undefined : await live.ledger(summary));
        this.session = sessionAt(live, ledger, options.readOnly);
        this.#told = options.callsLeft;
    }

    /** The stream, for the commands that are told. */
    get stream(): string {
        return namedAs(this.options.live);
    }

    /** Told to act without a ledger, whether there is one or not. */
    get isWithoutLedger(): boolean {
        return this.options.withoutLedger === true;
    }

    /** The ledger's table; undefined if the stream has none, or was not looked at yet. */
    get ledgerTable(): string | undefined {
        return this.#found?.table;
    }

    /** Looks at the stream until it is ACTIVE and nobody is at work on it. */
    async ready(): Promise<Ready> {
        const { live, progress } = this.options;
        for (let waitMs: number = poll.firstMs, waited = false; ; waitMs = Math.min(poll.longestMs, waitMs * 2)) {
            const sight = await this.session.look();
            if (sight.kind === "gone") throw sight.error;
            if (sight.kind === "clock-went-back") throw new AwsRefusedError(`stream ${live.name}: ${sight.message}`);
            const stream = this.session.summary!;
            this.#checkMode(stream);
            if (sight.kind === "held") {
                const who = sight.by.startsWith("command-line") ? "another command" : "the scaler";
                progress.update(`${who} is at work on the stream; waiting for it to finish its step`);
            } else if (sight.kind === "call-not-seen") {
                progress.update("waiting for the shards to show the last call");
            } else if (stream.status === "ACTIVE") {
                return { stream, shards: this.session.shards, waited };
            } else {
                progress.update(waitingFor(live, stream));
            }
            waited = true;
            await renewLease(this.session);
            await live.pace.sleep(waitMs);
        }
    }

    #checkMode(stream: StreamSummary): void {
        const { name } = this.options.live;
        if (stream.capacityMode === "on-demand") {
            throw new UsageError(
                `${name} is on-demand: AWS scales it, and it has no shard count to set. Switch it to provisioned first.`,
            );
        }
        if (stream.status === "DELETING") throw new NotThere(name, stream);
    }

    /** The calls that are left, from the ledger, from the shards of the last 24 h, or as told. */
    async budget(): Promise<CallBudget> {
        if (this.#told !== undefined) return { left: this.#told, nextReturnsMs: undefined, source: "told" };
        if (this.#found === undefined) await this.#countSeen();
        return {
            left: this.session.updateCallsLeft(),
            nextReturnsMs: this.session.nextUpdateCallMs(),
            source: this.#found === undefined ? "shard history" : "ledger",
        };
    }

    /** Where nobody counts, the calls of the last 24 h are those that the shards show. Once: the session counts on from there. */
    async #countSeen(): Promise<void> {
        if (this.#isCounted) return;
        this.#isCounted = true;
        const seen = await reshardsSeen(this.options.live.stream, this.session.summary!);
        const counted = seen.map(({ atMs, kind }, at) => ({
            id: `seen-${at}`,
            atMs,
            kind,
            status: "foreign" as const,
            from: 0,
            to: 0,
        }));
        const nowMs = this.session.nowMs();
        await this.session.ledger.settle((state) =>
            written({ ...state, reshards: [...counted, ...state.reshards] }, nowMs),
        );
    }

    /** Makes one reshard. @throws LedgerFailure where AWS took it, and the ledger could not confirm it */
    async reshard(reshard: Reshard, why: ReshardReason): Promise<WalkerOutcome> {
        const from = this.session.shards.length;
        const outcome = await makeReshard(this.session, reshard, why, ++this.#reshards);
        if (outcome.kind === "called" || outcome.kind === "unconfirmed") {
            this.#taken.push(`${reshardOperations[reshard.kind]} from ${from} to ${shardsAfter(reshard, from)}`);
            if (this.#told !== undefined && reshard.kind === "update") this.#told -= 1;
        }
        if (outcome.kind === "unconfirmed") throw outcome.ledger;
        return outcome;
    }

    /** What ended a command, with the calls that AWS took before. */
    ended(error: unknown): unknown {
        return this.#taken.length === 0 ? error : new AfterCalls(this.#taken, this.stream, error);
    }

    /** Waits until the stream is ACTIVE again, and keeps the scaler out meanwhile, however long it takes. */
    async settled(label: string): Promise<void> {
        const { pace } = this.options.live;
        const startedMs = pace.elapsedMs();
        await becomesActive(this.session, poll, async (status) => {
            const seconds = Math.round((pace.elapsedMs() - startedMs) / 1_000);
            this.options.progress.update(`${label}: ${status.toLowerCase()} for ${seconds} s`);
            await renewLease(this.session);
        });
    }

    /** AWS said that no call is left. */
    tellSpent(): void {
        this.#told = 0;
    }

    /** Gives the lease back, so that the scaler goes on at once. */
    async done(): Promise<void> {
        await finishOrLeave(this.session);
    }

    /** Sets or ends the pause of the stream's scaler at once, whatever the stream does. @returns its open shards */
    async pause(paused: boolean): Promise<number> {
        const { name } = this.options.live;
        const { openShards } = await this.session.open();
        if (this.#found === undefined)
            throw new UsageError(`${name} has no ledger, so no scaler that could be ${paused ? "paused" : "resumed"}.`);
        if (!(await setPaused(this.session, paused)))
            throw new UsageError(`The ledger ${this.#found.table} is being written by others all the time. Try again.`);

        return openShards;
    }
}

export const withoutLedgerOption = [
    "--without-ledger",
    "act without the scaler's ledger, such as without permission to look for it; a scaler is then not waited for",
] as const;

/** Said before a command acts beside whoever else scales the stream. */
export function withoutLedgerText(stream: string): string {
    return `Without a ledger: a scaler of ${stream} is neither asked nor told, and may act at the same time.`;
}

/** Why a person reshards, for the history. */
export function fromCommandLine(message: string, goesOn: boolean): ReshardReason {
    return { reason: "command-line", message, goesOn };
}

/** Ends a command whose single reshard was not made. */
export function checkMade(outcome: WalkerOutcome): void {
    if (outcome.kind === "outrun")
        throw new UsageError("The scaler began a step of its own. Try again, or pause it with --pause.");
    if (outcome.kind === "no-call-left") throw new UsageError("The ledger has no UpdateShardCount call left.");
    if (outcome.kind !== "called") throw outcome.refused;
}
