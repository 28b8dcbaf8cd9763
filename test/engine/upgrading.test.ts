/** The page on transitions names tests that are there; they run its recipe. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { protectRecipe, repository, transitions } from "./upgradingPage";

const read = (file: string) => fs.readFileSync(path.join(repository, file), "utf8");

describe("docs/upgrading.md", () => {
    for (const { transition, file, title } of transitions) {
        it(`names a test that is there: ${transition}`, () => {
            const titles = [...read(file).matchAll(/"([^"\n]+)"|`([^`\n]+)`/g)].map(
                ([, quoted, ticked]) => quoted ?? ticked,
            );
            assert.ok(titles.includes(title), `${file} has no test "${title}"`);
        });
    }

    it("protects a stream of either provider by its recipe, and nothing else", () => {
        const protect = new Function(`return ${protectRecipe}`)() as (child: object) => { opts: object };
        const types = [
            "aws:kinesis/stream:Stream",
            "aws-native:kinesis:Stream",
            "aws:kinesis/streamConsumer:StreamConsumer",
            "aws:sns/topic:Topic",
        ];
        assert.deepEqual(
            types.map((type) => protect({ type, props: {}, opts: { parent: 1 } }).opts),
            [{ parent: 1, protect: true }, { parent: 1, protect: true }, { parent: 1 }, { parent: 1 }],
        );
    });
});
