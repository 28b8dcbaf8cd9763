/**
 * A deployment after which a function would never see what it has not read yet fails in its preview.
 *
 * A mapping keeps how far it has read, and takes it along when it goes. Another stream, consumer or starting position is another mapping,
 * which starts where it is told: at LATEST everything that came in before is skipped, and nobody is told.
 */
import type * as pulumi from "@pulumi/pulumi";
import { checkedBeforeUpdate, placeOf } from "./previewHooks";

const identifying = ["stream", "consumer", "startingPosition"] as const;

/** What the component was told, before and now. */
type Told = { readonly [Name in (typeof identifying)[number]]?: unknown };

/** The component's options, with the check. */
export function refusingLostPosition(
    name: string,
    opts: pulumi.ComponentResourceOptions = {},
): pulumi.ComponentResourceOptions {
    return checkedBeforeUpdate(opts, {
        title: (parentUrn) => `position of ${placeOf(name, parentUrn)}`,
        check: ({ oldInputs, newInputs }) => checkPosition(oldInputs, newInputs),
    });
}

/** @throws what the function would not see, and the ways that skip nothing */
export function checkPosition(before: Told = {}, now: Told = {}): void {
    if (before.stream === undefined || now.startingPosition !== "LATEST") return;
    const changed = identifying.filter((name) => isOther(before[name] ?? undefined, now[name] ?? undefined));
    if (changed.length === 0) return;
    throw new Error(
        `startingPosition: LATEST is not allowed when ${changed.join(" and ")} ${changed.length === 1 ? "changes" : "change"}; that makes a new mapping, which would skip everything that the function has not read yet. ` +
            "Set startingPosition to TRIM_HORIZON, which reads again what the stream still has, or to AT_TIMESTAMP with a startingPositionTimestamp before this deployment. " +
            "To skip those records, remove the component in one deployment and add it again in the next.",
    );
}

/** What is not known yet is compared when it is: before the deployment touches the mapping. */
function isOther(before: unknown, now: unknown): boolean {
    const isKnown = (value: unknown) => value === undefined || typeof value === "string";
    return isKnown(before) && isKnown(now) && before !== now;
}
