/**
 * A deployment that would lose the stream to a change of `streamProvider` fails in its preview.
 *
 * To the engine the stream of the other provider is another resource: it is created, or was imported, and the one that the program no longer
 * declares is deleted at the end, by its name, with all of its records. Only the engine knows what was deployed before; a hook on the update
 * of the component is told, in a preview too, and before any child is declared.
 */
import * as pulumi from "@pulumi/pulumi";

/** What the component was told, before and now. */
interface Told {
    readonly requirements?: unknown;
    readonly streamProvider?: unknown;
    readonly hold?: unknown;
}

/**
 * The component's options, with the hook.
 *
 * A hook is known by its name in the whole deployment, so the parent's types are in it: they tell streams of one name apart. The list of hooks
 * is read when the component is registered, after its `dependsOn` is settled.
 */
export function refusingOtherProvider(
    name: string,
    opts: pulumi.ComponentResourceOptions = {},
): pulumi.ComponentResourceOptions {
    if (!canHook()) return opts;
    const beforeUpdate = [...(opts.hooks?.beforeUpdate ?? [])];
    const add = (parents: string) => {
        const check = ({ oldInputs, newInputs }: pulumi.ResourceHookArgs) => checkProvider(oldInputs, newInputs);
        beforeUpdate.push(new pulumi.ResourceHook(`streamProvider of ${parents}${name}`, check, { onDryRun: true }));
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

function checkProvider(olds: Told = {}, news: Told = {}): void {
    const [before, now] = [olds, news].map(({ streamProvider }) => streamProvider ?? "aws");
    // A component that `pulumi import` made room for was told nothing yet, and has no stream but the imported one.
    if (before === now || olds.requirements === undefined || olds.hold === true) return;
    throw new Error(
        `streamProvider: ${String(now)} is not allowed yet; ${String(before)} manages the stream, and this deployment would delete it with its records. ` +
            `Set streamProvider back to ${String(before)}, deploy once with hold: true and the stream's streamName, then change streamProvider as docs/adopt.md says.`,
    );
}
