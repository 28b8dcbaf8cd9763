/**
 * aws:cloudwatch: alarms, dashboards and log groups.
 */
import {
    type CompositeAlarm,
    DeleteAlarmsCommand,
    DeleteDashboardsCommand,
    DescribeAlarmsCommand,
    GetDashboardCommand,
    type MetricAlarm,
    type MetricDataQuery,
    PutCompositeAlarmCommand,
    type PutCompositeAlarmCommandInput,
    PutDashboardCommand,
    PutMetricAlarmCommand,
    type PutMetricAlarmCommandInput,
    type StandardUnit,
    TagResourceCommand,
    UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import { type Properties } from "../values";
import { type Aws } from "./aws";
import { type Checked, mismatches, type ResourceRow } from "./resource";
import { fromAws, pick, tagList, toAws } from "./words";

// Properties that CloudWatch takes and gives back under the same name; of every alarm, and of one on metrics.
const commonAlarmProperties = ["actionsEnabled", "alarmActions", "alarmDescription", "insufficientDataActions"];
const plainAlarmProperties = [
    ...commonAlarmProperties,
    "comparisonOperator",
    "datapointsToAlarm",
    "evaluationPeriods",
    "extendedStatistic",
    "metricName",
    "namespace",
    "period",
    "statistic",
    "threshold",
    "thresholdMetricId",
    "treatMissingData",
    "unit",
];

type AlarmInputs = Checked<cloudwatch.MetricAlarmArgs, "name">;

export const metricAlarm: ResourceRow<AlarmInputs> = {
    autoname: { property: "name", lengthMax: 255 },
    defaults: { actionsEnabled: true, treatMissingData: "missing" },
    required: ["comparisonOperator"],
    replaceOn: ["name", "region"],
    sets: ["alarmActions", "insufficientDataActions", "metricQueries", "okActions"],
    computed: ["arn", "evaluateLowSampleCountPercentiles"],
    tags: "map",
    create: async (aws, inputs) => {
        await putAlarm(aws, inputs);
        return inputs.name;
    },
    read: async (aws, id) => {
        const request = new DescribeAlarmsCommand({ AlarmNames: [id], AlarmTypes: ["MetricAlarm"] });
        const alarm = (await aws.cloudwatch.send(request)).MetricAlarms?.[0];
        return alarm && alarmOutputs(alarm);
    },
    update: (aws, _id, _olds, news) => putAlarm(aws, news),
    ...tagsAndEnd(),
};

type CompositeInputs = Checked<cloudwatch.CompositeAlarmArgs>;

export const compositeAlarm: ResourceRow<CompositeInputs> = {
    defaults: { actionsEnabled: true },
    required: ["alarmName", "alarmRule"],
    // The real provider replaces it where the switch of its actions changes.
    replaceOn: ["actionsEnabled", "alarmName", "region"],
    sets: ["alarmActions", "insufficientDataActions", "okActions"],
    computed: ["arn"],
    tags: "map",
    create: async (aws, inputs) => {
        await putComposite(aws, inputs);
        return inputs.alarmName;
    },
    read: async (aws, id) => {
        const request = new DescribeAlarmsCommand({ AlarmNames: [id], AlarmTypes: ["CompositeAlarm"] });
        const alarm = (await aws.cloudwatch.send(request)).CompositeAlarms?.[0];
        return alarm && compositeOutputs(alarm);
    },
    update: (aws, _id, _olds, news) => putComposite(aws, news),
    ...tagsAndEnd(),
};

/** How alarms of both kinds are tagged and deleted. */
function tagsAndEnd(): Pick<ResourceRow<unknown>, "tag" | "untag" | "delete"> {
    return {
        tag: (aws, id, tags) =>
            aws.cloudwatch.send(new TagResourceCommand({ ResourceARN: alarmArn(aws, id), Tags: tagList(tags) })),
        untag: (aws, id, TagKeys) =>
            aws.cloudwatch.send(new UntagResourceCommand({ ResourceARN: alarmArn(aws, id), TagKeys })),
        delete: (aws, id) => aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [id] })),
    };
}

