/**
 * The sandbox as its users start it: in their own tests by `startSandbox()`, as a process by `main.ts`. Every option is checked, and what a
 * test wants to see needs no knowledge of what is inside.
 */
import { minuteMs, minutesPerDay } from "../capacity/calendar";
import { ManualClock, RunningClock } from "./clock";
import { type Sandbox as Inside, startSandbox as startInside, writePulumiConfig } from "./index";
import { type SandboxSettings, problemsOf } from "./options";
import { defaultDurations } from "./kinesis/state";
import { type Guard } from "./service";

export { type SandboxSettings } from "./options";
export { AwsError, type Guard, type GuardedCall } from "./service";

export interface SandboxOptions extends SandboxSettings {
    /**
     * "running": time passes with the machine's, times `speed`. "manual": it stands at 2026-11-01T00:00:00Z until `sandbox.advance()` moves it, so
     * that a test waits for nothing.
     *
     * @default "running"
     */
    readonly clock?: "running" | "manual";
    /** Hears, once each, what the sandbox forgets because its memory is bounded. @default a line on stderr */
    readonly warn?: (sentence: string) => void;
}

/** A local AWS that runs. */
export interface Sandbox {
    /** `http://127.0.0.1:PORT`, for every service. */
    readonly endpoint: string;
    readonly region: string;
    readonly accountId: string;
    /** Dummies: they may do everything in the sandbox's account, and nothing anywhere else. */
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    /**
     * Endpoint, region and credentials, as every client of the AWS SDK takes them.
     *
     * @example new KinesisClient(sandbox.client)
     */
    readonly client: Pick<Sandbox, "endpoint" | "region" | "credentials">;
    /**
     * The environment that points a child process's AWS clients at the sandbox, and at no account or file of this machine's user. AWS_PROFILE wins
     * over it: delete that where the child process has the rest of this one's environment.
     */
    readonly env: Readonly<Record<string, string>>;
    /** The sandbox's time, in milliseconds since 1970. */
    nowMs(): number;
    /**
     * Lets so many seconds of the sandbox's time pass, 0 or more; alarms, schedules and functions run on the way, each at its own time.
     *
     * @throws Error where the clock runs by itself
     */
    advance(seconds: number): Promise<void>;
    /** The messages that topics were sent, by alarms and by everybody else, oldest first: the newest 10,000. */
    notifications(): readonly SentNotification[];
    /** The alarms with their states now, in the order of their names. */
    alarms(): readonly SeenAlarm[];
    /** What a stream has refused in the last 15 days, because a shard was full. 0 where nothing was, or there is no such stream. */
    refused(streamName: string): RefusedCounts;
    /**
     * Functions that run in this process, by name, in place of the code that was deployed: `handlers.set("worker", (event) => seen.push(event))`.
     * Roles, timeout, logs and metrics are those of any other function.
     */
    readonly handlers: Map<string, FunctionHandler>;
    /**
     * Asked before each call, in this order; one that throws an AwsError refuses it.
     *
     * @example sandbox.guards.push(({ operation }) => { if (operation === "PutRecords") throw new AwsError("InternalFailure", "Not now", 500); })
     */
    readonly guards: Guard[];
    /** Ends everything that the sandbox has started, and leaves nothing listening. */
    close(): Promise<void>;
}

/** What it returns or resolves to is the function's answer, what it throws the function's error. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- an event has the form of whoever sends it
export type FunctionHandler = (event: any, context: { readonly awsRequestId: string }) => unknown;

export interface SentNotification {
    readonly topicArn: string;
    readonly subject: string | undefined;
    readonly message: string;
    readonly timeMs: number;
}

export interface SeenAlarm {
    readonly name: string;
    readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
    /** In CloudWatch's words. */
    readonly reason: string;
    readonly actionsEnabled: boolean;
}

export interface RefusedCounts {
    /** Records that PutRecord and PutRecords could not write. */
    readonly records: number;
    /** GetRecords calls. */
    readonly reads: number;
}

