/**
 * The world of a schedule: AWS's models, the wire to them, the machine, and the actors, of which one at a time goes on until it waits again.
 */
import { type Actor, newActor, type ShownShard } from "./actor";
import { lastThat, VirtualClock } from "./clock";
import { CloudWatchModel } from "./cloudWatch";
import { type Code } from "./code";
import { DynamoModel, type Item } from "./dynamo";
import { KinesisModel, streamArn, streamName } from "./kinesis";
import { LawBook } from "./laws";
import { type Machine, quiet } from "./machine";
import { chance } from "./random";
import { type Deployment, type StreamSchedule } from "./schedule";
import { type Request, Wire } from "./wire";

export const minuteMs = 60_000;
const startMs = Date.UTC(2026, 10, 2, 12);
/** Lambda ends the function after so long. */
const functionTimeoutMs = 90_000;
const ledgerTag = "sharded-stream:ledger-table";
const otherTags = { "cost-centre": "42", environment: "production", owner: "orders" };

export class World {
    readonly clock: VirtualClock;
    readonly kinesis: KinesisModel;
    readonly cloudWatch: CloudWatchModel;
    readonly dynamo = new DynamoModel();
    readonly laws: LawBook;
    readonly trace: string[] = [];
    readonly actors: Actor[] = [];
    readonly ledgerTable: string;
    deployment: Deployment;
    /** Machines' clocks are wrong by so much. */
    machineErrorMs = 0;
    #current: Actor | undefined;
    readonly #wire: Wire;
    /** Which of the stream's changes a true answer has. */
    readonly #epochs = new WeakMap<object, number>();
    readonly #disturbances: { readonly fromMs: number; readonly toMs: number }[] = [];
    #handler: ReturnType<Code["createHandler"]> | undefined;

    constructor(
        readonly schedule: StreamSchedule,
        private readonly code: Code,
        private readonly traces: boolean,
    ) {
        this.clock = new VirtualClock(startMs);
        const { clock } = this;
        const random = (about: string): number => chance(schedule.seed, about);
        this.deployment = schedule.deployment;
        this.ledgerTable = schedule.ledger === "shared" ? "shared-ledgers" : `${streamName}-scaler-ledger`;
        const createdMs = startMs - schedule.historyMinutes * minuteMs;
        const tags = schedule.ledger === "shared" ? { ...otherTags, [ledgerTag]: this.ledgerTable } : otherTags;
        this.kinesis = new KinesisModel({ ...schedule, clock, random, createdMs, tags });
        this.cloudWatch = new CloudWatchModel({
            clock,
            random,
            kinesis: this.kinesis,
            fromMs: createdMs,
            lateMs: schedule.metricsLateSeconds * 1_000,
            loadAt: (timeMs) => this.loadAt(timeMs),
        });
        if (schedule.ledger !== "none") this.dynamo.tables.set(this.ledgerTable, new Map());
        const hasLedger = schedule.ledger !== "none";
        this.laws = new LawBook({ kinesis: this.kinesis, hasLedger, nowMs: () => clock.nowMs }, startMs);
        this.#wire = new Wire({
            clock,
            startMs,
            faults: schedule.faults,
            roll: random,
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

    loadAt(timeMs: number): number {
        const minute = (timeMs - startMs) / minuteMs;
        const { load } = this.schedule;
        return (lastThat(load, ({ fromMinute }) => fromMinute <= minute) ?? load[0]!).shards;
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
            this.#handler ??= code.createHandler();
            Object.assign(process.env, environmentOf(deployment, this.ledgerTable));
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
        const { actor, service, operation, input, fault, roll } = request;
        if (service === "cloudWatch") return this.cloudWatch.answer(operation, input, fault);
        if (service === "dynamoDb") {
            const output = this.dynamo.answer(operation, input);
            if (operation === "PutItem" && (input.Item as Item).entry?.S === "state") this.laws.wrote(actor);
            return fault === "truncated" ? truncated(operation, output, roll) : output;
        }
        this.laws.arrives(request);
        const staleMs = fault === "stale" ? 15_000 * roll("stale") : 0;
        try {
            const output = this.kinesis.answer(operation, input, { own: true, actor: actor.id }, staleMs);
            if (fault === undefined) this.#epochs.set(output, this.kinesis.epoch);
            if (this.traces && !/^(Describe|List)/.test(operation)) this.tell(`AWS takes ${operation} of ${actor.id}`);
            return fault === "truncated" ? truncated(operation, output, roll) : output;
        } catch (error) {
            this.tell(`AWS refuses ${operation} of ${actor.id}: ${(error as Error).message}`);
            throw error;
        }
    }

    #shown({ actor, operation, input, fault }: Request, output: object, dateMs: number): void {
        if (fault === "truncated" || fault?.startsWith("metrics-")) actor.lies++;
        if (operation === "DescribeStreamSummary") this.#shownSummary(actor, output, dateMs);
        else if (operation === "ListShards") this.#shownShards(actor, input, output);
        else if (operation === "GetMetricData") actor.metricsAreWhole = isWhole(input, output);
    }

