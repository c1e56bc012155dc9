//! The closed vocabularies of a list query: filters, sort fields, sort orders.

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident {
        $(#[$first_doc:meta])* $first:ident = $first_text:literal,
        $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $(#[$first_doc])* $first, $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every word, in the order of the documentation.
            pub const ALL: &'static [Self] = &[Self::$first, $(Self::$variant,)*];
            /// What is wrong with any other text: it says every word.
            pub(crate) const PROBLEM: &'static str = concat!("must be one of ", $first_text $(, ", ", $text)*);

            /// Reads a word; `None` for any other text.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $first_text => Some(Self::$first), $($text => Some(Self::$variant),)* _ => None }
            }

            /// The word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { Self::$first => $first_text, $(Self::$variant => $text,)* }
            }
        }
    };
}

vocabulary!(
    /// Which of a board's contacts are listed.
    Filter {
        /// All of them, archived ones included.
        All = "all",
        /// Status open.
        Open = "open",
        /// Status closed.
        Closed = "closed",
        /// Assigned to nobody.
        Unassigned = "unassigned",
        /// Assigned to the caller: the one filter whose answer depends on who asks.
        AssignedToMe = "assigned_to_me",
        /// Priority high.
        HighPriority = "high_priority",
        /// Priority medium.
        MediumPriority = "medium_priority",
        /// Priority low.
        LowPriority = "low_priority",
        /// Waiting for an answer.
        NeedsResponse = "needs_response",
        /// With a follow-up date.
        FollowUp = "follow_up",
        /// Marked as favourite.
        Favorites = "favorites",
        /// Archived.
        Archived = "archived",
        /// With an unhappy sentiment.
        UnhappyCustomers = "unhappy_customers",
        /// New customers.
        NewCustomers = "new_customers",
        /// Active within the last seven days.
        RecentActivity = "recent_activity",
    }
);

vocabulary!(
    /// What a list is sorted by. Ties are broken by id, in the same direction.
    SortField {
        /// When the contact was created.
        CreatedAt = "created_at",
        /// When the contact was last changed.
        UpdatedAt = "updated_at",
        /// The name, ASCII letters compared without case.
        Name = "name",
        /// When the contact was last active; never is the smallest.
        LastActivityAt = "last_activity_at",
        /// Low, medium, high.
        Priority = "priority",
    }
);

vocabulary!(
    /// The direction of a sort.
    SortOrder {
        /// Smallest first.
        Asc = "asc",
        /// Largest first.
        Desc = "desc",
    }
);

impl SortOrder {
    /// The other direction.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Asc => Self::Desc,
            Self::Desc => Self::Asc,
        }
    }
}

impl Filter {
    /// Whether the answer depends on who asks.
    #[must_use]
    pub const fn depends_on_user(self) -> bool {
        matches!(self, Self::AssignedToMe)
    }
}
