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
        fetch: restFetch("scheduler", operations, table),
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

const group: Route["members"] = (_raw, query) => ({ GroupName: query.get("groupName") ?? undefined });

const table: OperationTable<Account, Route> = {
    CreateSchedule: { ...schedules.createSchedule, at: "POST /schedules/{Name}" },
    DeleteSchedule: { ...schedules.deleteSchedule, at: "DELETE /schedules/{Name}", members: group },
    GetSchedule: { ...schedules.getSchedule, at: "GET /schedules/{Name}", members: group },
    ListSchedules: { ...schedules.listSchedules, at: "GET /schedules" },
    ListTagsForResource: { ...schedules.listTagsForResource, at: "GET /tags/{ResourceArn}" },
    TagResource: { ...schedules.tagResource, at: "POST /tags/{ResourceArn}" },
    UntagResource: {
        ...schedules.untagResource,
        at: "DELETE /tags/{ResourceArn}",
        members: (_raw, query) => ({ TagKeys: query.getAll("TagKeys") }),
    },
    UpdateSchedule: { ...schedules.updateSchedule, at: "PUT /schedules/{Name}" },
};
