/**
 * Whoever follows a remedy is not refused again: what messages ask for is done here, and the same policy is asked about what comes of it.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { equalWeights } from "../../capacity/keys/keyWeights";
import { streamAlarmsType } from "../../capacity/pulumiNames";
import { shardedStreamProblems, streamAlarmsProblems } from "../../capacity/streamArgs";
import { type AlarmName, alarmRows, watchesOneMetric } from "../../capacity/watching/alarms";
import { judgeResource, judgeStack, policyNames, policyRows, type ResourceView } from "../../policies/policies";
import { shardedStreamType } from "../../policies/resources";
import { awsAlarm, awsStream, shardedStream, view } from "./views";

type Args = Readonly<Record<string, unknown>>;

/** The arguments with other values at paths such as `scaling.minShards`; undefined leaves one out. */
function changed(args: Args, changes: Readonly<Record<string, unknown>>): Args {
    return Object.entries(changes).reduce((before, [path, value]) => {
        const [first, ...rest] = path.split(".") as [string, ...string[]];
        const inner = rest.length === 0 ? value : changed((before[first] ?? {}) as Args, { [rest.join(".")]: value });
        return { ...before, [first]: inner };
    }, args);
}

const changedAll = (args: Args, paths: string, value: unknown) =>
    changed(args, Object.fromEntries(paths.split(" and ").map((path) => [path, value])));

const read = (text: string) => Number(text.replaceAll(",", ""));

/** The hottest key over several, as its suffixes spread it; more than can be declared one by one are not. */
function withSuffixes(args: Args, keys: string): Args | undefined {
    if (read(keys) > 100) return undefined;
    const { hottestKeyShare, distinctKeys } = args.requirements as { hottestKeyShare: number; distinctKeys?: number };
    return changed(args, {
        "requirements.heaviestKeyShares": equalWeights(hottestKeyShare, read(keys)),
        "requirements.hottestKeyShare": undefined,
        "requirements.distinctKeys": distinctKeys && distinctKeys + read(keys) - 1,
    });
}

const withKeys = (args: Args, keys: string) => changed(args, { "requirements.distinctKeys": read(keys) });
const withEqualKeys = (args: Args, keys: string) =>
    changedAll(withKeys(args, keys), "requirements.hottestKeyShare and requirements.heaviestKeyShares", undefined);
const withShare = (args: Args, percent: string) =>
    changed(args, { "requirements.hottestKeyShare": Number((read(percent) / 100).toPrecision(6)) });

/** The factor and, where the message names them, the counts that it needs; else the counts alone. */
const catchUp =
    /(?:declare requirements\.catchUpFactor ([\d.]+) or more, for which the plan makes room, and )?set ([\w.]+(?: and [\w.]+)*) to ([\d,]+) or more/i;

/** A clause of a message, and the arguments once it is followed. */
type Remedy = readonly [clause: RegExp, follow: (args: Args, ...found: string[]) => Args | undefined];

