/** Every piece of TypeScript that a page shows compiles: names, types, and what must not be missing. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { markdownFiles, read, repository } from "./pages";

/** What a page's pieces speak of that stands around them. */
const around: Readonly<Record<string, string>> = {
    "docs/costs.md": 'import * as aws from "@pulumi/aws";',
    "docs/kafka.md": 'import { ShardedStream } from "sharded-stream";',
    "docs/policies.md": 'declare const yourOwnPolicy: import("@pulumi/policy").ResourceValidationPolicy;',
    "docs/producer.md": "interface Order { customerId: string } declare const orders: readonly Order[];",
    "docs/scaling.md":
        'declare const stream: import("@pulumi/aws/kinesis/index.js").Stream, topic: import("@pulumi/aws/sns/index.js").Topic;',
    "docs/upgrading.md":
        'import { ShardedStream, type ShardedStreamArgs } from "sharded-stream"; declare const args: ShardedStreamArgs;',
    "packages/sandbox/README.md": 'declare const sandbox: import("sharded-stream-sandbox").Sandbox, seen: unknown[];',
};

const pages = markdownFiles().filter((page) => !page.startsWith("docs/api/"));
const shown = pages.flatMap((page) =>
    [...read(page).matchAll(/^```ts\n([^]*?)^```/gm)].map(([, text], index) => {
        const file = `${page.replace(/\W/g, "-")}-${index + 1}.ts`;
        return { page, file, program: programOf(text!, around[page] ?? "") };
    }),
);

/** A piece that begins with a property is a part of the component's arguments, or of the requirements in them. */
function programOf(text: string, before: string): string {
    const isPart = /^\s*\w+: /.test(text);
    if (!isPart) return `${before}\n${text}\nexport {};\n`;
    const types = 'import { type RequirementsArgs, type ShardedStreamArgs } from "sharded-stream";';
    return `${types}\nexport const part: Partial<ShardedStreamArgs> | Partial<RequirementsArgs> = {\n${text.replace(/ \/\/ .*$/gm, "")}};\n`;
}

const wrong = { file: "wrong.ts", program: programOf("scaling: { minShard: 2 }\n", "") };

/** What the compiler says, by file. */
function compiled(): ReadonlyMap<string, string[]> {
    const folder = fs.mkdtempSync(path.join(tmpdir(), "sharded-stream-shown-"));
    try {
        fs.symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
        for (const { file, program } of [...shown, wrong]) fs.writeFileSync(path.join(folder, file), program);
        fs.copyFileSync(path.join(repository, "examples/unit-test/orders.ts"), path.join(folder, "orders.ts"));
        fs.writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
        fs.writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
        const compiler = path.join(repository, "node_modules/typescript7/bin/tsc");
        const { stdout } = spawnSync(process.execPath, [compiler, "-p", folder], { cwd: folder, encoding: "utf8" });
        const said = new Map<string, string[]>();
        // The sources of the project are checked with the project, by its own settings.
        for (const line of stdout.split("\n").filter((one) => /^[\w-]+\.ts\(.*error TS/.test(one))) {
            const file = line.split("(")[0]!;
            said.set(file, [...(said.get(file) ?? []), line]);
        }
        return said;
    } finally {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

const compilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    target: "es2022",
    module: "node16",
    types: ["node"],
    skipLibCheck: true,
    noEmit: true,
    paths: Object.fromEntries(
        Object.entries({
            "sharded-stream": "index.ts",
            "sharded-stream/policies": "policies/policies.ts",
            "sharded-stream/producer": "producer/index.ts",
            "sharded-stream/testing": "testing/index.ts",
            "sharded-stream-sandbox": "sandbox/public.ts",
        }).map(([name, file]) => [name, [path.join(repository, file)]]),
    ),
};

describe("what the pages show in TypeScript compiles", function () {
    this.timeout(120_000);
    let said: ReadonlyMap<string, string[]>;
    before(() => void (said = compiled()));

    for (const page of new Set(shown.map((piece) => piece.page))) {
        it(page, () =>
            assert.deepEqual(
                shown.filter((piece) => piece.page === page).flatMap(({ file }) => said.get(file) ?? []),
                [],
            ),
        );
    }

    it("and a name that is not there does not", () => {
        const files = shown.map(({ file }) => file);
        const others = [...said].filter(([file]) => !files.includes(file));
        assert.deepEqual(
            others.map(([file, errors]) => [file, errors.length]),
            [[wrong.file, 1]],
        );
        assert.match(others[0]![1][0]!, /'minShard' does not exist in type 'ScalingArgs'/);
    });
});
