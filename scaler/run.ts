/**
 * One run of the scaler: look, decide, act, and say in one line what happened and why.
 *
 * What to do is decided in capacity/; how a live stream is seen and resharded safely is in stream/. Here is what a run makes of it.
 */
import { type Decision } from "../capacity/scaling/observation";
import { isNoted, type ReasonCode } from "../capacity/scaling/reasons";
import { type ScalerEnvironment } from "../capacity/scaling/settings";
import { type LedgerStore, written } from "../capacity/scaling/ledger";
import { type StreamMemory } from "../stream/history";
import { type MetricsPort, type Pace, type StreamPort } from "../stream/ports";
import { type Meaning } from "../stream/refusals";
import { becomesActive, finish, makeReshard, type Reshard, type ReshardOutcome } from "../stream/reshard";
import { Session, type Sight } from "../stream/session";
import { type ToldHere } from "./claims";
import { News, type TopicPort, triesUntilMs } from "./notify";
import { logLine, type RunOutcome, type RunReport, type RunStep } from "./report";

/** What a run needs from outside. */
export interface Ports extends Pace {
    readonly stream: StreamPort;
    readonly metrics: MetricsPort;
    readonly ledger: LedgerStore;
    /** Absent: nobody is told. */
    readonly notify?: TopicPort | undefined;
    /** What earlier runs of the process left. @default nothing */
    readonly memory?: StreamMemory | undefined;
    /** What they told while no ledger could be written. @default nothing */
    readonly toldHere?: ToldHere | undefined;
    /** One line of the log. */
    log(line: string): void;
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

/** Runs once: as many steps as there is time for. */
export async function runScaler(ports: Ports, environment: ScalerEnvironment, runId: string): Promise<RunReport> {
    const startMs = ports.elapsedMs();
    const untilMs = startMs + stepsUntilMs;
    // Where calls are answered late one after the other, the run says so before Lambda ends it.
    const sleep = async (ms: number) => {
        if (ports.elapsedMs() + ms >= startMs + triesUntilMs) throw new Error("the run has no time left");
        await ports.sleep(ms);
    };
    const run = new Run({ ...ports, sleep }, environment, runId);
    let failure: ScalerFailure | undefined;
    try {
        let more = await run.step();
        while (more && ports.elapsedMs() < untilMs) {
            if (!(await becomesActive(run.session, { firstMs: pollMs, longestMs: pollMs, untilMs }))) break;
            more = await run.step();
        }
        await finish(run.session);
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        run.steps.push({ outcome: "failed", message });
        run.news.failed(error);
        failure = error instanceof ScalerFailure ? error : new ScalerFailure(message, error);
    }
    await run.news.send();
    const report = run.report();
    ports.log(logLine(environment.streamName, report, run.session.nowMs()));
    if (failure !== undefined) throw failure;
    return report;
}

/** Reasons that one call does not settle: the next step is taken as soon as the stream is ACTIVE again. */
const reasonsThatGoOn: readonly ReasonCode[] = [
    "doubling-limit",
    "halving-limit",
    "split-widest",
    "walk-out",
    "walk-in",
];

/** What a refusal makes of a step; a call that is refused for what it is, or for who asks, fails the run. */
const refusedOutcomes: Partial<Readonly<Record<Meaning, RunOutcome>>> = {
    later: "call-refused",
    "calls-spent": "call-refused",
    "shard-quota": "call-refused",
    limit: "call-refused",
    busy: "stream-busy",
    gone: "stream-gone",
};

class Run {
    readonly steps: RunStep[] = [];
    readonly session: Session;
    readonly news: News;
    private targetShards: number | undefined;

    constructor(
        ports: Ports,
        private readonly environment: ScalerEnvironment,
        private readonly runId: string,
    ) {
        const found = { table: environment.ledgerTable, store: ports.ledger };
        this.session = new Session({
            stream: ports.stream,
            metrics: ports.metrics,
            ledger: () => found,
            pace: ports,
            owner: runId,
            by: "scaler",
            readOnly: environment.dryRun,
            memory: ports.memory,
        });
        this.news = new News(this.session, environment, ports.notify, ports.toldHere ?? new Map());
    }

    /** One look, one decision, at most one call. True: go on when the stream is ACTIVE again. */
    async step(): Promise<boolean> {
        // Also of a look that fails after it has written what others did: no later one finds it again.
        const sight = await this.session.look().finally(() => this.news.foreign());
        if (sight.kind !== "seen") return this.cannotAct(sight);
        const decision = await this.session.decide(this.environment.settings);
        this.news.decided(decision);
        const { shards, foreignReshards } = this.session;
        const foreign = foreignReshards > 0 ? { foreignReshards } : {};
        this.targetShards = shards.length > 0 ? decision.wantedShards : targetUnderWay(this.session);
        if (decision.action.kind === "none") {
            this.steps.push({ ...stepOf("nothing", decision), ...foreign });
            await this.note(decision);
            return false;
        }
        const held = this.heldBack();
        if (held === undefined) return this.act(decision.action, decision);
        this.steps.push({ ...stepOf(held, decision), ...foreign });
        return false;
    }