async function putComposite(aws: Aws, inputs: CompositeInputs): Promise<void> {
    const { actionsSuppressor: suppressor } = inputs;
    await aws.cloudwatch.send(
        new PutCompositeAlarmCommand({
            ...toAws<Omit<PutCompositeAlarmCommandInput, "AlarmName" | "AlarmRule">>(
                pick(inputs, commonAlarmProperties),
            ),
            AlarmName: inputs.alarmName,
            AlarmRule: inputs.alarmRule,
            OKActions: inputs.okActions as string[] | undefined,
            ActionsSuppressor: suppressor?.alarm,
            ActionsSuppressorWaitPeriod: suppressor?.waitPeriod,
            ActionsSuppressorExtensionPeriod: suppressor?.extensionPeriod,
            Tags: inputs.tags && tagList(inputs.tags),
        }),
    );
}

function compositeOutputs(alarm: CompositeAlarm): Properties {
    return {
        ...pick(fromAws(alarm), [...commonAlarmProperties, "alarmName", "alarmRule"]),
        arn: alarm.AlarmArn,
        okActions: alarm.OKActions ?? [],
    };
}

function alarmArn(aws: Aws, name: string): string {
    return aws.arn("cloudwatch", `alarm:${name}`);
}

async function putAlarm(aws: Aws, inputs: AlarmInputs): Promise<void> {
    await aws.cloudwatch.send(
        new PutMetricAlarmCommand({
            ...toAws<Omit<PutMetricAlarmCommandInput, "AlarmName">>(pick(inputs, plainAlarmProperties)),
            AlarmName: inputs.name,
            OKActions: inputs.okActions as string[] | undefined,
            Dimensions: inputs.dimensions && dimensionList(inputs.dimensions),
            Metrics: inputs.metricQueries?.map(metricQuery),
            EvaluateLowSampleCountPercentile: inputs.evaluateLowSampleCountPercentiles || undefined,
            Tags: inputs.tags && tagList(inputs.tags),
        }),
    );
}

function metricQuery(query: NonNullable<AlarmInputs["metricQueries"]>[number]): MetricDataQuery {
    const { metric } = query;
    return {
        ...toAws<MetricDataQuery>(pick(query, ["id", "accountId", "expression", "label", "period", "returnData"])),
        MetricStat: metric && {
            Metric: {
                Namespace: metric.namespace,
                MetricName: metric.metricName,
                Dimensions: dimensionList(metric.dimensions),
            },
            Period: metric.period,
            Stat: metric.stat,
            Unit: metric.unit as StandardUnit | undefined,
        },
    };
}

function alarmOutputs(alarm: MetricAlarm): Properties {
    return {
        ...pick(fromAws(alarm), plainAlarmProperties),
        arn: alarm.AlarmArn,
        name: alarm.AlarmName,
        evaluateLowSampleCountPercentiles: alarm.EvaluateLowSampleCountPercentile ?? "",
        okActions: alarm.OKActions ?? [],
        ...(alarm.Dimensions?.length ? { dimensions: dimensionMap(alarm.Dimensions) } : {}),
        ...(alarm.Metrics?.length ? { metricQueries: alarm.Metrics.map(queryOutputs) } : {}),
    };
}

function queryOutputs({ MetricStat, ...query }: MetricDataQuery): Properties {
    if (MetricStat === undefined) return fromAws(query);
    const metric = {
        namespace: MetricStat.Metric?.Namespace,
        metricName: MetricStat.Metric?.MetricName,
        dimensions: dimensionMap(MetricStat.Metric?.Dimensions ?? []),
        period: MetricStat.Period,
        stat: MetricStat.Stat,
        ...(MetricStat.Unit ? { unit: MetricStat.Unit } : {}),
    };
    return { ...fromAws(query), metric };
}

function dimensionList(dimensions: Record<string, string> = {}): { Name: string; Value: string }[] {
    return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
}

function dimensionMap(dimensions: readonly { Name?: string; Value?: string }[]): Record<string, string> {
    return Object.fromEntries(dimensions.map(({ Name, Value }) => [Name ?? "", Value ?? ""]));
}

type DashboardInputs = Checked<cloudwatch.DashboardArgs>;

