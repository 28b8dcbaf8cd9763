/**
 * A live stream as the commands open it: by its name or ARN, with the clients of the environment, and what AWS refuses as one line.
 */
import { randomUUID } from "node:crypto";
import { streamNameOf } from "../capacity/arns";
import { existingStream } from "../capacity/identifiers";
import { refuse } from "../capacity/problems";
import { type Clients, closeClients, newClients } from "../stream/clients";
import { patient } from "../stream/backoff";
import { StreamMemory } from "../stream/history";
import { kinesisStream, type LiveStream, type StreamDetails, type StreamTarget, targetOf } from "../stream/kinesis";
import { findLedger, type FoundLedger, memoryLedger } from "../stream/ledger";
import { cloudWatchMetrics } from "../stream/load";
import { type ShardRange } from "../capacity/scaling/observation";
import { type MetricsPort, type Pace, type StreamPort, type StreamSummary } from "../stream/ports";
import { Session } from "../stream/session";
import { refusalOf } from "../stream/refusals";
import { refused } from "./awsErrors";
import { type CommandContext, UsageError } from "./command";
import { type DeployedScaler, deployedScaler } from "./deployedScaler";
import { type Progress } from "./terminal";

export interface Live {
    readonly name: string;
    readonly target: StreamTarget;
    readonly clients: Clients;
    readonly stream: LiveStream;
    readonly metrics: MetricsPort;
    /** The same without back-off: a session makes its calls with back-off itself. */
    readonly bare: { readonly stream: StreamPort; readonly metrics: MetricsPort };
    readonly pace: Pace;
    /** Undefined if the stream has none: nobody scales it automatically. */
    ledger(summary: StreamSummary): Promise<FoundLedger | undefined>;
    /** The stream's scaler as it was deployed; undefined if it has none. */
    scaler(): Promise<DeployedScaler | undefined>;
    /** What each look leaves for the next. */
    readonly memory: StreamMemory;
}

/** A stream as the user named it, for the commands that are told: an ARN may be another account's. */
export function namedAs({ target }: Pick<Live, "target">): string {
    return "StreamARN" in target ? target.StreamARN : target.StreamName;
}

/** What the user's Ctrl-C ends. */
export class Interrupted extends Error {
    override readonly name = "Interrupted";
}

/** A stream that is being made, or going: AWS refuses to list its shards. */
export class NotThere extends UsageError {
    constructor(
        readonly streamName: string,
        readonly stream: StreamSummary & { readonly retentionHours?: number },
    ) {
        const isGoing = stream.status === "DELETING";
        super(`${streamName} is being ${isGoing ? "deleted." : "created: ask again when it is ACTIVE."}`);
    }
}

/** The stream, if its shards can be asked for. @throws NotThere */
export async function detailsOf({ name, stream }: Pick<Live, "name" | "stream">): Promise<StreamDetails> {
    const details = await stream.details();
    if (details.status === "CREATING" || details.status === "DELETING") throw new NotThere(name, details);
    return details;
}

/** The waits between two looks at a stream that changes: from the first to the longest, doubling. */
export const poll = { firstMs: 200, longestMs: 5_000, untilMs: Infinity } as const;

/** What is said meanwhile. */
export function waitingFor({ name }: Pick<Live, "name">, { status }: Pick<StreamSummary, "status">): string {
    return `${name} is ${status}; waiting for it to become ACTIVE`;
}

/** Waits while a stream is being made: until then AWS refuses its records with the words for a stream that does not exist. */
export async function untilCreated(
    live: Pick<Live, "name" | "stream" | "bare" | "pace">,
    progress: Progress,
): Promise<void> {
    let summary = await live.bare.stream.describe();
    for (let waitMs: number = poll.firstMs; summary.status === "CREATING";) {
        progress.update(waitingFor(live, summary));
        await live.pace.sleep(waitMs);
        summary = await live.stream.describe();
        waitMs = Math.min(poll.longestMs, waitMs * 2);
    }
    if (summary.status === "DELETING") throw new NotThere(live.name, summary);
}

/** The open shards, for whoever needs no more of a stream: why there are none is asked for where AWS does not list them. @throws NotThere */
export async function shardsOf(live: Pick<Live, "name" | "stream">): Promise<ShardRange[]> {
    try {
        return await live.stream.openShards();
    } catch (error) {
        if (refusalOf(error).meaning === "busy") await detailsOf(live);
        throw error;
    }
}

export const metricsLate = "CloudWatch's metrics are one to two minutes late";

/** Why nothing is known of a load. */
export const tooYoung = `${metricsLate}, and the stream is not older. Look again in two minutes.`;

const isStream = existingStream(
    "A name has 1 to 128 letters, digits, dots, hyphens and underscores; an ARN is such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.",
);

/** Opens a stream by its name or ARN, does something with it, and turns what AWS refuses into one line. */
export async function withStream<Result>(
    nameOrArn: string,
    { signal, progress }: Pick<CommandContext, "signal" | "progress">,
    use: (live: Live) => Promise<Result>,
): Promise<Result> {
    if (nameOrArn.trim() === "") throw new UsageError("The name of the stream is empty: give a name or an ARN.");
    refuse("stream", isStream("stream", nameOrArn));
    const name = streamNameOf(nameOrArn);
    // An endpoint that does not answer is waited for.
    progress.update(`reading ${name}`);
    const clients = newClients();
    try {
        return await use(liveStream(nameOrArn, clients, signal));
    } catch (error) {
        throw refused(error, `stream ${name}`);
    } finally {
        closeClients(clients);
    }
}

/** A stream through clients that point anywhere: AWS, or the sandbox. */
export function liveStream(nameOrArn: string, clients: Clients, signal: AbortSignal): Live {
    const name = streamNameOf(nameOrArn);
    const target = targetOf(nameOrArn);
    const pace: Pace = {
        elapsedMs: () => performance.now(),
        random: () => Math.random(),
        sleep: (ms) => sleepUnlessAborted(ms, signal),
    };
    const bare = {
        stream: kinesisStream(clients.kinesis, target),
        metrics: cloudWatchMetrics(clients.cloudWatch, name),
    };
    const stream = patient(bare.stream, pace);
    return {
        name,
        target,
        clients,
        stream,
        metrics: patient(bare.metrics, pace),
        bare,
        pace,
        ledger: (summary) => findLedger(stream, name, summary, clients.dynamoDb, pace),
        scaler: () => deployedScaler(name, pace),
        memory: new StreamMemory(),
    };
}

/** A person at a stream. Without a ledger, the session remembers by itself what it saw and did. */
export function sessionAt(
    live: Live,
    ledger: (summary: StreamSummary) => Promise<FoundLedger | undefined>,
    readOnly = false,
): Session {
    return new Session({
        ...live.bare,
        ledger: async (summary) => (await ledger(summary)) ?? memoryLedger(),
        pace: live.pace,
        owner: `command-line-${randomUUID()}`,
        by: "command line",
        readOnly,
        memory: live.memory,
    });
}

/** @throws Interrupted once the signal is aborted */
async function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
    if (!signal.aborted) {
        await new Promise<void>((resolve) => {
            const timer = setTimeout(end, ms);
            function end(): void {
                clearTimeout(timer);
                signal.removeEventListener("abort", end);
                resolve();
            }
            signal.addEventListener("abort", end);
        });
    }
    if (signal.aborted) throw new Interrupted("interrupted");
}
