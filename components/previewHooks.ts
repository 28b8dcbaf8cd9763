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
 * The hook stands in the options from the beginning, because whatever transforms them may copy its list (`pulumi.mergeOptions` does). Its name
 * is known with the parent's URN, which a resource has to wait for anyway.
 */
export function checkedBeforeUpdate<Options extends pulumi.ResourceOptions>(
    opts: Options,
    { title, check }: UpdateCheck,
): Options {
    if (!canHook()) return opts;
    const made = new Promise<pulumi.ResourceHook>((resolve) => {
        pulumi.output(opts.parent?.urn).apply((parentUrn) => {
            // In the plugin, which serves several programs, the context tells which of them asks AWS.
            resolve(new pulumi.ResourceHook(title(parentUrn), AsyncResource.bind(check), { onDryRun: true }));
        });
    });
    const beforeUpdate = [...(opts.hooks?.beforeUpdate ?? []), becoming(made)];
    return { ...opts, hooks: { ...opts.hooks, beforeUpdate } };
}

/**
 * Stands for a hook that is still to be made, and becomes it: whoever registers a resource waits until its hooks are registered, and then asks
 * their names.
 */
function becoming(made: Promise<pulumi.ResourceHook>): pulumi.ResourceHook {
    const hook = { __pulumiResourceHook: true, __registered: Promise.resolve() };
    hook.__registered = made.then((known) => {
        const { __registered: registered, ...all } = known as unknown as typeof hook;
        Object.assign(hook, all);
        return registered;
    });
    return hook as unknown as pulumi.ResourceHook;
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
