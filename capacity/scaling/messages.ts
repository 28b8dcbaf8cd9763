/**
 * What the scaler tells its topic: a subject and a text for whoever is on call, each from an event of a run and from nothing else.
 */
import { minuteMs } from "../calendar";
import { limits } from "../limits";
import { logGroupName, scalerFunctionName } from "../names";
import { count, formatNumber, formatTime } from "../text";
import { type CeilingHold } from "./ledger";
import { type ReasonCode } from "./reasons";
import { type NotifyLevel } from "./settings";
import { mayStayCounted } from "./unanswered";
import { aboveCeiling } from "./words";

/** A message as SNS takes it. */
export interface ScalerMessage {
    /** Printable ASCII, below 100 characters. */
    readonly subject: string;
    readonly body: string;
}

/** A call that reshards: one of the three of Kinesis, and why it was made. */
interface Call {
    readonly operation: string;
    readonly from: number;
    readonly to: number;
    readonly reason: string;
    readonly why: string;
}

interface Events {
    made: Call;
    /** AWS took the call; `ledger` tells why it is not confirmed there. */
    unconfirmed: Call & { readonly ledger: string };
    /** AWS certainly did nothing; `ledger` tells why it does not know that. */
    refused: Call & {
        /** What it means, by which a refusal that lasts is known again. */
        readonly meaning: string;
        readonly name: string;
        readonly said: string;
        readonly toDo?: string | undefined;
        readonly ledger?: string | undefined;
    };
    /** The call may have been made. */
    unanswered: Call & { readonly name: string; readonly said: string };
    /** Somebody else resharded; so many UpdateShardCount calls are counted for it. */
    foreign: { readonly from: number; readonly to: number; readonly updateCalls: number };
    failed: {
        /** As of a refusal. */
        readonly meaning: string;
        readonly name: string;
        readonly said: string;
        readonly openShards: number | undefined;
    };
    "at-ceiling": {
        readonly sinceMs: number;
        /** When it is told: later than it could be where runs are rare, or a message did not come through. */
        readonly atMs: number;
        readonly maxShards: number;
        /** May be more than `maxShards`: a ceiling that is lowered waits for the load. */
        readonly openShards: number;
        readonly wantedShards: number;
        readonly why: string;
    };
}

export type ScalerEventKind = keyof Events;

/** What a run has to tell. */
export type ScalerEvent = {
    readonly [Kind in ScalerEventKind]: { readonly kind: Kind } & Events[Kind];
}[ScalerEventKind];

/** Where it happened, and what is left. */
export interface MessageContext {
    readonly streamName: string;
    readonly streamArn: string;
    /** The UpdateShardCount calls that are left, and when the next comes back; undefined if the ledger was not read. */
    readonly calls: { readonly left: number; readonly nextMs: number | undefined } | undefined;
}

/** Minutes without interruption that the ceiling holds the scaler back before somebody is told. */
const ceilingMinutes = 15;

interface Row<Event> {
    readonly isFailure: boolean;
    /** What is told once an hour, see failuresTold.ts, since it may last. An unanswered call spends one of ten, so each is told. */
    readonly lastsAs?: (event: Event) => string;
    /** What follows the stream's name. */
    subject(event: Event): string;
    text(event: Event, streamName: string): Partial<Record<Label, string>>;
}

const labels = ["What", "Why", "From", "To", "Calls left", "To do", "Look", "Stream"] as const;

type Label = (typeof labels)[number];

const notAllowed = "which maxShards does not allow";

const rows: { readonly [Kind in ScalerEventKind]: Row<Events[Kind]> } = {
    made: {
        isFailure: false,
        subject: (call) => `${fromTo(call)} (${call.reason})`,
        text: (call, stream) => ({
            ...textOf(call),
            What: `${call.operation} was called, and AWS took it: ${stream} goes from ${fromTo(call)}.`,
        }),
    },
    unconfirmed: {
        isFailure: true,
        subject: (call) => `${fromTo(call)}, not confirmed in the ledger`,
        text: (call, stream) => ({
            ...textOf(call),
            What: `${call.operation} was called, and AWS took it: ${stream} goes from ${fromTo(call)}. ${call.ledger}, so the call is not confirmed there; it stays counted.`,
            "To do": `Let the ledger be written again: without it nobody scales ${stream}.`,
        }),
    },
    refused: {
        isFailure: true,
        lastsAs: ({ meaning }) => meaning,
        subject: (call) => `${fromTo(call)} refused (${call.name})`,
        text: (call, stream) => ({
            ...textOf(call),
            What: `AWS refused ${call.operation}, and ${stream} is as it was.${ledgerText(call)} ${call.name}: ${call.said}`,
            "To do": call.toDo ?? "Nothing yet: the scaler tries again in one of its next runs.",
        }),
    },
    unanswered: {
        isFailure: true,
        subject: (call) => `${fromTo(call)} not answered (${call.name})`,
        text: (call, stream) => ({
            ...textOf(call),
            What: `AWS did not answer ${call.operation}, so the call may have been made, and counts. ${call.name}: ${call.said}`,
            "To do": `See whether ${stream} is UPDATING; the scaler sees by the shards what became of the call.`,
        }),
    },
    foreign: {
        isFailure: false,
        subject: (change) =>
            change.from === change.to
                ? `${wayText(change.from, change.to)}, by somebody else`
                : `${fromTo(change)}, made by somebody else`,
        text: (change, stream) => ({
            What: `Somebody else took ${stream} ${wayText(change.from, change.to)}.`,
            Why: `Nothing in the ledger explains it. Counted as ${count(change.updateCalls, "UpdateShardCount call")}.`,
            ...endsOf(change),
            "To do": `CloudTrail tells who. If the count has to stay: sharded-stream scale ${stream} --pause`,
        }),
    },
    failed: {
        isFailure: true,
        lastsAs: ({ meaning }) => meaning,
        subject: ({ name }) => `the scaler's run failed (${name})`,
        text: ({ said, openShards }, stream) => ({
            What: `A run of the scaler of ${stream} failed. While its runs fail, nobody scales the stream.`,
            Why: said,
            ...(openShards === undefined ? {} : { From: count(openShards, "shard"), To: "unchanged" }),
            "To do": `Read the scaler's log: ${logGroupName(scalerFunctionName(stream))}`,
        }),
    },
    "at-ceiling": {
        isFailure: true,
        subject: ({ maxShards, sinceMs, atMs }) =>
            `held at its ceiling of ${count(maxShards, "shard")} for ${count(Math.floor((atMs - sinceMs) / minuteMs), "minute")}`,
        text: ({ sinceMs, maxShards, openShards, wantedShards, why }, stream) => ({
            What: `The ceiling holds the scaler of ${stream} back, without interruption since ${formatTime(sinceMs)}.`,
            Why: why,
            From: count(openShards, "shard"),
            To: wantedShards > openShards ? `${count(wantedShards, "shard")}, ${notAllowed}` : `more, ${notAllowed}`,
            "To do": `${aboveCeiling(maxShards)}, and deploy.`,
        }),
    },
};

