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
        case "lambda": {
            const name = text("FunctionName");
            const fn = name && (name.startsWith("arn:") ? name : arn("lambda", `function:${name}`));
            return one(`lambda:${operation === "Invoke" ? "InvokeFunction" : operation}`, fn);
        }
        case "iam": {
            const role = text("RoleName");
            return one(`iam:${operation}`, role && `arn:${partition}:iam::${accountId}:role/${role}`);
        }
        case "sts":
            // Nobody can be denied to ask who he is.
            return operation === "GetCallerIdentity" ? [] : one(`sts:${operation}`, text("RoleArn"));
        default:
            return one(`${service}:${operation}`, undefined);
    }
}
