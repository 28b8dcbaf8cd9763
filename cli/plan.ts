/**
 * `sharded-stream plan`: sizes and prices a stream from its declared requirements.
 */
import { Option } from "commander";
import { type Check, whole } from "../capacity/checks";
import { limits } from "../capacity/limits";
import { InvalidInputError, type Problem, problem, refuse } from "../capacity/problems";
import {
    completeRequirements,
    requirementProblems,
    type RequirementName,
    type Requirements,
} from "../capacity/requirements";
import { type CostInput, costProblems, estimateCost } from "../capacity/sizing/cost";
import { loadOfKafka, translateKafka } from "../capacity/sizing/kafka";
import { planCapacity } from "../capacity/sizing/plan";
import { alarmsAround } from "./billedAlarms";
import { type CommandContext, type CommandResult, type DefineCommand, examples, numeric, UsageError } from "./command";
import { fromKafkaHelp, kafkaText, readKafkaTopic, toldByKafka } from "./planKafka";
import { pricesOf } from "./priceFile";
import { readSample, type SampleFlags, withSampleOptions } from "./planSample";
import { planText } from "./planText";

interface PlanOption {
    /** The name after the dashes. */
    readonly flag: string;
    readonly help: string;
    /** What stands behind the flag, and how it is read; a number unless it says otherwise. */
    readonly argument?: string;
    readonly read?: (text: string) => unknown;
}

/** One option a requirement, so that a new requirement without an option does not compile. */
const requirementOptions: Readonly<Record<RequirementName, PlanOption>> = {
    writeMiBPerSecond: {
        flag: "write-mib",
        help: "MiB written per second at peak, partition keys included (required)",
    },
    recordsPerSecond: { flag: "records", help: "records written per second at peak (required)" },
    orderedLanes: {
        flag: "lanes",
        help: "keys that must progress side by side, a shard each, no more than the distinct keys (default 1)",
    },
    distinctKeys: { flag: "distinct-keys", help: "distinct partition keys of about equal weight" },
    hottestKeyShare: { flag: "hottest-key-share", help: "share of the load on the hottest partition key, 0 to 1" },
    heaviestKeyShares: {
        flag: "heaviest-key-shares",
        help: "measured shares of the heaviest partition keys, such as 0.12,0.05",
        argument: "<fractions>",
        read: (text) => text.split(",").map(numeric),
    },
    explicitHashKeys: {
        flag: "explicit-hash-keys",
        help: "producers place keys and lanes by ExplicitHashKey",
        argument: "",
        read: () => true,
    },
    keysMayRaiseShards: {
        flag: "keys-may-raise-shards",
        help: "times the shards of the load that few or hot keys may ask for (default 2)",
    },
    sharedConsumers: { flag: "shared-consumers", help: "consumers that read with GetRecords (default 1)" },
    pollsPerSecondPerConsumer: {
        flag: "polls-per-second",
        help: "GetRecords calls per second, consumer and shard (default 1)",
    },
    fanOutConsumers: { flag: "fan-out-consumers", help: "consumers with enhanced fan-out (default 0)" },
    catchUpFactor: {
        flag: "catch-up-factor",
        help: "how many times faster than writing a consumer can read (default 1)",
    },
    consumerOutageHours: {
        flag: "outage-hours",
        help: "hours that consumers may be down: tells how long they need to catch up, and whether records are kept for so long",
    },
    recordSizes: {
        flag: "record-sizes",
        help: "mix of record sizes as KiB:share of the records, such as 0.2:0.5,1.8:0.5; for the price (default: all of one size)",
        argument: "<sizes>",
        read: (text) => text.split(",").map(recordSize),
    },
    maxRecordKiB: { flag: "max-record-kib", help: "largest record in KiB, key included (default 1024)" },
    headroom: { flag: "headroom", help: "spare capacity as a fraction of the minimum (default 0.2)" },
};

function recordSize(text: string): object {
    const [sizeKiB = "", share] = text.split(/:(.*)/s);
    return { sizeKiB: numeric(sizeKiB), share: share === undefined ? undefined : numeric(share) };
}

