/**
 * The local EventBridge Scheduler: invokes functions at a rate or by a cron expression, on the sandbox's clock, with a role of its own.
 */
import { type Timer } from "../clock";
import { type IamService } from "../iam/index";
import {
    type Ambient,
    AwsError,
    type RawRequest,
    type RawResponse,
    type RequestContext,
    type Service,
} from "../service";
import { anything, integer, oneOf, structure, text, timestamp, timestampMs, validateShape } from "../wire/oldShape";
import { parseSchedule, type Schedule } from "./expression";

export interface SchedulerOptions {
    readonly iam: IamService;
    /** Hands an event to a function, to run later. @throws AwsError */
    readonly invokeFunction: (functionArn: string, event: unknown) => void;
}

/** A run of a schedule. */
export interface ScheduleRun {
    readonly scheduleName: string;
    readonly timeMs: number;
    /** Why the target was not reached. */
    readonly error: string | undefined;
}

export interface SchedulerService extends Service {
    /** The newest 10,000, oldest first. */
    readonly runs: readonly ScheduleRun[];
}

interface ScheduleInput {
    readonly Name: string;
    readonly GroupName?: string;
    readonly Description?: string;
    readonly ScheduleExpression: string;
    readonly ScheduleExpressionTimezone?: string;
    readonly StartDate?: number | string;
    readonly EndDate?: number | string;
    readonly State?: "ENABLED" | "DISABLED";
    readonly FlexibleTimeWindow: { readonly Mode: "OFF" | "FLEXIBLE"; readonly MaximumWindowInMinutes?: number };
    readonly Target: { readonly Arn: string; readonly RoleArn: string; readonly Input?: string };
    readonly ActionAfterCompletion?: "NONE" | "DELETE";
}

interface KeptSchedule {
    readonly arn: string;
    readonly input: ScheduleInput;
    readonly schedule: Schedule;
    readonly createdMs: number;
    readonly modifiedMs: number;
    timer: Timer | undefined;
}

const runsKept = 10_000;
const schedulerPrincipal = "scheduler.amazonaws.com";

const members = {
    Name: text(1, 64, /^[\w.-]+$/),
    GroupName: text(1, 64, /^[\w.-]+$/),
    Description: text(0, 512),
    ScheduleExpression: text(1, 256),
    ScheduleExpressionTimezone: text(1, 50),
    StartDate: timestamp,
    EndDate: timestamp,
    State: oneOf("ENABLED", "DISABLED"),
    FlexibleTimeWindow: structure(
        { Mode: oneOf("OFF", "FLEXIBLE"), MaximumWindowInMinutes: integer(1, 1_440) },
        "Mode",
    ),
    Target: structure(
        {
            Arn: text(1, 1_600),
            RoleArn: text(1, 1_600, /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/),
            Input: text(1),
            RetryPolicy: structure({
                MaximumEventAgeInSeconds: integer(60, 86_400),
                MaximumRetryAttempts: integer(0, 185),
            }),
            DeadLetterConfig: anything,
        },
        "Arn",
        "RoleArn",
    ),
    ActionAfterCompletion: oneOf("NONE", "DELETE"),
    ClientToken: text(1, 64),
    KmsKeyArn: text(),
};

