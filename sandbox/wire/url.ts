/**
 * What a request's address says, whatever the host is.
 */
import { type RawRequest } from "../service";

/** A second slash in front is from an endpoint that ends in one: it names no host. */
export function urlOf({ url }: RawRequest): URL {
    return new URL(url.replace(/^\/+/, "/"), "http://sandbox");
}

/** A part of the path as it was meant; as it is where it is not encoded as it should be. */
export function decoded(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}
