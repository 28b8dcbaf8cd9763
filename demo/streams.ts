/**
 * The streams of a deployed stack, as AWS has them, with what the program declares about each.
 */
import { DescribeStreamSummaryCommand } from "@aws-sdk/client-kinesis";
import { isStreamType } from "../capacity/pulumiNames";
import { type OperationResult, type ResourceStep, unknownValue } from "../engine/index";
import { type Aws } from "../engine/providers/aws";
import { type DeclaredLoad, type Load, loadOf } from "./load";
import { type Options, RehearsalError } from "./options";

export interface DeployedStream {
    readonly name: string;
    readonly region: string;
    readonly onDemand: boolean;
    readonly plannedShards: number;
    /** Whether a component declares its load, or its shards alone tell what it takes. */
    readonly declared: DeclaredLoad | undefined;
    readonly load: Load;
}

/** A function that scales a stream, and writes what it decides to its log. */
export interface Scaler {
    readonly functionName: string;
    readonly region: string;
}

const functionType = "aws:lambda/function:Function";

/** In the order of their names. */
export async function deployedStreams(
    { steps }: OperationResult,
    aws: Aws,
    { only, peak }: Pick<Options, "only" | "peak">,
): Promise<DeployedStream[]> {
    const deployed = streamSteps(steps)
        .map((step) => ({ step, arn: String(step.outputs.arn) }))
        .sort((left, right) => (left.arn < right.arn ? -1 : 1));
    const names = deployed.map(({ arn }) => nameOf(arn));
    const chosen = deployed.filter(({ arn }) => only.length === 0 || only.some((part) => nameOf(arn).includes(part)));
    refuseUnmatched(only, names);
    return Promise.all(
        chosen.map(async ({ step, arn }) => {
            const [name, region] = [nameOf(arn), arn.split(":")[3]!];
            const { StreamDescriptionSummary } = await aws
                .inRegion(region)
                .kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name }));
            const { OpenShardCount = 1, StreamModeDetails } = StreamDescriptionSummary!;
            const declared = declaredLoad(steps, step, [name, arn]);
            return {
                name,
                region,
                onDemand: StreamModeDetails?.StreamMode === "ON_DEMAND",
                plannedShards: OpenShardCount,
                declared,
                load: loadOf(declared, OpenShardCount, peak, chosen.length),
            };
        }),
    );
}

/** What is asked for and in no name is refused in the preview already, unless AWS or the deployment will tell a name. */
export function checkOnly(steps: readonly ResourceStep[], only: readonly string[]): void {
    const names = streamSteps(steps).map(({ inputs, urn }) => inputs.name ?? urn.slice(urn.lastIndexOf("::") + 2));
    if (!names.includes(unknownValue)) refuseUnmatched(only, names.map(String));
}

function refuseUnmatched(only: readonly string[], names: readonly string[]): void {
    const unmatched = only.filter((part) => !names.some((name) => name.includes(part)));
    if (unmatched.length === 0) return;
    const asked = unmatched.join(", ");
    throw new RehearsalError(`--only ${asked}: no stream is called so; there is ${names.join(", ")}.`, 2);
}

/** The streams that the program makes, in a preview too. */
export function streamSteps(steps: readonly ResourceStep[]): ResourceStep[] {
    const streams = steps.filter(({ type, op }) => isStreamType(type) && op !== "read");
    if (streams.length > 0) return streams;
    throw new RehearsalError("The program makes no Kinesis stream, so there is nothing to play a day through.", 2);
}

export function deployedScalers({ steps }: OperationResult): Scaler[] {
    return steps
        .filter(({ type, urn }) => type === functionType && /sharded-stream:index:StreamAutoscaler\$/.test(urn))
        .map(({ outputs }) => ({ functionName: String(outputs.name), region: String(outputs.arn).split(":")[3]! }));
}

/** By the component that made the stream, or by one that names it, such as StreamAlarms beside a stream. */
function declaredLoad(
    steps: readonly ResourceStep[],
    { urn }: ResourceStep,
    names: readonly string[],
): DeclaredLoad | undefined {
    const [stack, project, types = "", ...name] = urn.slice("urn:pulumi:".length).split("::");
    const parent = `urn:pulumi:${[stack, project, types.slice(0, types.lastIndexOf("$")), ...name].join("::")}`;
    const declaring = steps.filter(({ inputs }) => isLoad(inputs.requirements));
    const found =
        declaring.find((step) => step.urn === parent) ??
        declaring.find(({ inputs }) => names.includes(String(inputs.stream ?? inputs.streamName)));
    return found?.inputs.requirements as DeclaredLoad | undefined;
}

function isLoad(value: unknown): value is DeclaredLoad {
    const { writeMiBPerSecond, recordsPerSecond } = (value ?? {}) as Partial<DeclaredLoad>;
    return [writeMiBPerSecond, recordsPerSecond].every((rate) => typeof rate === "number" && rate > 0);
}

function nameOf(arn: string): string {
    return arn.slice(arn.lastIndexOf("/") + 1);
}
