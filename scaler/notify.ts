/**
 * What a run tells its topic. Everything is sent at the end of the run, after its calls were confirmed and its lease was given back: no
 * message holds scaling back, and one that cannot be sent is a word in the run's line of the log.
 */
import {
    ceilingAfter,
    lastingFailure,
    type MessageContext,
    messageOf,
    type ScalerEvent,
    type ScalerMessage,
    tells,
} from "../capacity/scaling/messages";
import { type Decision } from "../capacity/scaling/observation";
import { type NotifyLevel, type ScalerEnvironment } from "../capacity/scaling/settings";
import { withBackoff } from "../stream/backoff";
import { LedgerFailure } from "../stream/ledger";
import { errorText, type Meaning, type Refusal, RefusedCall, refusalOf, reshardOperations } from "../stream/refusals";
import { type Reshard, type ReshardOutcome, shardsAfter } from "../stream/reshard";
import { type Session } from "../stream/session";
import { Claims, knownLedger, type ToldHere } from "./claims";

/** Sends a message to the topic of those who want to be told. */
export type TopicPort = (message: ScalerMessage) => Promise<void>;

/** What became of a message, as the log tells it. */
export interface ToldMessage {
    /** Absent: it is not the message that failed, but the word of it in the ledger. */
    readonly subject?: string;
    readonly sent: boolean;
    readonly problem?: string;
}

/**
 * Milliseconds after a run's start from which nothing is tried again, and no message at all. The function may run for 90 seconds; an attempt
 * takes up to seven, and the line of the log has to get out.
 */
export const triesUntilMs = 60_000;

export class News {
    /** What was sent, and what could not be. */
    readonly told: ToldMessage[] = [];
    private readonly pending: { readonly event: ScalerEvent; readonly message: ScalerMessage }[] = [];
    private readonly decisions: { readonly decision: Decision; readonly atMs: number }[] = [];
    private readonly level: NotifyLevel;
    private readonly claims: Claims;
    /** AWS took a call of this run. */
    private isResharded = false;
    private readonly untilMs: number;

    constructor(
        private readonly session: Session,
        private readonly environment: ScalerEnvironment,
        private readonly topic: TopicPort | undefined,
        toldHere: ToldHere,
    ) {
        const { dryRun, notify } = environment;
        this.level = dryRun || topic === undefined ? "off" : (notify?.level ?? "off");
        this.claims = new Claims(session, toldHere, (error) =>
            this.told.push({ sent: false, problem: errorText(error) }),
        );
        this.untilMs = session.options.pace.elapsedMs() + triesUntilMs;
    }

    /** What the last look noticed that others did. */
    foreign(): void {
        const { foreign } = this.session;
        const [first, last] = [foreign[0], foreign.at(-1)];
        if (first === undefined || last === undefined) return;
        const updateCalls = foreign.filter(({ kind }) => kind === "update").length;
        this.add({ kind: "foreign", from: first.from, to: last.to, updateCalls });
    }

    decided(decision: Decision): void {
        this.decisions.push({ decision, atMs: this.session.nowMs() });
    }

    /** What became of a call; nothing where none was made. */
    reshard(action: Reshard, { reason, message: why }: Decision, outcome: ReshardOutcome): void {
        const from = this.session.shards.length;
        const call = { operation: reshardOperations[action.kind], from, to: shardsAfter(action, from), reason, why };
        if (outcome.kind === "called") this.add({ kind: "made", ...call });
        if (outcome.kind === "unconfirmed") this.add({ kind: "unconfirmed", ...call, ledger: outcome.ledger.problem });
        this.isResharded ||= outcome.kind === "called" || outcome.kind === "unconfirmed";
        if (!("refused" in outcome)) return;
        const { name, message: said } = outcome.refused.refusal;
        if (outcome.kind === "unanswered") {
            this.add({ kind: "unanswered", ...call, name, said });
            return;
        }
        const toDo = toDoAfter(outcome.refused);
        const meaning = meaningOf(outcome.refused.refusal);
        this.add({ kind: "refused", ...call, meaning, name, said, toDo, ledger: outcome.ledger?.problem });
    }

