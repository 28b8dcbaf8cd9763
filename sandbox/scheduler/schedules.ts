/**
 * Schedules: put, described, tagged, and run on the sandbox's clock with a role of their own.
 */
import { AwsError, keepNewest, refusalNamed } from "../service";
import { operation } from "../wire/operation";
import { listOf, required, structure, text, timestampMs } from "../wire/shape";
import { tagOperations, tagsMax } from "../wire/tags";
import { parseSchedule } from "./expression";
import {
    type Account,
    idOf,
    type KeptSchedule,
    onSchedule,
    scheduleArn,
    type ScheduleInput,
    scheduleMembers,
} from "./state";

const schedulerPrincipal = "scheduler.amazonaws.com";

const defaults = {
    GroupName: "default",
    ScheduleExpressionTimezone: "UTC",
    State: "ENABLED",
    ActionAfterCompletion: "NONE",
} as const;

export const createSchedule = operation(scheduleMembers, (account: Account, input, nowMs) => {
    if (account.schedules.has(idOf(input))) throw conflict(`Schedule ${input.Name} already exists.`);
    return put(account, input, nowMs);
});

export const updateSchedule = onSchedule(scheduleMembers, (before, input, account, nowMs) =>
    put(account, input, nowMs, before),
);

export const getSchedule = onSchedule({}, ({ arn, input, createdMs, modifiedMs }) => ({
    ...input,
    Arn: arn,
    ClientToken: undefined,
    Target: { RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 }, ...input.Target },
    CreationDate: createdMs / 1_000,
    LastModificationDate: modifiedMs / 1_000,
}));

export const deleteSchedule = onSchedule({}, ({ timer, input }, _input, { schedules }) => {
    timer?.cancel();
    schedules.delete(idOf(input));
    return {};
});

export const listSchedules = operation({}, ({ schedules }: Account) => ({
    Schedules: [...schedules.values()].map(({ arn, input: { Name, GroupName, State, Target } }) => {
        return { Arn: arn, Name, GroupName, State, Target: { Arn: Target.Arn } };
    }),
}));

export const { tagResource, untagResource, listTagsForResource } = tagOperations(
    { ResourceArn: required(text()) },
    ({ tags }: Account, { ResourceArn }) => {
        const own = tags.get(ResourceArn) ?? new Map<string, string>();
        tags.set(ResourceArn, own);
        return own;
    },
    { Tags: listOf(structure({ Key: required(text()), Value: required(text()) })), TagKeys: listOf(text()) },
    {
        malformed: (sentence) => invalid(sentence),
        tooMany: () => invalid(`A resource cannot have more than ${tagsMax} tags.`),
    },
);

function put(account: Account, given: ScheduleInput, nowMs: number, before?: KeptSchedule): object {
    const input = { ...defaults, ...given };
    checkSupported(input);
    const schedule = parseSchedule(input.ScheduleExpression, nowMs);
    if (!account.options.iam.trusts(input.Target.RoleArn, schedulerPrincipal))
        throw invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.");
    before?.timer?.cancel();
    const arn = scheduleArn(account.ambient, input);
    const createdMs = before?.createdMs ?? nowMs;
    const kept: KeptSchedule = { arn, input, schedule, createdMs, modifiedMs: nowMs, timer: undefined };
    account.schedules.set(idOf(input), kept);
    arm(account, kept, nowMs);
    return { ScheduleArn: arn };
}

function checkSupported({ ScheduleExpressionTimezone: zone, Target, FlexibleTimeWindow }: ScheduleInput): void {
    if (zone !== "UTC") throw invalid(`The sandbox keeps schedules in UTC, not in ${zone}.`);
    const target = Target.Arn.split(":")[2];
    if (target !== "lambda") throw invalid(`The sandbox's schedules invoke Lambda functions, not ${target}.`);
    if (FlexibleTimeWindow.Mode === "FLEXIBLE" && FlexibleTimeWindow.MaximumWindowInMinutes === undefined)
        throw invalid("MaximumWindowInMinutes must be provided for a flexible time window.");
}

/** Waits for the schedule's next run, if there is one. */
function arm(account: Account, kept: KeptSchedule, afterMs: number): void {
    kept.timer?.cancel();
    kept.timer = undefined;
    const { State, StartDate, EndDate, ActionAfterCompletion } = kept.input;
    if (State === "DISABLED") return;
    const nextMs = kept.schedule.next(Math.max(afterMs, timestampMs(StartDate ?? -Infinity) - 1));
    if (nextMs === undefined || nextMs > timestampMs(EndDate ?? Infinity)) {
        if (ActionAfterCompletion === "DELETE") account.schedules.delete(idOf(kept.input));
        return;
    }
    const { clock } = account.ambient;
    kept.timer = clock.at(nextMs, () => {
        run(account, kept.input, nextMs);
        // Times that a fast clock ran past are not made up for: the scheduler invokes once and goes on from now.
        if (account.schedules.get(idOf(kept.input)) === kept)
            arm(account, kept, Math.max(nextMs, Math.floor(clock.nowMs())));
    });
}

function run({ options: { iam, invokeFunction }, runs }: Account, { Name, Target }: ScheduleInput, timeMs: number) {
    let error: string | undefined;
    try {
        const session = iam.assume(Target.RoleArn, schedulerPrincipal, "schedule");
        const refusal = iam.refusal(session, { action: "lambda:InvokeFunction", resource: Target.Arn });
        iam.sessions.close(session.accessKeyId);
        if (refusal) throw refusal;
        invokeFunction(Target.Arn, Target.Input ?? "{}");
    } catch (failure) {
        if (!(failure instanceof AwsError)) throw failure;
        error = failure.message;
    }
    keepNewest(runs, [{ scheduleName: Name, timeMs, error }]);
}

const invalid = refusalNamed("ValidationException");
const conflict = refusalNamed("ConflictException", 409);
