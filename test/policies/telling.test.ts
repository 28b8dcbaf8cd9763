/** stream-is-alarmed: which alarms count, because they speak of trouble, and somebody hears it. */
import assert from "node:assert/strict";
import { judgeStack, type ResourceView, type Verdict } from "../../policies/policies";
import { compositeAlarmTypes, consumerTypes } from "../../policies/resources";
import { awsAlarm, awsStream, cannotTell, compliant, nativeAlarm, unknown, view, violation } from "./views";

const stream = view(awsStream, { name: "clicks" }, { name: "clicks" });
const topic = "arn:aws:sns:us-east-1:123456789012:oncall";
const refusals = "WriteProvisionedThroughputExceeded";
const age = "GetRecords.IteratorAgeMilliseconds";

const alarm = (name: string, metricName: string, props: object = {}) =>
    view(
        awsAlarm,
        {
            name,
            namespace: "AWS/Kinesis",
            metricName,
            statistic: metricName === refusals ? "Sum" : "Maximum",
            comparisonOperator: "GreaterThanThreshold",
            threshold: 0,
            dimensions: { StreamName: "clicks" },
            ...props,
        },
        { name },
    );
const composite = (name: string, alarmRule: unknown, props: object = {}, more: Partial<ResourceView> = {}) =>
    view(compositeAlarmTypes[0]!, { alarmName: name, alarmRule, ...props }, { name, ...more });
const heard = { alarmActions: [topic] };

const said = (resources: readonly ResourceView[], metrics: readonly string[] = [refusals, age]): Verdict[] =>
    judgeStack("stream-is-alarmed", [stream, ...resources], { metrics }).map(({ verdict }) => verdict);

const unheard = (name: string, metric: string) =>
    `The alarm ${name} on ${metric} has no action, so it tells nobody. Set its alarmActions, to the ARN of an SNS topic for example.`;

describe("an alarm without actions counts where a composite alarm speaks while it is on", () => {
    const [w, i] = [alarm("w", refusals), alarm("i", age)];
    const alone =
        "The composite alarm all does not speak while this alarm alone is in ALARM: joined by OR its rule would.";
    const together = [violation(`${unheard("w", refusals)} ${alone} ${unheard("i", age)} ${alone}`)];
    const neither = [violation(`${unheard("w", refusals)} ${unheard("i", age)}`)];
    const rows: [title: string, rule: string, verdicts: Verdict[]][] = [
        ["of either", 'ALARM("w") OR ALARM("i")', [compliant]],
        ["by its ARN", "ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:w) OR ALARM(i)", [compliant]],
        ["where it is not OK", "NOT (OK(w) AND OK(i))", [compliant]],
        ["of several", "AT_LEAST(1, ALARM, (w, i))", [compliant]],
        ["beside what always holds", "TRUE AND (ALARM(w) OR ALARM(i)) AND NOT ALARM(maintenance)", [compliant]],
        ["but not of both together", 'ALARM("w") AND ALARM("i")', together],
        ["nor of two of them", "AT_LEAST(2, ALARM, (w, i))", together],
        ["nor beside what never holds", "FALSE AND (ALARM(w) OR ALARM(i))", together],
        [
            "but not of one while the other is quiet",
            'ALARM("i") AND NOT ALARM("w")',
            [violation(unheard("w", refusals))],
        ],
        ["nor of what is not so", "NOT (ALARM(w) OR ALARM(i))", neither],
        ["nor while both are well", "OK(w) AND OK(i)", neither],
        ["nor while they have no data", "INSUFFICIENT_DATA(w) OR NOT INSUFFICIENT_DATA(i)", neither],
        ["nor by a rule that CloudWatch refuses", "ALARM(w) ALARM(i)", neither],
        ["nor of names that merely begin so", 'ALARM("w2") OR ALARM("i i")', neither],
    ];
    for (const [title, rule, verdicts] of rows)
        it(`${title}: ${rule}`, () => assert.deepEqual(said([w, i, composite("all", rule, heard)]), verdicts));

    it("whatever its name is made of", () => {
        const named = alarm("w", refusals, { name: "clicks (prod) throttled" });
        const rule = composite("all", 'ALARM("clicks (prod) throttled")', heard);
        assert.deepEqual(said([named, rule], [refusals]), [compliant]);
    });

    it("through a composite alarm that it combines", () => {
        const child = composite("child", 'ALARM("w")');
        assert.deepEqual(said([w, child, composite("top", 'ALARM("child")', heard)], [refusals]), [compliant]);
        assert.deepEqual(said([w, child, composite("top", 'NOT ALARM("child")', heard)], [refusals]), [
            violation(unheard("w", refusals)),
        ]);
    });

    it("through one that asks for two that are on with it", () => {
        const [one, two] = [composite("one", "ALARM(w)"), composite("two", "NOT OK(w)")];
        const top = composite("top", "ALARM(one) AND ALARM(two) AND ALARM(w)", heard);
        assert.deepEqual(said([top, w, two, one], [refusals]), [compliant]);
    });

    it("and not by a list of actions that holds nothing", () => {
        const silent = alarm("w", refusals, { alarmActions: ["", null] });
        assert.deepEqual(said([silent], [refusals]), [violation(unheard("w", refusals))]);
        const later = alarm("w", refusals, { alarmActions: [unknown("alarmActions.0")] });
        assert.deepEqual(said([later], [refusals]), [compliant]);
    });

    it("and a metric that a configuration names twice is said once", () =>
        assert.deepEqual(said([w], [refusals, refusals]), [violation(unheard("w", refusals))]));

    it("and not by two that ask for each other", () => {
        const round = [composite("one", "ALARM(w) OR ALARM(two)"), composite("two", "ALARM(one)")];
        assert.deepEqual(said([w, ...round], [refusals]), [violation(unheard("w", refusals))]);
    });

    it("and not by one of that name in another region", () => {
        const here = { ...w, props: { ...w.props, region: "us-east-1" } };
        const there = composite("all", "ALARM(w)", { ...heard, region: "eu-west-1" });
        assert.deepEqual(said([here, there], [refusals]), [violation(unheard("w", refusals))]);
    });

    it("by what the rule was computed from only while that is not known", () => {
        const of = (rule: unknown) => composite("all", rule, heard, { propertyDependencies: { alarmRule: [w.urn] } });
        assert.deepEqual(said([w, of(unknown("alarmRule"))], [refusals]), [compliant]);
        assert.deepEqual(said([w, of("NOT ALARM(w)")], [refusals]), [violation(unheard("w", refusals))]);
    });

    it("which cannot be told while it is not known what the one that speaks does", () => {
        const rule = composite("all", "ALARM(w)", { alarmActions: unknown("alarmActions") });
        assert.deepEqual(said([w, rule, composite("deaf", "ALARM(w)")], [refusals]), [cannotTell("alarmActions")]);
        assert.deepEqual(said([w, rule, composite("heard", "ALARM(w)", heard)], [refusals]), [compliant]);
    });
});

