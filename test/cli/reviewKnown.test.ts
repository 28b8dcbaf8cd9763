/**
 * `review` takes nothing for known that a preview does not tell: what is not known has no amount, no difference and no step, and what has no
 * price in the list is named.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { defineReview } from "../../cli/review";
import { type Review } from "../../cli/review/reviewed";
import { runInProcess } from "./inProcess";

const folder = mkdtempSync(path.join(tmpdir(), "sharded-stream-review-"));
after(() => rmSync(folder, { recursive: true }));

type Inputs = Record<string, unknown>;

interface Step {
    readonly op: string;
    readonly urn: string;
    readonly oldState?: { inputs: Inputs; outputs?: Inputs };
    readonly newState?: { inputs: Inputs; outputs?: Inputs };
}

async function review(steps: readonly object[]) {
    const file = path.join(folder, "preview.json");
    writeFileSync(file, JSON.stringify({ steps }));
    const run = await runInProcess(defineReview, ["review", file], { env: {} });
    const document = run.document as unknown as Review;
    return { ...run, document, stream: document.streams[0]!, headline: headlineOf(run.text) };
}

function headlineOf(text: string): string {
    return text.split("\n").find((line) => /^\d+ streams?: /.test(line))!;
}

/** The preview of unsaid.json: a ShardedStream of 5 shards, 3.5 MiB/s and 2,500 records/s, changed on either side. */
function planned(before: Inputs, after: Inputs, declaredBefore: Inputs = {}, declaredAfter = declaredBefore): Step[] {
    const file = path.join(__dirname, "previews", "unsaid.json");
    const { steps } = JSON.parse(readFileSync(file, "utf8")) as { steps: Step[] };
    for (const { urn, oldState, newState } of steps) {
        const isStream = urn.includes("aws:kinesis/stream:Stream::");
        if (!isStream && !urn.includes("tiny::sharded-stream:index:ShardedStream::")) continue;
        Object.assign(oldState!.inputs, isStream ? { shardCount: 5, ...before } : declaredBefore);
        if (isStream) Object.assign(oldState!.outputs!, before);
        Object.assign(newState!.inputs, isStream ? { shardCount: 5, ...after } : { shardCount: 5, ...declaredAfter });
    }
    return steps;
}

const load = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, distinctKeys: 20_000 };
const onDemand = { streamModeDetails: { streamMode: "ON_DEMAND" }, shardCount: undefined };
const rawUrn = "urn:pulumi:dev::p::aws:kinesis/stream:Stream::s";

function raw(before: Inputs, after: Inputs): Step[] {
    return [{ op: "update", urn: rawUrn, oldState: { inputs: before }, newState: { inputs: after } }];
}

const sentinels: readonly unknown[] = [
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "[secret]",
    { "4dabf18193072939515e22adb298388d": "x", ciphertext: "y" },
];
const [unknown] = sentinels;

const said = ({ findings }: { readonly findings: Review["findings"] }) =>
    findings.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);

