/**
 * The local CloudWatch Logs: log groups in memory, and the embedded metric format made into metrics.
 */
import { type MetricStore, standardUnits } from "../cloudwatch/store";
import { type Ambient, AwsError, type Service } from "../service";
import { anything, boolean, integer, listOf, mapOf, structure, text, validateShape } from "../wire/oldShape";

export interface LogEvent {
    readonly timeMs: number;
    readonly message: string;
}

export interface LogsService extends Service {
    hasGroup(name: string): boolean;
    /** Adds events, creating group and stream where they are missing. */
    append(group: string, stream: string, events: readonly LogEvent[]): void;
    /** All events of a group, oldest first. */
    eventsOf(group: string): readonly LogEvent[];
}

interface LogGroup {
    readonly name: string;
    readonly arn: string;
    readonly createdMs: number;
    retentionDays: number | undefined;
    readonly tags: Map<string, string>;
    readonly streams: Map<string, LogStream>;
}

interface LogStream {
    readonly name: string;
    readonly createdMs: number;
    readonly events: LogEvent[];
}

/** The newest of a stream are kept; a sandbox is no archive. */
const eventsPerStreamMax = 50_000;

const retentionDays = [
    ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827],
    ...[2_192, 2_557, 2_922, 3_288, 3_653],
];

