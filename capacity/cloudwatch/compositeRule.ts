/**
 * The rule of a composite alarm: `ALARM("lag") AND NOT (ALARM(deploying) OR INSUFFICIENT_DATA(lag))`.
 *
 * Source: PutCompositeAlarm of the API reference, and Create_Composite_Alarm.html of the user guide, read 2026-11.
 */
import { type Language, type Refusal, TokenReader } from "./tokens";

/** What an alarm can be. */
export const stateValues = ["OK", "ALARM", "INSUFFICIENT_DATA"] as const;
export type StateValue = (typeof stateValues)[number];

/** Alarms that a rule names, and elements (alarms, TRUE, FALSE and parentheses around expressions) that it has, at most. */
const childrenMax = 100;
const elementsMax = 500;

export interface CompositeRule {
    /** The names of the alarms that it asks about, each once. */
    readonly children: readonly string[];
    /** Those of which it tells that they are in ALARM: `ALARM(a)` or `NOT OK(a)`, and not `NOT ALARM(a)`. */
    readonly raisedBy: readonly string[];
    holds(stateOf: StateOf): boolean;
}

type StateOf = (child: string) => StateValue;
type Condition = (stateOf: StateOf) => boolean;

/**
 * @param nameOf the name of an alarm that a rule may also give as an ARN
 * @param refusal the error for a rule that cannot be parsed, of AWS's words
 */
export function parseRule(text: string, nameOf: (written: string) => string, refusal: Refusal): CompositeRule {
    if (text.trim() !== text) throw refusal("AlarmRule must not contain leading or trailing whitespace or be null");

    const ruleError: Refusal = (detail) => refusal(`Error in AlarmRule [${detail}]`);
    const rule = new RuleParser(new TokenReader(text, language, ruleError), nameOf);
    const holds = rule.parse();
    if (rule.children.size > childrenMax)
        throw ruleError(`${rule.children.size} alarms are named; at most ${childrenMax} are allowed`);
    if (rule.elements > elementsMax)
        throw ruleError(`${rule.elements} elements are used; at most ${elementsMax} are allowed`);
    return { children: [...rule.children], raisedBy: [...rule.raisedBy], holds };
}

const language: Language = {
    pattern: /\s*(?:"(?<quoted>(?:[^"\\]|\\.)+)"|(?<symbol>[(),])|(?<word>[^\s(),"]+))/y,
    unexpected: (expected, found, at) =>
        `${found === undefined ? "Unexpected end" : `Unsupported token '${found}'`} at char ${at}, must be: ${expected}`,
};

class RuleParser {
    readonly children = new Set<string>();
    readonly raisedBy = new Set<string>();
    elements = 0;
    /** Whether an odd number of NOT is around what comes next. */
    #isNegated = false;

    constructor(
        private readonly tokens: TokenReader,
        private readonly nameOf: (written: string) => string,
    ) {}

    parse(): Condition {
        const condition = this.#or();
        this.tokens.expectKind("AND or OR", "end");
        return condition;
    }

    #or(): Condition {
        const parts = [this.#and()];
        while (this.tokens.take("OR")) parts.push(this.#and());
        return (stateOf) => parts.some((part) => part(stateOf));
    }

    #and(): Condition {
        const parts = [this.#not()];
        while (this.tokens.take("AND")) parts.push(this.#not());
        return (stateOf) => parts.every((part) => part(stateOf));
    }

    #not(): Condition {
        if (!this.tokens.take("NOT")) return this.#primary();
        this.#isNegated = !this.#isNegated;
        const operand = this.#not();
        this.#isNegated = !this.#isNegated;
        return (stateOf) => !operand(stateOf);
    }

    #primary(): Condition {
        const tokens = this.tokens;
        if (tokens.take("(")) {
            this.elements += 2;
            const inner = this.#or();
            tokens.expect(")");
            return inner;
        }
        for (const constant of [true, false]) {
            if (!tokens.take(constant ? "TRUE" : "FALSE")) continue;
            this.elements++;
            return () => constant;
        }
        if (tokens.take("AT_LEAST")) return this.#atLeast();
        const state = this.#takeState();
        if (!state) throw tokens.unexpected("'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA");
        tokens.expect("(");
        const child = this.#child(state, false);
        tokens.expect(")");
        return (stateOf) => stateOf(child) === state;
    }

    /** AT_LEAST(2, ALARM, (a, b, c)), or of how many percent, or AT_LEAST(50%, NOT OK, (a, b)). */
    #atLeast(): Condition {
        const tokens = this.tokens;
        tokens.expect("(");
        const written = /^[1-9]\d*%?$/.test(tokens.next.text) ? tokens.advance() : undefined;
        if (!written) throw tokens.unexpected("a number or a percentage");
        tokens.expect(",");
        const negated = tokens.take("NOT");
        const state = this.#takeState();
        if (!state) throw tokens.unexpected("ALARM, OK, or INSUFFICIENT_DATA");
        tokens.expect(",");
        tokens.expect("(");
        const among = tokens.list(() => this.#child(state, negated));
        tokens.expect(")");
        tokens.expect(")");
        const number = parseInt(written, 10);
        const least = written.endsWith("%") ? Math.ceil((number * among.length) / 100) : number;
        if (least > among.length) throw tokens.refusal(`AT_LEAST asks for ${written} of ${among.length} alarms`);
        return (stateOf) => among.filter((child) => (stateOf(child) === state) !== negated).length >= least;
    }

    #takeState(): StateValue | undefined {
        return stateValues.find((state) => this.tokens.take(state));
    }

    #child(state: StateValue, isNegated: boolean): string {
        const { kind } = this.tokens.next;
        const written = this.tokens.expectKind("an alarm", "quoted", "word");
        const child = this.nameOf(kind === "quoted" ? written.replace(/\\(.)/g, "$1") : written);
        this.children.add(child);
        if (state === (this.#isNegated === isNegated ? "ALARM" : "OK")) this.raisedBy.add(child);
        this.elements++;
        return child;
    }
}
