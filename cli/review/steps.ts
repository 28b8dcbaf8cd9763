/**
 * What a previewed change means for a stream: the steps that it takes, what is lost, and what speaks against it.
 */
import { nameOf } from "../../capacity/pulumiNames";
import { type Finding, type FindingCode, type Severity } from "../../capacity/findings";
import { limits } from "../../capacity/limits";
import { oneCallProblem } from "../../capacity/scaling/oneCall";
import { planWalk } from "../../capacity/scaling/walk";
import { findingsOf } from "../../capacity/sizing/findings";
import { sureShards } from "../../capacity/sizing/plan";
import { type PriceList } from "../../capacity/sizing/prices";
import { sizeOf } from "../../capacity/sizing/size";
import { count, formatNumber } from "../../capacity/text";
import { type PreviewedResource } from "./preview";
import { type JudgedSide, type SizedPlan, type StreamSide } from "./stream";
import { minutes } from "../terminal";

export interface ReviewStep {
    readonly kind: "update-shard-count" | "scaler" | "switch-mode" | "retention" | "replace" | "delete" | "release";
    /** Shards or hours, where the step has some. */
    readonly from?: number;
    readonly to?: number;
    readonly message: string;
}

export interface ReviewFinding {
    /** A finding of the plan, the name of a policy, or one of this command's own. */
    readonly code: string;
    readonly severity: Severity;
    /** The policy's. */
    readonly level?: string;
    readonly message: string;
}

export interface StreamChange {
    readonly resource: PreviewedResource;
    readonly before: JudgedSide | undefined;
    readonly after: JudgedSide | undefined;
}

export function stepsOf({ resource, before, after }: StreamChange): ReviewStep[] {
    const name = before?.side.streamName ?? after?.side.streamName ?? nameOf(resource.urn);
    if (resource.change === "delete" && resource.before?.retained) {
        return [
            {
                kind: "release",
                message: `Pulumi lets go of ${name}; the stream stays in AWS with its records, and is paid for.`,
            },
        ];
    }
    if (resource.change === "delete") return [{ kind: "delete", message: `Deletes ${name} with all of its records.` }];
    if (resource.change === "replace") return [replacement(name, { resource, before, after })];
    if (before === undefined || after === undefined) return [];
    return [
        ...modeSteps(before.side, after.side),
        ...countSteps(before.side, after.side),
        ...retentionSteps(before.side, after.side),
    ];
}

function replacement(name: string, { resource, before, after }: StreamChange): ReviewStep {
    const { replacing } = resource;
    const because = replacing.length === 0 ? "" : ` (another ${replacing.join(", ")})`;
    const old = resource.before?.retained
        ? "the old one stays in AWS with its records, and is paid for"
        : "the old one is deleted with the records that nobody has read";
    return {
        kind: "replace",
        message: `Replaces ${name}${because}: the new stream is empty, ${old}, and producers and consumers must move.${fewerShards(before?.side, after?.side)}`,
    };
}

/** Deployments leave the count of a scaled stream alone, also where they make a new one: it has that of the inputs, not the open shards. */
function fewerShards(before: StreamSide | undefined, after: StreamSide | undefined): string {
    const [open, first] = [before?.shards ?? null, after?.shards ?? null];
    if (after?.scaling === undefined || open === null || first === null || first >= open) return "";
    return ` It begins with ${count(first, "shard")}, where ${formatNumber(open)} ${open === 1 ? "is" : "are"} open now, until its scaler opens more.`;
}

function modeSteps(before: StreamSide, after: StreamSide): ReviewStep[] {
    const [from, to] = [before.capacityMode, after.capacityMode];
    if (from === null || to === null || from === to) return [];
    const message = `Switches from ${from} to ${to} while the stream goes on; AWS allows two switches in 24 hours.`;
    return [{ kind: "switch-mode", message }];
}

function countSteps(before: StreamSide, after: StreamSide): ReviewStep[] {
    const [from, to] = [before.shards, after.shards];
    if (from === null || to === null) return [];
    if (after.scaling) return scalerSteps(from, to, before, after);
    const removed: ReviewStep[] = before.scaling
        ? [
              {
                  kind: "scaler",
                  message: "The scaler goes: from now on the declared shard count holds, whatever the load is.",
              },
          ]
        : [];
    if (from === to || to > limits.updateShardCountTargetMax) return removed;
    const { steps } = planWalk({ openShards: from, targetShards: to, updateCalls: Infinity });
    const calls = steps.map(({ from: at, to: next, seconds }) => ({
        kind: "update-shard-count" as const,
        from: at,
        to: next,
        message: `UpdateShardCount from ${formatNumber(at)} to ${formatNumber(next)}, about ${minutes(seconds)}.`,
    }));
    return [...removed, ...calls];
}

function scalerSteps(from: number, to: number, before: StreamSide, { scaling }: StreamSide): ReviewStep[] {
    const range = `${shardsOrUnknown(scaling?.minShards)} to ${shardsOrUnknown(scaling?.maxShards)}`;
    const attached = before.scaling ? "" : `A scaler takes over the shard count, ${range}. `;
    if (from !== to) {
        const message = `${attached}The deployment leaves the ${count(from, "shard")}; the scaler goes to ${formatNumber(to)} by itself, inside of its range of ${range}.`;
        return [{ kind: "scaler", from, to, message }];
    }
    return attached === "" ? [] : [{ kind: "scaler", message: attached.trimEnd() }];
}