describe("an alarm on what is 0 while all is well does not count where it speaks then", () => {
    const low = (name: string, metric: string) =>
        violation(
            `The alarm ${name} speaks while ${metric} is low, which is while all is well, so it does not count. Set its comparisonOperator to "GreaterThanThreshold".`,
        );
    const atZero = violation(
        `The alarm w speaks while ${refusals} is 0, which is while all is well, so it does not count. Raise its threshold above 0.`,
    );
    const rows: [title: string, metric: string, props: object, verdict: Verdict][] = [
        ["above 0", refusals, {}, compliant],
        ["from 1 on", refusals, { comparisonOperator: "GreaterThanOrEqualToThreshold", threshold: 1 }, compliant],
        ["from 0 on", refusals, { comparisonOperator: "GreaterThanOrEqualToThreshold" }, atZero],
        ["above less than 0", refusals, { threshold: -1 }, atZero],
        ["below 1", refusals, { comparisonOperator: "LessThanThreshold", threshold: 1 }, low("w", refusals)],
        ["below an hour", age, { comparisonOperator: "LessThanThreshold", threshold: 3_600_000 }, low("w", age)],
        [
            "above a band",
            refusals,
            { comparisonOperator: "GreaterThanUpperThreshold", threshold: undefined },
            compliant,
        ],
        [
            "outside of a band",
            refusals,
            { comparisonOperator: "LessThanLowerOrGreaterThanUpperThreshold", threshold: undefined },
            compliant,
        ],
        ["below a band", age, { comparisonOperator: "LessThanLowerThreshold", threshold: undefined }, low("w", age)],
        ["above what is not known yet", refusals, { threshold: unknown("threshold") }, cannotTell("threshold")],
        [
            "compared in a way that is not known yet",
            refusals,
            { comparisonOperator: unknown("comparisonOperator") },
            cannotTell("comparisonOperator"),
        ],
        [
            "below 1, of what is not 0 while all is well",
            "GetRecords.Success",
            { comparisonOperator: "LessThanThreshold", threshold: 1, statistic: "Average" },
            compliant,
        ],
    ];
    for (const [title, metric, props, verdict] of rows)
        it(title, () => assert.deepEqual(said([alarm("w", metric, { ...heard, ...props })], [metric]), [verdict]));
});

