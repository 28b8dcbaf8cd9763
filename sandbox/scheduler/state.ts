/**
 * What the local scheduler knows: one account's schedules with their tags, and what ran.
 */
import { type Timer } from "../clock";
import { type IamService } from "../iam/index";
import { type Ambient, arnOf, refusalNamed } from "../service";
import { operationOn } from "../wire/operation";
import { anyTimestamp, type InputOf, integer, oneOf, required, structure, text } from "../wire/shape";
import { type Tags } from "../wire/tags";
import { type Schedule } from "./expression";

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
    readonly tags: Map<string, Tags>;
}

/** A run of a schedule. */
export interface ScheduleRun {
    readonly scheduleName: string;
    readonly timeMs: number;
    /** Why the target was not reached. */
    readonly error: string | undefined;
}

export interface KeptSchedule {
    readonly arn: string;
    readonly input: ScheduleInput;
    readonly schedule: Schedule;
    readonly createdMs: number;
    readonly modifiedMs: number;
    timer: Timer | undefined;
}

const name = text(1, 64, "[0-9a-zA-Z-_.]+");
const named = { Name: required(text()), GroupName: text() };

export const scheduleMembers = {
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

export type ScheduleInput = InputOf<typeof scheduleMembers>;

type Reference = InputOf<typeof named>;

/** An operation on a schedule that exists. */
export const onSchedule = operationOn(named, ({ schedules }: Account, reference) => {
    const found = schedules.get(idOf(reference));
    if (!found) throw notFound(`Schedule ${reference.Name} does not exist.`);
    return found;
});

export const idOf = ({ GroupName = "default", Name }: Reference): string => `${GroupName}/${Name}`;

export const scheduleArn = (ambient: Ambient, reference: Reference): string =>
    arnOf(ambient, "scheduler", `schedule/${idOf(reference)}`);

const notFound = refusalNamed("ResourceNotFoundException", 404);
