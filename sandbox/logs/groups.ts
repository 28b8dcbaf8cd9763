/**
 * Log groups and what is kept of them: streams with their newest events, a retention, tags.
 */
import { type Ambient, AwsError, type CallInput, type MetricSink, textOf } from "../service";
import { operation } from "../wire/operation";
import { integer, listOf, mapOf, required, text } from "../wire/shape";

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

const retentionDays = [
    ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827],
    ...[2_192, 2_557, 2_922, 3_288, 3_653],
];

export const groupName = text(1, 512, "[.\\-_/#A-Za-z0-9]+");
const resourceArn = required(text(1, 1_011));

export const createLogGroup = operation(
    { logGroupName: required(groupName), tags: mapOf(text(0, 256)), kmsKeyId: text(), logGroupClass: text() },
    (account: Account, { logGroupName, tags = {} }, nowMs) => {
        if (account.groups.has(logGroupName))
            throw new AwsError("ResourceAlreadyExistsException", "The specified log group already exists");
        const group = addGroup(account, logGroupName, nowMs);
        for (const [key, value] of Object.entries(tags)) group.tags.set(key, value);
    },
);

export const describeLogGroups = operation(
    { logGroupNamePrefix: groupName, logGroupNamePattern: text(), limit: integer(1, 50), nextToken: text() },
    ({ groups }: Account, { logGroupNamePrefix = "", logGroupNamePattern = "" }) => {
        const found = [...groups.values()]
            .filter(({ name }) => name.startsWith(logGroupNamePrefix) && name.includes(logGroupNamePattern))
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
);

export const deleteLogGroup = operation({ logGroupName: required(groupName) }, (account: Account, input) => {
    account.groups.delete(groupOf(account, input).name);
});

export const putRetentionPolicy = operation(
    { logGroupName: required(groupName), retentionInDays: required(integer()) },
    (account: Account, input) => {
        if (!retentionDays.includes(input.retentionInDays)) {
            throw new AwsError(
                "InvalidParameterException",
                `1 validation error detected: Value '${input.retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentionDays.join(", ")}]`,
            );
        }
        groupOf(account, input).retentionDays = input.retentionInDays;
    },
);

export const deleteRetentionPolicy = operation({ logGroupName: required(groupName) }, (account: Account, input) => {
    groupOf(account, input).retentionDays = undefined;
});

export const tagResource = operation(
    { resourceArn, tags: required(mapOf(text(0, 256))) },
    (account: Account, input) => {
        const { tags } = groupByArn(account, input.resourceArn);
        for (const [key, value] of Object.entries(input.tags)) tags.set(key, value);
    },
);

export const untagResource = operation(
    { resourceArn, tagKeys: required(listOf(text(1, 128))) },
    (account: Account, input) => {
        const { tags } = groupByArn(account, input.resourceArn);
        for (const key of input.tagKeys) tags.delete(key);
    },
);

export const listTagsForResource = operation({ resourceArn }, (account: Account, input) => ({
    tags: Object.fromEntries(groupByArn(account, input.resourceArn).tags),
}));

/** By its name, or by its name or ARN as an identifier. */
export function groupNameOf(input: CallInput): string | undefined {
    const identifier = textOf(input, "logGroupIdentifier");
    return textOf(input, "logGroupName") ?? identifier?.replace(/^arn:.*:log-group:/, "").replace(/:\*$/, "");
}

export function groupOf({ groups }: Account, input: CallInput): LogGroup {
    const group = groups.get(groupNameOf(input) ?? "");
    if (!group) throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
    return group;
}

function groupByArn({ groups }: Account, arn: string): LogGroup {
    const group = [...groups.values()].find((each) => each.arn === arn.replace(/:\*$/, ""));
    if (!group) throw new AwsError("ResourceNotFoundException", "The specified resource does not exist.");
    return group;
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
