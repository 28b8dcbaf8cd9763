/**
 * The resources that `npm run bench -- preview` writes by hand are those of the component: else it would compare two different things, and say so
 * only when somebody measures.
 */
import assert from "node:assert/strict";
import { sameResources } from "../../bench/bars/preview";
import { onEngine } from "./harness";

describe("the resources that the benchmark of previews writes by hand", () => {
    const world = onEngine("real");

    it("are those of the component, input by input", async () => {
        const compare = sameResources();
        for (const projectDir of [".", "bench/handwritten"]) {
            const result = await world.engine.preview({ projectDir });
            assert.equal(result.exitCode, 0, `${result.stdout}${result.stderr}`);
            compare(result);
        }
    });
});