    #shownSummary(actor: Actor, output: object, dateMs: number): void {
        const { StreamDescriptionSummary: summary } = output as { StreamDescriptionSummary?: { StreamStatus: string } };
        actor.shownStatus = summary?.StreamStatus;
        actor.shownMs = Number.isNaN(dateMs) ? this.machine.dateMs() : dateMs;
        actor.shownAtMs = this.clock.nowMs;
        if (Math.abs(actor.shownMs - this.clock.nowMs) > minuteMs) this.laws.dateLiedMs = this.clock.nowMs;
    }

    #shownShards(actor: Actor, input: Request["input"], output: object): void {
        const filter = input.ShardFilter as { Type: string } | undefined;
        if (input.NextToken === undefined) actor.listsPast = filter?.Type === "AT_TIMESTAMP";
        if (actor.listsPast) return;
        const { Shards: shards = [] } = output as { Shards?: ListedShard[] };
        const open = shards.filter(({ SequenceNumberRange: range }) => range.EndingSequenceNumber === undefined);
        const shown = open.map(({ ShardId: id, HashKeyRange: range }): ShownShard => {
            return { id, start: BigInt(range.StartingHashKey), end: BigInt(range.EndingHashKey) };
        });
        actor.shownShards = input.NextToken === undefined ? shown : [...(actor.shownShards ?? []), ...shown];
        actor.shownEpoch = this.#epochs.get(output);
    }
}

interface ListedShard {
    readonly ShardId: string;
    readonly HashKeyRange: { readonly StartingHashKey: string; readonly EndingHashKey: string };
    readonly SequenceNumberRange: { readonly EndingSequenceNumber?: string };
}

function isWhole(input: Request["input"], output: object): boolean {
    const { MetricDataResults: results } = output as { MetricDataResults: { StatusCode: string }[] };
    const asked = (input.MetricDataQueries as readonly unknown[]).length;
    return results.length === asked && results.every(({ StatusCode: status }) => status === "Complete");
}

/** An answer with less in it than AWS sent. */
function truncated(operation: string, output: object, roll: (about: string) => number): object {
    const part = roll("truncated");
    if (operation === "ListShards" && part < 0.5) {
        const { Shards: shards } = output as { Shards: unknown[] };
        return { Shards: shards.slice(0, Math.ceil(shards.length / 2)) };
    }
    if (operation === "GetItem" && part < 0.5) {
        const { Item: item } = output as { Item?: Item };
        return item === undefined ? {} : { Item: { stream: item.stream, entry: item.entry } };
    }
    // A stream without tags is no fault that anybody could see.
    return operation === "ListTagsForStream" ? output : {};
}

function environmentOf(deployment: Deployment, ledgerTable: string): Record<string, string> {
    const { minShards, maxShards, peakShards, maxReshardsPerDay, paused, dryRun } = deployment;
    return {
        STREAM_NAME: streamName,
        STREAM_ARN: streamArn,
        LEDGER_TABLE: ledgerTable,
        MIN_SHARDS: String(minShards),
        MAX_SHARDS: String(maxShards),
        PEAK_SHARDS: String(peakShards),
        MODE: "reactive",
        MAX_RESHARDS_PER_DAY: String(maxReshardsPerDay),
        PAUSED: String(paused),
        DRY_RUN: String(dryRun),
    };
}

function said(line: string): string {
    if (!line.startsWith("{")) return line.trim();
    const { outcome, reason, message } = JSON.parse(line) as Record<string, string>;
    return `${outcome}${reason === undefined ? "" : `, ${reason}`}: ${message}`;
}
