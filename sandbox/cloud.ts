/**
 * The services around Kinesis, wired to each other: metrics feed alarms, alarms publish to topics and invoke functions, schedules invoke
 * functions, and functions call everything with the rights of their role.
 */
import { cloudWatchService, type CloudWatchService, type Global, newGlobal } from "./cloudwatch/index";
import { dynamoService, type DynamoService } from "./dynamodb/index";
import { iamService, type IamService } from "./iam/index";
import { type Callers, callersOf } from "./iam/callers";
import { iamGuard } from "./iam/guard";
import { lambdaService, type LambdaService } from "./lambda/index";
import { logsService, type LogsService } from "./logs/index";
import { type MetricStore } from "./cloudwatch/store";
import { schedulerService, type SchedulerService } from "./scheduler/index";
import { type Ambient, type Guard, type Service } from "./service";
import { snsService, type SnsService } from "./sns/index";
import { sqsService, type SqsService } from "./sqs/index";
import { stsService } from "./sts/index";
import { callsInside } from "./wire/inside";

export interface CloudOptions {
    /** Where every service puts its metrics. */
    readonly store: MetricStore;
    /** Where the sandbox listens; undefined until it does. */
    readonly endpoint: () => string | undefined;
    /** What the others stand around: the guard asks it about its calls, too. */
    readonly kinesis: Service;
    readonly account: AccountWide;
    /** A service that asks another account where that owns what a call names, as `kinesis` does already. */
    readonly reach: (service: Service) => Service;
    /** Asks every guard of the sandbox, for calls that services make among themselves. */
    readonly guard: Guard;
}

/** What all regions of an account share. */
export interface AccountWide {
    readonly iam: IamService;
    readonly cloudWatch: Global;
    /** Of all accounts. */
    readonly callers: Callers;
}

/** Adds an account to those that there are. */
export function accountWide(ambient: Ambient, accounts: Map<string, AccountWide>, home: Ambient): AccountWide {
    const account = { iam: iamService(ambient), cloudWatch: newGlobal(), callers: callersOf(home, accounts) };
    accounts.set(ambient.accountId, account);
    return account;
}

/** The services of one region. */
export interface Cloud {
    readonly store: MetricStore;
    readonly cloudWatch: CloudWatchService;
    readonly sns: SnsService;
    readonly sqs: SqsService;
    readonly iam: IamService;
    readonly logs: LogsService;
    readonly lambda: LambdaService;
    readonly scheduler: SchedulerService;
    readonly dynamodb: DynamoService;
    /** All of them, for the server. */
    readonly services: readonly Service[];
    /** Permissions: asked before each call. */
    readonly guard: Guard;
}

export function cloudServices(ambient: Ambient, options: CloudOptions): Cloud {
    const { store, account } = options;
    const { iam } = account;
    const logs = logsService(ambient, store);
    const dynamodb = dynamoService(ambient);
    const serviceNamed = (name: string): Service | undefined => services.find((service) => service.name === name);
    const sqs = sqsService(ambient, { metrics: store, endpoint: options.endpoint });
    // Topics and functions know each other.
    const sns: SnsService = snsService(ambient, {
        endpoint: options.endpoint,
        invokeAs: (source, functionArn, event) => lambda.invokeAs(source, functionArn, event),
        sendAs: sqs.sendAs,
    });
    const lambda = lambdaService(ambient, {
        iam,
        logs,
        metrics: store,
        endpoint: options.endpoint,
        callAs: callsInside(ambient, serviceNamed, options.guard),
    });
    const scheduler = schedulerService(ambient, { iam, invokeFunction: (arn, event) => lambda.enqueue(arn, event) });
    const actions = { publishAs: sns.publishAs, invokeAs: lambda.invokeAs };
    const cloudWatch = cloudWatchService(ambient, store, actions, account.cloudWatch);
    const sts = options.reach(stsService(ambient, iam, account.callers));
    const services: readonly Service[] = [
        options.kinesis,
        cloudWatch,
        sns,
        sqs,
        iam,
        sts,
        logs,
        lambda,
        scheduler,
        dynamodb,
    ];
    const guard = iamGuard(account.callers, serviceNamed);
    return { store, cloudWatch, sns, sqs, iam, logs, lambda, scheduler, dynamodb, services, guard };
}
