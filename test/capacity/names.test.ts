/** Names that are derived from a stream's: what AWS takes, for every stream, and one for each. */
import * as assert from "node:assert/strict";
import fc from "fast-check";
import {
    alarmName,
    autonamedChild,
    dashboardName,
    functionSuffix,
    ledgerTableName,
    logGroupName,
    scalerFunctionName,
    scalerRoleName,
    scalerScheduleName,
} from "../../capacity/names";
import { alarmNames, alarmRows } from "../../capacity/watching/alarms";

const region = "ap-southeast-2";
const owner = "urn:pulumi:dev::shop::sharded-stream:index:StreamAlarms::clicks";
const rows = alarmNames.map((name) => alarmRows[name]);
const suffixes = rows.flatMap(({ suffix, onlyAfter }) => [suffix, ...(onlyAfter ? [onlyAfter.suffix] : [])]);
/** Of the stream itself, and of consumers whose names could be parts of a stream's, or of an alarm's. */
const watched = [
    ...[...new Set(suffixes)].map((suffix) => ({ suffix, consumer: undefined })),
    ...["c", "b-c", "b-Consumer", "Lag", "x".repeat(128)].flatMap((consumer) =>
        ["Lag", "Silent", "Unread"].map((suffix) => ({ suffix, consumer })),
    ),
    ...["c", "b-Function", "Behind", "x".repeat(64)].flatMap((name) =>
        ["Behind", "Silent"].map((suffix) => ({ suffix: functionSuffix(suffix, name), consumer: undefined })),
    ),
];

/** Of each service: what it takes, in the words of its API model, and what a stream's names in it are. */
const services: Readonly<Record<string, { pattern: RegExp; most: number; namesOf: (stream: string) => string[] }>> = {
    "CloudWatch alarms": {
        pattern: /^\P{Cc}+$/u,
        most: 255,
        namesOf: (stream) =>
            [undefined, owner, `${owner}2`].flatMap((one) =>
                watched.map(({ suffix, consumer }) => alarmName(stream, suffix, one, consumer)),
            ),
    },
    "CloudWatch dashboards": {
        pattern: /^[A-Za-z0-9_-]+$/,
        most: 255,
        namesOf: (stream) =>
            [undefined, owner, `${owner}2`].flatMap((one) =>
                [region, "us-gov-west-1", "us-west-1"].map((where) => dashboardName(stream, where, one)),
            ),
    },
    "Lambda functions": { pattern: /^[a-zA-Z0-9-_]+$/, most: 64, namesOf: (stream) => [scalerFunctionName(stream)] },
    "EventBridge schedules": {
        pattern: /^[0-9a-zA-Z-_.]+$/,
        most: 64,
        namesOf: (stream) => [scalerScheduleName(stream)],
    },
    "IAM roles": {
        pattern: /^[\w+=,.@-]+$/,
        most: 64,
        namesOf: (stream) =>
            (["scaler", "schedule"] as const).flatMap((role) =>
                [region, "us-gov-west-1", "us-west-1"].map((where) => scalerRoleName(stream, where, role)),
            ),
    },
    "CloudWatch log groups": {
        pattern: /^[.\-_/#A-Za-z0-9]+$/,
        most: 512,
        namesOf: (stream) => [logGroupName(scalerFunctionName(stream))],
    },
    "DynamoDB tables": { pattern: /^[a-zA-Z0-9_.-]+$/, most: 255, namesOf: (stream) => [ledgerTableName(stream)] },
    // The topic and the permissions are called after the component, which is often called like the stream; Pulumi adds a part of 8.
    "SQS queues": {
        pattern: /^[A-Za-z0-9_-]+$/,
        most: 80 - 8,
        namesOf: (name) => [autonamedChild("queue", `${name}-failures`)],
    },
    "SNS topics": {
        pattern: /^[A-Za-z0-9_-]+$/,
        most: 256 - 8,
        namesOf: (name) => [autonamedChild("topic", `${name}-alarms`)],
    },
    "statements of a function's policy": {
        pattern: /^[a-zA-Z0-9-_]+$/,
        most: 100 - 8,
        namesOf: (name) => [
            autonamedChild("statement", `${name}-scaler-alarm-permission`),
            autonamedChild("statement", `${name}-scaler-alarm-permission-2`),
        ],
    },
    "IAM role policies": {
        pattern: /^[\w+=,.@-]+$/,
        most: 128 - 8,
        namesOf: (name) => [autonamedChild("rolePolicy", `${name}-scaler-scheduler-policy`)],
    },
};

const characters = [..."abcxyzABCXYZ0189_.-"];
const anyStream = fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 128 });
const longStart = fc.string({ unit: fc.constantFrom(...characters), minLength: 60, maxLength: 100 });

