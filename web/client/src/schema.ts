// Made of openapi.json by `npm run generate`. Do not edit.

export interface paths {
    "/api/boards/{boardId}/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of a board's contacts */
        get: operations["listContacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/cache-settings/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether every tier answers */
        get: operations["getCacheHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/cache-settings/invalidate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes everything unservable that the workspace has cached */
        post: operations["invalidateWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/cache-settings/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The figures of this process */
        get: operations["getCacheStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/cache-settings/test-performance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Measures what the cache saves, on entries of its own */
        post: operations["testPerformance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/cache-settings/warm-cache": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reads what the workspace asks for most, before somebody waits for it */
        post: operations["warmCache"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/cache-settings/workspace/{workspaceId}/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many contacts each filter has */
        get: operations["getCounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/cache-settings/workspace/{workspaceId}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What of a workspace is cached, and for how long */
        get: operations["getCacheSettings"];
        put?: never;
        /**
         * Changes what is cached, at once
         * @description For admins of the workspace. What is turned off is unservable from now on, at the edge as well.
         */
        post: operations["changeCacheSettings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/cache/invalidate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Says what changed
         * @description Idempotent, and durable when it is answered. The body has at most 512 KiB.
         */
        post: operations["invalidate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/contacts/{contactId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One contact */
        get: operations["getContact"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/contacts/{contactId}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of a contact's messages, newest first */
        get: operations["listMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the cache does for a workspace, as it goes
         * @description Server-sent events without an end. `figures`, every two seconds: the `data` is described below, and the `id` is the time in milliseconds since the Unix epoch. `bye`: the process is ending. They are of this process alone: what the edge answered by itself is not in them. `invalidated`: invalidations were recorded; `{"generation": …}` is to be sent back as `X-Cache-Generation`, and is left out if there were too many.
         */
        get: operations["watchWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/system/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the cache does for everybody, as it goes
         * @description Server-sent events without an end. `figures`, every two seconds: the `data` is described below, and the `id` is the time in milliseconds since the Unix epoch. `bye`: the process is ending. They are of this process alone: what the edge answered by itself is not in them.
         */
        get: operations["watchSystem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/system/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every workspace, by id */
        get: operations["listWorkspaces"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/config.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the web console is told */
        get: operations["getConsoleConfig"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process runs */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The figures of the process, for Prometheus */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getDescription"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the database answers */
        get: operations["getReadiness"];
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
        /** @description The answer. */
        Acknowledged: components["schemas"]["Invalidated"] & {
            /**
             * @description `recorded`, `pending` while the edge's ledger cannot be reached (it will hear of it from the outbox), or `none` where
             *     no edge is configured.
             */
            edge: string;
        };
        /** @description What one workspace asked for. */
        BusyWorkspace: {
            /**
             * Format: int64
             * @description How many of that memory or Redis answered.
             */
            hits: number;
            /**
             * Format: int64
             * @description What it asked for.
             */
            requests: number;
            /** @description The workspace. */
            workspaceId: string;
        };
        /** @description Answers by the tier that gave them. */
        ByTier: {
            /**
             * Format: int64
             * @description The database.
             */
            database: number;
            /**
             * Format: int64
             * @description The memory of this process.
             */
            memory: number;
            /**
             * Format: int64
             * @description Redis.
             */
            redis: number;
        };
        /** @description `GET /api/cache-settings/health`. */
        CacheHealth: {
            /** @description Whether every tier that is configured answers. Without one, reads go on. */
            healthy: boolean;
            /** @description The figures. */
            stats: components["schemas"]["CacheStats"];
            /** @description When this was. */
            timestamp: string;
        };
        /** @description What `_cache` says. */
        CacheInfo: {
            /**
             * Format: int64
             * @description How old the page is, in seconds.
             */
            age: number;
            /** @description The edge location's code (`LAX`); unset at the origin. */
            edge_location?: string | null;
            /** @description The page's stamp, as a token. */
            generation: string;
            /**
             * Format: int64
             * @description How long answering took, in milliseconds.
             */
            response_time_ms: number;
            /** @description Which tier answered. */
            source: components["schemas"]["Source"];
            /** @description How the cache dealt with the request. */
            status: components["schemas"]["CacheStatus"];
            /**
             * Format: int32
             * @description The nominal lifetime, in seconds.
             */
            ttl: number;
        };
        /** @description `GET /api/cache-settings/status`. */
        CacheServiceStatus: {
            /** @description The figures. */
            cacheStats: components["schemas"]["CacheStats"];
            /** @description The same as of `/health`. */
            healthCheck: components["schemas"]["CacheHealth"];
            /** @description Whether Redis is configured. */
            redisEnabled: boolean;
            /** @description When this was. */
            timestamp: string;
        };
        /** @description What this process has answered since it started. */
        CacheStats: {
            /**
             * Format: int64
             * @description Entries that invalidations made unreachable.
             */
            deletes: number;
            /**
             * Format: int64
             * @description Questions that the source failed to answer.
             */
            errors: number;
            /** @description Hits among hits and misses: `75.00%`. */
            hitRate: string;
            /**
             * Format: int64
             * @description Answers from memory or Redis, stale ones included.
             */
            hits: number;
            /**
             * Format: int64
             * @description Answers that the source was read for.
             */
            misses: number;
            /**
             * Format: int64
             * @description Entries that were stored.
             */
            sets: number;
            /**
             * Format: int64
             * @description Hits and misses.
             */
            total: number;
        };
        /**
         * @description How the cache dealt with the request.
         * @enum {string}
         */
        CacheStatus: "HIT" | "MISS" | "STALE" | "BYPASS";
        /** @description `GET /console/config.json`. */
        ConsoleConfig: {
            /** @description Users to sign in as with one click; in development alone. */
            demoUsersUrl?: string | null;
            /** @description Where the edge is; null where there is none, and the origin is read. */
            edgeUrl?: string | null;
            /** @description Where the origin is; empty where it serves the console itself. */
            originUrl: string;
            /** @description Where contacts are written, as PostgREST takes it. */
            restUrl?: string | null;
            /** @description The key that is made to be in browsers. */
            supabaseAnonKey?: string | null;
            /** @description Where users sign in. */
            supabaseUrl?: string | null;
        };
        /** @description One contact. Every column of the database is passed through; these are those of the reference schema. */
        Contact: {
            assigned_to?: string | null;
            board_column_id?: string | null;
            board_id?: string;
            /** Format: date-time */
            created_at?: string;
            email?: string | null;
            /** Format: date-time */
            follow_up_at?: string | null;
            id: string;
            is_archived?: boolean;
            is_favorite?: boolean;
            /** Format: date-time */
            last_activity_at?: string | null;
            lifecycle_stage?: string;
            name?: string;
            needs_response?: boolean;
            phone?: string | null;
            priority?: string;
            sentiment?: string | null;
            status?: string;
            /** Format: date-time */
            updated_at?: string;
            workspace_id?: string;
        } & {
            [key: string]: unknown;
        };
        /** @description One contact, alone. */
        ContactDetails: {
            _cache: components["schemas"]["CacheInfo"];
            contact: components["schemas"]["Contact"];
        };
        /** @description A page of contacts. */
        ContactPage: {
            _cache: components["schemas"]["CacheInfo"];
            contacts: components["schemas"]["Contact"][];
            pagination: components["schemas"]["Pagination"];
        };
        /** @description The counts, and where they came from. */
        Counts: {
            /**
             * Format: int64
             * @description Archived.
             */
            archived: number;
            /**
             * Format: int64
             * @description Assigned to the caller; none for a caller who is no user.
             */
            assignedToMe: number;
            /**
             * Format: int64
             * @description Status closed.
             */
            closed: number;
            /**
             * Format: int64
             * @description Marked as favourite.
             */
            favorites: number;
            /**
             * Format: int64
             * @description With a follow-up date.
             */
            followUp: number;
            /**
             * Format: int64
             * @description Priority high.
             */
            highPriority: number;
            /**
             * Format: int64
             * @description Priority low.
             */
            lowPriority: number;
            /**
             * Format: int64
             * @description Priority medium.
             */
            mediumPriority: number;
            /**
             * Format: int64
             * @description Waiting for an answer.
             */
            needsResponse: number;
            /**
             * Format: int64
             * @description New customers.
             */
            newCustomers: number;
            /**
             * Format: int64
             * @description Status open.
             */
            open: number;
            /**
             * Format: int64
             * @description Active within the last seven days.
             */
            recentActivity: number;
            /**
             * Format: int64
             * @description All of them.
             */
            total: number;
            /**
             * Format: int64
             * @description Assigned to nobody.
             */
            unassigned: number;
            /**
             * Format: int64
             * @description With an unhappy sentiment.
             */
            unhappyCustomers: number;
        } & {
            /** @description Whether a cache answered. */
            _cached: boolean;
            /** @description Whether the workspace's settings have counts cached. */
            _cacheEnabled: boolean;
            /** @description How long answering took. */
            _responseTimeMs: components["schemas"]["Millis"];
            /** @description When they were taken from a cache. */
            _retrievedAt?: string | null;
            /** @description `memory_cache`, `redis_cache` or `database`. */
            _source: string;
            /** @description When the counts were read from the source. */
            _timestamp: string;
        };
        /**
         * @description What went wrong, as a word for machines. Each code has one status.
         * @enum {string}
         */
        ErrorCode: "invalid_parameter" | "invalid_body" | "unauthorized" | "token_expired" | "forbidden" | "not_found" | "method_not_allowed" | "payload_too_large" | "uri_too_long" | "not_a_tier" | "rate_limited" | "header_too_large" | "internal_error" | "unavailable";
        /** @description The failure envelope. */
        Failure: {
            error: components["schemas"]["FailureBody"];
            /** @description Always false. */
            success: boolean;
        };
        /** @description What went wrong. */
        FailureBody: {
            code: components["schemas"]["ErrorCode"];
            /** @description The parameter, header or member of the body that is to blame. */
            field?: string;
            /** @description A sentence for people. It repeats nothing that was sent. */
            message: string;
        };
        /** @description A switch for each thing that can be cached. */
        Features: {
            /** @description Counts over the workspace's contacts. */
            contactCounts: boolean;
            /** @description Pages of a board. */
            contactLists: boolean;
            /** @description The messages of a contact. */
            messageHistory: boolean;
            /** @description Pages of a board for a search term. */
            search: boolean;
        };
        /** @description The answer of both. */
        Health: {
            /** @description Redis, where readiness is asked for: `none` if there is none. */
            shared_tier?: string;
            status: string;
            timestamp: string;
        };
        /** @description The answer's `data`. */
        Invalidated: {
            /** @description The generations that were minted: sent back as `X-Cache-Generation`, it lets nothing older be answered. */
            generation: string;
            /**
             * Format: int64
             * @description How many cached entries became unreachable.
             */
            invalidated: number;
            /** @description The patterns of their keys. */
            patterns: string[];
        };
        /** @description A lifetime for each thing that can be cached, in seconds, [`MIN_TTL_SECS`] to [`MAX_TTL_SECS`]. */
        Lifetimes: {
            /**
             * Format: int32
             * @description Of counts.
             */
            contactCountsTTL: number;
            /**
             * Format: int32
             * @description Of pages of a board.
             */
            contactsTTL: number;
            /**
             * Format: int32
             * @description Of messages.
             */
            messageHistoryTTL: number;
            /**
             * Format: int32
             * @description Of pages of a board for a search term.
             */
            searchTTL: number;
        };
        /** @description How the cache of this process did in one window, for one workspace or for all. */
        LiveFigures: {
            /**
             * Format: date-time
             * @description When the window ended.
             */
            at: string;
            /**
             * Format: int64
             * @description Answers of the database because caching is off.
             */
            bypass: number;
            /** @description Answers by the tier that gave them. */
            byTier: components["schemas"]["ByTier"];
            /**
             * Format: int64
             * @description Questions without an answer.
             */
            errors: number;
            /**
             * Format: double
             * @description Hits among all that was answered and may be cached; null where there was none.
             */
            hitRate?: number | null;
            /**
             * Format: int64
             * @description How many of that memory or Redis answered, stale answers included.
             */
            hits: number;
            /**
             * Format: int64
             * @description Invalidations that were recorded by this process.
             */
            invalidations: number;
            p50Ms?: components["schemas"]["Millis"] | null;
            p99Ms?: components["schemas"]["Millis"] | null;
            /** @description Whether Redis answers; null where none is configured. */
            redisUp?: boolean | null;
            /**
             * Format: int64
             * @description What was asked of the cache.
             */
            requests: number;
            /**
             * Format: int64
             * @description Hits that had expired, and that no invalidation had overtaken.
             */
            stale: number;
            /**
             * Format: int64
             * @description How long it was.
             */
            windowSecs: number;
        };
        /** @description The memory tier. */
        MemoryFigures: {
            /**
             * Format: int64
             * @description How many there are, roughly.
             */
            entries: number;
            /**
             * Format: int64
             * @description What they may weigh.
             */
            maxBytes: number;
            /**
             * Format: int64
             * @description What its entries weigh, roughly.
             */
            usedBytes: number;
        };
        /** @description One message of a contact. */
        Message: {
            body: string;
            channel: string;
            contact_id: string;
            /** Format: date-time */
            created_at: string;
            direction: string;
            id: string;
        };
        /** @description A page of messages, newest first. */
        MessagePage: {
            _cache: components["schemas"]["CacheInfo"];
            messages: components["schemas"]["Message"][];
            pagination: components["schemas"]["Pagination"];
        };
        /**
         * Format: double
         * @description A time in milliseconds, to the hundredth; without a fraction where there is none.
         */
        Millis: number;
        /** @description Invalidations on their way to the edge's ledger. */
        OutboxFigures: {
            /**
             * Format: int64
             * @description Tags that wait.
             */
            depth: number;
            /**
             * Format: double
             * @description For how long the oldest has waited.
             */
            oldestAgeSecs: number;
        };
        /** @description Which page of how many. */
        Pagination: {
            /** Format: int32 */
            page: number;
            /** Format: int32 */
            per_page: number;
            /** Format: int64 */
            total: number;
            /** Format: int64 */
            total_pages: number;
        };
        /** @description Three ways of reading the same. */
        Performance: {
            /** @description Through an empty cache. */
            redisCold: components["schemas"]["Timing"];
            /** @description Through a filled one. */
            redisWarm: components["schemas"]["Timing"];
            /** @description From the source. */
            standard: components["schemas"]["Timing"];
        };
        /** @description `POST /api/cache-settings/test-performance`. */
        PerformanceReport: {
            /** @description The process's figures. */
            cacheStats: components["schemas"]["PerformanceStats"];
            /** @description What was measured. */
            performance: components["schemas"]["Performance"];
        };
        /** @description The figures beside a performance test. */
        PerformanceStats: {
            /** @description Hits among them. */
            hitRate: string;
            /**
             * Format: int64
             * @description Hits of this process.
             */
            hits: number;
            /**
             * Format: int64
             * @description Misses of this process.
             */
            misses: number;
        };
        /** @description Redis, as it says itself; it is asked every 15 seconds. */
        RedisFigures: {
            /**
             * Format: int64
             * @description What it may use; 0 where that is not bounded.
             */
            maxBytes: number;
            /** @description Whether it answers. */
            up: boolean;
            /**
             * Format: int64
             * @description What it uses.
             */
            usedBytes: number;
        };
        /** @description The form in which clients read and write settings: the `data` of a GET. */
        SettingsBody: {
            cacheConfig: components["schemas"]["Lifetimes"];
            cacheEnabled: boolean;
            features: components["schemas"]["Features"];
        };
        /** @description The `data` of a POST: what the settings are from now on. */
        SettingsWritten: {
            settings: {
                cache: components["schemas"]["StoredCache"];
            };
            updated_at: string;
            workspace_id: string;
        };
        /**
         * @description Which tier the answer came from.
         * @enum {string}
         */
        Source: "edge_memory" | "cloudflare_kv" | "origin_memory" | "redis" | "database";
        /** @description The form in which the database holds settings. */
        StoredCache: {
            config: components["schemas"]["Lifetimes"];
            enabled: boolean;
            features: components["schemas"]["Features"];
        };
        /** @description The same for all workspaces together, and how the process does. */
        SystemFigures: components["schemas"]["LiveFigures"] & {
            /** @description The memory tier. */
            memory: components["schemas"]["MemoryFigures"];
            /**
             * Format: int64
             * @description How many live streams are open.
             */
            openStreams: number;
            outbox?: components["schemas"]["OutboxFigures"] | null;
            redis?: components["schemas"]["RedisFigures"] | null;
            /** @description The workspaces that asked for most in this window, most first. */
            workspaces: components["schemas"]["BusyWorkspace"][];
        };
        /** @description A workspace, as an operator sees it. */
        SystemWorkspace: {
            /**
             * Format: int64
             * @description How many boards it has, up to a hundred.
             */
            boards: number;
            /** @description Whether anything of it is cached. */
            cacheEnabled: boolean;
            /** @description What people call it. */
            name: string;
            /** @description The workspace. */
            workspaceId: string;
        };
        /** @description `GET /api/system/workspaces`. */
        SystemWorkspaces: {
            /** @description The workspaces by id, a thousand at most. */
            workspaces: components["schemas"]["SystemWorkspace"][];
        };
        /** @description How long one way of reading took. */
        Timing: {
            /**
             * Format: int64
             * @description How much less than without a cache, in percent; unset for the way without.
             */
            improvementPercent?: number | null;
            /** @description How long it took. */
            timeMs: components["schemas"]["Millis"];
            /** @description Which way it was. */
            type: string;
        };
        /** @description `POST /api/cache-settings/warm-cache`. */
        Warmed: {
            /** @description Of which boards. */
            boards: string[];
            /** @description Whether the counts are warm. */
            counts: boolean;
            /**
             * Format: int64
             * @description How many entries were read.
             */
            entriesWarmed: number;
            /**
             * Format: int64
             * @description How long it took, in milliseconds.
             */
            warmupTimeMs: number;
        };
        /** @description `POST /api/cache-settings/invalidate`. */
        WorkspaceInvalidated: {
            /**
             * Format: int64
             * @description How many cached entries became unreachable.
             */
            deletedEntries: number;
            /** @description The generations that were minted. */
            generation: string;
            /** @description The patterns of their keys. */
            patterns: string[];
        };
    };
    responses: {
        /** @description A parameter, a header or the body is not what the route takes; `error.field` names what is to blame. `invalid_parameter`, `invalid_body` */
        Failure400: {
            headers: {
                "Cache-Control"?: "no-store";
                /** @description The request's id: the one that it came with, or one made for it. */
                "X-Request-ID"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description No token or key, or one that is not accepted. `unauthorized`, `token_expired` */
        Failure401: {
            headers: {
                "Cache-Control"?: "no-store";
                "WWW-Authenticate"?: "Bearer";
                /** @description The request's id: the one that it came with, or one made for it. */
                "X-Request-ID"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description The caller is known and may not do this. `forbidden` */
        Failure403: {
            headers: {
                "Cache-Control"?: "no-store";
                /** @description The request's id: the one that it came with, or one made for it. */
                "X-Request-ID"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description There is no such thing, or the caller may not know of it. `not_found` */
        Failure404: {
            headers: {
                "Cache-Control"?: "no-store";
                /** @description The request's id: the one that it came with, or one made for it. */
                "X-Request-ID"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description The path does not take this method. `method_not_allowed` */
        Failure405: {
            headers: {
                /** @description The methods that the path takes. */
                Allow?: string;
                "Cache-Control"?: "no-store";
                /** @description The request's id: the one that it came with, or one made for it. */
                "X-Request-ID"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description The body is larger than the route takes. `payload_too_large` */
        Failure413: {
            headers: {
                "Cache-Control"?: "no-store";
                /** @description The request's id: the one that it came with, or one made for it. */
                "X-Request-ID"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description The URL has more than 8 KiB. `uri_too_long` */
        Failure414: {
            headers: {
                "Cache-Control"?: "no-store";
                /** @description The request's id: the one that it came with, or one made for it. */
                "X-Request-ID"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description Too many requests. `rate_limited` */
        Failure429: {
            headers: {
                "Cache-Control"?: "no-store";
                /** @description When to come again. */
                "Retry-After"?: number;
                /** @description The request's id: the one that it came with, or one made for it. */
                "X-Request-ID"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description A header has more than 16 KiB, or all of them together more than 32 KiB. `header_too_large` */
        Failure431: {
            headers: {
                "Cache-Control"?: "no-store";
                /** @description The request's id: the one that it came with, or one made for it. */
                "X-Request-ID"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description A fault of ours. `internal_error` */
        Failure500: {
            headers: {
                "Cache-Control"?: "no-store";
                /** @description The request's id: the one that it came with, or one made for it. */
                "X-Request-ID"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
        /** @description Too many requests at once, something below cannot be reached, or a change could not be made durable: safe to try again. `unavailable` */
        Failure503: {
            headers: {
                "Cache-Control"?: "no-store";
                /** @description When to come again. */
                "Retry-After"?: number;
                /** @description The request's id: the one that it came with, or one made for it. */
                "X-Request-ID"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Failure"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listContacts: {
        parameters: {
            query?: {
                /** @description A column of the board. */
                column_id?: string;
                /** @description Which contacts. `recent_activity` is of the last seven days; `assigned_to_me` needs a user's token. */
                filter?: "all" | "open" | "closed" | "unassigned" | "assigned_to_me" | "high_priority" | "medium_priority" | "low_priority" | "needs_response" | "follow_up" | "favorites" | "archived" | "unhappy_customers" | "new_customers" | "recent_activity";
                /** @description The page. One past the end is empty and has the true total. Times `per_page` it is at most 1000000. */
                page?: number;
                /** @description How many to a page. */
                per_page?: number;
                /** @description Contained in name, e-mail or phone. The case of ASCII letters is ignored. */
                search?: string;
                /** @description Ties are broken by id. */
                sort_by?: "created_at" | "updated_at" | "name" | "last_activity_at" | "priority";
                /** @description Smallest first, or largest first. */
                sort_order?: "asc" | "desc";
            };
            header: {
                /** @description The `ETag` of what the caller has: 304 if it is still that. */
                "If-None-Match"?: string;
                /** @description A token from an earlier answer: nothing older is answered (read your writes). */
                "X-Cache-Generation"?: string;
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
                /** @description If sent, it must be the user of the token. Not read for a service. */
                "X-User-ID"?: string;
                /** @description The workspace that the request is about. */
                "X-Workspace-ID": string;
            };
            path: {
                /** @description The board. */
                boardId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    /** @description How long ago the database was read. */
                    Age?: number;
                    "Cache-Control"?: "private, no-cache";
                    /** @description RFC 9211: one member a tier, the one closest to the database first. */
                    "Cache-Status"?: string;
                    /** @description Of the data alone, without `_cache`. */
                    ETag?: string;
                    /** @description How long answering took, in milliseconds. */
                    "Server-Timing"?: string;
                    Vary?: "Origin, Authorization";
                    /** @description The generations of what was answered. Sent back as `X-Cache-Generation`, it lets nothing older be answered. */
                    "X-Cache-Generation"?: string;
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ContactPage"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            /** @description The caller has it. */
            304: {
                headers: {
                    /** @description How long ago the database was read. */
                    Age?: number;
                    "Cache-Control"?: "private, no-cache";
                    /** @description RFC 9211: one member a tier, the one closest to the database first. */
                    "Cache-Status"?: string;
                    /** @description Of the data alone, without `_cache`. */
                    ETag?: string;
                    /** @description How long answering took, in milliseconds. */
                    "Server-Timing"?: string;
                    Vary?: "Origin, Authorization";
                    /** @description The generations of what was answered. Sent back as `X-Cache-Generation`, it lets nothing older be answered. */
                    "X-Cache-Generation"?: string;
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Failure400"];
            401: components["responses"]["Failure401"];
            403: components["responses"]["Failure403"];
            404: components["responses"]["Failure404"];
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    getCacheHealth: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Also where one does not: reads go on without it. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["CacheHealth"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    invalidateWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
                /** @description If sent, it must be the user of the token. Not read for a service. */
                "X-User-ID"?: string;
                /** @description The workspace, unless the body names it. */
                "X-Workspace-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description If given, the user of the token. */
                    userId?: string;
                    workspaceId?: string | number | null;
                };
            };
        };
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WorkspaceInvalidated"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            400: components["responses"]["Failure400"];
            401: components["responses"]["Failure401"];
            403: components["responses"]["Failure403"];
            404: components["responses"]["Failure404"];
            405: components["responses"]["Failure405"];
            413: components["responses"]["Failure413"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    getCacheStatus: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["CacheServiceStatus"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    testPerformance: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
                /** @description If sent, it must be the user of the token. Not read for a service. */
                "X-User-ID"?: string;
                /** @description The workspace, unless the body names it. */
                "X-Workspace-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description If given, the user of the token. */
                    userId?: string;
                    workspaceId?: string | number | null;
                };
            };
        };
        responses: {
            /** @description What was measured. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PerformanceReport"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            400: components["responses"]["Failure400"];
            401: components["responses"]["Failure401"];
            403: components["responses"]["Failure403"];
            404: components["responses"]["Failure404"];
            405: components["responses"]["Failure405"];
            413: components["responses"]["Failure413"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    warmCache: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
                /** @description If sent, it must be the user of the token. Not read for a service. */
                "X-User-ID"?: string;
                /** @description The workspace, unless the body names it. */
                "X-Workspace-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description If given, the user of the token. */
                    userId?: string;
                    workspaceId?: string | number | null;
                };
            };
        };
        responses: {
            /** @description What was read. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Warmed"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            400: components["responses"]["Failure400"];
            401: components["responses"]["Failure401"];
            403: components["responses"]["Failure403"];
            404: components["responses"]["Failure404"];
            405: components["responses"]["Failure405"];
            413: components["responses"]["Failure413"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    getCounts: {
        parameters: {
            query?: {
                /** @description `false` reads the database, whatever is cached. */
                useCache?: boolean;
            };
            header?: {
                /** @description A token from an earlier answer: nothing older is answered (read your writes). */
                "X-Cache-Generation"?: string;
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
                /** @description If sent, it must be the user of the token. Not read for a service. */
                "X-User-ID"?: string;
                /** @description If sent, the workspace of the path. */
                "X-Workspace-ID"?: string;
            };
            path: {
                /** @description The workspace. */
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counts. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The generations of what was answered. Sent back as `X-Cache-Generation`, it lets nothing older be answered. */
                    "X-Cache-Generation"?: string;
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Counts"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            400: components["responses"]["Failure400"];
            401: components["responses"]["Failure401"];
            403: components["responses"]["Failure403"];
            404: components["responses"]["Failure404"];
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    getCacheSettings: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
                /** @description If sent, it must be the user of the token. Not read for a service. */
                "X-User-ID"?: string;
                /** @description If sent, the workspace of the path. */
                "X-Workspace-ID"?: string;
            };
            path: {
                /** @description The workspace. */
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The settings. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SettingsBody"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            400: components["responses"]["Failure400"];
            401: components["responses"]["Failure401"];
            403: components["responses"]["Failure403"];
            404: components["responses"]["Failure404"];
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    changeCacheSettings: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
                /** @description If sent, it must be the user of the token. Not read for a service. */
                "X-User-ID"?: string;
                /** @description If sent, the workspace of the path. */
                "X-Workspace-ID"?: string;
            };
            path: {
                /** @description The workspace. */
                workspaceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A lifetime for each thing that can be cached, in seconds, [`MIN_TTL_SECS`] to [`MAX_TTL_SECS`]. */
                    cacheConfig?: {
                        /**
                         * Format: int32
                         * @description Of counts.
                         */
                        contactCountsTTL?: number;
                        /**
                         * Format: int32
                         * @description Of pages of a board.
                         */
                        contactsTTL?: number;
                        /**
                         * Format: int32
                         * @description Of messages.
                         */
                        messageHistoryTTL?: number;
                        /**
                         * Format: int32
                         * @description Of pages of a board for a search term.
                         */
                        searchTTL?: number;
                    };
                    cacheEnabled?: boolean;
                    /** @description A switch for each thing that can be cached. */
                    features?: {
                        /** @description Counts over the workspace's contacts. */
                        contactCounts?: boolean;
                        /** @description Pages of a board. */
                        contactLists?: boolean;
                        /** @description The messages of a contact. */
                        messageHistory?: boolean;
                        /** @description Pages of a board for a search term. */
                        search?: boolean;
                    };
                };
            };
        };
        responses: {
            /** @description What they are from now on. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SettingsWritten"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            400: components["responses"]["Failure400"];
            401: components["responses"]["Failure401"];
            403: components["responses"]["Failure403"];
            404: components["responses"]["Failure404"];
            405: components["responses"]["Failure405"];
            413: components["responses"]["Failure413"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    invalidate: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
                /** @description The workspace, unless the body names it. */
                "X-Workspace-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description `contact_created`, `contact_updated`, `contact_moved`, `contact_deleted`, `contact_assigned`, `contacts_bulk_updated`; any other invalidates the whole board. */
                    action: string;
                    boardId?: string | number | null;
                    /** @description Of one contact that stays on its board, every column that changed, as the database names it. Where `PRECISE_INVALIDATION` is on, pages are spared that do not show the contact and are not made by any of these. */
                    changedColumns?: string[];
                    contactId?: string | number | null;
                    fromColumnId?: string | number | null;
                    toColumnId?: string | number | null;
                    workspaceId?: string | number | null;
                } | {
                    old_record?: ({
                        board_id?: string | number | null;
                        workspace_id?: string | number | null;
                    } & {
                        [key: string]: unknown;
                    }) | null;
                    record?: ({
                        board_id?: string | number | null;
                        workspace_id?: string | number | null;
                    } & {
                        [key: string]: unknown;
                    }) | null;
                    schema?: string;
                    table: string;
                    /** @enum {string} */
                    type?: "INSERT" | "UPDATE" | "DELETE";
                } | {
                    events: ({
                        /** @description `contact_created`, `contact_updated`, `contact_moved`, `contact_deleted`, `contact_assigned`, `contacts_bulk_updated`; any other invalidates the whole board. */
                        action: string;
                        boardId?: string | number | null;
                        /** @description Of one contact that stays on its board, every column that changed, as the database names it. Where `PRECISE_INVALIDATION` is on, pages are spared that do not show the contact and are not made by any of these. */
                        changedColumns?: string[];
                        contactId?: string | number | null;
                        fromColumnId?: string | number | null;
                        toColumnId?: string | number | null;
                        workspaceId?: string | number | null;
                    } | {
                        old_record?: ({
                            board_id?: string | number | null;
                            workspace_id?: string | number | null;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                        record?: ({
                            board_id?: string | number | null;
                            workspace_id?: string | number | null;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                        schema?: string;
                        table: string;
                        /** @enum {string} */
                        type?: "INSERT" | "UPDATE" | "DELETE";
                    })[];
                    workspaceId?: string | number | null;
                };
            };
        };
        responses: {
            /** @description Nothing older is served from now on. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Acknowledged"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            400: components["responses"]["Failure400"];
            401: components["responses"]["Failure401"];
            405: components["responses"]["Failure405"];
            413: components["responses"]["Failure413"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    getContact: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what the caller has: 304 if it is still that. */
                "If-None-Match"?: string;
                /** @description A token from an earlier answer: nothing older is answered (read your writes). */
                "X-Cache-Generation"?: string;
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
                /** @description If sent, it must be the user of the token. Not read for a service. */
                "X-User-ID"?: string;
                /** @description The workspace that the request is about. */
                "X-Workspace-ID": string;
            };
            path: {
                /** @description The contact. One of another workspace is not found. */
                contactId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The contact. */
            200: {
                headers: {
                    /** @description How long ago the database was read. */
                    Age?: number;
                    "Cache-Control"?: "private, no-cache";
                    /** @description RFC 9211: one member a tier, the one closest to the database first. */
                    "Cache-Status"?: string;
                    /** @description Of the data alone, without `_cache`. */
                    ETag?: string;
                    /** @description How long answering took, in milliseconds. */
                    "Server-Timing"?: string;
                    Vary?: "Origin, Authorization";
                    /** @description The generations of what was answered. Sent back as `X-Cache-Generation`, it lets nothing older be answered. */
                    "X-Cache-Generation"?: string;
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ContactDetails"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            /** @description The caller has it. */
            304: {
                headers: {
                    /** @description How long ago the database was read. */
                    Age?: number;
                    "Cache-Control"?: "private, no-cache";
                    /** @description RFC 9211: one member a tier, the one closest to the database first. */
                    "Cache-Status"?: string;
                    /** @description Of the data alone, without `_cache`. */
                    ETag?: string;
                    /** @description How long answering took, in milliseconds. */
                    "Server-Timing"?: string;
                    Vary?: "Origin, Authorization";
                    /** @description The generations of what was answered. Sent back as `X-Cache-Generation`, it lets nothing older be answered. */
                    "X-Cache-Generation"?: string;
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Failure400"];
            401: components["responses"]["Failure401"];
            403: components["responses"]["Failure403"];
            404: components["responses"]["Failure404"];
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    listMessages: {
        parameters: {
            query?: {
                /** @description The page. One past the end is empty and has the true total. Times `per_page` it is at most 1000000. */
                page?: number;
                /** @description How many to a page. */
                per_page?: number;
            };
            header: {
                /** @description The `ETag` of what the caller has: 304 if it is still that. */
                "If-None-Match"?: string;
                /** @description A token from an earlier answer: nothing older is answered (read your writes). */
                "X-Cache-Generation"?: string;
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
                /** @description If sent, it must be the user of the token. Not read for a service. */
                "X-User-ID"?: string;
                /** @description The workspace that the request is about. */
                "X-Workspace-ID": string;
            };
            path: {
                /** @description The contact. One of another workspace is not found. */
                contactId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    /** @description How long ago the database was read. */
                    Age?: number;
                    "Cache-Control"?: "private, no-cache";
                    /** @description RFC 9211: one member a tier, the one closest to the database first. */
                    "Cache-Status"?: string;
                    /** @description Of the data alone, without `_cache`. */
                    ETag?: string;
                    /** @description How long answering took, in milliseconds. */
                    "Server-Timing"?: string;
                    Vary?: "Origin, Authorization";
                    /** @description The generations of what was answered. Sent back as `X-Cache-Generation`, it lets nothing older be answered. */
                    "X-Cache-Generation"?: string;
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["MessagePage"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            /** @description The caller has it. */
            304: {
                headers: {
                    /** @description How long ago the database was read. */
                    Age?: number;
                    "Cache-Control"?: "private, no-cache";
                    /** @description RFC 9211: one member a tier, the one closest to the database first. */
                    "Cache-Status"?: string;
                    /** @description Of the data alone, without `_cache`. */
                    ETag?: string;
                    /** @description How long answering took, in milliseconds. */
                    "Server-Timing"?: string;
                    Vary?: "Origin, Authorization";
                    /** @description The generations of what was answered. Sent back as `X-Cache-Generation`, it lets nothing older be answered. */
                    "X-Cache-Generation"?: string;
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Failure400"];
            401: components["responses"]["Failure401"];
            403: components["responses"]["Failure403"];
            404: components["responses"]["Failure404"];
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    watchWorkspace: {
        parameters: {
            query: {
                /** @description The workspace. */
                workspaceId: string;
            };
            header?: {
                /** @description The `id` of the last event that was seen: what came after it is told first, as far as five minutes back. */
                "Last-Event-ID"?: string;
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
                /** @description If sent, it must be the user of the token. Not read for a service. */
                "X-User-ID"?: string;
                /** @description If sent, the workspace of the query. */
                "X-Workspace-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["LiveFigures"];
                };
            };
            400: components["responses"]["Failure400"];
            401: components["responses"]["Failure401"];
            403: components["responses"]["Failure403"];
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    watchSystem: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `id` of the last event that was seen: what came after it is told first, as far as five minutes back. */
                "Last-Event-ID"?: string;
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["SystemFigures"];
                };
            };
            400: components["responses"]["Failure400"];
            401: components["responses"]["Failure401"];
            403: components["responses"]["Failure403"];
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    listWorkspaces: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workspaces. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SystemWorkspaces"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            401: components["responses"]["Failure401"];
            403: components["responses"]["Failure403"];
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    getConsoleConfig: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No secret. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleConfig"];
                };
            };
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Health"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenMetrics text. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/openmetrics-text; version=1.0.0; charset=utf-8": string;
                };
            };
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
        };
    };
    getDescription: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        openapi: string;
                    };
                };
            };
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced. */
                "X-Request-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    "Cache-Control"?: "no-store";
                    /** @description The request's id: the one that it came with, or one made for it. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Health"];
                        /** @enum {boolean} */
                        success: true;
                    };
                };
            };
            405: components["responses"]["Failure405"];
            414: components["responses"]["Failure414"];
            431: components["responses"]["Failure431"];
            500: components["responses"]["Failure500"];
            503: components["responses"]["Failure503"];
        };
    };
}
