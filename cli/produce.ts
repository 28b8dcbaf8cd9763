/**
 * `sharded-stream produce`: sends a file of NDJSON, stdin or made-up events, and loses nothing silently.
 */
import {
    accessSync,
    closeSync,
    constants,
    createReadStream,
    openSync,
    statSync,
    type Stats,
    unlinkSync,
    writeSync,
} from "node:fs";
import { dirname, parse } from "node:path";
import { createInterface } from "node:readline";
import { limits } from "../capacity/limits";
import { count, formatNumber, formatPercent, formatRate } from "../capacity/text";
import { fieldOf, Producer, type ProducerProgress, type ProducerSummary, type Undelivered } from "../producer";
import { refused } from "./awsErrors";
import {
    type CommandContext,
    type CommandResult,
    type DefineCommand,
    examples,
    numeric,
    UsageError,
    wholeNumber,
} from "./command";
import { type Terminal } from "./terminal";

interface ProduceFlags {
    readonly file?: string;
    readonly sample?: number;
    readonly key?: string;
    readonly randomKeys?: true;
    readonly explicitHashKey?: string;
    readonly ordered?: true;
    readonly rate?: number;
    readonly inFlight?: number;
    readonly deadline?: number;
    readonly maxRecordKib?: number;
    readonly shardRate?: number;
    readonly undelivered: string;
}

export const defineProduce: DefineCommand = (program, act) => {
    program
        .command("produce")
        .argument("<stream>", "name or ARN of the stream")
        .description("send records with progress; what cannot be delivered is written to a file with its reason")
        .option("--file <file>", "a JSON document a line; - reads stdin")
        .option("--sample <number>", "make up so many events instead: user, type, time, value", wholeNumber(1))
        .option("--key <field>", 'field of the partition key, such as userId or customer.id (with --sample: "user")')
        .option("--random-keys", "give each record a random partition key: an even spread, no order")
        .option("--explicit-hash-key <field>", "field of the explicit hash key, where a record has one")
        .option("--ordered", "keep the order of records with the same key")
        .option("--rate <number>", "records offered per second at most", numeric)
        .option("--in-flight <number>", "PutRecords calls under way at once (default 10)", numeric)
        .option("--deadline <seconds>", "seconds in which a record must be delivered (default 120)", numeric)
        .option("--max-record-kib <number>", "the stream's maximum record size in KiB (default 1024)", numeric)
        .option("--shard-rate <number>", "times a shard's write limit that it is offered (default 1)", numeric)
        .option(
            "--undelivered <file>",
            "where undelivered records go; a file that is there is kept, the next is named FILE-2",
            "undelivered.ndjson",
        )
        .addHelpText(
            "after",
            examples(
                "sharded-stream produce orders --file orders.ndjson --key customerId",
                "zcat events.gz | sharded-stream produce orders --file - --key user.id --ordered",
                "sharded-stream produce orders --sample 10000 --rate 2000",
            ),
        )
        .action(act(async (flags: ProduceFlags, [stream], context) => produce(stream!, flags, context)));
};

/** A record to send: its JSON text, and where it stood. */
interface Line {
    readonly text: string;
    readonly line: number;
}

/** How far a source was read: of a file in bytes, of a sample in events; `of` is undefined for stdin. */
interface Reading {
    done: number;
    readonly of: number | undefined;
}

