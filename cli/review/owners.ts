/**
 * What a preview says, sorted by the streams that it is about: all that stands below a ShardedStream is its stream's.
 */
import { shardedStreamType, typeOf } from "../../capacity/pulumiNames";
import { type PolicyMessage, type Preview, type PreviewedResource, type PreviewMessage } from "./preview";
import { componentOf, isStream } from "./stream";

/** What a preview has about a stream and all that belongs to it. */
export interface Heard {
    readonly resources: PreviewedResource[];
    readonly said: PolicyMessage[];
    readonly errors: PreviewMessage[];
    readonly warnings: PreviewMessage[];
}

/** Sorts a preview by the streams that it is about. */
export function byStream(preview: Preview): { heard: ReadonlyMap<string, Heard>; elsewhere: Heard } {
    const heard = new Map<string, Heard>();
    const elsewhere: Heard = { resources: [], said: [], errors: [], warnings: [] };
    const about = (urn: string | undefined): Heard => {
        const owner = urn === undefined ? undefined : ownerOf(preview, urn);
        if (owner === undefined) return elsewhere;
        const known = heard.get(owner) ?? { resources: [], said: [], errors: [], warnings: [] };
        heard.set(owner, known);
        return known;
    };
    for (const resource of preview.resources.values()) about(resource.urn).resources.push(resource);
    for (const message of preview.policies ?? []) about(message.urn).said.push(message);
    for (const error of preview.errors) about(error.urn).errors.push(error);
    for (const warning of preview.warnings) about(warning.urn).warnings.push(warning);
    return { heard, elsewhere };
}

/** More than anybody nests: a document that is not Pulumi's may go round in a circle. */
const parentsMax = 100;

/** The ShardedStream that a resource stands below, or the bare stream that it is. */
export function ownerOf({ resources }: Preview, urn: string): string | undefined {
    let at: string | undefined = urn;
    for (let hops = 0; at !== undefined && hops < parentsMax; hops++) {
        const resource: PreviewedResource | undefined = resources.get(at);
        if (typeOf(at) === shardedStreamType) return at;
        if (isStream(at)) return (resource && componentOf(resource)) ?? at;
        at = resource?.after?.parent ?? resource?.before?.parent;
    }
    return undefined;
}
