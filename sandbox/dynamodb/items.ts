/**
 * Writes of one item under a condition. Who asks for the item that a condition has refused is shown it, of which dynalite knows nothing.
 */
import { AwsError } from "../service";
import { operation, type OperationRow } from "../wire/operation";
import { oneOf } from "../wire/shape";
import { type Account, alone, type Answer, call, callAtOnce } from "./state";

/** PutItem, UpdateItem or DeleteItem. */
export function writeOfItem(name: string): OperationRow<Account> {
    return operation(
        { ReturnValuesOnConditionCheckFailure: oneOf("ALL_OLD", "NONE") },
        (account: Account, { ReturnValuesOnConditionCheckFailure: shown, ...input }) =>
            shown === "ALL_OLD"
                ? // Nobody writes between the refusal and the look at the item.
                  alone(account, () => showingItem(account, name, input))
                : call(account, name, input),
    );
}

interface Written {
    readonly TableName?: string;
    readonly Item?: Answer;
    readonly Key?: Answer;
}

async function showingItem(account: Account, name: string, input: Written): Promise<Answer> {
    try {
        return await callAtOnce(account, name, input);
    } catch (error) {
        if (!(error instanceof AwsError) || error.code !== "ConditionalCheckFailedException") throw error;
        const { Item } = await callAtOnce(account, "GetItem", {
            TableName: input.TableName,
            Key: await keyOf(account, input),
            ConsistentRead: true,
        });
        throw new AwsError(
            error.code,
            error.message,
            error.status,
            error.queryCode,
            Item === undefined ? {} : { Item },
        );
    }
}

async function keyOf(account: Account, { TableName, Item = {}, Key }: Written): Promise<Answer> {
    if (Key !== undefined) return Key;
    const { Table } = await callAtOnce(account, "DescribeTable", { TableName });
    const { KeySchema } = Table as { KeySchema: readonly { AttributeName: string }[] };
    return Object.fromEntries(KeySchema.map(({ AttributeName }) => [AttributeName, Item[AttributeName]]));
}
