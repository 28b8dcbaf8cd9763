/**
 * One run of the scaler: observe, decide, reserve, act, confirm, and say in one line what happened and why.
 *
 * What to do is decided in capacity/. Here is the order in which it is safe: a call is reserved in the ledger by a conditional write
 * before it is made, so of two runs one acts; a run that dies in between leaves a reservation that stays counted; and without a
 * ledger nothing is called.
 */
import { scalerMetrics, scalerNamespace } from "../capacity/metrics";
import { decide, historyMinutes } from "../capacity/scaling/decide";
import {
    clockWentBack,
    confirm,
    heldByAnother,
    type LedgerEntry,
    type LedgerReshard,
    type LedgerState,
    ledgerStreamKey,
    reconcile,
    release,
    reserve,
    sightOf,
    strikeOut,
    updateCallsLeft,
    written,
} from "../capacity/scaling/ledger";
import { type ReasonCode, scalingReasons } from "../capacity/scaling/reasons";
import { type ScalerEnvironment } from "../capacity/scaling/settings";
import {
    type Decision,
    type Observation,
    type ReshardEvent,
    type ScalingAction,
} from "../capacity/scaling/observation";
import { isRetryable, withBackoff } from "../stream/backoff";
import { type Ports, type StreamSummary } from "../stream/ports";

/** What a run came to. The codes of decisions are in capacity/scaling/reasons.ts; these are about the run itself. */
export const runOutcomes = {
    acted: "The call was made.",
    nothing: "There was nothing to do, or nothing that is allowed.",
    "dry-run": "The call would have been made.",
    paused: "The call would have been made, but the scaler is paused.",
    "another-run": "Another run holds the lease, or reserved its call first.",
    "stream-gone": "The stream does not exist.",
    "stream-busy": "Somebody else reshards the stream.",
    "call-refused": "AWS refused the call; the reservation is struck out and the call will be tried again later.",
    failed: "Something that should work did not; nothing was called, or the call was not answered.",
} as const;

export type RunOutcome = keyof typeof runOutcomes;

/** One step of a run, as the log tells it. */
export interface RunStep {
    readonly outcome: RunOutcome;
    readonly reason?: ReasonCode;
    readonly message: string;
    readonly action?: ScalingAction;
    readonly numbers?: Decision["numbers"];
    /** Reshards of somebody else that this step noticed. */
    readonly foreignReshards?: number;
}

export interface RunReport {
    readonly steps: readonly RunStep[];
    readonly openShards?: number;
    readonly targetShards?: number;
    readonly updateCallsLeft?: number;
}

/** The run's own failure, after its line is logged: Lambda counts it, the alarm and the failure destination tell. */
export class ScalerFailure extends Error {
    constructor(message: string, cause: unknown) {
        super(message, { cause });
        this.name = "ScalerFailure";
    }
}

/** A run waits for a reshard and takes the next step until this long after its start. */
const stepsUntilMs = 45_000;
const pollMs = 5_000;

/** Longer than the function's timeout: a lease outlives the run that took it, never the other way round. */
const leaseMs = 120_000;

/** So long after a call its shards may be missing from what AWS shows. */
const notYetSeenMs = 60_000;

const settleAttemptsMax = 3;

/** How long a refusal is remembered before AWS is asked again. */
const quotaPauseMs = 15 * 60_000;
const foreignPauseMs = 60 * 60_000;

/** Runs once: as many steps as there is time for. */
export async function runScaler(ports: Ports, environment: ScalerEnvironment, runId: string): Promise<RunReport> {
    const startedMs = ports.elapsedMs();
    const run = new Run(ports, environment, runId);
    try {
        let more = await run.step();
        while (more && ports.elapsedMs() - startedMs < stepsUntilMs) {
            if (!(await run.becomesActive(startedMs + stepsUntilMs))) break;
            more = await run.step();
        }
        await run.finish();
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        run.steps.push({ outcome: "failed", message });
        ports.log(logLine(environment.streamName, run.report(), run.nowMs()));
        throw error instanceof ScalerFailure ? error : new ScalerFailure(message, error);
    }
    const report = run.report();
    ports.log(logLine(environment.streamName, report, run.nowMs()));
    return report;
}

