/**
 * The idiom of a service: each operation is what its input must look like and a step from the service's state, a request and a time to an answer.
 */
import { type Ambient, type CallInput, type Operation, type RequestContext } from "../service";
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

/**
 * Operations on one kind of thing, which their input names: it is looked for first.
 *
 * @example const onRole = operationOn({ RoleName: required(text()) }, (account: Account, input) => roleOf(account, input.RoleName));
 */
export function operationOn<Account, Thing, const N extends Members>(
    names: N,
    find: (account: Account, input: InputOf<N>) => Thing,
) {
    return <const M extends Members>(
        members: M,
        step: (thing: Thing, input: InputOf<N> & InputOf<M>, account: Account, nowMs: number) => unknown,
    ): OperationRow<Account> => ({
        input: structure({ ...names, ...members }),
        step: (account, input, nowMs) => step(find(account, input), input, account, nowMs),
    });
}

/** By the names that AWS gives them; each may say more, such as its route. */
export type OperationTable<Account, More = unknown> = Readonly<Record<string, OperationRow<Account> & More>>;

export interface TableOptions {
    /** The service's name for a broken constraint. @default "ValidationException" */
    readonly code?: string;
    /** Runs before each step, once the input is known to be well-formed. */
    before?(operation: string, input: CallInput, nowMs: number): void;
}

/** The operations of a table as the server dispatches to them. Nothing is built before an input passed its check. */
export function operationsOf<Account extends { readonly ambient: Ambient }>(
    table: OperationTable<Account>,
    account: Account,
    options: TableOptions = {},
): Readonly<Record<string, Operation>> {
    const entries = Object.entries(table).map(([name, row]): [string, Operation] => [
        name,
        (input, request) => {
            const nowMs = account.ambient.clock.nowMs();
            const checked = checkInput(row.input, input, options.code);
            options.before?.(name, checked as CallInput, nowMs);
            return row.step(account, checked, nowMs, request);
        },
    ]);
    return Object.fromEntries(entries);
}
