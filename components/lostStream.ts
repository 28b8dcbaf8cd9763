/**
 * A deployment that would lose the stream to what its component is told fails in its preview.
 *
 * To the engine the stream of the other `streamProvider` is another resource: it is created, or was imported, and the one that the program no
 * longer declares is deleted at the end, by its name, with all of its records. Only the engine knows what was deployed before; a hook on the
 * update of the component is told, in a preview too, and before any child is declared.
 */
import * as pulumi from "@pulumi/pulumi";

/** What the component was told, before and now. */
interface Told {
    readonly requirements?: unknown;
    readonly streamName?: unknown;
    readonly streamProvider?: unknown;
    readonly hold?: unknown;
}

/**
 * The component's options, with the hook.
 *
 * A hook is known by its name in the whole deployment, so the parent's types are in it: they tell streams of one name apart. The list of hooks
 * is read when the component is registered, after its `dependsOn` is settled.
 */
export function refusingLostStream(
    name: string,
    opts: pulumi.ComponentResourceOptions = {},
): pulumi.ComponentResourceOptions {
    if (!canHook()) return opts;
    const beforeUpdate = [...(opts.hooks?.beforeUpdate ?? [])];
    const add = (parents: string) => {
        const check = ({ oldInputs, newInputs, oldOutputs }: pulumi.ResourceHookArgs) =>
            checkStream(oldInputs, newInputs, oldOutputs);
        beforeUpdate.push(new pulumi.ResourceHook(`stream of ${parents}${name}`, check, { onDryRun: true }));
    };
    const hooks = { ...opts.hooks, beforeUpdate };
    if (opts.parent === undefined) {
        add("");
        return { ...opts, hooks };
    }
    const { parent, dependsOn = [] } = opts;
    const added = new Promise<void>((resolve) => {
        parent.urn.apply((urn) => {
            add(`${urn.split("::").slice(2).join("::")}, `);
            resolve();
        });
    });
    return { ...opts, hooks, dependsOn: added.then(() => dependsOn) as typeof dependsOn };
}

/** The mocks of a unit test cannot: they have no engine that would call a hook. */
function canHook(): boolean {
    const monitor = pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined;
    return typeof monitor?.registerResourceHook === "function";
}

/** @throws what the deployment would lose, and the way that loses nothing */
export function checkStream(before: Told = {}, now: Told = {}, deployed: { readonly streamName?: unknown } = {}): void {
    // A component that `pulumi import` made room for was told nothing yet, and has no stream but the imported one.
    if (before.requirements === undefined) return;
    const [manager, manages] = [before, now].map(({ streamProvider }) => String(streamProvider ?? "aws"));
    if (manager !== manages && before.hold !== true) {
        throw new Error(
            `streamProvider: ${manages} is not allowed yet; ${manager} manages the stream, and this deployment would delete it with its records. ` +
                `Set streamProvider back to ${manager}, deploy once with hold: true and the stream's streamName, then change streamProvider as docs/adopt.md says.`,
        );
    }
    const [heldName, streamName] = [deployed.streamName, now.streamName];
    if (now.hold !== true || typeof heldName !== "string" || typeof streamName !== "string" || heldName === streamName)
        return;
    throw new Error(
        `streamName: ${streamName} is not allowed with hold: true; the stream that is held is ${heldName}. Set streamName to ${heldName}, or remove hold.`,
    );
}
