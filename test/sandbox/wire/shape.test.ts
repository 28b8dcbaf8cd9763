/** What a request must look like and what AWS says of one that does not; the query protocol's forms and answers. */
import { deepEqual, equal, throws } from "node:assert/strict";

import { AwsError } from "../../../sandbox/service";
import * as wire from "../../../sandbox/wire/shape";
import { parseQuery, queryAnswer, queryError } from "../../../sandbox/wire/query";

const { anyTimestamp, checkInput, integer, listOf, oneOf, required, structure, text, timestampMs } = wire;

const shape = structure({
    Name: required(text(1, 5, "[a-z]+")),
    Size: integer(1, 3),
    Kind: oneOf("A", "B"),
    Items: listOf(structure({ Key: required(text(1)) }), 0, 2),
    Time: anyTimestamp,
});

describe("a request that does not fit is refused in AWS's words", () => {
    const rows: [object, string | undefined][] = [
        [{ Name: "abc", Size: 3, Kind: "A", Items: [{ Key: "k" }], Time: 0 }, undefined],
        [{}, "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"],
        [
            { Name: "abcdef", Size: 4 },
            "2 validation errors detected: Value 'abcdef' at 'name' failed to satisfy constraint: Member must have length less than or equal to 5; Value '4' at 'size' failed to satisfy constraint: Member must have value less than or equal to 3",
        ],
        [
            { Name: "A", Kind: "C" },
            "2 validation errors detected: Value 'A' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+; Value 'C' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [A, B]",
        ],
        [
            { Name: "a", Items: [{ Key: "k" }, {}] },
            "1 validation error detected: Value null at 'items.2.member.key' failed to satisfy constraint: Member must not be null",
        ],
    ];
    for (const [input, message] of rows) {
        it(`${JSON.stringify(input)}`, () => {
            if (message === undefined) checkInput(shape, input);
            else throws(() => checkInput(shape, input), { message });
        });
    }

    it("reads a time in seconds and in ISO 8601", () =>
        deepEqual(
            [timestampMs(1.5), timestampMs("2026-11-01T00:00:00Z"), timestampMs(true)],
            [1_500, Date.UTC(2026, 10, 1), NaN],
        ));
});

