/**
 * The region of a component's children, where it is not the provider's.
 */
import type * as pulumi from "@pulumi/pulumi";

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
 * IAM belongs to no region. Neither does a dashboard, though its resource takes one: another region there would be a replacement, and
 * the old one's deletion, which goes by the name, would take the new one with it.
 */
function hasRegion(type: string): boolean {
    return type.startsWith("aws:") && !type.startsWith("aws:iam/") && type !== "aws:cloudwatch/dashboard:Dashboard";
}
