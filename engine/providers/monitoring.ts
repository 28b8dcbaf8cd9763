// aws:cloudwatch and aws:sns: alarms, dashboards, log groups, topics.
import {
    type CloudWatchClient,
    DeleteAlarmsCommand,
    DeleteDashboardsCommand,
    DescribeAlarmsCommand,
    GetDashboardCommand,
    type MetricAlarm,
    type MetricDataQuery,
    PutDashboardCommand,
    PutMetricAlarmCommand,
    type PutMetricAlarmCommandInput,
    TagResourceCommand,
    UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import {
    CreateTopicCommand,
    DeleteTopicCommand,
    GetSubscriptionAttributesCommand,
    GetTopicAttributesCommand,
    SetSubscriptionAttributesCommand,
    SetTopicAttributesCommand,
    SubscribeCommand,
    TagResourceCommand as TagTopicCommand,
    UnsubscribeCommand,
    UntagResourceCommand as UntagTopicCommand,
} from "@aws-sdk/client-sns";
import { type Aws } from "./aws";
import { isNotFound, type Properties, type ResourceRow } from "./provider";
import { fromAws, pick, retag, tagList, toAws } from "./words";

// Properties that CloudWatch takes and gives back under the same name.
const plainAlarmProperties = [
    "actionsEnabled",
    "alarmActions",
    "alarmDescription",
    "comparisonOperator",
    "datapointsToAlarm",
    "evaluationPeriods",
    "extendedStatistic",
    "insufficientDataActions",
    "metricName",
    "namespace",
    "period",
    "statistic",
    "threshold",
    "thresholdMetricId",
    "treatMissingData",
    "unit",
];

export const metricAlarm: ResourceRow = {
    autoname: { property: "name", lengthMax: 255 },
    defaults: { actionsEnabled: true, treatMissingData: "missing" },
    required: ["comparisonOperator"],
    replaceOn: ["name", "region"],
    sets: ["alarmActions", "insufficientDataActions", "metricQueries", "okActions"],
    computed: ["arn", "evaluateLowSampleCountPercentiles"],
    tags: "map",
    create: async (aws, inputs) => {
        await putAlarm(aws, inputs);
        return inputs.name as string;
    },
    read: async (aws, id) => {
        const alarm = await alarmNamed(aws.cloudwatch, id);
        return alarm && alarmOutputs(alarm);
    },
    update: async (aws, _id, olds, news) => {
        await putAlarm(aws, news);
        const ResourceARN = aws.arn("cloudwatch", `alarm:${news.name as string}`);
        await retag(
            olds,
            news,
            (tags) => aws.cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags: tagList(tags) })),
            (TagKeys) => aws.cloudwatch.send(new UntagResourceCommand({ ResourceARN, TagKeys })),
        );
    },
    delete: async (aws, id) => {
        await aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [id] }));
    },
};

async function putAlarm(aws: Aws, inputs: Properties): Promise<void> {
    await aws.cloudwatch.send(
        new PutMetricAlarmCommand({
            ...toAws<Omit<PutMetricAlarmCommandInput, "AlarmName">>(pick(inputs, plainAlarmProperties)),
            AlarmName: inputs.name as string,
            ...(inputs.okActions ? { OKActions: inputs.okActions as string[] } : {}),
            ...(inputs.dimensions ? { Dimensions: dimensionList(inputs.dimensions) } : {}),
            ...(inputs.metricQueries ? { Metrics: (inputs.metricQueries as Properties[]).map(metricQuery) } : {}),
            ...(inputs.evaluateLowSampleCountPercentiles
                ? { EvaluateLowSampleCountPercentile: inputs.evaluateLowSampleCountPercentiles as string }
                : {}),
            ...(inputs.tags ? { Tags: tagList(inputs.tags) } : {}),
        }),
    );
}

function metricQuery(query: Properties): MetricDataQuery {
    const metric = query.metric as Properties | undefined;
    return {
        ...toAws<MetricDataQuery>(pick(query, ["id", "accountId", "expression", "label", "period", "returnData"])),
        ...(metric
            ? {
                  MetricStat: {
                      Metric: {
                          Namespace: metric.namespace as string,
                          MetricName: metric.metricName as string,
                          Dimensions: dimensionList(metric.dimensions),
                      },
                      Period: metric.period as number,
                      Stat: metric.stat as string,
                      ...(metric.unit ? { Unit: metric.unit as "Bytes" } : {}),
                  },
              }
            : {}),
    };
}

