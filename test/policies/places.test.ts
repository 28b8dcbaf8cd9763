/** Two streams of one name in two regions, or two accounts, are two streams: alarms, scalers, consumers and functions belong to one of them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeStack, type PolicyName, type ResourceView, type Verdict } from "../../policies/policies";
import {
    accountSettingsType,
    consumerTypes,
    eventSourceMappingTypes,
    shardedStreamType,
    streamAutoscalerType,
} from "../../policies/resources";
import {
    awsAlarm,
    awsStream,
    cannotTell,
    childStream,
    compliant,
    nativeAlarm,
    nativeStream,
    shardedStream,
    unknown,
    view,
    violation,
} from "./views";

const provider = (name: string, region?: string) => ({
    urn: `urn:pulumi:dev::shop::pulumi:providers:aws::${name}`,
    region,
});
const arnOf = (region: string, account: string, name = "clicks") =>
    `arn:aws:kinesis:${region}:${account}:stream/${name}`;

const streamIn = (name: string, props: object, more: Partial<ResourceView> = {}) =>
    view(awsStream, { name: "clicks", ...props }, { name, ...more });
const eu = streamIn("eu", { region: "eu-west-1", arn: unknown("arn") });
const us = streamIn("us", { region: "us-east-1", arn: unknown("arn") });

const alarmOn = (props: object, more: Partial<ResourceView> = {}) =>
    view(
        awsAlarm,
        {
            namespace: "AWS/Kinesis",
            metricName: "WriteProvisionedThroughputExceeded",
            statistic: "Sum",
            comparisonOperator: "GreaterThanThreshold",
            threshold: 0,
            dimensions: { StreamName: "clicks" },
            alarmActions: ["arn:aws:sns:us-east-1:123456789012:oncall"],
            ...props,
        },
        { name: "writes", ...more },
    );

const config = { metrics: ["WriteProvisionedThroughputExceeded"] };

function said(policy: PolicyName, resources: readonly ResourceView[], settings: object = {}): Verdict[] {
    return judgeStack(policy, resources, settings).map(({ verdict }) => verdict);
}

const unalarmed = (name: string) =>
    violation(
        `No alarm of this stack watches WriteProvisionedThroughputExceeded of the stream. Attach them: new StreamAlarms("${name}", { stream: <the stream's name or ARN> }).`,
    );

describe("an alarm is of the stream in its own region", () => {
    const inMath = (accountId: unknown) =>
        alarmOn({
            metricName: undefined,
            region: "us-east-1",
            metricQueries: [
                {
                    id: "refused",
                    returnData: true,
                    accountId,
                    metric: {
                        namespace: "AWS/Kinesis",
                        metricName: "WriteProvisionedThroughputExceeded",
                        stat: "Sum",
                        dimensions: { StreamName: "clicks" },
                    },
                },
            ],
        });
    const known = streamIn("us", { region: "us-east-1", arn: arnOf("us-east-1", "111111111111") });
    const rows: [title: string, resources: ResourceView[], verdicts: Verdict[]][] = [
        ["of two of one name", [eu, us, alarmOn({ region: "eu-west-1" })], [compliant, unalarmed("us")]],
        ["and not of one elsewhere", [us, alarmOn({ region: "eu-west-1" })], [unalarmed("us")]],
        [
            "by the stream that its name was computed from, where it says no region",
            [eu, us, alarmOn({}, { propertyDependencies: { dimensions: [us.urn] } })],
            [unalarmed("eu"), compliant],
        ],
        [
            "or by its provider",
            [
                streamIn("one", {}, { provider: provider("one") }),
                streamIn("two", {}, { provider: provider("two") }),
                alarmOn({}, { provider: provider("two") }),
            ],
            [unalarmed("one"), compliant],
        ],
        [
            "or by its provider's region",
            [
                streamIn("one", {}, { provider: provider("one", "eu-west-1") }),
                streamIn("two", {}, { provider: provider("two", "us-east-1") }),
                alarmOn({ region: "us-east-1" }, { provider: provider("three") }),
            ],
            [unalarmed("one"), compliant],
        ],
        [
            "of one that has no region of its own, where its provider's is not said",
            [streamIn("us", {}, { provider: provider("us") }), alarmOn({ region: "us-east-1" })],
            [compliant],
        ],
        [
            "which cannot be told of two where nothing says which",
            [eu, us, alarmOn({})],
            [cannotTell("dimensions"), cannotTell("dimensions")],
        ],
        [
            "nor of one whose region is not known yet",
            [streamIn("us", { region: unknown("region") }), alarmOn({ region: "us-east-1" })],
            [cannotTell("dimensions")],
        ],
        [
            "which both are that are one stream, declared and read again",
            [us, streamIn("again", us.props), alarmOn({ region: "us-east-1" })],
            [compliant, compliant],
        ],
        [
            "of either provider",
            [
                view(
                    nativeStream,
                    { name: "clicks", arn: unknown("arn") },
                    { name: "native", provider: provider("native", "us-east-1") },
                ),
                alarmOn({ region: "us-east-1", arn: unknown("arn") }, { provider: provider("aws") }),
            ],
            [compliant],
        ],
        ["of its own account", [known, inMath(undefined)], [compliant]],
        ["or of the account that its query names", [known, inMath("111111111111")], [compliant]],
        ["and then of no other", [known, inMath("222222222222")], [unalarmed("us")]],
        ["which cannot be told before the stream has one", [us, inMath("111111111111")], [cannotTell("metricQueries")]],
        [
            "nor by the name that it was given",
            [us, { ...inMath("111111111111"), propertyDependencies: { metricQueries: [us.urn] } }],
            [cannotTell("metricQueries")],
        ],
    ];
    for (const [title, resources, verdicts] of rows)
        it(title, () => assert.deepEqual(said("stream-is-alarmed", resources, config), verdicts));

    it("of aws-native, whose query names an account too", () => {
        const native = view(
            nativeAlarm,
            {
                metrics: [
                    {
                        id: "refused",
                        accountId: "222222222222",
                        metricStat: {
                            stat: "Sum",
                            metric: {
                                namespace: "AWS/Kinesis",
                                metricName: "WriteProvisionedThroughputExceeded",
                                dimensions: [{ name: "StreamName", value: "clicks" }],
                            },
                        },
                    },
                ],
            },
            { name: "native" },
        );
        assert.deepEqual(said("stream-is-alarmed", [known, native], config), [unalarmed("us")]);
    });

    it("whatever there is beside it: of its own stream, and of no other", () => {
        const place = fc.record({
            name: fc.constantFrom("clicks", "orders"),
            region: fc.constantFrom("eu-west-1", "us-east-1"),
            account: fc.constantFrom("111111111111", "222222222222"),
        });
        type Place = typeof place extends fc.Arbitrary<infer One> ? One : never;
        const declared = ({ name, region, account }: Place, nth: number, isKnown: boolean) =>
            view(
                awsStream,
                { name, region, arn: isKnown ? arnOf(region, account, name) : unknown("arn") },
                { name: `s${nth}` },
            );
        const onIt = ({ name, region, account }: Place) => {
            const [query] = inMath(account).props.metricQueries as [{ metric: object }];
            const metric = { ...query.metric, dimensions: { StreamName: name } };
            return alarmOn({ metricName: undefined, region, metricQueries: [{ ...query, metric }] });
        };
        const text = (one: Place) => JSON.stringify(one);
        const places = fc.uniqueArray(place, { minLength: 1, maxLength: 6, selector: text });
        fc.assert(
            fc.property(places, place, fc.boolean(), (all, meant, isKnown) => {
                const streams = all.map((one, nth) => declared(one, nth, isKnown));
                const verdicts = said("stream-is-alarmed", [...streams, onIt(meant)], config);
                for (const [nth, { verdict }] of verdicts.entries()) {
                    const isMeant = text(all[nth]!) === text(meant);
                    if (isKnown) assert.equal(verdict, isMeant ? "compliant" : "violation");
                    else if (isMeant) assert.equal(verdict, "cannot-tell");
                }
            }),
            { numRuns: 300 },
        );
    });
});

describe("alarm-can-fire: an alarm in another region than its stream never has data", () => {
    const elsewhere = (region: string, more: object = {}) =>
        alarmOn({ region, ...more }, { propertyDependencies: { dimensions: [us.urn] } });
    const missed = violation(
        'The alarm watches WriteProvisionedThroughputExceeded in eu-west-1; the stream us is in us-east-1, so the alarm never has data. Make it where its stream is: set its region to "us-east-1".',
    );
    const rows: [title: string, resources: ResourceView[], verdicts: Verdict[]][] = [
        ["warns of one that was given the stream's name", [us, elsewhere("eu-west-1")], [missed]],
        [
            "before that is known",
            [
                streamIn("us", { name: unknown("name"), region: "us-east-1" }),
                elsewhere("eu-west-1", { dimensions: { StreamName: unknown("dimensions.StreamName") } }),
            ],
            [missed],
        ],
        ["passes one in the stream's region", [us, elsewhere("us-east-1")], [compliant]],
        [
            "passes one on a name of its own, which may be that of a stream elsewhere",
            [us, alarmOn({ region: "eu-west-1" })],
            [compliant],
        ],
        [
            "passes one on what others publish there",
            [us, elsewhere("eu-west-1", { namespace: "Shop", metricName: "Orders" })],
            [compliant],
        ],
    ];
    for (const [title, resources, verdicts] of rows)
        it(title, () => assert.deepEqual(said("alarm-can-fire", resources), verdicts));
});

describe("a scaler scales the stream in its own region", () => {
    const policy = "scaled-stream-ignores-shard-count";
    const scaler = (props: object, more: Partial<ResourceView> = {}) =>
        view(streamAutoscalerType, { streamName: "clicks", maxShards: 8, ...props }, { name: "scaler", ...more });
    const overwritten = violation(
        'A scaler changes the shards of this stream, and the next deployment would set them back to shardCount: ignoreChanges does not name it. Add the resource option ignoreChanges: ["shardCount"].',
    );
    const part = (region: string) => alarmOn({ region }, { name: "silent", parent: scaler({}).urn });
    const rows: [title: string, resources: ResourceView[], judged: [string, Verdict][]][] = [
        ["by its region", [eu, us, scaler({ region: "eu-west-1" })], [["eu", overwritten]]],
        ["by that of its parts", [eu, us, scaler({}), part("us-east-1")], [["us", overwritten]]],
        ["by an ARN", [eu, us, scaler({ streamArn: arnOf("eu-west-1", "111111111111") })], [["eu", overwritten]]],
        [
            "by an ARN of an account",
            [
                streamIn("one", { arn: arnOf("us-east-1", "111111111111") }),
                streamIn("two", { arn: arnOf("us-east-1", "222222222222") }),
                scaler({ streamArn: arnOf("us-east-1", "222222222222") }),
            ],
            [["two", overwritten]],
        ],
        [
            "by the stream whose ARN it was given, before that is known",
            [eu, us, scaler({ streamArn: unknown("streamArn") }, { propertyDependencies: { streamArn: [us.urn] } })],
            [["us", overwritten]],
        ],
        [
            "which cannot be told where nothing says which",
            [eu, us, scaler({})],
            [
                ["eu", cannotTell("streamName")],
                ["us", cannotTell("streamName")],
            ],
        ],
    ];
    for (const [title, resources, judged] of rows) {
        it(title, () =>
            assert.deepEqual(
                judgeStack(policy, resources).map(({ urn, verdict }) => [urn.split("::").at(-1), verdict]),
                judged,
            ),
        );
    }

    it("and not the stream of another ShardedStream of that name", () => {
        const own = (name: string, region: string, ignoreChanges: string[]) => {
            const parent = `urn:pulumi:dev::shop::${shardedStreamType}::${name}`;
            return childStream(awsStream, { name: "orders", region }, { name, parent, ignoreChanges });
        };
        const scaled = own("orders-eu", "eu-west-1", ["shardCount"]);
        const its = view(
            streamAutoscalerType,
            { streamName: "orders" },
            { name: "orders-eu-scaler", parent: scaled.parent!, propertyDependencies: { streamName: [scaled.urn] } },
        );
        assert.deepEqual(judgeStack(policy, [scaled, own("orders-us", "us-east-1", []), its]), [
            { urn: scaled.urn, verdict: compliant },
        ]);
    });

    describe("so raw-stream-is-sized judges a stream by its own scaler", () => {
        const requirements = { clicks: { writeMiBPerSecond: 2, recordsPerSecond: 800 } };
        const left = { ...us, props: { ...us.props, shardCount: 1 }, ignoreChanges: ["shardCount"] };
        it("and not by that of another region", () =>
            assert.deepEqual(
                said("raw-stream-is-sized", [eu, left, scaler({ region: "eu-west-1" })], { requirements }),
                [
                    violation(
                        "The declared 2 MiB/s and 800 records/s need at least 2 shards (writeBytes: 2 MiB/s written, 1 MiB/s a shard); ignoreChanges keeps shardCount at 1. Scale the stream to at least 2 (sharded-stream scale, then pulumi refresh); where it is not made yet, set shardCount to that. The plan recommends 3.",
                    ),
                ],
            ));
        it("and cannot tell of one that may be another's", () =>
            assert.deepEqual(said("raw-stream-is-sized", [eu, left, scaler({})], { requirements }), [
                cannotTell("streamName"),
            ]));
    });
});

describe("a reader reads the stream that its ARN names", () => {
    const own = (arn: unknown) =>
        childStream(awsStream, { name: "clicks", region: "us-east-1", arn }, { component: shardedStream({}) });
    const mapping = (region: string, account: string) =>
        view(eventSourceMappingTypes[0]!, { eventSourceArn: arnOf(region, account) }, { name: `of-${account}` });
    const here = arnOf("us-east-1", "111111111111");
    const [ours, theirs] = [mapping("us-east-1", "111111111111"), mapping("us-east-1", "222222222222")];
    const rows: [title: string, resources: ResourceView[], verdict: Verdict][] = [
        ["and none of another account", [own(here), ours, theirs], compliant],
        ["or of another region", [own(here), ours, mapping("eu-west-1", "111111111111")], compliant],
        ["which cannot be told before the stream has one", [own(unknown("arn")), ours, theirs], cannotTell("arn")],
        ["and does not matter where the plan has room for all", [own(unknown("arn")), theirs], compliant],
    ];
    for (const [title, resources, verdict] of rows)
        it(title, () => assert.deepEqual(said("functions-keep-up", resources), [verdict]));

    it("as does a registered consumer", () => {
        const consumer = (region: string) =>
            view(consumerTypes[0]!, { name: "billing", streamArn: arnOf(region, "111111111111") });
        const judged = (arn: unknown, region: string) =>
            said("stream-is-alarmed", [own(arn), consumer(region)], { metrics: [] });
        assert.deepEqual(judged(here, "eu-west-1"), [compliant]);
        assert.deepEqual(judged(unknown("arn"), "us-east-1"), [cannotTell("streamArn")]);
    });
});

describe("warm-throughput-is-accepted: account settings are those of a region", () => {
    const warm = (region: string) =>
        streamIn("warm", { region, streamModeDetails: { streamMode: "ON_DEMAND" }, warmThroughputMibPs: 10 });
    const settings = (region: string, status: string) =>
        view(accountSettingsType, { region, minimumThroughputBillingCommitment: { status } }, { name: "settings" });
    it("judges a stream by those of its own", () =>
        assert.deepEqual(
            said("warm-throughput-is-accepted", [
                warm("us-east-1"),
                settings("us-east-1", "ENABLED"),
                settings("eu-west-1", "DISABLED"),
            ]),
            [compliant],
        ));
    it("and not by another region's", () =>
        assert.match(
            JSON.stringify(said("warm-throughput-is-accepted", [warm("us-east-1"), settings("eu-west-1", "ENABLED")])),
            /AWS accepts warmThroughputMibPs only where account and region are in On-demand Advantage/,
        ));
});
