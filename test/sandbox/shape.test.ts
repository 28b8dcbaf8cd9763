import { deepEqual, equal, throws } from "node:assert/strict";

import { AwsError } from "../../sandbox/service";
import { parseQuery, queryAnswer, queryError } from "../../sandbox/wire/query";
import {
    integer,
    listOf,
    oneOf,
    structure,
    text,
    timestamp,
    timestampMs,
    validateShape,
} from "../../sandbox/wire/oldShape";

const shape = structure(
    {
        Name: text(1, 5, /^[a-z]+$/),
        Size: integer(1, 3),
        Kind: oneOf("A", "B"),
        Items: listOf(structure({ Key: text(1) }, "Key"), 0, 2),
        Time: timestamp,
    },
    "Name",
);

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
            "2 validation errors detected: Value 'A' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-z]+$; Value 'C' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [A, B]",
        ],
        [
            { Name: "a", Items: [{ Key: "k" }, {}] },
            "1 validation error detected: Value null at 'items.2.member.key' failed to satisfy constraint: Member must not be null",
        ],
        [{ Name: 7 }, "name must be a string, not '7'."],
        [{ Name: "a", Size: 1.5 }, "size must be an integer, not '1.5'."],
        [{ Name: "a", Time: "soon" }, "time must be a timestamp, not 'soon'."],
    ];
    for (const [input, message] of rows) {
        it(`${JSON.stringify(input)}`, () => {
            if (message === undefined) validateShape(input, shape);
            else throws(() => validateShape(input, shape), { message });
        });
    }

    it("reads a time in seconds and in ISO 8601", () =>
        deepEqual(
            [timestampMs(1.5), timestampMs("2026-11-01T00:00:00Z"), timestampMs(true)],
            [1_500, Date.UTC(2026, 10, 1), NaN],
        ));
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