describe("a review without policies says what the plan says", () => {
    const outage = { requirements: { ...load, consumerOutageHours: 64 } };

    it("of an outage that outlives the new retention", async () => {
        const { stream, exitCode } = await review(planned({ retentionPeriod: 168 }, { retentionPeriod: 48 }, outage));
        assert.deepEqual(said(stream), [
            "warning records-expire: Keeps records for 48 hours instead of 168: those that are older are gone at once, read or not.",
            "error records-lost-in-outage: Retention is 48 hours; after an outage of 64 hours the oldest records are gone. Set retentionHours to 99 or more.",
        ]);
        assert.equal(exitCode, 1);
    });

    it("and nothing of it while the retention is not known", async () => {
        const { stream } = await review(planned({ retentionPeriod: 168 }, { retentionPeriod: unknown }, outage));
        assert.deepEqual(said(stream), []);
    });

    it("at the shards that are deployed: 5 have caught up within 99 hours, 4 have not", async () => {
        const kept = { retentionPeriod: 99 };
        assert.deepEqual(said((await review(planned(kept, kept, outage))).stream), []);
        const { stream, exitCode } = await review(planned(kept, { ...kept, shardCount: 4 }, outage));
        assert.deepEqual(said(stream), [
            "warning recovery-exceeds-retention: Retention is 99 hours; after an outage of 64 hours the 4 shards let shared consumers read 2.29 times the declared load each, so they need 50 more to catch up. Set retentionHours to 114 or more.",
        ]);
        assert.equal(exitCode, 0);
    });

    it("of a scaled stream at the floor of its scaler, which goes by what is written", async () => {
        const declared = { ...outage, scaling: { minShards: 4, maxShards: 16 } };
        const { stream } = await review(planned({ retentionPeriod: 99 }, { retentionPeriod: 99 }, declared));
        assert.match(
            said(stream)[0]!,
            /^warning recovery-exceeds-retention: .* the 4 shards let shared consumers read 2\.29 times/,
        );
    });

    it("on demand of the outage alone: nobody counts shards there", async () => {
        const declared = { ...outage, requirements: { ...outage.requirements, orderedLanes: 4, distinctKeys: 40 } };
        const of = async (retentionPeriod: number) => {
            const stream = { ...onDemand, retentionPeriod };
            return said((await review(planned(stream, stream, declared))).stream);
        };
        assert.deepEqual(await of(65), []);
        assert.match((await of(63)).join("\n"), /^error records-lost-in-outage: Retention is 63 hours; [^\n]*$/);
    });

    it("of lanes at the shards that are deployed, with hash keys that keep them apart on these and on any more", async () => {
        const declared = { requirements: { ...load, orderedLanes: 4 } };
        const { stream } = await review(planned({}, { shardCount: 4 }, declared));
        assert.deepEqual(said(stream), [
            "warning ordered-lanes-collide: 4 ordered lanes on 4 shards all land on shards of their own 9 % of the time; otherwise two of them share a shard. Give each lane an ExplicitHashKey of its own, the middle of its equal part of the hash keys (on any 4 or more uniform shards no two lanes then share one): 42535295865117307932921825928971026431, 127605887595351923798765477786913079295, 212676479325586539664609129644855132159, 297747071055821155530452781502797185023; and declare explicitHashKeys: true.",
        ]);
    });
});

describe("a cost that is not known on one side has no difference", () => {
    const none = "1 stream: how the cost of a month changes is not known.";

    it("where the shard count is not known", async () => {
        const { document, stream, headline, text } = await review(planned({}, { shardCount: unknown }));
        assert.deepEqual([stream.monthlyBefore, stream.monthlyAfter], [151.06, null]);
        assert.deepEqual([document.monthlyBefore, document.monthlyAfter], [null, null]);
        assert.equal(headline, none);
        assert.match(text, /^plain\tupdate\t5 -> unknown\t30 % -> unknown\t\$151\.06 -> unknown\t/m);
    });

    it("where the requirements are not", async () => {
        const { document, stream, headline } = await review(planned({}, {}, {}, { requirements: unknown }));
        assert.deepEqual([stream.monthlyBefore, stream.monthlyAfter], [151.06, 59.08]);
        assert.deepEqual([document.monthlyBefore, document.monthlyAfter], [null, null]);
        assert.equal(headline, none);
        assert.deepEqual(stream.items, [
            { item: "putPayloadUnits", before: 91.98, after: null },
            { item: "fanOutShardHours", before: 0, after: null },
            { item: "fanOutData", before: 0, after: null },
        ]);
    });

    it("and stays out of the sums, beside streams whose cost is known", async () => {
        const bare = raw({ shardCount: 1 }, { shardCount: 2 });
        const { document, headline } = await review([...planned({}, { shardCount: unknown }), ...bare]);
        assert.deepEqual([document.monthlyBefore, document.monthlyAfter], [10.95, 21.9]);
        assert.equal(
            headline,
            "2 streams: $10.95 -> $21.90 a month (+$10.95); 2 of them with parts that are not known, 1 left out of the sums.",
        );
    });

    it("unless the stream is new: then it costs that much at least", async () => {
        const { headline } = await review([{ op: "create", urn: rawUrn, newState: { inputs: { shardCount: 2 } } }]);
        assert.equal(headline, "1 stream: $0.00 -> $21.90 a month (+$21.90); 1 of them with parts that are not known.");
    });

    it("and a preview without streams costs nothing", async () => {
        const { document } = await review([]);
        assert.deepEqual([document.monthlyBefore, document.monthlyAfter], [0, 0]);
    });
});

