/**
 * What Pulumi shows a policy, as views: of one resource, or of all of a stack.
 *
 * Pulumi asks one policy after the other and unpacks the same resource for each of them. The policies of one round share what is copied of it:
 * copying it is most of what judging it costs.
 */
import { type PolicyProviderResource, type PolicyResource, type ResourceValidationArgs } from "@pulumi/policy";
import {
    consumerFunctionType,
    eventSourceMappingTypes,
    type ResourceView,
    seenTypes,
    shardedStreamType,
    snapshot,
    streamAutoscalerType,
    streamTypes,
} from "./resources";
import { secretPaths } from "./secretPaths";
import { toldTypes } from "./transformed";

/** What the first policy of a round was shown, and those after it. */
interface Round<Shown> {
    readonly first: string;
    readonly others: Set<string>;
    readonly shown: Shown;
}

/**
 * What a policy is shown: what those before it in its round were, or something new.
 *
 * An update asks all of them again, in the same order, about values that are known by then. So a round ends where its first policy is asked
 * again, and whoever else is asked twice in one is shown something new.
 */
function inRound<Shown>(
    round: Round<Shown> | undefined,
    policy: string,
    show: () => Shown,
): { readonly shown: Shown; readonly round: Round<Shown> } {
    if (round === undefined || round.first === policy) {
        const begun = { first: policy, others: new Set<string>(), shown: show() };
        return { shown: begun.shown, round: begun };
    }
    if (round.others.has(policy)) return { shown: show(), round };
    round.others.add(policy);
    return { shown: round.shown, round };
}

const resourceRounds = new Map<string, Round<ResourceView>>();

/** A resource as a policy is asked about it. */
export function shownResource(policy: string, args: ResourceValidationArgs): ResourceView {
    const { shown, round } = inRound(resourceRounds.get(args.urn), policy, () => viewOf(args));
    resourceRounds.set(args.urn, round);
    return shown;
}

let stackRound: Round<readonly ResourceView[]> | undefined;

/** The resources of a stack that judges ask for. */
export function shownStack(policy: string, resources: readonly PolicyResource[]): readonly ResourceView[] {
    const seen = resources.filter(({ type }) => seenTypes.includes(type));
    const isSame = (views: readonly ResourceView[]) =>
        views.length === seen.length && views.every(({ urn }, nth) => urn === seen[nth]!.urn);
    const before = stackRound && isSame(stackRound.shown) ? stackRound : undefined;
    const { shown, round } = inRound(before, policy, () => seen.map(viewInStack));
    stackRound = round;
    return shown;
}

export const componentTypes: readonly string[] = [shardedStreamType, streamAutoscalerType, consumerFunctionType];

/**
 * What was declared of each component, by URN: a stack policy is shown a component's outputs only, and its children are not shown it at
 * all. A process serves one deployment, in which a component comes before its children, and both before the stack.
 */
const declaredComponents = new Map<string, ResourceView>();

/** A resource by itself; one of a component is remembered for its children and for the stack. */
export function viewOf(args: ResourceValidationArgs): ResourceView {
    const view = withProps(args, {
        props: () => snapshot(args.props),
        secrets: () => secretPaths(args.props),
    });
    // Copied now, before a remedy changes it.
    if (componentTypes.includes(args.type)) declaredComponents.set(args.urn, { ...view });
    return view;
}

function viewInStack(resource: PolicyResource): ResourceView {
    const dependencies = Object.entries(resource.propertyDependencies).map(
        ([property, resources]) => [property, resources.map(({ urn }) => urn)] as const,
    );
    const { urn } = resource;
    const declaredOf = (props: PolicyResource["props"]) => declaredComponents.get(urn) ?? untold(urn, props);
    const view = withProps(resource, {
        props: () => {
            const { props } = resource;
            return { ...snapshot(props), ...declaredOf(props)?.props };
        },
        secrets: () => {
            const { props } = resource;
            return [...secretPaths(props), ...(declaredOf(props)?.secrets ?? [])];
        },
    });
    const { provider } = resource;
    if (provider !== undefined)
        Object.defineProperty(view, "provider", { get: () => shownProvider(provider), enumerable: true });
    return Object.assign(view, { propertyDependencies: Object.fromEntries(dependencies) });
}

/**
 * What a resource was declared as, of which a preview shows a stack nothing at all: its provider's configuration is not known yet, so nobody
 * has asked that.
 */
function untold(urn: string, props: PolicyResource["props"]): ResourceView | undefined {
    return Object.keys(props).length > 0 ? undefined : resourceRounds.get(urn)?.shown;
}

/** Nothing of a provider but its region: the rest is how to sign in. Copied as properties are, once a judge asks. */
function shownProvider({ urn, props }: PolicyProviderResource): ResourceView["provider"] {
    // Read inside of it: one that is not known yet throws.
    const { region } = snapshot({
        get region(): unknown {
            return props.region;
        },
    });
    return { urn, region };
}

/** What is judged by the component that it is a part of. */
const partTypes: readonly string[] = [...streamTypes, ...toldTypes, ...eventSourceMappingTypes];

/** What is copied of a resource. */
interface Copies {
    props(): ResourceView["props"];
    secrets(): readonly string[];
}

/** Properties are copied once a judge asks for them, which most never do: each value that is not known yet costs a thrown error. */
function withProps({ type, name, urn, opts }: ResourceValidationArgs | PolicyResource, copy: Copies): ResourceView {
    const { ignoreChanges, parent } = opts;
    const component = partTypes.includes(type) && parent ? declaredComponents.get(parent) : undefined;
    let copied: ResourceView["props"] | undefined;
    let secrets: readonly string[] | undefined;
    return {
        type,
        name,
        urn,
        get props() {
            return (copied ??= copy.props());
        },
        get secrets() {
            return (secrets ??= copy.secrets());
        },
        ignoreChanges,
        ...(parent !== undefined && { parent }),
        ...(component && { component }),
    };
}
