/**
 * `plan --from-kafka`: reads what is known of a topic, and tells what becomes of it.
 */
import { type Problem, problem } from "../capacity/problems";
import { kafkaChecks, type KafkaTopic, type KafkaTranslation, type ReadingFault } from "../capacity/sizing/kafka";
import { type RequirementName } from "../capacity/requirements";
import { didYouMean, count, formatDollars, formatNumber, formatRate } from "../capacity/text";
import { numeric, UsageError } from "./command";
import { table, type Terminal } from "./terminal";

const example = "partitions=12,mb=30,messages=20000,groups=3";

export const fromKafkaHelp = `size for a Kafka topic: its partitions, MB/s, messages/s and consumer groups, such as ${example}`;

/** The numbers of a topic by the names that they have on the command line. */
const names = {
    partitions: "partitions",
    mb: "mbPerSecond",
    messages: "messagesPerSecond",
    groups: "consumerGroups",
} as const satisfies Readonly<Record<string, Exclude<keyof KafkaTopic, "order">>>;

const orders = ["key", "partition"] as const;

/** What a topic tells, which then is not declared beside it. */
export function toldByKafka({ order }: KafkaTopic): readonly RequirementName[] {
    const always = ["writeMiBPerSecond", "recordsPerSecond", "sharedConsumers", "fanOutConsumers"] as const;
    return order === "key" ? always : [...always, "distinctKeys", "explicitHashKeys"];
}

/** @throws UsageError where it is not of this form */
export function readKafkaTopic(text: string): { readonly topic: KafkaTopic; readonly problems: readonly Problem[] } {
    const parts = text.split(",").map((part) => {
        const [name = "", value] = part.split(/=(.*)/s, 2).map((one) => one.trim());
        return [name, value] as const;
    });
    const unsaid = parts.find(([, value]) => value === undefined);
    if (unsaid !== undefined) {
        throw new UsageError(
            `--from-kafka: ${JSON.stringify(unsaid[0])} has no value; no topic is looked up by its name. Give what is known of it: ${example}.`,
        );
    }
    const given = new Map(parts);
    const known = [...Object.keys(names), "order"];
    const strange = [...given.keys()].find((name) => !known.includes(name));
    if (strange !== undefined) {
        const near = `${didYouMean(strange, known)} `.trimStart();
        throw new UsageError(
            `--from-kafka knows no "${strange}". ${near}Give ${example}, and order=partition where order is a whole partition's.`,
        );
    }
    const again = parts.find(([name], at) => parts.findIndex(([first]) => first === name) < at);
    if (again !== undefined) throw new UsageError(`--from-kafka has ${again[0]} more than once: give it once.`);
    const missing = Object.keys(names).filter((name) => (given.get(name) ?? "") === "");
    if (missing.length > 0) throw new UsageError(`--from-kafka lacks ${missing.join(", ")}: give ${example}.`);
    const order = given.get("order") ?? "key";
    const numbers = Object.entries(names).map(([name, property]) => [property, numeric(given.get(name)!)] as const);
    const topic = { ...Object.fromEntries(numbers), order } as unknown as KafkaTopic;
    const problems = Object.entries(names).flatMap(([name, property]) =>
        kafkaChecks[property](`--from-kafka ${name}`, topic[property]),
    );
    const isOrder = orders.some((known) => known === order);
    const orderProblem = problem("--from-kafka order", order, `one of ${orders.join(", ")}`, "Leave it out for key.");
    return { topic, problems: isOrder ? problems : [...problems, orderProblem] };
}

/** The topic, the requirements to paste, the ways to read with their prices, and what differs. */
export function kafkaText({ topic, requirements, choices, notes }: KafkaTranslation, terminal: Terminal): string {
    const { partitions, mbPerSecond, messagesPerSecond, consumerGroups } = topic;
    const known = `A topic with ${count(partitions, "partition")}, ${formatRate(mbPerSecond)} MB/s in ${formatNumber(messagesPerSecond)} messages/s, read by ${count(consumerGroups, "consumer group")}, means the requirements`;
    const pasted = Object.entries(requirements)
        .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
        .join(", ");
    const rows = choices
        .filter((choice, index) => index === 0 || index === choices.length - 1 || isChosen(choice, requirements))
        .map((choice) => [
            formatNumber(choice.sharedConsumers),
            formatNumber(choice.fanOutConsumers),
            formatNumber(choice.recommendedShards),
            formatDollars(choice.monthly),
            isChosen(choice, requirements) ? "chosen" : choice.wrong === undefined ? "" : faultTexts[choice.wrong],
        ]);
    return [
        known,
        `{ ${pasted} }.`,
        "",
        table(terminal, ["groups that share", "with fan-out", "shards", "a month", ""], rows, [0, 1, 2, 3]),
        "",
        ...notes,
    ].join("\n");
}

const faultTexts: Readonly<Record<ReadingFault, string>> = {
    "too-many-polls": "more polls than a shard answers",
    "consumers-never-catch-up": "never catch up after the outage",
};

function isChosen(
    { sharedConsumers, fanOutConsumers }: KafkaTranslation["choices"][number],
    requirements: KafkaTranslation["requirements"],
): boolean {
    return requirements.sharedConsumers === sharedConsumers && requirements.fanOutConsumers === fanOutConsumers;
}
