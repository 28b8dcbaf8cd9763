/**
 * The local EventBridge Scheduler: invokes functions at a rate or by a cron expression, on the sandbox's clock, with a role of its own.
 */
import { type Ambient, AwsError, type RawRequest, type RawResponse, type Service, textOf } from "../service";
import { operationsOf } from "../wire/operation";
import * as schedules from "./schedules";

export interface SchedulerService extends Service {
    /** The newest 10,000, oldest first. */
    readonly runs: readonly schedules.ScheduleRun[];
}

export function schedulerService(ambient: Ambient, options: schedules.SchedulerOptions): SchedulerService {
    const account: schedules.Account = { ambient, options, schedules: new Map(), runs: [], tags: new Map() };
    const operations = operationsOf(steps, account, ambient.clock);
    return {
        name: "scheduler",
        operations,
        accessOf(operation, input) {
            const reference = { Name: textOf(input, "Name") ?? "", GroupName: textOf(input, "GroupName") };
            const resource = textOf(input, "ResourceArn") ?? schedules.scheduleArn(ambient, reference);
            return [{ action: `scheduler:${operation}`, resource }];
        },
        runs: account.runs,
        async fetch(raw, context): Promise<RawResponse> {
            const { operation, input } = callOf(raw);
            await context.guard(operation, input);
            const answer = (await operations[operation]!(input, context)) ?? {};
            return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(answer) };
        },
        stop() {
            for (const { timer } of account.schedules.values()) timer?.cancel();
        },
    };
}

/** Each operation: a step from the account's state and a request, at a time, to an answer. */
const steps = {
    CreateSchedule: schedules.createSchedule,
    DeleteSchedule: schedules.deleteSchedule,
    GetSchedule: schedules.getSchedule,
    ListSchedules: schedules.listSchedules,
    ListTagsForResource: schedules.listTagsForResource,
    TagResource: schedules.tagResource,
    UntagResource: schedules.untagResource,
    UpdateSchedule: schedules.updateSchedule,
};

const routes: Readonly<Record<string, keyof typeof steps>> = {
    "GET schedules": "ListSchedules",
    "POST schedules/NAME": "CreateSchedule",
    "PUT schedules/NAME": "UpdateSchedule",
    "GET schedules/NAME": "GetSchedule",
    "DELETE schedules/NAME": "DeleteSchedule",
    "GET tags/NAME": "ListTagsForResource",
    "POST tags/NAME": "TagResource",
    "DELETE tags/NAME": "UntagResource",
};

/** The operation of a request, and its members from path, query and body together. */
function callOf({ method, url, body }: RawRequest): { operation: keyof typeof steps; input: object } {
    const { pathname, searchParams } = new URL(url, "http://sandbox");
    const [, collection, name = ""] = pathname.split("/").map(decodeURIComponent);
    const operation = routes[`${method} ${collection}${name === "" ? "" : "/NAME"}`];
    if (operation === undefined) {
        throw new AwsError(
            "UnknownOperationException",
            `The sandbox's scheduler has no operation "${method} ${pathname}".`,
            404,
        );
    }
    const group = searchParams.get("groupName");
    const input = {
        ...(group !== null && { GroupName: group }),
        ...(body.length > 0 ? (JSON.parse(body.toString("utf8")) as object) : {}),
        ...(name !== "" && { [collection === "tags" ? "ResourceArn" : "Name"]: name }),
        ...(operation === "UntagResource" && { TagKeys: searchParams.getAll("TagKeys") }),
    };
    return { operation, input };
}
