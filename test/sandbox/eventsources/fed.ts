/** What the tests of event source mappings share: a sandbox on a clock that they move, a stream, a role, and a function that runs in process. */
import { type ManualClock, type Sandbox, type SandboxOptions } from "../../../sandbox/index";
import { type Handler } from "../../../sandbox/lambda/handlers";
import { startCloud, type TestCloud } from "../cloud";
import { atOnce } from "../kinesis/streams";
import { zipOf } from "../zip";

export const account = "123456789012";
export const streamArn = `arn:aws:kinesis:us-east-1:${account}:stream/orders`;
export const functionArn = `arn:aws:lambda:us-east-1:${account}:function:worker`;
export const roleArn = `arn:aws:iam::${account}:role/worker`;
export const queueArn = `arn:aws:sqs:us-east-1:${account}:failures`;
export const topicArn = `arn:aws:sns:us-east-1:${account}:failures`;

/** What a mapping of a stream, or of a consumer, calls. */
export const streamActions = [
    "DescribeStream",
    "DescribeStreamSummary",
    "GetRecords",
    "GetShardIterator",
    "ListShards",
];
export const consumerActions = ["DescribeStream", "DescribeStreamSummary", "ListShards"];

export interface EventRecord {
    readonly eventID: string;
    readonly kinesis: { readonly partitionKey: string; readonly sequenceNumber: string; readonly data: string };
}

export interface FedCloud extends TestCloud {
    readonly clock: ManualClock;
    readonly sandbox: Sandbox;
    /** Runs an operation without HTTP, as a caller of any rights. */
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are in AWS's shape
    call(service: string, operation: string, input: object): Promise<any>;
    putRole(...statements: object[]): void;
    /** Sets what the function does with a batch. */
    handle(handler: (records: EventRecord[]) => unknown): void;
    /** Batches that reached the function, as the texts of their records. */
    readonly batches: string[][];
    put(...texts: string[]): Promise<void>;
    /** Makes the mapping and waits until it is enabled. @returns its UUID */
    map(input?: object): Promise<string>;
    mapping(uuid: string): Promise<{ State: string; LastProcessingResult: string }>;
    /** Sum of a metric's values so far. */
    values(namespace: string, metricName: string): number[];
}

export const statement = (service: string, actions: readonly string[], resource: string): object => ({
    Effect: "Allow",
    Action: actions.map((action) => `${service}:${action}`),
    Resource: resource,
});

const textOf = ({ kinesis }: EventRecord): string => Buffer.from(kinesis.data, "base64").toString();

/** @param shards of the stream `orders`; the function `worker` may read it and tell the queue and the topic */
export async function startFed(shards = 1, options: SandboxOptions = {}): Promise<FedCloud> {
    const cloud = await startCloud({ durations: atOnce, limitsCallRates: false, ...options });
    const { sandbox, clock } = cloud;
    const recorded: { namespace: string; metricName: string; value: number }[] = [];
    const { store } = cloud.cloud;
    const record = store.record.bind(store);
    store.record = (datum) => {
        recorded.push(datum);
        record(datum);
    };
    const call = async (service: string, operation: string, input: object): Promise<unknown> =>
        sandbox.services[service]!.operations[operation]!(input, {} as never);
    const putRole = (...statements: object[]): void => {
        const iam = (operation: string, input: object) => cloud.cloud.iam.operations[operation]!(input, {} as never);
        const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statements });
        iam("PutRolePolicy", { RoleName: "worker", PolicyName: "own", PolicyDocument });
    };
    const batches: string[][] = [];
    const fed: FedCloud = {
        ...cloud,
        call,
        putRole,
        batches,
        handle: (handler) => {
            const run: Handler = (event) => {
                const { Records } = event as { Records: EventRecord[] };
                batches.push(Records.map(textOf));
                return handler(Records);
            };
            cloud.cloud.lambda.handlers.set("worker", run);
        },
        put: async (...texts) => {
            for (const text of texts) {
                const [key = text, data = text] = text.split("=");
                await call("kinesis", "PutRecord", {
                    StreamName: "orders",
                    PartitionKey: key,
                    Data: Buffer.from(data).toString("base64"),
                });
            }
        },
        map: async (input = {}) => {
            const { UUID } = (await call("lambda", "CreateEventSourceMapping", {
                EventSourceArn: streamArn,
                FunctionName: "worker",
                StartingPosition: "TRIM_HORIZON",
                ...input,
            })) as { UUID: string };
            await clock.advance(1_000);
            return UUID;
        },
        mapping: (UUID) =>
            call("lambda", "GetEventSourceMapping", { UUID }) as Promise<{
                State: string;
                LastProcessingResult: string;
            }>,
        values: (namespace, metricName) =>
            recorded
                .filter((datum) => datum.namespace === namespace && datum.metricName === metricName)
                .map(({ value }) => value),
    };
    const AssumeRolePolicyDocument = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
    });
    await call("iam", "CreateRole", { RoleName: "worker", AssumeRolePolicyDocument });
    putRole(
        statement("kinesis", streamActions, streamArn),
        statement("sqs", ["SendMessage"], queueArn),
        statement("sns", ["Publish"], topicArn),
    );
    await call("kinesis", "CreateStream", { StreamName: "orders", ShardCount: shards });
    await call("kinesis", "DescribeStreamSummary", { StreamName: "orders" });
    await call("lambda", "CreateFunction", {
        FunctionName: "worker",
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: roleArn,
        Code: { ZipFile: zipOf({ "index.js": "" }).toString("base64") },
    });
    fed.handle(() => undefined);
    return fed;
}
