/** Composite alarms through CloudWatch's client, on a clock that the test moves. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import {
    DeleteAlarmsCommand,
    DescribeAlarmHistoryCommand,
    DescribeAlarmsCommand,
    type DescribeAlarmsCommandInput,
    DisableAlarmActionsCommand,
    EnableAlarmActionsCommand,
    ListTagsForResourceCommand,
    PutCompositeAlarmCommand,
    type PutCompositeAlarmCommandInput,
    PutMetricAlarmCommand,
    SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { CreateTopicCommand } from "@aws-sdk/client-sns";

import { minutes, startCloud, startMs, type TestCloud } from "../cloud";

const arnOf = (name: string) => `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${name}`;

describe("a composite alarm follows the alarms that its rule names", () => {
    let cloud: TestCloud;
    beforeEach(async () => {
        cloud = await startCloud();
        for (const name of ["lag", "traffic"]) await metricAlarm(name);
    });
    afterEach(() => cloud.stop());

    /** In ALARM in each minute in which its metric is above 0; it keeps its state where there is no data. */
    const metricAlarm = (AlarmName: string) =>
        cloud.cloudWatch.send(
            new PutMetricAlarmCommand({
                AlarmName,
                Namespace: "Test",
                MetricName: AlarmName,
                Statistic: "Maximum",
                Period: 60,
                EvaluationPeriods: 1,
                Threshold: 0,
                ComparisonOperator: "GreaterThanThreshold",
                TreatMissingData: "ignore",
            }),
        );
    const put = (AlarmRule: string, more: Partial<PutCompositeAlarmCommandInput> = {}) =>
        cloud.cloudWatch.send(new PutCompositeAlarmCommand({ AlarmName: "dead", AlarmRule, ...more }));
    const record = (minute: number, metricName: string, value: number) =>
        cloud.cloud.store.record({
            namespace: "Test",
            metricName,
            dimensions: {},
            value,
            unit: "Count",
            timeMs: startMs + minutes(minute),
        });
    const advanceTo = (minute: number) => cloud.clock.advanceTo(startMs + minutes(minute));
    const set = (AlarmName: string, StateValue: "OK" | "ALARM") =>
        cloud.cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "drill" }));
    const remove = (...AlarmNames: string[]) => cloud.cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames }));
    const describeAll = async (input: DescribeAlarmsCommandInput = { AlarmTypes: ["CompositeAlarm"] }) => {
        const { CompositeAlarms, MetricAlarms } = await cloud.cloudWatch.send(new DescribeAlarmsCommand(input));
        return { composites: CompositeAlarms!, metrics: MetricAlarms! };
    };
    const names = async (input: DescribeAlarmsCommandInput) => {
        const { composites, metrics } = await describeAll(input);
        return [...composites, ...metrics].map(({ AlarmName }) => AlarmName);
    };
    /** The changes of an alarm's state as `minute: from -> to`. */
    const changes = (name = "dead"): string[] =>
        cloud.cloud.cloudWatch.alarms.changes
            .filter(({ alarmName }) => alarmName === name)
            .map(({ timeMs, from, to }) => `${(timeMs - startMs) / 60_000}: ${from} -> ${to}`);
    const topic = async () => (await cloud.sns.send(new CreateTopicCommand({ Name: "oncall" }))).TopicArn!;

    it("changes in the minute in which one of them does, and in no other", async () => {
        await put('ALARM("lag") AND NOT ALARM(traffic)');
        record(1, "lag", 1);
        record(2, "traffic", 1);
        record(4, "traffic", 0);
        record(6, "lag", 0);
        await advanceTo(20);
        deepEqual(changes(), [
            "0: INSUFFICIENT_DATA -> OK",
            "2: OK -> ALARM",
            "3: ALARM -> OK",
            "5: OK -> ALARM",
            "7: ALARM -> OK",
        ]);
    });

    it("is judged after each of them, so that two that change in the same minute show it both", async () => {
        await put("ALARM(lag) AND NOT ALARM(traffic)");
        record(1, "lag", 1);
        record(1, "traffic", 1);
        await advanceTo(5);
        deepEqual(changes(), ["0: INSUFFICIENT_DATA -> OK", "2: OK -> ALARM", "2: ALARM -> OK"]);
    });

    it("is described with its rule, and with the alarm that brought it here", async () => {
        const given: PutCompositeAlarmCommandInput = {
            AlarmName: "dead",
            AlarmDescription: "Nobody reads.",
            AlarmRule: `ALARM("${arnOf("lag")}")`,
            ActionsEnabled: true,
            AlarmActions: [await topic()],
        };
        await put(given.AlarmRule!, { ...given, Tags: [{ Key: "team", Value: "orders" }] });
        const created = (await describeAll()).composites[0]!;
        deepEqual(
            [created.StateValue, created.StateReason, created.StateReasonData],
            [
                "OK",
                `${arnOf("dead")} was created and its alarm rule evaluates to OK`,
                `{"triggeringAlarms":[{"arn":"${arnOf("lag")}","state":{"value":"INSUFFICIENT_DATA","timestamp":"2026-11-01T00:00:00.000+0000"}}]}`,
            ],
        );
        record(0, "lag", 1);
        await advanceTo(3);
        const at = new Date(startMs + minutes(1));
        deepEqual((await describeAll()).composites, [
            {
                ...given,
                AlarmArn: arnOf("dead"),
                AlarmConfigurationUpdatedTimestamp: new Date(startMs),
                OKActions: [],
                InsufficientDataActions: [],
                StateValue: "ALARM",
                StateReason: `${arnOf("lag")} transitioned to ALARM at Sunday 01 November, 2026 00:01:00 UTC`,
                StateReasonData: `{"triggeringAlarms":[{"arn":"${arnOf("lag")}","state":{"value":"ALARM","timestamp":"2026-11-01T00:01:00.000+0000"}}]}`,
                StateUpdatedTimestamp: at,
                StateTransitionedTimestamp: at,
            },
        ]);
        const { Tags } = await cloud.cloudWatch.send(new ListTagsForResourceCommand({ ResourceARN: arnOf("dead") }));
        deepEqual(Tags, [{ Key: "team", Value: "orders" }]);
    });

    it("tells its topic its rule and who triggered it", async () => {
        const oncall = await topic();
        await put("ALARM(lag)", { AlarmDescription: "Nobody reads.", AlarmActions: [oncall] });
        record(0, "lag", 1);
        await advanceTo(1);
        const [published, ...others] = cloud.cloud.sns.published;
        deepEqual(others, []);
        equal(published!.subject, 'ALARM: "dead" in US East (N. Virginia)');
        deepEqual(JSON.parse(published!.message), {
            AlarmName: "dead",
            AlarmDescription: "Nobody reads.",
            AWSAccountId: "123456789012",
            NewStateValue: "ALARM",
            NewStateReason: `${arnOf("lag")} transitioned to ALARM at Sunday 01 November, 2026 00:01:00 UTC`,
            StateChangeTime: "2026-11-01T00:01:00.000+0000",
            Region: "US East (N. Virginia)",
            AlarmArn: arnOf("dead"),
            OldStateValue: "OK",
            OKActions: [],
            AlarmActions: [oncall],
            InsufficientDataActions: [],
            AlarmRule: "ALARM(lag)",
            TriggeringChildren: [
                { Arn: arnOf("lag"), State: { Value: "ALARM", Timestamp: "2026-11-01T00:01:00.000+0000" } },
            ],
        });
    });

    it("keeps its own history, which is told to who asks for composite alarms", async () => {
        await put("ALARM(lag)");
        await set("lag", "ALARM");
        const history = async (AlarmTypes?: ["CompositeAlarm"]) =>
            (
                await cloud.cloudWatch.send(
                    new DescribeAlarmHistoryCommand({ AlarmName: "dead", AlarmTypes, ScanBy: "TimestampAscending" }),
                )
            ).AlarmHistoryItems!.map(({ AlarmType, HistorySummary }) => [AlarmType, HistorySummary]);
        deepEqual(await history(["CompositeAlarm"]), [
            ["CompositeAlarm", 'Alarm "dead" created'],
            ["CompositeAlarm", "Alarm updated from INSUFFICIENT_DATA to OK"],
            ["CompositeAlarm", "Alarm updated from OK to ALARM"],
        ]);
        deepEqual(await history(), []);
    });

    it("keeps a state that was set until one of its alarms changes, and says that nobody triggered it", async () => {
        await put("ALARM(lag)", { AlarmActions: [await topic()] });
        await set("dead", "ALARM");
        await advanceTo(5);
        const message = JSON.parse(cloud.cloud.sns.published[0]!.message) as Record<string, unknown>;
        deepEqual([message.NewStateReason, message.TriggeringChildren], ["drill", []]);
        record(5, "lag", 0);
        await advanceTo(6);
        deepEqual(changes(), ["0: INSUFFICIENT_DATA -> OK", "0: OK -> ALARM", "6: ALARM -> OK"]);
    });

    it("takes no action while its actions are switched off", async () => {
        await put("ALARM(lag)", { AlarmActions: [await topic()] });
        await cloud.cloudWatch.send(new DisableAlarmActionsCommand({ AlarmNames: ["dead"] }));
        await set("lag", "ALARM");
        deepEqual([(await describeAll()).composites[0]!.ActionsEnabled, cloud.cloud.sns.published], [false, []]);
        await cloud.cloudWatch.send(new EnableAlarmActionsCommand({ AlarmNames: ["dead"] }));
        await set("lag", "OK");
        await set("lag", "ALARM");
        equal(cloud.cloud.sns.published.length, 1);
    });

    it("keeps its state when it is put again, and is judged by the new rule", async () => {
        await put("ALARM(lag)");
        await set("lag", "ALARM");
        await put("ALARM(traffic)");
        deepEqual(changes(), ["0: INSUFFICIENT_DATA -> OK", "0: OK -> ALARM", "0: ALARM -> OK"]);
        equal(
            (await describeAll()).composites[0]!.StateReason,
            `${arnOf("dead")} was updated and its alarm rule evaluates to OK`,
        );
    });

    it("may name another one", async () => {
        await put("ALARM(lag)");
        await put("ALARM(dead) OR ALARM(traffic)", { AlarmName: "any" });
        record(3, "lag", 1);
        await advanceTo(5);
        deepEqual(changes("any"), ["0: INSUFFICIENT_DATA -> OK", "4: OK -> ALARM"]);
    });

    it("is not evaluated in a cycle, and goes only once the cycle is broken", async () => {
        await put("ALARM(lag)");
        await put("ALARM(dead)", { AlarmName: "ring" });
        await put("ALARM(lag) OR ALARM(ring)");
        await set("lag", "ALARM");
        deepEqual([changes("dead"), changes("ring")], [["0: INSUFFICIENT_DATA -> OK"], ["0: INSUFFICIENT_DATA -> OK"]]);
        await rejects(remove("dead"), {
            message: "Cannot delete dead as there are composite alarm(s) depending on it.",
        });
        await put("false", { AlarmName: "ring" });
        await remove("dead");
        deepEqual(await names({ AlarmTypes: ["CompositeAlarm"] }), ["ring"]);
    });

    it("is found only by who asks for its type, with its children and parents", async () => {
        await put("ALARM(lag)");
        await put("ALARM(dead) AND OK(traffic)", { AlarmName: "top" });
        deepEqual(await names({}), ["lag", "traffic"]);
        deepEqual(await names({ AlarmTypes: ["CompositeAlarm"] }), ["dead", "top"]);
        deepEqual(await names({ AlarmTypes: ["CompositeAlarm", "MetricAlarm"], AlarmNamePrefix: "t" }), [
            "top",
            "traffic",
        ]);
        deepEqual(await describeAll({ ParentsOfAlarmName: "lag" }), {
            composites: [{ AlarmName: "dead", AlarmArn: arnOf("dead") }],
            metrics: [],
        });
        const { composites, metrics } = await describeAll({ ChildrenOfAlarmName: "top" });
        const at = new Date(startMs);
        deepEqual(
            [composites, metrics],
            [
                [{ AlarmName: "dead", AlarmArn: arnOf("dead"), StateValue: "OK", StateUpdatedTimestamp: at }],
                [
                    {
                        AlarmName: "traffic",
                        AlarmArn: arnOf("traffic"),
                        StateValue: "INSUFFICIENT_DATA",
                        StateUpdatedTimestamp: at,
                    },
                ],
            ],
        );
        await rejects(names({ ChildrenOfAlarmName: "top", StateValue: "OK" }), {
            message:
                "ChildrenOfAlarmName and ParentsOfAlarmName must not be used together or with anything but MaxRecords and NextToken.",
        });
    });

    it("keeps its alarms from being deleted, and is deleted one at a time", async () => {
        await put("ALARM(lag) OR ALARM(traffic)");
        await put("ALARM(lag)", { AlarmName: "other" });
        await rejects(remove("lag", "traffic"), {
            message: "Cannot delete lag,traffic as there are composite alarm(s) depending on them.",
        });
        await rejects(remove("dead", "other"), {
            message: "A call deletes one composite alarm at most, not dead, other.",
        });
        await remove("dead", "traffic");
        deepEqual(await names({ AlarmTypes: ["CompositeAlarm", "MetricAlarm"] }), ["other", "lag"]);
        await remove("other");
        await remove("lag");
        deepEqual(await names({ AlarmTypes: ["CompositeAlarm", "MetricAlarm"] }), []);
    });

    const refusals: [title: string, rule: string, change: Partial<PutCompositeAlarmCommandInput>, message: string][] = [
        [
            "alarms that do not exist, also itself and what is another region's",
            `ALARM(lag) OR ALARM(gone) OR ALARM(dead) OR ALARM(${arnOf("lag").replace("us-east-1", "eu-west-1")})`,
            {},
            `Could not save the composite alarm as alarms [gone, dead, ${arnOf("lag").replace("us-east-1", "eu-west-1")}] in the alarm rule do not exist`,
        ],
        ["a malformed rule", "ALARM(lag", {}, "Error in AlarmRule [Unexpected end at char 9, must be: ')']"],
        [
            "an empty rule",
            "",
            {},
            "1 validation error detected: Value '' at 'alarmRule' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ],
        [
            "what only a metric alarm can do",
            "TRUE",
            { AlarmActions: ["arn:aws:automate:us-east-1:ec2:stop"] },
            "Invalid arn syntax: arn:aws:automate:us-east-1:ec2:stop",
        ],
        [
            "the name of a metric alarm",
            "TRUE",
            { AlarmName: "lag" },
            "The name lag belongs to a MetricAlarm and cannot be given to a CompositeAlarm.",
        ],
        [
            "what the sandbox does not do",
            "ALARM(lag)",
            { ActionsSuppressor: "traffic", ActionsSuppressorWaitPeriod: 60, ActionsSuppressorExtensionPeriod: 60 },
            "The sandbox suppresses no actions (ActionsSuppressor): leave it out, or say AND NOT ALARM(...) in the AlarmRule.",
        ],
    ];
    for (const [title, rule, change, message] of refusals) {
        it(`is refused: ${title}`, async () => {
            await rejects(put(rule, change), { message });
            deepEqual(await names({ AlarmTypes: ["CompositeAlarm"] }), []);
        });
    }
});
