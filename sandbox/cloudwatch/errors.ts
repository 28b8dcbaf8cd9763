/**
 * CloudWatch's refusals: the name of the exception, and its code in the query protocol where that is another one.
 */
import { AwsError } from "../service";

export function validationError(message: string): AwsError {
    return new AwsError("ValidationError", message);
}

export function parameterError(message: string): AwsError {
    return new AwsError("InvalidParameterValueException", message, 400, "InvalidParameterValue");
}

export function combinationError(message: string): AwsError {
    return new AwsError("InvalidParameterCombinationException", message, 400, "InvalidParameterCombination");
}

/** An expression that cannot be parsed or evaluated; the request that holds it answers with a ValidationError. */
export class ExpressionError extends AwsError {
    constructor(id: string, detail: string) {
        super("ValidationError", `Error in expression '${id}': ${detail}`);
    }
}
