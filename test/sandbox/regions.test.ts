/** One account, several regions: each has what was made in it, but dashboards and roles, which an account has once. */
import { deepEqual, equal } from "node:assert/strict";
import { CloudWatchClient, ListDashboardsCommand, PutDashboardCommand } from "@aws-sdk/client-cloudwatch";
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { CreateStreamCommand, KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { CreateTopicCommand, ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { ManualClock, type Sandbox, startSandbox } from "../../sandbox/index";
import { Aws } from "../../engine/providers/aws";

describe("a sandbox has every region", () => {
    let sandbox: Sandbox;
    before(async () => {
        sandbox = await startSandbox({ clock: new ManualClock() });
    });
    after(() => sandbox.stop());

    const inRegion = (region: string) => {
        const { endpoint, credentials } = sandbox;
        return { endpoint, credentials, region };
    };

    const own: [
        kind: string,
        make: (region: string) => Promise<unknown>,
        list: (region: string) => Promise<unknown>,
    ][] = [
        [
            "streams",
            (region) =>
                new KinesisClient(inRegion(region)).send(
                    new CreateStreamCommand({ StreamName: region, ShardCount: 1 }),
                ),
            async (region) => (await new KinesisClient(inRegion(region)).send(new ListStreamsCommand({}))).StreamNames,
        ],
        [
            "topics",
            (region) => new SNSClient(inRegion(region)).send(new CreateTopicCommand({ Name: region })),
            async (region) =>
                (await new SNSClient(inRegion(region)).send(new ListTopicsCommand({}))).Topics?.map(({ TopicArn }) => {
                    const [, , , where, , name] = TopicArn!.split(":");
                    return where === name ? name : TopicArn;
                }),
        ],
        [
            "tables",
            (region) =>
                new DynamoDBClient(inRegion(region)).send(
                    new CreateTableCommand({
                        TableName: region,
                        BillingMode: "PAY_PER_REQUEST",
                        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
                        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
                    }),
                ),
            async (region) => (await new DynamoDBClient(inRegion(region)).send(new ListTablesCommand({}))).TableNames,
        ],
    ];
    for (const [kind, make, list] of own) {
        it(`keeps the ${kind} of each apart`, async () => {
            for (const region of ["us-east-1", "eu-west-1"]) await make(region);
            deepEqual(await list("us-east-1"), ["us-east-1"]);
            deepEqual(await list("eu-west-1"), ["eu-west-1"]);
            deepEqual(await list("us-gov-west-1"), []);
        });
    }

    const partitions = {
        "eu-west-1": "aws",
        "cn-north-1": "aws-cn",
        "us-gov-west-1": "aws-us-gov",
        "eusc-de-east-1": "aws-eusc",
    };
    for (const [region, partition] of Object.entries(partitions)) {
        it(`names what is in ${region} by the partition ${partition}`, async () => {
            const sns = new SNSClient(inRegion(region));
            const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "alarm" }));
            equal(TopicArn, `arn:${partition}:sns:${region}:${sandbox.accountId}:alarm`);
        });
    }

    it("keeps dashboards and roles once for the account", async () => {
        const DashboardBody = JSON.stringify({ widgets: [] });
        const { endpoint, accountId } = sandbox;
        for (const region of ["us-east-1", "eu-west-1"]) {
            const client = new CloudWatchClient(inRegion(region));
            await client.send(new PutDashboardCommand({ DashboardName: region, DashboardBody }));
            const trust = {
                Version: "2012-10-17",
                Statement: [{ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" }],
            };
            const role = { RoleName: region, AssumeRolePolicyDocument: JSON.stringify(trust) };
            await new Aws({ endpoint, accountId, region }).query("iam", "2010-05-08", "CreateRole", role);
        }
        const client = new CloudWatchClient(inRegion("eu-central-1"));
        const { DashboardEntries } = await client.send(new ListDashboardsCommand({}));
        deepEqual(
            DashboardEntries?.map(({ DashboardName }) => DashboardName),
            ["eu-west-1", "us-east-1"],
        );
        const roles = await new Aws({ endpoint, accountId, region: "us-east-1" }).query(
            "iam",
            "2010-05-08",
            "ListRoles",
            {},
        );
        deepEqual(roles.texts("RoleName"), ["us-east-1", "eu-west-1"]);
    });

    it("takes a client with a made-up region for one of its own region", async () => {
        const { StreamNames } = await new KinesisClient(inRegion("local")).send(new ListStreamsCommand({}));
        deepEqual(StreamNames, ["us-east-1"]);
    });
});
