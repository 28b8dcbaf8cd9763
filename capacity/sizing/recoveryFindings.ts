/**
 * What an outage of the consumers would do to a stream with so much retention: one finding for one cause.
 */
import { type FindingCode, type Severity } from "../findings";
import { type CompleteRequirements } from "../requirements";
import { count, formatNumber } from "../text";
import {
    type FasterReading,
    type Recovery,
    type RecoveryFix,
    recoveryFixes,
    recoveryFixText,
    recoveryOf,
    recoveryText,
    slowestAt,
    withMoved,
    withoutRecoveryFix,
} from "./catchUp";
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

export function recoveryDrafts(
    { requirements, recommendedShards }: Size,
    retentionHours: number | undefined,
    setShards: number | undefined,
): Draft[] {
    const { consumerOutageHours: outageHours } = requirements;
    if (outageHours === undefined || retentionHours === undefined) return [];
    const outage = { outageHours, retentionHours };
    const slowest = slowestAt(requirements, setShards ?? recommendedShards, outage);
    const recovery = slowest === undefined ? "inside" : recoveryOf(slowest, outage);
    if (slowest === undefined || recovery === "inside") return [];
    return [
        {
            ...recoveryCodes[recovery],
            property: "consumerOutageHours",
            message: recoveryText(slowest, outage),
            fixes: () =>
                recoveryFixes(requirements, outage, (changed) => setShards ?? sizeOf(changed).recommendedShards).map(
                    (fix): Fix => ({
                        text: recoveryFixText(fix, fasterText),
                        ...changeOf(requirements, fix),
                    }),
                ),
            withoutFix: withoutRecoveryFix,
        },
    ];
}

function fasterText({ catchUpFactor, shards }: FasterReading): string {
    const recommended = `for which ${count(shards, "shard")} ${shards === 1 ? "is" : "are"} recommended`;
    return `declare catchUpFactor ${formatNumber(catchUpFactor)} or more, ${recommended}`;
}

function changeOf(requirements: CompleteRequirements, fix: RecoveryFix): Pick<Fix, "change" | "retentionHours"> {
    if ("retentionHours" in fix) return { retentionHours: fix.retentionHours };
    if ("catchUpFactor" in fix) return { change: { catchUpFactor: fix.catchUpFactor } };
    return { change: withMoved(requirements, fix.movedConsumers) };
}
