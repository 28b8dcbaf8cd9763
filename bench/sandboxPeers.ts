/**
 * The sandbox beside kinesis-local, kinesalite and moto: each is started as a user starts it, and asked the same by the same clients.
 *
 *     node --require ./test/setup.js bench/sandboxPeers.ts [--peers FOLDER] [--seconds 4] [--speed-only]
 *
 * The peers are no dependencies: npm and pip install them into a temporary folder, or into FOLDER and only where they are not there yet. The
 * sandbox is the built one of packages/sandbox (npm run build). LocalStack is not run: its package starts a container, and needs Docker.
 */
import { CreateStreamCommand, DescribeStreamCommand, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { missedLimits } from "../test/sandbox/kinesis/askLimits";
import { limitRows, Questions } from "../test/sandbox/kinesis/limitRows";
import { processorSecondsOf } from "./processorTime";
import { kinesisOf, pause, type Question, questions } from "./sandboxQuestions";

const root = path.join(__dirname, "..");
const { values } = parseArgs({
    options: {
        peers: { type: "string" },
        seconds: { type: "string", default: "4" },
        "speed-only": { type: "boolean" },
    },
});
const folder = path.resolve(values.peers ?? mkdtempSync(path.join(tmpdir(), "sandbox-peers-")));
const versions = { "kinesis-local": "0.6.2", kinesalite: "3.3.3", moto: "5.2.5" } as const;

interface PeerRow {
    readonly name: string;
    readonly command: (port: number) => readonly [string, ...string[]];
    readonly env?: (port: number) => Record<string, string>;
    /** An access key of twelve digits is an account of its own. */
    readonly hasAccounts: boolean;
    /** Its own changes last half a second: who waits for AWS's minutes waits a hundredth of it. */
    readonly waitsShorter: number;
}

const rows: readonly PeerRow[] = [
    {
        name: "sharded-stream-sandbox",
        command: (port) => [
            process.execPath,
            path.join(root, "packages/sandbox/bin/sandbox/main.js"),
            "--port",
            String(port),
        ],
        hasAccounts: true,
        waitsShorter: 1,
    },
    {
        name: "kinesis-local",
        command: () => [process.execPath, path.join(folder, "node_modules/kinesis-local/main.js")],
        env: (port) => ({
            KINESIS_MOCK_CERT_PATH: path.join(folder, "node_modules/kinesis-local/server.json"),
            SHARD_LIMIT: "2000",
            KINESIS_MOCK_PLAIN_PORT: String(port),
            KINESIS_MOCK_TLS_PORT: String(port + 1),
        }),
        hasAccounts: false,
        waitsShorter: 60,
    },
    {
        name: "kinesalite",
        command: (port) => [
            process.execPath,
            path.join(folder, "node_modules/kinesalite/cli.js"),
            ...["--port", String(port), "--shardLimit", "500"],
        ],
        hasAccounts: false,
        waitsShorter: 60,
    },
    {
        name: "moto",
        command: (port) => [path.join(folder, "moto/bin/moto_server"), "-H", "127.0.0.1", "-p", String(port)],
        hasAccounts: true,
        waitsShorter: 60,
    },
];

interface Running extends PeerRow {
    readonly endpoint: string;
    readonly process: ChildProcess;
    readonly startMs: number;
}

async function main(): Promise<void> {
    install();
    const started: Running[] = [];
    process.on("exit", () => started.forEach((peer) => peer.process.kill("SIGKILL")));
    for (const row of rows) started.push(await start(row));
    const table: string[][] = [["", ...started.map(({ name }) => name)]];
    const add = (title: string, cells: readonly string[]): void => {
        table.push([title, ...cells]);
        process.stderr.write(`${title}: ${cells.join(" | ")}\n`);
    };
    add(
        "start until the first answer, s",
        started.map(({ startMs }) => (startMs / 1_000).toFixed(1)),
    );
    const idle = started.map(memoryOf);
    const { perSecond, perProcessorSecond } = await throughput(started);
    add("PutRecords of 500 records of 100 bytes, records/s (median of alternating rounds)", perSecond);
    add("the same, records a second of the emulator's processor time", perProcessorSecond);
    if (values["speed-only"]) return finish(started, table);
    add(
        "memory at rest, and after that, MB",
        started.map((peer, at) => `${idle[at]}, ${memoryOf(peer)}`),
    );
    const expiring = Promise.all(started.map((peer) => expiry(peer)));
    const missed = await Promise.all(started.map(limitsOf));
    add(
        `limits of Kinesis held, of ${limitRows.length - notAsked.length}`,
        missed.map((misses) => String(limitRows.length - notAsked.length - misses.size)),
    );
    for (const [title, row] of shown) {
        add(
            title,
            missed.map((misses) => verdictOn(row, misses.get(row))),
        );
    }
    add("an iterator expires after five minutes", await expiring);
    for (const question of questions)
        add(question.title, await Promise.all(started.map((peer) => told(question, peer))));
    const details = started.flatMap(({ name }, at) =>
        [...missed[at]!].map(([title, gave]) => `${name}: ${title}: ${gave}`),
    );
    writeFileSync(path.join(folder, "missed.txt"), details.join("\n"));
    finish(started, table);
}

function finish(started: readonly Running[], table: readonly (readonly string[])[]): void {
    for (const { name, process: child } of started) if (child.exitCode !== null) console.log(`${name} has ended.`);
    process.stdout.write(markdown(table));
    process.exit(0);
}

/** Rows of the suite that no clock of a peer comes to. */
const notAsked = limitRows.filter(({ slowSeconds = 0 }) => slowSeconds > 300);

/** What the table shows of the suite, by the rows of the suite. */
const shown: readonly [title: string, row: string][] = [
    ["refuses the 1,001st record of a second", "a shard refuses the 1,001st record of a second"],
    ["refuses what is above 1 MiB a second", "a shard refuses the byte above 1 MiB a second"],
    ["refuses the sixth GetRecords of a second", "a shard refuses the sixth GetRecords of a second"],
    ["reads at 2 MiB a second", "a shard is read at 2 MiB a second: who took 3 MiB waits"],
    ["refuses UpdateShardCount over double", "UpdateShardCount from 2 to 5"],
    ["refuses the eleventh UpdateShardCount of a day", "ten UpdateShardCount calls in 24 hours, and the eleventh"],
    ["is UPDATING while it reshards", "a second UpdateShardCount while the first runs"],
    ["parents end and name their children", "a closed shard is read to its end, and names its children"],
    ["sequence numbers rise within a shard", "a record is read as it was written, by a number above its predecessor's"],
    ["an explicit hash key chooses the shard", "an explicit hash key chooses the shard"],
    ["on-demand streams", "an on-demand stream"],
    ["20 consumers of a stream, no more", "20 consumers of a stream, and the 21st"],
    ["records of 10 MiB", "a record size of 10,240 KiB, and then a record of 10 MiB"],
];

/** A refusal by another name is none of AWS's, but it is one. */
function verdictOn(title: string, gave: string | undefined): string {
    if (gave === undefined) return "yes";
    if (gave.includes("TimeoutError")) return "no answer in 20 s";
    if (gave.includes("UnknownOperation")) return "no";
    const { gives } = limitRows.find((row) => row.title === title)!;
    const isRefusal = (value: unknown): boolean => typeof value === "string" && /^\w+(Exception|Error)$/.test(value);
    return isRefusal(gives) && isRefusal(JSON.parse(gave)) ? "other error" : "no";
}

/** What a peer does not hold, with what it gave. The quota of a day is asked of a sandbox whose day is short. */
async function limitsOf(peer: Running): Promise<ReadonlyMap<string, string>> {
    const { endpoint, hasAccounts, waitsShorter } = peer;
    const quick = limitRows.filter(({ slowSeconds }) => slowSeconds === undefined);
    const slow = limitRows.filter((row) => row.slowSeconds !== undefined && !notAsked.includes(row));
    const quota = limitRows.filter(({ title }) => title === shown[5]![1]);
    const fast = waitsShorter === 1 ? await start(rows[0]!, "--speed", "1000") : undefined;
    const misses = [
        ...(await missedLimits(quick, { endpoint, hasAccounts, atOnce: 3, tries: 2 })),
        ...(await missedLimits(slow, { endpoint, hasAccounts, atOnce: 3, tries: 2, speed: waitsShorter })),
        ...(await missedLimits(quota, {
            endpoint: fast?.endpoint ?? endpoint,
            hasAccounts,
            tries: 3,
            speed: fast ? 1_000 : waitsShorter,
        })),
    ];
    fast?.process.kill("SIGKILL");
    return new Map(misses.map(({ title, gave }) => [title, JSON.stringify(gave)]));
}

/** Five minutes of the machine's clock. */
async function expiry({ endpoint }: Running): Promise<string> {
    const row = limitRows.find(({ title }) => title === "an iterator expires after five minutes")!;
    const at = new Questions({ client: kinesisOf(endpoint, "000000009999"), streamName: "expiry", pass: pause });
    const gave = await row.ask(at).catch((error: Error) => error.name);
    return gave === row.gives ? "yes" : "no";
}

async function told(question: Question, { endpoint, name }: Running): Promise<string> {
    const streamName = `q-${question.title.replace(/\W+/g, "-").slice(0, 60)}`;
    const at = new Questions({ client: kinesisOf(endpoint), streamName, pass: pause });
    const timeout = pause(170).then(() => false);
    // eslint-disable-next-line no-restricted-properties -- ends with the bench
    const yes = await Promise.race([question.ask(at, { name, endpoint }), timeout]).catch((error: Error) => {
        process.stderr.write(`  ${name}: ${error.name}: ${error.message.slice(0, 200)}\n`);
        return false;
    });
    return yes ? "yes" : "no";
}

/** Records a second through one client with two calls under way, in rounds that alternate. */
async function throughput(
    peers: readonly Running[],
): Promise<{ readonly perSecond: string[]; readonly perProcessorSecond: string[] }> {
    const Records = Array.from({ length: 500 }, (_, index) => ({
        Data: Buffer.alloc(100, 97),
        PartitionKey: `key-${index}`,
    }));
    const rates = peers.map((): number[] => []);
    const worked = peers.map(() => ({ records: 0, seconds: 0 }));
    const clients = peers.map(({ endpoint }) => kinesisOf(endpoint));
    for (const client of clients) {
        await client.send(new CreateStreamCommand({ StreamName: "load", ShardCount: 200 }));
        const status = async () =>
            (await client.send(new DescribeStreamCommand({ StreamName: "load" }))).StreamDescription!.StreamStatus;
        while ((await status()) !== "ACTIVE") await pause(0.2);
    }
    for (let round = 0; round < 6; round++) {
        for (const [at, client] of clients.entries()) {
            const [startMs, endMs] = [performance.now(), performance.now() + Number(values.seconds) * 1_000];
            const beforeSeconds = processorSecondsOf(peers[at]!.process.pid!);
            let taken = 0;
            const writer = async (): Promise<void> => {
                while (performance.now() < endMs) {
                    const { FailedRecordCount } = await client.send(
                        new PutRecordsCommand({ StreamName: "load", Records }),
                    );
                    taken += Records.length - FailedRecordCount!;
                }
            };
            await Promise.all([writer(), writer()]);
            // The first round warms up.
            if (round === 0) continue;
            rates[at]!.push((taken / (performance.now() - startMs)) * 1_000);
            worked[at]!.records += taken;
            worked[at]!.seconds += processorSecondsOf(peers[at]!.process.pid!) - beforeSeconds;
        }
    }
    process.stderr.write(`${JSON.stringify(rates.map((each) => each.map(Math.round)))}\n`);
    const shown = (value: number): string => Math.round(value).toLocaleString("en");
    return {
        perSecond: rates.map((each) => shown(each.sort((left, right) => left - right)[2]!)),
        perProcessorSecond: worked.map(({ records, seconds }) => shown(records / seconds)),
    };
}

/** Resident memory. */
function memoryOf({ process: { pid } }: Running): string {
    const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
    return String(Math.round(Number(kib) / 1_024));
}

async function start(row: PeerRow, ...flags: readonly string[]): Promise<Running> {
    const port = await freePort();
    const [command, ...args] = row.command(port);
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...row.env?.(port) };
    const beganMs = performance.now();
    const child = spawn(command, [...args, ...flags], { env, stdio: "ignore" });
    process.on("exit", () => child.kill("SIGKILL"));
    const endpoint = `http://127.0.0.1:${port}`;
    const questions = new Questions({ client: kinesisOf(endpoint), streamName: "", pass: pause });
    while ((await questions.tells("ListStreams")) !== "ok") {
        if (performance.now() - beganMs > 60_000) throw new Error(`${row.name} does not answer.`);
        await pause(0.05);
    }
    return { ...row, endpoint, process: child, startMs: performance.now() - beganMs };
}

async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
}

function install(): void {
    const run = (command: string, ...args: readonly string[]): unknown =>
        execFileSync(command, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
    if (!existsSync(path.join(folder, "node_modules/kinesalite"))) {
        writeFileSync(path.join(folder, "package.json"), '{ "name": "peers", "version": "1.0.0", "private": true }');
        const packages = [`kinesis-local@${versions["kinesis-local"]}`, `kinesalite@${versions.kinesalite}`];
        run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", ...packages);
    }
    if (existsSync(path.join(folder, "moto"))) return;
    run("python3", "-m", "venv", "moto");
    run(path.join(folder, "moto/bin/pip"), "install", "--quiet", `moto[server]==${versions.moto}`);
}

function markdown(table: readonly (readonly string[])[]): string {
    const [head, ...body] = table.map((cells) => `| ${cells.join(" | ")} |`);
    return [head, `|${" --- |".repeat(table[0]!.length)}`, ...body, ""].join("\n");
}

void main();
