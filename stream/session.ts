/**
 * One actor at a live stream, the scaler or a person through the command line: what it sees, and what the load asks for.
 *
 * Each look asks AWS for the stream and the ledger for what was done, and counts on the way what others did.
 */
import { minuteMs } from "../capacity/calendar";
import { decide, historyMinutes } from "../capacity/scaling/decide";
import {
    clockWentBack,
    heldByAnother,
    type LedgerEntry,
    type LedgerReshard,
    nextCallMs,
    updateCallsLeft,
    written,
} from "../capacity/scaling/ledger";
import { wayText } from "../capacity/scaling/messages";
import {
    type Decision,
    type MinuteSample,
    type Observation,
    type ScalingSettings,
    type ShardRange,
} from "../capacity/scaling/observation";
import { reconcile, type Reconciled } from "../capacity/scaling/reconcile";
import { answersLagMs } from "../capacity/scaling/unanswered";
import { count } from "../capacity/text";
import { patient } from "./backoff";
import { type MinuteHistory, StreamMemory } from "./history";
import { type FoundLedger, LedgerView, streamKeyOf } from "./ledger";
import { type MetricsPort, type Pace, type StreamPort, type StreamSummary } from "./ports";
import { mayPass, refusalOf, reshardOperations } from "./refusals";

export interface SessionOptions {
    readonly stream: StreamPort;
    readonly metrics: MetricsPort;
    /** The stream's ledger; asked for once the stream is known. */
    readonly ledger: (summary: StreamSummary) => Promise<FoundLedger> | FoundLedger;
    readonly pace: Pace;
    /** Names the actor in leases and reservations; no two share one. */
    readonly owner: string;
    /** Who acts, as the history tells it. */
    readonly by: "scaler" | "command line";
    /** Looks and writes nothing. @default false */
    readonly readOnly?: boolean | undefined;
    /** What earlier sessions of the process left. @default nothing */
    readonly memory?: StreamMemory | undefined;
}

/** What a look came to. Only `seen` may be acted on. */
export type Sight =
    | { readonly kind: "gone"; readonly error: unknown }
    | { readonly kind: "clock-went-back"; readonly message: string }
    | { readonly kind: "held"; readonly by: string }
    | { readonly kind: "call-not-seen"; readonly call: LedgerReshard }
    | { readonly kind: "seen" };

export class Session {
    readonly stream: StreamPort;
    readonly metrics: MetricsPort;
    summary: StreamSummary | undefined;
    /** The open shards; none while the stream is not ACTIVE, or on-demand. */
    shards: readonly ShardRange[] = [];
    /** Known once the stream was looked at. */
    ledger!: LedgerView;
    /** Reshards of somebody else that the last look noticed. */
    foreignReshards = 0;
    /** Those of them that this session wrote to the ledger: where another actor was faster, it tells of them. */
    foreign: readonly LedgerReshard[] = [];
    private readAtMs = 0;
    private readonly memory: StreamMemory;

    constructor(readonly options: SessionOptions) {
        this.stream = patient(options.stream, options.pace);
        this.metrics = patient(options.metrics, options.pace);
        this.memory = options.memory ?? new StreamMemory();
    }

    /** AWS's time: what its last answer said, and the time since. The machine's own clock may jump. */
    nowMs(): number {
        // Never before that answer: a clock set back meanwhile would date a call earlier than AWS does.
        const sinceMs = Math.max(0, this.options.pace.elapsedMs() - this.readAtMs);
        return this.summary === undefined ? 0 : this.summary.nowMs + sinceMs;
    }

    /** None while AWS refuses them, whatever was counted. */
    updateCallsLeft(): number {
        const { reshards, updatesBlockedUntilMs = 0 } = this.ledger.state;
        return updatesBlockedUntilMs > this.nowMs() ? 0 : updateCallsLeft(reshards, this.nowMs());
    }

    /** When there is an UpdateShardCount call more, as far as anybody knows; undefined if none is spent. */
    nextUpdateCallMs(): number | undefined {
        return nextCallMs(this.ledger.state, this.nowMs());
    }

    async describe(): Promise<StreamSummary> {
        try {
            this.summary = await this.stream.describe();
        } catch (error) {
            if (refusalOf(error).meaning === "gone") this.summary = undefined;
            throw error;
        }
        this.readAtMs = this.options.pace.elapsedMs();
        return this.summary;
    }

    /** Asks for the stream and reads its ledger, without drawing any conclusion. */
    async open(): Promise<StreamSummary> {
        const summary = await this.describe();
        const key = streamKeyOf(summary);
        if ((this.ledger as LedgerView | undefined)?.streamKey !== key)
            this.ledger = new LedgerView(await this.options.ledger(summary), key, this.options.pace);
        await this.ledger.read();
        return summary;
    }

    async look(): Promise<Sight> {
        this.foreign = [];
        try {
            await this.open();
        } catch (error) {
            if (refusalOf(error).meaning === "gone") return { kind: "gone", error };
            throw error;
        }
        const { state } = this.ledger;
        if (clockWentBack(state, this.nowMs())) {
            const message = `The ledger was written at ${new Date(state.writtenMs).toISOString()}, which is later than AWS's clock now; nothing is called until time has caught up.`;
            return { kind: "clock-went-back", message };
        }
        if (heldByAnother(state, this.options.owner, this.nowMs())) return { kind: "held", by: state.lease!.owner };
        await this.seeShards(this.summary!);
        const call = this.callNotSeen();
        return call === undefined ? { kind: "seen" } : { kind: "call-not-seen", call };
    }

