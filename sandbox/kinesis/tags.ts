/**
 * Tags of streams and consumers.
 */
import { AwsError } from "../service";
import { operation } from "../wire/operation";
import { integer, required } from "../wire/shape";
import { pageAfter } from "./pages";
import { resourceArn, streamNames, tagKey, tagKeys, tagMap } from "./shapes";
import { type Account, type Stream, streamOf } from "./state";

/** Tags that a stream can carry. */
const tagsMax = 50;

export const addTagsToStream = operation({ ...streamNames, Tags: required(tagMap) }, (account: Account, input) =>
    addTags(account, streamOf(account, input), input.Tags),
);

export const removeTagsFromStream = operation(
    { ...streamNames, TagKeys: required(tagKeys) },
    (account: Account, input) => {
        const stream = streamOf(account, input);
        for (const key of input.TagKeys) stream.tags.delete(key);
    },
);

export const listTagsForStream = operation(
    { ...streamNames, ExclusiveStartTagKey: tagKey, Limit: integer(1, tagsMax) },
    (account: Account, input) => {
        const all = tagList(streamOf(account, input).tags).map((tag) => ({ id: tag.Key, tag }));
        const { page, more } = pageAfter(all, input.ExclusiveStartTagKey, input.Limit ?? tagsMax);
        return { Tags: page.map(({ tag }) => tag), HasMoreTags: more };
    },
);

export const tagResource = operation(
    { ResourceARN: required(resourceArn), Tags: required(tagMap) },
    (account: Account, input) => {
        const resource = tagged(account, input.ResourceARN);
        if ("consumers" in resource) addTags(account, resource, input.Tags);
        else for (const [key, value] of Object.entries(input.Tags)) resource.tags.set(key, value);
    },
);

export const untagResource = operation(
    { ResourceARN: required(resourceArn), TagKeys: required(tagKeys) },
    (account: Account, input) => {
        const { tags } = tagged(account, input.ResourceARN);
        for (const key of input.TagKeys) tags.delete(key);
    },
);

export const listTagsForResource = operation({ ResourceARN: required(resourceArn) }, (account: Account, input) => ({
    Tags: tagList(tagged(account, input.ResourceARN).tags),
}));

/** The stream or the consumer that an ARN names. */
function tagged(account: Account, arn: string): Stream | { readonly tags: Map<string, string> } {
    const [streamArn = "", consumerPart] = arn.split("/consumer/");
    const stream = streamOf(account, { StreamARN: streamArn });
    if (consumerPart === undefined) return stream;
    const consumer = [...stream.consumers.values()].find((candidate) => candidate.arn === arn);
    if (consumer) return consumer;
    throw new AwsError("ResourceNotFoundException", `Resource ${arn} not found.`);
}

export function addTags(account: Account, stream: Stream, tags: Readonly<Record<string, string>>): void {
    const added = Object.keys(tags).filter((key) => !stream.tags.has(key)).length;
    if (stream.tags.size + added > tagsMax) {
        throw new AwsError(
            "InvalidArgumentException",
            `Failed to add tags to stream ${stream.name} under account ${account.ambient.accountId} because a given ` +
                `stream cannot have more than ${tagsMax} tags associated with it.`,
        );
    }
    for (const [key, value] of Object.entries(tags)) stream.tags.set(key, value);
}

const tagList = (tags: ReadonlyMap<string, string>): { Key: string; Value: string }[] =>
    [...tags].map(([Key, Value]) => ({ Key, Value })).sort((left, right) => (left.Key < right.Key ? -1 : 1));