describe("what stands below a value that is not known is not known", () => {
    for (const hidden of sentinels) {
        const title = JSON.stringify(hidden).slice(0, 40);

        it(`the mode of a stream: ${title}`, async () => {
            const { stream } = await review(raw(onDemand, { streamModeDetails: hidden }));
            assert.deepEqual([stream.after!.capacityMode, stream.monthlyAfter, stream.steps], [null, null, []]);
        });

        it(`a scaler, whose shards may then be any: ${title}`, async () => {
            const steps = planned({}, {}, { scaling: { minShards: 4, maxShards: 16 } }, { scaling: hidden });
            const { stream } = await review(steps);
            const { scaling, shards } = stream.after!;
            assert.deepEqual([scaling, shards], [{ minShards: null, maxShards: null }, null]);
        });
    }

    it("and a range that does not change leaves the shards as they are, known or not", async () => {
        const steps = planned({}, {}, { scaling: { minShards: unknown, maxShards: 16 } });
        const same = steps.map((step) => ({ ...step, op: "same" }));
        assert.equal((await review(same)).stream.after!.shards, 5);
        assert.equal((await review(steps)).stream.after!.shards, null);
    });

    const declared = {
        requirements: { ...load, fanOutConsumers: 3 },
        consumers: ["billing", "search"],
        alarms: { writeThrottled: { enabled: false } },
        dashboard: false,
    };
    const own = { shardCount: 6, encryptionType: "KMS", shardLevelMetrics: ["ALL"], retentionPeriod: 400 };
    const type = "aws:kinesis/stream:Stream";
    const created = (component: Inputs, stream: Inputs): Step[] => {
        const urn = (types: string) => `urn:pulumi:dev::p::${types}::orders`;
        const parent = urn("sharded-stream:index:ShardedStream");
        const child = { inputs: stream, parent };
        return [
            { op: "create", urn: parent, newState: { inputs: component } },
            { op: "create", urn: urn(`sharded-stream:index:ShardedStream$${type}`), newState: child },
        ];
    };
    const scaled = { ...declared, scaling: { minShards: 6, maxShards: 12, everyMinutes: 5, mode: "reactive" } };
    const warm = { ...own, ...onDemand, warmThroughputMibPs: 100 };
    const streams: [title: string, component: Inputs, stream: Inputs][] = [
        ["provisioned", declared, { ...own, streamModeDetails: { streamMode: "PROVISIONED" } }],
        ["scaled", scaled, own],
        ["on demand", { ...declared, capacityMode: "on-demand" }, { ...own, ...onDemand }],
        ["on demand and warm", { ...declared, capacityMode: "on-demand" }, warm],
    ];
    for (const [title, component, stream] of streams) {
        it(`each item of one that is ${title} costs what it does, or nobody knows, whatever is hidden`, async () => {
            const known = await costs(created(component, stream));
            const paths = [...pathsIn(component, ["component"]), ...pathsIn(stream, ["stream"])];
            assert.ok(known.size > 6 && paths.length > 12);
            for (const at of paths) {
                const inputs = structuredClone({ component, stream });
                hide(inputs, at);
                const hidden = await costs(created(inputs.component, inputs.stream));
                for (const item of new Set([...known.keys(), ...hidden.keys()])) {
                    const [amount, shown] = [known.get(item) ?? 0, hidden.get(item)];
                    assert.ok(shown === null || (shown ?? 0) === amount, `${at.join(".")}: ${item} ${amount} ${shown}`);
                }
            }
        });
    }

    /** Every item; of a stream of which nothing is known, each that is asked for is null. */
    async function costs(steps: readonly Step[]): Promise<Pick<Map<string, number | null>, "get" | "keys" | "size">> {
        const { items, monthlyAfter } = (await review(steps)).stream;
        const map = new Map(items.map(({ item, after: amount }) => [item, amount]));
        return items.length === 0 && monthlyAfter === null ? { get: () => null, keys: () => map.keys(), size: 0 } : map;
    }

    function pathsIn(value: unknown, at: readonly string[]): string[][] {
        if (typeof value !== "object" || value === null || Array.isArray(value))
            return value === undefined ? [] : [[...at]];
        const below = Object.entries(value).flatMap(([key, entry]) => pathsIn(entry, [...at, key]));
        return at.length === 1 ? below : [[...at], ...below];
    }

    function hide(holder: Inputs, at: readonly string[]): void {
        const [key, ...rest] = at;
        if (rest.length === 0) holder[key!] = unknown;
        else hide(holder[key!] as Inputs, rest);
    }
});

