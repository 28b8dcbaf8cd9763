/**
 * What can be said about a producer: each option with its unit, its range and its default.
 */
import { type KinesisClient } from "@aws-sdk/client-kinesis";
import { argsProblems, type Check, type Checks, fits, flag, isRecord, number, record, whole } from "../capacity/checks";
import { limits } from "../capacity/limits";
import { InvalidInputError, type Problem, problem, refuse } from "../capacity/problems";
import { formatNumber } from "../capacity/text";
import { type ProducerClock } from "./clock";
import { type Undelivered } from "./events";
import { type RecordOptions } from "./records";
import { type Transport } from "./transport";

export interface ProducerOptions<T> extends RecordOptions<T> {
    /** The stream's name, or its ARN. */
    readonly stream: string;
    /**
     * The client to send with. Give it `maxAttempts: 1`: the producer retries records, the client would retry whole calls again.
     *
     * @default a client as the environment configures it (AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL), closed by close()
     */
    readonly client?: KinesisClient | undefined;
    /**
     * Keep the order of records with the same partition key: the next one is sent when the one before is delivered or given up.
     * A key then carries one record for each round trip to Kinesis.
     *
     * @default false
     */
    readonly ordered?: boolean | undefined;
    /**
     * How long a record may wait for others to share its call, 0 to 60,000 ms.
     *
     * @default 100
     */
    readonly lingerMs?: number | undefined;
    /**
     * Records in a call, 1 to 500.
     *
     * @default 500
     */
    readonly batchRecordsMax?: number | undefined;
    /**
     * Bytes in a call, partition keys included, up to 10,485,760.
     *
     * @default 10485760
     */
    readonly batchBytesMax?: number | undefined;
    /**
     * PutRecords calls under way at once, 1 to 1,000.
     *
     * @default 10
     */
    readonly callsInFlightMax?: number | undefined;
    /**
     * Records held in memory, waiting or in flight; put() waits when there is no room. A single shard may hold four times what is left free,
     * so that a hot one leaves room for the others. At least 1.
     *
     * @default 50000
     */
    readonly bufferRecordsMax?: number | undefined;
    /**
     * Bytes held in memory, partition keys included; put() waits when there is no room. At least 1.
     *
     * @default 67108864
     */
    readonly bufferBytesMax?: number | undefined;
    /**
     * Seconds from put() in which a record must be delivered; then it is handed back. Above 0; Infinity waits for ever.
     *
     * @default 120
     */
    readonly deadlineSeconds?: number | undefined;
    /**
     * Seconds after which a call without an answer counts as failed. Above 0.
     *
     * @default 10
     */
    readonly callTimeoutSeconds?: number | undefined;
    /**
     * Seconds in which AWS may refuse every call for a reason that only a person can mend (expired credentials, a permission, the stream or its
     * key gone) before the producer stops and hands everything back. Until then it keeps the records and asks again. It counts from the first
     * such refusal after the first delivery; before a delivery the producer stops at once. 0 stops at once always, Infinity never.
     *
     * @default 30
     */
    readonly outageSeconds?: number | undefined;
    /**
     * The first wait after a refusal, in ms; it doubles while nothing passes. At least 1.
     *
     * @default 50
     */
    readonly backoffMinMs?: number | undefined;
    /**
     * The longest wait after a refusal, in ms; at least backoffMinMs.
     *
     * @default 2000
     */
    readonly backoffMaxMs?: number | undefined;
    /**
     * Times a shard's write limit (1 MiB/s, 1,000 records/s) that the producer offers one shard at most, so that it does not ask for refusals.
     * Above 0; Infinity leaves it to the refusals.
     *
     * @default 1
     */
    readonly shardRateMax?: number | undefined;
    /** Stops the producer: nothing new is sent, calls in flight get two more seconds, everything else is handed back. */
    readonly signal?: AbortSignal | undefined;
    /**
     * Takes each undelivered record as it is given up.
     *
     * @default they are kept, at most as many, and as many bytes, as the buffer holds; close() hands them over
     */
    readonly onUndelivered?: ((undelivered: Undelivered<T>) => void) | undefined;
    /** @default the machine's */
    readonly clock?: ProducerClock | undefined;
    /**
     * A number from 0 up to 1, for the jitter.
     *
     * @default Math.random
     */
    readonly random?: (() => number) | undefined;
    /**
     * What carries the calls.
     *
     * @default PutRecords and ListShards of `client`
     */
    readonly transport?: Transport | undefined;
}

const fullCall = "Leave it out: a full call costs the least.";
const longestWait = "Use 2,000, and at least backoffMinMs.";
const someSeconds = "Hold what is written in a few seconds.";

