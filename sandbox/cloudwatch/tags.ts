/**
 * The tags of alarms and dashboards.
 */
import { refusalNamed } from "../service";
import { listOf, required, text } from "../wire/shape";
import { tagOperations } from "../wire/tags";
import { tagList } from "./alarm";
import { tagRefusals } from "./errors";
import { type Account } from "./state";

export const { tagResource, untagResource, listTagsForResource } = tagOperations(
    { ResourceARN: required(text(1, 1_024)) },
    ({ tags }: Account, { ResourceARN }) => {
        const found = tags.get(ResourceARN);
        if (!found) throw notFound(`The resource ${ResourceARN} does not exist.`);
        return found;
    },
    { Tags: required(tagList), TagKeys: required(listOf(text(1, 128))) },
    tagRefusals,
);

const notFound = refusalNamed("ResourceNotFoundException", 404);
