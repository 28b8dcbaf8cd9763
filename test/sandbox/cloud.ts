/** A sandbox on a clock that the test moves, with the real clients that talk to it. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { SNSClient } from "@aws-sdk/client-sns";

import { ManualClock, type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox/index";
import { type Cloud } from "../../sandbox/cloud";
import { checkAnswers } from "./models/check";

export interface TestCloud {
    readonly sandbox: Sandbox;
    readonly cloud: Cloud;
    readonly clock: ManualClock;
    readonly cloudWatch: CloudWatchClient;
    readonly sns: SNSClient;
    stop(): Promise<void>;
}

/** Midnight, the first of November 2026. */
export const startMs = Date.UTC(2026, 10, 1);

export const minutes = (count: number): number => count * 60_000;

export async function startCloud(options: SandboxOptions = {}): Promise<TestCloud> {
    const clock = new ManualClock(startMs);
    const sandbox = await startSandbox({ clock, ...options });
    checkAnswers(sandbox);
    const { cloud } = sandbox;
    const access = {
        endpoint: sandbox.endpoint,
        region: sandbox.region,
        credentials: sandbox.credentials,
        maxAttempts: 1,
    };
    const cloudWatch = new CloudWatchClient(access);
    const sns = new SNSClient(access);
    return {
        sandbox,
        cloud,
        clock,
        cloudWatch,
        sns,
        stop: async () => {
            for (const client of [cloudWatch, sns]) client.destroy();
            await sandbox.stop();
        },
    };
}
