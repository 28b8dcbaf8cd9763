/**
 * Who is not answered: pages of other sites. Any page that a browser has open may send to the loopback, and whoever is answered here can run
 * code on the machine, as a function.
 */
import { AwsError, type RawRequest } from "../service";

/** @throws AwsError for what a page sent that is not of this machine */
export function refusePages({ headers }: RawRequest): void {
    const { origin, host, "sec-fetch-site": site = "none" } = headers;
    // Browsers name the page with whatever may change something; with an image, a link or a look they tell only how far away it is.
    const asker = origin ?? (site === "cross-site" ? "null" : site === "none" ? undefined : `http://${host}`);
    if (asker === undefined || isOfLoopback(asker)) return;
    const page = asker === "null" ? "a page of another site" : `a page of ${asker}`;
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