async function alarmNamed(client: CloudWatchClient, name: string): Promise<MetricAlarm | undefined> {
    const answer = await client.send(new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ["MetricAlarm"] }));
    return answer.MetricAlarms?.[0];
}

function alarmOutputs(alarm: MetricAlarm): Properties {
    const plain = fromAws(alarm);
    return {
        ...pick(plain, plainAlarmProperties),
        arn: alarm.AlarmArn,
        name: alarm.AlarmName,
        evaluateLowSampleCountPercentiles: alarm.EvaluateLowSampleCountPercentile ?? "",
        okActions: alarm.OKActions ?? [],
        ...(alarm.Dimensions?.length ? { dimensions: dimensionMap(alarm.Dimensions) } : {}),
        ...(alarm.Metrics?.length
            ? {
                  metricQueries: alarm.Metrics.map(({ MetricStat, ...query }) => ({
                      ...fromAws(query),
                      ...(MetricStat
                          ? {
                                metric: {
                                    namespace: MetricStat.Metric?.Namespace,
                                    metricName: MetricStat.Metric?.MetricName,
                                    dimensions: dimensionMap(MetricStat.Metric?.Dimensions ?? []),
                                    period: MetricStat.Period,
                                    stat: MetricStat.Stat,
                                    ...(MetricStat.Unit ? { unit: MetricStat.Unit } : {}),
                                },
                            }
                          : {}),
                  })),
              }
            : {}),
    };
}

function dimensionList(dimensions: unknown): { Name: string; Value: string }[] {
    return Object.entries((dimensions ?? {}) as Record<string, string>).map(([Name, Value]) => ({ Name, Value }));
}

function dimensionMap(dimensions: readonly { Name?: string; Value?: string }[]): Record<string, string> {
    return Object.fromEntries(dimensions.map(({ Name, Value }) => [Name ?? "", Value ?? ""]));
}

export const dashboard: ResourceRow = {
    required: ["dashboardName", "dashboardBody"],
    replaceOn: ["dashboardName", "region"],
    documents: ["dashboardBody"],
    computed: ["dashboardArn"],
    create: async (aws, inputs) => {
        await putDashboard(aws, inputs);
        return inputs.dashboardName as string;
    },
    read: async (aws, id) => {
        try {
            const found = await aws.cloudwatch.send(new GetDashboardCommand({ DashboardName: id }));
            return {
                dashboardName: found.DashboardName,
                dashboardArn: found.DashboardArn,
                dashboardBody: found.DashboardBody,
            };
        } catch (error) {
            return goneOr(error);
        }
    },
    update: async (aws, _id, _olds, news) => putDashboard(aws, news),
    delete: async (aws, id) => {
        await aws.cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: [id] }));
    },
};

async function putDashboard(aws: Aws, inputs: Properties): Promise<void> {
    const { DashboardValidationMessages: problems } = await aws.cloudwatch.send(
        new PutDashboardCommand({
            DashboardName: inputs.dashboardName as string,
            DashboardBody: inputs.dashboardBody as string,
        }),
    );
    if (problems?.length)
        throw new Error(problems.map(({ DataPath, Message }) => `${DataPath ?? ""}: ${Message ?? ""}`).join("; "));
}

function goneOr(error: unknown): undefined {
    if (!isNotFound(error)) throw error;

    return undefined;
}

export const logGroup: ResourceRow = {
    autoname: { property: "name", lengthMax: 512 },
    defaults: { skipDestroy: false },
    replaceOn: ["name", "logGroupClass", "region"],
    computed: ["arn", "logGroupClass"],
    tags: "map",
    create: async (aws, inputs) => {
        const logGroupName = inputs.name as string;
        await logs(aws, "CreateLogGroup", {
            logGroupName,
            ...(inputs.kmsKeyId ? { kmsKeyId: inputs.kmsKeyId } : {}),
            ...(inputs.logGroupClass ? { logGroupClass: inputs.logGroupClass } : {}),
            ...(inputs.tags ? { tags: inputs.tags } : {}),
        });
        await putRetention(aws, logGroupName, inputs.retentionInDays);
        return logGroupName;
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

        const resourceArn = aws.arn("logs", `log-group:${id}`);
        await retag(
            olds,
            news,
            (tags) => logs(aws, "TagResource", { resourceArn, tags }),
            (tagKeys) => logs(aws, "UntagResource", { resourceArn, tagKeys }),
        );
    },
    delete: async (aws, id) => {
        await logs(aws, "DeleteLogGroup", { logGroupName: id });
    },
};

