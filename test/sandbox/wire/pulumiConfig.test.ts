/** What points Pulumi's aws provider at the sandbox, in a stack's file of its own or beside a program's settings. */
import { deepEqual, equal, throws } from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { load } from "js-yaml";

import { startSandbox } from "../../../sandbox/index";
import { pulumiConfig, pulumiServices, writePulumiConfig } from "../../../sandbox/wire/pulumiConfig";

const sandbox = { endpoint: "http://127.0.0.1:4566", region: "eu-west-1" };

const own = {
    "aws:region": "eu-west-1",
    "aws:accessKey": "AKIASANDBOX000000000",
    "aws:secretKey": "sandbox",
    "aws:skipCredentialsValidation": "true",
    "aws:skipMetadataApiCheck": "true",
    "aws:skipRegionValidation": "true",
    "aws:endpoints": [Object.fromEntries(pulumiServices.map((service) => [service, sandbox.endpoint]))],
};

const rows: readonly (readonly [title: string, existing: string, wanted: object])[] = [
    ["is a whole file where there was none", "", { config: own }],
    [
        "leaves the settings of the program as they are",
        "encryptionsalt: v1:abc\nconfig:\n  aws:region: us-east-1\n  shop:topics:\n    - one\n    - two\n  shop:size: 3\nenvironment:\n  - base\n",
        {
            encryptionsalt: "v1:abc",
            config: { ...own, "shop:topics": ["one", "two"], "shop:size": 3 },
            environment: ["base"],
        },
    ],
    [
        "takes another indent and a list that is not indented",
        "config:\n    aws:endpoints:\n    - kinesis: http://127.0.0.1:1\n    shop:size: 3\n",
        { config: { ...own, "shop:size": 3 } },
    ],
    ["fills an empty map", "config: {} # none yet\n", { config: own }],
    ["takes a comment behind the key", "config: # ours\n  shop:size: 3\n", { config: { ...own, "shop:size": 3 } }],
    [
        "takes comments in the first column",
        "config:\n# ours\n    shop:size: 3\n# more\n    aws:region: us-east-1\n# last\n    shop:name: a\n",
        { config: { ...own, "shop:size": 3, "shop:name": "a" } },
    ],
    [
        "keeps the blank lines of a text",
        "config:\n  aws:region: us-east-1\n  shop:text: |\n    one\n\n    two\n\nencryptionsalt: v1:abc\n",
        { config: { ...own, "shop:text": "one\n\ntwo\n" }, encryptionsalt: "v1:abc" },
    ],
];

const refused: readonly (readonly [title: string, existing: string, message: RegExp])[] = [
    [
        "config in one line",
        'config: {"a:b": 1}\n',
        /^The file has config in the flow style \(\{ \.\.\.\), and it was left/,
    ],
    ["a file in one line", "{config: {a: 1}}\n", /^The file is not YAML|^The file is written in a form/],
    ["what is no YAML", "config:\n  a: [\n", /^The file is not YAML \(line \d: .*\), and it was left as it is\./],
    ...[
        ["a session", "aws:token: hidden", "aws:token"],
        ["a key", "aws:accessKey: hidden", "aws:accessKey"],
        ["a role", "aws:assumeRoleWithWebIdentity:\n    roleArn: hidden", "aws:assumeRoleWithWebIdentity"],
        ["files of credentials", "aws:sharedCredentialsFiles:\n    - hidden", "aws:sharedCredentialsFiles"],
        ["an account", "aws:allowedAccountIds:\n    - hidden", "aws:allowedAccountIds"],
    ].map(
        ([title, line, key]) =>
            [
                `${title}, of which only the key is said`,
                `config:\n  ${line}\n`,
                new RegExp(`^The file is of a stack that has an account \\(${key}\\), and it was left`),
            ] as const,
    ),
];

describe("the configuration for Pulumi's aws provider", () => {
    for (const [title, existing, wanted] of rows)
        it(title, () => deepEqual(load(pulumiConfig(sandbox, existing)), wanted));

    for (const [title, existing, message] of refused)
        it(`refuses ${title}`, () => throws(() => pulumiConfig(sandbox, existing), { message }));

    it("leaves every line of the program as it is", () => {
        const [head, rest] = [
            "# stack\nconfig: # ours\n",
            "    a:text: |\n        one\n\n# two\n\n# salt\nencryptionsalt: v1:abc\n",
        ];
        const written = pulumiConfig(sandbox, head + rest);
        deepEqual(
            [written.startsWith(`${head}    aws:region: eu-west-1\n`), written.endsWith(`\n${rest}`)],
            [true, true],
        );
    });

    it("is not written into the file of a stack that has an account", () => {
        const file = path.join(mkdtempSync(path.join(tmpdir(), "stack-")), "Pulumi.prod.yaml");
        const text = "config:\n  aws:region: eu-west-1\n  aws:profile: production\n";
        writeFileSync(file, text);
        throws(() => writePulumiConfig(sandbox, file), {
            message: `${file} is of a stack that has an account (aws:profile), and it was left as it is. Name the file of a stack of its own, such as Pulumi.sandbox.yaml.`,
        });
        equal(readFileSync(file, "utf8"), text);
        const folder = path.dirname(file);
        throws(() => writePulumiConfig(sandbox, folder), {
            message: `${folder} is a directory; name a file, such as ${folder}/Pulumi.sandbox.yaml.`,
        });
        throws(() => writePulumiConfig(sandbox, path.join(folder, "none/Pulumi.yaml")), {
            message: `${folder}/none/Pulumi.yaml cannot be written: there is no folder ${folder}/none.`,
        });
    });

    it("has an endpoint for each service, by Pulumi's names", async () => {
        const { services, stop } = await startSandbox();
        await stop();
        const names = Object.keys(services).map((name) => (name === "monitoring" ? "cloudwatch" : name));
        deepEqual(names.sort(), pulumiServices);
    });

    it("is what docs/aws-provider.md shows", () => {
        const page = readFileSync(path.join(__dirname, "../../../docs/aws-provider.md"), "utf8");
        const shown = /```yaml\n(.*?)```/s.exec(page)![1];
        equal(shown, pulumiConfig({ endpoint: "http://127.0.0.1:4566", region: "us-east-1" }));
    });

    it("is the same the second time, and follows the sandbox to another port", () => {
        const once = pulumiConfig(sandbox, "config:\n  shop:size: 3\n");
        equal(pulumiConfig(sandbox, once), once);
        const moved = pulumiConfig({ ...sandbox, endpoint: "http://127.0.0.1:4567" }, once);
        equal(moved, once.replaceAll("4566", "4567"));
    });
});
