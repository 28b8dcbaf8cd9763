/**
 * Lambda's refusals, which functions and event source mappings share.
 */
import { refusalNamed } from "../service";
import { type TagRefusals, tagsMax } from "../wire/tags";

export const invalid = refusalNamed("InvalidParameterValueException");
export const conflict = refusalNamed("ResourceConflictException", 409);
export const inUse = refusalNamed("ResourceInUseException");
export const notFound = refusalNamed("ResourceNotFoundException", 404);

/** What Lambda says of tags that cannot be. */
export const tagRefusals: TagRefusals = {
    malformed: invalid,
    tooMany: () => invalid(`A resource cannot have more than ${tagsMax} tags.`),
};