async function produce(stream: string, flags: ProduceFlags, context: CommandContext): Promise<CommandResult> {
    checkFlags(flags);
    const reading: Reading = { done: 0, of: flags.sample ?? sizeOf(flags.file!) };
    const ended = new AbortController();
    const lines =
        flags.sample === undefined ? linesOf(flags.file!, reading, ended.signal) : sampleLines(flags.sample, reading);
    const undelivered = new UndeliveredFile(freePath(flags.undelivered));
    const producer = new Producer<Line>({
        stream,
        ...keysFrom(flags),
        data: ({ text }) => text,
        ordered: flags.ordered,
        callsInFlightMax: flags.inFlight,
        deadlineSeconds: flags.deadline,
        maxRecordKiB: flags.maxRecordKib,
        shardRateMax: flags.shardRate,
        signal: context.signal,
        onUndelivered: (record) => undelivered.add(record),
    });
    let warning: string | undefined;
    producer.on("warning", (message) => (warning = message));
    const ticking = setInterval(() => context.progress.update(progressText(producer.progress(), reading)), 200);
    let summary: ProducerSummary<Line>;
    try {
        await producer.send(flags.rate === undefined ? lines : paced(lines, flags.rate, context.signal));
    } catch (error) {
        throw (error as NodeJS.ErrnoException).code === undefined ? error : unreadable(flags.file!, error);
    } finally {
        ended.abort();
        summary = await producer.close();
        clearInterval(ticking);
        undelivered.close();
    }
    if (summary.stoppedBy !== undefined) {
        // Nothing was sent, so nothing is gained by a part of the input in a file.
        if (summary.sent === 0) undelivered.remove();
        const sent = summary.sent === 0 ? "" : ` (${count(summary.sent, "record")} sent before)`;
        throw refused(summary.stoppedBy, `stream ${stream}${sent}`);
    }
    return resultOf(stream, summary, undelivered, warning, context.signal.aborted);
}

function checkFlags(flags: ProduceFlags): void {
    if ((flags.file === undefined) === (flags.sample === undefined))
        throw new UsageError("produce: name what to send, either --file FILE or --sample NUMBER");
    if (flags.file !== undefined && flags.key === undefined && flags.randomKeys === undefined) {
        throw new UsageError(
            "produce: name the field of the partition key with --key FIELD, or spread the records with --random-keys",
        );
    }
    if (flags.key !== undefined && flags.randomKeys !== undefined)
        throw new UsageError("produce: --key and --random-keys exclude each other");
    if (flags.rate !== undefined && !(flags.rate > 0))
        throw new UsageError(`produce: --rate ${flags.rate} is not allowed; it must be records per second, above 0`);
}

/** The key and the explicit hash key are taken from the line's JSON; the line itself is sent as it is. */
function keysFrom(flags: ProduceFlags) {
    const { randomKeys, explicitHashKey } = flags;
    const key = flags.key ?? (flags.sample === undefined ? undefined : "user");
    let parsed: { line: Line; document: unknown } | undefined;
    const documentOf = (line: Line): unknown => {
        if (parsed?.line !== line) parsed = { line, document: parseLine(line) };
        return parsed.document;
    };
    return {
        ...(randomKeys === true || key === undefined
            ? {}
            : { key: (line: Line) => keyOf(line, documentOf(line), key) }),
        ...(explicitHashKey === undefined
            ? {}
            : {
                  explicitHashKey: (line: Line) =>
                      fieldOf(documentOf(line), explicitHashKey) as string | bigint | undefined,
              }),
    };
}

function parseLine({ text, line }: Line): unknown {
    try {
        return JSON.parse(text);
    } catch (error) {
        throw new Error(`line ${formatNumber(line)} is not JSON: ${(error as Error).message}`);
    }
}

function keyOf({ line }: Line, document: unknown, name: string): string | number {
    const found = typeof document === "object" ? fieldOf(document, name) : undefined;
    if (typeof found === "string" || typeof found === "number") return found;
    throw new Error(
        `line ${formatNumber(line)} has no text or number in the field ${JSON.stringify(name)} for the partition key`,
    );
}

function sizeOf(file: string): number | undefined {
    if (file === "-") return undefined;
    try {
        return statSync(file).size;
    } catch (error) {
        throw unreadable(file, error);
    }
}

function unreadable(file: string, error: unknown): UsageError {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = { ENOENT: "there is no such file", EACCES: "permission denied", EISDIR: "it is a folder" }[code ?? ""];
    return new UsageError(`${file} cannot be read: ${why ?? message}`);
}

