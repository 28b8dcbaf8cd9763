/**
 * The ledger against the shards that are there: settles what was under way, strikes out what the stream disproves, counts what others did.
 */
import { isCounted, type LedgerReshard, type LedgerState, type ShardSight, sightOf } from "./ledger";
import { type Observation, type ShardRange } from "./observation";
import { reshardsBetween, type SeenReshards, sightAfterCall } from "./seenReshards";
import { callMadeWithinMs, disprovedAfterMs } from "./unanswered";

export interface Reconciled {
    readonly state: LedgerState;
    /** Reshards that somebody else made. */
    readonly foreign: readonly LedgerReshard[];
    /** Reservations that were never made, as the stream shows. */
    readonly disproved: readonly LedgerReshard[];
    /** Whether anything was learned that the ledger must remember. */
    readonly changed: boolean;
}

/**
 * Compares what the ledger knows with the shards that are there.
 *
 * While the stream is UPDATING nothing is concluded: the shards of now are neither the old nor the new ones. A reservation that nobody
 * settled stays counted, since the call may have been made, until the stream disproves it.
 */
export function reconcile(
    state: LedgerState,
    seen: Pick<Observation, "shards" | "status" | "capacityMode" | "nowMs">,
): Reconciled {
    const { shards, nowMs } = seen;
    const reshards = state.reshards.filter((event) => isCounted(event, nowMs));
    const learned = (more: Partial<LedgerState>, others: Partial<Reconciled> = {}): Reconciled => ({
        state: { ...state, reshards, ...more },
        foreign: [],
        disproved: [],
        changed: Object.keys(more).length > 0,
        ...others,
    });
    if (seen.capacityMode === "on-demand") {
        // AWS changes the shards now: what is there when the stream comes back is no work of others.
        if (state.sight === undefined) return learned({});
        return learned({ sight: undefined, reshards: reshards.map(settledUnseen) });
    }
    // An active stream has shards: none at all is no sight.
    if (seen.status !== "ACTIVE" || shards.length === 0) return learned({});
    const sight = sightOf(shards);
    if (state.sight === undefined) return learned({ sight });
    if (isSame(state.sight, sight)) {
        const disproved = reshards.filter((event) => isDisproved(event, nowMs));
        if (disproved.length === 0) return learned({});
        return learned({ reshards: reshards.filter((event) => !disproved.includes(event)) }, { disproved });
    }
    const happened = reshardsBetween(state.sight, shards);
    const explanation = explanationOf(reshards, happened, sight);
    const foreign =
        explanation === undefined
            ? foreignReshards(afterOwn(happened, reshards, state.sight, shards), state.sight.openShards, sight, nowMs)
            : foreignReshards(
                  besideOwn(explanation, happened, reshards, state.sight, shards),
                  sight.openShards,
                  sight,
                  nowMs,
              );
    const settled = reshards.map((event) => settledBy(event, explanation, happened, sight, nowMs));
    return learned({ sight, reshards: [...settled, ...foreign], capacityChangedMs: nowMs }, { foreign });
}

function isSame(before: ShardSight, after: ShardSight): boolean {
    return before.openShards === after.openShards && before.newestShardNumber === after.newestShardNumber;
}

/**
 * A reservation in the ledger is younger than the last change of the shards that it could be part of. So where they are still the same,
 * long enough after it, it was never made.
 */
function isDisproved(event: LedgerReshard, nowMs: number): boolean {
    return event.status === "reserved" && nowMs >= event.atMs + disprovedAfterMs;
}

/** The own call that this change is: rather one that AWS took than one that nobody answered. */
function explanationOf(
    reshards: readonly LedgerReshard[],
    happened: SeenReshards,
    sight: ShardSight,
): LedgerReshard | undefined {
    const fitting = reshards.filter((event) => event.to === sight.openShards);
    const taken = fitting.filter((event) => event.status === "called").at(-1);
    return taken ?? fitting.filter((event) => event.status === "reserved" && mayBe(event, happened)).at(-1);
}

