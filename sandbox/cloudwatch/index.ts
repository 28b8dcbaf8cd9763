/**
 * The local CloudWatch: metrics of what really flowed, metric math and Metrics Insights, alarms on the sandbox's clock, dashboards.
 */
import { type AccessRequest, type Ambient, type CallInput, type Service, textOf } from "../service";
import { operationsOf, type OperationTable } from "../wire/operation";
import { stopAlarms } from "./alarmEvaluation";
import * as descriptions from "./alarmDescriptions";
import * as alarms from "./alarms";
import * as dashboards from "./dashboards";
import * as metrics from "./metrics";
import { putMetricData } from "./putMetricData";
import { type Account, alarmArn, type AlarmActions, type Alarms, dashboardArn, type Global, newAccount } from "./state";
import { type MetricStore } from "./store";
import * as tags from "./tags";

export { type Global, newGlobal } from "./state";

export interface CloudWatchService extends Service {
    readonly alarms: Alarms;
}

export function cloudWatchService(
    ambient: Ambient,
    store: MetricStore,
    actions: AlarmActions,
    global: Global,
): CloudWatchService {
    const account = newAccount(ambient, store, actions, global);
    return {
        name: "monitoring",
        targetPrefix: "GraniteServiceVersion20100801",
        operations: operationsOf(table, account, { code: "ValidationError" }),
        alarms: account.alarms,
        accessOf: (operation, input) => accessOf(ambient, operation, input),
        stop: () => stopAlarms(account),
    };
}

const table: OperationTable<Account> = {
    DeleteAlarms: alarms.deleteAlarms,
    DeleteDashboards: dashboards.deleteDashboards,
    DescribeAlarmContributors: descriptions.describeAlarmContributors,
    DescribeAlarmHistory: descriptions.describeAlarmHistory,
    DescribeAlarms: descriptions.describeAlarms,
    DescribeAlarmsForMetric: descriptions.describeAlarmsForMetric,
    DisableAlarmActions: alarms.disableAlarmActions,
    EnableAlarmActions: alarms.enableAlarmActions,
    GetDashboard: dashboards.getDashboard,
    GetMetricData: metrics.getMetricData,
    GetMetricStatistics: metrics.getMetricStatistics,
    ListDashboards: dashboards.listDashboards,
    ListMetrics: metrics.listMetrics,
    ListTagsForResource: tags.listTagsForResource,
    PutCompositeAlarm: alarms.putCompositeAlarm,
    PutDashboard: dashboards.putDashboard,
    PutMetricAlarm: alarms.putMetricAlarm,
    PutMetricData: putMetricData,
    SetAlarmState: alarms.setAlarmState,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
};

function accessOf(ambient: Ambient, operation: string, input: CallInput): AccessRequest[] {
    const action = `cloudwatch:${operation}`;
    if (operation === "PutMetricData") {
        const context = { "cloudwatch:namespace": textOf(input, "Namespace") ?? "" };
        return [{ action, resource: "*", context }];
    }
    // AWS knows no narrower permission for what is about composite alarms.
    const isAboutComposites =
        operation === "PutCompositeAlarm" || [input.AlarmTypes ?? []].flat().includes("CompositeAlarm");
    if (isAboutComposites) return [{ action, resource: "*" }];
    const named = (member: string): string[] => [input[member] ?? input[`${member}s`] ?? []].flat().map(String);
    const resources = [
        ...named("AlarmName").map((name) => alarmArn(ambient, name)),
        ...named("DashboardName").map((name) => dashboardArn(ambient, name)),
    ];
    // A call that names no resource is allowed only where any resource is.
    if (resources.length === 0) resources.push(textOf(input, "ResourceARN") ?? "*");
    return resources.map((resource) => ({ action, resource }));
}
