/**
 * Permissions: which action on which resources a call is, so that the policies of the caller's role can be asked.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/, read 2026-11. Callers without a role of the sandbox may do everything.
 */
import { type AccessRequest, type Ambient, AwsError, type Guard, type GuardedCall, type Service } from "../service";
import { type IamService } from "./index";

export interface GuardOptions {
    /** Each tells what its calls are about. */
    readonly serviceNamed: (name: string) => Service | undefined;
    /** The stream that a Kinesis call is about, however it names it. */
    readonly streamNameOf: (operation: string, input: Input) => string | undefined;
    /** The hash key's name of a DynamoDB table. */
    readonly hashKeyOf: (tableName: string) => Promise<string | undefined>;
}

type Input = Readonly<Record<string, unknown>>;

/** Refuses what the caller's role does not allow. */
export function iamGuard(ambient: Ambient, iam: IamService, options: GuardOptions): Guard {
    return async (call) => {
        const session = iam.sessions.find(call.request.accessKeyId);
        if (!session) {
            // Keys that the sandbox gave out once and took back.
            if (call.request.accessKeyId.startsWith("ASIA")) {
                throw new AwsError(
                    "UnrecognizedClientException",
                    "The security token included in the request is invalid.",
                    403,
                    "InvalidClientTokenId",
                );
            }
            return;
        }
        for (const request of await requestsOf(call, ambient, options)) {
            const refusal = iam.refusal(session, request);
            if (refusal) throw refusal;
        }
    };
}

/** A call needs all of these; most need one. */
async function requestsOf(
    { service, operation, input }: GuardedCall,
    { partition, region, accountId }: Ambient,
    options: GuardOptions,
): Promise<AccessRequest[]> {
    const values = (typeof input === "object" && input !== null ? input : {}) as Input;
    const text = (name: string): string | undefined =>
        typeof values[name] === "string" ? (values[name] as string) : undefined;
    const arn = (of: string, resource: string): string => `arn:${partition}:${of}:${region}:${accountId}:${resource}`;
    const one = (action: string, resource: string | undefined, context?: AccessRequest["context"]): AccessRequest[] => [
        // A call that names no resource is allowed only where any resource is.
        { action, resource: resource ?? "*", ...(context && { context }) },
    ];
    const told = await options.serviceNamed(service)?.accessOf?.(operation, values);
    if (told !== undefined) return [...told];
    switch (service) {
        case "kinesis": {
            const stream = options.streamNameOf(operation, values);
            const consumer = text("ConsumerARN");
            return one(
                `kinesis:${operation}`,
                consumer ?? (stream === undefined ? undefined : arn("kinesis", `stream/${stream}`)),
            );
        }
        case "monitoring": {
            const action = `cloudwatch:${operation}`;
            if (operation === "PutMetricData")
                return one(action, "*", { "cloudwatch:namespace": text("Namespace") ?? "" });
            const names = [text("AlarmName") ?? values.AlarmNames ?? []].flat() as string[];
            if (names.length > 0) return names.flatMap((name) => one(action, arn("cloudwatch", `alarm:${name}`)));
            const dashboards = [text("DashboardName") ?? values.DashboardNames ?? []].flat() as string[];
            if (dashboards.length > 0) {
                return dashboards.flatMap((name) =>
                    one(action, `arn:${partition}:cloudwatch::${accountId}:dashboard/${name}`),
                );
            }
            return one(action, text("ResourceARN"));
        }
        case "dynamodb":
            return dynamoRequests(operation, values, options, (table, index) =>
                arn("dynamodb", `table/${table}${index === undefined ? "" : `/index/${index}`}`),
            );
        case "sns": {
            const subscription = text("SubscriptionArn");
            const topic = text("TopicArn") ?? text("TargetArn") ?? text("ResourceArn");
            const own = operation === "CreateTopic" ? arn("sns", text("Name") ?? "") : undefined;
            return one(
                `sns:${operation === "PublishBatch" ? "Publish" : operation}`,
                topic ?? subscription?.split(":").slice(0, 6).join(":") ?? own,
            );
        }
        case "logs": {
            const group = text("logGroupName") ?? text("logGroupIdentifier")?.replace(/^arn:.*:log-group:/, "");
            const stream = text("logStreamName");
            const resource = group && arn("logs", `log-group:${group}:${stream ? `log-stream:${stream}` : "*"}`);
            return one(`logs:${operation}`, resource ?? text("resourceArn"));
        }
        case "scheduler":
            return one(
                `scheduler:${operation}`,
                arn("scheduler", `schedule/${text("GroupName") ?? "default"}/${text("Name") ?? ""}`),
            );
        default:
            return one(`${service}:${operation}`, undefined);
    }
}

