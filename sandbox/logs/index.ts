/**
 * The local CloudWatch Logs: log groups in memory, and the embedded metric format made into metrics.
 */
import { type Ambient, type MetricSink, type Service, textOf } from "../service";
import { operationsOf } from "../wire/operation";
import * as events from "./events";
import * as groups from "./groups";

export type { LogEvent } from "./groups";

export interface LogsService extends Service {
    hasGroup(name: string): boolean;
    /** Adds events, creating group and stream where they are missing. */
    append(group: string, stream: string, events: readonly groups.LogEvent[]): void;
    /** All events of a group, oldest first. */
    eventsOf(group: string): readonly groups.LogEvent[];
}

export function logsService(ambient: Ambient, sink: MetricSink): LogsService {
    const account: groups.Account = { ambient, sink, groups: new Map() };
    return {
        name: "logs",
        targetPrefix: "Logs_20140328",
        operations: operationsOf(steps, account, ambient.clock, { code: "InvalidParameterException" }),
        accessOf(operation, input) {
            const group = groups.groupNameOf(input);
            const stream = textOf(input, "logStreamName");
            const resource = group && `${groups.groupArn(ambient, group)}:${stream ? `log-stream:${stream}` : "*"}`;
            return [{ action: `logs:${operation}`, resource: resource ?? textOf(input, "resourceArn") ?? "*" }];
        },
        hasGroup: (name) => account.groups.has(name),
        append(groupNamed, streamNamed, added) {
            const nowMs = ambient.clock.nowMs();
            const group = account.groups.get(groupNamed) ?? groups.addGroup(account, groupNamed, nowMs);
            const stream = group.streams.get(streamNamed) ?? events.addStream(group, streamNamed, nowMs);
            events.addEvents(account, stream, added);
        },
        eventsOf(name) {
            const streams = [...(account.groups.get(name)?.streams.values() ?? [])];
            return streams.flatMap((stream) => stream.events).sort((left, right) => left.timeMs - right.timeMs);
        },
    };
}

/** Each operation: a step from the account's state and a request, at a time, to an answer. */
const steps = {
    CreateLogGroup: groups.createLogGroup,
    CreateLogStream: events.createLogStream,
    DeleteLogGroup: groups.deleteLogGroup,
    DeleteRetentionPolicy: groups.deleteRetentionPolicy,
    DescribeLogGroups: groups.describeLogGroups,
    DescribeLogStreams: events.describeLogStreams,
    FilterLogEvents: events.filterLogEvents,
    GetLogEvents: events.getLogEvents,
    ListTagsForResource: groups.listTagsForResource,
    PutLogEvents: events.putLogEvents,
    PutRetentionPolicy: groups.putRetentionPolicy,
    TagResource: groups.tagResource,
    UntagResource: groups.untagResource,
};
