/**
 * The REST protocol of AWS, which Lambda and EventBridge Scheduler speak: method and path name the operation; what path, query, headers and
 * body carry are members of one input.
 */
import { type RawRequest, type RawResponse, refusalNamed, type Service } from "../service";
import { decoded, urlOf } from "./url";

export interface Route {
    /** Method and path; what stands in braces is a member of the input: `GET /2015-03-31/functions/{FunctionName}`. */
    readonly at: string;
    /** The members that the path does not name. @default those of the body's JSON */
    readonly members?: (raw: RawRequest, query: URLSearchParams) => object;
    /** @default 200, or 204 where there is nothing to answer */
    readonly status?: number;
    /** The operation writes the answer itself, as a RawResponse. @default the output is written as JSON */
    readonly answersRaw?: true;
}

/** Leads each request to its operation, once the guards have let it pass. */
export function restFetch(
    service: string,
    operations: Service["operations"],
    routes: Readonly<Record<string, Route>>,
): NonNullable<Service["fetch"]> {
    const table = Object.entries(routes).map(([operation, route]) => ({ operation, route, path: pathOf(route) }));
    return async (raw, context) => {
        const { pathname, searchParams } = urlOf(raw);
        const asked = `${raw.method} ${pathname}`;
        const found = table.find(({ path }) => path.test(asked));
        if (!found) throw unknownOperation(`The sandbox's ${service} has no operation "${asked}".`);
        const { operation, route, path } = found;
        const named = Object.entries(path.exec(asked)?.groups ?? {});
        const input = {
            ...(route.members ?? jsonOf)(raw, searchParams),
            ...Object.fromEntries(named.map(([member, value]) => [member, decoded(value)])),
        };
        await context.guard(operation, input);
        const output: unknown = await operations[operation]!(input, context);
        if (route.answersRaw) return output as RawResponse;
        return {
            status: route.status ?? (output === undefined ? 204 : 200),
            headers: { "content-type": "application/json" },
            body: output === undefined ? "" : JSON.stringify(output),
        };
    };
}

function pathOf({ at }: Route): RegExp {
    return new RegExp(`^${at.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}/?$`);
}

function jsonOf(raw: RawRequest): object {
    try {
        return raw.body.length === 0 ? {} : (JSON.parse(raw.body.toString("utf8")) as object);
    } catch (error) {
        throw invalidContent(`Could not parse request body into json: ${(error as Error).message}`);
    }
}

export const invalidContent = refusalNamed("InvalidRequestContentException");
const unknownOperation = refusalNamed("UnknownOperationException", 404);