/** Reasons that one call does not settle: the next step is taken as soon as the stream is ACTIVE again. */
const reasonsThatGoOn: readonly ReasonCode[] = ["doubling-limit", "halving-limit", "split-widest"];

class Run {
    readonly steps: RunStep[] = [];
    private summary: StreamSummary | undefined;
    private readAtMs = 0;
    private streamKey = "";
    private state: LedgerState | undefined;
    private targetShards: number | undefined;

    constructor(
        private readonly ports: Ports,
        private readonly environment: ScalerEnvironment,
        private readonly runId: string,
    ) {}

    /** AWS's time: what its last answer said, and the time since. The machine's own clock may jump. */
    nowMs(): number {
        // Never before that answer: a clock set back within a run would date its call earlier than AWS does.
        return this.summary === undefined
            ? 0
            : this.summary.nowMs + Math.max(0, this.ports.elapsedMs() - this.readAtMs);
    }

    /** One observation, one decision, at most one call. True: go on when the stream is ACTIVE again. */
    async step(): Promise<boolean> {
        const summary = await this.describe();
        if (summary === undefined) {
            this.steps.push({
                outcome: "stream-gone",
                message: `The stream ${this.environment.streamName} does not exist; remove its scaler, or create it again.`,
            });
            return false;
        }
        this.streamKey = ledgerStreamKey(summary.streamArn, summary.createdMs);
        this.state = await this.readLedger();
        if (clockWentBack(this.state, this.nowMs())) {
            return this.nothing(
                "clock-went-back",
                `The ledger was written at ${new Date(this.state.writtenMs).toISOString()}, which is later than AWS's clock now; nothing is called until time has caught up.`,
            );
        }
        if (heldByAnother(this.state, this.runId, this.nowMs())) {
            this.steps.push({ outcome: "another-run", message: "Another run is at work; it holds the lease." });
            return false;
        }
        const { observation, foreignReshards } = await this.observe(summary);
        const unseen = this.callNotYetSeen(observation.nowMs);
        if (unseen !== undefined) {
            this.targetShards = unseen.to;
            return this.nothing(
                "stream-busy",
                `The shards do not show the last call yet, ${unseen.from} to ${unseen.to}; reshards are made one at a time.`,
            );
        }
        const decision = await this.decide(observation);
        this.targetShards = observation.shards.length > 0 ? decision.wantedShards : this.targetUnderWay();
        if (decision.action.kind === "none") {
            this.steps.push({ ...stepOf("nothing", decision), ...(foreignReshards > 0 ? { foreignReshards } : {}) });
            await this.note(decision, observation);
            return false;
        }
        const held = this.environment.dryRun
            ? "dry-run"
            : this.environment.paused || this.state.paused === true
              ? "paused"
              : undefined;
        if (held !== undefined) {
            this.steps.push({ ...stepOf(held, decision), ...(foreignReshards > 0 ? { foreignReshards } : {}) });
            return false;
        }
        return this.act(decision, observation);
    }

    /** Waits until the stream is ACTIVE, or gone; false if the time is over before. */
    async becomesActive(untilMs: number): Promise<boolean> {
        while (this.ports.elapsedMs() + pollMs < untilMs) {
            await this.ports.sleep(pollMs);
            const summary = await this.describe();
            if (summary === undefined || summary.status === "ACTIVE") return true;
        }
        return false;
    }

    /** Gives the lease back. */
    async finish(): Promise<void> {
        if (this.state?.lease?.owner !== this.runId) return;
        await this.settle((state) => release(state, state.writtenMs));
    }

    report(): RunReport {
        if (this.summary === undefined) return { steps: this.steps };
        return {
            steps: this.steps,
            openShards: this.summary.openShards,
            targetShards: this.targetShards ?? this.summary.openShards,
            ...(this.state === undefined ? {} : { updateCallsLeft: this.updateCallsLeft(this.state) }),
        };
    }

    /** None while AWS refuses them, whatever was counted. */
    private updateCallsLeft({ reshards, updatesBlockedUntilMs = 0 }: LedgerState): number {
        return updatesBlockedUntilMs > this.nowMs() ? 0 : updateCallsLeft(reshards, this.nowMs());
    }