    /** The run failed. A call that made it fail is told already. */
    failed(error: unknown): void {
        const { name, message: said, cause } = error instanceof Error ? error : new Error(String(error));
        if (cause instanceof RefusedCall || cause instanceof LedgerFailure) return;
        const openShards = this.isResharded ? undefined : this.session.summary?.openShards;
        this.add({ kind: "failed", meaning: meaningOf(refusalOf(error)), name, said, openShards });
    }

    /** Sends what there is to tell. Never throws. */
    async send(): Promise<void> {
        await this.watchCeiling();
        for (const { event, message } of this.pending) {
            const failure = lastingFailure(event);
            const told = failure === undefined ? undefined : this.claims.of(failure);
            if (told !== undefined && !(await this.claims.isToTell(told))) continue;
            if (await this.tell(message)) continue;
            // The next run tries again.
            if (told !== undefined) await this.claims.takeBack(told);
            if (event.kind === "at-ceiling") await this.claims.takeBackCeiling();
        }
    }

    private add(event: ScalerEvent): void {
        if (!tells(this.level, event.kind)) return;
        const { streamName, streamArn } = this.environment;
        const message = messageOf(event, { streamName, streamArn, calls: callsOf(this.session) });
        this.pending.push({ event, message });
    }

    /** Writes down since when the ceiling holds, and when it no longer does: a run in which nothing changed writes nothing. */
    private async watchCeiling(): Promise<void> {
        const last = this.decisions.at(-1);
        if (last === undefined || this.environment.dryRun) return;
        const before = this.session.ledger.state.ceiling;
        const after = this.decisions.reduce(
            // Nobody wants to be told: what is left from when somebody did must not count when somebody does again.
            (hold, { decision, atMs }) =>
                this.level === "off" ? undefined : ceilingAfter(hold, decision.reason, atMs),
            before,
        );
        // Of two runs at once, the one that writes it tells.
        if (after === before || !(await this.claims.writeCeiling(after))) return;
        if (after?.told !== true) return;
        const { message: why, wantedShards } = last.decision;
        this.add({
            kind: "at-ceiling",
            sinceMs: after.sinceMs,
            atMs: last.atMs,
            maxShards: this.environment.settings.maxShards,
            openShards: this.session.shards.length,
            wantedShards,
            why,
        });
    }

    /** Whether the message is sent now. */
    private async tell(message: ScalerMessage): Promise<boolean> {
        const { pace } = this.session.options;
        const { subject } = message;
        try {
            if (pace.elapsedMs() >= this.untilMs) throw new Error("the run has no time left for it");
            await withBackoff(pace, "read", () => this.topic!(message));
            this.told.push({ subject, sent: true });
            return true;
        } catch (error) {
            this.told.push({ subject, sent: false, problem: errorText(error) });
            return false;
        }
    }
}

/** What a refusal means, by which one that lasts is known again: its name where that is all that is known. */
function meaningOf({ meaning, name, fromAws }: Refusal): string {
    return fromAws && meaning !== "unknown" ? meaning : name;
}

function callsOf(session: Session): MessageContext["calls"] {
    if (knownLedger(session) === undefined) return undefined;
    return { left: session.updateCallsLeft(), nextMs: session.nextUpdateCallMs() };
}

/** Refusals that pass: the next run tries again. */
const passing: readonly Meaning[] = ["later", "busy"];

/** What somebody can do about a refusal; undefined: nothing yet. */
function toDoAfter({ refusal: { meaning, advice } }: RefusedCall): string | undefined {
    if (meaning === "not-allowed")
        return "Deploy the stream again: the scaler's role, or a boundary around it, does not let it call.";
    return passing.includes(meaning) ? undefined : advice;
}