/** A call of somebody else is counted beside an own split, and a split by hand beside an own call. */
function mayBe({ kind }: LedgerReshard, { updates, isSingle }: SeenReshards): boolean {
    return kind === "update" ? updates > 0 : isSingle;
}

function settledBy(
    event: LedgerReshard,
    explanation: LedgerReshard | undefined,
    { updates }: SeenReshards,
    sight: ShardSight,
    nowMs: number,
): LedgerReshard {
    if (event.status !== "reserved") return settledUnseen(event);
    // Nobody knows when it was made, but before now: so it comes back no earlier than AWS gives it back.
    if (event === explanation) return { ...event, status: "done", atMs: nowMs };
    const onlyThisChange = updates === 0 || (explanation !== undefined && updates === 1);
    // A call to as many shards as are open would change nothing, so nothing would show it.
    if (event.kind === "update" && onlyThisChange && event.to !== sight.openShards) return event;
    return settledUnseen(event);
}

/** A call that no shards will tell of any more: it may have been made as late as a request is taken. */
function settledUnseen(event: LedgerReshard): LedgerReshard {
    if (event.status === "called") return { ...event, status: "done" };
    if (event.status === "reserved") return { ...event, status: "done", atMs: event.atMs + callMadeWithinMs };
    return event;
}

const nothing: SeenReshards = { updates: 0, splits: 0, merges: 0, isSingle: false };

/** What others did where no own call has the last word: at least one call, after those that AWS took of the own ones. */
function afterOwn(
    happened: SeenReshards,
    reshards: readonly LedgerReshard[],
    before: ShardSight,
    shards: readonly ShardRange[],
): SeenReshards {
    const taken = reshards.filter(({ kind, status }) => kind === "update" && status === "called");
    // What a call opens of ragged shards nobody knows.
    if (happened.updates === 0 || taken.length === 0 || before.ragged === true) return happened;
    const own = taken.reduce((sight, { to }) => sightAfterCall(sight, to), before);
    const { updates } = reshardsBetween(own, shards);
    return { ...happened, updates: Math.max(1, Math.min(updates, happened.updates)) };
}

/** What others did where an own call ended at the count that is open: what the shards show beyond it. */
function besideOwn(
    explanation: LedgerReshard,
    happened: SeenReshards,
    reshards: readonly LedgerReshard[],
    before: ShardSight,
    shards: readonly ShardRange[],
): SeenReshards {
    const own = (kind: LedgerReshard["kind"]): number =>
        reshards.filter((event) => event.kind === kind && (event.status === "called" || event === explanation)).length;
    if (explanation.kind === "update") {
        const { updates } = happened;
        // An own call from even shards shows as one; from ragged ones, where a shard may outlive it, as two at most.
        const ownShowsAs = before.ragged === true ? 2 : 1;
        return updates > ownShowsAs ? { ...nothing, updates: Math.max(0, updates - own("update")) } : nothing;
    }
    if (happened.isSingle) return nothing;
    const [splits, merges] = [own("split"), own("merge")];
    const openShards = before.openShards + splits - merges;
    const newestShardNumber = before.newestShardNumber + 2 * splits + merges;
    return reshardsBetween({ openShards, newestShardNumber, ragged: true }, shards);
}

/** So many splits and merges of others are remembered of one change; more do not matter to any budget of a day. */
const foreignEventsMax = 200;

/** What others did, dated now, later than it was. */
function foreignReshards(
    { updates, splits, merges }: SeenReshards,
    from: number,
    after: ShardSight,
    nowMs: number,
): LedgerReshard[] {
    const kinds = [
        ...new Array<"update">(updates).fill("update"),
        ...new Array<"split">(splits).fill("split"),
        ...new Array<"merge">(merges).fill("merge"),
    ];
    return kinds.slice(0, foreignEventsMax).map((kind, index) => ({
        id: `foreign-${after.newestShardNumber}-${index + 1}`,
        atMs: nowMs,
        kind,
        status: "foreign",
        from,
        to: after.openShards,
    }));
}
