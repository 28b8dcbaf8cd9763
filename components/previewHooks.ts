/**
 * Checks of an update against what was deployed before, in a preview too: Pulumi's hooks.
 *
 * Only the engine knows what was deployed before; a hook on an update is told both, and its error is the error of the resource.
 */
import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";

/** What a check is for and how it judges; it throws what speaks against the update. */
export interface UpdateCheck {
    /** Stands before the error, and is the hook's name in the whole deployment: so it tells apart what has one name under two parents. */
    readonly title: (parentUrn: string | undefined) => string;
    readonly check: pulumi.ResourceHookFunction;
}

/**
 * Options of a resource with the check before each of its updates.
 *
 * The hook is made once the parent's URN is known. The list of hooks is read when the resource is registered, after its `dependsOn` is settled:
 * the list that a transformation sets, since a resource's class copies those of its options. A component hands its transformations down to its
 * children, so the list is the first one's alone.
 */
export function checkedBeforeUpdate<Options extends pulumi.ResourceOptions>(
    opts: Options,
    { title, check }: UpdateCheck,
): Options {
    if (!canHook()) return opts;
    let bind: ((hook: pulumi.ResourceHook) => void) | undefined;
    const bound: pulumi.ResourceTransformation = ({ props, opts: given }) => {
        if (bind !== undefined) return undefined;
        const beforeUpdate = [...(given.hooks?.beforeUpdate ?? [])];
        bind = (hook) => beforeUpdate.push(hook);
        return { props, opts: { ...given, hooks: { ...given.hooks, beforeUpdate } } };
    };
    const made = new Promise<void>((resolve) => {
        pulumi.output(opts.parent?.urn).apply((parentUrn) => {
            // In the plugin, which serves several programs, the context tells which of them asks AWS.
            bind?.(new pulumi.ResourceHook(title(parentUrn), AsyncResource.bind(check), { onDryRun: true }));
            resolve();
        });
    });
    return {
        ...opts,
        transformations: [...(opts.transformations ?? []), bound],
        dependsOn: made.then(() => opts.dependsOn ?? []) as Options["dependsOn"],
    };
}

/** A component in a title: its name, and where it stands if that is not the stack itself. */
export function placeOf(name: string, parentUrn: string | undefined): string {
    return parentUrn === undefined ? name : `${parentUrn.split("::").slice(2).join("::")}, ${name}`;
}

/** The mocks of a unit test cannot: they have no engine that would call a hook. */
function canHook(): boolean {
    const monitor = pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined;
    return typeof monitor?.registerResourceHook === "function";
}
