/**
 * The services around Kinesis, wired to each other: metrics feed alarms, alarms publish to topics and invoke functions, schedules invoke
 * functions, and functions call everything with the rights of their role.
 */
import { cloudWatchService, CloudWatchService } from "./cloudwatch";
import { dynamoService, DynamoService } from "./dynamodb";
import { iamService, IamService } from "./iam";
import { GuardOptions, iamGuard } from "./iam/guard";
import { lambdaService, LambdaService } from "./lambda";
import { logsService, LogsService } from "./logs";
import { MetricStore } from "./metrics";
import { schedulerService, SchedulerService } from "./scheduler";
import type { Ambient, Guard, Service } from "./service";
import { snsService, SnsService } from "./sns";
import { stsService } from "./sts";

export interface CloudOptions {
    /** Where every service puts its metrics. */
    readonly store?: MetricStore;
    /** Where the sandbox listens; undefined until it does. */
    readonly endpoint: () => string | undefined;
    /** The stream that a Kinesis call is about, for permissions on streams. @default the StreamName or ARN of the call */
    readonly streamNameOf?: GuardOptions["streamNameOf"];
}

export interface Cloud {
    readonly store: MetricStore;
    readonly cloudWatch: CloudWatchService;
    readonly sns: SnsService;
    readonly iam: IamService;
    readonly logs: LogsService;
    readonly lambda: LambdaService;
    readonly scheduler: SchedulerService;
    readonly dynamodb: DynamoService;
    /** All of them, for the server. */
    readonly services: readonly Service[];
    /** Permissions: what the server asks before each call. */
    readonly guards: readonly Guard[];
}

export function cloudServices(ambient: Ambient, options: CloudOptions): Cloud {
    const store = options.store ?? new MetricStore();
    const iam = iamService(ambient);
    const logs = logsService(ambient, store);
    const dynamodb = dynamoService(ambient);
    // Topics and functions know each other.
    const wired: { lambda?: LambdaService } = {};
    const sns = snsService(ambient, {
        endpoint: options.endpoint,
        invokeFunction: (functionArn, event, topicArn) =>
            wired.lambda!.invokeAs(
                { service: "sns.amazonaws.com", title: "SNS", sourceArn: topicArn },
                functionArn,
                event,
            ),
    });
    const lambda = lambdaService(ambient, {
        iam,
        logs,
        metrics: store,
        endpoint: options.endpoint,
        publish: (topicArn, message) => sns.publishInAccount(topicArn, message),
    });
    wired.lambda = lambda;
    const scheduler = schedulerService(ambient, { iam, invokeFunction: (arn, event) => lambda.enqueue(arn, event) });
    const cloudWatch = cloudWatchService(ambient, {
        store,
        actions: {
            publish: (topicArn, message, alarmArn) =>
                sns.publishAs(
                    { service: "cloudwatch.amazonaws.com", title: "CloudWatch Alarms", sourceArn: alarmArn },
                    topicArn,
                    message,
                ),
            invokeFunction: (functionArn, event, alarmArn) =>
                lambda.invokeAs(
                    {
                        service: "lambda.alarms.cloudwatch.amazonaws.com",
                        title: "CloudWatch Alarms",
                        sourceArn: alarmArn,
                    },
                    functionArn,
                    event,
                ),
        },
    });
    const guard = iamGuard(ambient, iam, {
        streamNameOf:
            options.streamNameOf ??
            ((_operation, input) => {
                const arn = String(input["StreamARN"] ?? input["ResourceARN"] ?? "");
                return (input["StreamName"] as string | undefined) ?? /:stream\/([^/]+)/.exec(arn)?.[1];
            }),
        hashKeyOf: (table) => dynamodb.hashKeyOf(table),
    });
    return {
        store,
        cloudWatch,
        sns,
        iam,
        logs,
        lambda,
        scheduler,
        dynamodb,
        services: [cloudWatch, sns, iam, stsService(ambient, iam.sessions), logs, lambda, scheduler, dynamodb],
        guards: [guard],
    };
}
