/**
 * `sharded-stream keys`: which partition keys spread over the shards, tried on a population, on a real sample, or in a lake.
 */
import { type Command } from "commander";
import { number } from "../capacity/checks";
import { uniformRing } from "../capacity/keys/hashRing";
import {
    comparisonDefaults,
    defaultPopulation,
    type KeyStrategy,
    keyStrategyNamed,
    keyStrategyNames,
    type StrategyResult,
    type StrategyTrial,
    tryStrategy,
} from "../capacity/keys/strategies";
import { keyQuery, type SqlDialect, sqlDialects } from "../capacity/keys/sql";
import { count, formatNumber, formatPercent } from "../capacity/text";
import { type CommandResult, type DefineCommand, examples, numeric, UsageError, wholeNumber } from "./command";
import { defineKeysAnalyze } from "./keysAnalyze";
import { enoughSentence, shareChart, verdictText } from "./keysText";
import { shardCount } from "./quantities";
import { table, type Terminal } from "./terminal";

interface TrialFlags {
    readonly shards: number;
    readonly samples: number;
    readonly users: number;
    readonly zipf: number;
    readonly categories: number;
    readonly spanMinutes: number;
    readonly suffixes: number;
    readonly seed: number;
}

const samplesMax = 10_000_000;
const usersMax = 10_000_000;
const zipfCheck = number(0, 10, "Give 0 for users of equal weight, 1 for a few that send most.");

export const defineKeys: DefineCommand = (program, act) => {
    const keys = program
        .command("keys")
        .description("find out whether partition keys spread over the shards, before they are in production");
    trialOptions(
        keys
            .command("compare")
            .description("try all strategies of choosing a partition key on one population, side by side"),
    )
        .addHelpText(
            "after",
            examples(
                "sharded-stream keys compare",
                "sharded-stream keys compare --shards 8 --users 1000 --zipf 0 --json",
            ),
        )
        .action(act(async (flags: TrialFlags) => compare(flags)));
    trialOptions(
        keys
            .command("test")
            .argument("<strategy>", keyStrategyNames.join(", "))
            .description("try one strategy and show every shard"),
    )
        .addHelpText(
            "after",
            examples(
                "sharded-stream keys test user-based --users 50 --shards 10",
                "sharded-stream keys test salted --suffixes 8 --zipf 1.5",
            ),
        )
        .action(act(async (flags: TrialFlags, [name]) => test(name!, flags)));
    defineKeysAnalyze(keys, act);
    keys.command("sql")
        .description("print a query that computes the same over data in a lake")
        .requiredOption("--dialect <dialect>", Object.keys(sqlDialects).join(", "))
        .option("--shards <number>", "uniform shards", shardCount, comparisonDefaults.shards)
        .option("--table <table>", "the table, as the dialect writes it", "events")
        .option("--column <column>", "the partition key's column, as the dialect writes it", "partition_key")
        .option("--weight <column>", "a column to weigh records by, such as their bytes, as the dialect writes it")
        .option("--keys <number>", "heaviest keys to list for each shard", wholeNumber(1, 1_000), 5)
        .addHelpText(
            "after",
            examples(
                "sharded-stream keys sql --dialect athena --shards 8 --table lake.orders --column user_id",
                "sharded-stream keys sql --dialect duckdb --shards 4 --table \"read_csv('orders.csv', all_varchar = true)\" --column user_id | duckdb",
            ),
        )
        .action(act(async (flags: SqlFlags) => sql(flags)));
};

function trialOptions(command: Command): Command {
    const { users, zipfExponent, categories, spanMinutes, suffixes } = defaultPopulation;
    return command
        .option("--shards <number>", "uniform shards", shardCount, comparisonDefaults.shards)
        .option("--samples <number>", "records to draw", wholeNumber(1, samplesMax), comparisonDefaults.samples)
        .option("--users <number>", "users that write", wholeNumber(1, usersMax), users)
        .option(
            "--zipf <exponent>",
            "how unequal users are: 0 all alike, 1 as people usually are",
            numeric,
            zipfExponent,
        )
        .option("--categories <number>", "categories of events", wholeNumber(1, usersMax), categories)
        .option(
            "--span-minutes <number>",
            "minutes that the records are spread over",
            wholeNumber(1, 527_040),
            spanMinutes,
        )
        .option("--suffixes <number>", "suffixes of the salted strategy", wholeNumber(1, 100_000), suffixes)
        .option("--seed <number>", "another number draws another population", wholeNumber(0), comparisonDefaults.seed);
}

function trialOf(flags: TrialFlags): StrategyTrial {
    const { shards, samples, seed, users, zipf, categories, spanMinutes, suffixes } = flags;
    const [fault] = zipfCheck("--zipf", zipf);
    if (fault !== undefined) throw new UsageError(fault.message);
    return { shards, samples, seed, population: { users, zipfExponent: zipf, categories, spanMinutes, suffixes } };
}

