/** What the tests of the local Kinesis share: a sandbox on a clock that they move, a real client, and refusals as values. */
import { DescribeStreamSummaryCommand, KinesisClient } from "@aws-sdk/client-kinesis";

import {
    type Clock,
    ManualClock,
    type MetricDatum,
    type Sandbox,
    type SandboxOptions,
    startSandbox,
} from "../../../sandbox/index";
import { checkAnswers } from "../models/check";

export interface Kinesis {
    readonly client: KinesisClient;
    /** Lets the sandbox's time pass; at another endpoint, waits for real. */
    pass(seconds: number): Promise<void>;
    stop(): Promise<void>;
}

export interface LocalKinesis extends Kinesis {
    readonly clock: ManualClock;
    readonly sandbox: Sandbox;
    /** What Kinesis told CloudWatch so far. */
    readonly metrics: MetricDatum[];
    /** Runs an operation without HTTP, where a test makes thousands of calls. */
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are in AWS's shape
    call(operation: string, input: object): any;
}

export async function startKinesis(options: SandboxOptions & { clock?: Clock } = {}): Promise<LocalKinesis> {
    const clock = new ManualClock();
    const metrics: MetricDatum[] = [];
    const sandbox = await startSandbox({ clock, metrics: { record: (datum) => metrics.push(datum) }, ...options });
    checkAnswers(sandbox);
    const { endpoint, region, credentials, kinesis } = sandbox;
    const client = new KinesisClient({ endpoint, region, credentials, maxAttempts: 1 });
    const call = (operation: string, input: object) => kinesis.operations[operation]!(input, {} as never);
    return {
        client,
        clock,
        sandbox,
        metrics,
        call,
        pass: (seconds) => clock.advance(seconds * 1_000),
        stop: async () => {
            client.destroy();
            await sandbox.stop();
        },
    };
}

/**
 * The endpoint under the suite: the sandbox, or any other that `KINESIS_TEST_ENDPOINT` names (kinesis-local, an AWS region's), to see
 * whether it answers alike. Credentials and region for it come from KINESIS_TEST_ACCESS_KEY_ID, ..._SECRET_ACCESS_KEY and ..._REGION.
 */
export async function openKinesis(): Promise<Kinesis> {
    const { KINESIS_TEST_ENDPOINT: endpoint } = process.env;
    if (endpoint === undefined) return startKinesis();
    const client = new KinesisClient({
        endpoint,
        region: process.env.KINESIS_TEST_REGION ?? "us-east-1",
        credentials: {
            accessKeyId: process.env.KINESIS_TEST_ACCESS_KEY_ID ?? "test",
            secretAccessKey: process.env.KINESIS_TEST_SECRET_ACCESS_KEY ?? "test",
        },
        maxAttempts: 1,
    });
    return {
        client,
        pass: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000)),
        stop: () => Promise.resolve(client.destroy()),
    };
}

/** Lets time pass until a stream has a status, or is gone. */
export async function untilStatus(kinesis: Kinesis, StreamName: string, status: string): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
        const found = await statusOf(kinesis, StreamName);
        if (found === status) return;
        await kinesis.pass(2);
    }
    throw new Error(`Stream ${StreamName} is not ${status}.`);
}

async function statusOf(kinesis: Kinesis, StreamName: string): Promise<string> {
    try {
        const { StreamDescriptionSummary } = await kinesis.client.send(
            new DescribeStreamSummaryCommand({ StreamName }),
        );
        return StreamDescriptionSummary!.StreamStatus!;
    } catch (error) {
        if ((error as Error).name === "ResourceNotFoundException") return "GONE";
        throw error;
    }
}

/** Nothing takes time: what a test of shapes rather than of time wants. */
export const atOnce = {
    createSeconds: 0,
    deleteSeconds: 0,
    splitOrMergeSeconds: 0,
    changeSeconds: 0,
    updateSeconds: (): number => 0,
};

/** The refusal that a call must end in, as its exception's name and sentence. */
export async function refusal(call: Promise<unknown> | (() => unknown)): Promise<{ name: string; message: string }> {
    try {
        await (typeof call === "function" ? call() : call);
    } catch (error) {
        const { name, message } = error as Error;
        return { name, message };
    }
    throw new Error("The call was accepted, though it had to be refused.");
}