/**
 * Starts a local AWS in this process, on a port of the loopback.
 *
 * @throws RangeError that names every option that cannot be used; Error of code EADDRINUSE where the port is taken; Error where the file of
 * `pulumiConfig` is of a stack that has an account
 * @example
 * const sandbox = await startSandbox({ clock: "manual" });
 * const kinesis = new KinesisClient(sandbox.client);
 * await sandbox.close();
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
    check(options);
    const { clock: kind = "running", speed = 1 } = options;
    const clock = kind === "manual" ? new ManualClock() : new RunningClock({ speed });
    const inside = await startInside({ clock, ...pick(options, ["warn"]), ...settingsInside(options) });
    try {
        if (options.pulumiConfig !== undefined) writePulumiConfig(inside, options.pulumiConfig);
    } catch (error) {
        await inside.stop();
        throw error;
    }
    const { endpoint, region, accountId, credentials, env, guards } = inside;
    return {
        endpoint,
        region,
        accountId,
        credentials,
        env,
        guards,
        client: { endpoint, region, credentials },
        handlers: inside.cloud.lambda.handlers as Map<string, FunctionHandler>,
        nowMs: () => clock.nowMs(),
        advance: (seconds) => advance(clock, seconds),
        notifications: () =>
            inside.cloud.sns.published.map(({ topicArn, subject, message, timeMs }) => ({
                topicArn,
                subject,
                message,
                timeMs,
            })),
        alarms: () => alarmsOf(inside),
        refused: (streamName) => refusedBy(inside, streamName),
        close: () => inside.stop(),
    };
}

function check(options: SandboxOptions): void {
    const { clock = "running", speed, warn } = options;
    const problems = problemsOf(options, ["clock", "warn"]);
    if (clock !== "running" && clock !== "manual")
        problems.push(`clock: ${JSON.stringify(clock)} is not "running" or "manual".`);
    if (clock === "manual" && speed !== undefined)
        problems.push("speed: a manual clock has none; leave speed out, or clock.");
    if (warn !== undefined && typeof warn !== "function")
        problems.push(`warn: ${JSON.stringify(warn)} is not a function that takes a sentence.`);
    if (problems.length > 0) throw new RangeError(problems.join(" "));
}

/** What the services take: members that were left out are left out there, too. */
function settingsInside(options: SandboxSettings): Parameters<typeof startInside>[0] {
    const { updateSeconds, splitMergeSeconds, ...times } = pick(options, [
        "createSeconds",
        "deleteSeconds",
        "changeSeconds",
        "updateSeconds",
        "splitMergeSeconds",
    ]);
    const { shardLimit, storageMiB, callRates, updateQuota } = options;
    return {
        ...pick(options, [
            "port",
            "region",
            "accountId",
            "recordWeight",
            "burstSeconds",
            "iteratorSeconds",
            "whenFull",
        ]),
        ...(shardLimit !== undefined && { accountShardsMax: shardLimit }),
        ...(storageMiB !== undefined && { storedBytesMax: storageMiB * 1_024 * 1_024 }),
        ...(callRates !== undefined && { limitsCallRates: callRates }),
        ...(updateQuota !== undefined && { updateCallsPer24HoursMax: updateQuota }),
        durations: {
            ...defaultDurations,
            ...times,
            ...(splitMergeSeconds !== undefined && { splitOrMergeSeconds: splitMergeSeconds }),
            ...(updateSeconds !== undefined && { updateSeconds: () => updateSeconds }),
        },
    };
}

/** The members that are there. */
function pick<Name extends keyof SandboxOptions>(options: SandboxOptions, names: readonly Name[]) {
    const given = names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]));
    return Object.fromEntries(given) as { [N in Name]?: NonNullable<SandboxOptions[N]> };
}

async function advance(clock: ManualClock | RunningClock, seconds: number): Promise<void> {
    if (!(clock instanceof ManualClock))
        throw new Error('advance: this clock runs by itself. Start the sandbox with { clock: "manual" } to move it.');
    if (!(seconds >= 0 && Number.isFinite(seconds)))
        throw new RangeError(`advance: ${seconds} is not a number of seconds of at least 0.`);
    await clock.advance(seconds * 1_000);
}

function alarmsOf({ cloud }: Inside): SeenAlarm[] {
    return [...cloud.cloudWatch.alarms.byName.values()]
        .map(({ name, state, actionsEnabled }) => ({ name, state: state.value, reason: state.reason, actionsEnabled }))
        .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** As long as one-minute metrics are kept. */
const keptMinutes = 15 * minutesPerDay;

function refusedBy({ cloud, clock }: Inside, streamName: string): RefusedCounts {
    const endMs = (Math.floor(clock.nowMs() / minuteMs) + 1) * minuteMs;
    const windows = { startMs: endMs - keptMinutes * minuteMs, periodMs: keptMinutes * minuteMs, count: 1 };
    const sumOf = (metricName: string): number => {
        const metric = { namespace: "AWS/Kinesis", metricName, dimensions: { StreamName: streamName } };
        return cloud.store.statistics(metric, "Count", windows, endMs)[0]?.sum ?? 0;
    };
    return {
        records: sumOf("WriteProvisionedThroughputExceeded"),
        reads: sumOf("ReadProvisionedThroughputExceeded"),
    };
}
