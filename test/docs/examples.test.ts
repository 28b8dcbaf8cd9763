/** Each example is named by the list of examples, and run by a test. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { links, markdownFiles, read, repository } from "./pages";

const named = links(read("examples/README.md"));
const examples = fs
    .readdirSync(path.join(repository, "examples"), { withFileTypes: true })
    .filter(({ name }) => name !== "README.md" && name !== "traces")
    .map(({ name }) => name);
const tests = fs
    .readdirSync(path.join(repository, "test"), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".engine.test.ts"))
    .map((file) => read(path.join("test", file)))
    .join("\n");

describe("examples/", () => {
    for (const name of examples) {
        it(`${name} is in its README`, () =>
            assert.ok(
                named.some((link) => link.split("/")[0] === name),
                `Name ${name} in examples/README.md.`,
            ));

        it(`${name} is run by an engine test`, () =>
            assert.ok(
                tests.includes(`examples/${name}`),
                `Deploy examples/${name} in test/engine/examples.engine.test.ts.`,
            ));
    }
});

describe("a program in docs/ and examples/ loads as CommonJS and as an ES module", () => {
    const programs = examples.map((name) => `examples/${name}/index.ts`);
    for (const file of [...markdownFiles(), ...programs.filter((name) => fs.existsSync(path.join(repository, name)))]) {
        const folders = [...read(file).matchAll(/^import .* from "(@pulumi\/[^/"]+\/[^"]+)";$/gm)].map(
            ([, from]) => from!,
        );
        if (folders.length === 0) continue;
        it(`${file} names the files of packages that have no exports, not their folders`, () =>
            assert.deepEqual(
                folders.filter((from) => !from.endsWith(".js")),
                [],
            ));
    }
});