    private async describe(): Promise<StreamSummary | undefined> {
        try {
            this.summary = await withBackoff(this.ports, () => this.ports.stream.describe());
        } catch (error) {
            if (!isNamed(error, "ResourceNotFoundException")) throw error;
            this.summary = undefined;
        }
        this.readAtMs = this.ports.elapsedMs();
        return this.summary;
    }

    /** The stream, its metrics and its ledger as `decide` wants to see them; what others did is counted on the way. */
    private async observe(summary: StreamSummary): Promise<{ observation: Observation; foreignReshards: number }> {
        const { ports, environment } = this;
        const decidable = summary.status === "ACTIVE" && summary.capacityMode === "provisioned";
        const shards = decidable ? await withBackoff(ports, () => ports.stream.openShards()) : [];
        const nowMs = this.nowMs();
        let foreignReshards = 0;
        if (decidable) {
            const reconciled = reconcile(this.state!, { sight: sightOf(shards), status: summary.status, nowMs });
            foreignReshards = reconciled.foreign.length;
            if (reconciled.changed && !environment.dryRun) {
                // If another run was faster, it tells the history, and this one's reservation will be refused.
                const isWritten = await this.write(written(reconciled.state, nowMs));
                for (const { id, from, to } of isWritten ? reconciled.foreign : []) {
                    const message = `Somebody else took the stream from ${from} to ${to} shards; counted as an UpdateShardCount call.`;
                    await this.append({ id, kind: "foreign", from, to, reason: "foreign", message, by: "unknown" });
                }
            } else {
                this.state = reconciled.state;
            }
        }
        const metrics = decidable ? await this.samples(nowMs) : { samples: [] };
        const { growthBlockedUntilMs, updatesBlockedUntilMs, capacityChangedMs, reshards } = this.state!;
        return {
            foreignReshards,
            observation: {
                nowMs,
                status: summary.status,
                capacityMode: summary.capacityMode,
                createdMs: summary.createdMs,
                shards,
                ...metrics,
                reshards,
                ...(growthBlockedUntilMs === undefined ? {} : { growthBlockedUntilMs }),
                ...(updatesBlockedUntilMs === undefined ? {} : { updatesBlockedUntilMs }),
                ...(capacityChangedMs === undefined ? {} : { capacityChangedMs }),
            },
        };
    }

    private async samples(nowMs: number): Promise<Pick<Observation, "samples" | "metricsProblem">> {
        const fromMs = nowMs - historyMinutes(this.environment.settings.mode) * 60_000;
        try {
            return { samples: await withBackoff(this.ports, () => this.ports.metrics.samples(fromMs, nowMs)) };
        } catch (error) {
            return { samples: [], metricsProblem: metricsProblemOf(error) };
        }
    }

    private async decide(observation: Observation): Promise<Decision> {
        const { settings } = this.environment;
        const decision = decide(observation, settings);
        if (!decision.needsIteratorAge) return decision;
        let iteratorAgeMs: number | null;
        try {
            iteratorAgeMs = await withBackoff(this.ports, () => this.ports.metrics.iteratorAgeMs(observation.nowMs));
        } catch (error) {
            return decide({ ...observation, metricsProblem: metricsProblemOf(error) }, settings);
        }
        return decide({ ...observation, iteratorAgeMs }, settings);
    }

    /** Reserve, tell the history, call, confirm. */
    private async act(decision: Decision, observation: Observation): Promise<boolean> {
        const { action } = decision;
        if (action.kind === "none") return false;
        const open = observation.shards.length;
        const to = action.kind === "update" ? action.targetShardCount : open + (action.kind === "split" ? 1 : -1);
        const id = `${this.runId}-${this.steps.length + 1}`;
        const lease = { owner: this.runId, untilMs: this.nowMs() + leaseMs };
        const reserved = reserve(this.state!, { id, kind: action.kind, from: open, to }, lease, this.nowMs());
        if (reserved === undefined) throw new Error("A call was decided that the budget does not have.");
        if (!(await this.write(reserved))) {
            this.steps.push({ outcome: "another-run", message: "Another run wrote to the ledger first; it acts." });
            return false;
        }
        const { reason, message } = decision;
        await this.append({ id, kind: action.kind, from: open, to, reason, message, by: "scaler" });
        try {
            await this.call(action);
        } catch (error) {
            await this.refused(error, { id, kind: action.kind, decision, open });
            return false;
        }
        const goesOn = reasonsThatGoOn.includes(decision.reason);
        await this.settle((state) => {
            const confirmed = confirm(state, id, this.nowMs());
            return goesOn ? confirmed : { ...confirmed, lease: undefined };
        });
        this.targetShards = Math.max(decision.wantedShards, 1);
        this.steps.push(stepOf("acted", decision));
        return goesOn;
    }

