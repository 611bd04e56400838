/** What a console writes against the types that are made of the OpenAPI document: it compiles, or
 * `make openapi-lint` fails. A line below `@ts-expect-error` has to be refused. */

import type { components, operations, paths } from "../../.tools/openapi/openapi";

type Loan = components["schemas"]["Loan"];
type Draw = components["schemas"]["Draw"];
type FundDraw = operations["fund_draw"]["responses"];
type RefusedItself = FundDraw[422]["content"]["application/json"];
type RefusedLikeAny = FundDraw["4XX"]["content"]["application/json"];
type Failed = FundDraw["5XX"]["content"]["application/problem+json"];

/** Money is text, and a resource is named. */
export const principal = (loan: Loan): string => loan.principal;
export const lines = (draw: Draw): components["schemas"]["DrawLine"][] => draw.lines;
// @ts-expect-error
export const noNumber = (loan: Loan): number => loan.principal;

/** An operation's answer leads to its resource, and a failure to its code, whatever its status. */
export const shown = (
    answer: paths["/api/v1/loans/{loan_id}"]["get"]["responses"][200]["content"]["application/json"],
): Loan => answer.data;
export const code = (refused: RefusedItself | RefusedLikeAny): string => refused.error.code;
export const problem = (failed: Failed): [string, number] => [failed.code, failed.status];
// @ts-expect-error
export const noData = (refused: RefusedItself): Draw => refused.data;

/** What has a value of its own may be left out, and a body in which nothing is required as well. */
export const asked: components["schemas"]["RequestedLineBody"] = { line_id: "l", stored_now: "1.00" };
export const submitted: operations["submit_draw"]["requestBody"] = undefined;
export const listed: operations["list_draws"]["parameters"]["query"] = { page: 2, state: ["FUNDED"] };
// @ts-expect-error
export const noReference: components["schemas"]["FundBody"] = {};
