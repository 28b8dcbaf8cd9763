/**
 * Schedules: what they are, and their runs on the sandbox's clock with a role of their own.
 */
import { type Timer } from "../clock";
import { type IamService } from "../iam/index";
import { type Ambient, AwsError } from "../service";
import { operation } from "../wire/operation";
import {
    anyTimestamp,
    type InputOf,
    integer,
    listOf,
    oneOf,
    required,
    structure,
    text,
    timestampMs,
} from "../wire/shape";
import { parseSchedule, type Schedule } from "./expression";

export interface SchedulerOptions {
    readonly iam: IamService;
    /** Hands an event to a function, to run later. @throws AwsError */
    readonly invokeFunction: (functionArn: string, event: unknown) => void;
}

export interface Account {
    readonly ambient: Ambient;
    readonly options: SchedulerOptions;
    /** By group and name. */
    readonly schedules: Map<string, KeptSchedule>;
    readonly runs: ScheduleRun[];
    /** By the ARN of what is tagged. */
    readonly tags: Map<string, Map<string, string>>;
}

/** A run of a schedule. */
export interface ScheduleRun {
    readonly scheduleName: string;
    readonly timeMs: number;
    /** Why the target was not reached. */
    readonly error: string | undefined;
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

const name = text(1, 64, "[\\w.-]+");
const named = { Name: required(text()), GroupName: text() };

const scheduleMembers = {
    Name: required(name),
    GroupName: name,
    Description: text(0, 512),
    ScheduleExpression: required(text(1, 256)),
    ScheduleExpressionTimezone: text(1, 50),
    StartDate: anyTimestamp,
    EndDate: anyTimestamp,
    State: oneOf("ENABLED", "DISABLED"),
    FlexibleTimeWindow: required(
        structure({ Mode: required(oneOf("OFF", "FLEXIBLE")), MaximumWindowInMinutes: integer(1, 1_440) }),
    ),
    Target: required(
        structure({
            Arn: required(text(1, 1_600)),
            RoleArn: required(text(1, 1_600, "arn:[\\w-]+:iam::\\d{12}:role\\/[\\w+=,.@/-]+")),
            Input: text(1),
            RetryPolicy: structure({
                MaximumEventAgeInSeconds: integer(60, 86_400),
                MaximumRetryAttempts: integer(0, 185),
            }),
        }),
    ),
    ActionAfterCompletion: oneOf("NONE", "DELETE"),
    ClientToken: text(1, 64),
    KmsKeyArn: text(),
};

type ScheduleInput = InputOf<typeof scheduleMembers>;

const defaults = {
    GroupName: "default",
    ScheduleExpressionTimezone: "UTC",
    State: "ENABLED",
    ActionAfterCompletion: "NONE",
} as const;

export const createSchedule = operation(scheduleMembers, (account: Account, input, nowMs) => {
    if (account.schedules.has(idOf(input)))
        throw new AwsError("ConflictException", `Schedule ${input.Name} already exists.`, 409);
    return put(account, input, nowMs);
});

export const updateSchedule = operation(scheduleMembers, (account: Account, input, nowMs) =>
    put(account, input, nowMs, scheduleOf(account, input)),
);

export const getSchedule = operation(named, (account: Account, reference) => {
    const { arn, input, createdMs, modifiedMs } = scheduleOf(account, reference);
    return {
        ...input,
        Arn: arn,
        ClientToken: undefined,
        Target: { RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 }, ...input.Target },
        CreationDate: createdMs / 1_000,
        LastModificationDate: modifiedMs / 1_000,
    };
});

export const deleteSchedule = operation(named, (account: Account, reference) => {
    scheduleOf(account, reference).timer?.cancel();
    account.schedules.delete(idOf(reference));
});

export const listSchedules = operation({}, ({ schedules }: Account) => ({
    Schedules: [...schedules.values()].map(({ arn, input: { Name, GroupName, State, Target } }) => {
        return { Arn: arn, Name, GroupName, State, Target: { Arn: Target.Arn } };
    }),
}));

const tagged = { ResourceArn: required(text()) };

export const listTagsForResource = operation(tagged, ({ tags }: Account, { ResourceArn }) => ({
    Tags: [...(tags.get(ResourceArn) ?? [])].map(([Key, Value]) => ({ Key, Value })),
}));

export const tagResource = operation(
    { ...tagged, Tags: listOf(structure({ Key: required(text()), Value: required(text()) })) },
    ({ tags }: Account, { ResourceArn, Tags = [] }) => {
        const own = tags.get(ResourceArn) ?? new Map<string, string>();
        for (const { Key, Value } of Tags) own.set(Key, Value);
        tags.set(ResourceArn, own);
    },
);

export const untagResource = operation(
    { ...tagged, TagKeys: listOf(text()) },
    ({ tags }: Account, { ResourceArn, TagKeys = [] }) => {
        for (const key of TagKeys) tags.get(ResourceArn)?.delete(key);
    },
);

export function scheduleArn({ partition, region, accountId }: Ambient, reference: Reference): string {
    return `arn:${partition}:scheduler:${region}:${accountId}:schedule/${idOf(reference)}`;
}

type Reference = InputOf<typeof named>;

const idOf = ({ GroupName = defaults.GroupName, Name }: Reference): string => `${GroupName}/${Name}`;

function scheduleOf({ schedules }: Account, reference: Reference): KeptSchedule {
    const found = schedules.get(idOf(reference));
    if (!found) throw new AwsError("ResourceNotFoundException", `Schedule ${reference.Name} does not exist.`, 404);
    return found;
}

function put(account: Account, given: ScheduleInput, nowMs: number, before?: KeptSchedule): object {
    const { iam } = account.options;
    const input = { ...defaults, ...given };
    checkSupported(input);
    const schedule = parseSchedule(input.ScheduleExpression, nowMs);
    try {
        iam.sessions.close(iam.assume(input.Target.RoleArn, schedulerPrincipal, "check").accessKeyId);
    } catch {
        throw invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.");
    }
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
    const startMs = StartDate === undefined ? -Infinity : timestampMs(StartDate);
    const nextMs = kept.schedule.next(Math.max(afterMs, startMs - 1));
    if (nextMs === undefined || nextMs > (EndDate === undefined ? Infinity : timestampMs(EndDate))) {
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
    runs.push({ scheduleName: Name, timeMs, error });
    if (runs.length > runsKept) runs.shift();
}

function invalid(message: string): AwsError {
    return new AwsError("ValidationException", message);
}
