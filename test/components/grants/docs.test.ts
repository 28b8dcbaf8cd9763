/** The programs of docs/iam.md run as they stand there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import ts from "typescript";
import * as shardedStream from "../../../index";
import { run } from "../mocks";

const repository = path.join(__dirname, "../../..");

/** Runs a block as a module of its own. */
function runBlock(block: string): void {
    const { outputText } = ts.transpileModule(block, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
    const program = new Function("require", "exports", outputText) as (find: NodeJS.Require, exports: object) => void;
    const installed = createRequire(__filename);
    const find = ((id: string): unknown => (id === "sharded-stream" ? shardedStream : installed(id))) as NodeJS.Require;
    program(find, {});
}

describe("docs/iam.md", () => {
    const page = readFileSync(path.join(repository, "docs/iam.md"), "utf8");
    const blocks = [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, block]) => block!);
    const expected = [
        { "aws:iam/rolePolicy:RolePolicy": 3 },
        {},
        { "aws:kinesis/resourcePolicy:ResourcePolicy": 2, "aws:kms/keyPolicy:KeyPolicy": 1 },
        { "aws:iam/rolePolicy:RolePolicy": 1 },
    ];

    it("has the programs that are tried here", () => assert.equal(blocks.length, expected.length));

    for (const [index, policies] of expected.entries()) {
        it(`program ${index + 1} declares its policies`, async () => {
            const { registered } = await run(() => runBlock(blocks[index]!));
            const found: Record<string, number> = {};
            for (const { type } of registered) if (/Policy$/.test(type)) found[type] = (found[type] ?? 0) + 1;
            delete found["aws:sns/topicPolicy:TopicPolicy"];
            assert.deepEqual(found, policies);
        });
    }
});