/** Whether somebody wants to be told of it. */
export function tells(level: NotifyLevel, kind: ScalerEventKind): boolean {
    return level === "all" || (level === "failures" && rows[kind].isFailure);
}

/** What fails, if it may last until somebody mends it: without the counts, which differ from minute to minute. */
export function lastingFailure(event: ScalerEvent): string | undefined {
    const { lastsAs } = rows[event.kind] as Row<ScalerEvent>;
    return lastsAs === undefined ? undefined : `${event.kind} ${lastsAs(event)}`;
}

/** An event in words. */
export function messageOf(event: ScalerEvent, { streamName, streamArn, calls }: MessageContext): ScalerMessage {
    const row = rows[event.kind] as Row<ScalerEvent>;
    const text: Partial<Record<Label, string>> = {
        ...row.text(event, streamName),
        "Calls left": callsText(calls),
        Look: `sharded-stream status ${streamName}`,
        Stream: streamArn,
    };
    const width = Math.max(...labels.map((label) => label.length)) + 2;
    const lines = labels.flatMap((label) =>
        text[label] === undefined ? [] : [`${label}:`.padEnd(width) + oneLine(text[label])],
    );
    return { subject: subjectText(streamName, row.subject(event)), body: `${lines.join("\n")}\n` };
}

/** These say nothing about the load: a ceiling that held goes on to hold, as far as anybody knows. */
const reasonsOfNoLoad: readonly ReasonCode[] = ["metrics-missing", "stream-busy"];

/** What the ledger keeps of the ceiling after a decision: the same object where nothing changed. `told` turns true when it is time to tell. */
export function ceilingAfter(
    before: CeilingHold | undefined,
    reason: ReasonCode,
    nowMs: number,
): CeilingHold | undefined {
    if (reasonsOfNoLoad.includes(reason)) return before;
    if (reason !== "at-ceiling") return undefined;
    if (before === undefined) return { sinceMs: nowMs, told: false };
    return before.told || nowMs - before.sinceMs < ceilingMinutes * minuteMs ? before : { ...before, told: true };
}

/** How others took a stream from a count to a count. */
export function wayText(from: number, to: number): string {
    return from === to ? `away from ${count(to, "shard")} and back` : `from ${fromTo({ from, to })}`;
}

function fromTo({ from, to }: { readonly from: number; readonly to: number }): string {
    return `${formatNumber(from)} to ${count(to, "shard")}`;
}

function endsOf({
    from,
    to,
}: {
    readonly from: number;
    readonly to: number;
}): Pick<Record<Label, string>, "From" | "To"> {
    return { From: count(from, "shard"), To: count(to, "shard") };
}

function ledgerText({ ledger }: Events["refused"]): string {
    return ledger === undefined ? "" : ` ${ledger}, ${mayStayCounted}.`;
}

function textOf(call: Call): Pick<Record<Label, string>, "Why" | "From" | "To"> {
    return { Why: `${call.why} (${call.reason})`, ...endsOf(call) };
}

function callsText(calls: MessageContext["calls"]): string {
    if (calls === undefined) return "not known, since the ledger was not read";
    const next = calls.nextMs === undefined ? "" : `; the next comes back at ${formatTime(calls.nextMs)}`;
    return `${calls.left} of ${limits.updateShardCountCallsPer24Hours} UpdateShardCount calls${next}`;
}

/** SNS's reference says: ASCII without control characters, and less than 100 of them. */
const subjectCharactersMax = 99;

/** The end of a long name gives way: what happened has to be read on a telephone, and the text has the whole name. */
function subjectText(streamName: string, what: string): string {
    const said = `: ${what}`.replace(/[^ -~]/g, "?").slice(0, subjectCharactersMax - 20);
    const room = subjectCharactersMax - said.length;
    return (streamName.length <= room ? streamName : `${streamName.slice(0, room - 3)}...`) + said;
}

const lineCharactersMax = 2_000;

/** What AWS said may have lines of its own, or be a whole page of a proxy. */
function oneLine(text: string): string {
    const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
    return line.length <= lineCharactersMax ? line : `${line.slice(0, lineCharactersMax - 3)}...`;
}