/** Two streams whose names are easily taken for each other. */
const nearPair = fc.oneof(
    fc.tuple(anyStream, anyStream),
    fc.constantFrom<[string, string]>(
        ["a.b", "a_b"],
        ["a.b", "a-b"],
        ["a..b", "a._b"],
        ["orders", "Orders"],
        ["orders", "orders-scaler"],
        ["x", "x-us-gov"],
        ["clicks", "clicks-us-west-1"],
        ["clicks", "clicks-WriteThrottling"],
        ["a", "a-b"],
        ["a", "a-Consumer"],
        ["a-b", "a-b-Consumer"],
    ),
    // Dots, underscores and hyphens of one name in place of each other.
    fc
        .tuple(anyStream, fc.constantFrom("_", "-", "."))
        .map(([stream, other]): [string, string] => [stream, stream.replace(/[._-]/g, other)]),
    // The same start, longer than a service takes.
    fc
        .tuple(longStart, anyStream, anyStream)
        .map(([start, left, right]): [string, string] => [(start + left).slice(0, 128), (start + right).slice(0, 128)]),
    // A stream that is called like something of another, the hash included.
    fc
        .tuple(anyStream, fc.constantFrom(...Object.values(services)), fc.nat())
        .map(([stream, { namesOf }, at]): [string, string] => {
            const names = namesOf(stream);
            const like = names[at % names.length]!.replace(/^Kinesis-|^\/aws\/lambda\//, "").replace(
                /-(scaler|schedule|us-west-1)$/,
                "",
            );
            return [stream, like.replace(/[^\w.-]/g, "").slice(0, 128)];
        }),
);

describe("what belongs to a stream", () => {
    for (const [service, { pattern, most, namesOf }] of Object.entries(services)) {
        it(`has names that ${service} take, for every stream`, () => {
            fc.assert(
                fc.property(anyStream, (stream) => {
                    for (const name of namesOf(stream)) {
                        assert.match(name, pattern);
                        assert.ok(name.length <= most, `${name} has ${name.length} characters`);
                    }
                }),
            );
        });

        it(`has names among ${service} that nothing else has`, () => {
            const key = service === "IAM roles" ? (name: string) => name.toLowerCase() : (name: string) => name;
            fc.assert(
                fc.property(nearPair, ([left, right]) => {
                    const names = (left === right ? [left] : [left, right]).flatMap(namesOf).map(key);
                    assert.deepEqual(
                        names.filter((name, at) => names.indexOf(name) !== at),
                        [],
                    );
                }),
                { numRuns: 500 },
            );
        });
    }

    const long = `${"x".repeat(58)}.y`;
    const rows: [what: string, name: string, expected: string][] = [
        ["an alarm", alarmName("orders.live", "WriteThrottling"), "orders.live-WriteThrottling"],
        [
            "an alarm of an owner",
            alarmName("orders.live", "WriteThrottling", owner),
            "orders.live-WriteThrottling-a3c31a77",
        ],
        ["an alarm of a consumer", alarmName("orders", "Lag", undefined, "billing"), "orders-Consumer/billing/Lag"],
        [
            "an alarm of a consumer and an owner",
            alarmName("orders", "Lag", owner, "billing"),
            "orders-Consumer/billing/Lag-a3c31a77",
        ],
        ["a dashboard", dashboardName("orders", region), "Kinesis-orders-ap-southeast-2"],
        ["a dashboard of an owner", dashboardName("orders", region, owner), "Kinesis-orders-ap-southeast-2-a3c31a77"],
        ["a dashboard of dots", dashboardName("orders.live", region), "Kinesis-orders_live-ap-southeast-2-33ee929a"],
        ["a function", scalerFunctionName("orders"), "orders-scaler"],
        ["a function of dots", scalerFunctionName("com.example.Placed"), "com_example_Placed-scaler-06a0cc91"],
        ["a function of length", scalerFunctionName(long), `${"x".repeat(55)}-62adb42c`],
        ["a log group of dots", logGroupName(scalerFunctionName("a.b")), "/aws/lambda/a_b-scaler-454f31ba"],
        ["a role", scalerRoleName("orders.live", region, "scaler"), "orders.live-ap-southeast-2-scaler"],
        // Names of roles are not distinguished by case.
        ["a role of capitals", scalerRoleName("Orders", region, "schedule"), "Orders-ap-southeast-2-schedule-697d83a8"],
        ["a table", ledgerTableName("orders.live"), "orders.live-scaler-ledger"],
        ["a topic", autonamedChild("topic", "orders-alarms"), "orders-alarms"],
        ["a topic of dots", autonamedChild("topic", "orders.live-alarms"), "orders_live-alarms-a5e26007"],
    ];
    for (const [what, name, expected] of rows) it(`is called so: ${what}`, () => assert.equal(name, expected));

    it("stays as it was wherever AWS took it before", () => {
        const plain = fc.string({ unit: fc.constantFrom(..."abcxyz0189_-"), minLength: 1, maxLength: 38 });
        fc.assert(
            fc.property(plain, (stream) => {
                assert.deepEqual(
                    [
                        alarmName(stream, "IteratorAge"),
                        scalerFunctionName(stream),
                        scalerScheduleName(stream),
                        scalerRoleName(stream, region, "scaler"),
                        ledgerTableName(stream),
                        autonamedChild("topic", `${stream}-alarms`),
                    ],
                    [
                        `${stream}-IteratorAge`,
                        `${stream}-scaler`,
                        `${stream}-scaler`,
                        `${stream}-${region}-scaler`,
                        `${stream}-scaler-ledger`,
                        `${stream}-alarms`,
                    ],
                );
            }),
        );
    });
});