describe("what has no price in the list, or is billed by what nobody told, is named", () => {
    const priced =
        "Prices of us-east-1, November 2026, at the declared peak all month (730 h): the most that what is priced can cost.";
    const kms =
        "Not priced: KMS bills a customer-managed key by the month, and a request about every five minutes for each set of credentials of producers and consumers: how many there are is not known here.";

    it("the storage of the first 7 days on demand, which is not free", async () => {
        const { document, stream, headline } = await review(planned(onDemand, { ...onDemand, retentionPeriod: 168 }));
        assert.deepEqual(document.assumptions.slice(0, 3), [
            priced,
            kms,
            "Not priced: On-demand modes bill the storage between 24 hours and 7 days by the GB-month; that price is not in this list.",
        ]);
        assert.deepEqual(stream.items, [{ item: "extendedRetention", before: 0, after: null }]);
        assert.equal(headline, "1 stream: how the cost of a month changes is not known.");
    });

    it("but not what another mode leaves out", async () => {
        const { document } = await review(planned({}, { retentionPeriod: 168 }));
        assert.deepEqual(document.assumptions.slice(0, 2), [priced, kms]);
        assert.ok(!document.assumptions.some((one) => one.includes("On-demand")));
    });

    it("the gigabytes that are kept for more than 7 days, of a stream whose load nobody declares", async () => {
        const items = async (retentionPeriod: number) =>
            (await review(raw({ shardCount: 2 }, { shardCount: 2, retentionPeriod }))).stream.items;
        const extended = { item: "extendedRetention", before: 0, after: 29.2 };
        const units = { item: "putPayloadUnits", before: null, after: null };
        assert.deepEqual(await items(168), [units, extended]);
        assert.deepEqual(await items(169), [units, extended, { item: "longTermRetention", before: 0, after: null }]);
    });

    it("the load above the floor of On-demand Advantage, which is paid for in any case", async () => {
        const warmed = { ...onDemand, warmThroughputMibPs: 100 };
        const { document, stream, text } = await review(raw(warmed, { ...warmed, tags: {} }));
        assert.deepEqual(
            [stream.monthlyAfter, stream.items],
            [3079.69, [{ item: "dataAboveFloor", before: null, after: null }]],
        );
        assert.match(text, /^s\tupdate\ton-demand\t-\t\$3,079\.69\+\t/m);
        assert.ok(
            document.assumptions.includes(
                "Not priced: A warm throughput of 100 MiB/s, which only On-demand Advantage has: for the throughput itself there is no price in this list, beside the floor of 25 MiB/s in and out that an account with On-demand Advantage pays at least.",
            ),
        );
    });
});

describe("the first shards of a scaled stream", () => {
    const componentUrn = "urn:pulumi:dev::p::sharded-stream:index:ShardedStream::orders";
    const streamUrn = "urn:pulumi:dev::p::sharded-stream:index:ShardedStream$aws:kinesis/stream:Stream::orders";
    const state = (shardCount: number, name: string, open = shardCount) => ({
        parent: componentUrn,
        inputs: { name, shardCount },
        outputs: { name, shardCount: open },
    });
    const declared = (scaling: object) => ({ inputs: { requirements: load, scaling } });

    it("are those of its inputs where it is replaced: deployments leave the count alone, and the scaler's shards are gone", async () => {
        const { stream } = await review([
            { op: "same", urn: componentUrn, oldState: declared({}), newState: declared({}) },
            {
                op: "replace",
                urn: streamUrn,
                replaceReasons: ["name"],
                oldState: state(5, "orders", 10),
                newState: state(5, "orders-2"),
            },
        ]);
        assert.deepEqual([stream.before?.shards, stream.after?.shards, stream.after?.headroom], [10, 5, 0.3]);
        assert.deepEqual(stream.steps, [
            {
                kind: "replace",
                message:
                    "Replaces orders (another name): the new stream is empty, the old one is deleted with the records that nobody has read, and producers and consumers must move. It begins with 5 shards, where 10 are open now, until its scaler opens more.",
            },
        ]);
    });

    for (const [first, findings] of [
        [4, []],
        [
            3,
            [
                "The declared requirements need at least 4 shards (writeBytes: 3.5 MiB/s written, 1 MiB/s a shard); deployed are 3.",
            ],
        ],
    ] as const) {
        it(`are judged where it is made: ${first} of the 4 that its load needs`, async () => {
            const { stream, exitCode } = await review([
                { op: "create", urn: componentUrn, newState: declared({ minShards: 2 }) },
                { op: "create", urn: streamUrn, newState: state(first, "orders") },
            ]);
            assert.deepEqual(
                stream.findings.map(({ message }) => message),
                findings,
            );
            assert.equal(exitCode, findings.length);
        });
        it(`are judged where it takes the place of another: ${first} of the 4 that its load needs`, async () => {
            const component = declared({ minShards: 2 });
            const { stream } = await review([
                { op: "same", urn: componentUrn, oldState: component, newState: component },
                { op: "replace", urn: streamUrn, oldState: state(first, "orders", 10), newState: state(first, "new") },
            ]);
            const tooFew = stream.findings.filter(({ code }) => code === "capacity-below-requirements");
            assert.deepEqual(
                tooFew.map(({ message }) => message),
                findings,
            );
        });
    }
});