const remedies: readonly Remedy[] = [
    [
        catchUp,
        (args, factor, counts, shards) =>
            changedAll(
                factor === undefined ? args : changed(args, { "requirements.catchUpFactor": read(factor) }),
                counts!,
                read(shards!),
            ),
    ],
    [
        /catchUpFactor ([\d.]+) or more, for which the plan makes room(?!, and)/,
        (args, factor) => changed(args, { "requirements.catchUpFactor": read(factor!) }),
    ],
    [
        /Set ([\w.]+(?: and [\w.]+)*) to .*?, or leave (?:it|them) out:/,
        (args, left) => changedAll(args, left!, undefined),
    ],
    [/partition key with ([\d,]+) or more distinct values(?! of about)/, withKeys],
    [/partition key with ([\d,]+) or more distinct values of about equal weight/, withEqualKeys],
    [/distinct values \(([\d,]+) for no more/, withKeys],
    [/distinct values of about equal weight \(([\d,]+) for no more/, withEqualKeys],
    [/spread the hottest key .* over at least ([\d,]+) keys/i, withSuffixes],
    [/spread the hottest key .* over at least [\d,]+ keys \(([\d,]+) for no more/i, withSuffixes],
    [/lower its share to ([\d.]+) %/i, withShare],
    [/lower its share to [\d.]+ % \(([\d.]+) % for no more/i, withShare],
    [
        /Poll at most ([\d.]+) times a second/,
        (args, polls) => changed(args, { "requirements.pollsPerSecondPerConsumer": read(polls!) }),
    ],
    [
        /over at least ([\d,.]+) records\/s/,
        (args, records) => changed(args, { "requirements.recordsPerSecond": read(records!) }),
    ],
    [
        /declare maxRecordKiB (\d+) or more(?!.*own maxRecordKiB)/,
        (args, kiB) => changed(args, { "requirements.maxRecordKiB": read(kiB!) }),
    ],
    [
        /declare maxRecordKiB (\d+) or more.*own maxRecordKiB has to be ([\d,]+)/,
        (args, kiB, accepted) =>
            changed(args, { "requirements.maxRecordKiB": read(kiB!), maxRecordKiB: read(accepted!) }),
    ],
    [
        /Reduce (requirements\.fanOutConsumers) to ([\d,]+)/,
        (args, path, consumers) => changed(args, { [path!]: read(consumers!) }),
    ],
];

/** Those of cheaper-capacity-mode. */
const modeRemedies: readonly Remedy[] = [
    [
        /Set capacityMode to "on-demand", and remove shardCount and scaling/,
        (args) => changed(args, { capacityMode: "on-demand", shardCount: undefined, scaling: undefined }),
    ],
    [/Remove capacityMode, or set/, (args) => changed(args, { capacityMode: undefined })],
    [/Remove capacityMode and shardCount/, (args) => changed(args, { capacityMode: undefined, shardCount: undefined })],
    [
        /Remove (warmThroughputMiBps(?: and shardCount)?); once that is deployed, remove capacityMode/,
        (args, removed) => changedAll(args, `${removed!} and capacityMode`, undefined),
    ],
    [/Remove (warmThroughputMiBps), which alone/, (args, left) => changed(args, { [left!]: undefined })],
    [/Leave out ([\w.]+): the plan/, (args, left) => changed(args, { [left!]: undefined })],
];

const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const declared: fc.Arbitrary<Args> = fc
    .record({
        requirements: fc.record({
            writeMiBPerSecond: fc.constantFrom(0.01, 0.5, 0.9, 1, 1.7, 3.5, 7.77, 20, 133),
            recordsPerSecond: fc.constantFrom(1, 10, 900, 1_000, 2_500, 9_000, 45_000),
            orderedLanes: some(fc.constantFrom(1, 3, 8, 30)),
            distinctKeys: some(fc.constantFrom(1, 2, 5, 10, 40, 200, 1_000, 20_000)),
            hottestKeyShare: some(fc.constantFrom(0, 0.02, 0.1, 0.25, 0.5, 1)),
            explicitHashKeys: some(fc.constant(true)),
            keysMayRaiseShards: some(fc.constantFrom(1, 2, 5)),
            sharedConsumers: some(fc.constantFrom(0, 1, 5, 6, 9)),
            pollsPerSecondPerConsumer: some(fc.constantFrom(0.2, 2, 7)),
            fanOutConsumers: some(fc.constantFrom(1, 25)),
            catchUpFactor: some(fc.constantFrom(1.5, 3)),
            consumerOutageHours: some(fc.constantFrom(1, 12, 64)),
            maxRecordKiB: some(fc.constantFrom(512, 2_048)),
            headroom: some(fc.constantFrom(0, 1)),
        }),
        shardCount: some(fc.constantFrom(1, 2, 4, 5, 8, 20, 200)),
        retentionHours: some(fc.constantFrom(24, 25, 168)),
        maxRecordKiB: some(fc.constantFrom(1_024, 2_048)),
        scaling: some(
            fc.record({
                minShards: some(fc.constantFrom(1, 2, 4, 8)),
                maxShards: some(fc.constantFrom(8, 9, 16, 40)),
            }),
        ),
    })
    .filter((args) => shardedStreamProblems(args).length === 0);

/** Streams of which many cost more than they would otherwise. */
const expensive: fc.Arbitrary<Args> = fc
    .record({
        requirements: fc.record({
            writeMiBPerSecond: fc.constantFrom(0.01, 0.9, 3.5, 20),
            recordsPerSecond: fc.constantFrom(1, 900, 9_000),
            orderedLanes: fc.constantFrom(1, 30),
            headroom: fc.constantFrom(0, 10),
        }),
        capacityMode: fc.constantFrom("provisioned", "on-demand"),
        warmThroughputMiBps: fc.constantFrom(undefined, 1, 40),
        shardCount: fc.constantFrom(undefined, 5, 200),
        retentionHours: fc.constantFrom(24, 168),
        scaling: fc.constantFrom(undefined, {}, { minShards: 1 }, { minShards: 200 }),
    })
    .filter((args) => shardedStreamProblems(args).length === 0);

describe("a remedy that is followed", () => {
    const names = policyNames.filter((name) => policyRows[name].types?.includes(shardedStreamType));
    const judge = (name: (typeof names)[number], { requirements, ...args }: Args) =>
        judgeResource(name, shardedStream(args, requirements as object));

    const obey = (args: Args, name: (typeof names)[number], all: readonly Remedy[], followed: Set<RegExp>) => {
        const said = judge(name, args);
        if (said.verdict !== "violation") return;
        for (const [clause, follow] of all) {
            const match = clause.exec(said.message);
            if (match === null) continue;
            const [text, ...found]: string[] = match;
            followed.add(clause);
            const after = follow(args, ...found);
            if (after === undefined) continue;
            const malformed = shardedStreamProblems(after).map(({ message }) => message);
            assert.deepEqual(malformed, [], `${name}: ${said.message}\n"${text}"`);
            const again = judge(name, after);
            if (again.verdict === "compliant") continue;
            // Of several things that are wrong, the others are still said, and nothing else.
            assert.equal(again.verdict, "violation");
            assert.notEqual(again.message, said.message);
            assert.ok(said.message.includes(again.message), `${name}: ${said.message}\n"${text}"\n${again.message}`);
        }
    };
    const never = (all: readonly Remedy[], followed: Set<RegExp>) =>
        all.flatMap(([clause]) => (followed.has(clause) ? [] : [clause.source]));

    it("is well-formed, and passes the policy that named it", function () {
        this.timeout(60_000);
        const followed = new Set<RegExp>();
        fc.assert(
            fc.property(declared, (args) => names.forEach((name) => obey(args, name, remedies, followed))),
            { numRuns: 300 },
        );
        assert.deepEqual(never(remedies, followed), [], "no declaration led to these");
    });

    it("leads to no mode from which the next one leads back", () => {
        const followed = new Set<RegExp>();
        fc.assert(
            fc.property(expensive, (args) => obey(args, "cheaper-capacity-mode", modeRemedies, followed)),
            // One in forty leads to the rarest.
            { numRuns: 1_000 },
        );
        assert.deepEqual(never(modeRemedies, followed), [], "no declaration led to these");
    });

    it("lets an alarm of StreamAlarms fire, set by its own argument in that one's unit", () => {
        const own = ["highIncomingRecords", "iteratorAge", "fanOutLag"] as const;
        const set = fc.record({
            name: fc.constantFrom(...own),
            threshold: fc.constantFrom(999, 1_000, 86_399, 86_400, 300_000, 9_999_999),
            periodSeconds: fc.constantFrom(120, 300, 600),
            shardCount: fc.integer({ min: 1, max: 400 }),
            retentionPeriod: fc.constantFrom(24, 48, 168),
        });
        fc.assert(
            fc.property(set, ({ name, threshold, periodSeconds, shardCount, retentionPeriod }) => {
                const stream = view(awsStream, { name: "orders", shardCount, retentionPeriod });
                const said = (to: number) => {
                    const alarms = { [name]: { threshold: to, periodSeconds } };
                    assert.deepEqual(streamAlarmsProblems({ stream: "orders", alarms }), []);
                    const alarm = ownAlarm(name, to, periodSeconds);
                    return judgeStack("alarm-can-fire", [stream, alarm])[0]!.verdict;
                };
                const first = said(threshold);
                if (first.verdict === "compliant") return;
                assert.equal(first.verdict, "violation");
                const [, path, below] =
                    /Lower ([\w.]+) below ([\d,]+) /.exec(first.message) ?? assert.fail(first.message);
                assert.equal(path, `alarms.${name}.threshold`);
                assert.deepEqual(said(read(below!) - 0.5), { verdict: "compliant" });
                assert.equal(said(read(below!)).verdict, "violation");
            }),
        );
    });
});

/** An alarm as StreamAlarms make it. */
function ownAlarm(name: AlarmName, threshold: number, period: number): ResourceView {
    const row = alarmRows[name];
    assert.ok(watchesOneMetric(row.watches));
    const { namespace, metricName, row: metric, dimensions } = row.watches;
    const named = Object.entries(dimensions).map(([key, of]) => [key, of("orders", { consumer: "billing" })] as const);
    return view(
        awsAlarm,
        {
            ...{ namespace, metricName, statistic: metric.statistic, period, dimensions: Object.fromEntries(named) },
            ...{ comparisonOperator: row.comparisonOperator, evaluationPeriods: 1 },
            threshold: row.threshold.toMetric(threshold, {}, { periodSeconds: period }),
        },
        { urn: `urn:pulumi:dev::shop::${streamAlarmsType}$${awsAlarm}::orders-${row.suffix}` },
    );
}