describe("an alarm on a Metrics Insights query is of each stream that the query finds", () => {
    const missing = violation(
        `No alarm of this stack watches ${refusals} of the stream. Attach them: new StreamAlarms("clicks", { stream: <the stream's name or ARN> }).`,
    );
    const grouped = `SELECT SUM(${refusals}) FROM SCHEMA("AWS/Kinesis", StreamName) GROUP BY StreamName`;
    const where = (condition: string) =>
        `SELECT SUM(${refusals}) FROM SCHEMA("AWS/Kinesis", StreamName) WHERE ${condition}`;
    const query = (expression: unknown, props: object = {}) =>
        view(
            awsAlarm,
            {
                comparisonOperator: "GreaterThanThreshold",
                threshold: 0,
                metricQueries: [{ id: "q", expression, period: 300, returnData: true }],
                ...heard,
                ...props,
            },
            { name: "q" },
        );
    const rows: [title: string, alarm: ResourceView, verdict: Verdict][] = [
        ["each of them apart", query(grouped), compliant],
        ["all of them together", query(grouped.replace(/ GROUP.*/, "")), compliant],
        ["without a schema", query(`SELECT SUM(${refusals}) FROM "AWS/Kinesis"`), compliant],
        ["in small letters", query(grouped.replace("SELECT", "select")), compliant],
        ["this one", query(where("StreamName = 'clicks'")), compliant],
        ["another one", query(where("StreamName = 'orders'")), missing],
        ["each but this one", query(where("StreamName != 'clicks'")), missing],
        ["each but another one", query(where("StreamName != 'orders'")), compliant],
        ["of another metric", query(grouped.replace(refusals, "IncomingRecords")), missing],
        ["of another namespace", query(grouped.replace("AWS/Kinesis", "Shop")), missing],
        ["that CloudWatch cannot read", query("SELECT everything"), missing],
        [
            "and tells nobody",
            query(grouped, { alarmActions: [] }),
            violation(
                `The alarm q on ${refusals} has no action, so it tells nobody. Set its alarmActions, to the ARN of an SNS topic for example.`,
            ),
        ],
        [
            "and speaks while all is well",
            query(grouped, { comparisonOperator: "LessThanThreshold", threshold: 1 }),
            violation(
                `The alarm q speaks while ${refusals} is low, which is while all is well, so it does not count. Set its comparisonOperator to "GreaterThanThreshold".`,
            ),
        ],
        [
            "of shards that publish nothing by themselves",
            query(`SELECT SUM(${refusals}) FROM SCHEMA("AWS/Kinesis", StreamName, ShardId) GROUP BY ShardId`),
            violation(
                `The alarm q on ${refusals} can never fire, so it does not count. Mend it as alarm-can-fire says.`,
            ),
        ],
        [
            "by the aws-native provider",
            view(nativeAlarm, { metrics: [{ id: "q", expression: grouped, period: 300 }], ...heard }, { name: "q" }),
            compliant,
        ],
        ["which is not known yet, and comes from elsewhere", query(unknown("metricQueries.0.expression")), missing],
        [
            "which is not known yet",
            {
                ...query(unknown("metricQueries.0.expression")),
                propertyDependencies: { metricQueries: [stream.urn] },
            },
            cannotTell("metricQueries.0.expression"),
        ],
    ];
    for (const [title, one, verdict] of rows) it(title, () => assert.deepEqual(said([one], [refusals]), [verdict]));

    it("in its own region", () => {
        const here = { ...stream, props: { ...stream.props, region: "us-east-1" } };
        const judged = (region: string) =>
            judgeStack("stream-is-alarmed", [here, query(grouped, { region })], { metrics: [refusals] })[0]?.verdict;
        assert.deepEqual([judged("us-east-1"), judged("eu-west-1")], [compliant, missing]);
    });

    it("and of each consumer of it", () => {
        const lag = "SubscribeToShardEvent.MillisBehindLatest";
        const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks";
        const consumer = view(consumerTypes[0]!, { name: "billing", streamArn: arn }, { name: "billing" });
        const onLag = (more: string) =>
            query(
                `SELECT MAX(${lag}) FROM SCHEMA("AWS/Kinesis", StreamName, ConsumerName) ${more}`.replace(
                    lag,
                    `"${lag}"`,
                ),
            );
        const judged = (more: string) => said([consumer, onLag(more)], []);
        const missingWhat = (what: string) => [
            violation(
                `No alarm of this stack tells when the fan-out consumer billing ${what}. Attach them: new StreamAlarms("clicks", { stream: <the stream's name or ARN>, consumers: ["billing"] }).`,
            ),
        ];
        assert.deepEqual(judged("GROUP BY StreamName, ConsumerName"), missingWhat("falls silent"));
        assert.deepEqual(judged("WHERE ConsumerName = 'audit'"), missingWhat("falls behind or falls silent"));
    });
});
