/** In the bundle, the loops over the bytes of a file and over its keys have numbers, and no variables that stand for them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { buildSync } from "esbuild";

const root = path.join(__dirname, "../..");

/** As scripts/bundle-module.js bundles, but for the names. */
function bundled(entry: string): string {
    const { outputFiles } = buildSync({
        stdin: { contents: `module.exports = { part: () => require("./${entry}") };`, resolveDir: root },
        bundle: true,
        packages: "external",
        format: "cjs",
        platform: "node",
        target: "node20",
        minifySyntax: true,
        tsconfigRaw: {},
        write: false,
        absWorkingDir: root,
    });
    return outputFiles[0]!.text;
}

describe("the numbers of the loops over millions of keys", () => {
    for (const [entry, file] of [
        ["capacity/keys/sample", "capacity/keys/keyRow.ts"],
        ["capacity/keys/sample", "capacity/keys/md5Module.ts"],
        ["cli/keySource", "cli/records/bytes.ts"],
    ] as const) {
        it(`of ${file} are written into them: it imports nothing`, () => {
            const names = [...readFileSync(path.join(root, file), "utf8").matchAll(/^export const (\w+) = /gm)].map(
                ([, name]) => name!,
            );
            assert.ok(names.length > 2, String(names));
            const text = bundled(entry);
            assert.deepEqual(
                names.filter((name) => new RegExp(`\\b${name} = -?\\d`).test(text)),
                [],
            );
        });
    }
});