export function shardsOrUnknown(shards: number | null | undefined): string {
    return typeof shards === "number" ? formatNumber(shards) : "unknown";
}

function retentionSteps(before: StreamSide, after: StreamSide): ReviewStep[] {
    const [from, to] = [before.retentionHours, after.retentionHours];
    if (from === null || to === null || from === to) return [];
    const message =
        to < from
            ? `Keeps records for ${formatNumber(to)} hours instead of ${formatNumber(from)}: those that are older are gone at once, read or not.`
            : `Keeps records for ${formatNumber(to)} hours instead of ${formatNumber(from)}.`;
    return [{ kind: "retention", from, to, message }];
}

/** What the change itself loses, or what AWS would refuse of it; `isMeant` where the loss of the stream was said to be. */
export function changeFindings(change: StreamChange, steps: readonly ReviewStep[], isMeant: boolean): ReviewFinding[] {
    const losses = steps.flatMap((step): ReviewFinding[] => {
        const lost = lostBy[step.kind];
        if (lost === undefined || (step.kind === "retention" && step.to! > step.from!)) return [];
        const isKept = isMeant || change.resource.before?.retained === true;
        return [{ code: lost.code, severity: isKept ? "warning" : lost.severity, message: step.message }];
    });
    const refused = refusedByAws(change);
    if (refused !== undefined) losses.push({ code: "shard-step-too-big", severity: "error", message: refused });
    return losses;
}

const lostBy: Readonly<Partial<Record<ReviewStep["kind"], Pick<ReviewFinding, "code" | "severity">>>> = {
    delete: { code: "stream-deleted", severity: "error" },
    replace: { code: "stream-replaced", severity: "error" },
    retention: { code: "records-expire", severity: "warning" },
};

/** A deployment makes the one call of a changed count; a scaler makes its own. */
function refusedByAws({ resource, before, after }: StreamChange): string | undefined {
    const [deployedShards, declaredShards] = [before?.side.shards ?? null, after?.side.shards ?? null];
    if (resource.change !== "update" || after?.side.scaling || deployedShards === null || declaredShards === null)
        return undefined;
    const streamName = before!.side.streamName ?? nameOf(resource.urn);
    return oneCallProblem({ streamName, deployedShards, declaredShards, leaving: "count" })?.replace(/\n/g, " ");
}

/** What the plan says of the shards and the retention that will be there, where no policy was asked. */
export function planFindings({ resource, after }: StreamChange, prices: PriceList): ReviewFinding[] {
    if (after?.plan === undefined) return [];
    const { side, plan } = after;
    const said = deployedFindings(side, plan, prices).map(({ code, severity, message, fix }) => ({
        code,
        severity,
        message: `${message} ${fix}`,
    }));
    const isLow = (shards: number | null) => shards !== null && shards < plan.minimumShards;
    const isMade = resource.change === "create" || resource.change === "replace";
    const tooFew = [
        ...(side.scaling ? [["the scaler stops at", side.scaling.maxShards] as const] : []),
        // What a scaler starts with refuses records until it has acted; later on its count is its own.
        ...(side.scaling && !isMade ? [] : [["deployed are", side.shards] as const]),
    ].find(([, shards]) => isLow(shards));
    if (side.capacityMode !== "provisioned" || tooFew === undefined) return said;
    const bound = plan.bounds.find(({ constraint }) => constraint === plan.binding)!;
    const [what, shards] = tooFew;
    const message = `The declared requirements need at least ${count(plan.minimumShards, "shard")} (${bound.constraint}: ${bound.sentence.replace(/\.$/, "")}); ${what} ${formatNumber(shards!)}.`;
    // Shards that are not there cost nothing.
    const others = said.filter(({ code }) => code !== "keys-raise-shards");
    return [{ code: "capacity-below-requirements", severity: "error", message }, ...others];
}

/** On demand there are no shards to count: whatever is said of some is left out, and reading finds the room that it needs. */
function deployedFindings(side: StreamSide, { requirements, ...plan }: SizedPlan, prices: PriceList): Finding[] {
    const retentionHours = side.retentionHours ?? undefined;
    if (side.capacityMode !== "provisioned")
        return findingsOf(sizeOf(requirements), prices, retentionHours).filter(({ code }) => !aboutShards.has(code));
    const floor = side.scaling ? side.scaling.minShards : side.shards;
    const sure = sureShards(plan, { isScaled: side.scaling !== undefined, floor: floor ?? undefined });
    const setShards = sure === plan.recommendedShards ? undefined : sure;
    return findingsOf(sizeOf(requirements), prices, retentionHours, setShards);
}

const aboutShards: ReadonlySet<FindingCode> = new Set<FindingCode>([
    "keys-raise-shards",
    "ordered-lanes-collide",
    "shard-quota",
    "consumers-never-catch-up",
    "recovery-exceeds-retention",
]);