/** Actions on items are checked with the keys that they reach, so that a shared table can be divided among roles. */
async function dynamoRequests(
    operation: string,
    input: Input,
    { hashKeyOf }: GuardOptions,
    arnOf: (table: string, index?: string) => string,
): Promise<AccessRequest[]> {
    const tableName = (table: string): string => table.replace(/^arn:.*:table\//, "");
    const request = async (
        action: string,
        table: string,
        items: readonly unknown[],
        index?: string,
    ): Promise<AccessRequest> => {
        const name = tableName(table);
        const hashKey = items.length > 0 ? await hashKeyOf(name) : undefined;
        const keys =
            hashKey === undefined ? [] : items.flatMap((item) => keyText((item as Input | undefined)?.[hashKey]));
        return {
            action: `dynamodb:${action}`,
            resource: arnOf(name, index),
            ...(keys.length > 0 && { context: { "dynamodb:LeadingKeys": keys } }),
        };
    };
    if (operation === "BatchGetItem" || operation === "BatchWriteItem") {
        const tables = Object.entries((input.RequestItems ?? {}) as Record<string, unknown>);
        return Promise.all(
            tables.map(([table, asked]) => {
                const items = Array.isArray(asked)
                    ? (asked as { PutRequest?: { Item: unknown }; DeleteRequest?: { Key: unknown } }[]).map(
                          (each) => each.PutRequest?.Item ?? each.DeleteRequest?.Key,
                      )
                    : ((asked as { Keys?: unknown[] }).Keys ?? []);
                return request(operation, table, items);
            }),
        );
    }
    const table = input.TableName ?? input.ResourceArn;
    if (typeof table !== "string") return [{ action: `dynamodb:${operation}`, resource: "*" }];
    const index = typeof input.IndexName === "string" ? input.IndexName : undefined;
    if (operation === "Query") {
        const hashKey = await hashKeyOf(tableName(table));
        return [await request("Query", table, hashKey === undefined ? [] : [queriedKey(input, hashKey)], index)];
    }
    const item = input.Key ?? input.Item;
    return [await request(operation, table, item === undefined ? [] : [item], index)];
}

/** The hash key that a query asks for, as an item: `#pk = :pk`, or a KeyConditions entry. */
function queriedKey(input: Input, hashKey: string): Input {
    const names = (input.ExpressionAttributeNames ?? {}) as Record<string, string>;
    const values = (input.ExpressionAttributeValues ?? {}) as Record<string, unknown>;
    const expression = typeof input.KeyConditionExpression === "string" ? input.KeyConditionExpression : "";
    for (const [, name = "", value = ""] of expression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g))
        if ((names[name] ?? name) === hashKey) return { [hashKey]: values[value] };

    const conditions = (input.KeyConditions ?? {}) as Record<string, { AttributeValueList?: unknown[] }>;
    return { [hashKey]: conditions[hashKey]?.AttributeValueList?.[0] };
}

function keyText(value: unknown): string[] {
    const [text] = Object.values((value ?? {}) as Record<string, unknown>);
    return typeof text === "string" ? [text] : [];
}
