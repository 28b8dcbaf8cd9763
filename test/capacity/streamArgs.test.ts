/** What the components' arguments may be, and what is said about those that are not. */
import * as assert from "node:assert/strict";
import { notYetKnown } from "../../capacity/checks";
import {
    shardedStreamProblems,
    streamAlarmsProblems,
    streamAutoscalerProblems,
    streamDashboardProblems,
} from "../../capacity/streamArgs";

const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };

const tagsOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, nth) => [`tag-${nth}`, "x"]));

const messages = (args: object) => shardedStreamProblems({ requirements, ...args }).map(({ message }) => message);

describe("arguments that a ShardedStream takes", () => {
    const accepted: [title: string, args: object][] = [
        ["requirements only", {}],
        ["what is left out as undefined or null", { shardCount: undefined, tags: null, scaling: undefined }],
        ["shard counts of 1 and 10,000", { shardCount: 10_000, scaling: { minShards: 1, maxShards: 10_000 } }],
        ["a day and a year of retention", { retentionHours: 8_760 }],
        ["as many tags as AWS takes", { tags: tagsOf(50), scaling: {} }],
        [
            "more tags, of which one may turn out to hold nothing",
            { tags: { ...tagsOf(49), team: null, owner: notYetKnown }, scaling: { ledgerTable: "ledger" } },
        ],
        ["records of 10 MiB", { maxRecordKiB: 10_240 }],
        ["names of 128 characters", { streamName: "x".repeat(128), consumers: ["y".repeat(128)] }],
        [
            "an own topic with addresses and a key",
            { notifications: { emails: ["a@b.ch"], topicKmsKeyId: "alias/oncall" } },
        ],
        ["a topic in China", { notifications: { topicArn: "arn:aws-cn:sns:cn-north-1:123456789012:oncall" } }],
        ["every alarm set or off", { alarms: { hotShard: { enabled: false }, writeUtilization: { threshold: 100 } } }],
        [
            "alarms over other times",
            {
                alarms: {
                    writeThrottling: { periodSeconds: 86_400, evaluationPeriods: 7, datapointsToAlarm: 1 },
                    highIncomingRecords: { periodSeconds: 60, evaluationPeriods: 1_440 },
                    iteratorAge: { treatMissingData: "missing" },
                    consumerSilent: { enabled: false },
                    scalerSilent: { periodSeconds: 300, evaluationPeriods: 4 },
                },
            },
        ],
        ["a maximum below the plan's minimum, which the policies judge", { scaling: { maxShards: 1 } }],
        ["a count beside on-demand, which the policies judge", { capacityMode: "on-demand", shardCount: 3 }],
        ["an on-demand stream that is warmed", { capacityMode: "on-demand", warmThroughputMiBps: 10_240 }],
        ["another region", { region: "us-gov-west-1" }],
        ["a region of the European Sovereign Cloud", { region: "eusc-de-east-1" }],
        [
            "a key and a processor for the scaler",
            { scaling: { kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/1", architecture: "x86_64" } },
        ],
        [
            "paths and boundaries",
            { scaling: { rolePath: "/a/b/", permissionsBoundary: "arn:aws:iam::123456789012:policy/b" } },
        ],
    ];
    for (const [title, args] of accepted) it(title, () => assert.deepEqual(messages(args), []));
});

describe("arguments that a ShardedStream refuses, with the property, the value, what is allowed and what to do", () => {
    const rows: [args: object, message: string][] = [
        [
            { shardCount: 0 },
            "shardCount: 0 is not allowed; it must be a whole number from 1 to 10,000. Leave it out to deploy the planned count.",
        ],
        [
            { shardCount: 2.5 },
            "shardCount: 2.5 is not allowed; it must be a whole number from 1 to 10,000. Leave it out to deploy the planned count.",
        ],
        [
            { shardCount: 10_001 },
            "shardCount: 10,001 is not allowed; it must be a whole number from 1 to 10,000. Leave it out to deploy the planned count.",
        ],
        [
            { streamName: "or ders" },
            'streamName: "or ders" is not allowed; it must be 1 to 128 letters, digits, underscores, dots and hyphens. Leave it out and Pulumi names the stream.',
        ],
        [
            { hold: true },
            "streamName: missing; it must be given with hold: true. Give the name of the stream that is held as it is.",
        ],
        [{ hold: "yes" }, 'hold: "yes" is not allowed; it must be true or false. Leave it out for the default.'],
        [
            { capacityMode: "ondemand" },
            'capacityMode: "ondemand" is not allowed; it must be one of provisioned, on-demand. Leave it out for provisioned shards.',
        ],
        [
            { streamProvider: "awsx" },
            'streamProvider: "awsx" is not allowed; it must be one of aws, aws-native. Leave it out for the aws provider.',
        ],
        [
            { retentionHours: 8_761 },
            "retentionHours: 8,761 is not allowed; it must be a whole number from 24 to 8,760. Kinesis keeps records for at least a day and at most a year.",
        ],
        [
            { maxRecordKiB: 1_023 },
            "maxRecordKiB: 1,023 is not allowed; it must be a whole number from 1,024 to 10,240. Store a larger payload in S3 and write its key, or split the record.",
        ],
        [
            { shardLevelMetrics: ["IncomingByte"] },
            'shardLevelMetrics[0]: "IncomingByte" is not allowed; it must be one of IncomingBytes, IncomingRecords, OutgoingBytes, OutgoingRecords, WriteProvisionedThroughputExceeded, ReadProvisionedThroughputExceeded, IteratorAgeMilliseconds. Did you mean IncomingBytes? List each metric that should be published per shard.',
        ],
        [
            { consumers: ["audit", "billing", "audit"] },
            'consumers[2]: "audit" is not allowed; it must be given once. Remove the second one.',
        ],
        [
            { notifications: { emails: "oncall@example.com" } },
            'notifications.emails: "oncall@example.com" is not allowed; it must be a list. List email addresses.',
        ],
        [
            { notifications: { topicArn: "arn:aws:sns:us-east-1:123456789012:oncall", emails: ["a@b.ch"] } },
            'notifications.emails: ["a@b.ch"] is not allowed; it must be left out beside topicArn. Set it where the topic is declared, or leave out topicArn for a topic of the stream\'s own.',
        ],
        [
            { notifications: { topicKmsKeyId: "alias/aws/sns" } },
            'notifications.topicKmsKeyId: "alias/aws/sns" is not allowed; it must be the ID, ARN or alias of a customer managed key. CloudWatch cannot publish to a topic encrypted with alias/aws/sns; use a key whose policy admits cloudwatch.amazonaws.com.',
        ],
        [
            { alarms: { writeUtilization: { threshold: 120 } } },
            "alarms.writeUtilization.threshold: 120 is not allowed; it must be a number from 1 to 100. The threshold is in percent of the open shards' capacity.",
        ],
        [
            { alarms: { writeThrotling: {} } },
            "alarms.writeThrotling: {} is not allowed; it must be one of alarms.highIncomingRecords, alarms.writeThrottling, alarms.readThrottling, alarms.iteratorAge, alarms.writeUtilization, alarms.hotShard, alarms.consumerSilent, alarms.fanOutLag, alarms.fanOutSilent, alarms.scalerFailing, alarms.scalerSilent. Did you mean alarms.writeThrottling?",
        ],
        [
            { alarms: { iteratorAge: { periodSeconds: 30 } } },
            "alarms.iteratorAge.periodSeconds: 30 is not allowed; it must be a multiple of 60 from 60 to 604,800. CloudWatch has a data point of each minute. It takes 10, 20 and 30 only of metrics that are published more often.",
        ],
        [
            { alarms: { readThrottling: { evaluationPeriods: 3, datapointsToAlarm: 4 } } },
            "alarms.readThrottling.datapointsToAlarm: 4 is not allowed; it must be at most 3, the evaluationPeriods. So many of the last evaluationPeriods data points must breach: lower it, or raise those.",
        ],
        [
            { alarms: { writeThrottling: { datapointsToAlarm: 3 } } },
            "alarms.writeThrottling.datapointsToAlarm: 3 is not allowed; it must be at most 2, the evaluationPeriods. So many of the last evaluationPeriods data points must breach: lower it, or raise those.",
        ],
        [
            { alarms: { writeThrottling: { evaluationPeriods: 289 } } },
            "alarms.writeThrottling.evaluationPeriods: 289 is not allowed; it must be at most 288 with periods of 300 seconds. CloudWatch looks back a day (86,400 seconds), or seven days (604,800) in periods of an hour or more.",
        ],
        [
            { alarms: { writeThrottling: { periodSeconds: 302_460 } } },
            "alarms.writeThrottling.periodSeconds: 302,460 is not allowed; it must be at most 302,400 with 2 evaluationPeriods. CloudWatch looks back a day (86,400 seconds), or seven days (604,800) in periods of an hour or more.",
        ],
        [
            { alarms: { scalerSilent: { threshold: 2, evaluationPeriods: 3 } } },
            "alarms.scalerSilent.evaluationPeriods: 3 is not allowed; it must be left out beside threshold. The hours of silence are periodSeconds times evaluationPeriods: give one of the two.",
        ],
        [
            { alarms: { scalerSilent: { treatMissingData: "ignore" } } },
            'alarms.scalerSilent.treatMissingData: "ignore" is not allowed; it must be one of missing, breaching. Leave it out for missing.',
        ],
        [
            { alarms: { iteratorAge: { treatMissingData: "missing" } } },
            'alarms.iteratorAge.treatMissingData: "missing" is not allowed; it must be ignore beside alarms.consumerSilent. Leave it out, or switch off alarms.consumerSilent, which goes by this alarm: it tells of a reader that died, and ignore remembers that there was one.',
        ],
        [
            { alarms: { consumerSilent: { threshold: 3 } } },
            "alarms.consumerSilent.threshold: 3 is not allowed; it must be one of alarms.consumerSilent.enabled, alarms.consumerSilent.periodSeconds, alarms.consumerSilent.evaluationPeriods, alarms.consumerSilent.datapointsToAlarm. Leave it out.",
        ],
        [
            { scaling: { notify: "failure" } },
            'scaling.notify: "failure" is not allowed; it must be one of off, all, failures. Did you mean failures? Leave it out and the topic is told of no reshard.',
        ],
        [
            { scaling: { kmsKeyArn: "alias/scaler" } },
            'scaling.kmsKeyArn: "alias/scaler" is not allowed; it must be the ARN of a KMS key. Give the key\'s ARN, or leave it out for the keys of AWS.',
        ],
        [
            { scaling: { architecture: "arm" } },
            'scaling.architecture: "arm" is not allowed; it must be one of arm64, x86_64. Leave it out for x86_64.',
        ],
        [
            { region: "Ireland" },
            'region: "Ireland" is not allowed; it must be an AWS region. Give a region such as us-east-1, or leave it out for the provider\'s.',
        ],
        [
            { region: "eu-west-1", streamProvider: "aws-native" },
            'region: "with streamProvider aws-native" is not allowed; it must be left out. Give both providers the region: pulumi config set aws-native:region, pulumi config set aws:region.',
        ],
        [
            { enforceConsumerDeletion: true, streamProvider: "aws-native" },
            'enforceConsumerDeletion: "with streamProvider aws-native" is not allowed; it must be left out. CloudFormation deletes no stream that has registered consumers: deregister those that are not in consumers first, or set streamProvider to aws.',
        ],
        [
            { scaling: { minShards: 9, maxShards: 3 } },
            "scaling.minShards: 9 is not allowed; it must be at most maxShards, 3. Lower minShards to 3, or raise maxShards to 9.",
        ],
        [
            { scaling: {}, capacityMode: "on-demand" },
            'scaling: "with capacityMode on-demand" is not allowed; it must be left out. An on-demand stream scales itself: remove scaling, or set capacityMode to provisioned.',
        ],
        [
            { warmThroughputMiBps: 100 },
            'warmThroughputMiBps: "with capacityMode provisioned" is not allowed; it must be left out. A provisioned stream has the throughput of its shards: set shardCount instead, or capacityMode to on-demand.',
        ],
        [
            { warmThroughputMiBps: 10_241, capacityMode: "on-demand" },
            "warmThroughputMiBps: 10,241 is not allowed; it must be a whole number from 1 to 10,240. Give the MiB per second that an on-demand stream must take at once; AWS raises the most on request.",
        ],
        [
            { tags: { team: 7 } },
            "tags.team: 7 is not allowed; it must be text of at most 256 characters. Shorten the value; a number or a flag is given as text, in quotes.",
        ],
        [
            { tags: { "aws:team": "orders" } },
            'tags.aws:team: "aws:team" is not allowed; it must be a tag key of 1 to 128 characters that does not begin with aws:. Rename the tag.',
        ],
        [
            { tags: tagsOf(51) },
            'tags: "51 tags" is not allowed; it must be at most 50. Remove some; the provider\'s default tags count, too.',
        ],
        [
            { tags: tagsOf(50), scaling: { ledgerTable: "ledger" } },
            'tags: "50 tags" is not allowed; it must be at most 50, with that of the stream which names scaling.ledgerTable. Remove some; the provider\'s default tags count, too.',
        ],
        [
            { dashboard: "no" },
            'dashboard: "no" is not allowed; it must be true or false. Leave it out for the default.',
        ],
        [
            { requirements: undefined },
            "requirements: missing; it must be an object. Declare at least writeMiBPerSecond and recordsPerSecond.",
        ],
        [
            { requirements: { recordsPerSecond: 2500 } },
            "requirements.writeMiBPerSecond: missing; it must be a number above 0, at most 100,000. Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes.",
        ],
    ];
    for (const [args, message] of rows) it(JSON.stringify(args), () => assert.deepEqual(messages(args), [message]));

    it("names a property that does not exist, and the one that was probably meant", () => {
        const [message] = messages({ shardcount: 4 });
        assert.match(
            message!,
            /^shardcount: 4 is not allowed; it must be one of requirements, shardCount, .*Did you mean shardCount\?$/,
        );
    });

    it("is everything about alarms at once: values that are out of range, and then those that do not go together", () => {
        const problems = shardedStreamProblems({
            requirements,
            scaling: {},
            alarms: {
                writeThrottling: { periodSeconds: 60, evaluationPeriods: 1_441 },
                scalerSilent: { threshold: 3, evaluationPeriods: 3 },
                readThrottling: { periodSeconds: 3_600, evaluationPeriods: 169 },
                iteratorAge: { treatMissingData: "missing" },
            },
        });
        assert.deepEqual(
            problems.map(({ property }) => property),
            [
                "alarms.writeThrottling.evaluationPeriods",
                "alarms.readThrottling.evaluationPeriods",
                "alarms.iteratorAge.treatMissingData",
                "alarms.scalerSilent.evaluationPeriods",
            ],
        );
    });

    it("says nothing of an alarm's part in others where what is set about it is malformed", () => {
        const alarms = { consumerSilent: { enabled: "no" }, iteratorAge: { treatMissingData: "missing" } };
        assert.deepEqual(
            shardedStreamProblems({ requirements, alarms }).map(({ property }) => property),
            ["alarms.consumerSilent.enabled"],
        );
    });

    it("is everything at once, in the order of the properties", () => {
        const problems = shardedStreamProblems({
            requirements: { writeMiBPerSecond: 0, recordsPerSecond: -5 },
            shardCount: 0,
            consumers: [""],
            scaling: { everyMinutes: 0, logRetentionDays: 31, mode: "eager" },
        });
        assert.deepEqual(
            problems.map(({ property }) => property),
            [
                "requirements.writeMiBPerSecond",
                "requirements.recordsPerSecond",
                "shardCount",
                "scaling.mode",
                "scaling.everyMinutes",
                "scaling.logRetentionDays",
                "consumers[0]",
            ],
        );
    });

    it("is nothing but the sentence for what is no object at all", () => {
        assert.deepEqual(
            shardedStreamProblems("orders").map(({ message }) => message),
            ['args: "orders" is not allowed; it must be an object. Give named properties.'],
        );
    });
});

describe("what is not known yet", () => {
    it("has no problem, wherever it stands", () => {
        const args = {
            requirements: { writeMiBPerSecond: notYetKnown, recordsPerSecond: notYetKnown, headroom: notYetKnown },
            shardCount: notYetKnown,
            shardLevelMetrics: [notYetKnown],
            notifications: { topicArn: notYetKnown },
            scaling: { minShards: notYetKnown, maxShards: 3, mode: notYetKnown, logRetentionDays: notYetKnown },
            tags: { team: notYetKnown },
        };
        assert.deepEqual(shardedStreamProblems(args), []);
        assert.deepEqual(shardedStreamProblems({ requirements: notYetKnown, tags: notYetKnown }), []);
        assert.deepEqual(streamAlarmsProblems({ stream: notYetKnown, shardCount: notYetKnown }), []);
    });
});

describe("arguments of alarms and dashboards on a stream that exists already", () => {
    it("need a stream, by its name or its ARN", () => {
        const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
        for (const stream of ["orders", arn]) {
            assert.deepEqual(streamAlarmsProblems({ stream }), []);
            assert.deepEqual(streamDashboardProblems({ stream, region: "us-gov-west-1" }), []);
        }
        assert.deepEqual(
            streamDashboardProblems({}).map(({ message }) => message),
            [
                "stream: missing; it must be the name or the ARN of a stream. Give a name such as orders, or an ARN such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.",
            ],
        );
        assert.deepEqual(
            streamAlarmsProblems({ stream: "arn:aws:s3:::orders", requirements: {} }).map(({ property }) => property),
            ["stream", "requirements.writeMiBPerSecond", "requirements.recordsPerSecond"],
        );
    });

    it("name no topic and no function of another region than theirs", () => {
        const topicArn = "arn:aws:sns:us-east-1:123456789012:oncall";
        const scalerFunctionArn = "arn:aws:lambda:us-east-1:123456789012:function:orders-scaler";
        const streamArn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
        const shards = { streamName: "orders", streamArn, minShards: 1, maxShards: 2 };
        const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };
        const region = "eu-west-1";
        const rows: [problems: { message: string }[], property: string][] = [
            [shardedStreamProblems({ requirements, region, notifications: { topicArn } }), "notifications.topicArn"],
            [streamAlarmsProblems({ stream: streamArn, notifications: { topicArn } }), "notifications.topicArn"],
            [streamAlarmsProblems({ stream: "orders", region, scaled: true, scalerFunctionArn }), "scalerFunctionArn"],
            [streamAutoscalerProblems({ ...shards, topicArn }), "topicArn"],
        ];
        for (const [problems, property] of rows) {
            assert.deepEqual(
                problems.map(({ message }) => message),
                [
                    `${property}: "us-east-1" is not allowed; it must be of eu-west-1. CloudWatch and the scaler speak to nothing in another region. Give one that is where the stream is.`,
                ],
            );
        }
    });

    it("name no other region than the stream's ARN does", () => {
        const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
        const scaler = { streamName: "orders", streamArn: arn, minShards: 1, maxShards: 2 };
        for (const region of [undefined, "us-east-1", notYetKnown]) {
            assert.deepEqual(streamAlarmsProblems({ stream: arn, region }), []);
            assert.deepEqual(streamAutoscalerProblems({ ...scaler, region }), []);
        }
        assert.deepEqual(streamAlarmsProblems({ stream: "orders", region: "eu-west-1" }), []);
        assert.deepEqual(
            [
                ...streamAlarmsProblems({ stream: arn, region: "eu-west-1" }),
                ...streamAutoscalerProblems({ ...scaler, region: "eu-west-1" }),
            ].map(({ message }) => message),
            ["stream", "streamArn"].map(
                (property) =>
                    `region: "eu-west-1" is not allowed; it must be us-east-1, the region of ${property}. Leave it out, or give the stream's.`,
            ),
        );
    });
});
