/**
 * Which capacity a stream should have: of priced choices, the one to take, and one sentence why.
 */
import { formatDollars, formatNumber, formatPercent } from "../text";

/** What a stream could run with, judged on days that it had. */
export interface Choice {
    readonly kind: ChoiceKind;
    /** As a sentence names it: `static at 12 shards`, `scaled (reactive, 2 to 24 shards)`, `on-demand Standard`. */
    readonly choice: string;
    /** Dollars a month, everything that differs between the choices in it. */
    readonly monthly: number;
    /** Part of the records that would have been refused, 0 to 100. */
    readonly refusedPercent: number;
}

export type ChoiceKind = "static" | "scaled" | "onDemandStandard" | "onDemandAdvantage";

export interface Advice {
    readonly kind: ChoiceKind;
    /** The `choice` of the one that is advised. */
    readonly choice: string;
    /** A size that does not change is advised. */
    readonly doNotScale: boolean;
    /** One sentence: what to do, and what it saves. */
    readonly sentence: string;
}

/** A size that never changes is worth so much more than one that does: nothing to watch, no closed shards, no reader that follows parents. */
const worthOfStanding = 0.1;

/**
 * The cheapest of the choices that refuse no more than may be refused; where a size that never changes costs at most 10 % more, that one, and
 * of several the one that refuses least. Where no choice keeps within what may be refused, the one that refuses least.
 *
 * @param choices one or more
 * @param refusedShareSlo the part of the records that may be refused, 0 to 1
 */
export function adviceOf(choices: readonly Choice[], refusedShareSlo: number): Advice {
    const mayRefuse = (choice: Choice) => choice.refusedPercent <= refusedShareSlo * 100 * (1 + rounded) + rounded;
    const keeping = choices.filter(mayRefuse);
    const best = keeping.length > 0 ? first(keeping, money, refusals) : first(choices, refusals, money);
    const standing = choices.filter(
        (choice) =>
            choice.kind === "static" &&
            choice.monthly <= best.monthly * (1 + worthOfStanding) &&
            (mayRefuse(choice) || choice.refusedPercent <= best.refusedPercent),
    );
    const advised = standing.length > 0 ? first(standing, refusals, money) : best;
    const against = rivalOf(advised, choices, mayRefuse);
    return {
        kind: advised.kind,
        choice: advised.choice,
        doNotScale: advised.kind === "static",
        sentence: sentenceOf(advised, against, { slo: refusedShareSlo, mayRefuse }),
    };
}

/** A hair of rounding is no refusal. */
const rounded = 1e-9;

type Test = (choice: Choice) => boolean;

/** What a choice is compared with: standing with scaling, scaling with standing, on-demand with both; one that may be taken if there is one. */
function rivalOf(advised: Choice, choices: readonly Choice[], mayRefuse: Test): Choice | undefined {
    const rivals: readonly ChoiceKind[] = {
        static: ["scaled"] as const,
        scaled: ["static"] as const,
        onDemandStandard: ["static", "scaled"] as const,
        onDemandAdvantage: ["static", "scaled"] as const,
    }[advised.kind];
    const close = choices.filter(({ kind }) => rivals.includes(kind));
    const others = close.length > 0 ? close : choices.filter(({ kind }) => kind !== advised.kind);
    const taken = others.filter(mayRefuse);
    if (taken.length > 0) return first(taken, money, refusals);
    return others.length > 0 ? first(others, refusals, money) : undefined;
}

const refusals = ({ refusedPercent }: Choice) => refusedPercent;
const money = ({ monthly }: Choice) => monthly;

type Measure = (choice: Choice) => number;

/** The least by one measure, then by another. */
function first(choices: readonly Choice[], by: Measure, then: Measure): Choice {
    return [...choices].sort((left, right) => by(left) - by(right) || then(left) - then(right))[0]!;
}

const verbs: Readonly<Record<ChoiceKind, string>> = {
    static: "Do not scale",
    scaled: "Scale",
    onDemandStandard: "Go on-demand",
    onDemandAdvantage: "Go on-demand",
};

interface Allowance {
    readonly slo: number;
    readonly mayRefuse: Test;
}

function sentenceOf(advised: Choice, against: Choice | undefined, allowance: Allowance): string {
    const { slo, mayRefuse } = allowance;
    const allowed = `the ${formatPercent(slo, 3)} that may be`;
    const told = `${advised.choice} costs ${formatDollars(advised.monthly)} a month and refuses ${refused(advised, allowance)}`;
    const tooMuch = against !== undefined && mayRefuse(advised) && !mayRefuse(against);
    // Who costs more and refuses more has nothing to be said for.
    const isCheaper = against !== undefined && against.monthly < advised.monthly;
    const refuses =
        against &&
        `${tooMuch && isCheaper ? "but" : "and"} refuse ${refused(against, allowance)}${tooMuch ? `, more than ${allowed}` : ""}`;
    const compared = against ? `; ${against.choice} would cost ${difference(against, advised)} ${refuses}` : "";
    const sentence = `${verbs[advised.kind]}: ${told}${compared}.`;
    if (mayRefuse(advised)) return sentence;
    return `${sentence} None of the choices keeps within ${allowed} refused; this one refuses least.`;
}

/** What costs a little more than standing is worth must not read as what would be taken. */
function difference(against: Choice, advised: Choice): string {
    const part = advised.monthly === 0 ? 0 : against.monthly / advised.monthly - 1;
    const percent = formatNumber(Math.abs(part) * 100, 0);
    const isTooDear = against.kind === "static" && part > worthOfStanding;
    const just = isTooDear && percent === formatNumber(worthOfStanding * 100, 0) ? "just above " : "";
    const more = percent === "0" ? "the same" : `${just}${percent} % ${part < 0 ? "less" : "more"}`;
    return `${more} (${formatDollars(against.monthly)})`;
}

/** What is a little more than may be refused must not read as what may be. */
function refused(choice: Choice, { slo, mayRefuse }: Allowance): string {
    const { refusedPercent } = choice;
    if (refusedPercent === 0) return "nothing";
    if (refusedPercent < 0.001) return "less than 0.001 %";
    const text = formatPercent(refusedPercent / 100, 3);
    return !mayRefuse(choice) && text === formatPercent(slo, 3) ? `just above ${text}` : text;
}