    private async call(action: Exclude<ScalingAction, { kind: "none" }>): Promise<void> {
        const { stream } = this.ports;
        if (action.kind === "update") await stream.updateShardCount(action.targetShardCount);
        else if (action.kind === "split") await stream.splitShard(action.shardId, action.newStartingHashKey);
        else await stream.mergeShards(action.shardId, action.adjacentShardId);
    }

    /** AWS refused: strikes the reservation out where that is certain, and remembers what the refusal says. */
    private async refused(
        error: unknown,
        call: { readonly id: string; readonly kind: ReshardEvent["kind"]; decision: Decision; open: number },
    ): Promise<void> {
        const { id, kind, decision, open } = call;
        const name = error instanceof Error ? error.name : "";
        const detail = error instanceof Error ? error.message : String(error);
        if (!(name in refusals)) {
            // A timeout or a fault of AWS: the call may have been made, so the reservation stays and counts.
            throw new ScalerFailure(
                `The call was not answered (${name || "error"}: ${detail}); it stays counted.`,
                error,
            );
        }
        const refusal: Refusal = refusals[name as keyof typeof refusals];
        const nowMs = this.nowMs();
        const blocks = refusal.blocks?.(detail, kind, nowMs) ?? {};
        await this.settle((state) => ({ ...strikeOut(state, id, blocks, nowMs), lease: undefined }));
        const message = `AWS refused the call (${name}: ${detail}). ${decision.message}`;
        await this.append({
            id: `${id}-refused`,
            kind: "note",
            from: open,
            to: open,
            reason: name,
            message,
            by: "scaler",
        });
        if (refusal.outcome === "failed") throw new ScalerFailure(message, error);
        this.steps.push({ ...stepOf(refusal.outcome, decision), message });
    }

    /** A line of history for what is worth asking about, once until the reason changes. */
    private async note(decision: Decision, observation: Observation): Promise<void> {
        const { reason, message } = decision;
        const noted = scalingReasons[reason].noted ? reason : undefined;
        if (noted === this.state!.lastNotedReason || this.environment.dryRun || reason === "stream-busy") return;
        const isWritten = await this.write(written({ ...this.state!, lastNotedReason: noted }, this.nowMs()));
        if (!isWritten || noted === undefined) return;
        const open = observation.shards.length;
        const id = `${this.runId}-note`;
        await this.append({ id, kind: "note", from: open, to: open, reason, message, by: "scaler" });
    }

    private nothing(reason: ReasonCode, message: string): false {
        this.steps.push({ outcome: "nothing", reason, message });
        return false;
    }

    /** While a reshard runs: where it goes. */
    private targetUnderWay(): number | undefined {
        return this.state!.reshards.filter((event) => event.status === "called").at(-1)?.to;
    }

    /** The last call, if AWS took it a moment ago and its shards are not there: an answer of ACTIVE may be older than the call. */
    private callNotYetSeen(nowMs: number): LedgerReshard | undefined {
        return this.state!.reshards.find((event) => event.status === "called" && event.atMs > nowMs - notYetSeenMs);
    }

    private readLedger(): Promise<LedgerState> {
        return this.ledger("read", (ledger) => ledger.read(this.streamKey));
    }

    /** Writes the next state; false if somebody else has written since. */
    private async write(next: LedgerState): Promise<boolean> {
        let attempts = 0;
        let isWritten = await this.ledger("write", (ledger) => {
            attempts++;
            return ledger.write(this.streamKey, next);
        });
        // An attempt that got no answer may have been this run's own success.
        if (!isWritten && attempts > 1) isWritten = isSameState(await this.readLedger(), next);
        if (isWritten) this.state = next;
        return isWritten;
    }

