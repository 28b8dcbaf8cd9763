/**
 * The world of a schedule: AWS, the wire to it, the machine, and the actors, of which one at a time goes on until it waits again.
 */
import { type Actor, newActor } from "./actor";
import { Aws } from "./aws";
import { lastThat, VirtualClock } from "./clock";
import { type Code } from "./code";
import { environmentOf, said } from "./lambda";
import { LawBook, reshards } from "./laws";
import { type Machine, quiet } from "./machine";
import { chance } from "./random";
import { type Deployment, type StreamSchedule } from "./schedule";
import { show } from "./shown";
import { type Request, Wire } from "./wire";

export const minuteMs = 60_000;
const startMs = Date.UTC(2026, 10, 2, 12);
/** Lambda ends the function after so long. */
const functionTimeoutMs = 90_000;

export class World {
    readonly clock: VirtualClock;
    readonly aws: Aws;
    readonly laws: LawBook;
    readonly trace: string[] = [];
    readonly actors: Actor[] = [];
    deployment: Deployment;
    /** Machines' clocks are wrong by so much. */
    machineErrorMs = 0;
    #current: Actor | undefined;
    readonly #wire: Wire;
    readonly #disturbances: { readonly fromMs: number; readonly toMs: number }[] = [];
    #handler: ReturnType<Code["createHandler"]> | undefined;

