/**
 * Tags of streams and consumers.
 */
import { pageAfter, sortedBy } from "../wire/pages";
import { integer, required } from "../wire/shape";
import { addTags, checkTags, removeTags, tagList, tagsMax } from "../wire/tags";
import { under } from "./errors";
import { onResource } from "./resourcePolicies";
import { tagKey, tagKeys, tags } from "./shapes";
import { type Account, type Consumer, onStream, type Stream } from "./state";
import { tagRefusals } from "./tagRefusals";

export const addTagsToStream = onStream({ Tags: required(tags) }, (stream, input, account) =>
    addStreamTags(account, stream, input.Tags),
);

export const removeTagsFromStream = onStream({ TagKeys: required(tagKeys) }, (stream, input, account) =>
    untag(account, stream, input.TagKeys),
);

export const listTagsForStream = onStream(
    { ExclusiveStartTagKey: tagKey, Limit: integer(1, tagsMax) },
    (stream, { ExclusiveStartTagKey: after, Limit: most = tagsMax }) => {
        const { items, more } = pageAfter(tagList(stream.tags), ({ Key }) => Key, after, most);
        return { Tags: items, HasMoreTags: more };
    },
);

export const tagResource = onResource({ Tags: required(tags) }, (resource, input, account) =>
    addStreamTags(account, resource, input.Tags),
);

export const untagResource = onResource({ TagKeys: required(tagKeys) }, (resource, input, account) =>
    untag(account, resource, input.TagKeys),
);

export const listTagsForResource = onResource({}, (resource) => ({
    Tags: sortedBy(tagList(resource.tags), ({ Key }) => Key),
}));

export function addStreamTags(
    account: Account,
    tagged: Stream | Consumer,
    added?: Readonly<Record<string, string>>,
): void {
    addTags(tagged.tags, added, tagRefusals(`add tags to ${nameOf(account, tagged)}`));
}

function untag(account: Account, tagged: Stream | Consumer, keys: readonly string[]): void {
    checkTags(
        keys.map((key) => [key, ""]),
        tagRefusals(`remove tags from ${nameOf(account, tagged)}`),
    );
    removeTags(tagged.tags, keys);
}

const nameOf = (account: Account, tagged: Stream | Consumer): string =>
    `${"consumers" in tagged ? "stream" : "consumer"} ${under(account, tagged.name)}`;
