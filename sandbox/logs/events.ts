/**
 * Log streams and their events: written, read from either end, and filtered by terms.
 */
import { AwsError } from "../service";
import { operation } from "../wire/operation";
import { anything, boolean, integer, listOf, required, structure, text } from "../wire/shape";
import { embeddedMetrics } from "./embeddedMetrics";
import { type Account, groupName, groupOf, type LogEvent, type LogGroup, type LogStream } from "./groups";

/** The newest of a stream are kept; a sandbox is no archive. */
const eventsPerStreamMax = 50_000;

const streamName = text(1, 512, "[^:*]*");

/** The events that a call reads. */
const range = {
    logGroupName: groupName,
    logGroupIdentifier: text(),
    startTime: integer(0),
    endTime: integer(0),
    nextToken: text(),
    limit: integer(1, 10_000),
    unmask: boolean,
};

export const createLogStream = operation(
    { logGroupName: required(groupName), logStreamName: required(streamName) },
    (account: Account, input, nowMs) => {
        const group = groupOf(account, input);
        if (group.streams.has(input.logStreamName))
            throw new AwsError("ResourceAlreadyExistsException", "The specified log stream already exists");
        addStream(group, input.logStreamName, nowMs);
    },
);

export const describeLogStreams = operation(
    { logGroupName: text(), logGroupIdentifier: text(), logStreamNamePrefix: text() },
    (account: Account, { logStreamNamePrefix = "", ...input }) => {
        const group = groupOf(account, input);
        return {
            logStreams: [...group.streams.values()]
                .filter(({ name }) => name.startsWith(logStreamNamePrefix))
                .map(({ name, createdMs, events }) => ({
                    logStreamName: name,
                    arn: `${group.arn}:log-stream:${name}`,
                    creationTime: createdMs,
                    firstEventTimestamp: events[0]?.timeMs,
                    lastEventTimestamp: events.at(-1)?.timeMs,
                    storedBytes: 0,
                })),
        };
    },
);

export const putLogEvents = operation(
    {
        logGroupName: required(groupName),
        logStreamName: required(streamName),
        logEvents: required(
            listOf(structure({ timestamp: required(integer(0)), message: required(text(1)) }), 1, 10_000),
        ),
        sequenceToken: text(),
        entity: anything(),
    },
    (account: Account, input) => {
        const stream = streamOf(groupOf(account, input), input.logStreamName);
        const events = input.logEvents.map(({ timestamp, message }) => ({ timeMs: timestamp, message }));
        addEvents(account, stream, events);
        return {};
    },
);

export const getLogEvents = operation(
    { ...range, logStreamName: required(streamName), startFromHead: boolean },
    (account: Account, input) => {
        const events = within(streamOf(groupOf(account, input), input.logStreamName).events, input);
        const { nextToken, limit = 10_000 } = input;
        // A token is the place to go on from; at the end it stays the same, as in AWS.
        const fromTail = input.startFromHead ? 0 : Math.max(0, events.length - limit);
        const from = nextToken ? Number(nextToken.slice(2)) : fromTail;
        const goesBack = nextToken?.startsWith("b/");
        const start = goesBack ? Math.max(0, from - limit) : from;
        const end = goesBack ? from : Math.min(events.length, from + limit);
        return {
            events: events.slice(start, end).map(describe),
            nextForwardToken: `f/${end}`,
            nextBackwardToken: `b/${start}`,
        };
    },
);

export const filterLogEvents = operation(
    {
        ...range,
        logStreamNames: listOf(streamName, 1, 100),
        logStreamNamePrefix: streamName,
        filterPattern: text(0, 1_024),
        interleaved: boolean,
    },
    (account: Account, input) => {
        const { logStreamNames: names, logStreamNamePrefix: prefix = "", limit = 10_000 } = input;
        const group = groupOf(account, input);
        const matches = messageFilter(input.filterPattern ?? "");
        const found = [...group.streams.values()]
            .filter(({ name }) => (!names || names.includes(name)) && name.startsWith(prefix))
            .flatMap(({ name, events }) =>
                within(events, input)
                    .filter((event) => matches(event.message))
                    .map((event) => ({ logStreamName: name, ...describe(event) })),
            )
            .sort((left, right) => left.timestamp - right.timestamp)
            .map((event, index) => ({ ...event, eventId: String(index) }));
        const from = Number(input.nextToken ?? 0);
        return {
            events: found.slice(from, from + limit),
            nextToken: from + limit < found.length ? String(from + limit) : undefined,
            searchedLogStreams: [],
        };
    },
);

export function addStream(group: LogGroup, name: string, nowMs: number): LogStream {
    const stream = { name, createdMs: nowMs, events: [] };
    group.streams.set(name, stream);
    return stream;
}

export function addEvents({ sink }: Account, { events: kept }: LogStream, events: readonly LogEvent[]): void {
    kept.push(...events);
    if (kept.length > eventsPerStreamMax) kept.splice(0, kept.length - eventsPerStreamMax);
    for (const datum of events.flatMap(embeddedMetrics)) sink.record(datum);
}

function streamOf({ streams }: LogGroup, name: string): LogStream {
    const stream = streams.get(name);
    if (!stream) throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
    return stream;
}

function describe({ timeMs, message }: LogEvent) {
    return { timestamp: timeMs, message, ingestionTime: timeMs };
}

function within(
    events: readonly LogEvent[],
    { startTime = 0, endTime = Infinity }: { startTime?: number; endTime?: number },
): LogEvent[] {
    return events.filter(({ timeMs }) => timeMs >= startTime && timeMs < endTime);
}

/** Terms that must all occur, some in quotes: the part of the filter syntax that is about plain text. */
function messageFilter(pattern: string): (message: string) => boolean {
    if (/^\s*[{[%]/.test(pattern)) {
        throw new AwsError(
            "InvalidParameterException",
            'The sandbox filters by terms only, such as ERROR or "Task timed out"; it reads no JSON, space-delimited or regular expression patterns.',
        );
    }
    const terms = [...pattern.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);
    return (message) => terms.every((term) => message.includes(term));
}
