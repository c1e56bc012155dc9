// The words of the API, made of its description. Nothing here is written by hand that the description has.

import type { components, operations } from "./schema.ts";

type Schemas = components["schemas"];
type ListQuery = NonNullable<operations["listContacts"]["parameters"]["query"]>;

export type Contact = Schemas["Contact"];
export type Message = Schemas["Message"];
export type Pagination = Schemas["Pagination"];
export type CacheInfo = Schemas["CacheInfo"];
export type CacheStatus = Schemas["CacheStatus"];
export type CacheSource = Schemas["Source"];
export type ContactPage = Schemas["ContactPage"];
export type ContactDetails = Schemas["ContactDetails"];
export type MessagePage = Schemas["MessagePage"];
export type Counts = Schemas["Counts"];
export type CacheHealth = Schemas["CacheHealth"];
export type CacheServiceStatus = Schemas["CacheServiceStatus"];
export type CacheSettings = Schemas["SettingsBody"];
export type CacheFeatures = Schemas["Features"];
export type CacheLifetimes = Schemas["Lifetimes"];
export type SettingsWritten = Schemas["SettingsWritten"];
export type PerformanceReport = Schemas["PerformanceReport"];
export type WorkspaceInvalidated = Schemas["WorkspaceInvalidated"];
export type Warmed = Schemas["Warmed"];
export type ErrorCode = Schemas["ErrorCode"];

export type ContactFilter = NonNullable<ListQuery["filter"]>;
export type SortField = NonNullable<ListQuery["sort_by"]>;
export type SortOrder = NonNullable<ListQuery["sort_order"]>;

/** Which contacts of a board, and in which order. */
export interface ContactSelection {
  readonly filter?: ContactFilter | undefined;
  readonly search?: string | undefined;
  readonly columnId?: string | undefined;
  readonly sortBy?: SortField | undefined;
  readonly sortOrder?: SortOrder | undefined;
}

/** One page of a board. */
export interface ContactPageRequest extends ContactSelection {
  readonly boardId: string;
  /** From 1. */
  readonly page?: number | undefined;
  /** 1 to 100. */
  readonly perPage?: number | undefined;
}

/** One page of a contact's messages. */
export interface MessagePageRequest {
  readonly contactId: string;
  readonly page?: number | undefined;
  readonly perPage?: number | undefined;
}

/** A change of settings: what is left out stays. */
export interface CacheSettingsChange {
  readonly cacheEnabled?: boolean | undefined;
  readonly features?: { readonly [Name in keyof CacheFeatures]?: boolean | undefined } | undefined;
  readonly cacheConfig?: { readonly [Name in keyof CacheLifetimes]?: number | undefined } | undefined;
}
