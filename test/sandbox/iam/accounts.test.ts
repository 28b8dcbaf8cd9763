/** Callers of another account: what they may do with a stream is for its policy and for their own to allow. */
import { deepEqual, equal } from "node:assert/strict";
import {
    CreateStreamCommand,
    DeleteResourcePolicyCommand,
    DescribeStreamConsumerCommand,
    DescribeStreamSummaryCommand,
    GetResourcePolicyCommand,
    KinesisClient,
    ListShardsCommand,
    ListStreamsCommand,
    PutRecordCommand,
    PutResourcePolicyCommand,
    RegisterStreamConsumerCommand,
} from "@aws-sdk/client-kinesis";

import { sharedKeyPolicy, streamPolicy } from "../../../components/grants/sharing";
import { type Sandbox } from "../../../sandbox/index";
import { atOnce, refusal, startKinesis } from "../kinesis/streams";

const home = "123456789012";
const other = "210987654321";
const streamArn = `arn:aws:kinesis:us-east-1:${home}:stream/orders`;
const roleArn = `arn:aws:iam::${other}:role/billing`;

describe("another account", () => {
    let sandbox: Sandbox;
    let own: KinesisClient;
    const clients: { destroy(): void }[] = [];
    let stop: () => Promise<void>;
    const access = (accessKeyId: string) => ({
        endpoint: sandbox.endpoint,
        region: sandbox.region,
        credentials: { accessKeyId, secretAccessKey: "sandbox" },
        maxAttempts: 1,
    });
    const kinesisOf = (accessKeyId: string): KinesisClient => {
        const client = new KinesisClient(access(accessKeyId));
        clients.push(client);
        return client;
    };
    const query = async (accessKeyId: string, service: string, parameters: Record<string, string>): Promise<string> => {
        const response = await fetch(sandbox.endpoint, {
            method: "POST",
            headers: {
                authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261101/us-east-1/${service}/aws4_request`,
            },
            body: new URLSearchParams(parameters).toString(),
        });
        return response.text();
    };
    /** The access key of a session of the role `billing`, which may do what the statement says. */
    const billing = async (statement: object): Promise<string> => {
        const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: other } };
        const document = (one: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [one] });
        const role = { RoleName: "billing", AssumeRolePolicyDocument: document(trust) };
        await query(other, "iam", { Action: "CreateRole", ...role });
        const policy = { RoleName: "billing", PolicyName: "own", PolicyDocument: document(statement) };
        await query(other, "iam", { Action: "PutRolePolicy", ...policy });
        const session = { Action: "AssumeRole", RoleArn: roleArn, RoleSessionName: "worker" };
        return /<AccessKeyId>(\w+)</.exec(await query(other, "sts", session))![1]!;
    };
    const share = (policy: string, ResourceARN = streamArn) =>
        own.send(new PutResourcePolicyCommand({ ResourceARN, Policy: policy }));
    const allowAll = { Effect: "Allow", Action: "kinesis:*", Resource: "*" };

    beforeEach(async () => {
        ({ sandbox, client: own, stop } = await startKinesis({ durations: atOnce }));
        await own.send(new CreateStreamCommand({ StreamName: "orders", ShardCount: 1 }));
    });
    afterEach(async () => {
        for (const client of clients.splice(0)) client.destroy();
        await stop();
    });

    it("has streams of its own, and is known by its access key", async () => {
        const { StreamNames } = await kinesisOf(other).send(new ListStreamsCommand({}));
        deepEqual(StreamNames, []);
        deepEqual(await refusal(kinesisOf(other).send(new ListShardsCommand({ StreamName: "orders" }))), {
            name: "ResourceNotFoundException",
            message: `Stream orders under account ${other} not found.`,
        });
        const identity = await query(other, "sts", { Action: "GetCallerIdentity" });
        equal(/<Arn>(.*)<\/Arn>/.exec(identity)?.[1], `arn:aws:iam::${other}:root`);
        equal(/<UserId>(.*)<\/UserId>/.exec(identity)?.[1], other);
    });

    it("may do with a stream what the stream's policy says", async () => {
        const theirs = kinesisOf(other);
        const list = () => theirs.send(new ListShardsCommand({ StreamARN: streamArn }));
        const put = () =>
            theirs.send(new PutRecordCommand({ StreamARN: streamArn, PartitionKey: "a", Data: Buffer.from("a") }));
        const denied = (action: string) => ({
            name: "AccessDeniedException",
            message: `User: arn:aws:iam::${other}:root is not authorized to perform: kinesis:${action} on resource: ${streamArn} because no resource-based policy allows the kinesis:${action} action`,
        });
        deepEqual(await refusal(list()), denied("ListShards"));
        await share(streamPolicy({ streamArn, readers: [{ principal: other }] }));
        equal((await list()).Shards!.length, 1);
        deepEqual(await refusal(put()), denied("PutRecord"));
        await share(streamPolicy({ streamArn, writers: [other] }));
        equal((await put()).ShardId, "shardId-000000000000");
        await own.send(new DeleteResourcePolicyCommand({ ResourceARN: streamArn }));
        deepEqual(await refusal(put()), denied("PutRecord"));
    });

    it("needs its own policy as well, for a role", async () => {
        await share(streamPolicy({ streamArn, readers: [{ principal: roleArn }] }));
        const session = `arn:aws:sts::${other}:assumed-role/billing/worker`;
        const one = kinesisOf(await billing({ ...allowAll, Action: "kinesis:ListShards" }));
        equal((await one.send(new ListShardsCommand({ StreamARN: streamArn }))).Shards!.length, 1);
        deepEqual(await refusal(one.send(new DescribeStreamSummaryCommand({ StreamARN: streamArn }))), {
            name: "AccessDeniedException",
            message: `User: ${session} is not authorized to perform: kinesis:DescribeStreamSummary on resource: ${streamArn} because no identity-based policy allows the kinesis:DescribeStreamSummary action`,
        });
        // The policy names the role, not the account: others of it may not.
        const root = await refusal(kinesisOf(other).send(new ListShardsCommand({ StreamARN: streamArn })));
        equal(root.name, "AccessDeniedException");
    });

    it("lets a role be assumed by whom it trusts alone", async () => {
        await billing(allowAll);
        const asked = await query("310987654321", "sts", {
            Action: "AssumeRole",
            RoleArn: roleArn,
            RoleSessionName: "x1",
        });
        equal(
            /<Message>(.*)<\/Message>/.exec(asked)?.[1],
            `User: arn:aws:iam::310987654321:root is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
        );
    });

    for (const [seconds, expected] of [
        ["900", undefined],
        ["3600", undefined],
        ["3601", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."],
        [
            "899",
            "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
        ],
        [
            "43201",
            "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200",
        ],
    ] as const) {
        // prettier-ignore
        it(`${expected === undefined ? "lets" : "does not let"} a role be assumed for ${seconds} seconds`, async () => {
            await billing(allowAll);
            const session = { RoleArn: roleArn, RoleSessionName: "x1", DurationSeconds: seconds };
            const asked = await query(other, "sts", { Action: "AssumeRole", ...session });
            const [, code, message] = /<Code>(.*)<\/Code>\s*<Message>(.*)<\/Message>/.exec(asked) ?? [];
            const shown = message?.replaceAll("&apos;", "'").replaceAll("&#39;", "'");
            deepEqual([code, shown], expected === undefined ? [undefined, undefined] : ["ValidationError", expected]);
        });
    }

    it("reads as the registered consumer whose policy admits it, by its ARN", async () => {
        const registered = new RegisterStreamConsumerCommand({ StreamARN: streamArn, ConsumerName: "billing" });
        const ConsumerARN = (await own.send(registered)).Consumer!.ConsumerARN!;
        const theirs = kinesisOf(await billing(allowAll));
        const describe = () => theirs.send(new DescribeStreamConsumerCommand({ ConsumerARN }));
        equal((await refusal(describe())).name, "AccessDeniedException");
        const admits = {
            Effect: "Allow",
            Principal: { AWS: roleArn },
            Action: ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"],
            Resource: ConsumerARN,
        };
        await share(JSON.stringify({ Version: "2012-10-17", Statement: [admits] }), ConsumerARN);
        equal((await describe()).ConsumerDescription!.ConsumerName, "billing");
    });

    it("is shared with by a policy that can be read, and is about this resource alone", async () => {
        const get = () => own.send(new GetResourcePolicyCommand({ ResourceARN: streamArn }));
        equal((await refusal(get())).name, "ResourceNotFoundException");
        const policy = streamPolicy({ streamArn, writers: [other] });
        await share(policy);
        equal((await get()).Policy, policy);
        const malformed: [policy: string, message: string][] = [
            ["{", "The resource policy is malformed: This policy contains invalid Json"],
            [
                JSON.stringify({ Statement: [allowAll] }),
                "The resource policy is malformed: a statement has no Principal.",
            ],
            [
                JSON.stringify({ Statement: [{ ...allowAll, Principal: "*" }] }),
                `The resource policy is malformed: its Resource must be ${streamArn}.`,
            ],
        ];
        for (const [wrong, message] of malformed)
            deepEqual(await refusal(share(wrong)), { name: "InvalidArgumentException", message });
        equal((await get()).Policy, policy);
    });
});

it("a shared stream's key admits the others through Kinesis alone", () => {
    const Condition = { StringEquals: { "kms:ViaService": "kinesis.us-east-1.amazonaws.com" } };
    deepEqual(JSON.parse(sharedKeyPolicy({ streamArn, readers: [{ principal: roleArn }], writers: [other] })), {
        Version: "2012-10-17",
        Statement: [
            { Sid: "OwnAccount", Effect: "Allow", Principal: { AWS: [`arn:aws:iam::${home}:root`] }, Action: "kms:*", Resource: "*" },
            { Sid: "DecryptRecords", Effect: "Allow", Principal: { AWS: [roleArn] }, Action: "kms:Decrypt", Resource: "*", Condition },
            { Sid: "EncryptRecords", Effect: "Allow", Principal: { AWS: [`arn:aws:iam::${other}:root`] }, Action: "kms:GenerateDataKey", Resource: "*", Condition },
        ],
    }); // prettier-ignore
});
