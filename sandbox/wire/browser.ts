/**
 * Who is not answered: pages of other sites. Any page that a browser has open may send to the loopback, and whoever is answered here can run
 * code on the machine, as a function.
 */
import { AwsError, type RawRequest } from "../service";

/** @throws AwsError for what a page sent that is not of this machine */
export function refusePages({ headers }: RawRequest): void {
    const { origin, "sec-fetch-site": site = "none" } = headers;
    // Browsers name the page with whatever may change something; for an image or a link they tell only how far away it is.
    if (origin === undefined ? site !== "cross-site" : isOfLoopback(origin)) return;
    const page = origin === undefined || origin === "null" ? "a page of another site" : `a page of ${origin}`;
    throw new AwsError(
        "AccessDeniedException",
        `The sandbox answers no calls of ${page}, only those of this machine.`,
        403,
    );
}

function isOfLoopback(origin: string): boolean {
    return URL.canParse(origin) && isLoopback(new URL(origin).hostname);
}

/** Of a URL. */
export function isLoopback(hostname: string): boolean {
    return ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
}
