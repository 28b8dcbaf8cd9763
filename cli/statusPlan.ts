/**
 * What `status` shows of a scaler that plans: the shards of the next hours, from the same decision that the scaler makes.
 */
import { heldWords } from "../capacity/scaling/predictive/explain";
import { type PlannedStep, type ShardPlan } from "../capacity/scaling/observation";
import { count, countRate, enumerated, formatNumber, formatPercent, formatRate } from "../capacity/text";
import { type Session, type Sight } from "../stream/session";
import { orProblem, type SeenScaler } from "./seenScaler";
import { table, type Terminal } from "./terminal";

/** Undefined: no scaler plans. A sentence says why there is no plan to show. */
export type SeenPlan = ShardPlan | { readonly problem: string } | undefined;

/** @param session one that looks and writes nothing, and has looked: `sight` */
export async function planOf(scaler: SeenScaler, session: Session, sight: Sight): Promise<SeenPlan> {
    if (scaler === undefined || "problem" in scaler) return scaler;
    const { settings } = scaler;
    if (settings.mode !== "predictive") return undefined;
    const why = whyNone(session, sight);
    if (why !== undefined) return { problem: why };
    return orProblem(async () => {
        const { plan, message } = await session.decide(settings);
        return plan ?? { problem: `The scaler has no plan now. ${message}` };
    });
}

/** Why no decision shows a plan now; undefined where one may. */
function whyNone({ summary, shards }: Session, sight: Sight): string | undefined {
    if (sight.kind === "clock-went-back") return `The scaler plans nothing now. ${sight.message}`;
    if (summary?.capacityMode === "on-demand") return "The scaler plans nothing: AWS scales an on-demand stream.";
    return shards.length > 0
        ? undefined
        : "The scaler's plan is shown while the stream is ACTIVE and nobody is at work on it.";
}

/** The part of `status`'s document: none where no scaler plans. */
export function planDocument(plan: SeenPlan): object {
    if (plan === undefined) return {};
    if ("problem" in plan) return { plan: null, planProblem: plan.problem };
    const at = (ms: number): string => new Date(ms).toISOString();
    return {
        plan: {
            madeAt: at(plan.madeMs),
            steps: plan.steps.map(({ fromMs, untilMs, ...step }) => ({
                from: at(fromMs),
                until: at(untilMs),
                ...step,
            })),
            fromDays: plan.fromDaysMs.map(day),
            expectedRefusedShare: plan.expectedRefusedShare,
            savedShardHours: plan.savedShardHours,
            errorBudgetDays: plan.errorBudgetDays,
            ...(plan.held && { held: plan.held }),
        },
    };
}

/** So many of the days are named. */
const daysNamed = 3;

export function planText(plan: SeenPlan, terminal: Terminal): string[] {
    const { bold, dim, cyan } = terminal.colours;
    if (plan === undefined) return [];
    if ("problem" in plan) return ["", dim(plan.problem)];
    const rows = joined(plan.steps);
    const most = Math.max(...rows.map(({ shards }) => shards));
    const head = ["planned, UTC", "shards", "load expected", "one in twenty", ""];
    const cells = rows.map(({ fromMs, untilMs, shards, expectedLoadShards, highLoadShards }) => [
        `${clock(fromMs)} to ${clock(untilMs)}`,
        formatNumber(shards),
        formatRate(expectedLoadShards),
        formatRate(highLoadShards),
        { fraction: shards / most, colour: cyan },
    ]);
    return ["", bold("Plan"), table(terminal, head, cells, [1, 2, 3]), planSentence(plan)];
}

function planSentence(plan: ShardPlan): string {
    const { fromDaysMs, expectedRefusedShare, savedShardHours, errorBudgetDays, held, steps } = plan;
    const others = fromDaysMs.length - daysNamed;
    const days = [...fromDaysMs.slice(0, daysNamed).map(day), ...(others > 0 ? [`${count(others, "day")} more`] : [])];
    const after = days.length === 0 ? "" : `, after the course of ${enumerated(days, "and")}`;
    const share = formatPercent(expectedRefusedShare, 3);
    const than = savedShardHours < 0 ? "more" : "fewer";
    const [manner, budget] = errorBudgetDays < 0 ? ["careful", "owed"] : ["bold", "saved up"];
    const budgetDays = countRate(Math.abs(errorBudgetDays), "day");
    const why = held === undefined ? "" : `${heldWords(held, steps[0]!.shards)}. `;
    return (
        `Made ${clock(plan.madeMs)}${after}. ${why}${share} of the records may be refused in these hours; ` +
        `${countRate(Math.abs(savedShardHours), "shard-hour")} ${than} than the declared peak takes; ` +
        `the plan is ${manner}, since ${budgetDays} of planned refusals ${budgetDays === "1 day" ? "is" : "are"} ${budget}.`
    );
}

/** Steps that follow each other at the same count, as one. */
function joined(steps: readonly PlannedStep[]): PlannedStep[] {
    const rows: PlannedStep[] = [];
    for (const step of steps) {
        const last = rows.at(-1);
        if (last?.shards !== step.shards) {
            rows.push(step);
            continue;
        }
        const [before, now] = [last.untilMs - last.fromMs, step.untilMs - step.fromMs];
        rows[rows.length - 1] = {
            ...last,
            untilMs: step.untilMs,
            expectedLoadShards:
                (last.expectedLoadShards * before + step.expectedLoadShards * now) / Math.max(1, before + now),
            highLoadShards: Math.max(last.highLoadShards, step.highLoadShards),
        };
    }
    return rows;
}

function day(timeMs: number): string {
    return new Date(timeMs).toISOString().slice(0, 10);
}

/** The time of day, in UTC. */
export function clock(timeMs: number): string {
    return new Date(timeMs).toISOString().slice(11, 16);
}
