/**
 * What the local CloudWatch Logs knows: one account's log groups, their streams and the newest events of each.
 */
import { type Ambient, arnOf, type AwsError, type CallInput, type MetricSink, refusalNamed, textOf } from "../service";
import { operationOn } from "../wire/operation";
import { required, text } from "../wire/shape";
import { type TagRefusals, type Tags, tagsMax } from "../wire/tags";

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
    kmsKeyId?: string | undefined;
    readonly tags: Tags;
    readonly streams: Map<string, LogStream>;
}

export interface LogStream {
    readonly name: string;
    readonly createdMs: number;
    readonly events: LogEvent[];
}

export const groupName = text(1, 512, "[\\.\\-_/#A-Za-z0-9]+");

/** By its name, or by its name or ARN as an identifier. */
export function groupNameOf(input: CallInput): string | undefined {
    const identifier = textOf(input, "logGroupIdentifier");
    return textOf(input, "logGroupName") ?? identifier?.replace(/^arn:.*:log-group:/, "").replace(/:\*$/, "");
}

/** An operation on a log group that exists, told by its name. */
export const onGroup = operationOn({ logGroupName: required(groupName) }, groupOf);

/** The same, told by its name or by an identifier. */
export const onAnyGroup = operationOn({ logGroupName: groupName, logGroupIdentifier: text() }, groupOf);

function groupOf({ groups }: Account, input: CallInput): LogGroup {
    const group = groups.get(groupNameOf(input) ?? "");
    if (!group) throw notFound("The specified log group does not exist.");
    return group;
}

export const groupArn = (ambient: Ambient, name: string): string => arnOf(ambient, "logs", `log-group:${name}`);

export function addGroup({ ambient, groups }: Account, name: string, nowMs: number): LogGroup {
    const arn = groupArn(ambient, name);
    const group = { name, arn, createdMs: nowMs, retentionDays: undefined, tags: new Map(), streams: new Map() };
    groups.set(name, group);
    return group;
}

export const notFound = refusalNamed("ResourceNotFoundException");
export const alreadyExists = refusalNamed("ResourceAlreadyExistsException");
export const invalid = refusalNamed("InvalidParameterException");
export const invalidToken = (): AwsError => invalid("The specified nextToken is invalid.");

/** Groups or streams that a page describes, at most and unless told otherwise. */
export const describedMax = 50;

/** What CloudWatch Logs says of tags that cannot be. */
export const tagRefusals: TagRefusals = {
    malformed: invalid,
    tooMany: () => refusalNamed("TooManyTagsException")(`The resource cannot have more than ${tagsMax} tags.`),
};
