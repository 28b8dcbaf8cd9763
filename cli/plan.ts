/**
 * `sharded-stream plan`: sizes and prices a stream from its declared requirements.
 */
import { Option } from "commander";
import { whole } from "../capacity/checks";
import { type Finding } from "../capacity/findings";
import { limits } from "../capacity/limits";
import { InvalidInputError, type Problem, problem } from "../capacity/problems";
import {
    completeRequirements,
    requirementNames,
    requirementProblems,
    type RequirementName,
    type Requirements,
} from "../capacity/requirements";
import { capacityModeNames, type CapacityModeName, type CostEstimate, estimateCost } from "../capacity/sizing/cost";
import { type CapacityPlan, planCapacity } from "../capacity/sizing/plan";
import { alarmExists, alarmNames, alarmRows, type StreamFactName, watchesOneMetric } from "../capacity/watching/alarms";
import { count, formatDollars, formatNumber, formatPercent } from "../capacity/text";
import { type CommandContext, type CommandResult, type DefineCommand, examples, numeric, UsageError } from "./command";
import { keyFormats } from "./keyRecords";
import { type PlanSample, readSample, type SampleFlags } from "./planSample";
import { table, type Terminal } from "./terminal";

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
    orderedLanes: { flag: "lanes", help: "keys that must progress side by side, a shard each (default 1)" },
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
    maxRecordKiB: { flag: "max-record-kib", help: "largest record in KiB, key included (default 1024)" },
    headroom: { flag: "headroom", help: "spare capacity as a fraction of the minimum (default 0.2)" },
};

interface PlanFlags extends SampleFlags {
    readonly retentionHours?: number;
}

export const definePlan: DefineCommand = (program, act) => {
    const command = program.command("plan").description("size and price a stream from declared requirements");
    for (const { flag, help, argument = "<number>", read = numeric } of Object.values(requirementOptions))
        command.option(`--${flag} ${argument}`.trimEnd(), help, read);
    command
        .option("--sample <file>", "take the keys from a file: one a line, CSV or NDJSON, also gzipped; - for stdin")
        .option("--column <name>", "CSV column or JSON field of the partition key in the sample")
        .option("--weight <name>", "column or field to weigh the sample's records by, such as their bytes")
        .option("--format <format>", `of the sample: ${keyFormats.join(", ")}; by default as the file looks`)
        .option("--retention-hours <number>", "hours that records stay readable, 24 to 8760 (default 24)", numeric)
        .addHelpText(
            "after",
            examples(
                "sharded-stream plan --write-mib 3.5 --records 2500 --lanes 4",
                "sharded-stream plan --write-mib 0.5 --records 800 --distinct-keys 50 --json",
                "sharded-stream plan --write-mib 20 --records 9000 --fan-out-consumers 2 --retention-hours 168",
                "sharded-stream plan --write-mib 3.5 --records 2500 --sample orders.csv.gz --column user_id",
            ),
        )
        .action(act(async (flags: PlanFlags, _, context) => plan(flags, context)));
};

const retentionCheck = whole(
    limits.retentionHoursDefault,
    limits.retentionHoursMax,
    "Name the hours that a consumer may be down and still miss nothing.",
);

/** What a ShardedStream with a scaler has around it by default. */
const defaultSurroundings = { alarmMetrics: defaultAlarmMetrics(), dashboards: 1, scalerEveryMinutes: 1 } as const;

/** Metrics that the default alarms watch, each of which is billed. */
function defaultAlarmMetrics(): number {
    const facts = {
        recordsPerSecond: 1,
        shards: 1,
        retentionHours: limits.retentionHoursDefault,
        scaled: true,
    } as const;
    const given = new Set(Object.keys(facts) as StreamFactName[]);
    return alarmNames
        .filter((name) => alarmExists(name, given, false))
        .map((name) => alarmRows[name].watches)
        .map((watched) => (watchesOneMetric(watched) ? 1 : watched("", facts).filter(({ metric }) => metric).length))
        .reduce((sum, metrics) => sum + metrics, 0);
}

async function plan(flags: PlanFlags, context: CommandContext): Promise<CommandResult> {
    const declared = requirementsFrom(flags);
    const declaredKey = keyRequirements.find((name) => declared[name] !== undefined);
    if (flags.sample !== undefined && declaredKey !== undefined)
        throw new UsageError(`The sample tells --${requirementOptions[declaredKey].flag}: leave that out.`);
    const { sample, keys } = await readSample(flags, context);
    const requirements = { ...declared, ...keys };
    const retentionHours = flags.retentionHours ?? limits.retentionHoursDefault;
    const problems = [
        ...requirementProblems(requirements).map(inFlags),
        ...retentionCheck("--retention-hours", retentionHours),
    ];
    if (problems.length > 0) throw new InvalidInputError("plan", problems);
    const capacity = planCapacity(requirements);
    const cost = estimateCost({
        requirements: completeRequirements(requirements),
        shards: capacity.recommendedShards,
        retentionHours,
        ...defaultSurroundings,
    });
    return {
        document: { ...capacity, retentionHours, cost, ...(sample && { sample }) },
        text: (terminal) => planText(capacity, cost, terminal, sample),
        exitCode: sample?.interrupted || capacity.findings.some((finding) => finding.severity === "error") ? 1 : 0,
    };
}