describe("keys that ask for more shards than are deployed", () => {
    it("are told of once: as shards that are too few, and not as shards that cost something", async () => {
        const urn = "urn:pulumi:dev::p::sharded-stream:index:ShardedStream::orders";
        const requirements = { ...load, distinctKeys: 40 };
        const { stream } = await review([
            { op: "create", urn, newState: { inputs: { requirements, shardCount: 5 } } },
            {
                op: "create",
                urn: urn.replace("ShardedStream::", "ShardedStream$aws:kinesis/stream:Stream::"),
                newState: { parent: urn, inputs: { name: "orders", shardCount: 5 } },
            },
        ]);
        assert.deepEqual(
            stream.findings.map(({ message }) => message),
            [
                "The declared requirements need at least 8 shards (keySkew: 40 partition keys; at the 95th percentile the hottest shard stays within its limits); deployed are 5.",
            ],
        );
    });
});

describe("the alarm on the hottest shard", () => {
    const outgoing = { shardLevelMetrics: ["OutgoingBytes"] };
    const incoming = { shardLevelMetrics: ["IncomingBytes"] };
    const alarmsOf = async (steps: readonly object[]) => {
        const { stream } = await review(steps);
        return stream.items.find(({ item }) => item === "alarms");
    };

    it("is billed for each of the shards that its query watches", async () => {
        const { before, after } = (await alarmsOf(planned(outgoing, incoming, { requirements: load })))!;
        assert.equal(Number((after! - before!).toFixed(2)), 0.5);
    });

    it("costs nothing where it is switched off", async () => {
        const declared = { requirements: load, alarms: { hotShard: { enabled: false } } };
        assert.equal(await alarmsOf(planned(outgoing, incoming, declared)), undefined);
    });

    it("costs what nobody knows on demand, where AWS sets the shards", async () => {
        const { after } = (await alarmsOf(planned(outgoing, { ...incoming, ...onDemand }, { requirements: load })))!;
        assert.equal(after, null);
    });
});

describe("a shard count that is none", () => {
    for (const shardCount of [-1, 0, 2.5, "four"]) {
        it(`is not known: ${JSON.stringify(shardCount)}`, async () => {
            const { stream, exitCode } = await review(raw({ shardCount: 4 }, { shardCount }));
            assert.deepEqual([stream.before?.shards, stream.after?.shards, stream.steps], [4, null, []]);
            assert.equal(exitCode, 0);
        });
    }
});

describe("the region of a stream", () => {
    const providerUrn = "urn:pulumi:dev::p::pulumi:providers:aws::ireland";
    const made = (inputs: Inputs) => [
        { op: "create", urn: providerUrn, newState: { inputs: { region: "eu-west-1" } } },
        {
            op: "create",
            urn: rawUrn,
            newState: { inputs, provider: `${providerUrn}::04da6b54-80e4-46f7-96ec-b56ff0331ba9` },
        },
    ];
    const elsewhere = (region: string) => `Streams in ${region} cost what AWS asks there: give --prices.`;

    it("is its provider's, where neither it nor its ARN has one yet", async () => {
        const { stream, document } = await review(made({ shardCount: 2 }));
        assert.equal(stream.after?.region, "eu-west-1");
        assert.ok(document.assumptions.includes(elsewhere("eu-west-1")));
    });

    it("is its own before that", async () => {
        const { stream, document } = await review(made({ shardCount: 2, region: "eu-central-1" }));
        assert.equal(stream.after?.region, "eu-central-1");
        assert.ok(document.assumptions.includes(elsewhere("eu-central-1")));
    });
});