    report(): RunReport {
        const { summary } = this.session;
        const messages = this.news.told.length === 0 ? {} : { messages: this.news.told };
        if (summary === undefined) return { steps: this.steps, ...messages };
        return {
            steps: this.steps,
            ...messages,
            openShards: summary.openShards,
            targetShards: this.targetShards ?? summary.openShards,
            ...(this.session.ledger?.isRead === true ? { updateCallsLeft: this.session.updateCallsLeft() } : {}),
        };
    }

    private cannotAct(sight: Exclude<Sight, { kind: "seen" }>): false {
        if (sight.kind === "gone") {
            const message = `The stream ${this.environment.streamName} does not exist; remove its scaler, or create it again.`;
            this.steps.push({ outcome: "stream-gone", message });
        } else if (sight.kind === "held") {
            this.steps.push({ outcome: "another-run", message: "Another run is at work; it holds the lease." });
        } else if (sight.kind === "clock-went-back") {
            this.steps.push({ outcome: "nothing", reason: "clock-went-back", message: sight.message });
        } else {
            const { from, to } = sight.call;
            this.targetShards = to;
            const message = `The shards do not show the last call yet, ${from} to ${to}; reshards are made one at a time.`;
            this.steps.push({ outcome: "nothing", reason: "stream-busy", message });
        }
        return false;
    }

    private heldBack(): "dry-run" | "paused" | undefined {
        if (this.environment.dryRun) return "dry-run";
        return this.environment.paused || this.session.ledger.state.paused === true ? "paused" : undefined;
    }

    private async act(action: Reshard, decision: Decision): Promise<boolean> {
        const { reason, message } = decision;
        const goesOn = reasonsThatGoOn.includes(reason);
        const outcome = await makeReshard(this.session, action, { reason, message, goesOn }, this.steps.length + 1);
        this.news.reshard(action, decision, outcome);
        switch (outcome.kind) {
            case "called":
                this.acted(decision);
                return goesOn;
            case "unconfirmed":
                this.acted(decision);
                throw new ScalerFailure(
                    `AWS took the call. ${outcome.ledger.problem}, so it is not confirmed there; it stays counted.`,
                    outcome.ledger,
                );
            case "outrun":
                this.steps.push({ outcome: "another-run", message: "Another run wrote to the ledger first; it acts." });
                return false;
            case "no-call-left":
                throw new Error("A call was decided that the budget does not have.");
            case "refused":
                return this.refused(outcome, decision);
            case "unanswered": {
                const said = outcome.refused.message;
                throw new ScalerFailure(
                    `The call was not answered (${said}); it stays counted until the stream shows that it was not made.`,
                    outcome.refused,
                );
            }
        }
    }

    private acted(decision: Decision): void {
        this.targetShards = Math.max(decision.wantedShards, 1);
        this.steps.push(stepOf("acted", decision));
    }

    private refused({ refused, ledger }: Extract<ReshardOutcome, { kind: "refused" }>, decision: Decision): false {
        const message = `AWS refused the call (${refused.message}). ${decision.message}`;
        if (ledger !== undefined) throw new ScalerFailure(`${message} ${ledger.problem}.`, refused);
        const outcome = refusedOutcomes[refused.refusal.meaning];
        if (outcome === undefined) throw new ScalerFailure(message, refused);
        this.steps.push({ ...stepOf(outcome, decision), message });
        return false;
    }

    /** A line of history for what is worth asking about, once until the reason changes. */
    private async note({ reason, message }: Decision): Promise<void> {
        const { ledger, shards, summary } = this.session;
        const noted = isNoted(reason) ? reason : undefined;
        if (noted === ledger.state.lastNotedReason || this.environment.dryRun || reason === "stream-busy") return;
        const atMs = this.session.nowMs();
        const isWritten = await ledger.write(written({ ...ledger.state, lastNotedReason: noted }, atMs));
        if (!isWritten || noted === undefined) return;
        // Of a stream that is on-demand or being deleted no shards are asked for.
        const open = shards.length > 0 ? shards.length : summary!.openShards;
        await ledger.append({
            atMs,
            id: `${this.runId}-note`,
            kind: "note",
            from: open,
            to: open,
            reason,
            message,
            by: "scaler",
        });
    }
}

/** While a reshard runs: where it goes. */
function targetUnderWay({ ledger }: Session): number | undefined {
    return ledger.state.reshards.filter((event) => event.status === "called").at(-1)?.to;
}

function stepOf(outcome: RunOutcome, decision: Decision): RunStep {
    const { reason, message, action, numbers } = decision;
    return { outcome, reason, message, ...(action.kind === "none" ? {} : { action }), numbers };
}
