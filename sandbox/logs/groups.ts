/**
 * Log groups: made, described and deleted, with a retention and tags.
 */
import { operation, operationOn } from "../wire/operation";
import { pageOf, sortedBy } from "../wire/pages";
import { integer, listOf, mapOf, required, text } from "../wire/shape";
import { addTags, newTags, removeTags } from "../wire/tags";
import {
    type Account,
    addGroup,
    alreadyExists,
    describedMax,
    groupName,
    invalid,
    invalidToken,
    notFound,
    onGroup,
    tagRefusals,
} from "./state";

const retentionDays = [
    ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827],
    ...[2_192, 2_557, 2_922, 3_288, 3_653],
];

export const createLogGroup = operation(
    { logGroupName: required(groupName), tags: mapOf(text()), kmsKeyId: text(), logGroupClass: text() },
    (account: Account, { logGroupName, kmsKeyId, tags }, nowMs) => {
        if (account.groups.has(logGroupName)) throw alreadyExists("The specified log group already exists");
        const checked = newTags(tags, tagRefusals);
        const group = addGroup(account, logGroupName, nowMs);
        group.kmsKeyId = kmsKeyId;
        for (const [key, value] of checked) group.tags.set(key, value);
    },
);

export const describeLogGroups = operation(
    { logGroupNamePrefix: groupName, logGroupNamePattern: text(), limit: integer(1, describedMax), nextToken: text() },
    ({ groups }: Account, input) => {
        const { logGroupNamePrefix = "", logGroupNamePattern = "", limit = describedMax } = input;
        const found = [...groups.values()].filter(
            ({ name }) => name.startsWith(logGroupNamePrefix) && name.includes(logGroupNamePattern),
        );
        const sorted = sortedBy(found, ({ name }) => name);
        const { items, nextToken } = pageOf(sorted, limit, input.nextToken, invalidToken());
        return {
            logGroups: items.map((group) => ({
                logGroupName: group.name,
                arn: `${group.arn}:*`,
                logGroupArn: group.arn,
                creationTime: group.createdMs,
                retentionInDays: group.retentionDays,
                kmsKeyId: group.kmsKeyId,
                metricFilterCount: 0,
                storedBytes: 0,
                logGroupClass: "STANDARD",
            })),
            nextToken,
        };
    },
);

export const deleteLogGroup = onGroup({}, ({ name }, _input, { groups }) => {
    groups.delete(name);
});

export const putRetentionPolicy = onGroup({ retentionInDays: required(integer()) }, (group, { retentionInDays }) => {
    if (!retentionDays.includes(retentionInDays)) {
        throw invalid(
            `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentionDays.join(", ")}]`,
        );
    }
    group.retentionDays = retentionInDays;
});

export const deleteRetentionPolicy = onGroup({}, (group) => {
    group.retentionDays = undefined;
});

export const associateKmsKey = onGroup({ kmsKeyId: required(text(1, 256)) }, (group, { kmsKeyId }) => {
    group.kmsKeyId = kmsKeyId;
});

export const disassociateKmsKey = onGroup({}, (group) => {
    group.kmsKeyId = undefined;
});

const onResource = operationOn({ resourceArn: required(text(1, 1_011)) }, ({ groups }: Account, { resourceArn }) => {
    const group = [...groups.values()].find(({ arn }) => arn === resourceArn.replace(/:\*$/, ""));
    if (!group) throw notFound("The specified resource does not exist.");
    return group;
});

export const tagResource = onResource({ tags: required(mapOf(text())) }, (group, input) =>
    addTags(group.tags, input.tags, tagRefusals),
);

export const untagResource = onResource({ tagKeys: required(listOf(text(1, 128))) }, (group, input) =>
    removeTags(group.tags, input.tagKeys),
);

export const listTagsForResource = onResource({}, ({ tags }) => ({ tags: Object.fromEntries(tags) }));