    /** What the load asks for now, and what is allowed. Metrics that are not to be had are part of the decision. */
    async decide(settings: ScalingSettings): Promise<Decision> {
        const observation = await this.observe(settings);
        const { scaler } = this.history;
        const decision = decide(observation, settings, scaler);
        if (!decision.needsIteratorAge) return decision;
        const age = await known(async () => ({
            iteratorAgeMs: await this.metrics.iteratorAgeMs(observation.nowMs),
        }));
        return decide({ ...observation, ...age }, settings, scaler);
    }

    private async seeShards({ status, capacityMode }: StreamSummary): Promise<void> {
        this.foreignReshards = 0;
        this.shards = [];
        if (status !== "ACTIVE") return;
        if (capacityMode === "provisioned") this.shards = await this.stream.openShards();
        const nowMs = this.nowMs();
        const reconciled = reconcile(this.ledger.state, { shards: this.shards, status, capacityMode, nowMs });
        this.foreignReshards = reconciled.foreign.length;
        if (!reconciled.changed || this.options.readOnly) {
            this.ledger.state = reconciled.state;
            return;
        }
        // If another actor was faster, it tells the history, and this one's reservation will be refused.
        if (!(await this.ledger.write(written(reconciled.state, nowMs)))) return;
        this.foreign = reconciled.foreign;
        for (const entry of historyOf(reconciled)) await this.ledger.append({ atMs: this.nowMs(), ...entry });
    }

    /** The last call, if AWS took it a moment ago and its shards are not there: an answer of ACTIVE may be older than the call. */
    private callNotSeen(): LedgerReshard | undefined {
        const sinceMs = this.nowMs() - answersLagMs;
        return this.ledger.state.reshards.find((event) => event.status === "called" && event.atMs > sinceMs);
    }

    private get history(): MinuteHistory {
        return this.memory.of(this.ledger.streamKey);
    }

    /** A day is asked for anew each time, two weeks only once. */
    private async samples({ mode }: ScalingSettings, nowMs: number): Promise<readonly MinuteSample[]> {
        const fromMs = nowMs - historyMinutes(mode) * minuteMs;
        if (mode === "reactive") return this.metrics.samples(fromMs, nowMs);
        return this.history.samples(this.metrics, fromMs, nowMs);
    }

    private async observe(settings: ScalingSettings): Promise<Observation> {
        const { status, capacityMode, createdMs } = this.summary!;
        const nowMs = this.nowMs();
        const { growthBlockedUntilMs, updatesBlockedUntilMs, updatesBlockedSaying, capacityChangedMs, reshards } =
            this.ledger.state;
        const metrics =
            this.shards.length === 0 ? {} : await known(async () => ({ samples: await this.samples(settings, nowMs) }));
        return {
            nowMs,
            status,
            capacityMode,
            createdMs,
            shards: this.shards,
            samples: [],
            ...metrics,
            reshards,
            ...(growthBlockedUntilMs === undefined ? {} : { growthBlockedUntilMs }),
            ...(updatesBlockedUntilMs === undefined ? {} : { updatesBlockedUntilMs }),
            ...(updatesBlockedSaying === undefined ? {} : { updatesBlockedSaying }),
            ...(capacityChangedMs === undefined ? {} : { capacityChangedMs }),
        };
    }
}

/** What a look learned, as the history tells it. */
function historyOf({ foreign, disproved }: Reconciled): Omit<LedgerEntry, "atMs">[] {
    const [first] = foreign;
    const others = first === undefined ? [] : [foreignEntry(first, foreign)];
    const notMade = disproved.map(({ id, kind, from, to, atMs }) => ({
        ...{ id: `${id}-not-made`, kind: "note" as const, from, to: from, reason: "not-made", by: "scaler" },
        message: `The ${reshardOperations[kind]} call of ${new Date(atMs).toISOString()}, ${from} to ${to}, was not made, as the stream shows; it does not count.`,
    }));
    return [...others, ...notMade];
}

/** One line for all that was noticed at once: calls, or else splits and merges. */
function foreignEntry({ id, from, to }: LedgerReshard, foreign: readonly LedgerReshard[]): Omit<LedgerEntry, "atMs"> {
    const made = (kind: LedgerReshard["kind"]) => foreign.filter((event) => event.kind === kind).length;
    const calls = made("update") === 1 ? "an UpdateShardCount call" : count(made("update"), "UpdateShardCount call");
    const byHand = (["split", "merge"] as const)
        .filter((kind) => made(kind) > 0)
        .map((kind) => count(made(kind), kind))
        .join(" and ");
    const counted =
        byHand === "" ? `; counted as ${calls}` : ` by ${byHand}; none of the UpdateShardCount calls is counted for it`;
    const message = `Somebody else took the stream ${wayText(from, to)}${counted}.`;
    return { id, kind: "foreign", from, to, reason: "foreign", message, by: "unknown" };
}

/** What CloudWatch knows, or why it did not say; anything but a fault of the moment is thrown on. */
async function known<Known>(read: () => Promise<Known>): Promise<Known | { readonly metricsProblem: string }> {
    try {
        return await read();
    } catch (error) {
        if (!mayPass(error)) throw error;
        return { metricsProblem: refusalOf(error).name };
    }
}
