/**
 * CloudWatch's refusals: the name of the exception, and its code in the query protocol where that is another one.
 */
import { AwsError, refusalNamed } from "../service";
import { type TagRefusals, tagsMax } from "../wire/tags";

export const validationError = refusalNamed("ValidationError");
export const parameterError = refusalNamed("InvalidParameterValueException", 400, "InvalidParameterValue");
export const combinationError = refusalNamed(
    "InvalidParameterCombinationException",
    400,
    "InvalidParameterCombination",
);

/** Two members of which a request may have one. */
export const exclusive = (one: string, other: string): string =>
    `The parameters ${one} and ${other} are mutually exclusive and you have specified both.`;

export const notFound = refusalNamed("ResourceNotFound", 404);
export const limitExceeded = refusalNamed("LimitExceededFault", 400, "LimitExceeded");

/** What CloudWatch says of tags that cannot be. */
export const tagRefusals: TagRefusals = {
    malformed: parameterError,
    tooMany: () => parameterError(`A resource cannot have more than ${tagsMax} tags.`),
};

/** An expression that cannot be parsed or evaluated; the request that holds it answers with a ValidationError. */
export class ExpressionError extends AwsError {
    constructor(id: string, detail: string) {
        super("ValidationError", `Error in expression '${id}': ${detail}`);
    }
}