/** What is priced beside the requirements: the inputs of the cost that have an option. */
const costOptions = {
    shards: { flag: "shards", help: "shards to price instead of the recommended ones" },
    averageLoad: {
        flag: "average-load",
        help: "average load to price, as a fraction of the declared peak (default 1)",
    },
    streams: { flag: "streams", help: "streams that share the account's floor of On-demand Advantage (default 1)" },
    warmThroughputMiBps: {
        flag: "warm-throughput-mib",
        help: "warm throughput in MiB/s of an on-demand stream in On-demand Advantage (default none)",
    },
    retentionHours: { flag: "retention-hours", help: "hours that records stay readable, 24 to 8760 (default 24)" },
    longTermReadGiBPerMonth: {
        flag: "long-term-reads",
        help: "GiB a month that are read again more than 7 days after they were written (default 0)",
    },
} as const satisfies Partial<Record<keyof CostInput, PlanOption>>;

type CostOptionName = keyof typeof costOptions;

interface PlanFlags extends SampleFlags {
    readonly fromKafka?: string;
    readonly prices?: string;
}

export const definePlan: DefineCommand = (program, act) => {
    const command = program.command("plan").description("size and price a stream from declared requirements");
    const numbered: PlanOption[] = [...Object.values(requirementOptions), ...Object.values(costOptions)];
    for (const { flag, help, argument = "<number>", read = numeric } of numbered)
        command.option(`--${flag} ${argument}`.trimEnd(), help, read);
    withSampleOptions(command.option("--from-kafka <numbers>", fromKafkaHelp))
        .option("--prices <file>", "JSON file with the prices of another region (default: us-east-1)")
        .addHelpText(
            "after",
            examples(
                "sharded-stream plan --write-mib 3.5 --records 2500 --lanes 4",
                "sharded-stream plan --write-mib 0.5 --records 800 --distinct-keys 50 --json",
                "sharded-stream plan --write-mib 20 --records 9000 --fan-out-consumers 2 --retention-hours 168",
                "sharded-stream plan --write-mib 8 --records 4000 --shared-consumers 2 --outage-hours 12",
                "sharded-stream plan --write-mib 3.5 --records 2500 --sample orders.csv.gz --column user_id",
                "sharded-stream plan --from-kafka partitions=12,mb=30,messages=20000,groups=3 --retention-hours 168",
                "sharded-stream plan --write-mib 1 --records 1024 --record-sizes 0.2:0.5,1.8:0.5",
                "sharded-stream plan --write-mib 20 --records 9000 --average-load 0.3 --shards 26 --streams 4",
                "sharded-stream plan --write-mib 3.5 --records 2500 --prices eu-west-1.json --json",
            ),
        )
        .action(act(async (flags: PlanFlags, _, context) => plan(flags, context)));
};

/** Stricter than the price itself is: nobody deploys half a shard or half an hour. */
const wholeChecks = {
    shards: whole(1, limits.updateShardCountTargetMax, "Name the shards to price."),
    retentionHours: whole(
        limits.retentionHoursDefault,
        limits.retentionHoursMax,
        "Name the hours that a consumer may be down and still miss nothing.",
    ),
} as const satisfies Partial<Record<CostOptionName, Check>>;

/** What a ShardedStream with a scaler has around it by default. */
const defaultSurroundings = { dashboards: 1, scalerEveryMinutes: 1, encrypted: true } as const;

/** What its default alarms go by. */
const defaultFacts = {
    recordsPerSecond: 1,
    shards: 1,
    retentionHours: limits.retentionHoursDefault,
    scaled: true,
} as const;

