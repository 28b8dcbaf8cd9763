/**
 * Log streams and their events: written, read from either end, and filtered by terms.
 */
import { keepNewest } from "../service";
import { pageOf, sortedBy } from "../wire/pages";
import { anything, boolean, integer, listOf, oneOf, required, structure, text } from "../wire/shape";
import { embeddedMetrics } from "./embeddedMetrics";
import {
    type Account,
    alreadyExists,
    describedMax,
    invalid,
    invalidToken,
    type LogEvent,
    type LogGroup,
    type LogStream,
    notFound,
    onAnyGroup,
    onGroup,
} from "./state";

const eventsPerStreamMax = 50_000;

const streamName = text(1, 512, "[^:*]*");

/** The events that a call reads. */
const range = {
    startTime: integer(0),
    endTime: integer(0),
    nextToken: text(),
    limit: integer(1, 10_000),
    unmask: boolean,
};

export const createLogStream = onGroup({ logStreamName: required(streamName) }, (group, input, _account, nowMs) => {
    if (group.streams.has(input.logStreamName)) throw alreadyExists("The specified log stream already exists");
    addStream(group, input.logStreamName, nowMs);
});

export const describeLogStreams = onAnyGroup(
    {
        logStreamNamePrefix: streamName,
        orderBy: oneOf("LogStreamName", "LastEventTime"),
        descending: boolean,
        limit: integer(1, describedMax),
        nextToken: text(),
    },
    (group, { logStreamNamePrefix: prefix, orderBy, descending, limit = describedMax, nextToken: token }) => {
        const byTime = orderBy === "LastEventTime";
        if (byTime && prefix !== undefined) throw invalid("Cannot order by LastEventTime with a logStreamNamePrefix.");
        const found = [...group.streams.values()].filter(({ name }) => name.startsWith(prefix ?? ""));
        const sorted = sortedBy(found, ({ name }) => name);
        const lastMs = ({ events }: LogStream): number => events.at(-1)?.timeMs ?? 0;
        if (byTime) sorted.sort((left, right) => lastMs(left) - lastMs(right));
        if (descending) sorted.reverse();
        const { items, nextToken } = pageOf(sorted, limit, token, invalidToken());
        return { logStreams: items.map((stream) => describeStream(group, stream)), nextToken };
    },
);

function describeStream(group: LogGroup, { name, createdMs, events }: LogStream): object {
    return {
        logStreamName: name,
        arn: `${group.arn}:log-stream:${name}`,
        creationTime: createdMs,
        firstEventTimestamp: events[0]?.timeMs,
        lastEventTimestamp: events.at(-1)?.timeMs,
        storedBytes: 0,
    };
}

export const putLogEvents = onGroup(
    {
        logStreamName: required(streamName),
        logEvents: required(
            listOf(structure({ timestamp: required(integer(0)), message: required(text(1)) }), 1, 10_000),
        ),
        sequenceToken: text(),
        entity: anything(),
    },
    (group, input, account) => {
        const events = input.logEvents.map(({ timestamp, message }) => ({ timeMs: timestamp, message }));
        addEvents(account, streamOf(group, input.logStreamName), events);
        return {};
    },
);

export const getLogEvents = onAnyGroup(
    { ...range, logStreamName: required(streamName), startFromHead: boolean },
    (group, input) => {
        const events = within(streamOf(group, input.logStreamName).events, input);
        const { nextToken, limit = 10_000 } = input;
        // A token is the place to go on from; at the end it stays the same, as in AWS.
        const fromTail = input.startFromHead ? 0 : Math.max(0, events.length - limit);
        if (nextToken !== undefined && !/^[bf]\/\d+$/.test(nextToken)) throw invalidToken();
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

export const filterLogEvents = onAnyGroup(
    {
        ...range,
        logStreamNames: listOf(streamName, 1, 100),
        logStreamNamePrefix: streamName,
        filterPattern: text(0, 1_024),
        interleaved: boolean,
    },
    (group, input) => {
        const { logStreamNames: names, logStreamNamePrefix: prefix = "", limit = 10_000 } = input;
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
        const { items, nextToken } = pageOf(found, limit, input.nextToken, invalidToken());
        return { events: items, nextToken, searchedLogStreams: [] };
    },
);

export function addStream(group: LogGroup, name: string, nowMs: number): LogStream {
    const stream = { name, createdMs: nowMs, events: [] };
    group.streams.set(name, stream);
    return stream;
}

export function addEvents({ ambient, sink }: Account, stream: LogStream, events: readonly LogEvent[]): void {
    if (keepNewest(stream.events, events, eventsPerStreamMax) > 0) {
        ambient.warn(
            `logs ${ambient.accountId} ${ambient.region} ${stream.name}`,
            `log stream ${stream.name} loses its oldest events: ${eventsPerStreamMax} of them are kept.`,
        );
    }
    for (const datum of events.flatMap(embeddedMetrics)) sink.record(datum);
}

function streamOf({ streams }: LogGroup, name: string): LogStream {
    const stream = streams.get(name);
    if (!stream) throw notFound("The specified log stream does not exist.");
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
        throw invalid(
            'The sandbox filters by terms only, such as ERROR or "Task timed out"; it reads no JSON, space-delimited or regular expression patterns.',
        );
    }
    const terms = [...pattern.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);
    return (message) => terms.every((term) => message.includes(term));
}
