/** The pack's process answers the engine, in this tree and as it is published. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { policies } from "../../policies/policies";
import { alarmTypes, shardedStreamType, streamAutoscalerType } from "../../policies/resources";
import { type PackProcess, type PackResource, startPack, unknownValue, urnOf } from "./packProcess";
import { awsStream, worked as load } from "./views";

/** The load of the worked example, on keys that spread. */
const worked = { ...load, distinctKeys: 20_000 };

const repository = path.join(__dirname, "../..");
const packDirectory = path.join(repository, "policies");

function versionIn(file: string): string {
    return (JSON.parse(readFileSync(path.join(repository, file), "utf8")) as { version: string }).version;
}

describe("the policy pack as Pulumi starts it", function () {
    this.timeout(60_000);
    let pack: PackProcess;
    before(async () => {
        pack = await startPack(packDirectory);
    });
    beforeEach(() => pack.configure({}));
    after(() => pack.stop());

    const shardedStream = (props: object): PackResource => ({
        type: shardedStreamType,
        props: { requirements: worked, ...props },
    });

    it("tells its name, its version, and each policy with its level and configuration", async () => {
        const info = await pack.info();
        assert.deepEqual([info.name, info.version], ["sharded-stream", versionIn("policies/package.json")]);
        assert.equal(info.version, versionIn("package.json"));
        const levels = ["advisory", "mandatory"];
        assert.deepEqual(
            info.policiesList.map((policy) => [policy.name, levels[policy.enforcementlevel]]),
            policies.map(({ name, enforcementLevel }) => [name, enforcementLevel]),
        );
    });

    it("starts without a warning", () => assert.equal(pack.stderr(), ""));

    it("passes the planned count", async () => assert.deepEqual(await pack.analyze(shardedStream({})), []));

    it("refuses an override below the minimum and names the smallest change that passes", async () =>
        assert.deepEqual(await pack.analyze(shardedStream({ shardCount: 3 })), [
            {
                policy: "capacity-covers-requirements",
                level: "mandatory",
                message:
                    "The declared 3.5 MiB/s and 2,500 records/s need at least 4 shards (writeBytes: 3.5 MiB/s written, 1 MiB/s a shard); shardCount deploys 3. Set shardCount to 4 or more, or leave it out: the plan deploys 5.",
            },
        ]));

    it("shows no value that the engine sends as a secret, of a resource and of a stack", async () => {
        const secret = (value: unknown) => ({
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
            value,
        });
        const unshown = (secrets: string) =>
            `What violates this policy follows from secrets (${secrets}), so it is not shown. Preview with plain values in their place to see it, and the smallest change that passes.`;
        const requirements = { ...worked, orderedLanes: 1, writeMiBPerSecond: secret(7.77) };
        const ofResource = await pack.analyze(shardedStream({ requirements, shardCount: secret(2) }));
        assert.deepEqual(
            ofResource.map(({ policy, message }) => [policy, message]),
            [["capacity-covers-requirements", unshown("requirements.writeMiBPerSecond, shardCount")]],
        );
        const alarm = {
            ...{ namespace: "AWS/Kinesis", metricName: "IncomingRecords", statistic: "Sum", period: 60 },
            ...{ dimensions: { StreamName: "raw" }, comparisonOperator: "GreaterThanThreshold" },
        };
        const ofStack = await pack.analyzeStack([
            { type: awsStream, name: "raw", props: { name: "raw", shardCount: secret(7) } },
            { type: alarmTypes[0]!, name: "high", props: { ...alarm, threshold: 500_000 } },
        ]);
        assert.deepEqual(
            ofStack.filter(({ policy }) => policy === "alarm-can-fire").map(({ message }) => message),
            [unshown("shardCount of raw")],
        );
    });

    describe("with values that the preview does not know", () => {
        const unknownLoad = shardedStream({
            requirements: { ...worked, writeMiBPerSecond: unknownValue, orderedLanes: 1 },
            shardCount: 3,
        });
        const message =
            "This preview does not know requirements.writeMiBPerSecond yet; capacity-covers-requirements, enough-partition-keys, hottest-key-fits-a-shard, keys-cost-no-shards, polls-fit-a-shard, records-fit-the-stream, retention-covers-recovery, cheaper-capacity-mode cannot be checked yet. Declare a value that the preview knows, or let the update check it before it makes the resource.";
        const said = (level: string) => ({
            policy: "requirements-are-known",
            level,
            message,
        });

        it("says that it cannot be checked yet, once, and lets the preview pass", async () =>
            assert.deepEqual(await pack.analyze(unknownLoad), [said("advisory")]));

        it("stops the preview where the level is raised", async () => {
            await pack.configure({ "requirements-are-known": { level: "mandatory" } });
            assert.deepEqual(await pack.analyze(unknownLoad), [said("mandatory")]);
        });

        it("still refuses what the known values already rule out", async () => {
            const lanes = shardedStream({
                requirements: { ...worked, writeMiBPerSecond: unknownValue },
                shardCount: 3,
            });
            const refused = (await pack.analyze(lanes)).filter(({ level }) => level === "mandatory");
            assert.deepEqual(
                refused.map((diagnostic) => [diagnostic.policy, diagnostic.message]),
                [
                    [
                        "capacity-covers-requirements",
                        "What is known of the declared requirements needs at least 4 shards (orderedLanes: 4 ordered lanes side by side, one shard each); shardCount deploys 3. Set shardCount to 4 or more, or leave it out: the plan sets it.",
                    ],
                ],
            );
        });

        it("never answers with the note of a policy that was skipped, whichever value is unknown", async () => {
            const whole = {
                requirements: unknownValue,
                shardCount: unknownValue,
                scaling: unknownValue,
                consumers: unknownValue,
            };
            const resources: PackResource[] = [
                shardedStream(whole),
                ...Object.keys(whole).map((key) => shardedStream({ [key]: unknownValue })),
                ...["shardCount", "name", "encryptionType", "kmsKeyId", "streamModeDetails"].map((key) => ({
                    type: awsStream,
                    props: { shardCount: 1, [key]: unknownValue },
                })),
                ...["metricName", "namespace", "statistic", "dimensions", "metricQueries"].map((key) => ({
                    type: alarmTypes[0]!,
                    props: {
                        namespace: "AWS/Kinesis",
                        metricName: "IncomingBytes",
                        statistic: "Sum",
                        dimensions: {},
                        [key]: unknownValue,
                    },
                })),
            ];
            for (const resource of resources) {
                for (const { message: text } of await pack.analyze(resource))
                    assert.doesNotMatch(text, /can't run policy/);
            }
            const stack = resources.map((resource, index) => ({ ...resource, name: `r${index}` }));
            for (const { message: text } of await pack.analyzeStack(stack))
                assert.doesNotMatch(text, /can't run policy/);
        });
    });

    it("refuses keys beyond what the configuration lets them ask for, and lets one policy speak for one cause", async () => {
        const keys = (requirements: object) => shardedStream({ requirements: { ...load, ...requirements } });
        const said = async (requirements: object) =>
            (await pack.analyze(keys(requirements))).map(({ policy, level }) => `${level} ${policy}`);
        assert.deepEqual(await said({ distinctKeys: 4 }), ["mandatory enough-partition-keys"]);
        assert.deepEqual(await said({ heaviestKeyShares: [0.285, 0.1] }), ["mandatory hottest-key-fits-a-shard"]);
        assert.deepEqual(await said({ distinctKeys: 40 }), ["advisory keys-cost-no-shards"]);
        assert.deepEqual(await said({}), ["advisory keys-are-declared"]);
        assert.deepEqual(await said({ heaviestKeyShares: [0.1, unknownValue] }), ["advisory requirements-are-known"]);
        await pack.configure({
            "enough-partition-keys": { level: "mandatory", properties: { keysMayRaiseShards: 1.5 } },
            "keys-are-declared": { level: "mandatory" },
        });
        assert.deepEqual(await said({ distinctKeys: 40 }), [
            "mandatory enough-partition-keys",
            "advisory keys-cost-no-shards",
        ]);
        assert.deepEqual(await said({}), ["mandatory keys-are-declared"]);
    });

    it("takes requirements of raw streams from its configuration", async () => {
        const raw = {
            type: awsStream,
            props: { name: "clicks", shardCount: 1, encryptionType: "KMS", kmsKeyId: "alias/aws/kinesis" },
        };
        const recordSizes = [{ sizeKiB: 20, share: 1 }];
        const properties = {
            requirements: { clicks: { writeMiBPerSecond: 2, recordsPerSecond: 100, recordSizes } },
        };
        await pack.configure({ "raw-stream-is-sized": { level: "mandatory", properties } });
        assert.deepEqual(await pack.analyze(raw), [
            {
                policy: "raw-stream-is-sized",
                level: "mandatory",
                message:
                    "The declared 2 MiB/s and 100 records/s need at least 2 shards (writeBytes: 2 MiB/s written, 1 MiB/s a shard); shardCount deploys 1. Set shardCount to 2 or more; the plan recommends 3.",
            },
        ]);
        await pack.configure({ "raw-stream-is-sized": { level: "disabled" } });
        assert.deepEqual(await pack.analyze(raw), []);
    });

    it("says which setting is misspelled once, and judges the others by the settings that it knows", async () => {
        const raw = (name: string): PackResource => ({ type: awsStream, name });
        const said = async (resource: PackResource) =>
            (await pack.analyze(resource)).map(({ policy, message }) => `${policy}: ${message}`);
        const properties = { customerManagedKeys: true };
        await pack.configure({
            "raw-stream-is-sized": { level: "disabled" },
            "stream-is-encrypted": { properties },
        });
        const wrong =
            "stream-is-encrypted: The policy's configuration sets customerManagedKeys, which it does not have. Did you mean customerManagedKey?";
        const unencrypted =
            'stream-is-encrypted: Records are stored unencrypted: no encryption type is set. Set encryptionType: "KMS" and kmsKeyId: "alias/aws/kinesis", or a key of your own.';
        assert.deepEqual(await said(raw("first")), [wrong]);
        assert.deepEqual(await said(raw("second")), [unencrypted]);
        assert.deepEqual(await said(raw("first")), [wrong], "the update that follows a preview says it again");
    });

    describe("at the level remediate", () => {
        const urn = urnOf(shardedStreamType, "orders");
        const child = (props: object): PackResource => ({
            type: awsStream,
            urn: `urn:pulumi:dev::shop::${shardedStreamType}$${awsStream}::orders`,
            parent: urn,
            props,
        });

        it("changes nothing unless it is asked to", async () =>
            assert.deepEqual(await pack.remediate({ type: awsStream, props: { shardCount: 1 } }), []));

        it("deploys the planned count under a ShardedStream, and keeps what is secret or not known yet", async () => {
            await pack.configure({
                "capacity-covers-requirements": { level: "remediate" },
                "stream-is-encrypted": { level: "remediate" },
            });
            assert.deepEqual(await pack.remediate(shardedStream({ shardCount: 2 })), [
                { policy: "capacity-covers-requirements", properties: { requirements: worked } },
            ]);
            const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "shop" };
            const kept = { name: unknownValue, tags: { owner: secret, arn: unknownValue } };
            assert.deepEqual(await pack.remediate(child({ ...kept, shardCount: 2 })), [
                { policy: "capacity-covers-requirements", properties: { ...kept, shardCount: 5 } },
                {
                    policy: "stream-is-encrypted",
                    properties: {
                        ...kept,
                        shardCount: 5,
                        encryptionType: "KMS",
                        kmsKeyId: "alias/aws/kinesis",
                    },
                },
            ]);
        });

        it("refuses where the right value is not certain, as mandatory", async () => {
            await pack.configure({
                "stream-is-encrypted": { level: "remediate", properties: { customerManagedKey: true } },
            });
            assert.deepEqual(await pack.remediate(child({ shardCount: 5 })), []);
            assert.deepEqual(await pack.analyze(child({ shardCount: 5 })), [
                {
                    policy: "stream-is-encrypted",
                    level: "mandatory",
                    message:
                        "Records are stored unencrypted: no encryption type is set. Set kmsKeyId of the ShardedStream to a KMS key of your own, and let no transform change its encryption: the ShardedStream encrypts it.",
                },
            ]);
        });
    });

    it("judges what stands together in a stack", async () => {
        const urn = urnOf(awsStream, "orders");
        const topic = "arn:aws:sns:us-east-1:123456789012:orders";
        const alarm = (name: string, metricName: string, more: object = {}, from = "dimensions"): PackResource => ({
            type: alarmTypes[0]!,
            name,
            props: {
                namespace: "AWS/Kinesis",
                metricName,
                statistic: "Sum",
                dimensions: { StreamName: unknownValue },
                alarmActions: [unknownValue],
                ...more,
            },
            propertyDependencies: { [from]: [urn] },
        });
        const scaler = (from: string): PackResource => ({
            type: streamAutoscalerType,
            name: "orders-scaler",
            propertyDependencies: { [from]: [urn] },
        });
        const stream = (ignoreChanges: string[], props: object = {}): PackResource => ({
            type: awsStream,
            props: { name: unknownValue, ...props },
            ignoreChanges,
        });
        const unalarmed = (metrics: string) => ({
            policy: "stream-is-alarmed",
            level: "advisory",
            message: `No alarm of this stack watches ${metrics} of the stream. Attach them: new StreamAlarms("orders", { stream: <the stream's name or ARN> }).`,
            urn,
        });
        const ageless = unalarmed("GetRecords.IteratorAgeMilliseconds");
        const writes = alarm("writes", "WriteProvisionedThroughputExceeded");
        const overwritten = {
            policy: "scaled-stream-ignores-shard-count",
            level: "mandatory",
            message:
                'A scaler changes the shards of this stream, and the next deployment would set them back to shardCount: ignoreChanges does not name it. Add the resource option ignoreChanges: ["shardCount"].',
            urn,
        };
        assert.deepEqual(await pack.analyzeStack([stream([]), writes, scaler("streamName")]), [overwritten, ageless]);
        assert.deepEqual(await pack.analyzeStack([stream(["shardCount"]), writes, scaler("streamArn")]), [ageless]);
        // From the stream comes only the scaler's topic, only the alarm's description.
        assert.deepEqual(await pack.analyzeStack([stream([]), writes, scaler("topicArn")]), [ageless]);
        const describes = alarm("writes", "WriteProvisionedThroughputExceeded", {}, "alarmDescription");
        assert.deepEqual(await pack.analyzeStack([stream([]), describes]), [
            unalarmed("WriteProvisionedThroughputExceeded or GetRecords.IteratorAgeMilliseconds"),
        ]);
        // Another alarm of which nothing is known leaves the verdict alone.
        const other = { type: alarmTypes[0]!, name: "other", props: { metricQueries: unknownValue } };
        assert.deepEqual(await pack.analyzeStack([stream([]), writes, other]), [ageless]);
        const combined = {
            type: "aws:cloudwatch/compositeAlarm:CompositeAlarm",
            name: "all",
            props: { alarmRule: "ALARM(orders-writes)", alarmActions: [topic] },
        };
        const silent = alarm("writes", "WriteProvisionedThroughputExceeded", {
            alarmActions: [],
            name: "orders-writes",
        });
        assert.deepEqual(await pack.analyzeStack([stream([]), silent, combined]), [ageless]);
    });

    it("remembers for the stack what a scaler was given, of which a stack policy sees only the outputs", async () => {
        const scaler: PackResource = { type: streamAutoscalerType, name: "clicks-scaler" };
        const stack = (props: object, ignoreChanges: string[]): PackResource[] => [
            { type: awsStream, name: "clicks", props: { name: "clicks-live", shardCount: 1, ...props }, ignoreChanges },
            { ...scaler, props: { functionName: "clicks-scaler" } },
        ];
        const judged = async (given: object, props: object, ignoreChanges: string[]) => {
            await pack.analyze({ ...scaler, props: given });
            return (await pack.analyzeStack(stack(props, ignoreChanges)))
                .filter(({ policy }) => policy !== "stream-is-alarmed")
                .map(({ policy, level, urn }) => `${level} ${policy} ${urn?.split("::").at(-1)}`);
        };
        const clicks = { streamName: "clicks-live", minShards: 1, maxShards: 1 };
        const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks-live";
        const onDemand = { streamModeDetails: { streamMode: "ON_DEMAND" } };
        assert.deepEqual(await judged(clicks, {}, []), ["mandatory scaled-stream-ignores-shard-count clicks"]);
        assert.deepEqual(await judged(clicks, {}, ["shardCount"]), []);
        assert.deepEqual(await judged({ streamArn: arn }, {}, []), [
            "mandatory scaled-stream-ignores-shard-count clicks",
        ]);
        assert.deepEqual(await judged({ streamName: "elsewhere" }, {}, []), []);
        assert.deepEqual(await judged(clicks, onDemand, []), ["mandatory on-demand-has-no-shard-count clicks"]);
        const properties = { requirements: { clicks: { writeMiBPerSecond: 2, recordsPerSecond: 100 } } };
        await pack.configure({ "raw-stream-is-sized": { level: "mandatory", properties } });
        assert.deepEqual(await judged(clicks, {}, ["shardCount"]), ["mandatory raw-stream-is-sized clicks"]);
        assert.deepEqual(await judged({ ...clicks, maxShards: 2 }, {}, ["shardCount"]), []);
    });

    it("judges the stream of a ShardedStream as it is deployed, by the requirements that it saw before", async () => {
        const parent = urnOf(shardedStreamType, "orders");
        const native = "aws-native:kinesis:Stream";
        const child = (type: string, shardCount: unknown, ignoreChanges: string[] = []): PackResource => ({
            type,
            urn: parent.replace(shardedStreamType, `${shardedStreamType}$${type}`),
            parent,
            props: {
                shardCount,
                encryptionType: "KMS",
                kmsKeyId: "alias/aws/kinesis",
                streamEncryption: { encryptionType: "KMS", keyId: "alias/aws/kinesis" },
            },
            ignoreChanges,
        });
        const saidOf = async (args: object, resource: PackResource) => {
            const own = await pack.analyze(shardedStream(args));
            const deployed = await pack.analyze(resource);
            return [own, deployed].map((all) => all.map(({ policy, level }) => `${level} ${policy}`));
        };
        const refused = ["mandatory capacity-covers-requirements"];
        for (const type of [awsStream, native]) {
            assert.deepEqual(await saidOf({}, child(type, 5)), [[], []]);
            assert.deepEqual(await saidOf({}, child(type, 1)), [[], refused]);
            assert.deepEqual(await saidOf({ shardCount: 1 }, child(type, 1)), [refused, []]);
            assert.deepEqual(await saidOf({ hold: true }, child(type, 2, ["shardCount"])), [[], refused]);
            assert.deepEqual(await saidOf({ hold: true }, child(type, 4, ["shardCount"])), [[], []]);
            assert.deepEqual(
                await saidOf({ scaling: { minShards: 4, maxShards: 8 } }, child(type, 1, ["shardCount"])),
                [[], []],
            );
        }
    });
});

describe("the policy pack as the published package holds it: one entry and the compiled code", function () {
    this.timeout(60_000);
    let project: string;
    before(() => {
        project = mkdtempSync(path.join(tmpdir(), "published-pack-"));
        const published = path.join(project, "node_modules/sharded-stream");
        for (const file of ["PulumiPolicy.yaml", "package.json", "pack.js"])
            cpSync(path.join(packDirectory, file), path.join(published, "policies", file));
        for (const folder of ["policies", "rooms"])
            cpSync(path.join(repository, "bin", folder), path.join(published, "bin", folder), { recursive: true });
    });
    beforeEach(() => {
        const packages = path.join(project, "node_modules/@pulumi");
        rmSync(packages, { recursive: true, force: true });
        mkdirSync(packages);
        for (const name of ["pulumi", "policy"])
            symlinkSync(path.join(repository, "node_modules/@pulumi", name), path.join(packages, name));
    });
    after(() => rmSync(project, { recursive: true }));
    const start = () => startPack(path.join(project, "node_modules/sharded-stream/policies"));

    it("says what to install where @pulumi/policy is missing", async () => {
        rmSync(path.join(project, "node_modules/@pulumi/policy"));
        await assert.rejects(start(), {
            message:
                "The policy pack ended with 1 before it served:\nThis policy pack needs @pulumi/policy: run npm install --save-dev @pulumi/policy\n",
        });
    });

    for (const [moduleResolution, moduleKind, compiler] of [
        ["node10", "commonjs", "typescript"],
        ["node16", "node16", "typescript7"],
    ] as const) {
        it(`gives a team's own pack its types under moduleResolution ${moduleResolution}`, () => {
            cpSync(
                path.join(repository, "package.json"),
                path.join(project, "node_modules/sharded-stream/package.json"),
            );
            writeFileSync(
                path.join(project, "own.ts"),
                'import { policiesByName } from "sharded-stream/policies";\nconst level: 7 = policiesByName["stream-is-alarmed"].name;\n',
            );
            const flags = `--noEmit --strict --skipLibCheck --types node --target es2022 --module ${moduleKind} --moduleResolution ${moduleResolution}`;
            const typeRoots = path.join(repository, "node_modules/@types");
            const { stdout } = spawnSync(
                process.execPath,
                [
                    path.join(repository, "node_modules", compiler, "bin/tsc"),
                    ...flags.split(" "),
                    "--typeRoots",
                    typeRoots,
                    "own.ts",
                ],
                { cwd: project, encoding: "utf8" },
            );
            assert.equal(stdout, "own.ts(2,7): error TS2322: Type 'string' is not assignable to type '7'.\n");
        });
    }

    it("serves the same policies", async () => {
        const pack = await start();
        try {
            assert.deepEqual(
                (await pack.info()).policiesList.map(({ name }) => name),
                policies.map(({ name }) => name),
            );
            const resource = { type: shardedStreamType, props: { requirements: worked, shardCount: 2 } };
            assert.deepEqual(
                (await pack.analyze(resource)).map(({ policy }) => policy),
                ["capacity-covers-requirements"],
            );
            assert.equal(pack.stderr(), "");
        } finally {
            await pack.stop();
        }
    });
});

describe("a team's own pack", function () {
    this.timeout(60_000);
    let directory: string;
    before(() => {
        directory = mkdtempSync(path.join(tmpdir(), "team-pack-"));
        mkdirSync(path.join(directory, "node_modules"));
        symlinkSync(path.join(__dirname, "../../node_modules/@pulumi"), path.join(directory, "node_modules/@pulumi"));
        symlinkSync(
            path.join(__dirname, "../../node_modules/typescript"),
            path.join(directory, "node_modules/typescript"),
        );
        symlinkSync(path.join(__dirname, "../../node_modules/ts-node"), path.join(directory, "node_modules/ts-node"));
        symlinkSync(path.join(__dirname, "../.."), path.join(directory, "node_modules/sharded-stream"));
        writeFileSync(
            path.join(directory, "package.json"),
            '{ "name": "team", "version": "1.2.3", "main": "index.js" }',
        );
        writeFileSync(path.join(directory, "PulumiPolicy.yaml"), "runtime: nodejs\n");
        writeFileSync(
            path.join(directory, "index.js"),
            `const { PolicyPack } = require("@pulumi/policy");
            const { policiesNamed } = require("sharded-stream/policies");
            new PolicyPack("team", { policies: [
                ...policiesNamed({ "stream-is-encrypted": "mandatory", "capacity-covers-requirements": "mandatory" }),
                { name: "stream-is-tagged", description: "Streams have a team.", enforcementLevel: "mandatory", validateResource: (args, report) => {
                    if (args.type === "aws:kinesis/stream:Stream" && !args.props.tags) report("Add tags.");
                } },
            ] });`,
        );
    });
    after(() => rmSync(directory, { recursive: true }));

    it("uses the policy objects of sharded-stream/policies beside its own", async () => {
        const pack = await startPack(directory);
        try {
            assert.deepEqual(
                (await pack.analyze({ type: awsStream, props: { shardCount: 1 } })).map(({ policy, level }) => [
                    policy,
                    level,
                ]),
                [
                    ["stream-is-encrypted", "mandatory"],
                    ["stream-is-tagged", "mandatory"],
                ],
            );
            assert.deepEqual(
                (await pack.analyze({ type: shardedStreamType, props: { requirements: worked, shardCount: 1 } })).map(
                    ({ policy }) => policy,
                ),
                ["capacity-covers-requirements"],
            );
            assert.deepEqual(
                (await pack.analyze({ type: shardedStreamType, props: { requirements: unknownValue } })).map(
                    ({ policy }) => policy,
                ),
                ["requirements-are-known"],
            );
        } finally {
            await pack.stop();
        }
    });
});
