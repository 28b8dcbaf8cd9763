/**
 * A deployment that AWS would refuse fails in its preview: the stream's declared count is compared with the deployed one, which the engine knows
 * from the state, and `--refresh` brings up to date.
 */
import { getStream } from "@pulumi/aws/kinesis/getStream";
import * as pulumi from "@pulumi/pulumi";
import { typesOf } from "../capacity/pulumiNames";
import { oneCallProblem } from "../capacity/scaling/oneCall";
import { formatNumber } from "../capacity/text";
import { applyWithUnknowns } from "./inputs";
import { checkedBeforeUpdate } from "./previewHooks";

type ChildOptions = pulumi.CustomResourceOptions & { parent: pulumi.Resource };

/** What both providers call their own, before and after. */
interface StreamProperties {
    readonly name?: unknown;
    /** The aws provider's; aws-native has none beside its own. */
    readonly region?: unknown;
    readonly shardCount?: unknown;
    readonly streamModeDetails?: { readonly streamMode?: unknown };
    /** The aws provider's name of it. */
    readonly warmThroughputMibPs?: unknown;
}

/** Options of the stream that also refuse what AWS would refuse. With a scaler the count is its own, but for the deployment that leaves on-demand. */
export function refusingBigSteps(name: string, isScaled: boolean, opts: ChildOptions): ChildOptions {
    return checkedBeforeUpdate(opts, {
        title: (urn) => `shard count of ${placeOf(name, urn!)}`,
        check: async ({ newInputs, oldInputs, oldOutputs }) => {
            await checkWarm(oldInputs as StreamProperties, newInputs as StreamProperties);
            await checkCount(opts.parent, isScaled, oldOutputs as StreamProperties, newInputs as StreamProperties);
        },
    });
}

/** Short, since it stands before the error; with its parents where there are some. */
function placeOf(name: string, urn: string): string {
    const types = typesOf(urn);
    return types.includes("$") ? `${types}::${name}` : name;
}

/** The aws provider takes a warm throughput back after it has changed the mode, where AWS refuses that. */
async function checkWarm(olds: StreamProperties, news: StreamProperties): Promise<void> {
    const [name, warm] = await known([news.name ?? olds.name, olds.warmThroughputMibPs]);
    if (news.streamModeDetails?.streamMode !== "PROVISIONED" || typeof warm !== "number" || warm === 0) return;
    const amount = (await isSecret([olds.warmThroughputMibPs])) ? "" : ` of ${formatNumber(warm)} MiB/s`;
    throw new Error(
        `Stream ${String(name)} leaves on-demand with a warm throughput${amount}, which the provider would take back only after the mode has changed, where AWS refuses it. Deploy it without warmThroughputMiBps first, still on-demand; then change capacityMode.`,
    );
}

async function checkCount(
    parent: pulumi.Resource,
    isScaled: boolean,
    olds: StreamProperties,
    news: StreamProperties,
): Promise<void> {
    const [name, region, declaredShards, deployed] = await known([
        olds.name,
        news.region,
        news.shardCount,
        olds.shardCount,
    ]);
    const leavesOnDemand = olds.streamModeDetails?.streamMode === "ON_DEMAND";
    if (typeof declaredShards !== "number" || (isScaled && !leavesOnDemand)) return;
    const streamName = String(name);
    const deployedShards = leavesOnDemand ? await openShards(streamName, region, parent) : deployed;
    if (typeof deployedShards !== "number") return;
    const leaving = !leavesOnDemand ? "count" : isScaled ? "hand-over" : "mode";
    const problem = oneCallProblem({ streamName, deployedShards, declaredShards, leaving });
    if (problem === undefined) return;
    throw new Error((await isSecret([news.shardCount, olds.shardCount])) ? withoutCounts(streamName) : problem);
}

async function isSecret(values: readonly unknown[]): Promise<boolean> {
    const secrets = await Promise.all(values.filter((value) => pulumi.Output.isInstance(value)).map(pulumi.isSecret));
    return secrets.includes(true);
}

function withoutCounts(streamName: string): string {
    return (
        `The shards that are declared for stream ${streamName} are further from the deployed ones than one UpdateShardCount call goes, and AWS would refuse that. They are a secret, so no count is shown.\n` +
        "Preview with a plain shardCount in its place to see the ways there."
    );
}

/** The values, of which a secret one is an Output; one that a preview does not know yet stays unknown. */
function known(values: readonly unknown[]): Promise<readonly unknown[]> {
    return new Promise((resolve) => applyWithUnknowns(values, (found) => resolve(found as unknown[])));
}

/** An on-demand stream has no count in the state, so AWS is asked. Who may not ask deploys as before. */
async function openShards(name: string, region: unknown, parent: pulumi.Resource): Promise<number | undefined> {
    // What is not known yet is another region: another stream, which AWS makes with any count.
    if (region !== undefined && typeof region !== "string") return undefined;
    try {
        return (await getStream({ name, region }, { parent })).openShards.length;
    } catch (error) {
        await pulumi.log.warn(`The open shards of ${name} were not to be had: ${(error as Error).message}`, parent);
        return undefined;
    }
}
