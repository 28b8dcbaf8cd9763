/** `keys sql` and `keys compare`, in this process. */
import assert from "node:assert/strict";
import { defineKeys } from "../../cli/keys";
import { runInProcess } from "./inProcess";

describe("keys sql", () => {
    for (const flag of ["--table", "--column", "--weight"]) {
        it(`writes no query of an empty ${flag}, as a variable of a shell may leave it`, () =>
            assert.rejects(runInProcess(defineKeys, ["keys", "sql", "--dialect", "duckdb", flag, " "], { env: {} }), {
                name: "UsageError",
                message: `${flag} is empty: name one as the dialect writes it.`,
            }));
    }
});

describe("keys compare", () => {
    it("shows no share of a hottest key as nothing", async () => {
        const { text } = await runInProcess(defineKeys, ["keys", "compare"], { env: {} });
        const random = /^random\t.*$/m.exec(text)![0].split("\t");
        assert.deepEqual(random.slice(4, 6), ["10,000", "0.01 %"]);
    });
});
