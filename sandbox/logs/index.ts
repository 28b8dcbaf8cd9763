/**
 * The local CloudWatch Logs: log groups in memory, and the embedded metric format made into metrics.
 */
import { type Ambient, type MetricSink, type Service, textOf } from "../service";
import { operationsOf } from "../wire/operation";
import * as events from "./events";
import * as groups from "./groups";
import { type Account, addEvents, addGroup, addStream, groupArn, groupNameOf, type LogEvent } from "./state";

export type { LogEvent } from "./state";

export interface LogsService extends Service {
    hasGroup(name: string): boolean;
    /** Adds events, creating group and stream where they are missing. */
    append(group: string, stream: string, events: readonly LogEvent[]): void;
    /** All events of a group, oldest first. */
    eventsOf(group: string): readonly LogEvent[];
}

export function logsService(ambient: Ambient, sink: MetricSink): LogsService {
    const account: Account = { ambient, sink, groups: new Map() };
    return {
        name: "logs",
        targetPrefix: "Logs_20140328",
        operations: operationsOf(steps, account, ambient.clock, { code: "InvalidParameterException" }),
        accessOf(operation, input) {
            const group = groupNameOf({
                logGroupName: textOf(input, "logGroupName"),
                logGroupIdentifier: textOf(input, "logGroupIdentifier"),
            });
            const stream = textOf(input, "logStreamName");
            const resource = group && `${groupArn(ambient, group)}:${stream ? `log-stream:${stream}` : "*"}`;
            return [{ action: `logs:${operation}`, resource: resource ?? textOf(input, "resourceArn") ?? "*" }];
        },
        hasGroup: (name) => account.groups.has(name),
        append(groupNamed, streamNamed, added) {
            const nowMs = ambient.clock.nowMs();
            const group = account.groups.get(groupNamed) ?? addGroup(account, groupNamed, nowMs);
            addEvents(account, group.streams.get(streamNamed) ?? addStream(group, streamNamed, nowMs), added);
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
