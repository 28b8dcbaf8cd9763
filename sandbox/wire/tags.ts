/**
 * Tags: added to and taken from what carries them, in the two forms in which AWS's services write them, once they are such as AWS takes.
 *
 * Source of the rules: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html, read 2026-11. Where a service's
 * sentence is not documented, it is the one that AWS's services have in common.
 */
import { limits } from "../../capacity/limits";
import { type AwsError } from "../service";
import { operationOn } from "./operation";
import { hasAtMost, type InputOf, type Members, type Shape } from "./shape";

export type Tags = Map<string, string>;

/** A list of keys and values, or an object; a form's empty list is empty text. */
type GivenTags = readonly { readonly Key: string; readonly Value?: string }[] | Readonly<Record<string, string>> | "";
type GivenKeys = readonly string[] | "";

/** How a service refuses tags that cannot be. */
export interface TagRefusals {
    /** A key or a value that no tag may have. */
    readonly malformed: (sentence: string) => AwsError;
    /** Its sentence about the characters of a text, where it has one of its own. */
    readonly characters?: (text: string) => string;
    readonly tooMany: () => AwsError;
}

/** Tags that one thing carries, at most. */
export const { tagsMax } = limits;
const keyCharactersMax = 128;
const valueCharactersMax = 256;
/** Letters, digits and spaces of any script, and a few signs. */
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

const charactersSentence =
    "Tag keys and values can only contain Unicode letters, digits, white space, and the characters _ . : / = + - @";

/** The tags of what is made. @throws AwsError */
export function newTags(given: GivenTags | undefined, refusals: TagRefusals): Tags {
    const tags: Tags = new Map();
    addTags(tags, given, refusals);
    return tags;
}

/** All of them, or none. @throws AwsError */
export function addTags(tags: Tags, given: GivenTags | undefined, refusals: TagRefusals): void {
    const added = entriesOf(given);
    checkTags(added, refusals);
    if (new Set([...tags.keys(), ...added.map(([key]) => key)]).size > tagsMax) throw refusals.tooMany();
    for (const [key, value] of added) tags.set(key, value);
}

/** Whatever there is already. @throws AwsError */
export function checkTags(
    given: readonly (readonly [string, string])[],
    { malformed, characters = () => charactersSentence }: TagRefusals,
): void {
    for (const [key, value] of given) {
        if (key === "" || !hasAtMost(key, keyCharactersMax))
            throw malformed(`Tag keys must be between 1 and ${keyCharactersMax} characters in length.`);
        if (!hasAtMost(value, valueCharactersMax))
            throw malformed(`Tag values must be between 0 and ${valueCharactersMax} characters in length.`);
        const wrong = [key, value].find((text) => !allowed.test(text));
        if (wrong !== undefined) throw malformed(characters(wrong));
        if (/^aws:/i.test(key)) throw malformed("aws: prefixed tag key names are not allowed for external use.");
    }
}

function entriesOf(given: GivenTags = []): (readonly [key: string, value: string])[] {
    return isList(given) ? given.map(({ Key, Value = "" }) => [Key, Value] as const) : Object.entries(given);
}

export function tagList(tags: Tags): { Key: string; Value: string }[] {
    return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

export function removeTags(tags: Tags, keys: GivenKeys = []): void {
    for (const key of keys) tags.delete(key);
}

/** TagResource, UntagResource and ListTagsForResource, where the tags are a list and the first two answer with nothing in particular. */
export function tagOperations<Account, const N extends Members>(
    names: N,
    tagsOf: (account: Account, input: InputOf<N>) => Tags,
    shapes: { readonly Tags: Shape<GivenTags>; readonly TagKeys: Shape<GivenKeys> },
    refusals: TagRefusals,
) {
    const onTags = operationOn(names, tagsOf);
    return {
        tagResource: onTags({ Tags: shapes.Tags }, (tags, input) => {
            addTags(tags, input.Tags, refusals);
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
