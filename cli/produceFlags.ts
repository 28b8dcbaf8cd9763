/**
 * The flags of `sharded-stream produce`: what goes together, and the producer that they ask for.
 */
import { InvalidInputError, problem } from "../capacity/problems";
import { Producer, type ProducerOptions } from "../producer";
import { UsageError } from "./command";
import { checkRequirements } from "./quantities";
import { keysFrom, type Line } from "./recordSource";

export interface ProduceFlags {
    readonly file?: string;
    readonly sample?: number;
    readonly key?: string;
    readonly randomKeys?: true;
    readonly explicitHashKey?: string;
    readonly ordered?: true;
    readonly rate?: number;
    readonly inFlight?: number;
    readonly deadline?: number;
    readonly outage?: number;
    readonly maxRecordKib?: number;
    readonly shardRate?: number;
    readonly undelivered: string;
}

/** @throws UsageError or InvalidInputError where they do not go together */
export function checkFlags(flags: ProduceFlags): void {
    if ((flags.file === undefined) === (flags.sample === undefined))
        throw new UsageError("produce: name what to send, either --file FILE or --sample NUMBER");
    if (flags.file !== undefined && flags.key === undefined && flags.randomKeys === undefined) {
        throw new UsageError(
            "produce: name the field of the partition key with --key FIELD, or spread the records with --random-keys",
        );
    }
    for (const [flag, field] of [
        ["--key", flags.key],
        ["--explicit-hash-key", flags.explicitHashKey],
    ] as const)
        if (field === "") throw new UsageError(`produce: the field of ${flag} is empty: name one, such as userId`);
    if (flags.key !== undefined && flags.randomKeys !== undefined)
        throw new UsageError("produce: --key and --random-keys exclude each other");
    if (flags.ordered !== undefined && flags.randomKeys !== undefined)
        throw new UsageError("produce: --ordered and --random-keys exclude each other; order is kept for each key");
    const fix = "Give the records that are offered per second, or leave it out.";
    checkRequirements("produce", [{ flag: "--rate", name: "recordsPerSecond", value: flags.rate, fix }]);
}

/** What the numbers among the flags are as options of a producer. */
const numbers = {
    callsInFlightMax: ["--in-flight", ({ inFlight }) => inFlight],
    deadlineSeconds: ["--deadline", ({ deadline }) => deadline],
    outageSeconds: ["--outage", ({ outage }) => outage],
    maxRecordKiB: ["--max-record-kib", ({ maxRecordKib }) => maxRecordKib],
    shardRateMax: ["--shard-rate", ({ shardRate }) => shardRate],
} satisfies Partial<
    Record<keyof ProducerOptions<Line>, [flag: string, given: (flags: ProduceFlags) => number | undefined]>
>;

/** @throws InvalidInputError in the words of the flags */
export function producerOf(
    stream: string,
    flags: ProduceFlags,
    shell: Pick<ProducerOptions<Line>, "signal" | "onUndelivered">,
): Producer<Line> {
    const given = Object.entries(numbers).map(([option, [, of]]) => [option, of(flags)]);
    const keys = keysFrom(keyFieldOf(flags), flags.explicitHashKey);
    try {
        return new Producer({ stream, ...keys, ordered: flags.ordered, ...Object.fromEntries(given), ...shell });
    } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error;
        const flagOf = ({ property }: { readonly property: string }): string =>
            property in numbers ? numbers[property as keyof typeof numbers][0] : property;
        const problems = error.problems.map((found) => problem(flagOf(found), found.value, found.allowed, found.fix));
        throw new InvalidInputError("produce", problems);
    }
}

function keyFieldOf({ key, randomKeys, sample }: ProduceFlags): string | undefined {
    if (randomKeys === true) return undefined;
    return key ?? (sample === undefined ? undefined : "user");
}
