// Made from the backend's openapi.json by `npm run openapi`; a test says when it is stale.
// biome-ignore-all format: generated
// biome-ignore-all lint: generated

export interface paths {
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether this instance can serve */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {string} */
                            status: "ok";
                            release: string;
                        };
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        username: string;
                        password: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Send as `Authorization: Bearer …` */
                            accessToken: string;
                            /** @description Seconds */
                            expiresIn: number;
                            user: {
                                username: string;
                            };
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Too many tries; see Retry-After */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchange the session cookie for an access token and the next cookie */
        post: {
            parameters: {
                query?: never;
                header: {
                    "x-requested-with": "timetracker";
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Send as `Authorization: Bearer …` */
                            accessToken: string;
                            /** @description Seconds */
                            expiresIn: number;
                            user: {
                                username: string;
                            };
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A needed header is missing */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the session */
        post: {
            parameters: {
                query?: never;
                header: {
                    "x-requested-with": "timetracker";
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A needed header is missing */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the cookie is one of an open session, that /refresh can go on with */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            open: boolean;
                        };
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whose access token this is */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            username: string;
                        };
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Entries, the latest first */
        get: {
            parameters: {
                query?: {
                    /** @description Entries that touch the time from here */
                    from?: string;
                    /** @description to here, this instant not included */
                    to?: string;
                    project?: string;
                    client?: string;
                    tag?: string;
                    billable?: boolean;
                    source?: string;
                    /** @description Found anywhere in the description, whatever its case and accents */
                    q?: string;
                    /** @description `nextCursor` of a page */
                    cursor?: string;
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** Format: uuid */
                                id: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                end: string | null;
                                description: string;
                                project: {
                                    /** Format: uuid */
                                    id: string;
                                    name: string;
                                    color: string;
                                    client: {
                                        /** Format: uuid */
                                        id: string;
                                        name: string;
                                    } | null;
                                } | null;
                                tags: string[];
                                billable: boolean;
                                source: {
                                    /** @description `manual`, or the system that it was imported from */
                                    system: string;
                                    /** @description What identifies it there */
                                    ref?: string;
                                };
                                /** @description Whether another entry is on at the same time */
                                overlaps: boolean;
                                /** @description Imported with a day and hours only: its place in the day is made up */
                                placed: boolean;
                                /** @description For `If-Match`, in quotes; changes with what can be */
                                version: string;
                            }[];
                            nextCursor: string | null;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The address is longer than 8 kB */
                414: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Enter one */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, with an offset; seconds are the finest unit kept
                         */
                        start: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339, with an offset; seconds are the finest unit kept
                         */
                        end: string;
                        description?: string;
                        project?: string | null;
                        tags?: string[];
                        billable?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            /**
                             * Format: date-time
                             * @description RFC 3339, with an offset; seconds are the finest unit kept
                             */
                            start: string;
                            end: string | null;
                            description: string;
                            project: {
                                /** Format: uuid */
                                id: string;
                                name: string;
                                color: string;
                                client: {
                                    /** Format: uuid */
                                    id: string;
                                    name: string;
                                } | null;
                            } | null;
                            tags: string[];
                            billable: boolean;
                            source: {
                                /** @description `manual`, or the system that it was imported from */
                                system: string;
                                /** @description What identifies it there */
                                ref?: string;
                            };
                            /** @description Whether another entry is on at the same time */
                            overlaps: boolean;
                            /** @description Imported with a day and hours only: its place in the day is made up */
                            placed: boolean;
                            /** @description For `If-Match`, in quotes; changes with what can be */
                            version: string;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/entries/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One entry */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            /**
                             * Format: date-time
                             * @description RFC 3339, with an offset; seconds are the finest unit kept
                             */
                            start: string;
                            end: string | null;
                            description: string;
                            project: {
                                /** Format: uuid */
                                id: string;
                                name: string;
                                color: string;
                                client: {
                                    /** Format: uuid */
                                    id: string;
                                    name: string;
                                } | null;
                            } | null;
                            tags: string[];
                            billable: boolean;
                            source: {
                                /** @description `manual`, or the system that it was imported from */
                                system: string;
                                /** @description What identifies it there */
                                ref?: string;
                            };
                            /** @description Whether another entry is on at the same time */
                            overlaps: boolean;
                            /** @description Imported with a day and hours only: its place in the day is made up */
                            placed: boolean;
                            /** @description For `If-Match`, in quotes; changes with what can be */
                            version: string;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Delete one */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                    /** @description The ETag of the version to change; of another one, the answer is 412 */
                    "if-match"?: string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It was changed meanwhile: `current` is what is there now */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Change what is given */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                    /** @description The ETag of the version to change; of another one, the answer is 412 */
                    "if-match"?: string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, with an offset; seconds are the finest unit kept
                         */
                        start?: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339, with an offset; seconds are the finest unit kept
                         */
                        end?: string;
                        description?: string;
                        project?: string | null;
                        tags?: string[];
                        billable?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            /**
                             * Format: date-time
                             * @description RFC 3339, with an offset; seconds are the finest unit kept
                             */
                            start: string;
                            end: string | null;
                            description: string;
                            project: {
                                /** Format: uuid */
                                id: string;
                                name: string;
                                color: string;
                                client: {
                                    /** Format: uuid */
                                    id: string;
                                    name: string;
                                } | null;
                            } | null;
                            tags: string[];
                            billable: boolean;
                            source: {
                                /** @description `manual`, or the system that it was imported from */
                                system: string;
                                /** @description What identifies it there */
                                ref?: string;
                            };
                            /** @description Whether another entry is on at the same time */
                            overlaps: boolean;
                            /** @description Imported with a day and hours only: its place in the day is made up */
                            placed: boolean;
                            /** @description For `If-Match`, in quotes; changes with what can be */
                            version: string;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It was changed meanwhile: `current` is what is there now */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/entries/{id}/split": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cut in two at an instant between its start and its end */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                    /** @description The ETag of the version to change; of another one, the answer is 412 */
                    "if-match"?: string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description RFC 3339, with an offset; seconds are the finest unit kept
                         */
                        at: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** Format: uuid */
                                id: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                end: string | null;
                                description: string;
                                project: {
                                    /** Format: uuid */
                                    id: string;
                                    name: string;
                                    color: string;
                                    client: {
                                        /** Format: uuid */
                                        id: string;
                                        name: string;
                                    } | null;
                                } | null;
                                tags: string[];
                                billable: boolean;
                                source: {
                                    /** @description `manual`, or the system that it was imported from */
                                    system: string;
                                    /** @description What identifies it there */
                                    ref?: string;
                                };
                                /** @description Whether another entry is on at the same time */
                                overlaps: boolean;
                                /** @description Imported with a day and hours only: its place in the day is made up */
                                placed: boolean;
                                /** @description For `If-Match`, in quotes; changes with what can be */
                                version: string;
                            }[];
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It was changed meanwhile: `current` is what is there now */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/entries/{id}/duplicate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Enter the same again; of a running one, as it is now */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            /**
                             * Format: date-time
                             * @description RFC 3339, with an offset; seconds are the finest unit kept
                             */
                            start: string;
                            end: string | null;
                            description: string;
                            project: {
                                /** Format: uuid */
                                id: string;
                                name: string;
                                color: string;
                                client: {
                                    /** Format: uuid */
                                    id: string;
                                    name: string;
                                } | null;
                            } | null;
                            tags: string[];
                            billable: boolean;
                            source: {
                                /** @description `manual`, or the system that it was imported from */
                                system: string;
                                /** @description What identifies it there */
                                ref?: string;
                            };
                            /** @description Whether another entry is on at the same time */
                            overlaps: boolean;
                            /** @description Imported with a day and hours only: its place in the day is made up */
                            placed: boolean;
                            /** @description For `If-Match`, in quotes; changes with what can be */
                            version: string;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/timer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The running entry, if one is */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            entry: {
                                /** Format: uuid */
                                id: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                end: string | null;
                                description: string;
                                project: {
                                    /** Format: uuid */
                                    id: string;
                                    name: string;
                                    color: string;
                                    client: {
                                        /** Format: uuid */
                                        id: string;
                                        name: string;
                                    } | null;
                                } | null;
                                tags: string[];
                                billable: boolean;
                                source: {
                                    /** @description `manual`, or the system that it was imported from */
                                    system: string;
                                    /** @description What identifies it there */
                                    ref?: string;
                                };
                                /** @description Whether another entry is on at the same time */
                                overlaps: boolean;
                                /** @description Imported with a day and hours only: its place in the day is made up */
                                placed: boolean;
                                /** @description For `If-Match`, in quotes; changes with what can be */
                                version: string;
                            } | null;
                        };
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/timer/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start an entry now; the one that is running ends */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        description?: string;
                        project?: string | null;
                        tags?: string[];
                        billable?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Entry */
                            entry: {
                                /** Format: uuid */
                                id: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                end: string | null;
                                description: string;
                                project: {
                                    /** Format: uuid */
                                    id: string;
                                    name: string;
                                    color: string;
                                    client: {
                                        /** Format: uuid */
                                        id: string;
                                        name: string;
                                    } | null;
                                } | null;
                                tags: string[];
                                billable: boolean;
                                source: {
                                    /** @description `manual`, or the system that it was imported from */
                                    system: string;
                                    /** @description What identifies it there */
                                    ref?: string;
                                };
                                /** @description Whether another entry is on at the same time */
                                overlaps: boolean;
                                /** @description Imported with a day and hours only: its place in the day is made up */
                                placed: boolean;
                                /** @description For `If-Match`, in quotes; changes with what can be */
                                version: string;
                            };
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It clashes with what is there */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/timer/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the running entry; null if none was running */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            entry: {
                                /** Format: uuid */
                                id: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                end: string | null;
                                description: string;
                                project: {
                                    /** Format: uuid */
                                    id: string;
                                    name: string;
                                    color: string;
                                    client: {
                                        /** Format: uuid */
                                        id: string;
                                        name: string;
                                    } | null;
                                } | null;
                                tags: string[];
                                billable: boolean;
                                source: {
                                    /** @description `manual`, or the system that it was imported from */
                                    system: string;
                                    /** @description What identifies it there */
                                    ref?: string;
                                };
                                /** @description Whether another entry is on at the same time */
                                overlaps: boolean;
                                /** @description Imported with a day and hours only: its place in the day is made up */
                                placed: boolean;
                                /** @description For `If-Match`, in quotes; changes with what can be */
                                version: string;
                            } | null;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Clients by name */
        get: {
            parameters: {
                query?: {
                    /** @description `nextCursor` of a page */
                    cursor?: string;
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** Format: uuid */
                                id: string;
                                name: string;
                                archived: boolean;
                                /** @description For `If-Match`, in quotes */
                                version: string;
                            }[];
                            nextCursor: string | null;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The address is longer than 8 kB */
                414: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Add one */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Unique, whatever its case (of projects: of one client); without space around it */
                        name: string;
                        archived?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            archived: boolean;
                            /** @description For `If-Match`, in quotes */
                            version: string;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It clashes with what is there */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clients/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Rename or archive */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                    /** @description The ETag of the version to change; of another one, the answer is 412 */
                    "if-match"?: string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Unique, whatever its case (of projects: of one client); without space around it */
                        name?: string;
                        archived?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            archived: boolean;
                            /** @description For `If-Match`, in quotes */
                            version: string;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It clashes with what is there */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It was changed meanwhile: `current` is what is there now */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Projects by name */
        get: {
            parameters: {
                query?: {
                    /** @description `nextCursor` of a page */
                    cursor?: string;
                    limit?: number;
                    client?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** Format: uuid */
                                id: string;
                                name: string;
                                /** @example #4c6ef5 */
                                color: string;
                                archived: boolean;
                                client: {
                                    /** Format: uuid */
                                    id: string;
                                    name: string;
                                } | null;
                                /** @description For `If-Match`, in quotes */
                                version: string;
                            }[];
                            nextCursor: string | null;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The address is longer than 8 kB */
                414: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Add one */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Unique, whatever its case (of projects: of one client); without space around it */
                        name: string;
                        /** @example #4c6ef5 */
                        color?: string;
                        archived?: boolean;
                        client?: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            /** @example #4c6ef5 */
                            color: string;
                            archived: boolean;
                            client: {
                                /** Format: uuid */
                                id: string;
                                name: string;
                            } | null;
                            /** @description For `If-Match`, in quotes */
                            version: string;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It clashes with what is there */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Rename, recolour, archive, or give to a client */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                    /** @description The ETag of the version to change; of another one, the answer is 412 */
                    "if-match"?: string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Unique, whatever its case (of projects: of one client); without space around it */
                        name?: string;
                        /** @example #4c6ef5 */
                        color?: string;
                        archived?: boolean;
                        client?: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            /** @example #4c6ef5 */
                            color: string;
                            archived: boolean;
                            client: {
                                /** Format: uuid */
                                id: string;
                                name: string;
                            } | null;
                            /** @description For `If-Match`, in quotes */
                            version: string;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It clashes with what is there */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It was changed meanwhile: `current` is what is there now */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tags that were ever used, by name */
        get: {
            parameters: {
                query?: {
                    /** @description `nextCursor` of a page */
                    cursor?: string;
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: string[];
                            nextCursor: string | null;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The address is longer than 8 kB */
                414: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/imports/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What an import of a file would do. The file is kept for a day, to be started
         * @description One whose columns say nothing is kept, too: the problem has them, and its `importId`.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "multipart/form-data": {
                        /**
                         * @description Made out from the columns, if it is left out
                         * @enum {string}
                         */
                        format?: "toggl" | "clockify" | "tempo" | "harvest" | "kimai" | "timetracker" | "generic";
                        /**
                         * @description A name of the IANA time zone database
                         * @example Europe/Berlin
                         */
                        timezone?: string;
                        /** @description For a generic file: which column is what. `date`, if times stand alone */
                        mapping?: {
                            start: string;
                            date?: string;
                            end?: string;
                            duration?: string;
                            description?: string;
                            project?: string;
                            client?: string;
                            tags?: string;
                            billable?: string;
                            source?: string;
                            ref?: string;
                        };
                        /**
                         * @description Which comes first in dates like 03/04/2026: month or day
                         * @enum {string}
                         */
                        dateOrder?: "mdy" | "dmy";
                        /** @enum {string} */
                        encoding?: "utf-8" | "windows-1252" | "utf-16le" | "utf-16be";
                        /**
                         * @description What stands before the fraction of a number
                         * @enum {string}
                         */
                        decimalSign?: "." | ",";
                        /**
                         * @description Import the good lines although others are bad. Else one bad line refuses all
                         * @default false
                         */
                        acceptGood?: boolean;
                        /**
                         * @description What is done with lines that have the times and the text of an entry that is there, and another project: they become new entries, give that one their project, or are left out
                         * @default new
                         * @enum {string}
                         */
                        differing?: "new" | "update" | "leave";
                        /** Format: uuid */
                        importId?: string;
                        /** @description CSV in any usual encoding, at most 32 MiB */
                        file: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            importId: string;
                            fileName: string;
                            counts: {
                                new: number;
                                duplicate: number;
                                error: number;
                                /** @description Sums, and timers that were still running */
                                leftOut: number;
                                /** @description Lines with the times and the text of an entry that is there, but another project; counted under `new`, unless they are to be updated or left */
                                differing: number;
                                updated: number;
                            };
                            period: {
                                /**
                                 * Format: date
                                 * @description The first day, in the zone
                                 */
                                first: string;
                                /** Format: date */
                                last: string;
                            } | null;
                            /** @description Of all lines that can be read */
                            seconds: number;
                            longest: {
                                line: number;
                                seconds: number;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                description: string;
                            } | null;
                            /** @description Lines of more than 24 hours */
                            overDay: number;
                            /** @description Lines with a day and hours, but no time */
                            placed: number;
                            /** @description What comes into being beside entries */
                            added: {
                                /** @description New ones: the first hundred */
                                projects: {
                                    name: string;
                                    client: string | null;
                                }[];
                                /** @description New ones: the first hundred */
                                clients: string[];
                                /** @description New ones: the first hundred */
                                tags: string[];
                                /** @description Projects that are there and get their client: the first hundred */
                                adopted: {
                                    name: string;
                                    client: string | null;
                                }[];
                                counts: {
                                    projects: number;
                                    clients: number;
                                    tags: number;
                                    adopted: number;
                                };
                            };
                            /** @description Of the file, in its order */
                            columns: string[];
                            /** @description How the file was read; each can be said when it is read again */
                            reading: {
                                /**
                                 * @description Made out from the columns, if it is left out
                                 * @enum {string}
                                 */
                                format: "toggl" | "clockify" | "tempo" | "harvest" | "kimai" | "timetracker" | "generic";
                                /** @description For a generic file: which column is what. `date`, if times stand alone */
                                mapping?: {
                                    start: string;
                                    date?: string;
                                    end?: string;
                                    duration?: string;
                                    description?: string;
                                    project?: string;
                                    client?: string;
                                    tags?: string;
                                    billable?: string;
                                    source?: string;
                                    ref?: string;
                                };
                                /**
                                 * @description A name of the IANA time zone database
                                 * @example Europe/Berlin
                                 */
                                timezone: string;
                                dateOrder: ("mdy" | "dmy") | null;
                                /** @enum {string} */
                                encoding: "utf-8" | "windows-1252" | "utf-16le" | "utf-16be";
                                decimalSign: ("." | ",") | null;
                                delimiter: string;
                                /** @description Which of these were made out and could be otherwise */
                                guessed: string[];
                            };
                            /** @description Bad lines: the first hundred */
                            errors: {
                                line: number;
                                column: string | null;
                                value: string | null;
                                reason: string;
                                hint: string | null;
                            }[];
                            /** @description Lines that are no entries: the first hundred */
                            leftOut: {
                                line: number;
                                reason: string;
                            }[];
                            /** @description Lines that differ from an entry in their project: the first hundred */
                            differing: {
                                line: number;
                                /** Format: uuid */
                                entry: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                end: string;
                                description: string;
                                project: string | null;
                                before: string | null;
                            }[];
                            /** @description The first new ones */
                            sample: {
                                line: number;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                end: string;
                                description: string;
                                project: string | null;
                                client: string | null;
                                tags: string[];
                                billable: boolean;
                                placed: boolean;
                            }[];
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body stopped coming */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/imports/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same of a file that is kept, read in another way */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * @description Made out from the columns, if it is left out
                         * @enum {string}
                         */
                        format?: "toggl" | "clockify" | "tempo" | "harvest" | "kimai" | "timetracker" | "generic";
                        /**
                         * @description A name of the IANA time zone database
                         * @example Europe/Berlin
                         */
                        timezone?: string;
                        /** @description For a generic file: which column is what. `date`, if times stand alone */
                        mapping?: {
                            start: string;
                            date?: string;
                            end?: string;
                            duration?: string;
                            description?: string;
                            project?: string;
                            client?: string;
                            tags?: string;
                            billable?: string;
                            source?: string;
                            ref?: string;
                        };
                        /**
                         * @description Which comes first in dates like 03/04/2026: month or day
                         * @enum {string}
                         */
                        dateOrder?: "mdy" | "dmy";
                        /** @enum {string} */
                        encoding?: "utf-8" | "windows-1252" | "utf-16le" | "utf-16be";
                        /**
                         * @description What stands before the fraction of a number
                         * @enum {string}
                         */
                        decimalSign?: "." | ",";
                        /**
                         * @description Import the good lines although others are bad. Else one bad line refuses all
                         * @default false
                         */
                        acceptGood?: boolean;
                        /**
                         * @description What is done with lines that have the times and the text of an entry that is there, and another project: they become new entries, give that one their project, or are left out
                         * @default new
                         * @enum {string}
                         */
                        differing?: "new" | "update" | "leave";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            importId: string;
                            fileName: string;
                            counts: {
                                new: number;
                                duplicate: number;
                                error: number;
                                /** @description Sums, and timers that were still running */
                                leftOut: number;
                                /** @description Lines with the times and the text of an entry that is there, but another project; counted under `new`, unless they are to be updated or left */
                                differing: number;
                                updated: number;
                            };
                            period: {
                                /**
                                 * Format: date
                                 * @description The first day, in the zone
                                 */
                                first: string;
                                /** Format: date */
                                last: string;
                            } | null;
                            /** @description Of all lines that can be read */
                            seconds: number;
                            longest: {
                                line: number;
                                seconds: number;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                description: string;
                            } | null;
                            /** @description Lines of more than 24 hours */
                            overDay: number;
                            /** @description Lines with a day and hours, but no time */
                            placed: number;
                            /** @description What comes into being beside entries */
                            added: {
                                /** @description New ones: the first hundred */
                                projects: {
                                    name: string;
                                    client: string | null;
                                }[];
                                /** @description New ones: the first hundred */
                                clients: string[];
                                /** @description New ones: the first hundred */
                                tags: string[];
                                /** @description Projects that are there and get their client: the first hundred */
                                adopted: {
                                    name: string;
                                    client: string | null;
                                }[];
                                counts: {
                                    projects: number;
                                    clients: number;
                                    tags: number;
                                    adopted: number;
                                };
                            };
                            /** @description Of the file, in its order */
                            columns: string[];
                            /** @description How the file was read; each can be said when it is read again */
                            reading: {
                                /**
                                 * @description Made out from the columns, if it is left out
                                 * @enum {string}
                                 */
                                format: "toggl" | "clockify" | "tempo" | "harvest" | "kimai" | "timetracker" | "generic";
                                /** @description For a generic file: which column is what. `date`, if times stand alone */
                                mapping?: {
                                    start: string;
                                    date?: string;
                                    end?: string;
                                    duration?: string;
                                    description?: string;
                                    project?: string;
                                    client?: string;
                                    tags?: string;
                                    billable?: string;
                                    source?: string;
                                    ref?: string;
                                };
                                /**
                                 * @description A name of the IANA time zone database
                                 * @example Europe/Berlin
                                 */
                                timezone: string;
                                dateOrder: ("mdy" | "dmy") | null;
                                /** @enum {string} */
                                encoding: "utf-8" | "windows-1252" | "utf-16le" | "utf-16be";
                                decimalSign: ("." | ",") | null;
                                delimiter: string;
                                /** @description Which of these were made out and could be otherwise */
                                guessed: string[];
                            };
                            /** @description Bad lines: the first hundred */
                            errors: {
                                line: number;
                                column: string | null;
                                value: string | null;
                                reason: string;
                                hint: string | null;
                            }[];
                            /** @description Lines that are no entries: the first hundred */
                            leftOut: {
                                line: number;
                                reason: string;
                            }[];
                            /** @description Lines that differ from an entry in their project: the first hundred */
                            differing: {
                                line: number;
                                /** Format: uuid */
                                entry: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                end: string;
                                description: string;
                                project: string | null;
                                before: string | null;
                            }[];
                            /** @description The first new ones */
                            sample: {
                                line: number;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                end: string;
                                description: string;
                                project: string | null;
                                client: string | null;
                                tags: string[];
                                billable: boolean;
                                placed: boolean;
                            }[];
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It clashes with what is there */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/imports/{id}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Import a file that was previewed: it goes on by itself, and can be asked for */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * @description Made out from the columns, if it is left out
                         * @enum {string}
                         */
                        format?: "toggl" | "clockify" | "tempo" | "harvest" | "kimai" | "timetracker" | "generic";
                        /**
                         * @description A name of the IANA time zone database
                         * @example Europe/Berlin
                         */
                        timezone?: string;
                        /** @description For a generic file: which column is what. `date`, if times stand alone */
                        mapping?: {
                            start: string;
                            date?: string;
                            end?: string;
                            duration?: string;
                            description?: string;
                            project?: string;
                            client?: string;
                            tags?: string;
                            billable?: string;
                            source?: string;
                            ref?: string;
                        };
                        /**
                         * @description Which comes first in dates like 03/04/2026: month or day
                         * @enum {string}
                         */
                        dateOrder?: "mdy" | "dmy";
                        /** @enum {string} */
                        encoding?: "utf-8" | "windows-1252" | "utf-16le" | "utf-16be";
                        /**
                         * @description What stands before the fraction of a number
                         * @enum {string}
                         */
                        decimalSign?: "." | ",";
                        /**
                         * @description Import the good lines although others are bad. Else one bad line refuses all
                         * @default false
                         */
                        acceptGood?: boolean;
                        /**
                         * @description What is done with lines that have the times and the text of an entry that is there, and another project: they become new entries, give that one their project, or are left out
                         * @default new
                         * @enum {string}
                         */
                        differing?: "new" | "update" | "leave";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            importId: string;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It clashes with what is there */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Imports, the latest first */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** Format: uuid */
                                id: string;
                                /** @enum {string} */
                                status: "uploading" | "previewed" | "waiting" | "running" | "done" | "failed" | "undone";
                                fileName: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                createdAt: string;
                                endedAt: string | null;
                                counts: {
                                    new: number;
                                    duplicate: number;
                                    error: number;
                                    leftOut: number;
                                    updated: number;
                                } | null;
                                /** @description Its entries that are there now */
                                entries: number;
                            }[];
                            nextCursor: string | null;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The address is longer than 8 kB */
                414: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Import all of a file, or nothing if a line of it is in error, and wait for it
         * @description `importId` is that of a preview. The import goes on when the caller leaves; with the same Idempotency-Key and file it is waited for again.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "multipart/form-data": {
                        /**
                         * @description Made out from the columns, if it is left out
                         * @enum {string}
                         */
                        format?: "toggl" | "clockify" | "tempo" | "harvest" | "kimai" | "timetracker" | "generic";
                        /**
                         * @description A name of the IANA time zone database
                         * @example Europe/Berlin
                         */
                        timezone?: string;
                        /** @description For a generic file: which column is what. `date`, if times stand alone */
                        mapping?: {
                            start: string;
                            date?: string;
                            end?: string;
                            duration?: string;
                            description?: string;
                            project?: string;
                            client?: string;
                            tags?: string;
                            billable?: string;
                            source?: string;
                            ref?: string;
                        };
                        /**
                         * @description Which comes first in dates like 03/04/2026: month or day
                         * @enum {string}
                         */
                        dateOrder?: "mdy" | "dmy";
                        /** @enum {string} */
                        encoding?: "utf-8" | "windows-1252" | "utf-16le" | "utf-16be";
                        /**
                         * @description What stands before the fraction of a number
                         * @enum {string}
                         */
                        decimalSign?: "." | ",";
                        /**
                         * @description Import the good lines although others are bad. Else one bad line refuses all
                         * @default false
                         */
                        acceptGood?: boolean;
                        /**
                         * @description What is done with lines that have the times and the text of an entry that is there, and another project: they become new entries, give that one their project, or are left out
                         * @default new
                         * @enum {string}
                         */
                        differing?: "new" | "update" | "leave";
                        /** Format: uuid */
                        importId?: string;
                        /** @description CSV in any usual encoding, at most 32 MiB */
                        file: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            importId: string;
                            fileName: string;
                            counts: {
                                new: number;
                                duplicate: number;
                                error: number;
                                /** @description Sums, and timers that were still running */
                                leftOut: number;
                                /** @description Lines with the times and the text of an entry that is there, but another project; counted under `new`, unless they are to be updated or left */
                                differing: number;
                                updated: number;
                            };
                            period: {
                                /**
                                 * Format: date
                                 * @description The first day, in the zone
                                 */
                                first: string;
                                /** Format: date */
                                last: string;
                            } | null;
                            /** @description Of all lines that can be read */
                            seconds: number;
                            longest: {
                                line: number;
                                seconds: number;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                description: string;
                            } | null;
                            /** @description Lines of more than 24 hours */
                            overDay: number;
                            /** @description Lines with a day and hours, but no time */
                            placed: number;
                            /** @description What comes into being beside entries */
                            added: {
                                /** @description New ones: the first hundred */
                                projects: {
                                    name: string;
                                    client: string | null;
                                }[];
                                /** @description New ones: the first hundred */
                                clients: string[];
                                /** @description New ones: the first hundred */
                                tags: string[];
                                /** @description Projects that are there and get their client: the first hundred */
                                adopted: {
                                    name: string;
                                    client: string | null;
                                }[];
                                counts: {
                                    projects: number;
                                    clients: number;
                                    tags: number;
                                    adopted: number;
                                };
                            };
                            /** @description Of the file, in its order */
                            columns: string[];
                            /** @description How the file was read; each can be said when it is read again */
                            reading: {
                                /**
                                 * @description Made out from the columns, if it is left out
                                 * @enum {string}
                                 */
                                format: "toggl" | "clockify" | "tempo" | "harvest" | "kimai" | "timetracker" | "generic";
                                /** @description For a generic file: which column is what. `date`, if times stand alone */
                                mapping?: {
                                    start: string;
                                    date?: string;
                                    end?: string;
                                    duration?: string;
                                    description?: string;
                                    project?: string;
                                    client?: string;
                                    tags?: string;
                                    billable?: string;
                                    source?: string;
                                    ref?: string;
                                };
                                /**
                                 * @description A name of the IANA time zone database
                                 * @example Europe/Berlin
                                 */
                                timezone: string;
                                dateOrder: ("mdy" | "dmy") | null;
                                /** @enum {string} */
                                encoding: "utf-8" | "windows-1252" | "utf-16le" | "utf-16be";
                                decimalSign: ("." | ",") | null;
                                delimiter: string;
                                /** @description Which of these were made out and could be otherwise */
                                guessed: string[];
                            };
                            /** @description Bad lines: the first hundred */
                            errors: {
                                line: number;
                                column: string | null;
                                value: string | null;
                                reason: string;
                                hint: string | null;
                            }[];
                            /** @description Lines that are no entries: the first hundred */
                            leftOut: {
                                line: number;
                                reason: string;
                            }[];
                            /** @description Lines that differ from an entry in their project: the first hundred */
                            differing: {
                                line: number;
                                /** Format: uuid */
                                entry: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                end: string;
                                description: string;
                                project: string | null;
                                before: string | null;
                            }[];
                            /** @description The first new ones */
                            sample: {
                                line: number;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                start: string;
                                /**
                                 * Format: date-time
                                 * @description RFC 3339, with an offset; seconds are the finest unit kept
                                 */
                                end: string;
                                description: string;
                                project: string | null;
                                client: string | null;
                                tags: string[];
                                billable: boolean;
                                placed: boolean;
                            }[];
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body stopped coming */
                408: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/imports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far an import has come, and what came of it */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            /** @enum {string} */
                            status: "uploading" | "previewed" | "waiting" | "running" | "done" | "failed" | "undone";
                            fileName: string;
                            /** @description Lines read */
                            done: number;
                            total: number | null;
                            /** @description Entries written, once all lines are read */
                            written: number;
                            /** @description Imports that are waited for */
                            ahead: number;
                            /**
                             * Format: date-time
                             * @description RFC 3339, with an offset; seconds are the finest unit kept
                             */
                            createdAt: string;
                            endedAt: string | null;
                            options: {
                                /**
                                 * @description Made out from the columns, if it is left out
                                 * @enum {string}
                                 */
                                format?: "toggl" | "clockify" | "tempo" | "harvest" | "kimai" | "timetracker" | "generic";
                                /**
                                 * @description A name of the IANA time zone database
                                 * @example Europe/Berlin
                                 */
                                timezone?: string;
                                /** @description For a generic file: which column is what. `date`, if times stand alone */
                                mapping?: {
                                    start: string;
                                    date?: string;
                                    end?: string;
                                    duration?: string;
                                    description?: string;
                                    project?: string;
                                    client?: string;
                                    tags?: string;
                                    billable?: string;
                                    source?: string;
                                    ref?: string;
                                };
                                /**
                                 * @description Which comes first in dates like 03/04/2026: month or day
                                 * @enum {string}
                                 */
                                dateOrder?: "mdy" | "dmy";
                                /** @enum {string} */
                                encoding?: "utf-8" | "windows-1252" | "utf-16le" | "utf-16be";
                                /**
                                 * @description What stands before the fraction of a number
                                 * @enum {string}
                                 */
                                decimalSign?: "." | ",";
                                /**
                                 * @description Import the good lines although others are bad. Else one bad line refuses all
                                 * @default false
                                 */
                                acceptGood: boolean;
                                /**
                                 * @description What is done with lines that have the times and the text of an entry that is there, and another project: they become new entries, give that one their project, or are left out
                                 * @default new
                                 * @enum {string}
                                 */
                                differing: "new" | "update" | "leave";
                            };
                            result: {
                                /** Format: uuid */
                                importId: string;
                                fileName: string;
                                counts: {
                                    new: number;
                                    duplicate: number;
                                    error: number;
                                    /** @description Sums, and timers that were still running */
                                    leftOut: number;
                                    /** @description Lines with the times and the text of an entry that is there, but another project; counted under `new`, unless they are to be updated or left */
                                    differing: number;
                                    updated: number;
                                };
                                period: {
                                    /**
                                     * Format: date
                                     * @description The first day, in the zone
                                     */
                                    first: string;
                                    /** Format: date */
                                    last: string;
                                } | null;
                                /** @description Of all lines that can be read */
                                seconds: number;
                                longest: {
                                    line: number;
                                    seconds: number;
                                    /**
                                     * Format: date-time
                                     * @description RFC 3339, with an offset; seconds are the finest unit kept
                                     */
                                    start: string;
                                    description: string;
                                } | null;
                                /** @description Lines of more than 24 hours */
                                overDay: number;
                                /** @description Lines with a day and hours, but no time */
                                placed: number;
                                /** @description What comes into being beside entries */
                                added: {
                                    /** @description New ones: the first hundred */
                                    projects: {
                                        name: string;
                                        client: string | null;
                                    }[];
                                    /** @description New ones: the first hundred */
                                    clients: string[];
                                    /** @description New ones: the first hundred */
                                    tags: string[];
                                    /** @description Projects that are there and get their client: the first hundred */
                                    adopted: {
                                        name: string;
                                        client: string | null;
                                    }[];
                                    counts: {
                                        projects: number;
                                        clients: number;
                                        tags: number;
                                        adopted: number;
                                    };
                                };
                                /** @description Of the file, in its order */
                                columns: string[];
                                /** @description How the file was read; each can be said when it is read again */
                                reading: {
                                    /**
                                     * @description Made out from the columns, if it is left out
                                     * @enum {string}
                                     */
                                    format: "toggl" | "clockify" | "tempo" | "harvest" | "kimai" | "timetracker" | "generic";
                                    /** @description For a generic file: which column is what. `date`, if times stand alone */
                                    mapping?: {
                                        start: string;
                                        date?: string;
                                        end?: string;
                                        duration?: string;
                                        description?: string;
                                        project?: string;
                                        client?: string;
                                        tags?: string;
                                        billable?: string;
                                        source?: string;
                                        ref?: string;
                                    };
                                    /**
                                     * @description A name of the IANA time zone database
                                     * @example Europe/Berlin
                                     */
                                    timezone: string;
                                    dateOrder: ("mdy" | "dmy") | null;
                                    /** @enum {string} */
                                    encoding: "utf-8" | "windows-1252" | "utf-16le" | "utf-16be";
                                    decimalSign: ("." | ",") | null;
                                    delimiter: string;
                                    /** @description Which of these were made out and could be otherwise */
                                    guessed: string[];
                                };
                                /** @description Bad lines: the first hundred */
                                errors: {
                                    line: number;
                                    column: string | null;
                                    value: string | null;
                                    reason: string;
                                    hint: string | null;
                                }[];
                                /** @description Lines that are no entries: the first hundred */
                                leftOut: {
                                    line: number;
                                    reason: string;
                                }[];
                                /** @description Lines that differ from an entry in their project: the first hundred */
                                differing: {
                                    line: number;
                                    /** Format: uuid */
                                    entry: string;
                                    /**
                                     * Format: date-time
                                     * @description RFC 3339, with an offset; seconds are the finest unit kept
                                     */
                                    start: string;
                                    /**
                                     * Format: date-time
                                     * @description RFC 3339, with an offset; seconds are the finest unit kept
                                     */
                                    end: string;
                                    description: string;
                                    project: string | null;
                                    before: string | null;
                                }[];
                                /** @description The first new ones */
                                sample: {
                                    line: number;
                                    /**
                                     * Format: date-time
                                     * @description RFC 3339, with an offset; seconds are the finest unit kept
                                     */
                                    start: string;
                                    /**
                                     * Format: date-time
                                     * @description RFC 3339, with an offset; seconds are the finest unit kept
                                     */
                                    end: string;
                                    description: string;
                                    project: string | null;
                                    client: string | null;
                                    tags: string[];
                                    billable: boolean;
                                    placed: boolean;
                                }[];
                            } | null;
                            problem: {
                                status: number;
                                detail: string;
                            } | null;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/imports/{id}/rejected.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The bad lines of a file as they are, with the reasons: to be mended and imported
         * @description As long as the file is kept: a day after a preview, a week after an import.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description CSV */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/imports/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take an import out as a whole, with what came into being by it alone
         * @description Its entries go, also those that were changed here since; entries that got another project have the one of before. One that still waits is taken out of the queue.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Entries that were taken out */
                            entries: number;
                            /** @description Entries that have their project of before */
                            restored: number;
                            removed: {
                                projects: number;
                                clients: number;
                                tags: number;
                            };
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It clashes with what is there */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/export.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Entries as CSV, which can be imported again without loss
         * @description A cell that a spreadsheet would run as a formula has an apostrophe in front. The running entry is left out. Times are in UTC and local; where each entry is rounded, its rounded hours have a column.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Entries that touch the time from here */
                    from?: string;
                    /** @description to here, this instant not included */
                    to?: string;
                    project?: string;
                    client?: string;
                    tag?: string;
                    billable?: boolean;
                    source?: string;
                    /** @description Found anywhere in the description, whatever its case and accents */
                    q?: string;
                    /**
                     * @description A name of the IANA time zone database
                     * @example Europe/Berlin
                     */
                    timezone?: string;
                    /** @description How hours are rounded in reports; halves go up */
                    rounding?: "none" | "nearest" | "up" | "down";
                    roundingMinutes?: number;
                    /** @description With semicolons, a comma stands before the fraction of hours */
                    separator?: "comma" | "semicolon" | "tab";
                    /** @description Whether it begins with a byte order mark, by which Excel knows UTF-8 */
                    mark?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The entries, oldest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The address is longer than 8 kB */
                414: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/export.xlsx": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Entries as a workbook, at most 20,000
         * @description Times are local ones, as such, and in UTC; hours are numbers.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Entries that touch the time from here */
                    from?: string;
                    /** @description to here, this instant not included */
                    to?: string;
                    project?: string;
                    client?: string;
                    tag?: string;
                    billable?: boolean;
                    source?: string;
                    /** @description Found anywhere in the description, whatever its case and accents */
                    q?: string;
                    /**
                     * @description A name of the IANA time zone database
                     * @example Europe/Berlin
                     */
                    timezone?: string;
                    /** @description How hours are rounded in reports; halves go up */
                    rounding?: "none" | "nearest" | "up" | "down";
                    roundingMinutes?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The entries, oldest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": string;
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The address is longer than 8 kB */
                414: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/export.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Entries as JSON */
        get: {
            parameters: {
                query?: {
                    /** @description Entries that touch the time from here */
                    from?: string;
                    /** @description to here, this instant not included */
                    to?: string;
                    project?: string;
                    client?: string;
                    tag?: string;
                    billable?: boolean;
                    source?: string;
                    /** @description Found anywhere in the description, whatever its case and accents */
                    q?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The entries, oldest first */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            /**
                             * Format: date-time
                             * @description RFC 3339, with an offset; seconds are the finest unit kept
                             */
                            start: string;
                            end: string | null;
                            description: string;
                            project: {
                                /** Format: uuid */
                                id: string;
                                name: string;
                                color: string;
                                client: {
                                    /** Format: uuid */
                                    id: string;
                                    name: string;
                                } | null;
                            } | null;
                            tags: string[];
                            billable: boolean;
                            source: {
                                /** @description `manual`, or the system that it was imported from */
                                system: string;
                                /** @description What identifies it there */
                                ref?: string;
                            };
                            /** @description Whether another entry is on at the same time */
                            overlaps: boolean;
                            /** @description Imported with a day and hours only: its place in the day is made up */
                            placed: boolean;
                            /** @description For `If-Match`, in quotes; changes with what can be */
                            version: string;
                        }[];
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The address is longer than 8 kB */
                414: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/reports/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hours of a period by day, week, month, project, client or tag
         * @description Time zone, first day of the week and rounding are those of the settings, unless given.
         */
        get: {
            parameters: {
                query: {
                    from: string;
                    /** @description Not included; at most 11 years later */
                    to: string;
                    project?: string;
                    client?: string;
                    tag?: string;
                    billable?: boolean;
                    source?: string;
                    /** @description Found anywhere in the description, whatever its case and accents */
                    q?: string;
                    groupBy?: "day" | "week" | "month" | "project" | "client" | "tag";
                    /**
                     * @description A name of the IANA time zone database
                     * @example Europe/Berlin
                     */
                    timezone?: string;
                    /** @description 0 is Sunday */
                    weekStart?: number;
                    /** @description How hours are rounded in reports; halves go up */
                    rounding?: "none" | "nearest" | "up" | "down";
                    roundingMinutes?: number;
                    /** @description What is rounded as a whole: each entry, a project's sum on each day, or its sum in the period */
                    roundingPer?: "entry" | "day" | "project";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            total: {
                                seconds: number;
                                billableSeconds: number;
                                entries: number;
                            };
                            /** @description By time oldest first, else the longest first. Null is without any */
                            groups: {
                                key: string | null;
                                name: string;
                                color?: string;
                                seconds: number;
                                billableSeconds: number;
                                entries: number;
                            }[];
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The address is longer than 8 kB */
                414: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How hours are shown */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * @description A name of the IANA time zone database
                             * @example Europe/Berlin
                             */
                            timezone: string;
                            /** @description 0 is Sunday */
                            weekStart: number;
                            rounding: {
                                /** @description How hours are rounded in reports; halves go up */
                                mode: "none" | "nearest" | "up" | "down";
                                minutes: number;
                                /** @description What is rounded as a whole: each entry, a project's sum on each day, or its sum in the period */
                                per?: "entry" | "day" | "project";
                            };
                            /** @description In minutes: where imported hours that came without a time begin their day */
                            workdayStart?: number;
                        };
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Set all of them; what is optional stays if it is left out */
        put: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                    /** @description The ETag of the version to change; of another one, the answer is 412 */
                    "if-match"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * @description A name of the IANA time zone database
                         * @example Europe/Berlin
                         */
                        timezone: string;
                        /** @description 0 is Sunday */
                        weekStart: number;
                        rounding: {
                            /** @description How hours are rounded in reports; halves go up */
                            mode: "none" | "nearest" | "up" | "down";
                            minutes: number;
                            /** @description What is rounded as a whole: each entry, a project's sum on each day, or its sum in the period */
                            per?: "entry" | "day" | "project";
                        };
                        /** @description In minutes: where imported hours that came without a time begin their day */
                        workdayStart?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * @description A name of the IANA time zone database
                             * @example Europe/Berlin
                             */
                            timezone: string;
                            /** @description 0 is Sunday */
                            weekStart: number;
                            rounding: {
                                /** @description How hours are rounded in reports; halves go up */
                                mode: "none" | "nearest" | "up" | "down";
                                minutes: number;
                                /** @description What is rounded as a whole: each entry, a project's sum on each day, or its sum in the period */
                                per?: "entry" | "day" | "project";
                            };
                            /** @description In minutes: where imported hours that came without a time begin their day */
                            workdayStart?: number;
                        };
                    };
                };
                /** @description The request is not valid */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description No valid access token or session */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It was changed meanwhile: `current` is what is there now */
                412: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The body has another media type */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The request is well-formed, but can’t be done */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Not available at the moment; see Retry-After */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Problem
         * @description A problem document (RFC 9457)
         */
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            instance: string;
            errors?: {
                path: string;
                message: string;
            }[];
            /** @description With 422 of a preview, if nothing says what they are: those of the file */
            columns?: string[];
            /**
             * Format: uuid
             * @description Beside `columns`: the file is kept under it, to be read in another way
             */
            importId?: string;
            /** @description With 412: as it is now */
            current?: unknown;
            /** @description With 412: what was to be written */
            yours?: unknown;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
