/**
 * DynamoDB: tables of items with conditional writes, as far as a ledger needs them.
 */
import { awsError, invalid, notFound } from "./awsErrors";

type Attribute = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, Attribute>>;
type Input = Readonly<Record<string, unknown>>;

export class DynamoModel {
    readonly tables = new Map<string, Map<string, Item>>();

    answer(operation: string, input: Input): object {
        const table = this.tables.get(String(input.TableName));
        if (table === undefined) throw notFound("Requested resource not found");
        switch (operation) {
            case "GetItem": {
                const item = table.get(keyOf(input.Key as Item));
                return item === undefined ? {} : { Item: item };
            }
            case "PutItem": {
                const item = input.Item as Item;
                this.#check(table.get(keyOf(item)), input);
                table.set(keyOf(item), JSON.parse(JSON.stringify(item)) as Item);
                return {};
            }
            case "Query":
                return { Items: this.#query(table, input) };
            default:
                throw awsError("UnknownOperationException", `The model of DynamoDB has no ${operation}.`);
        }
    }

    /** The keys of the items that are no line of history: the states of ledgers. */
    stateKeys(table: string): string[] {
        return [...(this.tables.get(table)?.keys() ?? [])].filter((key) => key.endsWith(" state"));
    }

    #check(stored: Item | undefined, input: Input): void {
        const expression = input.ConditionExpression as string | undefined;
        if (expression === undefined || expression.split(/ or /i).some((terms) => holds(terms, stored, input))) return;
        throw awsError("ConditionalCheckFailedException", "The conditional request failed");
    }

    #query(table: ReadonlyMap<string, Item>, input: Input): Item[] {
        const values = input.ExpressionAttributeValues as Readonly<Record<string, { S: string }>>;
        const [partition, since, end] = Object.values(values).map(({ S }) => S) as [string, string, string];
        const from = `${partition} ${since}`;
        const keys = [...table.keys()].filter((key) => key >= from && key <= `${partition} ${end}`).sort();
        return keys
            .reverse()
            .slice(0, Number(input.Limit ?? 100))
            .map((key) => table.get(key)!);
    }
}

export function keyOf(item: Item): string {
    return `${String(item.stream?.S)} ${String(item.entry?.S)}`;
}

/** Terms that are joined by AND: attribute_exists(#a), attribute_not_exists(#a), #a = :v, #a <> :v, #a < :v and the like. */
function holds(terms: string, stored: Item | undefined, input: Input): boolean {
    const names = (input.ExpressionAttributeNames ?? {}) as Readonly<Record<string, string>>;
    const given = (input.ExpressionAttributeValues ?? {}) as Item;
    return terms.split(/ and /i).every((term) => {
        const exists = /^\W*(attribute_exists|attribute_not_exists)\(\s*([#\w]+)\s*\)\W*$/.exec(term);
        if (exists !== null) {
            const isThere = stored?.[names[exists[2]!] ?? exists[2]!] !== undefined;
            return exists[1] === "attribute_exists" ? isThere : !isThere;
        }
        const compared = /^\s*([#\w]+)\s*(=|<>|<=|>=|<|>)\s*(:\w+)\s*$/.exec(term);
        if (compared === null) throw invalid(`The model of DynamoDB does not know the condition "${term}".`);
        const left = stored?.[names[compared[1]!] ?? compared[1]!];
        return left !== undefined && compare(valueOf(left), compared[2]!, valueOf(given[compared[3]!]!));
    });
}

function valueOf(attribute: Attribute): string | number | boolean {
    if (attribute.N !== undefined) return Number(attribute.N);
    return attribute.S === undefined ? Boolean(attribute.BOOL) : String(attribute.S);
}

function compare<Of extends string | number | boolean>(left: Of, operator: string, right: Of): boolean {
    if (operator === "=") return left === right;
    if (operator === "<>") return left !== right;
    if (operator === "<") return left < right;
    if (operator === ">") return left > right;
    return operator === "<=" ? left <= right : left >= right;
}
