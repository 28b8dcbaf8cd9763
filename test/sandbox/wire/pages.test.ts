/** The tokens with which a client asks for the next page. */
import * as assert from "node:assert/strict";
import fc from "fast-check";

import { AwsError } from "../../../sandbox/index";
import { fromToken, toToken } from "../../../sandbox/wire/pages";

describe("a token", () => {
    const refusal = new AwsError("InvalidArgumentException", "Invalid NextToken.");

    it("gives back the parts that it was made of", () => {
        fc.assert(
            fc.property(fc.array(fc.string({ unit: "grapheme" })), (parts) => {
                assert.deepEqual(fromToken(toToken(parts), refusal), parts);
            }),
        );
    });

    const none = ["", "abcd", ...["null", "{}", "5", '"o"', "[1]", '["o", null]', "[[]]"].map((text) => btoa(text))];
    for (const token of none) {
        it(`is not ${JSON.stringify(token)}, which decodes to ${JSON.stringify(atob(token))}`, () => {
            assert.throws(() => fromToken(token, refusal), refusal);
        });
    }
});