const groupName = text(1, 512, /^[.\-_/#A-Za-z0-9]+$/);
const streamName = text(1, 512, /^[^:*]*$/);

export function logsService(ambient: Ambient, store: MetricStore): LogsService {
    const { clock, partition, region, accountId } = ambient;
    const groups = new Map<string, LogGroup>();
    const groupOf = (name: string | undefined): LogGroup => {
        const group = groups.get(name ?? "");
        if (!group) throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
        return group;
    };
    const byArn = (arn: string): LogGroup => {
        const group = [...groups.values()].find((each) => each.arn === arn.replace(/:\*$/, ""));
        if (!group) throw new AwsError("ResourceNotFoundException", "The specified resource does not exist.");
        return group;
    };
    const streamOf = (group: LogGroup, name: string): LogStream => {
        const stream = group.streams.get(name);
        if (!stream) throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
        return stream;
    };
    const createGroup = (name: string): LogGroup => {
        const group: LogGroup = {
            name,
            arn: `arn:${partition}:logs:${region}:${accountId}:log-group:${name}`,
            createdMs: clock.nowMs(),
            retentionDays: undefined,
            tags: new Map(),
            streams: new Map(),
        };
        groups.set(name, group);
        return group;
    };
    const createStream = (group: LogGroup, name: string): LogStream => {
        const stream = { name, createdMs: clock.nowMs(), events: [] };
        group.streams.set(name, stream);
        return stream;
    };
    const append = (stream: LogStream, events: readonly LogEvent[]): void => {
        stream.events.push(...events);
        if (stream.events.length > eventsPerStreamMax)
            stream.events.splice(0, stream.events.length - eventsPerStreamMax);
        for (const event of events) recordEmbeddedMetrics(store, event);
    };
    const describeEvent = ({ timeMs, message }: LogEvent) => ({ timestamp: timeMs, message, ingestionTime: timeMs });

    const operations: Service["operations"] = {
        CreateLogGroup(input: { logGroupName: string; tags?: Record<string, string> }) {
            check(
                input,
                { logGroupName: groupName, tags: mapOf(text(0, 256)), kmsKeyId: text(), logGroupClass: text() },
                "logGroupName",
            );
            if (groups.has(input.logGroupName)) throw alreadyExists("The specified log group already exists");
            const group = createGroup(input.logGroupName);
            for (const [key, value] of Object.entries(input.tags ?? {})) group.tags.set(key, value);
            return undefined;
        },

        DescribeLogGroups(input: { logGroupNamePrefix?: string; logGroupNamePattern?: string }) {
            check(input, {
                logGroupNamePrefix: groupName,
                logGroupNamePattern: text(),
                limit: integer(1, 50),
                nextToken: text(),
            });
            const found = [...groups.values()]
                .filter(
                    ({ name }) =>
                        name.startsWith(input.logGroupNamePrefix ?? "") &&
                        name.includes(input.logGroupNamePattern ?? ""),
                )
                .sort((left, right) => (left.name < right.name ? -1 : 1));
            return {
                logGroups: found.map((group) => ({
                    logGroupName: group.name,
                    arn: `${group.arn}:*`,
                    logGroupArn: group.arn,
                    creationTime: group.createdMs,
                    retentionInDays: group.retentionDays,
                    metricFilterCount: 0,
                    storedBytes: 0,
                    logGroupClass: "STANDARD",
                })),
            };
        },

        DeleteLogGroup(input: { logGroupName: string }) {
            check(input, { logGroupName: groupName }, "logGroupName");
            groups.delete(groupOf(input.logGroupName).name);
            return undefined;
        },

        PutRetentionPolicy(input: { logGroupName: string; retentionInDays: number }) {
            check(input, { logGroupName: groupName, retentionInDays: integer() }, "logGroupName", "retentionInDays");
            if (!retentionDays.includes(input.retentionInDays)) {
                throw new AwsError(
                    "InvalidParameterException",
                    `1 validation error detected: Value '${input.retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentionDays.join(", ")}]`,
                );
            }
            groupOf(input.logGroupName).retentionDays = input.retentionInDays;
            return undefined;
        },

        DeleteRetentionPolicy(input: { logGroupName: string }) {
            check(input, { logGroupName: groupName }, "logGroupName");
            groupOf(input.logGroupName).retentionDays = undefined;
            return undefined;
        },

        CreateLogStream(input: { logGroupName: string; logStreamName: string }) {
            check(input, { logGroupName: groupName, logStreamName: streamName }, "logGroupName", "logStreamName");
            const group = groupOf(input.logGroupName);
            if (group.streams.has(input.logStreamName)) throw alreadyExists("The specified log stream already exists");
            createStream(group, input.logStreamName);
            return undefined;
        },

        DescribeLogStreams(input: {
            logGroupName?: string;
            logGroupIdentifier?: string;
            logStreamNamePrefix?: string;
        }) {
            const group = groupOf(input.logGroupName ?? nameOfIdentifier(input.logGroupIdentifier));
            return {
                logStreams: [...group.streams.values()]
                    .filter(({ name }) => name.startsWith(input.logStreamNamePrefix ?? ""))
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

        PutLogEvents(input: PutLogEventsInput) {
            check(
                input,
                {
                    logGroupName: groupName,
                    logStreamName: streamName,
                    logEvents: listOf(
                        structure({ timestamp: integer(0), message: text(1) }, "timestamp", "message"),
                        1,
                        10_000,
                    ),
                    sequenceToken: text(),
                    entity: anything,
                },
                "logGroupName",
                "logStreamName",
                "logEvents",
            );
            const group = groupOf(input.logGroupName);
            append(
                streamOf(group, input.logStreamName),
                input.logEvents.map(({ timestamp, message }) => ({ timeMs: timestamp, message })),
            );
            return {};
        },

        GetLogEvents(input: GetLogEventsInput) {
            check(
                input,
                {
                    logGroupName: groupName,
                    logGroupIdentifier: text(),
                    logStreamName: streamName,
                    startTime: integer(0),
                    endTime: integer(0),
                    nextToken: text(),
                    limit: integer(1, 10_000),
                    startFromHead: boolean,
                    unmask: boolean,
                },
                "logStreamName",
            );
            const group = groupOf(input.logGroupName ?? nameOfIdentifier(input.logGroupIdentifier));
            const events = within(streamOf(group, input.logStreamName).events, input);
            const limit = input.limit ?? 10_000;
            // A token is the place to go on from; at the end it stays the same, as in AWS.
            const from = input.nextToken
                ? Number(input.nextToken.slice(2))
                : input.startFromHead
                  ? 0
                  : Math.max(0, events.length - limit);
            const start = input.nextToken?.startsWith("b/") ? Math.max(0, from - limit) : from;
            const end = input.nextToken?.startsWith("b/") ? from : Math.min(events.length, from + limit);
            return {
                events: events.slice(start, end).map(describeEvent),
                nextForwardToken: `f/${end}`,
                nextBackwardToken: `b/${start}`,
            };
        },

        FilterLogEvents(input: FilterLogEventsInput) {
            check(input, {
                logGroupName: groupName,
                logGroupIdentifier: text(),
                logStreamNames: listOf(streamName, 1, 100),
                logStreamNamePrefix: streamName,
                startTime: integer(0),
                endTime: integer(0),
                filterPattern: text(0, 1_024),
                nextToken: text(),
                limit: integer(1, 10_000),
                interleaved: boolean,
                unmask: boolean,
            });
            const group = groupOf(input.logGroupName ?? nameOfIdentifier(input.logGroupIdentifier));
            const matches = messageFilter(input.filterPattern ?? "");
            const found = [...group.streams.values()]
                .filter(
                    ({ name }) =>
                        (!input.logStreamNames || input.logStreamNames.includes(name)) &&
                        name.startsWith(input.logStreamNamePrefix ?? ""),
                )
                .flatMap(({ name, events }) =>
                    within(events, input)
                        .filter((event) => matches(event.message))
                        .map((event) => ({ logStreamName: name, ...describeEvent(event) })),
                )
                .sort((left, right) => left.timestamp - right.timestamp)
                .map((event, index) => ({ ...event, eventId: String(index) }));
            const from = Number(input.nextToken ?? 0);
            const limit = input.limit ?? 10_000;
            return {
                events: found.slice(from, from + limit),
                nextToken: from + limit < found.length ? String(from + limit) : undefined,
                searchedLogStreams: [],
            };
        },

        TagResource(input: { resourceArn: string; tags: Record<string, string> }) {
            check(input, { resourceArn: text(1, 1_011), tags: mapOf(text(0, 256)) }, "resourceArn", "tags");
            const { tags } = byArn(input.resourceArn);
            for (const [key, value] of Object.entries(input.tags)) tags.set(key, value);
            return undefined;
        },

        UntagResource(input: { resourceArn: string; tagKeys: readonly string[] }) {
            check(input, { resourceArn: text(1, 1_011), tagKeys: listOf(text(1, 128)) }, "resourceArn", "tagKeys");
            const { tags } = byArn(input.resourceArn);
            for (const key of input.tagKeys) tags.delete(key);
            return undefined;
        },

        ListTagsForResource(input: { resourceArn: string }) {
            check(input, { resourceArn: text(1, 1_011) }, "resourceArn");
            return { tags: Object.fromEntries(byArn(input.resourceArn).tags) };
        },
    };

    return {
        name: "logs",
        targetPrefix: "Logs_20140328",
        operations,
        hasGroup: (name) => groups.has(name),
        append(groupNamed, streamNamed, events) {
            const group = groups.get(groupNamed) ?? createGroup(groupNamed);
            append(group.streams.get(streamNamed) ?? createStream(group, streamNamed), events);
        },
        eventsOf(name) {
            const streams = [...(groups.get(name)?.streams.values() ?? [])];
            return streams.flatMap(({ events }) => events).sort((left, right) => left.timeMs - right.timeMs);
        },
    };
}

interface TimeRangeInput {
    readonly startTime?: number;
    readonly endTime?: number;
}

interface PutLogEventsInput {
    readonly logGroupName: string;
    readonly logStreamName: string;
    readonly logEvents: readonly { readonly timestamp: number; readonly message: string }[];
}

interface GetLogEventsInput extends TimeRangeInput {
    readonly logGroupName?: string;
    readonly logGroupIdentifier?: string;
    readonly logStreamName: string;
    readonly nextToken?: string;
    readonly limit?: number;
    readonly startFromHead?: boolean;
}

interface FilterLogEventsInput extends TimeRangeInput {
    readonly logGroupName?: string;
    readonly logGroupIdentifier?: string;
    readonly logStreamNames?: readonly string[];
    readonly logStreamNamePrefix?: string;
    readonly filterPattern?: string;
    readonly nextToken?: string;
    readonly limit?: number;
}

function check(input: unknown, members: Parameters<typeof structure>[0], ...required: string[]): void {
    validateShape(input, structure(members, ...required), "InvalidParameterException");
}

function alreadyExists(message: string): AwsError {
    return new AwsError("ResourceAlreadyExistsException", message);
}

function nameOfIdentifier(identifier: string | undefined): string | undefined {
    return identifier?.replace(/^arn:.*:log-group:/, "").replace(/:\*$/, "");
}

function within(events: readonly LogEvent[], { startTime = 0, endTime = Infinity }: TimeRangeInput): LogEvent[] {
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

/**
 * The embedded metric format: a JSON log line that declares which of its members are metrics.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html, read 2026-11.
 */
function recordEmbeddedMetrics(store: MetricStore, { message, timeMs }: LogEvent): void {
    // A function's runtime writes time, request and level before the line.
    const start = message.indexOf("{");
    if (start < 0 || !message.includes('"_aws"')) return;
    let line: EmbeddedMetricLine;
    try {
        line = JSON.parse(message.slice(start)) as EmbeddedMetricLine;
    } catch {
        return;
    }
    for (const { Namespace, Dimensions, Metrics } of line._aws?.CloudWatchMetrics ?? []) {
        if (typeof Namespace !== "string" || !Array.isArray(Metrics)) continue;
        const dimensionSets = Array.isArray(Dimensions) && Dimensions.length > 0 ? Dimensions : [[]];
        for (const names of dimensionSets) {
            // A dimension without a value makes the whole set invalid.
            if (!names.every((name) => ["string", "number"].includes(typeof line[name]))) continue;
            const dimensions = Object.fromEntries(names.map((name) => [name, String(line[name])]));
            for (const { Name, Unit } of Metrics) {
                const values = [line[Name]].flat().filter((value) => typeof value === "number");
                const unit = Unit !== undefined && standardUnits.includes(Unit) ? Unit : "None";
                for (const value of values) {
                    store.record({
                        namespace: Namespace,
                        metricName: Name,
                        dimensions,
                        value,
                        unit,
                        timeMs: line._aws?.Timestamp ?? timeMs,
                    });
                }
            }
        }
    }
}

interface EmbeddedMetricLine extends Readonly<Record<string, unknown>> {
    readonly _aws?: {
        readonly Timestamp?: number;
        readonly CloudWatchMetrics?: readonly {
            readonly Namespace?: string;
            readonly Dimensions?: string[][];
            readonly Metrics?: readonly { readonly Name: string; readonly Unit?: string }[];
        }[];
    };
}
