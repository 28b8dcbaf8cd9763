/** How long a reshard takes, as far as anybody knows: AWS says minutes for UpdateShardCount. */
export interface ReshardTimes {
    /** Seconds that UpdateShardCount takes: a part for the call, a part for each shard that is opened or closed, and a least. */
    readonly updateSecondsBase: number;
    readonly updateSecondsPerShard: number;
    readonly updateSecondsMin: number;
    /** Seconds that a split or a merge takes. */
    readonly splitSeconds: number;
}

export const reshardTimes: ReshardTimes = {
    updateSecondsBase: 30,
    updateSecondsPerShard: 3,
    updateSecondsMin: 60,
    splitSeconds: 30,
};

/** The seconds from the call until the stream has that many shards. */
export function reshardSeconds(
    kind: "update" | "split" | "merge",
    from: number,
    to: number,
    times: ReshardTimes = reshardTimes,
): number {
    if (kind !== "update") return times.splitSeconds;
    return Math.max(
        times.updateSecondsMin,
        times.updateSecondsBase + times.updateSecondsPerShard * Math.abs(to - from),
    );
}