export const dashboard: ResourceRow<DashboardInputs> = {
    required: ["dashboardName", "dashboardBody"],
    validate: ({ dashboardName: name }) =>
        mismatches(
            "dashboardName",
            name,
            /^[\w-]+$/,
            `"dashboard_name" doesn't comply with restrictions ("^[0-9A-Za-z_-]+$"): "${name}"`,
        ),
    replaceOn: ["dashboardName", "region"],
    documents: ["dashboardBody"],
    computed: ["dashboardArn"],
    create: async (aws, inputs) => {
        await putDashboard(aws, inputs);
        return inputs.dashboardName;
    },
    read: async (aws, id) => {
        const found = await aws.cloudwatch.send(new GetDashboardCommand({ DashboardName: id }));
        return pick(fromAws(found), ["dashboardName", "dashboardArn", "dashboardBody"]);
    },
    update: (aws, _id, _olds, news) => putDashboard(aws, news),
    delete: (aws, id) => aws.cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: [id] })),
};

async function putDashboard(aws: Aws, { dashboardName, dashboardBody }: DashboardInputs): Promise<void> {
    const { DashboardValidationMessages: problems } = await aws.cloudwatch.send(
        new PutDashboardCommand({ DashboardName: dashboardName, DashboardBody: dashboardBody as string }),
    );
    if (problems?.length)
        throw new Error(problems.map(({ DataPath, Message }) => `${DataPath ?? ""}: ${Message ?? ""}`).join("; "));
}

export const logGroup: ResourceRow<Checked<cloudwatch.LogGroupArgs, "name">> = {
    autoname: { property: "name", lengthMax: 512 },
    defaults: { skipDestroy: false },
    replaceOn: ["name", "logGroupClass", "region"],
    computed: ["arn", "logGroupClass"],
    tags: "map",
    create: async (aws, inputs) => {
        const optional = pick(inputs, ["kmsKeyId", "logGroupClass", "tags"]);
        await logs(aws, "CreateLogGroup", { logGroupName: inputs.name, ...optional });
        await putRetention(aws, inputs.name, inputs.retentionInDays);
        return inputs.name;
    },
    read: async (aws, id) => {
        const { logGroups } = await logs(aws, "DescribeLogGroups", { logGroupNamePrefix: id });
        const found = (logGroups as Properties[] | undefined)?.find((group) => group.logGroupName === id);
        return (
            found && {
                name: id,
                arn: String(found.arn).replace(/:\*$/, ""),
                logGroupClass: found.logGroupClass ?? "STANDARD",
                ...pick(found, ["retentionInDays", "kmsKeyId"]),
            }
        );
    },
    update: async (aws, id, olds, news) => {
        if (olds.retentionInDays !== news.retentionInDays) await putRetention(aws, id, news.retentionInDays);
        if (olds.kmsKeyId === news.kmsKeyId) return;
        const [operation, key] = news.kmsKeyId
            ? ["AssociateKmsKey", { kmsKeyId: news.kmsKeyId }]
            : ["DisassociateKmsKey"];
        await logs(aws, operation, { logGroupName: id, ...key });
    },
    tag: (aws, id, tags) => logs(aws, "TagResource", { resourceArn: logGroupArn(aws, id), tags }),
    untag: (aws, id, tagKeys) => logs(aws, "UntagResource", { resourceArn: logGroupArn(aws, id), tagKeys }),
    delete: (aws, id) => logs(aws, "DeleteLogGroup", { logGroupName: id }),
};

function logGroupArn(aws: Aws, name: string): string {
    return aws.arn("logs", `log-group:${name}`);
}

async function putRetention(aws: Aws, logGroupName: string, retentionInDays: number | undefined): Promise<void> {
    // Zero and nothing both mean: for ever.
    await (retentionInDays
        ? logs(aws, "PutRetentionPolicy", { logGroupName, retentionInDays })
        : logs(aws, "DeleteRetentionPolicy", { logGroupName }));
}

function logs(aws: Aws, operation: string, input: object): Promise<Properties> {
    return aws.json("logs", `Logs_20140328.${operation}`, input);
}
