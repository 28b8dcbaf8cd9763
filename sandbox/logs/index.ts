/**
 * The local CloudWatch Logs: log groups in memory, and the embedded metric format made into metrics.
 */
import { type Ambient, type MetricSink, type Service, textOf } from "../service";
import { operationsOf, type OperationTable } from "../wire/operation";
import * as events from "./events";
import * as groups from "./groups";
import { type Account, addGroup, groupArn, groupNameOf, type LogEvent } from "./state";

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
        operations: operationsOf(table, account, { code: "InvalidParameterException" }),
        accessOf(operation, input) {
            const group = groupNameOf(input);
            const stream = textOf(input, "logStreamName");
            const resource = group && `${groupArn(ambient, group)}:${stream ? `log-stream:${stream}` : "*"}`;
            return [{ action: `logs:${operation}`, resource: resource ?? textOf(input, "resourceArn") ?? "*" }];
        },
        hasGroup: (name) => account.groups.has(name),
        append(groupNamed, streamNamed, added) {
            const nowMs = ambient.clock.nowMs();
            const group = account.groups.get(groupNamed) ?? addGroup(account, groupNamed, nowMs);
            const stream = group.streams.get(streamNamed) ?? events.addStream(group, streamNamed, nowMs);
            events.addEvents(account, stream, added);
        },
        eventsOf(name) {
            const streams = [...(account.groups.get(name)?.streams.values() ?? [])];
            return streams.flatMap((stream) => stream.events).sort((left, right) => left.timeMs - right.timeMs);
        },
    };
}

const table: OperationTable<Account> = {
    AssociateKmsKey: groups.associateKmsKey,
    CreateLogGroup: groups.createLogGroup,
    CreateLogStream: events.createLogStream,
    DeleteLogGroup: groups.deleteLogGroup,
    DeleteRetentionPolicy: groups.deleteRetentionPolicy,
    DescribeLogGroups: groups.describeLogGroups,
    DescribeLogStreams: events.describeLogStreams,
    DisassociateKmsKey: groups.disassociateKmsKey,
    FilterLogEvents: events.filterLogEvents,
    GetLogEvents: events.getLogEvents,
    ListTagsForResource: groups.listTagsForResource,
    PutLogEvents: events.putLogEvents,
    PutRetentionPolicy: groups.putRetentionPolicy,
    TagResource: groups.tagResource,
    UntagResource: groups.untagResource,
};
