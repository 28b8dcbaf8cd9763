/**
 * `status`, `scale`, `split`, `merge` and `produce` on live streams: what they do, and what they say of what cannot be.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough } from "node:stream";
import { CreateStreamCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { scalerFunctionName } from "../../capacity/names";
import { Command } from "commander";
import { type Act, type DefineCommand } from "../../cli/command";
import { defineProduce } from "../../cli/produce";
import { defineMerge, defineSplit } from "../../cli/reshard";
import { defineScale } from "../../cli/scale";
import { defineStatus } from "../../cli/status";
import { AwsError, RunningClock, type Sandbox, startSandbox } from "../../sandbox/index";
import { runInProcess } from "./inProcess";

const defines: Readonly<Record<string, DefineCommand>> = {
    produce: defineProduce,
    status: defineStatus,
    scale: defineScale,
    split: defineSplit,
    merge: defineMerge,
};

describe("the operating commands", () => {
    let sandbox: Sandbox;
    let kinesis: KinesisClient;
    let folder: string;

    before(async () => {
        folder = mkdtempSync(path.join(tmpdir(), "sharded-stream-"));
        sandbox = await startSandbox({ clock: new RunningClock({ speed: 600 }) });
        const { endpoint, region, credentials } = sandbox;
        kinesis = new KinesisClient({ endpoint, region, credentials });
        for (const StreamName of ["orders", "events", "steady", "hidden"])
            await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 4 }));
        await kinesis.send(
            new CreateStreamCommand({ StreamName: "elastic", StreamModeDetails: { StreamMode: "ON_DEMAND" } }),
        );
    });

    after(async () => {
        kinesis.destroy();
        await sandbox.stop();
        rmSync(folder, { recursive: true });
    });

    const run = (command: string, ...args: readonly string[]) =>
        runInProcess(defines[command.split(" ")[0]!]!, [...command.split(" "), ...args], { env: sandbox.env });

    describe("say in one line what cannot be used", () => {
        const rows: readonly (readonly [command: string, message: string])[] = [
            ["scale orders", "scale: name what to do: out, in, to COUNT or auto"],
            ["scale orders up", "scale: name what to do: out, in, to COUNT or auto, not up"],
            ["scale orders to", "scale: name the count: to 37"],
            ["scale orders out 3", "scale: out takes no count"],
            ["scale orders to 3 --pause", "scale: --pause and --resume go without out, in, to or auto"],
            [
                "scale orders --pause --dry-run",
                "scale: --pause and --resume are one write to the ledger; leave --dry-run out",
            ],
            [
                "scale orders --resume --without-ledger",
                "scale: --pause and --resume are one write to the ledger; leave --without-ledger out",
            ],
            ["scale orders --pause", "orders has no ledger, so no scaler that could be paused."],
            ["scale orders out", "scale: there is nobody to ask; add --yes to act or --dry-run to look"],
            [
                "scale orders auto",
                "scale: orders has no scaler whose settings could be used; name the range with --min and --max",
            ],
            [
                "scale elastic out",
                "elastic is on-demand: AWS scales it, and it has no shard count to set. Switch it to provisioned first.",
            ],
            [
                "split steady 9",
                "shardId-000000000009 is no open shard; open are shardId-000000000000, shardId-000000000001, shardId-000000000002, shardId-000000000003",
            ],
            ["split steady 0 --at 5 --weight 0.5", "split: --at and --weight exclude each other"],
            ["split steady 0 --weight 1", "split: --weight 1 is not allowed; it must be a fraction between 0 and 1"],
            [
                "split steady 0 --at 0",
                "split: --at 0 is not allowed; it must be from 2 to 85070591730234615865843651857942052862, so that AWS splits shardId-000000000000",
            ],
            ["merge steady 0", "merge: name the shard to merge shardId-000000000000 with; shardId-000000000001 fits"],
            [
                "merge steady 1 3",
                "merge: shardId-000000000001 and shardId-000000000003 are no neighbours on the hash ring; shardId-000000000000 or shardId-000000000002 fit",
            ],
            ["produce orders", "produce: name what to send, either --file FILE or --sample NUMBER"],
            ["produce orders --file x.ndjson --key ", "produce: the field of --key is empty: name one, such as userId"],
            ["produce orders --file nothing.ndjson --key id", "nothing.ndjson cannot be read: there is no such file."],
            [
                "produce orders --file x.ndjson",
                "produce: name the field of the partition key with --key FIELD, or spread the records with --random-keys",
            ],
        ];
        for (const [command, message] of rows)
            it(command, () => assert.rejects(run(command), { name: "UsageError", message }));
    });

    describe("say in one line what AWS refuses, and what to do", () => {
        it("no such stream", () =>
            assert.rejects(run("status nope"), {
                name: "AwsRefusedError",
                message:
                    "stream nope: ResourceNotFoundException: Stream nope under account 123456789012 not found. There is none in this account and region. Check the name, AWS_PROFILE and AWS_REGION.",
            }));

        it("no such stream to produce to", () =>
            assert.rejects(run("produce nope --sample 10"), {
                name: "AwsRefusedError",
                message:
                    "stream nope: ResourceNotFoundException: Stream nope under account 123456789012 not found. There is none in this account and region. Check the name, AWS_PROFILE and AWS_REGION.",
            }));

        it("no permission", async () => {
            const deny = ({ operation }: { operation: string }): void => {
                if (operation === "UpdateShardCount") {
                    throw new AwsError(
                        "AccessDeniedException",
                        "User is not authorized to perform: kinesis:UpdateShardCount",
                    );
                }
            };
            sandbox.guards.push(deny);
            try {
                await assert.rejects(run("scale events out --yes"), {
                    name: "AwsRefusedError",
                    message:
                        "stream events: AccessDeniedException: User is not authorized to perform: kinesis:UpdateShardCount. The credentials lack a permission. Ask for it, or use another AWS_PROFILE.",
                });
            } finally {
                sandbox.guards.splice(sandbox.guards.indexOf(deny), 1);
            }
        });

        const environments: readonly (readonly [
            title: string,
            remove: readonly string[],
            add: Record<string, string>,
            message: RegExp,
        ])[] = [
            [
                "no region",
                ["AWS_REGION", "AWS_DEFAULT_REGION"],
                {},
                /^stream orders: no AWS region is set\. Set AWS_REGION, or a region in the profile\.$/,
            ],
            [
                "no credentials",
                ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
                {},
                /No AWS credentials were found\. Set AWS_PROFILE to a profile that has some, or sign in with aws sso login\.$/,
            ],
            [
                "nothing that answers",
                [],
                { AWS_ENDPOINT_URL: "http://127.0.0.1:1" },
                /Nothing answers there\. Check AWS_ENDPOINT_URL\.$/,
            ],
        ];
        for (const [title, remove, add, message] of environments) {
            it(title, async () => {
                const env = Object.fromEntries(
                    Object.entries({ ...sandbox.env, ...add }).filter(([name]) => !remove.includes(name)),
                );
                await assert.rejects(runInProcess(defineStatus, ["status", "orders"], { env }), (error: Error) => {
                    assert.equal(error.name, "AwsRefusedError", error.stack);
                    assert.match(error.message, message);
                    return true;
                });
            });
        }
    });

    it("status shows shards, load, calls left and cost, the same in JSON", async () => {
        const { document, text, exitCode } = await run("status orders");
        assert.equal(exitCode, 0);
        const { openShards, closedShards, updateCallsLeft, updateCallsSource, decisions, monthlyCost, capacityMode } =
            document;
        assert.deepEqual(
            { openShards, closedShards, updateCallsLeft, updateCallsSource, decisions, monthlyCost, capacityMode },
            {
                openShards: 4,
                closedShards: 0,
                updateCallsLeft: 10,
                updateCallsSource: "shard history",
                decisions: [],
                monthlyCost: 43.8,
                capacityMode: "provisioned",
            },
        );
        assert.match(text, /^orders: ACTIVE, provisioned, 4 open shards, 0 closed shards/);
        assert.match(text, /UpdateShardCount calls left: 10 of 10/);
        assert.match((await run("status elastic")).text, /On-demand: AWS scales it/);
    });

    it("without permission for the ledger, status goes on and scale refuses, unless told that there is none", async () => {
        const deny = ({ service }: { service: string }): void => {
            if (service === "dynamodb") throw new AwsError("AccessDeniedException", "not authorized: dynamodb:GetItem");
        };
        const problem =
            "ledger hidden-scaler-ledger: AccessDeniedException: not authorized: dynamodb:GetItem. Ask for dynamodb:GetItem on the table, or use another AWS_PROFILE.";
        const without = "--without-ledger acts without it, beside whoever else scales the stream.";
        sandbox.guards.push(deny);
        try {
            const { document } = await run("status hidden");
            assert.deepEqual(document.scaler, { ledgerTable: null, deployed: null, paused: null, problem });
            const refusal = { name: "AwsRefusedError", message: `${problem} ${without}` };
            await assert.rejects(run("scale hidden out --dry-run"), refusal);
            const dry = await run("scale hidden out --dry-run --without-ledger");
            assert.deepEqual([dry.document.to, dry.document.withoutLedger], [8, true]);
            assert.match(dry.text, /estimated from the shards of the last 24 hours, as no ledger is asked/);
            await assert.rejects(run("split hidden 0"), refusal);
            await assert.rejects(run("merge hidden 0 1"), refusal);
            await assert.rejects(run("scale hidden --pause"), { name: "AwsRefusedError", message: problem });
            const notice =
                "Without a ledger: a scaler of hidden is neither asked nor told, and may act at the same time.";
            assert.deepEqual((await run("split hidden 0 --without-ledger")).printed, [notice]);
            const merged = await run("merge hidden 4 5 --without-ledger");
            assert.deepEqual([merged.printed, merged.document.openShards], [[notice], 4]);
        } finally {
            sandbox.guards.splice(sandbox.guards.indexOf(deny), 1);
        }
    });

    it("scale shows the way and changes nothing on a dry run", async () => {
        const { document, text } = await run("scale orders to 9 --dry-run");
        assert.deepEqual(document.steps, [
            { kind: "update", from: 4, to: 8, seconds: 60 },
            { kind: "update", from: 8, to: 9, seconds: 60 },
        ]);
        assert.deepEqual([document.openShards, document.stepsMade], [4, 0]);
        assert.match(
            text,
            /^orders: from 4 to 9 open shards in about 2 minutes, \$43\.80 to \$98\.55 a month of shard-hours\./,
        );
    });

    it("split and merge change one shard and name what came of it", async () => {
        const split = await run("split events 1 --weight 0.25");
        assert.deepEqual(split.document, {
            stream: "events",
            steps: [{ kind: "split", from: 4, to: 5 }],
            stepsMade: 1,
            opened: ["shardId-000000000004", "shardId-000000000005"],
            openShards: 5,
            withoutLedger: false,
        });
        assert.match(
            split.text,
            /25 % of its hash keys to the lower part\. New: shardId-000000000004, shardId-000000000005\./,
        );
        // AWS wants the shard with the lower hash keys first; a person need not know which that is.
        const merged = await run("merge events 5 4");
        assert.deepEqual(merged.document.opened, ["shardId-000000000006"]);
    });

    describe("their examples work as they stand, one after the other on a new stream of four shards", () => {
        const helpOf = (command: string): string => {
            let text = "";
            const program = new Command();
            const act: Act = () => () => Promise.resolve();
            defines[command]!(program, act);
            program.commands[0]!.configureOutput({ writeOut: (line) => void (text += line) }).outputHelp();
            return text;
        };
        const page = readFileSync(path.join(__dirname, "../../docs/operate.md"), "utf8");
        const rows = [
            ["split, in its help", helpOf("split"), "orders", 7],
            ["merge, in its help", helpOf("merge"), "orders", 3],
            ["One shard, in docs/operate.md", page.split("\n## One shard\n")[1]!.split("\n## ")[0]!, "parcels", 6],
        ] as const;
        for (const [index, [title, text, stream, openShards]] of rows.entries()) {
            it(title, async () => {
                const StreamName = `examples-${index}`;
                await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 4 }));
                const lines = text.replaceAll("\\\n", "").match(/^ *(?:npx )?sharded-stream (split|merge) .*$/gm)!;
                let document: Record<string, unknown> = {};
                for (const line of lines) {
                    const [, ...args] = line
                        .split("#")[0]!
                        .trim()
                        .replace(/^npx /, "")
                        .replace(` ${stream} `, ` ${StreamName} `)
                        .split(/ +/);
                    ({ document } = await run(args.join(" ")));
                }
                assert.equal(document.openShards, openShards);
            });
        }
    });

    it("auto is one run of the scaler's decision", async () => {
        const { document, text } = await run("scale orders auto --min 6 --max 20 --yes --explain");
        assert.deepEqual(document.steps, [{ kind: "update", from: 4, to: 6 }]);
        assert.equal(document.openShards, 6);
        assert.match(text, /UpdateShardCount from 4 to 6 was called\./);
        assert.match(text, /updateCallsLeft 10/);
    });

    it("auto looks for the scaler under the very name that the component gives it, also for a long stream name", async () => {
        const name = "orders-of-all-customers-in-all-regions-with-their-history-since-2019";
        await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 }));
        const asked: unknown[] = [];
        const watch = ({ operation, input }: { operation: string; input: unknown }): void => {
            if (operation === "GetFunctionConfiguration") asked.push((input as { FunctionName: string }).FunctionName);
        };
        sandbox.guards.push(watch);
        try {
            await assert.rejects(run(`scale ${name} auto --dry-run`), { name: "UsageError" });
        } finally {
            sandbox.guards.splice(sandbox.guards.indexOf(watch), 1);
        }
        assert.deepEqual(asked, [scalerFunctionName(name)]);
        assert.match(String(asked[0]), /^orders-of-all-customers-.*-[0-9a-f]{8}$/);
    });

    it("produce sends a file, and writes what cannot be delivered to a file with its reason", async () => {
        const file = path.join(folder, "orders.ndjson");
        const undelivered = path.join(folder, "undelivered.ndjson");
        writeFileSync(
            file,
            [
                '{"id":"a","n":1}',
                "",
                '{"id":"b"}',
                "{oops",
                '{"n":2}',
                `{"id":"c","n":"${"x".repeat(1_100_000)}"}`,
            ].join("\n"),
        );
        const { document, exitCode, text } = await run(
            "produce events",
            "--file",
            file,
            "--key",
            "id",
            "--undelivered",
            undelivered,
        );
        const { sent, undeliveredReasons, interrupted } = document;
        assert.deepEqual(
            { sent, undelivered: document.undelivered, undeliveredReasons, interrupted, exitCode },
            {
                sent: 2,
                undelivered: 3,
                undeliveredReasons: { invalid: 2, "too-large": 1 },
                interrupted: false,
                exitCode: 1,
            },
        );
        assert.match(text, /3 records undelivered \(invalid 2, too-large 1\)/);
        const lines = readFileSync(undelivered, "utf8")
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as Record<string, unknown>);
        assert.deepEqual(
            lines.map(({ line, reason, record }) => ({
                line,
                reason,
                record: typeof record === "object" ? Object.keys(record!) : record,
            })),
            [
                { line: 4, reason: "invalid", record: "{oops" },
                { line: 5, reason: "invalid", record: ["n"] },
                { line: 6, reason: "too-large", record: ["id", "n"] },
            ],
        );
        assert.match(String(lines[0]!.message), /^record 3: line 4 is not JSON: /);
    });

    it("produce makes up events, at a rate, and is interrupted cleanly", async () => {
        const undelivered = path.join(folder, "interrupted.ndjson");
        const done = await run("produce events --sample 600 --rate 3000 --undelivered", undelivered);
        assert.deepEqual([done.document.sent, done.document.undelivered, done.exitCode], [600, 0, 0]);
        assert.ok(!existsSync(undelivered));
        const abort = new AbortController();
        setTimeout(() => abort.abort(), 300);
        const args = ["produce", "events", "--sample", "100000", "--rate", "1000", "--undelivered", undelivered];
        const stopped = await runInProcess(defineProduce, args, { env: sandbox.env, signal: abort.signal });
        assert.deepEqual([stopped.document.interrupted, stopped.exitCode], [true, 1]);
        assert.match(stopped.text, /Interrupted: the rest of the input was not read\./);
    });

    describe("produce, while its credentials expire after a first call", () => {
        /** Refuses the calls from one number to another. */
        async function expiring<Result>(from: number, until: number, act: () => Promise<Result>): Promise<Result> {
            let calls = 0;
            const expire = ({ operation }: { operation: string }): void => {
                if (operation !== "PutRecords" || ++calls < from || calls >= until) return;
                throw new AwsError("ExpiredTokenException", "The security token included in the request is expired");
            };
            sandbox.guards.push(expire);
            try {
                return await act();
            } finally {
                sandbox.guards.splice(sandbox.guards.indexOf(expire), 1);
            }
        }

        it("waits, delivers all, and tells for how long it waited", async () => {
            const undelivered = path.join(folder, "waited.ndjson");
            const args = ["--sample", "900", "--rate", "3000", "--undelivered", undelivered];
            const { document, text } = await expiring(2, 4, () => run("produce events", ...args));
            assert.deepEqual([document.sent, document.undelivered], [900, 0]);
            assert.ok((document.waitedSeconds as number) > 0);
            assert.match(text, /\nWaited [\d.]+ s while AWS refused every call\./);
        });

        it("and if it lasts for as long as --outage says, tells where the rest is", async () => {
            const undelivered = path.join(folder, "outage.ndjson");
            const args = ["--sample", "100000", "--rate", "3000", "--outage", "0.1", "--undelivered", undelivered];
            await assert.rejects(
                expiring(2, Infinity, () => run("produce events", ...args)),
                (error: Error) => {
                    assert.equal(error.name, "AwsRefusedError", error.stack);
                    const [about, ...said] = error.message.split(": ");
                    assert.match(
                        about!,
                        /^stream events \([\d,]+ records sent before, [\d,]+ undelivered in \S+outage\.ndjson; the rest of the input was not read\)$/,
                    );
                    assert.deepEqual(said, [
                        "ExpiredTokenException",
                        "The security token included in the request is expired. The AWS credentials have expired. Sign in again.",
                    ]);
                    return true;
                },
            );
            const lines = readFileSync(undelivered, "utf8").trim().split("\n");
            const { reason, mayBeWritten } = JSON.parse(lines[0]!) as Record<string, unknown>;
            assert.deepEqual([reason, mayBeWritten], ["stopped", false]);
        });
    });

    it("produce keeps what an earlier run could not deliver, and the file that it reads", async () => {
        const file = path.join(folder, "again.ndjson");
        const content = '{"id":"a"}\n{oops\n';
        writeFileSync(file, content);
        const args = ["--file", file, "--key", "id", "--undelivered", file];
        const named = [];
        for (let times = 1; times <= 2; times++)
            named.push((await run("produce events", ...args)).document.undeliveredFile);
        assert.deepEqual(named, [path.join(folder, "again-2.ndjson"), path.join(folder, "again-3.ndjson")]);
        assert.equal(readFileSync(file, "utf8"), content);
    });

    it("produce sends nothing if undelivered records could not be written", async () => {
        const nowhere = path.join(folder, "none", "undelivered.ndjson");
        await assert.rejects(run("produce events --sample 5 --undelivered", nowhere), {
            name: "UsageError",
            message: `--undelivered: ${nowhere} cannot be written: there is no such folder`,
        });
        await assert.rejects(run("produce events --sample 5 --undelivered", ""), {
            name: "UsageError",
            message: "--undelivered: The name of the file is empty: name a file.",
        });
        await assert.rejects(run("produce events --sample 5 --undelivered", folder), {
            name: "UsageError",
            message: `--undelivered: ${folder} cannot be written: it is a folder`,
        });
    });

    it("status --watch prints again and again, until Ctrl-C", async () => {
        const abort = new AbortController();
        const args = ["status", "steady", "--watch", "1"];
        const onPrint = (lines: number): void => void (lines === 2 && abort.abort());
        const { printed, text, exitCode } = await runInProcess(defineStatus, args, {
            env: sandbox.env,
            signal: abort.signal,
            onPrint,
        });
        assert.deepEqual(
            printed.map((status) => status.split(",")[0]),
            ["steady: ACTIVE", "steady: ACTIVE"],
        );
        assert.deepEqual([text, exitCode], ["", 0]);
        await assert.rejects(runInProcess(defineStatus, args, { env: sandbox.env, json: true }), {
            name: "UsageError",
            message: "status: --watch and --json exclude each other; call it again for another document",
        });
    });

    describe("scale asks before it acts", () => {
        const rows: readonly (readonly [answer: string, openShards: number, text: string])[] = [
            ["n", 4, "Nothing was changed."],
            ["", 4, "Nothing was changed."],
            ["yes, please", 4, "Nothing was changed."],
            ["Yes", 5, "steady has 5 open shards."],
        ];
        for (const [answer, openShards, text] of rows) {
            it(`${JSON.stringify(answer)} leaves ${openShards} open shards`, async () => {
                const terminal = Object.assign(new PassThrough(), { isTTY: true });
                const stdin = Object.getOwnPropertyDescriptor(process, "stdin")!;
                Object.defineProperty(process, "stdin", { ...stdin, get: () => terminal });
                try {
                    terminal.write(`${answer}\n`);
                    const result = await run("scale steady to 5");
                    assert.match(result.printed[0]!, /^steady: from 4 to 5 open shards in about /);
                    assert.deepEqual([result.document.openShards, result.text, result.exitCode], [openShards, text, 0]);
                } finally {
                    Object.defineProperty(process, "stdin", stdin);
                }
            });
        }
    });
});
