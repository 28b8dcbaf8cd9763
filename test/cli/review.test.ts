/**
 * `review` says what a preview means, and invents nothing. The documents in previews/ are the real engine's, trimmed to streams, what belongs
 * to them and what is said of them.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { priceList } from "../../capacity/sizing/prices";
import { UsageError } from "../../cli/command";
import { defineReview } from "../../cli/review";
import { type Review, type ReviewedStream } from "../../cli/review/reviewed";
import { reviewMarker } from "../../cli/review/markdown";
import { runInProcess } from "./inProcess";

const folder = mkdtempSync(path.join(tmpdir(), "sharded-stream-review-"));
after(() => rmSync(folder, { recursive: true }));

const previews = path.join(__dirname, "previews");

async function review(file: string, ...flags: string[]) {
    const run = await runInProcess(defineReview, ["review", path.join(previews, file), ...flags], { env: {} });
    const document = run.document as unknown as Review;
    const stream = (name: string) => document.streams.find(({ urn }) => urn.endsWith(`::${name}`))!;
    return { ...run, document, stream };
}

function reviewText(text: string | Buffer, ...flags: string[]) {
    const file = path.join(folder, "preview.json");
    writeFileSync(file, text);
    return review(path.relative(previews, file), ...flags);
}

const shown = ({ before, after, change }: ReviewedStream) => [change, before?.shards, after?.shards];
const codes = ({ findings }: Pick<ReviewedStream, "findings">) =>
    findings.map(({ code, severity, level }) => [severity, code, ...(level === undefined ? [] : [level])].join(" "));

describe("a review of a preview's events", () => {
    it("has the shards, the headroom and the cost of each stream, before and after", async () => {
        const { document, stream } = await review("changed.events.json");
        const rows = ["bare", "mode", "orders", "plain", "unk"].map((name) => {
            const { before, after, monthlyBefore, monthlyAfter } = stream(name);
            return [name, ...shown(stream(name)), before?.headroom, after?.headroom, monthlyBefore, monthlyAfter];
        });
        assert.deepEqual(rows, [
            ["bare", "update", 1, 3, null, null, 10.95, 32.85],
            ["mode", "same", 2, 2, 0.5, 0.5, 29.91, 29.91],
            ["orders", "same", 5, 5, 0.3, 0.3, 154.25, 154.25],
            ["plain", "update", 5, 9, 0.3, 0.3333, 151.06, 625.79],
            ["unk", "create", undefined, null, undefined, null, 0, null],
        ]);
        assert.deepEqual([document.monthlyBefore, document.monthlyAfter], [346.17, 842.8]);
        assert.deepEqual(document.notWholly, [stream("bare").urn, stream("unk").urn]);
    });

    it("prices what differs item by item, at the planned shards", async () => {
        const { stream } = await review("changed.events.json");
        const { shardHour, extendedRetentionShardHour, fanOutConsumerShardHour } = priceList.prices;
        const monthly = (shards: number, price: number) => Math.round(shards * price * 730 * 100) / 100;
        assert.deepEqual(stream("plain").items, [
            { item: "shardHours", before: monthly(5, shardHour), after: monthly(9, shardHour) },
            { item: "alarms", before: 1.3, after: 2.1 },
            { item: "extendedRetention", before: 0, after: monthly(9, extendedRetentionShardHour) },
            { item: "fanOutShardHours", before: 0, after: monthly(9, fanOutConsumerShardHour) },
            { item: "fanOutData", before: 0, after: 200.18 },
        ]);
    });

    it("says what is not known, and that it is more than nothing", async () => {
        const { stream, text } = await review("changed.events.json");
        const items = Object.fromEntries(stream("unk").items.map(({ item, after }) => [item, after]));
        assert.deepEqual([items.shardHours, items.putPayloadUnits, items.dashboard], [null, null, 3]);
        assert.match(text, /^unk\tcreate\tnone -> unknown\tnone -> unknown\t\$0\.00 -> unknown\t/m);
        assert.match(text, /^bare\tupdate\t1 -> 3\tunknown\t\$10\.95\+ -> \$32\.85\+\t/m);
        assert.match(text, /^5 streams: \$346.17 -> \$842\.80 a month \(\+\$496\.63\); 2 of them with parts/m);
    });

    it("lists the steps of each change", async () => {
        const { stream } = await review("changed.events.json");
        const steps = (name: string) => stream(name).steps.map(({ kind, from, to }) => [kind, from, to]);
        assert.deepEqual(steps("plain"), [
            ["update-shard-count", 5, 9],
            ["retention", 24, 48],
        ]);
        assert.deepEqual(steps("bare"), [
            ["update-shard-count", 1, 2],
            ["update-shard-count", 2, 3],
        ]);
    });

    it("has what policies say, at the streams that they say it of", async () => {
        const { document, stream, exitCode } = await review("rejected.events.json");
        assert.deepEqual(codes(stream("plain")), ["error capacity-covers-requirements mandatory"]);
        assert.equal(
            stream("plain").findings[0]!.message,
            "The declared 3.5 MiB/s and 2,500 records/s need at least 4 shards (writeBytes: 3.5 MiB/s written, 1 MiB/s a shard); shardCount deploys 3. Set shardCount to 4 or more, or leave it out: the plan deploys 5.",
        );
        assert.deepEqual(codes(stream("orders")), ["warning floor-below-requirements advisory"]);
        assert.deepEqual([document.policyPacks, document.findings, exitCode], [["sharded-stream"], [], 1]);
        assert.ok(!document.assumptions.some((assumption) => assumption.includes("stopped")));
    });

    it("says where a check stopped the preview, once", async () => {
        const { document, stream, exitCode } = await review("refused.events.json");
        assert.deepEqual(codes(stream("plain")), ["error preview-failed", "warning keys-cost-no-shards advisory"]);
        const partial = "The preview stopped at an error: what it did not reach, deletions above all, is not in it.";
        assert.ok(document.assumptions.includes(partial));
        assert.match(stream("plain").findings[0]!.message, /27 shards are declared .* in 3 calls \(10, 20, 27\)/);
        assert.equal(exitCode, 1);
    });

    it("leaves a scaled stream's shards to its scaler, and tells where its range moves them", async () => {
        const { stream, text } = await review("scaled.events.json");
        assert.deepEqual(stream("orders").steps, [
            {
                kind: "scaler",
                from: 5,
                to: 6,
                message:
                    "The deployment leaves the 5 shards; the scaler goes to 6 by itself, inside of its range of 6 to 16.",
            },
        ]);
        assert.match(text, /^orders\tsame\t5 \(scaler 2 to 16\) -> 6 \(scaler 6 to 16\)\t30 % -> -33 %\t/m);
    });

    it("knows a stream of aws-native, a shorter retention, and a stream that Pulumi only lets go of", async () => {
        const { stream, exitCode } = await review("scaled.events.json");
        assert.deepEqual(shown(stream("native")), ["update", 2, 3]);
        assert.equal(
            stream("native").findings[0]!.message,
            "Keeps records for 24 hours instead of 72: those that are older are gone at once, read or not.",
        );
        const { steps, monthlyBefore, monthlyAfter, findings } = stream("kept");
        assert.deepEqual([steps[0]!.kind, monthlyBefore, monthlyAfter, findings], ["release", 21.9, 21.9, []]);
        assert.equal(exitCode, 0);
    });
});

describe("a review of the document of --json", () => {
    it("is the same, where both tell it", async () => {
        const [document, events] = [await review("scaled.json"), await review("scaled.events.json")];
        const told = ({ document: { streams } }: typeof document) =>
            streams.map(({ findings: _, ...stream }) => stream);
        assert.deepEqual(told(document), told(events));
    });

    it("asks the plan where no policy was asked, and says that policies are not in it", async () => {
        const { document, stream } = await review("unsaid.json");
        assert.deepEqual(codes(stream("plain")), ["error capacity-below-requirements"]);
        assert.deepEqual(codes(document), ["error preview-failed"]);
        assert.match(
            document.findings[0]!.message,
            /a mandatory policy, most likely.*what policies say: PULUMI_DEBUG_COMMANDS=true pulumi preview /,
        );
        assert.equal(document.policyPacks, null);
    });

    it("has the preview's own warnings, where they are about a stream", async () => {
        const urn = "urn:pulumi:dev::p::aws:kinesis/stream:Stream::s";
        const warning = { severity: "warning", message: "warning: The open shards\nare not known.\n" };
        const { document } = await reviewText(
            JSON.stringify({
                steps: [{ op: "same", urn, oldState: { inputs: { shardCount: 1 } }, newState: {} }],
                diagnostics: [
                    { ...warning, urn },
                    { ...warning, urn: "urn:pulumi:dev::p::aws:s3/bucket:Bucket::b" },
                ],
            }),
        );
        assert.deepEqual(document.streams[0]!.findings, [
            { code: "preview-warning", severity: "warning", message: "The open shards are not known." },
        ]);
    });

    it("counts what else changes around a stream", async () => {
        const { stream } = await review("refused.json");
        assert.deepEqual(stream("unk").others, { create: 7 });
        assert.deepEqual(stream("mode").others, { create: 1 });
    });

    it("tells a switch of the mode", async () => {
        const { stream } = await review("refused.json");
        assert.deepEqual(
            [stream("mode").before!.capacityMode, stream("mode").after!.capacityMode, stream("mode").steps],
            [
                "provisioned",
                "on-demand",
                [
                    {
                        kind: "switch-mode",
                        message:
                            "Switches from provisioned to on-demand while the stream goes on; AWS allows two switches in 24 hours.",
                    },
                ],
            ],
        );
    });
});

describe("a stream that is lost", () => {
    it("is an error, each time, and no step of a replacement is told twice", async () => {
        const { document, stream, exitCode } = await review("lost.json");
        assert.equal(document.streams.length, 2);
        assert.deepEqual(
            [shown(stream("bare")), shown(stream("mode"))],
            [
                ["replace", 1, 1],
                ["delete", 2, undefined],
            ],
        );
        assert.deepEqual(
            [codes(stream("bare")), codes(stream("mode"))],
            [["error stream-replaced"], ["error stream-deleted"]],
        );
        assert.equal(
            stream("bare").findings[0]!.message,
            "Replaces bare-7f4a673 (another name): the new stream is empty, the old one is deleted with the records that nobody has read, and producers and consumers must move.",
        );
        assert.equal(exitCode, 1);
    });

    it("stays in AWS, and is paid for beside the new one, where it is retained", async () => {
        const lost = readFileSync(path.join(previews, "lost.json"), "utf8");
        const document = JSON.parse(lost) as { steps: { urn: string; oldState?: object }[] };
        for (const { urn, oldState } of document.steps)
            if (urn.endsWith("::bare") && oldState) Object.assign(oldState, { retainOnDelete: true });
        const { stream } = await reviewText(JSON.stringify(document));
        const { findings, monthlyBefore, monthlyAfter } = stream("bare");
        assert.deepEqual(codes({ findings }), ["warning stream-replaced"]);
        assert.equal(
            findings[0]!.message,
            "Replaces bare-7f4a673 (another name): the new stream is empty, the old one stays in AWS with its records, and is paid for, and producers and consumers must move.",
        );
        assert.deepEqual([monthlyBefore, monthlyAfter], [10.95, 21.9]);
    });

    it("is a warning where it is said to be meant, by its name in the program or in AWS", async () => {
        assert.equal((await review("lost.json", "--allow-loss", "bare")).exitCode, 1);
        const { stream, exitCode } = await review("lost.json", "--allow-loss", "bare,mode-389f8bc");
        assert.deepEqual([codes(stream("bare")), exitCode], [["warning stream-replaced"], 0]);
        const again = await runInProcess(
            defineReview,
            ["review", "--allow-loss", "bare", "--allow-loss", "mode", path.join(previews, "lost.json")],
            { env: {} },
        );
        assert.equal(again.exitCode, 0);
        await assert.rejects(review("lost.json", "--allow-loss", "clicks"), {
            name: "UsageError",
            message: "--allow-loss clicks: the preview has no such stream; name one as the program or as AWS does.",
        });
    });
});

describe("a file that cannot be reviewed", () => {
    const howTo =
        "Make one with: PULUMI_DEBUG_COMMANDS=true pulumi preview --non-interactive --event-log events.json --policy-pack node_modules/sharded-stream/policies";
    const rows: [title: string, text: string | Buffer, message: string][] = [
        ["empty", " \n", "is empty: the preview wrote nothing to it; look at the preview's own messages."],
        [
            "a log",
            'Previewing update (dev)\n{ "steps": [] }',
            `does not begin with a preview but with "Previewing update (dev)"; write stdout alone to the file, without stderr (2>&1) and without other commands' output. ${howTo}`,
        ],
        ["cut off", '{\n  "steps": [', `is not JSON to its end: it was cut off, or other text is in it. ${howTo}`],
        [
            "cut off events",
            '{"preludeEvent":{}}\n{"resourceP',
            `is not JSON to its end; line 2 is the first that is none: it was cut off, or other text is in it. ${howTo}`,
        ],
        [
            "another JSON",
            '{"version":3}',
            `is JSON, but no preview of Pulumi (no steps, and no events of resources). ${howTo}`,
        ],
        ["an empty list", "[]", `is JSON, but no preview of Pulumi (no steps, and no events of resources). ${howTo}`],
        [
            "a deployment",
            '{"preludeEvent":{}}\n{"summaryEvent":{"isPreview":false}}',
            `tells of a deployment, not of a preview. ${howTo}`,
        ],
    ];
    for (const [title, text, message] of rows) {
        it(title, async () => {
            await assert.rejects(reviewText(text), (error: Error) => {
                assert.ok(error instanceof UsageError);
                assert.equal(error.message, `${path.join(folder, "preview.json")} ${message}`);
                return true;
            });
        });
    }

    it("none", () =>
        assert.rejects(runInProcess(defineReview, ["review"], { env: {} }), {
            name: "UsageError",
            message: `name the file of a preview: sharded-stream review events.json. ${howTo}`,
        }));

    for (const size of [2 ** 29, 2 ** 31 + 1]) {
        it(`one of ${size} bytes, of which Node.js makes no text`, async () => {
            const file = path.join(folder, "large.json");
            writeFileSync(file, "{");
            truncateSync(file, size);
            await assert.rejects(review(path.relative(previews, file)), {
                name: "UsageError",
                message: `${file} is no preview: it is larger than 512 MiB. ${howTo}`,
            });
        });
    }

    it("one whose reading fails as nobody foresaw", () =>
        assert.rejects(reviewText('{"steps":[{"op":{"toString":1,"valueOf":1}}]}'), {
            name: "UsageError",
            message: `${path.join(folder, "preview.json")} cannot be read: Cannot convert object to primitive value.`,
        }));

    it("a preview that failed elsewhere than at a stream", () =>
        assert.rejects(review("failed.json"), {
            name: "UsageError",
            message:
                "the preview failed, so that it tells only a part: Running program '/program/index.js' failed with an unhandled exception: ShardedStream \"plain\": 1 argument is malformed. requirements.writeMiBPerSecond: -20 is not allowed; it must be a number above 0, at most 100,000. Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes. Correct that, and preview again.",
        }));

    it("events that end before the preview does", () =>
        assert.rejects(reviewText('{"preludeEvent":{}}\n'), { message: /The preview ended before its summary\./ }));

    it("is read with what PowerShell and editors put before it", async () => {
        const text = readFileSync(path.join(previews, "lost.json"), "utf8");
        const { document } = await review("lost.json");
        for (const bytes of [Buffer.from(`\uFEFF${text}`, "utf16le"), Buffer.from(`\uFEFF${text}`)])
            assert.deepEqual((await reviewText(bytes)).document, document);
    });
});

describe("a secret or unknown value of a preview", () => {
    const sentinels = [
        "[secret]",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        { "4dabf18193072939515e22adb298388d": "x", ciphertext: "hunter2" },
    ];
    for (const value of sentinels) {
        it(`is unknown and stays where it is: ${JSON.stringify(value).slice(0, 40)}`, async () => {
            const inputs = {
                name: value,
                shardCount: value,
                retentionPeriod: value,
                tags: { key: "hunter2" },
                streamModeDetails: { streamMode: "PROVISIONED" },
            };
            const step = { op: "create", urn: "urn:pulumi:dev::p::aws:kinesis/stream:Stream::s", newState: { inputs } };
            const { document, text } = await reviewText(JSON.stringify({ steps: [step] }), "--markdown");
            const { streamName, shards, retentionHours } = document.streams[0]!.after!;
            assert.deepEqual(
                [streamName, shards, retentionHours, document.streams[0]!.monthlyAfter],
                [null, null, null, null],
            );
            for (const printed of [JSON.stringify(document), text])
                assert.doesNotMatch(printed, /hunter2|\[secret\]|04da6b54/);
        });
    }
});

describe("the Markdown of a review", () => {
    it("is a marker, a table, errors in the open and the rest folded", async () => {
        const { text } = await review("rejected.events.json", "--markdown");
        const lines = text.split("\n");
        assert.deepEqual(lines.slice(0, 8), [
            reviewMarker,
            "### Kinesis: 4 streams: \\$346.17 → \\$324.27 a month (-\\$21.90); 1 of them with parts that are not known.",
            "",
            "| stream | change | shards | headroom | a month | findings |",
            "| --- | --- | --- | --- | --- | --- |",
            "| `plain` | update | 5 → 3 | 30 % → -17 % | \\$151.06 → \\$129.16 | 1 error |",
            "",
            "3 streams do not change, with 4 warnings (--json lists all).",
        ]);
        assert.ok(
            lines[9]!.startsWith("`plain` ❌ **capacity-covers-requirements** (mandatory): The declared 3.5 MiB/s"),
        );
        assert.deepEqual(
            lines.filter((line) => line.startsWith("<details>")),
            ["<details><summary>plain</summary>", "<details><summary>Prices and what is not known</summary>"],
        );
    });

    it("is what the README shows", async () => {
        const readme = readFileSync(path.join(__dirname, "../../README.md"), "utf8");
        const shown = [...readme.matchAll(/^> (.*(?:Kinesis: |`plain`|streams do not change).*)$/gm)];
        // Prettier lines up the columns of a table.
        const lines = shown.map(([, line]) => line!.replace(/ {2,}\|/g, " |").replace(/^\*\*(.*)\*\*$/, "### $1"));
        const { text } = await review("rejected.events.json", "--markdown");
        assert.equal(lines.length, 3);
        assert.deepEqual(
            lines.filter((line) => !text.split("\n").includes(line)),
            [],
        );
    });

    /** A preview that creates streams of which a policy says something. */
    function rejected(streams: number, said: string) {
        const urns = Array.from({ length: streams }, (_, at) => `urn:pulumi:dev::p::aws:kinesis/stream:Stream::s${at}`);
        const events = [
            { preludeEvent: {} },
            ...urns.flatMap((urn) => [
                { resourcePreEvent: { metadata: { op: "create", urn, new: { inputs: { shardCount: 1 } } } } },
                {
                    policyEvent: {
                        resourceUrn: urn,
                        policyName: "own",
                        enforcementLevel: "mandatory",
                        message: `Why.\nx${said}`,
                    },
                },
            ]),
            { summaryEvent: { isPreview: true } },
        ];
        return reviewText(events.map((event) => JSON.stringify(event)).join("\n"), "--markdown");
    }

    it("names a stream as it is called, where HTML is read and no Markdown", async () => {
        const urn = "urn:pulumi:dev::p::aws:kinesis/stream:Stream::a_b*<c>&@d";
        const { text } = await reviewText(
            [
                { preludeEvent: {} },
                { resourcePreEvent: { metadata: { op: "create", urn, new: { inputs: { shardCount: 1 } } } } },
                { summaryEvent: { isPreview: true } },
            ]
                .map((event) => JSON.stringify(event))
                .join("\n"),
            "--markdown",
        );
        assert.match(text, /^<details><summary>a_b\*&lt;c&gt;&amp;@\u200bd<\/summary>$/m);
    });

    it("lets nothing of a preview become markup", () => {
        const unit = fc.constantFrom("|", "<", "`", "*", "\n", "@", "\\", "[", "x", "$", " ");
        return fc.assert(
            fc.asyncProperty(fc.string({ minLength: 1, unit }), async (message) => {
                const { text } = await rejected(1, message);
                const line = text.split("\n").find((one) => one.startsWith("`s0` ❌"))!;
                const said = line.replace("`s0` ❌ **own** (mandatory)", "").replace(/\\[\\`*_[\]|~$]/g, "");
                assert.doesNotMatch(said, /[\\`*[|<$]|@(?!\u200b)/, said);
            }),
            { numRuns: 50 },
        );
    });

    it("stays below what GitHub takes, and says what it leaves out", async () => {
        const left = "More is left out here, for its length: sharded-stream review prints all of it.";
        for (const [streams, isWhole] of [
            [20, true],
            [400, false],
        ] as const) {
            const { text } = await rejected(streams, "y".repeat(500));
            assert.ok(text.length <= 65_536);
            assert.equal(text.includes(left), !isWhole);
            assert.match(text, /^\| `s19` \| create \|/m);
        }
    });
});

describe("a price list of another region", () => {
    it("prices the streams, and is named", async () => {
        const doubled = Object.fromEntries(Object.entries(priceList.prices).map(([name, price]) => [name, 2 * price]));
        const file = path.join(folder, "prices.json");
        writeFileSync(file, JSON.stringify({ region: "eu-west-1", date: "May 2026", prices: doubled }));
        const { document, stream } = await review("lost.json", "--prices", file);
        assert.deepEqual(
            [stream("bare").monthlyBefore, document.region, document.pricesOf],
            [21.9, "eu-west-1", "May 2026"],
        );
        assert.ok(document.assumptions.includes("Streams in us-east-1 cost what AWS asks there: give --prices."));
    });
});
