/**
 * A Kafka topic as requirements of a stream: what carries over, what becomes something else, and how its consumer groups read for the least money.
 */
import { type Check, number, whole } from "../checks";
import { ceilToDigits } from "../decimal";
import { type FindingCode } from "../findings";
import { limits } from "../limits";
import { requirementRows, type Requirements } from "../requirements";
import { count, formatNumber, formatRate } from "../text";
import { type CostInput, estimateCost } from "./cost";
import { planCapacity } from "./plan";
import { priceList } from "./prices";

/** What is known of a topic by heart. */
export interface KafkaTopic {
    readonly partitions: number;
    /** MB (1,000,000 bytes) that producers write per second at peak, uncompressed. */
    readonly mbPerSecond: number;
    readonly messagesPerSecond: number;
    readonly consumerGroups: number;
    /** What keeps its order: records of one key, or all of a partition, whose number is the partition key then. */
    readonly order: "key" | "partition";
}

/** One way to let the groups read, and what it costs in provisioned mode. */
export interface ReadingChoice {
    readonly sharedConsumers: number;
    readonly fanOutConsumers: number;
    readonly recommendedShards: number;
    /** Dollars a month. */
    readonly monthly: number;
    /** What the plan finds that no group could live with; absent where the groups can read so. */
    readonly wrong?: ReadingFault;
}

const readingFaults = ["too-many-polls", "consumers-never-catch-up"] as const satisfies readonly FindingCode[];

export type ReadingFault = (typeof readingFaults)[number];

export interface KafkaTranslation {
    readonly topic: KafkaTopic;
    /** To be pasted. */
    readonly requirements: Requirements;
    /** From all that share to all with enhanced fan-out; the cheapest that works is in the requirements. */
    readonly choices: readonly ReadingChoice[];
    /** What differs from Kafka, in sentences. */
    readonly notes: readonly string[];
}

const bytesPerMB = 1_000_000;

/** What each number may be; the ceilings are those of the requirements. */
export const kafkaChecks = {
    partitions: whole(1, 1_000_000, "Give the partitions of the topic."),
    mbPerSecond: number(
        1e-6,
        (requirementRows.writeMiBPerSecond.maximum * limits.bytesPerMiB) / bytesPerMB,
        "Give the MB that producers write per second at peak, uncompressed.",
    ),
    messagesPerSecond: number(1e-6, requirementRows.recordsPerSecond.maximum, "Give the messages per second at peak."),
    consumerGroups: whole(0, requirementRows.sharedConsumers.maximum, "Give the consumer groups that read the topic."),
} as const satisfies Readonly<Record<Exclude<keyof KafkaTopic, "order">, Check>>;

/**
 * @param others what else is declared, such as measured keys
 * @param priced how long records are kept, the average load, what is read again later, the prices
 */
export function translateKafka(
    topic: KafkaTopic,
    others: Partial<Requirements> = {},
    priced: Pick<CostInput, "retentionHours" | "averageLoad" | "longTermReadGiBPerMonth" | "prices"> = {},
): KafkaTranslation {
    const load = { ...loadOfKafka(topic), ...others };
    const choices = readingChoices(topic.consumerGroups).map((consumers): ReadingChoice => {
        const requirements = { ...load, ...consumers };
        const plan = planCapacity(requirements, priced.prices ?? priceList, priced.retentionHours);
        const cost = estimateCost({ requirements, shards: plan.recommendedShards, ...priced });
        const wrong = readingFaults.find((fault) => plan.findings.some(({ code }) => code === fault));
        return {
            ...consumers,
            recommendedShards: plan.recommendedShards,
            monthly: cost.provisioned.monthly,
            ...(wrong && { wrong }),
        };
    });
    const working = choices.filter(({ wrong }) => wrong === undefined);
    const chosen = (working.length > 0 ? working : choices.slice(-1)).reduce((best, choice) =>
        choice.monthly < best.monthly ? choice : best,
    );
    const { sharedConsumers, fanOutConsumers } = chosen;
    const requirements = { ...load, sharedConsumers, fanOutConsumers };
    return { topic, requirements, choices, notes: notesOf(topic, requirements, chosen.recommendedShards) };
}

/** What the topic itself declares: its load, and its keys where they are its partitions. */
export function loadOfKafka({ partitions, mbPerSecond, messagesPerSecond, order }: KafkaTopic): Requirements {
    const miBPerSecond = (mbPerSecond * bytesPerMB) / limits.bytesPerMiB;
    return {
        // Four digits are more than is known of a peak, and never less than was said.
        writeMiBPerSecond: ceilToDigits(miBPerSecond, 4),
        recordsPerSecond: messagesPerSecond,
        ...(order === "partition" && { distinctKeys: partitions, explicitHashKeys: true }),
    };
}

/** From all that share to all with enhanced fan-out, as far as a stream takes so many. */
function readingChoices(groups: number): { sharedConsumers: number; fanOutConsumers: number }[] {
    const most = Math.min(groups, limits.fanOutConsumersMax);
    return Array.from({ length: most + 1 }, (_, fanOut) => ({
        sharedConsumers: groups - fanOut,
        fanOutConsumers: fanOut,
    }));
}

function notesOf(topic: KafkaTopic, { writeMiBPerSecond }: Requirements, shards: number): string[] {
    const { partitions, mbPerSecond, order } = topic;
    const perPartition = mbPerSecond / partitions;
    return [
        `${formatRate(mbPerSecond)} MB/s of 1,000,000 bytes are ${formatNumber(writeMiBPerSecond)} MiB/s of 1,048,576, rounded up. Kinesis counts and bills what producers send: if Kafka's rate is of compressed batches, give the uncompressed one, or compress each record before it is put.`,
        order === "key"
            ? "Order was a partition's and becomes a key's: records with the same partition key keep theirs. Nothing else does; a topic whose order is a whole partition's is declared with order=partition."
            : `Order stays a partition's: its number is the partition key, placed by ExplicitHashKey. A partition then never gets more than one shard's ${limits.shardWriteMiBPerSecond} MiB/s and ${formatNumber(limits.shardWriteRecordsPerSecond)} records/s, and carried ${formatRate(perPartition)} MB/s.`,
        `${membersText(partitions)}, ${workersText(shards)}${partitions > shards ? moreWorkers : ": enough."}`,
    ];
}

function membersText(partitions: number): string {
    if (partitions === 1) return "1 partition lets one member of a group work";
    return `${count(partitions, "partition")} let as many members of a group work side by side`;
}

function workersText(shards: number): string {
    return shards === 1 ? "1 shard one worker" : `${count(shards, "shard")} as many workers`;
}

const moreWorkers = `. For more, an event source mapping reads a shard with up to ${limits.eventSourceParallelizationFactorMax} invocations at once (ParallelizationFactor), in order for each key.`;
