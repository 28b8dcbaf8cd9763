/** The rule of a composite alarm: what it means, what it names, and how it is refused. */
import { deepEqual, ok, throws } from "node:assert/strict";
import fc from "fast-check";

import { parseRule, type StateValue } from "../../../capacity/cloudwatch/compositeRule";

const prefix = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:";
const rule = (text: string) =>
    parseRule(
        text,
        (written) => written.replace(prefix, ""),
        (message) => new Error(message),
    );

/** a is in ALARM, o is OK, i has insufficient data. */
const states: Record<string, StateValue> = { a: "ALARM", o: "OK", i: "INSUFFICIENT_DATA", "two words": "ALARM" };

describe("the rule of a composite alarm", () => {
    const rows: [text: string, holds: boolean, children: string[]][] = [
        ["ALARM(a)", true, ["a"]],
        ["ALARM(o)", false, ["o"]],
        ['OK("o")', true, ["o"]],
        ["INSUFFICIENT_DATA(i)", true, ["i"]],
        ["OK(i)", false, ["i"]],
        [`ALARM(${prefix}a)`, true, ["a"]],
        [`ALARM("${prefix}a") AND ALARM(a)`, true, ["a"]],
        ['ALARM ( "two words" )', true, ["two words"]],
        ["TRUE", true, []],
        ["false", false, []],
        ["NOT ALARM(o)", true, ["o"]],
        ["NOT NOT ALARM(o)", false, ["o"]],
        ["ALARM(a) AND OK(o)", true, ["a", "o"]],
        ["ALARM(a) AND NOT OK(o)", false, ["a", "o"]],
        // NOT binds tighter than AND, AND tighter than OR.
        ["ALARM(a) OR ALARM(o) AND ALARM(i)", true, ["a", "o", "i"]],
        ["(ALARM(a) OR ALARM(o)) AND ALARM(i)", false, ["a", "o", "i"]],
        ["NOT ALARM(a) OR ALARM(a)", true, ["a"]],
        ["NOT (ALARM(a) OR ALARM(a))", false, ["a"]],
        ["AT_LEAST(2, ALARM, (a, o, i))", false, ["a", "o", "i"]],
        ["AT_LEAST(2, NOT ALARM, (a, o, i))", true, ["a", "o", "i"]],
        ["AT_LEAST(50%, ALARM, (a, o))", true, ["a", "o"]],
        ["AT_LEAST(51%, ALARM, (a, o))", false, ["a", "o"]],
    ];
    for (const [text, holds, children] of rows) {
        it(`${text} is ${holds}`, () => {
            const parsed = rule(text);
            deepEqual([parsed.holds((child) => states[child]!), parsed.children], [holds, children]);
        });
    }

    const raised: [text: string, raisedBy: string[]][] = [
        ["ALARM(a)", ["a"]],
        ["OK(a)", []],
        ["INSUFFICIENT_DATA(a)", []],
        ["NOT ALARM(a)", []],
        ["NOT OK(a)", ["a"]],
        ["NOT INSUFFICIENT_DATA(a)", []],
        ["NOT NOT ALARM(a)", ["a"]],
        ["ALARM(a) AND NOT ALARM(b)", ["a"]],
        ["NOT (ALARM(a) OR OK(b))", ["b"]],
        ["NOT ALARM(a) AND ALARM(b)", ["b"]],
        ["AT_LEAST(2, ALARM, (a, b))", ["a", "b"]],
        ["AT_LEAST(2, NOT ALARM, (a, b))", []],
        ["AT_LEAST(2, NOT OK, (a, b))", ["a", "b"]],
        ["NOT AT_LEAST(2, NOT ALARM, (a, b))", ["a", "b"]],
        ["TRUE", []],
    ];
    for (const [text, raisedBy] of raised) {
        it(`${text} tells of ${raisedBy.join(" and ") || "none"} in ALARM`, () =>
            deepEqual(rule(text).raisedBy, raisedBy));
    }

    it("never stops to hold because one of those goes into ALARM, or because another one leaves it", () => {
        const names = ["a", "b", "c"];
        const state = fc.constantFrom<StateValue>("OK", "ALARM", "INSUFFICIENT_DATA");
        const leaf = fc
            .tuple(state, fc.constantFrom(...names))
            .map(([asked, name]) => ({ text: `${asked}(${name})`, names: [name] }));
        const { tree } = fc.letrec<{ tree: { text: string; names: string[] } }>((tie) => ({
            tree: fc.oneof(
                { depthSize: "small", withCrossShrink: true },
                leaf,
                tie("tree").map((one) => ({ text: `NOT (${one.text})`, names: one.names })),
                fc
                    .tuple(tie("tree"), fc.constantFrom("AND", "OR"), tie("tree"))
                    .filter(([left, , right]) => left.names.every((name) => !right.names.includes(name)))
                    .map(([left, operator, right]) => ({
                        text: `(${left.text}) ${operator} (${right.text})`,
                        names: [...left.names, ...right.names],
                    })),
            ),
        }));
        fc.assert(
            fc.property(
                tree,
                fc.record({ a: state, b: state, c: state }),
                fc.constantFrom(...names),
                ({ text }, at, one) => {
                    const { holds, raisedBy } = rule(text);
                    const whileIn = (value: StateValue) => holds((name) => (name === one ? value : at[name as "a"]));
                    if (raisedBy.includes(one)) ok(whileIn("ALARM") || !whileIn("OK"));
                    else ok(whileIn("OK") || !whileIn("ALARM"));
                },
            ),
            { numRuns: 500 },
        );
    });

    const start = "'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA";
    const named = (count: number) => Array.from({ length: count }, (_, index) => `ALARM(a${index})`).join(" OR ");
    const refusals: [title: string, text: string, message: string][] = [
        [
            "a name with a space and without quotes",
            "(ALARM(oldest age))",
            "Error in AlarmRule [Unsupported token 'age' at char 14, must be: ')']",
        ],
        ["nothing in parentheses", "()", `Error in AlarmRule [Unsupported token ')' at char 1, must be: ${start}]`],
        ["an unknown function", "LAG(a)", `Error in AlarmRule [Unsupported token 'LAG' at char 0, must be: ${start}]`],
        ["an end too early", "ALARM(a) AND", `Error in AlarmRule [Unexpected end at char 12, must be: ${start}]`],
        ["an open parenthesis", "(ALARM(a)", "Error in AlarmRule [Unexpected end at char 9, must be: ')']"],
        [
            "two conditions without an operator",
            "ALARM(a) ALARM(o)",
            "Error in AlarmRule [Unsupported token 'ALARM' at char 9, must be: AND or OR]",
        ],
        ["an open quote", 'ALARM("a)', "Error in AlarmRule [Unexpected '\"'.]"],
        [
            "a state without an alarm",
            "ALARM()",
            "Error in AlarmRule [Unsupported token ')' at char 6, must be: an alarm]",
        ],
        ["more than there are", "AT_LEAST(2, ALARM, (a))", "Error in AlarmRule [AT_LEAST asks for 2 of 1 alarms]"],
        ["space around", " TRUE", "AlarmRule must not contain leading or trailing whitespace or be null"],
        ["101 alarms", named(101), "Error in AlarmRule [101 alarms are named; at most 100 are allowed]"],
        [
            "501 elements",
            `(${named(100)}) OR ${"TRUE OR ".repeat(398)}FALSE`,
            "Error in AlarmRule [501 elements are used; at most 500 are allowed]",
        ],
    ];
    for (const [title, text, message] of refusals)
        it(`is refused: ${title}`, () => throws(() => rule(text), { message }));

    it("takes 100 alarms and 500 elements", () => {
        deepEqual(rule(`(${named(100)}) OR ${"TRUE OR ".repeat(397)}FALSE`).children.length, 100);
    });
});