describe("an operation's input", () => {
    const input = wire.structure({
        Name: wire.required(wire.text(1, 5, "[a-z]+|(😀)*")),
        Size: wire.integer(1, 3),
        Share: wire.number(0, 1),
        Kind: wire.oneOf("A", "B"),
        On: wire.boolean,
        Items: wire.listOf(wire.structure({ Key: wire.required(wire.text(1)), ARN: wire.text(3) }), 1, 2),
        Tags: wire.mapOf(wire.text(0, 2), 1, 2, wire.text(1, 3)),
        Data: wire.blob(3),
        Time: wire.timestamp,
        Since: wire.anyTimestamp,
        Extra: wire.anything(),
        Keys: wire.listOf(wire.text(1, 3, "[a-z]+")),
        Kinds: wire.listOf(wire.oneOf("A", "B")),
        Letter: wire.text(1, 1, "[a-z]"),
    });
    const broken = (value: string, path: string, constraint: string, which = "Member") =>
        `Value ${value} at '${path}' failed to satisfy constraint: ${which} must ${constraint}`;
    const rows: [string, object, string | undefined][] = [
        ["passes with all that it may have", { Name: "abc", Size: 3, Share: 0.5, Kind: "A", On: false, Items: [{ Key: "k" }], Tags: { t: "" }, Data: "AAAA", Time: 0.5, Since: "2026-11-01T00:00:00Z", Extra: [7], Unknown: 1 }, undefined],
        ["passes without what need not be there, null or missing", { Name: "abc", Size: null }, undefined],
        ["counts characters, not UTF-16 units", { Name: "😀😀😀😀😀" }, undefined],
        ["lacks what must be there", {}, broken("null", "name", "not be null")],
        ["is too long", { Name: "abcdef" }, broken("'abcdef'", "name", "have length less than or equal to 5")],
        ["breaks a pattern that holds from end to end", { Name: "abC" }, broken("'abC'", "name", "satisfy regular expression pattern: [a-z]+|(😀)*")],
        ["is too large", { Name: "a", Size: 4 }, broken("'4'", "size", "have value less than or equal to 3")],
        ["is too small", { Name: "a", Share: -0.5 }, broken("'-0.5'", "share", "have value greater than or equal to 0")],
        ["is none of the values", { Name: "a", Kind: "C" }, broken("'C'", "kind", "satisfy enum value set: [A, B]")],
        ["has an item that lacks something", { Name: "a", Items: [{ Key: "k" }, {}] }, broken("null", "items.2.member.key", "not be null")],
        ["keeps an acronym's capitals", { Name: "a", Items: [{ Key: "k", ARN: "a" }] }, broken("'a'", "items.1.member.ARN", "have length greater than or equal to 3")],
        ["has no items", { Name: "a", Items: [] }, broken("'[]'", "items", "have length greater than or equal to 1")],
        ["has too many items, which are not looked into", { Name: "a", Items: [7, 7, 7] }, broken("'[7, 7, 7]'", "items", "have length less than or equal to 2")],
        ["has a map with a key too long", { Name: "a", Tags: { a: "b", four: "c" } }, broken("'{a=b, four=c}'", "tags", "satisfy constraint: [Member must have length less than or equal to 3, Member must have length greater than or equal to 1]", "Map keys")],
        ["has a map with a value too long", { Name: "a", Tags: { a: "abc" } }, broken("'{a=abc}'", "tags", "satisfy constraint: [Member must have length less than or equal to 2, Member must have length greater than or equal to 0]", "Map value")],
        ["has a list with an item too long", { Name: "a", Keys: ["a", "abcd"] }, broken("'[a, abcd]'", "keys", "satisfy constraint: [Member must have length less than or equal to 3, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]+]")],
        ["has a list with an item that is nothing", { Name: "a", Kinds: ["A", null] }, broken("'[A, null]'", "kinds", "satisfy constraint: [Member must satisfy enum value set: [A, B], Member must not be null]")],
        ["has too many structures, which are not repeated", { Name: "a", Items: [{ Key: "a" }, { Key: "b" }, {}] }, "Value at 'items' failed to satisfy constraint: Member must have length less than or equal to 2"],
        ["has a structure that is nothing", { Name: "a", Items: [null] }, broken("null", "items.1.member", "not be null")],
        ["breaks its pattern and its least length", { Name: "a", Letter: "" }, `${broken("''", "letter", "satisfy regular expression pattern: [a-z]")}; ${broken("''", "letter", "have length greater than or equal to 1")}`],
        ["has too many bytes", { Name: "a", Data: "AAAAAA==" }, broken("'java.nio.HeapByteBuffer[pos=0 lim=4 cap=4]'", "data", "have length less than or equal to 3")],
    ]; // prettier-ignore
    for (const [title, value, sentences] of rows) {
        it(title, () => {
            if (sentences === undefined) {
                equal(wire.checkInput(input, value), value);
            } else {
                const count = sentences.split("; ").length;
                const message = `${count} validation error${count === 1 ? "" : "s"} detected: ${sentences}`;
                throws(() => wire.checkInput(input, value), { name: "ValidationException", message });
            }
        });
    }

    it("has no member any more that came as null, however deep", () =>
        deepEqual(wire.checkInput(input, { Name: "a", Size: null, Items: [{ Key: "k", ARN: null }] }), {
            Name: "a",
            Items: [{ Key: "k" }],
        }));

    const number = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";
    const wrongTypes: [object, string][] = [
        [{ Name: 7 }, `${number} can not be converted to an String`],
        [{ Name: true }, "class java.lang.Boolean can not be converted to an String"],
        [{ Name: [] }, "Start of list found where not expected"],
        [{ Name: {} }, "Start of structure or map found where not expected."],
        [{ Name: "a", Size: "1" }, "class java.lang.String can not be converted to an Integer"],
        [{ Name: "a", Share: true }, "class java.lang.Boolean can not be converted to an Double"],
        [{ Name: "a", Kind: ["A"] }, "Start of list found where not expected"],
        [{ Name: "a", On: "yes" }, "'YES' can not be converted to an Boolean"],
        [{ Name: "a", On: 1 }, `${number} can not be converted to an Boolean`],
        [{ Name: "a", Items: { Key: "k" } }, "Start of structure or map found where not expected."],
        [{ Name: "a", Items: "k" }, "Expected list or null"],
        [{ Name: "a", Items: [7] }, "Expected null"],
        [{ Name: "a", Items: [[]] }, "Start of list found where not expected"],
        [{ Name: "a", Keys: [7] }, `${number} can not be converted to an String`],
        [{ Name: "a", Tags: [] }, "Start of list found where not expected"],
        [{ Name: "a", Tags: true }, "Expected map or null"],
        [{ Name: "a", Tags: { a: false } }, "class java.lang.Boolean can not be converted to an String"],
        [{ Name: "a", Data: true }, "class java.lang.Boolean can not be converted to a Blob"],
        [{ Name: "a", Data: "AAA" }, "'AAA' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 3"],
        [{ Name: "a", Data: "=AA=" }, "'=AA=' can not be converted to a Blob: Invalid Base64 character: '='"],
        [{ Name: "a", Data: "AA.A" }, "'AA.A' can not be converted to a Blob: Invalid Base64 character: '.'"],
        [{ Name: "a", Data: "AA-A" }, "'AA-A' can not be converted to a Blob: Invalid Base64 character: '-'"],
        [{ Name: "a", Data: "A===" }, "'A===' can not be converted to a Blob: Invalid last non-pad Base64 character dectected"],
        [{ Name: "a", Data: "AAB=" }, "'AAB=' can not be converted to a Blob: Invalid last non-pad Base64 character dectected"],
        [{ Name: "a", Data: "AB==" }, "'AB==' can not be converted to a Blob: Invalid last non-pad Base64 character dectected"],
        [{ Name: "a", Time: "soon" }, "class java.lang.String can not be converted to milliseconds since epoch"],
        [{ Name: "a", Since: "soon" }, "class java.lang.String can not be converted to milliseconds since epoch"],
    ]; // prettier-ignore
    for (const [value, message] of wrongTypes) {
        it(`is refused at the first wrong type: ${JSON.stringify(value)}`, () =>
            throws(() => wire.checkInput(input, value), { name: "SerializationException", message }));
    }

    it("is refused with ten sentences at most, under the service's own name for it", () => {
        const names = wire.structure({ Names: wire.listOf(wire.structure({ Name: wire.text(1) })) });
        throws(() => wire.checkInput(names, { Names: Array(11).fill({ Name: "" }) }, "InvalidParameter"), {
            name: "InvalidParameter",
            message: /^10 validation errors detected: /,
        });
    });
});

describe("the query protocol", () => {
    it("reads lists and maps of a form", () =>
        deepEqual(
            parseQuery(
                "Action=Do&Version=1&A=x%20y&L.member.2.K=b&L.member.1.K=a&M.entry.1.key=k&M.entry.1.value=v&E.member=",
            ),
            { action: "Do", input: { A: "x y", L: [{ K: "a" }, { K: "b" }], M: { k: "v" }, E: [] } },
        ));

    it("refuses a form without an action", () => throws(() => parseQuery("A=x"), { name: "MissingAction" }));

    it("writes an answer", () =>
        equal(
            queryAnswer("Do", { A: "<&>", L: [1, { K: true }], M: new Map([["k", "v"]]), N: undefined }, "urn:x", "id"),
            '<DoResponse xmlns="urn:x"><DoResult><A>&lt;&amp;&gt;</A><L><member>1</member><member><K>true</K></member></L><M><entry><key>k</key><value>v</value></entry></M></DoResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DoResponse>',
        ));

    it("writes an error", () =>
        equal(
            queryError(new AwsError("NotFoundException", "no <topic>", 404, "NotFound"), "id"),
            "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>no &lt;topic&gt;</Message></Error><RequestId>id</RequestId></ErrorResponse>",
        ));
});
