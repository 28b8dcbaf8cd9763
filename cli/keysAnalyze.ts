/**
 * `sharded-stream keys analyze`: where the keys of a real sample go, and what to do about it.
 */
import { type Command } from "commander";
import { type HashRing, uniformRing } from "../capacity/keys/hashRing";
import { type KeySample, KeyTally } from "../capacity/keys/sample";
import { type DeclaredKeys, declaredKeysOf } from "../capacity/keys/sampleShares";
import { comparisonDefaults } from "../capacity/keys/strategies";
import { judgeSample, type KeyJudgement } from "../capacity/keys/verdict";
import { count, formatNumber, formatPercent } from "../capacity/text";
import {
    type Act,
    type CommandContext,
    type CommandResult,
    examples,
    numeric,
    UsageError,
    wholeNumber,
} from "./command";
import { commandLine } from "./commandLine";
import { inputWords, stdinName } from "./inputFile";
import { formatAfter, formatNamed, keyFormats, keyForms, lineWords } from "./keyRecords";
import { type KeyReading, readKeys } from "./keySource";
import { checkRequirements, keyCount, shardCount } from "./quantities";
import { enoughSentence, requirementsSnippet, shareChart, verdictText } from "./keysText";
import { type Converted } from "./records/open";
import { refuseNoLoad, sampleOf, takenAs } from "./keyTotals";
import { type OnProgress } from "./records/raw";
import { printable, table, type Terminal } from "./terminal";

interface AnalyzeFlags {
    readonly shards?: number;
    readonly stream?: string;
    readonly column?: string;
    readonly weight?: string;
    readonly explicitHashKey?: string;
    readonly format?: string;
    readonly keys: number;
    readonly minRecords?: number;
    readonly keysAtOnce?: number;
    readonly writeMib?: number;
    readonly records?: number;
}

const keysShownDefault = 10;

export function defineKeysAnalyze(keys: Command, act: Act): void {
    keys.command("analyze")
        .argument("<file>", keyForms)
        .description("show where the keys of a real sample go, and what to do about it")
        .option("--shards <number>", `uniform shards (default ${comparisonDefaults.shards})`, shardCount)
        .option("--stream <name>", "take the open shards of this stream instead")
        .option("--column <name>", "CSV column or JSON field (detail.userId) of the partition key")
        .option("--weight <name>", "column or field to weigh records by, such as their bytes")
        .option("--explicit-hash-key <name>", "column or field of the explicit hash key, where a record has one")
        .option("--format <format>", `${keyFormats.join(", ")}; by default as the file looks`)
        .option("--keys <number>", "hottest keys to show", wholeNumber(1, 10_000), keysShownDefault)
        .option(
            "--min-records <number>",
            "records that the verdict even needs (default: so many that chance hides no hot shard); 1 beside --weight: the file is the whole, a row is the total of its key",
            wholeNumber(1),
        )
        .option(
            "--keys-at-once <number>",
            "keys that are written to at one moment, where neither their looks nor the order of the file tell",
            keyCount,
        )
        .option("--write-mib <number>", "MiB per second that the sample stands for, to judge capacity too", numeric)
        .option("--records <number>", "records per second that the sample stands for", numeric)
        .addHelpText(
            "after",
            examples(
                "sharded-stream keys analyze keys.txt --shards 8",
                "sharded-stream keys analyze orders.csv.gz --column user_id --weight bytes --stream orders",
                "zcat events.ndjson.gz | sharded-stream keys analyze - --column detail.userId --json",
            ),
        )
        .action(act(async (flags: AnalyzeFlags, [file], context) => analyze(file!, flags, context)));
}

