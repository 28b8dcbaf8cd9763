/**
 * A replay as one HTML page: the load and what each policy opened for it, what was refused, and every decision with its reason.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { whyUnwritable } from "../../charts/file";
import { escapeHtml, factList, type Facts, rowsTable } from "../../charts/html";
import { chartPage, chartsHint } from "../../charts/page";
import { sum } from "../../capacity/sums";
import { formatDollars, formatRate } from "../../capacity/text";
import { whyUnwritten } from "../../programs/writing";
import { UsageError } from "../command";
import { unnamed } from "../inputFile";
import { daysText } from "../terminal";
import { meanOf } from "../trace/seconds";
import { pageScript, pageStyle } from "./page";
import { type Replayed, type ReplayedPolicy } from "./result";
import { columnsText, policyHead, policyRows, sourceText } from "./text";

/** Looks at the file's folder before anything is played. @param reads the trace, and what is read beside it */
export function checkHtml(file: string, reads: readonly (string | undefined)[]): void {
    if (file === "") throw new UsageError(`--html: ${unnamed}.`);
    const why = whyUnwritable(file, reads);
    if (why !== undefined) throw unwritable(file, why);
}

export function writeHtml(file: string, result: Replayed): void {
    try {
        writeFileSync(file, htmlOf(result));
    } catch (error) {
        throw unwritable(file, whyUnwritten(error as NodeJS.ErrnoException));
    }
}

function unwritable(file: string, why: string): UsageError {
    return new UsageError(`--html: ${file} cannot be written: ${why}. Name another file.`);
}

function htmlOf(result: Replayed): string {
    const { trace, load, advice } = result;
    const facts: Facts = [
        ["trace", `${trace.name}, column ${trace.column}`],
        [
            "load",
            `${daysText(load.perSecond.length)}; peak ${formatRate(load.peakShards)} shards, mean ${formatRate(load.meanShards)}`,
        ],
        ["advice", advice.sentence],
        ...load.told.map((sentence, at) => [at === 0 ? "to know" : "", sentence] as const),
    ];
    const options = result.policies.map(
        ({ name, kind }, at) =>
            `<option value="${at}">${escapeHtml(kind === "scaled" ? `the scaler, ${name}` : name)}</option>`,
    );
    const notes = [columnsText(result), ...result.notPriced, ...result.policies.flatMap(sourceText)];
    const body = `${factList(facts)}
${rowsTable(policyHead, policyRows(result), "numbers")}
<p class="notes"><small>${notes.map(escapeHtml).join("<br>")}</small></p>
<p class="choose"><label>Show <select id="policy">${options.join("")}</select></label> <small class="hint">${chartsHint} At a mark a decision is told.${load.startMs === undefined ? "" : " Times are UTC."}</small></p>
<div class="charts" id="charts"></div>
<h2 id="decided"></h2>
<div class="wide"><table class="rows told" id="decisions"></table></div>
<div id="tip" role="status" hidden></div>`;
    return chartPage({
        title: `What scaling would have done: ${path.basename(trace.name)}`,
        body,
        data: dataOf(result),
        script: pageScript,
        style: pageStyle,
    });
}

/** As many points as two weeks have minutes; a longer time has longer steps. */
const pointsMax = 20_160;
/** As many decisions of a policy are told in words. */
const decisionsMax = 3_000;

function dataOf({ load, model, policies }: Replayed): object {
    const stepMinutes = Math.max(1, Math.ceil(load.perSecond.length / 60 / pointsMax));
    return {
        startSeconds: load.startMs === undefined ? null : load.startMs / 1_000,
        stepMinutes,
        minutes: load.perSecond.length / 60,
        stepText: stepMinutes === 1 ? "the minute" : `${stepMinutes} minutes`,
        refusedText: model.retrySeconds ? "attempts refused in" : "records refused in",
        recordsPerShardSecond: load.worth.recordsPerSecond,
        most: stepsOf(load.perSecond, 60 * stepMinutes, mostOf),
        mean: stepsOf(load.perSecond, 60 * stepMinutes, meanOf),
        policies: policies.map((policy) => policyData(policy, stepMinutes)),
    };
}

function policyData({ name, outcome, money }: ReplayedPolicy, stepMinutes: number): object {
    const { shardsByMinute, refusedByMinute, decisions } = outcome;
    const told = decisions.slice(0, decisionsMax);
    return {
        name,
        facts: `${formatRate(outcome.shardHours)} shard-hours, ${formatDollars(money.monthly)} a month`,
        // Where the count changes, and to what.
        shards: stepsOf(shardsByMinute, stepMinutes, mostOf).flatMap((shards, step, all) =>
            step > 0 && all[step - 1] === shards ? [] : [[step, shards]],
        ),
        refused: stepsOf(refusedByMinute, stepMinutes, sum).flatMap((refused, step) =>
            refused > 0 ? [[step, short(refused)]] : [],
        ),
        decisions: told.map(({ minute, kind, from, to, reason, message }) => [
            minute,
            kind,
            from,
            to,
            reason ?? "",
            message ?? "",
        ]),
        decided: decisions.length,
    };
}

/** The last one may have less in it than the others. */
function stepsOf(values: ArrayLike<number>, step: number, joined: (part: Float64Array) => number): number[] {
    const all = new Float64Array(values);
    return Array.from({ length: Math.ceil(all.length / step) }, (_, at) =>
        short(joined(all.subarray(at * step, (at + 1) * step))),
    );
}

function mostOf(part: Float64Array): number {
    return part.reduce((most, value) => Math.max(most, value), 0);
}

/** Four digits are more than a chart shows. */
function short(value: number): number {
    return Number(value.toPrecision(4));
}
