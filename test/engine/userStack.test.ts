/** A user's stack is read as it is, or refused with what to do; what a service has encrypted is never asked of it. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stackConfig, stackFile, UserStackError } from "../../engine/project";
import { readUserStack, type UserStack } from "../../engine/userStack";

describe("a user's stack", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "stack-test-"));
        mkdirSync(path.join(folder, "copy"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    interface Given {
        readonly files?: Readonly<Record<string, string>>;
        readonly stack?: string;
        readonly config?: readonly string[];
        readonly environment?: Readonly<Record<string, string>>;
    }
    const read = ({ files = {}, stack, config = [], environment = {} }: Given): UserStack => {
        for (const [name, text] of Object.entries({ "Pulumi.yaml": "name: shop\nruntime: nodejs\n", ...files })) {
            mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
            writeFileSync(path.join(folder, name), text);
        }
        return readUserStack({ cwd: folder, stack, config, folder: path.join(folder, "copy"), environment });
    };
    const refusal = (given: Given): string => {
        try {
            read(given);
        } catch (error) {
            assert.ok(error instanceof UserStackError);
            return error.message.replaceAll(folder + path.sep, "").replaceAll(folder, ".");
        }
        return "it was read";
    };
    const secret = "config:\n  shop:password:\n    secure: v1:abc\n  shop:shards: 3\n";

    const stacks: readonly [title: string, given: Given, stack: string][] = [
        ["dev where there is none", {}, "dev"],
        ["the only one", { files: { "Pulumi.prod.yaml": "config: {}" } }, "prod"],
        ["dev where it is one of several", { files: { "Pulumi.a.yaml": "", "Pulumi.dev.yaml": "" } }, "dev"],
        ["the one that is named, without its organization", { stack: "acme/shop/prod" }, "prod"],
    ];
    for (const [title, given, stack] of stacks) it(`is ${title}`, () => assert.equal(read(given).stack, stack));

    it("keeps its configuration in a copy, of which the given values are no part", () => {
        const text = "config:\n  shop:shards: 3\n  aws:region: eu-west-1\nencryptionsalt: v1:x\n";
        const { configFile, config, region, environment } = read({
            files: { "Pulumi.dev.yaml": text },
            config: ["shards=5", "other:key=a=b"],
        });
        assert.equal(readFileSync(configFile!, "utf8"), "config:\n  aws:region: eu-west-1\n");
        assert.deepEqual(config, { "shop:shards": "5", "other:key": "a=b" });
        assert.deepEqual([region, environment], ["eu-west-1", {}]);
        assert.equal(readFileSync(path.join(folder, "Pulumi.dev.yaml"), "utf8"), text);
        assert.deepEqual(readdirSync(folder).sort(), ["Pulumi.dev.yaml", "Pulumi.yaml", "copy"]);
    });

    it("is read where stackConfigDir says", () => {
        const files = {
            "Pulumi.yaml": "name: shop\nruntime: nodejs\nstackConfigDir: stacks\n",
            "stacks/Pulumi.eu.yaml": "config:\n  aws:region: eu-west-1\n",
        };
        assert.deepEqual([read({ files }).stack, read({ files }).region], ["eu", "eu-west-1"]);
    });

    it("has the extension of the project's own file", () => {
        const yml = { "Pulumi.yml": "name: shop\nruntime: nodejs\n" };
        const files = { ...yml, "Pulumi.eu.yml": "config:\n  aws:region: eu-west-1\n", "Pulumi.us.yaml": "" };
        rmSync(path.join(folder, "Pulumi.yaml"), { force: true });
        for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
        const { stack, region } = readUserStack({
            cwd: folder,
            config: [],
            folder: path.join(folder, "copy"),
            environment: {},
        });
        assert.deepEqual([stack, region], ["eu", "eu-west-1"]);
        assert.equal(stackFile(folder, "eu"), path.join(folder, "Pulumi.eu.yml"));
        assert.deepEqual(stackConfig({ projectDir: folder }, "shop", "eu"), { "aws:region": "eu-west-1" });
    });

    it("lies in the region of the environment where it names none", () => {
        assert.equal(read({ environment: { AWS_REGION: "eu-north-1" } }).region, "eu-north-1");
    });

    it("with secrets of a passphrase takes the passphrase of the environment", () => {
        const files = { "Pulumi.dev.yaml": `${secret}encryptionsalt: v1:x\n` };
        const environment = { PULUMI_CONFIG_PASSPHRASE: "open" };
        const { configFile, ...user } = read({ files, environment });
        assert.deepEqual(user.environment, environment);
        assert.match(readFileSync(configFile!, "utf8"), /encryptionsalt: v1:x/);
    });

    it("whose secrets are all given needs neither passphrase nor service", () => {
        const files = { "Pulumi.dev.yaml": `secretsprovider: awskms://key\nencryptedkey: k\n${secret}` };
        const { configFile } = read({ files, config: ["password=none"] });
        assert.equal(readFileSync(configFile!, "utf8"), "config:\n  shop:shards: 3\n");
    });

    const refusals: readonly [title: string, given: Given, message: string][] = [
        [
            "a file that is no YAML",
            { files: { "Pulumi.dev.yaml": "config:\n  a: [\n" } },
            "Pulumi.dev.yaml is no YAML: line 3: unexpected end of the stream within a flow collection.",
        ],
        [
            "a configuration that is a list",
            { files: { "Pulumi.dev.yaml": "config:\n  - a\n" } },
            "config of Pulumi.dev.yaml is no mapping of keys to values, such as name: shop.",
        ],
        [
            "a file of the passphrase that is not there",
            {
                files: { "Pulumi.dev.yaml": `${secret}encryptionsalt: v1:x\n` },
                environment: { PULUMI_CONFIG_PASSPHRASE_FILE: "/missing/passphrase" },
            },
            "PULUMI_CONFIG_PASSPHRASE_FILE: /missing/passphrase cannot be read (ENOENT); name a file that holds the passphrase.",
        ],
        [
            "a stack that is not there beside others",
            { files: { "Pulumi.dev.yaml": "", "Pulumi.prod.yaml": "" }, stack: "prd" },
            "--stack prd: there is no Pulumi.prd.yaml in .; there is dev, prod.",
        ],
        [
            "several stacks of which none is named, nor called dev",
            { files: { "Pulumi.prod.yaml": "", "Pulumi.a.yaml": "" } },
            "There are 2 stacks, and none of them is called dev; name one of: --stack a or --stack prod.",
        ],
        [
            "a project that is no YAML",
            { files: { "Pulumi.yaml": "name: shop\nruntime: [nodejs\nmain: x\n" } },
            "Pulumi.yaml is no YAML: line 3: missed comma between flow collection entries.",
        ],
        [
            "a project that is a text",
            { files: { "Pulumi.yaml": "shop" } },
            "Pulumi.yaml is no mapping of keys to values, such as name: shop.",
        ],
        [
            "a configuration that is no YAML",
            { files: { "Pulumi.dev.yaml": "config:\n  a: b\n c: d\n" } },
            "Pulumi.dev.yaml is no YAML: line 3: bad indentation of a mapping entry.",
        ],
        [
            "a value without a key",
            { config: ["shards"] },
            "--config shards: write KEY=VALUE, such as --config shardCount=8.",
        ],
        [
            "secrets of a passphrase that nobody tells",
            { files: { "Pulumi.dev.yaml": `${secret}encryptionsalt: v1:x\n` } },
            "Pulumi.dev.yaml: shop:password is encrypted with a passphrase; set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE, or give stand-ins for the rehearsal: --config shop:password=VALUE",
        ],
        [
            "secrets of Pulumi's service",
            { files: { "Pulumi.dev.yaml": secret }, environment: { PULUMI_CONFIG_PASSPHRASE: "open" } },
            "Pulumi.dev.yaml: shop:password is encrypted by Pulumi's service, which a rehearsal does not ask; give stand-ins for the rehearsal: --config shop:password=VALUE",
        ],
        [
            "secrets of KMS",
            { files: { "Pulumi.dev.yaml": `secretsprovider: awskms://key\nencryptionsalt: v1:x\n${secret}` } },
            "Pulumi.dev.yaml: shop:password is encrypted by awskms://key, which a rehearsal does not ask; give stand-ins for the rehearsal: --config shop:password=VALUE",
        ],
    ];
    for (const [title, given, message] of refusals)
        it(`is refused for ${title}`, () => assert.equal(refusal(given), message));

    it("is refused where there is no project", () => {
        const cwd = path.join(folder, "copy");
        assert.throws(() => readUserStack({ cwd, config: [], folder: cwd, environment: {} }), {
            message: `${cwd} has no Pulumi.yaml. Name the folder of a Pulumi project with --cwd.`,
        });
    });
});