/** @param ended aborted when no more lines are wanted: a stdin that stays open would keep the process waiting */
async function* linesOf(file: string, reading: Reading, ended: AbortSignal): AsyncGenerator<Line> {
    const input = file === "-" ? process.stdin : createReadStream(file);
    ended.addEventListener("abort", () => input.destroy(), { once: true });
    let line = 0;
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
        line += 1;
        reading.done += Buffer.byteLength(text) + 1;
        if (text.trim() !== "") yield { text, line };
    }
}

const sampleUsers = 10_000;
const sampleTypes = ["view", "search", "add_to_cart", "purchase"] as const;

function* sampleLines(events: number, reading: Reading): Generator<Line> {
    for (let line = 1; line <= events; line++) {
        reading.done = line;
        const event = {
            user: `user-${Math.floor(Math.random() * sampleUsers)}`,
            type: sampleTypes[Math.floor(Math.random() * sampleTypes.length)],
            time: new Date().toISOString(),
            value: Math.round(Math.random() * 10_000) / 100,
        };
        yield { text: JSON.stringify(event), line };
    }
}

/** Hands over no more than so many records a second, in portions of a twentieth of a second. */
async function* paced(
    lines: Iterable<Line> | AsyncIterable<Line>,
    recordsPerSecond: number,
    signal: AbortSignal,
): AsyncGenerator<Line> {
    const startMs = performance.now();
    let handed = 0;
    for await (const line of lines) {
        for (;;) {
            const dueMs = startMs + (handed / recordsPerSecond) * 1_000;
            if (performance.now() >= dueMs || signal.aborted) break;
            await new Promise((resolve) => setTimeout(resolve, Math.min(50, dueMs - performance.now() + 1)));
        }
        handed += 1;
        yield line;
    }
}

/**
 * The path itself, or where a file with something in it is there already the next one that is free: it may hold what an earlier run could
 * not deliver, or be what this one reads.
 *
 * @throws UsageError if nothing could be written there, before anything is sent
 */
function freePath(path: string): string {
    const { dir, name, ext } = parse(path);
    for (let number = 1; ; number++) {
        const candidate = number === 1 ? path : `${dir === "" ? "" : `${dir}/`}${name}-${number}${ext}`;
        const stats = statSync(candidate, { throwIfNoEntry: false });
        if (stats?.isFile() === true && stats.size > 0) continue;
        checkWritable(candidate, stats);
        return candidate;
    }
}

function checkWritable(path: string, stats: Stats | undefined): void {
    try {
        if (stats?.isDirectory() === true) throw Object.assign(new Error(), { code: "EISDIR" });
        accessSync(stats === undefined ? dirname(path) : path, constants.W_OK);
    } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        const why = { ENOENT: "there is no such folder", EACCES: "permission denied", EISDIR: "it is a folder" }[
            code ?? ""
        ];
        throw new UsageError(`--undelivered: ${path} cannot be written: ${why ?? message}`);
    }
}

/** Undelivered records, a JSON document a line; the file is made with the first one. */
class UndeliveredFile {
    readonly reasons: Record<string, number> = {};
    records = 0;
    #file: number | undefined;
    #unwritten: string[] = [];

    constructor(readonly path: string) {}

