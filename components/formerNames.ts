/**
 * What a child was called when its component, or something else that its name tells of, was called otherwise.
 *
 * Of a component's `aliases` Pulumi makes those of its children: where a child's name begins with the component's, it puts the old one in its
 * place. A name that was made to fit AWS, or ends in a hash of what it is for, would be that of another resource.
 */
import * as pulumi from "@pulumi/pulumi";
import { nameOf } from "../capacity/pulumiNames";

/** The options of a child with each name that it had, by each that its component had, and each of the other resource that it is called after. */
export function withFormerNames<Options extends pulumi.ResourceOptions>(
    opts: Options,
    childNameOf: (component: string, other: string) => string,
    other?: pulumi.Resource,
): Options {
    const { parent: component } = opts;
    if (component === undefined) return opts;
    const otherNames = other ? [nameInProgram(other), ...formerUrns(other).map((urn) => urn.apply(nameOf))] : [""];
    const [, ...former] = [component.urn, ...formerUrns(component)].flatMap((parent) =>
        otherNames.map((otherName) => [parent, otherName] as const),
    );
    if (former.length === 0) return opts;
    const aliases = former.map(([parent, otherName]) => ({
        name: pulumi.all([parent, otherName]).apply(([urn, called]) => childNameOf(nameOf(urn), called)),
        parent,
    }));
    return { ...opts, aliases: [...(opts.aliases ?? []), ...aliases] };
}

/** The name of a resource in the program: it alone is known before the deployment. */
export function nameInProgram(resource: pulumi.Resource): string {
    return knownOf(resource).__name;
}

/** The type of a resource, such as `aws:kinesis/stream:Stream`. */
export function typeInProgram(resource: pulumi.Resource): string {
    return knownOf(resource).__pulumiType;
}

/** The last part of its type, such as `ShardedStream`. */
export function kindInProgram(resource: pulumi.Resource): string {
    return typeInProgram(resource).split(":").at(-1)!;
}

/** The types of a resource and of what it is in, which its children's URNs begin with. */
export function typesInProgram(resource: pulumi.Resource): string {
    const { __parentResource: parent } = knownOf(resource);
    const own = typeInProgram(resource);
    return parent === undefined ? own : `${typesInProgram(parent)}$${own}`;
}

/** Where a resource stood before: by its own aliases, and by those of the components that it is in, as Pulumi hands them down. */
function formerUrns(resource: pulumi.Resource): pulumi.Output<pulumi.URN>[] {
    const { __name: name, __pulumiType: type, __aliases = [], __parentResource: parent } = knownOf(resource);
    const own = __aliases.map((urn) => pulumi.output(urn));
    if (parent === undefined) return own;
    const names = [pulumi.output(name), ...own.map((urn) => urn.apply(nameOf))];
    const inherited = formerUrns(parent).flatMap((parentUrn) =>
        names.map((called) => {
            const before = pulumi.all([called, parentUrn]).apply(([child, urn]) => {
                const parentName = nameInProgram(parent);
                return child.startsWith(parentName) ? nameOf(urn) + child.slice(parentName.length) : child;
            });
            return pulumi.createUrn(before, type, parentUrn);
        }),
    );
    return [...own, ...inherited];
}

/** What the SDK keeps of each resource. */
interface Known {
    readonly __name: string;
    readonly __pulumiType: string;
    /** As URNs, in whichever form they were given. */
    readonly __aliases?: readonly pulumi.Input<pulumi.URN>[];
    readonly __parentResource?: pulumi.Resource;
}

function knownOf(resource: pulumi.Resource): Known {
    return resource as unknown as Known;
}
