/**
 * What a preview costs with the policy pack, against one with a pack of one policy that says nothing: processor time of every process
 * that the CLI starts.
 *
 * Two programs: 300 topics, which the pack has nothing to say about, and 300 streams that nobody alarms and whose load nobody declares. The
 * pack is laid out as it is published, compiled.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { openWorld, type OpenedWorld } from "../../test/engine/harness";
import { type Bench, type BenchOptions, inTurn, type Measured, median } from "../bar";
import { meter, type Spent } from "../processorTime";

const resources = 300;
const repository = path.join(__dirname, "../..");

const many = (statement: string) => `for (let n = 0; n < ${resources}; n++) ${statement}`;
const programs = {
    topics: `const sns = require("@pulumi/aws/sns"); ${many('new sns.Topic("topic-" + n, { tags: { team: "orders" } });')}`,
    streams: `const kinesis = require("@pulumi/aws/kinesis"); ${many(
        'new kinesis.Stream("stream-" + n, { shardCount: 1, encryptionType: "KMS", kmsKeyId: "alias/aws/kinesis" });',
    )}`,
} as const;

const emptyPack = `const { PolicyPack } = require("@pulumi/policy");
new PolicyPack("empty", { policies: [{ name: "nothing", description: "Says nothing.", enforcementLevel: "advisory", validateResource: () => {} }] });`;

export const bench: Bench = {
    about: "a preview with the policy pack",
    needs: ["build", "engine", "linux"],
    bars: Object.keys(programs).map((title) => ({
        what: `preview of ${resources} ${title} with the pack`,
        alternative: "a pack of one empty policy",
        most: 1.1,
    })),
    measure,
};

async function measure({ quick, say }: BenchOptions): Promise<Measured[]> {
    const world = await openWorld("real");
    const packs = { ours: publishedPack(world), empty: world.policyPack(emptyPack) };
    try {
        const measured: Measured[] = [];
        for (const [title, program] of Object.entries(programs)) {
            const projectDir = world.project(program);
            const samples = await inTurn(
                ["ours", "empty"],
                quick ? 2 : 9,
                (name) => preview(world, projectDir, packs[name]),
                (pair, { ours, empty }) => say(`${title} ${pair}: ${seconds(ours)}, ${seconds(empty)}`),
            );
            const middle = (name: keyof typeof packs) =>
                seconds({
                    all: median(samples.map((sample) => sample[name].all)),
                    marked: median(samples.map((sample) => sample[name].marked)),
                });
            const figure = median(samples.map(({ ours, empty }) => ours.all / empty.all));
            measured.push({ ours: middle("ours"), theirs: middle("empty"), figure });
        }
        return measured;
    } finally {
        await world.close();
    }
}

function seconds({ all, marked }: Spent): string {
    return `${all.toFixed(2)} s CPU (pack ${marked.toFixed(2)})`;
}

async function preview({ engine }: OpenedWorld, projectDir: string, directory: string): Promise<Spent> {
    const metered = meter("run-policy-pack");
    const { exitCode, changes, stdout, stderr } = await engine.preview({ projectDir, policyPacks: [directory] });
    const spent = metered.stop();
    if (exitCode !== 0 || changes.create !== resources + 1) throw new Error(`The preview failed:\n${stdout}${stderr}`);
    return spent;
}

/** The pack as a user's project has it: one entry and the compiled code. */
function publishedPack(world: OpenedWorld): string {
    const project = world.project("");
    const published = path.join(project, "published/sharded-stream");
    for (const file of ["PulumiPolicy.yaml", "package.json", "pack.js"])
        fs.cpSync(path.join(repository, "policies", file), path.join(published, "policies", file));
    for (const folder of ["policies", "rooms"])
        fs.cpSync(path.join(repository, "bin", folder), path.join(published, "bin", folder), { recursive: true });
    return path.join(published, "policies");
}