    /** Writes what is certain whatever else changed meanwhile, such as a pause by an operator. */
    private async settle(change: (state: LedgerState) => LedgerState): Promise<void> {
        for (let attempt = 1; !(await this.write(change(this.state!))); attempt++) {
            // What was reserved stays counted.
            if (attempt === settleAttemptsMax) return;
            this.state = await this.readLedger();
        }
    }

    private async append(entry: Omit<LedgerEntry, "atMs">): Promise<void> {
        await this.ledger("write", (ledger) => ledger.append(this.streamKey, { ...entry, atMs: this.nowMs() }));
    }

    /** Without the ledger nothing is called: the budget would be unknown. */
    private async ledger<Result>(verb: string, use: (ledger: Ports["ledger"]) => Promise<Result>): Promise<Result> {
        try {
            return await withBackoff(this.ports, () => use(this.ports.ledger));
        } catch (error) {
            const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
            throw new ScalerFailure(
                `The ledger ${this.environment.ledgerTable} cannot be ${verb === "read" ? "read" : "written"} (${detail}); without it no call is made.`,
                error,
            );
        }
    }
}

interface Refusal {
    readonly outcome: RunOutcome;
    blocks?(
        detail: string,
        kind: ReshardEvent["kind"],
        nowMs: number,
    ): Pick<LedgerState, "growthBlockedUntilMs" | "updatesBlockedUntilMs">;
}

/** The refusals after which AWS has certainly done nothing. */
const refusals = {
    ResourceInUseException: { outcome: "stream-busy" },
    ResourceNotFoundException: { outcome: "stream-gone" },
    ThrottlingException: { outcome: "call-refused" },
    LimitExceededException: {
        outcome: "call-refused",
        // One name for three limits: the account's shards, calls a second, and the stream's calls in 24 h that others have spent.
        blocks: (detail: string, kind: ReshardEvent["kind"], nowMs: number) => {
            if (/shard limit|shard quota|limit for the account|shards? (in|for) (your|the|this) account/i.test(detail))
                return { growthBlockedUntilMs: nowMs + quotaPauseMs };
            if (kind !== "update" || /rate exceeded/i.test(detail)) return {};
            return { updatesBlockedUntilMs: nowMs + foreignPauseMs };
        },
    },
    ValidationException: { outcome: "failed" },
    InvalidArgumentException: { outcome: "failed" },
    AccessDeniedException: { outcome: "failed" },
} as const satisfies Record<string, Refusal>;

function stepOf(outcome: RunOutcome, decision: Decision): RunStep {
    const { reason, message, action, numbers } = decision;
    return { outcome, reason, message, ...(action.kind === "none" ? {} : { action }), numbers };
}

/** Why CloudWatch gave nothing; anything but a fault of the moment is thrown on. */
function metricsProblemOf(error: unknown): string {
    if (!isRetryable(error) && !isNamed(error, "MetricsIncomplete")) throw error;
    return (error as Error).name;
}

function isSameState(stored: LedgerState, next: LedgerState): boolean {
    const text = (state: LedgerState) => JSON.stringify({ ...state, version: undefined });
    return stored.version === next.version && text(stored) === text(next);
}

function isNamed(error: unknown, name: string): boolean {
    return error instanceof Error && error.name === name;
}

/** The run in one line: what happened and why, and its metrics in CloudWatch's embedded metric format, which costs no call. */
function logLine(streamName: string, report: RunReport, nowMs: number): string {
    const values = {
        OpenShards: report.openShards,
        TargetShards: report.targetShards,
        UpdateCallsLeft: report.updateCallsLeft,
    } satisfies Record<keyof typeof scalerMetrics, number | undefined>;
    const known = Object.entries(values).filter(([, value]) => value !== undefined);
    const metrics = known.map(([name]) => ({
        Name: name,
        Unit: scalerMetrics[name as keyof typeof scalerMetrics].unit,
    }));
    const last = report.steps.at(-1);
    return JSON.stringify({
        ...(metrics.length === 0
            ? {}
            : {
                  _aws: {
                      Timestamp: nowMs,
                      CloudWatchMetrics: [
                          { Namespace: scalerNamespace, Dimensions: [["StreamName"]], Metrics: metrics },
                      ],
                  },
              }),
        StreamName: streamName,
        ...Object.fromEntries(known),
        outcome: last?.outcome,
        reason: last?.reason,
        message: last?.message,
        steps: report.steps,
    });
}
