/**
 * The region of a component's children: its own, where it is given one, else the provider's, which must be that of the stream.
 */
import { getRegionOutput } from "@pulumi/aws/getRegion";
import type * as pulumi from "@pulumi/pulumi";
import { isArn } from "../capacity/arns";
import { record } from "../capacity/checks";
import { providerRegionProblems } from "../capacity/arnConflicts";
import { applyWithUnknowns, at, errorOf, isPlain, type Ready, wasChecked } from "./inputs";
import { problemsWithoutSecrets, secretPaths } from "./secrets";

/** What a component is told of its region; nothing where a program of JavaScript gives no arguments, which is refused after it. */
type Placed = { readonly region?: pulumi.Input<string | undefined> } | undefined | null;

/**
 * The options of a component with which each of its children is made in the region of its arguments, so that none can be forgotten.
 *
 * A child whose `region` the user's own transformation has set keeps that.
 */
export function inRegion(
    args: Placed,
    opts: pulumi.ComponentResourceOptions | undefined,
): pulumi.ComponentResourceOptions | undefined {
    const region = args?.region ?? undefined;
    if (region === undefined) return opts;
    const transformation: pulumi.ResourceTransformation = ({ type, props, opts: childOpts }) =>
        hasRegion(type) ? { props: { ...props, region: props.region ?? region }, opts: childOpts } : undefined;
    return { ...opts, transformations: [...(opts?.transformations ?? []), transformation] };
}

/**
 * Waits, beside `ready`, until it is known that the provider has the region of the ARNs at these paths: in another one alarms would be made
 * that never see their stream. Where a region is given it was checked with the other arguments; where nothing is an ARN nobody is asked.
 */
export function inTheirRegion(
    component: pulumi.ComponentResource,
    args: object,
    paths: readonly string[],
    ready: Ready,
): Ready {
    if ((at(args, "region") ?? undefined) !== undefined || wasChecked(args)) return ready;
    const arns = Object.fromEntries(paths.map((path) => [path, at(args, path)]));
    if (isPlain(arns) && !Object.values(arns).some(isSomeArn)) return ready;
    const known = new Promise<pulumi.Resource[]>((resolve) => {
        applyWithUnknowns({ arns, secrets: secretPaths(arns) }, (settled) => {
            const { arns: found, secrets } = settled as { arns: typeof arns; secrets: readonly string[] };
            if (!Object.values(found).some(isSomeArn)) return resolve([]);
            applyWithUnknowns(getRegionOutput({}, { parent: component }).region, (provider) => {
                // A mock of a unit test may know no region.
                if (typeof provider !== "string") return resolve([]);
                const problems = problemsWithoutSecrets(found, secrets, (values) =>
                    providerRegionProblems(record(values), provider),
                );
                if (problems.length > 0) throw errorOf(component, problems);
                resolve([]);
            });
        });
    });
    return Promise.all([ready, known]).then(() => []);
}

function isSomeArn(value: unknown): boolean {
    return typeof value === "string" && isArn(value);
}

/**
 * IAM belongs to no region. Neither does a dashboard, though its resource takes one: another region there would be a replacement, and
 * the old one's deletion, which goes by the name, would take the new one with it.
 */
function hasRegion(type: string): boolean {
    return type.startsWith("aws:") && !type.startsWith("aws:iam/") && type !== "aws:cloudwatch/dashboard:Dashboard";
}
