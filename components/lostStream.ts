/**
 * A deployment that would lose the stream to what its component is told fails in its preview.
 *
 * To the engine the stream of the other `streamProvider` is another resource: it is created, or was imported, and the one that the program no
 * longer declares is deleted at the end, by its name, with all of its records. The update of the component is checked, before any child is
 * declared.
 */
import type * as pulumi from "@pulumi/pulumi";
import { checkedBeforeUpdate, placeOf } from "./previewHooks";

/** What the component was told, before and now. */
interface Told {
    readonly requirements?: unknown;
    readonly streamName?: unknown;
    readonly streamProvider?: unknown;
    readonly hold?: unknown;
}

/** The component's options, with the check. */
export function refusingLostStream(
    name: string,
    opts: pulumi.ComponentResourceOptions = {},
): pulumi.ComponentResourceOptions {
    return checkedBeforeUpdate(opts, {
        title: (parentUrn) => `stream of ${placeOf(name, parentUrn)}`,
        check: ({ oldInputs, newInputs, oldOutputs }) => checkStream(oldInputs, newInputs, oldOutputs),
    });
}

/** @throws what the deployment would lose, and the way that loses nothing */
export function checkStream(before: Told = {}, now: Told = {}, deployed: { readonly streamName?: unknown } = {}): void {
    // A component that `pulumi import` made room for was told nothing yet, and has no stream but the imported one.
    if (before.requirements === undefined) return;
    const [manager, manages] = [before, now].map(({ streamProvider }) => String(streamProvider ?? "aws"));
    if (manager !== manages && before.hold !== true) {
        throw new Error(
            `streamProvider: ${manages} is not allowed yet; ${manager} manages the stream, and this deployment would delete it with its records. ` +
                `Set streamProvider back to ${manager}, deploy once with hold: true and the stream's streamName, then change streamProvider as docs/adopt.md of the repository says.`,
        );
    }
    const [heldName, streamName] = [deployed.streamName, now.streamName];
    if (now.hold !== true || typeof heldName !== "string" || typeof streamName !== "string" || heldName === streamName)
        return;
    throw new Error(
        `streamName: ${streamName} is not allowed with hold: true; the stream that is held is ${heldName}. Set streamName to ${heldName}, or remove hold.`,
    );
}