function compare(flags: TrialFlags): CommandResult {
    const trial = trialOf(flags);
    const strategies = keyStrategyNames.map((name) => tryStrategy(name, trial));
    return {
        document: { ...trial, strategies: strategies.map(strategyDocument) },
        text: (terminal) => compareText(strategies, trial, terminal),
        exitCode: 0,
    };
}

function test(name: string, flags: TrialFlags): CommandResult {
    const trial = trialOf(flags);
    const result = tryStrategy(strategyOf(name), trial);
    return {
        document: { ...trial, ...strategyDocument(result), strategies: [strategyDocument(result)] },
        text: (terminal) => testText(result, trial, terminal),
        exitCode: result.verdict === "even" ? 0 : 1,
    };
}

function strategyOf(name: string): KeyStrategy {
    const found = keyStrategyNamed(name);
    if ("strategy" in found) return found.strategy;
    throw new UsageError(
        `There is no strategy ${JSON.stringify(name)}; there are ${keyStrategyNames.join(", ")}.${found.closest === undefined ? "" : ` Did you mean ${found.closest}?`}`,
    );
}

/** What a comparison says of a strategy: hot keys and splits are advice for real samples. */
function strategyDocument(result: StrategyResult): object {
    const { name, description, shares, cv, hottestOverAverage, verdict, message, recommendation } = result;
    const { distinctKeys, keysEnough, hottestKeys, order } = result;
    const judged = { name, description, shares, cv, hottestOverAverage, verdict, message, recommendation };
    return { ...judged, distinctKeys, keysEnough, hottestKeys, order };
}

function compareText(strategies: readonly StrategyResult[], trial: StrategyTrial, terminal: Terminal): string {
    const { bold } = terminal.colours;
    const most = Math.max(...strategies.map((strategy) => strategy.hottestOverAverage));
    const rows = strategies.map((strategy) => [
        strategy.name,
        verdictText(strategy.verdict, terminal),
        formatNumber(strategy.hottestOverAverage, 2),
        { fraction: strategy.hottestOverAverage / most, colour: String },
        `${formatNumber(strategy.cv, 1)} %`,
        formatNumber(strategy.distinctKeys),
        formatPercent(strategy.hottestKeys[0]?.share ?? 0, 1),
        strategy.shares.length <= 8 ? strategy.shares.map((share) => formatPercent(share, 1)).join(" ") : "",
    ]);
    const head = ["strategy", "verdict", "hottest/average", "", "cv", "keys", "hottest key", "shares"];
    return [
        bold(trialSentence(trial)),
        "",
        table(terminal, head, rows, [2]),
        "",
        ...strategies.map((strategy) => `${strategy.name}: ${strategy.description}. Order: ${strategy.order}.`),
        "",
        enoughSentence(strategies[0]!, trial.shards),
    ].join("\n");
}

function testText(result: StrategyResult, trial: StrategyTrial, terminal: Terminal): string {
    return [
        terminal.colours.bold(`${result.name}: ${result.description}`),
        trialSentence(trial),
        "",
        shareChart(uniformRing(trial.shards).shardIds, result.shares, terminal),
        "",
        `${verdictText(result.verdict, terminal)}: ${result.message}`,
        `  Fix: ${result.recommendation}`,
        "",
        `Coefficient of variation ${formatNumber(result.cv, 1)} %. Order: ${result.order}.`,
        enoughSentence(result, trial.shards),
    ].join("\n");
}

function trialSentence({ samples, shards, population }: StrategyTrial): string {
    const { users, zipfExponent, categories, spanMinutes } = population;
    const alike = zipfExponent === 0 ? "all alike" : `Zipf exponent ${formatNumber(zipfExponent)}`;
    return `${count(samples, "record")} of ${count(users, "user")} (${alike}) in ${count(categories, "category", "categories")} over ${count(spanMinutes, "minute")}, on ${count(shards, "uniform shard")}.`;
}

interface SqlFlags {
    readonly dialect: string;
    readonly shards: number;
    readonly table: string;
    readonly column: string;
    readonly weight?: string;
    readonly keys: number;
}

function sql(flags: SqlFlags): CommandResult {
    const { dialect, shards, ...rest } = flags;
    if (!Object.hasOwn(sqlDialects, dialect)) {
        throw new UsageError(
            `--dialect: there is no ${JSON.stringify(dialect)}; there are ${Object.keys(sqlDialects).join(", ")}.`,
        );
    }
    for (const name of ["table", "column", "weight"] as const)
        if (rest[name]?.trim() === "") throw new UsageError(`--${name} is empty: name one as the dialect writes it.`);
    const query = keyQuery({ ...rest, dialect: dialect as SqlDialect, ring: uniformRing(shards) });
    return { document: { dialect, shards, query }, text: () => query.trimEnd(), isVerbatim: true, exitCode: 0 };
}
