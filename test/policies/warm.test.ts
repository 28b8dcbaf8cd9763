/** A warm throughput: what AWS accepts of it, what the declared peak asks of it, and what no program can see of the account. */
import assert from "node:assert/strict";
import { type StackValidationPolicy } from "@pulumi/policy";
import { judgeStack, policiesByName, type ResourceView } from "../../policies/policies";
import { accountSettingsType, Unknown } from "../../policies/resources";
import {
    awsStream,
    cannotTell,
    childStream,
    compliant,
    nativeStream,
    shardedStream,
    tests,
    view,
    violation,
} from "./views";

const onDemand = { capacityMode: "on-demand" };
const rawOnDemand = { streamModeDetails: { streamMode: "ON_DEMAND" } };

/** The stream that a ShardedStream makes, as it is deployed. */
const made = (warmThroughputMibPs: number, props: object, declared: object = { ...onDemand, warmThroughputMiBps: 8 }) =>
    childStream(awsStream, { ...props, warmThroughputMibPs }, { component: shardedStream(declared) });

describe("warm-throughput-is-accepted: AWS takes it, and it is enough for the declared peak", () => {
    tests("warm-throughput-is-accepted", [
        ["passes a stream that is not warmed", shardedStream(onDemand), compliant],
        ["passes as much as the peak", shardedStream({ ...onDemand, warmThroughputMiBps: 4 }), compliant],
        [
            "warns of less than the peak",
            shardedStream({ ...onDemand, warmThroughputMiBps: 3 }),
            violation(
                "warmThroughputMiBps asks for 3 MiB/s, which take as many thousand records/s; the declared peak is 3.5 MiB/s and 2,500 records/s, of which the stream refuses a part until it has grown. Set warmThroughputMiBps to 4 or more.",
            ),
        ],
        [
            "warns of less than the peak in records",
            shardedStream(
                { ...onDemand, warmThroughputMiBps: 8 },
                { writeMiBPerSecond: 3.5, recordsPerSecond: 12_000 },
            ),
            violation(
                "warmThroughputMiBps asks for 8 MiB/s, which take as many thousand records/s; the declared peak is 3.5 MiB/s and 12,000 records/s, of which the stream refuses a part until it has grown. Set warmThroughputMiBps to 12 or more.",
            ),
        ],
        [
            "asks for no more than AWS accepts",
            shardedStream(
                { ...onDemand, warmThroughputMiBps: 10_240 },
                { writeMiBPerSecond: 10_240.5, recordsPerSecond: 12_000 },
            ),
            violation(
                "warmThroughputMiBps asks for 10,240 MiB/s, which take as many thousand records/s; the declared peak is 10,241 MiB/s and 12,000 records/s, of which the stream refuses a part until it has grown. AWS accepts 10,240 by default: spread the load over several streams.",
            ),
        ],
        [
            "refuses one of provisioned shards",
            view(awsStream, { shardCount: 2, warmThroughputMibPs: 8 }),
            violation(
                "warmThroughputMibPs asks for 8 MiB/s of a stream with provisioned shards, where AWS refuses it. Remove warmThroughputMibPs, or use on-demand mode.",
            ),
        ],
        [
            "refuses more than AWS accepts",
            view(nativeStream, { ...rawOnDemand, warmThroughputMiBps: 10_241 }),
            violation(
                "warmThroughputMiBps asks for 10,241 MiB/s; AWS accepts 10,240 by default. Set warmThroughputMiBps to 10,240 or less, or ask AWS for more.",
            ),
        ],
        [
            "cannot tell while it is unknown",
            view(awsStream, { ...rawOnDemand, warmThroughputMibPs: new Unknown("warmThroughputMibPs") }),
            cannotTell("warmThroughputMibPs"),
        ],
        ["passes what a ShardedStream has made of its declaration", made(8, rawOnDemand), compliant],
        [
            "warns of less than the peak, to which a transform changes it",
            made(3, rawOnDemand),
            violation(
                "warmThroughputMibPs asks for 3 MiB/s, which take as many thousand records/s; the declared peak is 3.5 MiB/s and 2,500 records/s, of which the stream refuses a part until it has grown. Let no transform change warmThroughputMibPs: the ShardedStream sets what it declares.",
            ),
        ],
        [
            "refuses more than AWS accepts, to which a transform changes it",
            made(10_241, rawOnDemand),
            violation(
                "warmThroughputMibPs asks for 10,241 MiB/s; AWS accepts 10,240 by default. Let no transform change warmThroughputMibPs: the ShardedStream sets what it declares.",
            ),
        ],
        [
            "refuses one of a stream that a transform took out of on-demand mode",
            made(8, { shardCount: 4 }),
            violation(
                "warmThroughputMibPs asks for 8 MiB/s of a stream with provisioned shards, where AWS refuses it. Let no transform change streamModeDetails: the ShardedStream sets what it declares.",
            ),
        ],
        [
            "refuses one that a transform gave to provisioned shards",
            made(8, { shardCount: 4 }, {}),
            violation(
                "warmThroughputMibPs asks for 8 MiB/s of a stream with provisioned shards, where AWS refuses it. Let no transform change warmThroughputMibPs: the ShardedStream sets what it declares.",
            ),
        ],
        [
            "leaves to the ShardedStream what it declares wrongly itself",
            made(3, rawOnDemand, { ...onDemand, warmThroughputMiBps: 3 }),
            compliant,
        ],
    ]);

    const warmed = view(awsStream, { ...rawOnDemand, warmThroughputMibPs: 8 });
    const settings = (status: unknown) =>
        view(accountSettingsType, { minimumThroughputBillingCommitment: { status } }, { name: "kinesis" });
    const needed = violation(
        "AWS accepts warmThroughputMibPs only where account and region are in On-demand Advantage (MinimumThroughputBillingCommitment), which no program can see, and which is billed for at least 25 MiB/s in and out, $3,079.69 a month (us-east-1, November 2026). Where it is on (aws kinesis describe-account-settings), set onDemandAdvantage of this policy to true; else enable it before the deployment, or remove the warm throughput.",
    );
    const disabled = violation(
        "The stack warms an on-demand stream, and its account settings kinesis have a minimumThroughputBillingCommitment that is DISABLED: AWS then refuses every warm throughput. Set its status to ENABLED, or remove the warm throughput.",
    );
    const stacks: readonly [title: string, resources: readonly ResourceView[], config: object, verdict: object][] = [
        ["says what the account must be, since nobody has told", [warmed], {}, needed],
        ["passes where somebody has told", [warmed], { onDemandAdvantage: true }, compliant],
        ["passes beside settings that enable it", [warmed, settings("ENABLED")], {}, compliant],
        [
            "refuses beside settings that disable it",
            [warmed, settings("DISABLED")],
            { onDemandAdvantage: true },
            disabled,
        ],
        [
            "cannot tell beside settings that are not known yet",
            [warmed, settings(new Unknown("status"))],
            {},
            cannotTell("status"),
        ],
        ["has nothing to say of a stream that is not warmed", [view(awsStream, rawOnDemand)], {}, compliant],
    ];
    for (const [title, resources, config, verdict] of stacks) {
        it(title, () =>
            assert.deepEqual(
                judgeStack("warm-throughput-is-accepted", resources, config).map((judged) => judged.verdict),
                [verdict],
            ),
        );
    }

    it("is shown the settings of the account by Pulumi", () => {
        const { validateStack } = policiesByName["warm-throughput-is-accepted"] as StackValidationPolicy;
        const said = (status: string) => {
            const reported: string[] = [];
            const resources = [warmed, settings(status)].map((one) => ({
                ...one,
                opts: { ignoreChanges: [] },
                propertyDependencies: {},
            }));
            const args = { resources, getConfig: () => ({ onDemandAdvantage: status === "DISABLED" }) };
            void validateStack(args as never, (message) => reported.push(message));
            return reported;
        };
        assert.deepEqual(said("ENABLED"), []);
        assert.deepEqual(said("DISABLED"), [(disabled as { message: string }).message]);
    });
});

describe("cheaper-capacity-mode", () => {
    tests("cheaper-capacity-mode", [
        [
            "compares a stream that is warmed at the price of On-demand Advantage, which alone can be",
            shardedStream({ ...onDemand, warmThroughputMiBps: 4 }),
            violation(
                'At 3.5 MiB/s and 2,500 records/s, On-demand Advantage costs $3,079.69 a month and Provisioned with 5 shards $146.73 (us-east-1, November 2026, all records of one size). Remove warmThroughputMiBps; once that is deployed, remove capacityMode, or set it to "provisioned".',
            ),
        ],
        [
            "and at that of On-demand Standard, where that is the cheapest",
            shardedStream(
                { ...onDemand, warmThroughputMiBps: 1 },
                { writeMiBPerSecond: 0.01, recordsPerSecond: 10, orderedLanes: 10 },
            ),
            violation(
                "At 0.01 MiB/s and 10 records/s, On-demand Advantage costs $3,079.69 a month and On-demand Standard $35.22 (us-east-1, November 2026, all records of one size). Remove warmThroughputMiBps, which alone needs On-demand Advantage.",
            ),
        ],
    ]);
});
