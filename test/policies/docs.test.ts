/** docs/policies.md tells what the policies do, in the words that they use. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { load } from "js-yaml";
import {
    judgeResource,
    judgeStack,
    type PolicyName,
    policyNames,
    policyRows,
    type ResourceView,
} from "../../policies/policies";
import { consumerFunctionType, streamAutoscalerType } from "../../policies/resources";
import { awsAlarm, awsStream, shardedStream, unknown, view, worked } from "./views";

const repository = path.join(__dirname, "../..");
const read = (file: string) => readFileSync(path.join(repository, file), "utf8");
let docs = read("docs/policies.md");

const raw = view(awsStream, { name: "orders", shardCount: 1 });
const clicks = view(awsStream, { name: "clicks", shardCount: 1 }, { name: "clicks" });

/** The declaration behind the example message of each policy: what a section of the documentation shows. */
const examples: Readonly<Record<PolicyName, { resources: ResourceView[]; config?: object }>> = {
    "capacity-covers-requirements": { resources: [shardedStream({ shardCount: 2 })] },
    "enough-partition-keys": { resources: [shardedStream({}, { ...worked, orderedLanes: 1, distinctKeys: 3 })] },
    "hottest-key-fits-a-shard": { resources: [shardedStream({}, { ...worked, hottestKeyShare: 0.4 })] },
    "on-demand-has-no-shard-count": { resources: [shardedStream({ capacityMode: "on-demand", shardCount: 4 })] },
    "scaled-stream-ignores-shard-count": {
        resources: [raw, view(streamAutoscalerType, { streamName: "orders" }, { name: "orders-scaler" })],
    },
    "floor-below-requirements": { resources: [shardedStream({ scaling: { minShards: 2 } })] },
    "lanes-have-shards": { resources: [shardedStream({ capacityMode: "on-demand" })] },
    "keys-cost-no-shards": { resources: [shardedStream({}, { ...worked, distinctKeys: 40 })] },
    "keys-are-declared": { resources: [shardedStream({})] },
    "polls-fit-a-shard": { resources: [shardedStream({}, { ...worked, sharedConsumers: 6 })] },
    "records-fit-the-stream": {
        resources: [shardedStream({}, { writeMiBPerSecond: 4, recordsPerSecond: 2 })],
    },
    "consumers-fit-fan-out": { resources: [shardedStream({}, { ...worked, fanOutConsumers: 21 })] },
    "retention-covers-recovery": { resources: [shardedStream({})], config: { outageHours: 64 } },
    "functions-keep-up": {
        resources: [
            view(consumerFunctionType, {
                requirements: worked,
                shardCount: 5,
                processingMillisecondsPerRecord: 4,
                parallelizationFactor: 1,
            }),
        ],
    },
    "warm-throughput-is-accepted": {
        resources: [
            view(awsStream, {
                name: "orders",
                streamModeDetails: { streamMode: "ON_DEMAND" },
                warmThroughputMibPs: 100,
            }),
        ],
    },
    "cheaper-capacity-mode": { resources: [shardedStream({ capacityMode: "on-demand" })] },
    "stream-is-encrypted": { resources: [raw] },
    "stream-is-alarmed": { resources: [raw] },
    "alarm-can-fire": {
        resources: [
            raw,
            view(awsAlarm, {
                namespace: "AWS/Kinesis",
                metricName: "IncomingRecords",
                statistic: "Sum",
                period: 60,
                comparisonOperator: "GreaterThanThreshold",
                threshold: 90_000,
                dimensions: { StreamName: "orders" },
            }),
        ],
    },
    "alarm-is-meaningful": {
        resources: [
            view(awsAlarm, {
                namespace: "AWS/Kinesis",
                metricName: "IncomingBytes",
                statistic: "Average",
                dimensions: { StreamName: "orders" },
            }),
        ],
    },
    "raw-stream-is-sized": {
        resources: [clicks],
        config: { requirements: { clicks: { writeMiBPerSecond: 2, recordsPerSecond: 800 } } },
    },
    "requirements-are-known": {
        resources: [shardedStream({}, { ...worked, writeMiBPerSecond: unknown("requirements.writeMiBPerSecond") })],
    },
};

function exampleMessage(name: PolicyName): string | undefined {
    const { resources, config } = examples[name];
    const verdicts = [
        ...resources.map((resource) => judgeResource(name, resource, config)),
        ...judgeStack(name, resources, config).map(({ verdict }) => verdict),
    ];
    return verdicts.flatMap((verdict) => (verdict.verdict === "violation" ? [verdict.message] : []))[0];
}

// UPDATE_DOCS=1 writes the messages anew, after a change of words.
if (process.env.UPDATE_DOCS) {
    for (const name of policyNames)
        docs = docs.replace(section(name), (text) => text.replace(/^> .*$/m, () => `> ${exampleMessage(name)}`));
    writeFileSync(path.join(repository, "docs/policies.md"), docs);
}

/** The text of the section under a heading. */
function section(heading: string): string {
    const start = docs.indexOf(`\n### ${heading}\n`);
    assert.notEqual(start, -1, `docs/policies.md has no section "${heading}"`);
    return docs.slice(start + 1).split(/\n##+ /)[0]!;
}

describe("docs/policies.md", () => {
    for (const name of policyNames) {
        it(`tells the level, the settings and a real message of ${name}`, () => {
            const text = section(name);
            const { enforcementLevel, configSchema, description } = policyRows[name];
            assert.ok(text.includes(`**${enforcementLevel}**`), "its level");
            assert.ok(text.includes(description), "its description");
            assert.ok(text.includes(`\n> ${exampleMessage(name)}\n`), `the message: ${exampleMessage(name)}`);
            for (const [setting, schema] of Object.entries(configSchema?.properties ?? {})) {
                assert.ok(
                    text.includes(`\`${setting}\``) && text.includes(`default \`${JSON.stringify(schema.default)}\``),
                    setting,
                );
            }
        });
    }

    it("describes the policies that there are, in their order", () => {
        const headings = [...docs.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
        assert.deepEqual(headings, policyNames);
    });

    it("shows configurations that the policies understand", () => {
        const files = [...docs.matchAll(/```json\n([^`]+)```/g)].map(
            ([, json]) => JSON.parse(json!) as Record<string, unknown>,
        );
        assert.ok(files.length >= 2);
        for (const file of files) {
            for (const [name, settings] of Object.entries(file)) {
                if (name === "all") continue;
                const { configSchema } = policyRows[name as PolicyName];
                const known = ["enforcementLevel", ...Object.keys(configSchema?.properties ?? {})];
                const given = typeof settings === "string" ? [] : Object.keys(settings as object);
                assert.deepEqual(
                    given.filter((setting) => !known.includes(setting)),
                    [],
                    name,
                );
            }
        }
    });

    it("shows the preview of the workflow that can be copied", () => {
        const workflow = load(read("examples/pull-request-policies.yml")) as {
            jobs: { preview: { steps: { name?: string; run?: string }[] } };
        };
        const run = workflow.jobs.preview.steps.find(({ name }) => name === "Preview under the policies")?.run;
        const shown = /```yaml\n([^`]+)```/.exec(docs)?.[1];
        assert.deepEqual((load(shown ?? "") as { run: string }[])[0]?.run, run);
    });
});