async function plan(flags: PlanFlags, context: CommandContext): Promise<CommandResult> {
    const declared = requirementsFrom(flags);
    if (flags.sample !== undefined) refuseTold("The sample", keyRequirements, declared);
    const kafka = flags.fromKafka === undefined ? undefined : readKafkaTopic(flags.fromKafka);
    if (kafka) refuseTold("--from-kafka", toldByKafka(kafka.topic), declared);
    if (kafka?.topic.order === "partition" && flags.sample !== undefined)
        throw new UsageError("With order=partition the partitions are the keys: leave out --sample.");
    const { sample, keys } = await readSample(flags, context);
    const priced = optionsFrom(flags, costOptions) as Partial<Pick<CostInput, CostOptionName>>;
    const prices = pricesOf(flags.prices);
    const priceProblems = pricedProblems(priced);
    // A load is computed only of a topic that has one.
    if (kafka && kafka.problems.length > 0) throw new InvalidInputError("plan", [...kafka.problems, ...priceProblems]);
    const stated = { ...(kafka && loadOfKafka(kafka.topic)), ...declared, ...keys };
    const problems = [...requirementProblems(stated).map(inFlags), ...priceProblems];
    refuse("plan", problems);
    const { retentionHours = limits.retentionHoursDefault, averageLoad = 1, longTermReadGiBPerMonth = 0 } = priced;
    const pricedAlike = { retentionHours, averageLoad, longTermReadGiBPerMonth, prices };
    const translated = kafka && translateKafka(kafka.topic, stated, pricedAlike);
    const requirements = translated?.requirements ?? stated;
    const capacity = planCapacity(requirements, prices, retentionHours);
    const cost = estimateCost({
        requirements: completeRequirements(requirements),
        shards: capacity.recommendedShards,
        ...priced,
        prices,
        ...defaultSurroundings,
        ...alarmsAround(defaultFacts, capacity.requirements.fanOutConsumers),
    });
    return {
        document: {
            ...capacity,
            retentionHours,
            cost,
            ...(sample && { sample }),
            ...(translated && { kafka: translated }),
        },
        text: (terminal) =>
            [
                ...(translated ? [kafkaText(translated, terminal), ""] : []),
                planText(capacity, cost, terminal, sample),
            ].join("\n"),
        exitCode: sample?.interrupted || capacity.findings.some((finding) => finding.severity === "error") ? 1 : 0,
    };
}

/** @throws UsageError where something is declared that a file or a topic tells */
function refuseTold(teller: string, told: readonly RequirementName[], declared: Partial<Requirements>): void {
    const twice = told.find((name) => declared[name] !== undefined);
    if (twice !== undefined)
        throw new UsageError(`${teller} tells --${requirementOptions[twice].flag}: leave that out.`);
}

/** What is malformed about what is priced, the requirements aside. */
function pricedProblems(priced: Partial<Pick<CostInput, CostOptionName>>): Problem[] {
    const requirements = { writeMiBPerSecond: 1, recordsPerSecond: 1 };
    const whole = Object.entries(wholeChecks).flatMap(([name, check]) => {
        const value = priced[name as keyof typeof wholeChecks];
        return value === undefined ? [] : check(name, value);
    });
    const others = costProblems({ requirements, shards: 1, ...priced }).filter(
        ({ property }) => !Object.hasOwn(wholeChecks, property),
    );
    return [...whole, ...others].map(({ property, value, allowed, fix }) =>
        problem(`--${costOptions[property as CostOptionName].flag}`, value, allowed, fix),
    );
}

const keyRequirements = ["distinctKeys", "hottestKeyShare", "heaviestKeyShares"] as const;

function requirementsFrom(flags: object): Requirements {
    return optionsFrom(flags, requirementOptions) as unknown as Requirements;
}

/** The options that are given, under the names that they stand for. */
function optionsFrom(flags: object, options: Readonly<Record<string, PlanOption>>): Record<string, unknown> {
    const given = flags as Partial<Record<string, unknown>>;
    const entries = Object.entries(options).flatMap(([name, { flag }]) => {
        const value = given[new Option(`--${flag}`).attributeName()];
        return value === undefined ? [] : [[name, value] as const];
    });
    return Object.fromEntries(entries);
}

/** A problem of a requirement in the words of the command line: `--write-mib` for `writeMiBPerSecond`. */
function inFlags({ property, value, allowed, fix }: Problem): Problem {
    // Of a list the property names the place as well: heaviestKeyShares[2].
    const [name, place = ""] = property.split(/(?=\[)/);
    const { flag } = requirementOptions[name as RequirementName];
    return problem(`--${flag}${place}`, value, onCommandLine(allowed), onCommandLine(fix));
}

/** What is said of one requirement names others, and shows lists, as they are typed here: `--max-record-kib`, `0.2:0.5,1.8:0.5`. */
function onCommandLine(text: string): string {
    return text
        .replace(/\b[a-z]+[A-Z]\w*/g, (word) =>
            Object.hasOwn(requirementOptions, word) ? `--${requirementOptions[word as RequirementName].flag}` : word,
        )
        .replace(/\{ \w+: ([\d.]+), \w+: ([\d.]+) \}/g, "$1:$2")
        .replace(/\[([\d.:, ]+)\]/g, (_, list: string) => list.replaceAll(" ", ""));
}
