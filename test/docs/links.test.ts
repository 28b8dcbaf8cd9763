/** Every link of every page leads somewhere, and every page of docs/ can be found from its map. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { anchors, broken, links, markdownFiles, read } from "./pages";

const pages = markdownFiles();

describe("the pages", () => {
    it("have no link to a file or a heading that is not there", () => {
        const all = pages.flatMap((file) => links(read(file)).map((link) => ({ file, link })));
        assert.ok(all.length > 150, `${all.length} links`);
        assert.deepEqual(
            all.map(({ file, link }) => broken(file, link)).filter((problem) => problem !== undefined),
            [],
        );
    });

    it("of docs/ are all named by its map", () => {
        const map = "docs/README.md";
        const named = links(read(map)).map((link) => path.posix.join("docs", link.split("#")[0]!));
        const there = pages.filter((file) => /^docs\/[^/]+\.md$/.test(file) && file !== map);
        assert.deepEqual(
            there.filter((file) => !named.includes(file)),
            [],
        );
    });
});

describe("a link", () => {
    const rows: [link: string, problem: string | undefined][] = [
        ["https://example.com/nowhere", undefined],
        ["../README.md", undefined],
        ["operate.md#permissions", undefined],
        ["operate.md#nothing", "docs/costs.md: operate.md#nothing: docs/operate.md has no heading #nothing"],
        ["nothing.md", "docs/costs.md: nothing.md: there is no docs/nothing.md"],
        ["#on-demand-advantage", undefined],
        ["#nothing", "docs/costs.md: #nothing: docs/costs.md has no heading #nothing"],
        ["https://github.com/sharded-stream/sharded-stream/blob/main/docs/operate.md#permissions", undefined],
        [
            "https://github.com/sharded-stream/sharded-stream/blob/main/docs/nothing.md",
            "docs/costs.md: https://github.com/sharded-stream/sharded-stream/blob/main/docs/nothing.md: there is no docs/nothing.md",
        ],
    ];
    for (const [link, problem] of rows) it(link, () => assert.equal(broken("docs/costs.md", link), problem));

    it("in code is none", () => {
        const page = "`[a](b.md)` [c](d.md)\n```ts\nx[y](z.md)\n```\n[e](f.md)";
        assert.deepEqual(links(page), ["d.md", "f.md"]);
    });

    it("names a heading as GitHub spells it", () => {
        const page = "# A *b*, `c.d`: [e](f.md)\n## Twice\n## Twice\n```sh\n# no heading\n```";
        assert.deepEqual([...anchors(page)], ["a-b-cd-e", "twice", "twice-1"]);
    });
});
