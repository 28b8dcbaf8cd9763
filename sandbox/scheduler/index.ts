/**
 * The local EventBridge Scheduler: invokes functions at a rate or by a cron expression, on the sandbox's clock, with a role of its own.
 */
import { type Ambient, type Service, textOf } from "../service";
import { operationsOf, type OperationTable } from "../wire/operation";
import { restFetch, type Route } from "../wire/rest";
import * as schedules from "./schedules";
import { type Account, scheduleArn, type SchedulerOptions, type ScheduleRun } from "./state";

export interface SchedulerService extends Service {
    /** The newest 10,000, oldest first. */
    readonly runs: readonly ScheduleRun[];
}

export function schedulerService(ambient: Ambient, options: SchedulerOptions): SchedulerService {
    const account: Account = { ambient, options, schedules: new Map(), runs: [], tags: new Map() };
    const operations = operationsOf(table, account);
    return {
        name: "scheduler",
        operations,
        fetch: restFetch("scheduler", operations, routes),
        accessOf(operation, input) {
            const reference = { Name: textOf(input, "Name") ?? "", GroupName: textOf(input, "GroupName") };
            const resource = textOf(input, "ResourceArn") ?? scheduleArn(ambient, reference);
            return [{ action: `scheduler:${operation}`, resource }];
        },
        runs: account.runs,
        stop() {
            for (const { timer } of account.schedules.values()) timer?.cancel();
        },
    };
}

const table = {
    CreateSchedule: schedules.createSchedule,
    DeleteSchedule: schedules.deleteSchedule,
    GetSchedule: schedules.getSchedule,
    ListSchedules: schedules.listSchedules,
    ListTagsForResource: schedules.listTagsForResource,
    TagResource: schedules.tagResource,
    UntagResource: schedules.untagResource,
    UpdateSchedule: schedules.updateSchedule,
} satisfies OperationTable<Account>;

const group: Route["members"] = (_raw, query) => ({ GroupName: query.get("groupName") ?? undefined });

const routes: Readonly<Record<keyof typeof table, Route>> = {
    CreateSchedule: { at: "POST /schedules/{Name}" },
    DeleteSchedule: { at: "DELETE /schedules/{Name}", members: group },
    GetSchedule: { at: "GET /schedules/{Name}", members: group },
    ListSchedules: { at: "GET /schedules" },
    ListTagsForResource: { at: "GET /tags/{ResourceArn}" },
    TagResource: { at: "POST /tags/{ResourceArn}" },
    UntagResource: {
        at: "DELETE /tags/{ResourceArn}",
        members: (_raw, query) => ({ TagKeys: query.getAll("TagKeys") }),
    },
    UpdateSchedule: { at: "PUT /schedules/{Name}" },
};
