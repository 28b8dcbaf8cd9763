/** A key is the text that stands in the document: no digit of a number is rounded, left out or written anew. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseJson } from "../../../cli/records/jsonText";

describe("a value of a JSON document", () => {
    const digits = [
        ["0", "0"],
        ["-0", "-0"],
        ["1.0", "1.0"],
        ["1.50", "1.50"],
        ["1e3", "1e3"],
        ["1E+3", "1E+3"],
        ["-12.5e-7", "-12.5e-7"],
        ["9007199254740991", "9007199254740991"],
        ["9007199254740992", "9007199254740992"],
        ["9007199254740993", "9007199254740993"],
        ["18446744073709551615", "18446744073709551615"],
        ["340282366920938463463374607431768211455", "340282366920938463463374607431768211455"],
        ["1e999", "1e999"],
    ] as const;
    for (const [written, text] of digits) {
        it(`${written} keeps its digits, alone and in whatever place`, () => {
            for (const [document, path] of [
                [written, undefined],
                [` ${written} `, undefined],
                [`{"id":${written}}`, "id"],
                [`{"id" : ${written} ,"other":1.5}`, "id"],
                [`{"a":[{"id":${written}}]}`, "a.0.id"],
                [`{"note":"1.0 \\"#1\\" 1e3","#":"#","id":${written}}`, "id"],
            ] as const)
                assert.deepEqual(parseJson(document)?.scalarAt(path), { type: "number", text }, document);
        });
    }

    const values: readonly (readonly [document: string, path: string, found: unknown])[] = [
        ['{"id":"1.0"}', "id", { type: "string", text: "1.0" }],
        ['{"id":"#7","n":1.0}', "id", { type: "string", text: "#7" }],
        ['{"id":"gr\\u00f6\\u00dfe"}', "id", { type: "string", text: "größe" }],
        ['{"id":true}', "id", { type: "boolean", text: "true" }],
        ['{"id":null}', "id", undefined],
        ['{"id":{"a":1}}', "id", undefined],
        ['{"a.b":"whole name first","a":{"b":"path"}}', "a.b", { type: "string", text: "whole name first" }],
        ['{"a":{"b":"path"}}', "a.b", { type: "string", text: "path" }],
        ['{"a":1}', "toString", undefined],
        ['{"id":1,"id":2.0}', "id", { type: "number", text: "2.0" }],
    ];
    for (const [document, path, found] of values) {
        it(`${path} of ${document} is ${JSON.stringify(found)}`, () =>
            assert.deepEqual(parseJson(document)?.scalarAt(path), found));
    }

    for (const text of ["", "{", '{"a":01}', '{"a":1.}', '{"a":.5}', "{a:1}", '{"a":1}{"a":2}', "NaN"])
        it(`${JSON.stringify(text)} is not JSON`, () => assert.equal(parseJson(text), undefined));

    it("is what stands there, among whatever else, and the text of a number is never changed", () => {
        const number = fc.stringMatching(/^-?(0|[1-9]\d{0,25})(\.\d{1,6})?([eE][+-]?\d{1,2})?$/);
        fc.assert(
            fc.property(number, fc.jsonValue(), fc.string(), (written, other, note) => {
                const document = `{"other":${JSON.stringify(other)},"note":${JSON.stringify(note)},"id":${written}}`;
                assert.equal(parseJson(document)?.scalarAt("id")?.text, written);
                assert.equal(parseJson(document)?.scalarAt("note")?.text, note);
            }),
            { numRuns: 300 },
        );
    });
});
