// Made from the OpenAPI document of the gateway: npm run client-types. Do not edit.

export interface paths {
    "/dev/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in as anyone (development only) */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "user_id": "ada",
                     *       "roles": [
                     *         "teacher"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["DevTokenRequest"];
                };
            };
            responses: {
                /** @description A token for the Authorization header */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
                         *       "token_type": "Bearer"
                         *     }
                         */
                        "application/json": components["schemas"]["DevToken"];
                    };
                };
                /** @description INVALID_REQUEST: The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description PAYLOAD_TOO_LARGE: The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNSUPPORTED_MEDIA_TYPE: The body is not of the type that the route takes */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
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
    "/v1/batches/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Register a batch of essays */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Chosen by the client, fresh for each thing that it wants done. A repeat with the same key and payload gets the first answer again for 24 hours (`Idempotency-Replayed: true`) and has no further effect */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "expected_essay_count": 2,
                     *       "course_code": "ENG5",
                     *       "essay_ids": [
                     *         "anna",
                     *         "bo"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["RegisterBatchRequest"];
                };
            };
            responses: {
                /** @description The batch is registered, durably */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *       "correlation_id": "4848e3a5-d5b1-4c67-972f-7fd205078a55",
                         *       "status": "registered"
                         *     }
                         */
                        "application/json": {
                            batch_id: string;
                            correlation_id: string;
                            /** @enum {string} */
                            status: "registered";
                        };
                    };
                };
                /** @description INVALID_REQUEST: The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description CONFLICT: The state has moved on */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description PAYLOAD_TOO_LARGE: The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNSUPPORTED_MEDIA_TYPE: The body is not of the type that the route takes */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description KAFKA_PUBLISH_ERROR: The request could not be made durable; SERVICE_UNAVAILABLE: A service behind this one is not available */
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
    "/v1/batches/{batch_id}/pipelines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a pipeline
         * @description Answers as soon as the request is durable. What becomes of it stands in the status, under requests[], by the correlation id of this answer; a refusal too.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Chosen by the client, fresh for each thing that it wants done. A repeat with the same key and payload gets the first answer again for 24 hours (`Idempotency-Replayed: true`) and has no further effect */
                    "idempotency-key"?: string;
                };
                path: {
                    batch_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "requested_pipeline": "ai_feedback",
                     *       "prompt_payload": {
                     *         "assignment_id": "a-1"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["BatchPipelineRequest"];
                };
            };
            responses: {
                /** @description The request is durable */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "status": "accepted",
                         *       "message": "Pipeline execution request received",
                         *       "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *       "correlation_id": "4848e3a5-d5b1-4c67-972f-7fd205078a55"
                         *     }
                         */
                        "application/json": components["schemas"]["PipelineAccepted"];
                    };
                };
                /** @description INVALID_REQUEST: The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description CONFLICT: The state has moved on */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description PAYLOAD_TOO_LARGE: The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNSUPPORTED_MEDIA_TYPE: The body is not of the type that the route takes */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description KAFKA_PUBLISH_ERROR: The request could not be made durable; SERVICE_UNAVAILABLE: A service behind this one is not available */
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
    "/v1/batches/{batch_id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How a batch stands */
        get: {
            parameters: {
                query?: {
                    /** @description The correlation id of a 202: the answer waits until that request stands in requests[], 5 seconds at most */
                    after_request?: string;
                };
                header?: {
                    "if-none-match"?: string;
                };
                path: {
                    batch_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The newest state */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "status": "processing",
                         *       "details": {
                         *         "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *         "assignment_id": null,
                         *         "overall_status": "processing",
                         *         "essay_count": 2,
                         *         "completed_essay_count": 0,
                         *         "failed_essay_count": 1,
                         *         "requested_pipeline": "nlp",
                         *         "current_phase": "nlp",
                         *         "created_at": "2026-02-03T08:15:00.000000Z",
                         *         "last_updated": "2026-02-03T08:15:32.000000Z",
                         *         "processing_started_at": "2026-02-03T08:15:31.000000Z",
                         *         "processing_completed_at": null,
                         *         "revision": 1795496612641301,
                         *         "phases": [
                         *           {
                         *             "phase": "spellcheck",
                         *             "status": "completed_with_failures",
                         *             "reason": "not_started",
                         *             "total": 2,
                         *             "succeeded": 1,
                         *             "failed": 1,
                         *             "remaining": 0
                         *           },
                         *           {
                         *             "phase": "nlp",
                         *             "status": "running",
                         *             "reason": "not_started",
                         *             "total": 2,
                         *             "succeeded": 0,
                         *             "failed": 0,
                         *             "remaining": 2
                         *           }
                         *         ],
                         *         "essays": [
                         *           {
                         *             "essay_id": "anna",
                         *             "text_storage_id": "corrected-1",
                         *             "refused": null,
                         *             "phases": {
                         *               "spellcheck": {
                         *                 "outcome": "succeeded",
                         *                 "error_code": null
                         *               }
                         *             }
                         *           },
                         *           {
                         *             "essay_id": "bo",
                         *             "text_storage_id": "text-2",
                         *             "refused": null,
                         *             "phases": {
                         *               "spellcheck": {
                         *                 "outcome": "failed",
                         *                 "error_code": "SPELLCHECK_SERVICE_ERROR"
                         *               }
                         *             }
                         *           }
                         *         ],
                         *         "essays_truncated": false,
                         *         "student_prompt_ref": null,
                         *         "run": {
                         *           "run_id": "e6e5a1f0-9a3e-5a39-a2f1-9f7a4ab6a4c5",
                         *           "request_id": "0f9a86b7-184a-5cb2-9e73-95766f963055",
                         *           "correlation_id": "4848e3a5-d5b1-4c67-972f-7fd205078a55",
                         *           "requested_pipeline": "nlp",
                         *           "user_id": "ada",
                         *           "is_retry": false,
                         *           "plan_revision": "1795496612641292",
                         *           "status": "processing",
                         *           "phases": [
                         *             {
                         *               "phase": "nlp",
                         *               "decision": "run",
                         *               "reason": "not_started",
                         *               "status": "running",
                         *               "attempt": 1,
                         *               "total": 1,
                         *               "succeeded": 0,
                         *               "failed": 0,
                         *               "error": null,
                         *               "paused": false,
                         *               "deadline_at": "2026-02-03T08:45:32.000000Z",
                         *               "commanded_at": "2026-02-03T08:15:32.000000Z",
                         *               "completed_at": null
                         *             }
                         *           ],
                         *           "essay_count": 2,
                         *           "failed_essay_count": 1,
                         *           "refused_essay_count": 0,
                         *           "refused_essays": [],
                         *           "started_at": "2026-02-03T08:15:31.000000Z",
                         *           "completed_at": null
                         *         },
                         *         "requests": [
                         *           {
                         *             "request_id": "0f9a86b7-184a-5cb2-9e73-95766f963055",
                         *             "correlation_id": "4848e3a5-d5b1-4c67-972f-7fd205078a55",
                         *             "requested_pipeline": "nlp",
                         *             "user_id": "ada",
                         *             "is_retry": false,
                         *             "verdict": "accepted",
                         *             "reason": null,
                         *             "detail": null,
                         *             "run_id": "e6e5a1f0-9a3e-5a39-a2f1-9f7a4ab6a4c5",
                         *             "requested_at": "2026-02-03T08:15:30.623000Z",
                         *             "received_at": "2026-02-03T08:15:30.700000Z",
                         *             "decided_at": "2026-02-03T08:15:31.000000Z"
                         *           }
                         *         ]
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["BatchStatus"];
                    };
                };
                /** @description Nothing has changed since the revision of If-None-Match */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available; CATCHING_UP: The state is not complete yet */
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
    "/v1/batches/{batch_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How a batch stands, live
         * @description Server-sent events. `snapshot`: the whole status without essays; its id is the revision, which only grows. `hold`: what was sent may not be the newest for now. `live`: it is. `end`: the stream ends, and why. A stream stays open when a run ends.
         */
        get: {
            parameters: {
                query?: {
                    /** @description The revision that the client has: nothing up to it is sent */
                    after?: string;
                    /** @description A one-time ticket, in place of Authorization */
                    ticket?: string;
                };
                header?: {
                    /** @description Sent by an EventSource that connects again; the larger of it and `after` counts */
                    "last-event-id"?: "" | string;
                };
                path: {
                    batch_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The stream */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example event: snapshot
                         *     id: 1795496612641301
                         *     data: {"status":"processing","details":{...}}
                         */
                        "text/event-stream": string;
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available; CATCHING_UP: The state is not complete yet */
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
    "/v1/batches/{batch_id}/ws": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How a batch stands, live, over a WebSocket
         * @description JSON messages `{ event, id, data }` with the events of `/events`, and `heartbeat`. What a client sends is not read.
         */
        get: {
            parameters: {
                query?: {
                    /** @description The revision that the client has: nothing up to it is sent */
                    after?: string;
                    /** @description A one-time ticket, in place of Authorization */
                    ticket?: string;
                };
                header?: never;
                path: {
                    batch_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The connection is a WebSocket from here on */
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UPGRADE_REQUIRED: This route is a WebSocket */
                426: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available; CATCHING_UP: The state is not complete yet */
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
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How all of your batches stand, live
         * @description The events of `/v1/batches/{batch_id}/events` for your 100 newest batches, and for those that are registered while the stream is open. It always begins with a snapshot of each: a client keeps the newest by `details.revision`.
         */
        get: {
            parameters: {
                query?: {
                    /** @description A one-time ticket, in place of Authorization */
                    ticket?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The stream */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example event: snapshot
                         *     id: 1795496612641301
                         *     data: {"status":"processing","details":{...}}
                         */
                        "text/event-stream": string;
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available; CATCHING_UP: The state is not complete yet */
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
    "/v1/stream-tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A one-time ticket for a stream
         * @description For the EventSource and the WebSocket of a browser, which cannot send Authorization. A stream opened by it ends when the token of this request does.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The ticket */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "ticket": "JxV0c1Yb6k3cVq8h2n5r7t9w1y3A5C7E9G1I3K5M7O8",
                         *       "expires_in": 30
                         *     }
                         */
                        "application/json": components["schemas"]["StreamTicket"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available */
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
    "/v1/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** My batches, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description Only those that stand so now */
                    status?: "pending_content" | "ready" | "processing" | "completed_successfully" | "completed_with_failures" | "failed" | "cancelled";
                    /** @description An admin may see all of the organisation's */
                    of?: "me" | "organisation";
                    limit?: number;
                    /** @description `next_cursor` of the page before; left out, the newest batches */
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batches": [
                         *         {
                         *           "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *           "assignment_id": null,
                         *           "overall_status": "processing",
                         *           "essay_count": 2,
                         *           "completed_essay_count": 0,
                         *           "failed_essay_count": 1,
                         *           "requested_pipeline": "nlp",
                         *           "current_phase": "nlp",
                         *           "created_at": "2026-02-03T08:15:00.000000Z",
                         *           "last_updated": "2026-02-03T08:15:32.000000Z",
                         *           "processing_started_at": "2026-02-03T08:15:31.000000Z",
                         *           "processing_completed_at": null,
                         *           "revision": 1795496612641301,
                         *           "phases": [
                         *             {
                         *               "phase": "spellcheck",
                         *               "status": "completed_with_failures",
                         *               "reason": "not_started",
                         *               "total": 2,
                         *               "succeeded": 1,
                         *               "failed": 1,
                         *               "remaining": 0
                         *             },
                         *             {
                         *               "phase": "nlp",
                         *               "status": "running",
                         *               "reason": "not_started",
                         *               "total": 2,
                         *               "succeeded": 0,
                         *               "failed": 0,
                         *               "remaining": 2
                         *             }
                         *           ]
                         *         }
                         *       ],
                         *       "pagination": {
                         *         "limit": 20,
                         *         "total": 1,
                         *         "next_cursor": null
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["Batches"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available; CATCHING_UP: The state is not complete yet */
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
    "/v1/batches/{batch_id}/essays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All essays of a batch, in the order of the registration */
        get: {
            parameters: {
                query?: {
                    /** @description failed: in some phase; succeeded: in some and failed in none; refused: by content validation; pending: nothing is known yet */
                    status?: "pending" | "succeeded" | "failed" | "refused";
                    /** @description Judges `status` by this phase alone */
                    phase?: string;
                    limit?: number;
                    /** @description `next_cursor` of the page before */
                    cursor?: string;
                };
                header?: never;
                path: {
                    batch_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *       "revision": 1795496612641301,
                         *       "essays": [
                         *         {
                         *           "essay_id": "anna",
                         *           "text_storage_id": "corrected-1",
                         *           "refused": null,
                         *           "phases": {
                         *             "spellcheck": {
                         *               "outcome": "succeeded",
                         *               "error_code": null
                         *             }
                         *           }
                         *         },
                         *         {
                         *           "essay_id": "bo",
                         *           "text_storage_id": "text-2",
                         *           "refused": null,
                         *           "phases": {
                         *             "spellcheck": {
                         *               "outcome": "failed",
                         *               "error_code": "SPELLCHECK_SERVICE_ERROR"
                         *             }
                         *           }
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": components["schemas"]["Essays"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available; CATCHING_UP: The state is not complete yet */
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
    "/v1/batches/{batch_id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A batch's last 20 runs and requests, newest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    batch_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All that is kept */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *       "revision": 1795496612641301,
                         *       "runs": [
                         *         {
                         *           "run_id": "e6e5a1f0-9a3e-5a39-a2f1-9f7a4ab6a4c5",
                         *           "request_id": "0f9a86b7-184a-5cb2-9e73-95766f963055",
                         *           "correlation_id": "4848e3a5-d5b1-4c67-972f-7fd205078a55",
                         *           "requested_pipeline": "nlp",
                         *           "user_id": "ada",
                         *           "is_retry": false,
                         *           "plan_revision": "1795496612641292",
                         *           "status": "processing",
                         *           "phases": [
                         *             {
                         *               "phase": "nlp",
                         *               "decision": "run",
                         *               "reason": "not_started",
                         *               "status": "running",
                         *               "attempt": 1,
                         *               "total": 1,
                         *               "succeeded": 0,
                         *               "failed": 0,
                         *               "error": null,
                         *               "paused": false,
                         *               "deadline_at": "2026-02-03T08:45:32.000000Z",
                         *               "commanded_at": "2026-02-03T08:15:32.000000Z",
                         *               "completed_at": null
                         *             }
                         *           ],
                         *           "essay_count": 2,
                         *           "failed_essay_count": 1,
                         *           "refused_essay_count": 0,
                         *           "refused_essays": [],
                         *           "started_at": "2026-02-03T08:15:31.000000Z",
                         *           "completed_at": null
                         *         }
                         *       ],
                         *       "requests": [
                         *         {
                         *           "request_id": "0f9a86b7-184a-5cb2-9e73-95766f963055",
                         *           "correlation_id": "4848e3a5-d5b1-4c67-972f-7fd205078a55",
                         *           "requested_pipeline": "nlp",
                         *           "user_id": "ada",
                         *           "is_retry": false,
                         *           "verdict": "accepted",
                         *           "reason": null,
                         *           "detail": null,
                         *           "run_id": "e6e5a1f0-9a3e-5a39-a2f1-9f7a4ab6a4c5",
                         *           "requested_at": "2026-02-03T08:15:30.623000Z",
                         *           "received_at": "2026-02-03T08:15:30.700000Z",
                         *           "decided_at": "2026-02-03T08:15:31.000000Z"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Runs"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available; CATCHING_UP: The state is not complete yet */
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
    "/v1/batches/{batch_id}/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a request would run and why; starts nothing */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    batch_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "requested_pipeline": "nlp",
                     *       "prompt_payload": {
                     *         "assignment_id": "a-1"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["PlanRequest"];
                };
            };
            responses: {
                /** @description The plan as of now */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *       "requested_pipeline": "nlp",
                         *       "execution": "sequential",
                         *       "final_pipeline": [
                         *         "nlp"
                         *       ],
                         *       "phases": [
                         *         {
                         *           "phase": "spellcheck",
                         *           "decision": "skip",
                         *           "reason": "already_completed",
                         *           "counts": {
                         *             "registered": 2,
                         *             "refused": 0,
                         *             "eligible": 2,
                         *             "succeeded": 2,
                         *             "failed": 0
                         *           },
                         *           "essay_count": 0,
                         *           "essay_ids": []
                         *         },
                         *         {
                         *           "phase": "nlp",
                         *           "decision": "run",
                         *           "reason": "not_started",
                         *           "counts": {
                         *             "registered": 2,
                         *             "refused": 0,
                         *             "eligible": 2,
                         *             "succeeded": 0,
                         *             "failed": 0
                         *           },
                         *           "essay_count": 2,
                         *           "essay_ids": [
                         *             "anna",
                         *             "bo"
                         *           ]
                         *         }
                         *       ],
                         *       "summary": "Resolved 'nlp' pipeline to 1 steps",
                         *       "revision": "1795496612641292",
                         *       "active": null
                         *     }
                         */
                        "application/json": components["schemas"]["Plan"];
                    };
                };
                /** @description INVALID_REQUEST: The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description PAYLOAD_TOO_LARGE: The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNSUPPORTED_MEDIA_TYPE: The body is not of the type that the route takes */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available; CATCHING_UP: The state is not complete yet */
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
    "/v1/batches/{batch_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End the active run, or the request that waits
         * @description What specialists still report of the run is kept as facts and starts nothing any more.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Chosen by the client, fresh for each thing that it wants done. A repeat with the same key and payload gets the first answer again for 24 hours (`Idempotency-Replayed: true`) and has no further effect */
                    "idempotency-key"?: string;
                };
                path: {
                    batch_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "run_id": "e6e5a1f0-9a3e-5a39-a2f1-9f7a4ab6a4c5"
                     *     }
                     */
                    "application/json": components["schemas"]["CancelBatchRequest"];
                };
            };
            responses: {
                /** @description It is cancelled, durably */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *       "correlation_id": "4848e3a5-d5b1-4c67-972f-7fd205078a55",
                         *       "status": "cancelled",
                         *       "run_id": "e6e5a1f0-9a3e-5a39-a2f1-9f7a4ab6a4c5"
                         *     }
                         */
                        "application/json": {
                            batch_id: string;
                            correlation_id: string;
                            /** @enum {string} */
                            status: "cancelled";
                            run_id: string | null;
                        };
                    };
                };
                /** @description INVALID_REQUEST: The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description CONFLICT: The state has moved on */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description PAYLOAD_TOO_LARGE: The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNSUPPORTED_MEDIA_TYPE: The body is not of the type that the route takes */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description KAFKA_PUBLISH_ERROR: The request could not be made durable; SERVICE_UNAVAILABLE: A service behind this one is not available */
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
    "/v1/batches/{batch_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run again what did not succeed, or show what that would be */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Chosen by the client, fresh for each thing that it wants done. A repeat with the same key and payload gets the first answer again for 24 hours (`Idempotency-Replayed: true`) and has no further effect */
                    "idempotency-key"?: string;
                };
                path: {
                    batch_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "reason": "the service is back",
                     *       "dry_run": true
                     *     }
                     */
                    "application/json": components["schemas"]["RetryBatchRequest"];
                };
            };
            responses: {
                /** @description What would run */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *       "correlation_id": "4848e3a5-d5b1-4c67-972f-7fd205078a55",
                         *       "status": "preview",
                         *       "requested_pipeline": "nlp",
                         *       "run_id": null,
                         *       "plan_revision": "1795496612641292",
                         *       "phases": [
                         *         {
                         *           "phase": "spellcheck",
                         *           "decision": "run",
                         *           "reason": "retry_failed",
                         *           "essay_ids": [
                         *             "bo"
                         *           ]
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": {
                            batch_id: string;
                            correlation_id: string;
                            /** @enum {string} */
                            status: "preview" | "accepted" | "waiting_for_content" | "planning";
                            requested_pipeline: string;
                            run_id: string | null;
                            plan_revision: string | null;
                            phases: {
                                phase: string;
                                /** @enum {string} */
                                decision: "run" | "skip";
                                reason: string;
                                essay_ids: string[];
                            }[];
                        };
                    };
                };
                /** @description It runs, or will */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *       "correlation_id": "4848e3a5-d5b1-4c67-972f-7fd205078a55",
                         *       "status": "accepted",
                         *       "requested_pipeline": "nlp",
                         *       "run_id": "e6e5a1f0-9a3e-5a39-a2f1-9f7a4ab6a4c5",
                         *       "plan_revision": "1795496612641292",
                         *       "phases": [
                         *         {
                         *           "phase": "spellcheck",
                         *           "decision": "run",
                         *           "reason": "retry_failed",
                         *           "essay_ids": [
                         *             "bo"
                         *           ]
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": {
                            batch_id: string;
                            correlation_id: string;
                            /** @enum {string} */
                            status: "preview" | "accepted" | "waiting_for_content" | "planning";
                            requested_pipeline: string;
                            run_id: string | null;
                            plan_revision: string | null;
                            phases: {
                                phase: string;
                                /** @enum {string} */
                                decision: "run" | "skip";
                                reason: string;
                                essay_ids: string[];
                            }[];
                        };
                    };
                };
                /** @description INVALID_REQUEST: The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description CONFLICT: The state has moved on */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description PAYLOAD_TOO_LARGE: The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNSUPPORTED_MEDIA_TYPE: The body is not of the type that the route takes */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description KAFKA_PUBLISH_ERROR: The request could not be made durable; SERVICE_UNAVAILABLE: A service behind this one is not available */
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
    "/v1/batches/{batch_id}/prompt": {
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
        /** Replace the prompt that later runs work with */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    batch_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "student_prompt_ref": {
                     *         "references": {
                     *           "student_prompt_text": {
                     *             "storage_id": "prompt-7",
                     *             "path": ""
                     *           }
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["PromptRequest"];
                };
            };
            responses: {
                /** @description It is replaced */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "status": "success",
                         *       "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *       "student_prompt_ref": {
                         *         "references": {
                         *           "student_prompt_text": {
                         *             "storage_id": "prompt-7",
                         *             "path": ""
                         *           }
                         *         }
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["PromptSet"];
                    };
                };
                /** @description INVALID_REQUEST: The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description CONFLICT: The state has moved on */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description PAYLOAD_TOO_LARGE: The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNSUPPORTED_MEDIA_TYPE: The body is not of the type that the route takes */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available */
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
    "/v1/admin/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Dead letters, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description The topic whose dead letters they are, without `.DLQ` */
                    topic?: string;
                    reason?: string;
                    /** @description The batch, or the record's key where no batch can be read */
                    batch_id?: string;
                    correlation_id?: string;
                    /** @description As the groups name it */
                    cause?: string;
                    state?: "open" | "redriven" | "parked";
                    limit?: number;
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "letters": [
                         *         {
                         *           "letter_id": "0f9a86b7-184a-5cb2-9e73-95766f963055",
                         *           "topic": "huleedu.els.batch.phase.outcome.v1",
                         *           "reason": "data_invalid",
                         *           "error": "phase_name: Invalid option",
                         *           "service": "batch_conductor_service",
                         *           "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *           "correlation_id": "4848e3a5-d5b1-4c67-972f-7fd205078a55",
                         *           "event_type": "huleedu.els.batch.phase.outcome.v1",
                         *           "at": "2026-02-03T08:15:30.623000Z",
                         *           "redrivable": true,
                         *           "was_redriven": false,
                         *           "state": "open",
                         *           "decided_by": null,
                         *           "decided_for": null,
                         *           "decided_at": null
                         *         }
                         *       ],
                         *       "next_cursor": null
                         *     }
                         */
                        "application/json": {
                            letters: {
                                letter_id: string;
                                topic: string;
                                reason: string;
                                error: string;
                                service: string;
                                batch_id: string | null;
                                correlation_id: string | null;
                                event_type: string | null;
                                /** Format: date-time */
                                at: string;
                                redrivable: boolean;
                                /** @description The record had been redriven already when it died */
                                was_redriven: boolean;
                                /** @enum {string} */
                                state: "open" | "redriven" | "parked";
                                decided_by: string | null;
                                /** @description The user on whose behalf it was decided */
                                decided_for: string | null;
                                /** Format: date-time */
                                decided_at: string | null;
                            }[];
                            next_cursor: string | null;
                        };
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available */
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
    "/v1/admin/dead-letters/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Dead letters by what they died of, the largest group first */
        get: {
            parameters: {
                query?: {
                    /** @description The topic whose dead letters they are, without `.DLQ` */
                    topic?: string;
                    reason?: string;
                    /** @description The batch, or the record's key where no batch can be read */
                    batch_id?: string;
                    correlation_id?: string;
                    /** @description As the groups name it */
                    cause?: string;
                    state?: "open" | "redriven" | "parked";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The groups */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "groups": [
                         *         {
                         *           "topic": "huleedu.els.batch.phase.outcome.v1",
                         *           "reason": "data_invalid",
                         *           "cause": "data_invalid: /data/phase_name",
                         *           "count": 3,
                         *           "open": 3,
                         *           "first_at": "2026-02-03T08:15:30.623000Z",
                         *           "last_at": "2026-02-03T08:15:30.623000Z",
                         *           "example": "phase_name: Invalid option"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": {
                            groups: {
                                topic: string;
                                reason: string;
                                cause: string;
                                count: number;
                                open: number;
                                /** Format: date-time */
                                first_at: string;
                                /** Format: date-time */
                                last_at: string;
                                example: string;
                            }[];
                        };
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available */
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
    "/v1/admin/dead-letters/{letter_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One dead letter, with its raw bytes */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    letter_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The letter */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "letter_id": "0f9a86b7-184a-5cb2-9e73-95766f963055",
                         *       "topic": "huleedu.els.batch.phase.outcome.v1",
                         *       "reason": "data_invalid",
                         *       "error": "phase_name: Invalid option",
                         *       "service": "batch_conductor_service",
                         *       "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *       "correlation_id": "4848e3a5-d5b1-4c67-972f-7fd205078a55",
                         *       "event_type": "huleedu.els.batch.phase.outcome.v1",
                         *       "at": "2026-02-03T08:15:30.623000Z",
                         *       "redrivable": true,
                         *       "was_redriven": false,
                         *       "state": "open",
                         *       "decided_by": null,
                         *       "decided_for": null,
                         *       "decided_at": null,
                         *       "letter": {
                         *         "schema_version": 1,
                         *         "raw_value_base64": "bm90IGpzb24="
                         *       }
                         *     }
                         */
                        "application/json": {
                            letter_id: string;
                            topic: string;
                            reason: string;
                            error: string;
                            service: string;
                            batch_id: string | null;
                            correlation_id: string | null;
                            event_type: string | null;
                            /** Format: date-time */
                            at: string;
                            redrivable: boolean;
                            /** @description The record had been redriven already when it died */
                            was_redriven: boolean;
                            /** @enum {string} */
                            state: "open" | "redriven" | "parked";
                            decided_by: string | null;
                            /** @description The user on whose behalf it was decided */
                            decided_for: string | null;
                            /** Format: date-time */
                            decided_at: string | null;
                            letter: {
                                [key: string]: unknown;
                            };
                        };
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available */
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
    "/v1/admin/dead-letter-redrives": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send dead letters to where they came from; without `dry_run: false` only say what would happen */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "letter_ids": [
                     *         "0f9a86b7-184a-5cb2-9e73-95766f963055"
                     *       ],
                     *       "dry_run": true
                     *     }
                     */
                    "application/json": {
                        letter_ids?: string[];
                        filter?: {
                            /** @description The topic whose dead letters they are, without `.DLQ` */
                            topic?: string;
                            reason?: string;
                            /** @description The batch, or the record's key where no batch can be read */
                            batch_id?: string;
                            correlation_id?: string;
                            /** @description As the groups name it */
                            cause?: string;
                            /** @enum {string} */
                            state?: "open" | "redriven" | "parked";
                        };
                        /** @default 1000 */
                        limit?: number;
                        /** @default true */
                        dry_run?: boolean;
                    };
                };
            };
            responses: {
                /** @description What became of each letter */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "dry_run": true,
                         *       "counts": {
                         *         "would_be_redriven": 1
                         *       },
                         *       "results": [
                         *         {
                         *           "letter_id": "0f9a86b7-184a-5cb2-9e73-95766f963055",
                         *           "topic": "huleedu.els.batch.phase.outcome.v1",
                         *           "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *           "outcome": "would_be_redriven",
                         *           "partition": null,
                         *           "offset": null
                         *         }
                         *       ],
                         *       "more": false
                         *     }
                         */
                        "application/json": {
                            dry_run: boolean;
                            counts: {
                                redriven?: number;
                                would_be_redriven?: number;
                                already_redriven?: number;
                                not_redrivable?: number;
                                not_found?: number;
                            };
                            results: {
                                letter_id: string;
                                topic: string | null;
                                batch_id: string | null;
                                /** @enum {string} */
                                outcome: "redriven" | "would_be_redriven" | "already_redriven" | "not_redrivable" | "not_found";
                                partition: number | null;
                                offset: number | null;
                            }[];
                            more: boolean;
                        };
                    };
                };
                /** @description INVALID_REQUEST: The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description PAYLOAD_TOO_LARGE: The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNSUPPORTED_MEDIA_TYPE: The body is not of the type that the route takes */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description KAFKA_PUBLISH_ERROR: The request could not be made durable; SERVICE_UNAVAILABLE: A service behind this one is not available */
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
    "/v1/admin/dead-letters/{letter_id}/park": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a dead letter aside: it stays, and redriving by filter passes it over */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    letter_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The letter, parked */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "letter_id": "0f9a86b7-184a-5cb2-9e73-95766f963055",
                         *       "topic": "huleedu.els.batch.phase.outcome.v1",
                         *       "reason": "data_invalid",
                         *       "error": "phase_name: Invalid option",
                         *       "service": "batch_conductor_service",
                         *       "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *       "correlation_id": "4848e3a5-d5b1-4c67-972f-7fd205078a55",
                         *       "event_type": "huleedu.els.batch.phase.outcome.v1",
                         *       "at": "2026-02-03T08:15:30.623000Z",
                         *       "redrivable": true,
                         *       "was_redriven": false,
                         *       "state": "parked",
                         *       "decided_by": null,
                         *       "decided_for": null,
                         *       "decided_at": null
                         *     }
                         */
                        "application/json": {
                            letter_id: string;
                            topic: string;
                            reason: string;
                            error: string;
                            service: string;
                            batch_id: string | null;
                            correlation_id: string | null;
                            event_type: string | null;
                            /** Format: date-time */
                            at: string;
                            redrivable: boolean;
                            /** @description The record had been redriven already when it died */
                            was_redriven: boolean;
                            /** @enum {string} */
                            state: "open" | "redriven" | "parked";
                            decided_by: string | null;
                            /** @description The user on whose behalf it was decided */
                            decided_for: string | null;
                            /** Format: date-time */
                            decided_at: string | null;
                        };
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description CONFLICT: The state has moved on */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description KAFKA_PUBLISH_ERROR: The request could not be made durable; SERVICE_UNAVAILABLE: A service behind this one is not available */
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
    "/v1/admin/stuck-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What waits for long: for what, since when, and which call ends it; the oldest first
         * @description A `fix` is a call of this API. Where there is none, `advice` says what ends it: time, or whoever runs the services, whom the orchestrator itself tells its own call.
         */
        get: {
            parameters: {
                query?: {
                    older_than_seconds?: number;
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What waits */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "waiting": [
                         *         {
                         *           "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *           "run_id": "e6e5a1f0-9a3e-5a39-a2f1-9f7a4ab6a4c5",
                         *           "waits_for": "phase_outcome",
                         *           "phase": "nlp",
                         *           "since": "2026-02-03T08:15:32.000000Z",
                         *           "until": "2026-02-03T08:45:32.000000Z",
                         *           "overdue": false,
                         *           "advice": "The specialist has not answered. The run ends by itself at the deadline and can be retried; or cancel it.",
                         *           "fix": {
                         *             "method": "POST",
                         *             "path": "/v1/admin/batches/95766f96-3055-4e73-9cb2-184a0f9a86b7/cancel"
                         *           }
                         *         }
                         *       ],
                         *       "truncated": false
                         *     }
                         */
                        "application/json": {
                            waiting: {
                                batch_id: string;
                                run_id: string | null;
                                /** @enum {string} */
                                waits_for: "phase_outcome" | "phase_resume" | "content" | "plan" | "publication";
                                phase: string | null;
                                since: string;
                                until: string | null;
                                overdue: boolean;
                                advice: string;
                                fix: {
                                    /** @enum {string} */
                                    method: "POST";
                                    path: string;
                                } | null;
                            }[];
                            truncated: boolean;
                        };
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available */
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
    "/v1/admin/batches/{batch_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End what a batch waits for, whoever it belongs to
         * @description What the list of stuck runs names. The audit notes who asked.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Chosen by the client, fresh for each thing that it wants done. A repeat with the same key and payload gets the first answer again for 24 hours (`Idempotency-Replayed: true`) and has no further effect */
                    "idempotency-key"?: string;
                };
                path: {
                    batch_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "run_id": "e6e5a1f0-9a3e-5a39-a2f1-9f7a4ab6a4c5"
                     *     }
                     */
                    "application/json": components["schemas"]["CancelBatchRequest"];
                };
            };
            responses: {
                /** @description It is cancelled, durably */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *       "correlation_id": "4848e3a5-d5b1-4c67-972f-7fd205078a55",
                         *       "status": "cancelled",
                         *       "run_id": "e6e5a1f0-9a3e-5a39-a2f1-9f7a4ab6a4c5"
                         *     }
                         */
                        "application/json": {
                            batch_id: string;
                            correlation_id: string;
                            /** @enum {string} */
                            status: "cancelled";
                            run_id: string | null;
                        };
                    };
                };
                /** @description INVALID_REQUEST: The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description CONFLICT: The state has moved on */
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description PAYLOAD_TOO_LARGE: The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNSUPPORTED_MEDIA_TYPE: The body is not of the type that the route takes */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description KAFKA_PUBLISH_ERROR: The request could not be made durable; SERVICE_UNAVAILABLE: A service behind this one is not available */
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
    "/v1/admin/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether each service can do its work now, and what is in the way */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As of now, also when something is not ready */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "status": "ready",
                         *       "services": {
                         *         "gateway": {
                         *           "status": "ready",
                         *           "dependencies": {
                         *             "log": {
                         *               "status": "ready"
                         *             }
                         *           }
                         *         },
                         *         "conductor": {
                         *           "status": "ready",
                         *           "dependencies": {
                         *             "log": {
                         *               "status": "ready"
                         *             }
                         *           }
                         *         },
                         *         "orchestrator": {
                         *           "status": "ready",
                         *           "dependencies": {
                         *             "log": {
                         *               "status": "ready"
                         *             }
                         *           }
                         *         }
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["OperationsHealth"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
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
    "/v1/admin/figures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counters and lag as of now, to be plotted; for history ask Prometheus */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As of now */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "requests": 4711,
                         *       "published": 312,
                         *       "lag": [
                         *         {
                         *           "service": "conductor",
                         *           "group": "facts",
                         *           "topic": "huleedu.essay.nlp.completed.v1",
                         *           "records": 12
                         *         }
                         *       ],
                         *       "missing": []
                         *     }
                         */
                        "application/json": components["schemas"]["Figures"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
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
    "/v1/batches/{batch_id}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload essays
         * @description A multipart form, passed on to the content service while it comes in. A file that is refused is told with its reason and touches no other.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    batch_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "files": [
                     *         "anna.docx",
                     *         "song.mp3"
                     *       ]
                     *     }
                     */
                    "multipart/form-data": {
                        files: string[];
                    };
                };
            };
            responses: {
                /** @description At least one file is stored */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "batch_id": "95766f96-3055-4e73-9cb2-184a0f9a86b7",
                         *       "stored": [
                         *         {
                         *           "file_name": "anna.docx",
                         *           "content_type": "text/plain",
                         *           "bytes": 2048,
                         *           "storage_id": "content-1"
                         *         }
                         *       ],
                         *       "refused": [
                         *         {
                         *           "index": 1,
                         *           "file_name": "song.mp3",
                         *           "reason": "type_not_allowed",
                         *           "detail": "a file's name must end in .txt"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["UploadedFiles"];
                    };
                };
                /** @description INVALID_REQUEST: The request cannot be read */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RESOURCE_NOT_FOUND: There is no such thing */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description PAYLOAD_TOO_LARGE: The body is too large */
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNSUPPORTED_MEDIA_TYPE: The body is not of the type that the route takes */
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description VALIDATION_ERROR: The request has wrong or missing values */
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description EXTERNAL_SERVICE_ERROR: A service behind this one answered wrongly */
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description SERVICE_UNAVAILABLE: A service behind this one is not available; CATCHING_UP: The state is not complete yet */
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
    "/v1/pipelines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What can be asked for */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All pipelines */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "pipelines": [
                         *         {
                         *           "name": "nlp",
                         *           "description": "Language analysis of spellchecked texts",
                         *           "execution": "sequential",
                         *           "phases": [
                         *             {
                         *               "name": "spellcheck",
                         *               "depends_on": [],
                         *               "needs_prompt": false
                         *             },
                         *             {
                         *               "name": "nlp",
                         *               "depends_on": [
                         *                 "spellcheck"
                         *               ],
                         *               "needs_prompt": true
                         *             }
                         *           ]
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Pipelines"];
                    };
                };
                /** @description AUTHENTICATION_ERROR: Sign-in is needed */
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description AUTHORIZATION_ERROR: This is not yours to see or change */
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description RATE_LIMIT: Too many requests */
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description UNKNOWN_ERROR: Something went wrong on our side */
                500: {
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
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        BatchSnapshot: {
            /** @enum {string} */
            status: "pending_content" | "ready" | "processing" | "completed_successfully" | "completed_with_failures" | "failed" | "cancelled";
            details: {
                batch_id: string;
                assignment_id: string | null;
                /** @enum {string} */
                overall_status: "pending_content" | "ready" | "processing" | "completed_successfully" | "completed_with_failures" | "failed" | "cancelled";
                essay_count: number;
                completed_essay_count: number;
                failed_essay_count: number;
                requested_pipeline: string | null;
                current_phase: string | null;
                created_at: string | null;
                last_updated: string | null;
                processing_started_at: string | null;
                processing_completed_at: string | null;
                student_prompt_ref?: unknown;
                revision: number;
                phases: {
                    phase: string;
                    status: string;
                    reason: string | null;
                    total: number;
                    succeeded: number;
                    failed: number;
                    remaining: number;
                }[];
                run: {
                    run_id: string;
                    request_id: string;
                    correlation_id: string;
                    requested_pipeline: string;
                    user_id: string;
                    is_retry: boolean;
                    plan_revision: string;
                    /** @enum {string} */
                    status: "processing" | "completed_successfully" | "completed_with_failures" | "failed" | "cancelled";
                    phases: {
                        phase: string;
                        /** @enum {string} */
                        decision: "run" | "skip";
                        reason: string;
                        /** @enum {string} */
                        status: "pending" | "running" | "completed_successfully" | "completed_with_failures" | "failed" | "skipped" | "skipped_due_to_dependency_failure" | "cancelled";
                        attempt: number;
                        total: number;
                        succeeded: number;
                        failed: number;
                        /** Format: date-time */
                        commanded_at: string | null;
                        /** Format: date-time */
                        completed_at: string | null;
                        /** Format: date-time */
                        deadline_at: string | null;
                        /** @default null */
                        error?: string | null;
                        /**
                         * @description Operations hold the phase back: the run goes on by itself once they resume it, or can be cancelled
                         * @default false
                         */
                        paused?: boolean;
                    }[];
                    essay_count: number;
                    failed_essay_count: number;
                    /** @default 0 */
                    refused_essay_count?: number;
                    /** @default [] */
                    refused_essays?: {
                        essay_id: string;
                        code: string;
                    }[];
                    /** Format: date-time */
                    started_at: string;
                    /** Format: date-time */
                    completed_at: string | null;
                } | null;
                requests: {
                    request_id: string;
                    correlation_id: string;
                    requested_pipeline: string;
                    user_id: string;
                    is_retry: boolean;
                    redrive_id?: string | null;
                    /** @enum {string} */
                    verdict: "waiting_for_content" | "planning" | "accepted" | "refused";
                    reason: string | null;
                    detail: string | null;
                    run_id: string | null;
                    /** Format: date-time */
                    requested_at: string;
                    /** Format: date-time */
                    received_at: string;
                    /** Format: date-time */
                    decided_at: string | null;
                }[];
            };
        };
        DevToken: {
            access_token: string;
            /** @enum {string} */
            token_type: "Bearer";
        };
        Problem: {
            /** @description Where the code is explained */
            type: string;
            title: string;
            status: number;
            detail: string;
            /** @enum {string} */
            code: "INVALID_REQUEST" | "VALIDATION_ERROR" | "AUTHENTICATION_ERROR" | "AUTHORIZATION_ERROR" | "RESOURCE_NOT_FOUND" | "METHOD_NOT_ALLOWED" | "CONFLICT" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "UPGRADE_REQUIRED" | "RATE_LIMIT" | "UNKNOWN_ERROR" | "EXTERNAL_SERVICE_ERROR" | "KAFKA_PUBLISH_ERROR" | "SERVICE_UNAVAILABLE" | "CATCHING_UP";
            /** @description Tells cases of one code apart */
            reason?: string;
            correlation_id: string;
            errors?: {
                pointer: string;
                detail: string;
            }[];
            /**
             * @description Whether a publish may have happened
             * @enum {string}
             */
            outcome?: "not_sent" | "unknown";
        };
        DevTokenRequest: {
            /** @example ada */
            user_id: string;
            org_id?: string | null;
            /**
             * @description Left out: a teacher
             * @example [
             *       "teacher"
             *     ]
             */
            roles?: ("teacher" | "admin" | "service")[];
        };
        RegisterBatchRequest: {
            /** @example 2 */
            expected_essay_count: number;
            /**
             * @description Kept when given, else made; as many as expected_essay_count, none twice
             * @example [
             *       "anna",
             *       "bo"
             *     ]
             */
            essay_ids?: string[] | null;
            /**
             * @example ENG5
             * @enum {string}
             */
            course_code: "ENG5" | "ENG6" | "ENG7" | "SV1" | "SV2" | "SV3";
            student_prompt_ref?: {
                references: {
                    original_essay?: {
                        [key: string]: string;
                    };
                    corrected_text?: {
                        [key: string]: string;
                    };
                    processing_log?: {
                        [key: string]: string;
                    };
                    nlp_metrics_json?: {
                        [key: string]: string;
                    };
                    student_facing_ai_feedback_text?: {
                        [key: string]: string;
                    };
                    ai_editor_revision_text?: {
                        [key: string]: string;
                    };
                    ai_detailed_analysis_json?: {
                        [key: string]: string;
                    };
                    grammar_analysis_json?: {
                        [key: string]: string;
                    };
                    cj_results_json?: {
                        [key: string]: string;
                    };
                    raw_upload_blob?: {
                        [key: string]: string;
                    };
                    extracted_plaintext?: {
                        [key: string]: string;
                    };
                    student_prompt_text?: {
                        [key: string]: string;
                    };
                };
            } | null;
            /** @description Given: REGULAR, essays are matched to students; else GUEST */
            class_id?: string | null;
            cj_default_llm_model?: string | null;
            cj_default_temperature?: number | null;
        };
        PipelineAccepted: {
            /** @enum {string} */
            status: "accepted";
            message: string;
            batch_id: string;
            correlation_id: string;
        };
        BatchPipelineRequest: {
            /** @description When given, it must be the one in the path */
            batch_id?: string | null;
            /**
             * @description Name of a pipeline or of a phase; GET /v1/pipelines lists them
             * @example ai_feedback
             */
            requested_pipeline: string;
            /**
             * @description Run again what did not succeed
             * @default false
             */
            is_retry?: boolean;
            retry_reason?: string | null;
            /**
             * @example {
             *       "assignment_id": "a-1"
             *     }
             */
            prompt_payload?: {
                assignment_id?: string | null;
                cms_prompt_ref?: {
                    references: {
                        original_essay?: {
                            [key: string]: string;
                        };
                        corrected_text?: {
                            [key: string]: string;
                        };
                        processing_log?: {
                            [key: string]: string;
                        };
                        nlp_metrics_json?: {
                            [key: string]: string;
                        };
                        student_facing_ai_feedback_text?: {
                            [key: string]: string;
                        };
                        ai_editor_revision_text?: {
                            [key: string]: string;
                        };
                        ai_detailed_analysis_json?: {
                            [key: string]: string;
                        };
                        grammar_analysis_json?: {
                            [key: string]: string;
                        };
                        cj_results_json?: {
                            [key: string]: string;
                        };
                        raw_upload_blob?: {
                            [key: string]: string;
                        };
                        extracted_plaintext?: {
                            [key: string]: string;
                        };
                        student_prompt_text?: {
                            [key: string]: string;
                        };
                    };
                } | null;
            } | null;
        };
        BatchStatus: {
            /** @enum {string} */
            status: "pending_content" | "ready" | "processing" | "completed_successfully" | "completed_with_failures" | "failed" | "cancelled";
            details: {
                batch_id: string;
                assignment_id: string | null;
                /** @enum {string} */
                overall_status: "pending_content" | "ready" | "processing" | "completed_successfully" | "completed_with_failures" | "failed" | "cancelled";
                essay_count: number;
                completed_essay_count: number;
                failed_essay_count: number;
                requested_pipeline: string | null;
                current_phase: string | null;
                essays: {
                    essay_id: string;
                    text_storage_id: string | null;
                    refused: string | null;
                    phases: {
                        [key: string]: {
                            /** @enum {string} */
                            outcome: "succeeded" | "failed";
                            error_code: string | null;
                        };
                    };
                }[];
                essays_truncated: boolean;
                created_at: string | null;
                last_updated: string | null;
                processing_started_at: string | null;
                processing_completed_at: string | null;
                student_prompt_ref?: unknown;
                revision: number;
                phases: {
                    phase: string;
                    status: string;
                    reason: string | null;
                    total: number;
                    succeeded: number;
                    failed: number;
                    remaining: number;
                }[];
                run: {
                    run_id: string;
                    request_id: string;
                    correlation_id: string;
                    requested_pipeline: string;
                    user_id: string;
                    is_retry: boolean;
                    plan_revision: string;
                    /** @enum {string} */
                    status: "processing" | "completed_successfully" | "completed_with_failures" | "failed" | "cancelled";
                    phases: {
                        phase: string;
                        /** @enum {string} */
                        decision: "run" | "skip";
                        reason: string;
                        /** @enum {string} */
                        status: "pending" | "running" | "completed_successfully" | "completed_with_failures" | "failed" | "skipped" | "skipped_due_to_dependency_failure" | "cancelled";
                        attempt: number;
                        total: number;
                        succeeded: number;
                        failed: number;
                        /** Format: date-time */
                        commanded_at: string | null;
                        /** Format: date-time */
                        completed_at: string | null;
                        /** Format: date-time */
                        deadline_at: string | null;
                        /** @default null */
                        error?: string | null;
                        /**
                         * @description Operations hold the phase back: the run goes on by itself once they resume it, or can be cancelled
                         * @default false
                         */
                        paused?: boolean;
                    }[];
                    essay_count: number;
                    failed_essay_count: number;
                    /** @default 0 */
                    refused_essay_count?: number;
                    /** @default [] */
                    refused_essays?: {
                        essay_id: string;
                        code: string;
                    }[];
                    /** Format: date-time */
                    started_at: string;
                    /** Format: date-time */
                    completed_at: string | null;
                } | null;
                requests: {
                    request_id: string;
                    correlation_id: string;
                    requested_pipeline: string;
                    user_id: string;
                    is_retry: boolean;
                    redrive_id?: string | null;
                    /** @enum {string} */
                    verdict: "waiting_for_content" | "planning" | "accepted" | "refused";
                    reason: string | null;
                    detail: string | null;
                    run_id: string | null;
                    /** Format: date-time */
                    requested_at: string;
                    /** Format: date-time */
                    received_at: string;
                    /** Format: date-time */
                    decided_at: string | null;
                }[];
            };
        };
        StreamTicket: {
            /** @description For `?ticket=` of a stream; good once */
            ticket: string;
            /** @description Seconds until it cannot be used any more */
            expires_in: number;
        };
        Batches: {
            batches: {
                batch_id: string;
                assignment_id: string | null;
                /** @enum {string} */
                overall_status: "pending_content" | "ready" | "processing" | "completed_successfully" | "completed_with_failures" | "failed" | "cancelled";
                essay_count: number;
                completed_essay_count: number;
                failed_essay_count: number;
                requested_pipeline: string | null;
                current_phase: string | null;
                created_at: string | null;
                last_updated: string | null;
                processing_started_at: string | null;
                processing_completed_at: string | null;
                revision: number;
                phases: {
                    phase: string;
                    status: string;
                    reason: string | null;
                    total: number;
                    succeeded: number;
                    failed: number;
                    remaining: number;
                }[];
            }[];
            pagination: {
                limit: number;
                /** @description How many match in all; null with `status` for who has more than 1,000 batches */
                total: number | null;
                /** @description Null at the end; a page before the end may hold fewer than limit */
                next_cursor: string | null;
            };
        };
        Essays: {
            batch_id: string;
            revision: number;
            essays: {
                essay_id: string;
                text_storage_id: string | null;
                refused: string | null;
                phases: {
                    [key: string]: {
                        /** @enum {string} */
                        outcome: "succeeded" | "failed";
                        error_code: string | null;
                    };
                };
            }[];
            /** @description Null at the end; a page before the end may hold fewer than limit */
            next_cursor: string | null;
        };
        Runs: {
            batch_id: string;
            revision: number;
            runs: {
                run_id: string;
                request_id: string;
                correlation_id: string;
                requested_pipeline: string;
                user_id: string;
                is_retry: boolean;
                plan_revision: string;
                /** @enum {string} */
                status: "processing" | "completed_successfully" | "completed_with_failures" | "failed" | "cancelled";
                phases: {
                    phase: string;
                    /** @enum {string} */
                    decision: "run" | "skip";
                    reason: string;
                    /** @enum {string} */
                    status: "pending" | "running" | "completed_successfully" | "completed_with_failures" | "failed" | "skipped" | "skipped_due_to_dependency_failure" | "cancelled";
                    attempt: number;
                    total: number;
                    succeeded: number;
                    failed: number;
                    /** Format: date-time */
                    commanded_at: string | null;
                    /** Format: date-time */
                    completed_at: string | null;
                    /** Format: date-time */
                    deadline_at: string | null;
                    /** @default null */
                    error?: string | null;
                    /**
                     * @description Operations hold the phase back: the run goes on by itself once they resume it, or can be cancelled
                     * @default false
                     */
                    paused?: boolean;
                }[];
                essay_count: number;
                failed_essay_count: number;
                /** @default 0 */
                refused_essay_count?: number;
                /** @default [] */
                refused_essays?: {
                    essay_id: string;
                    code: string;
                }[];
                /** Format: date-time */
                started_at: string;
                /** Format: date-time */
                completed_at: string | null;
            }[];
            requests: {
                request_id: string;
                correlation_id: string;
                requested_pipeline: string;
                user_id: string;
                is_retry: boolean;
                redrive_id?: string | null;
                /** @enum {string} */
                verdict: "waiting_for_content" | "planning" | "accepted" | "refused";
                reason: string | null;
                detail: string | null;
                run_id: string | null;
                /** Format: date-time */
                requested_at: string;
                /** Format: date-time */
                received_at: string;
                /** Format: date-time */
                decided_at: string | null;
            }[];
        };
        Plan: {
            batch_id: string;
            requested_pipeline: string;
            /** @enum {string} */
            execution: "sequential" | "parallel";
            /** @description What would run, in order; empty when all is done already, and when a phase is blocked */
            final_pipeline: string[];
            phases: {
                phase: string;
                /** @enum {string} */
                decision: "run" | "skip" | "blocked";
                /** @enum {string} */
                reason: "not_started" | "not_complete" | "below_min_success" | "retry_failed" | "whole_batch" | "already_completed" | "outcome_recorded" | "no_eligible_essays" | "prompt_missing" | "batch_not_registered" | "content_not_ready" | "content_failed";
                counts: {
                    registered: number;
                    refused: number;
                    eligible: number;
                    succeeded: number;
                    failed: number;
                };
                essay_count: number;
                essay_ids?: string[];
            }[];
            summary: string;
            /** @description Of the facts that the plan rests on */
            revision: string;
            /** @description What runs or waits now: until it has ended, a request would be refused. Null when nothing does; left out while that cannot be told */
            active?: {
                run_id: string | null;
                correlation_id: string;
                requested_pipeline: string;
                status: string;
            } | null;
        };
        PlanRequest: {
            requested_pipeline: string;
            /**
             * @description As if what did not succeed were asked for again
             * @default false
             */
            is_retry?: boolean;
            /**
             * @example {
             *       "assignment_id": "a-1"
             *     }
             */
            prompt_payload?: {
                assignment_id?: string | null;
                cms_prompt_ref?: {
                    references: {
                        original_essay?: {
                            [key: string]: string;
                        };
                        corrected_text?: {
                            [key: string]: string;
                        };
                        processing_log?: {
                            [key: string]: string;
                        };
                        nlp_metrics_json?: {
                            [key: string]: string;
                        };
                        student_facing_ai_feedback_text?: {
                            [key: string]: string;
                        };
                        ai_editor_revision_text?: {
                            [key: string]: string;
                        };
                        ai_detailed_analysis_json?: {
                            [key: string]: string;
                        };
                        grammar_analysis_json?: {
                            [key: string]: string;
                        };
                        cj_results_json?: {
                            [key: string]: string;
                        };
                        raw_upload_blob?: {
                            [key: string]: string;
                        };
                        extracted_plaintext?: {
                            [key: string]: string;
                        };
                        student_prompt_text?: {
                            [key: string]: string;
                        };
                    };
                } | null;
            } | null;
        };
        CancelBatchRequest: {
            /** @description Only this run, and not one that has begun since */
            run_id?: string | null;
        };
        RetryBatchRequest: {
            /** @description Only this phase, with what it needs; left out, the pipeline of the last run */
            phase?: string | null;
            /** @description Only these of the essays that did not succeed */
            essay_ids?: string[] | null;
            reason: string;
            /**
             * @description Show what would run, and change nothing
             * @default false
             */
            dry_run?: boolean;
            /** @description Of a preview: run only if that is still what would run */
            plan_revision?: string | null;
        };
        PromptSet: {
            /** @enum {string} */
            status: "success";
            batch_id: string;
            student_prompt_ref: {
                references: {
                    original_essay?: {
                        [key: string]: string;
                    };
                    corrected_text?: {
                        [key: string]: string;
                    };
                    processing_log?: {
                        [key: string]: string;
                    };
                    nlp_metrics_json?: {
                        [key: string]: string;
                    };
                    student_facing_ai_feedback_text?: {
                        [key: string]: string;
                    };
                    ai_editor_revision_text?: {
                        [key: string]: string;
                    };
                    ai_detailed_analysis_json?: {
                        [key: string]: string;
                    };
                    grammar_analysis_json?: {
                        [key: string]: string;
                    };
                    cj_results_json?: {
                        [key: string]: string;
                    };
                    raw_upload_blob?: {
                        [key: string]: string;
                    };
                    extracted_plaintext?: {
                        [key: string]: string;
                    };
                    student_prompt_text?: {
                        [key: string]: string;
                    };
                };
            };
        };
        PromptRequest: {
            student_prompt_ref: {
                references: {
                    original_essay?: {
                        [key: string]: string;
                    };
                    corrected_text?: {
                        [key: string]: string;
                    };
                    processing_log?: {
                        [key: string]: string;
                    };
                    nlp_metrics_json?: {
                        [key: string]: string;
                    };
                    student_facing_ai_feedback_text?: {
                        [key: string]: string;
                    };
                    ai_editor_revision_text?: {
                        [key: string]: string;
                    };
                    ai_detailed_analysis_json?: {
                        [key: string]: string;
                    };
                    grammar_analysis_json?: {
                        [key: string]: string;
                    };
                    cj_results_json?: {
                        [key: string]: string;
                    };
                    raw_upload_blob?: {
                        [key: string]: string;
                    };
                    extracted_plaintext?: {
                        [key: string]: string;
                    };
                    student_prompt_text?: {
                        [key: string]: string;
                    };
                };
            };
        };
        OperationsHealth: {
            /** @enum {string} */
            status: "ready" | "not_ready";
            services: {
                [key: string]: {
                    /** @enum {string} */
                    status: "ready" | "not_ready" | "unreachable";
                    dependencies: {
                        [key: string]: {
                            /** @enum {string} */
                            status: "ready" | "not_ready";
                            warnings?: string[];
                        };
                    };
                };
            };
        };
        Figures: {
            /** @description Answers of this gateway since it started */
            requests: number;
            /** @description Messages of this gateway that the log acknowledged */
            published: number;
            /** @description Records that consumers have not applied yet */
            lag: {
                service: string;
                group: string;
                topic: string;
                records: number;
            }[];
            /** @description Services that did not say theirs */
            missing: string[];
        };
        UploadedFiles: {
            batch_id: string;
            stored: {
                file_name: string;
                content_type: string;
                bytes: number;
                storage_id: string;
            }[];
            refused: {
                index: number;
                file_name: string;
                /** @enum {string} */
                reason: "too_large" | "too_many_files" | "type_not_allowed" | "empty" | "no_name" | "invalid_name" | "not_stored" | "rejected";
                detail: string;
            }[];
        };
        Pipelines: {
            pipelines: {
                name: string;
                description: string;
                /** @enum {string} */
                execution: "sequential" | "parallel";
                phases: {
                    name: string;
                    depends_on: string[];
                    needs_prompt: boolean;
                }[];
            }[];
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
