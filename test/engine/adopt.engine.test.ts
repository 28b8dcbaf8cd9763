/**
 * docs/adopt.md on the real engine, its steps as they stand there. What is read at the end is the stream in AWS, with the records that were put
 * before, and not what Pulumi says.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { type OperationResult } from "../../engine/index";
import { onEngine, type World } from "./harness";
import { type LiveStream, liveStreams } from "./liveStreams";

const page = fs.readFileSync(path.join(__dirname, "../../docs/adopt.md"), "utf8");
const madeByHand = { shards: 3, retentionHours: 48, encryption: "NONE", tags: { owner: "ops" } };

describe("a stream that exists already, on the real engine, as docs/adopt.md has it", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });
    const streams = liveStreams(world);
    const project = projectIn(world);
    const [declared, importFile, importing, deploying, letGo] = codeOf("Adopt a stream");
    const [held, , importingNative, native, , takingBack] = codeOf("Another provider");
    const streamName = "orders-live";
    let live: LiveStream;

    before(async () => {
        await streams.create(streamName, madeByHand);
        live = await streams.look(streamName);
        assert.deepEqual({ ...live, ...madeByHand }, live);
        assert.equal(live.records.length, 10);
    });

    it("is not made a second time where it was not imported", async () => {
        const elsewhere = world.project(asJavaScript(declared!), "elsewhere");
        const refused = await world.engine.up({ projectDir: elsewhere });
        assert.notEqual(refused.exitCode, 0);
        assert.match(errorsOf(refused), /Stream orders-live under account 123456789012 already exists/);
        assert.deepEqual(await streams.look(streamName), live);
    });

    it("is adopted without a change, and its alarms go by the live shards", async () => {
        project.write(declared!);
        project.file("orders.json", importFile!);
        await project.run("pulumi stack init dev");
        await project.run(importing!);
        assert.equal(deploying, "pulumi up");
        const first = await project.up();
        assert.deepEqual([streamSteps(first), first.outputs.shardCount], ["update enforceConsumerDeletion", 3]);
        assert.deepEqual(await streams.look(streamName), live);
        assert.equal(await streams.alarms(), 6);
        assert.deepEqual(await project.changes(), ["same"]);
    });

    it("gets what is declared, and keeps what is declared as it is, once it is let go", async () => {
        project.write(letGo!);
        assert.equal(streamSteps(await project.up()), "update encryptionType,kmsKeyId,tags");
        live = { ...live, encryption: "KMS", tags: { team: "orders" } };
        assert.deepEqual(await streams.look(streamName), live);
        assert.deepEqual(await project.changes(), ["same"]);
    });

    it("is not lost to another provider without a hold, imported for it or not: the preview refuses", async () => {
        const refusal =
            "streamProvider: aws-native is not allowed yet; aws manages the stream, and this deployment would delete it with its records. " +
            "Set streamProvider back to aws, deploy once with hold: true and the stream's streamName, then change streamProvider as docs/adopt.md of the repository says.";
        project.write(native!.replace("hold: true,", ""));
        const preview = await world.engine.preview({ projectDir: project.directory });
        assert.notEqual(preview.exitCode, 0);
        assert.ok(errorsOf(preview).includes(refusal), errorsOf(preview));

        await project.run(importingNative!);
        const refused = await world.engine.up({ projectDir: project.directory });
        assert.notEqual(refused.exitCode, 0);
        assert.ok(errorsOf(refused).includes(refusal), errorsOf(refused));
        assert.deepEqual(await streams.look(streamName), live);
        await project.run(takingBack!);
    });

    it("goes to another provider by a hold and an import, and back", async () => {
        project.write(held!);
        assert.deepEqual(streamSteps(await project.up()), "same ");
        project.write(held!.replace("orders-live", "orders-new"));
        const renamed = await world.engine.preview({ projectDir: project.directory });
        assert.notEqual(renamed.exitCode, 0);
        assert.ok(
            errorsOf(renamed).includes("streamName: orders-new is not allowed with hold: true"),
            errorsOf(renamed),
        );
        await project.run(importingNative!);
        project.write(native!.replace('team: "orders"', 'team: "sales"'));
        const changed = await project.up();
        assert.equal(streamSteps(changed), "delete \nsame ");
        assert.match(changed.stdout, /aws:kinesis:Stream orders deleted( \([\d.]+s\))?\[retain\]/);
        assert.deepEqual(await streams.look(streamName), live);

        await project.run(importingNative!.replace("aws-native:kinesis:Stream", "aws:kinesis/stream:Stream"));
        project.write(held!);
        assert.equal(streamSteps(await project.up()), "delete \nupdate enforceConsumerDeletion");
        assert.deepEqual(await streams.look(streamName), live);
    });

    it("keeps its count when it is let go to a scaler", async () => {
        project.write(held!.replace(/hold: true,\s+shardCount: 3,/, "scaling: { minShards: 3 },"));
        assert.equal(streamSteps(await project.up()), "same ");
        assert.deepEqual(await streams.look(streamName), live);
    });
});

describe("a stream that moves, on the real engine, as docs/adopt.md has it", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });
    const streams = liveStreams(world);
    const project = projectIn(world);

    it("comes from a raw resource of the same program by an alias, held", async () => {
        const [raw, component] = codeOf("A raw stream of the same program");
        project.write(raw!);
        await project.up();
        await streams.put("clicks-live");
        const live = await streams.look("clicks-live");
        project.write(component!);
        assert.equal(streamSteps(await project.up()), "same ");
        assert.deepEqual(await streams.look("clicks-live"), live);
    });

    it("leaves a stack with its records, held", async () => {
        const [component, deploying, destroying, raw] = codeOf("Out of a stack");
        const live = await streams.look("clicks-live");
        project.write(component!);
        assert.equal(deploying, "pulumi up");
        assert.equal(streamSteps(await project.up()), "same ");
        await project.run(destroying!);
        assert.deepEqual(await streams.look("clicks-live"), live);
        assert.equal(await streams.alarms(), 0);

        project.write(raw!);
        await project.up();
        await streams.put("raw-live");
        const rawLive = await streams.look("raw-live");
        project.write("");
        assert.equal(streamSteps(await project.up()), "delete ");
        assert.deepEqual(await streams.look("raw-live"), rawLive);
    });

    it("gets another name and another parent with all that is around it, by the component's aliases", async () => {
        const [before, renamed, moved] = codeOf("Another name, another parent");
        project.write(before!);
        const { outputs } = await project.up();
        const [streamName] = outputs.made as string[];
        await streams.put(streamName!);
        const live = await streams.look(streamName!);
        const alarms = await streams.alarms();
        for (const program of [renamed!, moved!]) {
            project.write(program);
            const { steps, ...after } = await project.up();
            assert.deepEqual(
                steps.filter(({ op, type }) => op !== "same" && type !== "shop:index:Site"),
                [],
            );
            assert.deepEqual(after.outputs, outputs);
            assert.deepEqual(await streams.look(streamName!), live);
            assert.equal(await streams.alarms(), alarms);
        }
    });
});

/** The code blocks of a section of the page, in their order. */
function codeOf(section: string): string[] {
    const text = page.split(/^## /m).find((part) => part.startsWith(`${section}\n`));
    assert.ok(text !== undefined, section);
    return [...text.matchAll(/^```\w+\n(.*?)^```/gms)].map(([, code]) => code!.trim());
}

/** A project whose program is written anew, and the page's commands on its stack. */
function projectIn(world: World) {
    let folder: string | undefined;
    const directory = () => (folder ??= world.project("", "shop"));
    const file = (name: string, text: string) => fs.writeFileSync(path.join(directory(), name), text);
    const up = async () => succeeded(await world.engine.up({ projectDir: directory() }));
    return {
        get directory() {
            return directory();
        },
        file,
        write: (program: string) => file("index.js", asJavaScript(program)),
        up,
        changes: async () => Object.keys((await up()).changes),
        async run(line: string): Promise<void> {
            assert.match(line, /^pulumi [^\n]+$/);
            const args = line.replaceAll("'", "").split(" ").slice(1);
            if (args[0] === "up") return void (await up());
            if (args[0] === "destroy") return void succeeded(await world.engine.destroy({ projectDir: directory() }));
            const stack = args[0] === "stack" ? [] : ["--stack=dev"];
            const { exitCode, stdout, stderr } = await world.engine.command!([...args, ...stack], directory());
            assert.equal(exitCode, 0, stdout + stderr);
        },
    };
}

/** The page's TypeScript as the JavaScript that a project of the tests has. */
function asJavaScript(program: string): string {
    return program
        .replace(/^import (?:\* as )?(.+) from (.*);$/gm, "const $1 = require($2);")
        .replace(/^export const (\w+) =/gm, "exports.$1 =")
        .replaceAll(/\}: pulumi\.\w+\)/g, "})");
}

/** What happens to the streams, each with the properties that differ. */
function streamSteps({ steps }: OperationResult): string {
    const streams = steps.filter(({ type }) => /^aws(-native)?:kinesis.*:Stream$/.test(type));
    return streams
        .map(({ op, diffs }) => `${op} ${[...diffs].sort().join(",")}`)
        .sort()
        .join("\n");
}

function errorsOf({ diagnostics }: OperationResult): string {
    return diagnostics.map(({ message }) => message).join("\n");
}

function succeeded(result: OperationResult): OperationResult {
    assert.equal(result.exitCode, 0, result.stdout + result.stderr);
    return result;
}
