/**
 * Judges what a schedule came to: the stream at its end, and each run and command by itself.
 */
import { minuteMs, type World } from "./world";

const dayMs = 24 * 60 * minuteMs;
/** More even shards are worth a call from this gain on. */
const evenGainMin = 1.1;

/** What the stream lacks, as the load is now. */
export function whatIsMissing(
    world: World,
): { readonly law: "too-small" | "out-of-range"; readonly message: string } | undefined {
    const { deployment, load } = world;
    const { cloudWatch, kinesis } = world.aws;
    const { minShards, maxShards } = deployment;
    const open = kinesis.tree.open.length;
    // Nobody takes shards away from a load that needs them, not even for a lowered ceiling.
    if (open < minShards || (open > maxShards && load <= maxShards / 2))
        return { law: "out-of-range", message: `${open} are open with a range of ${minShards} to ${maxShards}` };
    // Uneven shards are made even by way of another count, and a range of one count has none.
    if (minShards === maxShards) return undefined;
    const refused = cloudWatch.refusedShare(load);
    // What the ceiling, or shards a little less even than the best, refuse anyway.
    const taken = maxShards / evenGainMin;
    const unavoidable = Math.max(0, load - taken) / Math.max(load, 1e-9);
    if (refused <= unavoidable + 0.01) return undefined;
    const percent = `${(100 * refused).toFixed(1)} % of a load of ${load.toFixed(1)} shards`;
    return { law: "too-small", message: `${open} open shards refuse ${percent}; the ceiling is ${maxShards}` };
}

/** A switch to on-demand opens up to four shards: from one to four may have been two calls. */
const callsPerSwitch = 2;

/** Whether the calls that AWS would take when it became quiet were enough, even if each change by others was taken for one. */
export function callsForIt(world: World): boolean {
    const { clock, aws, deployment, minute, schedule } = world;
    const { kinesis } = aws;
    const quietMs = (minute - schedule.quietFromMinute) * minuteMs;
    // A call that came back since then may have come too late; the ledger gives it back two minutes after AWS.
    const spent = kinesis.accepted.filter(({ atMs }) => atMs > clock.nowMs - quietMs - dayMs - 3 * minuteMs).length;
    const byOthers = schedule.events.filter((event) => event.do.startsWith("foreign-")).length;
    const bySwitches = callsPerSwitch * schedule.events.filter((event) => event.do === "on-demand").length;
    const open = kinesis.tree.open.length;
    const steps = 1 + Math.ceil(Math.abs(Math.log2(deployment.maxShards / open)));
    const kept = open > deployment.maxShards ? 3 : 0;
    return 10 - spent - byOthers - bySwitches - neverCalled(world) - steps - kept >= 0;
}

/** A change of the shards within so long after a reservation hides that its call was never made. */
const disprovedAfterMs = 10 * minuteMs;

/** Reservations of those who failed before they called: where the shards changed meanwhile, each may be counted for a day. */
function neverCalled({ actors, aws }: World): number {
    const { timeline } = aws.kinesis;
    return actors.filter(({ isReserved, isDead, ended, wroteMs }) => {
        if (wroteMs === undefined || !isReserved || !(isDead || ended?.error !== undefined)) return false;
        return timeline.some(({ atMs }) => atMs > wroteMs && atMs <= wroteMs + disprovedAfterMs);
    }).length;
}

/** What the runs and the commands themselves must keep to. */
export function judgeActors(world: World): void {
    const { laws, clock } = world;
    for (const actor of world.actors) {
        const { id, kind, lines, struck, lies, args, ended, isDead, startedMs } = actor;
        const tookMs = (ended?.atMs ?? clock.nowMs) - startedMs;
        if (kind === "scaler") {
            const acted = [
                ...(lines[0] ?? "").matchAll(/"outcome":"acted","reason":"[^"]*","message":"[^"]*","action"/g),
            ].length;
            if (lines.length === 1 && acted < actor.tookReshards)
                laws.against("call-untold", id, `${actor.tookReshards} were taken, and ${acted} are told`);
            if (ended !== undefined && lines.length !== 1) laws.against("one-line", id, `${lines.length} lines`);
            if (ended?.error !== undefined && struck === 0 && !world.wasDisturbed(actor))
                laws.against("failed-without-cause", id, ended.error.message);
            continue;
        }
        const { error } = ended ?? {};
        if (error !== undefined && actor.tookReshards > 0 && !error.message.includes("AWS took"))
            laws.against("call-untold", id, `${args.join(" ")}: ${error.message}`);
        const isBrake = args.includes("--pause") || args.includes("--resume");
        if (isBrake && !isDead && struck === 0 && tookMs > 15_000)
            laws.against("pause-waits", id, `${args.join(" ")} took ${Math.round(tookMs / 1_000)} s`);
        const known = ["UsageError", "AwsRefusedError", "InvalidInputError", "CommanderError"];
        if (ended?.error !== undefined && lies === 0 && !known.includes(ended.error.name) && !world.wasDisturbed(actor))
            laws.against("command-fell-over", id, `${args.join(" ")}: ${ended.error.name}: ${ended.error.message}`);
    }
    for (const { error } of world.actors.flatMap(({ ended }) =>
        ended?.error === undefined ? [] : [ended as { error: Error }],
    ))
        if (error.message.includes("The model of")) laws.against("not-modelled", "", error.message);
}
