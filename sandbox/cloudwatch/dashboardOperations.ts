/**
 * Dashboards, and the tags of dashboards and alarms.
 */
import { AwsError } from "../service";
import { operation } from "../wire/operation";
import { listOf, required, text } from "../wire/shape";
import { tagList } from "./alarm";
import { validateDashboard } from "./dashboards";
import { pageOf } from "./pages";
import { type Account, dashboardArn, dashboardOf, tagMap } from "./state";

export const putDashboard = operation(
    {
        DashboardName: required(text(1, 255, "[A-Za-z0-9_-]+")),
        DashboardBody: required(text(1)),
        Tags: tagList,
    },
    (account: Account, { DashboardName: name, DashboardBody: body, Tags }, nowMs) => {
        validateDashboard(body);
        if (!account.dashboards.has(name)) account.tags.set(dashboardArn(account.ambient, name), tagMap(Tags));
        account.dashboards.set(name, { body, modifiedMs: nowMs });
        return { DashboardValidationMessages: [] };
    },
);

export const getDashboard = operation(
    { DashboardName: required(text(1, 255)) },
    (account: Account, { DashboardName: name }) => ({
        DashboardArn: dashboardArn(account.ambient, name),
        DashboardBody: dashboardOf(account, name).body,
        DashboardName: name,
    }),
);

export const listDashboards = operation(
    { DashboardNamePrefix: text(1, 255), NextToken: text() },
    ({ ambient, dashboards }: Account, { DashboardNamePrefix: prefix = "", NextToken }) => {
        const found = [...dashboards].filter(([name]) => name.startsWith(prefix)).sort();
        const { items, nextToken } = pageOf(found, 1_000, NextToken);
        return {
            DashboardEntries: items.map(([name, { body, modifiedMs }]) => ({
                DashboardName: name,
                DashboardArn: dashboardArn(ambient, name),
                LastModified: modifiedMs / 1_000,
                Size: Buffer.byteLength(body),
            })),
            NextToken: nextToken,
        };
    },
);

export const deleteDashboards = operation(
    { DashboardNames: required(listOf(text(1, 255), 1, 100)) },
    (account: Account, { DashboardNames: names }) => {
        for (const name of names) dashboardOf(account, name);
        for (const name of names) {
            account.dashboards.delete(name);
            account.tags.delete(dashboardArn(account.ambient, name));
        }
        return {};
    },
);

const arn = required(text(1, 1_024));

export const tagResource = operation(
    { ResourceARN: arn, Tags: required(tagList) },
    (account: Account, { ResourceARN, Tags }) => {
        const tags = tagsOf(account, ResourceARN);
        for (const { Key, Value } of Tags) tags.set(Key, Value);
        return {};
    },
);

export const untagResource = operation(
    { ResourceARN: arn, TagKeys: required(listOf(text(1, 128))) },
    (account: Account, { ResourceARN, TagKeys }) => {
        const tags = tagsOf(account, ResourceARN);
        for (const key of TagKeys) tags.delete(key);
        return {};
    },
);

export const listTagsForResource = operation({ ResourceARN: arn }, (account: Account, { ResourceARN }) => ({
    Tags: [...tagsOf(account, ResourceARN)].map(([Key, Value]) => ({ Key, Value })),
}));

function tagsOf({ tags }: Account, resource: string): Map<string, string> {
    const found = tags.get(resource);
    if (!found) throw new AwsError("ResourceNotFoundException", `The resource ${resource} does not exist.`, 404);
    return found;
}