async function analyze(file: string, flags: AnalyzeFlags, context: CommandContext): Promise<CommandResult> {
    if (flags.shards !== undefined && flags.stream !== undefined)
        throw new UsageError("Name either --shards or --stream, not both.");
    const again = (converted: Converted) => {
        const format = formatAfter(converted, { ...flags, file });
        return commandLine(["keys", "analyze", stdinName], { ...flags, format }, { keys: keysShownDefault });
    };
    const source = { file, ...flags, format: formatNamed(flags.format), again };
    const { minRecords, keysAtOnce, writeMib: writeMiBPerSecond, records: recordsPerSecond } = flags;
    checkRequirements("keys analyze", [
        { flag: "--write-mib", name: "writeMiBPerSecond", value: writeMiBPerSecond },
        { flag: "--records", name: "recordsPerSecond", value: recordsPerSecond },
    ]);
    const wished = { minRecords, keysAtOnce, writeMiBPerSecond, recordsPerSecond };
    const ring: HashRing =
        flags.stream === undefined
            ? uniformRing(flags.shards ?? comparisonDefaults.shards)
            : await ringOfStream(flags.stream, context);
    const tally = new KeyTally(ring);
    const reading = await readKeys(source, tally, progressOf(tally, context), process.stdin, context.signal);
    const sample = sampleOf(tally, flags);
    const name = inputWords(file);
    if (sample.records === 0) throw new UsageError(nothingRead(name, reading));
    refuseNoLoad(sample, name);
    const judgement = judgeSample(sample, { ...wished, recordsLeftOut: reading.badLines });
    // Where the sample does not tell there is nothing to declare.
    const declared = judgement.verdict === "cannot-tell" ? undefined : declaredKeysOf(sample, flags.keysAtOnce);
    const found = { sample, note: takenAs(sample, flags), judgement, reading, declared, keysShown: flags.keys };
    return {
        document: documentOf(found),
        text: (terminal) => analyzeText(found, terminal),
        exitCode: judgement.verdict === "even" && !reading.interrupted ? 0 : 1,
    };
}

/** The open shards of a stream. AWS's SDK is loaded only here: a file needs none of it. */
function ringOfStream(name: string, context: CommandContext): Promise<HashRing> {
    /* eslint-disable @typescript-eslint/no-require-imports */
    const { shardsOf, withStream } = require("./live") as typeof import("./live");
    const { ringOf } = require("../stream/kinesis") as typeof import("../stream/kinesis");
    /* eslint-enable @typescript-eslint/no-require-imports */
    return withStream(name, context, async (live) => ringOf(await shardsOf(live)));
}

const progressEveryMs = 100;

/** Keys read, how fast, and how long it will take at that rate. */
function progressOf(tally: KeyTally, { progress }: CommandContext): OnProgress {
    const startedMs = performance.now();
    let shownMs = startedMs;
    return (bytesRead, bytesInAll) => {
        const nowMs = performance.now();
        if (nowMs - shownMs < progressEveryMs) return;
        shownMs = nowMs;
        const seconds = (nowMs - startedMs) / 1_000;
        const speed = `${formatNumber(tally.recordsRead, 0)} keys, ${formatNumber(tally.recordsRead / seconds, 0)} keys/s`;
        if (bytesInAll === undefined) return progress.update(speed);
        const secondsLeft = Math.ceil((seconds * (bytesInAll - bytesRead)) / bytesRead);
        progress.update(`${formatPercent(bytesRead / bytesInAll)}  ${speed}, ${formatNumber(secondsLeft)} s left`);
    };
}

function nothingRead(name: string, { bytes, badLines, firstBadLines, interrupted }: KeyReading): string {
    const first = firstBadLines[0];
    if (interrupted) return `${name}: interrupted before a partition key was read.`;
    return first === undefined
        ? `${name} ${bytes === 0 ? "is empty" : "has no record"}: there are no partition keys to analyze.`
        : `${name} has no partition key that can be read: ${count(badLines, "bad line")}, the first is ${lineWords(first)}.`;
}

interface Found {
    readonly sample: KeySample;
    /** How the file was taken, where that is a question. */
    readonly note: string | undefined;
    readonly judgement: KeyJudgement;
    readonly reading: KeyReading;
    readonly declared: DeclaredKeys | undefined;
    readonly keysShown: number;
}

