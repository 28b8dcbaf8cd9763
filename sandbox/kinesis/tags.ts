/**
 * Tags of streams and consumers.
 */
import { pageAfter, sortedBy } from "../wire/pages";
import { integer, required } from "../wire/shape";
import { addTags, removeTags, tagList } from "../wire/tags";
import { invalidArgument, under } from "./errors";
import { onResource } from "./resourcePolicies";
import { tagKey, tagKeys, tags } from "./shapes";
import { type Account, onStream, type Stream } from "./state";

/** Tags that a stream can carry. */
const tagsMax = 50;

export const addTagsToStream = onStream({ Tags: required(tags) }, (stream, input, account) =>
    addStreamTags(account, stream, input.Tags),
);

export const removeTagsFromStream = onStream({ TagKeys: required(tagKeys) }, (stream, input) =>
    removeTags(stream.tags, input.TagKeys),
);

export const listTagsForStream = onStream(
    { ExclusiveStartTagKey: tagKey, Limit: integer(1, tagsMax) },
    (stream, { ExclusiveStartTagKey: after, Limit: most = tagsMax }) => {
        const { items, more } = pageAfter(tagList(stream.tags), ({ Key }) => Key, after, most);
        return { Tags: items, HasMoreTags: more };
    },
);

export const tagResource = onResource({ Tags: required(tags) }, (resource, input, account) => {
    if ("consumers" in resource) addStreamTags(account, resource, input.Tags);
    else addTags(resource.tags, input.Tags);
});

export const untagResource = onResource({ TagKeys: required(tagKeys) }, (resource, input) =>
    removeTags(resource.tags, input.TagKeys),
);

export const listTagsForResource = onResource({}, (resource) => ({
    Tags: sortedBy(tagList(resource.tags), ({ Key }) => Key),
}));

export function addStreamTags(account: Account, stream: Stream, added: Readonly<Record<string, string>> = {}): void {
    const newKeys = Object.keys(added).filter((key) => !stream.tags.has(key));
    if (stream.tags.size + newKeys.length > tagsMax) {
        throw invalidArgument(
            `Failed to add tags to stream ${under(account, stream.name)} because a given ` +
                `stream cannot have more than ${tagsMax} tags associated with it.`,
        );
    }
    addTags(stream.tags, added);
}
