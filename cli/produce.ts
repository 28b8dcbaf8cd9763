/**
 * `sharded-stream produce`: sends a file of JSON, stdin or made-up events, and loses nothing silently.
 */
import { limits } from "../capacity/limits";
import { count, formatNumber, formatPercent, formatRate } from "../capacity/text";
import { type Producer, type ProducerProgress, type ProducerSummary } from "../producer";
import { refused } from "./awsErrors";
import {
    AwsRefusedError,
    type CommandContext,
    type CommandResult,
    type DefineCommand,
    examples,
    numeric,
    UsageError,
    wholeNumber,
} from "./command";
import { commandLine } from "./commandLine";
import { inputWords, sizeOf, stdinName, unreadable } from "./inputFile";
import { Interrupted, untilCreated, withStream } from "./live";
import { checkFlags, producerOf, type ProduceFlags } from "./produceFlags";
import { type Line, linesOf, paced, type Reading, sampleLines } from "./recordSource";
import { printable, type Terminal } from "./terminal";
import { UndeliveredFile } from "./undeliveredFile";

const undeliveredDefault = "undelivered.ndjson";

export const defineProduce: DefineCommand = (program, act) => {
    program
        .command("produce")
        .argument("<stream>", "name or ARN of the stream")
        .description("send records with progress; what cannot be delivered is written to a file with its reason")
        .option("--file <file>", "JSON documents in any arrangement, also packed (gzip, zstd); - reads stdin")
        .option("--sample <number>", "make up so many events instead: user, type, time, value", wholeNumber(1))
        .option("--key <field>", 'field of the partition key, such as userId or customer.id (with --sample: "user")')
        .option("--random-keys", "give each record a random partition key: an even spread, no order")
        .option("--explicit-hash-key <field>", "field of the explicit hash key, where a record has one")
        .option("--ordered", "keep the order of records with the same key")
        .option("--rate <number>", "records offered per second at most", numeric)
        .option("--in-flight <number>", "PutRecords calls under way at once (default 10)", numeric)
        .option("--deadline <seconds>", "seconds in which a record must be delivered (default 120)", numeric)
        .option(
            "--outage <seconds>",
            "seconds of refusals such as expired credentials, after a first delivery, until it stops (default 30)",
            numeric,
        )
        .option("--max-record-kib <number>", "the stream's maximum record size in KiB (default 1024)", numeric)
        .option("--shard-rate <number>", "times a shard's write limit that it is offered (default 1)", numeric)
        .option(
            "--undelivered <file>",
            "where undelivered records go; a file that is there is kept, the next is named FILE-2",
            undeliveredDefault,
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

async function produce(stream: string, flags: ProduceFlags, context: CommandContext): Promise<CommandResult> {
    checkFlags(flags);
    const reading: Reading = { done: 0, of: flags.sample ?? sizeOf(flags.file!) };
    const ended = new AbortController();
    const again = commandLine(["produce", stream], { ...flags, file: stdinName }, { undelivered: undeliveredDefault });
    const lines =
        flags.sample === undefined
            ? linesOf({ file: flags.file!, reading, ended: ended.signal, again })
            : sampleLines(flags.sample, reading);
    // What cannot be sent and cannot be kept either must not become more.
    const stopping = new AbortController();
    const undelivered = new UndeliveredFile(flags.undelivered, () => stopping.abort());
    if (context.signal.aborted) stopping.abort();
    else context.signal.addEventListener("abort", () => stopping.abort(), { once: true });
    const { signal } = stopping;
    const producer = producerOf(stream, flags, { signal, onUndelivered: (record) => undelivered.add(record) });
    await whenCreated(stream, context);
    let warning: string | undefined;
    producer.on("warning", (message) => (warning = message));
    const waits = waitsOf(producer);
    const ticking = setInterval(
        () => context.progress.update(waits.text() ?? progressText(producer.progress(), reading)),
        200,
    );
    // What was read before the input broke off is still delivered, and told of.
    let broken: { readonly error: unknown } | undefined;
    try {
        await producer.send(flags.rate === undefined ? lines : paced(lines, flags.rate, stopping.signal));
    } catch (error) {
        broken = { error };
    }
    ended.abort();
    const summary = await producer.close();
    clearInterval(ticking);
    checkSent(stream, summary, undelivered, reading);
    if (broken !== undefined)
        throw unreadable(broken.error, `${inputWords(flags.file!)}${sentBefore(summary, undelivered)}`);
    const notes = { warning: warning ?? null, waitedSeconds: waits.seconds(), interrupted: context.signal.aborted };
    const document = documentOf(stream, summary, undelivered, notes);
    return {
        document,
        text: (terminal) => resultText(document, isAllRead(reading), undelivered.firstMessage, terminal),
        exitCode: document.undelivered > 0 || document.interrupted ? 1 : 0,
    };
}

/** Closes the file of what is undelivered. @throws what no retry mends: an answer of AWS, or a file that takes no more */
function checkSent(
    stream: string,
    summary: ProducerSummary<Line>,
    undelivered: UndeliveredFile,
    reading: Reading,
): void {
    const { stoppedBy, sent } = summary;
    // Nothing was sent, so nothing is gained by a part of the input in a file, nor by telling of it.
    if (stoppedBy !== undefined && sent === 0) {
        undelivered.discard();
        throw refused(stoppedBy, `stream ${stream}`);
    }
    undelivered.close();
    const before = () => sentBefore(summary, undelivered, restOf(reading));
    if (stoppedBy !== undefined) throw refused(stoppedBy, `stream ${stream}${before()}`);
    if (undelivered.fault !== undefined) throw new UsageError(undelivered.fault.message + before());
}

/** Whoever may only send may not look at the stream: then PutRecords tells what is the matter. */
async function whenCreated(stream: string, context: CommandContext): Promise<void> {
    try {
        await withStream(stream, context, (live) => untilCreated(live, context.progress));
    } catch (error) {
        if (!(error instanceof AwsRefusedError || error instanceof Interrupted)) throw error;
    }
}

/** What a producer says while it waits for somebody to mend what AWS refuses, and how long it waited so far. */
function waitsOf(producer: Producer<Line>): { text(): string | undefined; seconds(): number } {
    let text: string | undefined;
    let seconds = 0;
    producer.on("waiting", ({ code, message, advice, stopsAfterSeconds }) => {
        const until = stopsAfterSeconds === Infinity ? "" : ` for at most ${formatNumber(stopsAfterSeconds)} s`;
        text = [`waiting${until}, nothing is lost: ${code}: ${message}`, advice].filter(Boolean).join(" ");
    });
    producer.on("resumed", (wait) => {
        text = undefined;
        seconds += wait.seconds;
    });
    return { text: () => text, seconds: () => seconds };
}

/** What stands in the line of an error that came in the middle: what was sent, and where the rest is. */
function sentBefore({ sent }: ProducerSummary<Line>, undelivered: UndeliveredFile, rest = ""): string {
    const { path, records, recordsInNoFile } = undelivered;
    if (sent === 0 && path === undefined && recordsInNoFile === 0) return "";
    const inFile = records - recordsInNoFile;
    const kept = inFile === 0 ? "" : `, ${formatNumber(inFile)} undelivered in ${path}`;
    const lost = recordsInNoFile === 0 ? "" : `, ${formatNumber(recordsInNoFile)} undelivered in no file`;
    return ` (${count(sent, "record")} sent before${kept}${lost}${rest})`;
}

function restOf(reading: Reading): string {
    return isAllRead(reading) ? "" : "; the rest of the input was not read";
}

function isAllRead({ done, of }: Reading): boolean {
    return of !== undefined && done >= of;
}

function progressText(progress: ProducerProgress, reading: Reading): string {
    const { sent, callsInFlight, retries, undelivered, seconds, recordsPerSecond } = progress;
    const parts = [
        `${formatNumber(sent)} sent`,
        `${formatRate(recordsPerSecond)} records/s`,
        `${count(callsInFlight, "call")} in flight`,
        count(retries, "retry", "retries"),
    ];
    if (undelivered > 0) parts.push(`${formatNumber(undelivered)} undelivered`);
    const read = reading.of === undefined || reading.of === 0 ? 0 : reading.done / reading.of;
    const done = progress.put === 0 ? 0 : (read * (sent + undelivered)) / progress.put;
    if (done > 0) parts.push(formatPercent(done), `${formatNumber((seconds * (1 - done)) / done, 0)} s left`);
    return parts.join(", ");
}

function documentOf(
    stream: string,
    summary: ProducerSummary<Line>,
    undelivered: UndeliveredFile,
    notes: { readonly warning: string | null; readonly waitedSeconds: number; readonly interrupted: boolean },
) {
    const { sent, sentBytes, undeliveredCount, retries, refusals, calls, callsFailed, seconds } = summary;
    return {
        stream,
        sent,
        undelivered: undeliveredCount,
        undeliveredReasons: undelivered.reasons,
        undeliveredFile: undelivered.path ?? null,
        interrupted: notes.interrupted,
        retries,
        refusals,
        calls,
        callsFailed,
        possibleDuplicates: summary.possibleDuplicates,
        seconds,
        recordsPerSecond: summary.recordsPerSecond,
        mibPerSecond: seconds > 0 ? sentBytes / limits.bytesPerMiB / seconds : 0,
        waitedSeconds: notes.waitedSeconds,
        warning: notes.warning,
    };
}

function resultText(
    document: ReturnType<typeof documentOf>,
    allRead: boolean,
    firstUndelivered: string | undefined,
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
    if (document.waitedSeconds > 0)
        lines.push(yellow(`Waited ${formatNumber(document.waitedSeconds, 1)} s while AWS refused every call.`));
    if (document.undelivered > 0) {
        const reasons = Object.entries(document.undeliveredReasons).map(
            ([reason, n]) => `${reason} ${formatNumber(n)}`,
        );
        lines.push(
            `${bold(red(`${count(document.undelivered, "record")} undelivered`))} (${reasons.join(", ")}), in ${document.undeliveredFile} with the reasons.`,
        );
        if (firstUndelivered !== undefined) lines.push(`The first: ${printable(firstUndelivered)}`);
    }
    if (document.interrupted) {
        lines.push(
            yellow(`Interrupted: ${allRead ? "all" : "the rest"} of the input was ${allRead ? "" : "not "}read.`),
        );
    }
    if (document.warning !== null) lines.push(yellow(document.warning));
    return lines.join("\n");
}
