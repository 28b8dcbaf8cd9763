/**
 * aws:scheduler: schedules.
 */
import {
    CreateScheduleCommand,
    type CreateScheduleCommandInput,
    DeleteScheduleCommand,
    GetScheduleCommand,
    UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import type * as scheduler from "@pulumi/aws/scheduler";
import { type Checked, type ResourceRow } from "./resource";
import { fromAws, pick, toAws } from "./words";

const scheduleProperties = [
    "actionAfterCompletion",
    "description",
    "flexibleTimeWindow",
    "groupName",
    "kmsKeyArn",
    "name",
    "scheduleExpression",
    "scheduleExpressionTimezone",
    "state",
    "target",
];

type ScheduleInputs = Checked<scheduler.ScheduleArgs, "groupName" | "name">;

export const schedule: ResourceRow<ScheduleInputs> = {
    autoname: { property: "name", lengthMax: 64 },
    defaults: { groupName: "default", scheduleExpressionTimezone: "UTC", state: "ENABLED" },
    required: ["flexibleTimeWindow", "scheduleExpression", "target"],
    replaceOn: ["groupName", "name", "region"],
    computed: ["actionAfterCompletion", "arn"],
    create: async (aws, inputs) => {
        await aws.scheduler.send(new CreateScheduleCommand(scheduleInput(inputs)));
        return `${inputs.groupName}/${inputs.name}`;
    },
    read: async (aws, id) => {
        const found = await aws.scheduler.send(new GetScheduleCommand(scheduleKey(id)));
        return pick(fromAws(found), [...scheduleProperties, "arn"]);
    },
    update: (aws, _id, _olds, news) => aws.scheduler.send(new UpdateScheduleCommand(scheduleInput(news))),
    delete: (aws, id) => aws.scheduler.send(new DeleteScheduleCommand(scheduleKey(id))),
};

function scheduleInput(inputs: ScheduleInputs): CreateScheduleCommandInput {
    const date = (text: string | undefined) => (text ? new Date(text) : undefined);
    return {
        ...toAws<CreateScheduleCommandInput>(pick(inputs, scheduleProperties)),
        StartDate: date(inputs.startDate),
        EndDate: date(inputs.endDate),
    };
}

function scheduleKey(id: string): { GroupName: string; Name: string } {
    const [GroupName = "default", Name = ""] = id.includes("/") ? id.split("/") : ["default", id];
    return { GroupName, Name };
}
