/**
 * Who works on the stream: a run of the scaler or a command of a person, with what AWS has shown to it so far.
 *
 * The laws judge an actor by what it was shown, not by what is so: nobody can know of a call that was made a moment ago.
 */
import { type Deployment } from "./schedule";

export interface ShownShard {
    readonly id: string;
    readonly start: bigint;
    readonly end: bigint;
}

export interface Actor {
    readonly id: string;
    readonly kind: "scaler" | "command";
    /** Of a command. */
    readonly args: readonly string[];
    /** Of a run of the scaler. */
    readonly deployment: Deployment | undefined;
    readonly startedMs: number;
    requests: number;
    /** Requests that a fault has struck, and answers among them that were not true. */
    struck: number;
    lies: number;
    isDead: boolean;
    /** Lines on stdout. */
    readonly lines: string[];
    shownStatus: string | undefined;
    /** How far the last Date header was from AWS's time. */
    dateErrorMs: number;
    shownMs: number;
    shownAtMs: number;
    shownShards: readonly ShownShard[] | undefined;
    /** The pages of ListShards that come are of another time. */
    listsPast: boolean;
    /** Which of the stream's changes the shards showed; undefined if they were not whole. */
    shownEpoch: number | undefined;
    metricsAreWhole: boolean;
    /** Reshards that AWS took, as it told the actor. */
    tookReshards: number;
    /** The last accepted write of a ledger's state, and whether there was one since the last reshard. */
    wroteMs: number | undefined;
    isReserved: boolean;
    ended: { readonly atMs: number; readonly error: Error | undefined } | undefined;
}

export function newActor(
    about: Pick<Actor, "id" | "kind" | "startedMs"> & Partial<Pick<Actor, "args" | "deployment">>,
): Actor {
    return {
        args: [],
        deployment: undefined,
        ...about,
        requests: 0,
        struck: 0,
        lies: 0,
        isDead: false,
        lines: [],
        shownStatus: undefined,
        dateErrorMs: 0,
        shownMs: 0,
        shownAtMs: 0,
        shownShards: undefined,
        listsPast: false,
        shownEpoch: undefined,
        metricsAreWhole: false,
        tookReshards: 0,
        wroteMs: undefined,
        isReserved: false,
        ended: undefined,
    };
}
