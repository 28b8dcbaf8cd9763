/**
 * What a preview costs with the policy pack, against one with a pack of one policy that says nothing: processor time of every process
 * that the CLI starts, since the machine may be busy with other work.
 *
 *     npm run build && npm run engine
 *     node -r ts-node/register/transpile-only bench/policyPack.ts [PAIRS]
 *
 * Two programs: 300 topics, which the pack has nothing to say about, and 300 streams. The pack is laid out as it is published, compiled.
 * Pairs are interleaved and their order alternates. The bar is a ratio of 1.1. Linux only: it reads /proc.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { openWorld, type OpenedWorld } from "../test/engine/harness";

const barRatio = 1.1;
const pairs = Number(process.argv[2] ?? 7);
const resources = 300;
const pollMs = 25;
const ticksPerSecond = 100;
const repository = path.join(__dirname, "..");

const many = (statement: string) => `for (let n = 0; n < ${resources}; n++) ${statement}`;
const programs = {
    "300 topics": `const sns = require("@pulumi/aws/sns"); ${many('new sns.Topic("topic-" + n, { tags: { team: "orders" } });')}`,
    "300 streams": `const kinesis = require("@pulumi/aws/kinesis"); ${many(
        'new kinesis.Stream("stream-" + n, { shardCount: 1, encryptionType: "KMS", kmsKeyId: "alias/aws/kinesis" });',
    )}`,
} as const;

const emptyPack = `const { PolicyPack } = require("@pulumi/policy");
new PolicyPack("empty", { policies: [{ name: "nothing", description: "Says nothing.", enforcementLevel: "advisory", validateResource: () => {} }] });`;

interface Spent {
    /** Processor seconds of the process that judges. */
    readonly pack: number;
    /** Of it, the CLI, the program and the language hosts. */
    readonly all: number;
}

async function main(): Promise<void> {
    const world = await openWorld("real");
    const packs = { empty: world.policyPack(emptyPack), pack: publishedPack(world) };
    let isWithin = true;
    try {
        for (const [title, program] of Object.entries(programs)) {
            const projectDir = world.project(program);
            const samples: Record<keyof typeof packs, Spent[]> = { empty: [], pack: [] };
            for (let pair = -1; pair < pairs; pair++) {
                for (const name of pair % 2 === 0 ? (["pack", "empty"] as const) : (["empty", "pack"] as const)) {
                    const spent = await preview(world, projectDir, packs[name]);
                    // The first pair fills caches.
                    if (pair >= 0) samples[name].push(spent);
                }
            }
            isWithin = report(title, samples) <= barRatio && isWithin;
        }
        process.exitCode = isWithin ? 0 : 1;
    } finally {
        await world.close();
    }
}

function report(title: string, { empty, pack }: Readonly<Record<"empty" | "pack", readonly Spent[]>>): number {
    const seconds = (spent: readonly Spent[], of: keyof Spent) => median(spent.map((one) => one[of]));
    const ratio = median(pack.map(({ all }, pair) => all / empty[pair]!.all));
    const text = (spent: readonly Spent[]) =>
        `${seconds(spent, "all").toFixed(2)} s (its own process ${seconds(spent, "pack").toFixed(2)} s)`;
    process.stdout.write(
        `${title}, Node ${process.version}, ${pairs} pairs: the pack ${text(pack)}, an empty one ${text(empty)}, ` +
            `median of ratios ${ratio.toFixed(3)}, bar ${barRatio}\n`,
    );
    return ratio;
}

async function preview({ engine }: OpenedWorld, projectDir: string, directory: string): Promise<Spent> {
    const meter = meterOf(process.pid);
    const { exitCode, changes, stdout, stderr } = await engine.preview({ projectDir, policyPacks: [directory] });
    const spent = meter.stop();
    if (exitCode !== 0 || changes.create !== resources + 1) throw new Error(`The preview failed:\n${stdout}${stderr}`);
    return spent;
}

/** Adds up what the descendants of a process use, also of those that its end leaves behind. */
function meterOf(ancestor: number): { stop(): Spent } {
    const seconds = new Map<number, number>();
    const isPack = new Map<number, boolean>();
    const poll = () => {
        const alive = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
        for (const process of alive
            .map(Number)
            .sort((left, right) => left - right)
            .map(statOf)) {
            if (!process || (process.parent !== ancestor && !seconds.has(process.parent) && !seconds.has(process.pid)))
                continue;
            seconds.set(process.pid, process.seconds);
            isPack.set(process.pid, isPack.get(process.pid) || commandOf(process.pid).includes("run-policy-pack"));
        }
    };
    const timer = setInterval(poll, pollMs);
    return {
        stop: () => {
            clearInterval(timer);
            const sum = (pids: readonly number[]) => pids.reduce((total, pid) => total + seconds.get(pid)!, 0);
            const pids = [...seconds.keys()];
            return { pack: sum(pids.filter((pid) => isPack.get(pid))), all: sum(pids) };
        },
    };
}

function statOf(pid: number): { pid: number; parent: number; seconds: number } | undefined {
    const stat = readOf(`/proc/${pid}/stat`);
    // The command's name may hold spaces; behind its bracket come state, parent and, eleven fields on, user and system time.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (stat === "" || fields[0] === "Z") return undefined;
    return { pid, parent: Number(fields[1]), seconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond };
}

function commandOf(pid: number): string {
    return readOf(`/proc/${pid}/cmdline`);
}

function readOf(file: string): string {
    try {
        return fs.readFileSync(file, "utf8");
    } catch {
        return "";
    }
}

/** The pack as a user's project has it: one entry and the compiled code. */
function publishedPack(world: OpenedWorld): string {
    const project = world.project("");
    const published = path.join(project, "published/sharded-stream");
    for (const file of ["PulumiPolicy.yaml", "package.json", "pack.js"])
        fs.cpSync(path.join(repository, "policies", file), path.join(published, "policies", file));
    for (const folder of ["policies", "capacity"])
        fs.cpSync(path.join(repository, "bin", folder), path.join(published, "bin", folder), { recursive: true });
    return path.join(published, "policies");
}

function median(values: readonly number[]): number {
    const sorted = [...values].sort((left, right) => left - right);
    return sorted[Math.floor(sorted.length / 2)]!;
}

void main();
