/**
 * What an outage of the consumers would do to a stream with so much retention: one finding for one cause.
 */
import { type FindingCode, type Severity } from "../findings";
import { count, formatNumber } from "../text";
import { type Recovery, recoveryFixes, recoveryOf, recoveryText, slowestAt, withMoved } from "./catchUp";
import { type Draft, type Fix } from "./drafts";
import { type Size, sizeOf } from "./size";

export const recoveryCodes: Readonly<
    Record<Exclude<Recovery, "inside">, { readonly code: FindingCode; readonly severity: Severity }>
> = {
    never: { code: "consumers-never-catch-up", severity: "error" },
    lost: { code: "records-lost-in-outage", severity: "error" },
    // Nothing is lost as long as the recovery itself goes well.
    late: { code: "recovery-exceeds-retention", severity: "warning" },
};

export function recoveryDrafts({ requirements, recommendedShards }: Size, retentionHours: number): Draft[] {
    const { consumerOutageHours: outageHours } = requirements;
    if (outageHours === undefined) return [];
    const outage = { outageHours, retentionHours };
    const slowest = slowestAt(requirements, recommendedShards, outage);
    const recovery = slowest === undefined ? "inside" : recoveryOf(slowest, outage);
    if (slowest === undefined || recovery === "inside") return [];
    return [
        {
            ...recoveryCodes[recovery],
            property: "consumerOutageHours",
            message: recoveryText(slowest, outage),
            fixes: () =>
                recoveryFixes(requirements, outage, (changed) => sizeOf(changed).recommendedShards).map((fix): Fix => {
                    if ("retentionHours" in fix) {
                        const { retentionHours: longer } = fix;
                        return {
                            text: `set retentionHours to ${formatNumber(longer)} or more`,
                            retentionHours: longer,
                        };
                    }
                    if ("catchUpFactor" in fix) {
                        const { catchUpFactor, shards } = fix;
                        const recommended = `for which ${count(shards, "shard")} ${shards === 1 ? "is" : "are"} recommended`;
                        return {
                            text: `declare catchUpFactor ${formatNumber(catchUpFactor)} or more, ${recommended}`,
                            change: { catchUpFactor },
                        };
                    }
                    const moved = fix.movedConsumers;
                    return {
                        text: `move ${count(moved, "consumer")} to enhanced fan-out`,
                        change: withMoved(requirements, moved),
                    };
                }),
            withoutFix: "Let fewer consumers share the stream's reads, or declare a shorter outage.",
        },
    ];
}
