//! The rows, as plain structs with the column names of the reference schema, in column order.
//!
//! Timestamps are Unix seconds (UTC); [`crate::timestamp_text`] prints them.

/// A closed set of texts that a column may hold.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every value, in the order of the column.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text that the column holds.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

text_enum! {
    /// `contacts.status`.
    Status {
        /// Waits for the team.
        Open = "open",
        /// Waits for the contact.
        Pending = "pending",
        /// Comes back later.
        Snoozed = "snoozed",
        /// Done.
        Closed = "closed",
    }
}

text_enum! {
    /// `contacts.priority`; sorts low before medium before high.
    Priority {
        /// Can wait.
        Low = "low",
        /// The default.
        Medium = "medium",
        /// First.
        High = "high",
    }
}

text_enum! {
    /// `contacts.sentiment`.
    Sentiment {
        /// Content.
        Happy = "happy",
        /// Neither.
        Neutral = "neutral",
        /// What the filter `unhappy_customers` shows.
        Unhappy = "unhappy",
    }
}

text_enum! {
    /// `contacts.lifecycle_stage`.
    LifecycleStage {
        /// Has bought nothing yet.
        Lead = "lead",
        /// What the filter `new_customers` shows.
        NewCustomer = "new_customer",
        /// A customer of some time.
        Customer = "customer",
    }
}

text_enum! {
    /// `workspace_members.role`.
    Role {
        /// Reads and works.
        Member = "member",
        /// Also changes settings.
        Admin = "admin",
    }
}

text_enum! {
    /// `messages.direction`.
    Direction {
        /// From the contact.
        Inbound = "inbound",
        /// To the contact.
        Outbound = "outbound",
    }
}

text_enum! {
    /// `messages.channel`.
    Channel {
        /// By mail.
        Email = "email",
        /// By short message.
        Sms = "sms",
        /// By `WhatsApp`.
        Whatsapp = "whatsapp",
        /// By telephone: the body is a note of it.
        Call = "call",
        /// In the chat of a web site.
        Chat = "chat",
    }
}

/// A row of `workspaces`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceRow {
    /// Primary key.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Unix seconds.
    pub created_at: i64,
}

/// A row of `workspace_members`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// The workspace that the user belongs to.
    pub workspace_id: &'static str,
    /// The `sub` of the user's token.
    pub user_id: &'static str,
    /// What the user may do there.
    pub role: Role,
    /// Unix seconds.
    pub created_at: i64,
}

/// A row of `boards`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardRow {
    /// Primary key.
    pub id: &'static str,
    /// The workspace that owns it.
    pub workspace_id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Unix seconds.
    pub created_at: i64,
}

/// A row of `board_columns`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnRow {
    /// Primary key: `col_{board}_{column}`.
    pub id: String,
    /// The workspace that owns the board.
    pub workspace_id: &'static str,
    /// The board that it is a column of.
    pub board_id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// From 0, left to right.
    pub position: i32,
}

/// A row of `contacts`, in column order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// Primary key: `contact_{workspace}_{number}`, unique over all boards.
    pub id: String,
    /// Never empty.
    pub name: String,
    /// Absent where the contact came in by telephone.
    pub email: Option<String>,
    /// Absent where the contact came in by mail.
    pub phone: Option<String>,
    /// Where the conversation stands.
    pub status: Status,
    /// The board column it lies in; absent while unsorted.
    pub board_column_id: Option<String>,
    /// The workspace that owns the board.
    pub workspace_id: &'static str,
    /// The board that it lies on.
    pub board_id: &'static str,
    /// How urgent it is.
    pub priority: Priority,
    /// The user who looks after it.
    pub assigned_to: Option<&'static str>,
    /// Whether the last word was the contact's.
    pub needs_response: bool,
    /// Unix seconds; absent if nothing is planned.
    pub follow_up_at: Option<i64>,
    /// Marked with a star.
    pub is_favorite: bool,
    /// Out of the way, still listed under `all`.
    pub is_archived: bool,
    /// How the contact feels, where known.
    pub sentiment: Option<Sentiment>,
    /// How far the contact has come.
    pub lifecycle_stage: LifecycleStage,
    /// Unix seconds; absent if nothing has happened yet.
    pub last_activity_at: Option<i64>,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds, never before `created_at`.
    pub updated_at: i64,
}

/// A row of `messages`, in column order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Primary key: `message_{workspace}_{number of the contact}_{number}`.
    pub id: String,
    /// The workspace of the contact.
    pub workspace_id: &'static str,
    /// Whom it was written to, or by whom.
    pub contact_id: String,
    /// Which of the two.
    pub direction: Direction,
    /// How it was sent.
    pub channel: Channel,
    /// The text; may be empty.
    pub body: String,
    /// Unix seconds.
    pub created_at: i64,
}
