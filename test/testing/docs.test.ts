/** The docs show the examples that other tests run, as they stand. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";

const repository = path.join(__dirname, "../..");
const read = (file: string) => readFileSync(path.join(repository, file), "utf8");

const shown: [page: string, file: string][] = [
    ["docs/testing.md", "examples/unit-test/orders.ts"],
    ["docs/testing.md", "examples/unit-test/orders.test.ts"],
    ["docs/consumers.md", "examples/function/index.ts"],
];

for (const [page, file] of shown) {
    it(`${page} shows ${file}`, () => {
        const blocks = [...read(page).matchAll(/```ts\n([^]*?)```/g)].map(([, block]) => block);
        assert.ok(blocks.includes(read(file)), `Copy ${file} into ${page}.`);
    });
}
