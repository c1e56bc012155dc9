//! Schemas of the types whose form on the wire is written by hand: closed lists of words.
//!
//! All others derive theirs. None of it is in a program that does not ask for the feature `openapi`.

use std::borrow::Cow;

use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::ErrorCode;
use crate::cache_status::{CacheStatus, Source};

macro_rules! closed_list {
    ($type:ident, $description:literal) => {
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($description))
                    .enum_values(Some(Self::ALL.iter().map(|word| word.as_str())))
                    .into()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($type))
            }
        }
    };
}

closed_list!(CacheStatus, "How the cache dealt with the request.");
closed_list!(Source, "Which tier the answer came from.");
closed_list!(ErrorCode, "What went wrong, as a word for machines. Each code has one status.");
