/**
 * What Kinesis says of tags that cannot be, in its sentences about streams.
 */
import { type TagRefusals, tagsMax } from "../wire/tags";
import { invalidArgument } from "./errors";

const charactersSentence =
    "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @.";

/** @param act `add tags to stream orders under account 123456789012` */
export function tagRefusals(act: string): TagRefusals {
    return {
        malformed: invalidArgument,
        // Its first look lets a per cent sign pass, its second does not.
        characters: (text) =>
            /^[\p{L}\p{Z}\p{N}_.:/=+\-@%]*$/u.test(text)
                ? `Failed to ${act} because some tags contained illegal characters. ` +
                  "The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@'."
                : charactersSentence,
        tooMany: () =>
            invalidArgument(
                `Failed to ${act} because a given stream cannot have more than ${tagsMax} tags associated with it.`,
            ),
    };
}
