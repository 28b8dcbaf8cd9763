/**
 * Dashboards: put, given back, listed and deleted.
 */
import { operation } from "../wire/operation";
import { pageOf } from "../wire/pages";
import { listOf, required, text } from "../wire/shape";
import { newTags } from "../wire/tags";
import { tagList } from "./alarm";
import { validateDashboard } from "./dashboardBody";
import { parameterError, tagRefusals } from "./errors";
import { type Account, dashboardArn, dashboardOf } from "./state";

export const putDashboard = operation(
    {
        DashboardName: required(text(1, 255)),
        DashboardBody: required(text(1)),
        Tags: tagList,
    },
    (account: Account, { DashboardName: name, DashboardBody: body, Tags }, nowMs) => {
        if (!/^[\w-]+$/.test(name)) {
            throw parameterError(
                `The value ${name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).`,
            );
        }
        validateDashboard(body);
        const tags = newTags(Tags, tagRefusals);
        if (!account.dashboards.has(name)) account.tags.set(dashboardArn(account.ambient, name), tags);
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
    { DashboardNames: required(listOf(text(1, 255), 0, 100)) },
    (account: Account, { DashboardNames: names }) => {
        if (names.length === 0) throw parameterError("Need to specify at least 1 dashboard");
        for (const name of names) dashboardOf(account, name);
        for (const name of names) {
            account.dashboards.delete(name);
            account.tags.delete(dashboardArn(account.ambient, name));
        }
        return {};
    },
);
