/**
 * Tags: added to and taken from what carries them, in the two forms in which AWS's services write them.
 */
import { operationOn } from "./operation";
import { type InputOf, type Members, type Shape } from "./shape";

export type Tags = Map<string, string>;

/** A list of keys and values, or an object; a form's empty list is empty text. */
type GivenTags = readonly { readonly Key: string; readonly Value?: string }[] | Readonly<Record<string, string>> | "";
type GivenKeys = readonly string[] | "";

export function tagMap(given: GivenTags = []): Tags {
    return new Map(isList(given) ? given.map(({ Key, Value = "" }) => [Key, Value]) : Object.entries(given));
}

export function tagList(tags: Tags): { Key: string; Value: string }[] {
    return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

export function addTags(tags: Tags, given?: GivenTags): void {
    for (const [key, value] of tagMap(given)) tags.set(key, value);
}

export function removeTags(tags: Tags, keys: GivenKeys = []): void {
    for (const key of keys) tags.delete(key);
}

/** TagResource, UntagResource and ListTagsForResource, where the tags are a list and the first two answer with nothing in particular. */
export function tagOperations<Account, const N extends Members>(
    names: N,
    tagsOf: (account: Account, input: InputOf<N>) => Tags,
    shapes: { readonly Tags: Shape<GivenTags>; readonly TagKeys: Shape<GivenKeys> },
) {
    const onTags = operationOn(names, tagsOf);
    return {
        tagResource: onTags({ Tags: shapes.Tags }, (tags, input) => {
            addTags(tags, input.Tags);
            return {};
        }),
        untagResource: onTags({ TagKeys: shapes.TagKeys }, (tags, input) => {
            removeTags(tags, input.TagKeys);
            return {};
        }),
        listTagsForResource: onTags({}, (tags) => ({ Tags: tagList(tags) })),
    };
}

// Array.isArray does not know a list that is readonly.
const isList = (given: GivenTags): given is Extract<GivenTags, readonly unknown[]> => Array.isArray(given);