const keyRequirements = ["distinctKeys", "hottestKeyShare", "heaviestKeyShares"] as const;

function requirementsFrom(flags: object): Requirements {
    const given = flags as Partial<Record<string, unknown>>;
    const entries = requirementNames.flatMap((name) => {
        const value = given[new Option(`--${requirementOptions[name].flag}`).attributeName()];
        return value === undefined ? [] : [[name, value] as const];
    });
    return Object.fromEntries(entries) as unknown as Requirements;
}

/** A problem of a requirement in the words of the command line: `--write-mib` for `writeMiBPerSecond`. */
function inFlags({ property, value, allowed, fix }: Problem): Problem {
    // Of a list the property names the place as well: heaviestKeyShares[2].
    const [name, place = ""] = property.split(/(?=\[)/);
    return problem(`--${requirementOptions[name as RequirementName].flag}${place}`, value, allowed, fix);
}

function planText(
    capacity: CapacityPlan,
    cost: CostEstimate,
    terminal: Terminal,
    sample: PlanSample | undefined,
): string {
    const { bold, dim, cyan } = terminal.colours;
    const most = Math.max(...capacity.bounds.map((bound) => bound.shards));
    const bounds = capacity.bounds.map((bound) => {
        const binds = bound.constraint === capacity.binding;
        return [
            binds ? bold(`${bound.constraint} (binding)`) : bound.constraint,
            formatNumber(bound.shards),
            { fraction: bound.shards / most, colour: cyan },
            bound.sentence,
        ];
    });
    const use = Object.entries(capacity.utilization).map(([name, fraction]) => `${name} ${formatPercent(fraction)}`);
    const lines = [
        ...(sample ? [sampleText(sample, capacity), ""] : []),
        `${bold(`${headline(capacity)}; ${formatNumber(capacity.recommendedShards)} ${capacity.recommendedShards === 1 ? "is" : "are"} recommended`)} (headroom ${formatPercent(capacity.requirements.headroom)}).`,
        `At ${count(capacity.recommendedShards, "shard")} the peak uses: ${use.join(", ")}.`,
        "",
        table(terminal, ["constraint", "shards", "", "why"], bounds, [1]),
        "",
        costText(cost, terminal),
        ...capacity.findings.flatMap((finding) => ["", findingText(finding, terminal)]),
        "",
        dim(`Prices: ${cost.region}, ${cost.pricesOf}, at the declared peak all month (730 h).`),
    ];
    return lines.join("\n");
}

/** The sample as what it is and as what a declaration says: `distinctKeys: 1148, heaviestKeyShares: [0.0966, 0.0481]`. */
function sampleText({ file, records, interrupted }: PlanSample, { requirements }: CapacityPlan): string {
    const { distinctKeys, heaviestKeyShares = [] } = requirements;
    const shares = heaviestKeyShares.length === 0 ? "" : `, heaviestKeyShares: [${heaviestKeyShares.join(", ")}]`;
    const read = `${count(records, "record")} of ${file === "-" ? "stdin" : file}${interrupted ? " (interrupted)" : ""}`;
    return `${read} mean the requirements { distinctKeys: ${distinctKeys}${shares} }.`;
}

/** "4 shards carry the declared peak", unless something is wrong that no shard count mends. */
function headline({ minimumShards, findings }: CapacityPlan): string {
    const shards = `${count(minimumShards, "shard")} ${minimumShards === 1 ? "carries" : "carry"} the declared peak`;
    return findings.some(({ severity }) => severity === "error")
        ? `${shards} once the errors below are mended`
        : shards;
}

function costText(cost: CostEstimate, terminal: Terminal): string {
    const priced = (title: string, { items, hourly, monthly }: CostEstimate["surroundings"]): string[][] => [
        [terminal.colours.bold(title), "", formatDollars(hourly), formatDollars(monthly)],
        ...items.map((row) => ["", row.item, formatDollars(row.hourly), formatDollars(row.monthly)]),
    ];
    const modes = (Object.keys(capacityModeNames) as CapacityModeName[]).flatMap((name) =>
        priced(`${capacityModeNames[name]}${name === cost.cheapest ? " (cheapest)" : ""}`, cost[name]),
    );
    const rows = [...modes, ...priced("Around it, by default", cost.surroundings)];
    return [
        table(terminal, ["mode", "item", "an hour", "a month"], rows, [2, 3]),
        ...(["onDemandStandard", "onDemandAdvantage"] as const).map((mode) => breakEvenText(cost, mode)),
        ...cost.notPriced,
    ].join("\n");
}

function breakEvenText(cost: CostEstimate, mode: "onDemandStandard" | "onDemandAdvantage"): string {
    const range = cost.breakEven[mode];
    if (range === null)
        return `${capacityModeNames[mode]} costs more than provisioned at any average load up to the declared peak.`;
    return `${capacityModeNames[mode]} costs less while the average load is between ${formatPercent(range.from, 1)} and ${formatPercent(range.to, 1)} of the declared peak.`;
}

/** A finding as people read it: severity and code, what is wrong, what to do. */
export function findingText(finding: Finding, terminal: Terminal): string {
    const { red, yellow, blue, bold } = terminal.colours;
    const colour = { error: red, warning: yellow, info: blue }[finding.severity];
    return `${bold(colour(`${finding.severity} ${finding.code}`))}: ${finding.message}\n  Fix: ${finding.fix}`;
}
