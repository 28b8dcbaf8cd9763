/** `plan --from-kafka`: what becomes of a topic, and that docs/kafka.md shows what it says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { definePlan } from "../../cli/plan";
import { type KafkaTopic, translateKafka } from "../../capacity/sizing/kafka";
import { runInProcess } from "./inProcess";

const plan = (...args: string[]) => runInProcess(definePlan, ["plan", ...args], { env: {} });
const example = "partitions=12,mb=30,messages=20000,groups=3";

const topic: KafkaTopic = {
    partitions: 12,
    mbPerSecond: 30,
    messagesPerSecond: 20_000,
    consumerGroups: 3,
    order: "key",
};

describe("plan --from-kafka", () => {
    it("says what the topic means, with the requirements to paste", async () => {
        const { text, exitCode } = await plan("--from-kafka", example, "--retention-hours", "168");
        assert.deepEqual(text.split("\n").slice(0, 12), [
            "A topic with 12 partitions, 30 MB/s in 20,000 messages/s, read by 3 consumer groups, means the requirements",
            "{ writeMiBPerSecond: 28.62, recordsPerSecond: 20000, sharedConsumers: 3, fanOutConsumers: 0 }.",
            "",
            "groups that share\twith fan-out\tshards\ta month\t",
            "3\t0\t52\t$2,064.44\tchosen",
            "0\t3\t35\t$5,644.41\t",
            "",
            "30 MB/s of 1,000,000 bytes are 28.62 MiB/s of 1,048,576, rounded up. Kinesis counts and bills what producers send: if Kafka's rate is of compressed batches, give the uncompressed one, or compress each record before it is put.",
            "Order was a partition's and becomes a key's: records with the same partition key keep theirs. Nothing else does; a topic whose order is a whole partition's is declared with order=partition.",
            "12 partitions let as many members of a group work side by side, 52 shards as many workers: enough.",
            "",
            "43 shards carry the declared peak; 52 are recommended (headroom 20 %).",
        ]);
        assert.equal(exitCode, 0);
    });

    it("says what is wrong with a way to read: too many polls, or no room to catch up after an outage", async () => {
        // 33.554432 MB/s are 32 MiB/s.
        const load = "partitions=12,mb=33.554432,messages=20000";
        const rowsOf = async (...args: string[]) => (await plan("--from-kafka", ...args)).text.split("\n").slice(4, 6);
        assert.deepEqual(await rowsOf(`${load},groups=2`, "--headroom", "0", "--outage-hours", "12"), [
            "2\t0\t32\t$1,086.24\tnever catch up after the outage",
            "1\t1\t32\t$2,504.27\tchosen",
        ]);
        assert.deepEqual(await rowsOf(`${load},groups=7`), [
            "7\t0\t135\t$2,214.09\tmore polls than a shard answers",
            "5\t2\t96\t$6,024.69\tchosen",
        ]);
    });

    const members: readonly [partitions: number, mb: number, said: string][] = [
        [1, 0.1, "1 partition lets one member of a group work, 2 shards as many workers: enough."],
        [2, 0.1, "2 partitions let as many members of a group work side by side, 2 shards as many workers: enough."],
        [
            3,
            0.1,
            "3 partitions let as many members of a group work side by side, 2 shards as many workers. For more, an event source mapping reads a shard with up to 10 invocations at once (ParallelizationFactor), in order for each key.",
        ],
    ];
    for (const [partitions, mb, said] of members) {
        it(`tells how many work side by side: ${partitions}`, () => {
            const { notes } = translateKafka({ ...topic, partitions, mbPerSecond: mb, messagesPerSecond: 10 });
            assert.equal(notes[2], said);
        });
    }

    it("prices each way to read as the plan below prices the one that is chosen", async () => {
        const { document } = await plan(
            ...["--from-kafka", example, "--retention-hours", "720", "--long-term-reads", "50000"],
            ...["--average-load", "0.5"],
        );
        const { kafka, cost } = document as {
            kafka: ReturnType<typeof translateKafka>;
            cost: { provisioned: { monthly: number } };
        };
        assert.equal(kafka.choices[0]!.monthly, cost.provisioned.monthly);
    });

    it("takes blanks around names and numbers", async () => {
        const { document } = await plan("--from-kafka", " partitions = 12, mb=30 ,messages=20000 , groups= 3");
        assert.deepEqual((document.kafka as { topic: KafkaTopic }).topic, topic);
    });

    it("gives the same as a document, and plans the requirements that it gives", async () => {
        const { document } = await plan("--from-kafka", example);
        const { kafka, requirements, recommendedShards } = document as {
            kafka: ReturnType<typeof translateKafka>;
            requirements: object;
            recommendedShards: number;
        };
        assert.deepEqual(kafka, JSON.parse(JSON.stringify(translateKafka(topic))));
        const planned = Object.fromEntries(
            Object.entries(requirements).filter(([name]) => Object.hasOwn(kafka.requirements, name)),
        );
        assert.deepEqual(planned, kafka.requirements);
        assert.equal(kafka.choices[0]!.recommendedShards, recommendedShards);
    });

    it("exits with 1 where a partition, whose order is kept, is more than a shard", async () => {
        const { text, exitCode, document } = await plan("--from-kafka", `${example},order=partition`);
        assert.match(text, /distinctKeys: 12, explicitHashKeys: true/);
        assert.match(text, /\nOrder stays a partition's: .* and carried 2\.5 MB\/s\.\n/);
        assert.deepEqual(
            (document.findings as { code: string }[]).map(({ code }) => code),
            ["too-few-keys"],
        );
        assert.equal(exitCode, 1);
    });

    const refused: readonly [title: string, args: readonly string[], message: string][] = [
        [
            "a name that it does not know",
            ["--from-kafka", "partition=12,mb=30,messages=1,groups=1"],
            '--from-kafka knows no "partition". Did you mean partitions? Give partitions=12,mb=30,messages=20000,groups=3, and order=partition where order is a whole partition\'s.',
        ],
        [
            "a name that is like none",
            ["--from-kafka", "foo=1"],
            '--from-kafka knows no "foo". Give partitions=12,mb=30,messages=20000,groups=3, and order=partition where order is a whole partition\'s.',
        ],
        [
            "the name of a topic",
            ["--from-kafka", "orders"],
            '--from-kafka: "orders" has no value; no topic is looked up by its name. Give what is known of it: partitions=12,mb=30,messages=20000,groups=3.',
        ],
        [
            "a number that is missing",
            ["--from-kafka", "partitions=12,mb=30,groups="],
            "--from-kafka lacks messages, groups: give partitions=12,mb=30,messages=20000,groups=3.",
        ],
        [
            "a number that is given twice",
            ["--from-kafka", `${example},mb=3`],
            "--from-kafka has mb more than once: give it once.",
        ],
        [
            "what is out of range, all at once",
            ["--from-kafka", "partitions=0,mb=-1,messages=1,groups=1.5,order=topic"],
            [
                "--from-kafka partitions: 0 is not allowed; it must be a whole number from 1 to 1,000,000. Give the partitions of the topic.",
                "--from-kafka mb: -1 is not allowed; it must be a number from 0.000001 to 104,857.6. Give the MB that producers write per second at peak, uncompressed.",
                "--from-kafka groups: 1.5 is not allowed; it must be a whole number from 0 to 1,000. Give the consumer groups that read the topic.",
                '--from-kafka order: "topic" is not allowed; it must be one of key, partition. Leave it out for key.',
            ].join("\n"),
        ],
        [
            "what the topic tells, declared beside it",
            ["--from-kafka", example, "--write-mib", "3"],
            "--from-kafka tells --write-mib: leave that out.",
        ],
        [
            "keys beside partitions that are keys",
            ["--from-kafka", `${example},order=partition`, "--distinct-keys", "3"],
            "--from-kafka tells --distinct-keys: leave that out.",
        ],
        [
            "a sample beside partitions that are keys",
            ["--from-kafka", `${example},order=partition`, "--sample", "keys.csv"],
            "With order=partition the partitions are the keys: leave out --sample.",
        ],
        [
            "numbers of the topic that are none, and what is priced with them",
            ["--from-kafka", "partitions=12,mb=0,messages=-1,groups=3", "--shards", "0"],
            [
                "--from-kafka mb: 0 is not allowed; it must be a number from 0.000001 to 104,857.6. Give the MB that producers write per second at peak, uncompressed.",
                "--from-kafka messages: -1 is not allowed; it must be a number from 0.000001 to 100,000,000. Give the messages per second at peak.",
                "--shards: 0 is not allowed; it must be a whole number from 1 to 10,000. Name the shards to price.",
            ].join("\n"),
        ],
        [
            "what is declared beside it, in the words of the options",
            ["--from-kafka", example, "--outage-hours", "0", "--shards", "0"],
            [
                "--outage-hours: 0 is not allowed; it must be a number above 0, at most 8,760. Declare the hours that consumers may be down: a night is 12, a weekend 64.",
                "--shards: 0 is not allowed; it must be a whole number from 1 to 10,000. Name the shards to price.",
            ].join("\n"),
        ],
    ];
    for (const [title, args, message] of refused) {
        it(`refuses ${title}`, async () => {
            const error = await plan(...args).then(
                () => undefined,
                (thrown: Error) => thrown,
            );
            assert.ok(error?.message.includes(message), error?.message);
        });
    }
});

describe("a topic as requirements", () => {
    const rows: readonly [
        title: string,
        change: Partial<KafkaTopic>,
        shared: number,
        fanOut: number,
        shards: number,
    ][] = [
        ["one group shares", { consumerGroups: 1 }, 1, 0, 35],
        ["two groups share what the writes leave room for", { consumerGroups: 2 }, 2, 0, 35],
        ["seven groups are more than a shard answers polls of", { consumerGroups: 7 }, 5, 2, 87],
        ["nobody reads", { consumerGroups: 0 }, 0, 0, 35],
    ];
    for (const [title, change, shared, fanOut, shards] of rows) {
        it(title, () => {
            const { requirements, choices } = translateKafka({ ...topic, ...change });
            const chosen = choices.find(({ fanOutConsumers }) => fanOutConsumers === requirements.fanOutConsumers)!;
            assert.deepEqual(
                [requirements.sharedConsumers, requirements.fanOutConsumers, chosen.recommendedShards],
                [shared, fanOut, shards],
            );
            assert.ok(choices.every(({ wrong, monthly }) => wrong !== undefined || monthly >= chosen.monthly));
        });
    }

    it("takes more groups than a stream accepts as they are, so that the plan says so", () => {
        const { requirements, choices } = translateKafka({ ...topic, consumerGroups: 30 });
        assert.deepEqual([requirements.sharedConsumers, requirements.fanOutConsumers], [10, 20]);
        assert.ok(choices.every(({ wrong }) => wrong === "too-many-polls"));
    });
});

describe("docs/kafka.md", () => {
    const page = readFileSync(path.join(__dirname, "../../docs/kafka.md"), "utf8");
    const commands = [...page.matchAll(/^\$ npx sharded-stream plan (.+)$/gm)].map(([, args]) => args!.split(" "));

    it("shows commands that say what the page says", async () => {
        assert.equal(commands.length, 2);
        const [first, second] = await Promise.all(commands.map((args) => plan(...args)));
        const { kafka, recommendedShards } = first!.document as {
            kafka: ReturnType<typeof translateKafka>;
            recommendedShards: number;
        };
        assert.ok(page.includes(`become ${recommendedShards} shards`));
        assert.ok(page.includes(`would read from ${kafka.choices.at(-1)!.recommendedShards}.`));
        const pasted = first!.text.split("\n")[1]!.replace(/\.$/, "");
        assert.ok(page.includes(`requirements: ${pasted},`));
        const [error] = /^error too-few-keys: .*\n {2}Fix: .*$/m.exec(second!.text)!;
        assert.ok(page.includes(`\n> ${error.replace("\n  Fix: ", " Fix: ")}\n`), error);
    });
});
