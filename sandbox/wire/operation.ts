/**
 * The idiom of a service: each operation is what its input must look like and a step from the service's state, a request and a time to an answer.
 */
import { type Clock } from "../clock";
import { type Operation, type RequestContext } from "../service";
import { checkInput, type InputOf, type Members, type Shape, structure } from "./shape";

/** One operation of a service whose state is an `Account`. */
export interface OperationRow<Account> {
    readonly input: Shape;
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the row was made with the type of its own members
    step(account: Account, input: any, nowMs: number, request: RequestContext): unknown;
}

/**
 * @example export const listTopics = operation({ NextToken: text() }, (account: Account, input, nowMs) => ({ Topics: [...] }));
 */
export function operation<Account, const M extends Members>(
    members: M,
    step: (account: Account, input: InputOf<M>, nowMs: number, request: RequestContext) => unknown,
): OperationRow<Account> {
    return { input: structure(members), step };
}

export type OperationTable<Account> = Readonly<Record<string, OperationRow<Account>>>;

export interface TableOptions {
    /** The service's name for a broken constraint. @default "ValidationException" */
    readonly code?: string;
    /** Runs before each step, once the input is known to be well-formed. */
    before?(operation: string, input: object, nowMs: number): void;
}

/** The operations of a table as the server dispatches to them. Nothing is built before an input passed its check. */
export function operationsOf<Account>(
    table: OperationTable<Account>,
    account: Account,
    clock: Clock,
    options: TableOptions = {},
): Readonly<Record<string, Operation>> {
    const entries = Object.entries(table).map(([name, row]): [string, Operation] => [
        name,
        (input, request) => {
            const nowMs = clock.nowMs();
            const checked = checkInput(row.input, input, options.code);
            options.before?.(name, checked as object, nowMs);
            return row.step(account, checked, nowMs, request);
        },
    ]);
    return Object.fromEntries(entries);
}