/** Each option that is a number: its default, and what it may be. */
const numericOptions = {
    lingerMs: [100, number(0, 60_000, "Use 100 unless records must leave sooner.")],
    batchRecordsMax: [limits.putRecordsRecordsMax, whole(1, limits.putRecordsRecordsMax, fullCall)],
    batchBytesMax: [limits.putRecordsBytesMax, whole(1, limits.putRecordsBytesMax, fullCall)],
    callsInFlightMax: [10, whole(1, 1_000, "10 calls carry about 50 shards.")],
    bufferRecordsMax: [50_000, whole(1, 10_000_000, someSeconds)],
    bufferBytesMax: [64 * limits.bytesPerMiB, whole(1, 64 * limits.bytesPerGiB, someSeconds)],
    deadlineSeconds: [120, aboveZero(Infinity, "Name the seconds after which a record is of no more use.")],
    callTimeoutSeconds: [10, aboveZero(3_600, "Use 10 unless the network is very slow.")],
    outageSeconds: [30, number(0, Infinity, "Use 30: credentials are renewed in that time.")],
    backoffMinMs: [50, number(1, 60_000, "Use 50: a shard frees 50 records in that time.")],
    backoffMaxMs: [2_000, number(1, 600_000, longestWait)],
    shardRateMax: [1, aboveZero(Infinity, "Use 1, or a part where several producers share the stream.")],
    maxRecordKiB: [limits.recordKiBDefaultMax, whole(1, limits.recordKiBMax, "Use the stream's maximum record size.")],
} satisfies Readonly<Record<string, readonly [ifAbsent: number, check: Check]>>;

export type NumericOption = keyof typeof numericOptions;

const fieldOrFunction = fits(
    (value) => (typeof value === "string" && value !== "") || typeof value === "function",
    "a field's name or a function of the value",
    "Name the field as it stands in the value, such as customer.id.",
);

const forTests = "Leave it out: it is for tests.";

const otherOptions: Readonly<Record<Exclude<keyof ProducerOptions<unknown>, NumericOption>, Check>> = {
    stream: fits(
        (value) => typeof value === "string" && value !== "",
        "a stream's name or ARN",
        "Name the stream to send to.",
    ),
    client: has(["send"], "a KinesisClient", "Leave it out for one that the environment configures."),
    key: fieldOrFunction,
    explicitHashKey: fieldOrFunction,
    data: isFunction("a function of the value", "Leave it out: bytes, text and objects need none."),
    ordered: flag,
    signal: has(
        ["addEventListener", "removeEventListener"],
        "an AbortSignal",
        "Give the signal of an AbortController.",
    ),
    onUndelivered: isFunction("a function that takes a record", "Leave it out: close() hands the records over."),
    clock: has(["nowMs", "at"], "a clock", forTests),
    random: isFunction("a function that gives a number", forTests),
    transport: has(["putRecords", "listShards", "close"], "a transport", forTests),
};

const checks: Checks = {
    ...Object.fromEntries(Object.entries(numericOptions).map(([name, [, check]]) => [name, check])),
    ...otherOptions,
};

/**
 * The numeric options with their defaults.
 *
 * @throws InvalidInputError with every problem at once
 */
export function completeOptions<T>(options: ProducerOptions<T>): Record<NumericOption, number> {
    const problems = argsProblems(checks, options, ["stream"]).map(withoutSecrets);
    const { key, ordered } = record(options);
    if (ordered === true && (key ?? undefined) === undefined) {
        const expected = "a field's name or a function where ordered is true";
        problems.push(problem("key", undefined, expected, "Name what the order is kept for; random keys have none."));
    }
    refuse("producer", problems);
    const complete = Object.fromEntries(
        Object.entries(numericOptions).map(([name, [ifAbsent]]) => [name, options[name as NumericOption] ?? ifAbsent]),
    ) as Record<NumericOption, number>;
    const { backoffMinMs, backoffMaxMs } = complete;
    if (backoffMaxMs < backoffMinMs) {
        const allowed = `at least backoffMinMs, ${backoffMinMs}`;
        throw new InvalidInputError("producer", [problem("backoffMaxMs", backoffMaxMs, allowed, longestWait)]);
    }
    return complete;
}

const [anObject, someText] = [Symbol("an object"), Symbol("text")];

/** A client's settings in the place of a client have its credentials in them, and so may an option that there is none of. */
function withoutSecrets(found: Problem): Problem {
    const { property, value, allowed, fix } = found;
    if (isRecord(value)) return problem(property, anObject, allowed, fix);
    return typeof value === "string" && !Object.hasOwn(checks, property)
        ? problem(property, someText, allowed, fix)
        : found;
}

/** The options that were given: what is null or undefined was left out. */
export function givenOptions<T>(options: ProducerOptions<T>): ProducerOptions<T> {
    const values = options as unknown as Readonly<Record<string, unknown>>;
    const given = Object.keys(checks).flatMap((name) => ((values[name] ?? undefined) === undefined ? [] : [name]));
    return Object.fromEntries(given.map((name) => [name, values[name]])) as unknown as ProducerOptions<T>;
}

function aboveZero(maximum: number, fix: string): Check {
    const upTo = maximum === Infinity ? "" : ` to ${formatNumber(maximum)}`;
    return fits((value) => typeof value === "number" && value > 0 && value <= maximum, `a number above 0${upTo}`, fix);
}

function isFunction(allowed: string, fix: string): Check {
    return fits((value) => typeof value === "function", allowed, fix);
}

/** Told by what is called of it: it may come from another copy of its package. */
function has(methods: readonly string[], allowed: string, fix: string): Check {
    return fits(
        (value) => isRecord(value) && methods.every((method) => typeof value[method] === "function"),
        allowed,
        fix,
    );
}
