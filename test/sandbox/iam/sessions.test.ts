/** How long the credentials of a role are good for. */
import { deepEqual, equal } from "node:assert/strict";
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";

import { type Clock, ManualClock, RunningClock, type Sandbox, startSandbox } from "../../../sandbox/index";
import { refusal } from "../kinesis/streams";

describe("the credentials of a role", () => {
    let sandbox: Sandbox;
    const clients: KinesisClient[] = [];
    afterEach(async () => {
        for (const client of clients.splice(0)) client.destroy();
        await sandbox.stop();
    });

    const query = async (service: string, form: Record<string, string>, key = sandbox.credentials.accessKeyId) => {
        const credential = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${key}/20261101/us-east-1/${service}/aws4_request`;
        const body = new URLSearchParams({ Version: "2010-05-08", ...form });
        return (await fetch(`${sandbox.endpoint}/?${credential}`, { method: "POST", body })).text();
    };
    const document = (statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });

    async function started(clock: Clock): Promise<void> {
        sandbox = await startSandbox({ clock });
        const trust = document({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "*" } });
        await query("iam", { Action: "CreateRole", RoleName: "worker", AssumeRolePolicyDocument: trust });
        const policy = document({ Effect: "Allow", Action: "*", Resource: "*" });
        const own = { RoleName: "worker", PolicyName: "own", PolicyDocument: policy };
        await query("iam", { Action: "PutRolePolicy", ...own });
    }

    async function assumed(): Promise<{
        readonly key: string;
        readonly expiresMs: number;
        readonly list: () => Promise<unknown>;
    }> {
        const RoleArn = `arn:aws:iam::${sandbox.accountId}:role/worker`;
        const form = { Action: "AssumeRole", RoleArn, RoleSessionName: "one", DurationSeconds: "900" };
        const answer = await query("sts", form);
        const [key = "", expires = ""] = ["AccessKeyId", "Expiration"].map(
            (name) => new RegExp(`<${name}>([^<]*)<`).exec(answer)?.[1],
        );
        const { endpoint, region } = sandbox;
        const credentials = { accessKeyId: key, secretAccessKey: "any", sessionToken: "any" };
        const client = new KinesisClient({ endpoint, region, credentials, maxAttempts: 1 });
        clients.push(client);
        return { key, expiresMs: Date.parse(expires), list: () => client.send(new ListStreamsCommand({})) };
    }

    it("expire when AssumeRole said so, not a moment before", async () => {
        const clock = new ManualClock();
        await started(clock);
        const { key, expiresMs, list } = await assumed();
        equal(expiresMs, clock.nowMs() + 900_000);
        await clock.advanceTo(expiresMs - 1);
        await list();
        await clock.advanceTo(expiresMs);
        deepEqual(await refusal(list()), {
            name: "ExpiredTokenException",
            message: "The security token included in the request is expired",
        });
        const asked = await query("sts", { Action: "GetCallerIdentity" }, key);
        deepEqual(/<Code>(.*)<\/Code>\s*<Message>(.*)<\/Message>/.exec(asked)?.slice(1), [
            "ExpiredToken",
            "The security token included in the request is expired",
        ]);
    });

    const durations: [seconds: string, message: string | undefined][] = [
        ["3599", "Member must have value greater than or equal to 3600"],
        ["3600", undefined],
        ["43200", undefined],
        ["43201", "Member must have value less than or equal to 43200"],
    ];
    for (const [MaxSessionDuration, must] of durations) {
        it(`last at most as long as their role says: ${MaxSessionDuration} s is ${must ? "refused" : "taken"}`, async () => {
            await started(new ManualClock());
            const answer = await query("iam", { Action: "UpdateRole", RoleName: "worker", MaxSessionDuration });
            const message = `1 validation error detected: Value '${MaxSessionDuration}' at 'maxSessionDuration' failed to satisfy constraint: ${must}`;
            equal(/<Message>(.*)<\/Message>/.exec(answer)?.[1], must && message);
        });
    }

    it("last on a clock that runs fast, by which no client renews them", async () => {
        await started(new RunningClock({ speed: 1_000_000 }));
        const { expiresMs, list } = await assumed();
        while (sandbox.clock.nowMs() < expiresMs) await new Promise((resolve) => setImmediate(resolve));
        await list();
    });

    it("are forgotten a day after they have expired", async () => {
        const clock = new ManualClock();
        await started(clock);
        const { key, expiresMs } = await assumed();
        const { sessions } = sandbox.cloud.iam;
        for (const [atMs, isKept] of [
            [expiresMs + 86_400_000 - 1, true],
            [expiresMs + 86_400_000, false],
        ] as const) {
            await clock.advanceTo(atMs);
            await assumed();
            equal(sessions.find(key) !== undefined, isKept);
        }
    });
});