export function schedulerService(ambient: Ambient, { iam, invokeFunction }: SchedulerOptions): SchedulerService {
    const { clock, partition, region, accountId } = ambient;
    const schedules = new Map<string, KeptSchedule>();
    const runs: ScheduleRun[] = [];
    const tags = new Map<string, Map<string, string>>();

    const key = (group: string | undefined, name: string): string => `${group ?? "default"}/${name}`;
    const arnOf = (id: string): string => `arn:${partition}:scheduler:${region}:${accountId}:schedule/${id}`;
    const known = (id: string): KeptSchedule => {
        const found = schedules.get(id);
        if (!found)
            throw new AwsError("ResourceNotFoundException", `Schedule ${id.split("/")[1]} does not exist.`, 404);
        return found;
    };
    const arm = (id: string, kept: KeptSchedule, afterMs: number): void => {
        kept.timer?.cancel();
        kept.timer = undefined;
        const { State, StartDate, EndDate } = kept.input;
        if (State === "DISABLED") return;
        const startMs = StartDate === undefined ? -Infinity : timestampMs(StartDate);
        const nextMs = kept.schedule.next(Math.max(afterMs, startMs - 1));
        if (nextMs === undefined || nextMs > (EndDate === undefined ? Infinity : timestampMs(EndDate))) {
            if (kept.input.ActionAfterCompletion === "DELETE") schedules.delete(id);
            return;
        }
        kept.timer = clock.at(nextMs, () => {
            run(kept, nextMs);
            // Times that a fast clock ran past are not made up for: the scheduler invokes once and goes on from now.
            if (schedules.get(id) === kept) arm(id, kept, Math.max(nextMs, Math.floor(clock.nowMs())));
        });
    };
    const run = ({ input }: KeptSchedule, timeMs: number): void => {
        let error: string | undefined;
        try {
            const session = iam.assume(input.Target.RoleArn, schedulerPrincipal, "schedule");
            const refusal = iam.refusal(session, { action: "lambda:InvokeFunction", resource: input.Target.Arn });
            iam.sessions.close(session.accessKeyId);
            if (refusal) throw refusal;
            invokeFunction(input.Target.Arn, input.Target.Input ?? "{}");
        } catch (failure) {
            if (!(failure instanceof AwsError)) throw failure;
            error = failure.message;
        }
        runs.push({ scheduleName: input.Name, timeMs, error });
        if (runs.length > runsKept) runs.shift();
    };
    const put = (id: string, input: ScheduleInput, before: KeptSchedule | undefined): unknown => {
        validateShape(
            input,
            structure(members, "Name", "ScheduleExpression", "FlexibleTimeWindow", "Target"),
            "ValidationException",
        );
        if (!["UTC", undefined].includes(input.ScheduleExpressionTimezone)) {
            throw new AwsError(
                "ValidationException",
                `The sandbox keeps schedules in UTC, not in ${input.ScheduleExpressionTimezone}.`,
            );
        }
        const target = input.Target.Arn.split(":")[2];
        if (target !== "lambda") {
            throw new AwsError(
                "ValidationException",
                `The sandbox's schedules invoke Lambda functions, not ${target}.`,
            );
        }
        if (
            input.FlexibleTimeWindow.Mode === "FLEXIBLE" &&
            input.FlexibleTimeWindow.MaximumWindowInMinutes === undefined
        ) {
            throw new AwsError(
                "ValidationException",
                "MaximumWindowInMinutes must be provided for a flexible time window.",
            );
        }
        const nowMs = clock.nowMs();
        const schedule = parseSchedule(input.ScheduleExpression, nowMs);
        try {
            iam.sessions.close(iam.assume(input.Target.RoleArn, schedulerPrincipal, "check").accessKeyId);
        } catch {
            throw new AwsError(
                "ValidationException",
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
            );
        }
        before?.timer?.cancel();
        const kept: KeptSchedule = {
            arn: arnOf(id),
            input,
            schedule,
            createdMs: before?.createdMs ?? nowMs,
            modifiedMs: nowMs,
            timer: undefined,
        };
        schedules.set(id, kept);
        arm(id, kept, nowMs);
        return { ScheduleArn: kept.arn };
    };
    const describe = (id: string): unknown => {
        const { arn, input, createdMs, modifiedMs } = known(id);
        return {
            ...input,
            Arn: arn,
            GroupName: id.split("/")[0],
            State: input.State ?? "ENABLED",
            ScheduleExpressionTimezone: input.ScheduleExpressionTimezone ?? "UTC",
            ActionAfterCompletion: input.ActionAfterCompletion ?? "NONE",
            ClientToken: undefined,
            Target: { RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 }, ...input.Target },
            CreationDate: createdMs / 1_000,
            LastModificationDate: modifiedMs / 1_000,
        };
    };

    const json = (value: unknown): RawResponse => ({
        status: 200,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(value ?? {}),
    });

    return {
        name: "scheduler",
        operations: {},
        runs,
        async fetch(raw: RawRequest, context: RequestContext) {
            const { pathname, searchParams } = new URL(raw.url, "http://sandbox");
            const [, collection, name = ""] = pathname.split("/").map(decodeURIComponent);
            const body = (raw.body.length > 0 ? JSON.parse(raw.body.toString("utf8")) : {}) as Record<string, unknown>;
            const input = { ...body, ...(collection === "schedules" && name !== "" && { Name: name }) };
            const group = (body.GroupName as string | undefined) ?? searchParams.get("groupName") ?? undefined;
            const id = key(group, name);
            const operation = operationOf(raw.method, collection, name);
            if (operation === undefined) {
                throw new AwsError(
                    "UnknownOperationException",
                    `The sandbox's scheduler has no operation "${raw.method} ${pathname}".`,
                    404,
                );
            }
            await context.guard(operation, { ...input, GroupName: group });
            switch (operation) {
                case "CreateSchedule":
                    if (schedules.has(id))
                        throw new AwsError("ConflictException", `Schedule ${name} already exists.`, 409);

                    return json(put(id, input as never, undefined));
                case "UpdateSchedule":
                    return json(put(id, input as never, known(id)));
                case "GetSchedule":
                    return json(describe(id));
                case "DeleteSchedule":
                    known(id).timer?.cancel();
                    schedules.delete(id);
                    return json({});
                case "ListSchedules":
                    return json({
                        Schedules: [...schedules].map(([each, { arn, input: kept }]) => ({
                            Arn: arn,
                            Name: kept.Name,
                            GroupName: each.split("/")[0],
                            State: kept.State ?? "ENABLED",
                            Target: { Arn: kept.Target.Arn },
                        })),
                    });
                case "ListTagsForResource":
                    return json({ Tags: [...(tags.get(name) ?? [])].map(([Key, Value]) => ({ Key, Value })) });
                case "TagResource": {
                    const own = tags.get(name) ?? new Map<string, string>();
                    for (const tag of (body.Tags ?? []) as { Key: string; Value: string }[])
                        own.set(tag.Key, tag.Value);
                    tags.set(name, own);
                    return json({});
                }
                case "UntagResource":
                    for (const each of searchParams.getAll("TagKeys")) tags.get(name)?.delete(each);
                    return json({});
            }
        },
        stop() {
            for (const kept of schedules.values()) kept.timer?.cancel();
        },
    };
}

const operations = {
    "POST schedules": "CreateSchedule",
    "PUT schedules": "UpdateSchedule",
    "GET schedules": "GetSchedule",
    "DELETE schedules": "DeleteSchedule",
    "GET tags": "ListTagsForResource",
    "POST tags": "TagResource",
    "DELETE tags": "UntagResource",
} as const;

function operationOf(
    method: string,
    collection: string | undefined,
    name: string,
): (typeof operations)[keyof typeof operations] | "ListSchedules" | undefined {
    if (collection === "schedules" && name === "") return method === "GET" ? "ListSchedules" : undefined;
    return operations[`${method} ${collection}` as keyof typeof operations];
}
