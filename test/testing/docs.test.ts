/** docs/testing.md shows the example that test/package/ runs, as it stands. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";

const repository = path.join(__dirname, "../..");
const read = (file: string) => readFileSync(path.join(repository, file), "utf8");

describe("docs/testing.md", () => {
    for (const file of ["examples/unit-test/orders.ts", "examples/unit-test/orders.test.ts"]) {
        it(`shows ${file}`, () => {
            const blocks = [...read("docs/testing.md").matchAll(/```ts\n([^]*?)```/g)].map(([, block]) => block);
            assert.ok(blocks.includes(read(file)), `Copy ${file} into docs/testing.md.`);
        });
    }
});