function documentOf({ sample, note, judgement, reading, declared, keysShown }: Found): object {
    const { verdict, message, recommendation, shares, cv, hottestOverAverage, keysEnough } = judgement;
    return {
        records: sample.records,
        weight: sample.weight,
        shards: sample.ring.starts.length,
        shares,
        shardRecords: sample.shardRecords,
        cv,
        hottestOverAverage,
        distinctKeys: sample.distinctKeys,
        distinctKeysExact: sample.allKeys,
        /** Whether the records are the totals of all keys, and no sample of them. */
        whole: sample.isWhole,
        note: note ?? null,
        hottestKeys: hottestKeys(sample, keysShown),
        /** A share in hottestKeys is at most this much too low, and a key that is missing there has at most this share more. */
        hottestKeysError: errorOf(sample),
        verdict,
        message,
        recommendation,
        keysEnough,
        hotKeys: judgement.hotKeys,
        splits: judgement.splits,
        tried: judgement.tried,
        inOrder: sample.inOrder ?? null,
        requirements: declared?.requirements ?? null,
        snippet: declared ? requirementsSnippet(declared) : null,
        /** Whether there are more keys than `requirements` say: most of the sample came once. */
        distinctKeysAtLeast: declared?.isLowerBound ?? false,
        interrupted: reading.interrupted,
        format: reading.format,
        badLines: reading.badLines,
        firstBadLines: reading.firstBadLines,
    };
}

function errorOf({ weight, weightError }: KeySample): number {
    return weight > 0 ? weightError / weight : 0;
}

function hottestKeys(sample: KeySample, shown: number) {
    return sample.keys.slice(0, shown).map(({ key, weight, records, shard }) => ({
        key,
        share: sample.weight > 0 ? weight / sample.weight : 0,
        records,
        shardId: sample.ring.shardIds[shard]!,
    }));
}

/** Keys that one record made the hottest say nothing, unless it outweighs the others. */
function tellingKeys(sample: KeySample, shown: number) {
    if (sample.isWhole) return hottestKeys(sample, shown);
    const notable = (2 * sample.weight) / sample.records;
    const telling = sample.keys.slice(0, shown).filter((key) => key.records > 1 || key.weight >= notable);
    return hottestKeys({ ...sample, keys: telling }, shown);
}

function analyzeText({ sample, note, judgement, reading, declared, keysShown }: Found, terminal: Terminal): string {
    const { bold, yellow, dim } = terminal.colours;
    const keys = sample.allKeys ? count(sample.distinctKeys, "key") : `about ${count(sample.distinctKeys, "key")}`;
    const error = errorOf(sample);
    const rows = tellingKeys(sample, keysShown).map(({ key, share, shardId }) => [
        printable(key),
        smallPercent(share),
        shardId,
    ]);
    const bad =
        reading.badLines === 0
            ? []
            : [
                  "",
                  yellow(`${count(reading.badLines, "bad line")} left out:`),
                  ...reading.firstBadLines.map(
                      ({ line, reason, text }) => `  line ${line}: ${reason}${text === "" ? "" : `: ${text}`}`,
                  ),
              ];
    return [
        bold(`${count(sample.records, "record")}, ${keys}, on ${count(sample.ring.starts.length, "shard")}.`),
        ...(note === undefined ? [] : [note]),
        "",
        shareChart(sample.ring.shardIds, judgement.shares, terminal),
        "",
        ...(rows.length > 0
            ? [table(terminal, ["hottest keys", "share", "shard"], rows, [1])]
            : ["No key came twice."]),
        ...(error > 0 ? [dim(`A share is at most ${smallPercent(error)} of the load too low.`)] : []),
        "",
        `${verdictText(judgement.verdict, terminal)}: ${printable(judgement.message)}`,
        `  Fix: ${printable(judgement.recommendation)}`,
        "",
        `Coefficient of variation ${formatNumber(judgement.cv, 1)} %. ${enoughSentence(judgement, sample.ring.starts.length)}`,
        ...orderText(sample),
        ...(declared ? ["", "To declare in the requirements of the stream:", requirementsSnippet(declared)] : []),
        ...bad,
        ...(reading.interrupted ? ["", yellow("Interrupted: the rest of the input was not read.")] : []),
    ].join("\n");
}

function orderText({ inOrder }: KeySample): string[] {
    if (inOrder === undefined) return [];
    const { records, hottestOverAverage } = inOrder;
    return [
        `In the order of the file: of ${count(records, "record")} in a row the hottest shard has ${formatNumber(hottestOverAverage, 2)} times the average.`,
    ];
}

/** A share that may be tiny, with two significant digits. */
function smallPercent(share: number): string {
    const percent = share * 100;
    return `${formatNumber(percent >= 1 ? percent : Number(percent.toPrecision(2)), percent >= 1 ? 2 : 9)} %`;
}