async function putRetention(aws: Aws, logGroupName: string, retentionInDays: unknown): Promise<void> {
    // Zero and nothing both mean: for ever.
    await (retentionInDays
        ? logs(aws, "PutRetentionPolicy", { logGroupName, retentionInDays })
        : logs(aws, "DeleteRetentionPolicy", { logGroupName }));
}

function logs(aws: Aws, operation: string, input: object): Promise<Properties> {
    return aws.json("logs", `Logs_20140328.${operation}`, input);
}

const topicAttributes: Readonly<Record<string, string>> = {
    contentBasedDeduplication: "ContentBasedDeduplication",
    deliveryPolicy: "DeliveryPolicy",
    displayName: "DisplayName",
    fifoTopic: "FifoTopic",
    kmsMasterKeyId: "KmsMasterKeyId",
    policy: "Policy",
    signatureVersion: "SignatureVersion",
    tracingConfig: "TracingConfig",
};

export const topic: ResourceRow = {
    autoname: { property: "name", lengthMax: 256 },
    defaults: { contentBasedDeduplication: false, fifoTopic: false },
    replaceOn: ["name", "fifoTopic", "region"],
    documents: ["policy", "deliveryPolicy"],
    computed: ["arn", "owner", "policy"],
    tags: "map",
    create: async (aws, inputs) => {
        const Attributes = Object.fromEntries(
            Object.entries(topicAttributes)
                .filter(([property]) => inputs[property] !== undefined && inputs[property] !== false)
                .map(([property, attribute]) => [attribute, String(inputs[property])]),
        );
        const created = await aws.sns.send(
            new CreateTopicCommand({
                Name: inputs.name as string,
                ...(Object.keys(Attributes).length > 0 ? { Attributes } : {}),
                ...(Object.keys(inputs.tags ?? {}).length > 0 ? { Tags: tagList(inputs.tags) } : {}),
            }),
        );
        return created.TopicArn ?? "";
    },
    read: async (aws, id) => {
        try {
            const { Attributes = {} } = await aws.sns.send(new GetTopicAttributesCommand({ TopicArn: id }));
            const known = Object.entries(topicAttributes).filter(([, attribute]) => Attributes[attribute]);
            return {
                ...Object.fromEntries(known.map(([property, attribute]) => [property, typed(Attributes[attribute])])),
                arn: id,
                name: id.split(":").pop(),
                owner: Attributes.Owner,
                policy: Attributes.Policy ?? "",
            };
        } catch (error) {
            return goneOr(error);
        }
    },
    update: async (aws, id, olds, news) => {
        for (const [property, AttributeName] of Object.entries(topicAttributes)) {
            if (olds[property] !== news[property])
                await setTopicAttribute(aws, id, AttributeName, String(news[property] ?? ""));
        }
        await retag(
            olds,
            news,
            (tags) => aws.sns.send(new TagTopicCommand({ ResourceArn: id, Tags: tagList(tags) })),
            (TagKeys) => aws.sns.send(new UntagTopicCommand({ ResourceArn: id, TagKeys })),
        );
    },
    delete: async (aws, id) => {
        await aws.sns.send(new DeleteTopicCommand({ TopicArn: id }));
    },
};

async function setTopicAttribute(aws: Aws, TopicArn: string, AttributeName: string, AttributeValue: string) {
    await aws.sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
}

/** SNS says everything in strings. */
function typed(value: string | undefined): unknown {
    return value === "true" ? true : value === "false" ? false : value;
}

