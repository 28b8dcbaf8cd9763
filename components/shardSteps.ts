/**
 * A deployment that AWS would refuse fails in its preview: a hook of Pulumi compares the stream's declared count with the deployed one.
 *
 * Only the engine knows the deployed count: from the state, which `--refresh` brings up to date. A hook on the update of the stream is told
 * both, in a preview too, and its error is the error of the stream.
 */
import { AsyncResource } from "node:async_hooks";
import { getStream } from "@pulumi/aws/kinesis/getStream";
import * as pulumi from "@pulumi/pulumi";
import { oneCallProblem } from "../capacity/scaling/oneCall";
import { applyWithUnknowns } from "./inputs";

type ChildOptions = pulumi.CustomResourceOptions & { parent: pulumi.Resource };

/** What both providers call their own, before and after. */
interface StreamProperties {
    readonly name?: unknown;
    readonly shardCount?: unknown;
    readonly streamModeDetails?: { readonly streamMode?: unknown };
}

/**
 * Options of the stream that also refuse what AWS would refuse. With a scaler the count is its own, but for the deployment that leaves
 * on-demand.
 *
 * A hook is known by its name in the whole deployment, whatever other programs take part in it: so it is made once the URN is known. The list
 * of hooks is read when the stream is registered, after its `dependsOn` is settled.
 */
export function refusingBigSteps(name: string, isScaled: boolean, opts: ChildOptions): ChildOptions {
    if (!canHook()) return opts;
    const { parent } = opts;
    const beforeUpdate: pulumi.ResourceHook[] = [];
    const made = new Promise<void>((resolve) => {
        parent.urn.apply((urn) => {
            // In the plugin, which serves several programs, the context tells which of them asks AWS.
            const check = AsyncResource.bind(({ newInputs, oldOutputs }: pulumi.ResourceHookArgs) =>
                checkCount(parent, isScaled, oldOutputs as StreamProperties, newInputs as StreamProperties),
            );
            beforeUpdate.push(new pulumi.ResourceHook(hookName(name, urn), check, { onDryRun: true }));
            resolve();
        });
    });
    return {
        ...opts,
        dependsOn: made.then(() => opts.dependsOn ?? []) as pulumi.CustomResourceOptions["dependsOn"],
        transformations: [
            ...(opts.transformations ?? []),
            ({ props, opts: given }) => ({ props, opts: { ...given, hooks: { ...given.hooks, beforeUpdate } } }),
        ],
    };
}

/** The mocks of a unit test cannot: they have no engine that would call a hook. */
function canHook(): boolean {
    const monitor = pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined;
    return typeof monitor?.registerResourceHook === "function";
}

/** Short, since it stands before the error; with its parents where there are some, since they tell streams of one name apart. */
function hookName(name: string, urn: string): string {
    const types = urn.split("::")[2]!;
    return `shard count of ${types.includes("$") ? `${types}::${name}` : name}`;
}

async function checkCount(
    parent: pulumi.Resource,
    isScaled: boolean,
    olds: StreamProperties,
    news: StreamProperties,
): Promise<void> {
    const [name, declaredShards, deployed] = await known([olds.name, news.shardCount, olds.shardCount]);
    const leavesOnDemand = olds.streamModeDetails?.streamMode === "ON_DEMAND";
    if (typeof declaredShards !== "number" || (isScaled && !leavesOnDemand)) return;
    const streamName = String(name);
    const deployedShards = leavesOnDemand ? await openShards(streamName, parent) : deployed;
    if (typeof deployedShards !== "number") return;
    const leaving = !leavesOnDemand ? "count" : isScaled ? "hand-over" : "mode";
    const problem = oneCallProblem({ streamName, deployedShards, declaredShards, leaving });
    if (problem !== undefined) throw new Error(problem);
}

/** The values, of which a secret one is an Output; one that a preview does not know yet stays unknown. */
function known(values: readonly unknown[]): Promise<readonly unknown[]> {
    return new Promise((resolve) => applyWithUnknowns(values, (found) => resolve(found as unknown[])));
}

/** An on-demand stream has no count in the state, so AWS is asked. Who may not ask deploys as before. */
async function openShards(name: string, parent: pulumi.Resource): Promise<number | undefined> {
    try {
        return (await getStream({ name }, { parent })).openShards.length;
    } catch (error) {
        await pulumi.log.warn(`The open shards of ${name} were not to be had: ${(error as Error).message}`, parent);
        return undefined;
    }
}