    constructor(
        readonly schedule: StreamSchedule,
        private readonly code: Code,
        private readonly traces: boolean,
    ) {
        this.clock = new VirtualClock(startMs);
        const { clock } = this;
        this.aws = new Aws(schedule, clock);
        this.deployment = schedule.deployment;
        const hasLedger = schedule.ledger !== "none";
        this.laws = new LawBook({ kinesis: this.aws.kinesis, hasLedger, nowMs: () => clock.nowMs }, startMs);
        this.#wire = new Wire({
            clock,
            startMs,
            faults: schedule.faults,
            roll: (about) => chance(schedule.seed, about),
            current: () => this.#current!,
            resume: (actor, action) => this.#resume(actor, action),
            arrives: (request) => this.#arrives(request),
            sent: (request) => this.#sent(request),
            shown: (request, output, dateMs) => this.#shown(request, output, dateMs),
        });
        code.useClients({
            kinesis: this.#wire.client("kinesis"),
            cloudWatch: this.#wire.client("cloudWatch"),
            dynamoDb: this.#wire.client("dynamoDb"),
        });
    }

    get machine(): Machine {
        const { clock } = this;
        return {
            dateMs: () => clock.nowMs + this.machineErrorMs,
            monotonicMs: () => clock.nowMs - startMs,
            random: () => chance(this.schedule.seed, `${this.#current?.id} ${clock.nowMs} random`),
            timer: (ms, action) => clock.in(ms, this.#asCurrent(action)),
            write: (text) => void this.#current?.lines.push(text),
        };
    }

    get minute(): number {
        return (this.clock.nowMs - startMs) / minuteMs;
    }

    /** Plays up to a minute of the schedule. */
    async playTo(minute: number): Promise<void> {
        while (this.clock.step(startMs + minute * minuteMs)) await quiet();
    }

    at(minute: number, action: () => void): void {
        this.clock.at(startMs + minute * minuteMs, action);
    }

    get load(): number {
        return this.aws.loadAt(this.minute);
    }

    tell(message: string): void {
        if (this.traces) this.trace.push(`${this.minute.toFixed(3)} ${message}`);
    }

    /** Lambda invokes the scaler. */
    runScaler(): Actor {
        const { code, deployment } = this;
        const id = `run-${this.actors.length}`;
        const actor = newActor({ id, kind: "scaler", startedMs: this.clock.nowMs, deployment });
        this.clock.in(functionTimeoutMs, () => this.#timesOut(actor));
        return this.#start(actor, () => {
            // Who died takes the process along, and all that it remembered.
            if (lastThat(this.actors, (other) => other.kind === "scaler" && other !== actor)?.isDead)
                this.#handler = undefined;
            this.#handler ??= code.createHandler();
            Object.assign(process.env, environmentOf(deployment, this.aws.ledgerTable));
            return this.#handler({}, { awsRequestId: id });
        });
    }

    /** A person types a command. */
    runCommand(args: readonly string[], signal?: AbortSignal): Actor {
        const { code } = this;
        const id = `command-${this.actors.length}`;
        const actor = newActor({ id, kind: "command", startedMs: this.clock.nowMs, args });
        const define = { scale: code.defineScale, split: code.defineSplit, merge: code.defineMerge }[args[0]!]!;
        const onPrint = (): void => void actor.lines.push("printed");
        return this.#start(actor, () =>
            code.runInProcess(define, args, { env: {}, onPrint, ...(signal === undefined ? {} : { signal }) }),
        );
    }

    /** Ctrl-C. */
    interrupt(actor: Actor, controller: AbortController): void {
        if (actor.ended === undefined) this.#resume(actor, () => controller.abort());
    }

    /** Something other than faults of the wire is wrong, from now on or for five minutes. */
    disturb(minutes = 5): void {
        this.#disturbances.push({ fromMs: this.clock.nowMs, toMs: this.clock.nowMs + minutes * minuteMs });
    }

    wasDisturbed({ startedMs, ended }: Actor): boolean {
        const endedMs = ended?.atMs ?? this.clock.nowMs;
        return this.#disturbances.some(({ fromMs, toMs }) => fromMs <= endedMs && toMs >= startedMs);
    }

    #start(actor: Actor, run: () => Promise<unknown>): Actor {
        this.actors.push(actor);
        this.tell(`${actor.id} starts${actor.args.length > 0 ? `: ${actor.args.join(" ")}` : ""}`);
        const end = (error?: unknown): void => {
            actor.ended = { atMs: this.clock.nowMs, error: error === undefined ? undefined : (error as Error) };
            const { name, message } = actor.ended.error ?? {};
            this.tell(`${actor.id} ends${error === undefined ? "" : `: ${name}: ${message}`}`);
            for (const line of this.traces ? actor.lines : []) this.tell(`${actor.id} says ${said(line)}`);
        };
        this.#resume(actor, () => void run().then(() => end(), end));
        return actor;
    }

    /** What waits is gone on with by the actor that waited, unless it is gone. */
    #asCurrent(action: () => void): () => void {
        const actor = this.#current!;
        return () => this.#resume(actor, action);
    }

    #resume(actor: Actor, action: () => void): void {
        if (actor.isDead) return;
        this.#current = actor;
        action();
    }

    #timesOut(actor: Actor): void {
        if (actor.ended !== undefined || actor.isDead) return;
        actor.isDead = true;
        this.laws.against("one-line", actor.id, "Lambda ended the run after 90 s, before it had logged its line");
    }

    #sent(request: Request): void {
        const { actor, operation, input, fault } = request;
        if (operation === "GetMetricData") actor.metricsAreWhole = false;
        if (this.traces) {
            const about = input.TargetShardCount ?? input.ShardToSplit ?? input.ShardToMerge ?? "";
            this.tell(`${actor.id} sends ${operation} ${String(about)}${fault === undefined ? "" : ` (${fault})`}`);
        }
        this.laws.sent(request);
    }

    #arrives(request: Request): object {
        const { actor, operation } = request;
        try {
            const output = this.aws.answer(request, this.laws);
            if (reshards.includes(operation)) {
                this.laws.took(request);
                this.tell(`AWS takes ${operation} of ${actor.id}`);
            }
            return output;
        } catch (error) {
            this.tell(`AWS refuses ${operation} of ${actor.id}: ${(error as Error).message}`);
            throw error;
        }
    }

    #shown(request: Request, output: object, dateMs: number): void {
        const { actor } = request;
        const { nowMs } = this.clock;
        show(request, output, this.aws.epochOf(output));
        if (reshards.includes(request.operation)) actor.tookReshards++;
        if (request.operation !== "DescribeStreamSummary") return;
        actor.shownMs = Number.isNaN(dateMs) ? this.machine.dateMs() : dateMs;
        actor.shownAtMs = nowMs;
        if (Math.abs(actor.shownMs - nowMs) > minuteMs) this.laws.dateLiedMs = nowMs;
    }
}