    add({ value, reason, message, attempts, mayBeWritten, partitionKey }: Undelivered<Line>): void {
        this.records += 1;
        this.reasons[reason] = (this.reasons[reason] ?? 0) + 1;
        const about = { line: value.line, reason, message, attempts, mayBeWritten, partitionKey };
        this.#unwritten.push(`${JSON.stringify({ ...about, record: jsonOrText(value.text) })}\n`);
        if (this.#unwritten.length >= 1_000) this.#write();
    }

    close(): void {
        this.#write();
        if (this.#file !== undefined) closeSync(this.#file);
    }

    remove(): void {
        if (this.#file !== undefined) unlinkSync(this.path);
    }

    #write(): void {
        if (this.#unwritten.length === 0) return;
        this.#file ??= openSync(this.path, "w");
        writeSync(this.#file, this.#unwritten.join(""));
        this.#unwritten = [];
    }
}

function jsonOrText(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

function progressText(progress: ProducerProgress, reading: Reading): string {
    const { sent, callsInFlight, retries, undelivered, seconds, recordsPerSecond } = progress;
    const parts = [
        `${formatNumber(sent)} sent`,
        `${formatRate(recordsPerSecond)} records/s`,
        `${callsInFlight} calls in flight`,
        count(retries, "retry", "retries"),
    ];
    if (undelivered > 0) parts.push(`${formatNumber(undelivered)} undelivered`);
    const read = reading.of === undefined || reading.of === 0 ? 0 : reading.done / reading.of;
    const done = progress.put === 0 ? 0 : (read * (sent + undelivered)) / progress.put;
    if (done > 0) parts.push(formatPercent(done), `${formatNumber((seconds * (1 - done)) / done, 0)} s left`);
    return parts.join(", ");
}

function resultOf(
    stream: string,
    summary: ProducerSummary<Line>,
    undelivered: UndeliveredFile,
    warning: string | undefined,
    interrupted: boolean,
): CommandResult {
    const { sent, sentBytes, undeliveredCount, retries, refusals, calls, callsFailed, seconds } = summary;
    const mibPerSecond = seconds > 0 ? sentBytes / limits.bytesPerMiB / seconds : 0;
    const document = {
        stream,
        sent,
        undelivered: undeliveredCount,
        undeliveredReasons: undelivered.reasons,
        undeliveredFile: undelivered.records > 0 ? undelivered.path : null,
        interrupted,
        retries,
        refusals,
        calls,
        callsFailed,
        possibleDuplicates: summary.possibleDuplicates,
        seconds,
        recordsPerSecond: summary.recordsPerSecond,
        mibPerSecond,
        warning: warning ?? null,
    };
    return {
        document,
        text: (terminal) => resultText(document, terminal),
        exitCode: undeliveredCount > 0 || interrupted ? 1 : 0,
    };
}

function resultText(
    document: {
        readonly sent: number;
        readonly undelivered: number;
        readonly undeliveredReasons: Readonly<Record<string, number>>;
        readonly undeliveredFile: string | null;
        readonly interrupted: boolean;
        readonly retries: number;
        readonly refusals: number;
        readonly calls: number;
        readonly possibleDuplicates: number;
        readonly seconds: number;
        readonly recordsPerSecond: number;
        readonly mibPerSecond: number;
        readonly warning: string | null;
        readonly stream: string;
    },
    terminal: Terminal,
): string {
    const { bold, red, green, yellow } = terminal.colours;
    const rate = `${formatRate(document.recordsPerSecond)} records/s, ${formatRate(document.mibPerSecond)} MiB/s`;
    const lines = [
        `${bold(green(`${count(document.sent, "record")} sent`))} to ${document.stream} in ${formatNumber(document.seconds, 1)} s: ${rate}.`,
        `${count(document.calls, "call")}, ${count(document.retries, "retry", "retries")}, ${count(document.refusals, "refusal")} by full shards.`,
    ];
    if (document.possibleDuplicates > 0) {
        lines.push(
            yellow(
                `${count(document.possibleDuplicates, "record")} may be in the stream twice: an earlier call that carried them got no answer.`,
            ),
        );
    }
    if (document.undelivered > 0) {
        const reasons = Object.entries(document.undeliveredReasons).map(
            ([reason, n]) => `${reason} ${formatNumber(n)}`,
        );
        lines.push(
            `${bold(red(`${count(document.undelivered, "record")} undelivered`))} (${reasons.join(", ")}), in ${document.undeliveredFile} with the reasons.`,
        );
    }
    if (document.interrupted) lines.push(yellow("Interrupted: the rest of the input was not read."));
    if (document.warning !== null) lines.push(yellow(document.warning));
    return lines.join("\n");
}
