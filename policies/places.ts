/**
 * Where a resource is. Two streams of one name in two regions, or in two accounts, are two streams, and each has metrics of its own.
 */
import { parseArn } from "../capacity/arns";
import { onceOfEach } from "./once";
import { type ResourceView, Unknown } from "./resources";

/** Maybe, where the preview does not know enough. */
export type Match = "yes" | "no" | "maybe";

/** A name of AWS; undefined where nothing says it, Unknown where only the deployment will. */
type Said = string | Unknown | undefined;

/** A region of an account, as far as something says which. */
export interface Place {
    readonly region: Said;
    readonly account: Said;
    /** The URN of the provider, which has one account. */
    readonly provider?: string;
}

/** By its own region, its ARN, or its provider. */
export const placeOf = onceOfEach(({ props, provider }: ResourceView): Place => {
    const own = placeIn(props.arn);
    const regions = [said(props.region), own.region, said(provider?.region)];
    return {
        region: regions.find((region) => typeof region === "string") ?? regions.find((region) => region !== undefined),
        account: own.account,
        ...(provider && { provider: provider.urn }),
    };
});

/** The place that an ARN names. */
export function placeIn(arn: unknown): Place {
    if (arn instanceof Unknown) return { region: arn, account: arn };
    if (typeof arn !== "string") return { region: undefined, account: undefined };
    const { region, accountId } = parseArn(arn);
    return { region: said(region), account: said(accountId) };
}

export function said(value: unknown): Said {
    return value instanceof Unknown || (typeof value === "string" && value !== "") ? value : undefined;
}

/** Whether two things may be in one place: what nothing says of one of them does not tell them apart. */
export function isInPlace(one: Place, other: Place): Match {
    const isOneAccount = one.provider !== undefined && one.provider === other.provider;
    const fields = [isSame(one.region, other.region), ...(isOneAccount ? [] : [isSame(one.account, other.account)])];
    return fields.find((field) => field === "no") ?? fields.find((field) => field === "maybe") ?? "yes";
}

export function isSame(one: Said, other: Said): Match {
    if (typeof one === "string" && typeof other === "string") return one === other ? "yes" : "no";
    const isUntold = one === undefined || other === undefined || typeof one === typeof other;
    return isUntold ? "yes" : "maybe";
}