export const topicPolicy: ResourceRow = {
    required: ["arn", "policy"],
    replaceOn: ["arn", "region"],
    documents: ["policy"],
    computed: ["owner"],
    create: async (aws, inputs) => {
        await setTopicAttribute(aws, inputs.arn as string, "Policy", inputs.policy as string);
        return inputs.arn as string;
    },
    read: async (aws, id) => {
        try {
            const { Attributes = {} } = await aws.sns.send(new GetTopicAttributesCommand({ TopicArn: id }));
            return { arn: id, owner: Attributes.Owner, policy: Attributes.Policy };
        } catch (error) {
            return goneOr(error);
        }
    },
    update: async (aws, id, _olds, news) => setTopicAttribute(aws, id, "Policy", news.policy as string),
    // A topic always has a policy: what AWS gives a new one comes back.
    delete: async (aws, id) => setTopicAttribute(aws, id, "Policy", defaultTopicPolicy(aws, id)),
};

function defaultTopicPolicy(aws: Aws, topicArn: string): string {
    const actions = [
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    ];
    return JSON.stringify({
        Version: "2008-10-17",
        Id: "__default_policy_ID",
        Statement: [
            {
                Sid: "__default_statement_ID",
                Effect: "Allow",
                Principal: { AWS: "*" },
                Action: actions.map((action) => `SNS:${action}`),
                Resource: topicArn,
                Condition: { StringEquals: { "AWS:SourceOwner": aws.settings.accountId } },
            },
        ],
    });
}

const subscriptionAttributes: Readonly<Record<string, string>> = {
    deliveryPolicy: "DeliveryPolicy",
    filterPolicy: "FilterPolicy",
    filterPolicyScope: "FilterPolicyScope",
    rawMessageDelivery: "RawMessageDelivery",
    redrivePolicy: "RedrivePolicy",
    subscriptionRoleArn: "SubscriptionRoleArn",
};

export const topicSubscription: ResourceRow = {
    defaults: { confirmationTimeoutInMinutes: 1, endpointAutoConfirms: false, rawMessageDelivery: false },
    required: ["endpoint", "protocol", "topic"],
    replaceOn: ["endpoint", "protocol", "topic", "region"],
    documents: ["deliveryPolicy", "filterPolicy", "redrivePolicy"],
    computed: ["arn", "confirmationWasAuthenticated", "filterPolicyScope", "ownerId", "pendingConfirmation"],
    create: async (aws, inputs) => {
        const Attributes = Object.fromEntries(
            Object.entries(subscriptionAttributes)
                .filter(([property]) => inputs[property] !== undefined && inputs[property] !== false)
                .map(([property, attribute]) => [attribute, String(inputs[property])]),
        );
        const { SubscriptionArn = "" } = await aws.sns.send(
            new SubscribeCommand({
                TopicArn: inputs.topic as string,
                Protocol: inputs.protocol as string,
                Endpoint: inputs.endpoint as string,
                ReturnSubscriptionArn: true,
                ...(Object.keys(Attributes).length > 0 ? { Attributes } : {}),
            }),
        );
        return SubscriptionArn;
    },
    read: async (aws, id) => {
        try {
            const answer = await aws.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: id }));
            const { Attributes = {} } = answer;
            const known = Object.entries(subscriptionAttributes).filter(([, attribute]) => Attributes[attribute]);
            return {
                ...Object.fromEntries(known.map(([property, attribute]) => [property, typed(Attributes[attribute])])),
                arn: id,
                topic: Attributes.TopicArn,
                protocol: Attributes.Protocol,
                endpoint: Attributes.Endpoint,
                ownerId: Attributes.Owner,
                filterPolicyScope: Attributes.FilterPolicyScope ?? "",
                pendingConfirmation: Attributes.PendingConfirmation === "true",
                confirmationWasAuthenticated: Attributes.ConfirmationWasAuthenticated === "true",
            };
        } catch (error) {
            return goneOr(error);
        }
    },
    update: async (aws, id, olds, news) => {
        for (const [property, AttributeName] of Object.entries(subscriptionAttributes)) {
            if (olds[property] !== news[property]) {
                const AttributeValue = String(news[property] ?? "");
                const input = { SubscriptionArn: id, AttributeName, AttributeValue };
                await aws.sns.send(new SetSubscriptionAttributesCommand(input));
            }
        }
    },
    delete: async (aws, id) => {
        await aws.sns.send(new UnsubscribeCommand({ SubscriptionArn: id }));
    },
};
