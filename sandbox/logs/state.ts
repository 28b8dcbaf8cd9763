/**
 * What the local CloudWatch Logs knows: log groups with their streams, and the newest events of each.
 */
import { type Ambient, AwsError, type MetricSink } from "../service";
import { embeddedMetrics } from "./embeddedMetrics";

export interface LogEvent {
    readonly timeMs: number;
    readonly message: string;
}

export interface Account {
    readonly ambient: Ambient;
    /** Where the metrics go that are embedded in log lines. */
    readonly sink: MetricSink;
    readonly groups: Map<string, LogGroup>;
}

export interface LogGroup {
    readonly name: string;
    readonly arn: string;
    readonly createdMs: number;
    retentionDays: number | undefined;
    readonly tags: Map<string, string>;
    readonly streams: Map<string, LogStream>;
}

export interface LogStream {
    readonly name: string;
    readonly createdMs: number;
    readonly events: LogEvent[];
}

/** The newest of a stream are kept; a sandbox is no archive. */
const eventsPerStreamMax = 50_000;

/** How calls name a group. */
export interface GroupReference {
    readonly logGroupName?: string;
    /** Its name or ARN. */
    readonly logGroupIdentifier?: string;
}

export function groupNameOf({ logGroupName, logGroupIdentifier }: GroupReference): string | undefined {
    return logGroupName ?? logGroupIdentifier?.replace(/^arn:.*:log-group:/, "").replace(/:\*$/, "");
}

export function groupOf({ groups }: Account, reference: GroupReference): LogGroup {
    const group = groups.get(groupNameOf(reference) ?? "");
    if (!group) throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
    return group;
}

export function groupByArn({ groups }: Account, arn: string): LogGroup {
    const group = [...groups.values()].find((each) => each.arn === arn.replace(/:\*$/, ""));
    if (!group) throw new AwsError("ResourceNotFoundException", "The specified resource does not exist.");
    return group;
}

export function streamOf({ streams }: LogGroup, name: string): LogStream {
    const stream = streams.get(name);
    if (!stream) throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
    return stream;
}

export function groupArn({ partition, region, accountId }: Ambient, name: string): string {
    return `arn:${partition}:logs:${region}:${accountId}:log-group:${name}`;
}

export function addGroup({ ambient, groups }: Account, name: string, nowMs: number): LogGroup {
    const arn = groupArn(ambient, name);
    const group = { name, arn, createdMs: nowMs, retentionDays: undefined, tags: new Map(), streams: new Map() };
    groups.set(name, group);
    return group;
}

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

export function alreadyExists(message: string): AwsError {
    return new AwsError("ResourceAlreadyExistsException", message);
}
