/**
 * A role that has the ready policy and nothing else, and what its sessions call: each action and resource as IAM checks it, and what is refused.
 */
import { kclPolicy } from "../../components/grants/documents";
import { type CallInput, type Sandbox } from "../../sandbox/index";

export const modes = ["polling", "fanOut"] as const;
export type Mode = (typeof modes)[number];

export const streamName = "orders";
/** Names the lease table, the metrics' namespace and the consumer that the application registers. */
export const applicationName = "billing";

/** A call of the library. */
export interface Call {
    readonly mode: Mode;
    readonly action: string;
    readonly resource: string;
    readonly context?: Readonly<Record<string, unknown>>;
}

export interface Watched {
    /** What a process of the role has in its environment. */
    readonly env: Readonly<Record<string, string>>;
    readonly refused: readonly string[];
    /** All calls. */
    count(): number;
    /** Each kind once, in order. */
    kinds(): Call[];
}

export function watchRole(sandbox: Sandbox, mode: Mode): Watched {
    const session = openSession(sandbox, mode);
    const refused: string[] = [];
    const kinds = new Map<string, Call>();
    let count = 0;
    const permissions = sandbox.guards[0]!;
    sandbox.guards[0] = async (call) => {
        if (call.request.accessKeyId === session.accessKeyId) {
            count++;
            for (const kind of await kindsOf(sandbox, mode, call)) kinds.set(JSON.stringify(kind), kind);
        }
        try {
            await permissions(call);
        } catch (error) {
            refused.push((error as Error).message);
            throw error;
        }
    };
    return {
        env: {
            AWS_ACCESS_KEY_ID: session.accessKeyId,
            AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
            AWS_SESSION_TOKEN: session.sessionToken,
        },
        refused,
        count: () => count,
        kinds: () => [...kinds].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, kind]) => kind),
    };
}

function openSession({ cloud, region, accountId }: Sandbox, mode: Mode) {
    const RoleName = "kcl";
    const principal = "ec2.amazonaws.com";
    const iam = (operation: string, input: object): unknown => cloud.iam.operations[operation]!(input, {} as never);
    const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: principal } };
    iam("CreateRole", { RoleName, AssumeRolePolicyDocument: JSON.stringify({ Statement: trust }) });
    const policy = kclPolicy({
        streamArn: `arn:aws:kinesis:${region}:${accountId}:stream/${streamName}`,
        applicationName,
        fanOutConsumer: mode === "fanOut" ? applicationName : undefined,
    });
    iam("PutRolePolicy", { RoleName, PolicyName: "ready", PolicyDocument: policy });
    return cloud.iam.assume(`arn:aws:iam::${accountId}:role/${RoleName}`, principal, "worker");
}

interface Asked {
    readonly service: string;
    readonly operation: string;
    readonly input: unknown;
}

async function kindsOf(sandbox: Sandbox, mode: Mode, { service, operation, input }: Asked): Promise<Call[]> {
    const access = (await sandbox.services[service]?.accessOf?.(operation, input as CallInput)) ?? [];
    return access.map(({ action, resource, context = {} }) => {
        const namespace = context["cloudwatch:namespace"];
        return {
            mode,
            action,
            // A consumer's ARN ends with the second of its registration.
            resource: resource.replace(/(\/consumer\/[^:]+):\d+$/, "$1:1763900000"),
            ...(namespace !== undefined && { context: { "cloudwatch:namespace": namespace } }),
        };
    });
}
